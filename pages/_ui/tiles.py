"""A figure on a tile: its value, its definition, how it compares with 30 days before, and how it was calculated."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import streamlit as st

from models.texts import Texts
from pages._ui.explained_address import figure_button
from pages._ui.words import held, written

#: What a rise means: good, bad, or neither.
Rise = Literal["good", "bad", "neutral"]
_COLOURS: dict[Rise, Literal["normal", "inverse", "off"]] = {"good": "normal", "bad": "inverse", "neutral": "off"}
_LEAST_TILE = 250
_UNCHANGED = "Unchanged"


@dataclass(frozen=True)
class Tile:
    """One figure.

    Attributes:
        label: its name. `value`: as people read it. `help`: its definition.
        note: a line under it, such as a range or a date.
        change: how it moved in 30 days, as people read it, or None.
        rise: what a rise means.
        formula: how it is calculated, in words; empty for a figure that is no calculation.
        operands: what went in, each with its value.
        explains: the figure that it shows, by its key: its rows open from the tile (`pages._ui.explain`).
        part: what of the figure it shows: a client, an account, or another horizon than 30 days (`explained`).
        table: where nothing opens: the table on the same screen whose rows make it up, by its key.
    """

    label: str
    value: str
    help: str
    note: str = ""
    change: str | None = None
    rise: Rise = "neutral"
    formula: str = ""
    operands: Sequence[tuple[str, str]] = ()
    explains: str = ""
    part: str | None = None
    table: str = ""


def show_tiles(texts: Texts, tiles: Sequence[Tile], *, key: str, columns: int = 3, least: int = _LEAST_TILE) -> None:
    """Tiles side by side, fewer to a row where there is less room."""
    grid = st.grid(columns, min_column_width=least, key=key)
    for place, tile in enumerate(tiles):
        with grid, st.container(border=True, height="stretch", gap="xxsmall"):
            _show_tile(texts, tile, key, place)


def _show_tile(texts: Texts, tile: Tile, key: str, place: int) -> None:
    st.metric(
        tile.label,
        written(tile.value),
        delta=tile.change,
        delta_color="off" if tile.change == texts.t(_UNCHANGED) else _COLOURS[tile.rise],
        delta_arrow="off" if tile.change == texts.t(_UNCHANGED) else "auto",
        delta_description=texts.t("over 30 days") if tile.change else None,
        help=tile.help,
    )
    if tile.note:
        st.caption(written(tile.note))
    with st.container(horizontal=True, gap="small"):
        if tile.formula:
            _show_formula(texts, tile)
        if tile.explains:
            name = f"{key}-{tile.explains}-{place}"  # accounts open the same figure
            figure_button(texts.t("See the rows"), tile.explains, tile.part, name=name, leaves=True)


def _show_formula(texts: Texts, tile: Tile) -> None:
    with st.popover(texts.t("See the calculation"), type="tertiary", icon=":material/calculate:"):
        st.markdown(f"**{tile.label}**")
        st.write(tile.formula)
        if tile.operands:
            rows = {
                texts.t("Operand"): [name for name, _ in tile.operands],
                texts.t("Value"): [held(value) for _, value in tile.operands],
            }
            st.table(rows, border="horizontal", hide_index=True, alt=tile.formula)


def money_change(texts: Texts, now: Decimal, before: Decimal | None, currency: str) -> str | None:
    """The difference as a signed amount; None where there is nothing to compare with."""
    return None if before is None else _signed(texts, now - before, texts.money(abs(now - before), currency))


def days_change(texts: Texts, now: float | None, before: float | None) -> str | None:
    """The difference of two durations as they are shown; None where one is unknown."""
    if now is None or before is None:
        return None
    change = texts.change(now, before)
    return _signed(texts, change, texts.days(abs(change)))


def _signed(texts: Texts, difference: Decimal, size: str) -> str:
    """A difference of that size with its sign; one that shows as zero has none. Streamlit reads an ASCII minus in front."""
    is_nothing = not any(digit in size for digit in "123456789")
    return texts.t(_UNCHANGED) if is_nothing else f"{'-' if difference < 0 else '+'}{size}"
