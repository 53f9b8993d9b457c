"""A client's statement of account on its page: what is open, or the movements of the year, as files in its language."""

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from pages._ui.currencies import left_out
from pages._ui.downloads import file_name
from pages._ui.queries import aged_by, items
from pages._ui.session import Session
from pipelines.exports.table_files import FORM_TYPES, file_stem
from pipelines.papers.client_statement import Statement, statement_pdf, statement_workbook, statements


def show_statement_files(session: Session, client: dict[str, Any]) -> None:
    """The statement's files, written when one is clicked."""
    texts = session.texts
    year = session.as_of.replace(month=1, day=1)
    files: tuple[tuple[str, str, date | None], ...] = (
        (texts.t("What is open (PDF)"), "pdf", None),
        (texts.t("What is open (workbook)"), "xlsx", None),
        (texts.t("Movements since {date} (PDF)", date=texts.date(year)), "pdf", year),
        (texts.t("Movements since {date} (workbook)", date=texts.date(year)), "xlsx", year),
    )
    if left_out(session, client["client_id"]) and client["client_id"] not in aged_by(session, "client")["client_id"]:
        # it owes in another currency alone: a statement of zero in this one would say that it owes nothing
        has_moved = client["client_id"] in items(session)["client_id"]
        files = files[2:] if has_moved else ()
    if not files:
        return
    stem = f"{texts.t('statement-of-account')}-{file_stem(str(client['name']))}"
    with st.popover(texts.t("Statement of account"), icon=":material/receipt_long:"):
        for label, form, start in files:
            mark = f"{session.path}|{session.revision}|{client['client_id']}|{start}|{session.currency}".encode()
            st.download_button(
                label, _written(session, client["client_id"], form, start), file_name(stem, session.as_of, mark, form),
                FORM_TYPES[form], key=f"client-statement-{form}-{start}", on_click="ignore", width="stretch",
            )  # fmt: skip


def _written(session: Session, client_id: str, form: str, start: date | None) -> Callable[[], bytes]:
    """What writes the file, when it is asked for."""
    ledger = session.ledger

    def written() -> bytes:
        found: list[Statement] = statements(
            ledger, as_of=session.as_of, currency=session.currency, start=start, clients=[client_id]
        )
        if form == "xlsx":
            return statement_workbook(found[0], ledger)
        return statement_pdf(found, ledger, title=session.texts.t("Statement of account"))

    return written
