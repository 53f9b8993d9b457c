"""Seeded books in a real store, and every figure that follows from it, to compare before with after."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
from empty_stores import empty_store
from matching_books import facts_of
from matching_ledgers import START
from matching_payers import OWN
from matching_payments import Seeded

from models.store import Author, Store
from pipelines.ageing import aged
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.receivables import sales_documents
from pipelines.reconcile.run import run_matching

ANA = Author("Ana", START + timedelta(days=430), datetime(2026, 4, 1))  # UTC without zone, as stored


def new_store(made: Seeded, path: Path) -> Store:
    """A store with the accounts, the clients and the company's name, but neither documents nor bank lines."""
    facts = facts_of(made)
    store = empty_store(path / "books.duckdb")
    with store.change("import", ANA) as change:
        change.insert("account_version", facts.accounts.select("account_id", "name", "currency"))
        change.insert("client_version", facts.clients.select("client_id", "name"))
        change.insert("setting", pl.DataFrame({"key": ["company_name"], "value": [OWN.title()]}))
    return store


def bring(store: Store, made: Seeded, ids: Iterable[str]) -> None:
    """Import these documents and bank lines, by their ids, as one change."""
    facts, wanted = facts_of(made), list(ids)
    documents = facts.documents.filter(pl.col("document_id").is_in(wanted)).drop("client", "known_on")
    lines = facts.lines.filter(pl.col("line_id").is_in(wanted)).drop("account")
    with store.change("import", ANA) as change:
        change.insert("document_version", documents.with_columns(is_paid=pl.lit(value=False)))
        change.insert("bank_line", lines.with_columns(format=pl.lit("ofx")))


def unsettled(made: Seeded) -> Seeded:
    """The same books before any person said anything."""
    return replace(made, payments=[replace(p, is_confirmed=False) for p in made.payments])


def all_ids(made: Seeded) -> list[str]:
    """Every document's and bank line's id."""
    return [b.number for b in made.bills] + [p.line_id for p in made.payments]


def figures(store: Store, days: Iterable[date]) -> list[object]:
    """Every figure at the end of each day: documents, aged balance, indicators; and what matching concludes and proposes."""
    ledger = run_ledger(store)
    found: list[object] = []
    for day in days:
        found += [day, *sales_documents(ledger, as_of=day).sort("number").rows()]
        found += [*aged(ledger, as_of=day).sort(pl.all()).rows(), repr(kpis(ledger, as_of=day))]
    found += ledger.receipts.sort(pl.all()).rows() + ledger.refunds.drop("refund_id").sort(pl.all()).rows()
    columns = ["source", "source_id", "document_id", "amount", "reversed_on", "rule", "by", "reason"]
    found += ledger.claims.select(columns).sort(pl.all()).rows()
    matching = run_matching(store, ledger)
    return [
        *found,
        repr(ledger.settings),
        sorted(matching.claims),
        sorted(matching.suggestions.items(), key=lambda item: item[0]),
    ]
