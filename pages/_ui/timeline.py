"""Everything that happened with a client, the newest first: a table by kind, and the exact words behind a line."""

from datetime import date

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.queries import shown_names
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.words import md
from pipelines.collections.timeline import timeline
from pipelines.collections.timeline_events import KIND_NAMES
from pipelines.ledger import Ledger

_ROWS = 10


def show_timeline(session: Session, client_id: str) -> None:
    """The events of a client up to the as-of date; the reader chooses the kinds, and a line to read in full."""
    texts = session.texts
    rows = events(session, client_id)
    kinds = _only_chosen_kinds(texts, rows, client_id)
    shown = rows.filter(pl.col("kind").is_in(kinds)).with_columns(money=_amounts(texts, rows.filter(pl.col("kind").is_in(kinds))))
    has_authors = shown["by"].is_not_null().any()  # what files and banks say has none
    columns = [
        Column("date", texts.t("Date"), "date", width=95),
        Column("what", texts.t("Event"), width=150),
        Column("reference", texts.t("Invoice"), width=135),
        Column("money", texts.t("Amount"), width=100),
        Column("detail", texts.t("Detail"), width=310 if has_authors else 390),
        *([Column("by", texts.t("By"), width=80)] if has_authors else []),
    ]
    picked = show_table(
        shown,
        columns,
        key=f"timeline-{client_id}-{'-'.join(kinds)}",
        texts=texts,
        sheet=Sheet(f"{texts.t('Timeline')} – {shown_names(session)[client_id]}"),
        selection="single-row",
        id_column="event_id",
        height=38 + 35 * min(shown.height, _ROWS) if shown.height else None,
        empty=texts.t("Nothing has happened yet."),
    )
    for event in shown.filter(pl.col("event_id").is_in(picked)).to_dicts():
        with st.container(border=True):
            st.caption(md(f"{texts.date(event['date'])} – {event['what']}"))
            st.text(event["text"] or event["detail"] or event["what"])


def _only_chosen_kinds(texts: Texts, rows: pl.DataFrame, client_id: str) -> list[str]:
    """The kinds that the reader wants to see; all of them by default."""
    counts = dict(rows.group_by("kind").len().iter_rows())
    labels = {kind: f"{texts.t(name)} ({texts.number(counts[kind])})" for kind, name in KIND_NAMES.items() if kind in counts}
    if not labels:
        return []
    chosen = st.pills(
        texts.t("Kind of event"),
        list(labels),
        selection_mode="multi",
        format_func=labels.__getitem__,
        key=f"kinds-{client_id}",
        label_visibility="collapsed",
    )
    return list(chosen or labels)


def _amounts(texts: Texts, rows: pl.DataFrame) -> pl.Series:
    """Amounts in their own currency; blank where there is none."""
    pairs = rows.select("amount", "currency").iter_rows()
    return pl.Series([texts.money(amount, currency) if amount is not None else "" for amount, currency in pairs], dtype=pl.String)


def events(session: Session, client_id: str) -> pl.DataFrame:
    """EVENTS of the client, kept as long as the facts, the date and the language stay the same."""
    return _events(
        session.path, session.revision, session.as_of, session.texts.language, client_id, session.ledger, session.texts
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _events(path: str, revision: int, as_of: date, language: str, client_id: str, _ledger: Ledger, _texts: Texts) -> pl.DataFrame:
    del path, revision, language  # part of the key only
    return timeline(_ledger, _texts, client_id=client_id, as_of=as_of)
