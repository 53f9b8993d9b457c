"""How the clients pay: receipts with the invoices that each truly settles, and the few that go wrong."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from models.dates import add_working_days, next_working_day
from sample_data._company import LAST_DAY, SEED, Client, fold
from sample_data._labels import (
    WITHOUT_NUMBER,
    BankLine,
    cheque_label,
    draw_style,
    styled,
    styled_all,
    transfer_label,
)
from sample_data._sales import CREDIT_NOTE, INVOICE, MAINTENANCE, Document, payment_day

#: An amount of one document, paid on a day.
Share = tuple[Document, int]
Event = tuple[date, Client, list[Share]]

UNPAID = {"unsent", "never_paid", "still_late", "disputed", "twin_open", "credited"}
#: Chance that a transfer shows no number, and that the one client with look-alike orders quotes its order alone.
NAMELESS, ORDER_ALONE = 0.19, 0.6
#: Days of the month on which the agency takes its cheques to the bank.
CHEQUE_DAYS = (12, 26)
OVERPAID = 21600
RETURNED_AFTER = 5
TWIN_PAID_ON, HALF_PAID_ON = date(2026, 6, 9), date(2026, 4, 10)
REFUNDED_ON = date(2026, 1, 28)
DECLARED_ON = (date(2026, 6, 24), date(2026, 6, 25), date(2026, 6, 25), date(2026, 6, 26))


def _in_parts(document: Document, parts: int, rng: Random) -> list[tuple[int, int]]:
    """Split an invoice into (days after the first payment, cents): round hundreds of euros, the rest last."""
    share = document.incl_tax // parts // 10000 * 10000
    shares = [share] * (parts - 1)
    gaps = [0]
    for _ in shares:
        gaps.append(gaps[-1] + rng.randint(14, 30))
    return list(zip(gaps, [*shares, document.incl_tax - sum(shares)], strict=True))


def _choose_partials(documents: Sequence[Document], rng: Random) -> dict[str, int]:
    """Numbers of ordinary invoices that are paid in two or three parts."""
    eligible = [
        document
        for document in documents
        if document.kind == INVOICE
        and document.counts
        and not document.role
        and document.incl_tax >= 300000
        and not document.client.batch
        and document.client.client_type == "professionnel"
        and document.client.style not in {"cheque", "bnp_inst"}
        and document.client.name != "Redwood Analytics"
    ]
    old = [document for document in eligible if document.due_date < date(2026, 4, 1)]
    recent = [document for document in eligible if date(2026, 5, 26) <= document.due_date <= date(2026, 6, 19)]
    chosen = rng.sample(old, 9) + rng.sample(recent, min(3, len(recent)))
    return {document.number: 3 if place % 4 == 0 else 2 for place, document in enumerate(chosen)}


def _batch_day(document: Document) -> date:
    """The first of the client's payment days on or after the due date."""
    day = document.due_date
    while day.day not in document.client.batch:
        day += timedelta(days=1)
    return next_working_day(day)


def _ordinary_events(documents: Sequence[Document], rng: Random) -> list[Event]:
    """Payments of everything that is paid the ordinary way, several invoices together where the client does so."""
    partials = _choose_partials(documents, rng)
    batches: dict[tuple[date, str], list[Document]] = defaultdict(list)
    events: list[Event] = []
    for document in documents:
        if not document.is_claim or document.role in UNPAID | {"half_paid", "returned", "overpaid", "twin_paid"}:
            continue
        if document.client.batch:
            batches[_batch_day(document), document.client.code].append(document)
            continue
        first = payment_day(document, rng)
        for gap, cents in _in_parts(document, partials.get(document.number, 1), rng):
            credited = document.paid if document.role == "lowered" else 0
            events.append((next_working_day(first + timedelta(days=gap)), document.client, [(document, cents - credited)]))
    for (day, _), group in batches.items():
        events.append((day, group[0].client, [(document, document.incl_tax) for document in group]))
    return sorted(events, key=lambda event: (event[0], event[1].code, event[2][0][0].number))


def _remittance(client: Client, documents: Sequence[Document], rng: Random) -> tuple[str, str, str]:
    """What the payer writes, with its evidence and the style of its number."""
    numbers = [document.number for document in documents]
    style = draw_style(rng)
    if client.client_type == "public":
        mandate = f"MANDAT {rng.randint(300, 3900)} BORD {rng.randint(10, 290)}"
        return f"{mandate} {styled_all(numbers, style)}", "number", style
    order = documents[0].order
    if client.name == "Redwood Analytics" and order:
        if rng.random() < ORDER_ALONE:
            return f"PO {order}", "order", ""
        return f"PO {order} {styled(numbers[0], 'canonical')}", "number", "canonical"
    if rng.random() < NAMELESS:
        return (f"RELEVE {len(numbers)} FACTURES" if len(numbers) > 1 else rng.choice(WITHOUT_NUMBER)), "name", ""
    if len(numbers) > 1 and rng.random() < 0.3:
        style = "abbreviated"
    return f"{rng.choice(('', '', 'REGLEMENT '))}{styled_all(numbers, style)}", "number", style


def _line(event: Event, rng: Random, *, extra: int = 0, role: str = "") -> BankLine:
    """A transfer that settles the shares of an event, and `extra` cents that nobody owed."""
    day, client, shares = event
    remittance, evidence, style = _remittance(client, [document for document, _ in shares], rng)
    if role and evidence != "number":
        remittance, evidence, style = styled_all([shares[0][0].number], "canonical"), "number", "canonical"
    name, memo = transfer_label(client, remittance, day, rng)
    truth = tuple((document.number, cents) for document, cents in shares)
    amount = sum(cents for _, cents in shares) + extra
    return BankLine(day, amount, name, memo.strip(), truth, (client.code,), evidence, style, role)


def _cheque_lines(events: Sequence[Event], rng: Random) -> list[BankLine]:
    """Cheques wait for the next trip to the bank; those of one trip are one movement."""
    trips: dict[date, list[Event]] = defaultdict(list)
    for event in events:
        day = event[0]
        while day.day not in CHEQUE_DAYS:
            day += timedelta(days=1)
        trips[next_working_day(day)].append(event)
    lines = []
    for day, trip in sorted(trips.items()):
        shares = [share for _, _, shares in trip for share in shares]
        lines.append(_cheque_line(day, shares, rng))
    return lines


def _cheque_line(day: date, shares: Sequence[Share], rng: Random, role: str = "") -> BankLine:
    name, memo = cheque_label(len(shares), rng)
    truth = tuple((document.number, cents) for document, cents in shares)
    clients = tuple(sorted({document.client.code for document, _ in shares}))
    return BankLine(day, sum(cents for _, cents in shares), name, memo, truth, clients, "none", role=role)


def _direct_debit(document: Document) -> list[BankLine]:
    """A direct debit that the agency collects, and its return for want of funds some working days later."""
    payer, owner, day = document.client.bank_name, (document.client.code,), next_working_day(document.due_date)
    collected = BankLine(day, document.incl_tax, "REMISE PRLV SEPA", f"{payer} {document.number}", clients=owner)
    collected.truth = ((document.number, document.incl_tax),)
    collected.evidence, collected.style, collected.role = "number", "canonical", "returned"
    back = add_working_days(day, RETURNED_AFTER)
    reason = f"{payer} PROVISION INSUFFISANTE"
    return [collected, BankLine(back, -document.incl_tax, "REJET PRLV", reason, clients=owner, evidence="name", role="return")]


def _refund(credit: Document) -> BankLine:
    memo = f"{fold(credit.client.name)} AVOIR {credit.number}"
    line = BankLine(REFUNDED_ON, -credit.incl_tax, "VIR REMBOURSEMENT", memo, clients=(credit.client.code,), role="refund")
    line.evidence, line.style = "number", "canonical"
    return line


def _scripted_lines(documents: Sequence[Document], rng: Random) -> list[BankLine]:
    """The payments that go wrong, and the two that an oddity needs."""
    by_role = {document.role: document for document in documents if document.role}
    over, half, twin = (by_role[role] for role in ("overpaid", "half_paid", "twin_paid"))
    half_amount = half.incl_tax * 2 // 5 // 10000 * 10000
    return [
        _line((payment_day(over, rng), over.client, [(over, over.incl_tax)]), rng, extra=OVERPAID, role="overpayment"),
        _line((HALF_PAID_ON, half.client, [(half, half_amount)]), rng, role="half_paid"),
        _cheque_line(TWIN_PAID_ON, [(twin, twin.incl_tax)], rng, role="twin"),
        *_direct_debit(by_role["returned"]),
        _refund(by_role["credit_refunded"]),
    ]


def _apply_credit_notes(documents: Sequence[Document]) -> None:
    """A linked credit note settles what its invoice owes on the day it is issued; one issued after payment cannot."""
    for document in documents:
        if document.kind == CREDIT_NOTE and document.linked and document.role != "credit_refunded":
            document.linked.paid += document.incl_tax


def _declare_payments(documents: Sequence[Document]) -> None:
    """Recent payments that the invoicing tool knows and the statement does not show yet; the last one is a half."""
    recent = [
        document
        for document in documents
        if document.is_claim
        and not document.role
        and document.category != MAINTENANCE
        and document.outstanding == document.incl_tax
        and date(2026, 6, 12) <= document.due_date <= date(2026, 7, 12)
        and document.client.client_type == "professionnel"
    ]
    for document, day in zip(recent[: len(DECLARED_ON)], DECLARED_ON, strict=True):
        document.declared = (document.incl_tax, day)
    half = recent[len(DECLARED_ON) - 1]
    half.declared = (half.incl_tax // 2, DECLARED_ON[-1])


def client_lines(documents: Sequence[Document]) -> list[BankLine]:
    """Every movement of the current account that comes from or goes back to a client, up to the last day.

    Fills `paid` and `declared` of the documents on the way.
    """
    rng = Random(f"{SEED}-payments")
    _apply_credit_notes(documents)
    events = _ordinary_events(documents, rng)
    cheques = [event for event in events if event[1].style == "cheque"]
    lines = [_line(event, rng) for event in events if event[1].style != "cheque"]
    lines += _cheque_lines(cheques, rng) + _scripted_lines(documents, rng)
    lines = [line for line in lines if line.day <= LAST_DAY]
    by_number = {document.number: document for document in documents}
    for line in lines:
        for number, cents in line.truth:
            by_number[number].paid += cents if line.role != "returned" else 0
    _declare_payments(documents)
    return lines
