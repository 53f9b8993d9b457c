"""The numbering of sales documents: gaps, numbers that are there twice, and dates that do not follow the numbers.

Invoices bear a unique number of a chronological and unbroken sequence; several series may stand side by side, for instance
one per year (CGI, annexe II, article 242 nonies A). The series are read from the numbers themselves: what stands before the
counter, the year wherever it is written. A gap proves nothing by itself: a draft or a cancelled invoice may have had the
number, or its file was never imported.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from models.tables import Schema, conform
from pipelines.exports.paper_columns import FINDING_WORDS
from pipelines.ingest.ledgers.fec_rows import IS_BILLED, OPENING
from pipelines.ledger import Ledger

#: One row per finding, the series in order.
FINDINGS: Schema = {
    "kind": pl.String,  # one of FINDING_WORDS
    "series": pl.String,  # its numbers with # for the counter
    "first": pl.String,  # of a gap: the first and the last missing number
    "last": pl.String,
    "count": pl.Int64,  # numbers missing, or documents concerned
    "number": pl.String,  # the document; of a gap, the one after it
    "date": pl.Date,
    "other": pl.String,  # the document beside it; of a gap, the one before it
    "other_date": pl.Date,
    "client": pl.String,
}
#: One row per series.
SERIES: Schema = {
    "series": pl.String,
    "documents": pl.Int64,
    "first": pl.String,
    "last": pl.String,
    "from_date": pl.Date,
    "to_date": pl.Date,
    "missing": pl.Int64,
    "twice": pl.Int64,
    "unordered": pl.Int64,
}
#: Documents with their counter taken apart.
_PARTS: Schema = {
    "document_id": pl.String,
    "number": pl.String,
    "issue_date": pl.Date,
    "client": pl.String,
    "head": pl.String,
    "counter": pl.String,
    "tail": pl.String,
    "series": pl.String,
    "n": pl.Int64,
    "width": pl.Int64,  # how many digits it is written with, leading zeros included
    "has_year": pl.Boolean,
}
#: The share of a shape's numbers that must fit before a part of them is taken for the year or the month of issue.
_MOST = 0.9
#: Digits of a counter at most; and how many times more numbers are missing than there are where they are none.
_LONGEST, _SPARSE = 18, 10


@dataclass(frozen=True)
class Audit:
    """What the numbers say.

    Attributes:
        series: SERIES. `findings`: FINDINGS.
        left_out: balances brought forward from earlier years, whose numbers are not of this company's sequence.
    """

    series: pl.DataFrame
    findings: pl.DataFrame
    left_out: int


def audit(ledger: Ledger, *, as_of: date) -> Audit:
    """Every series of numbers of sales documents issued by `as_of`, and what does not follow in it."""
    sales = ledger.documents.filter((pl.col("direction") == "sale") & (pl.col("issue_date") <= as_of))
    is_own = pl.col("category").ne_missing(OPENING)
    rows = numbered(sales.filter(is_own & IS_BILLED))
    beside = _with_previous(rows.drop_nulls("n"))
    gaps = _gaps(beside)
    sparse = _sparse(gaps, rows)
    gaps = gaps.join(sparse, on="series", how="anti", maintain_order="left")
    parts = [
        sparse, gaps, _starts(rows), _twice(beside), _unordered(beside), _unread(rows),
        _of_suppliers(rows, ledger.documents.filter((pl.col("direction") == "purchase") & (pl.col("issue_date") <= as_of))),
    ]  # fmt: skip
    order = {kind: place for place, kind in enumerate(FINDING_WORDS)}
    findings = (
        pl.concat([conform(part, {**FINDINGS, "n": pl.Int64}) for part in parts])
        .sort("series", pl.col("kind").replace_strict(order, return_dtype=pl.Int8), "n", "number", nulls_last=True)
        .pipe(conform, FINDINGS)
    )
    return Audit(_series(rows, findings), findings, sales.filter(~is_own).height)


def numbered(sales: pl.DataFrame) -> pl.DataFrame:
    """_PARTS of documents, by series and counter: "FACT-2026-012" is the 12 of the series "FACT-2026-#"."""
    text = pl.col("number").str.strip_chars().str.to_uppercase()
    behind, plain = (
        text.str.extract_groups(r"^(.*?)(\d+)([^0-9]+)(\d{4}|\d{2})$"),
        text.str.extract_groups(r"^(.*?)(\d+)([^0-9]*)$"),
    )
    years = {"year": pl.col("issue_date").dt.to_string("%Y"), "short": pl.col("issue_date").dt.to_string("%y")}
    taken = sales.with_columns(**years, text=text).with_columns(
        behind.struct.rename_fields(["head_2", "counter_2", "sign", "year_2"]).alias("behind"),
        plain.struct.rename_fields(["head", "counter", "tail"]).alias("plain"),
    )
    taken = taken.unnest("behind", "plain").pipe(_with_year_behind)
    says_year = pl.col("has_year") | pl.col("head").str.contains(pl.col("year"), literal=True)
    taken = taken.with_columns(has_year=says_year.fill_null(value=False))
    for written in ("%Y", "%y", "%m"):
        taken = _with_date_before(taken, written)
    counter = pl.when(pl.col("counter").str.len_chars() <= _LONGEST).then("counter")
    return (
        taken.with_columns(
            series=pl.concat_str("head", pl.lit("#"), "tail"), n=counter.cast(pl.Int64, strict=False), width=_width()
        )
        .pipe(conform, _PARTS)
        .sort("series", "n", "issue_date", "number", "document_id", nulls_last=True)
    )


def _with_year_behind(taken: pl.DataFrame) -> pl.DataFrame:
    """Where nearly all numbers of a shape end in their year ("012/2026", "12-26"), the counter is what stands before it."""
    fits = (_is_one_of("year_2") & ~_is_one_of("counter_2")).fill_null(value=False)
    shape = [pl.col("head_2").fill_null(""), pl.col("sign").fill_null(""), pl.col("year_2").str.len_chars().fill_null(0)]
    is_behind = (fits.mean().over(shape) >= _MOST) & pl.col("year_2").is_not_null()
    found = taken.with_columns(is_behind=is_behind)
    chosen = {"head": pl.col("head_2"), "counter": pl.col("counter_2"), "tail": pl.concat_str("sign", "year_2")}
    return found.with_columns(
        **{name: pl.when("is_behind").then(part).otherwise(name) for name, part in chosen.items()}, has_year="is_behind"
    )


def _is_one_of(column: str) -> pl.Expr:
    return (pl.col(column) == pl.col("year")) | (pl.col(column) == pl.col("short"))


def _with_date_before(taken: pl.DataFrame, written: str) -> pl.DataFrame:
    """Where nearly all counters of a shape begin with their year or month ("20260012"), that is no part of the counter."""
    day = pl.col("issue_date").dt.to_string(written)
    length = 4 if written == "%Y" else 2
    may = pl.col("has_year") if written == "%m" else ~pl.col("has_year")
    is_long = pl.col("counter").str.len_chars() >= length + 2
    fits = (pl.col("counter").str.starts_with(day) & may).fill_null(value=False)
    shape = [pl.col(name).fill_null("") for name in ("head", "tail")] + [pl.col("counter").str.len_chars().fill_null(0)]
    moves = (fits.mean().over(shape) >= _MOST) & is_long
    before, after = pl.col("counter").str.slice(0, length), pl.col("counter").str.slice(length)
    return taken.with_columns(moves=moves.fill_null(value=False)).with_columns(
        head=pl.when("moves").then(pl.concat_str("head", before)).otherwise("head"),
        counter=pl.when("moves").then(after).otherwise("counter"),
        has_year=pl.col("has_year") | (pl.col("moves") & pl.lit(written != "%m")),
    )


def _width() -> pl.Expr:
    """How many digits a missing number beside this one has at least."""
    return pl.when(pl.col("counter").str.starts_with("0")).then(pl.col("counter").str.len_chars()).otherwise(1).cast(pl.Int64)


def _with_previous(rows: pl.DataFrame) -> pl.DataFrame:
    """Each document with the one before it in its series."""
    names = {"n": "before", "number": "other", "issue_date": "other_date", "width": "other_width"}
    return rows.with_columns(pl.col(name).shift(1).over("series").alias(new) for name, new in names.items()).rename(
        {"issue_date": "date"}
    )


def _written(n: pl.Expr) -> pl.Expr:
    """A missing number, as the series writes its own."""
    digits = n.cast(pl.String).str.zfill(pl.max_horizontal("width", pl.col("other_width").fill_null(1)))
    return pl.concat_str("head", digits, "tail")


def _gaps(beside: pl.DataFrame) -> pl.DataFrame:
    return beside.filter(pl.col("n") - pl.col("before") > 1).with_columns(
        kind=pl.lit("gap"),
        first=_written(pl.col("before") + 1),
        last=_written(pl.col("n") - 1),
        count=pl.col("n") - pl.col("before") - 1,
    )


def _sparse(gaps: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Series of which far more numbers are missing than there are: they are no counter."""
    return (
        gaps.group_by("series")
        .agg(pl.col("count").sum())
        .join(rows.group_by("series").agg(documents=pl.len()), on="series", how="inner", validate="1:1")
        .filter(pl.col("count") > _SPARSE * pl.col("documents").cast(pl.Int64))
        .with_columns(kind=pl.lit("sparse"))
    )


def _starts(rows: pl.DataFrame) -> pl.DataFrame:
    """Series of a year after the first one that begin neither at 1 nor where another ends, and where few are missing."""
    first_year = rows["issue_date"].dt.year().min()
    by_series = rows.drop_nulls("n").group_by("series", maintain_order=True).agg(pl.all().first(), documents=pl.len())
    is_late = (pl.col("n") > 1) & (pl.col("n") - 1 <= pl.col("documents").cast(pl.Int64))
    goes_on = (pl.col("n") - 1).is_in(rows.group_by("series").agg(pl.col("n").max())["n"].implode())
    is_of_year = (
        ~goes_on & pl.col("has_year") & (pl.col("issue_date").dt.year() > (first_year if isinstance(first_year, int) else 0))
    )
    return by_series.filter(is_late & is_of_year).with_columns(
        kind=pl.lit("start"),
        other_width=pl.lit(None, pl.Int64),
        date="issue_date",
    ).with_columns(first=_written(pl.lit(1)), last=_written(pl.col("n") - 1), count=pl.col("n") - 1)  # fmt: skip


def _twice(beside: pl.DataFrame) -> pl.DataFrame:
    """Numbers that differ by capitals or leading zeros alone."""
    return beside.filter(pl.col("n") == pl.col("before")).with_columns(kind=pl.lit("twice"), count=pl.lit(2, pl.Int64))


def _unordered(beside: pl.DataFrame) -> pl.DataFrame:
    """Documents dated before the one with the number before theirs."""
    return beside.filter((pl.col("date") < pl.col("other_date")) & (pl.col("n") > pl.col("before"))).with_columns(
        kind=pl.lit("unordered"), count=pl.lit(1, pl.Int64)
    )


def _unread(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers without a counter."""
    return rows.filter(pl.col("n").is_null()).with_columns(
        kind=pl.lit("unread"), series=pl.lit(""), date="issue_date", count=pl.lit(1, pl.Int64)
    )


def _of_suppliers(rows: pl.DataFrame, purchases: pl.DataFrame) -> pl.DataFrame:
    """Numbers that a supplier's invoice has too: perhaps one of ours that was imported as a purchase."""
    theirs = purchases.select(
        text=pl.col("number").str.strip_chars().str.to_uppercase(), other="number", other_date="issue_date"
    ).unique("text", keep="first", maintain_order=True)
    return (
        rows.with_columns(text=pl.col("number").str.strip_chars().str.to_uppercase())
        .join(theirs, on="text", how="inner", validate="m:1")
        .with_columns(kind=pl.lit("supplier"), date="issue_date", count=pl.lit(1, pl.Int64))
    )


def _series(rows: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """SERIES, the latest first."""
    is_missing = pl.col("kind").is_in(["gap", "start", "sparse"])
    counts = findings.group_by("series").agg(
        missing=pl.col("count").filter(is_missing).sum(),
        twice=(pl.col("kind") == "twice").sum().cast(pl.Int64),
        unordered=(pl.col("kind") == "unordered").sum().cast(pl.Int64),
    )
    return (
        rows.drop_nulls("n")
        .group_by("series", maintain_order=True)
        .agg(
            documents=pl.len().cast(pl.Int64),
            first=pl.col("number").first(),
            last=pl.col("number").last(),
            from_date=pl.col("issue_date").min(),
            to_date=pl.col("issue_date").max(),
        )
        .join(counts, on="series", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("missing", "twice", "unordered").fill_null(0))
        .pipe(conform, SERIES)
        .sort("to_date", "series", descending=[True, False])
    )
