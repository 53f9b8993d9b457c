"""What a person chooses of an accounting export: format, period, what is taken, columns of a table."""

import streamlit as st

from pages._ui.choices import begins
from pages._ui.period import choose_period
from pages._ui.session import Session
from pages._ui.unread import say_not_here
from pipelines.accounting.exporting import Request
from pipelines.exports.accounting_files import COLUMNS, FORMAT_WORDS, FORMATS, Asked, format_title
from pipelines.exports.columns import LISTS

_FORMAT = "format"
_TAKEN = {
    "all": "All entries of the period",
    "new": "Only what never left in this format",
    "corrects": "What is new, and corrections of what changed",
}


def ask(session: Session) -> Request:
    """What is chosen."""
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = _format(session)
        month = (session.as_of.replace(day=1), session.as_of)
        start, to = choose_period(texts, month, keys=("export_from", "export_to"))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        taken = st.radio(
            texts.t("What to take"), list(_TAKEN), key="taken", horizontal=True, format_func=lambda code: texts.t(_TAKEN[code])
        )
        with_unproven = st.checkbox(
            texts.t("With payments that no bank line proves"),
            value=True,
            key="with-unproven",
            help=texts.t(
                "Payments that your invoicing tool or a person says: they stand on account 511 until the bank proves them."
            ),
        )
        with_doubtful = st.checkbox(
            texts.t("With doubtful receivables"),
            value=True,
            key="with-doubtful",
            help=texts.t(
                "What you decided in Closing: 411 to 416 and back, provisions at each closing. A draft for the accountant."
            ),
        )
    columns = _columns(session) if chosen in FORMAT_WORDS else ()
    return Request(
        Asked(chosen, start, to, columns),
        only_new=taken != "all",
        corrects=taken == "corrects",
        with_unproven=with_unproven,
        with_doubtful=with_doubtful,
    )


def _format(session: Session) -> str:
    """The format; it stands in the address by its code."""
    texts = session.texts
    wanted = st.query_params.get(_FORMAT)
    if begins(_FORMAT):
        st.session_state[_FORMAT] = wanted if wanted in FORMATS else FORMATS[0]
    if wanted and wanted not in FORMATS:
        say_not_here(texts, wanted, format_title(texts, st.session_state[_FORMAT]))

    def keep() -> None:
        st.query_params[_FORMAT] = st.session_state[_FORMAT]

    return str(
        st.selectbox(
            texts.t("Program or format"),
            FORMATS,
            key=_FORMAT,
            on_change=keep,
            format_func=lambda code: format_title(texts, code),
        )
    )


def _columns(session: Session) -> tuple[str, ...]:
    titles = {column.name: session.texts.t(column.title) for column in LISTS["entries"]}
    return tuple(
        st.multiselect(
            session.texts.t("Columns"), COLUMNS, default=COLUMNS, key="export-columns", format_func=titles.__getitem__,
            placeholder="", select_all=False,
        )
    )  # fmt: skip
