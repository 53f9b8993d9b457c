"""Money known to come from a client: bank lines, receipts that a ledger or a person says, declared payments; and what went back.

A stored receipt counts until a bank line of its client, of the same amount and at most ten days away, stands for it: then
the line counts in its place, and what the receipt was given to goes to the line for as much as the line has free.
"""

import polars as pl

from models.money import MONEY, ZERO
from models.tables import CLAIMS, RECEIPTS, REFUNDS, Schema, conform

_ZERO = pl.lit(ZERO, MONEY)
#: Days between what is said of a payment and its bank line.
NEAR_DAYS = 10
#: One row per stored receipt that a bank line stands for.
PAIRS: Schema = {"receipt_id": pl.String, "line_id": pl.String}


def given_by_lines(stored: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """source_id, client_id, amount: what each bank line gives to the invoices of each client, returned or not."""
    return (
        stored.filter(pl.col("source") == "bank")
        .join(documents.select("document_id", "client_id"), on="document_id", how="inner", validate="m:1")
        .group_by("source_id", "client_id")
        .agg(pl.col("amount").sum().cast(MONEY))
    )


def bank_receipts(lines: pl.DataFrame, attributions: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """RECEIPTS of bank lines: each credit by the client it is known to come from.

    What a line gives to invoices is their clients'. The rest is the client's that a person said, else its invoices' only
    client's, else the one that a rule found, or nobody's.
    """
    totals = given.group_by("source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    credit_rows = lines.filter(pl.col("amount") > 0).select("line_id", "booking_date", "amount", "currency")
    rest = (
        credit_rows.join(_payers(attributions, given), on="line_id", how="inner", validate="1:1")
        .join(totals, left_on="line_id", right_on="source_id", how="left", validate="1:1")
        .select("line_id", "client_id", amount=(pl.col("amount") - pl.col("given").fill_null(_ZERO)).cast(MONEY))
        .filter(pl.col("amount") > 0)
    )
    return (
        pl.concat([given.select("client_id", "amount", line_id="source_id"), rest.select("client_id", "amount", "line_id")])
        .group_by("line_id", "client_id")
        .agg(pl.col("amount").sum().cast(MONEY))
        .join(credit_rows.drop("amount"), on="line_id", how="inner", validate="m:1")
        .with_columns(receipt_id="line_id", source=pl.lit("bank"), date="booking_date", is_dated=pl.lit(value=True))
        .pipe(conform, RECEIPTS)
        .sort("date", "receipt_id", "client_id")
    )


def declared_receipts(slices: pl.DataFrame, documents: pl.DataFrame, proven: pl.DataFrame) -> pl.DataFrame:
    """RECEIPTS of declared slices, less what is proven of them."""
    clients = documents.select("document_id", "client_id", "currency")
    return (
        slices.join(proven, on="claim_id", how="left", validate="1:1")
        .join(clients, on="document_id", how="inner", validate="m:1")
        .with_columns(receipt_id="claim_id", amount=(pl.col("amount") - pl.col("proven").fill_null(_ZERO)).cast(MONEY))
        .filter(pl.col("amount") > 0)
        .pipe(conform, RECEIPTS)
    )


def _payers(attributions: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """line_id and client_id of what a line leaves unallocated: one row per line whose payer is known."""
    is_rule = pl.col("by_person").not_().fill_null(value=False)
    said = attributions.drop_nulls("client_id").select("line_id", "client_id", is_rule=is_rule)
    payers = given.filter(pl.len().over("source_id") == 1).select("client_id", line_id="source_id")
    several = given.filter(pl.len().over("source_id") > 1).select(line_id="source_id")
    by_rule = said.filter("is_rule").join(several, on="line_id", how="anti").drop("is_rule")
    ranked = [said.filter(~pl.col("is_rule")).drop("is_rule"), payers.select("line_id", "client_id"), by_rule]
    return pl.concat(ranked).unique("line_id", keep="first", maintain_order=True)


def refunds_of_lines(
    refunds: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame, receipts: pl.DataFrame, given: pl.DataFrame
) -> pl.DataFrame:
    """REFUNDS of bank debits, with the client and date of each: stored ones, on bank lines and on credit notes.

    Args:
        refunds: the stored ones.
        lines: LINES.
        documents: DOCUMENTS.
        receipts: RECEIPTS of bank lines.
        given: what each line gives to the invoices of each client.
    """
    debits = lines.select("line_id", "booking_date", "currency")
    owners = documents.select("document_id", owner="client_id")
    stored = (
        refunds.join(debits, on="line_id", how="inner", validate="m:1")
        .join(owners, on="document_id", how="left", validate="m:1")
        .with_columns(date="booking_date")
    )
    of_receipts = receipts.select("client_id", credit_id="receipt_id", part="amount")
    given = given.select("client_id", credit_id="source_id", given="amount")
    # What was refunded was free, what was returned was given: the part where that holds goes first.
    free = (pl.col("part") - pl.col("given").fill_null(_ZERO)).cast(MONEY)
    fits = pl.when(pl.col("kind") == "refunded").then(free >= pl.col("amount")).otherwise(pl.col("given") == pl.col("amount"))
    before = (pl.col("part").cum_sum().over("refund_id") - pl.col("part")).cast(MONEY)
    on_lines = (
        stored.join(of_receipts, on="credit_id", how="inner", validate="m:m")
        .filter(pl.col("owner").is_null() | (pl.col("owner") == pl.col("client_id")))
        .join(given, on=["credit_id", "client_id"], how="left", validate="m:1")
        .sort("refund_id", fits.fill_null(value=False), "client_id", descending=[False, True, False])
        .with_columns(amount=pl.min_horizontal("part", (pl.col("amount") - before).clip(lower_bound=_ZERO)).cast(MONEY))
        .filter(pl.col("amount") > 0)
    )
    credit_notes = documents.filter(pl.col("kind") == "credit_note").select("client_id", credit_id="document_id")
    on_credit_notes = stored.join(credit_notes, on="credit_id", how="inner", validate="m:1")
    parts = [conform(frame, REFUNDS) for frame in (on_lines, on_credit_notes)]
    return pl.concat(parts).sort("date", "refund_id", "client_id")


def taken_back(slices: pl.DataFrame, documents: pl.DataFrame, proven: pl.DataFrame) -> pl.DataFrame:
    """REFUNDS of declared slices that a later export took back."""
    return (
        slices.drop_nulls("reversed_on")
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
        .pipe(conform, REFUNDS)
    )


def bank_pairs(stored: pl.DataFrame, receipts: pl.DataFrame, refunds: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """PAIRS: the bank line that stands for each stored receipt, one for one, the nearest day first, then the earliest.

    A line that several clients paid, or that is not wholly known to be the client's, stands for none; nor does a debit that
    several credits share.

    Args:
        stored: STORED_RECEIPTS.
        receipts: RECEIPTS of bank lines.
        refunds: REFUNDS of bank debits.
        lines: LINES.
    """
    columns = ["line_id", "client_id", "currency", "amount", "day"]
    came = receipts.select("client_id", "currency", "amount", line_id="receipt_id", day="date")
    went = refunds.select("line_id", "client_id", "currency", amount=-pl.col("amount"), day="date")
    moves = pl.concat([came.select(columns), went.select(columns).cast({"amount": MONEY})])
    whole = moves.join(lines.select("line_id", "amount"), on=["line_id", "amount"], how="semi")
    near = (
        stored.join(whole, on=["client_id", "currency", "amount"], how="inner", validate="m:m")
        .with_columns(gap=(pl.col("day") - pl.col("date")).dt.total_days().abs())
        .filter(pl.col("gap") <= NEAR_DAYS)
        .sort("gap", "date", "receipt_id", "day", "line_id")
    )
    found: dict[str, str] = {}
    taken: set[str] = set()
    for receipt_id, line_id in near.select("receipt_id", "line_id").iter_rows():
        if receipt_id not in found and line_id not in taken:
            found[receipt_id] = line_id
            taken.add(line_id)
    return pl.DataFrame(list(found.items()), schema=PAIRS, orient="row")


def turned_to_lines(claims: pl.DataFrame, pairs: pl.DataFrame, facts_of_lines: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS of stored receipts, those of a paired one as its bank line's: at its date, for as much as it has free.

    Args:
        claims: of stored receipts.
        pairs: PAIRS.
        facts_of_lines: line_id, booking_date, free: what the line gives to no invoice and was not taken back.
    """
    paired = pairs.join(facts_of_lines, on="line_id", how="inner", validate="m:1")
    turned = (
        claims.join(paired, left_on="source_id", right_on="receipt_id", how="inner", validate="m:1")
        .sort("source_id", "date", "claim_id")
        .with_columns(before=(pl.col("amount").cum_sum().over("source_id") - pl.col("amount")).cast(MONEY))
        .with_columns(
            amount=pl.min_horizontal("amount", (pl.col("free") - pl.col("before")).clip(lower_bound=_ZERO)).cast(MONEY),
            source_id="line_id",
            date="booking_date",
        )
        .filter(pl.col("amount") > 0)
    )
    alone = claims.join(pairs, left_on="source_id", right_on="receipt_id", how="anti")
    return pl.concat([alone, conform(turned, CLAIMS)]).sort("claim_id")


def free_of_lines(lines: pl.DataFrame, given: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """line_id, booking_date, free: what each bank credit gives to no invoice; nothing of one that was taken back."""
    totals = given.group_by(line_id="source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    return (
        lines.filter(pl.col("amount") > 0)
        .join(refunds, left_on="line_id", right_on="credit_id", how="anti")
        .join(totals, on="line_id", how="left", validate="1:1")
        .select("line_id", "booking_date", free=(pl.col("amount") - pl.col("given").fill_null(_ZERO)).cast(MONEY))
    )


def unpaired(stored: pl.DataFrame, claims: pl.DataFrame, proven: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RECEIPTS and REFUNDS of the stored receipts for which no bank line stands, less what one proves of what they pay.

    Args:
        stored: STORED_RECEIPTS that no line is paired with.
        claims: CLAIMS of stored receipts.
        proven: claim_id, proven.
    """
    by_receipt = (
        claims.join(proven, on="claim_id", how="inner", validate="1:1")
        .group_by(receipt_id="source_id")
        .agg(pl.col("proven").sum().cast(MONEY))
    )
    came = (
        stored.filter(pl.col("amount") > 0)
        .join(by_receipt, on="receipt_id", how="left", validate="1:1")
        .with_columns(
            amount=(pl.col("amount") - pl.col("proven").fill_null(_ZERO)).cast(MONEY),
            source=pl.lit("declared"),
            is_dated=pl.lit(value=True),
        )
        .filter(pl.col("amount") > 0)
    )
    went = stored.filter(pl.col("amount") < 0).with_columns(
        amount=(-pl.col("amount")).cast(MONEY),
        refund_id="receipt_id",
        line_id="receipt_id",
        credit_id=pl.lit(None, pl.String),
        kind=pl.lit("returned"),
        by_person=pl.lit(value=False),
    )
    return conform(came, RECEIPTS), conform(went, REFUNDS)
