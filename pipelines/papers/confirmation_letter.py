"""The letter that asks a client to confirm its balance, with the slip that it sends back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.texts import Texts
from pipelines.collections.fields import one_line, plain_lines
from pipelines.collections.paper import letter_sheet, sheets_pdf
from pipelines.collections.parts import Part
from pipelines.collections.statement import open_parts
from pipelines.ledger import Ledger
from pipelines.papers.client_statement import Statement, language_of, statements

_ASKS = (
    "As part of the audit of our accounts, please compare the balance of your account in our books with yours, and send "
    "the slip on the last page back to {name}, even if you agree. This is no request for payment."
)
_ASKS_BY_US = (
    "As part of the audit of our accounts, please compare the balance of your account in our books with yours, and send "
    "the slip on the last page back to us, even if you agree. This is no request for payment."
)


@dataclass(frozen=True)
class ReturnTo:
    """To whom the slip goes back: the auditor, or the company itself if no name is given."""

    name: str = ""
    address: str = ""


def confirmation_pdf(
    ledger: Ledger, clients: Sequence[str], return_to: ReturnTo, *, as_of: date, currency: str, day: date, title: str
) -> bytes:
    """The letters to these clients (by id) as one document, in the order of their names.

    Args:
        ledger: the facts.
        clients: by id, at least one.
        return_to: who gets the slip.
        as_of: the date of the balances.
        currency: of the amounts.
        day: the date of the letters.
        title: of the document.
    """
    found = statements(ledger, as_of=as_of, currency=currency, clients=clients)
    return sheets_pdf(title, [_sheet(statement, ledger, return_to, day) for statement in found], day=day)


def _sheet(statement: Statement, ledger: Ledger, return_to: ReturnTo, day: date) -> dict[str, Any]:
    texts, settings = Texts(language_of(statement.client, ledger)), ledger.settings
    to = return_to if return_to.name else ReturnTo(settings.company_name, settings.company_address)
    subject = texts.t("Request to confirm a balance at {date}", date=texts.long_date(statement.as_of))
    name = one_line(to.name)
    asks = texts.t(_ASKS, name=name) if name else texts.t(_ASKS_BY_US)
    parts: list[Part] = [
        {"kind": "subject", "text": subject},
        {"kind": "text", "text": texts.t("Dear Sir or Madam,")},
        {"kind": "text", "text": asks},
        {"kind": "text", "text": _balance_sentence(statement, texts)},
        *open_parts(texts, statement.items, statement.credits, statement.currency),
        {"kind": "text", "text": texts.t("Thank you for your help.")},
        {"kind": "text", "text": one_line(settings.signatory) or one_line(settings.company_name)},
        {"kind": "newpage"},
        *_slip(statement, to, texts, one_line(settings.company_name)),
    ]
    client = statement.client
    return letter_sheet(subject, client["name"], client["address"], parts, settings, texts, day=day)


def _balance_sentence(statement: Statement, texts: Texts) -> str:
    fields = {
        "date": texts.long_date(statement.as_of),
        "amount": texts.money(abs(statement.closing), statement.currency),
    }
    if statement.closing < 0:
        return texts.t("In our books, at {date}, we owe you {amount}.", **fields)
    return texts.t("In our books, at {date}, you owe us {amount}.", **fields)


def _slip(statement: Statement, to: ReturnTo, texts: Texts, company: str) -> list[Part]:
    """The page to be sent back."""
    address = "\n".join([one_line(to.name), plain_lines(to.address)]).strip()
    back: list[Part] = [{"kind": "text", "text": texts.t("To be sent back to:")}, {"kind": "text", "text": address}]
    return [
        {"kind": "subject", "text": texts.t("Reply to a request to confirm a balance")},
        *(back if address else []),
        {
            "kind": "pairs",
            "rows": [
                [texts.t("Account of"), one_line(statement.client["name"])],
                *([[texts.t("In the books of"), company]] if company else []),
                [
                    texts.t("Balance at {date}", date=texts.long_date(statement.as_of)),
                    texts.money(statement.closing, statement.currency),
                ],
            ],
        },
        {
            "kind": "checks",
            "rows": [
                texts.t("We agree with this balance."),
                texts.t("We do not agree: the balance in our books at this date is given below, with our explanation."),
            ],
        },
        {
            "kind": "blanks",
            "rows": [
                texts.t("Balance in our books"), texts.t("Explanation"), "", "", texts.t("Name and position"), texts.t("Date"),
                texts.t("Signature and stamp"),
            ],
        },
    ]  # fmt: skip
