"""The charts of the accountant's desk: DSO over time, largest debtors, delays, invoiced and collected, the roll-forward."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import plotly.graph_objects as go
import polars as pl

from models.money import total
from models.texts import Texts
from pages._ui.charts.frame import EDGE, GRID, INK, LINE, MUTED, hover_text, lay_out, show
from pipelines.debtors import OTHERS, Pareto

Pick = Callable[[str], None]
_UP, _DOWN, _PALE = "#B35900", "#0B7A75", "#7390AD"
_DAY_HEIGHT = 30
#: Letters of a longer name that are kept at its start and at its end, which often tells two of them apart.
_LONGEST_NAME, _START, _END = 28, 16, 11
#: Room for so many months at least: the only bar of a young company is no wall.
_FEWEST_MONTHS = 6
#: What was not clicked pales, and can still be read. Plotly fails on a click where only one of the two has its text's look.
_LOOKS = {"unselected": {"marker": {"opacity": 0.5}, "textfont": {"color": INK}}, "selected": {"textfont": {"color": INK}}}


def show_dso_trend(texts: Texts, rows: pl.DataFrame, *, key: str, on_pick: Pick) -> None:
    """DSO at each day, with the terms given to clients and the DSO that it would be without delay."""
    days = [f"{day:%m/%Y}" for day in rows["day"][:-1]] + [texts.date(rows["day"][-1])[:5]]
    codes = [[day.isoformat()] for day in rows["day"]]
    figure = go.Figure()
    lines = (
        ("dso", texts.t("DSO"), {"color": LINE, "width": 3}),
        ("best_possible_dso", texts.t("Best possible DSO"), {"color": _DOWN, "width": 2, "dash": "dot"}),
        ("terms", texts.t("Contractual terms (average)"), {"color": MUTED, "width": 2, "dash": "dash"}),
    )
    is_young = rows["dso"].drop_nulls().len() == 1  # a line of one point is none
    for name, title, line in lines:
        values = rows[name].to_list()
        figure.add_scatter(
            x=days, y=values, name=title, mode="lines+markers" if name == "dso" or is_young else "lines", line=line,
            customdata=codes,
            hovertemplate=f"{title}{texts.t(': ')}%{{y:.1f}} {texts.t('days')}<extra></extra>",
            marker={"size": 10}, unselected={"marker": {"opacity": 0.5}},
        )  # fmt: skip
        if values[-1] is not None:
            figure.add_annotation(
                x=days[-1], y=values[-1], text=f"<b>{texts.days(values[-1])}</b>", xanchor="left", showarrow=False, xshift=8,
                font={"color": line["color"], "size": 12},
            )  # fmt: skip
    lay_out(figure, texts, "EUR", height=320)
    figure.update_yaxes(tickformat=".0f", tickprefix="", ticksuffix="", rangemode="tozero", title=texts.t("days"))
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_layout(margin={"r": 70})
    last = rows.row(-1, named=True)
    alt = texts.t(
        "DSO from {first} to {last}: {dso} at the end, {best} without delay, terms of {terms}.",
        first=texts.date(rows["day"][0]), last=texts.date(last["day"]), dso=texts.days(last["dso"]),
        best=texts.days(last["best_possible_dso"]), terms=texts.days(last["terms"]),
    )  # fmt: skip
    show(figure, key=key, alt=alt, on_pick=on_pick)


def show_pareto(texts: Texts, currency: str, found: Pareto, *, key: str, on_pick: Pick) -> None:
    """The largest debtors as bars, those that make 80 % of what is owed in the strong colour, the others in one bar."""
    rows = found.rows.to_dicts()
    names = [_short(row["client"]) for row in rows]
    amounts = [float(row["outstanding"]) for row in rows]
    colours = [LINE if n < found.clients_for_80 else _PALE for n in range(len(rows))]
    said = [f"{texts.money(row['outstanding'], currency)} · {texts.percent(row['reached'] * 100, 0)}" for row in rows]
    codes = [[row["client_id"]] for row in rows]
    if found.others:
        names.append(texts.plural("{count} other client", "{count} other clients", found.others))
        amounts.append(float(found.rest))
        colours.append(GRID)
        said.append(texts.money(found.rest, currency))
        codes.append([OTHERS])
    edges = [0] * len(rows) + [1]
    figure = go.Figure()
    figure.add_bar(
        x=amounts, y=list(range(len(names))), orientation="h",
        marker={"color": colours, "line": {"color": MUTED, "width": edges}},
        text=said,
        textposition="outside",
        customdata=codes, hovertemplate="%{text}<extra></extra>", cliponaxis=False, textfont={"color": INK, "size": 12},
        **_LOOKS,
    )  # fmt: skip
    if 0 < found.clients_for_80 < len(names):
        at = found.clients_for_80 - 0.5
        figure.add_hline(
            y=at, line={"color": MUTED, "width": 1, "dash": "dash"}, annotation_text=texts.percent(80, 0),
            annotation_position="bottom right", annotation_font={"color": MUTED, "size": 12},
        )  # fmt: skip
    _rows_down(figure, texts, currency, names)
    figure.update_xaxes(range=[0, max(amounts, default=1) * 1.3])
    alt = texts.t(
        "{count} clients owe 80% of {whole}; the largest is {client} with {amount}.",
        count=texts.number(found.clients_for_80), whole=texts.money(found.whole, currency), client=rows[0]["client"],
        amount=texts.money(rows[0]["outstanding"], currency),
    )  # fmt: skip
    show(figure, key=key, alt=alt, on_pick=on_pick)


def show_delays(texts: Texts, rows: pl.DataFrame, *, key: str, on_pick: Pick) -> None:
    """How late each client pays: from the earliest to the latest tenth of its payments, with the median marked."""
    found = rows.to_dicts()
    payments = [texts.plural("{count} payment", "{count} payments", row["payments"]) for row in found]
    names = [f"{_short(row['client'])} ({said})" for row, said in zip(found, payments, strict=True)]
    places, codes = list(range(len(found))), [[row["client_id"]] for row in found]
    said = [
        texts.t(
            "median {median}, 8 payments of 10 between {low} and {high}",
            median=texts.days(row["p50"], 0), low=texts.days(row["p10"], 0), high=texts.days(row["p90"], 0),
        )
        for row in found
    ]  # fmt: skip
    figure = go.Figure()
    figure.add_bar(
        x=[max(row["p90"] - row["p10"], 0.4) for row in found], base=[row["p10"] for row in found], y=places, orientation="h",
        marker={"color": EDGE}, width=0.5, **_LOOKS, customdata=codes, text=said, textposition="none",
        hovertemplate="%{text}<extra></extra>", name=texts.t("8 payments of 10"),
    )  # fmt: skip
    figure.add_scatter(
        x=[row["p50"] for row in found], y=places, mode="markers+text", marker={"color": INK, "size": 9, "symbol": "diamond"},
        text=[texts.number(row["p50"]) for row in found], textposition="top center", textfont={"size": 11, "color": INK},
        customdata=codes, hoverinfo="skip", name=texts.t("Median"), **_LOOKS,
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": MUTED, "width": 1})
    _rows_down(figure, texts, "EUR", names)
    figure.update_xaxes(tickformat=".0f", tickprefix="", ticksuffix="", title=texts.t("Days after the due date"))
    figure.update_layout(showlegend=True, legend={"y": -0.16})
    alt = texts.t(
        "Payment delays of {count} clients; the latest payer by median is {client}.",
        count=texts.number(len(found)), client=found[0]["client"],
    )  # fmt: skip
    show(figure, key=key, alt=alt, on_pick=on_pick)


def show_invoiced_and_collected(texts: Texts, currency: str, rows: pl.DataFrame, *, key: str, on_pick: Pick) -> None:
    """What was invoiced and what came in, month by month, side by side."""
    months = [f"{month:%m/%Y}" for month in rows["month"]]
    figure = go.Figure()
    for name, title, colour in (("sales", texts.t("Invoiced"), LINE), ("collected", texts.t("Collected"), _DOWN)):
        figure.add_bar(
            x=months, y=rows[name].cast(pl.Float64).to_list(), name=title, marker={"color": colour},
            customdata=[[f"{month:%Y-%m}:{name}"] for month in rows["month"]], unselected={"marker": {"opacity": 0.5}},
            hovertemplate=hover_text(texts, currency),
        )  # fmt: skip
    lay_out(figure, texts, currency, height=320)
    figure.update_layout(barmode="group", bargap=0.3)
    figure.update_xaxes(type="category", showgrid=False, range=[-0.5, max(len(months), _FEWEST_MONTHS) - 0.5])
    sales, collected = (texts.money(total(rows[name]), currency) for name in ("sales", "collected"))
    alt = texts.t(
        "Invoiced {sales} and collected {collected} over {count} months.",
        sales=sales, collected=collected, count=texts.number(rows.height),
    )  # fmt: skip
    show(figure, key=key, alt=alt, on_pick=on_pick)


def show_waterfall(texts: Texts, currency: str, steps: Sequence[tuple[str, str, Decimal]], *, key: str, on_pick: Pick) -> None:
    """From the opening receivables to the closing ones: (code, title, amount) of each step, the two ends among them."""
    figure = go.Figure()
    ends = {0, len(steps) - 1}
    figure.add_waterfall(
        x=[title for _, title, _ in steps],
        y=[float(amount) for _, _, amount in steps],
        measure=["absolute" if n == 0 else "total" if n in ends else "relative" for n in range(len(steps))],
        text=[texts.money(amount, currency) for _, _, amount in steps],
        textposition="outside",
        cliponaxis=False,
        textfont={"size": 12, "color": INK},
        customdata=[[code] for code, _, _ in steps],
        increasing={"marker": {"color": _UP}},
        decreasing={"marker": {"color": _DOWN}},
        totals={"marker": {"color": LINE}},
        connector={"line": {"color": MUTED, "width": 1}},
        hovertemplate="%{x}<br>%{text}<extra></extra>",
    )
    lay_out(figure, texts, currency, height=360)
    figure.update_layout(hovermode="closest", margin={"t": 28, "b": 56}, showlegend=False)
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(showgrid=False, automargin=True, type="category", tickfont={"size": 12})
    parts = ", ".join(f"{title} {texts.money(amount, currency)}" for _, title, amount in steps)
    show(figure, key=key, alt=texts.t("Receivables from opening to closing: {parts}.", parts=parts), on_pick=on_pick)


def _rows_down(figure: go.Figure, texts: Texts, currency: str, names: Sequence[str]) -> None:
    """Bars from the top down, their names beside them as they are: a name is data, never markup."""
    lay_out(figure, texts, currency, height=90 + _DAY_HEIGHT * len(names), money_axis="x")
    shown = [name.replace("&", "&amp;").replace("<", "&lt;") for name in names]
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=shown, range=[len(names) - 0.4, -0.9], showgrid=False, automargin=True,
        title=None,
    )  # fmt: skip
    figure.update_xaxes(gridcolor=GRID)
    figure.update_layout(showlegend=False, bargap=0.25)


def _short(name: str | None) -> str:
    text = name or ""
    return text if len(text) <= _LONGEST_NAME else f"{text[:_START].rstrip()}…{text[-_END:].lstrip()}"
