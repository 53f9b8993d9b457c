"""A closed year's archive: read back from its files alone, its rows sum to the year's figures; the same facts, the same bytes."""

import csv
import json
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest
from fec_checker import faults
from small_store import DAY, ME, Company, money

from models.errors import Refused, UnreadableFile
from models.settings import Settings
from models.texts import Texts
from pipelines import decisions
from pipelines.exports.zipped import zipped
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.marks import mark
from pipelines.papers.archive_changes import archive_changes, changes_sentences
from pipelines.papers.year_archive import run_archive
from pipelines.papers.year_tables import year_of
from pipelines.reconcile.decide import allocate

EN = Texts("en")
AFTER = date(2027, 1, 1)
Row = dict[str, str]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """A year with a sale of the year before, a credit note, a payment, a part paid back, and a client of a hostile name."""
    made = Company(tmp_path)
    decisions.set_settings(made.store, {"vat_rate": "20", "company_siren": "732829320"}, author=ME)
    made.bill("F0", "Martin", "240.00", -90).bill("F1", "../=cmd|'/c calc'!A1", "120.00").bill("F2", "Martin", "60.00", 1)
    made.note("AV1", "Martin", "12.00", 5).bill("F9", "Martin", "1000.00", 400)
    made.line("L0", "240.00", "VIR MARTIN F0", on=-50).line("L1", "100.00", "VIR MARTIN F2").save().reconcile()
    yield made
    made.store.close()


def files_of(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of(files: dict[str, bytes], name: str) -> list[Row]:
    return list(csv.DictReader(StringIO(files[f"{name}.csv"].decode(), newline="")))


def sums(rows: list[Row], *names: str) -> Decimal:
    return sum((Decimal(row[name] or 0) for row in rows for name in names), Decimal("0.00"))


def test_the_rows_of_the_archive_sum_to_the_figures_of_the_year(company: Company) -> None:
    files = files_of(run_archive(company.store, 2026, EN, today=AFTER))
    end = date(2026, 12, 31)
    figures = kpis(run_ledger(company.store), as_of=end, start=date(2026, 1, 1))
    said = json.loads(files["manifest.json"])["totals"]
    invoices, notes = rows_of(files, "invoices"), rows_of(files, "credit_notes")
    new = [row for row in invoices if row["issue_date"] >= "2026-01-01"]
    assert sums(new, "amount") - sums(notes, "amount") == figures.sales == Decimal(said["sales"])
    assert sums(invoices, "outstanding") == figures.gross_outstanding == Decimal(said["gross_outstanding"])
    assert sums(rows_of(files, "open_credits"), "remaining") == figures.open_credits == Decimal(said["open_credits"])
    assert sums(rows_of(files, "receipts"), "amount") - sums(rows_of(files, "refunds"), "amount") == figures.collected
    assert sums(rows_of(files, "aged_balance"), "total") == figures.receivables == Decimal(said["receivables"])
    assert sums(rows_of(files, "rollforward"), "closing") == figures.receivables
    assert sums(rows_of(files, "rollforward"), "opening") == Decimal(said["receivables_opening"]) == money("240.00")
    moved = sums(rows_of(files, "accounts"), "debit") - sums(rows_of(files, "accounts"), "credit")
    assert Decimal(said["receivables_opening"]) + moved == figures.receivables
    assert sums(rows_of(files, "vat_on_receipts"), "amount") == figures.collected == Decimal(said["collected"])
    fec = files["FEC/732829320FEC20261231.txt"]
    assert faults(fec, "732829320FEC20261231.txt", is_whole=False) == []


def test_what_was_settled_before_the_year_is_left_out_and_what_was_owed_on_its_eve_is_told(company: Company) -> None:
    """A payment of 1 January finds its invoice open; one of November has closed it."""
    company.bill("OLD", "Martin", "24.00", -120).line("L8", "24.00", "VIR MARTIN", on=-100)
    company.bill("EVE", "Martin", "36.00", -110).line("L9", "36.00", "VIR MARTIN", on=-60)
    company.bill("USED", "Martin", "5.00", -119).note("AV8", "Martin", "5.00", -118, linked="USED")
    company.note("AV9", "Martin", "7.00", -117).save()
    for line, number, amount in (("L8", "OLD", "24.00"), ("L9", "EVE", "36.00")):
        allocate(company.store, line, number, money(amount), author=ME)
    files = files_of(run_archive(company.store, 2026, EN, today=AFTER))
    for name, column, owed in (
        ("invoices", "outstanding_before", {"F0": "240.00", "EVE": "36.00"}),
        ("credit_notes", "open_before", {"AV9": "7.00"}),
    ):
        old = [row for row in rows_of(files, name) if row["issue_date"] < "2026-01-01"]
        assert {row["number"]: row[column] for row in old} == owed


def test_what_came_on_the_morrow_of_the_year_is_not_in_its_archive(company: Company) -> None:
    company.bill("F6", "Martin", "11.00", 10).line("L7", "11.00", "VIR MARTIN", on=305).note("AV7", "Martin", "3.00", 305).save()
    allocate(company.store, "L7", "F6", money("11.00"), author=ME)
    files = files_of(run_archive(company.store, 2026, EN, today=AFTER))
    for name, column in (
        ("open_credits", "date"),
        ("vat_on_receipts", "date"),
        ("receipts", "date"),
        ("credit_notes", "issue_date"),
    ):
        assert max(row[column] for row in rows_of(files, name)) < AFTER.isoformat(), name
    assert {row["number"]: row["outstanding"] for row in rows_of(files, "invoices")}["F6"] == "11.00"


def test_the_totals_of_a_leap_year_have_its_first_day(company: Company) -> None:
    company.bill("F24", "Martin", "50.00", (date(2024, 1, 1) - DAY).days).save()
    files = files_of(run_archive(company.store, 2024, EN, today=AFTER))
    assert json.loads(files["manifest.json"])["totals"]["sales"] == "50.00"


def test_every_file_and_column_is_explained_and_its_digest_told(company: Company) -> None:
    for texts, readme in ((EN, "README.txt"), (Texts("fr"), "LISEZMOI.txt")):
        files = files_of(run_archive(company.store, 2026, texts, today=AFTER))
        listed = {row["name"]: row for row in json.loads(files["manifest.json"])["files"]}
        assert {*files} == {*listed, "manifest.json", readme}
        said = files[readme].decode()
        for name, row in listed.items():
            assert row["sha256"] == sha256(files[name]).hexdigest()
            assert row["sha256"] in said
            assert row["bytes"] == len(files[name])
        explained = {(row["file"], row["column"]) for row in rows_of(files, "fields") if row["meaning"]}
        for name in (name for name in files if name.endswith(".csv") and name != "fields.csv"):
            head = files[name].decode().split("\r\n")[0].split(",")
            assert {(name, column) for column in head} <= explained
    tomllib.loads(files["policy.toml"].decode())


def test_names_are_safe_and_no_cell_runs_as_a_formula(company: Company) -> None:
    files = files_of(run_archive(company.store, 2026, EN, today=AFTER))
    assert all(".." not in name and not name.startswith("/") for name in files)
    names = {row["client"] for row in rows_of(files, "invoices")}
    assert names == {"Martin", "../=cmd|'/c calc'!A1"}
    mark(company.store, "F1", "disputed", on=DAY, author=ME, note="=HYPERLINK(0)")
    marks = rows_of(files_of(run_archive(company.store, 2026, EN, today=AFTER)), "marks")
    assert [row["note"] for row in marks] == ["'=HYPERLINK(0)"]


def test_the_same_facts_give_the_same_bytes_and_an_empty_year_is_refused(company: Company) -> None:
    assert run_archive(company.store, 2026, EN, today=AFTER) == run_archive(company.store, 2026, EN, today=AFTER)
    with pytest.raises(Refused) as refused:
        run_archive(company.store, 2019, EN, today=AFTER)
    assert refused.value.code == "empty_year"


def test_a_year_that_has_not_begun_is_refused_and_one_that_is_not_over_says_so(company: Company) -> None:
    made = {today: files_of(run_archive(company.store, 2026, EN, today=today)) for today in (date(2026, 12, 31), AFTER)}
    unfinished, finished = (files["README.txt"].decode() for files in made.values())
    assert ("it ends on 31/12/2026" in unfinished, "is true at the end of its last day" in unfinished) == (True, False)
    assert ("is not over" in finished, "is true at the end of its last day" in finished) == (False, True)
    with pytest.raises(Refused) as refused:
        run_archive(company.store, 2027, EN, today=date(2026, 12, 31))
    assert refused.value.code == "year_to_come"


def test_without_a_siren_the_entries_are_left_out_and_said_so(company: Company) -> None:
    decisions.set_settings(company.store, {"company_siren": None}, author=ME)
    files = files_of(run_archive(company.store, 2026, EN, today=AFTER))
    assert not [name for name in files if name.startswith("FEC/")]
    assert "FEC: The name of a FEC begins with your SIREN" in files["README.txt"].decode()


def test_a_financial_year_ends_with_the_month_of_the_settings() -> None:
    for month, start, end in (
        (12, date(2026, 1, 1), date(2026, 12, 31)),
        (6, date(2025, 7, 1), date(2026, 6, 30)),
        (2, date(2025, 3, 1), date(2026, 2, 28)),
    ):
        assert year_of(2026, Settings(year_end_month=month)) == (start, end)
        assert year_of(2027, Settings(year_end_month=month))[0] == end + timedelta(days=1)


def test_a_second_archive_of_a_year_says_what_differs(company: Company) -> None:
    first = run_archive(company.store, 2026, EN, today=AFTER)
    assert archive_changes(first, run_archive(company.store, 2026, EN, today=AFTER), EN, name="a.zip").files.is_empty()
    company.bill("F3", "Martin", "36.00", 2).save()
    found = archive_changes(first, run_archive(company.store, 2026, EN, today=AFTER), Texts("fr"), name="a.zip")
    states = {row["file"]: (row["state"], row["rows_gone"], row["rows_added"]) for row in found.files.iter_rows(named=True)}
    assert states["invoices.csv"] == ("changed", 0, 1)
    assert states["aged_balance.csv"] == ("changed", 1, 1)
    assert states["statements.pdf"] == ("changed", None, None)
    assert states["FEC/732829320FEC20261231.txt"][0] == "changed"
    assert not {"bank_lines.csv", "clients.csv", "fields.csv", "policy.toml"} & {*states}
    [new] = found.rows.filter(pl.col("file") == "invoices.csv")["row"]
    assert new.startswith("document_id=F3 · number=F3 · kind=invoice")
    totals = {row["total"]: row["change"] for row in found.totals.iter_rows(named=True)}
    assert totals == {"sales": money("36.00"), "gross_outstanding": money("36.00"), "receivables": money("36.00")}
    said = changes_sentences(found, EN)
    assert "invoices.csv: Changed (rows gone: 0, added: 1)" in said
    assert said[-1] == "Receivables (net): 68.00 → 104.00 EUR"


def test_a_client_who_comes_later_changes_nothing_in_the_archive_of_a_closed_year(company: Company) -> None:
    company.clients.append({"client_id": "M", "name": "Martin", "code": "C7"})
    company.known.add("M")
    company.bill("F4", "M", "24.00", 3).save()  # two of one name in the year: their ids tell them apart
    first = run_archive(company.store, 2026, EN, today=AFTER)
    names = {(row["client_id"], row["client"]) for row in rows_of(files_of(first), "invoices")}
    assert names >= {("Martin", "Martin"), ("M", "Martin")}
    assert {row["code"] for row in rows_of(files_of(first), "clients") if row["client_id"] == "M"} == {"C7"}
    company.clients += [{"client_id": "N", "name": "martin", "siren": "732829320"}, {"client_id": "P", "name": "Petit"}]
    company.known |= {"N", "P"}
    company.bill("F8", "N", "12.00", 400).bill("F10", "P", "12.00", 400).save()
    found = archive_changes(first, run_archive(company.store, 2026, EN, today=AFTER), EN, name="a.zip")
    assert found.files["file"].to_list() == ["history.csv"]


def test_an_archive_that_was_touched_is_told_and_another_ones_is_refused(company: Company) -> None:
    now = run_archive(company.store, 2026, EN, today=AFTER)
    files = files_of(now)
    listless = zipped([(name, content) for name, content in files.items() if name != "manifest.json"])
    whole = zipped(
        [(name, content.replace(b"60.00", b"90.00") if name == "invoices.csv" else content) for name, content in files.items()]
    )
    found = archive_changes(whole, now, EN, name="a.zip").files
    assert found.select("file", "state").rows() == [("invoices.csv", "damaged")]
    decisions.set_settings(company.store, {"company_siren": None}, author=ME)
    for other, code in (
        (whole, "another_archive"),
        (listless, "not_an_archive"),
        (zipped([("manifest.json", b"[1")]), "not_an_archive"),
        (b"a;b\r\n1;2\r\n", "not_an_archive"),
    ):
        with pytest.raises(Refused) as refused:
            archive_changes(other, run_archive(company.store, 2026, EN, today=AFTER), EN, name="a.zip")
        assert refused.value.code == code
    with pytest.raises(UnreadableFile):
        archive_changes(now[:200], now, EN, name="a.zip")
