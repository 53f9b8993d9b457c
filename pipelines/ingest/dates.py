"""Dates as people and programs write them; the order of day and month is decided once per column."""

from dataclasses import dataclass
from datetime import date

import polars as pl

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2060, 12, 31)
_TIME = r"[0-9]{1,2}[:h][0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[aApP]\.?[mM]\.?)?"
_ZONE = r"(?:Z|UTC|GMT|CET|CEST|[+-][0-9]{2}:?[0-9]{2}|\[[^\]]*\])"
#: A time and a zone behind a date: the printed day counts.
_TAIL = rf"(?:(?:T|,? +(?:à |at )?){_TIME})?(?: ?{_ZONE})?$"
_ISO = rf"^(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}}){_TAIL}"
_COMPACT = rf"^(?P<year>[0-9]{{4}})(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})(?:[0-9]{{4}}|[0-9]{{6}})?(?:\.[0-9]+)?{_TAIL}"
_SLASHED = (
    rf"^(?P<first>[0-9]{{1,2}})(?P<mark_1>[/.-])(?P<second>[0-9]{{1,2}})(?P<mark_2>[/.-])(?P<year>[0-9]{{4}}|[0-9]{{2}}){_TAIL}"
)
_NAMED = rf"(?i)^(?P<day>[0-9]{{1,2}})(?:er)?[ .-]+(?P<name>[a-z]+)\.?[ .,-]+(?P<year>[0-9]{{4}}|[0-9]{{2}}){_TAIL}"
_MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january",
            "fevrier fevr fev february feb",
            "mars mar march",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil jui jul july",
            "aout aou august aug",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTHS_IN_YEAR = 12
_CENTURY = 100
_LAST_SHORT_YEAR = 69
_FULL_YEAR_DIGITS = 4


@dataclass(frozen=True)
class Dates:
    """A column of dates.

    Attributes:
        values: Date, null where nothing is written or it cannot be read.
        codes: problem code of what cannot be read, else null.
        order: "dmy" or "mdy" if the column has dates with a day and a month in figures, "ymd" if it has others only.
    """

    values: pl.Series
    codes: pl.Series
    order: str | None


def parse_dates(cells: pl.Series, *, order: str | None = None) -> Dates:
    """Read a column of trimmed text dates, null where the cell is empty.

    A column that fits both orders is read day first; rows that fit only the other order are problems. `order` (dmy or mdy)
    is given where a profile tells it.
    """
    name = cells.name or "cell"
    distinct = cells.alias(name).value_counts(name="rows").filter(pl.col(name).is_not_null())
    parts = _dissected(distinct[name]).with_columns(rows=distinct["rows"])
    order = order or _order(parts)
    read = _read(parts, order).with_columns(distinct[name])
    mapped = cells.alias(name).to_frame().join(read, on=name, how="left", validate="m:1", maintain_order="left")
    return Dates(mapped["value"], mapped["code"], order)


def _dissected(cells: pl.Series) -> pl.DataFrame:
    """`year`, `first` and `second` (month and day of the named and year-first forms) and `form`."""
    folded = cells.str.normalize("NFC").str.to_lowercase().str.replace_all("[éè]", "e").str.replace_all("û", "u")
    iso, compact, slashed = (cells.str.extract_groups(form).struct.unnest() for form in (_ISO, _COMPACT, _SLASHED))
    named = folded.str.extract_groups(_NAMED).struct.unnest()
    month = named["name"].replace_strict(_MONTHS, default=None, return_dtype=pl.Int64)
    is_slashed = (slashed["mark_1"] == slashed["mark_2"]).fill_null(value=False)
    frame = pl.DataFrame(
        {
            "iso_year": iso["year"],
            "iso_month": iso["month"],
            "iso_day": iso["day"],
            "compact_year": compact["year"],
            "compact_month": compact["month"],
            "compact_day": compact["day"],
            "first": slashed["first"].set(~is_slashed, None),
            "second": slashed["second"].set(~is_slashed, None),
            "slashed_year": slashed["year"].set(~is_slashed, None),
            "named_day": named["day"].set(month.is_null(), None),
            "named_month": month,
            "named_year": named["year"].set(month.is_null(), None),
        }
    ).with_columns(pl.col("iso_year", "compact_year", "slashed_year", "named_year").str.len_bytes().name.suffix("_digits"))
    return frame.with_columns(pl.all().cast(pl.Int64)).select(
        "first",
        "second",
        year=pl.coalesce("iso_year", "compact_year", "slashed_year", "named_year"),
        digits=pl.coalesce("iso_year_digits", "compact_year_digits", "slashed_year_digits", "named_year_digits"),
        month=pl.coalesce("iso_month", "compact_month", "named_month"),
        day=pl.coalesce("iso_day", "compact_day", "named_day"),
    )


def _order(parts: pl.DataFrame) -> str | None:
    """Day first unless more rows can only be month first."""
    if parts["first"].null_count() < parts.height:
        day_first = parts.filter((pl.col("first") > _MONTHS_IN_YEAR) & (pl.col("second") <= _MONTHS_IN_YEAR))["rows"].sum()
        month_first = parts.filter((pl.col("second") > _MONTHS_IN_YEAR) & (pl.col("first") <= _MONTHS_IN_YEAR))["rows"].sum()
        return "mdy" if month_first > day_first else "dmy"
    return "ymd" if parts["year"].null_count() < parts.height else None


def _read(parts: pl.DataFrame, order: str | None) -> pl.DataFrame:
    month, day = ("first", "second") if order == "mdy" else ("second", "first")
    is_short = pl.col("digits") < _FULL_YEAR_DIGITS
    text = pl.concat_str(
        pl.when(is_short).then(pl.col("year") + 20 * _CENTURY).otherwise("year").cast(pl.String).str.zfill(4),
        pl.coalesce("month", month).cast(pl.String).str.zfill(2),
        pl.coalesce("day", day).cast(pl.String).str.zfill(2),
        separator="-",
    )
    value = text.str.to_date("%Y-%m-%d", strict=False)
    code = (
        pl.when(pl.col("year").is_null())
        .then(pl.lit("bad_date"))
        .when(is_short & (pl.col("year") > _LAST_SHORT_YEAR))
        .then(pl.lit("short_year"))
        .when(pl.col("value").is_null() & (pl.col(month) > _MONTHS_IN_YEAR) & (pl.col(day) <= _MONTHS_IN_YEAR))
        .then(pl.lit("date_order"))
        .when(pl.col("value").is_null())
        .then(pl.lit("impossible_date"))
        .when(~pl.col("value").is_between(FIRST_DAY, LAST_DAY))
        .then(pl.lit("date_out_of_range"))
    )
    return (
        parts.with_columns(value=value)
        .with_columns(code=code)
        .select(value=pl.when(pl.col("code").is_null()).then("value"), code="code")
    )
