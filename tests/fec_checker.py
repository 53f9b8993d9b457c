"""Whether a file has the structure of a FEC: written from the law and the rules of the trade, not from the program.

LPF, article A47 A-1: eighteen columns in their order, a tab or "|" between them, dates AAAAMMJJ, decimal comma without thousands
separator. Stricter than the tax office's own checker: days that exist, one amount per line, each entry balanced and of one
journal, day and piece, numbers that follow each other within each journal, lettering with its date and to the cent.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef",
    "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
_NEEDED = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "PieceRef", "PieceDate", "EcritureLib",
    "Debit", "Credit", "ValidDate",
)  # fmt: skip
_NAME = re.compile(r"[0-9]{9}FEC20[0-9]{2}[0-1][0-9][0-3][0-9]\.txt")
Row = dict[str, str]


def faults(content: bytes, name: str, *, is_whole: bool = True) -> list[str]:
    """What is wrong with the file; `is_whole`: it has all entries since the first, so that lettering must balance in it."""
    found = [] if _NAME.fullmatch(name) else [f"name {name}"]
    text = content.decode("utf-8")
    if text.startswith("\ufeff"):
        found.append("byte order mark")
    lines = text.split("\r\n")
    if lines.pop() != "":
        found.append("last line without its end")
    if any("\r" in line or "\n" in line for line in lines):
        found.append("line ends")
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        found.append("header")
    rows: list[Row] = []
    for at, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            found.append(f"line {at}: {len(cells)} fields")
            continue
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    for at, row in enumerate(rows, start=2):
        found += [f"line {at}: {fault}" for fault in _of_line(row)]
    return found or [*_of_entries(rows), *_of_lettering(rows, is_whole=is_whole)]


def _of_line(row: Row) -> Iterator[str]:
    yield from (f"{name} is empty" for name in _NEEDED if not row[name])
    for name in ("EcritureDate", "PieceDate", "ValidDate", "DateLet"):
        if row[name] and not _is_day(row[name]):
            yield f"{name} {row[name]}"
    for name in ("Debit", "Credit"):
        if not re.fullmatch(r"[0-9]+,[0-9]{2}", row[name]):
            yield f"{name} {row[name]}"
            return
    if (amount(row["Debit"]) == 0) == (amount(row["Credit"]) == 0):
        yield "debit and credit both set, or both zero"
    if not re.match(r"[1-9][0-9]{2}", row["CompteNum"]):
        yield f"CompteNum {row['CompteNum']}"
    if bool(row["EcritureLet"]) != bool(row["DateLet"]):
        yield "lettering without its date, or a date without it"
    if bool(row["CompAuxNum"]) != bool(row["CompAuxLib"]):
        yield "an auxiliary account without its name"
    if any(cell != cell.strip() or "|" in cell for cell in row.values()):
        yield "a cell that begins or ends with a space, or holds a separator"


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9]{8}", text)) and datetime.strptime(text, "%Y%m%d").strftime("%Y%m%d") == text
    except ValueError:
        return False


def amount(text: str) -> Decimal:
    """An amount of the file."""
    return Decimal(text.replace(",", "."))


def _of_entries(rows: list[Row]) -> Iterator[str]:
    entries: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        entries[row["JournalCode"], row["EcritureNum"]].append(row)
    for key, lines in entries.items():
        if sum((amount(line["Debit"]) - amount(line["Credit"]) for line in lines), Decimal(0)):
            yield f"{key} does not balance"
        if len({(line["EcritureDate"], line["PieceRef"], line["ValidDate"]) for line in lines}) != 1:
            yield f"{key} has several days or pieces"
    for journal in {key[0] for key in entries}:
        numbers = [int(number) for code, number in entries if code == journal]
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            yield f"{journal}: numbers do not follow each other"
    days = [row["ValidDate"] for row in rows]
    if days != sorted(days):
        yield "not in the order of validation"
    for code, title in (("CompteNum", "CompteLib"), ("CompAuxNum", "CompAuxLib"), ("JournalCode", "JournalLib")):
        names: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            names[row[code]].add(row[title])
        yield from (f"{code} {one} has several names" for one, said in names.items() if len(said) > 1)


def _of_lettering(rows: list[Row], *, is_whole: bool) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["EcritureLet"]:
            groups[row["CompAuxNum"], row["EcritureLet"]].append(row)
    for key, lines in groups.items():
        if len({line["DateLet"] for line in lines}) != 1:
            yield f"{key}: several days of lettering"
        if any(line["EcritureDate"] > line["DateLet"] for line in lines):
            yield f"{key}: lettered before its entry"
        balance = sum((amount(line["Debit"]) - amount(line["Credit"]) for line in lines), Decimal(0))
        if is_whole and key[1].isupper() and (balance or len(lines) < 2):
            yield f"{key}: lettered in capitals and does not balance"
        if is_whole and key[1].islower() and not balance:
            yield f"{key}: lettered in small letters and balances"
