"""Sending what was approved: by the person's own means, or through the company's mail server.

"sending" is written before the server is spoken to and "sent" after it said yes. Where the line breaks in between, nobody
knows whether the message left: it stands as uncertain until a person says, and is never sent again by itself.
"""

import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from models.errors import Refused
from models.settings import Settings
from models.store import Author, Change, Store
from pipelines.collections.drafts import Draft
from pipelines.collections.fields import one_line
from pipelines.collections.kept import figures_of
from pipelines.collections.outbox import (
    HAS_LEFT,
    NOT_APPROVED_SENTENCES,
    TO_SEND,
    UNCERTAIN,
    approve,
    documents_of,
    drafts_now,
    keep,
    named,
    outbox,
    reminder_id,
    reminder_of,
    stands,
    tell,
)
from pipelines.ledger import Ledger, run_ledger

#: Seconds that the server has for each answer, and minutes after which a sending that never ended is surely over.
_PATIENCE, _SURELY_OVER = 10, timedelta(minutes=5)
_TLS_PORT = 465
_YES = (250, 251)
_LONGEST_ANSWER = 200
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
#: Why the line to the server failed, by the name of the error that is kept -> English sentence.
_FAILURES = {
    "SSLCertVerificationError": "Its certificate is not one that this computer trusts.",
    "SMTPNotSupportedError": "The mail server offers no encryption or no sign-in: nothing was given to it.",
    "gaierror": "There is no mail server of that name.",
    "ConnectionRefusedError": "Nothing answers on that port.",
    "TimeoutError": "The mail server does not answer.",
}
_BROKEN = "The line to the mail server broke."
Row = Mapping[str, Any]


@dataclass(frozen=True)
class MailServer:
    """The company's mail server. The password comes from the environment and is never stored."""

    host: str
    port: int
    user: str
    password: str


@dataclass(frozen=True)
class Delivery:
    """What became of one message: sent | failed | unknown, and what the server said if it did not take it."""

    reminder_id: str
    state: str
    answer: str = ""

    @property
    def failure(self) -> str | None:
        """Why the line failed, an English sentence; None where the server itself answered."""
        return None if not self.answer or self.answer[0].isdigit() else _FAILURES.get(self.answer, _BROKEN)


def mail_server(settings: Settings, password: str) -> MailServer | None:
    """The server that the settings name; None if they name none."""
    if not settings.smtp_host:
        return None
    return MailServer(settings.smtp_host, settings.smtp_port, settings.smtp_user, password)


def record_sent(store: Store, chosen: Sequence[Draft], *, author: Author) -> int:
    """Say that these drafts were sent, printed or called by the person's own means, approved before or not: one change.

    A held draft too: the person has looked. Its words are kept as shown, or as they were approved.

    Raises:
        Refused: one of them is recorded or on its way already, there is nothing in it, or it was not approved and today's
            draft of its client is another step or lists other invoices.
    """
    with store.writing():
        ledger = run_ledger(store)
        sent = outbox(ledger, as_of=author.today)
        current = drafts_now(ledger, {draft.currency for draft in chosen}, author.today)
        new, known = [], []
        for draft in chosen:
            own_id, earlier = reminder_id(draft, on=author.today), reminder_of(sent, draft)
            now = current.get((draft.client_id, draft.currency))
            if earlier is not None and earlier["state"] in TO_SEND:
                known.append(earlier)
            elif earlier is not None and (earlier["state"] in UNCERTAIN or earlier["reminder_id"] == own_id):
                raise _gone_already(earlier["state"])
            elif not draft.rows:
                raise Refused("no_text", NOT_APPROVED_SENTENCES["no_text"])
            elif now is None or reminder_id(now, on=author.today) != own_id:
                # A tab left open since another day: what it shows was sent meanwhile, or is not due any more.
                code = "left_already" if earlier is not None and earlier["state"] in HAS_LEFT else "changed"
                raise Refused(code, NOT_APPROVED_SENTENCES[code])
            else:
                new.append((own_id, draft))
        subject = named([draft.client for draft in chosen])
        with store.change("reminded", author, subject=subject, detail={"steps": sorted({d.step for d in chosen})}) as change:
            keep(change, new, on=author.today)
            made = [{"reminder_id": own_id, "step": draft.step, "detail": figures_of(draft)} for own_id, draft in new]
            _leave(change, [*known, *made], author, "by_hand")
    return change.change_id


def settle_uncertain(store: Store, own_id: str, *, has_left: bool, author: Author) -> int:
    """A person says whether a message of which nobody knew has left. If not, it may be sent again.

    Raises:
        Refused: it is not uncertain, or it is perhaps still on its way.
    """
    with store.writing():
        ledger = run_ledger(store)
        reminder = _one(ledger, own_id, author.today)
        if reminder["state"] not in UNCERTAIN:
            raise _gone_already(reminder["state"])
        if reminder["state"] == "sending" and author.at - _begun_at(store, ledger, own_id) < _SURELY_OVER:
            raise Refused("still_sending", "This message is being sent: wait a few minutes, then say what became of it.")
        detail = {"has_left": has_left, "reminder_id": own_id}
        with store.change("settle_sending", author, subject=reminder["client_id"], detail=detail) as change:
            if has_left:
                _leave(change, [reminder], author, "said")
            else:
                tell(change, [own_id], "failed", author, "said")
    return change.change_id


def _begun_at(store: Store, ledger: Ledger, own_id: str) -> datetime:
    begun = ledger.reminder_events.filter((pl.col("reminder_id") == own_id) & (pl.col("what") == "sending"))
    rows = store.query("SELECT recorded_at FROM change WHERE change_id = $id", id=begun["change_id"].max())
    at = rows["recorded_at"].item()
    if not isinstance(at, datetime):
        raise TypeError(at)
    return at


def send(store: Store, own_id: str, *, server: MailServer, message: Callable[[Ledger, Row], bytes], author: Author) -> Delivery:
    """Send one approved e-mail through the mail server, once.

    Args:
        store: the database.
        own_id: the reminder.
        server: where to.
        message: makes the message from the ledger and the reminder; asked before anything is written.
        author: who sends, today.

    Raises:
        Refused: it is not an approved e-mail, it left already, nobody knows whether it did, or the facts have changed.
    """
    with store.writing():
        ledger = run_ledger(store)
        reminder = _one(ledger, own_id, author.today)
        _refuse_unfit(ledger, reminder, author.today)
        content = message(ledger, reminder)
        with store.change("sending", author, subject=reminder["client_id"], detail={"reminder_id": own_id}) as change:
            tell(change, [own_id], "sending", author)
    state, answer = _hand_over(server, ledger.settings.company_email, reminder["recipient"], content)
    with store.change("sent", author, subject=reminder["client_id"], detail={"reminder_id": own_id, "state": state}) as change:
        if state == "sent":
            _leave(change, [reminder], author, "smtp")
        else:
            tell(change, [own_id], state, author, answer)
    return Delivery(own_id, state, answer)


def send_unapproved(
    store: Store, draft: Draft, *, server: MailServer, message: Callable[[Ledger, Row], bytes], author: Author
) -> Delivery:
    """Send today's draft of a step that the policy lets go without approval: kept with its exact words, then sent as `send` does.

    Raises:
        Refused: as `approve` and `send`, or the step needs an approval.
    """
    if draft.needs_approval:
        raise Refused("needs_approval", "This step needs an approval first.")
    kept = approve(store, [draft], as_of=author.today, author=author)
    if kept.left_out:
        code = kept.left_out[0][1]
        raise Refused(code, NOT_APPROVED_SENTENCES[code])
    return send(store, kept.reminder_ids[0], server=server, message=message, author=author)


def _one(ledger: Ledger, own_id: str, today: date) -> dict[str, Any]:
    """The reminder as it stands today."""
    rows = outbox(ledger, as_of=today).filter(pl.col("reminder_id") == own_id).to_dicts()
    if not rows:
        raise Refused("unknown_reminder", "This reminder is not in the outbox any more: nothing was done.")
    return rows[0]


def _gone_already(state: str) -> Refused:
    """Why a reminder in this state is not sent or recorded."""
    if state in HAS_LEFT:
        return Refused("left_already", NOT_APPROVED_SENTENCES["left_already"])
    if state in UNCERTAIN:
        return Refused("uncertain", NOT_APPROVED_SENTENCES["uncertain"])
    return Refused("not_waiting", "This reminder is not waiting to be sent any more: nothing was done.")


def _refuse_unfit(ledger: Ledger, reminder: Row, today: date) -> None:
    """Refuse what must not be sent: gone, uncertain, no e-mail, not what the facts say now, or another one on its way."""
    if reminder["state"] not in TO_SEND:
        raise _gone_already(reminder["state"])
    if reminder["channel"] != "email" or not reminder["recipient"]:
        raise Refused("not_an_email", "Only e-mails with an address are sent from here.")
    if not ledger.settings.company_email:
        raise Refused("no_sender", "Set your company's e-mail address first: the message needs a sender.")
    now = drafts_now(ledger, {reminder["currency"]}, today).get((reminder["client_id"], reminder["currency"]))
    if not stands(reminder, now):
        raise Refused("changed", NOT_APPROVED_SENTENCES["changed"])
    others = outbox(ledger, as_of=today).filter(
        (pl.col("client_id") == reminder["client_id"])
        & pl.col("state").is_in(UNCERTAIN)
        & (pl.col("currency") == reminder["currency"])
    )
    if any(documents_of(row) & documents_of(reminder) for row in others.to_dicts()):
        raise Refused("uncertain", NOT_APPROVED_SENTENCES["uncertain"])


def _leave(change: Change, reminders: Sequence[Row], author: Author, how: str) -> None:
    """Say that reminders left: the step is done for their invoices and is never proposed for them again."""
    tell(change, [str(reminder["reminder_id"]) for reminder in reminders], "sent", author, how)
    rows = [
        {"document_id": document, "what": "reminded", "is_set": True, "on_date": author.today, "value": reminder["step"]}
        for reminder in reminders
        for document in sorted(documents_of(reminder))
    ]
    change.insert("mark", pl.DataFrame(rows))


def _hand_over(server: MailServer, sender: str, recipient: str, content: bytes) -> tuple[str, str]:
    """Give a message to the server: sent, failed (it surely did not leave) or unknown, and what was said."""
    is_offered = False
    line = None
    try:
        line = _connected(server)
        for code, answer in (line.mail(sender), line.rcpt(recipient)):
            if code not in _YES:
                return "failed", _said(code, answer)
        is_offered = True
        code, answer = line.data(content)
    except smtplib.SMTPDataError as error:  # refused before the message was given
        return "failed", _said(error.smtp_code, error.smtp_error)
    except smtplib.SMTPResponseException as error:
        return "failed", _said(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        return ("unknown" if is_offered else "failed"), type(error).__name__
    finally:
        if line is not None:  # without waiting for a farewell, which could spoil what is certain
            line.close()
    return ("sent", "") if code in _YES else ("failed", _said(code, answer))


def _connected(server: MailServer) -> smtplib.SMTP:
    """A line to the server, encrypted unless it is this machine, and signed in if there is a user."""
    context = ssl.create_default_context()
    if server.port == _TLS_PORT:
        line: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_PATIENCE, context=context)
    else:
        line = smtplib.SMTP(server.host, server.port, timeout=_PATIENCE)
    try:
        line.ehlo_or_helo_if_needed()
        if server.port != _TLS_PORT and server.host not in _THIS_MACHINE:
            line.starttls(context=context)
            line.ehlo()
        if server.user:
            line.login(server.user, server.password)
    except BaseException:
        line.close()
        raise
    return line


def _said(code: int, answer: bytes | str) -> str:
    """The server's answer on one line, for the record."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {one_line(text)}"[:_LONGEST_ANSWER]
