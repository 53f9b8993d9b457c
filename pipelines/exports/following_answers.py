"""What follows a reminder, as the terminal tells it: promises, instalment plans, a client's timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.collections.plans import PLAN_WORDS, STANDING
from pipelines.collections.promises import PROMISE_WORDS
from pipelines.parties import client_names

if TYPE_CHECKING:  # a command must not wait for the pipelines of the others
    from collections.abc import Sequence

    import polars as pl

    from models.texts import Texts
    from pipelines.exports.answers import Answer
    from pipelines.ledger import Ledger


def _clients(ledger: Ledger) -> dict[str, Any]:
    return dict(client_names(ledger.clients, ledger.documents).iter_rows())


def plans_answer(ledger: Ledger, rows: pl.DataFrame) -> list[Answer]:
    """PLANS_AT, with the client's name."""
    names = _clients(ledger)
    fields = (
        "plan_id",
        "made_on",
        "ended_on",
        "status",
        "amount",
        "paid",
        "next_date",
        "next_amount",
        "currency",
        "invoices",
        "by",
    )
    return [{"client": names.get(row["client_id"])} | {name: row[name] for name in fields} for row in rows.to_dicts()]


def plan_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """One line per plan."""
    said = []
    for row in rows:
        paid, amount = texts.money(row["paid"], row["currency"]), texts.money(row["amount"], row["currency"])
        stands = texts.t(PLAN_WORDS[row["status"]])
        line = texts.t(
            "{id} {client}: {paid} of {amount}, {status}",
            id=row["plan_id"],
            client=row["client"],
            paid=paid,
            amount=amount,
            status=stands,
        )
        if row["status"] in STANDING:
            due = texts.money(row["next_amount"], row["currency"])
            line += texts.t(" – {amount} due on {date}", amount=due, date=texts.date(row["next_date"]))
        said.append(line)
    return said or [texts.t("No instalment plan.")]


def promises_answer(ledger: Ledger, rows: pl.DataFrame) -> list[Answer]:
    """PROMISES, with the client's name; `invoice_number` is null where all that the client owed was promised."""
    names = _clients(ledger)
    fields = ("made_on", "promised_for", "status", "amount", "paid", "currency", "note", "by", "change_id")
    return [
        {"client": names.get(row["client_id"]), "invoice_number": row["number"]} | {name: row[name] for name in fields}
        for row in rows.to_dicts()
    ]


def promise_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """One line per promise."""
    return [
        texts.t(
            "{date} {client} {number}: {paid} of {amount}, {status}",
            date=texts.date(row["promised_for"]),
            client=row["client"],
            number=row["invoice_number"] or "",
            paid=texts.money(row["paid"], row["currency"]),
            amount=texts.money(row["amount"], row["currency"]),
            status=texts.t(PROMISE_WORDS[row["status"]]),
        )
        for row in rows
    ] or [texts.t("No promise to pay.")]


def timeline_answer(rows: pl.DataFrame) -> list[Answer]:
    """EVENTS without their ids."""
    return rows.drop("event_id").to_dicts()


def timeline_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """One line per event."""
    said = []
    for row in rows:
        amount = texts.money(row["amount"], row["currency"]) if row["amount"] is not None else None
        parts = [texts.date(row["date"]), row["what"], row["reference"], amount, row["detail"], row["by"]]
        said.append(" – ".join(filter(None, parts)))
    return said or [texts.t("Nothing has happened yet.")]
