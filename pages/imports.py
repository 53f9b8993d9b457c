"""Imports: drop files, see what they would change, import them, undo."""

from dataclasses import replace
from typing import Any

import streamlit as st

from pages._ui.acting import show_notice
from pages._ui.import_history import PAGE, show_conflicts, show_freshness, show_history
from pages._ui.import_preview import Dropped, choose_account, names_no_account, read, show_report
from pages._ui.importing import ROUND, import_files
from pages._ui.links import button_to
from pages._ui.session import Session, current
from pages._ui.words import md
from pipelines.ingest.publish import ImportReport
from pipelines.sample import run_sample

_TYPES = ["csv", "tsv", "txt", "ofx", "qfx"]


def show() -> None:
    """Show the screen."""
    session = current()
    texts = session.texts
    st.title(texts.t("Imports"), anchor=False)
    notice = show_notice(session, PAGE)
    if notice is not None and notice.leads_on:
        _next(session)
    if session.ledger.is_empty:
        st.markdown(texts.t("Drop your invoices and your bank statements here: you see what they say before anything is kept."))
    files = _dropped(session)
    if files:
        _preview(session, files)
        return
    if session.revision == 0:
        _sample(session)
    show_conflicts(session)
    if not session.ledger.is_empty or session.revision:
        st.subheader(texts.t("Bank accounts"), anchor=False)
        show_freshness(session)
        st.subheader(texts.t("History"), anchor=False)
        show_history(session)


def _dropped(session: Session) -> list[Dropped]:
    """The files in the drop zone, whose built-in words are English: the caption says them in the reader's language."""
    texts = session.texts
    uploaded: list[Any] = st.file_uploader(
        texts.t("Invoices and bank statements"),
        type=_TYPES,
        accept_multiple_files=True,
        key=f"files-{st.session_state.get(ROUND, 0)}",
    )
    st.caption(
        texts.t("Drop files on the frame, or click it to choose them. Invoices: CSV. Bank: OFX or CSV. 20 MB at most per file.")
    )
    return [Dropped(place, file.name, file.getvalue()) for place, file in enumerate(uploaded)]


def _sample(session: Session) -> None:
    texts = session.texts
    if st.button(texts.t("Try it with the sample company"), key="imports-sample", icon=":material/science:"):
        with st.spinner(texts.t("Preparing the sample company…")):
            run_sample(session.store, author=session.author)
        st.rerun()


def _preview(session: Session, files: list[Dropped]) -> None:
    """Each file as understood, then the one button that imports them all."""
    texts = session.texts
    ready: list[tuple[Dropped, ImportReport]] = []
    with st.spinner(texts.t("Reading the files…")):
        reports = [(file, read(session, file)) for file in files]
    action = st.container()
    for file, report in reports:
        with st.container(border=True):
            st.markdown(f"#### {md(file.name)}")
            chosen, seen = file, report
            if names_no_account(report):
                chosen = replace(file, account=choose_account(session, file))
                seen = read(session, chosen) if chosen.account else report
            show_report(session, chosen, seen)
            if seen.refused is None and (chosen.account or not names_no_account(seen)):
                ready.append((chosen, seen))
    with action, st.container(horizontal=True, vertical_alignment="center"):
        _import_button(session, ready, len(files))


def _import_button(session: Session, ready: list[tuple[Dropped, ImportReport]], dropped: int) -> None:
    texts = session.texts
    fresh = sum(report.inserted + report.updated for _, report in ready)
    left_out = dropped - len(ready)
    if st.button(
        texts.t("Import"), key=f"import-{session.revision}", type="primary", icon=":material/check:", disabled=not ready
    ):
        with st.spinner(texts.t("Importing and matching…")):
            import_files(session, [file for file, _ in ready])
    said = texts.plural("{count} row is new or changed.", "{count} rows are new or changed.", fresh)
    if left_out:
        said += " " + texts.plural(
            "{count} file cannot be imported as it is.", "{count} files cannot be imported as they are.", left_out
        )
    st.caption(md(said))


def _next(session: Session) -> None:
    """Where to go after an import."""
    texts = session.texts
    with st.container(horizontal=True):
        button_to(
            texts.t("Go to the reconciliation"),
            "rapprochement",
            key="to-matching",
            icon=":material/compare_arrows:",
            importance="primary",
        )
        button_to(texts.t("Go to the reminders"), "relances", key="to-reminders", icon=":material/forward_to_inbox:")
