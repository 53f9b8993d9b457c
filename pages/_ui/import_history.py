"""What was imported and decided: conflicts to settle, and the history with its undo."""

from functools import partial
from typing import Any

import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide, undo_changes
from pages._ui.closed_note import ask_closed
from pages._ui.history_words import conflict_words, history_rows
from pages._ui.importing import PAGE
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import ANSWER_WORDS
from pages._ui.words import md
from pipelines.conflicts import open_conflicts, settle_conflict
from pipelines.decisions import closed_day, history

_MOST_CONFLICTS = 40
_IMPORTS = ("import", "correct")


def show_conflicts(session: Session) -> None:
    """Rows of files that contradict what is stored: a person says which holds."""
    texts = session.texts
    conflicts = open_conflicts(session.store)
    if conflicts.is_empty():
        return
    title = texts.plural("{count} conflict to settle", "{count} conflicts to settle", conflicts.height)
    st.subheader(md(title), anchor=False)
    st.caption(texts.t("A file says something else than what is stored. Nothing was changed: say which holds."))
    shown = conflicts.head(_MOST_CONFLICTS).to_dicts()
    for conflict, said in zip(shown, conflict_words(session, shown), strict=True):
        _conflict(session, conflict["conflict_id"], said)
    if conflicts.height > _MOST_CONFLICTS:
        st.caption(texts.t("The following ones are shown once these are settled."))


def _conflict(session: Session, conflict_id: str, said: dict[str, Any]) -> None:
    texts = session.texts
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        sentence = texts.t("{field}: {stored} stored, {incoming} in the file (line {line}).", **said)
        st.markdown(f"**{md(said['number'])}** – {md(sentence)}", width="stretch")
        for answer, label in ANSWER_WORDS.items():
            if st.button(texts.t(label), key=f"{answer}-{conflict_id}-{session.revision}"):
                text = texts.t("{number}: conflict settled.", number=said["number"])
                decision = partial(_settle, conflict_id=conflict_id, answer=answer)
                decide(session, PAGE, decision, text, rematch=True)


def _settle(store: Store, author: Author, *, conflict_id: str, answer: str) -> int:
    return settle_conflict(store, conflict_id, answer, author=author)


def show_history(session: Session) -> None:
    """Every change, the newest first; one that holds can be undone."""
    texts = session.texts
    changes = history(session.store)
    if changes.is_empty():
        st.caption(texts.t("Nothing has happened yet."))
        return
    kinds = {"import": texts.t("Imports"), "all": texts.t("All operations")}
    kind = st.segmented_control(
        texts.t("Show"), list(kinds), format_func=kinds.__getitem__, default="import", key="history-kind",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    rows = [row for row in history_rows(session, changes) if kind == "all" or row["action"] in _IMPORTS]
    columns = [
        Column("when", texts.t("When"), width=130),
        Column("who", texts.t("Who"), width=80),
        Column("what", texts.t("Operation"), width=120),
        Column("details", texts.t("Details"), width=380),
        Column("state", texts.t("State"), width=80),
    ]
    st.caption(texts.t("Select an operation to undo it. What you undo can be brought back: undo the undoing."))
    picked = show_table(
        rows, columns, key=f"history-{kind}", texts=texts, sheet=Sheet(texts.t("Imports")), selection="single-row",
        id_column="change_id",
        empty=texts.t("Nothing has been imported yet."),
    )  # fmt: skip
    chosen = next((row for row in rows if picked and row["change_id"] == picked[0]), None)
    if chosen is None:
        return
    if not chosen["is_live"]:
        st.caption(texts.t("This operation has been undone already."))
        return
    change_id, key = int(chosen["change_id"]), f"{chosen['change_id']}-{session.revision}"
    is_meant = ask_closed(session, closed_day(session.store, change_id), key=key)
    label = texts.t("Undo this import") if chosen["action"] in _IMPORTS else texts.t("Undo this operation")
    if st.button(label, key=f"undo-{key}", icon=":material/undo:", disabled=is_meant is False):
        undo_changes(session, PAGE, (change_id,), in_closed_period=is_meant is True)
