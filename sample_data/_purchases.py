"""What suppliers invoice: the purchases behind the debits of the statement, and what is still to pay on the last day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from models.dates import previous_working_day
from sample_data._company import FIRST_DAY, LAST_DAY, SEED, fold
from sample_data._labels import BankLine
from sample_data._sales import CREDIT_NOTE, INVOICE

#: Days from issue to due date; days after the due date on which the agency has paid, at most.
TERMS, LATEST = 30, 6
#: Subscriptions are entered as purchases since then; before, only what is paid by transfer was.
SUBSCRIPTIONS_SINCE = date(2026, 4, 1)


@dataclass(frozen=True)
class Supplier:
    """One supplier: its code, its name, and the account number by which its IBAN is made; 0 where the agency has none."""

    code: str
    name: str
    account: int = 0


#: By the name that the bank prints.
SUPPLIERS = {
    fold(supplier.name): supplier
    for supplier in (
        Supplier("F001", "Imprimerie Gravelot", 731_220_045),
        Supplier("F002", "Studio Photo Obscura", 402_118_377),
        Supplier("F003", "Régie Média Plein Sud", 118_904_562),
        Supplier("F004", "Nadia Ferhan Freelance", 660_037_281),
        Supplier("F005", "WebDev Kovac"),
        Supplier("F006", "PixelForge Licences"),
        Supplier("F007", "Hébergeur Nuageo"),
        Supplier("F008", "Télécom du Rhodan"),
        Supplier("F009", "Cabinet Comptable Orn"),
        Supplier("F010", "Bureau Plus"),
        Supplier("F011", "Traductions Méridiane"),
        Supplier("F012", "Salon des Métiers d’Ardelle"),
    )
}
GRAVELOT, OBSCURA, REGIE, FERHAN, KOVAC, PIXELFORGE, *_ = SUPPLIERS.values()
ORN, BUREAU, MERIDIANE, SALON = tuple(SUPPLIERS.values())[8:]


@dataclass(eq=False)
class Purchase:
    """One row of the file of purchases; amounts are cents, positive.

    Attributes:
        linked: number of the invoice that a credit note corrects.
        role: why the scenario put it there; empty for what an ordinary debit paid.
        paid: what bank lines and linked credit notes have settled by the last day.
        lines: the movements that paid it, filled once they have a FITID.
    """

    supplier: Supplier
    number: str
    issue: date
    due: date
    incl_tax: int
    category: str
    kind: str = INVOICE
    linked: str = ""
    is_disputed: bool = False
    role: str = ""
    paid: int = 0
    lines: tuple[BankLine, ...] = ()

    @property
    def excl_tax(self) -> int:
        """Before VAT at 20 %, to the cent."""
        return (self.incl_tax * 5 + 3) // 6

    @property
    def vat(self) -> int:
        """What makes it the whole."""
        return self.incl_tax - self.excl_tax

    @property
    def is_claim(self) -> bool:
        """An invoice, not a credit note."""
        return self.kind == INVOICE

    @property
    def outstanding(self) -> int:
        """What the agency still owes of it on the last day."""
        return self.incl_tax - self.paid if self.is_claim else 0


def _paid(line: BankLine, supplier: Supplier, number: str, due: date, category: str, role: str = "") -> Purchase:
    """The invoice that a debit paid in whole; one of the first weeks is due on receipt."""
    issue = previous_working_day(due - timedelta(days=TERMS))
    if issue < FIRST_DAY:
        issue = previous_working_day(max(due - timedelta(days=7), FIRST_DAY + timedelta(days=3)))
    return Purchase(supplier, number, issue, due, -line.amount, category, role=role, paid=-line.amount, lines=(line,))


def _by_transfer(lines: Sequence[BankLine], rng: Random) -> list[Purchase]:
    """Those paid by transfer, whose number stands in the label, on their due date or some days after."""
    found = []
    for line in lines:
        if line.role == "supplier":
            name, number = line.memo.rsplit(" ", 1)
            due = line.day - timedelta(days=rng.randint(0, LATEST))
            found.append(_paid(line, SUPPLIERS[name], number, due, "Sous-traitance"))
    return found


def _by_debit(lines: Sequence[BankLine]) -> list[Purchase]:
    """Subscriptions: the supplier takes the money on the due date, and the label holds its name alone."""
    found = []
    for line in lines:
        bank_name = line.name.removeprefix("PRLV SEPA ")
        if line.day >= SUBSCRIPTIONS_SINCE and line.name != bank_name and bank_name in SUPPLIERS:
            supplier = SUPPLIERS[bank_name]
            number = f"{bank_name.split()[-1][:3]}-{line.day:%Y-%m}"
            found.append(_paid(line, supplier, number, line.day, "Abonnement", "subscription"))
    return found


def _by_card(lines: Sequence[BankLine]) -> Purchase:
    """What was bought by card on the eve of the last day, with an invoice."""
    (line,) = (line for line in lines if line.day == LAST_DAY and fold(BUREAU.name) in line.memo)
    day = LAST_DAY - timedelta(days=1)
    return Purchase(BUREAU, "BP-448217", day, day, -line.amount, "Fournitures", role="card", paid=-line.amount, lines=(line,))


def _open() -> list[Purchase]:
    """What is not paid on the last day: late, due soon or later, one with a discount, one in dispute, and two credit notes."""
    gravelot, obscura = "FA-2026-8213", "FA-2026-7704"
    rows: list[tuple[Supplier, str, date, date, int, str, str]] = [
        (MERIDIANE, "TM-2026-031", date(2026, 4, 28), date(2026, 5, 28), 86_400, "Traduction", "late"),
        (KOVAC, "FA-2026-6120", date(2026, 5, 6), date(2026, 6, 5), 228_000, "Sous-traitance", "disputed_purchase"),
        (OBSCURA, obscura, date(2026, 5, 20), date(2026, 6, 19), 174_000, "Sous-traitance", "late"),
        (FERHAN, "FA-2026-3391", date(2026, 6, 3), date(2026, 7, 3), 312_000, "Sous-traitance", "due"),
        (PIXELFORGE, "LIC-2026-07", date(2026, 6, 3), date(2026, 7, 3), 38_388, "Abonnement", "due"),
        (REGIE, "FA-2026-9045", date(2026, 6, 10), date(2026, 7, 10), 684_000, "Achat média", "due"),
        (ORN, "ORN-2026-07", date(2026, 6, 12), date(2026, 7, 13), 33_600, "Abonnement", "due"),
        (GRAVELOT, gravelot, date(2026, 6, 24), date(2026, 7, 24), 459_600, "Impression", "discount"),
        (SALON, "SMA-1187", date(2026, 6, 15), date(2026, 8, 14), 198_000, "Salon", "due"),
    ]
    found = [Purchase(*row[:6], role=row[6], is_disputed=row[6] == "disputed_purchase") for row in rows]
    linked = Purchase(
        OBSCURA, "AV-2026-0112", date(2026, 6, 8), date(2026, 6, 8), 24_000, "Sous-traitance", CREDIT_NOTE, linked=obscura
    )
    alone = Purchase(GRAVELOT, "AV-2026-0207", date(2026, 6, 17), date(2026, 6, 17), 43_200, "Impression", CREDIT_NOTE)
    next(one for one in found if one.number == obscura).paid = linked.incl_tax
    return [*found, linked, alone]


def all_purchases(lines: Sequence[BankLine]) -> list[Purchase]:
    """Every purchase, by issue date; `lines` are those of the current account, in the order of the statement."""
    rng = Random(f"{SEED}-purchases")
    found = [*_by_transfer(lines, rng), *_by_debit(lines), _by_card(lines), *_open()]
    return sorted(found, key=lambda one: (one.issue, one.supplier.code, one.number))
