"""Imports: drop files, see what they would change, import them, undo; what no file says; and the backup of it all."""

from dataclasses import replace
from typing import Any

import streamlit as st

from pages._ui.acting import show_notice
from pages._ui.backup_part import show_backup
from pages._ui.import_files import (
    Dropped,
    apart,
    choose_account,
    choose_direction,
    choose_encoding,
    could_be_latin9,
    name_drop_zone,
    names_no_account,
    names_no_direction,
    read,
)
from pages._ui.import_freshness import show_freshness
from pages._ui.import_history import show_conflicts, show_history
from pages._ui.import_mapping import can_be_mapped, show_mapping, show_profiles
from pages._ui.import_others import show_others
from pages._ui.import_preview import show_report
from pages._ui.import_quarantine import show_count, show_quarantine
from pages._ui.importing import PAGE, ROUND, import_files, show_changed, show_next
from pages._ui.session import Session, current
from pages._ui.words import md
from pipelines.publishing.publish import ImportReport
from pipelines.sample import run_sample


def show() -> None:
    """Show the screen."""
    session = current()
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(texts.t("Imports"), anchor=False, width="content")
        show_count(session)
    notice = show_notice(session, PAGE)
    if notice is not None and notice.leads_on:
        show_changed(session)
        show_next(session)
    is_new = session.revision == 0
    if session.ledger.is_empty:
        st.markdown(texts.t("Drop your invoices and your bank statements here: you see what they say before anything is kept."))
    files = _dropped(session)
    if files:
        _preview(session, files)
    elif is_new:
        show_others(session)
        _sample(session)
    if is_new:
        return
    st.subheader(texts.t("Bank accounts"), anchor=False)
    show_freshness(session)
    if files:
        return
    show_quarantine(session)
    show_conflicts(session)
    show_others(session)
    show_profiles(session)
    st.subheader(texts.t("History"), anchor=False)
    show_history(session)
    show_backup(session)


def _dropped(session: Session) -> list[Dropped]:
    """The files in the drop zone.

    Any file may be dropped: one of a kind that is not read is refused with a sentence of ours, whatever its name.
    """
    texts = session.texts
    name_drop_zone(texts)
    uploaded: list[Any] = st.file_uploader(
        texts.t("Invoices, bank statements, clients"),
        accept_multiple_files=True,
        key=f"files-{st.session_state.get(ROUND, 0)}",
    )
    st.caption(
        texts.t(
            "Drop files on the frame, or click it to choose them, as many as you like, of any kind. "
            "Invoices and clients: CSV, Excel, Factur-X (PDF), e-invoices (XML), FEC. "
            "Bank: OFX, CSV, Excel, CAMT, CFONB, MT940, QIF. Exchange rates: CSV of the European Central Bank. "
            "Several at once: ZIP. 200 MB at most per file."
        )
    )
    with st.spinner(texts.t("Reading the files…")):
        return apart(session, [Dropped(place, file.name, file.getvalue()) for place, file in enumerate(uploaded)])


def _sample(session: Session) -> None:
    texts = session.texts
    if st.button(texts.t("Try it with the sample company"), key="imports-sample", icon=":material/science:"):
        with st.spinner(texts.t("Preparing the sample company…")):
            run_sample(session.store, author=session.author)
        st.rerun()


def _preview(session: Session, files: list[Dropped]) -> None:
    """The one button that imports them all, then each file as understood."""
    ready: list[tuple[Dropped, ImportReport]] = []
    action = st.container()
    for file in files:
        with st.container(border=True):
            st.markdown(f"#### {md(file.name)}")
            ready += _card(session, file)
    with action, st.container(horizontal=True, vertical_alignment="center"):
        _import_button(session, ready, len(files))


def _card(session: Session, file: Dropped) -> list[tuple[Dropped, ImportReport]]:
    """One file with what a person says of it, and what it would do; none where it cannot be imported."""
    with st.spinner(session.texts.t("Reading the files…")):
        seen = read(session, file)
    if names_no_account(seen):
        st.caption(session.texts.t("This file does not say which bank account it is of."))
        file = replace(file, account=choose_account(session, str(file.place)))
        if file.account is None:
            return []
    elif names_no_direction(seen):
        file = replace(file, kind=choose_direction(session, file))
    if could_be_latin9(file, seen):
        file = replace(file, encoding=choose_encoding(session, file))
    seen = read(session, file)
    show_report(session, file, seen)
    if can_be_mapped(seen):
        show_mapping(session, file)
    return [(file, seen)] if seen.refused is None else []


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
    if sum(report.inserted + report.updated > 0 for _, report in ready) > 1:
        said += " " + texts.t("Each file is counted by itself: a row that two of them hold is imported once.")
    if left_out:
        said += " " + texts.plural(
            "{count} file cannot be imported as it is.", "{count} files cannot be imported as they are.", left_out
        )
    st.caption(md(said))
