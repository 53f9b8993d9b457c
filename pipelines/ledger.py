"""The ledger: every fact that holds, and what follows from the facts alone, whatever the as-of date."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from models.policy import Policy
from models.policy_text import shipped_policy, stored_policy
from models.settings import Settings, read_settings
from models.store import Store
from models.tables import (
    ACCOUNTS,
    ALIASES,
    ATTRIBUTIONS,
    BALANCES,
    CLAIMS,
    CLIENTS,
    COVERAGE,
    DOCUMENTS,
    ITEM_ANSWERS,
    LABEL_RULES,
    LINE_CLASSES,
    LINE_REFUNDS,
    LINES,
    MARKS,
    NOTES,
    PAYMENT_CHOICES,
    PLAN_INVOICES,
    PLANNED_ITEMS,
    PLANS,
    REFUSALS,
    REMINDER_EVENTS,
    REMINDERS,
    STATEMENTS,
    STORED_RECEIPTS,
    SUPPLIER_IBANS,
    TEMPLATES,
    conform,
    empty,
)
from pipelines.allocation import linked_credit_claims, settle
from pipelines.declared import declared_claims
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
from pipelines.reversals import with_fallen_write_offs, with_reversals


@dataclass(frozen=True)
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

    @property
    def is_empty(self) -> bool:
        """Nothing was imported yet."""
        return self.documents.is_empty() and self.lines.is_empty()


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


def assemble(facts: Facts, settings: Settings, *, revision: int = 0) -> Ledger:
    """Conclude what the facts say: declared slices, linked credit notes, effective allocations, receipts, refunds.

    A stored claim whose invoice or bank line no longer holds (its import was undone) is left out.
    """
    documents = facts.documents
    invoices = documents.filter(pl.col("kind") != "credit_note")
    sources = pl.concat(
        [
            facts.lines.select(source_id="line_id"),
            documents.filter(pl.col("kind") == "credit_note").select(source_id="document_id"),
            facts.claims.filter(pl.col("source") == "write_off").select("source_id"),
            facts.receipts.select(source_id="receipt_id"),
        ]
    ).unique()
    stored = facts.claims.join(sources, on="source_id", how="semi").join(invoices, on="document_id", how="semi")
    line_refunds = _holding(facts.refunds, sources, facts.lines)
    stored = with_fallen_write_offs(with_reversals(stored, line_refunds, facts.lines))
    of_receipts = pl.col("source") == "declared"
    given = given_by_lines(stored, documents)
    received = bank_receipts(facts.lines, facts.attributions, given)
    refunds = refunds_of_lines(line_refunds, facts.lines, documents, received, given)
    pairs = bank_pairs(facts.receipts, received, refunds, facts.lines)
    free = free_of_lines(facts.lines, given, line_refunds)
    on_receipts = turned_to_lines(stored.filter(of_receipts), pairs, free)
    stored = pl.concat([stored.filter(~of_receipts), on_receipts])
    slices = declared_claims(facts.statements, documents)
    linked = linked_credit_claims(documents, stored.filter(pl.col("source") == "credit_note"))
    claims = pl.concat([linked, stored, slices], how="vertical")
    settlement = settle(invoices, claims)
    proven = settlement.proven
    came, went = unpaired(facts.receipts.join(pairs, on="receipt_id", how="anti"), on_receipts, proven)
    return Ledger(
        revision=revision,
        clients=facts.clients,
        documents=documents,
        statements=facts.statements,
        accounts=facts.accounts,
        lines=facts.lines,
        balances=facts.balances,
        claims=claims,
        allocations=settlement.allocations,
        receipts=pl.concat([received, came, declared_receipts(slices, documents, proven)]).sort(
            "date", "receipt_id", "client_id"
        ),
        refunds=pl.concat([refunds, went, taken_back(slices, documents, proven)]).sort("date", "refund_id", "client_id"),
        marks=facts.marks,
        settings=settings,
        coverage=facts.coverage,
        aliases=facts.aliases,
        label_rules=facts.label_rules,
        line_classes=facts.line_classes,
        line_refunds=line_refunds,
        attributions=facts.attributions.drop_nulls("client_id").pipe(conform, ATTRIBUTIONS),
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
    )


def _holding(refunds: pl.DataFrame, sources: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """LINE_REFUNDS whose debit and credit still hold."""
    credits_ = sources.select(credit_id="source_id")
    held = conform(refunds, LINE_REFUNDS).join(lines, on="line_id", how="semi").join(credits_, on="credit_id", how="semi")
    return held.sort("refund_id")


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
        supplier_ibans=facts("supplier_iban", "client_id").drop_nulls("iban").pipe(conform, SUPPLIER_IBANS).sort("client_id"),
    )


def _signed(facts: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Add who made the change, `by`; the order stays."""
    said = changes.select("change_id", by="actor")
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


def run_settings(store: Store, *, known_on: date | None = None) -> Settings:
    """The company's settings."""
    rows = store.facts("setting", latest_by="key", known_on=known_on).drop_nulls("value")
    return read_settings(dict(rows.select("key", "value").iter_rows()))


def run_ledger(store: Store, *, known_on: date | None = None) -> Ledger:
    """The ledger of the store, as known at the end of `known_on` (now, if it is None): one revision, whoever writes meanwhile."""
    with store.snapshot() as revision:
        settings = run_settings(store, known_on=known_on)
        facts = run_facts(store, known_on=known_on)
    return assemble(facts, settings, revision=revision)
