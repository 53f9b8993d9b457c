"""The screens by address, in the order of decisions; and what is shown at an address that is none of theirs."""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from models.texts import Texts
from pages import (
    cash,
    client,
    closing_page,
    collections_page,
    exports_page,
    home,
    imports,
    payables_page,
    portfolio_page,
    receivables_page,
    reconciliation,
    settings_page,
)
from pages._ui.links import button_to
from pages._ui.session import current

HOME, DOSSIERS = "accueil", "dossiers"
#: Streamlit serves the first screen at the root and knows no other address of it; this one no address can be.
ROOT = "0"
_ADDRESS = re.compile(r"[a-zA-Z][\w-]{0,60}")


def pages_of(texts: Texts, *, has_folder: bool) -> dict[str, st.Page]:
    """The screens by address, which stays the same in both languages. The dossiers have one where there is a folder of them."""
    pages = [
        st.Page(home.show, title=texts.t("Home"), icon=":material/home:", url_path=ROOT, default=True),
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
        st.Page(
            portfolio_page.show,
            title=texts.t("Dossiers"),
            icon=":material/folder_open:",
            url_path=DOSSIERS,
            visibility="visible" if has_folder else "hidden",
        ),
    ]
    return {page.url_path or HOME: page for page in pages}


def choosing_pages(texts: Texts) -> dict[str, st.Page]:
    """The dossiers at every address, so that a link into one that cannot be opened is no unknown page."""
    addresses = list(pages_of(texts, has_folder=True))
    pages = [
        st.Page(
            portfolio_page.show, title=texts.t("Dossiers"), url_path=ROOT if address == HOME else address, default=address == HOME
        )
        for address in addresses
    ]
    return dict(zip(addresses, pages, strict=True))


def navigate(texts: Texts, pages: Mapping[str, st.Page], *, position: Literal["sidebar", "hidden"] = "sidebar") -> st.Page:
    """The screen that the address names. The home screen's other address leads to it; an unknown one says so."""
    asked, known = asked_address(), list(pages.values())
    if asked and asked not in {page.url_path for page in known}:
        known.append(st.Page(_show_unknown, title=texts.t("Unknown address"), url_path=asked, visibility="hidden"))
    found = st.navigation(known, position=position)
    if found.url_path == HOME:
        st.switch_page(pages[HOME], query_params=st.query_params.to_dict())
    return found


def asked_address() -> str:
    """The address that the browser asked for, without its query; empty for the root, and where it can name no screen."""
    last = urlsplit(st.context.url or "").path.rpartition("/")[2]
    return last if _ADDRESS.fullmatch(last) else ""


def _show_unknown() -> None:
    """A word on an address that names no screen, and the way on."""
    texts = current().texts
    st.title(texts.t("Unknown address"), anchor=False)
    st.write(texts.t("No screen has this address: it may have been cut, or come from another version."))
    button_to(texts.t("Home"), HOME, key="unknown-home", icon=":material/home:", importance="primary")
