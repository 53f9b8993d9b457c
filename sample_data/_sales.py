"""What the agency invoices: twenty months of ordinary sales, then numbers in the order of the issue dates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from models.dates import add_working_days, is_working_day, month_end, next_working_day
from sample_data._company import FIRST_DAY, LAST_DAY, SEED, Client

INVOICE, CREDIT_NOTE, DEPOSIT = "Facture", "Avoir", "Acompte"
SENT, UNSENT, DRAFT, CANCELLED = "Envoyée", "En attente, non envoyée", "Brouillon", "Annulée"

#: Ordinary invoices of an average month, and how January to December compare with it.
PER_MONTH = 17.5
SEASON = (0.84, 0.9, 1.08, 1.0, 0.96, 1.14, 0.96, 0.66, 1.1, 1.1, 1.14, 1.2)
CATEGORIES = ("Site web", "Identité visuelle", "Campagne", "Rédaction", "Impression", "Conseil")
MAINTENANCE = "Maintenance"
#: The serial number of 2025 that was never given to a document.
MISSING = (2025, 118)
#: How far an order of the client with look-alike orders lies behind the number of its own invoice.
LOOKALIKE = 63
#: Clients that the agency stopped serving, and since when: they no longer pay.
STOPPED = {"Studio Kerval": date(2026, 1, 15), "Traiteur Bellecombe": date(2026, 2, 1)}


@dataclass(eq=False)
class Document:
    """One row of the invoice file; amounts are cents, positive, and `due` is `None` only for a credit note.

    Attributes:
        deposit: Part of a final invoice that its deposit invoice already asked for; `incl_tax` is net of it.
        linked: The invoice that a credit note corrects.
        role: Why the scenario put it there; empty for an ordinary sale.
        declared: What the invoicing tool says was paid, not yet seen at the bank.
        paid: What bank lines and linked credit notes have settled by the last day.
    """

    client: Client
    issue: date
    excl_tax: int
    category: str
    kind: str = INVOICE
    status: str = SENT
    due: date | None = None
    sent: date | None = None
    deposit: int = 0
    linked: "Document | None" = None
    order: str = ""
    is_disputed: bool = False
    role: str = ""
    declared: tuple[int, date] | None = None
    number: str = ""
    paid: int = field(default=0)

    @property
    def vat(self) -> int:
        """VAT at 20 %; amounts before tax are whole multiples of 5 EUR, so this is exact."""
        return self.excl_tax // 5

    @property
    def incl_tax(self) -> int:
        """What the document asks for, VAT included and deposit deducted."""
        return self.excl_tax + self.vat - self.deposit

    @property
    def counts(self) -> bool:
        """Drafts and cancelled rows are no documents."""
        return self.status not in {DRAFT, CANCELLED}

    @property
    def is_claim(self) -> bool:
        """An invoice or deposit invoice that counts."""
        return self.counts and self.kind != CREDIT_NOTE

    @property
    def outstanding(self) -> int:
        """What is still owed on the last day, declared payments taken off."""
        if not self.is_claim:
            return 0
        return self.incl_tax - self.paid - (self.declared[0] if self.declared else 0)

    @property
    def due_date(self) -> date:
        """The due date of a claim; a credit note has none, its issue date stands in."""
        return self.due or self.issue


def sale(client: Client, issue: date, euros: int, category: str, role: str = "") -> Document:
    """An invoice of `euros` before tax on the client's terms, sent on the day of issue."""
    due = issue + timedelta(days=client.terms)
    return Document(client, issue, euros * 100, category, due=due, sent=issue, role=role)


def _working_days(first: date) -> list[date]:
    last = min(month_end(first), LAST_DAY)
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if is_working_day(day)]


def _order_reference(client: Client, rng: Random) -> str:
    if client.client_type == "public":
        return f"M{rng.randint(2400, 2699)}-{rng.randint(10, 99)}"
    return f"BC{rng.randint(40000, 59999)}" if client.size >= 3000 and rng.random() < 0.5 else ""


def _ordinary_month(first: date, clients: Sequence[Client], rng: Random) -> list[Document]:
    """The sales of the month that begins on `first`: contracts on its first working day, then the ordinary ones."""
    days = _working_days(first)
    found = [sale(client, days[0], client.monthly, MAINTENANCE) for client in clients if client.monthly]
    count = round(PER_MONTH * SEASON[first.month - 1] * (1.0 if month_end(first) <= LAST_DAY else 0.9))
    # More is invoiced in the second half of a month: the later of two drawn days wins.
    drawn = sorted(max(rng.choice(days), rng.choice(days)) for _ in range(count))
    for issue in drawn:
        active = [client for client in clients if issue < STOPPED.get(client.name, LAST_DAY + timedelta(days=1))]
        client = rng.choices(active, [client.weight for client in active])[0]
        euros = 5 * round(rng.triangular(client.size * 0.35, client.size * 2.1, client.size * 0.62) / 5)
        document = sale(client, issue, max(euros, 150), rng.choice(CATEGORIES))
        document.sent = issue if rng.random() < 0.8 else min(add_working_days(issue, 1), LAST_DAY)
        document.order = _order_reference(client, rng)
        found.append(document)
    return found


def months() -> list[date]:
    """The first day of each month of the sample."""
    return [date(FIRST_DAY.year + (m - 1) // 12, (m - 1) % 12 + 1, 1) for m in range(FIRST_DAY.month, 31)]


def ordinary_sales(clients: Sequence[Client]) -> list[Document]:
    """Every ordinary sale of the twenty months, without a number yet."""
    rng = Random(f"{SEED}-sales")
    return [document for first in months() for document in _ordinary_month(first, clients, rng)]


def number_documents(documents: Sequence[Document]) -> list[Document]:
    """Give each document its number in the order of issue, one series a year, and leave out `MISSING`.

    Credit notes have a series of their own; a draft has no place in either.
    """
    ordered = sorted(documents, key=lambda document: (document.issue, document.client.code, document.excl_tax))
    last: dict[tuple[str, int], int] = {}
    for document in ordered:
        if document.status == DRAFT:
            document.number = f"PROV-{document.issue.year}-001"
            continue
        prefix = "AV" if document.kind == CREDIT_NOTE else "FACT"
        key = (prefix, document.issue.year)
        last[key] = last.get(key, 0) + 1
        if key == ("FACT", MISSING[0]) and last[key] == MISSING[1]:
            last[key] += 1
        document.number = f"{prefix}-{document.issue.year}-{last[key]:03d}"
        _give_lookalike_order(document, last[key])
    return ordered


def _give_lookalike_order(document: Document, serial: int) -> None:
    """One client writes its purchase orders like our invoice numbers: an old invoice of someone else has that number."""
    if document.client.name == "Redwood Analytics" and serial > LOOKALIKE:
        document.order = f"{document.issue.year}-{serial - LOOKALIKE:03d}"


def payment_day(document: Document, rng: Random) -> date:
    """The working day on which the client pays, by its habit; never before the third day after issue."""
    least, usual, most = document.client.habit
    day = document.due_date + timedelta(days=round(rng.triangular(least, most, usual)))
    return next_working_day(max(day, document.issue + timedelta(days=3)))
