"""The company's own letters: written per level and language, looked at on a real client before they are saved."""

from collections.abc import Callable

import streamlit as st

from models.store import Author, Store
from models.texts import LANGUAGES, Texts
from pages._ui.acting import decide
from pages._ui.known import when_now
from pages._ui.queries import plan_of
from pages._ui.session import Session
from pages._ui.settings_fields import LANGUAGE_WORDS
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.words import md
from pipelines.collections.lacks import WARNINGS
from pipelines.collections.preview import preview
from pipelines.collections.reasons import STEP_NAMES
from pipelines.collections.templates import FIELD_WORDS, faults, letter_names, own_templates, save_template, template_text

PAGE = "reglages"
_KIND_NAMES = {"public": "public bodies", "consumer": "consumers"}


def show_templates(session: Session) -> None:
    """The letters: choose one, change it, see it, save it or go back to the one that ships."""
    texts = session.texts
    own = own_templates(session.ledger.templates)
    with st.container(border=True):
        st.subheader(texts.t("Letters"), anchor=False)
        st.caption(texts.t("The words of each step, per language. Fields stand between double braces."))
        which, tongue = st.columns(2)
        names = sorted({*letter_names(), *(name for name, _ in own)})
        name = which.selectbox(texts.t("Letter"), names, format_func=lambda code: letter_name(texts, code), key="letter-name")
        language = tongue.selectbox(
            texts.t("Language"), LANGUAGES, format_func=lambda code: texts.t(LANGUAGE_WORDS[code]), key="letter-language"
        )
        written, seen = st.columns(2, gap="medium")
        with written:
            text = _editor(session, name, language, template_text(own, name, language))
            _buttons(session, name, language, text, is_own=(name, language) in own)
        with seen:
            _preview(session, name, language, text)
        with st.expander(texts.t("Fields that a letter may use")):
            show_table(
                [{"field": f"{{{{ {field} }}}}", "meaning": texts.t(said)} for field, said in FIELD_WORDS.items()],
                [Column("field", texts.t("Field")), Column("meaning", texts.t("Meaning"))],
                key="letter-fields",
                texts=texts,
                sheet=Sheet(texts.t("Fields that a letter may use")),
            )


def letter_name(texts: Texts, name: str) -> str:
    """What a letter is called: its step, and whom it is for if that is a special one."""
    step, _, kind = name.partition(".")
    called = texts.t(STEP_NAMES[step]) if step in STEP_NAMES else step
    return f"{called} – {texts.t(_KIND_NAMES[kind])}" if kind in _KIND_NAMES else called


def _editor(session: Session, name: str, language: str, stored: str) -> str:
    """The text as it is being written; Ctrl+Enter or leaving the box refreshes the preview."""
    key = f"letter-{name}-{language}-{session.revision}"
    return str(st.text_area(session.texts.t("Text of the letter"), stored, height=460, key=key) or "")


def _buttons(session: Session, name: str, language: str, text: str, *, is_own: bool) -> None:
    texts = session.texts
    said = letter_name(texts, name)
    with st.container(horizontal=True):
        if st.button(
            texts.t("Save the letter"), key=f"save-letter-{session.revision}", icon=":material/save:", **when_now(session)
        ):
            decide(session, PAGE, _saving(name, language, text), texts.t("Saved: {names}.", names=said))
        if is_own and st.button(
            texts.t("Back to the letter that ships"),
            key=f"restore-letter-{session.revision}",
            icon=":material/restart_alt:",
            **when_now(session),
        ):
            decide(session, PAGE, _saving(name, language, None), texts.t("{name}: the letter that ships is back.", name=said))


def _saving(name: str, language: str, text: str | None) -> Callable[[Store, Author], int]:
    return lambda store, author: save_template(store, name, language, text, author=author)


def _preview(session: Session, name: str, language: str, text: str) -> None:
    """The letter for one client of today's list, or what is wrong with it, by line."""
    texts = session.texts
    wrong = faults(language, text)
    if wrong:
        st.error("\n".join(f"- {md(fault.sentence(texts))}" for fault in wrong[:10]))
        return
    due = plan_of(session)
    outward = [row for row in due.rows.to_dicts() if row["channel"] not in {None, "internal"}]
    if not outward:
        st.info(texts.t("Nobody is to be reminded today: there is no client to show the letter on."))
        return
    step = name.partition(".")[0]
    outward.sort(key=lambda row: (row["step"] != step, row["oldest_days_late"] is None))  # those that would get it first
    clients = {row["client_id"]: row["client"] for row in outward}
    chosen = st.selectbox(
        texts.t("As this client would get it"), list(clients), format_func=clients.__getitem__, key="letter-client"
    )
    draft = preview(due, chosen, name=name, language=language, text=text)
    if draft is None:
        st.info(texts.t("This client gets no text today: choose another one."))
        return
    if "own_letter_failed" in draft.warnings:
        st.warning(texts.t(WARNINGS["own_letter_failed"]))
    with st.container(border=True, height=400):
        st.caption(md(texts.t("Subject")))
        st.text(draft.subject)
        st.divider()
        st.text(draft.body)
