"""What is stored of a company, read as it was known on a day: the frames from which the ledger concludes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import polars as pl

from models.cash_tables import ITEM_ANSWERS, PAYMENT_CHOICES, PLANNED_ITEMS, SUPPLIER_IBANS
from models.desk_tables import EXCHANGE_RATES, LETTERS, PERIOD_LOCKS, PROVISIONS
from models.facts import UNDOING, last_changes
from models.following_tables import MARKS, NOTES, PLAN_INVOICES, PLANS, REMINDER_EVENTS, REMINDERS, TEMPLATES
from models.past_store import PastStore
from models.policy import Policy
from models.policy_text import shipped_policy, stored_policy
from models.store import Store
from models.tables import (
    ACCOUNTS,
    ALIASES,
    BALANCES,
    CLAIMS,
    CLIENTS,
    COVERAGE,
    DOCUMENTS,
    LABEL_RULES,
    LINE_CLASSES,
    LINE_REFUNDS,
    LINES,
    REFUSALS,
    STATEMENTS,
    STORED_RECEIPTS,
    Schema,
    conform,
    empty,
)


@dataclass(frozen=True)
class Facts:
    """What is stored, before anything is concluded from it. `claims`, `attributions` and `refunds` are the stored ones."""

    clients: pl.DataFrame
    documents: pl.DataFrame
    statements: pl.DataFrame
    accounts: pl.DataFrame
    lines: pl.DataFrame
    balances: pl.DataFrame
    claims: pl.DataFrame
    attributions: pl.DataFrame
    refunds: pl.DataFrame
    marks: pl.DataFrame
    coverage: pl.DataFrame = field(default_factory=lambda: empty(COVERAGE))
    receipts: pl.DataFrame = field(default_factory=lambda: empty(STORED_RECEIPTS))
    aliases: pl.DataFrame = field(default_factory=lambda: empty(ALIASES))
    label_rules: pl.DataFrame = field(default_factory=lambda: empty(LABEL_RULES))
    line_classes: pl.DataFrame = field(default_factory=lambda: empty(LINE_CLASSES))
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


class _Reader:
    """Reads the facts that hold, as known at the end of a day (now, if it is None)."""

    def __init__(self, store: Store, known_on: date | None) -> None:
        self.store, self.known_on = store, known_on

    def facts(self, table: str, latest_by: str | None = None) -> pl.DataFrame:
        return self.store.facts(table, latest_by=latest_by, known_on=self.known_on)

    def signed(self, facts: pl.DataFrame) -> pl.DataFrame:
        return _signed(facts, self.changes)

    @cached_property
    def changes(self) -> pl.DataFrame:
        return self.store.query("SELECT change_id, known_on, actor FROM change")

    @cached_property
    def clients(self) -> pl.DataFrame:
        return self.facts("client_version", "client_id").pipe(conform, CLIENTS).sort("client_id")

    @cached_property
    def accounts(self) -> pl.DataFrame:
        return self.facts("account_version", "account_id").pipe(conform, ACCOUNTS).sort("name", "account_id")

    @cached_property
    def versions(self) -> pl.DataFrame:
        return self.facts("document_version").join(self.changes, on="change_id", how="inner", validate="m:1")

    def documents(self) -> pl.DataFrame:
        first_known = self.versions.group_by("document_id").agg(pl.col("known_on").min())
        return (
            self.versions.drop("known_on")
            .unique("document_id", keep="last", maintain_order=True)
            .join(first_known, on="document_id", how="inner", validate="1:1")
            .join(self.clients.select("client_id", client="name"), on="client_id", how="left", validate="m:1")
            .with_columns(client=pl.coalesce("client", "client_id"))
            .pipe(conform, DOCUMENTS)
            .sort("issue_date", "number", "document_id")
        )

    def statements(self) -> pl.DataFrame:
        says = pl.col("paid_amount").is_not_null() | pl.col("amount_due").is_not_null() | pl.col("is_paid")
        return self.versions.filter(says).pipe(conform, STATEMENTS).sort("document_id", "change_id")

    def lines(self) -> pl.DataFrame:
        lines = _movements(self.facts("bank_line"))
        named = lines.join(self.accounts.select("account_id", account="name"), on="account_id", how="left", validate="m:1")
        known = named.with_columns(account=pl.coalesce("account", "account_id"))
        return known.pipe(conform, LINES).sort("booking_date", "line_id")

    def claims(self) -> pl.DataFrame:
        return (
            self.facts("claim")
            .join(self.facts("claim_end").select("claim_id").unique(), on="claim_id", how="anti")
            .join(self.changes, on="change_id", how="inner", validate="m:1")
            .with_columns(
                date="claim_date", is_dated=pl.lit(value=True), by=pl.when("by_person").then("actor").otherwise(pl.lit("rule"))
            )
            .pipe(conform, CLAIMS)
            .sort("claim_id")
        )

    def balances(self) -> pl.DataFrame:
        return self.facts("balance").pipe(conform, BALANCES).unique().sort("account_id", "balance_date", "kind", "amount")

    def attributions(self) -> pl.DataFrame:
        return self.facts("attribution", "line_id").select("line_id", "client_id", "rule", "by_person").sort("line_id")

    def refunds(self) -> pl.DataFrame:
        return self.facts("refund", "refund_id").filter(~pl.col("is_ended")).pipe(conform, LINE_REFUNDS).sort("refund_id")

    def coverage(self) -> pl.DataFrame:
        return self.facts("coverage").pipe(conform, COVERAGE).unique().sort("account_id", "from_date", "to_date")

    def receipts(self) -> pl.DataFrame:
        return self.facts("receipt").with_columns(date="receipt_date").pipe(conform, STORED_RECEIPTS).sort("receipt_id")

    def plans(self) -> pl.DataFrame:
        ended = self.facts("plan_end", "plan_id").select("plan_id", ended_on="on_date")
        plans = self.facts("plan_instalment").join(ended, on="plan_id", how="left", validate="m:1")
        return self.signed(plans).pipe(conform, PLANS).sort("on_date", "plan_id", "rank")

    def rates(self) -> pl.DataFrame:
        said = self.facts("exchange_rate").unique(["currency", "rate_date"], keep="last", maintain_order=True)
        return said.pipe(conform, EXCHANGE_RATES).sort("currency", "rate_date")


#: The tables of which facts are, and how they are read.
_Read = tuple[tuple[str, ...], Callable[[_Reader], Any]]


def _rows(
    table: str, schema: Schema, *order: str, latest_by: str | None = None, held: str | None = None, is_signed: bool = False
) -> _Read:
    """The rows of one table in this order: the last by a column, where `held` says something, with who signed them."""

    def read(reader: _Reader) -> pl.DataFrame:
        rows = reader.facts(table, latest_by)
        rows = rows if held is None else rows.drop_nulls(held)
        rows = (reader.signed(rows) if is_signed else rows).pipe(conform, schema)
        return rows.sort(*order) if order else rows

    return (table,), read


#: How each of the facts is read, and the tables of which it is.
_READ: Mapping[str, _Read] = {
    "clients": (("client_version",), lambda r: r.clients),
    "documents": (("document_version", "client_version"), _Reader.documents),
    "statements": (("document_version",), _Reader.statements),
    "accounts": (("account_version",), lambda r: r.accounts),
    "lines": (("bank_line", "account_version"), _Reader.lines),
    "balances": (("balance",), _Reader.balances),
    "claims": (("claim", "claim_end"), _Reader.claims),
    "attributions": (("attribution",), _Reader.attributions),
    "refunds": (("refund",), _Reader.refunds),
    "marks": _rows("mark", MARKS, "on_date", "change_id", is_signed=True),
    "coverage": (("coverage",), _Reader.coverage),
    "receipts": (("receipt",), _Reader.receipts),
    "aliases": _rows("alias", ALIASES, "kind", "value", latest_by="alias_id", held="client_id"),
    "label_rules": _rows("label_rule", LABEL_RULES, "words", "rule_id", latest_by="rule_id", held="category"),
    "line_classes": _rows("line_class", LINE_CLASSES, "line_id", latest_by="line_id", held="category"),
    "reminders": _rows("reminder", REMINDERS, "on_date", "reminder_id", latest_by="reminder_id", is_signed=True),
    "reminder_events": _rows("reminder_event", REMINDER_EVENTS, is_signed=True),
    "templates": (("template",), lambda r: _last_versions(r.facts("template"))),
    "notes": _rows("note", NOTES, "on_date", "change_id", is_signed=True),
    "plans": (("plan_instalment", "plan_end"), _Reader.plans),
    "plan_invoices": _rows("plan_invoice", PLAN_INVOICES, "plan_id", "document_id"),
    "policy": (("policy",), lambda r: stored_policy(r.facts("policy")["text"].to_list())),
    "planned_items": _rows("planned_item", PLANNED_ITEMS, "item_id", latest_by="item_id", held="amount"),
    "item_answers": (("item_answer",), lambda r: _answers(r.facts("item_answer"))),
    "payment_choices": _rows("payment_choice", PAYMENT_CHOICES, "document_id", latest_by="document_id"),
    "supplier_ibans": _rows("supplier_iban", SUPPLIER_IBANS, "client_id", latest_by="client_id", held="iban"),
    "refusals": (("refusal",), lambda r: r.facts("refusal").pipe(conform, REFUSALS).unique().sort("line_id", "document_id")),
    "provisions": _rows("provision", PROVISIONS, "on_date", "change_id", is_signed=True),
    "period_locks": _rows("period_lock", PERIOD_LOCKS, "change_id", is_signed=True),
    "exchange_rates": (("exchange_rate",), _Reader.rates),
    "letters": (("exported_code",), lambda r: run_letters(r.store, known_on=r.known_on)),
}


@dataclass(frozen=True)
class _Last:
    """The facts of a store as they were read last, and the last change of each of its tables then."""

    changes: Mapping[str, int]
    facts: Facts


#: Of each store that is open, what was read last: a decision leaves most tables as they are. Of past stores nothing is kept.
_LAST: WeakKeyDictionary[Store, _Last] = WeakKeyDictionary()


def run_facts(store: Store, *, known_on: date | None = None) -> Facts:
    """Read the facts that hold, as known at the end of `known_on` (now, if it is None)."""
    reader = _Reader(store, known_on)
    if known_on is not None or isinstance(store, PastStore):
        return Facts(**{name: read(reader) for name, (_, read) in _READ.items()})
    last, changes = _LAST.get(store), dict(store.query(last_changes()).iter_rows())
    is_undone = last is None or last.changes[UNDOING] != changes[UNDOING]
    found = {
        name: read(reader)
        if last is None or is_undone or any(last.changes[table] != changes[table] for table in tables)
        else getattr(last.facts, name)
        for name, (tables, read) in _READ.items()
    }
    facts = Facts(**found)
    _LAST[store] = _Last(changes, facts)  # another thread may put its own in the place: what is given is what was read here
    return facts


def _signed(facts: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Add who made the change, `by`, and the day, `known_on`; the order stays."""
    said = changes.select("change_id", "known_on", by="actor")
    return facts.join(said, on="change_id", how="left", validate="m:1", maintain_order="left")


def _last_versions(templates: pl.DataFrame) -> pl.DataFrame:
    """TEMPLATES: what was written last of each, where it was not given back to the one that ships."""
    last = templates.unique(["name", "language"], keep="last", maintain_order=True)
    return last.drop_nulls("text").pipe(conform, TEMPLATES).sort("name", "language")


def _answers(said: pl.DataFrame) -> pl.DataFrame:
    """ITEM_ANSWERS: the last word on each item and date; one that was taken back says nothing."""
    last = said.unique(["item_id", "for_date"], keep="last", maintain_order=True)
    return last.drop_nulls("answer").pipe(conform, ITEM_ANSWERS).sort("item_id", "for_date")


def _movements(sightings: pl.DataFrame) -> pl.DataFrame:
    """One row per movement, of all that files say of it: the longest label, and what goes with it, whichever came first."""
    if sightings["line_id"].is_unique().all():
        return sightings
    columns = [name for name in sightings.columns if name != "line_id"]
    return (
        sightings.sort("line_id", pl.col("label").str.len_chars(), "label", "format", descending=[False, True, False, False])
        .group_by("line_id", maintain_order=True)
        .agg(pl.col(name).drop_nulls().first() for name in columns)
    )


def run_letters(store: Store, *, known_on: date | None = None) -> pl.DataFrame:
    """LETTERS, the last of each; those of exports that were undone too: another file may have left with them since."""
    left = store.query(
        "SELECT change_id, owner, client_id, code FROM exported_code WHERE kind = 'lettering' ORDER BY change_id, rowid"
    )
    if left.is_empty():
        return empty(LETTERS)
    known = store.changes()  # of a past store, those that it knew
    if known_on is not None:
        known = known.filter(pl.col("known_on") <= known_on)
    return (
        left.join(known, on="change_id", how="semi", maintain_order="left")
        .unique(["owner", "client_id"], keep="last", maintain_order=True)
        .pipe(conform, LETTERS)
        .sort("client_id", "owner")
    )
