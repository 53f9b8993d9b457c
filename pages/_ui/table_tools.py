"""The tools above a table: search, filter and order, how many rows with their sum, and the table as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
import streamlit as st

from models.money import total
from models.texts import Texts
from pages._ui.columns import Column, one_currency
from pages._ui.downloads import show_table_files
from pages._ui.filters import Place, address_name, ask, asked_of, is_in_part, show_conditions, show_search
from pages._ui.session import current
from pages._ui.words import md
from pipelines.exports.column import Column as FileColumn
from pipelines.exports.filters import Field, FieldKind, ListFilter, marks
from pipelines.exports.lists import about_table
from pipelines.exports.narrowing import filter_words, narrowed
from pipelines.exports.table_files import Table

#: A table of so few rows is read at a glance: it has files only.
FEW = 8
_KINDS: dict[str, FieldKind] = {
    "money": "amount", "date": "date", "count": "number", "days": "number", "tenths": "number", "hundredths": "number",
    "percent": "number", "share": "share", "chance": "share",
    "check": "yes_no",
}  # fmt: skip
#: Columns of amounts whose sum says what a table is about, the most telling first.
_TELLING = ("outstanding", "overdue", "total", "amount", "open_amount", "remaining")


@dataclass(frozen=True)
class Sheet:
    """What is said of a table where it leaves.

    Attributes:
        title: what it is. Empty: its files say "Table".
        definitions: what its figures mean, a sentence each; what its headings explain is added.
        address: its name in the address, by default the words of its key.
    """

    title: str = ""
    definitions: Sequence[str] = ()
    address: str | None = None


def narrow(frame: pl.DataFrame, columns: Sequence[Column], *, key: str, texts: Texts, sheet: Sheet) -> tuple[pl.DataFrame, str]:
    """Show the tools of a table; its rows as they are asked for, and a mark that differs where what is asked differs."""
    fields = [_field(frame, column) for column in columns]
    place = Place(sheet.address or address_name(key), key)
    asked = asked_of(place.name, fields)
    is_asked = asked != ListFilter()
    rows = narrowed(frame, fields, asked) if is_asked else frame
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if frame.height > FEW or is_asked:
            show_search(place, asked, texts)
            _show_filter(place, frame, fields, asked, texts)
        _show_files(place, (frame, rows), columns, fields, asked, texts, sheet)
        if frame.height > FEW or is_asked:
            st.caption(md(_count(frame, rows, columns, texts)), width="content")
    if is_in_part(place.name, asked):
        st.caption(texts.t("A part of the filter in this address fits no column of the table, and was left out."))
    if is_asked:
        _show_asked(place, frame, fields, asked, texts)
    return rows, "|".join(marks(asked))


def _field(frame: pl.DataFrame, column: Column) -> Field:
    """The column as it can be asked of, by what it holds."""
    kind, dtype = _KINDS.get(column.kind, "text"), frame.schema[column.name]
    is_right = {
        "date": dtype.is_temporal(),
        "yes_no": dtype == pl.Boolean,
        "text": True,
    }.get(kind, dtype.is_numeric())
    codes = [code for code in (f"{column.name}_id", f"{column.name}_code") if code in frame.columns]
    code = column.code or (codes[0] if codes else None)
    return Field(column.name, column.title, kind if is_right else "text", code, column.words)


def _show_filter(place: Place, frame: pl.DataFrame, fields: list[Field], asked: ListFilter, texts: Texts) -> None:
    """The conditions and the order; made only while they are open. Another icon would be another popover, and close it."""
    popover = st.popover(texts.t("Filter and sort"), icon=":material/filter_list:", key=f"{place.key}.open", on_change="rerun")
    if popover.open:
        with popover:
            show_conditions(place, frame, fields, asked, texts)


def _show_files(
    place: Place,
    frames: tuple[pl.DataFrame, pl.DataFrame],
    columns: Sequence[Column],
    fields: list[Field],
    asked: ListFilter,
    texts: Texts,
    sheet: Sheet,
) -> None:
    """The rows as asked, as files; made only when one is asked for."""
    is_alone = frames[0].height <= FEW and asked == ListFilter()
    popover = st.popover(
        texts.t("Download the table"), icon=":material/download:", key=f"{place.key}.files", on_change="rerun",
        type="tertiary" if is_alone else "secondary",
    )  # fmt: skip
    if not popover.open:
        return
    session, (whole, rows) = current(), frames
    currency = one_currency(whole, session.currency)
    settings = session.ledger.settings
    told = [f"{column.title}{texts.t(': ')}{column.help}" for column in columns if column.help not in (None, *sheet.definitions)]
    about = about_table(
        sheet.title or texts.t("Table"), [_count(whole, rows, columns, texts), *sheet.definitions, *told], texts,
        as_of=session.as_of, known_on=session.known_on, currency=currency, company=settings.company_name or None,
        filters=filter_words(whole, fields, asked, texts, currency),
    )  # fmt: skip
    kept, written = [column.name for column in columns], [_file_column(column) for column in columns]
    if "currency" in rows.columns and "currency" not in kept:
        kept.append("currency")
        written += [FileColumn("currency", "Currency")] if currency is None else []
    table = Table(written, rows.select(kept), about, session.as_of)
    with popover:
        show_table_files(session, table, sheet.title or texts.t("Table"), mark="|".join(marks(asked)), key=place.key)


def _file_column(column: Column) -> FileColumn:
    is_summed, is_share = column.kind == "money" and column.is_summed, column.kind in ("share", "chance")
    return FileColumn(column.name, column.title, is_summed=is_summed, is_share=is_share)


def _count(whole: pl.DataFrame, rows: pl.DataFrame, columns: Sequence[Column], texts: Texts) -> str:
    """How many rows of how many, and the sum of the most telling amount."""
    if rows.height == whole.height:
        said = texts.plural("{count} row", "{count} rows", rows.height)
    else:
        said = texts.plural("{count} row of {all}", "{count} of {all} rows", rows.height, all=texts.number(whole.height))
    summed = _telling_sum(rows, columns)
    if summed is None:
        return said
    title, amount, currency = summed
    return f"{said} · {title}{texts.t(': ')}{texts.money(amount, currency)}"


def _telling_sum(rows: pl.DataFrame, columns: Sequence[Column]) -> tuple[str, Decimal, str] | None:
    """The title, sum and currency of the amount that says most of the rows; None without one, or in several currencies."""
    amounts = [
        column for column in columns if column.kind == "money" and column.is_summed and rows.schema[column.name].is_decimal()
    ]
    if not amounts:
        return None
    currency = one_currency(rows, current().currency)
    if currency is None:
        return None
    by_name = {column.name: column for column in amounts}
    found = next((by_name[name] for name in _TELLING if name in by_name), amounts[-1])
    return found.title, total(rows[found.name]), currency


def _show_asked(place: Place, frame: pl.DataFrame, fields: list[Field], asked: ListFilter, texts: Texts) -> None:
    """What is asked, in words, and the way back to all rows."""
    words = filter_words(frame, fields, asked, texts, one_currency(frame, current().currency))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(md(" · ".join(f"{what}{texts.t(': ')}{said}" for what, said in words.items())), width="content")
        st.button(
            texts.t("Show all rows"), key=f"{place.key}.clear", type="tertiary", icon=":material/close:", on_click=ask,
            args=(place.name, ListFilter()),
        )  # fmt: skip
