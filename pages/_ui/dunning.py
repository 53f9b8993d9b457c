"""The worklist's drafts on screen and as files to download."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.session import Session
from pages._ui.wording import why
from pipelines.collections.drafts import Draft, plan_drafts
from pipelines.collections.facts import situation
from pipelines.collections.mail import draft_contents, file_stems
from pipelines.collections.reasons import ACTION_NAMES, HOLD_NAMES, SEGMENT_NAMES, STEP_NAMES, reason_texts
from pipelines.collections.worklist import Plan, plan
from pipelines.ledger import Ledger

_LONGEST_STEM = 66  # with the hash and the suffix, 80 characters at most
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a ZIP member, so that the same drafts give the same archive
_MIMES = {"eml": "message/rfc822", "pdf": "application/pdf", "txt": "text/plain"}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class DraftFile:
    """A file to download."""

    name: str
    content: bytes
    mime: str


@dataclass(frozen=True)
class ToDo:
    """The worklist at a date with its drafts; `drafts` and `stems` are by client id."""

    rows: pl.DataFrame
    drafts: Mapping[str, Draft]
    stems: Mapping[str, str]


def to_do_with_drafts(session: Session) -> ToDo:
    """The worklist and its drafts, kept as long as the facts, the date and the currency stay the same."""
    return _to_do(session.path, session.revision, session.as_of, session.currency, session.ledger)


def current_plan(session: Session) -> Plan:
    """What is due, kept as long as the worklist is."""
    return _plan(session.path, session.revision, session.as_of, session.currency, session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _plan(path: str, revision: int, as_of: date, currency: str, _ledger: Ledger) -> Plan:
    del path, revision  # part of the key only
    return plan(situation(_ledger, as_of=as_of, currency=currency))


@st.cache_resource(max_entries=4, show_spinner=False)
def _to_do(path: str, revision: int, as_of: date, currency: str, _ledger: Ledger) -> ToDo:
    due = _plan(path, revision, as_of, currency, _ledger)
    drafts = plan_drafts(due)
    stems = file_stems(drafts, date=as_of, language=_ledger.settings.language)
    return ToDo(
        due.rows,
        {draft.client_id: draft for draft in drafts},
        {draft.client_id: stem for draft, stem in zip(drafts, stems, strict=True)},
    )


def draft_files(session: Session, draft: Draft, stem: str) -> list[DraftFile]:
    """A draft's files, the most useful first: a message that the mail program opens unsent or the pages, and the text.

    A draft without text gives none.
    """
    contents = _contents(session.path, session.revision, session.as_of, draft, session.ledger)
    return [_named(stem, suffix, contents[suffix], _MIMES[suffix]) for suffix in _MIMES if suffix in contents]


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs={Draft: repr})
def _contents(path: str, revision: int, as_of: date, draft: Draft, _ledger: Ledger) -> dict[str, bytes]:
    """The files of a draft, made once for the facts and the words that they show."""
    del path, revision  # part of the key only
    return draft_contents(draft, _ledger, date=as_of)


def all_drafts(session: Session, todo: ToDo) -> bytes:
    """Every file of every draft as one ZIP archive: hundreds of pages to set, so only for those who ask for it."""
    files = [file for i, draft in todo.drafts.items() for file in draft_files(session, draft, todo.stems[i])]
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for file in files:
            archive.writestr(ZipInfo(file.name, _EARLIEST), file.content, compress_type=ZIP_DEFLATED)
    return buffer.getvalue()


def _named(stem: str, suffix: str, content: bytes, mime: str) -> DraftFile:
    """A file whose name is safe on every system and changes with its content, so that no browser serves an old one."""
    safe = _UNSAFE.sub("-", stem)[:_LONGEST_STEM].strip("-.")
    return DraftFile(f"{safe}-{sha256(content).hexdigest()[:8]}.{suffix}", content, mime)


def step_name(texts: Texts, step: str | None) -> str:
    """What a step of the scenario is called; nothing for none."""
    return texts.t(STEP_NAMES.get(step, step)) if step else ""


def hold_name(texts: Texts, hold: str | None) -> str:
    """Why a draft is held, in two words; nothing if it is not."""
    return texts.t(HOLD_NAMES[hold]) if hold else ""


def action_name(texts: Texts, row: Row) -> str:
    """What to do next for a client, with the step where there is one."""
    action = texts.t(ACTION_NAMES[row["action"]])
    if row["action"] == "call" and row["step"]:
        return step_name(texts, row["step"])
    return f"{action} – {step_name(texts, row['step'])}" if row["action"] == row["channel"] and row["step"] else action


def task_name(texts: Texts, row: Row) -> str:
    """The step in words, or the action where there is no step to take first: what to do, without the channel."""
    if row["step"] is None or row["action"] in ("reconcile", "send", "wait"):
        return texts.t(ACTION_NAMES[row["action"]])
    return step_name(texts, row["step"])


def shown_rows(texts: Texts, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The worklist in words, one dictionary per client; `why` leaves out what other columns of the screen say."""
    return [
        {
            "client_id": row["client_id"],
            "rank": row["rank"],
            "client": row["client"],
            "segment": texts.t(SEGMENT_NAMES[row["segment"]]) if row["segment"] else "",
            "overdue": row["overdue"],
            "oldest_days_late": row["oldest_days_late"],
            "action": action_name(texts, row),
            "step": step_name(texts, row["step"]),
            "held": hold_name(texts, row["held"]),
            "invoices": row["invoices"],
            "reasons": " ".join(reason_texts(texts, row)),
            "task": task_name(texts, row),
            "why": why(texts, row),
        }
        for row in rows.to_dicts()
    ]
