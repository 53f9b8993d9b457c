"""Collections: what to do today, for whom, and the drafts to do it with; and what the reminders brought."""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.acting import show_notice
from pages._ui.choices import choose
from pages._ui.draft_view import show_client
from pages._ui.dunning import ToDo, shown_rows, to_do_with_drafts
from pages._ui.empty import show_empty
from pages._ui.outgoing import PAGE
from pages._ui.results_view import show_results
from pages._ui.session import Session, current
from pages._ui.tables import MOST_SHOWN, Column, show_table
from pages._ui.words import md
from pages._ui.worklist_batch import draft_states, show_batch
from pages._ui.worklist_choice import show_choice
from pages._ui.worklist_files import show_list_files
from pipelines.collections.choosing import STATE_NAMES, only_asked

#: The two halves of the screen.
VIEW_NAMES: dict[str, str] = {"todo": "To do", "results": "Results"}


def show() -> None:
    """Show the screen."""
    session = current()
    texts = session.texts
    if session.ledger.documents.is_empty():
        sentence = texts.t(
            "Import your invoices and your bank statement: whom to remind today, and with what words, then stands here."
        )
        show_empty(session, texts.t("Collections"), sentence)
        return
    st.title(texts.t("Collections"), anchor=False)
    show_notice(session, PAGE)
    if (
        choose(texts.t("View"), list(VIEW_NAMES), words=lambda code: texts.t(VIEW_NAMES[code]), key="part", default="todo")
        == "results"
    ):
        show_results(session)
        return
    todo = to_do_with_drafts(session)
    if todo.rows.is_empty():
        st.success(texts.t("Nothing to do today: nobody is late, and no step is due."), icon=":material/check_circle:")
        return
    _worklist(session, todo)


def _worklist(session: Session, todo: ToDo) -> None:
    """The list with its filters, what can be done with several clients, and the draft of one."""
    texts = session.texts
    states = draft_states(session, todo)
    with st.container(horizontal=True, vertical_alignment="center"):
        _summary(session, todo, states)
        files = st.container(horizontal=True, width="content")
    asked = show_choice(session, todo.rows, states)
    kept = only_asked(todo.rows, asked, states)
    with files:
        show_list_files(session, todo, kept, asked)
    if kept.is_empty():
        st.info(texts.t("No client of the list is as asked: widen the filters."))
        return
    bar = st.container()
    picked = show_table(
        _shown(texts, todo, kept, states),
        _columns(texts),
        key="worklist",
        texts=texts,
        selection="multi-row",
        id_column="client_id",
        height=38 + 35 * min(kept.height, 10),
        has_tools=False,  # its own filters and files are above, and the batch acts on what they leave
    )
    with bar:
        show_batch(session, todo, kept, states, picked)
    chosen = picked[-1] if picked else _first(states, kept["client_id"].to_list())
    if not picked:
        st.caption(texts.t("Tick a client to see its draft, or several to approve, record or pause them together."))
    show_client(session, todo, kept.row(by_predicate=pl.col("client_id") == chosen, named=True))


def _shown(texts: Texts, todo: ToDo, kept: pl.DataFrame, states: Mapping[str, str]) -> pl.DataFrame:
    """The list with the rows that a table shows in words."""
    words = {client_id: _state(texts, states, client_id) for client_id in kept["client_id"]}
    said = shown_rows(texts, todo, kept.head(MOST_SHOWN))
    unshown = [None] * (kept.height - len(said))
    return kept.select("client_id", "rank", "client", "overdue", "oldest_days_late", "currency").with_columns(
        pl.col("client_id").replace_strict(words, return_dtype=pl.String).alias("state"),
        *(pl.Series(name, [*(row[name] for row in said), *unshown], pl.String) for name in ("task", "why")),
    )


def _state(texts: Texts, states: Mapping[str, str], client_id: str) -> str:
    return texts.t(STATE_NAMES[states[client_id]]) if client_id in states else ""


def _first(states: Mapping[str, str], kept: Sequence[str]) -> str:
    """The first client with a draft or a call that nothing holds, else the first of the list."""
    return next((client_id for client_id in kept if states.get(client_id) in {"ready", "to_send", "call"}), kept[0])


def _summary(session: Session, todo: ToDo, states: Mapping[str, str]) -> None:
    texts = session.texts
    kinds = ("ready", "to_send", "call", "held", "approved")
    ready, to_send, calls, held, approved = (sum(state == wanted for state in states.values()) for wanted in kinds)
    said = [
        texts.plural("{count} client to follow up.", "{count} clients to follow up.", todo.rows.height),
        texts.plural("{count} draft is to be approved.", "{count} drafts are to be approved.", ready) if ready else "",
        texts.plural("{count} is ready to send.", "{count} are ready to send.", to_send) if to_send else "",
        texts.plural("{count} call is to be made.", "{count} calls are to be made.", calls) if calls else "",
        texts.plural("{count} is held: settle what holds it first.", "{count} are held: settle what holds them first.", held)
        if held
        else "",
        texts.plural("{count} is approved.", "{count} are approved.", approved) if approved else "",
    ]
    st.markdown(md(" ".join(filter(None, said))))
    if session.as_of != session.today:
        st.caption(md(texts.t("The list is that of {day}; what you record here is dated today.", day=texts.date(session.as_of))))


def _columns(texts: Texts) -> list[Column]:
    return [
        Column("rank", texts.t("Rank"), "count", width=50),
        Column("client", texts.t("Client"), width=185),
        Column("overdue", texts.t("Overdue"), "money"),
        Column("oldest_days_late", texts.t("Days late"), "days", help=texts.t("Of the oldest late invoice.")),
        Column("task", texts.t("Next action"), width=165),
        Column("state", texts.t("Draft"), width=90),
        Column("why", texts.t("Why"), width=375),
    ]
