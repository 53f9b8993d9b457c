"""What the agency pays: rent, wages, taxes, suppliers; and its savings account, which keeps the current one afloat."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random

from models.dates import month_end, next_working_day, previous_working_day
from sample_data._company import FIRST_DAY, LAST_DAY, SEED
from sample_data._labels import BankLine
from sample_data._sales import months

#: Balances on the eve of the first day, cents.
CURRENT_OPENING, SAVINGS_OPENING = 5_480_000, 2_500_000
#: The current account is topped up from savings when it will fall under `LOW`, and emptied into them above
#: `HIGH`, by `MOST` at once.
LOW, HIGH, STEP, MOST = 1_400_000, 2_800_000, 100_000, 2_200_000
#: Share of what clients paid in the month before that goes to freelancers, printers and media, and its bounds.
SUPPLIER_SHARE = 40
SUPPLIER_BOUNDS = (620_000, 2_700_000)

#: Name, net wage in cents, first month, last month.
STAFF = (
    ("ELISE MONTARGEAU", 362_480, date(2024, 11, 1), LAST_DAY),
    ("CAMILLE OSTRAND", 291_045, date(2024, 11, 1), LAST_DAY),
    ("BASTIEN LORIMEL", 243_618, date(2024, 11, 1), LAST_DAY),
    ("INES QUERAT", 221_390, date(2024, 11, 1), LAST_DAY),
    ("THEO MARCILHAC", 198_774, date(2024, 11, 1), LAST_DAY),
    ("LOUNA DESVIGNES", 104_562, date(2025, 9, 1), LAST_DAY),
)
SUPPLIERS = (
    "IMPRIMERIE GRAVELOT",
    "STUDIO PHOTO OBSCURA",
    "REGIE MEDIA PLEIN SUD",
    "NADIA FERHAN FREELANCE",
    "WEBDEV KOVAC",
)
SHOPS = ("PAPETERIE DU PONT", "RESTO LE COMPTOIR", "GARE VILLEBRUNE", "STATION TOTALIS", "BUREAU PLUS", "TAXI RADIO")


def _on(first: date, day: int) -> date:
    return next_working_day(first.replace(day=day))


def _charges(first: date) -> Iterable[BankLine]:
    """What is debited every month for the same amount, or nearly so."""
    rent = 228_000 if first < date(2025, 11, 1) else 232_788
    reference = f"{first:%m/%Y}"
    yield BankLine(_on(first, 1), -2490, "FRAIS TENUE DE COMPTE", reference, role="fees")
    yield BankLine(_on(first, 5), -rent, "PRLV SEPA SCI LES VERRIERES", f"LOYER {reference} BAIL 2024-117", role="rent")
    yield BankLine(_on(first, 8), -146_218, "ECHEANCE PRET", "00452871026", role="loan")
    yield BankLine(_on(first, 3), -38_388, "PRLV SEPA PIXELFORGE LICENCES", f"MDT PXF{first:%y%m}0087", role="software")
    yield BankLine(_on(first, 11), -11_940, "PRLV SEPA HEBERGEUR NUAGEO", "CLIENT 20251140", role="software")
    yield BankLine(_on(first, 18), -8_628, "PRLV SEPA TELECOM DU RHODAN", f"ABONNEMENT {reference}", role="software")
    yield BankLine(_on(first, 10), -31_266, "PRLV SEPA MUTUELLE ALCYON", f"COTISATION {reference}", role="insurance")
    yield BankLine(_on(first, 12), -33_600, "PRLV SEPA CABINET COMPTABLE ORN", "MISSION 2025-003", role="accountant")
    if first.month % 3 == 1:
        yield BankLine(_on(first, 6), -68_450, "PRLV SEPA ASSUR PRO RIVAGE", "RC PRO CONTRAT 7714202", role="insurance")
        yield BankLine(_on(first, 4), -1860, "COTISATION CARTE AFFAIRES", f"T{(first.month + 2) // 3}", role="fees")
    if first.month % 3 == 0 and first.year == LAST_DAY.year:
        yield BankLine(_on(first, 15), -264_700, "PRLV SEPA DGFIP IMPOT IS", f"ACOMPTE {reference}", role="corporation_tax")


def _wages(first: date, rng: Random) -> list[BankLine]:
    """One transfer a person on the last working day of the month, with a bonus in December."""
    day = previous_working_day(month_end(first))
    bonus = 40_000 if first.month == 12 else 0
    return [
        BankLine(day, -(net + bonus + rng.randint(-2500, 2500)), "VIR SEPA SALAIRE", name, role="payroll")
        for name, net, start, end in STAFF
        if start <= first <= end
    ]


def _social_charges(first: date, wages: int) -> Iterable[BankLine]:
    """Contributions and income tax withheld on the wages of the month before, on the 15th."""
    if wages:
        yield BankLine(_on(first, 15), -(wages * 61 // 100), "PRLV SEPA URSSAF", "COTISATIONS 827 999014", role="urssaf")
        yield BankLine(_on(first, 15), -(wages * 4 // 10000 * 100), "PRLV SEPA DGFIP PAS DSN", "", role="income_tax")


def _purchases(first: date, collected: int, rng: Random) -> list[BankLine]:
    """Suppliers by transfer, with their own invoice numbers, and small card payments."""
    low, high = SUPPLIER_BOUNDS
    budget = min(max(collected * SUPPLIER_SHARE // 100, low), high)
    found = []
    for day, share in ((10, 30), (19, 25), (25, 45)):
        supplier = rng.choice(SUPPLIERS)
        amount = budget * share // 100 + rng.randint(-30_000, 30_000)
        memo = f"{supplier} FA-{first.year}-{rng.randint(1000, 9999)}"
        found.append(BankLine(_on(first, day), -amount, "VIR SEPA EMIS", memo, role="supplier"))
    for _ in range(rng.randint(4, 6)):
        bought = first + timedelta(days=rng.randint(1, 24))
        memo = f"{rng.choice(SHOPS)} CB*4417"
        name = f"CARTE {bought:%d/%m}"
        booked = next_working_day(bought + timedelta(days=1))
        found.append(BankLine(booked, -rng.randint(1150, 18_900), name, memo, role="card"))
    return found


def _vat(first: date, collected: int, spent: int) -> list[BankLine]:
    """VAT on what was cashed in the month before, less that on purchases, in whole euros (services: CGI 269-2-c)."""
    due = (collected - spent) // 6 // 100 * 100
    day = _on(first, 20 + first.month % 5)
    return [BankLine(day, -due, "PRLV SEPA DGFIP IMPOT TVA", f"CA3 {first:%m%Y}", role="vat")] if due > 0 else []


def outflows(receipts: Sequence[BankLine]) -> list[BankLine]:
    """Every debit of the current account that is no client's and no transfer of its own, up to the last day."""
    rng = Random(f"{SEED}-treasury")
    collected: dict[tuple[int, int], int] = defaultdict(int)
    for line in receipts:
        collected[line.day.year, line.day.month] += line.amount
    lines: list[BankLine] = []
    wages = spent = 0
    for first in months():
        before = first - timedelta(days=1)
        income = collected[before.year, before.month]
        paid, bought = _wages(first, rng), _purchases(first, income, rng)
        lines += [*_charges(first), *paid, *bought, *_social_charges(first, wages), *_vat(first, income, spent)]
        wages = -sum(line.amount for line in paid)
        spent = -sum(line.amount for line in bought) + 330_000
    lines.append(BankLine(LAST_DAY, -6_480, f"CARTE {LAST_DAY - timedelta(days=1):%d/%m}", "BUREAU PLUS CB*4417", role="card"))
    return [line for line in lines if line.day <= LAST_DAY]


def _lowest(lines: Sequence[BankLine], opening: int, since: date, until: date) -> int:
    """The lowest evening balance between two days, both included."""
    by_day: dict[date, int] = defaultdict(int)
    for line in lines:
        by_day[line.day] += line.amount
    balance = opening + sum(amount for day, amount in by_day.items() if day < since)
    lowest = balance + by_day[since]
    day = since
    while day <= until:
        balance += by_day[day]
        lowest = min(lowest, balance)
        day += timedelta(days=1)
    return lowest


def transfers(lines: Sequence[BankLine]) -> tuple[list[BankLine], list[BankLine]]:
    """Transfers between the two accounts: (movements of the current account, movements of the savings account)."""
    current: list[BankLine] = []
    savings: list[BankLine] = []
    saved = SAVINGS_OPENING
    for first in months():
        day = _on(first, 9)
        if day > LAST_DAY:
            break
        known = [*lines, *current]
        lowest = _lowest(known, CURRENT_OPENING, day, min(day + timedelta(days=34), LAST_DAY))
        moved = 0
        if lowest < LOW:
            moved = min((LOW - lowest) // STEP * STEP + STEP, saved // STEP * STEP)
        elif lowest > HIGH:
            moved = -min((lowest - HIGH) // STEP * STEP + STEP, MOST)
        if moved:
            saved -= moved
            current.append(BankLine(day, moved, "VIR INTERNE LIVRET ENTREPRISE", "", role="internal"))
            savings.append(BankLine(day, -moved, "VIR INTERNE COMPTE COURANT", "", role="internal"))
        if first.month == 12:
            interest = saved * 2 // 100 * (2 if first.year == FIRST_DAY.year else 12) // 12
            saved += interest
            booked = previous_working_day(month_end(first))
            savings.append(BankLine(booked, interest, f"INTERETS CREDITEURS {first.year}", "", role="interest"))
    return current, savings
