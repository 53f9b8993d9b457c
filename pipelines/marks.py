"""A person's word on an invoice or a client, from a day on: disputed, promised, paused, reminded, written off."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.money import MONEY
from models.policy import SEGMENTS
from models.store import Author, Store
from models.tables import Schema
from pipelines.collections.disputes import check_category
from pipelines.collections.facts import invoices_of_reminder, marks_of_invoices
from pipelines.ledger import Ledger, run_ledger
from pipelines.locks import refuse_closed, refuse_future
from pipelines.provisions.limitation import check_interruption, check_suspension
from pipelines.reconcile.finding import find_client, find_document
from pipelines.write_offs import write_back, write_off

#: What a mark can say, and of what: i an invoice, c a client.
MARKS = {
    "disputed": "ic",
    "doubtful": "ic",
    "insolvency": "c",
    "interrupted": "ic",
    "paused": "ic",
    "promise": "ic",
    "rejected": "i",
    "expected": "i",
    "reminded": "ic",
    "segment": "c",
    "sent": "i",
    "suspended": "ic",
    "written-off": "i",
}


def mark(
    store: Store,
    subject: str,
    what: str,
    *,
    on: date,
    author: Author,
    is_set: bool = True,
    value: str | None = None,
    reason: str = "loss",
    amount: Decimal | None = None,
    owner: str | None = None,
    note: str | None = None,
    in_closed_period: bool = False,
    currency: str | None = None,
) -> int:
    """Put a dated mark on an invoice (by number) or a client (by name or code); its change id.

    A reminder of a client is kept for each invoice that it listed.

    Args:
        store: the database.
        subject: the invoice or client.
        what: one of MARKS.
        on: the day from which it holds; for a promise or an expected date, that day: it holds from today, or if it has passed
            already, from a month before it, since nobody knows when it was given.
        author: who says so.
        is_set: false takes the mark back from that day on; a write-off as if it had never been, whatever the day.
        value: the step of a reminder; the segment; the last day of a pause (ISO), None for one without end.
        reason: of a write-off, one of write_offs.REASONS.
        amount: of a promise, what was promised; None for all that falls due by then.
        owner: of a dispute, who deals with it.
        note: what was said, in the person's words.
        in_closed_period: a date in a closed period, or of a write-off that is taken back, is meant.
        currency: of a reminder of a client, the company's by default.

    Raises:
        Refused: unknown mark or subject, a mark that does not fit it, a date in a closed period that was not meant, one
            still to come of what is decided or has happened, one before the invoice was issued, or a reminder of a client
            that listed no invoice, or, taken back, that is not on record.
    """
    if what not in MARKS:
        raise Refused("unknown_mark", "{what} is not a mark: use one of {marks}.", what=what, marks=", ".join(MARKS))
    with store.writing():
        ledger = run_ledger(store)
        document_id, client_id = _subject(ledger, subject, MARKS[what])
        if what == "written-off" and not is_set:
            return write_back(store, ledger, str(document_id), author, in_closed_period=in_closed_period)
        _check_day(ledger, document_id, what, on, author, is_set=is_set)
        if not in_closed_period and not (what in _COMING and is_set):
            refuse_closed(ledger, on)
        if what == "written-off":
            return write_off(store, ledger, str(document_id), on, reason, author)
        if what in _COMING and is_set:
            on, value = _promised(on, author), on.isoformat()
        subjects = [(document_id, client_id)]
        if what == "reminded":
            _check_step(ledger, value)
            subjects = _reminded(ledger, subjects, str(value), on, currency or ledger.settings.currency, is_set=is_set)
        if amount is not None and amount <= 0:
            raise Refused("bad_promise", "A promise needs an amount above zero.")
        if is_set and what in _VALUES:
            _VALUES[what](on, value)
        detail = {"what": what, "on": on, "value": value, "is_set": is_set}
        said = {"amount": amount, "owner": owner, "note": note}
        detail |= {name: str(given) for name, given in said.items() if given is not None}
        with store.change("mark", author, subject=subject, detail=detail) as change:
            row = {"what": what, "is_set": is_set, "on_date": on, "value": value, **said}
            rows = [{"document_id": document, "client_id": client, **row} for document, client in subjects]
            change.insert("mark", pl.DataFrame(rows, schema_overrides=_MARK_TYPES))
    return change.change_id


def _reminded(
    ledger: Ledger, subjects: list[tuple[str | None, str | None]], step: str, on: date, currency: str, *, is_set: bool
) -> list[tuple[str | None, str | None]]:
    """What a mark of a reminder is kept for: the invoice; of a client, the invoices that the reminder listed that day.

    Taken back, it is for each invoice recorded by then.
    """
    ((document_id, client_id),) = subjects
    if document_id is not None or client_id is None:
        return subjects
    if is_set:
        found = invoices_of_reminder(ledger, client_id, step, on=on, currency=currency)
    else:
        own = ledger.documents.filter((pl.col("client_id") == client_id) & (pl.col("currency") == currency))
        said = marks_of_invoices(ledger, as_of=on).filter(
            (pl.col("what") == "reminded") & (pl.col("value") == step) & pl.col("is_set") & (pl.col("on_date") <= on)
        )
        found = said.join(own, on="document_id", how="semi")["document_id"].unique().sort().to_list()
    if not found:
        code = "nothing_listed" if is_set else "nothing_recorded"
        raise Refused(code, _NOTHING[code], step=step, currency=currency)
    return [(document, None) for document in found]


def _check_day(ledger: Ledger, document_id: str | None, what: str, on: date, author: Author, *, is_set: bool) -> None:
    """Refuse what has not happened yet, and what nobody could say or do about an invoice that did not exist."""
    if what not in _MAY_BE_AHEAD:
        refuse_future(on, author)
    if document_id is None or not is_set or what not in _AFTER_ISSUE:
        return
    own = ledger.documents.filter((pl.col("document_id") == document_id) & (pl.col("issue_date") > on))
    for number, issued in own.select("number", "issue_date").iter_rows():
        raise Refused(
            "before_issue", "{number} was issued on {issued} only: choose that day or a later one.", number=number, issued=issued
        )


def _promised(day: date, author: Author) -> date:
    """From when a promise to pay on `day`, or the expectation that it is paid then, holds."""
    return author.today if day >= author.today else day - timedelta(days=30)


def _check_step(ledger: Ledger, step: str | None) -> None:
    """Refuse a reminder step that the scenario does not have."""
    steps = [known.id for known in ledger.policy.steps]
    if step not in steps:
        raise Refused("which_step", "Say which step was done with --step: one of {steps}.", steps=", ".join(steps))


def _check_segment(on: date, value: str | None) -> None:
    """Refuse what is no segment; proceedings have a mark of their own, which stops the reminders."""
    del on
    allowed = [segment for segment in SEGMENTS if segment != "insolvency"]
    if value not in allowed:
        raise Refused("which_segment", "Say which segment with --value: one of {segments}.", segments=", ".join(allowed))


def _check_pause(on: date, value: str | None) -> None:
    """Refuse a pause that ends before it begins."""
    if value is not None and date.fromisoformat(value) < on:
        raise Refused("pause_ends_before", "A pause cannot end before it begins.")


#: Why a reminder of a client stands for nothing.
_NOTHING = {
    "nothing_listed": "That day, a reminder {step} to this client would have listed no invoice in {currency}: mark the invoices.",
    "nothing_recorded": "By that day, no reminder {step} to this client is on record for an invoice in {currency}.",
}
#: What the value of a mark must be, where it says something.
_VALUES = {
    "segment": _check_segment,
    "paused": _check_pause,
    "disputed": check_category,
    "interrupted": check_interruption,
    "suspended": check_suspension,
}
#: Marks whose date is still to come: they hold from the day on which they are said.
_COMING = ("promise", "expected")
#: Marks that may begin on a day that is still to come; the others say what has happened, or what is decided.
_MAY_BE_AHEAD = (*_COMING, "paused", "segment", "suspended")
#: Marks of an invoice that presuppose it; one may be sent before the day it bears, or paused or sorted ahead of it.
_AFTER_ISSUE = (
    *_COMING, "disputed", "doubtful", "interrupted", "rejected", "reminded", "suspended", "written-off",
)  # fmt: skip
#: Columns of a mark that may all be absent.
_MARK_TYPES: Schema = {**dict.fromkeys(("document_id", "client_id", "value", "owner", "note"), pl.String), "amount": MONEY}


def mark_reminded(store: Store, document_ids: list[str], step: str, *, on: date, author: Author, subject: str) -> int:
    """Record that a reminder step was done for these invoices, as one change."""
    with store.change("mark", author, subject=subject, detail={"what": "reminded", "on": on, "value": step}) as change:
        rows = pl.DataFrame({"document_id": document_ids}).with_columns(
            client_id=pl.lit(None, pl.String),
            what=pl.lit("reminded"),
            is_set=pl.lit(value=True),
            on_date=pl.lit(on, pl.Date),
            value=pl.lit(step),
        )
        change.insert("mark", rows)
    return change.change_id


def _subject(ledger: Ledger, subject: str, fits: str) -> tuple[str | None, str | None]:
    """The invoice's or the client's id; an invoice wins where both have that name."""
    try:
        document = find_document(ledger, subject) if "i" in fits else None
    except Refused as error:
        if "c" not in fits or error.code != "unknown_invoice":
            raise
        document = None
    if document is not None:
        if document["kind"] == "credit_note":
            raise Refused("is_credit_note", "{number} is a credit note: it cannot be paid.", number=subject)
        return str(document["document_id"]), None
    try:
        return None, str(find_client(ledger, subject)["client_id"])
    except Refused as error:
        if fits == "c" and not ledger.documents.filter(pl.col("number") == subject).is_empty():
            raise Refused("not_a_client", "{name} is an invoice: this mark is for a client.", name=subject) from error
        if "i" not in fits or error.code != "unknown_client":
            raise
        raise Refused("unknown_subject", "There is no invoice and no client {name}.", name=subject) from error
