"""The oddities of real life, put in by hand: each is a document with a role that the payments then play out."""

from collections.abc import Mapping, Sequence
from datetime import date

from sample_data._company import Client
from sample_data._sales import CANCELLED, CREDIT_NOTE, DEPOSIT, DRAFT, UNSENT, Document, sale

#: Two invoices of this amount before tax are open at once, at two clients.
TWIN_EUROS = 1205


def _credit(client: Client, issue: date, euros: int, linked: Document | None, role: str) -> Document:
    category = linked.category if linked else "Campagne"
    return Document(client, issue, euros * 100, category, kind=CREDIT_NOTE, sent=issue, linked=linked, role=role)


def _deposit_pair(client: Client, days: tuple[date, date], euros: int, percent: int) -> list[Document]:
    """A deposit invoice of `percent` and the final invoice, which asks for the rest."""
    deposit = sale(client, days[0], euros * percent // 100, "Site web", "deposit")
    deposit.kind = DEPOSIT
    final = sale(client, days[1], euros, "Site web", "final")
    final.deposit = deposit.incl_tax
    return [deposit, final]


def _credit_notes(by_name: Mapping[str, Client]) -> list[Document]:
    """Four credit notes: one that lowers an invoice, one that cancels it, one refunded, one that stands alone."""
    lowered = sale(by_name["Ateliers Brumaire"], date(2025, 3, 12), 3600, "Campagne", "lowered")
    cancelled = sale(by_name["Voyages Cap Sirius"], date(2025, 9, 15), 950, "Impression", "credited")
    refunded = sale(by_name["Immobilière Kerouan"], date(2025, 11, 12), 2150, "Site web", "before_refund")
    return [
        lowered,
        cancelled,
        refunded,
        _credit(lowered.client, date(2025, 3, 27), 600, lowered, "credit_lowers"),
        _credit(cancelled.client, date(2025, 9, 24), 950, cancelled, "credit_cancels"),
        _credit(refunded.client, date(2026, 1, 14), 450, refunded, "credit_refunded"),
        _credit(by_name["Maison Ferrand"], date(2026, 5, 18), 300, None, "credit_alone"),
    ]


def _late_ones(by_name: Mapping[str, Client]) -> list[Document]:
    """What is late for a reason: never sent, no longer paid, disputed."""
    unsent = sale(by_name["Nordine Paysages"], date(2026, 2, 10), 1340, "Identité visuelle", "unsent")
    unsent.status, unsent.sent = UNSENT, None
    stopped = sale(by_name["Studio Kerval"], date(2026, 1, 14), 2680, "Campagne", "never_paid")
    half_paid = sale(by_name["Traiteur Bellecombe"], date(2026, 1, 29), 3150, "Site web", "half_paid")
    disputes = [
        sale(by_name["Architectes Noyer Lenoir"], date(2026, 3, 17), 2420, "Site web", "disputed"),
        sale(by_name["Charpentes Dauzat"], date(2026, 4, 22), 1180, "Impression", "disputed"),
    ]
    for document in disputes:
        document.is_disputed = True
    return [unsent, stopped, half_paid, *disputes]


def scripted_documents(clients: Sequence[Client]) -> list[Document]:
    """Every document that the scenario needs, without a number yet."""
    by_name = {client.name: client for client in clients}
    draft = sale(by_name["Cycles Morvandiau"], date(2026, 6, 25), 760, "Conseil", "draft")
    draft.status, draft.sent = DRAFT, None
    cancelled = sale(by_name["Fromagerie Tardivel"], date(2025, 10, 8), 640, "Impression", "cancelled")
    cancelled.status, cancelled.sent = CANCELLED, None
    return [
        *_credit_notes(by_name),
        *_deposit_pair(by_name["Cosmétiques Violaine"], (date(2025, 5, 5), date(2025, 7, 10)), 12000, 30),
        *_deposit_pair(by_name["Domaine des Grands Cèdres"], (date(2026, 3, 2), date(2026, 6, 8)), 9000, 40),
        *_late_ones(by_name),
        sale(by_name["Brasserie du Canal vert"], date(2026, 4, 13), 1460, "Site web", "returned"),
        sale(by_name["Mécanique Ravelin"], date(2026, 3, 9), 2520, "Campagne", "overpaid"),
        sale(by_name["Librairie L’Encre bleue"], date(2026, 5, 4), TWIN_EUROS, "Site web", "twin_paid"),
        sale(by_name["Clinique Palanque"], date(2026, 5, 6), TWIN_EUROS, "Site web", "twin_open"),
        sale(by_name["Énergies Montclar"], date(2025, 6, 18), 15000, "Campagne", "largest"),
        sale(by_name["Transports Guérimond"], date(2026, 4, 1), 1985, "Campagne", "still_late"),
        draft,
        cancelled,
    ]
