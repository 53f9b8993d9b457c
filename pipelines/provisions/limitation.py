"""When a claim is time-barred: an estimate, since its starting point can be argued and only people know what interrupts it.

Between companies five years from the due date (C. com. L110-4), against a consumer two (C. conso. L218-2), against the State
and public bodies four years from 1 January after the year of the claim (loi 68-1250, art. 1). A reminder interrupts nothing,
a formal notice neither (Cass. com. 18/05/2022, 20-23.204), but against a public body, which a written demand is enough for
(loi 68-1250, art. 2).
"""

from datetime import date

import polars as pl

from models.errors import Refused
from pipelines.exports.closing_columns import INTERRUPTION_WORDS

#: Years, by the kind of client; a kind that is not known has those of a company.
_YEARS = {"company": 5, "consumer": 2, "public": 4}
#: An alert is shown so long before the day.
NEAR = "6mo"


def with_barred_on(invoices: pl.DataFrame, marks: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Add `barred_on`, the first day on which the claim may no longer be brought, as far as is known at `as_of`.

    A mediation (mark `suspended`, from its day to its value) adds its days, and leaves six months at least (C. civ. 2238).

    Args:
        invoices: document_id, client_id, issue_date, due_date, client_type.
        marks: the ledger's.
        as_of: what was noted by then counts.
    """
    from_court = _interrupted(marks, as_of)
    rows = invoices
    for key in ("document_id", "client_id"):
        said = from_court.filter(pl.col(key).is_not_null()).select(key, "restarted_on", "how")
        rows = rows.join(said, on=key, how="left", validate="m:1", maintain_order="left", suffix=f"_{key}")
    rows = _with_restart(rows)
    is_public = (pl.col("client_type") == "public").fill_null(value=False)
    years = pl.col("client_type").replace_strict(_YEARS, default=_YEARS["company"], return_dtype=pl.Int64)
    plain = pl.coalesce("restart", pl.when(is_public).then("issue_date").otherwise("due_date"))
    first = pl.when(is_public).then(plain.dt.offset_by("1y").dt.truncate("1y")).otherwise(plain)
    term = pl.concat_str(years, pl.lit("y"))
    return (
        rows.with_columns(barred_on=first.dt.offset_by(term))
        .pipe(_suspended, marks, as_of=as_of)
        .select(*invoices.columns, "barred_on")
    )


def _interrupted(marks: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The last interruption of each invoice or client that stands at `as_of`."""
    noted = marks.filter((pl.col("what") == "interrupted") & (pl.col("on_date") <= as_of)).sort("on_date", "change_id")
    last = noted.unique(["document_id", "client_id"], keep="last", maintain_order=True).filter("is_set")
    return last.select("document_id", "client_id", restarted_on="on_date", how="value")


def _with_restart(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `restart`, the later of the invoice's and its client's interruption; a client's is of claims that stood then."""
    is_public = (pl.col("client_type") == "public").fill_null(value=False)
    sides = []
    for day, how in (("restarted_on", "how"), ("restarted_on_client_id", "how_client_id")):
        counts = (pl.col(how).ne_missing("written_demand") | is_public) & (pl.col(day) >= pl.col("issue_date"))
        sides.append(pl.when(counts).then(pl.col(day)))
    return rows.with_columns(restart=pl.max_horizontal(sides))


def _suspended(rows: pl.DataFrame, marks: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Add the days of the mediations that stand, of the invoice or of its client."""
    noted = marks.filter((pl.col("what") == "suspended") & (pl.col("on_date") <= as_of)).sort("on_date", "change_id")
    last = noted.unique(["document_id", "client_id"], keep="last", maintain_order=True).filter("is_set")
    until = pl.col("value").str.to_date("%Y-%m-%d", strict=False)
    spans = last.select("document_id", "client_id", begun="on_date", ended=until).drop_nulls("ended")
    if spans.is_empty():
        return rows
    for key in ("document_id", "client_id"):
        said = spans.filter(pl.col(key).is_not_null()).select(key, "begun", "ended")
        counts = (pl.col("begun") >= pl.coalesce("restart", "issue_date")) & (pl.col("begun") < pl.col("barred_on"))
        longer = pl.col("barred_on") + (pl.col("ended") - pl.col("begun"))
        least = pl.col("ended").dt.offset_by(NEAR)
        rows = (
            rows.join(said, on=key, how="left", validate="m:1", maintain_order="left")
            .with_columns(barred_on=pl.when(counts).then(pl.max_horizontal(longer, least)).otherwise("barred_on"))
            .drop("begun", "ended")
        )
    return rows


def is_near(as_of: date) -> pl.Expr:
    """Whether `barred_on` is six months away at most, or past."""
    return pl.col("barred_on").dt.offset_by(f"-{NEAR}") <= as_of


def is_barred(as_of: date) -> pl.Expr:
    """Whether `barred_on` has come: by this estimate the claim may no longer be brought."""
    return (pl.col("barred_on") <= as_of).fill_null(value=False)


def check_interruption(on: date, value: str | None) -> None:
    """Refuse what begins no limitation again: a reminder or a formal notice does not (C. civ. 2240, 2241, 2244)."""
    del on
    if value not in INTERRUPTION_WORDS:
        raise Refused(
            "which_interruption",
            "Say what interrupted the limitation with --value: one of {kinds}.",
            kinds=", ".join(INTERRUPTION_WORDS),
        )


def check_suspension(on: date, value: str | None) -> None:
    """Refuse a suspension without its last day, or one that ends before it begins."""
    if value is None or date.fromisoformat(value) < on:
        raise Refused("which_suspension", "Say until when the limitation is suspended: a day that is not before its first one.")
