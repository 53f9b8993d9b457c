"""The charts: the only place that draws. Each has a sentence for those who do not see it, and a table twin beside it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from models.texts import Texts

#: From not due to over 90 days late; told apart in every common colour blindness, and in grey.
AGEING_COLOURS = ("#006FE2", "#979830", "#915E45", "#5E3734", "#2E122B")
_INK, _MUTED, _GRID, _LINE, _BAND, _ALARM = "#1B2430", "#5A6675", "#E3E8EF", "#0B5CAD", "rgba(11, 92, 173, 0.16)", "#B42318"
_EDGE = "rgba(11, 92, 173, 0.45)"
_CONFIG = {
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "pan2d", "zoom2d"],
    "displayModeBar": False,
}
#: Least share of a bar that has room for its own figure.
_ROOM = 0.06
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}


def _layout(figure: go.Figure, texts: Texts, currency: str, *, height: int, money_axis: str = "y") -> None:
    separators = ",\u202f" if texts.language == "fr" else ".,"
    figure.update_layout(
        height=height,
        separators=separators,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        font={"family": "Source Sans, sans-serif", "size": 13, "color": _INK},
        hovermode="x unified" if money_axis == "y" else "closest",
        legend={"orientation": "h", "y": -0.14, "x": 0, "title": None},
        plot_bgcolor="white",
    )
    axis = {
        "tickformat": ",.0f",
        **_unit(texts, currency, "tickprefix", "ticksuffix"),
        "gridcolor": _GRID,
        "zeroline": False,
        "automargin": True,
    }
    figure.update_layout({f"{money_axis}axis": axis})


def _unit(texts: Texts, currency: str, before: str, behind: str) -> dict[str, str]:
    """The currency where the language writes it."""
    symbol = _SYMBOLS.get(currency, currency)
    return {behind: f"\u00a0{symbol}"} if texts.language == "fr" else {before: symbol}


def _hover(texts: Texts, currency: str) -> str:
    sides = {"before": "", "behind": "", **_unit(texts, currency, "before", "behind")}
    return f"{sides['before']}%{{y:,.2f}}{sides['behind']}"


def _show(figure: go.Figure, *, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt, theme=None)


def show_cash_curve(
    texts: Texts,
    currency: str,
    *,
    past: Sequence[tuple[date, Decimal]],
    dates: Sequence[date],
    band: Mapping[str, Sequence[Decimal]],
    floor: Decimal,
    lowest: tuple[date, Decimal],
    key: str,
) -> None:
    """Cash: solid in the past, dotted ahead, the band that holds eight days of ten, the floor and the low point.

    Args:
        texts: the reader's language.
        currency: of the amounts.
        past: day and balance up to the as-of date, which the dotted line takes up.
        dates: the days ahead; band: p10, p50, p90, one amount per day.
        band: p10, p50 and p90 by day.
        floor: the balance not to fall below.
        lowest: day and amount of the prudent curve's low point.
        key: the chart's name.
    """
    start = past[-1:]
    days = [day for day, _ in start] + list(dates)
    rows = {name: [float(amount) for _, amount in start] + [float(v) for v in band[name]] for name in ("p10", "p50", "p90")}
    hover = _hover(texts, currency)
    figure = go.Figure()
    _add_band(figure, texts, days, rows, hover)
    figure.add_scatter(
        x=days,
        y=rows["p50"],
        name=texts.t("Median forecast (P50)"),
        mode="lines",
        line={"color": _LINE, "width": 2.5, "dash": "dot"},
        hovertemplate=hover,
    )
    figure.add_scatter(
        x=[day for day, _ in past],
        y=[float(amount) for _, amount in past],
        name=texts.t("Bank balance"),
        mode="lines",
        line={"color": _INK, "width": 2.5},
        hovertemplate=hover,
    )
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name=texts.t("8 chances out of 10 (P10–P90)"),
        marker={"symbol": "square", "size": 13, "color": _BAND},
    )
    if past:
        figure.add_vline(x=past[-1][0].isoformat(), line={"color": _MUTED, "width": 1, "dash": "dot"})
    _mark_floor(figure, texts, currency, floor)
    _mark_low_point(figure, texts, currency, lowest)
    _layout(figure, texts, currency, height=380)
    figure.update_xaxes(tickformat="%d/%m", showgrid=False, hoverformat="%d/%m/%Y")
    alt = texts.t(
        "Cash from {start} to {end}: lowest {amount} on {day} in the prudent case.",
        start=texts.date(past[0][0] if past else dates[0]),
        end=texts.date(dates[-1]),
        amount=texts.money(lowest[1], currency),
        day=texts.long_date(lowest[0]),
    )
    _show(figure, key=key, alt=alt)


def _add_band(figure: go.Figure, texts: Texts, days: Sequence[date], rows: Mapping[str, Sequence[float]], hover: str) -> None:
    """The band between P10 and P90."""
    look = {"mode": "lines", "line": {"color": _EDGE, "width": 1}, "hovertemplate": hover, "showlegend": False}
    figure.add_scatter(x=days, y=rows["p90"], name=texts.t("Favourable (P90)"), **look)
    figure.add_scatter(x=days, y=rows["p10"], name=texts.t("Prudent (P10)"), fill="tonexty", fillcolor=_BAND, **look)


def _mark_floor(figure: go.Figure, texts: Texts, currency: str, floor: Decimal) -> None:
    label = texts.t("Floor: {amount}", amount=texts.money(floor, currency))
    line = {"color": _ALARM, "width": 1, "dash": "dash"}
    note = {"font": {"color": _ALARM, "size": 12}, "position": "bottom left"}
    figure.add_hline(
        y=float(floor), line=line, annotation_text=label, annotation_font=note["font"], annotation_position=note["position"]
    )


def _mark_low_point(figure: go.Figure, texts: Texts, currency: str, lowest: tuple[date, Decimal]) -> None:
    day, amount = lowest
    text = texts.t("Low point: {amount} on {day}", amount=texts.money(amount, currency), day=texts.long_date(day))
    figure.add_scatter(
        x=[day], y=[float(amount)], mode="markers", marker={"color": _ALARM, "size": 9}, showlegend=False, hoverinfo="skip"
    )
    figure.add_annotation(
        x=day,
        y=float(amount),
        text=text,
        ay=38,
        ax=0,
        arrowcolor=_ALARM,
        font={"color": _ALARM, "size": 13},
        bgcolor="rgba(255, 255, 255, 0.85)",
    )


def show_receipts_curve(
    texts: Texts,
    currency: str,
    *,
    dates: Sequence[date],
    band: Mapping[str, Sequence[Decimal]],
    unissued: Sequence[Decimal],
    key: str,
) -> None:
    """Cumulative receipts: those of open invoices with their band, and dotted on top of them those of invoices to come.

    Args:
        texts: the reader's language.
        currency: of the amounts.
        dates: the days ahead.
        band: p10, p50 and p90 by day, of the open invoices.
        unissued: what invoices to come should bring by each day; it is in no band.
        key: the chart's name.
    """
    days, hover = list(dates), _hover(texts, currency)
    rows = {name: [float(amount) for amount in band[name]] for name in ("p10", "p50", "p90")}
    figure = go.Figure()
    _add_band(figure, texts, days, rows, hover)
    figure.add_scatter(
        x=days, y=rows["p50"], name=texts.t("Open invoices (P50)"), mode="lines", line={"color": _LINE, "width": 2.5},
        hovertemplate=hover,
    )  # fmt: skip
    figure.add_scatter(
        x=days, y=[base + float(more) for base, more in zip(rows["p50"], unissued, strict=True)],
        name=texts.t("With invoices to come (estimate)"), mode="lines", line={"color": _MUTED, "width": 2, "dash": "dot"},
        hovertemplate=hover,
    )  # fmt: skip
    _layout(figure, texts, currency, height=300)
    figure.update_xaxes(tickformat="%d/%m", showgrid=False, hoverformat="%d/%m/%Y")
    alt = texts.t(
        "Receipts of open invoices by {end}: {median}, 8 times out of 10 between {low} and {high}; of invoices to come: {more}.",
        end=texts.date(dates[-1]),
        median=texts.money(band["p50"][-1], currency),
        low=texts.money(band["p10"][-1], currency),
        high=texts.money(band["p90"][-1], currency),
        more=texts.money(unissued[-1], currency),
    )
    _show(figure, key=key, alt=alt)


def show_past_forecasts(texts: Texts, currency: str, rows: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Each past forecast of the receipts of 30 days: what was expected with its band, and what came.

    `rows` have as_of, expected, p10, p90 and came, by date.
    """
    days, hover = [row["as_of"] for row in rows], _hover(texts, currency)
    above = [float(row["p90"] - row["expected"]) for row in rows]
    below = [float(row["expected"] - row["p10"]) for row in rows]
    figure = go.Figure()
    figure.add_scatter(
        x=days, y=[float(row["expected"]) for row in rows], mode="markers", name=texts.t("Expected, with its band"),
        marker={"color": _LINE, "size": 7, "symbol": "line-ew", "line": {"color": _LINE, "width": 2}}, hovertemplate=hover,
        error_y={"type": "data", "array": above, "arrayminus": below, "color": _EDGE, "thickness": 5, "width": 0},
    )  # fmt: skip
    figure.add_scatter(
        x=days, y=[float(row["came"]) for row in rows], mode="markers", name=texts.t("Received"),
        marker={"color": _INK, "size": 8}, hovertemplate=hover,
    )  # fmt: skip
    _layout(figure, texts, currency, height=300)
    figure.update_xaxes(tickformat="%d/%m/%y", showgrid=False, hoverformat="%d/%m/%Y")
    alt = texts.t("{count} past forecasts of 30 days, what was expected and what came.", count=texts.number(len(rows)))
    _show(figure, key=key, alt=alt)


def show_ageing_bar(
    texts: Texts, currency: str, amounts: Mapping[str, Decimal], credit: Decimal, titles: Mapping[str, str], *, key: str
) -> None:
    """What clients owe by age, as one bar in the order of ages; open credits to the left of zero."""
    whole = float(sum(amounts.values())) or 1.0
    figure = go.Figure()
    for (name, amount), colour in zip(amounts.items(), AGEING_COLOURS, strict=True):
        share = float(amount) / whole
        inside = f"<b>{texts.percent(share * 100, 0)}</b>" if share >= _ROOM else ""
        figure.add_bar(
            y=[""],
            x=[float(amount)],
            name=f"{titles[name]} · {texts.money(amount, currency)}",
            orientation="h",
            text=[inside],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": "white", "size": 14},
            marker={"color": colour, "line": {"color": "white", "width": 1}},
            hovertemplate=f"{titles[name]}<br>{texts.money(amount, currency)}<extra></extra>",
        )
    if credit:
        name = texts.t("Unused credits")
        figure.add_bar(
            y=[""],
            x=[-float(credit)],
            name=f"{name} · {texts.money(-credit, currency)}",
            orientation="h",
            marker={"color": "#FFFFFF", "line": {"color": _MUTED, "width": 1.5}, "pattern": {"shape": "/", "fgcolor": _MUTED}},
            hovertemplate=f"{name}<br>{texts.money(-credit, currency)}<extra></extra>",
        )
    _layout(figure, texts, currency, height=190, money_axis="x")
    figure.update_layout(barmode="relative", bargap=0.1, legend={"y": -0.35, "traceorder": "normal"})
    figure.update_yaxes(visible=False)
    parts = ", ".join(f"{titles[name]} {texts.money(amount, currency)}" for name, amount in amounts.items())
    _show(figure, key=key, alt=texts.t("Receivables by age: {parts}.", parts=parts))


def show_ageing_columns(
    texts: Texts, currency: str, rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str], *, key: str
) -> None:
    """What clients owed by age at each month end: one stacked column per date, the last one the as-of date."""
    figure = go.Figure()
    days = [texts.date(row["day"])[:5] if n == len(rows) - 1 else f"{row['day']:%m/%Y}" for n, row in enumerate(rows)]
    for (name, title), colour in zip(titles.items(), AGEING_COLOURS, strict=True):
        figure.add_bar(
            x=days,
            y=[float(row[name]) for row in rows],
            name=title,
            marker={"color": colour, "line": {"color": "white", "width": 1}},
            hovertemplate=_hover(texts, currency),
        )
    _layout(figure, texts, currency, height=400)
    figure.update_layout(barmode="stack", bargap=0.35, legend={"traceorder": "normal"})
    figure.update_xaxes(type="category", showgrid=False)
    first, last = rows[0], rows[-1]
    alt = texts.t(
        "Receivables by age at {count} month ends, from {first} to {last}.",
        count=texts.number(len(rows) - 1),
        first=texts.date(first["day"]),
        last=texts.date(last["day"]),
    )
    _show(figure, key=key, alt=alt)
