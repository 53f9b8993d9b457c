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
    "source": pl.String,  # bank | credit_note | write_off | declared
    "source_id": pl.String,
    "document_id": pl.String,
    "invoice_number": pl.String,
    "before": MONEY,  # what the source gave the invoice before that change
    "after": MONEY,
    "rule": pl.String,  # of what it gave after, else before
    "by_person": pl.Boolean,
}


def past_of(store: Store, ledger: Ledger, subject: str) -> pl.DataFrame:
    """PAST of an invoice (by number or id) or of a bank line, undone changes and undoings among them.

    Raises:
        Refused: nothing was ever given by or to it.
    """
    ids = ledger.documents.filter((pl.col("number") == subject) & (pl.col("direction") == "sale"))["document_id"].to_list()
    wanted = [subject, *ids]
    claims = store.query(
        "SELECT * FROM claim WHERE list_contains($wanted, document_id) OR list_contains($wanted, source_id)", wanted=wanted
    )
    if claims.is_empty():
        raise Refused("no_past", "Nothing was ever matched with {subject}.", subject=subject)
    ends = store.query("SELECT * FROM claim_end").join(claims, on="claim_id", how="semi")
    changes = store.query("SELECT change_id, recorded_at, actor, action, undoes FROM change ORDER BY change_id")
    numbers = dict(ledger.documents.select("document_id", "number").iter_rows())
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
                said_by = (change_id, change["recorded_at"], change["actor"], change["action"])
                rows.append((*said_by, *key, numbers.get(key[2], key[2]), *amounts, rule, by_person))
        before = after
    return pl.DataFrame(rows, schema=PAST, orient="row").reverse()


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
