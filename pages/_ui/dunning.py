"""The worklist's drafts on screen and as files to download."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.queries import Key, key_of, plan_of
from pages._ui.session import Session
from pages._ui.wording import why
from pipelines.collections.drafts import Draft, plan_drafts, plan_outlines
from pipelines.collections.mail import draft_contents, file_stem
from pipelines.collections.reasons import ACTION_NAMES, HOLD_NAMES, STEP_NAMES
from pipelines.collections.worklist import Plan
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


class Drawn(Mapping[str, Draft]):
    """The drafts of a plan by client id, each written when it is asked for: a reader looks at one of hundreds."""

    def __init__(self, due: Plan, outlines: Sequence[Draft]) -> None:
        """Write those of `due`; `outlines` are its drafts without their words."""
        self._due, self._ids = due, [draft.client_id for draft in outlines]
        self._known = frozenset(self._ids)
        self._written: dict[str, Draft] = {}

    def __getitem__(self, client_id: str) -> Draft:
        """The client's draft."""
        if client_id not in self._known:
            raise KeyError(client_id)
        if client_id not in self._written:
            self.write([client_id])
        return self._written[client_id]

    def __iter__(self) -> Iterator[str]:
        """The clients that have one, in the order of the worklist."""
        return iter(self._ids)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._ids)

    def write(self, client_ids: Collection[str]) -> None:
        """Write the drafts of these clients at once."""
        wanted = {i for i in client_ids if i not in self._written}
        self._written |= {draft.client_id: draft for draft in plan_drafts(self._due, only=wanted)} if wanted else {}


@dataclass(frozen=True)
class ToDo:
    """The worklist at a date with its drafts, by client id.

    Attributes:
        outlines: the drafts without their words, in the worklist's order: enough to count, list and compare them.
        drafts: the same with their words.
        said: the list in words, as far as it was shown, by language and client id.
    """

    rows: pl.DataFrame
    outlines: Mapping[str, Draft]
    drafts: Drawn
    as_of: date
    language: str
    said: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def chosen(self, client_ids: Collection[str]) -> list[Draft]:
        """The drafts of these clients."""
        self.drafts.write(client_ids)
        return [self.drafts[client_id] for client_id in client_ids]

    def stem(self, client_id: str) -> str:
        """The name of the draft's files, without a suffix: its place in the list is in it."""
        place = list(self.outlines).index(client_id) + 1
        return file_stem(self.outlines[client_id], place, date=self.as_of, language=self.language)


def to_do_with_drafts(session: Session) -> ToDo:
    """The worklist and its drafts, kept as long as the facts, the date and the currency stay the same."""
    return _to_do(key_of(session), plan_of(session))


@st.cache_resource(max_entries=4, show_spinner=False)
def _to_do(key: Key, _due: Plan) -> ToDo:
    del key  # of the cache only
    outlines = plan_outlines(_due)
    by_client = {draft.client_id: draft for draft in outlines}
    return ToDo(_due.rows, by_client, Drawn(_due, outlines), _due.at.as_of, _due.at.settings.language)


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
    every = todo.chosen(list(todo.drafts))
    files = [file for draft in every for file in draft_files(session, draft, todo.stem(draft.client_id))]
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


def shown_rows(texts: Texts, todo: ToDo, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """What to do for each client of these rows and why, in words: `task` and `why`; `why` leaves out what other columns say."""
    for row in rows.filter(~pl.col("client_id").is_in([i for of, i in todo.said if of == texts.language])).to_dicts():
        todo.said[texts.language, row["client_id"]] = {"task": task_name(texts, row), "why": why(texts, row)}
    return [todo.said[texts.language, client_id] for client_id in rows["client_id"]]
