"""The settings form, and the scenario as a table."""

from collections.abc import Sequence

import streamlit as st

from models.errors import AppError
from models.settings import parse_setting
from pages._ui.acting import error_sentence
from pages._ui.session import Session
from pages._ui.settings_fields import Field, stored_text


def ask(session: Session, field: Field) -> str:
    """One setting as a person types it."""
    texts, key = session.texts, f"set-{field.key}-{session.revision}"
    value, label = stored_text(texts, session.ledger.settings, field.key), texts.t(field.label)
    about = texts.t(field.help) if field.help else None
    if field.kind == "choice" and field.choices:
        codes = list(field.choices)
        return st.selectbox(
            label,
            codes,
            index=codes.index(value),
            key=key,
            help=about,
            format_func=lambda code: texts.t((field.choices or {})[code]),
        )
    if field.kind == "several" and field.choices:
        words = {
            code: texts.t("Day {day} of the month", day=word) if word.isdigit() else texts.t(word)
            for code, word in field.choices.items()
        }
        known = [code for code in value.split(",") if code in words]
        chosen = st.multiselect(
            label, list(words), known, key=key, help=about, format_func=words.__getitem__, placeholder=texts.t(field.placeholder),
            select_all=False,
        )  # fmt: skip
        return value if chosen == known else ",".join(chosen)
    if field.kind == "lines":
        return st.text_area(label, value, key=key, help=about, height=100, max_chars=400)
    placeholder = texts.t(field.placeholder) if field.placeholder else None
    return st.text_input(label, value, key=key, help=about, max_chars=200, placeholder=placeholder)


def ask_all(session: Session, fields: Sequence[Field], columns: int = 2) -> dict[str, str]:
    """Several settings side by side; what is typed, by key."""
    places = st.columns(columns, gap="medium")
    typed = {}
    for place, field in enumerate(fields):
        with places[place % columns]:
            typed[field.key] = ask(session, field)
    return typed


def faults(session: Session, values: dict[str, str | None], labels: dict[str, str]) -> list[str]:
    """Why values do not fit, one sentence each."""
    said = []
    for key, value in values.items():
        try:
            if value:
                parse_setting(key, value)
        except AppError as error:
            reason = error_sentence(session.texts, error, session.currency)
            said.append(f"{labels[key]}{session.texts.t(': ')}{reason}")
    return said
