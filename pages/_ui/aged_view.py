"""The aged balance on screen: cut as the reader wants, proved by the accounts, open down to the payments of one invoice."""

import polars as pl
import streamlit as st

from models.errors import Refused
from models.texts import Texts
from pages._ui.choices import choose
from pages._ui.closing_queries import accounts_proof
from pages._ui.invoices import show_allocations, show_invoices
from pages._ui.links import go
from pages._ui.queries import aged_by, items, shown_names
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.words import md
from pipelines.accounting.balance_check import proof_rows, proof_sentences
from pipelines.ageing import USUAL, USUAL_BOUNDS, Ageing, parse_bounds
from pipelines.exports.period_tables import ageing_words, bucket_title, with_receipt_labels

_BY = {
    "client": "By client",
    "invoice": "By invoice",
    "sales_rep": "By sales rep",
    "category": "By category",
    "currency": "By currency",
}
_TITLES = {"client": "Client", "sales_rep": "Sales rep", "category": "Category", "currency": "Currency"}
_BASES = {"due": "Since the due date", "issue": "Since the invoice"}
_TICK = {"client": "Tick a client to see its invoices.", "invoice": "Tick an invoice to see its payments."}


def show_aged(session: Session) -> None:
    """The balance, what is behind the selected row, and its proof."""
    texts = session.texts
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        by = choose(texts.t("Group"), list(_BY), words=lambda name: texts.t(_BY[name]), key="by", default="client")
        ageing = _cut(texts, by)
    rows = aged_by(session, by, ageing)
    if by == "invoice":
        rows = with_receipt_labels(rows, session.ledger, texts)
    proof = accounts_proof(session)
    said = [*ageing_words(ageing, texts), *proof_sentences(proof, session.ledger, texts, session.currency)]
    if ageing != USUAL:
        st.caption(md(" ".join(ageing_words(ageing, texts)[:-1])))
    if by == "currency":
        st.caption(texts.t("Each currency stands for itself: amounts of different currencies are never added."))
        show_table(rows, _columns(texts, by, ageing, rows), key="aged-currency", texts=texts, empty=texts.t("Nothing is owed."))
        return
    st.caption(texts.t(_TICK.get(by, "Tick a row to see its invoices.")))
    chosen = show_table(
        _with_codes(rows, by, texts),
        _columns(texts, by, ageing, rows),
        key=f"aged-{by}",
        texts=texts,
        selection="single-row",
        id_column="group_code",
        sheet=Sheet(texts.t("Aged balance"), said),
        empty=texts.t("Nothing is owed."),
    )
    if chosen:
        _behind(session, by, chosen[0])
    _show_proof(session)


def _cut(texts: Texts, by: str) -> Ageing:
    """How the balance is cut by age; the choice stands in the address."""
    usual = ",".join(map(str, USUAL_BOUNDS))
    with st.popover(texts.t("Buckets"), icon=":material/tune:"):
        basis = choose(texts.t("Days"), list(_BASES), words=lambda name: texts.t(_BASES[name]), key="basis", default="due")
        typed = st.text_input(
            texts.t("Last day of each bucket"),
            value=usual,
            key="buckets",
            bind="query-params",
            max_chars=60,
            help=texts.t("Rising days with commas: 15,30,60 gives 1 to 15, 16 to 30, 31 to 60 days, and more."),
        )
        is_split = st.toggle(
            texts.t("Instalments on their own dates"),
            key="instalments",
            bind="query-params",
            disabled=by != "invoice" or basis != "due",
            help=texts.t("By invoice and due date only: what an agreed plan still expects ages by the plan’s dates."),
        )
    try:
        bounds = parse_bounds(typed or usual)
    except Refused as error:
        bounds = USUAL_BOUNDS
        st.warning(md(texts.t(error.template, **error.fields)))
    return Ageing(basis, bounds, is_split and by == "invoice" and basis == "due")


def _columns(texts: Texts, by: str, ageing: Ageing, rows: pl.DataFrame) -> list[Column]:
    """The group, its total, the buckets, the credits, and what of it is in dispute or doubtful.

    Of an invoice's two dates, the one that it ages from stands first; the other must not push an age out of sight.
    """
    dates = [Column("due_date", texts.t("Due"), "date"), Column("issue_date", texts.t("Issued"), "date")]
    since, other = dates if ageing.basis == "due" else dates[::-1]
    if by == "invoice":
        shown = [Column("number", texts.t("Invoice"), width=124), Column("client", texts.t("Client"), width=160), since]
        if rows["instalment"].null_count() < rows.height:
            shown.append(Column("instalment", texts.t("Instalment"), "count"))
    else:
        shown = [Column(by, texts.t(_TITLES[by]), width=200)]
    shown.append(Column("total", texts.t("Total"), "money"))
    shown += [Column(name, bucket_title(name, texts), "money", is_sparse=True) for name in ageing.buckets]
    beside = {
        "unallocated_receipts": (texts.t("Unallocated receipts"), texts.t("Money received that no invoice has used yet.")),
        "open_credit_notes": (texts.t("Open credit notes"), texts.t("What of credit notes no invoice has used yet.")),
        "disputed": (texts.t("Of which disputed"), texts.t("The part of the buckets that is in dispute.")),
        "doubtful": (
            texts.t("Of which doubtful"),
            texts.t("The part of the buckets that a person, or the number of days late, makes doubtful."),
        ),
    }
    return [
        *shown,
        *(
            Column(name, title, "money", help=told, is_sparse=True)
            for name, (title, told) in beside.items()
            if (rows[name] != 0).any()
        ),
        *([other] if by == "invoice" else []),
    ]


def _with_codes(rows: pl.DataFrame, by: str, texts: Texts) -> pl.DataFrame:
    """A code per row for its selection, and a word for what is nobody's."""
    if by in ("client", "invoice"):
        return rows.with_columns(group_code=pl.col({"client": "client_id", "invoice": "document_id"}[by]))
    return rows.with_columns(pl.col(by).fill_null(texts.t("None given")), group_code=pl.col(by).fill_null(""))


def _behind(session: Session, by: str, code: str) -> None:
    """The open invoices of the selected row, and the payments of the selected one."""
    texts, owned = session.texts, items(session).filter(pl.col("outstanding") > 0)
    with st.container(border=True):
        if by == "invoice":
            show_allocations(session, code)
            return
        if by == "client":
            with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
                of = shown_names(session).get(code, texts.t("Client"))
                st.subheader(md(of), anchor=False, width="content")
                if st.button(texts.t("Open the client’s page"), key="aged-open", icon=":material/person:"):
                    go("client", client=code)
            own = owned.filter(pl.col("client_id") == code)
        else:
            of = code or texts.t("None given")
            st.subheader(md(of), anchor=False)
            own = owned.filter(pl.col(by).fill_null("") == code)
        chosen = show_invoices(session, own, of=of, key=f"aged-{code}", empty=texts.t("No open invoice: only credits are left."))
        if chosen:
            show_allocations(session, chosen[0])


def _show_proof(session: Session) -> None:
    """The accounts of clients, which must agree with the balance to the cent."""
    texts, found = session.texts, accounts_proof(session)
    icon = ":material/check_circle:" if found.gap == 0 else ":material/error:"
    told = (
        texts.t("The balance agrees with the accounts of clients to the cent.")
        if found.gap == 0
        else texts.t("The accounts of clients differ from the balance by {gap}.", gap=texts.money(found.gap, session.currency))
    )
    with st.expander(told, icon=icon):
        rows = [{"words": words, "amount": amount} for words, amount in proof_rows(found, session.ledger, texts)]
        columns = [Column("words", texts.t("Account"), width=480), Column("amount", texts.t("Amount"), "money", is_summed=False)]
        show_table(rows, columns, key="aged-proof", texts=texts, sheet=Sheet(texts.t("Aged balance and accounts")))
