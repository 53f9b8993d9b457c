"""The view of statements of account: of one client or of all, what is open or every movement of a period."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

import polars as pl
import streamlit as st

from models.money import total
from pages._ui.choices import choose
from pages._ui.closing_confirmations import show_confirmations
from pages._ui.columns import Column
from pages._ui.downloads import file_name
from pages._ui.period import choose_first_day
from pages._ui.queries import shown_names
from pages._ui.session import Session
from pages._ui.table_tools import Sheet
from pages._ui.tables import show_table
from pipelines.exports.paper_columns import MOVEMENT_WORDS
from pipelines.exports.table_files import FORM_TYPES, file_stem
from pipelines.papers.account import Account
from pipelines.papers.client_statement import (
    Statement,
    statement_pdf,
    statement_rows,
    statement_workbook,
    statements,
    statements_zip,
)

_OPEN, _PERIOD = "open", "period"
_KIND_WORDS = {_OPEN: "What is open", _PERIOD: "All movements of a period"}
_EVERYONE = "all"
_PDF, _ZIP = FORM_TYPES["pdf"], "application/zip"


def show_papers(session: Session, page: str) -> None:
    """Show statements of account, and the balance confirmations below."""
    texts = session.texts
    with st.container(border=True):
        st.subheader(texts.t("Statements of account"), anchor=False)
        start = _period(session)
        found = found_statements(session, start)
        if not found:
            st.caption(texts.t("There is nothing to put on a statement at this date."))
        else:
            _show_found(session, found)
    show_confirmations(session, page)


def _period(session: Session) -> date | None:
    """The first day of the period that is asked for; None for what is open."""
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = choose(
            texts.t("Statement"),
            [_OPEN, _PERIOD],
            words=lambda code: texts.t(_KIND_WORDS[code]),
            key="statement",
            default=_OPEN,
        )
        if kind == _OPEN:
            return None
        usual = session.as_of.replace(month=1, day=1)
        return choose_first_day(texts, usual, to=session.as_of, key="statement_from")


def found_statements(session: Session, start: date | None) -> Sequence[Statement]:
    """The statements at the as-of date."""
    key = (session.path, session.revision, session.as_of, session.currency, start)
    return _found(key, session)


@st.cache_resource(max_entries=6, show_spinner=False)
def _found(key: tuple[object, ...], _session: Session) -> Sequence[Statement]:
    start = key[4] if isinstance(key[4], date) else None
    return statements(_session.ledger, as_of=_session.as_of, currency=_session.currency, start=start)


def _show_found(session: Session, found: Sequence[Statement]) -> None:
    """Whose statement, its lines, and its files."""
    texts = session.texts
    by_id, names = {str(one.client["client_id"]): one for one in found}, shown_names(session)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(
            texts.t("Client"),
            [_EVERYONE, *by_id],
            format_func=lambda code: texts.t("All clients") if code == _EVERYONE else names[code],
            key=f"statement-client-{session.path}",
            width=300,
        )
        if chosen == _EVERYONE or chosen not in by_id:
            _files_of_all(session, found)
        else:
            statement_buttons(session, by_id[chosen])
    if chosen in by_id:
        _show_lines(session, by_id[chosen])
    else:
        _show_clients(session, found)


def _files_of_all(session: Session, found: Sequence[Statement]) -> None:
    texts, ledger = session.texts, session.ledger
    title = texts.t("Statements of account")
    files: tuple[tuple[str, str, str, Callable[[], bytes]], ...] = (
        (texts.t("One PDF"), "pdf", _PDF, partial(statement_pdf, found, ledger, title=title)),
        (texts.t("A PDF per client (ZIP)"), "zip", _ZIP, partial(statements_zip, found, ledger, "pdf", texts)),
        (texts.t("A workbook per client (ZIP)"), "xlsx.zip", _ZIP, partial(statements_zip, found, ledger, "xlsx", texts)),
    )
    for label, extension, mime, written in files:
        mark = f"{session.path}|{session.revision}|{found[0].start}|{texts.language}|{session.currency}".encode()
        st.download_button(
            label, written, file_name(texts.t("statements-of-account"), session.as_of, mark, extension), mime,
            key=f"statements-{extension}", icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def statement_buttons(session: Session, statement: Statement) -> None:
    """The files of one client's statement, in the client's language."""
    texts, ledger = session.texts, session.ledger
    client_id = str(statement.client["client_id"])
    stem = f"{texts.t('statement-of-account')}-{file_stem(str(statement.client['name']))}"
    mark = f"{session.path}|{session.revision}|{statement.start}|{client_id}|{session.currency}".encode()
    files: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
        (texts.t("Statement (PDF)"), "pdf", partial(statement_pdf, [statement], ledger, title=texts.t("Statement of account"))),
        (texts.t("Statement (workbook)"), "xlsx", partial(statement_workbook, statement, ledger)),
    )
    for label, extension, written in files:
        st.download_button(
            label, written, file_name(stem, session.as_of, mark, extension), FORM_TYPES[extension],
            key=f"statement-{client_id}-{extension}", icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _sheet(session: Session, statement: Statement, of: str) -> Sheet:
    """What the files say: whose statement, and of which days."""
    texts, start = session.texts, statement.start
    end = texts.date(session.as_of)
    said = texts.t(_KIND_WORDS[_OPEN]) if start is None else texts.t("From {start} to {end}.", start=texts.date(start), end=end)
    return Sheet(f"{texts.t('Statement of account')} – {of}", [said])


def _show_clients(session: Session, found: Sequence[Statement]) -> None:
    """Each client's balance, which sum to what is owed."""
    texts, names = session.texts, shown_names(session)
    is_of_period = found[0].start is not None
    rows = [
        {"client_id": one.client["client_id"], "client": names[one.client["client_id"]], "closing": one.closing}
        | (_moved(one.account) if is_of_period else {})
        for one in found
    ]
    columns = [
        Column("client", texts.t("Client"), width=260),
        Column("opening", texts.t("Balance brought forward"), "money"),
        Column("debit", texts.t("Debit"), "money"),
        Column("credit", texts.t("Credit"), "money"),
        Column("closing", texts.t("Closing balance"), "money"),
    ]
    if not is_of_period:
        columns = [columns[0], columns[-1]]
    show_table(rows, columns, key="statement-clients", texts=texts, sheet=_sheet(session, found[0], texts.t("All clients")))


def _moved(account: Account) -> dict[str, Decimal]:
    """What a client's account was brought forward with, and what moved it in the period."""
    return {"opening": account.opening, "debit": total(account.lines["debit"]), "credit": total(account.lines["credit"])}


def _show_lines(session: Session, statement: Statement) -> None:
    """One client's statement as it leaves, with the codes of lettering."""
    texts = session.texts
    rows = [row | {"kind": texts.t(MOVEMENT_WORDS[row["kind"]])} for row in statement_rows(statement)]
    columns = [
        Column("date", texts.t("Date"), "date", width=100),
        Column("kind", texts.t("Movement"), width=210),
        Column("number", texts.t("Document"), width=150),
        Column("due_date", texts.t("Due"), "date", width=100),
        Column("debit", texts.t("Debit"), "money", is_sparse=True, width=110),
        Column("credit", texts.t("Credit"), "money", is_sparse=True, width=110),
        Column("balance", texts.t("Balance"), "money", width=110, is_summed=False),
        Column(
            "letter", texts.t("Lettering"), width=85,
            help=texts.t("What settles each other bears one code; small letters: in part. Codes that left with an export stay."),
        ),
    ]  # fmt: skip
    frame = pl.DataFrame(rows, infer_schema_length=None).with_row_index("place")
    show_table(
        frame,
        columns,
        key="statement-lines",
        texts=texts,
        id_column="place",
        sheet=_sheet(session, statement, str(statement.client["name"])),
    )
