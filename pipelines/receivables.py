"""Receivables at a date: what each invoice still owes, what credits are open, statuses.

Everything is true at the end of `as_of`: what is dated after it does not exist for these figures (contract 2 and 3).
"""

from datetime import date

import polars as pl

from models.money import MONEY, ZERO
from models.tables import OPEN_CREDITS, OPEN_ITEMS, conform
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger
from pipelines.parties import client_names
from pipelines.recoveries import PARTS

_ZERO = pl.lit(ZERO, MONEY)
_MONTH = 30  # days of an ageing bucket
_ORDER = {"credit_note": 0, "bank": 1, "declared": 2, "write_off": 3}


def is_counting(as_of: date) -> pl.Expr:
    """Whether an allocation counts at `as_of`: from its start up to the day before it is reversed."""
    is_alive = pl.col("reversed_on").is_null() | (pl.col("reversed_on") > as_of)
    return (pl.col("counts_from") <= as_of) & is_alive


def only_counting(allocations: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The allocations that count at `as_of`."""
    return allocations.filter(is_counting(as_of))


def day_paid() -> pl.Expr:
    """The day of what pays an invoice: its source's, or the invoice's own where it was paid before.

    It is not always the day from which an allocation counts: what is paid twice counts once the first payment came back.
    """
    return pl.max_horizontal("date", "issue_date")


def only_currency(frame: pl.DataFrame, currency: str | None) -> pl.DataFrame:
    """The rows in that currency; all of them if it is None."""
    return frame if currency is None else frame.filter(pl.col("currency") == currency)


def bucket(days_late: pl.Expr) -> pl.Expr:
    """The ageing bucket of a number of days late: late from the day after the due date, 30 days are still "1_30"."""
    return (
        pl.when(days_late <= 0)
        .then(pl.lit("not_due"))
        .when(days_late <= _MONTH)
        .then(pl.lit("1_30"))
        .when(days_late <= 2 * _MONTH)
        .then(pl.lit("31_60"))
        .when(days_late <= 3 * _MONTH)
        .then(pl.lit("61_90"))
        .otherwise(pl.lit("over_90"))
    )


def latest_marks(marks: pl.DataFrame, what: list[str], *, key: str, as_of: date) -> pl.DataFrame:
    """The last mark of these kinds per invoice or client (`key`) that is dated on or before `as_of`.

    Returns:
        One row per `key`: `key`, what, is_set, on_date, value.
    """
    return (
        marks.filter(pl.col("what").is_in(what) & (pl.col("on_date") <= as_of) & pl.col(key).is_not_null())
        .sort("on_date", "change_id")
        .unique(key, keep="last", maintain_order=True)
        .select(key, "what", "is_set", "on_date", "value")
    )


def outstanding(documents: pl.DataFrame, allocations: pl.DataFrame, *, as_of: date, direction: str = "sale") -> pl.DataFrame:
    """One row per invoice or deposit of that direction issued by `as_of`: its columns, `allocated`, `outstanding` (>= 0.00)."""
    is_item = (pl.col("direction") == direction) & (pl.col("kind") != "credit_note")
    allocated = only_counting(allocations, as_of=as_of).group_by("document_id").agg(allocated=pl.col("amount").sum().cast(MONEY))
    return (
        documents.filter(is_item & (pl.col("issue_date") <= as_of))
        .join(allocated, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("allocated").fill_null(_ZERO).cast(MONEY))
        .with_columns(outstanding=(pl.col("amount") - pl.col("allocated")).cast(MONEY))
    )


#: As many dates and currencies as a screen compares, and all currencies together at each.
_MOST_KEPT = 8


@kept_with_ledger(_MOST_KEPT)
def open_items(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """OPEN_ITEMS: one row per sales invoice or deposit issued by `as_of`, settled ones with 0.00 outstanding.

    Doubtful is a person's dated decision if there is one (the invoice's before the client's), else more than the
    setting's days late; a dispute alone is not doubt.
    """
    if currency is not None:
        return only_currency(open_items(ledger, as_of=as_of), currency)
    sold, given = _in_order(ledger)
    return (
        sold.filter(pl.col("issue_date") <= as_of)
        .join(_allocation_facts(given, as_of=as_of), on="place", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("allocated").fill_null(_ZERO).cast(MONEY))
        .with_columns(outstanding=(pl.col("amount") - pl.col("allocated")).cast(MONEY))
        .pipe(_with_marks, ledger.marks, as_of=as_of)
        .with_columns(days_late=(pl.lit(as_of) - pl.col("due_date")).dt.total_days())
        .with_columns(
            bucket=pl.when(pl.col("outstanding") > 0).then(bucket(pl.col("days_late"))),
            is_doubtful=pl.coalesce("doubt", pl.col("days_late") > ledger.settings.doubtful_days) & (pl.col("outstanding") > 0),
            status=_status(),
        )
        .pipe(conform, OPEN_ITEMS)
    )


@kept_with_ledger(1)
def _in_order(ledger: Ledger) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sales invoices in the order of lists, and what they are given in the order in which it counts, tied by `place`.

    They are the same at every date: sorted once, each further date only leaves some out.
    """
    sold = (
        ledger.documents.filter((pl.col("direction") == "sale") & (pl.col("kind") != "credit_note"))
        .sort("due_date", "number", "document_id")
        .with_row_index("place")
    )
    given = (
        ledger.allocations.join(sold.select("document_id", "place"), on="document_id", how="inner", validate="m:1")
        .sort("place", "date", pl.col("source").replace_strict(_ORDER, return_dtype=pl.Int8), "claim_id")
        .select(
            "place", "counts_from", "reversed_on", "amount", "source", "reason",
            is_credit=pl.col("source") == "credit_note",
            is_lost_in_part=pl.col("rule").is_in(PARTS),
            paid_on=pl.when("is_dated").then(day_paid()),
        )
    )  # fmt: skip
    return sold, given


def _allocation_facts(given: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """One row per invoice: what its counting allocations add up to and are made of, and the last of them."""
    return (
        only_counting(given, as_of=as_of)
        .group_by("place", maintain_order=True)
        .agg(
            allocated=pl.col("amount").sum().cast(MONEY),
            is_credit_only=pl.col("is_credit").all(),
            last_source=pl.col("source").last(),
            last_reason=pl.col("reason").last(),
            last_payment_date=pl.col("paid_on").drop_nulls().last(),
            is_lost_in_part=pl.col("is_lost_in_part").any(),
        )
    )


def with_disputes(documents: pl.DataFrame, marks: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """`is_disputed` as people's marks have it, else as the file said.

    A document is in dispute while its own dispute is open, or its client's is and nobody has said since that it is not.
    """
    own = latest_marks(marks, ["disputed"], key="document_id", as_of=as_of).select("document_id", own="is_set", own_on="on_date")
    client = latest_marks(marks, ["disputed"], key="client_id", as_of=as_of).select(
        "client_id", whole="is_set", whole_on="on_date"
    )
    is_left_out = (~pl.col("own") & (pl.col("own_on") >= pl.col("whole_on"))).fill_null(value=False)
    return (
        documents.join(own, on="document_id", how="left", validate="1:1", maintain_order="left")
        .join(client, on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            is_disputed=pl.when(pl.col("whole") & ~is_left_out)
            .then(pl.lit(value=True))
            .otherwise(pl.coalesce("own", "whole", "is_disputed"))
        )
        .drop("own", "own_on", "whole", "whole_on")
    )


def _with_marks(items: pl.DataFrame, marks: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Settle is_disputed, add is_unsent and `doubt` (null without a decision) from the files and from people's marks."""
    sent = latest_marks(marks, ["sent"], key="document_id", as_of=as_of).select("document_id", sent="is_set")
    doubts = latest_marks(marks, ["doubtful"], key="document_id", as_of=as_of).select("document_id", own_doubt="is_set")
    by_client = latest_marks(marks, ["doubtful", "insolvency"], key="client_id", as_of=as_of).select(
        "client_id", client_doubt="is_set", client_what="what", opened_on="on_date"
    )
    is_not_sent = (pl.col("sending") == "unsent") | (pl.col("sent_date") > as_of).fill_null(value=False)
    return (
        with_disputes(items, marks, as_of=as_of)
        .join(sent, on="document_id", how="left", validate="1:1", maintain_order="left")
        .join(doubts, on="document_id", how="left", validate="1:1", maintain_order="left")
        .join(by_client, on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            is_unsent=is_not_sent & ~pl.col("sent").fill_null(value=False),
            doubt=decided_doubt(),
        )
    )


def decided_doubt() -> pl.Expr:
    """A person's word on doubt, null without one: the invoice's own before its client's; proceedings leave later claims out.

    Needs own_doubt, client_doubt, client_what (the mark that says it), opened_on (its day) and issue_date.
    """
    is_later_claim = (pl.col("client_what") == "insolvency") & (pl.col("issue_date") > pl.col("opened_on"))
    return pl.coalesce("own_doubt", pl.when(~is_later_claim).then("client_doubt"))


def _status() -> pl.Expr:
    """Contract 3: the first that applies. Needs outstanding, allocated, days_late and what `_allocation_facts` adds."""
    is_settled = pl.col("outstanding") == 0
    is_part = pl.col("allocated") > 0
    is_loss = ((pl.col("last_source") == "write_off") & (pl.col("last_reason") == "loss")) | pl.col("is_lost_in_part")
    credit_only = pl.col("is_credit_only").fill_null(value=False)
    return (
        pl.when(is_settled & credit_only)
        .then(pl.lit("credited"))
        .when(is_settled & is_loss.fill_null(value=False))
        .then(pl.lit("written_off"))
        .when(is_settled)
        .then(pl.lit("paid"))
        .when(is_part & credit_only)
        .then(pl.lit("partly_credited"))
        .when(is_part)
        .then(pl.lit("partly_paid"))
        .when(pl.col("is_unsent"))
        .then(pl.lit("unsent"))
        .when(pl.col("days_late") >= 1)
        .then(pl.lit("late"))
        .when(pl.col("days_late") == 0)
        .then(pl.lit("due_today"))
        .otherwise(pl.lit("sent"))
    )


@kept_with_ledger(_MOST_KEPT)
def open_credits(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """OPEN_CREDITS: credit notes, bank and declared receipts of known clients, less what is allocated or gone back.

    Rows with nothing left are dropped. What went back of a ledger's receipts takes none in particular: a negative row.
    """
    if currency is not None:
        return only_currency(open_credits(ledger, as_of=as_of), currency)
    notes = ledger.documents.filter(
        (pl.col("direction") == "sale") & (pl.col("kind") == "credit_note") & (pl.col("issue_date") <= as_of)
    ).select(
        "client_id", "client", "number", "amount", "currency", "sales_rep", "category",
        credit_id="document_id", date="issue_date", source=pl.lit("credit_note"),
    )  # fmt: skip
    names = client_names(ledger.clients, ledger.documents)
    receipts = (
        ledger.receipts.filter(pl.col("date") <= as_of)
        .join(names, on="client_id", how="left", validate="m:1")
        .select("client_id", "client", "amount", "currency", "source", "date", credit_id="receipt_id")
    )
    counting = only_counting(ledger.allocations, as_of=as_of)
    used = counting.group_by(credit_id="source_id", client_id="client_id").agg(used=pl.col("amount").sum().cast(MONEY))
    back = (
        ledger.refunds.filter(pl.col("date") <= as_of)
        .group_by("credit_id", "client_id")
        .agg(back=pl.col("amount").sum().cast(MONEY))
    )
    went = (
        ledger.refunds.filter((pl.col("date") <= as_of) & pl.col("credit_id").is_null())
        .join(names, on="client_id", how="left", validate="m:1")
        .select("client_id", "client", "amount", "currency", "date", source=pl.lit("declared"), credit_id="refund_id")
        .with_columns(amount=(-pl.col("amount")).cast(MONEY))
    )
    left = pl.col("amount") - pl.col("used").fill_null(_ZERO) - pl.col("back").fill_null(_ZERO)
    credit_rows = pl.concat([conform(frame, OPEN_CREDITS) for frame in (notes, receipts, went)])
    return (
        credit_rows.join(used, on=["credit_id", "client_id"], how="left", validate="1:1")
        .join(back, on=["credit_id", "client_id"], how="left", validate="1:1")
        .with_columns(client=pl.coalesce("client", "client_id"), remaining=left.cast(MONEY))
        .filter((pl.col("remaining") > 0) | (pl.col("amount") < 0))
        .pipe(conform, OPEN_CREDITS)
        .sort("date", "credit_id", "client_id")
    )


def sales_documents(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """Every sales document issued by `as_of`, as the `invoices` command lists it (contract 5), by issue date."""
    items = open_items(ledger, as_of=as_of, currency=currency).with_columns(
        days_late=pl.when(pl.col("outstanding") > 0).then("days_late"), open_credit=_ZERO
    )
    left = open_credits(ledger, as_of=as_of).filter(pl.col("source") == "credit_note").select(
        document_id="credit_id", open_credit="remaining"
    )  # fmt: skip
    is_note = (pl.col("direction") == "sale") & (pl.col("kind") == "credit_note") & (pl.col("issue_date") <= as_of)
    notes = (
        only_currency(ledger.documents.filter(is_note), currency)
        .pipe(with_disputes, ledger.marks, as_of=as_of)
        .join(left, on="document_id", how="left", validate="1:1")
        .with_columns(
            outstanding=_ZERO,
            open_credit=pl.col("open_credit").fill_null(_ZERO),
            status=pl.when(pl.col("open_credit") > 0).then(pl.lit("open_credit")).otherwise(pl.lit("used")),
        )
    )
    columns = {**OPEN_ITEMS, "open_credit": MONEY}
    return pl.concat([conform(items, columns), conform(notes, columns)]).sort("issue_date", "number", "document_id")
