"""A draft as it is kept: its figures as JSON, and the draft again from them."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from pipelines.collections.drafts import Draft, DraftRow, InterestRow
from pipelines.collections.fields import plain_lines
from pipelines.collections.letters import Block

Row = Mapping[str, Any]
_DATES = {"issue_date", "due_date", "from_date", "to_date"}
_AMOUNTS = {"amount", "paid", "outstanding", "penalty", "base", "rate", "interest"}
_Kept = TypeVar("_Kept", DraftRow, InterestRow)


def figures_of(draft: Draft) -> str:
    """The figures of a draft as JSON, amounts as text."""
    figures = {
        "invoices": [asdict(row) for row in draft.rows],
        "interest": [asdict(row) for row in draft.interest],
        "outstanding": draft.outstanding,
        "penalty": draft.penalty,
        "penalty_complete": draft.penalty_complete,
        "indemnity": draft.indemnity,
        "client": {name: getattr(draft, name) for name in ("client", "client_type", "address", "phone", "siren")},
        "blocks": [block._asdict() for block in draft.blocks],
    }
    return json.dumps(figures, ensure_ascii=False, default=str, sort_keys=True)


def draft_of(reminder: Row) -> Draft:
    """A kept reminder as the draft that it was, with the words that were approved."""
    kept = json.loads(reminder["detail"])
    rows = tuple(_typed(DraftRow, line) for line in kept["invoices"])
    return Draft(
        **{name: reminder[name] for name in ("client_id", "step", "channel", "language", "subject", "body", "currency")},
        **kept["client"],
        email=reminder["recipient"],
        held=None,
        holds=(),
        invoices=tuple(row.number for row in rows),
        rows=rows,
        interest=tuple(_typed(InterestRow, run) for run in kept["interest"]),
        outstanding=Decimal(kept["outstanding"]),
        penalty=Decimal(kept["penalty"]),
        penalty_complete=kept["penalty_complete"],
        indemnity=Decimal(kept["indemnity"]),
        warnings=(),
        blocks=tuple(Block(**block) for block in kept["blocks"]),
    )


def destination(reminder: Row) -> str:
    """Where a kept reminder went, on one line; empty where that is not known."""
    return ", ".join(plain_lines(draft_of(reminder).destination).split("\n"))


def _typed(kind: type[_Kept], values: Mapping[str, Any]) -> _Kept:
    """A row of figures from its JSON texts."""
    read: dict[str, Any] = dict(values)
    for name, text in values.items():
        if text is not None and name in _AMOUNTS | _DATES:
            read[name] = Decimal(text) if name in _AMOUNTS else date.fromisoformat(text)
    return kind(**read)
