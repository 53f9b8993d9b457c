"""The frame of every screen: sidebar with the date and the language, and the navigation."""

from datetime import date, datetime

import streamlit as st

from models.texts import LANGUAGES, Texts
from pages import (
    cash,
    client,
    closing_page,
    collections_page,
    exports_page,
    home,
    imports,
    payables_page,
    receivables_page,
    reconciliation,
    settings_page,
)
from pages._ui.known import READ_ONLY, known_picker, show_known, start_as_of
from pages._ui.links import keep_pages
from pages._ui.session import Session, keep, language, past, start
from pages._ui.words import md

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2060, 12, 31)


def run_shell(*, today: date, now: datetime) -> None:
    """Open the store, show the pickers, run the page that the address names."""
    store, ledger, author = start(today=today, now=now)
    if "language" not in st.session_state:
        st.session_state["language"] = _asked_language() or language(store)
    texts = Texts(st.session_state["language"])
    pages = _pages(texts)
    keep_pages(pages)
    navigation = st.navigation(list(pages.values()))
    with st.sidebar:
        if ledger.settings.company_name:
            st.markdown(f"**{md(ledger.settings.company_name)}**")
        start_as_of()
        as_of = _as_of_picker(texts, author.today)
        known_on = known_picker(texts, author.today)
        st.segmented_control(
            texts.t("Language"),
            LANGUAGES,
            format_func=LANGUAGE_NAMES.__getitem__,
            key="language",
            required=True,
            bind="query-params",
            width="stretch",
        )
        if ledger.settings.sample:
            st.caption(texts.t("Sample company: fictitious figures up to {day}.", day=texts.date(ledger.settings.default_as_of)))
    if known_on:
        store, ledger = past(store, known_on)
    session = Session(store, ledger, author.today, as_of, texts, author, known_on)
    keep(session)
    if known_on and not show_known(session, can_look=navigation.url_path not in READ_ONLY):
        return
    navigation.run()


def _asked_language() -> str | None:
    """The language that the page's address names, by its code or as the picker writes it; None if it names none."""
    asked = st.query_params.get("language")
    return next((code for code, name in LANGUAGE_NAMES.items() if asked in (code, name)), None)


def _as_of_picker(texts: Texts, today: date) -> date:
    """The date of every figure, today by default, also when what counts as today has changed under the reader."""
    known = st.session_state.get("as_of_default")
    if known is not None and known != today:
        st.session_state["as_of"] = today
    st.session_state["as_of_default"] = today
    as_of = st.date_input(
        texts.t("As of"),
        value=today,
        min_value=_FIRST_DAY,
        max_value=_LAST_DAY,
        format="DD/MM/YYYY",
        key="as_of",
        bind="query-params",
        help=texts.t("Every figure on screen is true at the end of this day."),
    )
    return as_of if isinstance(as_of, date) else today


def _pages(texts: Texts) -> dict[str, st.Page]:
    """The screens by address, in the order of decisions; an address stays the same in both languages."""
    pages = [
        st.Page(home.show, title=texts.t("Home"), icon=":material/home:", url_path="accueil", default=True),
        st.Page(receivables_page.show, title=texts.t("Receivables"), icon=":material/receipt_long:", url_path="creances"),
        st.Page(collections_page.show, title=texts.t("Collections"), icon=":material/forward_to_inbox:", url_path="relances"),
        st.Page(cash.show, title=texts.t("Cash"), icon=":material/show_chart:", url_path="tresorerie"),
        st.Page(payables_page.show, title=texts.t("Suppliers"), icon=":material/shopping_cart:", url_path="fournisseurs"),
        st.Page(reconciliation.show, title=texts.t("Reconciliation"), icon=":material/compare_arrows:", url_path="rapprochement"),
        st.Page(client.show, title=texts.t("Client"), icon=":material/person:", url_path="client"),
        st.Page(imports.show, title=texts.t("Imports"), icon=":material/upload_file:", url_path="imports"),
        st.Page(exports_page.show, title=texts.t("Exports"), icon=":material/output:", url_path="exports"),
        st.Page(closing_page.show, title=texts.t("Closing"), icon=":material/event_available:", url_path="cloture"),
        st.Page(settings_page.show, title=texts.t("Settings"), icon=":material/settings:", url_path="reglages"),
    ]
    addresses = (
        "accueil",
        "creances",
        "relances",
        "tresorerie",
        "fournisseurs",
        "rapprochement",
        "client",
        "imports",
        "exports",
        "cloture",
        "reglages",
    )
    return dict(zip(addresses, pages, strict=True))
