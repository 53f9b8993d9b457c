"""A person's word on invoices, clients and settings, and the history: mark, settle a conflict, set, undo."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.facts import undone
from models.ids import stable_id
from models.money import MONEY, total
from models.policy import load_scenario
from models.settings import parse_setting
from models.store import Author, Store
from pipelines.ledger import Ledger, run_ledger
from pipelines.reconcile.finding import find_client, find_document

#: What a mark can say, and of what: i an invoice, c a client.
MARKS = {
    "disputed": "ic",
    "doubtful": "ic",
    "insolvency": "c",
    "promise": "ic",
    "reminded": "ic",
    "sent": "i",
    "written-off": "i",
}
WRITE_OFF_REASONS = ("loss", "rounding", "bank_fee", "discount")


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
) -> int:
    """Put a dated mark on an invoice (by number) or a client (by name or code); its change id.

    Args:
        store: the database.
        subject: the invoice or client.
        what: one of MARKS.
        on: the day from which it holds; for a promise, the day promised: it holds from today, or if that day has passed
            already, from a month before it, since nobody knows when it was given.
        author: who says so.
        is_set: false takes the mark back from that day on.
        value: the step of a reminder.
        reason: of a write-off, one of WRITE_OFF_REASONS.

    Raises:
        Refused: unknown mark or subject, or a mark that does not fit it.
    """
    if what not in MARKS:
        raise Refused("unknown_mark", "{what} is not a mark: use one of {marks}.", what=what, marks=", ".join(MARKS))
    with store.writing():
        ledger = run_ledger(store)
        document_id, client_id = _subject(ledger, subject, MARKS[what])
        if what == "written-off":
            act = _write_off if is_set else _write_back
            return act(store, ledger, str(document_id), on, reason, author)
        if what == "promise":
            on, value = _promised(on, author), on.isoformat()
        if what == "reminded":
            _check_step(ledger, value)
        detail = {"what": what, "on": on, "value": value, "is_set": is_set}
        with store.change("mark", author, subject=subject, detail=detail) as change:
            row = {
                "document_id": document_id,
                "client_id": client_id,
                "what": what,
                "is_set": is_set,
                "on_date": on,
                "value": value,
            }
            change.insert(
                "mark",
                pl.DataFrame([row], schema_overrides={"document_id": pl.String, "client_id": pl.String, "value": pl.String}),
            )
    return change.change_id


def _promised(day: date, author: Author) -> date:
    """From when a promise to pay on `day` holds."""
    return author.today if day >= author.today else day - timedelta(days=30)


def _check_step(ledger: Ledger, step: str | None) -> None:
    """Refuse a reminder step that the scenario does not have."""
    steps = [known.id for known in load_scenario(ledger.settings.scenario).steps]
    if step not in steps:
        raise Refused("which_step", "Say which step was done with --step: one of {steps}.", steps=", ".join(steps))


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


def _write_off(store: Store, ledger: Ledger, document_id: str, on: date, reason: str, author: Author) -> int:
    """Write off what an invoice still owes, for good, at a date."""
    if reason not in WRITE_OFF_REASONS:
        raise Refused(
            "bad_reason", "{reason} is not a reason: use one of {reasons}.", reason=reason, reasons=", ".join(WRITE_OFF_REASONS)
        )
    invoice = ledger.documents.filter(pl.col("document_id") == document_id).to_dicts()[0]
    given = ledger.allocations.filter((pl.col("document_id") == document_id) & pl.col("reversed_on").is_null())
    left: Decimal = invoice["amount"] - total(given["amount"])
    if left <= 0:
        raise Refused("owes_nothing", "{number} owes nothing.", number=invoice["number"])
    with store.change(
        "mark", author, subject=invoice["number"], detail={"what": "written-off", "on": on, "reason": reason}
    ) as change:
        row = {
            "claim_id": stable_id("claim", change.change_id, document_id),
            "source": "write_off",
            "source_id": stable_id("write_off", change.change_id, document_id),
            "document_id": document_id,
            "amount": left,
            "claim_date": on,
            "rule": "person",
            "confidence": 1.0,
            "by_person": True,
            "reason": reason,
        }
        change.insert("claim", pl.DataFrame([row], schema_overrides={"amount": MONEY}))
    return change.change_id


def _write_back(store: Store, ledger: Ledger, document_id: str, on: date, reason: str, author: Author) -> int:
    """Take the write-offs of an invoice back, as if they had never been."""
    invoice = ledger.documents.filter(pl.col("document_id") == document_id).to_dicts()[0]
    written = ledger.claims.filter((pl.col("document_id") == document_id) & (pl.col("source") == "write_off"))
    if written.is_empty():
        raise Refused("not_written_off", "{number} is not written off.", number=invoice["number"])
    detail = {"what": "written-off", "on": on, "reason": reason, "is_set": False}
    with store.change("mark", author, subject=invoice["number"], detail=detail) as change:
        change.insert("claim_end", written.select("claim_id"))
    return change.change_id


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
        Refused: no such change, it does not hold any more, or what it brings back was given otherwise in the meantime.
    """
    with store.writing():
        rows = store.changes().filter(pl.col("change_id") == change_id).to_dicts()
        if not rows:
            raise Refused("unknown_change", "There is no change {id}. List them with: encours history", id=change_id)
        if not rows[0]["is_live"]:
            raise Refused("undone_already", "Change {id} was undone already.", id=change_id)
        _refuse_double(store, change_id)
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
    double = lines.join(given, on="source_id", how="inner", validate="1:1").filter(pl.col("given") > pl.col("amount"))
    if double.height:
        raise Refused(
            "given_otherwise",
            "Change {id} cannot be taken back: what it would bring back was matched otherwise since. Undo that match first.",
            id=change_id,
        )


def history(store: Store) -> pl.DataFrame:
    """Every change, the newest first: change_id, recorded_at, known_on, actor, action, subject, detail, undoes, is_live."""
    return store.changes().drop("seal").sort("change_id", descending=True)


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
