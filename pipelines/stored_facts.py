"""What is stored of a company, read as it was known on a day: the frames from which the ledger concludes."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from models.cash_tables import ITEM_ANSWERS, PAYMENT_CHOICES, PLANNED_ITEMS, SUPPLIER_IBANS
from models.desk_tables import EXCHANGE_RATES, LETTERS, PERIOD_LOCKS, PROVISIONS
from models.following_tables import MARKS, NOTES, PLAN_INVOICES, PLANS, REMINDER_EVENTS, REMINDERS, TEMPLATES
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


def run_facts(store: Store, *, known_on: date | None = None) -> Facts:
    """Read the facts that hold, as known at the end of `known_on` (now, if it is None)."""

    def facts(table: str, latest_by: str | None = None) -> pl.DataFrame:
        return store.facts(table, latest_by=latest_by, known_on=known_on)

    changes = store.query("SELECT change_id, known_on, actor FROM change")
    clients = facts("client_version", "client_id").pipe(conform, CLIENTS).sort("client_id")
    versions = facts("document_version").join(changes, on="change_id", how="inner", validate="m:1")
    first_known = versions.group_by("document_id").agg(pl.col("known_on").min())
    documents = (
        versions.drop("known_on")
        .unique("document_id", keep="last", maintain_order=True)
        .join(first_known, on="document_id", how="inner", validate="1:1")
        .join(clients.select("client_id", client="name"), on="client_id", how="left", validate="m:1")
        .with_columns(client=pl.coalesce("client", "client_id"))
        .pipe(conform, DOCUMENTS)
        .sort("issue_date", "number", "document_id")
    )
    says = pl.col("paid_amount").is_not_null() | pl.col("amount_due").is_not_null() | pl.col("is_paid")
    accounts = facts("account_version", "account_id").pipe(conform, ACCOUNTS).sort("name", "account_id")
    lines = (
        _movements(facts("bank_line"))
        .join(accounts.select("account_id", account="name"), on="account_id", how="left", validate="m:1")
        .with_columns(account=pl.coalesce("account", "account_id"))
    )
    claims = (
        facts("claim")
        .join(facts("claim_end").select("claim_id").unique(), on="claim_id", how="anti")
        .join(changes, on="change_id", how="inner", validate="m:1")
        .with_columns(
            date="claim_date", is_dated=pl.lit(value=True), by=pl.when("by_person").then("actor").otherwise(pl.lit("rule"))
        )
    )
    refunds = facts("refund", "refund_id").filter(~pl.col("is_ended"))
    ended = facts("plan_end", "plan_id").select("plan_id", ended_on="on_date")
    plans = facts("plan_instalment").join(ended, on="plan_id", how="left", validate="m:1")
    return Facts(
        clients=clients,
        documents=documents,
        statements=versions.filter(says).pipe(conform, STATEMENTS).sort("document_id", "change_id"),
        accounts=accounts,
        lines=lines.pipe(conform, LINES).sort("booking_date", "line_id"),
        balances=facts("balance").pipe(conform, BALANCES).unique().sort("account_id", "balance_date", "kind", "amount"),
        claims=claims.pipe(conform, CLAIMS).sort("claim_id"),
        attributions=facts("attribution", "line_id").select("line_id", "client_id", "rule", "by_person").sort("line_id"),
        refunds=refunds.pipe(conform, LINE_REFUNDS).sort("refund_id"),
        marks=_signed(facts("mark"), changes).pipe(conform, MARKS).sort("on_date", "change_id"),
        coverage=facts("coverage").pipe(conform, COVERAGE).unique().sort("account_id", "from_date", "to_date"),
        receipts=facts("receipt").with_columns(date="receipt_date").pipe(conform, STORED_RECEIPTS).sort("receipt_id"),
        aliases=facts("alias", "alias_id").drop_nulls("client_id").pipe(conform, ALIASES).sort("kind", "value"),
        label_rules=facts("label_rule", "rule_id").drop_nulls("category").pipe(conform, LABEL_RULES).sort("words", "rule_id"),
        line_classes=facts("line_class", "line_id").drop_nulls("category").pipe(conform, LINE_CLASSES).sort("line_id"),
        reminders=_signed(facts("reminder", "reminder_id"), changes).pipe(conform, REMINDERS).sort("on_date", "reminder_id"),
        reminder_events=_signed(facts("reminder_event"), changes).pipe(conform, REMINDER_EVENTS),
        templates=_last_versions(facts("template")),
        notes=_signed(facts("note"), changes).pipe(conform, NOTES).sort("on_date", "change_id"),
        plans=_signed(plans, changes).pipe(conform, PLANS).sort("on_date", "plan_id", "rank"),
        plan_invoices=facts("plan_invoice").pipe(conform, PLAN_INVOICES).sort("plan_id", "document_id"),
        policy=stored_policy(facts("policy")["text"].to_list()),
        planned_items=facts("planned_item", "item_id").drop_nulls("amount").pipe(conform, PLANNED_ITEMS).sort("item_id"),
        item_answers=_answers(facts("item_answer")),
        payment_choices=facts("payment_choice", "document_id").pipe(conform, PAYMENT_CHOICES).sort("document_id"),
        refusals=facts("refusal").pipe(conform, REFUSALS).unique().sort("line_id", "document_id"),
        provisions=_signed(facts("provision"), changes).pipe(conform, PROVISIONS).sort("on_date", "change_id"),
        period_locks=_signed(facts("period_lock"), changes).pipe(conform, PERIOD_LOCKS).sort("change_id"),
        exchange_rates=facts("exchange_rate")
        .unique(["currency", "rate_date"], keep="last", maintain_order=True)
        .pipe(conform, EXCHANGE_RATES)
        .sort("currency", "rate_date"),
        letters=run_letters(store, known_on=known_on),
        supplier_ibans=facts("supplier_iban", "client_id").drop_nulls("iban").pipe(conform, SUPPLIER_IBANS).sort("client_id"),
    )


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
