"""A person's word on invoices, clients and settings, and the history: mark, settle a conflict, set, undo."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.facts import undone
from models.money import MONEY
from models.policy import SEGMENTS
from models.settings import parse_setting
from models.store import Author, Store
from models.tables import Schema
from pipelines.collections.disputes import check_category
from pipelines.ledger import Ledger, run_ledger
from pipelines.locks import refuse_closed
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
) -> int:
    """Put a dated mark on an invoice (by number) or a client (by name or code); its change id.

    Args:
        store: the database.
        subject: the invoice or client.
        what: one of MARKS.
        on: the day from which it holds; for a promise or an expected date, that day: it holds from today, or if it has passed
            already, from a month before it, since nobody knows when it was given.
        author: who says so.
        is_set: false takes the mark back from that day on.
        value: the step of a reminder; the segment; the last day of a pause (ISO), None for one without end.
        reason: of a write-off, one of write_offs.REASONS.
        amount: of a promise, what was promised; None for all that falls due by then.
        owner: of a dispute, who deals with it.
        note: what was said, in the person's words.
        in_closed_period: a date in a closed period is meant.

    Raises:
        Refused: unknown mark or subject, a mark that does not fit it, or a date in a closed period that was not meant.
    """
    if what not in MARKS:
        raise Refused("unknown_mark", "{what} is not a mark: use one of {marks}.", what=what, marks=", ".join(MARKS))
    with store.writing():
        ledger = run_ledger(store)
        document_id, client_id = _subject(ledger, subject, MARKS[what])
        if not in_closed_period and not (what in _COMING and is_set):
            refuse_closed(ledger, on)
        if what == "written-off":
            act = write_off if is_set else write_back
            return act(store, ledger, str(document_id), on, reason, author)
        if what in _COMING and is_set:
            on, value = _promised(on, author), on.isoformat()
        if what == "reminded":
            _check_step(ledger, value)
        if amount is not None and amount <= 0:
            raise Refused("bad_promise", "A promise needs an amount above zero.")
        if is_set and what in _VALUES:
            _VALUES[what](on, value)
        detail = {"what": what, "on": on, "value": value, "is_set": is_set}
        said = {"amount": amount, "owner": owner, "note": note}
        detail |= {name: str(given) for name, given in said.items() if given is not None}
        with store.change("mark", author, subject=subject, detail=detail) as change:
            row = {
                "document_id": document_id,
                "client_id": client_id,
                "what": what,
                "is_set": is_set,
                "on_date": on,
                "value": value,
                **said,
            }
            change.insert(
                "mark",
                pl.DataFrame([row], schema_overrides=_MARK_TYPES),
            )
    return change.change_id


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


def set_setting(store: Store, key: str, value: str | None, *, author: Author) -> int:
    """Give a setting a value, or its default back with None; its change id.

    Raises:
        Refused: unknown key, or a value that does not fit.
    """
    return set_settings(store, {key: value}, author=author)


def set_settings(store: Store, values: Mapping[str, str | None], *, author: Author) -> int:
    """Give several settings their values as one change.

    Raises:
        Refused: an unknown key, or a value that does not fit; nothing is changed.
    """
    for key, value in values.items():
        if value is None:
            _known_key(key)
        else:
            parse_setting(key, value)
    with store.change("set", author, subject=", ".join(values), detail=dict(values)) as change:
        change.insert(
            "setting",
            pl.DataFrame({"key": list(values), "value": list(values.values())}, schema={"key": pl.String, "value": pl.String}),
        )
    return change.change_id


def _known_key(key: str) -> None:
    """Refuse a key that does not exist, whatever its value would be."""
    try:
        parse_setting(key, "")
    except Refused as error:
        if error.code == "unknown_setting":
            raise


def undo(store: Store, change_id: int, *, author: Author) -> int:
    """Take a change back, whole: its facts hold no more. Undoing an undo brings them back.

    Where the rules ran since, they run again: what they had concluded from what is taken back must not outlive it.

    Raises:
        Refused: no such change, it does not hold any more, what it brings back was given otherwise in the meantime, or it
            is a message that has left.
    """
    from pipelines.collections.outbox import refuse_undoing  # late: letters are slow to import

    with store.writing():
        rows = store.changes().filter(pl.col("change_id") == change_id).to_dicts()
        if not rows:
            raise Refused("unknown_change", "There is no change {id}. List them with: encours history", id=change_id)
        if not rows[0]["is_live"]:
            raise Refused("undone_already", "Change {id} was undone already.", id=change_id)
        _refuse_double(store, change_id)
        refuse_undoing(store, change_id, rows[0]["action"])
        with store.change(
            "undo",
            author,
            subject=rows[0]["subject"],
            detail={"undoes": change_id, "action": rows[0]["action"]},
            undoes=change_id,
        ) as change:
            pass
        if _ran_since(store, change_id):
            from pipelines.reconcile.run import run_reconcile  # late: only an undoing after a run of the rules needs them

            run_reconcile(store, author=author)
    return change.change_id


def _ran_since(store: Store, change_id: int) -> bool:
    """Whether the rules have concluded anything after that change."""
    later = store.query("SELECT change_id FROM change WHERE action = 'reconcile' AND change_id > $after", after=change_id)
    return not later.is_empty()


def _refuse_double(store: Store, change_id: int) -> None:
    """Refuse an undoing that brings back what a bank line gave, if the line would give more than it has."""
    changes = store.query("SELECT change_id, undoes FROM change")
    redone = pl.DataFrame([(store.revision + 1, change_id)], schema=changes.schema, orient="row")
    after = pl.concat([changes, redone])
    holds = ~pl.col("change_id").is_in(sorted(undone(after)))
    ended = store.query("SELECT claim_id, change_id FROM claim_end").filter(holds)
    claims = store.query("SELECT claim_id, change_id, source_id, amount FROM claim WHERE source = 'bank'").filter(holds)
    given = (
        claims.unique("claim_id")
        .join(ended, on="claim_id", how="anti")
        .group_by("source_id")
        .agg(given=pl.col("amount").sum().cast(MONEY))
    )
    lines = store.query("SELECT DISTINCT line_id AS source_id, amount FROM bank_line")
    double = lines.join(given, on="source_id", how="inner", validate="1:1").filter(pl.col("given") > pl.col("amount").abs())
    if double.height:
        raise Refused(
            "given_otherwise",
            "Change {id} cannot be taken back: what it would bring back was matched otherwise since. Undo that match first.",
            id=change_id,
        )


def history(store: Store) -> pl.DataFrame:
    """Every import and decision, the newest first; a forecast that was kept is neither.

    Returns:
        One row per change: change_id, recorded_at, known_on, actor, action, subject, detail, undoes, is_live.
    """
    return store.changes().filter(pl.col("action") != "forecast").drop("seal").sort("change_id", descending=True)


def moved_amounts(store: Store) -> pl.DataFrame:
    """change_id, currency, amount: what each change gave to invoices; what debits take back, where it says that of one."""
    refunds = store.query("SELECT change_id, line_id, amount FROM refund WHERE NOT is_ended")
    claims = store.query("SELECT change_id, document_id, amount FROM claim WHERE source <> 'write_off'")
    lines = store.query("SELECT DISTINCT line_id, currency FROM bank_line")
    documents = store.query("SELECT DISTINCT document_id, currency FROM document_version")
    back = refunds.join(lines.unique("line_id"), on="line_id", how="inner", validate="m:1")
    of_refunds = store.changes().filter(pl.col("action") == "refund").select("change_id")
    given = claims.join(documents.unique("document_id"), on="document_id", how="inner", validate="m:1")
    parts = [back.join(of_refunds, on="change_id", how="semi"), given.join(of_refunds, on="change_id", how="anti")]
    rows = pl.concat([part.select("change_id", "currency", "amount") for part in parts])
    return rows.group_by("change_id", "currency").agg(pl.col("amount").sum().cast(MONEY)).sort("change_id", "currency")
