"""Which column is which in a table that no profile knows: proposals by the names of the columns and by their content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.ingest.tables.headers import fold_header, listed_names
from pipelines.ingest.tables.line_items import AMOUNTS
from pipelines.ingest.tables.sketch import Look, Sketch
from pipelines.ingest.text import fold

_ENOUGH = 0.6  # share of the cells that must look right for a column to be proposed
_LONG = 30  # characters, from which a text is no number of a document
_LEAST = 0.25  # score under which nothing is proposed
_BY_NAME, _BY_CONTENT = 0.6, 0.4
_LEVELS = (1.0, 0.9, 0.8)  # of names, weak and last ones
_OVERLAP = 0.7  # the most that words in common give
_DATES = ("issue_date", "due_date", "paid_date", "sent_date", "booking_date", "value_date")
_MONEY = (*AMOUNTS, "amount", "debit", "credit", "balance")
#: Columns that words alone may tell: canonical column -> topic of words.toml.
_WORDED = {
    "status": "status",
    "kind": "kind",
    "client_type": "client_type",
    "client_language": "client_language",
    "direction": "direction",
    "disputed": "disputed",
}
#: Columns that content alone may tell, by kind; the others need a name.
_BY_CONTENT_ALONE = {
    "invoices": (
        "invoice_number",
        "client_name",
        "issue_date",
        "due_date",
        "amount_incl_tax",
        "client_email",
        "client_siren",
        "currency",
        "status",
        "kind",
    ),
    "bank": ("booking_date", "label", "amount", "currency"),
    "clients": ("client_name", "client_email", "client_siren", "client_type", "client_language"),
}


@dataclass(frozen=True)
class Proposal:
    """A header for a canonical column.

    Attributes:
        position: of the header.
        score: 0 to 1.
        why: name, content or both.
    """

    position: int
    score: float
    why: str


def propose(sketch: Sketch, kind: str) -> dict[str, Proposal]:
    """The most likely header of each canonical column; each header once, a column without a likely one left out.

    Args:
        sketch: of the file.
        kind: invoices, purchases, bank or clients.
    """
    kind = table_kind(kind)
    trials: list[tuple[float, str, Proposal]] = []
    for column, names in listed_names(kind).items():
        for position, look in enumerate(sketch.looks):
            named = _name_score(sketch.header[position], names) if sketch.has_header else 0.0
            seen = _content_score(column, look)
            alone = column in _BY_CONTENT_ALONE[kind] and seen is not None and seen > 0
            if seen is None or not (named or alone):
                continue
            score = _BY_NAME * named + _BY_CONTENT * seen
            if score >= _LEAST:
                why = "both" if named and seen else "name" if named else "content"
                trials.append((score, column, Proposal(position, round(score, 3), why)))
    chosen: dict[str, Proposal] = {}
    for _, column, proposal in sorted(trials, key=lambda trial: (-trial[0], trial[2].position)):
        if column not in chosen and proposal.position not in {one.position for one in chosen.values()}:
            chosen[column] = proposal
    return _in_order(chosen, sketch.looks)


def table_kind(kind: str) -> str:
    """The kind of table that a file of that kind is."""
    return "invoices" if kind == "purchases" else kind


def _name_score(header: str, names: Sequence[tuple[str, int]]) -> float:
    """1 for a listed name, less for a weak one, and for words in common."""
    folded = fold_header(header)
    words = set(fold(header).split())
    best = 0.0
    for name, level in names:
        if folded == fold_header(name):
            best = max(best, _LEVELS[level])
        elif words:
            own = set(fold(name).split())
            common = len(words & own) / len(words | own) if own else 0.0
            best = max(best, _OVERLAP * common * _LEVELS[level] if common >= 1 / 2 else 0.0)
    return best


def _content_score(column: str, look: Look) -> float | None:
    """How well the cells fit the column, 0 to 1; None if they cannot be it. A column without cells says nothing."""
    if not look.filled:
        return 0.0
    if column in _DATES:
        return look.share("date") if look.share("date") >= _ENOUGH else None
    if column in _MONEY:
        share = look.share("amount") if look.share("date") < _ENOUGH else 0.0
        return (0.6 * share + 0.4 * look.share("decimal")) if share >= _ENOUGH else None
    if column in ("client_email", "client_siren", "currency"):
        share = look.share(column.removeprefix("client_"))
        return share if share >= _ENOUGH else None
    if column in _WORDED:
        share = look.share(_WORDED[column])
        # An unknown kind rejects its row, an unknown status says nothing.
        return None if column == "kind" and share < _ENOUGH else share
    return _text_score(column, look)


def _text_score(column: str, look: Look) -> float | None:
    """Numbers are short, with a digit, and differ; names are words that come back; labels are long."""
    is_value = max(look.share("date"), look.share("decimal"), look.share("email")) >= _ENOUGH
    if column in ("invoice_number", "bank_id"):
        return None if is_value else look.share("digit") * look.distinct * (0.9 if look.length < _LONG else 0.3)
    if column in ("client_name", "label", "counterparty"):
        if is_value or look.share("text") < _ENOUGH:
            return None
        worded = max(look.share(topic) for topic in ("status", "kind", "currency"))
        named = look.share("text") * (1 - worded) * (1 - 0.5 * look.share("digit"))
        return min(1.0, named * (0.4 + look.length / 50)) if column == "label" else named * 0.8
    return 0.0


def _in_order(chosen: dict[str, Proposal], looks: Sequence[Look]) -> dict[str, Proposal]:
    """Where content alone chose: issue dates come before due dates, and amounts including tax are the larger ones."""
    found = dict(chosen)
    if "due_date" in found and "name" not in (found["due_date"].why, found["issue_date"].why if "issue_date" in found else ""):
        issue, due = found.get("issue_date"), found["due_date"]
        if issue and issue.why == due.why == "content" and (looks[due.position].days < looks[issue.position].days).any():
            found |= {"issue_date": due, "due_date": issue}
    amount = found.get("amount_incl_tax")
    if amount and amount.why == "content":
        taken = {one.position for name, one in found.items() if name != "amount_incl_tax"}
        others = [
            place
            for place, look in enumerate(looks)
            if place not in taken and look.share("amount") >= _ENOUGH and look.share("decimal") >= _ENOUGH
        ]
        largest = max(others, key=lambda place: looks[place].amounts.abs().sum(), default=amount.position)
        found["amount_incl_tax"] = Proposal(largest, amount.score, "content")
    return found


def sums_over_lines(sketch: Sketch, columns: Mapping[str, int]) -> tuple[str, ...] | None:
    """The amounts that add up if the table has one row per line of an invoice; None if it has one row per invoice.

    Rows of one number and client that differ are lines; an amount that differs among them is one of the line, an amount
    that never does repeats the invoice's.
    """
    if "invoice_number" not in columns:
        return None
    keys = [columns[name] for name in ("invoice_number", "client_code", "client_name") if name in columns]
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for _, cells in sketch.rows:
        if cells[keys[0]]:
            groups.setdefault(tuple(cells[key] for key in keys), []).append(cells)
    several = [rows for rows in groups.values() if len(set(rows)) > 1]
    if not several:
        return None
    amounts = [(name, columns[name]) for name in AMOUNTS if name in columns]
    return tuple(name for name, place in amounts if any(len({row[place] for row in rows}) > 1 for rows in several))
