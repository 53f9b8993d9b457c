"""Downloads: written when asked for, with a part of their content's hash in the name, so that no old file is served."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256

import streamlit as st

from pages._ui.session import Session
from pipelines.exports.table_files import FORM_NAMES, FORM_TYPES, Table, file_stem, table_file


def file_name(stem: str, as_of: date, content: bytes, extension: str) -> str:
    """The name of a download; other contents have another name, since a browser may keep a file by its name."""
    return f"{stem}-{as_of:%Y-%m-%d}-{sha256(content).hexdigest()[:8]}.{extension}"


def show_table_files(session: Session, table: Table, title: str, *, mark: str, key: str) -> None:
    """A table in each form, written when one is clicked; other rows, filters or facts have another name.

    Args:
        session: whose facts they are.
        table: its rows and what is said of them.
        title: what it is; its file is called so.
        mark: what differs where the rows asked for differ.
        key: the table's name on its page.
    """
    texts = session.texts
    rows = f"{session.path}|{session.revision}|{session.currency}|{texts.language}|{mark}|{table.about}".encode()

    def written(form: str) -> Callable[[], bytes]:
        return lambda: table_file(table, form, texts)

    for form, label in FORM_NAMES.items():
        st.download_button(
            texts.t(label), written(form), file_name(file_stem(title), session.as_of, rows, form), FORM_TYPES[form],
            key=f"{key}.{form}", on_click="ignore", width="stretch",
        )  # fmt: skip
