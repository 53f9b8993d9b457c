"""How a client is reached: e-mail, telephone, address, language and type, shown and changed."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from models.texts import LANGUAGES
from pages._ui.acting import decide
from pages._ui.known import when_now
from pages._ui.session import Session
from pages._ui.settings_fields import LANGUAGE_WORDS
from pages._ui.wording import CLIENT_TYPES, word
from pages._ui.words import md
from pipelines.collections.contact import set_contact

Client = Mapping[str, Any]


def show_contact(session: Session, page: str, client: Client) -> None:
    """What is known, and a form to change it."""
    texts = session.texts
    parts = [
        (":material/mail:", client["email"], texts.t("No e-mail address")),
        (":material/call:", client["phone"], texts.t("No telephone number")),
        (":material/home_pin:", client["address"], texts.t("No address")),
        (":material/badge:", client["siren"] and f"SIREN {client['siren']}", texts.t("No SIREN")),
    ]
    with st.container(border=True, horizontal=True, gap="medium", vertical_alignment="center"):
        for icon, value, missing in parts:
            st.markdown(f"{icon} {md(value)}" if value else f":gray[{icon} {missing}]", width="content")
        if client["language"] in LANGUAGE_WORDS and client["language"] != session.ledger.settings.language:
            st.markdown(f":material/translate: {md(word(texts, LANGUAGE_WORDS, client['language']))}", width="content")
        with st.popover(texts.t("Change the contact details"), icon=":material/edit:", type="tertiary"):
            _form(session, page, client)


def _form(session: Session, page: str, client: Client) -> None:
    texts = session.texts
    with st.form(f"contact-{client['client_id']}-{session.revision}", border=False):
        given = {
            "email": st.text_input(texts.t("E-mail"), client["email"] or "", max_chars=254),
            "phone": st.text_input(texts.t("Phone"), client["phone"] or "", max_chars=40),
            "address": st.text_area(texts.t("Postal address"), client["address"] or "", height=90, max_chars=400),
            "client_type": _one(texts.t("Type of client"), ["", *CLIENT_TYPES], client["client_type"], _type_name(session)),
            "language": _one(texts.t("Language of its letters"), ["", *LANGUAGES], client["language"], _language_name(session)),
        }
        st.caption(texts.t("A file imported later changes them only where it says something new."))
        is_saved = st.form_submit_button(texts.t("Save"), type="primary", icon=":material/check:", **when_now(session))
    if is_saved:
        text = texts.t("{client}: contact details changed.", client=client["name"])
        changed = {name: value or "" for name, value in given.items()}
        decide(session, page, lambda store, by: set_contact(store, str(client["client_id"]), changed, author=by), text)


def _one(label: str, codes: list[str], known: str | None, words: Callable[[str], str]) -> str:
    place = codes.index(known) if known in codes else 0
    return str(st.selectbox(label, codes, index=place, format_func=words) or "")


def _type_name(session: Session) -> Callable[[str], str]:
    return lambda code: word(session.texts, CLIENT_TYPES, code) if code else session.texts.t("Not known")


def _language_name(session: Session) -> Callable[[str], str]:
    return lambda code: word(session.texts, LANGUAGE_WORDS, code) if code else session.texts.t("As set in Settings")
