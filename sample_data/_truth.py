"""What is true of the sample, whatever a program finds in it: each payment's invoices, every oddity, the totals."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from sample_data import _company as company
from sample_data._company import FIRST_DAY, LAST_DAY, Client
from sample_data._labels import BankLine
from sample_data._purchases import SUPPLIERS, Purchase
from sample_data._sales import CANCELLED, CREDIT_NOTE, DEPOSIT, DRAFT, INVOICE, MISSING, Document
from sample_data._treasury import CURRENT_OPENING, SAVINGS_OPENING

#: Mean days late from which a client is a chronic late payer.
CHRONIC_DAYS = 30
_LOOKALIKE = re.compile(r"(?<!\d)(20\d\d)[-/ ]?(\d{3})(?!\d)")


@dataclass(frozen=True)
class Sample:
    """Everything that the files are written from; each list in the order of its file."""

    clients: Sequence[Client]
    documents: Sequence[Document]
    current: Sequence[BankLine]
    savings: Sequence[BankLine]
    purchases: Sequence[Purchase]


def euros(cents: int) -> str:
    """An amount as the manifest writes it: `1234.50`."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _partial_lines(sample: Sample) -> list[str]:
    """Lines after which the invoice still owes something."""
    owed = {document.number: document.incl_tax for document in sample.documents}
    for document in sample.documents:
        if document.linked and document.role != "credit_refunded":
            owed[document.linked.number] -= document.incl_tax
    found = []
    for line in sample.current:
        if line.role == "returned":
            continue
        for number, cents in line.truth:
            owed[number] -= cents
        if any(owed[number] > 0 for number, _ in line.truth):
            found.append(line.fitid)
    return found


def _chronic(sample: Sample) -> list[str]:
    """Codes of the clients that pay on average more than `CHRONIC_DAYS` late."""
    due = {document.number: document.due_date for document in sample.documents}
    days: dict[str, list[int]] = defaultdict(list)
    for line in sample.current:
        for number, _ in line.truth:
            days[line.clients[0]].append((line.day - due[number]).days)
    return sorted(code for code, late in days.items() if fmean(late) > CHRONIC_DAYS)


def _misleading(sample: Sample) -> list[str]:
    """Lines whose label holds what reads as the number of an invoice that the line does not pay."""
    known = {document.number for document in sample.documents}
    found = []
    for line in sample.current:
        read = {f"FACT-{year}-{serial}" for year, serial in _LOOKALIKE.findall(line.label)}
        if (read & known) - {number for number, _ in line.truth}:
            found.append(line.fitid)
    return found


def _twins(sample: Sample) -> list[str]:
    """Invoices of one amount at several clients, all open when a cheque of that amount comes without a name."""
    last_paid = {number: line.day for line in sample.current for number, _ in line.truth}
    found: set[str] = set()
    for line in sample.current:
        if line.evidence != "none":
            continue
        same = [
            document
            for document in sample.documents
            if document.is_claim
            and document.incl_tax == line.amount
            and document.issue <= line.day <= last_paid.get(document.number, LAST_DAY)
        ]
        if len({document.client.code for document in same}) > 1:
            found |= {document.number for document in same}
    return sorted(found)


def oddities(sample: Sample) -> dict[str, list[str]]:
    """The oddities, each with the numbers, client codes or FITIDs where it shows."""
    documents, lines = sample.documents, sample.current
    credits_ = [document for document in documents if document.kind == CREDIT_NOTE]
    cut = {client.code for client in sample.clients if client.style == "cm"}

    def by_role(*roles: str) -> list[str]:
        return [document.number for document in documents if document.role in roles]

    def lines_by_role(role: str) -> list[str]:
        return [line.fitid for line in lines if line.role == role]

    return {
        "grouped_payments": [line.fitid for line in lines if len(line.truth) > 1 and len(line.clients) == 1],
        "partial_payments": _partial_lines(sample),
        "linked_credit_notes": [document.number for document in credits_ if document.linked],
        "unlinked_credit_notes": [document.number for document in credits_ if not document.linked],
        "deposits": [document.number for document in documents if document.kind == DEPOSIT],
        "final_invoices": by_role("final"),
        "twin_invoices": _twins(sample),
        "returned_payments": lines_by_role("return"),
        "refunds": lines_by_role("refund"),
        "overpayments": lines_by_role("overpayment"),
        "disputed_invoices": by_role("disputed"),
        "chronic_late_payers": _chronic(sample),
        "unsent_invoices": by_role("unsent"),
        "missing_numbers": [f"FACT-{MISSING[0]}-{MISSING[1]:03d}"],
        "drafts": [document.number for document in documents if document.status == DRAFT],
        "cancelled": [document.number for document in documents if document.status == CANCELLED],
        "declared_payments": [document.number for document in documents if document.declared],
        "payments_with_number": [line.fitid for line in lines if line.evidence == "number" and line.amount > 0],
        "payments_with_order_only": [line.fitid for line in lines if line.evidence == "order"],
        "payments_with_name_only": [line.fitid for line in lines if line.evidence == "name" and line.amount > 0],
        "payments_with_neither": [line.fitid for line in lines if line.evidence == "none"],
        "cheques_of_several_clients": [line.fitid for line in lines if len(line.clients) > 1],
        "cut_names": [line.fitid for line in lines if cut & set(line.clients)],
        "misleading_digits": _misleading(sample),
        **_purchase_oddities(sample),
    }


def _purchase_oddities(sample: Sample) -> dict[str, list[str]]:
    """What is odd among the purchases, by the numbers of the invoices."""
    roles = {
        "late_purchases": ("late", "disputed_purchase"),
        "disputed_purchases": ("disputed_purchase",),
        "early_discounts": ("discount",),
        "card_purchases": ("card",),
    }
    notes = [purchase.number for purchase in sample.purchases if not purchase.is_claim]
    found = {key: [one.number for one in sample.purchases if one.role in wanted] for key, wanted in roles.items()}
    return {**found, "supplier_credit_notes": notes}


def counts(sample: Sample) -> dict[str, int]:
    """How many of everything there is; the README prints the same figures."""
    documents, lines = sample.documents, sample.current
    claims = [document for document in documents if document.is_claim]
    due = [document for document in claims if document.outstanding and document.due_date < LAST_DAY]
    roles: dict[str, int] = defaultdict(int)
    for line in lines:
        roles[line.role] += 1
    return {
        "clients": len(sample.clients),
        "public_clients": sum(client.client_type == "public" for client in sample.clients),
        "consumers": sum(client.client_type == "particulier" for client in sample.clients),
        "english_clients": sum(client.language == "en" for client in sample.clients),
        "rows": len(documents),
        "invoices": sum(document.kind == INVOICE for document in claims),
        "open_invoices": sum(document.outstanding > 0 for document in claims),
        "late_invoices": len(due),
        "over_90_invoices": sum((LAST_DAY - document.due_date).days > 90 for document in due),
        "current_lines": len(lines),
        "savings_lines": len(sample.savings),
        "client_payments": sum(bool(line.truth) for line in lines),
        **{name: roles[name] for name in ("internal", "rent", "payroll", "urssaf", "vat", "fees")},
        "suppliers": len({purchase.supplier.code for purchase in sample.purchases}),
        "purchases": len(sample.purchases),
        "open_purchases": sum(purchase.outstanding > 0 for purchase in sample.purchases),
        "supplier_payments": sum(len(purchase.lines) for purchase in sample.purchases),
        **{name: len(found) for name, found in oddities(sample).items()},
    }


def figures(sample: Sample) -> dict[str, object]:
    """What clients owe on the last day, when every payment is matched as it truly is."""
    ageing = dict.fromkeys(("not_due", "1_30", "31_60", "61_90", "over_90"), 0)
    for document in sample.documents:
        late = (LAST_DAY - document.due_date).days
        bucket = "not_due" if late < 1 else "over_90" if late > 90 else ("1_30", "31_60", "61_90")[(late - 1) // 30]
        ageing[bucket] += document.outstanding
    open_credits = sum(line.amount - sum(cents for _, cents in line.truth) for line in sample.current if line.truth)
    open_credits += sum(document.incl_tax for document in sample.documents if document.role == "credit_alone")
    gross = sum(ageing.values())
    return {
        "ageing": {name: euros(amount) for name, amount in ageing.items()},
        "gross_outstanding": euros(gross),
        "open_credits": euros(open_credits),
        "receivables": euros(gross - open_credits),
        "owed_to_suppliers": euros(sum(purchase.outstanding for purchase in sample.purchases)),
        "supplier_credits": euros(sum(one.incl_tax for one in sample.purchases if not (one.is_claim or one.linked))),
        "overdue": euros(gross - ageing["not_due"]),
        "outstanding": {document.number: euros(document.outstanding) for document in sample.documents if document.outstanding},
    }


def _account(name: str, number: str, opening: int, lines: Sequence[BankLine]) -> Mapping[str, str]:
    return {
        "name": name,
        "iban": company.iban(number),
        "opening": euros(opening),
        "closing": euros(opening + sum(line.amount for line in lines)),
    }


def _identity() -> Mapping[str, str]:
    return {
        "name": company.NAME,
        "address": company.ADDRESS,
        "email": company.EMAIL,
        "phone": company.PHONE,
        "siren": company.siren(1),
        "currency": "EUR",
        "first_day": FIRST_DAY.isoformat(),
        "last_day": LAST_DAY.isoformat(),
    }


def _undone(sample: Sample) -> dict[str, list[dict[str, str]]]:
    """Debits that take back what came before: the returned payment and the refund of a credit note."""
    line = {line.role: line for line in sample.current if line.role}
    number = {document.role: document.number for document in sample.documents if document.role}
    returned = {
        "debit": line["return"].fitid,
        "credit": line["returned"].fitid,
        "invoice": number["returned"],
        "amount": euros(line["returned"].amount),
    }
    refund = {
        "debit": line["refund"].fitid,
        "credit_note": number["credit_refunded"],
        "amount": euros(-line["refund"].amount),
    }
    return {"returns": [returned], "refunds": [refund]}


def manifest(sample: Sample) -> dict[str, object]:
    """The ground truth, ready for JSON: amounts are strings with two decimals."""
    client_lines = [line for line in sample.current if line.clients]
    return {
        "company": _identity(),
        "accounts": {
            "current": _account("Compte courant", company.CURRENT_ACCOUNT, CURRENT_OPENING, sample.current),
            "savings": _account("Livret Entreprise", company.SAVINGS_ACCOUNT, SAVINGS_OPENING, sample.savings),
        },
        "counts": counts(sample),
        "oddities": oddities(sample),
        "figures": figures(sample),
        "allocations": {
            line.fitid: [[number, euros(cents)] for number, cents in line.truth] for line in client_lines if line.truth
        },
        "evidence": {
            line.fitid: {"clients": list(line.clients), "evidence": line.evidence, "style": line.style} for line in client_lines
        },
        **_undone(sample),
        "supplier_payments": {line.fitid: purchase.number for purchase in sample.purchases for line in purchase.lines},
        "supplier_ibans": {one.code: company.iban(f"{one.account:011d}") for one in SUPPLIERS.values() if one.account},
        "discount": {"invoice": oddities(sample)["early_discounts"][0], "percent": "2", "until": "2026-07-04"},
        "classes": {line.fitid: line.role for line in sample.current if line.role and not line.clients},
    }
