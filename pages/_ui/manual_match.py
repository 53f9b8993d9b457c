"""A receipt matched by hand: search open invoices and tick them, or say which client paid."""

from typing import Any

import polars as pl
import streamlit as st

from pages._ui.browser import start_in_search
from pages._ui.match_list import end_search, tick, ticked
from pages._ui.match_search import payable_bills, search
from pages._ui.match_settle import attribute_to, show_balance, show_known_client
from pages._ui.queries import shown_names
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.parties import only_clients

_SHOWN = 8
_WIDTHS = (3, 4, 2, 2)
Line = dict[str, Any]
Row = dict[str, Any]


def open_search(session: Session, line: Line) -> None:
    """Open the search over the page: its field has the focus, so that a person types at once."""
    title = session.texts.t("Match by hand")
    st.dialog(title, width="medium", dismissible=False)(_search)(session, line)


def _search(session: Session, line: Line) -> None:
    """The search, the invoices found with a box to tick, and what ticking them would do."""
    texts = session.texts
    bills = payable_bills(session, line["currency"])
    is_ticked = pl.col("document_id").is_in(ticked())
    searched = st.text_input(
        texts.t("Search an open invoice"),
        key=f"search-{line['id']}",
        placeholder=texts.t("Client, number or amount"),
        type="search",
        live="200ms",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    start_in_search()
    money = texts.money(line["open_amount"], line["currency"])
    st.markdown(f"**{md(money)}** – {md(line['label'])}")
    chosen = bills.filter(is_ticked).sort("due_date", "number")
    found = search(bills, searched or "", line=line).filter(~is_ticked)
    with st.container(gap="xsmall"):
        for row in [*chosen.iter_rows(named=True), *found.head(_SHOWN).iter_rows(named=True)]:
            _bill(session, line, row, is_ticked=row["document_id"] in ticked())
    if chosen.is_empty() and found.is_empty():
        st.caption(texts.t("No open invoice fits this search."))
    elif found.height > _SHOWN:
        more = found.height - _SHOWN
        st.caption(texts.plural("{count} more invoice fits.", "{count} more invoices fit.", more))
    if chosen.is_empty():
        show_known_client(session, line, found if searched or line["client"] else found.head(0), oldest="Alt+O", keep="Alt+K")
    else:
        show_balance(session, line, chosen)
    _to_client(session, line)
    if st.button(texts.t("Back"), key=f"back-{line['id']}", icon=":material/arrow_back:", shortcut="Esc"):
        end_search()
        st.rerun()


def _bill(session: Session, line: Line, row: Row, *, is_ticked: bool) -> None:
    """An open invoice: a box to tick with its number, its client, its due date, and to the right what it owes."""
    texts = session.texts
    number, client, due, owed = st.columns(_WIDTHS, vertical_alignment="center", gap="small", wrap=False)
    number.checkbox(
        md(row["number"]),
        value=is_ticked,
        key=f"tick-{line['id']}-{row['document_id']}-{is_ticked}",
        on_change=tick,
        args=(row["document_id"],),
        kwargs={"is_wanted": not is_ticked},
    )
    client.markdown(md(row["client"] or ""), wrap=False)
    said = texts.t("Written off as a loss") if row["status"] == "written_off" else texts.date(row["due_date"])
    due.markdown(f":gray[{md(said)}]", wrap=False)
    is_same = row["outstanding"] == line["open_amount"]
    money = md(texts.money(row["outstanding"], row["currency"]))
    owed.markdown(f"**{money}**" if is_same else money, text_alignment="right")


def _to_client(session: Session, line: Line) -> None:
    """Say who paid where the invoice is not known: the money is then this client's credit."""
    texts = session.texts
    clients = only_clients(session.ledger.clients, session.ledger.documents).sort("name", "client_id")
    names = shown_names(session)
    with st.expander(texts.t("Only the client is known"), icon=":material/person:"):
        st.caption(
            texts.t("The money is then an open credit of this client: it lowers what it owes, without settling an invoice.")
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(
                texts.t("Client who paid"),
                clients["client_id"].to_list(),
                index=None,
                format_func=lambda i: names[i],
                key=f"client-{line['id']}",
                placeholder=texts.t("Choose a client"),
                width=300,
            )
            is_asked = st.button(
                texts.t("Attribute to this client"),
                key=f"attribute-{line['id']}-{session.revision}",
                disabled=chosen is None,
                icon=":material/person_check:",
            )
    if is_asked and chosen is not None:
        attribute_to(session, line, chosen, names[chosen])
