"""What commands on matching answer: as JSON, and as short lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.exports.action_words import action_word
from pipelines.exports.answers import Answer
from pipelines.reconcile.rules import RULE_WORDS, rule_sentence

if TYPE_CHECKING:  # a command must not wait for the pipelines of the others
    from collections.abc import Mapping, Sequence
    from typing import Any

    from models.texts import Texts
    from pipelines.reconcile.run import Reconciliation


def reconcile_answer(done: Reconciliation) -> Answer:
    """What a run of the rules did and left."""
    return {name: getattr(done, name) for name in ("allocated_lines", "allocated_amount", "suggested_lines", "unmatched_lines")}


def suggestions_answer(found: Sequence[Mapping[str, Any]], texts: Texts) -> list[Answer]:
    """Suggestions, each candidate with its reason in words."""
    return [
        {
            **{name: row[name] for name in ("id", "line_id", "account", "bank_id", "date", "amount", "currency", "label")},
            "candidates": [
                {
                    **{name: c[name] for name in ("n", "invoice_numbers", "amounts", "rule", "confidence")},
                    "why": rule_sentence(c["rule"], c["evidence"], texts),
                    "write_offs": [
                        dict(zip(("invoice_number", "amount", "reason"), gap, strict=True)) for gap in c["write_offs"]
                    ],
                    "credit_notes": [
                        dict(zip(("credit_note", "invoice_number", "amount"), use, strict=True)) for use in c["credit_notes"]
                    ],
                    "returned": [dict(zip(("line_id", "credit_id", "amount"), back, strict=True)) for back in c["returned"]],
                }
                for c in row["candidates"]
            ],
        }
        for row in found
    ]


def _rule(row: Answer, texts: Texts) -> str:
    """A rule in words."""
    code: str = row["rule"]
    return texts.t(RULE_WORDS.get(code, code))


def trust_answer(trust: pl.DataFrame) -> list[Answer]:
    """Each rule's precision, with the lower end of its 95 % interval and the lines on which it was wrong."""
    return trust.rename({"lower": "lower_bound", "is_stopped": "stopped"}).to_dicts()


def trust_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """One line per rule."""
    said = []
    for row in rows:
        line = texts.t(
            "{rule}: {right} right of {cases} ({precision}, at least {lower})",
            rule=_rule(row, texts),
            right=row["right"],
            cases=row["cases"],
            precision=texts.percent(row["precision"] * 100),
            lower=texts.percent(row["lower_bound"] * 100),
        )
        acts = texts.t("acts alone") if row["acts_alone"] else texts.t("stopped") if row["stopped"] else texts.t("only proposes")
        said.append(f"{line} – {acts}")
    return said or [texts.t("You have settled nothing yet that a rule can be measured on.")]


def label_rules_answer(rules: pl.DataFrame) -> list[Answer]:
    """The user's own label rules."""
    return rules.rename({"rule_id": "id"}).to_dicts()


def label_rule_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """One line per label rule."""
    from pipelines.reconcile.classes import CATEGORY_WORDS

    return [
        f"{row['id']}  "
        + texts.t("“{words}”: {category}", words=row["words"], category=texts.t(CATEGORY_WORDS[row["category"]]))
        + f" ({texts.plural('{count} bank line', '{count} bank lines', row['lines'])})"
        for row in rows
    ] or [texts.t("There is no label rule of yours.")]


def aliases_answer(learned: pl.DataFrame) -> list[Answer]:
    """What matches taught of payers."""
    columns = ("kind", "value", "client", "line_id", "confirmed", "acts_alone", "also_for")
    acts_alone = pl.col("is_sure") & (pl.col("also_for").list.len() == 0)
    return learned.with_columns(acts_alone=acts_alone).rename({"alias_id": "id"}).select("id", *columns).to_dicts()


def alias_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """One line per alias; one that pays for others too speaks for nobody."""
    said = []
    for row in rows:
        trust = confirmed_words(texts, row["confirmed"], is_sure=row["acts_alone"] or bool(row["also_for"]))
        line = f"{row['id']}  {row['value']} → {row['client']}  ({trust})"
        if row["also_for"]:
            line += " – " + texts.t("not used: also paid for {clients}", clients=", ".join(row["also_for"]))
        said.append(line)
    return said or [texts.t("Nothing was learned yet: a match that you make teaches who pays.")]


def confirmed_words(texts: Texts, count: int, *, is_sure: bool) -> str:
    """How often a payer was confirmed, and whether that is too little to act on."""
    times = texts.plural("{count} time", "{count} times", count)
    return times if is_sure else texts.t("{times}, by the amount alone: only proposes", times=times)


def declared_answer(unproven: pl.DataFrame) -> list[Answer]:
    """Declared payments that wait for their bank line."""
    return unproven.rename({"receipt_id": "id", "is_dated": "dated", "is_covered": "covered"}).to_dicts()


def declared_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """One line per declared payment."""
    said = []
    for row in rows:
        what = (texts.date(row["date"]), texts.money(row["amount"], row["currency"]), row["client"], row["invoice_number"] or "")
        line = "  ".join(what)
        if row["covered"] is False:
            line += " – " + texts.t("no statement of that day was imported")
        said.append(line)
    return said or [texts.t("A bank line proves every declared payment.")]


def past_answer(past: pl.DataFrame) -> list[Answer]:
    """What was done with one invoice or bank line, the newest first."""
    columns = ("source", "source_id", "invoice_number", "before", "after", "currency", "rule", "by_person", "confidence")
    return past.select("change_id", "recorded_at", "actor", "action", *columns).to_dicts()


def past_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """One line per change."""
    return [
        f"{row['change_id']}  {row['recorded_at']:%Y-%m-%d %H:%M}  {row['actor']}  {action_word(texts, row['action'])}  "
        f"{row['source_id']} → {row['invoice_number']}{texts.t(': ')}"
        f"{texts.money(row['before'], row['currency'])} → {texts.money(row['after'], row['currency'])}  "
        f"({_rule(row, texts)}{_sureness(row, texts)})"
        for row in rows
    ]


def _sureness(row: Answer, texts: Texts) -> str:
    """How sure the rule was, where a rule decided."""
    return "" if row["confidence"] is None else f", {texts.percent(row['confidence'] * 100, 0)}"
