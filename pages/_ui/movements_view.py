"""The roll-forward on screen: from one balance of receivables to another, each cell open down to its documents and payments."""

from datetime import date, timedelta

import polars as pl
import streamlit as st

from models.money import total
from models.texts import Texts
from pages._ui.choices import choose
from pages._ui.explain_rows import show_behind
from pages._ui.period import choose_period
from pages._ui.queries import moves_between, receivable_moves
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_line_labels, with_words
from pages._ui.words import md
from pipelines.exports.columns import SOURCES
from pipelines.exports.period_tables import GROUP_WORDS, MOVE_WORDS, shown_moves
from pipelines.rollforward import only_moves, standing

_BY = {"total": "In all", "client": "By client", "sales_rep": "By sales rep", "category": "By category"}
_CODES = {"client": "client_id", "sales_rep": "sales_rep", "category": "category"}
#: In few words, where a name stands before them and the closing must not be out of sight.
_ENDS = {"opening": "Opening", "closing": "Closing"}
_SOURCES = {**SOURCES, "invoice": "Invoice"}


def show_movements(session: Session) -> None:
    """The table, and what is behind the cell that the reader asks for."""
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="bottom"):
        year = (date(session.as_of.year, 1, 1), session.as_of)
        start, to = choose_period(texts, year, keys=("from", "to"))
        by = choose(texts.t("Group"), list(_BY), words=lambda name: texts.t(_BY[name]), key="by_moves", default="total")
    if start > to:
        st.warning(texts.t("The period would end before it begins."), icon=":material/info:")
        return
    rows = moves_between(session, start, to, by)
    moves = ["opening", *shown_moves(rows), "closing"]
    titles = MOVE_WORDS if by == "total" else MOVE_WORDS | _ENDS
    columns = [Column(name, texts.t(titles[name]), "money", is_sparse=name not in _ENDS) for name in moves]
    if by != "total":
        columns.insert(0, Column(by, texts.t(GROUP_WORDS[by]), width=190))
    said = texts.t("Opening + all movements = closing; opening and closing are net of unused credits, VAT included.")
    st.caption(said if by == "total" else f"{said} {texts.t('Tick a row to see what is behind it.')}")
    period = texts.t("Movements of receivables, {start} to {end}", start=texts.date(start), end=texts.date(to))
    chosen = show_table(
        _with_codes(rows, by, texts.t("None given")),
        columns,
        key=f"moves-{by}",
        texts=texts,
        selection=None if by == "total" else "single-row",
        id_column="group_code",
        sheet=Sheet(period, [said]),
        empty=texts.t("Nothing moved, and nothing is owed."),
    )
    if by == "total" or chosen:
        _behind(session, (start, to), by, chosen[0] if chosen else "", moves)


def _with_codes(rows: pl.DataFrame, by: str, nobody: str) -> pl.DataFrame:
    """A code per row for its selection, and a word for what is nobody's."""
    if by == "total":
        return rows.with_columns(group_code=pl.lit(""))
    code = pl.col(_CODES[by]).fill_null("").alias("group_code")
    return rows.with_columns(code, pl.col(by).fill_null(nobody))


def _behind(session: Session, days: tuple[date, date], by: str, code: str, moves: list[str]) -> None:
    """The rows of one cell of the table, which sum to it."""
    texts = session.texts
    with st.container(border=True):
        move = st.pills(
            texts.t("What is behind"),
            moves,
            default=moves[1],
            required=True,
            format_func=lambda name: texts.t(MOVE_WORDS[name]),
            key=f"move-{by}",
        )
        if move in ("opening", "closing"):
            end = days[1] if move == "closing" else None
            rows = standing(session.ledger, as_of=end, before=days[0], currency=session.currency)
        else:
            rows = only_moves(receivable_moves(session), start=days[0], to=days[1], by=by, move=str(move))
        if by != "total":
            rows = rows.filter(pl.col(_CODES[by]).fill_null("") == code)
        shown = with_words(texts, with_line_labels(session, rows), source=_SOURCES)
        columns = [
            Column("date", texts.t("Date"), "date", width=100),
            Column("source", texts.t("Source"), width=150),
            Column("number", texts.t("Number or label"), width=210),
            Column("client", texts.t("Client"), width=210),
            Column("amount", texts.t("Amount"), "money", width=140),
        ]
        count = texts.plural("{count} row", "{count} rows", rows.height)
        amount = texts.money(total(rows["amount"]), session.currency)
        st.markdown(md(f"{texts.t(MOVE_WORDS[str(move)])}{texts.t(': ')}{amount} ({count})"))
        picked = show_table(
            shown.with_row_index("place"), columns, key=f"moves-rows-{by}", texts=texts, selection="single-row",
            id_column="place", sheet=Sheet(_title(texts, rows, str(move), by, days)),
            empty=texts.t("Nothing of this in the period."),
        )  # fmt: skip
        if picked:
            row = rows.row(int(picked[0]), named=True)
            show_behind(session, row | {"row_id": row["source_id"]}, key="moves")


def _title(texts: Texts, rows: pl.DataFrame, move: str, by: str, days: tuple[date, date]) -> str:
    """What the rows are, of whom, and of which days: of a balance the day at whose end it stands."""
    ends = {"opening": days[0] - timedelta(days=1), "closing": days[1]}
    period = texts.t("{start} to {end}", start=texts.date(days[0]), end=texts.date(days[1]))
    said = texts.t("As of {date}", date=texts.date(ends[move])) if move in ends else period
    whose = [] if by == "total" or rows.is_empty() else [rows[by][0] or texts.t("None given")]
    return " – ".join([texts.t(MOVE_WORDS[move]), *whose, said])
