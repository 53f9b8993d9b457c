"""Collections: what to do today, for whom, and the drafts to do it with."""

from hashlib import sha256

import streamlit as st

from models.texts import Texts
from pages._ui.acting import show_notice
from pages._ui.draft_view import PAGE, show_client
from pages._ui.dunning import ToDo, all_drafts, export_rows, shown_rows, to_do_with_drafts
from pages._ui.empty import show_empty
from pages._ui.session import Session, current
from pages._ui.tables import Column, show_table
from pages._ui.words import md
from pipelines.collections.reasons import ACTION_NAMES
from pipelines.exports.sheets import to_csv, to_xlsx

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    todo = to_do_with_drafts(session)
    rows = shown_rows(texts, todo.rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(texts.t("Collections"), anchor=False, width="stretch")
        _downloads(session, todo, rows)
    show_notice(session, PAGE)
    if not rows:
        st.success(texts.t("Nothing to do today: nobody is late, and no step is due."), icon=":material/check_circle:")
        return
    _summary(session, todo)
    kept = _only_chosen_actions(texts, todo)
    rows = [row for row in rows if row["client_id"] in kept]
    picked = show_table(
        rows,
        _columns(texts),
        key="worklist",
        texts=texts,
        selection="single-row",
        id_column="client_id",
        height=38 + 35 * min(len(rows), 10),
    )
    chosen = picked[0] if picked else _first(todo, kept)
    if not picked:
        st.caption(texts.t("Select a client to see its draft."))
    show_client(session, todo, next(row for row in todo.rows.to_dicts() if row["client_id"] == chosen))


def _only_chosen_actions(texts: Texts, todo: ToDo) -> list[str]:
    """The clients whose next action the reader wants to see, in the list's order; all of them by default."""
    counts = dict(todo.rows.group_by("action").len().iter_rows())
    labels = {code: f"{texts.t(name)} ({texts.number(counts[code])})" for code, name in ACTION_NAMES.items() if code in counts}
    chosen = st.pills(
        texts.t("Next action"),
        list(labels),
        selection_mode="multi",
        format_func=labels.__getitem__,
        key="actions",
        label_visibility="collapsed",
    )
    wanted = set(chosen) or set(labels)
    return [str(client_id) for client_id, action in todo.rows.select("client_id", "action").iter_rows() if action in wanted]


def _first(todo: ToDo, kept: list[str]) -> str:
    """The first client whose draft is ready to go, else the first of the list."""
    ready = (i for i in kept if i in todo.drafts and todo.drafts[i].held is None)
    return next(ready, kept[0])


def _summary(session: Session, todo: ToDo) -> None:
    texts = session.texts
    ready = sum(draft.held is None and bool(draft.body) for draft in todo.drafts.values())
    held = sum(draft.held is not None for draft in todo.drafts.values())
    said = [
        texts.plural("{count} client to follow up.", "{count} clients to follow up.", todo.rows.height),
        texts.plural("{count} draft is ready.", "{count} drafts are ready.", ready),
        texts.plural("{count} is held: settle what holds it first.", "{count} are held: settle what holds them first.", held)
        if held
        else "",
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
        Column("task", texts.t("Next action"), width=140),
        Column("why", texts.t("Why"), width=430),
    ]


def _downloads(session: Session, todo: ToDo, rows: list[dict[str, object]]) -> None:
    """The list as a file, and all the drafts as one archive."""
    texts = session.texts
    if not rows:
        return
    listed = export_rows(rows)
    with st.popover(texts.t("Download the list"), icon=":material/table_view:"):
        for suffix, label, content, mime in (
            ("csv", texts.t("For a spreadsheet (CSV)"), to_csv("worklist", listed, texts), "text/csv"),
            ("xlsx", texts.t("Excel workbook (XLSX)"), to_xlsx("worklist", listed, texts), _WORKBOOK),
        ):
            name = f"{texts.t('worklist')}-{session.as_of:%Y-%m-%d}-{sha256(content).hexdigest()[:8]}.{suffix}"
            st.download_button(label, content, name, mime, key=f"list-{suffix}", on_click="ignore", width="stretch")
    archive = all_drafts(session, todo)
    if archive is not None:
        st.download_button(
            texts.t("Download all drafts"),
            archive.content,
            archive.name,
            archive.mime,
            key="all-drafts",
            on_click="ignore",
            icon=":material/folder_zip:",
        )
