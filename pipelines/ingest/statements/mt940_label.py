"""What field 86 of an MT940 statement says: the label, who is on the other side, and that party's IBAN."""

import re
from collections.abc import Iterator

from pipelines.ingest.statements.own_accounts import valid_iban

_WIDTH = 65  # of a line in field 86: a full one runs on into the next, even inside a word
_PART_WIDTH = 27  # of a subfield in the German layout, likewise
_SUBFIELD = re.compile(r"\?([0-9]{2})")
_STRUCTURED = re.compile(r"^[0-9]{0,3}\?[0-9]{2}")
_SLASHED = re.compile(
    r"/(EREF|KREF|IREF|PREF|REMI|USTD|STRD|NAME|IBAN|BIC|BENM|ORDP|CNTP|ACCT|ADDR|CSID|MARF|RTRN|ISDT|TRCD|TRTP|PURP|BUSP)(?=/)"
)
_SEPA = re.compile(r"(?:EREF|KREF|MREF|CRED|DEBT|SVWZ|PURP|ABWA|ABWE|IBAN|BIC)\+")
_NO_REFERENCE = {"NOTPROVIDED", "NONREF", "NONE"}
_CODES = {"BIC", "ISDT", "TRCD", "TRTP", "PURP", "BUSP"}  # codes and dates that no label needs
_PARTIES = {"ORDP", "BENM"}


def is_reference(text: str) -> bool:
    """Whether the text is more than a word for none."""
    return bool(text) and text.upper() not in _NO_REFERENCE


def described(fields: list[list[str]], *, is_debit: bool) -> tuple[list[str], str | None, str | None]:
    """Parts of the label, counterparty and its IBAN.

    Args:
        fields: the lines of each field 86 of a movement.
        is_debit: money leaves the account.
    """
    parts: list[str] = []
    name = iban = None
    for lines in fields:
        text = _joined(lines)
        if _STRUCTURED.match(text):
            found, own_name, own_iban = _subfields(text)
        elif _SLASHED.search(text):
            found, own_name, own_iban = _slashed(text, wanted="BENM" if is_debit else "ORDP")
        else:
            found, own_name, own_iban = [text], None, None
        parts += found
        name, iban = name or own_name, iban or own_iban
    return parts, name, iban


def _joined(lines: list[str]) -> str:
    """The lines of a field as one text."""
    text = ""
    for i, line in enumerate(lines):
        is_full = i > 0 and len(lines[i - 1]) >= _WIDTH
        text += line if i == 0 or is_full or line.startswith("?") else f" {line}"
    return text


def _subfields(text: str) -> tuple[list[str], str | None, str | None]:
    """The German layout, which several banks in France use: ?00 posting text, ?20 to ?29 purpose, ?31 account, ?32 name."""
    found = _SUBFIELD.split(text)
    pairs = list(zip(found[1::2], found[2::2], strict=True))
    purpose = ""
    for code, value in pairs:
        if "20" <= code <= "29" or "60" <= code <= "63":
            purpose += value if len(value) >= _PART_WIDTH else f"{value} "
    name = "".join(value for code, value in pairs if code in ("32", "33")).strip() or None
    iban = next((account for code, value in pairs if code in ("31", "38") and (account := valid_iban(value))), None)
    posting = [value for code, value in pairs if code == "00"]
    said = [part.strip() for part in _SEPA.split(purpose)]
    return [*posting, *(part for part in said if is_reference(part)), *([name] if name else [])], name, iban


def _slashed(text: str, *, wanted: str) -> tuple[list[str], str | None, str | None]:
    """The layout of code words between slashes, such as /EREF/F-1/ORDP//NAME/MOREL/REMI/FACTURE F-1."""
    found = _SLASHED.split(text)
    parts = [found[0].strip("/ ")]
    names: dict[str, str] = {}
    iban = None
    party = wanted
    for code, value in _pairs(found):
        if code in _PARTIES:
            party = code
        if code == "RTRN":
            parts.append("Rejet")  # the French bank word, so that a returned payment is known for one
        if code == "CNTP":
            told = value.split("/")
            iban = iban or valid_iban(told[0])
            names.setdefault(wanted, told[2] if len(told) > 2 else "")  # noqa: PLR2004 -- account, BIC, name
        if code == "NAME":
            names.setdefault(party, value)
        if code in ("IBAN", "ACCT") and party == wanted:
            iban = iban or valid_iban(value)
        if code not in _CODES and is_reference(value) and not valid_iban(value):
            parts.append(value)
    return [part for part in parts if part], names.get(wanted) or None, iban


def _pairs(found: list[str]) -> Iterator[tuple[str, str]]:
    for code, value in zip(found[1::2], found[2::2], strict=True):
        yield code, value.strip("/ ")
