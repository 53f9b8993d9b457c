"""Every invariant of the database, held against what is stored: what `encours check` says."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import polars as pl

from models.facts import FACTS, digest, row_texts, seal_of
from models.ids import fold
from models.money import MONEY, total
from models.store import Store
from pipelines.ageing import aged
from pipelines.balances import balance_gaps
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.receivables import open_items


@dataclass(frozen=True)
class Violation:
    """One broken invariant: its stable code, what it is about, and how much."""

    code: str
    subject: str
    detail: str = ""

    @property
    def is_notice(self) -> bool:
        """It is a file that does not add up, not the database: the seals tell whether what the file said was lost since."""
        return self.code in _NOTICES


_NOTICES = frozenset({"balance_gap"})

#: Columns that name something in another table: (table, column, parent table, its column, condition).
_REFERENCES = (
    ("document_version", "client_id", "client_version", "client_id", "true"),
    ("bank_line", "account_id", "account_version", "account_id", "true"),
    ("balance", "account_id", "account_version", "account_id", "true"),
    ("claim", "document_id", "document_version", "document_id", "true"),
    ("claim", "source_id", "bank_line", "line_id", "source = 'bank'"),
    ("claim", "source_id", "document_version", "document_id", "source = 'credit_note'"),
    ("claim", "source_id", "receipt", "receipt_id", "source = 'declared'"),
    ("receipt", "client_id", "client_version", "client_id", "true"),
    ("claim_end", "claim_id", "claim", "claim_id", "true"),
    ("attribution", "line_id", "bank_line", "line_id", "true"),
    ("attribution", "client_id", "client_version", "client_id", "client_id IS NOT NULL"),
    ("refund", "line_id", "bank_line", "line_id", "true"),
    ("refusal", "line_id", "bank_line", "line_id", "true"),
    ("refusal", "document_id", "document_version", "document_id", "true"),
    ("mark", "document_id", "document_version", "document_id", "document_id IS NOT NULL"),
    ("mark", "client_id", "client_version", "client_id", "client_id IS NOT NULL"),
    ("conflict_settlement", "conflict_id", "conflict", "conflict_id", "true"),
    ("quarantine_end", "row_id", "quarantine", "row_id", "true"),
    ("coverage", "account_id", "account_version", "account_id", "true"),
    ("alias", "client_id", "client_version", "client_id", "client_id IS NOT NULL"),
    ("alias", "line_id", "bank_line", "line_id", "line_id IS NOT NULL"),
    ("line_class", "line_id", "bank_line", "line_id", "true"),
    ("note", "client_id", "client_version", "client_id", "true"),
    ("note", "document_id", "document_version", "document_id", "document_id IS NOT NULL"),
    ("plan_instalment", "client_id", "client_version", "client_id", "true"),
    ("plan_invoice", "document_id", "document_version", "document_id", "true"),
    ("plan_invoice", "plan_id", "plan_instalment", "plan_id", "true"),
    ("plan_end", "plan_id", "plan_instalment", "plan_id", "true"),
    ("payment_choice", "document_id", "document_version", "document_id", "true"),
    ("supplier_iban", "client_id", "client_version", "client_id", "true"),
    ("provision", "document_id", "document_version", "document_id", "true"),
)


def run_check(store: Store) -> list[Violation]:
    """Read every column of every table and verify what must hold; a list without any but notices is a sound database."""
    found = [*broken_seals(store), *_orphans(store), *_repeats(store)]
    try:
        return [*found, *_conclusions(store)]
    except pl.exceptions.PolarsError:
        if not found:
            raise
        return found  # so damaged that the pipelines' own checks refuse the facts


def _conclusions(store: Store) -> list[Violation]:
    """What is wrong with what follows from the facts."""
    ledger = run_ledger(store)
    return [
        *_sources(ledger),
        *_given_and_gone(ledger),
        *_receipts(ledger, store),
        *_invoices(ledger, store),
        *_numbers(ledger, store),
        *_provisions(ledger),
        *_figures(ledger),
        *_balances(ledger),
    ]


def broken_seals(store: Store) -> list[Violation]:
    """The journal of changes: numbered without gaps, each sealed with its facts and the one before."""
    rows = store.query("SELECT * FROM change ORDER BY change_id")
    digests = _digests(store)
    found = []
    previous = ""
    for expected, row in enumerate(rows.iter_rows(), start=1):
        *values, seal = row
        if values[0] != expected:
            found.append(Violation("change_missing", str(expected)))
            break
        if seal_of(previous, tuple(values), digests.get(expected, digest({}))) != seal:
            found.append(Violation("change_altered", str(expected)))
        previous = seal
    dangling = rows.filter(pl.col("undoes").is_not_null() & ~pl.col("undoes").is_in(rows["change_id"].implode()))
    return found + [Violation("undo_of_nothing", str(i)) for i in dangling["change_id"]]


def _digests(store: Store) -> dict[int, str]:
    """The digest of each change's facts, as they stand now."""
    texts: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for table in sorted(FACTS):
        rows = store.query(f"SELECT * FROM {table}")
        for change_id, text in zip(rows["change_id"], row_texts(rows), strict=True):
            texts[change_id][table].append(text)
    return {change_id: digest(rows_by_table) for change_id, rows_by_table in texts.items()}


def _orphans(store: Store) -> list[Violation]:
    """Facts without their change, or that point to nothing."""
    found = []
    for table in sorted(FACTS):
        count = store.query(f"SELECT count(*) AS n FROM {table} WHERE change_id NOT IN (SELECT change_id FROM change)")["n"][0]
        found += [Violation("fact_without_change", table, str(count))] if count else []
    for table, key, parent, parent_key, condition in _REFERENCES:
        missing = store.query(
            f"SELECT DISTINCT {key} FROM {table} WHERE {condition} AND {key} NOT IN (SELECT {parent_key} FROM {parent})"
        )
        found += [Violation("points_to_nothing", f"{table}.{key}", str(value)) for value in missing[key].sort()]
    return found


def _repeats(store: Store) -> list[Violation]:
    """Claims and the like that stand twice; a movement, twice in one import: each file that tells of it has a row."""
    found = []
    for table, key, *more in (
        ("bank_line", "line_id", "change_id"),
        ("claim", "claim_id"),
        ("conflict", "conflict_id"),
        ("receipt", "receipt_id"),
    ):
        rows = store.facts(table).group_by(key, *more).len().filter(pl.col("len") > 1)
        found += [Violation("stands_twice", table, str(value)) for value in rows[key]]
    return found


def _sources(ledger: Ledger) -> list[Violation]:
    """Nothing gives more than it has, nor in another currency."""
    bank = ledger.claims.filter(pl.col("source") == "bank").group_by("source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    lines = ledger.lines.select("amount", "currency", source_id="line_id")
    too_much = bank.join(lines, on="source_id", how="inner", validate="1:1").filter(pl.col("given") > pl.col("amount").abs())
    found = [Violation("line_over_allocated", i) for i in too_much["source_id"].sort()]
    notes = ledger.documents.filter(pl.col("kind") == "credit_note").select(
        "amount", "currency", "number", source_id="document_id"
    )
    used = ledger.allocations.filter((pl.col("source") == "credit_note") & pl.col("reversed_on").is_null())
    used = used.group_by("source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    too_much = used.join(notes, on="source_id", how="inner", validate="1:1").filter(pl.col("given") > pl.col("amount"))
    found += [Violation("credit_note_over_allocated", number) for number in too_much["number"].sort()]
    sources = pl.concat([lines.select("source_id", "currency"), notes.select("source_id", "currency")])
    mixed = (
        ledger.claims.join(
            ledger.documents.select("document_id", owed_in="currency"), on="document_id", how="inner", validate="m:1"
        )
        .join(sources, on="source_id", how="inner", validate="m:1")
        .filter(pl.col("currency") != pl.col("owed_in"))
    )
    return found + [Violation("currencies_mixed", i) for i in mixed["claim_id"].sort()]


def _given_and_gone(ledger: Ledger) -> list[Violation]:
    """What a bank line or credit note gives, and what of it went back, is never more than it is, on any day.

    What a return takes from an invoice stops counting on the day on which it counts as returned.
    """
    is_credit = pl.col("source").is_in(["bank", "credit_note"])
    given = ledger.allocations.filter(is_credit).select("source_id", "amount", day="counts_from")
    ended = ledger.allocations.filter(is_credit).drop_nulls("reversed_on")
    debits = ledger.lines.select("line_id", day="booking_date")
    gone = ledger.line_refunds.join(debits, on="line_id", how="inner", validate="m:1")
    moves = pl.concat(
        [
            given,
            ended.select("source_id", amount=(-pl.col("amount")).cast(MONEY), day="reversed_on"),
            gone.select("credit_id", "amount", "day").rename({"credit_id": "source_id"}),
        ]
    )
    by_day = moves.group_by("source_id", "day").agg(pl.col("amount").sum().cast(MONEY)).sort("source_id", "day")
    is_note = pl.col("kind") == "credit_note"
    wholes = pl.concat(
        [
            ledger.lines.select(pl.col("amount").abs(), source_id="line_id", name="line_id"),
            ledger.documents.filter(is_note).select("amount", source_id="document_id", name="number"),
        ]
    ).rename({"amount": "whole"})
    over = (
        by_day.with_columns(used=pl.col("amount").cum_sum().over("source_id"))
        .join(wholes, on="source_id", how="inner", validate="m:1")
        .filter(pl.col("used") > pl.col("whole"))
        .unique("source_id", keep="first", maintain_order=True)
    )
    return [
        Violation("gives_and_gives_back_too_much", name, day.isoformat()) for name, day in over.select("name", "day").iter_rows()
    ]


def _receipts(ledger: Ledger, store: Store) -> list[Violation]:
    """No stored receipt gives more than it is, to another client, or in another currency."""
    receipts = store.facts("receipt").select("receipt_id", "client_id", "currency", has="amount")
    live = store.facts("claim").filter(pl.col("source") == "declared")
    live = live.join(store.facts("claim_end"), on="claim_id", how="anti")
    claims = live.join(receipts, left_on="source_id", right_on="receipt_id", how="inner", validate="m:1")
    sums = claims.group_by("source_id", "has").agg(given=pl.col("amount").sum().cast(MONEY))
    found = [Violation("receipt_over_allocated", i) for i in sums.filter(pl.col("given") > pl.col("has"))["source_id"].sort()]
    owners = ledger.documents.select("document_id", owner="client_id", owed_in="currency")
    joined = claims.join(owners, on="document_id", how="inner", validate="m:1")
    foreign = joined.filter((pl.col("client_id") != pl.col("owner")) | (pl.col("currency") != pl.col("owed_in")))
    return found + [Violation("receipt_of_another", i) for i in foreign["claim_id"].sort()]


def _invoices(ledger: Ledger, store: Store) -> list[Violation]:
    """No invoice gets more than it asks for: from bank lines that were not returned, nor from all its allocations of any day.

    An amount that a person corrected downwards leaves its payments as they were: the highest version counts for them.
    """
    highest = store.query("SELECT document_id, max(amount) AS highest FROM document_version GROUP BY document_id")
    owed = ledger.documents.select("document_id", "number", "amount")
    standing = ledger.claims.filter((pl.col("source") == "bank") & pl.col("reversed_on").is_null())
    paid = standing.group_by("document_id").agg(given=pl.col("amount").sum().cast(MONEY))
    paid = paid.join(highest, on="document_id", how="inner", validate="1:1").filter(pl.col("given") > pl.col("highest"))
    days = ledger.allocations.select("document_id", day="counts_from").unique()
    counting = ledger.allocations.join(days, on="document_id", how="inner", validate="m:m").filter(
        (pl.col("counts_from") <= pl.col("day")) & (pl.col("reversed_on").is_null() | (pl.col("reversed_on") > pl.col("day")))
    )
    sums = counting.group_by("document_id", "day").agg(given=pl.col("amount").sum().cast(MONEY))
    over = sums.join(owed, on="document_id", how="inner", validate="m:1").filter(pl.col("given") > pl.col("amount"))
    wrong = pl.concat([paid.select("document_id"), over.select("document_id")]).unique()
    numbers = owed.join(wrong, on="document_id", how="semi")["number"].sort()
    return [Violation("invoice_over_allocated", number) for number in numbers]


def _numbers(ledger: Ledger, store: Store) -> list[Violation]:
    """Numbers are unique, case aside, within the sales and each supplier, unless a person said so; no amount is negative."""
    settled = store.facts("conflict_settlement").filter(pl.col("answer") == "other")
    allowed = store.facts("conflict").join(settled, on="conflict_id", how="semi")["number"].to_list()
    documents = ledger.documents.with_columns(
        folded=pl.Series([fold(number) for number in ledger.documents["number"]], dtype=pl.String),
        owner=pl.when(pl.col("direction") == "purchase").then("client_id").otherwise(pl.lit("")),
    )
    is_repeated = pl.struct("direction", "owner", "folded").is_duplicated() & ~pl.col("number").is_in(allowed)
    repeated = documents.filter(is_repeated)["number"].unique().sort()
    negative = ledger.documents.filter(pl.col("amount") < 0)["number"].sort()
    found = [Violation("number_twice", number) for number in repeated]
    return found + [Violation("negative_amount", number) for number in negative]


def _provisions(ledger: Ledger) -> list[Violation]:
    """A rate by hand is from 0 to 1, and of a sales invoice."""
    sales = ledger.documents.filter((pl.col("direction") == "sale") & (pl.col("kind") != "credit_note"))
    rated = ledger.provisions.join(ledger.documents.select("document_id", "number"), on="document_id", how="left", validate="m:1")
    is_one = pl.col("rate").is_null() | pl.col("rate").is_between(0, 1)
    wrong = pl.concat([rated.filter(~is_one), rated.join(sales, on="document_id", how="anti")])
    return [Violation("bad_provision", str(name)) for name in wrong["number"].drop_nulls().unique().sort()]


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
