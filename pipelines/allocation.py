"""What pays what: claims of credit notes, bank lines, declared payments and write-offs meet on each invoice.

A claim is an amount that a source offers to an invoice. Claims of one invoice apply by date, then credit note, bank
line, declared payment, write-off, then id, and stop where nothing is owed any more (contract 2). What is left of a
source stays unallocated. A claim that is reversed frees its room from that day on.
"""

from typing import NamedTuple

import polars as pl

from models.money import MONEY, ZERO
from models.tables import ALLOCATIONS, CLAIMS, conform

_ORDER = {"credit_note": 0, "bank": 1, "declared": 2, "write_off": 3}
_ZERO = pl.lit(ZERO, MONEY)
#: Rule of the slices of declared payments, which follow from what the invoicing tool says; stored receipts have others.
SLICE = "declared"
#: Rule of what a ledger's lettering gives: facts, not conclusions of ours, that matching leaves as they are.
LETTERED = "lettering"


def linked_credit_claims(documents: pl.DataFrame, credit_uses: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS of credit notes on the invoice that they name, at the credit note's issue date.

    A credit note whose invoice is unknown, another client's, in another currency or itself a credit note stays open.
    What a person gave of it to other invoices (`credit_uses`, CLAIMS) comes off first.
    """
    invoices = documents.filter(pl.col("kind") != "credit_note").select(
        "direction", "client_id", "currency", "document_id", linked_invoice="number", invoice_date="issue_date"
    )
    used = credit_uses.group_by(source_id="source_id").agg(used=pl.col("amount").sum().cast(MONEY))
    return (
        documents.filter(pl.col("kind") == "credit_note")
        .select("direction", "client_id", "currency", "linked_invoice", "amount", source_id="document_id", date="issue_date")
        .join(invoices, on=["direction", "client_id", "currency", "linked_invoice"], how="inner", validate="m:m")
        .join(used, on="source_id", how="left", validate="m:1")
        .with_columns(amount=(pl.col("amount") - pl.col("used").fill_null(_ZERO)).cast(MONEY))
        .filter(pl.col("amount") > 0)
        .sort("source_id", "invoice_date", "document_id")
        .unique("source_id", keep="first", maintain_order=True)
        .with_columns(
            claim_id=pl.lit("avoir-") + pl.col("source_id"),
            source=pl.lit("credit_note"),
            is_dated=pl.lit(value=True),
            rule=pl.lit("linked_credit_note"),
            confidence=pl.lit(1.0),
            by=pl.lit("rule"),
        )
        .pipe(conform, CLAIMS)
        .sort("claim_id")
    )


class Settlement(NamedTuple):
    """What `settle` finds: the ALLOCATIONS, and `proven` (claim_id, proven), what bank lines prove of declared slices."""

    allocations: pl.DataFrame
    proven: pl.DataFrame


def settle(invoices: pl.DataFrame, claims: pl.DataFrame) -> Settlement:
    """What each claim gives its invoice, once the claims before it have had their part.

    Args:
        invoices: sales or purchase invoices and deposits (DOCUMENTS).
        claims: CLAIMS of all sources, declared payments included.

    Returns:
        Allocations: one row per claim and period in which it gives the same amount, none where it gives 0.00. A bank
        line that pays an invoice takes the place of as much of what its declared payments and stored receipts give, and a
        stored receipt of as much of what its declared payments give.
    """
    is_declared = pl.col("source") == "declared"
    is_slice = is_declared & pl.col("rule").eq_missing(SLICE)
    on_receipts, bank = claims.filter(is_declared & ~is_slice), claims.filter(pl.col("source") == "bank")
    others = claims.filter(~is_declared & (pl.col("source") != "bank"))
    said = only_effective(invoices, pl.concat([others, claims.filter(is_slice)])).filter(is_declared)
    left = unproven(said, on_receipts)
    declared = said
    if on_receipts.height:
        declared = only_effective(invoices, pl.concat([others, left.pipe(conform, CLAIMS), on_receipts])).filter(is_declared)
    kept = unproven(declared, bank)
    proven = (
        pl.concat(
            [
                frame.select("claim_id", proven=(pl.col("amount") * sign).cast(MONEY))
                for frame, sign in ((said, 1), (left, -1), (declared, 1), (kept, -1))
            ]
        )
        .group_by("claim_id")
        .agg(pl.col("proven").sum().cast(MONEY))
        .filter(pl.col("proven") > 0)
    )
    found = only_effective(invoices, pl.concat([others, bank, kept.pipe(conform, CLAIMS)], how="vertical"))
    return Settlement(found, proven)


def unproven(declared: pl.DataFrame, bank_claims: pl.DataFrame) -> pl.DataFrame:
    """The declared rows with `amount` less what bank lines prove of it: the oldest slice first, in it what stood longest."""
    proven = bank_claims.group_by("document_id").agg(proven=pl.col("amount").sum().cast(MONEY))
    before = (pl.col("amount").cum_sum().over("document_id") - pl.col("amount")).cast(MONEY)
    left = (pl.col("amount") - (pl.col("proven") - before).clip(lower_bound=_ZERO)).clip(lower_bound=_ZERO)
    return (
        declared.with_columns(slice=pl.col("claim_id").str.replace(r"-\d+$", ""))
        .sort("document_id", "date", "slice", "reversed_on", "claim_id", descending=[False] * 3 + [True, False], nulls_last=False)
        .drop("slice")
        .join(proven, on="document_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(pl.col("proven").fill_null(_ZERO))
        .with_columns(amount=left.cast(MONEY))
        .filter(pl.col("amount") > 0)
        .drop("proven")
    )


def only_effective(invoices: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """ALLOCATIONS of claims that know nothing of proof: applied in order, clamped at what the invoice asks for."""
    facts = invoices.select(
        "document_id", "client_id", "issue_date", "due_date", "currency", invoice_number="number", owed="amount"
    )
    known = (
        claims.join(facts, on="document_id", how="inner", validate="m:1")
        .with_columns(counts_from=pl.max_horizontal("date", "issue_date"))
        .filter(pl.col("reversed_on").is_null() | (pl.col("reversed_on") > pl.col("counts_from")))
    )
    reversed_documents = known.filter(pl.col("reversed_on").is_not_null())["document_id"].unique()
    is_plain = ~pl.col("document_id").is_in(reversed_documents.implode())
    plain = _clamp(known.filter(is_plain), over=["document_id"])
    timed = _clamp_by_period(known.filter(~is_plain))
    return (
        pl.concat([plain.pipe(conform, ALLOCATIONS), timed.pipe(conform, ALLOCATIONS)], how="vertical")
        .filter(pl.col("amount") > 0)
        .sort("date", "document_id", "claim_id", "counts_from")
    )


def _clamp(claims: pl.DataFrame, *, over: list[str]) -> pl.DataFrame:
    before = (pl.col("amount").cum_sum().over(over) - pl.col("amount")).cast(MONEY)
    room = (pl.col("owed") - before).clip(lower_bound=_ZERO)
    return (
        claims.with_columns(order=pl.col("source").replace_strict(_ORDER, return_dtype=pl.Int8))
        .sort(*over, "date", "order", "source_id", "claim_id")
        .with_columns(amount=pl.min_horizontal("amount", room).cast(MONEY))
    )


def _clamp_by_period(claims: pl.DataFrame) -> pl.DataFrame:
    """Clamp invoices with reversed claims: between two reversals the same claims count, so each period is plain.

    A claim that waited while a later returned payment filled the invoice gets its part from the return on.
    """
    if claims.is_empty():
        return claims
    ends = claims.select("document_id", start="reversed_on").drop_nulls().unique()
    starts = pl.concat([ends, claims.select("document_id").unique().with_columns(start=pl.lit(None, pl.Date))])
    periods = starts.sort("document_id", "start", nulls_last=False).with_columns(
        end=pl.col("start").shift(-1).over("document_id")
    )
    is_alive = pl.col("reversed_on").is_null() | pl.col("start").is_null() | (pl.col("reversed_on") > pl.col("start"))
    pieces = claims.join(periods, on="document_id", how="inner", validate="m:m").filter(is_alive)
    pieces = _clamp(pieces, over=["document_id", "start"]).with_columns(
        counts_from=pl.max_horizontal("counts_from", "start"),
        until=pl.min_horizontal("reversed_on", "end"),
    )
    pieces = pieces.filter(pl.col("until").is_null() | (pl.col("until") > pl.col("counts_from"))).sort("claim_id", "counts_from")
    run = (pl.col("amount") != pl.col("amount").shift(1)).over("claim_id").fill_null(value=True).cum_sum().over("claim_id")
    columns = [c for c in claims.columns if c not in ("claim_id", "amount", "counts_from", "reversed_on")]
    return (
        pieces.with_columns(run=run)
        .group_by("claim_id", "run", maintain_order=True)
        .agg(
            *[pl.col(c).first() for c in columns],
            pl.col("amount").first(),
            pl.col("counts_from").first(),
            reversed_on=pl.col("until").last(),
        )
    )
