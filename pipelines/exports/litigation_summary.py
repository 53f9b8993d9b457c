"""The summary of a litigation file: one or two pages that say who owes what, since when, and what was done."""

from typing import Any

import polars as pl

from models.money import ZERO
from models.texts import DASH, Texts
from pipelines.collections.fields import one_line
from pipelines.collections.paper import sheet_pdf
from pipelines.collections.parts import Part
from pipelines.collections.statement import credits_table
from pipelines.exports.litigation_claim import Claim
from pipelines.ledger import Ledger

#: Kinds of events that prove what was asked and what was answered.
PROOFS = ("reminder", "promise", "plan", "dispute", "note")
_CONTENTS = "The other files hold the detail: invoices, interest by half-year, reminders as sent, proofs, timeline."
_NOT_ALLOCATED = (
    "The credits not used yet are deducted from what is due, the oldest first. They settle no invoice yet: interest and "
    "indemnities are counted on whole invoices. Allocate them before claiming."
)


def summary_pdf(ledger: Ledger, claim: Claim, events: pl.DataFrame, texts: Texts) -> bytes:
    """The summary as an A4 sheet."""
    client = claim.client
    known = [one_line(client["name"]), *(client["address"] or "").split("\n")]
    lines = [one_line(line) for line in known if line] + ([f"SIREN {one_line(client['siren'])}"] if client["siren"] else [])
    parts: list[Part] = [
        {"kind": "text", "text": texts.t("As of {date}.", date=texts.long_date(claim.as_of))},
        {"kind": "pairs", "rows": _sums(claim, texts)},
        *({"kind": "text", "text": sentence} for sentence in _warnings(claim, texts)),
        {"kind": "heading", "text": texts.t("Invoices")},
        _invoice_table(claim, texts),
    ]
    if claim.credits:
        title = texts.t("Credits not used yet")
        parts += [{"kind": "heading", "text": title}, credits_table(texts, claim.credits, claim.currency)]
    parts += [
        {"kind": "heading", "text": texts.t("What was done")},
        _event_table(events, texts),
        {"kind": "text", "text": texts.t(_CONTENTS)},
    ]
    return sheet_pdf(texts.t("Litigation file"), lines, parts, ledger.settings, texts, day=claim.as_of)


def _sums(claim: Claim, texts: Texts) -> list[list[str]]:
    """What is owed, what of it is due and may be claimed, and what that comes to."""
    day, currency = texts.date(claim.as_of), claim.currency
    money = [[texts.t("Outstanding on invoices"), texts.money(claim.principal + claim.given, currency)]]
    if claim.credits:
        money.append([texts.t("Credits not used yet"), texts.money(-claim.given, currency)])
    coming = max(claim.principal - claim.due, ZERO)
    money += [
        [texts.t("Principal owed"), texts.money(claim.principal, currency)],
        [texts.t("of which overdue"), texts.money(claim.due, currency)],
        [texts.t("of which not due yet"), texts.money(coming, currency)],
    ]
    if claim.disputed:
        money.append([texts.t("Invoices in dispute"), texts.money(claim.disputed, currency)])
    count = len(claim.late)
    money += [
        [texts.t("Late-payment interest to {date}", date=day), texts.money(claim.interest, currency)],
        [
            texts.plural("Recovery indemnity, {count} invoice", "Recovery indemnity, {count} invoices", count),
            texts.money(claim.indemnity, "EUR"),
        ],
    ]
    if currency == "EUR":
        money.append([texts.t("Total due at {date}", date=day), texts.money(claim.due + claim.interest + claim.indemnity, "EUR")])
    return money


def _warnings(claim: Claim, texts: Texts) -> list[str]:
    """What must be settled before the sums are claimed."""
    said = []
    if claim.credits:
        said.append(texts.t(_NOT_ALLOCATED))
    for currency in sorted({row["currency"] for row in claim.other_credits}):
        amount = sum((row["remaining"] for row in claim.other_credits if row["currency"] == currency), ZERO)
        said.append(texts.t("Not deducted: an open credit in another currency, {amount}.", amount=texts.money(amount, currency)))
    if not claim.is_complete:
        said.append(texts.t("The rate of a half-year is not known: interest is not complete."))
    return said


def _invoice_table(claim: Claim, texts: Texts) -> Part:
    rows = [
        [
            _numbered(row, texts),
            texts.date(row["issue_date"]),
            texts.date(row["due_date"]),
            texts.money(row["amount_incl_tax"], claim.currency),
            texts.money(row["outstanding"], claim.currency),
            texts.number(row["days_late"]) if row["days_late"] > 0 else DASH,
            texts.money(row["interest"], claim.currency) if row["interest"] or row["is_complete"] else DASH,
        ]
        for row in claim.rows
    ]
    head = ["Invoice", "Issued", "Due", "Amount incl. VAT", "Outstanding", "Days late", "Interest"]
    sums = [
        texts.t("Total"),
        "",
        "",
        "",
        texts.money(claim.principal + claim.given, claim.currency),
        "",
        texts.money(claim.interest, claim.currency),
    ]
    return {
        "kind": "table",
        "head": [texts.t(word) for word in head],
        "align": ["left", "left", "left", "right", "right", "right", "right"],
        "rows": rows,
        "total": sums,
    }


def _numbered(row: dict[str, Any], texts: Texts) -> str:
    """The number of an invoice, and that it is in dispute."""
    number = one_line(row["invoice_number"])
    return texts.t("{status} – in dispute", status=number) if row["is_disputed"] else number


def _event_table(events: pl.DataFrame, texts: Texts) -> Part:
    rows = events.filter(pl.col("kind").is_in(PROOFS)).reverse()
    if rows.is_empty():
        return {"kind": "text", "text": texts.t("Nothing is on record.")}
    return {
        "kind": "table",
        "wide": 2,
        "head": [texts.t("Date"), texts.t("Event"), texts.t("Detail")],
        "align": ["left", "left", "left"],
        "rows": [
            [texts.date(row["date"]), row["what"], one_line(row["detail"] or row["reference"] or DASH)] for row in rows.to_dicts()
        ],
        "total": None,
    }
