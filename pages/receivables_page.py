"""Créances: who owes what, how late, down to the payments of one invoice."""

import streamlit as st

from pages._ui.charts import show_ageing_columns
from pages._ui.choices import choose
from pages._ui.downloads import show_downloads
from pages._ui.empty import show_empty
from pages._ui.figures import bucket_tiles
from pages._ui.indicators import show_indicators
from pages._ui.invoices import show_allocations, show_invoices
from pages._ui.links import go
from pages._ui.queries import aged_by, items, month_ends
from pages._ui.session import Session, current
from pages._ui.tables import Column, show_table
from pages._ui.tiles import show_tiles
from pages._ui.words import md
from pipelines.exports.columns import BUCKET_TITLES

_VIEWS = {"aged": "Aged balance", "evolution": "Month by month", "indicators": "Key figures"}
_BY = {"client": "By client", "sales_rep": "By sales rep", "category": "By category"}
_TITLES = {"client": "Client", "sales_rep": "Sales rep", "category": "Category"}


def show() -> None:
    """Show the receivables screen."""
    session = current()
    texts = session.texts
    if session.ledger.documents.is_empty():
        show_empty(session, texts.t("Receivables"), texts.t("Import your invoices to see what each client owes, and since when."))
        return
    st.title(texts.t("Receivables"), anchor=False)
    st.caption(texts.t("As of {day}, VAT included.", day=texts.weekday_date(session.as_of)))
    show_tiles(texts, bucket_tiles(session), key="receivables-tiles", columns=3, least=190)
    view = choose(texts.t("View"), list(_VIEWS), words=lambda name: texts.t(_VIEWS[name]), key="view", default="aged")
    if view == "evolution":
        _evolution(session)
    elif view == "indicators":
        show_indicators(session)
    else:
        _aged(session)


def _aged(session: Session) -> None:
    """The aged balance, and what is behind the selected row."""
    texts = session.texts
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        by = choose(texts.t("Group"), list(_BY), words=lambda name: texts.t(_BY[name]), key="by", default="client")
        show_downloads(session, by)
    rows = aged_by(session, by)
    columns = [
        Column(by, texts.t(_TITLES[by]), width=230),
        *(Column(name, texts.t(title), "money", is_sparse=True) for name, title in BUCKET_TITLES.items()),
        Column("open_credits", texts.t("Unused credits"), "money", is_sparse=True),
        Column("total", texts.t("Total"), "money"),
    ]
    if by != "client":
        nobody = texts.t("None given")
        show_table(rows.fill_null(nobody), columns, key=f"aged-{by}", texts=texts, empty=texts.t("Nothing is owed."))
        return
    st.caption(texts.t("Tick a client to see its invoices."))
    chosen = show_table(
        rows,
        columns,
        key="aged-client",
        texts=texts,
        selection="single-row",
        id_column="client_id",
        empty=texts.t("Nothing is owed."),
    )
    if chosen:
        _client_invoices(session, chosen[0])


def _client_invoices(session: Session, client_id: str) -> None:
    """The open invoices of a client, and the payments of the selected one."""
    texts = session.texts
    names = session.ledger.clients.filter(session.ledger.clients["client_id"] == client_id)["name"].to_list()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.subheader(md(names[0] if names else texts.t("Client")), anchor=False, width="content")
            if st.button(texts.t("Open the client’s page"), key="aged-open", icon=":material/person:"):
                go("client", client=client_id)
        owned = items(session)
        chosen = show_invoices(
            session,
            owned.filter((owned["client_id"] == client_id) & (owned["outstanding"] > 0)),
            key=f"aged-{client_id}",
            empty=texts.t("No open invoice: only credits are left."),
        )
        if chosen:
            show_allocations(session, chosen[0])


def _evolution(session: Session) -> None:
    """The ageing at the last 12 month ends."""
    texts = session.texts
    rows = month_ends(session)
    titles = {name: texts.t(title) for name, title in BUCKET_TITLES.items()}
    with st.container(border=True):
        st.subheader(texts.t("What clients owed at each month end"), anchor=False)
        st.caption(texts.t("The last column is the as-of date. Invoices only, before unused credits."))
        show_ageing_columns(texts, session.currency, rows.to_dicts(), titles, key="receivables-evolution")
        with st.expander(texts.t("See the figures"), icon=":material/table:"):
            columns = [Column("day", texts.t("As of"), "date"), *(Column(name, title, "money") for name, title in titles.items())]
            show_table(rows.reverse(), columns, key="receivables-evolution-table", texts=texts)
