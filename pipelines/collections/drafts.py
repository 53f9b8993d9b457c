"""Drafts: the text that a person may send to each client of the worklist, or the sheet for the call."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from models.money import ZERO, total
from models.policy import Step
from models.rates import INDEMNITY
from models.texts import LANGUAGES, Texts
from pipelines.collections.address import is_address
from pipelines.collections.facts import Situation, situation
from pipelines.collections.fields import (
    Row,
    claim_fields,
    client_fields,
    company_fields,
    date_fields,
    history_fields,
    invoice_fields,
    note_fields,
)
from pipelines.collections.lacks import lacks
from pipelines.collections.letters import Block, Letter, Value, render, template_name
from pipelines.collections.sms import short_message
from pipelines.collections.steps import recorded_steps, step_dates
from pipelines.collections.templates import own_templates
from pipelines.collections.worklist import Plan, plan
from pipelines.ledger import Ledger

#: Held for these, there is nothing to write: the invoices concerned are left out of every reminder.
_NOTHING_TO_WRITE = ("rejected", "dispute", "plan", "promise", "paused")
#: Between a formal notice in French and its translation.
NEXT_LANGUAGE = "\n" + "-" * 60 + "\n\n"


@dataclass(frozen=True)
class DraftRow:
    """One invoice of a draft, as figures; `paid` is what payments and credit notes took off."""

    document_id: str
    number: str
    kind: str
    issue_date: date
    due_date: date
    amount: Decimal
    paid: Decimal
    outstanding: Decimal
    days_late: int
    penalty: Decimal
    order: str = ""


@dataclass(frozen=True)
class InterestRow:
    """Interest of one invoice of a draft over a run of days with one base and one rate; both last are None if not known."""

    document_id: str
    number: str
    half_year: str
    from_date: date
    to_date: date
    days: int
    base: Decimal
    rate: Decimal | None
    interest: Decimal | None


@dataclass(frozen=True)
class Draft:
    """One reminder for one client.

    Attributes:
        channel: email | sms | call | letter | registered_letter.
        blocks: the parts of the text that a page or a PDF shows as tables.
        email: the client's address, or None if there is no valid one.
        held: the first of `holds`, or None; a held draft is shown, not sent.
        invoices: the numbers listed. A draft that is held for a dispute, a promise or a pause lists none and has no text.
        interest: how the penalty comes about; empty where the text states none.
        penalty, indemnity: what the text states, 0.00 where it states none; `penalty` is in `currency`, `indemnity` in EUR.
        warnings: codes of `lacks.WARNINGS`.
        needs_approval: a person approves it before it is sent; if not, it is ready to be sent where nothing holds it.
    """

    client_id: str
    client: str
    client_type: str | None
    step: str
    channel: str
    language: str
    subject: str
    body: str
    email: str | None
    held: str | None
    holds: tuple[str, ...]
    invoices: tuple[str, ...]
    rows: tuple[DraftRow, ...]
    interest: tuple[InterestRow, ...]
    currency: str
    outstanding: Decimal
    penalty: Decimal
    penalty_complete: bool
    indemnity: Decimal
    warnings: tuple[str, ...]
    blocks: tuple[Block, ...] = ()
    address: str | None = None
    phone: str | None = None
    siren: str | None = None
    needs_approval: bool = True

    @property
    def destination(self) -> str | None:
        """Where its channel reaches the client: an e-mail address, a telephone number or a postal address."""
        return self.email if self.channel == "email" else self.phone if self.channel in {"sms", "call"} else self.address

    @property
    def claim(self) -> Decimal:
        """What the text asks for, in `currency`: the principal, and interest and indemnities where it states them in euros."""
        return self.outstanding + self.penalty + (self.indemnity if self.currency == "EUR" else ZERO)


def drafts(ledger: Ledger, *, as_of: date, currency: str | None = None) -> list[Draft]:
    """One draft per client of the worklist that has a step to be written or called, in the worklist's order.

    Internal alerts and invoices to be sent make none. The text is in the client's language, else in the company's.
    """
    return plan_drafts(plan(situation(ledger, as_of=as_of, currency=currency)))


def plan_drafts(due: Plan) -> list[Draft]:
    """The drafts of a plan."""
    outward = due.rows.filter(pl.col("channel").is_not_null() & (pl.col("channel") != "internal"))
    clients = {row["client_id"]: row for row in due.at.clients.join(outward, on="client_id", how="semi").to_dicts()}
    listed = (
        due.invoices.filter("is_listed")
        .join(outward, on="client_id", how="semi")
        .join(due.interest.invoices, on="document_id", how="left", validate="1:1")
        .sort("due_date", "number", "document_id")
    )
    recorded = recorded_steps(due.at, step_dates(due.at, listed))
    found = []
    for row in outward.to_dicts():
        invoices = listed.filter(pl.col("client_id") == row["client_id"])
        concerned = invoices.select("document_id")
        found.append(
            _draft(
                due.at,
                row,
                clients[row["client_id"]],
                invoices,
                due.interest.segments.join(concerned, on="document_id", how="semi"),
                recorded.join(concerned, on="document_id", how="semi"),
            )
        )
    return found


class _Claim(NamedTuple):
    """What the text states beside the principal."""

    penalty: Decimal
    is_complete: bool
    indemnity: Decimal


def _claim(step: Step, client: Row, invoices: pl.DataFrame) -> _Claim:
    """Interest, and 40 EUR for each late invoice listed; neither for a consumer nor before the step that states them."""
    if not step.mentions_interest or client["client_type"] == "consumer":
        return _Claim(ZERO, is_complete=True, indemnity=ZERO)
    late = invoices.filter(pl.col("days_late") >= 1).height
    return _Claim(total(invoices["penalty"]), bool(invoices["is_complete"].all()), INDEMNITY * late)


def _draft(at: Situation, row: Row, client: Row, invoices: pl.DataFrame, segments: pl.DataFrame, recorded: pl.DataFrame) -> Draft:
    """The draft of one worklist row."""
    step = at.policy.scenario(row["scenario"]).step(row["step"])
    is_empty = any(code in row["holds"] for code in _NOTHING_TO_WRITE)
    shown = invoices.clear() if is_empty else invoices
    claim = _claim(step, client, shown)
    language = client["language"] if client["language"] in LANGUAGES else at.settings.language
    text = Letter("", "") if is_empty else _text(at, step, language, client, shown, segments, recorded, claim)
    return Draft(
        client_id=row["client_id"],
        client=row["client"],
        client_type=client["client_type"],
        step=step.id,
        channel=step.channel,
        language=language,
        subject=text.subject,
        body=text.body,
        email=client["email"] if is_address(client["email"]) else None,
        held=row["held"],
        holds=tuple(row["holds"]),
        invoices=tuple(shown["number"].to_list()),
        rows=_rows(shown),
        interest=_interest_rows(shown, segments) if step.mentions_interest else (),
        currency=at.currency,
        outstanding=total(shown["outstanding"]),
        penalty=claim.penalty,
        penalty_complete=claim.is_complete,
        indemnity=claim.indemnity,
        warnings=lacks(at, step, client, text, segments),
        blocks=text.blocks,
        address=client["address"],
        phone=client["phone"],
        siren=client["siren"],
        needs_approval=step.needs_approval,
    )


def _text(
    at: Situation,
    step: Step,
    language: str,
    client: Row,
    invoices: pl.DataFrame,
    segments: pl.DataFrame,
    recorded: pl.DataFrame,
    claim: _Claim,
) -> Letter:
    """The letter in the client's language. A formal notice in English follows the French one, which prevails in court."""
    own_texts = own_templates(at.templates)

    def letter(of: str) -> Letter:
        texts = Texts(of)
        rows, runs = invoices.to_dicts(), segments.to_dicts()
        fields: dict[str, Value] = {
            "offers_instalments": step.offers_instalments,
            **company_fields(at.settings),
            **client_fields(client),
            **invoice_fields(texts, rows, runs, at.currency),
            **date_fields(texts, at.settings, as_of=at.as_of),
            "notes": _notes(at, step, texts, client),
            **history_fields(texts, recorded, at.policy, invoices.filter("is_promise_broken")["promise_until"].to_list()),
            **claim_fields(
                texts,
                runs,
                at.settings,
                principal=total(invoices["outstanding"]),
                penalty=claim.penalty,
                is_complete=claim.is_complete,
                indemnity=claim.indemnity,
                currency=at.currency,
            ),
        }
        if step.channel == "sms":
            message = step.letter if step.letter.startswith("SMS") else "SMS"
            return short_message(of, template_name(of, message, None, own_texts), fields, own_texts)
        return render(of, template_name(of, step.letter, client["client_type"], own_texts), fields, own_texts)

    own = letter(language)
    if step.after_reminder and language != "fr":
        french = letter("fr")
        return own._replace(
            body=french.body + NEXT_LANGUAGE + own.body,
            blocks=french.blocks + own.blocks,
            is_fallback=french.is_fallback or own.is_fallback,
        )
    return own


def _notes(at: Situation, step: Step, texts: Texts, client: Row) -> list[dict[str, str]]:
    """What was noted of a client, for the caller's eyes: no text that leaves has it."""
    own = at.notes.filter((pl.col("client_id") == client["client_id"]) & (step.channel == "call"))
    return note_fields(texts, own, as_of=at.as_of)


def _rows(invoices: pl.DataFrame) -> tuple[DraftRow, ...]:
    return tuple(
        DraftRow(
            document_id=row["document_id"],
            number=row["number"],
            kind=row["kind"],
            issue_date=row["issue_date"],
            due_date=row["due_date"],
            amount=row["amount"],
            paid=row["amount"] - row["outstanding"],
            outstanding=row["outstanding"],
            days_late=row["days_late"],
            penalty=row["penalty"] or ZERO,
            order=row["order_reference"] or "",
        )
        for row in invoices.to_dicts()
    )


def _interest_rows(invoices: pl.DataFrame, segments: pl.DataFrame) -> tuple[InterestRow, ...]:
    """The runs of days of the listed invoices, in the order of the invoices, then by day."""
    numbered = invoices.select("document_id", "number").with_row_index("place")
    runs = segments.join(numbered, on="document_id", how="inner", validate="m:1").sort("place", "from_date")
    return tuple(InterestRow(**row) for row in runs.select([field.name for field in fields(InterestRow)]).to_dicts())
