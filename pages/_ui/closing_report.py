"""The view of the monthly report: what is in it, and its pages as PDF."""

from datetime import date

import streamlit as st

from models.dates import month_start
from pages._ui.downloads import file_name
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.exports.table_files import file_stem
from pipelines.ledger import Ledger
from pipelines.report.figures import month_report
from pipelines.report.pages import report_pdf


def show_report(session: Session, page: str) -> None:
    """Show what the report of the month holds, make it when asked, and give it."""
    del page
    texts = session.texts
    title = texts.t("Monthly report of receivables")
    st.subheader(title, anchor=False)
    period = texts.t("{start} to {end}", start=texts.date(month_start(session.as_of)), end=texts.date(session.as_of))
    st.caption(
        md(
            texts.t(
                "Two to four pages for {period}: key figures with the month before, ages, DSO, movements, largest debtors, "
                "doubtful and disputed receivables, receipts, the coming 30 days and the definitions.",
                period=period,
            )
        )
    )
    key = (session.path, session.revision, session.as_of, session.currency, texts.language)
    if st.button(texts.t("Prepare the report"), icon=":material/description:", key="report-make"):
        st.session_state["report"] = key
    if st.session_state.get("report") != key:
        return
    with st.spinner(texts.t("The report is being written…")):
        content = _report(key, session.known_on, session)
    st.download_button(
        texts.t("Download the report (PDF)"), content, file_name(file_stem(title), session.as_of, content, "pdf"),
        "application/pdf", key="report-pdf", on_click="ignore", type="primary", icon=":material/download:",
    )  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner=False)
def _report(key: tuple[str, int, date, str, str], known_on: date | None, _session: Session) -> bytes:
    ledger: Ledger = _session.ledger
    return report_pdf(month_report(ledger, as_of=key[2], currency=key[3], known_on=known_on), _session.texts)
