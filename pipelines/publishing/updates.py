"""What the rows of known documents change: each row after the one before, a blank cell never erasing what was said."""

import polars as pl

#: Columns that a later row may change, the old value being kept as an earlier version.
UPDATABLE = (
    "due_date", "is_due_estimated", "sent_date", "sending", "amount_excl_tax", "vat_amount", "linked_invoice", "sales_rep",
    "category", "is_disputed", "order_reference",
)  # fmt: skip
#: What the invoicing tool states of the payment: one statement, never mixed from two rows.
STATED = ("paid_amount", "paid_date", "amount_due", "is_paid")
_CARRIED = [c for c in UPDATABLE if c not in ("due_date", "is_due_estimated", "sending")]
_SIDES = ["document_id", "line", "is_new", *_CARRIED, "due_said", "due_guess", "sending_said", "sending_guess", "statement"]


def with_updates(rows: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Rows of known documents with what is known after each of them, and what that makes of them.

    Args:
        rows: rows with their document_id; is_new where no version of the document is stored.
        stored: the last version of each document, with its last statement.

    Returns:
        The rows with UPDATABLE as known after them, STATED as the file says up to them, and: verdict (inserted,
        updated, duplicate), is_last of its document, is_stored (the version to add), stated_before (a struct of STATED).
        Rows that together leave a document as it was are duplicates, so that the same file again changes nothing.
    """
    held = stored.join(rows, on="document_id", how="semi").with_columns(
        line=pl.lit(0, pl.Int64), is_new=pl.lit(value=False), is_disputed=pl.col("is_disputed").fill_null(value=False)
    )
    carried = [*_CARRIED, "due_said", "sending_said", "sending_guess", "statement"]
    sides = _carried(pl.concat([_said(held), _said(rows)]), carried)
    after = sides.with_columns(
        due_date=pl.coalesce("due_said", pl.col("due_guess").gather("start")),
        is_due_estimated=pl.col("due_said").is_null(),
        sending=pl.coalesce("sending_said", "sending_guess", pl.lit("silent")),
        is_disputed=pl.col("is_disputed").fill_null(value=False),
    ).with_columns(state=pl.struct(*UPDATABLE, "statement"))
    after = after.with_columns(
        changes=pl.col("state").ne_missing(pl.col("state").shift(1)),
        is_moved=pl.col("state").gather("start").ne_missing(pl.col("state").gather("end")),
        stated_before=pl.col("statement").gather("start"),
        is_first=pl.col("row") == pl.col("start"),
        is_last=pl.col("row") == pl.col("end"),
    ).filter(pl.col("line") > 0)
    verdict = (
        pl.when(pl.col("is_new") & pl.col("is_first"))
        .then(pl.lit("inserted"))
        .when(pl.col("changes") & (pl.col("is_new") | pl.col("is_moved")))
        .then(pl.lit("updated"))
        .otherwise(pl.lit("duplicate"))
    )
    is_stored = pl.col("is_last") & (pl.col("is_new") | pl.col("is_moved"))
    states = after.select("line", *UPDATABLE, "stated_before", "is_last", verdict=verdict, is_stored=is_stored)
    return (
        _with_last_statement(rows)
        .drop(*UPDATABLE, "verdict")
        .join(states, on="line", how="inner", validate="1:1", maintain_order="left")
        .with_columns(source_row="line")
    )


def _said(documents: pl.DataFrame) -> pl.DataFrame:
    """What each row or version says, what it only guesses apart, null where it says nothing."""
    sending, is_guessed = pl.col("sending"), pl.col("is_due_estimated")
    return documents.with_columns(
        due_said=pl.when(~is_guessed).then("due_date"),
        due_guess=pl.when(is_guessed).then("due_date"),
        sending_said=pl.when(sending == "said").then(sending).when(sending == "said_unsent").then(pl.lit("unsent")),
        sending_guess=pl.when(sending == "unsent").then(sending),
        statement=_statement(),
    ).select(_SIDES)


def _statement() -> pl.Expr:
    """STATED as one value, null where the row says nothing of a payment."""
    says = pl.col("paid_amount").is_not_null() | pl.col("amount_due").is_not_null() | pl.col("is_paid")
    return pl.when(says).then(pl.struct(*STATED))


def _with_last_statement(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the last statement that the file makes of their document up to them; none said, none repeated."""
    carried = _carried(rows.with_columns(statement=_statement()).drop(STATED), ["statement"])
    return (
        carried.with_columns(pl.col("statement").struct.field(*STATED))
        .with_columns(pl.col("is_paid").fill_null(value=False))
        .drop("row", "start", "end", "statement")
    )


def _carried(rows: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Rows by document and line, each column where it says nothing as the row before of its document has it.

    Adds `row`, its place, and `start` and `end`, the places of its document's first and last row. One pass over the
    whole frame: a window per document costs seconds where most documents have one row.
    """
    other = pl.col("document_id").ne_missing(pl.col("document_id").shift(1))
    placed = (
        rows.sort("document_id", "line")
        .with_row_index("row")
        .with_columns(
            start=pl.when(other).then("row").forward_fill(),
            end=pl.when(other.shift(-1).fill_null(value=True)).then("row").backward_fill(),
        )
    )
    filled = []
    for column in columns:
        said = pl.when(pl.col(column).is_not_null()).then("row").forward_fill()
        filled.append(pl.when(said >= pl.col("start")).then(pl.col(column).gather(said)).alias(column))
    return placed.with_columns(filled)
