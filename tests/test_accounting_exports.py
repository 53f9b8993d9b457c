"""Exports in a store: numbered, archived, known; what is new, what changed, and what is taken back."""

import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from fec_checker import amount, faults
from imports import fresh_store, take
from polars.testing import assert_frame_equal
from screens import copy_database
from small_store import DAY, ME, Company, day, money
from test_accounting_laws import receivables

from models.errors import Refused
from models.store import Author, Store
from models.texts import Texts
from pipelines import decisions
from pipelines.accounting.entries import ENTRY_LINES
from pipelines.accounting.exporting import Exported, Request, run_export, run_plan
from pipelines.accounting.sent import packed, run_exports, run_file, run_kept, run_sent, unpacked
from pipelines.check import run_check
from pipelines.exports.accounting_files import FORMATS, Asked
from pipelines.exports.accounting_words import export_notes
from pipelines.ledger import run_ledger
from pipelines.marks import mark
from pipelines.provisions.deciding import decide_doubt
from pipelines.publishing.rebuild import run_rebuild
from pipelines.receivables import sales_documents
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.money_back import refund
from pipelines.sample import LAST_DAY

FR = Texts("fr")
END = day(60)
LATER = Author("Ana", day(900), datetime(2028, 9, 1, 9))


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Two invoices, one of them paid."""
    made = Company(tmp_path)
    decisions.set_settings(made.store, {"vat_rate": "20", "company_siren": "732829320"}, author=ME)
    made.bill("F1", "Martin", "120.00").bill("F2", "Durand", "60.00", 1).line("L1", "120.00", "VIR MARTIN F1").save().reconcile()
    yield made
    made.store.close()


def export(store: Store, form: str = "fec", start: date = DAY, to: date = END, **choices: Any) -> Exported:
    return run_export(store, Request(Asked(form, start, to), **choices), author=ME, texts=FR)


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The lines of a FEC."""
    head, *lines = (line.split("\t") for line in content.decode().split("\r\n")[:-1])
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_exports_are_numbered_archived_and_the_same_again(company: Company) -> None:
    first, second = export(company.store), export(company.store)
    assert (first.number, second.number) == (1, 2)
    assert first.content == second.content
    assert second.plan.selection.left_before == 3
    assert second.plan.selection.changed.is_empty()
    past = run_exports(company.store)
    assert past["number"].to_list() == [2, 1]
    assert past["sha256"].to_list() == [sha256(first.content).hexdigest()] * 2
    assert past["rows"].to_list() == [8, 8]
    assert run_file(company.store, past["export_id"][1]) == (first.file_name, first.content)
    assert faults(first.content, first.file_name) == []
    assert run_check(company.store) == []


def test_only_new_leaves_out_what_left_in_that_format_and_goes_on_counting(company: Company) -> None:
    export(company.store)
    with pytest.raises(Refused) as refused:
        export(company.store, only_new=True)
    assert refused.value.code == "nothing_to_export"
    company.bill("F3", "Martin", "24.00", 2).save()
    fresh = export(company.store, only_new=True)
    assert {(row["JournalCode"], row["EcritureNum"], row["PieceRef"]) for row in rows_of(fresh.content)} == {("VE", "3", "F3")}
    assert export(company.store, "quadra", only_new=True).plan.selection.lines["entry_id"].n_unique() == 4


def test_an_export_that_is_undone_has_not_left(company: Company) -> None:
    done = export(company.store)
    decisions.undo(company.store, done.change_id, author=ME)
    assert run_exports(company.store).is_empty()
    again = export(company.store, only_new=True)
    assert again.number == 2
    assert again.content == done.content


def test_a_change_is_told_and_taken_back_only_if_asked(company: Company) -> None:
    first = export(company.store)
    company.bill("F1", "Martin", "150.00").save()
    plan = run_plan(
        company.store,
        run_ledger(company.store),
        Request(Asked("fec", DAY, day(60)), only_new=True),
        currency="EUR",
        today=ME.today,
    )
    assert plan.selection.lines.is_empty()
    assert plan.selection.changed.select("piece", "state").rows() == [("F1", "changed")]
    [note] = [note for note in export_notes(plan, Texts("en")) if "changed" in note]
    assert "(F1)" in note
    assert "ask for corrections" in note
    fixed = export(company.store, corrects=True)
    rows = [(row["CompteNum"], row["Debit"], row["Credit"]) for row in rows_of(fixed.content)]
    back = [("411000", "0,00", "120,00"), ("706000", "100,00", "0,00"), ("445710", "20,00", "0,00")]
    new = [("411000", "150,00", "0,00"), ("706000", "0,00", "125,00"), ("445710", "0,00", "25,00")]
    assert sorted(rows) == sorted(back + new)
    assert faults(fixed.content, fixed.file_name, is_whole=False) == []
    assert {row["EcritureLet"] for row in rows_of(fixed.content) if row["EcritureLib"].startswith("Annulation")} == {""}
    both = [row for row in (*rows_of(first.content), *rows_of(fixed.content)) if row["CompteNum"] == "411000"]
    assert sum(amount(row["Debit"]) - amount(row["Credit"]) for row in both) == money("90.00")
    with pytest.raises(Refused):
        export(company.store, corrects=True)


def test_what_is_gone_is_taken_back_and_comes_again_if_it_is_back(company: Company) -> None:
    export(company.store)
    matched = company.store.changes().filter(pl.col("action") == "reconcile")["change_id"].max()
    undone = decisions.undo(company.store, int(str(matched)), author=ME)
    plan = run_plan(company.store, run_ledger(company.store), Request(Asked("fec", DAY, day(60))), currency="EUR", today=ME.today)
    assert plan.selection.changed["state"].to_list() == ["gone"]
    fixed = export(company.store, corrects=True)
    assert [(row["CompteNum"], row["Debit"], row["Credit"]) for row in rows_of(fixed.content)] == [
        ("512000", "0,00", "120,00"),
        ("411000", "120,00", "0,00"),
    ]
    assert all(row["EcritureLib"].startswith("Annulation Règlement") for row in rows_of(fixed.content))
    decisions.undo(company.store, undone, author=ME)
    assert export(company.store, only_new=True).plan.selection.lines["entry_id"].unique().to_list() == ["bank L1"]


def test_a_correction_of_an_earlier_month_is_dated_in_the_period(company: Company) -> None:
    export(company.store, to=day(5))
    with company.store.change("import", ME) as change:
        row = company.store.facts("document_version").filter(pl.col("document_id") == "F2").drop("change_id")
        change.insert("document_version", row.with_columns(issue_date=pl.lit(day(40))))
    fixed = export(company.store, start=day(35), to=day(60), corrects=True)
    dates = {row["EcritureLib"].split()[0]: row["EcritureDate"] for row in rows_of(fixed.content)}
    assert dates == {"Annulation": f"{day(35):%Y%m%d}", "Facture": f"{day(40):%Y%m%d}"}


def test_lettering_and_client_codes_stay_once_they_left(company: Company) -> None:
    first = export(company.store)
    before = {row["PieceRef"]: row["EcritureLet"] for row in rows_of(first.content) if row["EcritureLet"]}
    assert set(before.values()) == {"AA"}
    # An invoice of the same client that is paid before the other: by its day alone it would be AA.
    company.bill("F0", "Martin", "12.00", -20).line("L0", "12.00", "VIR MARTIN F0", on=1)
    company.clients.append({"client_id": "Martinez", "name": "Martin"})
    company.bill("F9", "Martinez", "12.00").save().reconcile()
    again = rows_of(export(company.store, start=day(-30)).content)
    letters = {row["PieceRef"]: row["EcritureLet"] for row in again if row["EcritureLet"]}
    assert letters.items() >= before.items()
    assert letters["F0"] == "AB"
    codes = {row["PieceRef"]: row["CompAuxNum"] for row in again if row["CompAuxNum"]}
    assert codes["F1"] == "CMARTIN"
    assert codes["F9"] != "CMARTIN"
    assert run_kept(company.store).clients["Martin"] == "CMARTIN"


def test_a_client_code_that_the_settings_make_shorter_stays_from_then_on(company: Company) -> None:
    decisions.set_settings(company.store, {"auxiliary_length": "12", "auxiliary_prefix": "411"}, author=ME)
    export(company.store)
    assert run_kept(company.store).clients == {"Martin": "411MARTIN", "Durand": "411DURAND"}
    decisions.set_settings(company.store, {"auxiliary_length": "8"}, author=ME)
    export(company.store, "quadra")
    assert run_kept(company.store).clients == {"Martin": "411MARTI", "Durand": "411DURAN"}


def test_a_payment_that_comes_later_changes_no_entry_but_its_lettering(company: Company) -> None:
    early = export(company.store, to=day(5))
    assert not [row for row in rows_of(early.content) if row["EcritureLet"]]
    whole = export(company.store)
    assert whole.plan.selection.changed.is_empty()
    assert [row["EcritureLet"] for row in rows_of(whole.content) if row["PieceRef"] == "F1"] == ["AA", "", ""]
    assert export(company.store, to=day(5)).content == early.content


def test_a_file_that_cannot_be_written_leaves_nothing_behind(company: Company) -> None:
    def deliver(name: str, content: bytes) -> None:
        raise OSError(name, len(content))

    revision = company.store.revision
    with pytest.raises(OSError, match="732829320"):
        run_export(company.store, Request(Asked("fec", DAY, day(60))), author=ME, texts=FR, deliver=deliver)
    assert company.store.revision == revision


def test_exports_survive_a_rebuild_and_say_what_was_known_then(company: Company, tmp_path: Path) -> None:
    export(company.store)
    company.bill("F1", "Martin", "150.00").save()
    export(company.store, corrects=True)
    target = tmp_path / "again.duckdb"
    assert run_rebuild(company.store, target).is_same
    with Store.open(target) as again:
        assert_frame_equal(run_exports(again), run_exports(company.store))
        assert_frame_equal(run_sent(again, "fec").entries, run_sent(company.store, "fec").entries)
        export_id = run_exports(again)["export_id"][0]
        assert run_file(again, export_id) == run_file(company.store, export_id)
        assert export(again, "fec").content == export(company.store, "fec").content


def test_lines_are_kept_as_they_were(company: Company) -> None:
    lines = export(company.store).plan.selection.lines
    assert_frame_equal(unpacked(packed(lines)), lines)
    assert dict(lines.schema) == {name: pl.DataFrame(schema=ENTRY_LINES).schema[name] for name in ENTRY_LINES}


def test_a_format_or_a_period_that_makes_no_sense_is_refused(company: Company) -> None:
    for asked, code in (
        (Asked("coala", DAY, day(1)), "unknown_format"),
        (Asked("fec", day(1), DAY), "bad_period"),
        (Asked("fec", day(200), day(300)), "nothing_to_export"),
    ):
        with pytest.raises(Refused) as refused:
            run_export(company.store, Request(asked), author=ME, texts=FR)
        assert refused.value.code == code
    assert run_exports(company.store).is_empty()
    with pytest.raises(Refused) as refused:
        run_file(company.store, "nothing")
    assert refused.value.code == "unknown_export"


def test_a_fec_with_doubtful_entries_read_back_gives_what_each_invoice_owes(company: Company) -> None:
    """411 to 416 and back by a payment and a loss, a provision and its reversal: none of it changes what is owed."""
    store = company.store
    decide_doubt(store, ["F2"], is_doubtful=True, on=day(100), author=LATER)
    company.bill("F3", "Martin", "240.00", 2).bill("F4", "Durand", "36.00", 3)
    company.line("L2", "60.00", "VIR DURAND F2", on=400).save().reconcile()
    decide_doubt(store, ["F3", "F4"], is_doubtful=True, on=day(120), author=LATER)
    mark(store, "F3", "written-off", on=day(500), author=LATER)
    done = run_export(store, Request(Asked("fec", DAY, day(800))), author=LATER, texts=FR)
    accounts = {row["CompteNum"] for row in rows_of(done.content)}
    assert {"411000", "416000", "491000", "681740", "781740", "654000"} <= accounts
    assert faults(done.content, done.file_name) == []
    ledger = run_ledger(store)
    with fresh_store() as other:
        report = take(other, done.content, done.file_name, day=day(800))
        assert (report.refused, report.rejected_rows) == (None, 0)
        again = run_ledger(other)
    for on in (1, 99, 100, 120, 399, 400, 499, 500, 800):
        owed = [
            sales_documents(one, as_of=day(on), currency="EUR").select("number", "outstanding").sort("number").rows()
            for one in (ledger, again)
        ]
        assert owed[1] == owed[0], on
    assert dict(owed[0]) == {"F1": money("0.00"), "F2": money("0.00"), "F3": money("0.00"), "F4": money("36.00")}


@pytest.fixture
def sample(sample_database: Path, tmp_path: Path) -> Iterator[Store]:
    with Store.open(copy_database(sample_database, tmp_path / "sample.duckdb")) as store:
        yield store


def test_the_fec_of_the_sample_company_is_sound_and_read_back_gives_the_same_receivables(sample: Store) -> None:
    done = export(sample, start=date(2024, 1, 1), to=LAST_DAY)
    assert faults(done.content, done.file_name) == []
    assert done.plan.check.gap == 0
    ledger = run_ledger(sample)
    with fresh_store() as store:
        report = take(store, done.content, done.file_name, day=LAST_DAY)
        assert report.refused is None
        assert report.rejected_rows == 0
        again = run_ledger(store)
    days = [date(year, month, 1) for year in (2025, 2026) for month in range(1, 13) if date(year, month, 1) <= LAST_DAY]
    for on in (*days, LAST_DAY):
        assert receivables(again, on) == receivables(ledger, on), on
    owed = [
        dict(sales_documents(one, as_of=LAST_DAY, currency="EUR").select("number", "outstanding").iter_rows())
        for one in (ledger, again)
    ]
    assert owed[1] == owed[0]
    assert sum(owed[0].values(), Decimal(0)) > 0


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_takes_the_sample_company(sample: Store, form: str) -> None:
    done = export(sample, form, start=date(2026, 6, 1), to=LAST_DAY)
    assert done.plan.selection.lines.height == 110
    assert len(done.content) > 5000


def test_a_kept_file_that_is_not_as_it_left_is_refused(company: Company) -> None:
    done = export(company.store)
    export_id, path = run_exports(company.store)["export_id"].item(), company.store.path
    company.store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "UPDATE export SET content = $other", {"other": zlib.compress(done.content.replace(b"120,00", b"130,00"))}
        )
    with Store.open(path) as store, pytest.raises(Refused) as refused:
        run_file(store, export_id)
    assert refused.value.code == "export_damaged"


@pytest.mark.parametrize("asked", [{"account_sales": "707000"}, {"journal_sales": "VT"}])
def test_an_entry_that_stands_on_another_account_or_in_another_journal_has_changed(
    company: Company, asked: dict[str, str]
) -> None:
    export(company.store)
    decisions.set_settings(company.store, asked, author=ME)
    request = Request(Asked("fec", DAY, END))
    changed = run_plan(company.store, run_ledger(company.store), request, currency="EUR", today=ME.today).selection.changed
    assert changed.select("piece", "state").rows() == [("F1", "changed"), ("F2", "changed")]


def test_an_entry_of_another_client_has_changed(company: Company) -> None:
    export(company.store)
    with company.store.change("import", ME) as change:
        row = company.store.facts("document_version").filter(pl.col("document_id") == "F2").drop("change_id")
        change.insert("document_version", row.with_columns(client_id=pl.lit("Martin")))
    request = Request(Asked("fec", DAY, END))
    changed = run_plan(company.store, run_ledger(company.store), request, currency="EUR", today=ME.today).selection.changed
    assert changed.select("piece", "state").rows() == [("F2", "changed")]


def test_what_was_written_off_with_a_payment_is_lettered_with_its_end_from_the_day_on_which_the_payment_came_back(
    company: Company,
) -> None:
    company.bill("F3", "Petit", "100.00").line("L3", "99.50", "VIR PETIT", on=5).line("R3", "-99.50", "REJET VIR", on=30).save()
    allocate(company.store, "L3", "F3", money("99.50"), author=ME, write_off="rounding")
    refund(company.store, "R3", "L3", author=ME)

    def lettered(to: int) -> list[tuple[str, str, str]]:
        rows = rows_of(export(company.store, to=day(to)).content)
        return [(row["Debit"], row["Credit"], row["EcritureLet"]) for row in rows if row["CompAuxNum"] == "CPETIT"]

    assert lettered(29) == [("100,00", "0,00", "AA"), ("0,00", "99,50", "AA"), ("0,00", "0,50", "AA")]
    assert lettered(30) == lettered(31) == [
        ("100,00", "0,00", ""), ("0,00", "99,50", "AB"), ("0,00", "0,50", "AC"), ("99,50", "0,00", "AB"), ("0,50", "0,00", "AC"),
    ]  # fmt: skip


def test_what_is_new_goes_on_from_the_highest_number_of_its_journal_whatever_the_order_of_the_ids(company: Company) -> None:
    company.bill("A0", "Martin", "24.00", 5).save()  # the first by its id, the last by its day
    assert next(row["EcritureNum"] for row in rows_of(export(company.store).content) if row["PieceRef"] == "A0") == "3"
    company.bill("F3", "Martin", "24.00", 6).save()
    assert {row["EcritureNum"] for row in rows_of(export(company.store, only_new=True).content)} == {"4"}


def test_entries_of_before_the_period_that_left_are_not_gone_from_it(company: Company) -> None:
    export(company.store)
    company.bill("F3", "Martin", "24.00", 40).save()
    later = export(company.store, start=day(35), corrects=True)
    assert later.plan.selection.changed.is_empty()
    assert {row["PieceRef"] for row in rows_of(later.content)} == {"F3"}
