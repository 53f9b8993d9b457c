"""Which column of a file is which: header names as data, matched without case, accents or punctuation."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.rows import MAX_COLUMNS
from pipelines.ingest.text import fold

_LEVELS = ("names", "weak", "last")
_SMALL_WORDS = {"de", "d", "du", "des", "la", "le", "l", "les", "of", "the"}
_UNITS = {"eur", "euro", "euros"}
_CURRENCY_IN_BRACKETS = re.compile(r"\((?:€|\$|£|EUR|USD|GBP|CHF|CAD|AUD|SGD|MAD|TND|XOF|XAF|XPF|UTC)\)", re.IGNORECASE)
_LONGEST_HEADER = 300  # a cell beyond that is no name of a column
_SHOWN = 12  # headers that a refusal quotes
_WORTH_NAMING = 2  # needed groups found before a file counts as of a kind with a column missing

#: What tells a clients file: two of them, beside a name or a code.
_CONTACTS = (
    "client_siren",
    "client_email",
    "client_phone",
    "client_address",
    "client_language",
    "client_type",
    "segment",
    "terms",
)
_CONTACT_PAIRS = tuple(combinations(_CONTACTS, 2))
#: Per kind, what is needed: groups of alternatives, each a set of columns, with the words of a refusal.
NEEDED: Mapping[str, tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]] = {
    "invoices": (
        ("invoice_number (N° facture)", (("invoice_number",),)),
        ("client_name (Client)", (("client_name",), ("client_code",))),
        ("issue_date (Date facture)", (("issue_date",),)),
        ("amount_incl_tax (Montant TTC)", (("amount_incl_tax",), ("amount_excl_tax", "vat_amount"))),
    ),
    "bank": (
        ("date (Date)", (("booking_date",),)),
        ("label (Libellé)", (("label",), ("counterparty",))),
        ("amount (Montant, Débit + Crédit)", (("amount",), ("debit", "credit"))),
    ),
    "clients": (
        ("client_name (Nom)", (("client_name",), ("client_code",))),
        (
            "two of client_email (E-mail), client_phone (Téléphone), client_address (Adresse), client_siren (SIREN)",
            _CONTACT_PAIRS,
        ),
    ),
}
#: Columns of which a file may have several.
_JOINED = {("bank", "label"), ("bank", "label_more"), ("clients", "client_address")}
#: Amounts and dates of documents: a file that has one is no clients file.
_NO_CLIENTS = ("amount_incl_tax", "amount_excl_tax", "amount_due", "issue_date")


@dataclass(frozen=True)
class Layout:
    """Where a file's header is and what its columns are.

    Attributes:
        kind: invoices, bank or clients.
        row: position of the header among the rows looked at.
        columns: canonical name -> positions, one of them but for the parts of a bank label.
        found: how many needed groups it has.
    """

    kind: str
    row: int
    columns: Mapping[str, tuple[int, ...]]
    found: int

    @property
    def is_complete(self) -> bool:
        """Every needed group is there."""
        return self.found == len(NEEDED[self.kind])


def has_needed(columns: Mapping[str, tuple[int, ...]], kind: str) -> bool:
    """Whether those columns have all that a kind needs."""
    return all(any(all(part in columns for part in parts) for parts in options) for _, options in NEEDED[kind])


def fold_header(text: str) -> str:
    """The form in which header names are compared: "N° de facture (€)" is "numerofacture"."""
    if len(text) > _LONGEST_HEADER:
        return ""
    text = _CURRENCY_IN_BRACKETS.sub(" ", text.replace("\n", " "))
    text = re.sub(r"\b[nN]\s*[°º]", "numero ", text)
    tokens = ["numero" if token in {"no", "num", "nr"} else token for token in fold(text).split()]
    kept = [token for token in tokens if token not in _SMALL_WORDS and token not in _UNITS]
    if kept and kept[-1] == "en":
        kept.pop()
    return "".join(kept or tokens)


@cache
def _names(kind: str) -> Mapping[str, Mapping[str, tuple[int, str]]]:
    """Folded header -> {canonical: (level, name as listed)} of a kind."""
    with (Path(__file__).parent / "headers.toml").open("rb") as file:
        listed = tomllib.load(file)[kind]
    names: dict[str, dict[str, tuple[int, str]]] = {}
    for column, levels in listed.items():
        for level, key in enumerate(_LEVELS):
            for name in levels.get(key, ()):
                names.setdefault(fold_header(name), {}).setdefault(column, (level, name))
    return names


@cache
def listed_names(kind: str) -> Mapping[str, Sequence[tuple[str, int]]]:
    """Canonical column -> (name, level) of all its names: 0 for plain ones, 1 for weak ones, 2 for the last resort."""
    with (Path(__file__).parent / "headers.toml").open("rb") as file:
        listed = tomllib.load(file)[kind]
    return {
        column: [(name, level) for level, key in enumerate(_LEVELS) for name in levels.get(key, ())]
        for column, levels in listed.items()
    }


def match_columns(cells: Sequence[str], kind: str) -> dict[str, tuple[int, ...]]:
    """Canonical name -> positions of the header cells that fit it, at the best level that any of them has."""
    names = _names(kind)
    fits = [
        (position, column, level)
        for position, cell in enumerate(cells)
        for column, (level, _) in names.get(fold_header(cell), {}).items()
    ]
    columns: dict[str, tuple[int, ...]] = {}
    taken: set[int] = set()
    for level in range(len(_LEVELS)):
        at_level: dict[str, tuple[int, ...]] = {}
        for position, column, fit in fits:
            if fit == level and position not in taken and column not in columns:
                at_level[column] = (*at_level.get(column, ()), position)
        columns |= at_level
        taken |= {position for positions in at_level.values() for position in positions}
    return columns


def is_weak(cell: str, column: str, kind: str) -> bool:
    """Whether the header is only a weak name of the column ("Montant" for the amount including tax)."""
    return _names(kind).get(fold_header(cell), {}).get(column, (0, ""))[0] > 0


def locate(rows: Sequence[Sequence[str] | None], kinds: Sequence[str], name: str) -> Layout | None:
    """The first row that has all that a kind needs; else the row that has most of it; None if there is nothing.

    Raises:
        UnreadableFile: too_many_columns.
    """
    best: Layout | None = None
    for row, cells in enumerate(rows):
        if cells is None:
            continue
        if len(cells) > MAX_COLUMNS:
            raise refuse("too_many_columns", name=name, count=len(cells), limit=MAX_COLUMNS)
        layouts = [_layout(cells, kind, row) for kind in kinds]
        complete = [layout for layout in layouts if layout.is_complete]
        if complete:
            return _preferred(complete, cells)
        others = [layout for layout in (best, *layouts) if layout is not None and (layout.kind != "clients" or len(kinds) == 1)]
        best = max(others, key=lambda layout: layout.found)
    return best if best is not None and best.found else None


def _layout(cells: Sequence[str], kind: str, row: int) -> Layout:
    columns = match_columns(cells, kind)
    found = sum(any(all(part in columns for part in parts) for parts in options) for _, options in NEEDED[kind])
    if kind == "clients" and any(name in match_columns(cells, "invoices") for name in _NO_CLIENTS):
        found = 0
    return Layout(kind, row, columns, found)


def _preferred(complete: Sequence[Layout], cells: Sequence[str]) -> Layout:
    """Of two kinds that both fit, invoices if a column is plainly an invoice number, else a bank statement."""
    by_kind = {layout.kind: layout for layout in complete if layout.kind != "clients"}
    invoices = by_kind.get("invoices")
    if invoices is None or len(by_kind) == 1:
        return next(iter(by_kind.values()), complete[0])
    if "label" not in by_kind["bank"].columns:
        return invoices
    number = cells[invoices.columns["invoice_number"][0]]
    return by_kind["bank"] if is_weak(number, "invoice_number", "invoices") else invoices


def settle_columns(layout: Layout | None, cells: Sequence[str], name: str) -> dict[str, tuple[int, ...]]:
    """The columns of a usable layout.

    Raises:
        UnreadableFile: unknown_columns, missing_column or duplicate_column.
    """
    seen = (
        ", ".join(cell.strip() for cell in cells if cell.strip())[:300]
        if len(cells) <= _SHOWN
        else ", ".join(cell.strip() for cell in cells[:_SHOWN])
    )
    if layout is None or layout.found < min(_WORTH_NAMING, len(NEEDED[layout.kind]) - 1):
        raise refuse("unknown_columns", name=name, seen=seen or "–")
    if not layout.is_complete:
        missing = [
            words
            for words, options in NEEDED[layout.kind]
            if not any(all(part in layout.columns for part in parts) for parts in options)
        ]
        raise refuse("missing_column", name=name, missing=", ".join(missing), seen=seen)
    for column, positions in layout.columns.items():
        if len(positions) > 1 and (layout.kind, column) not in _JOINED:
            headers = ", ".join(cells[position].strip() for position in positions)
            raise refuse("duplicate_column", name=name, column=column, headers=headers)
    return dict(layout.columns)
