"""The outbox: reminders that a person approved, kept with their exact words, and what became of each.

A reminder's id is its idempotency key: whom it is for, in which currency, which step, which invoices, on which day. The
same click twice, or in two tabs, makes one reminder. Facts are added: an edit is a new version, a sending is an event.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from models.errors import Refused
from models.following_tables import REMINDER_EVENTS, REMINDERS
from models.ids import stable_id
from models.store import Author, Change, Store
from models.tables import Schema
from pipelines.collections.drafts import Draft, outlines
from pipelines.collections.kept import draft_of, figures_of
from pipelines.ledger import Ledger, run_ledger

#: Where a reminder stands, its last event or "approved" -> English words. After "sending" nothing is known of it.
STATE_NAMES: dict[str, str] = {
    "approved": "Approved",
    "sending": "Delivery uncertain",
    "unknown": "Delivery uncertain",
    "failed": "Not sent",
    "sent": "Sent",
    "delivered": "Delivered",
    "dropped": "Withdrawn",
}
#: States from which it may be sent; those in which it has left; those of which nobody knows.
TO_SEND, HAS_LEFT, UNCERTAIN = ("approved", "failed"), ("sent", "delivered"), ("sending", "unknown")

#: Why a draft was not approved, or an approved one is not sent -> English sentence.
NOT_APPROVED_SENTENCES: dict[str, str] = {
    "no_text": "There is nothing to send.",
    "held": "It is held: settle what holds it first.",
    "changed": "The facts have changed since this draft was made: look at it again.",
    "left_already": "It has been sent already.",
    "uncertain": "Nobody knows whether it has left: say first whether it has.",
}

#: REMINDERS with where each stands at a date.
OUTBOX: Schema = {**REMINDERS, "state": pl.String, "state_on": pl.Date, "state_detail": pl.String}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Approved:
    """What an approval did.

    Attributes:
        change_id: None where nothing had to change.
        reminder_ids: the reminders that stand approved, in the order asked; those approved before too.
        left_out: drafts that were not approved, with a code of NOT_APPROVED_SENTENCES.
    """

    change_id: int | None
    reminder_ids: tuple[str, ...]
    left_out: tuple[tuple[Draft, str], ...]


def outbox(ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """OUTBOX: every reminder approved by `as_of` and what is known of it at that day's end, oldest first."""
    versions = ledger.reminders.select("reminder_id", approved_by="change_id")
    events = (
        ledger.reminder_events.filter(pl.col("on_date") <= as_of)
        .join(versions, on="reminder_id", how="inner", validate="m:1", maintain_order="left")
        # What happened to an earlier version says nothing of the one approved after it.
        .filter(pl.col("change_id") >= pl.col("approved_by"))
        .sort("change_id", maintain_order=True)
        .group_by("reminder_id", maintain_order=True)
        .agg(state=pl.col("what").last(), state_on=pl.col("on_date").last(), state_detail=pl.col("detail").last())
    )
    return (
        ledger.reminders.filter(pl.col("on_date") <= as_of)
        .join(events, on="reminder_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("state").fill_null("approved"), pl.col("state_on").fill_null(pl.col("on_date")))
        .select(list(OUTBOX))
    )


def reminder_id(draft: Draft, *, on: date) -> str:
    """The idempotency key of a draft on a day."""
    documents = sorted(row.document_id for row in draft.rows)
    return stable_id("reminder", draft.client_id, draft.currency, draft.step, on, *documents)


def reminder_of(sent: pl.DataFrame, draft: Draft) -> dict[str, Any] | None:
    """The reminder of OUTBOX that this draft has become, if it stands: the last one for its client, step and invoices."""
    rows = sent.filter(
        (pl.col("client_id") == draft.client_id)
        & (pl.col("currency") == draft.currency)
        & (pl.col("step") == draft.step)
        & (pl.col("state") != "dropped")
    ).sort("change_id")
    alike = [row for row in rows.to_dicts() if documents_of(row) == {line.document_id for line in draft.rows}]
    return alike[-1] if alike else None


def documents_of(reminder: Row) -> set[str]:
    """The invoices that a reminder lists."""
    return {str(line["document_id"]) for line in json.loads(reminder["detail"])["invoices"]}


def stands(reminder: Row, draft: Draft | None) -> bool:
    """Whether an approved reminder still says what is so: today's draft of its client is the same step for the same sums.

    A payment, a credit note, a dispute or a new address since then makes it fall; another day's interest does not.
    """
    if draft is None or draft.held or (draft.step, draft.currency) != (reminder["step"], reminder["currency"]):
        return False
    owed = {line["document_id"]: line["outstanding"] for line in json.loads(reminder["detail"])["invoices"]}
    is_same = owed == {row.document_id: str(row.outstanding) for row in draft.rows}
    return is_same and draft.destination == draft_of(reminder).destination


def approve(store: Store, chosen: Sequence[Draft], *, as_of: date, author: Author) -> Approved:
    """Keep drafts, perhaps with words that a person changed, as reminders ready to be sent: one change for all of them.

    Each is compared with the draft that the facts give now. What was approved for the same step on another day, or of
    other invoices, is withdrawn in the same change.

    Args:
        store: the database.
        chosen: drafts as shown; their subject and body are kept as they are.
        as_of: the day of the drafts, which must be today.
        author: who approves.

    Raises:
        Refused: the drafts are of another day than today.
    """
    if as_of != author.today:
        raise Refused("not_today", "These drafts are of {day}: approve those of today.", day=as_of)
    with store.writing():
        ledger = run_ledger(store)
        sent = outbox(ledger, as_of=author.today)
        current = drafts_now(ledger, {draft.currency for draft in chosen}, as_of)
        ids, left_out, new, withdrawn = [], [], [], set[str]()
        for draft in chosen:
            known = reminder_of(sent, draft)
            own_id = reminder_id(draft, on=as_of)
            why = _why_not(draft, own_id, known, current.get((draft.client_id, draft.currency)))
            if why is not None:
                left_out.append((draft, why))
                continue
            ids.append(own_id)
            if known is None or known["reminder_id"] != own_id or not _has_words(known, draft):
                new.append((own_id, draft))
                withdrawn |= _others(sent, draft, own_id)
        if not new:
            return Approved(None, tuple(ids), tuple(left_out))
        subject = named([draft.client for _, draft in new])
        with store.change("approve", author, subject=subject, detail={"count": len(new)}) as change:
            keep(change, new, on=as_of)
            tell(change, withdrawn, "dropped", author)
    return Approved(change.change_id, tuple(ids), tuple(left_out))


def drafts_now(ledger: Ledger, currencies: set[str], as_of: date) -> dict[tuple[str, str], Draft]:
    """Today's draft by client and currency, without its words."""
    made = [draft for currency in sorted(currencies) for draft in outlines(ledger, as_of=as_of, currency=currency)]
    return {(draft.client_id, draft.currency): draft for draft in made}


def _why_not(draft: Draft, own_id: str, known: Row | None, current: Draft | None) -> str | None:
    """Why this draft cannot be approved, a code of NOT_APPROVED_SENTENCES; None if it can."""
    if known is not None and known["state"] in HAS_LEFT and known["reminder_id"] == own_id:
        return "left_already"
    if known is not None and known["state"] in UNCERTAIN:
        return "uncertain"
    if not draft.body.strip() or not draft.subject.strip() or not draft.rows:
        return "no_text"
    if current is None or _aim(current) != _aim(draft):
        return "changed"
    return "held" if current.held else None


def _aim(draft: Draft) -> tuple[object, ...]:
    """What a draft asks for, and where it goes: another one than the person saw is not approved."""
    return draft.step, draft.channel, draft.rows, draft.destination


def _has_words(known: Row, draft: Draft) -> bool:
    return (known["state"], known["subject"], known["body"]) == ("approved", draft.subject, draft.body)


def _others(sent: pl.DataFrame, draft: Draft, own_id: str) -> set[str]:
    """Reminders of that client and currency that wait to be sent, beside the new one."""
    others = sent.filter(
        (pl.col("client_id") == draft.client_id)
        & (pl.col("currency") == draft.currency)
        & pl.col("state").is_in(TO_SEND)
        & (pl.col("reminder_id") != own_id)
    )
    return set(others["reminder_id"])


def keep(change: Change, new: Sequence[tuple[str, Draft]], *, on: date) -> None:
    """Add the reminders' rows."""
    rows = [
        {
            "reminder_id": own_id,
            "client_id": draft.client_id,
            "currency": draft.currency,
            "step": draft.step,
            "channel": draft.channel,
            "language": draft.language,
            "on_date": on,
            "recipient": draft.email,
            "subject": draft.subject,
            "body": draft.body,
            "detail": figures_of(draft),
        }
        for own_id, draft in new
    ]
    stored = {name: dtype for name, dtype in REMINDERS.items() if name not in {"by", "change_id"}}
    change.insert("reminder", pl.DataFrame(rows, schema=stored))


def tell(change: Change, ids: set[str] | Sequence[str], what: str, author: Author, detail: str | None = None) -> None:
    """Add one event to each of these reminders."""
    rows = [
        {"reminder_id": own_id, "what": what, "on_date": author.today, "detail": detail} for own_id in dict.fromkeys(sorted(ids))
    ]
    stored = {name: dtype for name, dtype in REMINDER_EVENTS.items() if name not in {"by", "change_id"}}
    change.insert("reminder_event", pl.DataFrame(rows, schema=stored))


def named(clients: Sequence[str]) -> str:
    """A few clients as the history names them."""
    return ", ".join(clients[:3]) + (f" (+{len(clients) - 3})" if len(clients) > 3 else "")  # noqa: PLR2004 -- the same three


def withdraw(store: Store, ids: Sequence[str], *, author: Author) -> int:
    """Take approved reminders back before they leave: one change.

    Raises:
        Refused: one of them is not waiting to be sent.
    """
    with store.writing():
        sent = outbox(run_ledger(store), as_of=author.today).filter(pl.col("reminder_id").is_in(list(ids)))
        waiting = sent.filter(pl.col("state").is_in(TO_SEND))
        if waiting.height < len(set(ids)):
            raise Refused("not_waiting", "This reminder is not waiting to be sent any more: nothing was done.")
        clients = [json.loads(row)["client"]["client"] for row in waiting["detail"]]
        with store.change("withdraw", author, subject=named(clients), detail={"ids": sorted(set(ids))}) as change:
            tell(change, set(ids), "dropped", author)
    return change.change_id


def refuse_undoing(store: Store, change_id: int, action: str) -> None:
    """Refuse to take back what was handed to the mail server, or an approval whose message has left since.

    Raises:
        Refused: as said.
    """
    if action in {"sending", "sent"}:
        raise Refused("cannot_unsend", "A message that was handed to the mail server cannot be taken back.")
    ids = store.query("SELECT DISTINCT reminder_id FROM reminder WHERE change_id = $id", id=change_id)
    if ids.is_empty():
        return
    since = store.facts("reminder_event").filter((pl.col("change_id") > change_id) & (pl.col("what") != "dropped"))
    if not since.join(ids, on="reminder_id", how="semi").is_empty():
        raise Refused("sent_since", "It has been sent since: undo what was recorded of the sending first.")
