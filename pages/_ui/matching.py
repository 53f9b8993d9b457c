"""What the matching says on screen: suggestions, progress, and the words of a label that speak for a match."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.ids import fold
from models.money import ZERO, total
from pages._ui.queries import movements
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile.listing import only_unmatched
from pipelines.reconcile.run import run_matching, suggestions

_WORD = re.compile(r"[^\W_]+")
_DIGITS_OR_LETTERS = re.compile(r"[0-9a-z]+")
Suggestion = dict[str, Any]
#: Classes of receipts that clients may have paid: what is an own transfer or of another kind does not count.
_CLIENT_CLASSES = ("client", "other")
_IDS = {"line_id": pl.String}
PAGE = "rapprochement"
#: The keys that decide, the same in both languages; the buttons show them. R and C are Streamlit's own.
KEYS = {
    "accept": "A",
    "refuse": "X",
    "by_hand": "M",
    "no_client": "H",
    "next": "N",
    "previous": "P",
    "undo": "Z",
    "bulk": "B",
    "returns": "T",
    "match": "Mod+Enter",
    "oldest": "O",
    "keep": "K",
}


@dataclass(frozen=True)
class Progress:
    """How far the receipts booked by the as-of date are settled; what comes from no client does not count.

    Attributes:
        receipts: how many. `settled`: how many of them need nobody any more.
        amount: their sum. `left`: what of it waits.
    """

    receipts: int
    settled: int
    amount: Decimal
    left: Decimal

    @property
    def share(self) -> float:
        """The settled part of the amount, 0 to 1; 1 where there is none."""
        return 1.0 - float(self.left) / float(self.amount) if self.amount else 1.0


def receipts(session: Session) -> pl.DataFrame:
    """Receipts from clients in the company's currency, by the as-of date (columns of `bank_lines`)."""
    lines = movements(session)
    is_client = pl.col("class").is_in(_CLIENT_CLASSES)
    return lines.filter((pl.col("amount") > ZERO) & is_client & (pl.col("currency") == session.currency))


def has_others(session: Session) -> bool:
    """Whether clients paid in other currencies too, which `receipts` leaves out."""
    is_other = pl.col("class").is_in(_CLIENT_CLASSES) & (pl.col("currency") != session.currency)
    return movements(session).filter((pl.col("amount") > ZERO) & is_other).height > 0


def progress(session: Session) -> Progress:
    """How far the receipts are settled: matched, or known as a client's credit."""
    lines = receipts(session)
    left = lines.join(
        pl.DataFrame({"line_id": [line["id"] for line in to_settle(session) if not line["is_rest"]]}, _IDS),
        on="line_id",
        how="semi",
    )
    return Progress(lines.height, lines.height - left.height, total(lines["amount"]), total(left["open_amount"]))


def to_settle(session: Session) -> list[Suggestion]:
    """Receipts that wait for a person: those with a suggestion by date, those without, then small differences of matches.

    What the rules attribute to a client waits too while that client owes something: which invoice it pays is not known.
    Each is a suggestion (`candidates` may be empty, each with `clients`, `gaps`, `credits` and `returned`) with `open_amount`,
    `payer`, as the bank names it apart from the label, and `client`, the only one that it can come from, each or None;
    `is_rest` says that it is matched and leaves a small difference. The
    list is shared: never changed in place.
    """
    return _to_settle(session.path, session.revision, session.as_of, session)


@st.cache_resource(max_entries=4, show_spinner=False)
def _to_settle(path: str, revision: int, as_of: date, _session: Session) -> list[Suggestion]:
    del path, revision, as_of  # part of the key only
    matching = run_matching(_session.store, _session.ledger)
    found = {str(one["id"]): one for one in suggestions(matching, _session.ledger)}
    unknown = {*only_unmatched(movements(_session), _session.ledger, as_of=_session.as_of)["line_id"]}
    owners = dict(_sales(_session).select("number", "client").iter_rows())
    payers = _session.ledger.lines.select("line_id", payer="counterparty")
    lines = []
    is_open = (pl.col("open_amount") > ZERO) | pl.col("line_id").is_in(list(matching.rests))
    waiting = movements(_session).filter(is_open & pl.col("line_id").is_in([*found, *unknown])).sort("date", "line_id")
    for line in waiting.join(payers, on="line_id", how="left", validate="1:1", maintain_order="left").to_dicts():
        ways = matching.ways(line["line_id"])
        said: Any = found.get(line["line_id"], {}).get("candidates", [])
        candidates = [
            {
                **candidate,
                "clients": list(dict.fromkeys(owners[number] for number in candidate["invoice_numbers"])),
                "gaps": way.gaps,
                "credits": way.credits,
                "returned": way.returned,
            }
            for candidate, way in zip(said, ways, strict=True)
        ]
        clients = {client for candidate in candidates for client in candidate["clients"]}
        client = line["client"] or (clients.pop() if len(clients) == 1 else None)
        is_rest = line["line_id"] in matching.rests
        lines.append({**line, "id": line["line_id"], "candidates": candidates, "client": client, "is_rest": is_rest})
    return sorted(lines, key=lambda line: (line["is_rest"], not line["candidates"]))


#: What a suggestion says of a document.
_OF_DOCUMENTS = ("document_id", "number", "client_id", "client", "due_date", "amount", "currency")


def _sales(session: Session) -> pl.DataFrame:
    return session.ledger.documents.filter(pl.col("direction") == "sale").select(_OF_DOCUMENTS)


@st.cache_resource(max_entries=2, show_spinner=False)
def _documents_by_number(path: str, revision: int, numbers: tuple[str, ...], _session: Session) -> dict[str, dict[str, Any]]:
    del path, revision
    told = _sales(_session).filter(pl.col("number").is_in(list(numbers)))
    return {row["number"]: row for row in told.iter_rows(named=True)}


def documents_of(session: Session, line: Suggestion) -> Mapping[str, dict[str, Any]]:
    """The sales documents that a line may pay, by number: document_id, number, client_id, client, due_date, amount, currency."""
    numbers = dict.fromkeys(number for candidate in line["candidates"] for number in candidate["invoice_numbers"])
    return _documents_by_number(session.path, session.revision, tuple(numbers), session)


def marked_label(label: str, evidence: str) -> str:
    """A bank label as Markdown: its text literally, the words that a rule found in it marked.

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
        said += [_literal(label[end:start]), f":blue-background[**{md(label[start:stop])}**]"]
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
