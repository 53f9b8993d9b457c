"""Tables on screen: typed columns, numbers to the right, days as DD/MM/YYYY, and selection by id, never by position."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import polars as pl
import streamlit as st

from models.ids import stable_id
from models.texts import Texts
from pages._ui.columns import Column, one_currency
from pages._ui.session import current
from pages._ui.table_tools import Sheet, narrow

__all__ = ["Column", "Sheet", "show_table"]

#: More rows are not sent to the browser; the files have them all.
MOST_SHOWN = 1000
_HEAD_HEIGHT, _ROW_HEIGHT = 38, 35
#: By a table's key: the table as it was shown last, and what was selected in it.
_SELECTED = "encours_selected"
Selection = Literal["single-row", "single-row-required", "multi-row"]
#: Formats that follow the reader's browser; a currency without one shows its figures alone, its code in the title.
#: Of other currencies the browser writes another sign than sentences do ($ for $US): a head names them, their cells do not.
_CURRENCY_FORMATS = {"EUR": "euro"}
_FORMATS: dict[str, dict[str, Any]] = {
    "date": {"format": "DD/MM/YYYY"},
    "count": {"format": "localized"},
    "days": {"format": "localized"},
    "tenths": {"format": "localized", "step": 0.1},
    "hundredths": {"format": "localized", "step": 0.01},
    "percent": {"format": "percent", "step": 0.0001},  # of hundredths: two decimals in percent, as files have
}


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
    sheet: Sheet | None = None,
    has_tools: bool = True,
) -> list[str]:
    """Show a table with its tools; the ids of the rows that the reader selected.

    Args:
        rows: a frame, or dictionaries; only `columns` are shown. Lists of words are joined by commas. Amounts are in the
            currency of their row, where it has one in `currency`; else in the session's.
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
        sheet: its title and definitions, for its files.
        has_tools: False for an extract, and where the page has its own search: no search, filter, order and files.
    """
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows), infer_schema_length=None)
    if frame.is_empty():
        st.caption(empty or texts.t("Nothing to show."))
        return []
    session, asked = current(), ""
    if has_tools:
        frame, asked = narrow(frame, columns, key=key, texts=texts, sheet=sheet or Sheet())
        if frame.is_empty():
            st.caption(texts.t("No row is as asked."))
            return []
    seen, currency = frame.head(MOST_SHOWN), one_currency(frame, session.currency)
    ids = seen[id_column or seen.columns[0]]
    base = f"{key}-{session.revision}-{session.as_of:%Y%m%d}{session.known_on or ''}-{session.currency}-{texts.language}"
    name = f"{base}-{stable_id(asked)}" if asked else base
    options: dict[str, Any] = {} if selection is None else {"on_select": "rerun", "selection_mode": selection}
    if selected is not None and on_pick is not None:
        options["on_select"] = _choice(name, ids.to_list(), selected, on_pick)
    elif selection is not None:
        _select_again(key, base, name, ids)
    state = st.dataframe(
        _shown(seen, columns, texts, worded_in=session.currency if currency is None else None).to_arrow(),
        key=name,
        hide_index=True,
        placeholder="",
        height=_height(height, row_height, seen.height),
        row_height=row_height,
        column_config={column.name: _config(column, currency) for column in columns},
        alt=alt or _alt(frame, columns, texts),
        **options,
    )
    if seen.height < frame.height:
        _say_cut(seen, frame, texts)
    if selection is None:
        return []
    picked: list[int] = state.get("selection", {}).get("rows", [])
    found = [str(ids[position]) for position in picked if position < seen.height]
    st.session_state[_SELECTED] = st.session_state.get(_SELECTED, {}) | {key: (base, name, found)}
    return found


def _select_again(key: str, base: str, name: str, ids: pl.Series) -> None:
    """Take the selected rows along where only what is asked of the table changed; they are the same rows by their ids."""
    of, table, found = st.session_state.get(_SELECTED, {}).get(key, (base, name, []))
    if of == base and table != name:
        places = [place for place, row in enumerate(ids.cast(pl.String)) if row in found]
        st.session_state[name] = {"selection": {"rows": places, "columns": [], "cells": []}}


def _height(wanted: int | None, row_height: int | None, rows: int) -> int | Literal["auto"]:
    """No higher than the rows that are left."""
    if wanted is None:
        return "auto"
    return wanted if row_height else min(wanted, _HEAD_HEIGHT + _ROW_HEIGHT * rows)


def _say_cut(seen: pl.DataFrame, frame: pl.DataFrame, texts: Texts) -> None:
    first, count = texts.number(seen.height), texts.number(frame.height)
    st.caption(texts.t("The first {first} of {count} rows are shown; the files have all of them.", first=first, count=count))


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


def _shown(frame: pl.DataFrame, columns: Sequence[Column], texts: Texts, *, worded_in: str | None) -> pl.DataFrame:
    """The columns to show; lists as one text, and if so asked amounts as words, in their row's currency or else in that one."""
    cells = frame.select(_cells(frame, column) for column in columns)
    if worded_in is None:
        return cells
    own = frame["currency"].fill_null(worded_in)
    amounts = [column.name for column in columns if column.kind == "money" and cells.schema[column.name].is_decimal()]
    worded = {
        name: ["" if amount is None else texts.money(amount, code) for amount, code in zip(cells[name], own, strict=True)]
        for name in amounts
    }
    return cells.with_columns(pl.Series(name, values, pl.String) for name, values in worded.items())


def _cells(frame: pl.DataFrame, column: Column) -> pl.Expr:
    cells = pl.col(column.name)
    if isinstance(frame.schema[column.name], pl.List):
        return cells.cast(pl.List(pl.String)).list.join(", ")
    if column.kind == "percent":
        return cells.cast(pl.Float64) / 100  # the browser's format multiplies, and writes it as the reader does
    if column.kind == "chance":
        return cells.round(2)
    return pl.when(cells != 0).then(cells).alias(column.name) if column.is_sparse else cells


def _config(column: Column, currency: str | None) -> Any:  # noqa: ANN401 -- Streamlit's own, of no public type
    """How a column reads; without a currency of all rows, its amounts are words."""
    common: dict[str, Any] = {"width": column.width, "help": column.help, "pinned": column.pinned}
    if column.kind == "money":
        if currency is None:
            return st.column_config.TextColumn(column.title, alignment="right", **common)
        known = _CURRENCY_FORMATS.get(currency)
        title = column.title if known else f"{column.title} ({currency})"
        return st.column_config.NumberColumn(title, format=known or "accounting", alignment="right", **common)
    if column.kind in ("share", "chance"):
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
