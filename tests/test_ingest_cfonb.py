"""CFONB 120: fixed columns, signs in the last digit, complements, records with or without line ends, statements cut short."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from imports import counts, fresh_store, take

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file

FILE = Path(__file__).parent / "data" / "statements" / "one_account.cfonb"
CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "cfonb"
OTHER = "FR7630004000031234567890143"


def record(code: str, *, day: str = "050126", amount: str = "", label: str = "", **more: str) -> str:
    """One record of 120 characters, from the columns of the norm (counted from 1)."""
    cells = [" "] * 120
    fixed = {
        1: code,
        3: "30006",
        12: "00001",
        17: "EUR",
        20: "2",
        22: more.get("account", "00012345678"),
        35: day,
        49: label[:31],
    }
    placed = {"reason": 41, "value": 43, "reference": 105, "decimals": 20, "currency": 17}
    asked = {at: more[name] for name, at in placed.items() if name in more}
    for at, text in (fixed | asked | ({91: amount.rjust(14, "0")} if amount else {})).items():
        cells[at - 1 : at - 1 + len(text)] = text
    return "".join(cells)


def complement(qualifier: str, text: str) -> str:
    return record("05", label="")[:45] + f"{qualifier}{text}".ljust(75)


OPENING = record("01", day="311225", amount="{")


def read(*records: str, end: str = "\n") -> Reading:
    return read_file(Source((end.join(records) + end).encode("latin-1"), "releve.txt"))


def whole(*records: str, closing: str = "{") -> Reading:
    return read(OPENING, *records, record("07", day="310126", amount=closing))


def test_a_statement_is_read_to_the_cent() -> None:
    found = read_file(Source(FILE.read_bytes(), FILE.name))
    assert found.lines.rows() == [
        (
            2,
            0,
            date(2026, 1, 5),
            date(2026, 1, 5),
            Decimal("1234.50"),
            "EUR",
            "VIR SEPA BOULANGERIE MOREL BOULANGERIE MOREL FACTURE F-2026-017 ET F-2026-018 F-2026-017",
            "BOULANGERIE MOREL",
            OTHER,
            None,
        ),
        (6, 0, date(2026, 1, 6), date(2025, 12, 31), Decimal("-12.00"), "EUR", "FRAIS DE TENUE DE COMPTE", None, None, None),
        (
            7,
            0,
            date(2026, 1, 7),
            date(2026, 1, 7),
            Decimal("-450.03"),
            "EUR",
            "PRLV IMPAYE GARAGE LEROY GARAGE LEROY Rejet 20",
            "GARAGE LEROY",
            None,
            None,
        ),
    ]
    assert found.accounts.rows() == [(None, "30006 00001", "00012345678", None, "EUR", date(2026, 1, 1), date(2026, 1, 8))]
    assert found.balances.rows() == [
        (0, date(2026, 1, 1), Decimal("1000.00"), "opening"),
        (0, date(2026, 1, 8), Decimal("1772.47"), "closing"),
    ]
    assert (found.format, found.rows, found.date_order, found.warnings.height) == ("cfonb", 3, "dmy", 0)


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_line_ends_change_nothing_but_the_line_numbers(end: str) -> None:
    records = FILE.read_text().splitlines()
    found = read_file(Source(end.join(records).encode(), "releve.txt"))
    plain = read_file(Source(FILE.read_bytes(), FILE.name))
    assert found.lines.drop("line").equals(plain.lines.drop("line"))
    assert found.balances.equals(plain.balances)
    assert found.warnings.is_empty()


def test_two_records_on_a_line() -> None:
    records = FILE.read_text().splitlines()
    pairs = ["".join(records[i : i + 2]) for i in range(0, len(records), 2)]
    assert read(*pairs).lines["line"].to_list() == [1, 3, 4]


@pytest.mark.parametrize(
    ("last", "cents"),
    [("{", "0.10"), ("A", "0.11"), ("I", "0.19"), ("}", "-0.10"), ("J", "-0.11"), ("R", "-0.19"), ("é", "0.10"), ("è", "-0.10")],
)
def test_the_last_digit_carries_the_sign(last: str, cents: str) -> None:
    """In the French variant of the code, é and è stand where others have { and }."""
    assert whole(record("04", amount=f"1{last}")).lines["amount"].to_list() == [Decimal(cents)]


@pytest.mark.parametrize(("decimals", "amount"), [("0", "1230.00"), ("1", "123.00"), ("2", "12.30"), ("3", "1.23")])
def test_the_record_counts_its_decimals(decimals: str, amount: str) -> None:
    assert whole(record("04", amount="123{", decimals=decimals)).lines["amount"].to_list() == [Decimal(amount)]


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (record("04", amount="1234"), "bad_record"),
        (record("04", amount="12X4{"), "bad_record"),
        (record("04", amount="123{", decimals=" "), "bad_record"),
        (record("04", amount="1234A", decimals="3"), "too_many_decimals"),
        (record("04", amount="123{", day="300226"), "impossible_date"),
        (record("04", amount="123{", day="  CART"), "bad_date"),
        (record("04", amount="123{", day="      "), "missing_date"),
        (record("04", amount="123{", day="010185"), "short_year"),
        (record("04", amount="123{", currency="E1R"), "unknown_currency"),
        (record("04", amount="123{")[:103], "bad_record"),
        (record("04", amount="123{") + "xx", "bad_record"),
    ],
)
def test_a_movement_that_cannot_be_read_is_a_located_problem(spoilt: str, code: str) -> None:
    found = read(OPENING, record("04", amount="1A"), spoilt, record("04", amount="2A"))
    assert found.rejected.select("line", "code").rows() == [(3, code)]
    assert found.lines["line"].to_list() == [2, 4]


def test_every_complement_joins_the_label_once() -> None:
    found = whole(
        record("04", amount="1000{", label="VIR SEPA", reference="NOTRE REF"),
        complement("LCC", "FACTURE F-1"),
        complement("LC2", "ET F-2"),
        complement("LIB", "FACTURE F-1"),
        complement("RCN", "REF CLIENT".ljust(35) + "SUPP"),
        record("05", label="")[:45],
        complement("NPY", "MOREL"),
        complement("NPO", "GROUPE MOREL"),
        closing="1000{",
    )
    assert found.lines["label"].to_list() == ["VIR SEPA FACTURE F-1 ET F-2 REF CLIENT SUPP MOREL GROUPE MOREL NOTRE REF"]
    assert found.lines["counterparty"].to_list() == ["MOREL"]
    assert found.warnings.is_empty()


def test_the_counterparty_of_a_payment_is_its_payee() -> None:
    found = whole(record("04", amount="1000}"), complement("NPY", "NOUS"), complement("NBE", "LEROY"), complement("CBE", OTHER))
    assert found.lines.select("counterparty", "counterparty_iban").rows() == [("LEROY", OTHER)]


def test_a_return_says_so() -> None:
    told = record("04", amount="1000}", label="VIR SEPA"), complement("RET", "AC04")
    assert whole(*told).lines["label"].to_list() == ["VIR SEPA AC04 Rejet"]


def test_accents_of_an_old_file() -> None:
    found = whole(record("04", amount="1000{", label="RÈGLEMENT"), closing="1000{")
    assert (found.lines["label"].to_list(), found.encoding) == (["RÈGLEMENT"], "windows-1252")


def test_two_accounts_and_the_statement_that_opens_with_the_balance_of_the_last() -> None:
    other = {"account": "00099887766"}
    found = read(
        OPENING,
        record("04", amount="1000{"),
        record("07", day="050126", amount="1000{"),
        record("01", day="050126", amount="1000{"),
        record("04", day="060126", amount="500}"),
        record("07", day="060126", amount="500{"),
        record("01", day="311225", amount="{", **other),
        record("07", day="310126", amount="{", **other),
    )
    assert found.accounts["number"].to_list() == ["00012345678", "00099887766"]
    assert found.warnings.is_empty()
    assert found.balances.select("balance_date", "amount", "kind").rows()[1:3] == [
        (date(2026, 1, 5), Decimal("100.00"), "closing"),
        (date(2026, 1, 6), Decimal("100.00"), "opening"),
    ]


@pytest.mark.parametrize(
    ("records", "lines"),
    [
        ((OPENING, record("04", amount="1{")), [None]),
        ((record("04", amount="1{"), record("07", amount="1{")), [1]),
        ((OPENING, record("04", amount="1{"), record("01", amount="1{"), record("07", amount="1{")), [3]),
        ((OPENING, record("07", amount="1{", account="00099887766")), [2, 2]),
        ((OPENING, record("04", amount="1{", account="00099887766"), record("07", amount="1{", account="00099887766")), [2, 2]),
    ],
)
def test_a_statement_without_its_beginning_or_end_says_so(records: tuple[str, ...], lines: list[int | None]) -> None:
    found = read(*records).warnings
    assert found.filter(found["code"] == "statement_incomplete")["line"].to_list() == lines


def test_what_belongs_to_no_movement_is_set_aside_and_joins_no_other() -> None:
    found = read(OPENING, complement("LCC", "ORPHELIN"), record("04", amount="1{"), "99 autre chose", complement("LCC", "PERDU"))
    assert found.warnings.filter(found.warnings["code"] == "record_set_aside")["line"].to_list() == [2, 4, 5]
    assert found.lines["label"].to_list() == [""]


def test_a_day_twice_imported_adds_nothing_and_the_next_statement_follows() -> None:
    following = "\r\n".join((
        record("01", day="080126", amount="17724G"),
        record("04", day="090126", amount="1000{", label="VIR"),
        record("07", day="310126", amount="18724G"),
    ))  # fmt: skip
    with fresh_store() as store:
        assert counts(take(store, FILE.read_bytes(), FILE.name))[0] == 3
        report = take(store, following.encode(), "suite.txt")
        assert (counts(report)[0], report.warnings.is_empty()) == (1, True)
        assert counts(take(store, FILE.read_bytes(), "copie.txt"))[:3] == (0, 0, 3)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt")), ids=lambda path: path.stem)
def test_every_movement_of_the_corpus_is_a_row(path: Path) -> None:
    content = path.read_bytes()
    expected = len(re.findall(rb"^04", content, re.MULTILINE))
    if not re.search(rb"^0[147]", content, re.MULTILINE):
        with pytest.raises(UnreadableFile) as refusal:
            read_file(Source(content, path.name))
        assert (refusal.value.code, expected) == ("no_statement", 0)
    else:
        found = read_file(Source(content, path.name))
        assert (found.rows, found.lines.height) == (expected, expected)
