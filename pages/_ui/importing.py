"""Importing what was dropped: every file, then the rules, then one notice that tells what changed."""

from collections.abc import Sequence

import streamlit as st

from models.money import ZERO
from models.texts import Texts
from pages._ui.acting import Notice, error_sentence, tell
from pages._ui.import_history import PAGE
from pages._ui.import_preview import Dropped
from pages._ui.session import Session
from pipelines.ingest.publish import ImportReport, run_import
from pipelines.reconcile.run import Reconciliation, run_reconcile

#: Counts the imports of a browser session: an emptied drop zone is a new one.
ROUND = "encours_import_round"


def import_files(session: Session, files: Sequence[Dropped]) -> None:
    """Import the files, each as one change, let the rules match, tell what changed, and start the page again."""
    store, author = session.store, session.author
    reports = [run_import(store, file.content, file.name, author=author, account=file.account) for file in files]
    done = run_reconcile(store, author=author)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    changes = tuple(report.change_id for report in reports if report.change_id is not None)
    known = "Nothing new: everything in these files was known already."
    title = session.texts.t("Imported:") if changes else session.texts.t(known)
    said, label = _summary(session, reports, done), "Undo this import"
    tell(session, Notice(PAGE, title, changes, rematch=True, said=said, leads_on=True, undo_label=label))


def _summary(session: Session, reports: Sequence[ImportReport], done: Reconciliation) -> tuple[str, ...]:
    texts = session.texts
    amount = texts.money(done.allocated_amount, session.currency)
    said = [
        _counted(texts, reports, "invoices", "{count} invoice.", "{count} invoices."),
        _counted(texts, reports, "bank", "{count} bank line.", "{count} bank lines."),
    ]
    if done.allocated_amount > ZERO:
        one, many = "{count} receipt matched by the rules ({amount}).", "{count} receipts matched by the rules ({amount})."
        said.append(texts.plural(one, many, done.allocated_lines, amount=amount))
    if done.suggested_lines:
        said.append(texts.plural("{count} match to confirm.", "{count} matches to confirm.", done.suggested_lines))
    said += [f"{r.file}{texts.t(': ')}{error_sentence(texts, r.refused, session.currency)}" for r in reports if r.refused]
    return tuple(filter(None, said))


def _counted(texts: Texts, reports: Sequence[ImportReport], kind: str, one: str, many: str) -> str:
    """How many rows of a kind are new or changed; nothing for none."""
    count = sum(report.inserted + report.updated for report in reports if report.kind == kind)
    return texts.plural(one, many, count) if count else ""
