"""How every chart looks: colours, numbers in the reader's language, no clutter, a sentence for those who do not see it."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from models.texts import Texts

#: From not due to over 90 days late; told apart in every common colour blindness, and in grey.
AGEING_COLOURS = ("#006FE2", "#979830", "#915E45", "#5E3734", "#2E122B")
INK, MUTED, GRID, LINE, BAND, ALARM = "#1B2430", "#5A6675", "#E3E8EF", "#0B5CAD", "rgba(11, 92, 173, 0.16)", "#B42318"
EDGE = "rgba(11, 92, 173, 0.45)"
_CONFIG = {
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "pan2d", "zoom2d"],
    "displayModeBar": False,
}
#: Least share of a bar that has room for its own figure.
ROOM = 0.06
#: How the browser writes amounts, d3's way: English has the currency in front, after the sign.
_MONEY = {"fr": ",", "en": "$,"}


def lay_out(figure: go.Figure, texts: Texts, currency: str, *, height: int, money_axis: str = "y") -> None:
    """The frame of a chart of amounts: its axis in the currency, its legend below."""
    separators = ",\u202f" if texts.language == "fr" else ".,"
    figure.update_layout(
        height=height,
        separators=separators,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        font={"family": "Source Sans, sans-serif", "size": 13, "color": INK},
        hovermode="x unified" if money_axis == "y" else "closest",
        legend={"orientation": "h", "y": -0.14, "x": 0, "title": None},
        plot_bgcolor="white",
        meta={"currency": texts.currency_sign(currency)},
    )
    axis = {
        "tickformat": f"{_MONEY[texts.language]}.0f",
        "ticksuffix": _behind(texts, currency),
        "gridcolor": GRID,
        "zeroline": False,
        "automargin": True,
    }
    figure.update_layout({f"{money_axis}axis": axis})


def _behind(texts: Texts, currency: str) -> str:
    """The currency behind an amount, in a language that writes it there."""
    return f"\u00a0{texts.currency_sign(currency)}" if texts.language == "fr" else ""


def hover_text(texts: Texts, currency: str) -> str:
    """The template of an amount under the pointer."""
    return f"%{{y:{_MONEY[texts.language]}.2f}}{_behind(texts, currency)}"


def show(figure: go.Figure, *, key: str, alt: str, on_pick: Callable[[str], None] | None = None) -> None:
    """Show a chart.

    Args:
        figure: what to draw.
        key: the chart's name.
        alt: what it says.
        on_pick: what to do with the code of what the reader clicks, which stands in the points' `customdata`.
    """
    config = _config(figure)
    if on_pick is None:
        st.plotly_chart(figure, key=key, config=config, alt=alt, theme=None)
        return

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        code = points[0].get("customdata") if points else None
        if code:
            on_pick(str(code[0]))

    figure.update_layout(clickmode="event+select", dragmode=False, hovermode="closest")  # a click means one bar
    st.plotly_chart(figure, key=key, config=config, alt=alt, theme=None, on_select=picked, selection_mode="points")


def _config(figure: go.Figure) -> dict[str, Any]:
    """The chart's configuration, with the sign of its currency where amounts have one in front."""
    sign = (figure.layout.meta or {}).get("currency", "")
    return {**_CONFIG, "locale": "money", "locales": {"money": {"dictionary": {}, "format": {"currency": [sign, ""]}}}}
