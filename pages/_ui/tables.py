"""Tables on screen: typed columns, numbers to the right, days as DD/MM/YYYY, and selection by id, never by position."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.session import current

Kind = Literal["text", "money", "date", "count", "days", "percent", "share", "check"]
Selection = Literal["single-row", "single-row-required", "multi-row"]
Width = Literal["small", "medium", "large"] | int | None
#: Formats that follow the reader's browser; a currency without one shows its figures alone, its code in the title.
_CURRENCY_FORMATS = {"EUR": "euro", "USD": "dollar", "JPY": "yen"}
_FORMATS: dict[str, dict[str, str]] = {
    "date": {"format": "DD/MM/YYYY"},
    "count": {"format": "localized"},
    "days": {"format": "localized"},
    "percent": {"format": "%.1f %%"},
}


@dataclass(frozen=True)
class Column:
    """A column of a table on screen.

    Attributes:
        name: the frame's column.
        title: its heading, already in the reader's language.
        kind: how its values read. `percent` is 0 to 100, `share` 0 to 1 as a bar, `days` and `count` whole numbers.
        width: small, medium, large or pixels; None fits the content.
        help: what the figure means, shown on the heading.
        pinned: stays in sight when the table scrolls sideways.
        is_sparse: an amount of zero is left blank.
    """

    name: str
    title: str
    kind: Kind = "text"
    width: Width = None
    help: str | None = None
    pinned: bool = False
    is_sparse: bool = False


def show_table(
    rows: pl.DataFrame | Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    *,
    key: str,
    texts: Texts,
    selection: Selection | None = None,
    id_column: str | None = None,
    height: int | None = None,
    row_height: int | None = None,
    alt: str | None = None,
    empty: str | None = None,
    selected: int | None = None,
    on_pick: Callable[[str], None] | None = None,
) -> list[str]:
    """Show a table; the ids of the rows that the reader selected.

    Args:
        rows: a frame, or dictionaries; only `columns` are shown. Lists of words are joined by commas.
        columns: what to show, in order.
        key: the table's name on its page; the data's revision, date and language are added, so that a selection never
            lands on another row after a change.
        texts: the reader's language.
        selection: whether rows can be selected, one or several.
        id_column: the column of ids to return; the first one by default. It need not be shown.
        height: in pixels; by default the rows, at most ten.
        row_height: in pixels; a higher row wraps its text. By default one line.
        alt: what the table says, for those who do not see it; by default its headings and number of rows.
        empty: the sentence in place of a table without rows.
        selected: the row that is selected now, whatever was before; the reader's choice goes to `on_pick`, as its id.
        on_pick: what to do with it, before the page runs again.
    """
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows), infer_schema_length=None)
    if frame.is_empty():
        st.caption(empty or texts.t("Nothing to show."))
        return []
    ids = frame[id_column or frame.columns[0]]
    session = current()
    name = f"{key}-{session.revision}-{session.as_of:%Y%m%d}-{texts.language}"
    options: dict[str, Any] = {} if selection is None else {"on_select": "rerun", "selection_mode": selection}
    if selected is not None and on_pick is not None:
        options["on_select"] = _choice(name, ids.to_list(), selected, on_pick)
    state = st.dataframe(
        _shown(frame, columns).to_arrow(),
        key=name,
        hide_index=True,
        placeholder="",
        height=height or "auto",
        row_height=row_height,
        column_config={column.name: _config(column, session.currency) for column in columns},
        alt=alt or _alt(frame, columns, texts),
        **options,
    )
    if selection is None:
        return []
    picked: list[int] = state.get("selection", {}).get("rows", [])
    return [str(ids[position]) for position in picked if position < frame.height]


def _choice(name: str, ids: Sequence[str], selected: int, on_pick: Callable[[str], None]) -> Callable[[], None]:
    """Select a row of the table of that name; what to do when the reader selects another."""
    now = st.session_state.get(name)
    if now is None or now["selection"]["rows"] != [selected]:
        st.session_state[name] = {"selection": {"rows": [selected], "columns": [], "cells": []}}

    def picked() -> None:
        rows: list[int] = st.session_state[name]["selection"]["rows"]
        if rows and rows[0] < len(ids):
            on_pick(ids[rows[0]])

    return picked


def _shown(frame: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """The columns to show; lists as one text."""
    return frame.select(_cells(frame, column) for column in columns)


def _cells(frame: pl.DataFrame, column: Column) -> pl.Expr:
    cells = pl.col(column.name)
    if isinstance(frame.schema[column.name], pl.List):
        return cells.cast(pl.List(pl.String)).list.join(", ")
    return pl.when(cells != 0).then(cells).alias(column.name) if column.is_sparse else cells


def _config(column: Column, currency: str) -> Any:  # noqa: ANN401 -- Streamlit's own, of no public type
    common: dict[str, Any] = {"width": column.width, "help": column.help, "pinned": column.pinned}
    if column.kind == "money":
        known = _CURRENCY_FORMATS.get(currency)
        title = column.title if known else f"{column.title} ({currency})"
        return st.column_config.NumberColumn(title, format=known or "accounting", alignment="right", **common)
    if column.kind == "share":
        return st.column_config.ProgressColumn(column.title, min_value=0, max_value=1, format="percent", **common)
    makers: dict[str, Callable[..., Any]] = {
        "date": st.column_config.DateColumn,
        "check": st.column_config.CheckboxColumn,
        "text": st.column_config.TextColumn,
    }
    maker = makers.get(column.kind, st.column_config.NumberColumn)
    return maker(column.title, **_FORMATS.get(column.kind, {}), **common)


def _alt(frame: pl.DataFrame, columns: Sequence[Column], texts: Texts) -> str:
    titles = ", ".join(column.title for column in columns)
    return texts.t("Table of {count} rows: {titles}.", count=texts.number(frame.height), titles=titles)
