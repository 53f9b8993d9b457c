"""The litigation file of a client: one ZIP with what a lawyer, a bailiff or a judge asks for, as known at a date.

The names of its files are ours alone: no invoice number, client or subject becomes a part of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.money import ZERO, total
from models.rates import INDEMNITY
from models.texts import DASH, Texts
from pipelines.collections.fields import one_line
from pipelines.collections.interest import Interest, interest
from pipelines.collections.kept import destination, draft_of
from pipelines.collections.mail import message_of
from pipelines.collections.outbox import HAS_LEFT, outbox
from pipelines.collections.paper import letter_pdf, sheet_pdf
from pipelines.collections.parts import Part
from pipelines.collections.results import reminded, reminder_counts
from pipelines.collections.timeline import timeline
from pipelines.exports.sheets import to_csv, to_xlsx
from pipelines.exports.zipped import zipped
from pipelines.ledger import Ledger
from pipelines.receivables import open_items

#: Kinds of events that prove what was asked and what was answered.
_PROOFS = ("reminder", "promise", "plan", "dispute", "note")
FILE_NAMES: dict[str, str] = {
    "summary": "summary",
    "invoices": "invoices",
    "interest": "interest",
    "reminders": "reminders",
    "proofs": "proofs",
    "events": "timeline",
}
_CONTENTS = "The other files hold the detail: invoices, interest by half-year, reminders as sent, proofs, timeline."
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Claim:
    """What a client owes at a date, in one currency.

    Attributes:
        rows: the list "claim": one row per open invoice.
        runs: the list "interest": one row per invoice and run of days with one base and one rate.
        principal, interest: in `currency`. `indemnity`: in EUR, 40 for each late invoice of a professional.
        is_complete: every half-year's rate is known.
    """

    client: dict[str, Any]
    currency: str
    as_of: date
    rows: Rows
    runs: Rows
    principal: Decimal
    interest: Decimal
    indemnity: Decimal
    is_complete: bool


@dataclass(frozen=True)
class Sent:
    """A reminder that left: the name of its files, the day, its subject and text, and what its files hold."""

    stem: str
    on: date
    words: str
    text: bytes
    message: bytes | None
    pages: bytes | None


def claim_of(ledger: Ledger, client_id: str, *, as_of: date, currency: str) -> Claim:
    """What the client owes, invoice by invoice."""
    client = ledger.clients.row(by_predicate=pl.col("client_id") == client_id, named=True)
    own = open_items(ledger, as_of=as_of, currency=currency).filter(
        (pl.col("client_id") == client_id) & (pl.col("outstanding") > ZERO)
    )
    found = interest(own, ledger.allocations, ledger.clients, ledger.marks, ledger.settings, as_of=as_of)
    each = Decimal("0.00") if client["client_type"] == "consumer" else INDEMNITY
    counts = reminder_counts(reminded(ledger, as_of=as_of))
    rows = (
        own.join(found.invoices, on="document_id", how="left", validate="1:1", maintain_order="left")
        .join(counts, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(
            pl.col("reminders").fill_null(0),
            paid=pl.col("amount") - pl.col("outstanding"),
            indemnity=pl.when(pl.col("days_late") >= 1).then(pl.lit(each)).otherwise(pl.lit(ZERO)),
            interest_state=pl.when(~pl.col("is_complete")).then(pl.lit("incomplete")),
        )
        .rename(
            {
                "number": "invoice_number", "amount": "amount_incl_tax", "penalty": "interest",
                "last_on": "last_reminder",
            }
        )
    )  # fmt: skip
    return Claim(
        client=client,
        currency=currency,
        as_of=as_of,
        rows=rows.to_dicts(),
        runs=_runs(own, found),
        principal=total(own["outstanding"]),
        interest=total(rows["interest"]),
        indemnity=each * own.filter(pl.col("days_late") >= 1).height,
        is_complete=bool(rows["is_complete"].all()),
    )


def _runs(own: pl.DataFrame, found: Interest) -> Rows:
    numbers = own.select("document_id", invoice_number="number")
    runs = found.segments.join(numbers, on="document_id", how="inner", validate="m:1")
    return runs.sort("invoice_number", "document_id", "from_date").to_dicts()


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
    files: list[tuple[str, bytes]] = [(f"1-{texts.t('summary')}.pdf", _summary(ledger, claim, events, texts))]
    tables: Sequence[tuple[str, str, str, Rows]] = (
        ("2", "invoices", "claim", claim.rows),
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
    rows = events.filter(pl.col("kind").is_in(_PROOFS)).reverse().to_dicts()
    return [row | {"file": files.get((row["date"], row["text"] or ""))} for row in rows]


def _summary(ledger: Ledger, claim: Claim, events: pl.DataFrame, texts: Texts) -> bytes:
    """One or two pages that say who owes what, since when, and what was done."""
    client = claim.client
    known = [one_line(client["name"]), *(client["address"] or "").split("\n")]
    lines = [one_line(line) for line in known if line] + ([f"SIREN {one_line(client['siren'])}"] if client["siren"] else [])
    late = [row for row in claim.rows if row["days_late"] >= 1]
    money = [
        [texts.t("Principal owed"), texts.money(claim.principal, claim.currency)],
        [texts.t("of which overdue"), texts.money(sum((row["outstanding"] for row in late), ZERO), claim.currency)],
        [texts.t("Late-payment interest to {date}", date=texts.date(claim.as_of)), texts.money(claim.interest, claim.currency)],
        [
            texts.plural("Recovery indemnity, {count} invoice", "Recovery indemnity, {count} invoices", len(late)),
            texts.money(claim.indemnity, "EUR"),
        ],
    ]
    if claim.currency == "EUR":
        money.append([texts.t("Total"), texts.money(claim.principal + claim.interest + claim.indemnity, "EUR")])
    parts: list[Part] = [
        {"kind": "text", "text": texts.t("As of {date}.", date=texts.long_date(claim.as_of))},
        {"kind": "pairs", "rows": money},
    ]
    if not claim.is_complete:
        parts.append({"kind": "text", "text": texts.t("The rate of a half-year is not known: interest is not complete.")})
    parts += [
        {"kind": "heading", "text": texts.t("Invoices")},
        _invoice_table(claim, texts),
        {"kind": "heading", "text": texts.t("What was done")},
        _event_table(events, texts),
        {"kind": "text", "text": texts.t(_CONTENTS)},
    ]
    return sheet_pdf(texts.t("Litigation file"), lines, parts, ledger.settings, texts, day=claim.as_of)


def _invoice_table(claim: Claim, texts: Texts) -> Part:
    rows = [
        [
            one_line(row["invoice_number"]),
            texts.date(row["issue_date"]),
            texts.date(row["due_date"]),
            texts.money(row["amount_incl_tax"], claim.currency),
            texts.money(row["outstanding"], claim.currency),
            texts.number(row["days_late"]) if row["days_late"] > 0 else DASH,
            texts.money(row["interest"], claim.currency),
        ]
        for row in claim.rows
    ]
    head = ["Invoice", "Issued", "Due", "Amount incl. VAT", "Outstanding", "Days late", "Interest"]
    sums = [
        texts.t("Total"),
        "",
        "",
        "",
        texts.money(claim.principal, claim.currency),
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


def _event_table(events: pl.DataFrame, texts: Texts) -> Part:
    rows = events.filter(pl.col("kind").is_in(_PROOFS)).reverse()
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
