"""Who pays under another name, or from which IBAN: what people's matches teach, and what they take away again."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.store import Author, Store
from models.tables import Schema
from pipelines.ledger import Ledger, run_ledger
from pipelines.parties import client_names, only_clients
from pipelines.reconcile.labels import name_text
from pipelines.reconcile.payers import payers_of, pays_for_others, plain_iban
from pipelines.reconcile.rules import BY_AMOUNT_ALONE
from pipelines.reconcile.teaching import Vocabulary

_ALIAS: Schema = {
    "alias_id": pl.String,
    "kind": pl.String,
    "value": pl.String,
    "client_id": pl.String,
    "line_id": pl.String,
    "by_person": pl.Boolean,
}
#: One row per alias that is held, for the screen and the terminal.
LEARNED: Schema = {
    "alias_id": pl.String,
    "kind": pl.String,  # name | iban
    "value": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "line_id": pl.String,  # the last bank line that taught it
    "confirmed": pl.Int64,  # bank lines of which people said that this payer paid for that client
    "is_sure": pl.Boolean,  # more than one of them, or one by more than its amount: what it says may then be done alone
    "also_for": pl.List(pl.String),  # other clients for whom people said that it paid: it speaks for nobody then
}
#: One row per alias for which a person's word still stands.
_LESSONS: Schema = {"alias_id": pl.String, "confirmed": pl.Int64, "is_sure": pl.Boolean}


class Teacher:
    """What the lines that a person settled teach: the payer's name and IBAN are the client's.

    Nothing where the client's own name says it already, where the words could not name a payer or could name others, where
    the alias is another client's (both then show), or where a person took that alias away.
    """

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store, self._ledger = store, ledger
        self._vocabulary = Vocabulary(ledger)

    def lessons(self, clients: Mapping[str, str]) -> pl.DataFrame:
        """Rows of the table alias, for lines that come from one client each (line_id -> client_id)."""
        lines = self._ledger.lines.filter(pl.col("line_id").is_in(list(clients)))
        rows: dict[str, tuple[str, str, str, str, str, bool]] = {}
        for kind, value, line_id in said_by(lines, own=self._ledger.settings.company_name):
            client_id = clients[line_id]
            alias_id = stable_id("alias", kind, value)
            is_free = self._known.get(alias_id, client_id) == client_id and self._is_new(kind, value)
            if is_free and (kind == "iban" or self._vocabulary.may_name(value, line_id, client_id)):
                rows.setdefault(alias_id, (alias_id, kind, value, client_id, line_id, True))
        return pl.DataFrame(list(rows.values()), schema=_ALIAS, orient="row")

    @cached_property
    def _known(self) -> dict[str, str | None]:
        """client_id by alias, None where it was taken away."""
        return dict(self._store.facts("alias", latest_by="alias_id").select("alias_id", "client_id").iter_rows())

    @cached_property
    def _names(self) -> frozenset[str]:
        clients = only_clients(self._ledger.clients, self._ledger.documents)
        return frozenset(filter(None, (name_text(name) for name in clients["name"].drop_nulls())))

    @cached_property
    def _own_ibans(self) -> frozenset[str | None]:
        return frozenset(map(plain_iban, self._ledger.accounts["iban"]))

    def _is_new(self, kind: str, value: str) -> bool:
        """Whether no client's own name stands in it, and it is no account of the company."""
        if kind == "iban":
            return value not in self._own_ibans
        return not any(run in self._names for run in _runs_of(value))


def said_by(lines: pl.DataFrame, *, own: str) -> Iterator[tuple[str, str, str]]:
    """kind, value and line_id of the names and IBANs that bank lines (LINES) come under."""
    others = {
        line_id
        for line_id, label, counterparty in lines.select("line_id", "label", "counterparty").iter_rows()
        if pays_for_others(label or "", counterparty)
    }
    for line_id, payer, iban in payers_of(lines, own=own).iter_rows():
        if payer:
            yield "name", payer, line_id
        if iban and line_id not in others:
            yield "iban", iban, line_id


def said_clients(ledger: Ledger) -> dict[str, str]:
    """line_id -> client_id, where people settled or attributed a line for one client."""
    owners = ledger.documents.filter(pl.col("direction") == "sale").select("document_id", "client_id")
    is_said = (pl.col("source") == "bank") & (pl.col("by") != "rule")
    settled = ledger.claims.filter(is_said).join(owners, on="document_id", how="inner", validate="m:1")
    attributed = ledger.attributions.filter("by_person")
    pairs = pl.concat([settled.select("client_id", line_id="source_id"), attributed.select("client_id", "line_id")]).unique()
    single = pairs.filter(pl.len().over("line_id") == 1)
    return dict(single.select("line_id", "client_id").iter_rows())


def lessons_of(store: Store, ledger: Ledger, said: Mapping[str, str]) -> pl.DataFrame:
    """_LESSONS: on how many lines each alias rests; one whose every line was detached or undone is left out.

    An alias is sure from its second line on, or where a person said more of one than to accept what its amount alone
    proposed.

    Args:
        store: the database.
        ledger: the facts.
        said: `said_clients`.
    """
    taught = store.facts("alias").with_row_index("place").select("place", "alias_id", "client_id", "line_id", "change_id")
    forgotten = taught.filter(pl.col("client_id").is_null()).group_by("alias_id").agg(until=pl.col("place").max())
    stands = pl.DataFrame(list(said.items()), schema={"line_id": pl.String, "client_id": pl.String}, orient="row")
    by_amount = ledger.claims.filter((pl.col("source") == "bank") & pl.col("rule").is_in(list(BY_AMOUNT_ALONE)))
    weak = by_amount.select("change_id", line_id="source_id").unique().with_columns(is_weak=pl.lit(value=True))
    return (
        taught.join(forgotten, on="alias_id", how="left", validate="m:1")
        .filter(pl.col("until").is_null() | (pl.col("place") > pl.col("until")))
        .join(ledger.aliases.select("alias_id", "client_id"), on=["alias_id", "client_id"], how="semi")
        .join(stands, on=["line_id", "client_id"], how="semi")
        .join(weak, on=["change_id", "line_id"], how="left", validate="m:1")
        .group_by("alias_id")
        .agg(confirmed=pl.col("line_id").n_unique().cast(pl.Int64), is_sure=pl.col("is_weak").is_null().any())
        .with_columns(is_sure=pl.col("is_sure") | (pl.col("confirmed") > 1))
        .select(list(_LESSONS))
    )


def contested(ledger: Ledger, said: Mapping[str, str]) -> dict[str, set[str]]:
    """alias_id -> other clients than its own for whom people said (`said_clients`) that the same payer paid."""
    owner = dict(ledger.aliases.select("alias_id", "client_id").iter_rows())
    if not owner:
        return {}
    lines = ledger.lines.filter(pl.col("line_id").is_in(list(said)))
    found: dict[str, set[str]] = defaultdict(set)
    for kind, value, line_id in said_by(lines, own=ledger.settings.company_name):
        alias_id = stable_id("alias", kind, value)
        if owner.get(alias_id, said[line_id]) != said[line_id]:
            found[alias_id].add(said[line_id])
    return dict(found)


def learned(store: Store, ledger: Ledger) -> pl.DataFrame:
    """LEARNED, by client."""
    names = dict(client_names(ledger.clients, ledger.documents).iter_rows())
    said = said_clients(ledger)
    others = contested(ledger, said)
    held = ledger.aliases.join(lessons_of(store, ledger, said), on="alias_id", how="inner", validate="1:1")
    rows = [
        {**row, "client": names.get(row["client_id"]), "also_for": sorted(names[i] for i in others.get(row["alias_id"], ()))}
        for row in held.to_dicts()
    ]
    return pl.DataFrame(rows, schema=LEARNED).sort("client", "kind", "value")


def forget(store: Store, alias_id: str, *, author: Author) -> int:
    """Take an alias away, so that it is not learned again either; the change's id. Undo gives it back.

    Raises:
        Refused: there is none of that id.
    """
    with store.writing():
        rows = run_ledger(store).aliases.filter(pl.col("alias_id") == alias_id).select("alias_id", "kind", "value", "line_id")
        if rows.is_empty():
            raise Refused("unknown_alias", "There is no alias {id}. List them with: encours aliases", id=alias_id)
        with store.change("forget", author, subject=rows["value"][0], detail={"kind": rows["kind"][0]}) as change:
            change.insert("alias", rows.with_columns(client_id=pl.lit(None, pl.String), by_person=pl.lit(value=True)))
    return change.change_id


def _runs_of(value: str) -> Iterator[str]:
    """Every run of a name's words."""
    words = value.split()
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield " ".join(words[start:end])
