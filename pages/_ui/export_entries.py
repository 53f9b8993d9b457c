"""The entries that an export would take, and what they move on each account."""

import streamlit as st

from models.texts import Texts
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pipelines.accounting.exporting import Plan
from pipelines.exports.accounting_words import check_rows

#: A page cannot show a year of entries; the file has them all.
_MOST_LINES = 200
#: In pixels: the columns of each table whole.
_ACCOUNTS_WIDTH, _PROOF_WIDTH = 560, 440


def show_totals(session: Session, plan: Plan) -> None:
    """What the lines move on each account, beside the proof that client accounts agree with what clients owe."""
    texts = session.texts
    beside = st.container(horizontal=True)  # one below the other where there is no room for both: an amount must be in sight
    with beside.container(width=_ACCOUNTS_WIDTH):
        st.markdown(f"**{texts.t('Totals by account')}**")
        columns = [
            Column("account", texts.t("Account"), width=64),
            Column("account_name", texts.t("Account name"), width=258),
            Column("debit", texts.t("Debit"), "money", is_sparse=True, width=92),
            Column("credit", texts.t("Credit"), "money", is_sparse=True, width=92),
        ]
        show_table(plan.accounts, columns, key="export-accounts", texts=texts, sheet=Sheet(texts.t("Accounts of the export")))
    with beside.container(width=_PROOF_WIDTH):
        st.markdown(f"**{texts.t('Client accounts and receivables')}**")
        rows = [{"what": what, "amount": amount} for what, amount in check_rows(plan.check, texts)]
        columns = [
            Column("what", texts.t("At the end of the period"), width=285),
            Column("amount", texts.t("Amount"), "money", width=92),
        ]
        show_table(rows, columns, key="export-check", texts=texts, sheet=Sheet(texts.t("Entries against receivables")))


def show_entries(session: Session, plan: Plan) -> None:
    """The first of the lines that would leave."""
    texts, lines = session.texts, plan.selection.lines
    if lines.height > _MOST_LINES:
        st.caption(texts.t("The first {count} lines.", count=texts.number(_MOST_LINES)))
    show_table(
        lines.head(_MOST_LINES),
        _columns(texts),
        key="export-lines",
        texts=texts,
        sheet=Sheet(texts.t("Entries")),
        height=420,
    )


def _columns(texts: Texts) -> list[Column]:
    return [
        Column("journal", texts.t("Journal"), width=60),
        Column("number", texts.t("Entry"), "count", width=60),
        Column("date", texts.t("Date"), "date", width=95),
        Column("account", texts.t("Account"), width=75),
        Column("auxiliary", texts.t("Client code"), width=90),
        Column("piece", texts.t("Document"), width=120),
        Column("label", texts.t("Label"), width=300),
        Column("debit", texts.t("Debit"), "money", is_sparse=True),
        Column("credit", texts.t("Credit"), "money", is_sparse=True),
        Column("letter", texts.t("Lettering"), width=70),
        Column("letter_date", texts.t("Lettered on"), "date", width=95),
    ]
