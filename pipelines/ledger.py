"""The ledger: every fact that holds, and what follows from the facts alone, whatever the as-of date."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from models.money import MONEY, ZERO
from models.settings import Settings, read_settings
from models.store import Store
from models.tables import ACCOUNTS, BALANCES, CLAIMS, CLIENTS, DOCUMENTS, LINES, MARKS, RECEIPTS, REFUNDS, STATEMENTS, conform
from pipelines.allocation import linked_credit_claims, settle
from pipelines.declared import declared_claims

_ZERO = pl.lit(ZERO, MONEY)


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
        ]
    ).unique()
    stored = facts.claims.join(sources, on="source_id", how="semi").join(invoices, on="document_id", how="semi")
    stored = with_reversals(stored, facts.refunds, facts.lines)
    credit_uses = stored.filter(pl.col("source") == "credit_note")
    declared = declared_claims(facts.statements, documents)
    claims = pl.concat([linked_credit_claims(documents, credit_uses), stored, declared], how="vertical")
    settlement = settle(invoices, claims)
    given = _given(stored, documents)
    receipts = _receipts(facts, documents, given, declared, settlement.proven)
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
        receipts=receipts,
        refunds=_refunds(facts, documents, receipts, given, declared, settlement.proven),
        marks=facts.marks,
        settings=settings,
    )


def with_reversals(claims: pl.DataFrame, refunds: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS with `reversed_on` where the bank line's payment was returned: the returning debit's booking date.

    A return of the whole line reverses all its claims; of a part, one claim of exactly that amount.
    """
    returned = (
        refunds.filter(pl.col("kind") == "returned")
        .join(lines.select("line_id", back_on="booking_date"), on="line_id", how="inner", validate="m:1")
        .join(lines.select(credit_id="line_id", whole="amount"), on="credit_id", how="inner", validate="m:1")
        .sort("back_on", "refund_id")
    )
    is_whole = pl.col("amount") >= pl.col("whole")
    whole = returned.filter(is_whole).group_by(source_id="credit_id").agg(whole_back_on=pl.col("back_on").min())
    key = ["source_id", "amount", "rank"]
    parts = returned.filter(~is_whole).select(
        "amount", rank=pl.col("refund_id").cum_count().over("credit_id", "amount"), source_id="credit_id", part_back_on="back_on"
    )
    return (
        claims.with_columns(rank=pl.col("claim_id").rank("ordinal").over("source_id", "amount").cast(pl.UInt32))
        .join(whole, on="source_id", how="left", validate="m:1", maintain_order="left")
        .join(parts.cast({"rank": pl.UInt32}), on=key, how="left", validate="m:1", maintain_order="left")
        .with_columns(reversed_on=pl.coalesce(pl.min_horizontal("whole_back_on", "part_back_on"), "reversed_on"))
        .drop("rank", "whole_back_on", "part_back_on")
    )


def _given(stored: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """source_id, client_id, amount: what each bank line gives to the invoices of each client, returned or not."""
    return (
        stored.filter(pl.col("source") == "bank")
        .join(documents.select("document_id", "client_id"), on="document_id", how="inner", validate="m:1")
        .group_by("source_id", "client_id")
        .agg(pl.col("amount").sum().cast(MONEY))
    )


def _receipts(
    facts: Facts, documents: pl.DataFrame, given: pl.DataFrame, declared: pl.DataFrame, proven: pl.DataFrame
) -> pl.DataFrame:
    """RECEIPTS: each bank credit by the client it is known to come from, and each declared slice less what is proven.

    What a line gives to invoices is their clients'. The rest is the client's that a person said, else its invoices' only
    client's, else the one that a rule found, or nobody's.
    """
    clients = documents.select("document_id", "client_id", "currency")
    totals = given.group_by("source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    credit_rows = facts.lines.filter(pl.col("amount") > 0).select("line_id", "booking_date", "amount", "currency")
    rest = (
        credit_rows.join(_payers(facts.attributions, given), on="line_id", how="inner", validate="1:1")
        .join(totals, left_on="line_id", right_on="source_id", how="left", validate="1:1")
        .select("line_id", "client_id", amount=(pl.col("amount") - pl.col("given").fill_null(_ZERO)).cast(MONEY))
        .filter(pl.col("amount") > 0)
    )
    bank = (
        pl.concat([given.select("client_id", "amount", line_id="source_id"), rest.select("client_id", "amount", "line_id")])
        .group_by("line_id", "client_id")
        .agg(pl.col("amount").sum().cast(MONEY))
        .join(credit_rows.drop("amount"), on="line_id", how="inner", validate="m:1")
        .with_columns(receipt_id="line_id", source=pl.lit("bank"), date="booking_date", is_dated=pl.lit(value=True))
    )
    slices = (
        declared.join(proven, on="claim_id", how="left", validate="1:1")
        .join(clients, on="document_id", how="inner", validate="m:1")
        .with_columns(receipt_id="claim_id", amount=(pl.col("amount") - pl.col("proven").fill_null(_ZERO)).cast(MONEY))
        .filter(pl.col("amount") > 0)
    )
    return pl.concat([conform(bank, RECEIPTS), conform(slices, RECEIPTS)]).sort("date", "receipt_id", "client_id")


def _payers(attributions: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """line_id and client_id of what a line leaves unallocated: one row per line whose payer is known."""
    is_rule = pl.col("by_person").not_().fill_null(value=False)
    said = attributions.drop_nulls("client_id").select("line_id", "client_id", is_rule=is_rule)
    payers = given.filter(pl.len().over("source_id") == 1).select("client_id", line_id="source_id")
    several = given.filter(pl.len().over("source_id") > 1).select(line_id="source_id")
    by_rule = said.filter("is_rule").join(several, on="line_id", how="anti").drop("is_rule")
    ranked = [said.filter(~pl.col("is_rule")).drop("is_rule"), payers.select("line_id", "client_id"), by_rule]
    return pl.concat(ranked).unique("line_id", keep="first", maintain_order=True)


def _refunds(
    facts: Facts,
    documents: pl.DataFrame,
    receipts: pl.DataFrame,
    given: pl.DataFrame,
    declared: pl.DataFrame,
    proven: pl.DataFrame,
) -> pl.DataFrame:
    """REFUNDS: stored ones with their client and date, and declared slices that a later export took back."""
    debits = facts.lines.select("line_id", "booking_date", "currency")
    stored = facts.refunds.join(debits, on="line_id", how="inner", validate="m:1").with_columns(date="booking_date")
    of_receipts = receipts.filter(pl.col("source") == "bank").select("client_id", credit_id="receipt_id", part="amount")
    given = given.select("client_id", credit_id="source_id", given="amount")
    # What was refunded was free, what was returned was given: the part where that holds goes first.
    free = (pl.col("part") - pl.col("given").fill_null(_ZERO)).cast(MONEY)
    fits = pl.when(pl.col("kind") == "refunded").then(free >= pl.col("amount")).otherwise(pl.col("given") == pl.col("amount"))
    before = (pl.col("part").cum_sum().over("refund_id") - pl.col("part")).cast(MONEY)
    on_lines = (
        stored.join(of_receipts, on="credit_id", how="inner", validate="m:m")
        .join(given, on=["credit_id", "client_id"], how="left", validate="m:1")
        .sort("refund_id", fits.fill_null(value=False), "client_id", descending=[False, True, False])
        .with_columns(amount=pl.min_horizontal("part", (pl.col("amount") - before).clip(lower_bound=_ZERO)).cast(MONEY))
        .filter(pl.col("amount") > 0)
    )
    credit_notes = documents.filter(pl.col("kind") == "credit_note").select("client_id", credit_id="document_id")
    on_credit_notes = stored.join(credit_notes, on="credit_id", how="inner", validate="m:1")
    taken_back = (
        declared.drop_nulls("reversed_on")
        .join(proven, on="claim_id", how="left", validate="1:1")
        .join(documents.select("document_id", "client_id", "currency"), on="document_id", how="inner", validate="m:1")
        .with_columns(
            refund_id="claim_id",
            credit_id="claim_id",
            kind=pl.lit("returned"),
            by_person=pl.lit(value=False),
            date="reversed_on",
            amount=(pl.col("amount") - pl.col("proven").fill_null(_ZERO)).cast(MONEY),
        )
        .filter(pl.col("amount") > 0)
    )
    parts = [conform(frame, REFUNDS) for frame in (on_lines, on_credit_notes, taken_back)]
    return pl.concat(parts).sort("date", "refund_id", "client_id")


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
        facts("bank_line")
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
    return Facts(
        clients=clients,
        documents=documents,
        statements=versions.filter(says).pipe(conform, STATEMENTS).sort("document_id", "change_id"),
        accounts=accounts,
        lines=lines.pipe(conform, LINES).sort("booking_date", "line_id"),
        balances=facts("balance").pipe(conform, BALANCES).unique().sort("account_id", "balance_date", "kind", "amount"),
        claims=claims.pipe(conform, CLAIMS).sort("claim_id"),
        attributions=facts("attribution", "line_id").select("line_id", "client_id", "rule", "by_person").sort("line_id"),
        refunds=refunds.select("refund_id", "line_id", "credit_id", "kind", "amount", "by_person").sort("refund_id"),
        marks=facts("mark").pipe(conform, MARKS).sort("on_date", "change_id"),
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
