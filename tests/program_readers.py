"""Small readers of the files of accountants' programs: written from the layouts' sources, apart from `layouts.toml`.

Each gives, line by line in the file's order, what that program would take: journal, day, account, client's code, document, due
date, signed amount, and the number of the entry where the format has one.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from python_calamine import CalamineWorkbook

Fields = Mapping[str, tuple[int, int]]
#: Name -> first position (from 1) and length.
PNM: Fields = {
    "journal": (1, 3), "date": (4, 6), "type": (10, 2), "account": (12, 13), "kind": (25, 1), "client": (26, 13),
    "piece": (39, 13), "label": (52, 25), "method": (77, 1), "due": (78, 6), "side": (84, 1), "amount": (85, 20), "n": (105, 1),
    "number": (106, 7), "rest": (113, 26),
}  # fmt: skip
QUADRA: Fields = {
    "type": (1, 1), "account": (2, 8), "journal": (10, 2), "folio": (12, 3), "date": (15, 6), "code": (21, 1), "label": (22, 20),
    "side": (42, 1), "sign": (43, 1), "cents": (44, 12), "counterpart": (56, 8), "due": (64, 6), "letter": (70, 2),
    "blank": (72, 28), "piece": (100, 8), "currency": (108, 3), "journal3": (111, 3), "vat": (114, 3), "label30": (117, 30),
    "vat_code": (147, 2), "piece10": (149, 10),
}  # fmt: skip
TRA: Fields = {
    "journal": (1, 3), "date": (4, 8), "type": (12, 2), "account": (14, 17), "kind": (31, 1), "client": (32, 17),
    "piece": (49, 35), "label": (84, 35), "method": (119, 3), "due": (122, 8), "side": (130, 1), "amount": (131, 20),
    "n": (151, 1), "number": (152, 8), "currency": (160, 3), "rest": (163, 60),
}  # fmt: skip
CIEL: Fields = {
    "number": (1, 5), "journal": (6, 2), "date": (8, 8), "due": (16, 8), "piece": (24, 12), "account": (36, 11),
    "label": (47, 25), "amount": (72, 13), "side": (85, 1), "check": (86, 12), "analytic": (98, 6), "title": (104, 34),
    "euro": (138, 1), "version": (139, 4),
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """A line as a program takes it; an empty client where the format gives the client's code as the account."""

    journal: str
    day: date
    account: str
    client: str
    piece: str
    due: date | None
    amount: Decimal
    number: int | None


def cut(line: bytes, fields: Fields) -> dict[str, str]:
    """The fields of a line, which follow each other without a hole up to its last byte."""
    at = 1
    for start, length in fields.values():
        assert start == at
        at += length
    assert at == len(line) + 1
    return {name: line[start - 1 : start - 1 + length].decode("latin-1") for name, (start, length) in fields.items()}


def rows_of(content: bytes, length: int) -> list[bytes]:
    """The lines of a file that ends each with CRLF, all but the first of that length."""
    assert content.endswith(b"\r\n")
    rows = content.split(b"\r\n")[:-1]
    assert {len(row) for row in rows[1:]} == {length}
    assert b"\n" not in content.replace(b"\r\n", b"")
    return rows


def number(text: str) -> Decimal:
    """An amount with a point or a comma."""
    return Decimal(text.strip().replace(",", "."))


def _day(text: str, form: str) -> date | None:
    return datetime.strptime(text.strip(), form).date() if text.strip() else None


def _line(row: Mapping[str, str], form: str) -> Read:
    """The line of a format that gives a side and an amount that is not negative."""
    amount = Decimal(row["cents"]) / 100 if "cents" in row else number(row["amount"])
    assert row.get("sign", "+") == "+"
    assert amount > 0
    day = _day(row["date"], form)
    assert day is not None
    return Read(
        row["journal"].strip(), day, row["account"].strip(), row.get("client", "").strip(), row["piece"].strip(),
        _day(row["due"], form), {"D": amount, "C": -amount}[row["side"]], int(row["number"]) if "number" in row else None,
    )  # fmt: skip


def _fixed(fields: Fields, length: int, form: str, head: int = 0) -> Callable[[bytes], list[Read]]:
    return lambda content: [_line(cut(row, fields), form) for row in rows_of(content, length)[head:]]


def _ebp(content: bytes) -> list[Read]:
    names = ("number", "date", "journal", "account", "automatic", "label", "piece", "amount", "side", "due", "blank")
    rows = csv.reader(io.StringIO(content.decode("cp850"), newline=""))
    return [_line(dict(zip(names, row, strict=True)), "%d%m%Y") for row in rows]


def _sage100(content: bytes) -> list[Read]:
    found = []
    for row in content.decode("cp1252").split("\r\n")[:-1]:
        kind, journal, day, entry, account, client, _, _, due, debit, credit = row.split("\t")
        assert kind == "G"
        when = _day(day, "%d%m%y")
        assert when is not None
        owed = number(debit) - number(credit)
        # The format has no document: its label tells it.
        found.append(Read(journal, when, account, client, "", _day(due, "%d%m%y"), owed, int(entry)))
    return found


def _fec(content: bytes) -> list[Read]:
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [
        Read(
            row["JournalCode"], datetime.strptime(row["EcritureDate"], "%Y%m%d").date(), row["CompteNum"],
            row["CompAuxNum"], row["PieceRef"], None, number(row["Debit"]) - number(row["Credit"]), int(row["EcritureNum"]),
        )
        for row in rows
    ]  # fmt: skip


def _csv(content: bytes) -> list[Read]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    return [
        Read(
            row["Journal"], datetime.strptime(row["Date"], "%d/%m/%Y").date(), row["Compte"],
            row["Code client"], row["Pièce"], _day(row["Échéance"], "%d/%m/%Y"), number(row["Débit"]) - number(row["Crédit"]),
            int(row["Écriture"]),
        )
        for row in rows
    ]  # fmt: skip


def _xlsx(content: bytes) -> list[Read]:
    titles, *rows = CalamineWorkbook.from_object(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    found = []
    for cells in rows:
        row = dict(zip(map(str, titles), cells, strict=True))
        day, due = row["Date"], row["Échéance"]
        assert isinstance(day, date)
        owed = round(Decimal(str(row["Débit"])) - Decimal(str(row["Crédit"])), 2)
        words = [str(row[name]) for name in ("Journal", "Compte", "Code client", "Pièce")]
        found.append(
            Read(
                words[0],
                day,
                words[1],
                words[2],
                words[3],
                due if isinstance(due, date) else None,
                owed,
                int(str(row["Écriture"]).partition(".")[0]),
            )
        )
    return found


#: The reader of each format.
READERS: Mapping[str, Callable[[bytes], list[Read]]] = {
    "fec": _fec,
    "sage-pnm": _fixed(PNM, 138, "%d%m%y", 1),
    "sage100": _sage100,
    "quadra": _fixed(QUADRA, 158, "%d%m%y"),
    "tra": _fixed(TRA, 222, "%d%m%Y", 1),
    "ebp": _ebp,
    "ciel": _fixed(CIEL, 142, "%Y%m%d"),
    "csv": _csv,
    "xlsx": _xlsx,
}
