"""The frame of every screen: sidebar with the date and the language, and the navigation."""

import os
from dataclasses import replace
from datetime import date, datetime

import streamlit as st

from models.errors import AppError, Refused
from models.store import Author, Store
from models.texts import LANGUAGES, Texts
from pages._ui import companies
from pages._ui.browser import load_with, tell_browser
from pages._ui.choices import begins
from pages._ui.closed_note import CLOSED_SHOWN, show_closed_note
from pages._ui.currencies import OWN_ONLY, currency_picker
from pages._ui.known import (
    FIRST_DAY,
    LAST_DAY,
    NO_DAY,
    READ_ONLY,
    known_picker,
    say_refused,
    show_known,
    show_other_day,
    start_as_of,
)
from pages._ui.links import keep_pages
from pages._ui.navigation import choosing_pages, navigate, pages_of
from pages._ui.open_stores import close_idle
from pages._ui.session import Session, author_of, keep, past, start, unopened
from pages._ui.summing import sum_up_later
from pages._ui.unread import begin_screen, heed, in_vain, make_room, say_not_here, settle
from pages._ui.words import md
from pipelines.companies.folder import Company
from pipelines.ledger import Ledger

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


def run_shell(*, today: date, now: datetime) -> None:
    """Open the dossier that the address names, or let one be chosen where it names none that can be opened."""
    place = companies.folder()
    if place is None:
        _run_opened(*start(today=today, now=now))
        return
    if not place.is_dir():  # opening would make an empty one in its place
        raise Refused(
            "folder_gone",
            "The folder of the dossiers, {path}, is not there: connect it again, then reload this page.",
            path=place,
        )
    close_idle(now=now)
    known = companies.dossiers(place)
    company = companies.bound(known)
    if known and company is None:
        _run_unopened(today=today, now=now)
        return
    try:
        opened = start(today=today, now=now, path=str(company.path) if company else None)
    except AppError as error:
        _run_unopened(today=today, now=now, error=error)
        return
    _run_opened(*opened, company=company)


def _run_unopened(*, today: date, now: datetime, error: AppError | None = None) -> None:
    """The dossiers to choose from, and why the one that was asked for cannot be opened."""
    usual = os.environ.get("ENCOURS_LANG", "fr")
    texts = _texts(usual)
    folder = companies.folder()
    known = companies.dossiers(folder) if folder else []
    pages = choosing_pages(texts)
    keep_pages(pages)
    navigation = navigate(texts, pages, position="hidden")
    tell_browser(texts)
    with st.sidebar:
        _language_picker(texts, usual)
    if companies.show_leaving(texts, known):
        return
    if error is not None:
        st.error(md(texts.t(error.template, **error.fields)), icon=":material/lock:")
    keep(unopened(texts, author_of(today, now)))
    navigation.run()


def _run_opened(store: Store, ledger: Ledger, author: Author, *, company: Company | None = None) -> None:
    """Show the pickers, run the page that the address names."""
    texts = _texts(ledger.settings.language)
    place = companies.folder()
    known = companies.dossiers(place) if place else []
    pages = pages_of(texts, has_folder=place is not None)
    keep_pages(pages)
    navigation = navigate(texts, pages)
    _begin(texts, navigation)
    with st.sidebar:
        if company is not None:
            companies.picker(texts, known, company)
        if ledger.settings.company_name and len(known) <= 1:
            st.markdown(f"**{md(ledger.settings.company_name)}**")
        start_as_of(author.today)
        as_of = _as_of_picker(texts, author.today)
        known_on = known_picker(texts, author.today)
        session = Session(store, ledger, author.today, as_of, texts, author, known_on)
        keep(session)
        currency = None if navigation.url_path in OWN_ONLY else currency_picker(texts, ledger)
        _language_picker(texts, ledger.settings.language)
        if ledger.settings.sample:
            st.caption(texts.t("Sample company: fictitious figures up to {day}.", day=texts.date(ledger.settings.default_as_of)))
    if known_on:
        store, ledger = past(store, known_on)
    session = replace(session, store=store, ledger=ledger, chosen_currency=currency)
    keep(session)
    if companies.show_leaving(texts, known):
        return
    sum_up_later(session)
    say_refused(texts, as_of)
    _say_language_refused(texts)
    if known_on and not show_known(session, can_look=navigation.url_path not in READ_ONLY):
        return
    if not known_on and navigation.url_path not in NO_DAY:
        show_other_day(session)
    if navigation.url_path in CLOSED_SHOWN:
        show_closed_note(session)
    navigation.run()


def _begin(texts: Texts, navigation: st.Page) -> None:
    """What comes before all else on a screen: the language it reads in, and the room for what its address cannot have."""
    tell_browser(texts)
    begin_screen(navigation.url_path)
    make_room()
    heed("language", _language_of)


def _texts(usual: str) -> Texts:
    """The words of the language that the address names, at first and where the reader came back to it; else the usual one's."""
    if begins("language"):
        return Texts(_language_of(st.query_params.get("language", "")) or usual)
    return Texts(st.session_state["language"])


def _language_picker(texts: Texts, usual: str) -> None:
    """The languages. Streamlit takes out of the address what is none of the picker's words: a code is told again in them."""
    coded = LANGUAGE_NAMES.get(st.query_params.get("language", ""))
    st.segmented_control(
        texts.t("Language"),
        LANGUAGES,
        default=usual,
        format_func=LANGUAGE_NAMES.__getitem__,
        key="language",
        on_change=settle,
        args=("language",),
        required=True,
        bind="query-params",
        width="stretch",
    )
    if coded:
        load_with("language", coded)


def _say_language_refused(texts: Texts) -> None:
    if asked := in_vain("language"):
        say_not_here(texts, asked, LANGUAGE_NAMES[texts.language])


def _language_of(asked: str) -> str | None:
    """The language of an address, by its code or as the picker writes it; None where that is none."""
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
        min_value=FIRST_DAY,
        max_value=LAST_DAY,
        format="DD/MM/YYYY",
        key="as_of",
        on_change=settle,
        args=("as_of",),
        bind="query-params",
        help=texts.t("Every figure on screen is true at the end of this day."),
    )
    return as_of if isinstance(as_of, date) else today
