"""What the readers make of every file of ../shared/corpus, beside an independent count: python tests/corpus_table.py [--write].

The counts are made without the readers: tags, record marks and rows that the csv module finds. A file whose rows differ
from its count makes the exit status 1. `--write` puts the table into docs/formats-in.md, between its corpus markers.
"""

import csv
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from models.errors import UnreadableFile  # noqa: E402 -- started as a script
from models.texts import Texts  # noqa: E402 -- started as a script
from pipelines.ingest.parts import Source  # noqa: E402 -- started as a script
from pipelines.ingest.reading import read_file  # noqa: E402 -- started as a script

CORPUS = ROOT.parent / "shared" / "corpus"
PAGE = ROOT / "docs" / "formats-in.md"
OPENED, CLOSED = "<!-- corpus -->", "<!-- /corpus -->"
_DATE = re.compile(r"^\W*(?:\d{1,4}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{8}|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4})(?:[ T,].*)?$")
_AMOUNT = re.compile(r"^\W*(?:EUR|£|€)?\s*[-+]?\d[\d .,'\u00a0]*(?:\s*(?:EUR|€))?\s*$")
#: Where a row with a date and an amount is no movement, or one without is one: counted by hand, with the reason.
BY_HAND: dict[str, tuple[int, str]] = {
    "Corsud__Tresoperso__bnp_header_account_line.csv": (2, "the line of the account has the balance and its day"),
    "Corsud__Tresoperso__bnp_old_headerless_quirks.csv": (6, "two movements have dates in another form or a broken amount"),
    "jbleduigou__budgetcategorizer__credit_agricole_multiline.csv": (7, "three amounts are broken"),
    "BananaAccounting__Switzerland__offerte-e-fatture-personalized-exported-test.csv": (5, "13 rows of 5 numbers"),
    "BananaAccounting__Universal__invoices_new_format.csv": (7, "14 rows of 7 numbers"),
    "BananaAccounting__Universal__invoices_with_missing_data.csv": (8, "15 rows of 8 numbers"),
    "eworkforce__app_recouvrement__clients_exemple.csv": (5, "clients have neither date nor amount"),
    "jemmyw__Qif__3_records_invalid_header.qif": (3, "a mark ends the header"),
}


@dataclass(frozen=True)
class Line:
    """A line of the table: the file, what it was read as, its counts or the sentence of its refusal."""

    name: str
    format: str
    rows: int | None
    rejected: int
    ignored: int
    counted: int
    refusal: str = ""

    @property
    def is_right(self) -> bool:
        """Refused, or read with as many rows as were counted."""
        return self.rows is None or self.rows == self.counted

    @property
    def said(self) -> str:
        """Three cells: good rows, rejected and ignored ones, or why there are none."""
        if self.rows is None:
            return f"refusé : {self.refusal.replace('|', '/')} | | "
        return f"{self.rows - self.rejected - self.ignored} | {self.rejected} | {self.ignored}"


def _tags(name: str) -> Callable[[bytes], int]:
    return lambda content: len(re.findall(rf"(?i)<(?:\w+:)?{name}\s*>".encode(), content.replace(b"\x00", b"")))


def _pdf_or_xml(content: bytes) -> int:
    return int(b"/EmbeddedFile" in content or b"CrossIndustry" in content)


def _rows(content: bytes) -> int:
    """Rows of a delimited text with a date and an amount."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    separator = max(";,\t|", key=text.count)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    return sum(any(map(_DATE.match, row)) and any(_AMOUNT.match(cell) and not _DATE.match(cell) for cell in row) for row in rows)


def _client_lines(content: bytes) -> int:
    """Lines of a ledger on a client account: each is a document or a receipt."""
    rows = [re.split(r"[\t|]", line) for line in content.decode("latin-1").splitlines()]
    at = [name.strip() for name in rows[0]].index("CompteNum")
    return sum(len(row) > at and row[at].startswith("411") for row in rows)


COUNTS: dict[str, Callable[[bytes], int]] = {
    "ofx": _tags("STMTTRN"),
    "camt": _tags("Ntry"),
    "cfonb": lambda content: len(re.findall(rb"(?m)^04", content)),
    "qif": lambda content: len(re.findall(rb"(?m)^\s*\^", content)),
    "facturx": _pdf_or_xml,
    "bank_csv": _rows,
    "invoice_csv": _rows,
    "fec": _client_lines,
}


def lines() -> list[Line]:
    """The table, by folder and name."""
    texts, found = Texts("fr"), []
    for path in sorted(one for folder in COUNTS for one in (CORPUS / folder).iterdir()):
        content, name = path.read_bytes(), f"{path.parent.name}/{path.name}"
        counted = BY_HAND[path.name][0] if path.name in BY_HAND else COUNTS[path.parent.name](content)
        try:
            reading = read_file(Source(content, path.name))
        except UnreadableFile as error:
            sentence = texts.t(error.template, **(error.fields | {"name": "…"}))
            found.append(Line(name, path.parent.name, None, 0, 0, counted, sentence))
        else:
            found.append(Line(name, reading.format, reading.rows, reading.rejected_rows, reading.ignored, counted))
    return found


def table(found: list[Line]) -> str:
    """The lines in Markdown, headed in French."""
    head = (
        "| fichier | format | lignes lues | rejetées | ignorées | comptées à part |\n| --- | --- | ---: | ---: | ---: | ---: |\n"
    )
    body = "".join(f"| {one.name} | {one.format} | {one.said} | {one.counted} |\n" for one in found)
    return head + body


def main() -> int:
    """Print or write the table; 1 if a count differs."""
    if not CORPUS.exists():
        print(f"There is no corpus at {CORPUS}.")
        return 1
    found = lines()
    wrong = [one for one in found if not one.is_right]
    if "--write" in sys.argv and not wrong:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(OPENED)
        after = rest.partition(CLOSED)[2]
        PAGE.write_text(f"{before}{OPENED}\n{table(found)}{CLOSED}{after}", encoding="utf-8")
    print(table(found) if "--write" not in sys.argv else "")
    for one in wrong:
        print(f"{one.name}: {one.rows} rows read, {one.counted} counted")
    refused = sum(one.rows is None for one in found)
    print(f"{len(found)} files: {len(found) - refused} read, {refused} refused, {len(wrong)} with another count")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
