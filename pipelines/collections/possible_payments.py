"""Clients that may well have paid: receipts that settle nothing yet, read as the matching reads them.

A reminder to somebody who has paid is the worst one. So whatever the matching might propose for a receipt holds the draft of
that client: its name written whole, cut, turned, with a slip or in part; what it owes, or what a letter asked for; a number.
"""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from models.money import MONEY, ZERO
from models.rates import INDEMNITY
from pipelines.collections.facts import Situation
from pipelines.collections.holds import RECEIPT_DAYS, findings, folded, other_currency
from pipelines.reconcile.classes import CLIENT
from pipelines.reconcile.labels import labels_of
from pipelines.reconcile.numbers import number_hits
from pipelines.reconcile.payers import payers_of
from pipelines.reconcile.readings import name_book
from pipelines.reconcile.references import reference_hits
from pipelines.reconcile.spellings import BARE

#: A name shorter than this says nothing in a bank label.
_SHORTEST_NAME = 4
#: Legal forms and titles that bank labels often drop.
_LEGAL_FORMS = (
    r" (?:sarl|sasu?|eurl|sci|snc|selarl|scop|sa|ei|eirl|scp|ste|societe|ets|monsieur|madame|mme|mlle|mr?|ltd|gmbh|bv|inc|llc) "
)
_NONE = pl.lit(ZERO, MONEY)


def unmatched_receipts(at: Situation) -> pl.DataFrame:
    """Bank credits of the last 90 days that may be anybody's payment; not what a person said is no client's.

    Returns:
        line_id, booking_date, remaining, currency, label; and `client_id` and `rule` where a rule alone says whose it is, and no
        invoice is paid by it: it may still pay another client's. A person's word leaves no doubt.
    """
    since = at.as_of - timedelta(days=RECEIPT_DAYS)
    paying = at.allocations.filter(pl.col("source") == "bank").select(line_id="source_id")
    guessed = at.attributions.filter(~pl.col("by_person")).join(paying, on="line_id", how="anti")
    known = (
        at.receipts.filter(pl.col("source") == "bank")
        .select(line_id="receipt_id", known="amount")
        .join(guessed, on="line_id", how="anti")
    )
    back = at.refunds.filter(pl.col("date") <= at.as_of).select(line_id="credit_id", known="amount")
    explained = pl.concat([known, back]).group_by("line_id").agg(known=pl.col("known").sum().cast(MONEY))
    return (
        at.lines.filter(pl.col("amount") > 0)
        .filter(pl.col("booking_date").is_between(since, at.as_of))
        .join(at.line_classes.filter(pl.col("category") != CLIENT), on="line_id", how="anti")
        .join(explained, on="line_id", how="left", validate="1:1")
        .join(guessed, on="line_id", how="left", validate="1:1")
        .with_columns(remaining=(pl.col("amount") - pl.col("known").fill_null(_NONE)).cast(MONEY))
        .filter(pl.col("remaining") > 0)
        .select(
            "line_id",
            "booking_date",
            "remaining",
            "currency",
            "client_id",
            "rule",
            label=pl.concat_str(["label", "counterparty"], separator=" ", ignore_nulls=True),
        )
        .sort("booking_date", "line_id")
    )


def receipt_findings(at: Situation, invoices: pl.DataFrame, penalties: pl.DataFrame) -> pl.DataFrame:
    """Clients that may well have paid: an unmatched receipt of a fitting amount, or whose label names or numbers them.

    Of a receipt that its label gives to another client, the amount says nothing; where only a number gave it to him, it does.
    In another currency than the drafts, only the label tells.

    Args:
        at: the situation.
        invoices: the open ones, with `is_listed` and the client's step.
        penalties: INTEREST of those whose text states some.
    """
    free = unmatched_receipts(at).rename({"client_id": "guessed_id"})
    nameless = free.filter((pl.col("currency") == at.currency) & (pl.col("guessed_id").is_null() | (pl.col("rule") == "number")))
    payable = _payable_amounts(at, invoices, penalties)
    by_amount = nameless.join(payable, left_on="remaining", right_on="amount", how="inner", validate="m:m")
    said = pl.concat([_named_whole(at, free, invoices), _named(at, free), _numbered(at, free, invoices)]).unique()
    by_label = free.join(said, on="line_id", how="inner", validate="1:m")
    columns = ["client_id", "guessed_id", "booking_date", "line_id", "remaining", "label", "currency"]
    return (
        pl.concat([by_amount.select(columns), by_label.select(columns)])
        .join(invoices, on="client_id", how="semi")
        .filter(pl.col("guessed_id").is_null() | (pl.col("guessed_id") != pl.col("client_id")))
        .sort("booking_date", "line_id")
        .unique("client_id", keep="last", maintain_order=True)
        .select("client_id", other_currency(at), amount="remaining", date="booking_date", text="label")
        .pipe(findings, "unmatched_receipt")
    )


def _payable_amounts(at: Situation, invoices: pl.DataFrame, penalties: pl.DataFrame) -> pl.DataFrame:
    """What one transfer of a client could be (client_id, amount).

    One of its open invoices, all of them, all its late ones; and what its letters ask for: today's, or one that was kept.
    """
    late = invoices.filter(pl.col("days_late") >= 1)
    sums = [frame.group_by("client_id").agg(amount=pl.col("outstanding").sum().cast(MONEY)) for frame in (invoices, late)]
    claimed = _claimed(at, invoices, penalties)
    whole = claimed.group_by("client_id").agg(pl.col("amount").sum().cast(MONEY))
    return pl.concat(
        [invoices.select("client_id", amount="outstanding"), *sums, claimed, whole, _kept_claims(at, invoices)]
    ).unique()


def _claimed(at: Situation, invoices: pl.DataFrame, penalties: pl.DataFrame) -> pl.DataFrame:
    """What today's draft asks for each invoice that it lists, as `Draft.claim` adds it up (client_id, amount)."""
    states = pl.col("mentions_interest").fill_null(value=False) & pl.col("client_type").ne_missing("consumer")
    has_indemnity = states & (pl.col("days_late") >= 1) & (at.currency == "EUR")
    penalty = pl.when(states).then(pl.col("penalty").fill_null(_NONE)).otherwise(_NONE)
    indemnity = pl.when(has_indemnity).then(pl.lit(INDEMNITY, MONEY)).otherwise(_NONE)
    return (
        invoices.filter("is_listed")
        .join(penalties, on="document_id", how="left", validate="1:1")
        .select("client_id", amount=(pl.col("outstanding") + penalty + indemnity).cast(MONEY))
    )


def _kept_claims(at: Situation, invoices: pl.DataFrame) -> pl.DataFrame:
    """What reminders that were kept since the client's oldest open invoice asked for (client_id, amount)."""
    oldest = invoices.group_by("client_id").agg(since=pl.col("issue_date").min())
    parts = ["outstanding", "penalty", *(["indemnity"] if at.currency == "EUR" else [])]
    asked = [pl.col("detail").str.json_path_match(f"$.{name}").cast(MONEY) for name in parts]
    return (
        at.reminders.filter((pl.col("currency") == at.currency) & (pl.col("on_date") <= at.as_of))
        .join(oldest, on="client_id", how="inner", validate="m:1")
        .filter(pl.col("on_date") >= pl.col("since"))
        .select("client_id", amount=pl.sum_horizontal(asked).cast(MONEY))
    )


def _named_whole(at: Situation, free: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """line_id, client_id: whose whole name stands in a label, be it in a longer one, legal forms and titles aside."""
    names = (
        at.clients.join(invoices, on="client_id", how="semi")
        .select("client_id", key=folded("name"))
        # Twice: two forms in a row share the space between them.
        .with_columns(pl.col("key").str.replace_all(_LEGAL_FORMS, " ").str.replace_all(_LEGAL_FORMS, " "))
        .filter(pl.col("key").str.strip_chars(" ").str.len_chars() >= _SHORTEST_NAME)
    )
    found = pl.col("folded").str.extract_many(names["key"].unique().sort().to_list(), overlapping=True)
    return (
        free.with_columns(folded=folded("label"))
        .with_columns(key=found if names.height else pl.lit(None, dtype=pl.List(pl.String)))
        .explode("key")
        .join(names, on="key", how="inner", validate="m:m")
        .select("line_id", "client_id")
    )


def _named(at: Situation, free: pl.DataFrame) -> pl.DataFrame:
    """line_id, client_id: whom the matching would read in a label or in who pays, in whole or in part."""
    own = at.settings.company_name
    payers = {kind: dict(rows.select("value", "client_id").iter_rows()) for (kind,), rows in at.aliases.group_by("kind")}
    book = name_book(at.clients, own=own, aliases=payers.get("name", {}))
    lines = at.lines.join(free, on="line_id", how="semi")

    def pairs() -> Iterator[tuple[str, str]]:
        for line_id, label, payer in labels_of(lines).select("line_id", "label", "payer").iter_rows():
            for named in (book.find(payer) if payer else []) or book.find(label):
                yield line_id, named.client_id
        for line_id, payer, iban in payers_of(lines, own=own).iter_rows() if payers else ():
            for kind, value in (("name", payer), ("iban", iban)):
                if value in payers.get(kind, {}):
                    yield line_id, payers[kind][value]

    return pl.DataFrame(list(pairs()), schema={"line_id": pl.String, "client_id": pl.String}, orient="row")


def _numbered(at: Situation, free: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """line_id, client_id: whose open invoices the labels of free receipts number; a short number such as 12 is no sign."""
    labels = labels_of(at.lines.join(free, on="line_id", how="semi"))
    documents = at.documents.join(invoices, on="document_id", how="semi")
    hits = pl.concat([hits_of(labels, documents) for hits_of in (reference_hits, number_hits)]).filter(pl.col("strength") < BARE)
    owners = documents.select("document_id", "client_id")
    return hits.join(owners, on="document_id", how="inner", validate="m:1").select("line_id", "client_id")
