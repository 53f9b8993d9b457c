"""MT940: fields by the package's patterns, days and signs as printed, several statements, the layouts of field 86."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from imports import counts, fresh_store, take

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file

FILE = Path(__file__).parent / "data" / "statements" / "two_accounts.sta"
OWN = "FR7630006000011234567890189"
OTHER = "FR7630004000031234567890143"


def statement(*fields: str, opening: str = ":60F:C260101EUR0,00", closing: str = "", account: str = OWN) -> str:
    return "\n".join((":20:REF", f":25:{account}", ":28C:1/1", opening, *fields, *([closing] if closing else []), "-")) + "\n"


def movement(
    amount: str = "10,00", mark: str = "C", day: str = "2601050105", *, reference: str = "NONREF", details: str = ""
) -> str:
    return f":61:{day}{mark}{amount}NTRF{reference}" + (f"\n:86:{details}" if details else "")


def read(*statements: str, encoding: str = "utf-8") -> Reading:
    return read_file(Source("".join(statements).encode(encoding), "releve.sta"))


def test_two_accounts_of_a_file_are_read_to_the_cent() -> None:
    found = read_file(Source(FILE.read_bytes(), FILE.name))
    assert found.lines.select("line", "account", "booking_date", "value_date", "amount", "currency", "bank_id").rows() == [
        (6, 0, date(2026, 1, 5), date(2026, 1, 5), Decimal("1234.50"), "EUR", "8765001"),
        (9, 0, date(2026, 1, 2), date(2025, 12, 31), Decimal("-12.00"), "EUR", None),
        (11, 0, date(2026, 1, 31), date(2026, 1, 31), Decimal("-200.00"), "EUR", "8765002"),
        (23, 1, date(2026, 1, 31), date(2026, 1, 31), Decimal("15.00"), "USD", None),
    ]
    assert found.lines["label"].to_list() == [
        "F-2026-017 BOULANGERIE MOREL FACTURE F-2026-017 DU 02/01/2026 VIR-2026-17 Virement recu",
        "FRAIS DE TENUE DE COMPTE",
        "VIREMENT REJETE F-2026-011 PAIEMENT FACT F-2026-011 RETOUR GARAGE LEROY",
        "REGULARISATION SUR UNE LIGNE QUI VA JUSQU AU BOUT DE SA LARGEUR AVANT DE CONTINUER",
    ]
    assert found.lines["counterparty"].to_list() == ["BOULANGERIE MOREL", None, "GARAGE LEROY", None]
    assert found.lines["counterparty_iban"].to_list() == [OTHER, None, OTHER, None]
    assert found.accounts.rows() == [
        (None, None, None, OWN, "EUR", date(2026, 1, 2), date(2026, 1, 31)),
        (None, "30006", "00099887766", None, "USD", date(2026, 1, 31), date(2026, 1, 31)),
    ]
    assert found.balances.rows() == [
        (0, date(2026, 1, 2), Decimal("1000.00"), "opening"),
        (0, date(2026, 1, 31), Decimal("2022.50"), "closing"),
        (1, date(2026, 1, 31), Decimal("-5.00"), "opening"),
        (1, date(2026, 1, 31), Decimal("10.00"), "closing"),
    ]
    assert (found.format, found.date_order, found.decimal, found.warnings.height) == ("mt940", "dmy", ",", 0)
    assert found.rows == len(re.findall(r"^:61:", FILE.read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("mark", "amount"), [("C", "10.00"), ("D", "-10.00"), ("RC", "-10.00"), ("RD", "10.00"), ("d", "-10.00")]
)
def test_a_reversal_takes_back_what_it_reverses(mark: str, amount: str) -> None:
    assert read(statement(movement(mark=mark))).lines["amount"].to_list() == [Decimal(amount)]


@pytest.mark.parametrize(
    ("day", "booked"),
    [
        ("2512310102", date(2026, 1, 2)),
        ("2601021231", date(2025, 12, 31)),
        ("260105", date(2026, 1, 5)),
        ("260105    ", date(2026, 1, 5)),
        ("2601050705", date(2026, 7, 5)),
    ],
)
def test_the_entry_date_has_the_year_nearest_to_the_value_date(day: str, booked: date) -> None:
    assert read(statement(movement(day=day))).lines["booking_date"].to_list() == [booked]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (movement(day="2602300230"), "impossible_date"),
        (movement("10,001"), "too_many_decimals"),
        (movement("1,2,3"), "bad_amount"),
        (":61:rien de lisible", "bad_record"),
        (movement(mark="X"), "bad_record"),
        (movement("12O,00"), "bad_record"),
        (movement("12,O0"), "bad_record"),
    ],
)
def test_a_movement_that_cannot_be_read_stops_no_other(field: str, code: str) -> None:
    """The package alone would move 30 February to the 28th, and stop the whole file at the other ones."""
    found = read(statement(movement("1,00"), field, movement("2,00"), closing=":62F:C260105EUR3,00"))
    assert found.rejected.select("line", "code").rows() == [(6, code)]
    assert found.lines["amount"].to_list() == [Decimal("1.00"), Decimal("2.00")]


@pytest.mark.parametrize(
    ("details", "label", "counterparty"),
    [
        ("VIR SEPA RECU\nDE MOREL", "VIR SEPA RECU DE MOREL", None),
        ("/EREF/NOTPROVIDED/ORDP//NAME/MOREL/BENM//NAME/NOUS/REMI/F-1", "MOREL NOUS F-1", "MOREL"),
        ("/RTRN/AC04/NAME/MOREL", "Rejet AC04 MOREL", "MOREL"),
        (f"/CNTP/{OTHER}/AGRIFRPP/MOREL//REMI/F-1", f"{OTHER}/AGRIFRPP/MOREL F-1", "MOREL"),
        ("?00VIR?20FACTURE?21F-1?32MOREL", "VIR FACTURE F-1 MOREL", "MOREL"),
        ("FACTURE 10/12/2026/A", "FACTURE 10/12/2026/A", None),
    ],
)
def test_the_layouts_of_field_86(details: str, label: str, counterparty: str | None) -> None:
    found = read(statement(movement(details=details))).lines
    assert (found["label"][0], found["counterparty"][0]) == (label, counterparty)


def test_information_behind_the_closing_balance_belongs_to_no_movement() -> None:
    found = read(statement(movement(details="VIR"), closing=":62F:C260105EUR10,00\n:86:PUBLICITE DE LA BANQUE"))
    assert found.lines["label"].to_list() == ["VIR"]


def test_a_long_reference_of_the_client_stays_whole() -> None:
    assert read(statement(movement(reference="FACTURE-2026-000017-BIS//B1"))).lines["label"].to_list() == [
        "FACTURE-2026-000017-BIS"
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (OWN, (None, None, OWN, "EUR")),
        (f"{OWN}EUR", (None, None, OWN, "EUR")),
        (f"AGRIFRPP/{OWN}", (None, None, OWN, "EUR")),
        ("30006/00012345678", ("30006", "00012345678", None, "EUR")),
        ("30006/00001/00012345678", ("30006 00001", "00012345678", None, "EUR")),
        ("30006000010001234567890", (None, "30006000010001234567890", None, "EUR")),
    ],
)
def test_the_account_of_field_25(written: str, expected: tuple[str | None, ...]) -> None:
    assert read(statement(movement(), account=written)).accounts.select("bank", "number", "iban", "currency").row(0) == expected


def test_balances_between_two_pages_are_no_balance_of_a_day() -> None:
    first = statement(movement(), closing=":62M:C260105EUR10,00")
    second = statement(movement("5,00"), opening=":60M:C260105EUR10,00", closing=":62F:C260105EUR15,00")
    found = read(first, second)
    assert found.balances["amount"].to_list() == [Decimal("0.00"), Decimal("15.00")]
    assert found.warnings.is_empty()


def test_a_statement_without_its_end_says_so_and_a_cut_amount_is_no_movement() -> None:
    whole = statement(movement(), closing=":62F:C260105EUR20,00")
    cut = whole[: whole.index("NTRF") - 1]
    found = read(cut)
    assert found.warnings["code"].to_list() == ["statement_incomplete"]
    assert found.rejected.select("line", "code").rows() == [(5, "bad_record")]


def test_a_gap_names_its_amount() -> None:
    found = read(statement(movement(), closing=":62F:C260105EUR25,00"))
    assert found.warnings.select("value", "code").rows() == [("15,00 (02/01/2026 → 05/01/2026)", "statement_not_balanced")]


def test_a_balance_that_cannot_be_read_is_left_out() -> None:
    found = read(statement(movement(), closing=":62F:rien"))
    assert found.warnings.select("value", "code").rows() == [("rien", "bad_balance")]


def test_windows_line_ends_and_accents() -> None:
    content = statement(movement(details="RÈGLEMENT")).replace("\n", "\r\n").encode("cp1252")
    found = read_file(Source(content, "releve.sta"))
    assert (found.encoding, found.lines["label"].to_list()) == ("windows-1252", ["RÈGLEMENT"])


def test_a_file_without_a_statement_is_refused() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(":20:REF\n:28C:1/1\n")
    assert refusal.value.code == "no_statement"


def test_the_same_statement_twice_adds_nothing() -> None:
    with fresh_store() as store:
        assert counts(take(store, FILE.read_bytes(), FILE.name))[0] == 4
        assert counts(take(store, FILE.read_bytes(), "copie.sta"))[:3] == (0, 0, 4)
