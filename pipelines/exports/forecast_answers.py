"""How past forecasts did, as JSON and in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.forecast.bands import MONTH

if TYPE_CHECKING:  # a command must not wait for the pipelines of the others
    from datetime import date

    from models.texts import Texts
    from pipelines.exports.answers import Answer
    from pipelines.forecast.backtest import BackTest

#: What a measure is when the history is too short for one.
STARTING = (
    "Starting estimate: with less than 60 days of history, or no payment in it, "
    "the band is a general one, not measured on your own forecasts."
)
KINDS = {"kept": "Kept that day", "made_again": "Made again"}


def back_test_answer(found: BackTest, *, as_of: date, currency: str) -> Answer:
    """Errors as shares of what came (0.1 is 10 %), each past forecast, and the clients worst misjudged."""
    return {
        "as_of": as_of,
        "currency": currency,
        "starting_estimate": found.is_starting,
        "wape_30": found.wape,
        "bias_30": found.bias,
        "wape_week": found.weekly,
        "coverage_80": {"held": found.coverage.held, "of": found.coverage.count, "share": found.coverage.share},
        "forecasts": found.forecasts.to_dicts(),
        "clients": found.misses.to_dicts(),
    }


def back_test_lines(found: BackTest, texts: Texts, currency: str) -> list[str]:
    """The errors, then each forecast after 30 days, then the clients."""
    line = "{as_of}: {expected} expected in 30 days ({p10} to {p90}), {came} came."
    said = [texts.t(STARTING)] if found.is_starting else []
    said += back_test_sentences(found, texts)
    for row in found.forecasts.filter(pl.col("days") == MONTH).iter_rows(named=True):
        amounts = {name: texts.money(row[name], currency) for name in ("expected", "p10", "p90", "came")}
        said.append(texts.t(line, as_of=texts.date(row["as_of"]), **amounts))
    for row in found.misses.iter_rows(named=True):
        amounts = {name: texts.money(row[name], currency) for name in ("expected", "came", "miss")}
        said.append(
            texts.t("{client}: {expected} expected and {came} came on average, {miss} apart.", client=row["client"], **amounts)
        )
    return said


def back_test_sentences(found: BackTest, texts: Texts) -> list[str]:
    """The error, the bias and the coverage in words; what is not known is not said."""
    if found.wape is None or found.bias is None:
        return [texts.t("No past forecast can be compared yet: 30 days must have passed.")]
    bias = "On average {share} too much was expected." if found.bias > 0 else "On average {share} too little was expected."
    said = [
        texts.t("Over 30 days, forecasts were {share} off what came.", share=texts.percent(found.wape * 100)),
        texts.t(bias, share=texts.percent(abs(found.bias) * 100)),
    ]
    if found.weekly is not None:
        said.append(texts.t("Week by week they were {share} off.", share=texts.percent(found.weekly * 100)))
    return [*said, coverage_sentence(found, texts)]


def coverage_sentence(found: BackTest, texts: Texts) -> str:
    """How many bands held what came."""
    share = found.coverage.share
    if share is None:
        return texts.t("No band could be checked yet.")
    return texts.t(
        "The band meant to hold 8 futures out of 10 held {share} of the {count} that could be checked.",
        share=texts.percent(share * 100, 0),
        count=texts.number(found.coverage.count),
    )
