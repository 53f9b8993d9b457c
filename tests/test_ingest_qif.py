"""QIF: dates by column, amounts as written, splits, several accounts, what is no movement."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from imports import counts, fresh_store, lines, take

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file

FILE = Path(__file__).parent / "data" / "statements" / "full.qif"
CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "qif"


def record(*fields: str) -> str:
    return "".join(f"{one}\n" for one in (*fields, "^"))


def read(*records: str, header: str = "!Type:Bank\n", encoding: str = "utf-8") -> Reading:
    return read_file(Source((header + "".join(records)).encode(encoding), "releve.qif"))


def test_accounts_splits_balances_and_investments_of_a_whole_export() -> None:
    found = read_file(Source(FILE.read_bytes(), FILE.name))
    assert found.lines.select("line", "account", "booking_date", "amount", "currency", "label", "counterparty").rows() == [
        (
            28,
            0,
            date(2026, 1, 5),
            Decimal("-15.50"),
            "EUR",
            "BOULANGERIE MOREL Facture F-2026-017 Papier Port F-2026-018 1005",
            "BOULANGERIE MOREL",
        ),
        (43, 0, date(2026, 1, 31), Decimal("100.00"), "EUR", "GARAGE LEROY F-2026-019", "GARAGE LEROY"),
    ]
    assert (found.rows, found.ignored) == (4, 2)  # the opening balance and an investment
    assert found.accounts.select("name", "currency").rows() == [("Compte courant", "EUR")]
    assert sorted(found.balances.rows()) == [
        (0, date(2026, 1, 2), Decimal("1000.00"), "opening"),
        (0, date(2026, 1, 31), Decimal("1084.50"), "closing"),
    ]
    assert found.warnings.rows() == [(None, None, "1", "investments_left_out")]


@pytest.mark.parametrize(
    ("first", "second", "order", "days"),
    [
        ("05/01/2026", "31/01/2026", "dmy", [date(2026, 1, 5), date(2026, 1, 31)]),
        ("01/05/2026", "01/31/2026", "mdy", [date(2026, 1, 5), date(2026, 1, 31)]),
        ("5/1/26", "6/1/26", "dmy", [date(2026, 1, 5), date(2026, 1, 6)]),
        ("5/ 1'26", "31/ 1' 6", "dmy", [date(2026, 1, 5), date(2006, 1, 31)]),
        ("1/ 5'26", "1/31'26", "mdy", [date(2026, 1, 5), date(2026, 1, 31)]),
        ("05.01.2026", "31.01.2026", "dmy", [date(2026, 1, 5), date(2026, 1, 31)]),
        ("2026-01-05", "2026-01-31", "ymd", [date(2026, 1, 5), date(2026, 1, 31)]),
    ],
)
def test_the_order_of_day_and_month_is_that_of_the_column(first: str, second: str, order: str, days: list[date]) -> None:
    """quiffen would read 05/01 and 31/01 of one file in two orders."""
    found = read(record(f"D{first}", "T1,00"), record(f"D{second}", "T2,00"))
    assert (found.date_order, found.lines["booking_date"].to_list()) == (order, days)


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("-10,50", "-10.50"),
        ("1.234,56", "1234.56"),
        ("-1,234.56", "-1234.56"),
        ("(12,00)", "-12.00"),
        ("−3,00", "-3.00"),
        ("12", "12.00"),
    ],
)
def test_amounts_are_read_as_written(written: str, cents: str) -> None:
    """Each of these, quiffen bends or stops at."""
    assert read(record("D05/01/2026", f"T{written}")).lines["amount"].to_list() == [Decimal(cents)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (("D30/02/2026", "T1,00"), "impossible_date"),
        (("D05/01/94", "T1,00"), "short_year"),
        (("T1,00", "PMOREL"), "missing_date"),
        (("D05/01/2026", "PMOREL"), "missing_amount"),
        (("D05/01/2026", "T1,005"), "ambiguous_amount"),
        (("D05/01/2026", "T1e5"), "bad_amount"),
        (("D05/01/2026", "T1,00", "D06/01/2026", "T2,00"), "bad_record"),
        (("D05/01/2026", "T1,00", "U2,00"), "two_amounts"),
    ],
)
def test_a_record_that_cannot_be_read_is_a_located_problem(fields: tuple[str, ...], code: str) -> None:
    found = read(record("D05/01/2026", "T10"), record(*fields), record("D06/01/2026", "T11"))
    assert found.rejected.select("line", "code").rows() == [(5, code)]
    assert found.lines["amount"].to_list() == [Decimal("10.00"), Decimal("11.00")]


def test_the_amount_for_newer_programs_stands_in_for_the_other_one() -> None:
    found = read(record("D05/01/2026", "U1 234,50"), record("D05/01/2026", "T1234,50", "U1 234,50"))
    assert found.lines["amount"].to_list() == [Decimal("1234.50")] * 2


def test_accounts_follow_their_sections() -> None:
    found = read(
        record("NCompte courant", "TBank"),
        "!Type:Bank\n",
        record("D05/01/2026", "T1,00"),
        "!Account\n",
        record("NCarte", "TCCard"),
        "!Type:CCard\n",
        record("D06/01/2026", "T-2,00"),
        header="!Account\n",
    )
    assert found.accounts["name"].to_list() == ["Compte courant", "Carte"]
    assert found.lines.select("account", "amount").rows() == [(0, Decimal("1.00")), (1, Decimal("-2.00"))]


@pytest.mark.parametrize(
    "header", ["!Type:Bank\n", "!type:bank \n", "!Type:Oth A\n", "!Option:MDY\n!Type:Cash\n", "\ufeff!Type:CCard\r\n"]
)
def test_headers_as_programs_write_them(header: str) -> None:
    assert read(record("D05/01/2026", "T1,00"), header=header).lines.height == 1


def test_lists_are_no_movements_and_unknown_sections_no_silence() -> None:
    lists = "".join(f"!Type:{name}\n{record('NDivers', 'T5,00')}" for name in ("Cat", "Class", "Memorized"))
    found = read(record("D05/01/2026", "T1,00"), lists, "!Type:Autre\n", record("D05/01/2026", "T1,00"))
    assert (found.rows, found.lines.height, found.rejected["code"].to_list()) == (2, 1, ["unknown_section"])


def test_a_file_that_stops_in_an_amount_has_no_movement_there() -> None:
    found = read(record("D05/01/2026", "T1,00"), "D06/01/2026\nT10")
    assert (found.lines.height, found.rejected["code"].to_list()) == (1, ["bad_record"])
    assert read(record("D05/01/2026", "T1,00"), "D06/01/2026\nT10\n").lines.height == 2


def test_old_encodings_and_line_ends() -> None:
    content = "!Type:Bank\r\nD05/01/2026\r\nT1,00\r\nPSociété Été\r\n^\r\n".encode("cp1252")
    found = read_file(Source(content, "releve.qif"))
    assert (found.encoding, found.lines["label"].to_list()) == ("windows-1252", ["Société Été"])


def test_a_file_of_lists_only_is_refused() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(record("NDivers"), header="!Type:Cat\n")
    assert refusal.value.code == "no_statement"


def test_the_same_file_twice_adds_nothing() -> None:
    with fresh_store() as store:
        assert counts(take(store, FILE.read_bytes(), FILE.name)) == (2, 0, 0, 0, 2, 0)
        assert counts(take(store, FILE.read_bytes(), "copie.qif")) == (0, 0, 2, 0, 2, 0)
        assert lines(store)["account"].unique().to_list() == ["Compte courant"]


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.qif")), ids=lambda path: path.stem)
def test_every_record_of_the_corpus_is_a_row(path: Path) -> None:
    content = path.read_bytes()
    expected = len(re.findall(rb"^D", content, re.MULTILINE))
    found = read_file(Source(content, path.name))
    assert found.rows == expected
    is_old = re.search(rb"^D.*/94", content, re.MULTILINE) is not None
    assert found.rejected_rows == (expected if is_old else 0)
    assert found.ignored == (expected if b"!Type:Invst" in content else 0)


def test_a_file_of_investments_only_is_counted_and_adds_no_account() -> None:
    content = b"!Type:Invst\nD05/01/2026\nNBuy\nT22,00\n^\n"
    with fresh_store() as store:
        assert counts(take(store, content, "titres.qif")) == (0, 0, 0, 0, 1, 0)
        assert lines(store).is_empty()
