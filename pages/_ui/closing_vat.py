"""The view of VAT due on receipts: by month and rate, and the payments behind each of them."""

from dataclasses import replace
from datetime import date

import polars as pl
import streamlit as st

from models.money import total
from pages._ui.columns import Column
from pages._ui.period import choose_first_day
from pages._ui.session import Session
from pages._ui.table_tools import Sheet
from pages._ui.tables import show_table
from pages._ui.tiles import Tile, show_tiles
from pipelines.exports.paper_columns import VAT_KIND_WORDS, VAT_RATE_WORDS
from pipelines.ledger import Ledger
from pipelines.papers.tables import VAT_SENTENCES
from pipelines.papers.vat_on_receipts import vat_months, vat_rows


def show_vat(session: Session, page: str) -> None:
    """Show the VAT that payments hold, up to the as-of date."""
    del page
    texts = session.texts
    st.subheader(texts.t("VAT due on receipts"), anchor=False)
    for sentence in VAT_SENTENCES.values():
        st.caption(texts.t(sentence))
    if session.ledger.settings.vat_basis != "receipts":
        st.info(texts.t("Your settings say that VAT is due on invoices: this table is for comparison."), icon=":material/info:")
    start = choose_first_day(texts, session.as_of.replace(month=1, day=1), to=session.as_of, key="vat_from")
    rows = _rows((session.path, session.revision, session.as_of, session.currency), session.ledger)
    period = rows.filter(pl.col("date") >= start)
    if period.is_empty():
        st.caption(texts.t("Nothing was received in this period."))
        return
    _tiles(session, period)
    _months(session, period, start)


@st.cache_resource(max_entries=4, show_spinner=False)
def _rows(key: tuple[str, int, date, str], _ledger: Ledger) -> pl.DataFrame:
    return vat_rows(_ledger, as_of=key[2], currency=key[3])


def _tiles(session: Session, rows: pl.DataFrame) -> None:
    texts, money = session.texts, session.currency
    free = rows.filter(pl.col("rate") == "unallocated")
    unknown = total(rows.filter(pl.col("rate") == "unknown")["amount"])
    vat = total(rows["vat"])
    tiles = [
        Tile(texts.t("VAT due"), texts.money(vat, money), help=texts.t(VAT_SENTENCES["when"]), table="vat-payments"),
        Tile(
            texts.t("Collected"), texts.money(total(rows["amount"]), money),
            help=texts.t("What came from clients in the period, less what went back; the rows below sum to it."),
            table="vat-payments",
        ),
        Tile(
            texts.t("Without an invoice"), texts.money(total(free["amount"]), money), help=texts.t(VAT_SENTENCES["apart"]),
            note=texts.t("VAT if a deposit: {amount}", amount=texts.money(total(free["deposit_vat"]), money)),
            table="vat-payments",
        ),
    ]  # fmt: skip
    if unknown:
        tiles.append(
            Tile(
                texts.t("VAT not known"), texts.money(unknown, money),
                help=texts.t("Paid on invoices that say nothing of VAT: import them with it, or give their rate in Settings."),
                table="vat-payments",
            )
        )  # fmt: skip
    show_tiles(texts, tiles, key="vat-tiles", columns=4, least=190)


def _months(session: Session, rows: pl.DataFrame, start: date) -> None:
    """A row per month and rate; the payments of the ticked ones, of all of them by default."""
    texts = session.texts
    months = vat_months(rows).with_columns(row_id=pl.concat_str(pl.col("month").dt.to_string(), pl.lit(" "), "rate"))
    rates = {code: texts.t(word) for code, word in VAT_RATE_WORDS.items()}
    rate = pl.col("rate").replace_strict(rates, default=pl.col("rate"), return_dtype=pl.String)
    words = {month: texts.month(month) for month in months["month"].unique()}
    amounts = [
        Column("amount", texts.t("Received incl. VAT"), "money"),
        Column("base", texts.t("Without VAT"), "money"),
        Column("vat", texts.t("VAT due"), "money"),
        Column("deposit_vat", texts.t("VAT if a deposit"), "money"),
    ]
    days = texts.t("From {start} to {end}.", start=texts.date(start), end=texts.date(session.as_of))
    said = [days, *(texts.t(sentence) for sentence in VAT_SENTENCES.values())]
    columns = [
        Column("month_word", texts.t("Month"), width=150),
        Column("rate", texts.t("VAT rate"), width=140),
        *amounts,
        Column("rows", texts.t("Lines"), "count", width=80),
    ]
    st.caption(texts.t("Tick months to see their payments only."))
    shown = months.with_columns(rate, month_word=pl.col("month").replace_strict(words, default=None, return_dtype=pl.String))
    picked = show_table(
        shown, columns, key="vat-months", texts=texts, selection="multi-row", id_column="row_id",
        sheet=Sheet(texts.t("VAT due on receipts"), said),
    )  # fmt: skip
    keyed = rows.with_columns(row_id=pl.concat_str(pl.col("month").dt.to_string(), pl.lit(" "), "rate"))
    behind = keyed.filter(pl.col("row_id").is_in(picked)) if picked else keyed
    if picked:
        ticked = shown.filter(pl.col("row_id").is_in(picked)).select("month_word", "rate").iter_rows()
        said = [texts.t("Ticked months: {months}.", months=", ".join(map(" – ".join, ticked))), *said]
    kinds = {code: texts.t(word) for code, word in VAT_KIND_WORDS.items()}
    named = behind.with_columns(rate, pl.col("kind").replace_strict(kinds, return_dtype=pl.String)).with_row_index("place")
    payments = [
        Column("date", texts.t("Date"), "date", width=90),
        Column("kind", texts.t("Movement"), width=172),
        Column("client", texts.t("Client"), width=132),
        Column("number", texts.t("Document"), width=112),
        Column("rate", texts.t("VAT rate"), width=108),
        *(replace(column, width=104) for column in amounts[:-1]),
    ]
    show_table(
        named, payments, key="vat-payments", texts=texts, id_column="place",
        sheet=Sheet(texts.t("VAT due on receipts"), said, address="vat-payments"),
    )  # fmt: skip
