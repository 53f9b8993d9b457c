"""E-invoices in XML (CII, UBL): one document per file, read like the row of an invoice file that says the same.

What it asks for: an amount paid in advance (BT-113) is a deposit, for which a deposit invoice was sent before, so that the
document counts for what is due after it (BT-115). It is a payment, and the document counts whole, if the business process
says "already paid" (B2, S2, M2) or if nothing is left to pay and no preceding invoice is named.
"""

import json
import re
from dataclasses import replace
from decimal import Decimal

import polars as pl
from lxml import etree

from models.problems import problem_rows
from models.rows import QUARANTINE_ROWS
from pipelines.ingest.einvoices.cii import read_cii
from pipelines.ingest.einvoices.trade_document import Party, TradeDocument
from pipelines.ingest.einvoices.ubl import read_ubl
from pipelines.ingest.numbers import parse_amounts
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.profiles import Profile
from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.invoices import read_invoices
from pipelines.ingest.tables.rows import Cells

#: UNTDID 1001 -> kind; the codes that France and EN 16931 list. 325 is a pro forma, which is no invoice yet.
_KINDS = {
    **dict.fromkeys(("80", "82", "84", "130", "202", "203", "204", "211", "295", "326", "380", "383", "384"), "invoice"),
    **dict.fromkeys(("385", "387", "388", "389", "390", "393", "394", "395", "456", "457", "471", "472", "473"), "invoice"),
    **dict.fromkeys(("501", "527", "553", "575", "623", "633", "751", "780", "870", "875", "876", "877", "935"), "invoice"),
    **dict.fromkeys(("81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"), "credit note"),
    **dict.fromkeys(("386", "500"), "deposit"),
    "325": "proforma",
}
_CREDIT = "credit note"
_ALREADY_PAID = re.compile(r"[BSM]2")
_DECLARES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARATION = re.compile(rb"^<\?xml[^>]*\?>")
_NO_CODE = re.compile(r"[0-9\s]{9,}|FR.*|.{41,}")  # a SIREN, SIRET, GLN or VAT number in the place of a client's code
_LINE = 1


def read(source: Source) -> Parts:
    """The document of an XML file.

    Raises:
        UnreadableFile: doctype_refused or broken_xml.
    """
    return read_xml(source.content, source)


def read_xml(content: bytes, source: Source) -> Parts:
    """The document that `content` holds, `source` being the file that it came in.

    Raises:
        UnreadableFile: doctype_refused or broken_xml.
    """
    root = _root(content, source.name)
    document = read_cii(root) if etree.QName(root).localname.startswith("CrossIndustry") else read_ubl(root)
    direction = _direction(document, source)
    is_purchase = direction == "purchase" or (direction is None and source.kind == "purchases")
    cells = {name: text for name, text in _cells(document, is_purchase=is_purchase).items() if text}
    parts = _read_cells(cells, document, source)
    if direction is None and source.kind == "auto" and not parts.rejected_rows:
        warning = problem_rows([(_LINE, "client_name", cells.get("client_name") or cells["client_code"], "direction_unknown")])
        parts = replace(parts, warnings=pl.concat([parts.warnings, warning]))
    if parts.rejected_rows:
        written = [(_LINE, json.dumps(cells, ensure_ascii=False))]
        parts = replace(parts, quarantine=pl.DataFrame(written, schema=QUARANTINE_ROWS, orient="row"))
    return replace(
        parts,
        format=document.syntax,
        columns={name: tag for name, tag in document.tags.items() if name in cells},
        documents=parts.documents.with_columns(direction=pl.lit(direction, pl.String)),
    )


def _root(content: bytes, name: str) -> etree._Element:
    """The root of an XML text that declares no entity; an encoding that has no such name is taken for UTF-8.

    Raises:
        UnreadableFile: doctype_refused or broken_xml.
    """
    if _DECLARES.search(content) or _DECLARES.search(content.replace(b"\x00", b"")):
        raise refuse("doctype_refused", name=name)
    content = content.lstrip()
    try:
        root = _parsed(content)
    except etree.XMLSyntaxError:
        try:
            root = _parsed(_DECLARATION.sub(b"", content))
        except etree.XMLSyntaxError as error:
            raise refuse("broken_xml", name=name, line=error.lineno or 1) from None
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding in which it could not be seen before
        raise refuse("doctype_refused", name=name)
    return root


def _parsed(content: bytes) -> etree._Element:
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    return etree.fromstring(content, etree.XMLParser(**options, remove_comments=True, remove_pis=True))


def _direction(document: TradeDocument, source: Source) -> str | None:
    """Sale or purchase, by the company's SIREN; None if neither party is known to be the company."""
    own = re.sub(r"\D", "", source.company_siren)[:9]
    if own and own in document.seller.sirens:
        return "sale"
    return "purchase" if own and own in document.buyer.sirens else None


def _cells(document: TradeDocument, *, is_purchase: bool) -> dict[str, str | None]:
    """The canonical columns as written."""
    party = document.seller if is_purchase else document.buyer
    kind = _KINDS.get(document.type_code or "", document.type_code)
    is_credit = kind == _CREDIT or (_money(document.total) or 0) < 0
    return {
        "invoice_number": document.number,
        "kind": kind,
        **_party_cells(party, is_purchase=is_purchase),
        "issue_date": document.issue_date,
        "due_date": document.due_date,
        "currency": document.currency,
        "amount_excl_tax": document.basis,
        "vat_amount": document.tax,
        **_amounts(document, is_credit=is_credit),
        # Several invoices: which part of the credit is whose is not told.
        "linked_invoice": document.preceding[0] if is_credit and len(document.preceding) == 1 else None,
        "order_reference": document.order,
    }


def _party_cells(party: Party, *, is_purchase: bool) -> dict[str, str | None]:
    has_code = party.code is not None and not is_purchase and not _NO_CODE.fullmatch(party.code)
    return {
        "client_name": party.name,
        "client_code": party.code if has_code else None,
        "client_siren": next(iter(party.sirens), None),
        "client_email": party.email,
        "client_phone": party.phone,
        "client_address": party.address,
    }


def _amounts(document: TradeDocument, *, is_credit: bool) -> dict[str, str | None]:
    """What the document asks for, what of it was paid before, and the deposits that are taken off."""
    total, prepaid, due = (_money(text) for text in (document.total, document.prepaid, document.due))
    if is_credit and total is not None:
        return {"amount_incl_tax": document.total}
    if (document.due and due is None) or (document.prepaid and prepaid is None):
        return {"amount_incl_tax": document.due, "deposit_amount": document.prepaid}  # to be rejected as written
    if total is None or due is None:
        deposit = document.prepaid if prepaid else None
        return {"amount_incl_tax": document.total or document.due, "deposit_amount": deposit if total is not None else None}
    before = prepaid or total - due  # the least profiles tell what is due, and not what was paid before
    if before <= 0:
        return {"amount_incl_tax": document.due}
    if _ALREADY_PAID.fullmatch(document.process or "") or (due == 0 and not document.preceding):
        return {"amount_incl_tax": document.total, "paid_amount": f"{before}"}
    return {"amount_incl_tax": document.due, "deposit_amount": f"{before}"}


def _money(text: str | None) -> Decimal | None:
    value = parse_amounts(pl.Series([text], dtype=pl.String), decimal=".").values[0] if text else None
    return value if isinstance(value, Decimal) else None


def _read_cells(cells: dict[str, str], document: TradeDocument, source: Source) -> Parts:
    """The document as the only row of an invoice file."""
    header = list(cells)
    table = pl.DataFrame({f"c{at}": [text] for at, text in enumerate(cells.values())}).with_columns(line=pl.lit(_LINE, pl.Int64))
    ragged = pl.DataFrame(schema={"line": pl.Int64, "text": pl.String, "parts": pl.List(pl.String)})
    profile = Profile(code=document.syntax, title=document.syntax.upper(), kind="invoices", decimal=".")
    rows = Cells(table, ragged, problem_rows([]), is_plain=False)
    return read_invoices(rows, {name: (at,) for at, name in enumerate(header)}, header, currency=source.currency, profile=profile)
