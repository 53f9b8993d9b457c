"""The charts of cash: its curve, receipts to come, and past forecasts against what came."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go

from models.texts import Texts
from pages._ui.charts.frame import ALARM, BAND, EDGE, INK, LINE, MUTED, hover_text, lay_out, show
from pipelines.exports.sentences import band_text
from pipelines.forecast.curve import Forecast


def show_cash_curve(texts: Texts, ahead: Forecast, *, past: Sequence[tuple[date, Decimal]], key: str) -> None:
    """Cash: solid in the past, dotted ahead, the band that holds eight days of ten, the floor and the low point.

    Args:
        texts: the reader's language.
        ahead: what is to come; where no bank account is known, it has no low point, and there is no floor either.
        past: day and balance up to the as-of date, which the dotted line takes up.
        key: the chart's name.
    """
    currency, start, dates, band = ahead.currency, past[-1:], ahead.dates, ahead.balances
    lowest = (ahead.lowest.date, ahead.lowest.p10) if ahead.has_cash else None
    days = [day for day, _ in start] + dates
    curves = {"p10": band.p10, "p50": band.p50, "p90": band.p90}
    rows = {name: [float(amount) for amount in (*(held for _, held in start), *curve)] for name, curve in curves.items()}
    hover = hover_text(texts, currency)
    figure = go.Figure()
    _add_band(figure, texts, days, rows, hover, is_starting=ahead.is_starting)
    figure.add_scatter(
        x=days,
        y=rows["p50"],
        name=texts.t("Median forecast (P50)"),
        mode="lines",
        line={"color": LINE, "width": 2.5, "dash": "dot"},
        hovertemplate=hover,
    )
    figure.add_scatter(
        x=[day for day, _ in past],
        y=[float(amount) for _, amount in past],
        name=texts.t("Bank balance"),
        mode="lines",
        line={"color": INK, "width": 2.5},
        hovertemplate=hover,
    )
    if past:
        figure.add_vline(x=past[-1][0].isoformat(), line={"color": MUTED, "width": 1, "dash": "dot"})
    if lowest is not None:
        _mark_floor(figure, texts, currency, ahead.floor)
        _mark_low_point(figure, texts, currency, lowest)
    lay_out(figure, texts, currency, height=380)
    figure.update_xaxes(tickformat="%d/%m", showgrid=False, hoverformat="%d/%m/%Y")
    show(figure, key=key, alt=_alternative(texts, currency, past[0][0] if past else dates[0], dates[-1], lowest))


def _alternative(texts: Texts, currency: str, start: date, end: date, lowest: tuple[date, Decimal] | None) -> str:
    """What the curve says, for who does not see it."""
    if lowest is None:
        return texts.t("No bank statement yet.")
    return texts.t(
        "Cash from {start} to {end}: lowest {amount} on {day} in the prudent case.",
        start=texts.date(start),
        end=texts.date(end),
        amount=texts.money(lowest[1], currency),
        day=texts.long_date(lowest[0]),
    )


def _add_band(
    figure: go.Figure,
    texts: Texts,
    days: Sequence[date],
    rows: Mapping[str, Sequence[float]],
    hover: str,
    *,
    is_starting: bool,
) -> None:
    """The band between P10 and P90; nobody knows how often one that is not the company's own holds."""
    name = texts.t("General band (P10–P90)") if is_starting else texts.t("8 chances out of 10 (P10–P90)")
    look = {"mode": "lines", "line": {"color": EDGE, "width": 1}, "hovertemplate": hover, "showlegend": False}
    figure.add_scatter(x=days, y=rows["p90"], name=texts.t("Favourable (P90)"), **look)
    figure.add_scatter(x=days, y=rows["p10"], name=texts.t("Prudent (P10)"), fill="tonexty", fillcolor=BAND, **look)
    square = {"symbol": "square", "size": 13, "color": BAND}
    figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=square)


def _mark_floor(figure: go.Figure, texts: Texts, currency: str, floor: Decimal) -> None:
    label = texts.t("Floor: {amount}", amount=texts.money(floor, currency))
    line = {"color": ALARM, "width": 1, "dash": "dash"}
    note = {"font": {"color": ALARM, "size": 12}, "position": "bottom left"}
    figure.add_hline(
        y=float(floor), line=line, annotation_text=label, annotation_font=note["font"], annotation_position=note["position"]
    )


def _mark_low_point(figure: go.Figure, texts: Texts, currency: str, lowest: tuple[date, Decimal]) -> None:
    day, amount = lowest
    text = texts.t("Low point: {amount} on {day}", amount=texts.money(amount, currency), day=texts.long_date(day))
    figure.add_scatter(
        x=[day], y=[float(amount)], mode="markers", marker={"color": ALARM, "size": 9}, showlegend=False, hoverinfo="skip"
    )
    figure.add_annotation(
        x=day,
        y=float(amount),
        text=text,
        ay=38,
        ax=0,
        arrowcolor=ALARM,
        font={"color": ALARM, "size": 13},
        bgcolor="rgba(255, 255, 255, 0.85)",
    )


def show_receipts_curve(
    texts: Texts,
    currency: str,
    *,
    dates: Sequence[date],
    band: Mapping[str, Sequence[Decimal]],
    unissued: Sequence[Decimal],
    is_starting: bool,
    key: str,
) -> None:
    """Cumulative receipts: those of open invoices with their band, and dotted on top of them those of invoices to come.

    Args:
        texts: the reader's language.
        currency: of the amounts.
        dates: the days ahead.
        band: p10, p50 and p90 by day, of the open invoices.
        unissued: what invoices to come should bring by each day; it is in no band.
        is_starting: the band is a general one, not the company's own.
        key: the chart's name.
    """
    days, hover = list(dates), hover_text(texts, currency)
    rows = {name: [float(amount) for amount in band[name]] for name in ("p10", "p50", "p90")}
    figure = go.Figure()
    _add_band(figure, texts, days, rows, hover, is_starting=is_starting)
    figure.add_scatter(
        x=days, y=rows["p50"], name=texts.t("Open invoices (P50)"), mode="lines", line={"color": LINE, "width": 2.5},
        hovertemplate=hover,
    )  # fmt: skip
    figure.add_scatter(
        x=days, y=[base + float(more) for base, more in zip(rows["p50"], unissued, strict=True)],
        name=texts.t("With invoices to come (estimate)"), mode="lines", line={"color": MUTED, "width": 2, "dash": "dot"},
        hovertemplate=hover,
    )  # fmt: skip
    lay_out(figure, texts, currency, height=300)
    figure.update_xaxes(tickformat="%d/%m", showgrid=False, hoverformat="%d/%m/%Y")
    alt = texts.t(
        "Receipts of open invoices by {end}: {median}, {band}; of invoices to come: {more}.",
        end=texts.date(dates[-1]),
        median=texts.money(band["p50"][-1], currency),
        band=band_text(band["p10"][-1], band["p90"][-1], currency, texts, is_starting=is_starting),
        more=texts.money(unissued[-1], currency),
    )
    show(figure, key=key, alt=alt)


def show_past_forecasts(texts: Texts, currency: str, rows: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Each past forecast of the receipts of 30 days: what was expected with its band, and what came.

    `rows` have as_of, expected, p10, p90 and came, by date.
    """
    days, hover = [row["as_of"] for row in rows], hover_text(texts, currency)
    above = [float(row["p90"] - row["expected"]) for row in rows]
    below = [float(row["expected"] - row["p10"]) for row in rows]
    figure = go.Figure()
    figure.add_scatter(
        x=days, y=[float(row["expected"]) for row in rows], mode="markers", name=texts.t("Expected, with its band"),
        marker={"color": LINE, "size": 7, "symbol": "line-ew", "line": {"color": LINE, "width": 2}}, hovertemplate=hover,
        error_y={"type": "data", "array": above, "arrayminus": below, "color": EDGE, "thickness": 5, "width": 0},
    )  # fmt: skip
    figure.add_scatter(
        x=days, y=[float(row["came"]) for row in rows], mode="markers", name=texts.t("Received"),
        marker={"color": INK, "size": 8}, hovertemplate=hover,
    )  # fmt: skip
    lay_out(figure, texts, currency, height=300)
    figure.update_xaxes(tickformat="%d/%m/%y", showgrid=False, hoverformat="%d/%m/%Y")
    alt = texts.t("{count} past forecasts of 30 days, what was expected and what came.", count=texts.number(len(rows)))
    show(figure, key=key, alt=alt)
