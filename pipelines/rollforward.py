"""From what clients owed to what they owe: every movement of receivables between two dates, to the cent.

Receivables of contract 2 at the eve of the first day, plus the movements of the period, are those of its last day. Each
movement is one row, so that every cell of the table opens into the rows that make it.
"""

from datetime import date, timedelta

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform
from pipelines.ingest.ledgers.fec_rows import IS_BILLED
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger
from pipelines.parties import client_names
from pipelines.receivables import only_currency, open_credits, open_items
from pipelines.recoveries import loss_id

#: What moves receivables, in the order of the table. Amounts are signed: what clients owe goes up or down by them.
MOVES = (
    "invoiced",
    "credit_notes",
    "collected",
    "returned",
    "refunded",
    "written_off",
    "rounding",
    "bank_fee",
    "discount",
    "other",
)
#: One row per movement of what a client owes.
MOVEMENTS: Schema = {
    "date": pl.Date,
    "move": pl.String,  # one of MOVES
    "amount": MONEY,  # effect on receivables
    "source": pl.String,  # invoice | credit_note | bank | declared | write_off
    "source_id": pl.String,  # the invoice's, credit note's, bank line's, receipt's or write-off's id
    "claim_id": pl.String,  # of a write-off, or of what was given from one group to another
    "document_id": pl.String,  # the invoice, or the credit note
    "number": pl.String,  # its number
    "client_id": pl.String,
    "client": pl.String,
    "sales_rep": pl.String,
    "category": pl.String,
    "currency": pl.String,
    "is_transfer": pl.Boolean,  # a credit that is given to an invoice: it moves between groups, of no client's total
}
#: How the table can be cut, and the columns that tell its rows.
GROUPS = {
    "total": ["currency"],
    "client": ["client_id", "client", "currency"],
    "sales_rep": ["sales_rep", "currency"],
    "category": ["category", "currency"],
}
_WRITE_OFFS = {"loss": "written_off", "rounding": "rounding", "bank_fee": "bank_fee", "discount": "discount"}
_OWNER = ("client_id", "client", "sales_rep", "category", "currency")
_ZERO = pl.lit(ZERO, MONEY)


@kept_with_ledger(2)
def movements(ledger: Ledger, *, currency: str | None = None) -> pl.DataFrame:
    """MOVEMENTS of all days: their sum up to a day is the receivables of that day, in every grouping.

    Money that went back stands on its own day, and so does a write-off that was taken back. Where a credit gave or gave back
    more than it had, what open credits leave out of it is an `other` movement.
    """
    names = client_names(ledger.clients, ledger.documents).rename({"client": "known"})
    sold = ledger.documents.filter(pl.col("direction") == "sale")
    credit_rows = _credit_rows(ledger, sold)
    given = _given(ledger, sold, credit_rows)
    back = _gone_back(ledger, credit_rows)
    parts = [_issued(sold), _received(credit_rows), *back, *given, _beyond(credit_rows, [*back[:1], given[0]])]
    return (
        only_currency(pl.concat([conform(part, MOVEMENTS) for part in parts]), currency)
        .filter(pl.col("amount") != 0)
        .join(names, on="client_id", how="left", validate="m:1")
        .with_columns(
            client=pl.coalesce("client", "known", "client_id"), is_transfer=pl.col("is_transfer").fill_null(value=False)
        )
        .drop("known")
        .sort("date", "move", "number", "source_id", "claim_id", "client_id", "amount", nulls_last=True)
    )


def _credit_rows(ledger: Ledger, sold: pl.DataFrame) -> pl.DataFrame:
    """One row per credit note, and per receipt of each client: credit_id, date, amount and whose it is."""
    notes = sold.filter(pl.col("kind") == "credit_note").select(
        *_OWNER, "number", "amount", credit_id="document_id", begins="issue_date", source=pl.lit("credit_note")
    )
    nobody = {"client": pl.lit(None, pl.String), "sales_rep": pl.lit(None, pl.String), "category": pl.lit(None, pl.String)}
    receipts = ledger.receipts.select(
        "client_id",
        "currency",
        "amount",
        "source",
        **nobody,
        number=pl.lit(None, pl.String),
        credit_id="receipt_id",
        begins="date",
    )
    return pl.concat([notes, receipts.select(notes.columns)])


def _issued(sold: pl.DataFrame) -> pl.DataFrame:
    """What is invoiced, and what credit notes take off, on their day of issue; what is owed again of a loss makes it smaller."""
    is_note = pl.col("kind") == "credit_note"
    owed = pl.when(IS_BILLED).then(pl.lit("invoiced")).otherwise(pl.lit("written_off"))
    return sold.with_columns(
        date="issue_date",
        move=pl.when(is_note).then(pl.lit("credit_notes")).otherwise(owed),
        source=pl.when(is_note).then(pl.lit("credit_note")).otherwise(pl.lit("invoice")),
        amount=pl.when(is_note).then(-pl.col("amount")).otherwise("amount").cast(MONEY),
        source_id="document_id",
    )


def _received(credit_rows: pl.DataFrame) -> pl.DataFrame:
    """Receipts of known clients, whole, on their own day."""
    return credit_rows.filter(pl.col("source") != "credit_note").with_columns(
        date="begins", move=pl.lit("collected"), amount=(-pl.col("amount")).cast(MONEY), source_id="credit_id"
    )


def _gone_back(ledger: Ledger, credit_rows: pl.DataFrame) -> list[pl.DataFrame]:
    """What went back of a credit, returned or refunded; then what went back of none in particular."""
    named = (
        ledger.refunds.drop_nulls("credit_id")
        .select("credit_id", "client_id", "kind", "date", "amount", "line_id", "refund_id")
        .join(credit_rows.drop("amount"), on=["credit_id", "client_id"], how="inner", validate="m:1")
        .with_columns(
            date=pl.max_horizontal("date", "begins"),
            move="kind",
            source_id=pl.coalesce("line_id", "refund_id"),
            source=_bank_or("source"),
        )
    )
    free = ledger.refunds.filter(pl.col("credit_id").is_null()).with_columns(
        move=pl.lit("returned"), source=pl.lit("declared"), source_id="refund_id"
    )
    return [named, free]


def _bank_or(source: str) -> pl.Expr:
    """The money that went back of a credit note left through the bank."""
    return pl.when(pl.col(source) == "credit_note").then(pl.lit("bank")).otherwise(source)


def _given(ledger: Ledger, sold: pl.DataFrame, credit_rows: pl.DataFrame) -> list[pl.DataFrame]:
    """What credits give to invoices, from the credit's group and to the invoice's; and what is written off.

    A credit's own side comes first: it takes as much off the open credit as it takes off the invoice.
    """
    invoices = sold.filter(pl.col("kind") != "credit_note").select("document_id", *(pl.col(c).alias(f"of_{c}") for c in _OWNER))
    every = ledger.allocations.select(
        "claim_id", "source", "source_id", "document_id", "amount", "reason", "counts_from", "reversed_on", "client_id",
        number="invoice_number",
    )  # fmt: skip
    credits_ = credit_rows.select("credit_id", "begins", *(pl.col(c) for c in _OWNER))
    taken = (
        every.filter(pl.col("source") != "write_off")
        .join(credits_, left_on=["source_id", "client_id"], right_on=["credit_id", "client_id"], how="left", validate="m:1")
        .with_columns(is_known=pl.col("begins").is_not_null())
    )
    own_side = taken.filter("is_known").with_columns(counts_from=pl.max_horizontal("counts_from", "begins"))
    owners = [pl.col(f"of_{c}").alias(c) for c in _OWNER]
    to_invoice = (
        taken.drop(*(c for c in _OWNER if c in taken.columns))
        .join(invoices, on="document_id", how="inner", validate="m:1")
        .with_columns(*owners, amount=(-pl.col("amount")).cast(MONEY))
    )
    lost = (
        every.filter(pl.col("source") == "write_off")
        .drop("client_id")
        .join(invoices, on="document_id", how="inner", validate="m:1")
        .with_columns(
            *owners, move=pl.col("reason").fill_null("loss").replace_strict(_WRITE_OFFS), amount=(-pl.col("amount")).cast(MONEY)
        )
    )
    move = pl.when(pl.col("source") == "credit_note").then(pl.lit("credit_notes")).otherwise(pl.lit("collected"))
    sides = [side.with_columns(move=move, is_transfer=pl.col("is_known")) for side in (own_side, to_invoice)]
    return [*(_with_ends(frame) for frame in sides), _whole_losses(_with_ends(lost))]


def _with_ends(given: pl.DataFrame) -> pl.DataFrame:
    """One movement on the day from which an allocation counts, and its opposite on the day on which it ends."""
    came_back = pl.when(pl.col("move") == "collected").then(pl.lit("returned")).otherwise("move")
    ends = given.drop_nulls("reversed_on").with_columns(
        date="reversed_on", amount=(-pl.col("amount")).cast(MONEY), move=came_back
    )
    return pl.concat([given.with_columns(date="counts_from"), ends.select(*given.columns, "date")])


def _whole_losses(moved: pl.DataFrame) -> pl.DataFrame:
    """What is written off, a loss once on its day however money of later days cuts it; its ends stay apart from it."""
    plain = moved.with_columns(claim_id=loss_id(), is_end=pl.col("amount") > 0)
    others = [name for name in MOVEMENTS if name in moved.columns and name not in ("claim_id", "date", "amount")]
    return plain.group_by("claim_id", "date", "is_end", maintain_order=True).agg(
        pl.col("amount").sum().cast(MONEY), *(pl.col(name).first() for name in others)
    )


def _beyond(credit_rows: pl.DataFrame, taken: list[pl.DataFrame]) -> pl.DataFrame:
    """What was given or taken back beyond a credit, day by day: an open credit is never below zero."""
    key = ["credit_id", "client_id"]
    columns = [*key, "date", "amount"]
    used = [frame.rename({"source_id": "credit_id"}) if "credit_id" not in frame.columns else frame for frame in taken]
    began = credit_rows.select(*key, date="begins", amount=(-pl.col("amount")).cast(MONEY))
    below = (
        pl.concat([began, *(frame.select(columns) for frame in used)])
        .group_by(*key, "date")
        .agg(pl.col("amount").sum())
        .sort(*key, "date")
        .with_columns(left=(-pl.col("amount")).cum_sum().over(key))
        .with_columns(below=pl.col("left").clip(upper_bound=_ZERO))
        .with_columns(amount=(pl.col("below") - pl.col("below").shift(1).over(key).fill_null(_ZERO)).cast(MONEY))
        .filter(pl.col("amount") != 0)
        .select(columns)
    )
    return below.join(credit_rows.drop("amount"), on=key, how="left", validate="m:1").with_columns(
        move=pl.lit("other"), source_id="credit_id"
    )


def only_moves(moved: pl.DataFrame, *, start: date, to: date, by: str = "total", move: str | None = None) -> pl.DataFrame:
    """The movements of a period, and of one column if one is named; transfers only where they move between groups."""
    kept = moved.filter(pl.col("date").is_between(start, to))
    if by in ("total", "client"):
        kept = kept.filter(~pl.col("is_transfer"))
    return kept if move is None else kept.filter(pl.col("move") == move)


def rollforward(
    ledger: Ledger,
    *,
    start: date,
    to: date,
    by: str = "client",
    currency: str | None = None,
) -> pl.DataFrame:
    """Receivables on the eve of `start`, the movements of each kind from `start` to `to`, and receivables at `to`.

    Returns:
        One row per group and currency: its keys, `opening`, the MOVES, `closing`; the largest closing first. The opening and
        the closing are the receivables of contract 2, on their own; the movements lead from one to the other.
    """
    keys = GROUPS[by]
    sums = [pl.col("amount").filter(pl.col("move") == move).sum().cast(MONEY).alias(move) for move in MOVES]
    summed = only_moves(movements(ledger, currency=currency), start=start, to=to, by=by).group_by(keys).agg(sums)
    ends = [
        positions(ledger, as_of=day, by=by, currency=currency).rename({"receivables": name})
        for name, day in (("opening", start - timedelta(days=1)), ("closing", to))
    ]
    frame = summed
    for end in ends:
        frame = frame.join(end, on=keys, how="full", coalesce=True, nulls_equal=True, validate="1:1")
    amounts = ["opening", *MOVES, "closing"]
    return (
        frame.select(*keys, *(pl.col(name).fill_null(_ZERO).cast(MONEY) for name in amounts))
        .filter(pl.any_horizontal(pl.col(name) != 0 for name in amounts))
        .sort("closing", *keys, descending=[True, *[False] * len(keys)], nulls_last=True)
    )


def positions(ledger: Ledger, *, as_of: date, by: str, currency: str | None = None) -> pl.DataFrame:
    """Receivables at a date by group: its keys and `receivables`."""
    keys = GROUPS[by]
    owed = open_items(ledger, as_of=as_of, currency=currency)
    free = open_credits(ledger, as_of=as_of, currency=currency).with_columns(amount=(-pl.col("remaining")).cast(MONEY))
    both = pl.concat([frame.select(*keys, "amount") for frame in (owed.with_columns(amount="outstanding"), free)])
    return both.group_by(keys).agg(receivables=pl.col("amount").sum().cast(MONEY))


def standing(ledger: Ledger, *, as_of: date | None, before: date, currency: str | None = None) -> pl.DataFrame:
    """The open invoices and credits of a balance, as MOVEMENTS whose amounts sum to the receivables of the day.

    The day is `as_of`, or the eve of `before` if it is None.
    """
    day = as_of or before - timedelta(days=1)
    bills = (
        open_items(ledger, as_of=day, currency=currency)
        .filter(pl.col("outstanding") > 0)
        .with_columns(date="issue_date", amount="outstanding", source=pl.lit("invoice"), source_id="document_id")
    )
    free = open_credits(ledger, as_of=day, currency=currency).with_columns(
        amount=(-pl.col("remaining")).cast(MONEY), source_id="credit_id"
    )
    return pl.concat([conform(bills, MOVEMENTS), conform(free, MOVEMENTS)]).sort("date", "number", "source_id", nulls_last=True)
