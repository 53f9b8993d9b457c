"""What an e-invoice says, as text, whichever of the two syntaxes of EN 16931 it is written in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree
from stdnum.fr import siren as siren_number

#: Schemes of identifiers (ISO 6523) that hold a SIREN: of SIREN, of SIRET, and of the addresses of the French platforms.
_FRENCH_SCHEMES = {"", "0002", "0009", "0225", "SIREN", "SIRET"}
_SIREN = re.compile(r"(?:FR[0-9A-Z]{2})?([0-9]{9})(?:[0-9]{5})?(?:_.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Party:
    """A seller or a buyer.

    Attributes:
        name: the legal one.
        code: what the other party calls it.
        ids: (scheme, identifier) of its legal, tax and electronic identifiers, the surest first.
        address: in one line.
    """

    name: str | None = None
    code: str | None = None
    ids: tuple[tuple[str, str], ...] = ()
    email: str | None = None
    phone: str | None = None
    address: str | None = None

    @property
    def sirens(self) -> tuple[str, ...]:
        """The SIREN numbers in its identifiers, those with a right check digit first."""
        found = [
            match[1]
            for scheme, written in self.ids
            if scheme.upper() in _FRENCH_SCHEMES or written.upper().startswith("FR")
            if (match := _SIREN.fullmatch(re.sub(r"[\s.]", "", written)))
        ]
        return tuple(sorted(dict.fromkeys(found), key=lambda number: not siren_number.is_valid(number)))


@dataclass(frozen=True)
class TradeDocument:
    """An invoice or credit note as written; absent values None. BT numbers are the terms of EN 16931.

    Attributes:
        syntax: cii or ubl.
        type_code: UNTDID 1001 (BT-3). `process`: business process (BT-23), of which France lists the codes.
        issue_date: BT-2. `due_date`: BT-9.
        basis: total without VAT (BT-109). `tax`: VAT (BT-110). `total`: with VAT (BT-112). `prepaid`: BT-113. `due`: BT-115.
        order: the buyer's order (BT-13). `preceding`: numbers of the invoices that it refers to (BT-25).
        tags: canonical column -> element, for people.
    """

    syntax: str
    number: str | None
    type_code: str | None
    process: str | None
    issue_date: str | None
    due_date: str | None
    currency: str | None
    basis: str | None
    tax: str | None
    total: str | None
    prepaid: str | None
    due: str | None
    order: str | None
    preceding: tuple[str, ...]
    seller: Party
    buyer: Party
    tags: dict[str, str] = field(default_factory=dict)


def nodes(node: etree._Element, path: str) -> list[etree._Element]:
    """The elements at a path of local names, "|" between names that mean the same; namespaces changed with the versions."""
    found = [node]
    for step in path.split("/"):
        names = step.split("|")
        found = [child for parent in found for child in parent if etree.QName(child).localname in names]
    return found


def texts(node: etree._Element, *paths: str) -> Iterator[str]:
    """The texts at the paths, in their order, empty ones left out."""
    for path in paths:
        for found in nodes(node, path):
            if text := " ".join("".join(str(part) for part in found.itertext()).split()):
                yield text


def text(node: etree._Element, *paths: str) -> str | None:
    """The first text at the paths."""
    return next(texts(node, *paths), None)


def ids(node: etree._Element, *paths: str) -> tuple[tuple[str, str], ...]:
    """(scheme, identifier) of the identifiers at the paths."""
    return tuple(
        (found.get("schemeID") or "", found.text.strip())
        for path in paths
        for found in nodes(node, path)
        if found.text and found.text.strip()
    )


def amount(node: etree._Element, path: str, currency: str | None) -> str | None:
    """The amount at the path in the document's currency; the tax may also be told in another one."""
    found = [(one.get("currencyID") or currency, one.text.strip()) for one in nodes(node, path) if one.text and one.text.strip()]
    return next((written for code, written in found if code == currency), found[0][1] if found else None)


def one_line(node: etree._Element, *paths: str) -> str | None:
    """The texts at the paths in one line."""
    return ", ".join(texts(node, *paths)) or None
