"""Universal Business Language 2.1 (OASIS): Invoice and CreditNote, as Peppol and the French platforms carry them."""

from lxml import etree

from pipelines.ingest.einvoices.trade_document import Party, TradeDocument, amount, ids, nodes, one_line, text, texts

_TYPE_BY_ROOT = {"Invoice": "380", "CreditNote": "381"}
TAGS = {
    "invoice_number": "ID",
    "kind": "InvoiceTypeCode",
    "client_name": "Party/RegistrationName",
    "client_siren": "PartyLegalEntity/CompanyID",
    "issue_date": "IssueDate",
    "due_date": "DueDate",
    "amount_incl_tax": "PayableAmount",
    "amount_excl_tax": "TaxExclusiveAmount",
    "vat_amount": "TaxTotal/TaxAmount",
    "deposit_amount": "PrepaidAmount",
    "currency": "DocumentCurrencyCode",
    "linked_invoice": "BillingReference",
    "order_reference": "OrderReference",
}


def read_ubl(root: etree._Element) -> TradeDocument:
    """What the document says."""
    currency = text(root, "DocumentCurrencyCode")
    basis, total, prepaid, due = (
        amount(root, f"LegalMonetaryTotal/{name}", currency)
        for name in ("TaxExclusiveAmount", "TaxInclusiveAmount", "PrepaidAmount", "PayableAmount")
    )
    return TradeDocument(
        syntax="ubl",
        number=text(root, "ID"),
        type_code=text(root, "InvoiceTypeCode", "CreditNoteTypeCode") or _TYPE_BY_ROOT[etree.QName(root).localname],
        process=text(root, "ProfileID"),
        issue_date=text(root, "IssueDate"),
        due_date=text(root, "DueDate", "PaymentMeans/PaymentDueDate"),
        currency=currency,
        basis=basis,
        tax=amount(root, "TaxTotal/TaxAmount", currency),
        total=total,
        prepaid=prepaid,
        due=due,
        order=text(root, "OrderReference/ID"),
        preceding=tuple(dict.fromkeys(texts(root, "BillingReference/InvoiceDocumentReference|CreditNoteDocumentReference/ID"))),
        seller=_party(root, "AccountingSupplierParty"),
        buyer=_party(root, "AccountingCustomerParty"),
        tags=TAGS,
    )


def _party(root: etree._Element, name: str) -> Party:
    role = next(iter(nodes(root, name)), None)
    node = None if role is None else next(iter(nodes(role, "Party")), None)
    if role is None or node is None:
        return Party()
    return Party(
        name=text(node, "PartyLegalEntity/RegistrationName", "PartyName/Name", "Person/FamilyName"),
        code=text(role, "SupplierAssignedAccountID") or text(node, "PartyIdentification/ID"),
        ids=ids(node, "PartyLegalEntity/CompanyID", "PartyTaxScheme/CompanyID", "PartyIdentification/ID", "EndpointID"),
        email=text(node, "Contact/ElectronicMail")
        or next((written for scheme, written in ids(node, "EndpointID") if scheme == "EM"), None),
        phone=text(node, "Contact/Telephone"),
        address=one_line(
            node,
            *(
                f"PostalAddress/{line}"
                for line in ("StreetName", "AdditionalStreetName", "AddressLine/Line", "PostalZone", "CityName")
            ),
            "PostalAddress/Country/IdentificationCode",
        ),
    )
