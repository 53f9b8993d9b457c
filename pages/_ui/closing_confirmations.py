"""Balance confirmations on screen: whom to ask, the letters, and what was answered."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, cast

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.columns import Column, height_to_wrap
from pages._ui.downloads import file_name
from pages._ui.known import why_not
from pages._ui.match_search import read_amount
from pages._ui.session import Session
from pages._ui.table_tools import Sheet
from pages._ui.tables import show_table
from pages._ui.words import md
from pipelines.exports.paper_columns import ANSWER_WORDS, CHOSEN_WORDS
from pipelines.exports.table_files import FORM_TYPES
from pipelines.ledger import Ledger
from pipelines.papers.confirmation import Choice, Selection, keep_answer, select
from pipelines.papers.confirmation_letter import ReturnTo, confirmation_pdf
from pipelines.papers.tables import coverage_sentence

_MOST = 10_000
#: In pixels; a longer name goes on in a second line.
_NAME_WIDTH = 205


def show_confirmations(session: Session, page: str) -> None:
    """Show whom to ask for their balance at the as-of date, and how they answered."""
    texts = session.texts
    with st.container(border=True):
        st.subheader(texts.t("Balance confirmations"), anchor=False)
        st.caption(
            texts.t(
                "Letters that ask clients to confirm their balance at the as-of date, to be sent back to you or to your auditor. "
                "The largest balance is always among them; the same seed draws the same clients."
            )
        )
        choice = _choice(session)
        key = (session.path, session.revision, session.as_of, session.currency, choice)
        found = _selected(key, session.ledger)
        if found.asked.is_empty():
            st.caption(texts.t("No client has a balance at this date."))
            return
        st.markdown(md(coverage_sentence(found, texts, session.currency)))
        _letters(session, found)
        _followed(session, page, found)


@st.cache_resource(max_entries=8, show_spinner=False)
def _selected(key: tuple[str, int, date, str, Choice], _ledger: Ledger) -> Selection:
    return select(_ledger, key[4], as_of=key[2], currency=key[3])


def _choice(session: Session) -> Choice:
    """How clients are chosen."""
    texts, usual = session.texts, Choice()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        top = st.number_input(texts.t("The largest"), 0, _MOST, usual.top, key="confirm-top", width=130)
        typed = st.text_input(texts.t("All above ({currency})", currency=session.currency), key="confirm-threshold", width=190)
        sample = st.number_input(texts.t("Drawn at random"), 0, _MOST, usual.sample, key="confirm-sample", width=150)
        seed = st.number_input(texts.t("Seed of the draw"), 0, None, usual.seed, key="confirm-seed", width=150)
    least = read_amount(typed) if typed.strip() else None
    if typed.strip() and least is None:
        st.warning(texts.t("{value} is not an amount such as 1234.56.", value=md(typed)), icon=":material/info:")
    return Choice(least, int(top), int(sample), int(seed))


def _letters(session: Session, found: Selection) -> None:
    """The letters as one PDF, to be sent back to whom a person names."""
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.text_input(
            texts.t("Reply to (auditor)"), key="confirm-name", max_chars=120, width=260,
            placeholder=session.ledger.settings.company_name,
        )  # fmt: skip
        address = st.text_area(texts.t("Its address"), key="confirm-address", max_chars=300, height=68, width=300)
        mark = f"{session.path}|{session.revision}|{found.choice}|{name}|{address}".encode()
        written = partial(
            confirmation_pdf, session.ledger, found.asked["client_id"].to_list(), ReturnTo(name.strip(), address),
            as_of=session.as_of, currency=session.currency, day=session.today, title=texts.t("Balance confirmations"),
        )  # fmt: skip
        st.download_button(
            texts.plural("{count} letter (PDF)", "{count} letters (PDF)", found.asked.height),
            written,
            file_name(texts.t("balance-confirmations"), session.as_of, mark, "pdf"),
            FORM_TYPES["pdf"],
            key="confirm-letters",
            icon=":material/download:",
            on_click="ignore",
        )


def _followed(session: Session, page: str, found: Selection) -> None:
    """The clients with their answers; for the ticked one, what it says."""
    texts = session.texts
    answers = {code: texts.t(word) for code, word in ANSWER_WORDS.items()}
    chosen = {code: texts.t(word) for code, word in CHOSEN_WORDS.items()}
    shown = found.asked.with_columns(
        pl.col("reason").replace_strict(chosen, return_dtype=pl.String),
        pl.col("state").replace_strict(answers, default=None, return_dtype=pl.String),
    )
    columns = [
        Column("client", texts.t("Client"), width=_NAME_WIDTH),
        Column("reason", texts.t("Chosen as"), width=145),
        Column("balance", texts.t("Our balance"), "money"),
        Column("state", texts.t("Answer"), width=80),
        Column("answered_on", texts.t("Answered on"), "date"),
        Column("said", texts.t("Their balance"), "money", is_summed=False),
        Column("gap", texts.t("Difference"), "money", is_summed=False),
        Column("note", texts.t("Note"), width=100),
    ]
    st.caption(texts.t("Tick a client to keep what it answered."))
    picked = show_table(
        shown, columns, key="confirmations", texts=texts, selection="single-row", id_column="client_id",
        row_height=height_to_wrap(shown["client"].to_list(), _NAME_WIDTH),
        sheet=Sheet(texts.t("Balance confirmations"), [coverage_sentence(found, texts, session.currency)]),
    )  # fmt: skip
    rows = found.asked.filter(pl.col("client_id").is_in(picked)).to_dicts()
    if rows:
        _answer(session, page, rows[0])


def _answer(session: Session, page: str, row: dict[str, Any]) -> None:
    """Keep a client's answer."""
    texts, reason, key = session.texts, why_not(session), f"{row['client_id']}-{session.revision}"
    with st.form(f"confirm-answer-{key}", width=620):
        state = st.radio(
            f"{texts.t('Answer')} – {md(row['client'])}", list(ANSWER_WORDS), horizontal=True, key=f"confirm-state-{key}",
            format_func=lambda code: texts.t(ANSWER_WORDS[code]),
        )  # fmt: skip
        said = st.text_input(
            texts.t("Their balance, if it differs ({currency})", currency=session.currency), key=f"confirm-said-{key}"
        )
        note = st.text_input(texts.t("Note (optional)"), key=f"confirm-note-{key}", max_chars=300)
        is_asked = st.form_submit_button(texts.t("Keep"), type="primary", disabled=reason is not None, help=reason)
    if not is_asked:
        return
    amount = _signed(said) if state == "differs" else None

    def act(store: Store, author: Author) -> int:
        return keep_answer(
            store, cast("str", row["client_id"]), str(state), balance_on=session.as_of, author=author, said=amount, note=note
        )

    decide(session, page, act, texts.t("The answer of {client} is kept.", client=row["client"]))


def _signed(typed: str) -> Decimal | None:
    """A balance as people type it; below zero where the client says that we owe it."""
    plain = typed.strip()
    amount = read_amount(plain.lstrip("-\N{MINUS SIGN}"))
    return -amount if amount is not None and plain[:1] in ("-", "\N{MINUS SIGN}") else amount
