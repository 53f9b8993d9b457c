"""The figures by month, client, sales rep, category and segment, with the total of the company."""

from datetime import date

import polars as pl
import streamlit as st

from models.money import total
from pages._ui.choices import choose
from pages._ui.explained_address import figure_button
from pages._ui.explained_queries import split, split_rows
from pages._ui.links import go
from pages._ui.queries import basis
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_words
from pages._ui.words import md
from pipelines.collections.reasons import SEGMENT_NAMES
from pipelines.explain.breakdown import totals
from pipelines.explain.figures import FIGURES
from pipelines.exports.explain_columns import ROW_KIND_WORDS

_BY = {
    "month": "By month",
    "client": "By client",
    "sales_rep": "By sales rep",
    "category": "By category",
    "segment": "By segment",
}
#: The figures of a group whose rows open; the delay is weighted by what was paid.
_BEHIND = {
    "sales": "Sales incl. VAT",
    "collected": "Collected",
    "receivables": "Receivables (net)",
    "overdue": "Overdue",
    "paid": "Paid in the period",
}
_MONTHLY = ("sales", "collected")
_NOBODY = ""
_TITLES = {"client": "Client", "sales_rep": "Sales rep", "category": "Category", "segment": "Segment"}


def _sheet(session: Session, title: str, address: str) -> Sheet:
    """What the files say: the period of the figures stands in none of their cells."""
    texts, now = session.texts, basis(session)
    said = texts.t("From {start} to {end}.", start=texts.date(now.start), end=texts.date(now.as_of))
    return Sheet(title, [said], address=address)


def show_groups(session: Session) -> None:
    """What was invoiced and collected, what is owed, and how late it is paid, by what the reader chooses."""
    texts = session.texts
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{texts.t('In detail')}**", width="content")
            by = choose(texts.t("Group"), list(_BY), words=lambda name: texts.t(_BY[name]), key="split", default="month")
        if by == "month":
            _by_month(session)
        else:
            _by(session, by)


def _by_month(session: Session) -> None:
    texts = session.texts
    rows = split(session, "month")
    columns = [
        Column("month_text", texts.t("Month")),
        Column("sales", texts.t("Sales incl. VAT"), "money"),
        Column("collected", texts.t("Collected"), "money"),
        Column("difference", texts.t("Invoiced less collected"), "money"),
    ]
    shown = rows.with_columns(
        month_text=pl.Series([texts.month(month) for month in rows["month"]], dtype=pl.String),
        difference=pl.col("sales") - pl.col("collected"),
    )
    st.caption(texts.t("Tick a row to see what is behind it."))
    chosen = show_table(
        shown.with_columns(group=pl.col("month").cast(pl.String)), columns, key="split-month", texts=texts,
        height=38 + 35 * shown.height, selection="single-row", id_column="group",
        sheet=_sheet(session, texts.t("Invoiced and collected by month"), "split"),
    )  # fmt: skip
    _say_totals(session, rows)
    if chosen:
        _behind(session, "month", chosen[0], texts.month(date.fromisoformat(chosen[0])))


def _by(session: Session, by: str) -> None:
    texts = session.texts
    rows = split(session, by)
    nobody = texts.t("None given")
    words = {code: texts.t(name) for code, name in SEGMENT_NAMES.items()} if by == "segment" else {}
    title = pl.col("title").replace(words) if words else pl.col("title")
    shown = rows.with_columns(
        title=title.fill_null(nobody), **{name: pl.col(name).round(1) for name in ("dso", "average_days_late")}
    )
    columns = [
        Column("title", texts.t(_TITLES[by]), width=230, pinned=True),
        Column("sales", texts.t("Sales incl. VAT"), "money"),
        Column("collected", texts.t("Collected"), "money"),
        Column("receivables", texts.t("Receivables (net)"), "money"),
        Column("overdue", texts.t("Overdue"), "money", is_sparse=True),
        Column("dso", texts.t("DSO"), "tenths", help=texts.t("Receivables ÷ sales of the period × days.")),
        Column(
            "average_days_late", texts.t("Average payment delay"), "tenths",
            help=texts.t("Days from due date to payment, weighted by amount; negative when clients pay early."),
        ),
    ]  # fmt: skip
    st.caption(texts.t("Tick a row to see what is behind it."))
    chosen = show_table(
        shown.with_columns(code=pl.col("group").fill_null(_NOBODY)), columns, key=f"split-{by}", texts=texts,
        sheet=_sheet(session, texts.t("Figures in detail"), "split"), selection="single-row", id_column="code",
        empty=texts.t("Nothing to show."),
    )  # fmt: skip
    _say_totals(session, rows)
    if not chosen:
        return
    _behind(session, by, chosen[0], shown.filter(pl.col("group").fill_null(_NOBODY) == chosen[0])["title"][0])
    if by == "client" and chosen[0] != _NOBODY:
        _lead_on(session, chosen[0])


def _behind(session: Session, by: str, code: str, title: str) -> None:
    """The rows of one figure of the ticked group; they sum to its cell."""
    texts = session.texts
    names = {name: _BEHIND[name] for name in (_MONTHLY if by == "month" else _BEHIND)}
    with st.container(border=True):
        st.markdown(f"**{md(title)}**")
        of = st.pills(
            texts.t("What is behind"), list(names), default="sales", required=True,
            format_func=lambda name: texts.t(names[name]), key=f"split-of-{by}",
        )  # fmt: skip
        every = split_rows(session, by).filter(pl.col("of") == of)
        rows = every.filter(pl.col("group").fill_null(_NOBODY) == code)
        shown = with_words(texts, rows.sort(pl.col("amount").abs(), "row_id", descending=[True, False]), kind=ROW_KIND_WORDS)
        columns = [
            Column("kind", texts.t("Type"), width=120),
            Column("number", texts.t("Number or label"), width=150),
            Column("client", texts.t("Client"), width=200),
            Column("date", texts.t("Date"), "date", width=95),
            Column("due_date", texts.t("Due"), "date", width=95),
            Column("amount", texts.t("What counts"), "money", width=115),
            *([Column("days", texts.t("Days"), "days", width=60)] if of == "paid" else []),
        ]
        count = texts.plural("{count} row", "{count} rows", rows.height)
        value = texts.money(total(rows["amount"]), session.currency)
        st.markdown(f"**{texts.t('Total of {rows}: {value}', rows=count, value=md(value))}**")
        sheet, empty = _sheet(session, f"{title} – {texts.t(names[str(of)])}", "behind"), texts.t("Nothing to show.")
        show_table(
            shown.with_row_index("place"),
            columns,
            key=f"split-rows-{by}",
            texts=texts,
            id_column="place",
            sheet=sheet,
            empty=empty,
        )


def _lead_on(session: Session, client_id: str) -> None:
    """From the row of a client to its figures and to its page."""
    texts = session.texts
    with st.container(horizontal=True):
        for key in ("receivables", "dso", "average_days_late"):
            figure_button(texts.t(FIGURES[key].title), key, client_id, name=f"split-{key}", icon=":material/search:")
        if st.button(texts.t("Open the client’s page"), key="split-client", icon=":material/person:"):
            go("client", client=client_id)


def _say_totals(session: Session, rows: pl.DataFrame) -> None:
    """The sums of the columns: the figures of the company."""
    texts = session.texts
    names = {"sales": "Sales incl. VAT", "collected": "Collected", "receivables": "Receivables (net)", "overdue": "Overdue"}
    sums = totals(rows)
    said = [
        f"{texts.t(title)}{texts.t(': ')}{md(texts.money(sums[name], session.currency))}"
        for name, title in names.items()
        if name in sums
    ]
    st.markdown(f"**{texts.t('Total')}{texts.t(': ')}{' · '.join(said)}**")
