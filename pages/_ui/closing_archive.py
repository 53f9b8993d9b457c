"""The view of the year's archive: one ZIP of open formats, and what it holds."""

from datetime import date

import streamlit as st

from models.errors import AppError
from models.texts import Texts
from pages._ui.acting import error_sentence
from pages._ui.archive_compare import show_comparison
from pages._ui.downloads import file_name
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.papers.year_archive import file_list, not_over, run_archive
from pipelines.papers.year_tables import year_of


def show_archive(session: Session, page: str) -> None:
    """Let a person take a closed financial year away."""
    del page
    texts, settings = session.texts, session.ledger.settings
    st.subheader(texts.t("Archive of a year"), anchor=False)
    st.caption(
        texts.t(
            "One ZIP with everything of a financial year in formats that any program reads, for the ten years that accounts are "
            "kept. The same facts give the same file, to the byte."
        )
    )
    years = _years(session)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        year = st.selectbox(
            texts.t("Financial year"), years, format_func=lambda one: _said(texts, *year_of(one, settings)), width=330,
            key=f"archive-year-{session.path}",
        )  # fmt: skip
        if st.button(texts.t("Prepare the archive"), icon=":material/inventory_2:", key=f"archive-make-{year}"):
            st.session_state["archive"] = _key(session, year)
        is_made = st.session_state.get("archive") == _key(session, year)
        content = _download(session, year) if is_made else None
    for note in not_over(year_of(year, settings)[1], texts, today=session.today):
        st.info(note, icon=":material/info:")
    if content is None:
        st.caption(texts.t("Once it is prepared, it can be compared with an earlier archive of the same year."))
    else:
        show_comparison(session, year, content)
    st.markdown(f"**{texts.t('What it holds')}**")
    st.markdown("\n".join(f"- `{name}` – {md(meaning)}" for name, meaning in file_list(texts)))


def _years(session: Session) -> list[int]:
    """The financial years of which something is known, the last closed one first."""
    days = [*session.ledger.documents["issue_date"].drop_nulls(), *session.ledger.lines["booking_date"].drop_nulls()]
    settings, last = session.ledger.settings, session.as_of.year + 1
    known = [year for year in range(min(days).year, last + 1) if year_of(year, settings)[0] <= session.as_of]
    closed = [year for year in known if year_of(year, settings)[1] < session.as_of]
    return [*reversed(closed), *(year for year in reversed(known) if year not in closed)]


def _key(session: Session, year: int) -> tuple[str, int, int, str, date]:
    """What the archive's bytes depend on."""
    return session.path, session.revision, year, session.texts.language, session.today


def _said(texts: Texts, start: date, end: date) -> str:
    return f"{texts.date(start)} – {texts.date(end)}"


def _download(session: Session, year: int) -> bytes | None:
    """Make the archive and hand it out; None if it cannot be made, which is said."""
    texts = session.texts
    try:
        with st.spinner(texts.t("Preparing the archive…")):
            content = _archive(_key(session, year), session)
    except AppError as error:
        st.warning(md(error_sentence(texts, error, session.currency)), icon=":material/info:")
        return None
    end = year_of(year, session.ledger.settings)[1]
    st.download_button(
        texts.t("Download the archive"), content, file_name(texts.t("archive"), end, content, "zip"), "application/zip",
        key=f"archive-file-{year}", icon=":material/download:", type="primary", on_click="ignore",
    )  # fmt: skip
    return content


@st.cache_resource(max_entries=2, show_spinner=False)
def _archive(key: tuple[str, int, int, str, date], _session: Session) -> bytes:
    return run_archive(_session.store, key[2], _session.texts, today=key[4])
