"""Every invariant of the database, held against what is stored: what `encours check` says."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from models.ids import fold
from models.money import MONEY, total
from models.store import FACTS, Store, seal_of
from pipelines.balances import balance_gaps
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.receivables import aged, open_items


@dataclass(frozen=True)
class Violation:
    """One broken invariant: its stable code, what it is about, and how much."""

    code: str
    subject: str
    detail: str = ""


def run_check(store: Store) -> list[Violation]:
    """Read every column of every table and verify what must hold; an empty list is a sound database."""
    found = [*_changes(store), *_orphans(store), *_repeats(store)]
    ledger = run_ledger(store)
    return [*found, *_allocations(ledger), *_documents(ledger), *_figures(ledger), *_balances(ledger)]


def _changes(store: Store) -> list[Violation]:
    """The journal of changes: numbered without gaps, each sealed with the one before."""
    rows = store.query("SELECT * FROM change ORDER BY change_id")
    found = []
    previous = ""
    for expected, row in enumerate(rows.iter_rows(), start=1):
        *values, seal = row
        if values[0] != expected:
            found.append(Violation("change_missing", str(expected)))
            break
        if seal_of(previous, tuple(values)) != seal:
            found.append(Violation("change_altered", str(expected)))
        previous = seal
    dangling = rows.filter(pl.col("undoes").is_not_null() & ~pl.col("undoes").is_in(rows["change_id"].implode()))
    return found + [Violation("undo_of_nothing", str(i)) for i in dangling["change_id"]]


def _orphans(store: Store) -> list[Violation]:
    """Facts without their change, or that point to nothing."""
    found = []
    changes = store.query("SELECT change_id FROM change")
    for table in sorted(FACTS):
        rows = store.query(f"SELECT * FROM {table}")  # noqa: S608 -- names from code; every column is read, so damage shows
        orphans = rows.join(changes, on="change_id", how="anti").height
        if orphans:
            found.append(Violation("fact_without_change", table, str(orphans)))
    pairs = (
        ("document_version", "client_id", "client_version"),
        ("bank_line", "account_id", "account_version"),
        ("balance", "account_id", "account_version"),
        ("claim_end", "claim_id", "claim"),
    )
    for table, key, parent in pairs:
        missing = store.query(f"SELECT DISTINCT {key} FROM {table} WHERE {key} NOT IN (SELECT {key} FROM {parent})")  # noqa: S608
        found += [Violation("points_to_nothing", f"{table}.{key}", str(value)) for value in missing[key]]
    return found


def _repeats(store: Store) -> list[Violation]:
    """Movements, claims and documents that stand twice."""
    found = []
    for table, key in (("bank_line", "line_id"), ("claim", "claim_id"), ("conflict", "conflict_id")):
        rows = store.facts(table).group_by(key).len().filter(pl.col("len") > 1)
        found += [Violation("stands_twice", table, str(value)) for value in rows[key]]
    return found


def _allocations(ledger: Ledger) -> list[Violation]:
    """Nothing gives more than it has, and no invoice gets more than it asks for, at any date."""
    found = []
    bank = ledger.claims.filter(pl.col("source") == "bank").group_by("source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    lines = ledger.lines.select("amount", source_id="line_id")
    too_much = bank.join(lines, on="source_id", how="left", validate="1:1").filter(pl.col("given") > pl.col("amount"))
    found += [Violation("line_over_allocated", i) for i in too_much["source_id"]]
    notes = ledger.documents.filter(pl.col("kind") == "credit_note").select("amount", source_id="document_id", number="number")
    used = ledger.allocations.filter((pl.col("source") == "credit_note") & pl.col("reversed_on").is_null())
    used = used.group_by("source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    too_much = used.join(notes, on="source_id", how="inner", validate="1:1").filter(pl.col("given") > pl.col("amount"))
    found += [Violation("credit_note_over_allocated", number) for number in too_much["number"]]
    owed = ledger.documents.select("document_id", "number", owed="amount")
    starts = ledger.allocations.select("document_id", day="counts_from").unique()
    at_days = ledger.allocations.join(starts, on="document_id", how="inner", validate="m:m").filter(
        (pl.col("counts_from") <= pl.col("day")) & (pl.col("reversed_on").is_null() | (pl.col("reversed_on") > pl.col("day")))
    )
    sums = at_days.group_by("document_id", "day").agg(given=pl.col("amount").sum().cast(MONEY))
    over = sums.join(owed, on="document_id", how="inner", validate="m:1").filter(pl.col("given") > pl.col("owed"))
    found += [Violation("invoice_over_allocated", number) for number in over["number"].unique().sort()]
    invoices = ledger.documents.select("document_id", document_currency="currency")
    money = ledger.lines.select(source_id="line_id", line_currency="currency")
    mixed = (
        ledger.claims.join(invoices, on="document_id", how="inner", validate="m:1")
        .join(money, on="source_id", how="inner", validate="m:1")
        .filter(pl.col("document_currency") != pl.col("line_currency"))
    )
    return found + [Violation("currencies_mixed", i) for i in mixed["claim_id"]]


def _documents(ledger: Ledger) -> list[Violation]:
    """Numbers are unique within a direction (and supplier), case aside; amounts add up."""
    sales = ledger.documents.filter(pl.col("direction") == "sale")
    folded = sales.with_columns(folded=pl.col("number").map_elements(fold, return_dtype=pl.String))
    repeated = folded.filter(pl.col("number").is_duplicated())["number"].unique().sort()
    found = [Violation("number_twice", number) for number in repeated]
    negative = ledger.documents.filter(pl.col("amount") < 0)["number"]
    return found + [Violation("negative_amount", number) for number in negative]


def _figures(ledger: Ledger) -> list[Violation]:
    """Buckets sum to the outstanding, and less the open credits to the receivables, in every currency at the last day."""
    found = []
    last = (ledger.lines["booking_date"].max(), ledger.documents["issue_date"].max())
    days = [day for day in last if isinstance(day, date)]
    for currency in ledger.documents["currency"].unique().sort():
        for day in days:
            figures = kpis(ledger, as_of=day, currency=currency)
            balance = total(aged(ledger, as_of=day, currency=currency)["total"])
            items = total(open_items(ledger, as_of=day, currency=currency)["outstanding"])
            if sum(figures.ageing.values()) != items or balance != figures.receivables:
                found.append(Violation("figures_disagree", f"{currency} {day.isoformat()}"))
    return found


def _balances(ledger: Ledger) -> list[Violation]:
    """Statement balances that follow each other and the movements between them."""
    lines = ledger.lines.select("account_id", "booking_date", "amount")
    names = dict(ledger.accounts.select("account_id", "name").iter_rows())
    gaps = balance_gaps(ledger.balances, lines)
    return [
        Violation("balance_gap", f"{names.get(account, account)} {start} – {end}", str(gap))
        for account, start, end, gap in gaps.iter_rows()
    ]
