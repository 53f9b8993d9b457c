"""The litigation file of a client: one ZIP with what a lawyer, a bailiff or a judge asks for, as known at a date.

The names of its files are ours alone: no invoice number, client or subject becomes a part of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from models.texts import DASH, Texts
from pipelines.collections.fields import one_line
from pipelines.collections.kept import destination, draft_of
from pipelines.collections.mail import message_of
from pipelines.collections.outbox import HAS_LEFT, outbox
from pipelines.collections.paper import letter_pdf
from pipelines.collections.timeline import timeline
from pipelines.exports.litigation_claim import Rows, claim_of, claim_rows
from pipelines.exports.litigation_summary import PROOFS, summary_pdf
from pipelines.exports.sheets import to_csv, to_xlsx
from pipelines.exports.zipped import zipped
from pipelines.ledger import Ledger

FILE_NAMES: dict[str, str] = {
    "summary": "summary",
    "invoices": "invoices",
    "interest": "interest",
    "reminders": "reminders",
    "proofs": "proofs",
    "events": "timeline",
}


@dataclass(frozen=True)
class Sent:
    """A reminder that left: the name of its files, the day, its subject and text, and what its files hold."""

    stem: str
    on: date
    words: str
    text: bytes
    message: bytes | None
    pages: bytes | None


def litigation_file(ledger: Ledger, client_id: str, texts: Texts, *, as_of: date, currency: str) -> bytes:
    """The ZIP: summary (PDF), invoices and interest (workbook and CSV), reminders as sent, proofs and the whole timeline."""
    claim = claim_of(ledger, client_id, as_of=as_of, currency=currency)
    events = timeline(ledger, texts, client_id=client_id, as_of=as_of)
    reminders = _reminders(ledger, client_id, texts, as_of=as_of, currency=currency)
    proofs = _proofs(events, reminders)
    about = [
        f"{texts.t('Litigation file')} – {one_line(claim.client['name'])}",
        texts.t("As of {date}. Amounts in {currency}.", date=texts.date(as_of), currency=currency),
    ]
    files: list[tuple[str, bytes]] = [(f"1-{texts.t('summary')}.pdf", summary_pdf(ledger, claim, events, texts))]
    tables: Sequence[tuple[str, str, str, Rows]] = (
        ("2", "invoices", "claim", claim_rows(claim, texts)),
        ("3", "interest", "interest", claim.runs),
        ("5", "proofs", "proofs", proofs),
        ("6", "events", "events", events.to_dicts()),
    )
    for number, word, name, rows in tables:
        stem = f"{number}-{texts.t(FILE_NAMES[word])}"
        files += [(f"{stem}.xlsx", to_xlsx(name, rows, texts, about)), (f"{stem}.csv", to_csv(name, rows, texts))]
    folder = f"4-{texts.t(FILE_NAMES['reminders'])}"
    files += [(f"{folder}/{sent.stem}.txt", sent.text) for sent in reminders]
    files += [(f"{folder}/{sent.stem}.eml", sent.message) for sent in reminders if sent.message is not None]
    files += [(f"{folder}/{sent.stem}.pdf", sent.pages) for sent in reminders if sent.pages is not None]
    return zipped(files)


def _reminders(ledger: Ledger, client_id: str, texts: Texts, *, as_of: date, currency: str) -> list[Sent]:
    """Every reminder that left: its exact words, and what was an e-mail as a message too."""
    rows = outbox(ledger, as_of=as_of).filter(
        (pl.col("client_id") == client_id) & (pl.col("currency") == currency) & pl.col("state").is_in(HAS_LEFT)
    )
    found = []
    for place, row in enumerate(rows.sort("state_on", "change_id").to_dicts(), start=1):
        stem = f"{place:03d}-{row['state_on']:%Y-%m-%d}-{row['channel']}"
        words = f"{row['subject']}\n\n{row['body']}"
        head = (
            f"{texts.t('Sent on')}{texts.t(': ')}{texts.date(row['state_on'])}\n"
            f"{texts.t('To')}{texts.t(': ')}{destination(row) or DASH}\n{texts.t('Subject')}{texts.t(': ')}"
        )
        message = message_of(ledger, row) if row["channel"] == "email" else None
        is_letter = row["channel"] in {"letter", "registered_letter"}
        pages = letter_pdf(draft_of(row), ledger.settings, day=row["on_date"]) if is_letter else None
        found.append(Sent(stem, row["state_on"], words, f"{head}{words}".encode(), message, pages))
    return found


def _proofs(events: pl.DataFrame, reminders: Sequence[Sent]) -> Rows:
    """What was asked, delivered and answered, the oldest first, and the file that holds the words."""
    files = {(sent.on, sent.words): f"{sent.stem}.txt" for sent in reminders}
    rows = events.filter(pl.col("kind").is_in(PROOFS)).reverse().to_dicts()
    return [row | {"file": files.get((row["date"], row["text"] or ""))} for row in rows]
