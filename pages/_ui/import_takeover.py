"""Taking over from another tool: the day, open invoices or one balance per client, the file, and what stays unreliable."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import streamlit as st

from models.dates import month_start
from pages._ui.acting import error_sentence
from pages._ui.import_files import Dropped
from pages._ui.import_preview import show_report
from pages._ui.importing import ROUND, standing, tell_imports
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.decisions import history
from pipelines.publishing.by_hand import run_takeover
from pipelines.publishing.publish import ImportReport
from pipelines.reconcile.run import run_reconcile

_WHAT_NAMES = {"items": "The invoices that were still open", "balances": "One balance per client"}
_PLACE = 1_000  # away from the dropped files', for keys


def show_takeover(session: Session) -> None:
    """The step, in the order in which a person answers it; nothing is stored before its button."""
    texts = session.texts
    with st.container(border=True):
        st.markdown(texts.t("Start in Encours at a date, with what your clients owed on that day. Three answers are enough."))
        when, what = st.columns([1, 3])
        on = when.date_input(
            texts.t("1. At the end of"),
            value=month_start(session.today) - timedelta(days=1),
            max_value=session.today,
            format="DD/MM/YYYY",
            key="takeover-day",
        )
        kind = what.radio(
            texts.t("2. What you have"),
            list(_WHAT_NAMES),
            format_func=lambda code: texts.t(_WHAT_NAMES[code]),
            key="takeover-what",
            horizontal=True,
        )
        _explain(session, are_balances=kind == "balances")
        file = st.file_uploader(texts.t("3. The file"), key=f"takeover-file-{st.session_state.get(ROUND, 0)}")
        if file is not None and isinstance(on, date):
            _preview(session, Dropped(_PLACE, file.name, file.getvalue()), on, are_balances=kind == "balances")


def _explain(session: Session, *, are_balances: bool) -> None:
    """What the file must hold, and what taking over makes unreliable."""
    texts = session.texts
    if are_balances:
        st.caption(
            texts.t("A file with two columns, the client (name or code) and its balance: an export of the client balances.")
        )
    else:
        st.caption(
            texts.t("The export of the unpaid invoices of your old tool, or any invoice file whose paid invoices were left out.")
        )
    said = [
        texts.t(
            "What was paid before that day is not in the file. So payment delays, DSO and turnover of the first months, and the "
            "rate of unpaid invoices, will not be reliable. Receivables and cash are right from the first day."
        )
    ]
    if are_balances:
        said.append(
            texts.t("A balance does not say how old it is: due dates are estimated, and so are overdue amounts and ages.")
        )
    st.info(" ".join(said), icon=":material/info:")


def _preview(session: Session, file: Dropped, on: date, *, are_balances: bool) -> None:
    texts = session.texts
    seen = run_takeover(
        session.store, file.content, file.name, on=on, author=session.author, are_balances=are_balances, dry_run=True
    )
    # Balances become invoices of one day: what was found of dates and signs is of these, not of the file.
    show_report(session, file, replace(seen, date_order=None, decimal=None) if are_balances else seen)
    if seen.refused is not None:
        return
    later = _later_than(seen, on)
    if later:
        sentence = texts.plural("{count} invoice is dated after that day.", "{count} invoices are dated after that day.", later)
        st.warning(md(sentence), icon=":material/event_busy:")
    label = texts.t("Take over at {day}", day=texts.date(on))
    is_new = seen.inserted + seen.updated > 0
    if st.button(label, key=f"takeover-{session.revision}", type="primary", icon=":material/check:", disabled=not is_new):
        _take_over(session, file, on, are_balances=are_balances)


def _later_than(report: ImportReport, on: date) -> int:
    """Documents that were issued after the day of the take-over."""
    return 0 if report.reading is None else report.reading.documents.filter(pl.col("issue_date") > on).height


def _take_over(session: Session, file: Dropped, on: date, *, are_balances: bool) -> None:
    """Import it, and let it be undone with the day from which data are complete."""
    before = standing(session)
    report = run_takeover(session.store, file.content, file.name, on=on, author=session.author, are_balances=are_balances)
    if report.refused is not None:
        st.error(md(error_sentence(session.texts, report.refused, session.currency)))
        return
    is_later = (pl.col("change_id") > (report.change_id or 0)) & (pl.col("action") == "set")
    settings = history(session.store).filter(is_later)["change_id"].to_list() if report.change_id else []
    done = run_reconcile(session.store, author=session.author)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    tell_imports(session, before, [report], done, *settings)
