"""Late-payment interest (pénalités de retard, intérêts moratoires), exact to the cent.

C. com. L441-10 II: from the day after the due date, without reminder, at the ECB rate of 1 January for the first
half-year and of 1 July for the second, plus 10 points, or at the contractual rate. Code de la commande publique
R2192-31: public buyers ECB + 8, frozen at the half-year in which interest began. Nothing of this for consumers.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from models.dates import half_year
from models.money import MONEY
from models.rates import COMPANY_POINTS, PUBLIC_POINTS, contractual_floors, ecb_rates
from models.settings import Settings
from models.tables import Schema

#: One row per invoice that was asked about.
INTEREST: Schema = {"document_id": pl.String, "penalty": MONEY, "is_complete": pl.Boolean}

#: One row per run of days with one base and one rate. `rate` (% a year) and `interest` (not yet rounded to cents,
#: shown to 4 decimals) are null where the rate is not known.
SEGMENTS: Schema = {
    "document_id": pl.String,
    "from_date": pl.Date,
    "to_date": pl.Date,
    "half_year": pl.String,
    "days": pl.Int64,
    "base": MONEY,
    "rate": pl.Decimal(18, 6),
    "interest": pl.Decimal(18, 4),
}

#: A rate is held in millionths of a percent, a base in cents: interest in cents is base * rate * days / _YEAR.
_RATE_UNIT = 10**6
_YEAR = 100 * _RATE_UNIT * 365


@dataclass(frozen=True)
class Interest:
    """Interest per invoice (INTEREST) and how it comes about (SEGMENTS)."""

    invoices: pl.DataFrame
    segments: pl.DataFrame


def openings(marks: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Opening date of the insolvency proceedings that stand at `as_of`: one row per client (client_id, opened_on)."""
    said = marks.filter((pl.col("what") == "insolvency") & (pl.col("on_date") <= as_of) & pl.col("client_id").is_not_null())
    return (
        said.sort("on_date", "change_id")
        .with_columns(run=(~pl.col("is_set")).cum_sum().over("client_id"))
        .filter(pl.col("run") == pl.col("run").max().over("client_id"))
        .filter(pl.col("is_set"))
        .group_by("client_id")
        .agg(opened_on=pl.col("on_date").min())
        .sort("client_id")
    )


def _spans(items: pl.DataFrame, clients: pl.DataFrame, marks: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """First and last day of interest of each late invoice of a professional: one row per invoice that has any."""
    opened = openings(marks, as_of=as_of)
    return (
        items.select("document_id", "client_id", "issue_date", "due_date", "amount")
        .join(clients.select("client_id", "client_type"), on="client_id", how="left", validate="m:1")
        .join(opened, on="client_id", how="left", validate="m:1")
        .filter(pl.col("client_type").ne_missing("consumer"))
        # An invoice issued after its due date owes nothing before its issue.
        .with_columns(first=pl.max_horizontal(pl.col("due_date").dt.offset_by("1d"), "issue_date"), last=pl.lit(as_of))
        # L622-28: the judgment stops interest on the claims that were there before it, from its own day on.
        .with_columns(
            last=pl.when(pl.col("issue_date") <= pl.col("opened_on"))
            .then(pl.min_horizontal("last", pl.col("opened_on").dt.offset_by("-1d")))
            .otherwise(pl.col("last"))
        )
        .filter(pl.col("first") <= pl.col("last"))
        .select("document_id", "amount", "first", "last", is_public=(pl.col("client_type") == "public").fill_null(value=False))
    )


def _changes(spans: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Days on which the outstanding changes, and by how much: what was allocated comes off, what was reversed is back."""
    counted = allocations.select("document_id", "amount", "counts_from", "reversed_on").filter(
        pl.col("reversed_on").is_null() | (pl.col("reversed_on") > pl.col("counts_from"))
    )
    moves = pl.concat(
        [
            counted.select("document_id", day="counts_from", delta=-pl.col("amount")),
            counted.filter(pl.col("reversed_on").is_not_null()).select("document_id", day="reversed_on", delta="amount"),
        ]
    )
    return (
        moves.join(spans.select("document_id", "first", "last"), on="document_id", how="inner", validate="m:1")
        .filter(pl.col("day") <= pl.col("last"))
        .select("document_id", day=pl.max_horizontal("day", "first"), delta=pl.col("delta").cast(MONEY))
    )


def _half_year_starts(spans: pl.DataFrame) -> pl.DataFrame:
    """Each 1 January and 1 July strictly inside an invoice's span, with no change of the outstanding."""
    first, last = min(spans["first"].to_list()), max(spans["last"].to_list())
    starts = pl.Series("day", [date(y, m, 1) for y in range(first.year, last.year + 1) for m in (1, 7)], dtype=pl.Date)
    return (
        spans.join(starts.to_frame(), how="cross")
        .filter((pl.col("day") > pl.col("first")) & (pl.col("day") <= pl.col("last")))
        .select("document_id", "day", delta=pl.lit(Decimal("0.00"), dtype=MONEY))
    )


def _runs(spans: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Runs of days of one invoice within a half-year and with one outstanding above zero."""
    opening = spans.select("document_id", day="first", delta="amount")
    return (
        pl.concat([opening, _changes(spans, allocations), _half_year_starts(spans)])
        .group_by("document_id", "day")
        .agg(delta=pl.col("delta").sum())
        .sort("document_id", "day")
        .with_columns(base=pl.col("delta").cum_sum().over("document_id").cast(MONEY))
        .join(spans, on="document_id", how="left", validate="m:1")
        .with_columns(to_date=pl.col("day").shift(-1).over("document_id").dt.offset_by("-1d").fill_null(pl.col("last")))
        .with_columns(days=(pl.col("to_date") - pl.col("day")).dt.total_days() + 1)
        .filter(pl.col("base") > 0)
    )


def _rate_table(runs: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Half-year and kind of buyer -> rate in millionths of a percent; null if it is not known."""
    ecb = ecb_rates(settings.ecb_rates)
    days = {day for name in ("day", "first") for day in runs[name].unique().to_list()}
    rows: list[tuple[str, bool, int | None]] = []
    for name in sorted({half_year(day) for day in days}):
        base = ecb.get(name)
        company = settings.penalty_rate if settings.penalty_rate is not None else None if base is None else base + COMPANY_POINTS
        public = None if base is None else base + PUBLIC_POINTS
        rows += [(name, False, _units(company)), (name, True, _units(public))]
    return pl.DataFrame(rows, schema={"rate_of": pl.String, "is_public": pl.Boolean, "units": pl.Int64}, orient="row")


def _units(rate: Decimal | None) -> int | None:
    return None if rate is None else int((rate * _RATE_UNIT).to_integral_value())


def _half_year_of(day: str) -> pl.Expr:
    return pl.format("{}-S{}", pl.col(day).dt.year(), (pl.col(day).dt.month() + 5) // 6)


def _rounded(numerator: pl.Expr, divisor: int, scale: int) -> pl.Expr:
    """A whole, not negative numerator over a divisor, half up, as a Decimal of that scale."""
    whole = (2 * numerator + divisor) // (2 * divisor)
    unit = pl.lit(Decimal(1).scaleb(-scale), dtype=pl.Decimal(18, scale))
    return (whole.cast(pl.Decimal(38, 0)) * unit).cast(pl.Decimal(18, scale))


def _rated(runs: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Add half_year, `units` (the rate, null if not known) and `exact`, base * rate * days in whole numbers."""
    runs = runs.with_columns(half_year=_half_year_of("day"), began=_half_year_of("first"))
    return (
        runs.with_columns(rate_of=pl.when("is_public").then("began").otherwise("half_year"))
        .join(_rate_table(runs, settings), on=["rate_of", "is_public"], how="left", validate="m:1")
        .with_columns(
            exact=pl.col("base").to_physical().cast(pl.Int128) * pl.col("units").cast(pl.Int128) * pl.col("days").cast(pl.Int128)
        )
    )


def _segments(runs: pl.DataFrame) -> pl.DataFrame:
    """SEGMENTS of rated runs, in order."""
    segments = runs.sort("document_id", "day").select(
        "document_id",
        "half_year",
        "days",
        "base",
        "to_date",
        from_date="day",
        rate=_rounded(pl.col("units").cast(pl.Int128), 1, 6),
        interest=_rounded(pl.col("exact") * 100, _YEAR, 4),
    )
    return segments.select(list(SEGMENTS))


def below_floor(segments: pl.DataFrame, settings: Settings) -> list[str]:
    """Half-years of SEGMENTS of companies in which the contractual rate is below three times the legal rate, in order.

    A half-year whose legal rate is not known is not judged.
    """
    rate = settings.penalty_rate
    if rate is None:
        return []
    floors = contractual_floors()
    own = segments.filter(pl.col("rate") == rate)["half_year"].unique().sort().to_list()
    return [half for half in own if half in floors and rate < floors[half]]


def interest(
    items: pl.DataFrame,
    allocations: pl.DataFrame,
    clients: pl.DataFrame,
    marks: pl.DataFrame,
    settings: Settings,
    *,
    as_of: date,
) -> Interest:
    """Interest of each invoice of `items` for its late days up to and including `as_of`, on what was owed at each day's end.

    The product base * rate * days is added up in whole numbers and rounded once per invoice, half up. Every year has 365
    days. The day on which money counts bears no interest on it. A half-year whose rate is not known adds nothing and
    makes the invoice incomplete. An unknown kind of client counts as a company; the draft is held for it elsewhere.

    Args:
        items: sales invoices (document_id, client_id, issue_date, due_date, amount), settled ones too if wanted.
        allocations: ALLOCATIONS of any date; those that do not count at a day are left out of that day.
        clients: CLIENTS.
        marks: MARKS (insolvency proceedings).
        settings: the contractual rate and the rates that a person entered.
        as_of: last day of interest.
    """
    spans = _spans(items, clients, marks, as_of)
    if spans.is_empty():
        empty = items.select("document_id", penalty=pl.lit(Decimal("0.00"), dtype=MONEY), is_complete=pl.lit(value=True))
        return Interest(empty, pl.DataFrame(schema=SEGMENTS))
    runs = _rated(_runs(spans, allocations), settings)
    per_invoice = runs.group_by("document_id").agg(exact=pl.col("exact").sum(), is_complete=pl.col("units").is_not_null().all())
    invoices = (
        items.select("document_id")
        .join(per_invoice, on="document_id", how="left", validate="1:1", maintain_order="left")
        .select(
            "document_id",
            penalty=_rounded(pl.col("exact").fill_null(0), _YEAR, 2),
            is_complete=pl.col("is_complete").fill_null(value=True),
        )
    )
    return Interest(invoices, _segments(runs))
