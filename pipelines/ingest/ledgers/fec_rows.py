"""Items of a ledger as the rows that every reader gives: documents with a number of their own, and receipts."""

import polars as pl

from models.money import MONEY
from models.rows import INVOICE_ROWS, RECEIPT_ROWS
from models.tables import conform
from pipelines.ingest.findings import Findings
from pipelines.ingest.ledgers.fec_lettering import given_by_item

#: Category of what the opening entries of a year bring: debts of the past, not sales of that day.
OPENING = "À nouveaux"
#: Category of what a client owes again of a loss: no sale either.
RECOVERED = "Rentrées après perte"
#: What a document bills, and not what is owed again of a loss that another one bears.
IS_BILLED = pl.col("category").ne_missing(RECOVERED)
#: Method of a receipt that the opening entries bring: what a client had paid before, and no invoice had taken.
OPENING_CREDIT = "opening"
#: What a write-off is called where it stands among receipts: no money came, the claim was given up for that reason.
WRITE_OFFS = ("loss", "rounding", "discount")
_DOCUMENTS = ("invoice", "credit_note", "deposit")


def named_items(items: pl.DataFrame, settled: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """One row per item, with its `number` if it is a document, and its `reference` if it is not.

    A write-off that is not lettered with invoices, whole, has nothing to be taken from: it becomes a credit note.
    """
    given = given_by_item(settled)
    one = items.sort("line").unique("item", keep="first", maintain_order=True)
    sums = pl.Series("given", [given.get(item) for item in one["item"]], dtype=MONEY)
    is_loose = (pl.col("kind") == "write_off") & (sums.fill_null(0) != -pl.col("amount"))
    for line, amount in one.filter(is_loose).select("line", "amount").iter_rows():
        findings.warn("write_off_as_credit_note", line=line, value=str(-amount))
    issued = pl.when(pl.col("piece_date") <= pl.col("entry_date")).then("piece_date").otherwise("entry_date")
    named = one.with_columns(
        kind=pl.when(is_loose).then(pl.lit("credit_note")).otherwise("kind"),
        items_of_entry=pl.len().over("entry"),
        issue_date=issued,
    )
    is_document = pl.col("kind").is_in(_DOCUMENTS)
    documents = named.filter(is_document)
    others = named.filter(~is_document).with_columns(reference=_reference())
    return pl.concat([documents.with_columns(number=_numbers(documents)), others], how="diagonal_relaxed").sort("line", "item")


def _reference() -> pl.Expr:
    """Entry and line; what an entry gives up beside a receipt stands on the same line."""
    place = pl.format(
        "{} {} #{}", pl.col("journal").fill_null(""), pl.col("entry_number").fill_null(""), "line"
    ).str.strip_chars()
    return pl.when(pl.col("kind") == "write_off").then(place + "-").otherwise(place)


def _numbers(documents: pl.DataFrame) -> pl.Series:
    """The number of each document: its piece where that tells it apart, else the piece and what does.

    Some programs write one piece for a whole month, or "sans": then the entry's number, or the day and the client, are
    added. A journal whose pieces mostly repeat has it for all its documents, so that a longer export names them alike.
    What ends a loss bears the piece of the invoice that was lost, which keeps its number.
    """
    piece = pl.coalesce("piece", "journal", pl.lit("FEC"))
    entry = pl.when(~pl.col("entry_number").str.contains("^0*$") & ~pl.col("is_opening")).then("entry_number")
    by_day = pl.format("{} {} {}", piece, pl.col("issue_date").cast(pl.String), "client")
    named = documents.with_columns(piece=piece).with_columns(
        is_own=pl.col("piece").str.contains("[0-9]") & _is_single("piece"),
        by_entry=pl.format("{} {}", pl.when("ends_loss").then(pl.format("{} {}", "piece", "journal")).otherwise("piece"), entry),
        by_day=by_day,
    )
    is_own = pl.col("is_own") & ~pl.col("ends_loss") & (pl.col("is_own").mean().over("journal", "ends_loss") > 1 / 2)
    named = named.with_columns(
        number=pl.when(is_own)
        .then("piece")
        .when(pl.col("by_entry").is_not_null() & _is_single("by_entry"))
        .then("by_entry")
        .otherwise("by_day")
    )
    rank = pl.col("line").rank("ordinal").over(pl.col("number").str.to_lowercase())
    return named.select(number=pl.when(rank > 1).then(pl.format("{} /{}", "number", rank)).otherwise("number")).to_series()


def _is_single(column: str) -> pl.Expr:
    return pl.len().over(pl.col(column).str.to_lowercase(), "ends_loss") == 1


def rows_of(named: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """INVOICE_ROWS and RECEIPT_ROWS of the items."""
    is_document = pl.col("kind").is_in(_DOCUMENTS)
    is_explained = (pl.col("items_of_entry") == 1) & (pl.col("income") + pl.col("vat") == pl.col("amount"))
    documents = named.filter(is_document).with_columns(
        direction=pl.lit("sale"),
        amount_incl_tax=pl.col("amount").abs(),
        amount_excl_tax=pl.when(is_explained).then(pl.col("income").abs()),
        vat_amount=pl.when(is_explained).then(pl.col("vat").abs()),
        category=pl.when("is_opening").then(pl.lit(OPENING)).when("ends_loss").then(pl.lit(RECOVERED)),
    )
    method = (
        pl.when(pl.col("kind") == "write_off")
        .then(_reason())
        .when("is_opening")
        .then(pl.lit(OPENING_CREDIT))
        .when("has_cash")
        .then(pl.lit("cash"))
        .when("has_cheque")
        .then(pl.lit("cheque"))
        .otherwise(pl.lit("ledger"))
    )
    receipts = named.filter(~is_document).with_columns(
        amount=(-pl.col("amount")).cast(MONEY),
        receipt_date=pl.when("is_opening").then("issue_date").otherwise("entry_date"),
        method=method,
    )
    return conform(documents, INVOICE_ROWS), conform(receipts, RECEIPT_ROWS)


def _reason() -> pl.Expr:
    account = pl.col("loss_account")
    return (
        pl.when(account.str.starts_with("665"))
        .then(pl.lit("discount"))
        .when(account.str.contains("^65[8]|^668|^678"))
        .then(pl.lit("rounding"))
        .otherwise(pl.lit("loss"))
    )
