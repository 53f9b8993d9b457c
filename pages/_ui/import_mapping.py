"""A table that no layout fits: a person says which column is which, sees what comes of it, and saves that under a name."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePath

import polars as pl
import streamlit as st

from models.errors import AppError
from pages._ui.acting import decide, error_sentence
from pages._ui.import_files import Dropped
from pages._ui.import_rows import problem_columns, problem_rows, reason_height, show_understood
from pages._ui.importing import PAGE
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import FILE_KINDS
from pages._ui.words import md
from pipelines.exports.field_words import FIELD_WORDS
from pipelines.ingest.parts import Source
from pipelines.ingest.tables.headers import listed_names
from pipelines.ingest.tables.mapping import (
    Proposal,
    Sketch,
    profile_code,
    profile_text,
    propose,
    sketch,
    understood,
)
from pipelines.ingest.tables.proposals import sums_over_lines, table_kind
from pipelines.publishing.publish import ImportReport
from pipelines.publishing.saved_profiles import run_save_profile, saved_profiles

#: Refusals of a table whose columns are not known: a person can say which they are.
_MAPPABLE = ("unknown_columns", "missing_column", "duplicate_column", "no_header")
_KINDS = ("invoices", "purchases", "bank", "clients")
#: Columns that are asked first, the needed ones before the others.
_FIRST = {
    "invoices": ("invoice_number", "client_name", "issue_date", "amount_incl_tax", "due_date", "client_code", "kind", "status"),
    "bank": ("booking_date", "label", "amount", "debit", "credit", "balance", "value_date", "currency"),
    "clients": ("client_name", "client_code", "client_email", "client_siren", "client_phone", "client_address"),
}
_NEEDED = {
    "invoices": ("invoice_number", "client_name", "issue_date", "amount_incl_tax"),
    "bank": ("booking_date", "label"),
    "clients": ("client_name",),
}
_COLUMNS = 4
_FEWEST_COLUMNS = 2
_SHOWN_CELL = 30


def can_be_mapped(report: ImportReport) -> bool:
    """Whether the file was refused for its columns alone."""
    return report.refused is not None and report.refused.code in _MAPPABLE


def show_mapping(session: Session, file: Dropped) -> None:
    """The form: kind, columns, the first rows as they would be read, and the name to save it under."""
    texts = session.texts
    try:
        seen = _sketch(sha256(file.content).hexdigest(), session.currency, file)
    except AppError as error:
        st.error(md(error_sentence(texts, error, session.currency)), icon=":material/block:")
        return
    if len(seen.header) < _FEWEST_COLUMNS:  # a letter, a list of words: nothing to choose from
        return
    key = f"{file.place}-{sha256(file.content).hexdigest()[:8]}"
    with st.container(border=True):
        st.markdown(f"**{md(texts.t('Say how to read this file'))}**")
        st.caption(texts.t("Choose the column that holds each thing. What you save is used for every file with these columns."))
        kind = st.segmented_control(
            texts.t("This file holds"),
            _KINDS,
            format_func=lambda code: texts.t(FILE_KINDS[code]),
            default=_likeliest(seen),
            required=True,
            key=f"map-kind-{key}",
        )
        kind = str(kind or "invoices")
        chosen = _choose(session, seen, kind, f"{kind}-{key}")
        sums = sums_over_lines(seen, chosen)
        is_per_line = False
        if table_kind(kind) == "invoices":
            is_per_line = st.checkbox(
                texts.t("One row per line of an invoice: rows with the same number are one invoice"),
                value=sums is not None,
                key=f"map-lines-{key}-{sums is not None}",
            )
        added = (sums or ()) if is_per_line else ()
        if _show_understood(session, seen, chosen, kind, is_per_line=is_per_line, sums=added, key=key):
            _save(session, seen, chosen, kind, is_per_line=is_per_line, sums=added, key=key)


@st.cache_resource(max_entries=8, show_spinner=False)
def _sketch(digest: str, currency: str, _file: Dropped) -> Sketch:
    del digest  # part of the key only
    return sketch(Source(_file.content, _file.name, currency=currency))


def _likeliest(seen: Sketch) -> str:
    """The kind whose needed columns are proposed with the highest scores."""
    scores = {kind: _score(propose(seen, kind), kind) for kind in ("invoices", "bank")}
    return max(scores, key=scores.__getitem__)


def _score(proposed: Mapping[str, Proposal], kind: str) -> float:
    needed = (*_NEEDED[kind], "amount") if kind == "bank" else _NEEDED[kind]
    return sum(proposed[name].score for name in needed if name in proposed) / len(needed)


def _choose(session: Session, seen: Sketch, kind: str, key: str) -> dict[str, int]:
    """Canonical column -> position of the header that a person chose; the proposals are chosen beforehand."""
    texts, table = session.texts, table_kind(kind)
    proposed = propose(seen, kind)
    first = _FIRST[table]
    others = [name for name in listed_names(table) if name not in first]
    chosen = _selects(session, seen, first, proposed, _NEEDED[table], key)
    with st.expander(texts.t("Other columns")):
        chosen |= _selects(session, seen, others, proposed, (), key)
    return chosen


def _selects(
    session: Session,
    seen: Sketch,
    names: tuple[str, ...] | list[str],
    proposed: Mapping[str, Proposal],
    needed: tuple[str, ...],
    key: str,
) -> dict[str, int]:
    texts, places = session.texts, st.columns(_COLUMNS)
    chosen = {}
    for at, name in enumerate(names):
        label = texts.t(FIELD_WORDS.get(name, name))
        picked = places[at % _COLUMNS].selectbox(
            f"{label} *" if name in needed else label,
            list(range(len(seen.header))),
            index=proposed[name].position if name in proposed else None,
            format_func=lambda position: _header_words(seen, position),
            key=f"map-{name}-{key}",
            placeholder=texts.t("None"),
        )
        if picked is not None:
            chosen[name] = int(picked)
    return chosen


def _header_words(seen: Sketch, position: int) -> str:
    """A header, with the first value that stands below it."""
    example = next((cells[position] for _, cells in seen.rows if cells[position]), "")
    short = f"{example[:_SHOWN_CELL]}…" if len(example) > _SHOWN_CELL else example
    return f"{seen.header[position]} ({short})" if short else seen.header[position]


def _show_understood(
    session: Session,
    seen: Sketch,
    chosen: Mapping[str, int],
    kind: str,
    *,
    is_per_line: bool,
    sums: tuple[str, ...],
    key: str,
) -> bool:
    """The first rows as written and as they would be read, with what is wrong; whether they can be read at all."""
    texts = session.texts
    try:
        found = understood(seen, chosen, kind, currency=session.currency, is_per_line=is_per_line, sums=sums)
    except AppError as error:
        st.info(md(error_sentence(texts, error, session.currency)), icon=":material/info:")
        return False
    st.caption(texts.t("The first rows of the file:"))
    names = [f"c{position}" for position in range(len(seen.header))]
    raw = pl.DataFrame([list(cells) for _, cells in found.raw], schema=dict.fromkeys(names, pl.String), orient="row")
    columns = [Column(name, header) for name, header in zip(names, seen.header, strict=True)]
    show_table(raw, columns, key=f"map-raw-{key}", texts=texts, has_tools=False)
    st.caption(texts.t("How they are understood:"))
    show_understood(texts, found.parts, key=f"map-{key}")
    problems = problem_rows(texts, found.problems)
    if problems:
        show_table(
            problems,
            problem_columns(texts),
            key=f"map-problems-{key}",
            texts=texts,
            sheet=Sheet(texts.t("Remarks on the file")),
            row_height=reason_height(problems),
        )
    return True


def _save(
    session: Session,
    seen: Sketch,
    chosen: Mapping[str, int],
    kind: str,
    *,
    is_per_line: bool,
    sums: tuple[str, ...],
    key: str,
) -> None:
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(texts.t("Name of this layout"), PurePath(seen.name).stem[:60], key=f"map-name-{key}", max_chars=60)
        is_asked = st.button(
            texts.t("Save this layout"), key=f"map-save-{key}-{session.revision}", type="primary", icon=":material/save:"
        )
    if is_asked:
        decide(
            session,
            PAGE,
            lambda store, author: run_save_profile(
                store,
                profile_code(name),
                profile_text(name, kind, chosen, seen, is_per_line=is_per_line, sums=sums),
                author,
            ),
            texts.t("Layout {name} saved: files with these columns are read with it.", name=name.strip()),
        )


def show_profiles(session: Session) -> None:
    """The layouts that were saved, each with what it is for; one can be taken away."""
    texts, profiles = session.texts, saved_profiles(session.store)
    if not profiles:
        return
    with st.expander(texts.t("Saved import layouts"), icon=":material/table_rows:"):
        for profile in profiles:
            with st.container(horizontal=True, vertical_alignment="center"):
                columns = ", ".join(texts.t(FIELD_WORDS.get(name, name)) for name in profile.columns)
                kind = texts.t(FILE_KINDS[profile.kind])
                st.markdown(f"**{md(profile.title)}** – {md(kind)}", width="content")
                st.caption(md(columns), width="stretch")
                if st.button(
                    texts.t("Delete"), key=f"delete-profile-{profile.code}-{session.revision}", icon=":material/delete:"
                ):
                    _delete(session, profile.code, profile.title)


def _delete(session: Session, code: str, title: str) -> None:
    text = session.texts.t("Layout {name} deleted.", name=title)
    decide(session, PAGE, lambda store, author: run_save_profile(store, code, None, author), text)
