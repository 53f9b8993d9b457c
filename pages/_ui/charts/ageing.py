"""The charts of what clients owe by age: now, and at each month end."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go

from models.texts import Texts
from pages._ui.charts.frame import AGEING_COLOURS, MUTED, ROOM, hover_text, lay_out, show


def show_ageing_bar(
    texts: Texts,
    currency: str,
    amounts: Mapping[str, Decimal],
    credit: Decimal,
    titles: Mapping[str, str],
    *,
    key: str,
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """What clients owe by age, as one bar in the order of ages; open credits to the left of zero."""
    whole = float(sum(amounts.values())) or 1.0
    figure = go.Figure()
    for (name, amount), colour in zip(amounts.items(), AGEING_COLOURS, strict=True):
        share = float(amount) / whole
        inside = f"<b>{texts.percent(share * 100, 0)}</b>" if share >= ROOM else ""
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
            customdata=[[name]],
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
            customdata=[["open_credits"]],
            marker={"color": "#FFFFFF", "line": {"color": MUTED, "width": 1.5}, "pattern": {"shape": "/", "fgcolor": MUTED}},
            hovertemplate=f"{name}<br>{texts.money(-credit, currency)}<extra></extra>",
        )
    lay_out(figure, texts, currency, height=190, money_axis="x")
    figure.update_layout(barmode="relative", bargap=0.1, legend={"y": -0.35, "traceorder": "normal"})
    figure.update_yaxes(visible=False)
    parts = ", ".join(f"{titles[name]} {texts.money(amount, currency)}" for name, amount in amounts.items())
    show(figure, key=key, alt=texts.t("Receivables by age: {parts}.", parts=parts), on_pick=on_pick)


def show_ageing_columns(
    texts: Texts,
    currency: str,
    rows: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
    *,
    key: str,
    on_pick: Callable[[str], None] | None = None,
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
            unselected={"marker": {"opacity": 0.5}},
            customdata=[[f"{row['day']:%Y-%m-%d}:{name}"] for row in rows],
            hovertemplate=hover_text(texts, currency),
        )
    lay_out(figure, texts, currency, height=400)
    figure.update_layout(barmode="stack", bargap=0.35, legend={"traceorder": "normal"})
    figure.update_xaxes(type="category", showgrid=False)
    first, last = rows[0], rows[-1]
    alt = texts.t(
        "Receivables by age at {count} month ends, from {first} to {last}.",
        count=texts.number(len(rows) - 1),
        first=texts.date(first["day"]),
        last=texts.date(last["day"]),
    )
    show(figure, key=key, alt=alt, on_pick=on_pick)
