"""The banks whose CSV exports are known: a file of each, the rows that a person counts in it, and what they must give."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.profiles import built_in
from pipelines.ingest.reading import Reading, read_file

BANKS = Path(__file__).parent / "data" / "banks"
CORPUS = Path(__file__).parents[1].parent / "shared" / "corpus" / "bank_csv"

#: Profile -> amounts of the movements in file order, ignored rows, rejected rows; counted and copied by hand.
KNOWN: dict[str, tuple[list[str], int, int]] = {
    "banque_populaire_ancien": (["-600.00", "-47.10", "1.25"], 0, 0),
    "barclaycard": (["-20.59", "35.00"], 0, 0),
    "bnp_paribas": (["1200.00", "-17.50", "-100.00"], 0, 0),
    "bnp_paribas_sans_entete": (["1200.00", "-17.50", "-17.50"], 0, 1),
    "boursobank": (["1718.70", "-8.50", "-4.00"], 0, 0),
    "boursobank_2026": (["1659.04", "-25.95", "10.77"], 0, 0),
    "bpce": (["1200.00", "-47.07"], 0, 0),
    "bpce_entreprises": (["500.00", "-2.50"], 0, 0),
    "bunq": (["-2.56", "750.00"], 0, 0),
    "bunq_en": (["-8.78", "8.78"], 0, 0),
    "caisse_epargne_ancien": (["-50.00", "100.00"], 0, 0),
    "credit_agricole": (["-3.18", "1620.00", "-212.02", "500.00"], 0, 0),
    "credit_agricole_date_valeur": (["-3.18", "620.00"], 0, 0),
    "credit_mutuel": (["1000.00", "-45.67"], 0, 0),
    "credit_mutuel_montant": (["1000.00", "-45.67"], 0, 0),
    "fortuneo": (["-2.00", "3350.50"], 0, 0),
    "kbc": (["-3.40"], 0, 0),
    "kbc_carte": (["-16.67", "35.77"], 0, 0),
    "la_banque_postale": (["-45.67", "123.45"], 0, 0),
    "la_banque_postale_francs": (["13.00", "-4.50"], 0, 0),
    "monzo": (["-10.00"], 0, 0),
    "n26": (["1200.00", "-4.50"], 0, 0),
    "n26_ancien": (["1200.00", "-4.50"], 0, 0),
    "n26_ancien_de": (["1200.00"], 0, 0),
    "n26_ancien_fr": (["1200.00", "-4.50"], 0, 0),
    "posb": (["-7.80", "100.00"], 0, 0),
    "qonto": (["1200.00", "-11.20"], 2, 0),
    "qonto_fr": (["1200.00", "-11.20"], 1, 0),
    "rabobank": (["-337.49", "50.00"], 0, 0),
    "raiffeisen_at": (["1200.00", "-33.87"], 0, 0),
    "raiffeisen_at_court": (["1200.00", "-33.87"], 0, 0),
    "revolut": (["1000.00", "-201.50", "170.00", "50.00"], 2, 0),
    "revolut_business": (["998.00", "-40.00"], 1, 0),
    "revolut_business_ancien": (["-40.20", "998.00"], 0, 0),
    "revolut_fr": (["1000.00", "-201.50"], 1, 0),
    "shine": (["1000.00", "-4.68"], 0, 0),
    "societe_generale": (["1200.00", "-4.30", "-8.10"], 0, 0),
    "societe_generale_livret": (["300.00", "-50.00"], 0, 0),
    "sparkasse": (["1200.00"], 1, 0),
    "sparkasse_carte": (["-5.00"], 0, 0),
}

#: File of the corpus, without its owner -> movements and rejected rows counted by hand, or the refusal that it deserves.
REAL: dict[str, tuple[int, int] | str] = {
    "bnp_header_account_line.csv": (2, 0),
    "bnp_old_headerless_quirks.csv": (5, 1),
    "boursobank_2026.csv": (3, 0),
    "20171001-20171106.csv": (1, 0),
    "2018-04-14_10-52-13_bunq-transactieoverzicht.csv": (3, 0),
    "20180226-1000594757-umsatz.CSV": (1, 0),
    "20180226_12345678.csv": (1, 0),
    "2019-03-02_11-50-46_bunq-statement.csv": (7, 0),
    "CSV_A_20180414_112204.csv": (3, 0),
    "MS_JANE_SMITH_01-12-2019_14-12-2019.csv": "missing_column",  # a card: the sign of its amounts is not written
    "MonzoDataExport_February2018_2018-02-26_174335.csv": (1, 0),
    "Movements_1234512345_201805271848.csv": "unknown_columns",  # Windows-1250, which is not read
    "TH_20180101-20180523_page_1.csv": "missing_column",  # Windows-1250
    "TH_20180101-20180523_strana_1.csv": "unknown_columns",  # Windows-1250
    "TH_20180521-20180523.csv": "missing_column",
    "TransactionHistory_20180418043121.csv": (8, 0),
    "Umsaetze_KtoNr538917600_EUR_02-03-2018_1503.CSV": (1, 0),
    "W80844_EBH_201945.202122.csv": "unknown_columns",
    "dba33fceecd62c3c727893361e0ba4d3.P000000027355791.csv": (1, 0),
    "export_BE11123456789012_20180304_1422.csv": (1, 0),
    "export_KBC-Mastercard_Business_Essential_20200204_1604.csv": (3, 0),
    "statement_1.csv": (1, 0),
    "test_BOI_TransactionExport.csv": (27, 0),
    "test_delimiter_tab.csv": "no_header",  # two columns of amounts, and nothing says which is the debit
    "test_headers.csv": "missing_column",
    "test_raiffeisen_01.csv": (73, 0),
    "test_row_format_CD_flag.csv": "no_header",
    "test_row_format_default.csv": "no_header",
    "test_row_format_neg_inflow.csv": (73, 0),
    "umsatz-1234________1234-20180227.CSV": (1, 0),
    "credit_agricole_multiline.csv": (4, 3),  # two amounts in words, one with a replacement character
    "csv_european_decimals.csv": (3, 0),
    "csv_french_headers.csv": (3, 0),
    "csv_garbled_amount.csv": (1, 1),
    "csv_spanish_headers.csv": (3, 0),
    "sample_split_amounts.csv": (2, 0),
    "sample_statement.csv": (2, 0),
}


def read(code: str) -> Reading:
    path = BANKS / f"{code}.csv"
    return read_file(Source(path.read_bytes(), path.name))


def test_every_bank_profile_has_a_file() -> None:
    codes = {profile.code for profile in built_in() if profile.kind == "bank"}
    assert codes == set(KNOWN) == {path.stem for path in BANKS.glob("*.csv")}


@pytest.mark.parametrize("code", KNOWN)
def test_each_export_is_recognised_and_read_whole(code: str) -> None:
    amounts, ignored, rejected = KNOWN[code]
    reading = read(code)
    assert reading.profile == code
    assert [str(amount) for amount in reading.lines["amount"]] == amounts
    assert (reading.ignored, reading.rejected_rows) == (ignored, rejected)
    assert reading.rows == len(amounts) + ignored + rejected
    assert set(reading.warnings["code"]) <= {"row_set_aside"}, reading.warnings


@pytest.mark.parametrize("code", KNOWN)
def test_each_profile_fits_when_a_person_chooses_it(code: str) -> None:
    path = BANKS / f"{code}.csv"
    chosen = read_file(Source(path.read_bytes(), path.name, kind="bank", profile=code))
    assert chosen.lines.equals(read(code).lines)


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus beside the repository")
def test_each_real_export_is_in_the_table() -> None:
    assert {path.name.split("__", 2)[-1] for path in CORPUS.iterdir()} == set(REAL)


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus beside the repository")
@pytest.mark.parametrize("name", REAL)
def test_each_real_export_gives_the_rows_counted_by_hand(name: str) -> None:
    path = next(path for path in CORPUS.iterdir() if path.name.endswith(f"__{name}"))
    source, expected = Source(path.read_bytes(), path.name), REAL[name]
    if isinstance(expected, str):
        with pytest.raises(UnreadableFile) as refusal:
            read_file(source)
        assert refusal.value.code == expected
    else:
        reading = read_file(source)
        assert (reading.lines.height, reading.rejected_rows) == expected


def test_the_account_line_of_bnp_gives_number_and_balance() -> None:
    reading = read("bnp_paribas")
    assert reading.accounts["number"].to_list() == ["5678"]
    assert reading.balances.rows() == [(0, date(2026, 1, 31), Decimal("1082.50"), "closing")]


def test_accounts_one_after_the_other_keep_their_own_movements_balance_and_period() -> None:
    reading = read("credit_agricole")
    assert reading.accounts.select("number", "from_date", "to_date").rows() == [
        ("04106119371", date(2026, 1, 1), date(2026, 1, 31)),
        ("04106119999", date(2026, 1, 1), date(2026, 1, 31)),
    ]
    assert reading.lines["account"].to_list() == [0, 0, 0, 1]
    assert reading.lines["line"].to_list() == [12, 17, 22, 33]
    assert reading.balances.rows() == [
        (0, date(2026, 2, 7), Decimal("917.01"), "closing"),
        (1, date(2026, 2, 7), Decimal("5000.00"), "closing"),
    ]
    assert reading.lines["label"][1] == "VIREMENT EN VOTRE FAVEUR ATELIER MOREL FA-101 ATELIERM-042026"


def test_societe_generale_says_period_balance_and_number_of_movements() -> None:
    reading = read("societe_generale")
    assert reading.accounts.select("number", "from_date", "to_date").row(0) == (
        "0003000012345678",
        date(2026, 1, 1),
        date(2026, 1, 31),
    )
    assert reading.balances.rows() == [(0, date(2026, 1, 31), Decimal("1234.37"), "closing")]
    assert reading.lines["label"][2] == "COTISATION JAZZ PR"


def test_balances_of_a_period_open_and_close_it() -> None:
    reading = read("caisse_epargne_ancien")
    assert reading.balances.rows() == [
        (0, date(2019, 12, 31), Decimal("40.00"), "closing"),
        (0, date(2019, 12, 1), Decimal("-10.00"), "opening"),
    ]


def test_a_balance_without_its_day_takes_the_day_of_the_preamble() -> None:
    assert read("la_banque_postale").balances.rows() == [(0, date(2026, 1, 31), Decimal("1234.56"), "closing")]
    assert read("la_banque_postale_francs").balances.rows() == [(0, date(2010, 1, 31), Decimal("154.22"), "closing")]


def test_a_balance_repeated_on_each_row_of_a_day_is_that_of_its_end() -> None:
    reading = read("boursobank")
    assert reading.balances.rows() == [
        (0, date(2026, 1, 30), Decimal("54.00"), "opening"),
        (0, date(2026, 1, 31), Decimal("1760.20"), "closing"),
    ]


def test_a_fee_is_part_of_its_movement_and_is_named_in_the_label() -> None:
    reading = read("revolut")
    assert reading.lines["label"].to_list()[:2] == ["Payment from Atelier Morel", "Exchanged to GBP (frais 1.50)"]
    assert reading.balances.filter(account=0).rows() == [
        (0, date(2026, 1, 5), Decimal("0.00"), "opening"),
        (0, date(2026, 1, 6), Decimal("798.50"), "closing"),
    ]


def test_each_product_and_currency_of_revolut_is_an_account_in_either_language() -> None:
    assert read("revolut").accounts.select("name", "currency").rows() == [
        ("Revolut EUR", "EUR"),
        ("Revolut GBP", "GBP"),
        ("Revolut Savings EUR", "EUR"),
    ]
    assert read("revolut_fr").accounts["name"].to_list() == ["Revolut EUR"]


def test_the_account_number_of_n26_is_the_other_party() -> None:
    reading = read("n26_ancien_fr")
    assert reading.accounts.height == 1
    assert reading.lines["counterparty_iban"].to_list() == ["FR7630006000011234567890189", None]
    assert reading.lines["label"][0] == "Atelier Morel Facture FA-101"


def test_qonto_is_booked_on_its_day_of_settlement() -> None:
    for code in ("qonto", "qonto_fr"):
        assert read(code).lines["booking_date"].to_list() == [date(2026, 1, 31), date(2026, 1, 30)]
        assert read(code).lines["bank_id"].to_list() == ["qt-001", "qt-002"]
