"""SEPA credit transfers as ISO 20022 pain.001.001.09, by the EPC customer-to-bank guidelines (EPC132-08).

One payment block, executed on one day from one account, one transfer per invoice. Texts keep to the characters that every
bank takes; an amount has two decimals; the sums stand where the bank checks them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from unicodedata import normalize

from lxml import etree

from models.errors import Refused
from models.money import CENT, ZERO

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
#: The SEPA basic Latin set, and the lengths of names, remittance texts and references.
_ALLOWED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_NAME, _TEXT, _REFERENCE = 70, 140, 35
_MOST = Decimal("999999999.99")
#: The first two letters of the IBANs that a SEPA transfer reaches (EPC409-09): the European Economic Area, then others.
_SEPA = (
    "AT BE BG CY CZ DE DK EE ES FI FR GI GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK "
    "AD AL CH GB MC MD ME MK RS SM VA"
)
_LETTERS = str.maketrans(
    {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "’": "'", "–": "-", "—": "-", "&": "+", "_": "-"}
)


@dataclass(frozen=True)
class Transfer:
    """One transfer: the invoice's number, the supplier's name and IBAN, and the amount in euros."""

    reference: str
    name: str
    iban: str
    amount: Decimal


@dataclass(frozen=True)
class Transfers:
    """A file of transfers.

    Attributes:
        message_id: unique for the bank, at most 35 characters.
        made_at: UTC. `pay_on`: the day of execution.
        debtor, iban, bic: who pays, from which account; the bank's BIC may be unknown.
    """

    message_id: str
    made_at: datetime
    pay_on: date
    debtor: str
    iban: str
    bic: str | None
    transfers: tuple[Transfer, ...]

    @property
    def total(self) -> Decimal:
        """The control sum."""
        return sum((transfer.amount for transfer in self.transfers), ZERO)


def transfers_file(made: Transfers) -> bytes:
    """The XML of the transfers.

    Raises:
        Refused: no transfer, an amount out of bounds, or one invoice twice.
    """
    _check(made.transfers)
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    initiation = _add(root, "CstmrCdtTrfInitn")
    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", made.message_id[:_REFERENCE])
    _add(header, "CreDtTm", made.made_at.isoformat(timespec="seconds"))
    _sums(header, made)
    _add(_add(header, "InitgPty"), "Nm", bank_text(made.debtor, _NAME))
    block = _add(initiation, "PmtInf")
    _add(block, "PmtInfId", made.message_id[:_REFERENCE])
    _add(block, "PmtMtd", "TRF")
    _sums(block, made)
    _add(_add(_add(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(_add(block, "ReqdExctnDt"), "Dt", made.pay_on.isoformat())
    _add(_add(block, "Dbtr"), "Nm", bank_text(made.debtor, _NAME))
    _account(block, "DbtrAcct", made.iban)
    agent = _add(_add(block, "DbtrAgt"), "FinInstnId")
    if made.bic:
        _add(agent, "BICFI", made.bic)
    else:
        _add(_add(agent, "Othr"), "Id", "NOTPROVIDED")
    _add(block, "ChrgBr", "SLEV")
    references = _references(made.transfers)
    for rank, (transfer, reference) in enumerate(zip(made.transfers, references, strict=True), start=1):
        _transfer(block, transfer, f"{rank:03}-{made.message_id[-12:]}", reference)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def is_in_sepa(iban: str) -> bool:
    """Whether a SEPA transfer reaches an account."""
    return iban[:2] in _SEPA.split()


def bank_text(text: str, length: int) -> str:
    """A text in the characters that every bank takes, without the slashes that it forbids, at most that long."""
    plain = normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode("ascii")
    words = " ".join(_ALLOWED.sub(" ", plain).split())
    return re.sub(r"/{2,}", "/", words).strip("/ ")[:length].strip("/ ") or "-"


def _check(transfers: tuple[Transfer, ...]) -> None:
    if not transfers:
        raise Refused("no_transfer", "There is nothing to transfer.")
    seen = set()
    for transfer in transfers:
        if not CENT <= transfer.amount <= _MOST:
            raise Refused("bad_transfer", "{number}: a transfer lies between 0.01 and 999,999,999.99.", number=transfer.reference)
        if (transfer.iban, transfer.reference) in seen:
            raise Refused("transfer_twice", "{number} stands twice.", number=transfer.reference)
        seen.add((transfer.iban, transfer.reference))


def _references(transfers: tuple[Transfer, ...]) -> list[str]:
    """The invoices' numbers as the bank takes them, each once: of two that read the same, the second gets a 2."""
    taken: list[str] = []
    for transfer in transfers:
        plain = reference = bank_text(transfer.reference, _REFERENCE)
        rank = 1
        while reference in taken:
            rank += 1
            reference = f"{plain[: _REFERENCE - len(f'-{rank}')]}-{rank}"
        taken.append(reference)
    return taken


def _transfer(block: etree._Element, transfer: Transfer, instruction: str, reference: str) -> None:
    parent = _add(block, "CdtTrfTxInf")
    ids = _add(parent, "PmtId")
    _add(ids, "InstrId", instruction)
    _add(ids, "EndToEndId", reference)
    _add(_add(parent, "Amt"), "InstdAmt", f"{transfer.amount:.2f}").set("Ccy", "EUR")
    _add(_add(parent, "Cdtr"), "Nm", bank_text(transfer.name, _NAME))
    _account(parent, "CdtrAcct", transfer.iban)
    _add(_add(parent, "RmtInf"), "Ustrd", bank_text(transfer.reference, _TEXT))


def _sums(parent: etree._Element, made: Transfers) -> None:
    _add(parent, "NbOfTxs", str(len(made.transfers)))
    _add(parent, "CtrlSum", f"{made.total:.2f}")


def _account(parent: etree._Element, name: str, iban: str) -> None:
    _add(_add(_add(parent, name), "Id"), "IBAN", iban)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = text
    return element
