"""What the matching says on screen: suggestions, progress, and the words of a label that speak for a match."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.ids import fold
from models.money import ZERO, total
from pages._ui.queries import movements
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile.run import run_matching, suggestions

_WORD = re.compile(r"[^\W_]+")
_DIGITS_OR_LETTERS = re.compile(r"[0-9a-z]+")
Suggestion = dict[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far the receipts booked by the as-of date are matched; transfers between own accounts do not count.

    Attributes:
        receipts: how many. `matched`: how many of them have nothing left.
        amount: their sum. `left`: what of it is not matched.
    """

    receipts: int
    matched: int
    amount: Decimal
    left: Decimal

    @property
    def share(self) -> float:
        """The matched part of the amount, 0 to 1; 1 where there is none."""
        return 1.0 - float(self.left) / float(self.amount) if self.amount else 1.0


def receipts(session: Session) -> pl.DataFrame:
    """Receipts from outside in the company's currency, by the as-of date (columns of `bank_lines`)."""
    lines = movements(session)
    return lines.filter((pl.col("amount") > ZERO) & (pl.col("class") != "internal") & (pl.col("currency") == session.currency))


def progress(session: Session) -> Progress:
    """How far the receipts are matched."""
    lines = receipts(session)
    matched = lines.filter(pl.col("open_amount") == ZERO).height
    return Progress(lines.height, matched, total(lines["amount"]), total(lines["open_amount"]))


def waiting(session: Session) -> list[Suggestion]:
    """Suggestions whose bank line is booked by the as-of date, by date."""
    found = _suggestions(session.path, session.revision, session)
    return [suggestion for suggestion in found if suggestion["date"] <= session.as_of]


@st.cache_resource(max_entries=2, show_spinner=False)
def _suggestions(path: str, revision: int, _session: Session) -> list[Suggestion]:
    del path, revision  # part of the key only
    return suggestions(run_matching(_session.store, _session.ledger), _session.ledger)


@st.cache_resource(max_entries=2, show_spinner=False)
def _documents_by_number(path: str, revision: int, _session: Session) -> dict[str, dict[str, Any]]:
    del path, revision
    sales = _session.ledger.documents.filter(pl.col("direction") == "sale")
    return {row["number"]: row for row in sales.to_dicts()}


def documents_by_number(session: Session) -> Mapping[str, dict[str, Any]]:
    """Sales documents (DOCUMENTS) by number."""
    return _documents_by_number(session.path, session.revision, session)


def marked_label(label: str, evidence: str) -> str:
    """A bank label as Markdown: its text literally, the words that a rule found in it in bold.

    `evidence` holds those words as the rules see them: folded, several findings separated by commas.
    """
    spans = [(match.start(), match.end(), _plain(match[0])) for match in _WORD.finditer(label)]
    words = [word for _, _, plain in spans for word in plain]
    owner = [place for place, (_, _, plain) in enumerate(spans) for _ in plain]
    found: set[int] = set()
    for wanted in (_plain(part) for part in evidence.split(",")):
        size = len(wanted)
        for start in range(len(words) - size + 1 if size else 0):
            if words[start : start + size] == wanted:
                found.update(range(owner[start], owner[start + size - 1] + 1))
    said, end = [], 0
    for first, last in _runs(sorted(found)):
        start, stop = spans[first][0], spans[last][1]
        said += [_literal(label[end:start]), f"**{md(label[start:stop])}**"]
        end = stop
    return "".join([*said, _literal(label[end:])])


def _plain(text: str) -> list[str]:
    return _DIGITS_OR_LETTERS.findall(fold(text))


def _literal(text: str) -> str:
    """Data in the middle of a line: its outer spaces count."""
    inner = md(text)
    return f"{' ' * (text != text.lstrip())}{inner}{' ' * (bool(inner) and text != text.rstrip())}"


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """Consecutive places as (first, last)."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
