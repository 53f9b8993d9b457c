"""What a statement changes in the store: overlapping statements add each movement once, and balances are held against them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import permutations

import polars as pl
import pytest
from imports import author, codes, counts, csv, fresh_store, lines, take

from models.money import total
from models.store import Store
from pipelines import decisions
from pipelines.balances import balance_gaps
from pipelines.check import run_check
from pipelines.ledger import run_ledger

HEADER = "date;libelle;debit;credit;solde"
A = csv(
    HEADER,
    "05/01/2025;VIR CLIENT A;;100,00;1100,00",
    "05/01/2025;VIR CLIENT A;;100,00;1200,00",
    "10/01/2025;CB CAFE;3,50;;1196,50",
)
B = csv(
    HEADER,
    "05/01/2025;VIR CLIENT A;;100,00;1200,00",
    "10/01/2025;CB CAFE;3,50;;1196,50",
    "12/01/2025;VIR CLIENT B;;50,00;1246,50",
)
PLAIN = "date;libelle;montant"
IBAN = "FR7630004000031234567890143"


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as opened:
        yield opened


def ofx(
    *movements: tuple[str, str, str | None, str], bank: str = "30004", number: str = "12345678901", balance: str = ""
) -> bytes:
    """An OFX 1 statement of (day, amount, FITID, name)."""
    said = "".join(
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day}<TRNAMT>{amount}"
        + (f"<FITID>{fitid}" if fitid else "")
        + f"<NAME>{name}</STMTTRN>"
        for day, amount, fitid, name in movements
    )
    account = f"<BANKACCTFROM><BANKID>{bank}<ACCTID>{number}<ACCTTYPE>CHECKING</BANKACCTFROM>"
    statement = f"<STMTRS><CURDEF>EUR{account}<BANKTRANLIST>{said}</BANKTRANLIST>{balance}</STMTRS>"
    header = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"
    return f"{header}<OFX><BANKMSGSRSV1><STMTTRNRS>{statement}</STMTTRNRS></BANKMSGSRSV1></OFX>".encode()


def closing(day: str, amount: str) -> str:
    return f"<LEDGERBAL><BALAMT>{amount}<DTASOF>{day}</LEDGERBAL>"


def gaps(store: Store) -> pl.DataFrame:
    ledger = run_ledger(store)
    return balance_gaps(ledger.balances, ledger.lines.select("account_id", "booking_date", "amount"))


@pytest.mark.parametrize("files", [(A, B), (B, A), (A, B, A), (B, A, B, A, B)])
def test_overlapping_statements_add_each_movement_once(store: Store, files: tuple[bytes, ...]) -> None:
    for content in files:
        assert codes(take(store, content)) == []
    found = lines(store)
    assert found.height == 4
    assert total(found["amount"]) == Decimal("246.50")
    assert gaps(store).is_empty()
    revision = store.revision
    for content in files:
        assert take(store, content).duplicates == 3
    assert store.revision == revision


FITID_TRAPS = ofx(
    ("20250105", "100.00", "SAME", "VIR"), ("20250105", "200.00", "SAME", "VIR"), ("20250105", "300.00", None, "VIR"),
    ("20250105", "300.00", None, "VIR"), ("20250105", "5.00", "0", "VIR"), ("20250105", "6.00", "0", "VIR"),
    ("20250105", "7.00", "A" * 300, "VIR"),
)  # fmt: skip


def test_a_bank_id_is_trusted_only_while_it_means_one_movement(store: Store) -> None:
    assert counts(take(store, FITID_TRAPS, "t.ofx"))[0] == 7
    assert total(lines(store)["amount"]) == Decimal("918.00")
    assert counts(take(store, FITID_TRAPS, "t.ofx")) == (0, 0, 7, 0, 0, 0)


def test_zero_is_no_bank_id(store: Store) -> None:
    content = ofx(("20250105", "5.00", "0", "VIR"), ("20250105", "5.00", "0", "VIR"))
    assert take(store, content, "t.ofx").inserted == 2
    assert take(store, content, "t.ofx").duplicates == 2


def test_a_bank_id_used_again_later_for_another_day_is_another_movement() -> None:
    early, late = ("20250105", "50.00", "X1", "LOYER"), ("20250205", "50.00", "X1", "LOYER")
    for files in permutations([ofx(early), ofx(late), ofx(early, late)]):
        with fresh_store() as opened:
            for content in files:
                take(opened, content, "s.ofx")
            assert lines(opened)["booking_date"].to_list() == [date(2025, 1, 5), date(2025, 2, 5)]
            assert opened.facts("bank_line").select("line_id", "change_id").is_unique().all()


def test_the_same_bank_id_may_change_its_label(store: Store) -> None:
    take(store, ofx(("20250105", "50.00", "X1", "VIR EN COURS")), "a.ofx")
    assert counts(take(store, ofx(("20250105", "50.00", "X1", "VIR DUPRE")), "b.ofx")) == (0, 0, 1, 0, 0, 0)


def test_two_formats_of_one_account_pair_by_day_and_amount() -> None:
    statement = ofx(
        ("20250105", "100.00", "F1", "VIR A"), ("20250105", "100.00", "F2", "VIR B"), ("20250107", "-9.00", "F3", "FRAIS")
    )
    export = csv(
        PLAIN,
        "05/01/2025;VIREMENT B;100,00",
        "05/01/2025;VIREMENT A;100,00",
        "05/01/2025;VIREMENT C;100,00",
        "08/01/2025;CB;-4,00",
    )
    files = [(statement, "s.ofx"), (export, "e.csv")]
    for order in (files, files[::-1]):
        with fresh_store() as opened:
            inserted = [take(opened, content, name).inserted for content, name in order]
            assert sum(inserted) == 5
            moved = lines(opened).group_by("booking_date").agg(pl.col("amount").sum(), pl.len()).sort("booking_date")
            assert moved["len"].to_list() == [3, 1, 1]
            assert total(moved["amount"]) == Decimal("287.00")
            revision = opened.revision
            for content, name in [*order, *order[::-1]]:
                take(opened, content, name)
            assert opened.revision == revision


def test_what_remains_of_an_undone_import_keeps_its_id_to_itself(store: Store) -> None:
    statement = take(store, ofx(("20250105", "100.00", "F1", "VIR")), "s.ofx")
    twins = csv(PLAIN, "05/01/2025;VIR;100,00", "05/01/2025;VIR;100,00")
    assert take(store, twins).inserted == 1
    assert statement.change_id is not None
    decisions.undo(store, statement.change_id, author=author())
    take(store, twins)
    assert lines(store).height == 2
    assert store.facts("bank_line").select("line_id", "change_id").is_unique().all()


def test_undoing_one_of_two_overlapping_statements_keeps_what_the_other_tells(store: Store) -> None:
    january = take(store, csv(PLAIN, "05/01/2025;VIR A;100,00", "20/01/2025;VIR B;50,00"), "january.csv")
    take(store, csv(PLAIN, "20/01/2025;VIR B;50,00", "03/02/2025;VIR C;7,00"), "february.csv")
    assert january.change_id is not None
    undone = decisions.undo(store, january.change_id, author=author())
    assert lines(store)["amount"].to_list() == [Decimal("50.00"), Decimal("7.00")]
    decisions.undo(store, undone, author=author())
    assert lines(store)["amount"].to_list() == [Decimal("100.00"), Decimal("50.00"), Decimal("7.00")]
    assert run_check(store) == []


def test_each_format_pairs_with_a_movement_once_whatever_the_order() -> None:
    export = csv(PLAIN, "05/01/2025;VIR;100,00")
    first, second = ofx(("20250105", "100.00", "F1", "VIR A")), ofx(("20250105", "100.00", "F2", "VIR B"))
    for files in permutations([(export, "e.csv"), (first, "1.ofx"), (second, "2.ofx")]):
        with fresh_store() as opened:
            for content, name in files:
                take(opened, content, name)
            assert lines(opened)["label"].to_list() == ["VIR A", "VIR B"]


def test_each_account_has_its_own_movements(store: Store) -> None:
    one = ("20250105", "100.00", "F1", "VIR")
    take(store, ofx(one, number="111"), "a.ofx")
    assert take(store, ofx(one, number="222"), "b.ofx").inserted == 1
    assert take(store, ofx(one, number="111", bank="99999"), "c.ofx").inserted == 1
    assert run_ledger(store).accounts.height == 3


def test_a_file_that_names_no_account_goes_to_the_one_said_or_the_only_one(store: Store) -> None:
    take(store, ofx(("20250105", "100.00", "F1", "VIR"), number="111"), "a.ofx")
    row = csv(PLAIN, "06/01/2025;CB;-4,00")
    assert counts(take(store, row)) == (1, 0, 0, 0, 0, 0)
    assert run_ledger(store).accounts.height == 1
    take(store, row, account="Livret")
    assert run_ledger(store).accounts.height == 2
    refused = take(store, csv(PLAIN, "07/01/2025;CB;-4,00")).refused
    assert refused is not None
    assert refused.code == "account_needed"
    assert take(store, csv(PLAIN, "07/01/2025;CB;-4,00"), account="livret").inserted == 1
    assert run_ledger(store).accounts.height == 2


def test_movements_in_another_currency_are_another_account_whatever_is_asked(store: Store) -> None:
    header = "date;libelle;montant;devise"
    both = csv(header, "03/01/2025;CHANGE;110,00;USD", "03/01/2025;CHANGE;-100,00;EUR", "05/01/2025;SHOP;-20,00;USD")
    take(store, both, account="Revolut")
    take(store, csv(header, "06/01/2025;SHOP;-5,00;USD"), account="revolut")
    ledger = run_ledger(store)
    moved = ledger.lines.join(ledger.accounts.select("account_id", "name", own="currency"), on="account_id")
    sums = moved.group_by("name", "own", "currency").agg(pl.col("amount").sum())
    assert sorted(sums.iter_rows()) == [
        ("Revolut", "EUR", "EUR", Decimal("-100.00")), ("Revolut USD", "USD", "USD", Decimal("85.00")),
    ]  # fmt: skip


def test_the_only_account_takes_no_movements_of_another_currency(store: Store) -> None:
    header = "date;libelle;montant;devise"
    take(store, csv(header, "03/01/2025;CB;-100,00;EUR"))
    take(store, csv(header, "04/01/2025;WIRE;50,00;USD"))
    assert sorted(run_ledger(store).accounts.select("name", "currency").iter_rows()) == [
        ("Compte courant", "EUR"), ("Compte courant USD", "USD"),
    ]  # fmt: skip


def test_the_only_account_takes_the_name_that_a_later_file_gives() -> None:
    statement, export = ofx(("20250105", "100.00", "F1", "VIR"), number="111"), csv(PLAIN, "05/01/2025;VIREMENT;100,00")
    files = [(statement, "s.ofx"), (export, "e.csv")]
    for order in (files, files[::-1]):
        with fresh_store() as opened:
            for content, name in order:
                take(opened, content, name)
            assert run_ledger(opened).accounts["number"].to_list() == ["111"]
            assert lines(opened).height == 1


@pytest.mark.parametrize(
    "number", ["12345678901", "1234567890143", "0000312345678901", "000031234567890143", "30004000031234567890143"]
)
def test_an_iban_is_the_account_that_its_number_says(store: Store, number: str) -> None:
    take(store, csv("iban;" + PLAIN, f"{IBAN};05/01/2025;VIR;100,00"))
    assert counts(take(store, ofx(("20250105", "100.00", "F1", "VIR"), number=number), "s.ofx")) == (0, 0, 1, 0, 0, 0)
    assert run_ledger(store).accounts.select("iban", "number").rows() == [(IBAN, number)]


def test_an_iban_of_another_bank_or_number_is_another_account(store: Store) -> None:
    take(store, csv("iban;" + PLAIN, f"{IBAN};05/01/2025;VIR;100,00"))
    take(store, ofx(("20250105", "100.00", "F1", "VIR"), number="12345678902"), "s.ofx")
    take(store, ofx(("20250105", "100.00", "F1", "VIR"), bank="30003"), "s.ofx")
    assert run_ledger(store).accounts.height == 3


def test_a_gap_between_statements_is_one_warning_that_names_the_days(store: Store) -> None:
    first, second = csv(HEADER, "05/01/2025;VIR;;100,00;1100,00"), csv(HEADER, "07/01/2025;VIR;;10,00;1210,00")
    assert codes(take(store, first)) == []
    report = take(store, second)
    assert report.warnings.select("code", "value").rows() == [("statement_gap", "100,00 (05/01/2025 → 07/01/2025)")]
    assert gaps(store).select("from_date", "to_date", "gap").rows() == [(date(2025, 1, 5), date(2025, 1, 7), Decimal("100.00"))]
    missing = csv(HEADER, "06/01/2025;VIR OUBLIE;;100,00;1200,00")
    assert codes(take(store, missing)) == []
    assert gaps(store).is_empty()


def test_a_gap_between_ofx_balances_is_said_whichever_came_first() -> None:
    january = ofx(("20250110", "100.00", "F1", "VIR"), balance=closing("20250131", "1100.00"))
    february = ofx(("20250210", "50.00", "F2", "VIR"), balance=closing("20250228", "1175.00"))
    for order in ((january, february), (february, january)):
        with fresh_store() as opened:
            said = [report.warnings["value"].to_list() for report in (take(opened, content, "s.ofx") for content in order)]
            assert said == [[], ["25,00 (31/01/2025 → 28/02/2025)"]]


def test_a_statement_made_during_the_day_is_no_gap() -> None:
    noon = csv(HEADER, "09/01/2025;VIR;;100,00;1200,00", "10/01/2025;CB CAFE;3,50;;1196,50")
    later = csv(HEADER, "10/01/2025;CB CAFE;3,50;;1196,50", "10/01/2025;CB REPAS;20,00;;1176,50", "12/01/2025;VIR;;50,00;1226,50")
    for order in ((noon, later), (later, noon)):
        with fresh_store() as opened:
            assert [codes(take(opened, content)) for content in order] == [[], []]
            assert gaps(opened).is_empty()


def test_strict_and_dry_run_store_nothing(store: Store) -> None:
    bad = csv(PLAIN, "05/01/2025;VIR;100,00", "31/02/2025;VIR;1,00")
    report = take(store, bad, strict=True)
    assert counts(report) == (0, 0, 0, 0, 1, 1)
    assert report.rejected["code"].to_list() == ["impossible_date"]
    assert counts(take(store, bad, dry_run=True)) == (1, 0, 0, 0, 0, 1)
    assert store.revision == 0


def test_an_undone_statement_can_be_imported_again(store: Store) -> None:
    change = take(store, A).change_id
    before = run_ledger(store)
    assert change is not None
    decisions.undo(store, change, author=author())
    assert run_ledger(store).is_empty
    assert take(store, A).inserted == 3
    assert run_ledger(store).lines.equals(before.lines)
