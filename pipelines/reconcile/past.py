"""The history of allocations: who gave what to which invoice, when, by which rule, before and after each change."""

from typing import Any

import polars as pl

from models.errors import Refused
from models.facts import undone
from models.money import MONEY, total
from models.store import Store
from models.tables import Schema
from pipelines.ledger import Ledger

#: One row per change and pair of source and invoice that it altered, the newest first.
PAST: Schema = {
    "change_id": pl.Int64,
    "recorded_at": pl.Datetime,
    "actor": pl.String,
    "action": pl.String,
    "source": pl.String,  # bank | credit_note | write_off | declared | refund
    "source_id": pl.String,
    "document_id": pl.String,  # of a refund: the credit note or bank line that a debit takes back
    "invoice_number": pl.String,
    "currency": pl.String,
    "before": MONEY,  # what the source gave the invoice, or a debit took back, before that change
    "after": MONEY,
    "rule": pl.String,  # of what it gave after, else before
    "by_person": pl.Boolean,
    "confidence": pl.Float64,  # 0 to 1, of that rule then; null: a person said so, or a debit took it back
}


def past_of(store: Store, ledger: Ledger, subject: str) -> pl.DataFrame:
    """PAST of a document (by number or id) or of a bank line, undone changes and undoings among them.

    Of what went back, a row where the debit or the credit is asked for, or an invoice that the credit had paid.

    Raises:
        Refused: nothing was ever given by or to it.
    """
    ids = ledger.documents.filter((pl.col("number") == subject) & (pl.col("direction") == "sale"))["document_id"].to_list()
    wanted = [subject, *ids]
    claims = store.query(
        "SELECT * FROM claim WHERE list_contains($wanted, document_id) OR list_contains($wanted, source_id)", wanted=wanted
    )
    credits_ = [*wanted, *claims.filter(pl.col("source") == "bank")["source_id"].to_list()]
    refunds = store.query(
        "SELECT * FROM refund WHERE list_contains($wanted, line_id) OR list_contains($credits, credit_id)",
        wanted=wanted,
        credits=credits_,
    )
    if claims.is_empty() and refunds.is_empty():
        raise Refused("no_past", "Nothing was ever matched with {subject}.", subject=subject)
    ends = store.query("SELECT claim_id, change_id FROM claim_end").join(claims, on="claim_id", how="semi")
    changes = store.query("SELECT change_id, recorded_at, actor, action, undoes FROM change ORDER BY change_id")
    claims, ends = _with_refunds(claims, ends, refunds)
    numbers = dict(ledger.documents.select("document_id", "number").iter_rows())
    currencies = dict(ledger.lines.select("line_id", "currency").iter_rows())
    currencies |= dict(ledger.documents.select("document_id", "currency").iter_rows())
    rows: list[tuple[object, ...]] = []
    before = claims.clear()
    for change in _touching(changes, claims, ends):
        change_id = change["change_id"]
        after = _live(changes.filter(pl.col("change_id") <= change_id), claims, ends)
        for key in _pairs(before, after):
            old, new = _of(before, key), _of(after, key)
            said = new if new.height else old
            if old["claim_id"].to_list() != new["claim_id"].to_list():
                amounts = (total(old["amount"]), total(new["amount"]))
                rule, by_person = said["rule"][0], said["by_person"][0]
                confidence = None if by_person else said["confidence"][0]
                said_by = (change_id, change["recorded_at"], change["actor"], change["action"])
                what = numbers.get(key[2], key[2]), currencies.get(key[2], ledger.settings.currency)
                rows.append((*said_by, *key, *what, *amounts, rule, by_person, confidence))
        before = after
    return pl.DataFrame(rows, schema=PAST, orient="row").reverse()


_GIVEN = ("claim_id", "change_id", "source", "source_id", "document_id", "amount", "rule", "by_person", "confidence")


def _with_refunds(claims: pl.DataFrame, ends: pl.DataFrame, refunds: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Claims and their ends, with what debits take back as if it were claims on the credits, each word ending the one before."""
    order = refunds.sort("refund_id", "change_id").with_columns(
        claim_id=pl.concat_str("refund_id", pl.col("change_id").cast(pl.String), separator="-")
    )
    said = order.filter(~pl.col("is_ended")).with_columns(
        source=pl.lit("refund"), source_id="line_id", document_id="credit_id", rule="kind", confidence=pl.lit(None, pl.Float64)
    )
    over = order.with_columns(before=pl.col("claim_id").shift(1).over("refund_id")).drop_nulls("before")
    ended = over.select("change_id", claim_id="before")
    return (
        pl.concat([claims.select(_GIVEN), said.select(_GIVEN)]),
        pl.concat([ends.select("claim_id", "change_id"), ended.select("claim_id", "change_id")]),
    )


def _touching(changes: pl.DataFrame, claims: pl.DataFrame, ends: pl.DataFrame) -> list[dict[str, Any]]:
    """The changes that brought or ended these claims, and those that undid one of them, or its undoing."""
    touched = {*claims["change_id"], *ends["change_id"]}
    for change_id, undoes in changes.drop_nulls("undoes").select("change_id", "undoes").iter_rows():
        if undoes in touched:
            touched.add(change_id)
    return changes.filter(pl.col("change_id").is_in(list(touched))).to_dicts()


def _live(changes: pl.DataFrame, claims: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """The claims that held after these changes."""
    holds = pl.col("change_id").is_in(list(set(changes["change_id"]) - undone(changes)))
    return claims.filter(holds).join(ends.filter(holds), on="claim_id", how="anti").sort("claim_id")


def _pairs(before: pl.DataFrame, after: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Source, source_id and document_id of the claims on both sides."""
    columns = ["source", "source_id", "document_id"]
    return pl.concat([before.select(columns), after.select(columns)]).unique().sort(columns).rows()


def _of(claims: pl.DataFrame, key: tuple[str, str, str]) -> pl.DataFrame:
    source, source_id, document_id = key
    same = (pl.col("source") == source) & (pl.col("source_id") == source_id) & (pl.col("document_id") == document_id)
    return claims.filter(same)
