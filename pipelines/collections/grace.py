"""The days of grace after a promised day: a transfer ordered that day is still on its way."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from models.dates import add_working_days
from models.policy import Policy

#: Worked days after a promised one: the same for all, or by client id.
Grace = int | Mapping[str, int]


def graces(policy: Policy, kinds: pl.DataFrame) -> Grace:
    """What each client is given by the scenario that it follows; `kinds` are SEGMENT_ROWS."""
    common = policy.scenario_of(None).promise_grace_days
    given = {segment: policy.scenario_of(segment).promise_grace_days for segment in kinds["segment"].unique()}
    if set(given.values()) <= {common}:
        return common
    return {client_id: given[segment] for client_id, segment in kinds.select("client_id", "segment").iter_rows()}


def with_holds_until(rows: pl.DataFrame, day: str, grace: Grace, region: str) -> pl.DataFrame:
    """Add `holds_until`: the last day on which a payment still keeps what was promised for `day` by `client_id`."""
    given = pl.lit(grace) if isinstance(grace, int) else pl.col("client_id").replace_strict(dict(grace), default=0)
    asked = rows.with_columns(grace=given.cast(pl.Int64))
    pairs = asked.select(day, "grace").unique().sort(day, "grace")
    last: list[date] = [add_working_days(start, days, region) for start, days in pairs.iter_rows()]
    until = pairs.with_columns(holds_until=pl.Series(last, dtype=pl.Date))
    return asked.join(until, on=[day, "grace"], how="left", validate="m:1", maintain_order="left").drop("grace")
