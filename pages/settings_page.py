"""Settings: the company, its bank details, its rules, the reminder policy, and the letters."""

import streamlit as st

from pages._ui.acting import decide, show_notice
from pages._ui.policy_part import show_policy
from pages._ui.session import Session, current
from pages._ui.settings_fields import (
    BANK,
    BOOKS,
    CASH,
    COMPANY,
    MAIL,
    MATCHING,
    REMINDERS,
    RULES,
    Field,
    changed,
    rate_fields,
)
from pages._ui.settings_form import ask_all, faults
from pages._ui.template_editor import show_templates
from pages._ui.words import md
from pipelines.collections.lacks import floor_sentence
from pipelines.decisions import set_settings

PAGE = "reglages"


def show() -> None:
    """Show the screen."""
    session = current()
    texts = session.texts
    st.title(texts.t("Settings"), anchor=False)
    st.markdown(texts.t("What stands in your reminders, and the rules by which figures and reminders are made."))
    show_notice(session, PAGE)
    below = floor_sentence(texts, session.ledger.settings, as_of=session.today)
    if below:
        st.warning(md(below), icon=":material/warning:")
    _form(session)
    show_policy(session)
    show_templates(session)


def _form(session: Session) -> None:
    texts, settings = session.texts, session.ledger.settings
    rates = rate_fields(texts, settings, session.today)
    with st.form("settings", border=False):
        typed: dict[str, str] = {}
        for title, fields, columns in (
            (texts.t("Your company"), COMPANY, 2),
            (texts.t("Bank"), BANK, 3),
            (texts.t("Sending by e-mail"), MAIL, 3),
            (texts.t("Rules"), RULES, 2),
            (texts.t("Reminders: segments, order, time"), REMINDERS, 3),
            (texts.t("Cash forecast and suppliers"), CASH, 2),
            (texts.t("Matching"), MATCHING, 2),
        ):
            with st.container(border=True):
                st.subheader(title, anchor=False)
                typed |= ask_all(session, fields, columns)
        with st.expander(texts.t("Accounting: accounts, journals, client codes"), icon=":material/account_balance:"):
            st.caption(texts.t("For the exports to your accountant’s program. An emptied box goes back to the French default."))
            typed |= ask_all(session, BOOKS, 3)
        if rates:
            with st.container(border=True):
                st.subheader(texts.t("Late-payment rates"), anchor=False)
                st.caption(
                    texts.t(
                        "Late-payment interest follows the ECB refinancing rate of each half-year. Encours does not know the "
                        "following ones yet: enter them as the Banque de France publishes them. Until then, drafts that state "
                        "interest for these half-years are held."
                    )
                )
                typed |= ask_all(session, rates, 2)
        is_saved = st.form_submit_button(texts.t("Save"), type="primary", icon=":material/save:", key=f"save-{session.revision}")
    if is_saved:
        _save(session, [*COMPANY, *BANK, *MAIL, *RULES, *REMINDERS, *CASH, *MATCHING, *BOOKS, *rates], typed)


def _save(session: Session, fields: list[Field], typed: dict[str, str]) -> None:
    """Store what changed, or say what does not fit; nothing is stored then."""
    texts = session.texts
    values = changed(texts, session.ledger.settings, fields, typed)
    labels = {field.key: texts.t(field.label) for field in fields}
    wrong = faults(session, values, labels)
    if wrong:
        st.error(md(texts.t("Nothing was saved.")) + "\n" + "\n".join(f"\n- {md(sentence)}" for sentence in wrong))
        return
    if not values:
        st.info(texts.t("Nothing has changed."))
        return
    names = ", ".join(labels[key] for key in values)
    decide(
        session,
        PAGE,
        lambda store, author: set_settings(store, values, author=author),
        texts.t("Saved: {names}.", names=names),
    )
