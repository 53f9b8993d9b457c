"""The ledger: every fact that holds, and what follows from the facts alone, whatever the as-of date."""

import threading
from dataclasses import dataclass, field
from datetime import date
from weakref import WeakKeyDictionary

import polars as pl

from models.cash_tables import ITEM_ANSWERS, PAYMENT_CHOICES, PLANNED_ITEMS, SUPPLIER_IBANS
from models.desk_tables import EXCHANGE_RATES, LETTERS, PERIOD_LOCKS, PROVISIONS
from models.following_tables import MARKS, NOTES, PLAN_INVOICES, PLANS, REMINDER_EVENTS, REMINDERS, TEMPLATES
from models.past_store import PastStore
from models.policy import Policy
from models.policy_text import shipped_policy
from models.settings import Settings, read_settings
from models.store import Store
from models.tables import (
    ACCOUNTS,
    ALIASES,
    ALLOCATIONS,
    ATTRIBUTIONS,
    BALANCES,
    CLAIMS,
    CLIENTS,
    COVERAGE,
    DOCUMENTS,
    LABEL_RULES,
    LINE_CLASSES,
    LINE_REFUNDS,
    LINES,
    RECEIPTS,
    REFUNDS,
    REFUSALS,
    STATEMENTS,
    conform,
    empty,
)
from pipelines.allocation import linked_credit_claims, settle
from pipelines.declared import declared_claims
from pipelines.parties import client_names, only_clients, with_names
from pipelines.receipts import (
    bank_pairs,
    bank_receipts,
    declared_receipts,
    free_of_lines,
    given_by_lines,
    refunds_of_lines,
    taken_back,
    turned_to_lines,
    unpaired,
)
from pipelines.recoveries import with_recoveries
from pipelines.reversals import with_fallen_write_offs, with_reversals
from pipelines.stored_facts import Facts, run_facts


@dataclass(frozen=True, eq=False)
class Ledger:
    """One company's facts at one revision. Frames follow `models.tables`; all dates, directions and currencies."""

    revision: int
    clients: pl.DataFrame
    documents: pl.DataFrame
    statements: pl.DataFrame
    accounts: pl.DataFrame
    lines: pl.DataFrame
    balances: pl.DataFrame
    claims: pl.DataFrame
    allocations: pl.DataFrame
    receipts: pl.DataFrame
    refunds: pl.DataFrame
    marks: pl.DataFrame
    settings: Settings
    coverage: pl.DataFrame = field(default_factory=lambda: empty(COVERAGE))
    aliases: pl.DataFrame = field(default_factory=lambda: empty(ALIASES))
    label_rules: pl.DataFrame = field(default_factory=lambda: empty(LABEL_RULES))
    line_classes: pl.DataFrame = field(default_factory=lambda: empty(LINE_CLASSES))
    line_refunds: pl.DataFrame = field(default_factory=lambda: empty(LINE_REFUNDS))
    attributions: pl.DataFrame = field(default_factory=lambda: empty(ATTRIBUTIONS))
    reminders: pl.DataFrame = field(default_factory=lambda: empty(REMINDERS))
    reminder_events: pl.DataFrame = field(default_factory=lambda: empty(REMINDER_EVENTS))
    templates: pl.DataFrame = field(default_factory=lambda: empty(TEMPLATES))
    notes: pl.DataFrame = field(default_factory=lambda: empty(NOTES))
    plans: pl.DataFrame = field(default_factory=lambda: empty(PLANS))
    plan_invoices: pl.DataFrame = field(default_factory=lambda: empty(PLAN_INVOICES))
    policy: Policy = field(default_factory=shipped_policy)
    planned_items: pl.DataFrame = field(default_factory=lambda: empty(PLANNED_ITEMS))
    item_answers: pl.DataFrame = field(default_factory=lambda: empty(ITEM_ANSWERS))
    payment_choices: pl.DataFrame = field(default_factory=lambda: empty(PAYMENT_CHOICES))
    supplier_ibans: pl.DataFrame = field(default_factory=lambda: empty(SUPPLIER_IBANS))
    refusals: pl.DataFrame = field(default_factory=lambda: empty(REFUSALS))
    provisions: pl.DataFrame = field(default_factory=lambda: empty(PROVISIONS))
    period_locks: pl.DataFrame = field(default_factory=lambda: empty(PERIOD_LOCKS))
    exchange_rates: pl.DataFrame = field(default_factory=lambda: empty(EXCHANGE_RATES))
    letters: pl.DataFrame = field(default_factory=lambda: empty(LETTERS))

    @property
    def is_empty(self) -> bool:
        """Nothing was imported yet."""
        return self.documents.is_empty() and self.lines.is_empty()


def empty_ledger() -> Ledger:
    """The ledger of nobody: no facts, and the settings that a company begins with."""
    return Ledger(
        revision=0,
        clients=empty(CLIENTS),
        documents=empty(DOCUMENTS),
        statements=empty(STATEMENTS),
        accounts=empty(ACCOUNTS),
        lines=empty(LINES),
        balances=empty(BALANCES),
        claims=empty(CLAIMS),
        allocations=empty(ALLOCATIONS),
        receipts=empty(RECEIPTS),
        refunds=empty(REFUNDS),
        marks=empty(MARKS),
        settings=Settings(),
    )


def assemble(facts: Facts, settings: Settings, *, revision: int = 0) -> Ledger:
    """Conclude what the facts say: declared slices, linked credit notes, effective allocations, receipts, refunds.

    A stored claim whose invoice or bank line no longer holds (its import was undone) is left out. Receipts are clients':
    what a supplier's file says is paid, or came from whom only supplier invoices speak of, is none.
    """
    documents = facts.documents
    sales = documents.filter(pl.col("direction") == "sale")
    attributions, receipts = only_clients(facts.attributions, documents), only_clients(facts.receipts, documents)
    invoices = documents.filter(pl.col("kind") != "credit_note")
    sources = pl.concat(
        [
            facts.lines.select(source_id="line_id"),
            documents.filter(pl.col("kind") == "credit_note").select(source_id="document_id"),
            facts.claims.filter(pl.col("source") == "write_off").select("source_id"),
            receipts.select(source_id="receipt_id"),
        ]
    )
    stored = facts.claims.join(sources, on="source_id", how="semi").join(invoices, on="document_id", how="semi")
    line_refunds = _holding(facts.refunds, sources, facts.lines)
    stored = with_fallen_write_offs(with_reversals(stored, line_refunds, facts.lines))
    of_receipts = pl.col("source") == "declared"
    given = given_by_lines(stored, documents)
    received = bank_receipts(facts.lines, attributions, given)
    refunds = refunds_of_lines(line_refunds, facts.lines, documents, received, given)
    pairs = bank_pairs(receipts, received, refunds, facts.lines)
    free = free_of_lines(facts.lines, given, line_refunds)
    on_receipts = turned_to_lines(stored.filter(of_receipts), pairs, free)
    stored = pl.concat([stored.filter(~of_receipts), on_receipts])
    slices = declared_claims(facts.statements, documents)
    linked = linked_credit_claims(documents, stored.filter(pl.col("source") == "credit_note"))
    claims = with_recoveries(pl.concat([linked, stored, slices], how="vertical"), invoices)
    settlement = settle(invoices, claims)
    proven = settlement.proven
    came, went = unpaired(receipts.join(pairs, on="receipt_id", how="anti"), on_receipts, proven)
    return Ledger(
        revision=revision,
        clients=facts.clients,
        documents=with_names(documents, client_names(facts.clients, documents)),
        statements=facts.statements,
        accounts=facts.accounts,
        lines=facts.lines,
        balances=facts.balances,
        claims=claims,
        allocations=settlement.allocations,
        receipts=pl.concat([received, came, declared_receipts(slices, sales, proven)]).sort("date", "receipt_id", "client_id"),
        refunds=pl.concat([refunds, went, taken_back(slices, sales, proven)]).sort("date", "refund_id", "client_id"),
        marks=facts.marks,
        settings=settings,
        coverage=facts.coverage,
        aliases=only_clients(facts.aliases, documents),
        label_rules=facts.label_rules,
        line_classes=facts.line_classes,
        line_refunds=line_refunds,
        attributions=attributions.drop_nulls("client_id").pipe(conform, ATTRIBUTIONS),
        reminders=facts.reminders,
        reminder_events=facts.reminder_events,
        templates=facts.templates,
        notes=facts.notes,
        plans=facts.plans,
        plan_invoices=facts.plan_invoices,
        policy=facts.policy,
        planned_items=facts.planned_items,
        item_answers=facts.item_answers,
        payment_choices=facts.payment_choices,
        supplier_ibans=facts.supplier_ibans,
        refusals=facts.refusals,
        provisions=facts.provisions,
        period_locks=facts.period_locks,
        exchange_rates=facts.exchange_rates,
        letters=facts.letters,
    )


def _holding(refunds: pl.DataFrame, sources: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """LINE_REFUNDS whose debit and credit still hold."""
    credits_ = sources.select(credit_id="source_id")
    held = conform(refunds, LINE_REFUNDS).join(lines, on="line_id", how="semi").join(credits_, on="credit_id", how="semi")
    return held.sort("refund_id")


def run_settings(store: Store, *, known_on: date | None = None) -> Settings:
    """The company's settings."""
    rows = store.facts("setting", latest_by="key", known_on=known_on).drop_nulls("value")
    return read_settings(dict(rows.select("key", "value").iter_rows()))


@dataclass
class _Kept:
    """The ledgers of one store at its revision, by the day whose knowledge they are; the lock is held to read one."""

    revision: int = -1
    ledgers: dict[date | None, Ledger] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


#: Of each store that is open, its last ledgers: screens, decisions and commands share them. Past stores are not kept.
_kept: WeakKeyDictionary[Store, _Kept] = WeakKeyDictionary()
_MOST_DAYS = 4


def run_ledger(store: Store, *, known_on: date | None = None) -> Ledger:
    """The ledger of the store, as known at the end of `known_on` (now, if it is None): one revision, whoever writes meanwhile.

    It is read once for each revision. Its frames are shared, and never changed in place.
    """
    if isinstance(store, PastStore):
        return _read(store, known_on)
    kept = _kept.setdefault(store, _Kept())
    with kept.lock:
        revision = store.revision  # asked before reading: what is read may be newer, never older
        if kept.revision != revision:
            kept.revision, kept.ledgers = revision, {}
        if known_on not in kept.ledgers:
            past = [day for day in kept.ledgers if day is not None]
            if len(past) >= _MOST_DAYS:
                del kept.ledgers[past[0]]
            kept.ledgers[known_on] = _read(store, known_on)
        return kept.ledgers[known_on]


def _read(store: Store, known_on: date | None) -> Ledger:
    with store.snapshot() as revision:
        settings = run_settings(store, known_on=known_on)
        facts = run_facts(store, known_on=known_on)
    return assemble(facts, settings, revision=revision)
