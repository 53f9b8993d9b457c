"""A reminder's text as the parts of a page: paragraphs, and tables where its common blocks stand.

The words are those of the draft, as a person may have changed them: a block that was changed is shown as text.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.settings import Settings
from models.texts import DASH, Texts
from pipelines.collections.draft_text import NEXT_LANGUAGE
from pipelines.collections.drafts import Draft, DraftRow, InterestRow
from pipelines.collections.fields import one_line
from pipelines.collections.letters import Block
from pipelines.collections.qr import code_svg, payment_code

#: One part of a page: its `kind` and what it needs (text, head, rows, total, align, lines, qr).
Part = Mapping[str, Any]
_BULLET = "• "


def body_parts(draft: Draft, settings: Settings) -> list[Part]:
    """The parts of a draft's text, in order. A translation begins on a new page."""
    found: list[Part] = []
    blocks = list(draft.blocks)
    for place, text in enumerate(draft.body.split(NEXT_LANGUAGE)):
        language = draft.language if NEXT_LANGUAGE not in draft.body or place else "fr"
        if place:
            found.append({"kind": "newpage"})
        own = [block for block in blocks if block.language == language]
        found += _parts(text, own, draft, settings)
    return found


def _parts(text: str, blocks: Sequence[Block], draft: Draft, settings: Settings) -> Iterator[Part]:
    for block in blocks:
        before, found, after = text.partition(block.text)
        if not found:
            continue
        yield from _paragraphs(before)
        yield from _table(block, draft, settings)
        text = after
    yield from _paragraphs(text)


def _paragraphs(text: str) -> Iterator[Part]:
    """Paragraphs, each with its lines; lists of bullets are lists."""
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.strip("\n").split("\n") if line.strip()]
        if not lines:
            continue
        is_title = len(lines) == 1 and lines[0].startswith(("Objet\u00a0:", "Subject:"))
        if all(line.startswith(_BULLET) for line in lines):
            yield {"kind": "bullets", "rows": [line.removeprefix(_BULLET) for line in lines]}
        else:
            yield {"kind": "subject" if is_title else "text", "text": "\n".join(lines)}


def _table(block: Block, draft: Draft, settings: Settings) -> Iterator[Part]:
    """A common block as a part; the heading of a letter stands in the letterhead instead."""
    texts = Texts(block.language)
    if block.name == "invoices":
        yield invoice_table(texts, draft)
    elif block.name == "claim":
        yield {"kind": "pairs", "rows": [_pair(line.removeprefix(_BULLET)) for line in block.text.split("\n")]}
    elif block.name == "detail" and draft.interest:
        yield interest_table(texts, draft.interest, draft.currency)
    elif block.name == "payment":
        is_read_by_client = draft.channel != "call"
        code = payment_code(settings, draft.claim, draft.currency, draft.invoices) if is_read_by_client else None
        lines = [_pair(line) for line in block.text.split("\n")]
        yield {
            "kind": "payment",
            "rows": lines,
            "qr": code_svg(code) if code else None,
            "note": texts.t("Scan to pay") if code else "",
        }
    elif block.name != "heading":
        yield from _paragraphs(block.text)


def _pair(line: str) -> list[str]:
    """The label and the value of a line, split at its last colon."""
    label, colon, value = line.rpartition(": ")
    return [label.rstrip("\u00a0 "), value.replace("[[", "")] if colon else [line, ""]


def invoice_table(texts: Texts, draft: Draft) -> Part:
    """The invoices: number, dates, amount, what was paid, what is owed, days late; nothing of what none of them has.

    A message before the due date speaks of no lateness, not even in the head of a column.
    """
    t, money = texts.t, texts.money
    shown = {"Paid": any(row.paid for row in draft.rows), "Days late": any(row.days_late > 0 for row in draft.rows)}
    columns: dict[str, tuple[str, list[str]]] = {
        "Invoice": ("left", [_invoice_name(texts, row) for row in draft.rows]),
        "Issued": ("left", [texts.date(row.issue_date) for row in draft.rows]),
        "Due": ("left", [texts.date(row.due_date) for row in draft.rows]),
        "Amount incl. VAT": ("right", [money(row.amount, draft.currency) for row in draft.rows]),
        "Paid": ("right", [money(row.paid, draft.currency) if row.paid else DASH for row in draft.rows]),
        "Outstanding": ("right", [money(row.outstanding, draft.currency) for row in draft.rows]),
        "Days late": ("right", [texts.number(row.days_late) if row.days_late > 0 else DASH for row in draft.rows]),
    }
    kept = {word: column for word, column in columns.items() if shown.get(word, True)}
    sums = {"Invoice": t("Total"), "Outstanding": money(draft.outstanding, draft.currency)}
    return {
        "kind": "table",
        "head": [t(word) for word in kept],
        "align": [align for align, _ in kept.values()],
        "rows": [list(cells) for cells in zip(*(cells for _, cells in kept.values()), strict=True)],
        "total": [sums.get(word, "") for word in kept] if len(draft.rows) > 1 else None,
    }


def _invoice_name(texts: Texts, row: DraftRow) -> str:
    """The number, what kind it is if no plain invoice, and the client's order."""
    number = one_line(row.number)
    named = texts.t("{number} (deposit)", number=number) if row.kind == "deposit" else number
    return texts.t("{number}, order {order}", number=named, order=one_line(row.order)) if row.order else named


def interest_table(texts: Texts, runs: Sequence[InterestRow], currency: str) -> Part:
    """Interest by invoice, half-year and rate; a rate that is not known is said."""
    rows = [
        [
            one_line(run.number),
            f"{texts.date(run.from_date)} – {texts.date(run.to_date)}",
            texts.number(run.days),
            texts.money(run.base, currency),
            texts.percent(float(run.rate), 2) if run.rate is not None else texts.t("to be completed"),
            texts.number(run.interest, 4) if run.interest is not None else DASH,
        ]
        for run in runs
    ]
    head = ["Invoice", "Period", "Days", "On", "Rate a year", "Interest"]
    return {
        "kind": "table",
        "head": [texts.t(word) for word in head],
        "align": ["left", "left", "right", "right", "right", "right"],
        "rows": rows,
        "total": None,
        "note": texts.t("Amount × rate × days / 365, in {currency}; rounded once per invoice.", currency=currency),
    }
