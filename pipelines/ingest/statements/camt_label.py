"""What an entry of a camt file says of itself: its label, who is on the other side, and that party's IBAN."""

from collections.abc import Iterator

from lxml import etree

_NO_REFERENCE = {"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOTAVAILABLE"}
#: Of the entry, then of each transaction in it: what the label takes, in this order.
_OF_ENTRY = ("AddtlNtryInf", "NtryDtls/Btch/PmtInfId", "Btch/PmtInfId")
_OF_DETAIL = (
    "RmtInf/Ustrd",
    "RmtInf/Strd/RfrdDocInf/Nb",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Strd/CdtrRefInf/CdtrRef",
    "RmtInf/Strd/AddtlRmtInf",
    "Refs/EndToEndId",
    "Refs/MndtId",
    "Refs/ChqNb",
    "RtrInf/Rsn/Cd",
    "RtrInf/Rsn/Prtry",
    "RtrInf/AddtlInf",
    "AddtlTxInf",
)
_NAMES = ("RltdPties/{}/Nm", "RltdPties/{}/Pty/Nm")


class Leaves(dict[str, list[str]]):
    """The texts of an element by path; an attribute stands under path@name."""

    def first(self, *paths: str) -> str | None:
        """The first text under the first of the paths that has one."""
        return next((self[path][0] for path in paths if path in self), None)

    def every(self, *paths: str) -> Iterator[str]:
        """All texts, path by path."""
        for path in paths:
            yield from self.get(path, ())


def taken_apart(node: etree._Element) -> tuple[Leaves, list[Leaves]]:
    """The leaves of an element, and apart from them those of each transaction (TxDtls) inside."""
    leaves, details = Leaves(), []
    waiting = [(node, "", leaves)]
    while waiting:
        parent, path, into = waiting.pop()
        children = []
        for child in parent:
            if not isinstance(child.tag, str):
                continue
            name = child.tag.rpartition("}")[2]
            if name == "TxDtls":
                details.append(Leaves())
                children.append((child, "", details[-1]))
            else:
                at = path + name
                children.append((child, f"{at}/", into))
                if text := (child.text or "").strip():
                    into.setdefault(at, []).append(text)
                for key, value in child.attrib.items():
                    into.setdefault(f"{at}@{key}", []).append(value)
        waiting.extend(reversed(children))
    return leaves, details


def described(entry: Leaves, details: list[Leaves], *, own: str | None, is_debit: bool) -> tuple[str, str | None, str | None]:
    """Label, counterparty and its IBAN.

    Args:
        entry: the leaves of the entry.
        details: those of its transactions.
        own: the account's IBAN, which no counterparty has.
        is_debit: money leaves the account.
    """
    is_reversal = entry.first("RvslInd") in ("true", "1")
    other = "Cdtr" if is_debit != is_reversal else "Dbtr"
    parties = [_party(detail, other, own) for detail in details]
    parts = list(entry.every(*_OF_ENTRY))
    # The French words of bank labels for what a tag says, so that a returned payment is known for one.
    if any(path.startswith("RtrInf/") for detail in details for path in detail):
        parts.append("Rejet")
    elif is_reversal:
        parts.append("Extourne")
    for detail, (names, _) in zip(details, parties, strict=True):
        parts += names
        parts += [text for text in detail.every(*_OF_DETAIL) if text.upper() not in _NO_REFERENCE]
    payers = {found[0] for found, _ in parties if found}
    ibans = {iban for _, iban in parties if iban}
    label = " ".join(dict.fromkeys(parts))
    return label, _only(payers, len(parties)), _only(ibans, len(parties))


def _only(found: set[str], count: int) -> str | None:
    """The one value that all transactions of an entry share, if they do."""
    return next(iter(found)) if len(found) == 1 and count else None


def _party(detail: Leaves, other: str, own: str | None) -> tuple[list[str], str | None]:
    """Names (the party first, then the one it acts for) and IBAN of the other side of one transaction.

    Some banks name the parties of the transaction that a return takes back, or the other side under our tags: a party with
    the account's own IBAN is never the other side, and one with another IBAN may be.
    """
    here, there = (_names(detail, side) for side in (other, "Dbtr" if other == "Cdtr" else "Cdtr"))
    (names, iban), (names_there, iban_there) = here, there
    is_own = iban is not None and iban == own
    if is_own or (not names and iban_there is not None and iban_there != own):
        return names_there, iban_there
    return names, iban


def _names(detail: Leaves, side: str) -> tuple[list[str], str | None]:
    paths = [name.format(prefix + side) for prefix in ("", "Ultmt") for name in _NAMES]
    iban = detail.first(f"RltdPties/{side}Acct/Id/IBAN")
    return list(dict.fromkeys(detail.every(*paths))), iban.replace(" ", "") if iban else None
