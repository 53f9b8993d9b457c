"""The backup, handed out by the browser: made only when it is asked for."""

import streamlit as st

from models.errors import AppError
from pages._ui.acting import error_sentence
from pages._ui.downloads import file_name
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.backups.taking import backup_bytes

_ASKED = "backup"


def show_backup(session: Session) -> None:
    """Let a person take the whole database away, and say where to keep it."""
    texts = session.texts
    st.subheader(texts.t("Backup"), anchor=False)
    st.caption(
        texts.t(
            "One file with everything: the facts, your decisions and the files that you imported. Keep it elsewhere than on "
            "this computer, on a key or a disk that is put away, and make a new one after each import. It is not encrypted: "
            "whoever has it reads your accounts."
        )
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if st.button(texts.t("Prepare the backup"), icon=":material/shield:", key="backup-make"):
            st.session_state[_ASKED] = _key(session)
        if st.session_state.get(_ASKED) == _key(session):
            _download(session)
    st.caption(
        texts.t(
            "To put it back: close Encours, then `encours restore FILE` in the terminal. The database that is there is kept "
            "aside, nothing is deleted."
        )
    )


#: The file, and the number and seal of its last change: a database that was put back may number other facts alike.
_Key = tuple[str, tuple[int, str] | None]


def _key(session: Session) -> _Key:
    """What a backup holds: of any day that is looked at, it holds all."""
    return str(session.store.path), session.store.journal.last()


def _download(session: Session) -> None:
    texts = session.texts
    try:
        with st.spinner(texts.t("Preparing the backup…")):
            content = _backup(_key(session), session)
    except AppError as error:
        st.warning(md(error_sentence(texts, error, session.currency)), icon=":material/info:")
        return
    stem = f"{texts.t('backup')}-{session.store.path.stem}"
    st.download_button(
        texts.t("Download the backup"), content, file_name(stem, session.today, content, "zip"),
        "application/zip", key="backup-file", icon=":material/download:", type="primary", on_click="ignore",
    )  # fmt: skip


@st.cache_resource(max_entries=1, show_spinner=False)
def _backup(key: _Key, _session: Session) -> bytes:
    del key  # part of the cache's key only
    return backup_bytes(_session.store, made_at=_session.author.at)
