"""How every chart looks: colours, numbers in the reader's language, no clutter, a sentence for those who do not see it."""

from collections.abc import Callable

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
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}


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
    )
    axis = {
        "tickformat": ",.0f",
        **unit(texts, currency, "tickprefix", "ticksuffix"),
        "gridcolor": GRID,
        "zeroline": False,
        "automargin": True,
    }
    figure.update_layout({f"{money_axis}axis": axis})


def unit(texts: Texts, currency: str, before: str, behind: str) -> dict[str, str]:
    """The currency where the language writes it."""
    symbol = _SYMBOLS.get(currency, currency)
    return {behind: f"\u00a0{symbol}"} if texts.language == "fr" else {before: symbol}


def hover_text(texts: Texts, currency: str) -> str:
    """The template of an amount under the pointer."""
    sides = {"before": "", "behind": "", **unit(texts, currency, "before", "behind")}
    return f"{sides['before']}%{{y:,.2f}}{sides['behind']}"


def show(figure: go.Figure, *, key: str, alt: str, on_pick: Callable[[str], None] | None = None) -> None:
    """Show a chart.

    Args:
        figure: what to draw.
        key: the chart's name.
        alt: what it says.
        on_pick: what to do with the code of what the reader clicks, which stands in the points' `customdata`.
    """
    if on_pick is None:
        st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt, theme=None)
        return

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        code = points[0].get("customdata") if points else None
        if code:
            on_pick(str(code[0]))

    figure.update_layout(clickmode="event+select", dragmode=False, hovermode="closest")  # a click means one bar
    st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt, theme=None, on_select=picked, selection_mode="points")
