"""The four files that a user would drop: the invoices, the purchases, the statement of each account."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO

from sample_data import _company as company
from sample_data._company import FIRST_DAY, LAST_DAY
from sample_data._labels import BankLine
from sample_data._purchases import Purchase
from sample_data._sales import CREDIT_NOTE, Document
from sample_data._treasury import CURRENT_OPENING, SAVINGS_OPENING

HEADER = (
    "N° facture;Type;Code client;Client;Email;Téléphone;Adresse;SIREN;Langue;Type de client;Date de facture;"
    "Date d'échéance;Date d'envoi;Statut;Montant HT;TVA;Montant TTC;Acompte déduit;Montant réglé;Date de règlement;"
    "Devise;Facture d'origine;Commercial;Catégorie;Litige;Bon de commande"
)
PURCHASE_HEADER = (
    "N° facture;Type;Code fournisseur;Fournisseur;Date de facture;Date d'échéance;Montant HT;TVA;Montant TTC;Devise;"
    "Facture d'origine;Catégorie;Litige"
)
NBSP = "\N{NO-BREAK SPACE}"


def french(cents: int, thousands: str = "") -> str:
    """`1234,50`, with a sign for thousands if asked."""
    return f"{cents // 100:,}".replace(",", thousands) + f",{cents % 100:02d}"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _invoice_row(document: Document) -> list[str]:
    client = document.client
    paid, paid_on = document.declared or (0, None)
    return [
        document.number,
        document.kind,
        client.code,
        client.name,
        client.email,
        client.phone,
        client.address,
        client.siren,
        client.language,
        client.client_type,
        _day(document.issue),
        "" if document.kind == CREDIT_NOTE else _day(document.due_date),
        _day(document.sent),
        document.status,
        french(document.excl_tax),
        french(document.vat),
        french(document.incl_tax),
        french(document.deposit) if document.deposit else "",
        french(paid) if paid else "",
        _day(paid_on),
        "EUR",
        document.linked.number if document.linked else "",
        client.rep,
        document.category,
        "oui" if document.is_disputed else "",
        document.order,
    ]


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def invoice_file(documents: Iterable[Document]) -> bytes:
    """The canonical invoice file as a French spreadsheet saves it: UTF-8 with a BOM, `;`, decimal comma."""
    return _csv([HEADER.split(";"), *(_invoice_row(document) for document in documents)]).encode("utf-8-sig")


def _purchase_row(purchase: Purchase) -> list[str]:
    return [
        purchase.number,
        purchase.kind,
        purchase.supplier.code,
        purchase.supplier.name,
        _day(purchase.issue),
        _day(purchase.due) if purchase.is_claim else "",
        french(purchase.excl_tax),
        french(purchase.vat),
        french(purchase.incl_tax),
        "EUR",
        purchase.linked,
        purchase.category,
        "oui" if purchase.is_disputed else "",
    ]


def purchase_file(purchases: Iterable[Purchase]) -> bytes:
    """The purchases as the accounting tool exports them: Windows-1252, `;`, decimal comma."""
    return _csv([PURCHASE_HEADER.split(";"), *(_purchase_row(purchase) for purchase in purchases)]).encode("cp1252")


def number_lines(lines: Iterable[BankLine]) -> list[BankLine]:
    """The movements in the order of the statement, each with its FITID: the day, then a rank within it."""
    ordered = sorted(lines, key=lambda line: (line.day, line.name, line.memo, line.amount))
    rank, day = 0, None
    for line in ordered:
        rank = rank + 1 if line.day == day else 1
        day = line.day
        line.fitid = f"{line.day:%Y%m%d}{rank:03d}"
    return ordered


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _movement(line: BankLine) -> str:
    sign = "-" if line.amount < 0 else ""
    memo = f"<MEMO>{_escaped(line.memo)}\r\n" if line.memo else ""
    return (
        f"<STMTTRN>\r\n<TRNTYPE>{'DEBIT' if line.amount < 0 else 'CREDIT'}\r\n<DTPOSTED>{line.day:%Y%m%d}\r\n"
        f"<TRNAMT>{sign}{abs(line.amount) // 100}.{abs(line.amount) % 100:02d}\r\n<FITID>{line.fitid}\r\n"
        f"<NAME>{_escaped(line.name)}\r\n{memo}</STMTTRN>\r\n"
    )


def ofx_file(lines: Sequence[BankLine]) -> bytes:
    """The statement of the current account: OFX 1.02, SGML without closing leaf tags, Windows-1252."""
    closing = CURRENT_OPENING + sum(line.amount for line in lines)
    balance = f"{closing // 100}.{closing % 100:02d}\r\n<DTASOF>{LAST_DAY:%Y%m%d}"
    header = (
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n"
        "COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
    )
    signon = (
        "<OFX>\r\n<SIGNONMSGSRSV1>\r\n<SONRS>\r\n<STATUS>\r\n<CODE>0\r\n<SEVERITY>INFO\r\n</STATUS>\r\n"
        f"<DTSERVER>{LAST_DAY:%Y%m%d}190000\r\n<LANGUAGE>FRA\r\n</SONRS>\r\n</SIGNONMSGSRSV1>\r\n"
    )
    account = (
        "<BANKMSGSRSV1>\r\n<STMTTRNRS>\r\n<TRNUID>1\r\n<STATUS>\r\n<CODE>0\r\n<SEVERITY>INFO\r\n</STATUS>\r\n"
        f"<STMTRS>\r\n<CURDEF>EUR\r\n<BANKACCTFROM>\r\n<BANKID>{company.BANK}\r\n<BRANCHID>{company.BRANCH}\r\n"
        f"<ACCTID>{company.CURRENT_ACCOUNT}\r\n<ACCTTYPE>CHECKING\r\n"
        f"<ACCTKEY>{company.rib_key(company.CURRENT_ACCOUNT)}\r\n</BANKACCTFROM>\r\n"
        f"<BANKTRANLIST>\r\n<DTSTART>{FIRST_DAY:%Y%m%d}\r\n<DTEND>{LAST_DAY:%Y%m%d}\r\n"
    )
    end = (
        f"</BANKTRANLIST>\r\n<LEDGERBAL>\r\n<BALAMT>{balance}\r\n</LEDGERBAL>\r\n<AVAILBAL>\r\n<BALAMT>{balance}\r\n"
        "</AVAILBAL>\r\n</STMTRS>\r\n</STMTTRNRS>\r\n</BANKMSGSRSV1>\r\n</OFX>\r\n"
    )
    return (header + signon + account + "".join(map(_movement, lines)) + end).encode("cp1252")


def savings_file(lines: Sequence[BankLine]) -> bytes:
    """The statement of the savings account as French banks export it: a preamble, then debit and credit columns."""
    closing = SAVINGS_OPENING + sum(line.amount for line in lines)
    rows: list[Sequence[str]] = [
        ("Banque de la Verrerie", "Relevé de compte"),
        ("Titulaire", company.NAME),
        ("Compte", "Livret Entreprise"),
        ("IBAN", company.iban(company.SAVINGS_ACCOUNT)),
        ("Période", f"du {_day(FIRST_DAY)} au {_day(LAST_DAY)}"),
        ("Solde au 31/10/2024", french(SAVINGS_OPENING, NBSP)),
        (f"Solde au {_day(LAST_DAY)}", french(closing, NBSP)),
        (),
        ("date", "libellé", "débit", "crédit", "solde"),
    ]
    balance = SAVINGS_OPENING
    for line in lines:
        balance += line.amount
        amount = french(abs(line.amount), NBSP)
        debit, credit = (amount, "") if line.amount < 0 else ("", amount)
        rows.append((_day(line.day), line.label, debit, credit, french(balance, NBSP)))
    return _csv(rows).encode("cp1252")
