"""Dropped files: what a person says of each, and what importing it would do."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.session import Session
from pages._ui.wording import DIRECTION_WORDS
from pages._ui.wording import ENCODINGS as ENCODING_WORDS
from pages._ui.words import md
from pipelines.account_label import account_label
from pipelines.publishing.archives import separate_files
from pipelines.publishing.publish import ENCODINGS, ImportReport, run_import

NEW_ACCOUNT = "account_needed"
_KEPT_REPORTS = 24
_ZIP = b"PK"
_TOLD_APART = bytes((0xA4, 0xA6, 0xA8, 0xB4, 0xB8, 0xBC, 0xBD, 0xBE))  # € Š š Ž ž Œ œ Ÿ in Latin-9


@dataclass(frozen=True)
class Dropped:
    """A file that was dropped.

    Attributes:
        place: among those dropped, so that two files of one name stay apart.
        account: the bank account that a person says it is of.
        kind: what a person says it is: auto, invoices or purchases.
        profile: how it is laid out, if a person says so.
        encoding: of a text file, if a person says that it is not Windows-1252.
    """

    place: int
    name: str
    content: bytes
    account: str | None = None
    kind: str = "auto"
    profile: str | None = None
    encoding: str | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What a person says of the file, as `run_import` takes it."""
        return {"kind": self.kind, "account": self.account, "profile": self.profile, "encoding": self.encoding}


def name_drop_zone(texts: Texts) -> None:
    """Streamlit's drop zone speaks English only: its button gets our words, its hint goes, since a caption says it."""
    button = '[data-testid="stFileUploaderDropzone"] button p'
    st.html(
        f"<style>{button} {{font-size: 0}} {button}::after {{content: '{texts.t('Choose files')}'; font-size: 0.875rem}}"
        ' [data-testid="stFileUploaderDropzoneInstructions"] {display: none}</style>'
    )


def read(session: Session, file: Dropped) -> ImportReport:
    """What importing the file would do; kept as long as the facts stay the same. A slow file shows how far it is."""
    kept = _reports(session.path, session.revision)
    key = (sha256(file.content).hexdigest(), file.name, *file.said.values())
    if key not in kept:
        with shown_progress(session, file.name) as progress:
            kept[key] = run_import(
                session.store,
                file.content,
                file.name,
                author=session.author,
                dry_run=True,
                progress=progress,
                **file.said,
            )
        for old in list(kept)[:-_KEPT_REPORTS]:
            kept.pop(old, None)
    return kept[key]


def apart(session: Session, files: Sequence[Dropped]) -> list[Dropped]:
    """The files, and instead of an archive that cannot be taken whole each of its own."""
    found: list[Dropped] = []
    for file in files:
        members = separate_files(read(session, file), file.content) if file.content.startswith(_ZIP) else []
        found += [replace(file, name=name, content=content) for name, content in members or [(file.name, file.content)]]
    return [replace(file, place=place) for place, file in enumerate(found)]


@st.cache_resource(max_entries=2, show_spinner=False)
def _reports(path: str, revision: int) -> dict[tuple[Any, ...], ImportReport]:
    """The reports of files against the facts of one revision."""
    del path, revision  # part of the key only
    return {}


@contextmanager
def shown_progress(session: Session, name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that comes with the first step that a slow reader tells, and goes when the file is read."""
    place = st.empty()

    def tell(done: int, total: int) -> None:
        share = min(done / total, 1.0) if total else 1.0
        said = session.texts.t("{file}: {share} read", file=name, share=session.texts.percent(share * 100, 0))
        place.progress(share, md(said))

    yield tell
    place.empty()


def names_no_account(report: ImportReport) -> bool:
    """A statement that does not say which account it is of."""
    if report.refused is not None:
        return report.refused.code == NEW_ACCOUNT
    if report.reading is None or report.kind != "bank" or report.reading.accounts.is_empty():
        return False
    named = report.reading.accounts.select(pl.any_horizontal(pl.col("name", "number", "iban").is_not_null()).all()).item()
    return not named


def names_no_direction(report: ImportReport) -> bool:
    """Invoices of which the file does not say whether they were issued or received."""
    if report.reading is None or report.reading.kind != "invoices":
        return False
    return bool(report.reading.documents["direction"].is_null().any())


def choose_account(session: Session, place: str) -> str | None:
    """The account that a person says a file or a row is of: one of those known, or a new name."""
    texts = session.texts
    known = session.ledger.accounts["name"].sort().to_list()
    key = f"account-{place}-{session.revision}"
    if not known:
        return st.text_input(texts.t("Bank account"), texts.t("Current account"), key=key, max_chars=80).strip() or None
    chosen = st.selectbox(
        texts.t("Bank account"),
        known,
        index=0 if len(known) == 1 else None,
        key=key,
        accept_new_options=True,
        format_func=lambda name: account_label(texts, name),
        placeholder=texts.t("Choose an account, or type a new name"),
    )
    return str(chosen).strip() or None if chosen else None


def could_be_latin9(file: Dropped, report: ImportReport) -> bool:
    """A text file with a byte that Windows-1252 and Latin-9 read otherwise: nothing tells which of them it is written in."""
    is_text = report.reading is not None and report.reading.format == "csv"
    return is_text and report.encoding in ("windows-1252", *ENCODINGS) and any(byte in file.content for byte in _TOLD_APART)


def choose_encoding(session: Session, file: Dropped) -> str | None:
    """The encoding of a file with bytes that are no UTF-8."""
    texts = session.texts
    picked = st.segmented_control(
        texts.t("If accents or € look wrong in the rows below, choose the other reading"),
        ["windows-1252", *ENCODINGS],
        format_func=ENCODING_WORDS.__getitem__,
        default="windows-1252",
        required=True,
        key=f"encoding-{file.place}-{sha256(file.name.encode()).hexdigest()[:8]}",
    )
    return picked if picked in ENCODINGS else None


def choose_direction(session: Session, file: Dropped) -> str:
    """Whether the invoices were issued (sales) or received (purchases): the file does not say it."""
    texts = session.texts
    picked = st.segmented_control(
        texts.t("These invoices are"),
        list(DIRECTION_WORDS),
        format_func=lambda code: texts.t(DIRECTION_WORDS[code]),
        default="auto",
        required=True,
        key=f"direction-{file.place}-{sha256(file.name.encode()).hexdigest()[:8]}",
    )
    return str(picked or "auto")
