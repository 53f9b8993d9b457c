"""Cross Industry Invoice (UN/CEFACT): Factur-X and ZUGFeRD from 1.0 on, every profile."""

from lxml import etree

from pipelines.ingest.einvoices.trade_document import Party, TradeDocument, amount, ids, nodes, one_line, text, texts

_DEAL = "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction"
_AGREEMENT = f"{_DEAL}/ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
_SETTLEMENT = f"{_DEAL}/ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
_HEADER = "ExchangedDocument|HeaderExchangedDocument"
_CONTEXT = "ExchangedDocumentContext|SpecifiedExchangedDocumentContext"
_DAY = "DateTimeString|DateTime|DateString"
_TOTALS = "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
TAGS = {
    "invoice_number": "ExchangedDocument/ID",
    "kind": "TypeCode",
    "client_name": "TradeParty/Name",
    "client_siren": "SpecifiedLegalOrganization/ID",
    "issue_date": "IssueDateTime",
    "due_date": "DueDateDateTime",
    "amount_incl_tax": "DuePayableAmount",
    "amount_excl_tax": "TaxBasisTotalAmount",
    "vat_amount": "TaxTotalAmount",
    "deposit_amount": "TotalPrepaidAmount",
    "currency": "InvoiceCurrencyCode",
    "linked_invoice": "InvoiceReferencedDocument",
    "order_reference": "BuyerOrderReferencedDocument",
}


def read_cii(root: etree._Element) -> TradeDocument:
    """What the document says."""
    agreement, settlement = (next(iter(nodes(root, path)), root) for path in (_AGREEMENT, _SETTLEMENT))
    currency = text(settlement, "InvoiceCurrencyCode")
    basis, tax, total, prepaid, due = (
        amount(settlement, f"{_TOTALS}/{name}", currency)
        for name in ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount", "TotalPrepaidAmount", "DuePayableAmount")
    )
    return TradeDocument(
        syntax="cii",
        number=text(root, f"{_HEADER}/ID"),
        type_code=text(root, f"{_HEADER}/TypeCode"),
        process=text(root, f"{_CONTEXT}/BusinessProcessSpecifiedDocumentContextParameter/ID"),
        issue_date=text(root, f"{_HEADER}/IssueDateTime/{_DAY}"),
        # Of an invoice payable in parts, the day when all of it is due.
        due_date=max(texts(settlement, f"SpecifiedTradePaymentTerms/DueDateDateTime/{_DAY}"), default=None),
        currency=currency,
        basis=basis,
        tax=tax,
        total=total,
        prepaid=prepaid,
        due=due,
        order=text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID|ID"),
        preceding=tuple(dict.fromkeys(texts(settlement, "InvoiceReferencedDocument/IssuerAssignedID|ID"))),
        seller=_party(agreement, "SellerTradeParty"),
        buyer=_party(agreement, "BuyerTradeParty"),
        tags=TAGS,
    )


def _party(agreement: etree._Element, name: str) -> Party:
    node = next(iter(nodes(agreement, name)), None)
    if node is None:
        return Party()
    contact, postal = "DefinedTradeContact", "PostalTradeAddress"
    return Party(
        name=text(node, "Name", "SpecifiedLegalOrganization/TradingBusinessName", f"{contact}/PersonName"),
        code=text(node, "ID"),
        ids=ids(
            node,
            "SpecifiedLegalOrganization/ID",
            "SpecifiedTaxRegistration/ID",
            "GlobalID",
            "URIUniversalCommunication/URIID",
            "ID",
        ),
        email=text(node, f"{contact}/EmailURIUniversalCommunication/URIID")
        or next((written for scheme, written in ids(node, "URIUniversalCommunication/URIID") if scheme == "EM"), None),
        phone=text(node, f"{contact}/TelephoneUniversalCommunication/CompleteNumber"),
        address=one_line(
            node,
            *(f"{postal}/{line}" for line in ("LineOne", "LineTwo", "LineThree", "PostcodeCode", "CityName", "CountryID")),
        ),
    )
