"""Notes and calls: what people write down of a client, with the step that a call has done."""

import re
from collections.abc import Sequence
from datetime import date

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.store import Author, Store
from pipelines.collections.facts import situation
from pipelines.collections.worklist import plan
from pipelines.ledger import Ledger, run_ledger
from pipelines.reconcile.finding import find_client, find_document

#: What came of a call.
RESULT_NAMES: dict[str, str] = {
    "reached": "Reached",
    "message_left": "Message left",
    "no_answer": "No answer",
    "wrong_number": "Wrong number",
}
RESULTS = tuple(RESULT_NAMES)
#: After these, the call that was due is done; after the others it is still to be made.
_DONE = ("reached", "message_left")
LONGEST = 4000
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff]")
_STORED = {
    "note_id": pl.String, "client_id": pl.String, "document_id": pl.String, "kind": pl.String,
    "on_date": pl.Date, "text": pl.String, "result": pl.String,
}  # fmt: skip


def clean(text: str) -> str:
    """A note as it is kept: lines and spaces as typed, without control characters.

    Raises:
        Refused: nothing is left, or it is too long.
    """
    kept = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not kept:
        raise Refused("empty_note", "There is nothing to keep: the note is empty.")
    if len(kept) > LONGEST:
        raise Refused("long_note", "A note has {most} characters at most.", most=LONGEST)
    return kept


def add_note(store: Store, client: str, text: str, *, author: Author, invoice: str | None = None) -> int:
    """Keep a note on a client (by name, code or id), perhaps on one of its invoices; its change id.

    Raises:
        Refused: unknown client or invoice, another client's invoice, or an empty or too long text.
    """
    return _add(store, client, clean(text), kind="note", result=None, invoice=invoice, author=author)


def add_call(store: Store, client: str, text: str, *, result: str = "reached", author: Author, invoice: str | None = None) -> int:
    """Keep a call to a client with its result; its change id.

    Where a call is the step that is due today for the client, and it was reached or has a message, that step is done too,
    in the same change.

    Raises:
        Refused: as `add_note`, or a result that is none.
    """
    if result not in RESULTS:
        raise Refused(
            "bad_result", "{result} is no result of a call: use one of {results}.", result=result, results=", ".join(RESULTS)
        )
    said = clean(text) if text.strip() else ""
    return _add(store, client, said, kind="call", result=result, invoice=invoice, author=author)


def _add(store: Store, client: str, text: str, *, kind: str, result: str | None, invoice: str | None, author: Author) -> int:
    with store.writing():
        ledger = run_ledger(store)
        client_id = str(find_client(ledger, client)["client_id"])
        document_id = _own_invoice(ledger, client_id, invoice)
        step, done = due_call(ledger, client_id, as_of=author.today) if result in _DONE else ("", ())
        detail = {"kind": kind, "result": result, "text": text, "step": step or None, "invoice": invoice}
        with store.change("note", author, subject=client, detail=detail) as change:
            row = (stable_id("note", change.change_id), client_id, document_id, kind, author.today, text, result)
            change.insert("note", pl.DataFrame([row], schema=_STORED, orient="row"))
            change.insert("mark", _reminded(done, step, author.today))
    return change.change_id


def _own_invoice(ledger: Ledger, client_id: str, invoice: str | None) -> str | None:
    if invoice is None:
        return None
    document = find_document(ledger, invoice)
    if document["client_id"] != client_id:
        raise Refused("not_of_client", "{number} is an invoice of another client.", number=invoice)
    return str(document["document_id"])


def due_call(ledger: Ledger, client_id: str, *, as_of: date) -> tuple[str, tuple[str, ...]]:
    """The call that the worklist asks for at that date, in any currency: its step and its invoices; "" and none."""
    own = (pl.col("client_id") == client_id) & (pl.col("channel") == "call") & pl.col("step").is_not_null()
    currencies = ledger.documents.filter(pl.col("client_id") == client_id)["currency"].unique().sort()
    for currency in currencies:
        rows = plan(situation(ledger, as_of=as_of, currency=currency)).rows.filter(own).to_dicts()
        if rows:
            return str(rows[0]["step"]), tuple(rows[0]["document_ids"])
    return "", ()


def _reminded(document_ids: Sequence[str], step: str, on: date) -> pl.DataFrame:
    """The marks that say that a step was done for these invoices."""
    return pl.DataFrame({"document_id": list(document_ids)}, schema={"document_id": pl.String}).with_columns(
        client_id=pl.lit(None, pl.String),
        what=pl.lit("reminded"),
        is_set=pl.lit(value=True),
        on_date=pl.lit(on, pl.Date),
        value=pl.lit(step),
    )
