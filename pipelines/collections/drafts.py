"""Drafts: the text that a person may send to each client of the worklist, or the sheet for the call."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal

import polars as pl

from models.money import ZERO, total
from models.texts import LANGUAGES
from pipelines.collections.address import is_address
from pipelines.collections.draft_text import Claim, claim_of, text_of
from pipelines.collections.facts import Situation, situation
from pipelines.collections.fields import Row
from pipelines.collections.lacks import lacks
from pipelines.collections.letters import Block, Letter
from pipelines.collections.steps import recorded_steps, step_dates
from pipelines.collections.worklist import Plan, plan
from pipelines.ledger import Ledger
from pipelines.parties import by_client

#: Held for these, there is nothing to write: the invoices concerned are left out of every reminder.
_NOTHING_TO_WRITE = ("rejected", "dispute", "plan", "promise", "paused")


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


def outlines(ledger: Ledger, *, as_of: date, currency: str | None = None) -> list[Draft]:
    """The same drafts without their words."""
    return plan_outlines(plan(situation(ledger, as_of=as_of, currency=currency)))


def plan_outlines(due: Plan) -> list[Draft]:
    """The drafts of a plan without their words, runs of interest and warnings: whom they reach, for what, what holds them.

    Enough to count, list and compare them: to write hundreds of letters takes seconds.
    """
    named = ["client_id", "document_id", "number", "kind", "issue_date", "due_date", "amount", "outstanding", "days_late"]
    reached = _reached(due, due.rows, [*named, "order_reference", "penalty", "is_complete"])
    return [_outline(due.at, row, client, invoices) for row, client, invoices in reached]


def plan_drafts(due: Plan, *, only: Collection[str] | None = None) -> list[Draft]:
    """The drafts of a plan, in its order; of these clients alone, if they are named."""
    reached = _reached(due, due.rows if only is None else due.rows.filter(pl.col("client_id").is_in(list(only))))
    if not reached:
        return []
    listed = pl.concat([invoices for *_, invoices in reached])
    recorded = recorded_steps(due.at, step_dates(due.at, listed))
    found = []
    for row, client, invoices in reached:
        concerned = invoices.select("document_id")
        segments, steps = (rows.join(concerned, on="document_id", how="semi") for rows in (due.interest.segments, recorded))
        found.append(_written(_outline(due.at, row, client, invoices), due.at, row, client, invoices, segments, steps))
    return found


def _reached(due: Plan, asked: pl.DataFrame, columns: Sequence[str] = ("*",)) -> list[tuple[Row, Row, pl.DataFrame]]:
    """Each asked row of WORKLIST that makes a draft, with its client and the invoices that it lists, with their interest."""
    rows = asked.filter(pl.col("channel").is_not_null() & (pl.col("channel") != "internal"))
    clients = {row["client_id"]: row for row in due.at.clients.join(rows, on="client_id", how="semi").to_dicts()}
    listed = (
        due.invoices.filter("is_listed")
        .join(rows, on="client_id", how="semi")
        .join(due.interest.invoices, on="document_id", how="left", validate="1:1")
        .sort("due_date", "number", "document_id")
        .select(columns)
    )
    none, own = listed.clear(), by_client(listed)
    return [(row, clients[row["client_id"]], own.get(row["client_id"], none)) for row in rows.to_dicts()]


def _outline(at: Situation, row: Row, client: Row, invoices: pl.DataFrame) -> Draft:
    """The draft of one worklist row without its words."""
    step, shown = at.policy.scenario(row["scenario"]).step(row["step"]), _shown(row, invoices)
    claim = claim_of(step, client, shown)
    return Draft(
        client_id=row["client_id"],
        client=client["name"],
        client_type=client["client_type"],
        step=step.id,
        channel=step.channel,
        language=client["language"] if client["language"] in LANGUAGES else at.settings.language,
        subject="",
        body="",
        email=client["email"] if is_address(client["email"]) else None,
        held=row["held"],
        holds=tuple(row["holds"]),
        invoices=tuple(shown["number"].to_list()),
        rows=_rows(shown),
        interest=(),
        currency=at.currency,
        outstanding=total(shown["outstanding"]),
        penalty=claim.penalty,
        penalty_complete=claim.is_complete,
        indemnity=claim.indemnity,
        warnings=(),
        address=client["address"],
        phone=client["phone"],
        siren=client["siren"],
        needs_approval=step.needs_approval,
    )


def _written(
    outline: Draft, at: Situation, row: Row, client: Row, invoices: pl.DataFrame, segments: pl.DataFrame, recorded: pl.DataFrame
) -> Draft:
    """The same draft with its words, how its interest comes about, and what it lacks."""
    step, shown = at.policy.scenario(row["scenario"]).step(row["step"]), _shown(row, invoices)
    claim = Claim(outline.penalty, is_complete=outline.penalty_complete, indemnity=outline.indemnity)
    text = Letter("", "")
    if not _is_empty(row):
        text = text_of(at, step, outline.language, client, shown, segments, recorded, claim)
    return replace(
        outline,
        subject=text.subject,
        body=text.body,
        blocks=text.blocks,
        interest=_interest_rows(shown, segments) if step.mentions_interest else (),
        warnings=lacks(at, step, client, text, segments),
    )


def _is_empty(row: Row) -> bool:
    """Whether there is nothing to write: what holds the draft leaves its invoices out of every reminder."""
    return any(code in row["holds"] for code in _NOTHING_TO_WRITE)


def _shown(row: Row, invoices: pl.DataFrame) -> pl.DataFrame:
    """The invoices that the draft lists."""
    return invoices.clear() if _is_empty(row) else invoices


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
