"""The litigation file: everything in one ZIP whose names are safe, with the figures of the claim and the words as sent."""

import csv
from datetime import timedelta
from email import message_from_bytes
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest
from pypdf import PdfReader
from small_store import ME, Company, day, money

from models.texts import Texts
from pipelines.collections.contact import set_contact
from pipelines.collections.drafts import drafts
from pipelines.collections.sending import record_sent
from pipelines.collections.statement import balance, open_account
from pipelines.exports.litigation import litigation_file
from pipelines.exports.litigation_claim import claim_of
from pipelines.ledger import run_ledger
from pipelines.marks import mark

HOSTILE = ["../../etc/passwd", "CON", "A" * 300, "=1+1\r\nX: y"]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Durand owes four invoices with hostile numbers, 61 days late; a reminder was sent, a promise made."""
    company = Company(tmp_path)
    for number in HOSTILE:
        company.bill(number, "Durand", "100.00", document_id=f"D{HOSTILE.index(number)}")
    company.line("L1", "40.00", "VIR", on=10).save()
    (draft,) = drafts(run_ledger(company.store), as_of=ME.today)
    record_sent(company.store, [draft], author=ME)
    mark(company.store, "CON", "promise", on=ME.today + timedelta(days=2), author=ME)
    return company


def _file(company: Company, language: str = "en") -> ZipFile:
    ledger = run_ledger(company.store)
    return ZipFile(BytesIO(litigation_file(ledger, "Durand", Texts(language), as_of=ME.today, currency="EUR")))


def _table(archive: ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(archive.read(name).decode("utf-8-sig"))))


def test_it_holds_all_that_is_asked_for_under_names_of_its_own(company: Company) -> None:
    names = _file(company).namelist()
    day = f"{ME.today:%Y-%m-%d}"
    assert [name for name in names if not name.startswith("4-")] == [
        "1-summary.pdf", "2-invoices.xlsx", "2-invoices.csv", "3-interest.xlsx", "3-interest.csv",
        "5-proofs.xlsx", "5-proofs.csv", "6-timeline.xlsx", "6-timeline.csv",
    ]  # fmt: skip
    reminders = [name for name in names if name.startswith("4-")]
    assert [name.rpartition("/")[2].rpartition("-")[0] for name in reminders] == [f"001-{day}"] * len(reminders)
    assert {name.rpartition(".")[2] for name in reminders} <= {"txt", "eml"}
    assert all(part not in name for name in names for part in ("..", "\\", "CON", "passwd"))
    assert _file(company, "fr").namelist()[0] == "1-synthese.pdf"


def test_its_figures_are_those_of_the_claim(company: Company) -> None:
    claim = claim_of(run_ledger(company.store), "Durand", as_of=ME.today, currency="EUR")
    assert (claim.principal, claim.indemnity, claim.is_complete) == (money("400.00"), money("160.00"), True)
    archive = _file(company)
    rows = _table(archive, "2-invoices.csv")
    assert [row["Outstanding"] for row in rows[:4]] == ["100.00"] * 4
    assert rows[0]["Invoice"].startswith(("'", ".", "A", "C"))
    assert all(not row["Invoice"].startswith("=") for row in rows)
    runs = _table(archive, "3-interest.csv")
    assert {row["Days"] for row in runs} == {"61"}
    assert sum(money(row["Interest"]) for row in runs) == claim.interest


def test_the_words_are_kept_as_they_left(company: Company) -> None:
    archive, ledger = _file(company), run_ledger(company.store)
    body = ledger.reminders["body"].item()
    text = next(name for name in archive.namelist() if name.endswith(".txt"))
    assert archive.read(text).decode().endswith(body)
    for name in archive.namelist():
        if name.endswith(".eml"):
            assert message_from_bytes(archive.read(name))["Subject"]
    proofs = _table(archive, "5-proofs.csv")
    assert [row["Event"] for row in proofs] == ["Reminder sent", "Promise to pay"]
    assert proofs[0]["File"] == text.rpartition("/")[2]


def test_a_registered_letter_is_told_with_where_it_went_and_its_pages(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F-1", "Durand", "100.00").line("L1", "40.00", "VIR", on=10)
    company.save()
    set_contact(
        company.store,
        "Durand",
        {"email": "a@example.org", "address": "3 quai du Port\n13002 Marseille", "client_type": "company"},
        author=ME,
    )
    mark(company.store, "F-1", "reminded", on=day(40), value="R1", author=ME)
    (draft,) = drafts(run_ledger(company.store), as_of=ME.today)
    assert (draft.channel, draft.email is None) == ("registered_letter", False)
    record_sent(company.store, [draft], author=ME)
    archive = _file(company)
    text = next(name for name in archive.namelist() if name.startswith("4-") and name.endswith(".txt"))
    assert "To: 3 quai du Port, 13002 Marseille\n" in archive.read(text).decode()
    pages = PdfReader(BytesIO(archive.read(text.replace(".txt", ".pdf")))).pages
    assert "MISE EN DEMEURE" in pages[0].extract_text()
    events = {row["Event"]: row["Detail"] for row in _table(archive, "5-proofs.csv")}
    assert events["Reminder sent"].endswith("Registered letter – 3 quai du Port, 13002 Marseille")
    assert "@" not in str(events)


def test_the_summary_says_the_sums_and_the_same_facts_give_the_same_file(company: Company) -> None:
    first, again = (_file(company) for _ in range(2))
    assert all(first.read(name) == again.read(name) for name in first.namelist() if not name.endswith((".xlsx", ".eml")))
    said = "\n".join(page.extract_text() for page in PdfReader(BytesIO(first.read("1-summary.pdf"))).pages)
    assert "€400.00" in said
    assert "€160.00" in said


def test_a_rate_that_is_not_known_is_told_beside_its_invoice_and_the_indemnity_is_in_euros(company: Company) -> None:
    ledger = run_ledger(company.store)
    later = ME.today.replace(year=ME.today.year + 3)
    archive = ZipFile(BytesIO(litigation_file(ledger, "Durand", Texts("en"), as_of=later, currency="EUR")))
    rows = _table(archive, "2-invoices.csv")
    assert {row["Interest rates"] for row in rows[:4]} == {"Incomplete: the rate of a half-year is not known"}
    assert rows[0]["Recovery indemnity (EUR)"] == "40.00"
    assert {row["Interest rates"] for row in _table(_file(company), "2-invoices.csv")[:4]} == {""}


def test_interest_at_a_rate_that_is_not_known_is_not_told_as_zero(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.bill("LATER", "Durand", "77.00", issued=1000).save()
    ledger = run_ledger(company.store)
    archive = ZipFile(BytesIO(litigation_file(ledger, "Durand", Texts("en"), as_of=day(1060), currency="EUR")))
    said = "\n".join(page.extract_text() for page in PdfReader(BytesIO(archive.read("1-summary.pdf"))).pages)
    line = said.partition("LATER")[2].partition("Total")[0].split()
    assert line[-4:] == ["€77.00", "€77.00", "30", "–"]


def test_a_consumer_owes_no_interest_and_no_indemnity(company: Company) -> None:
    with company.store.change("import", ME) as change:
        change.insert("client_version", pl.DataFrame({"client_id": ["Durand"], "name": ["Durand"], "client_type": ["consumer"]}))
    claim = claim_of(run_ledger(company.store), "Durand", as_of=ME.today, currency="EUR")
    assert (claim.interest, claim.indemnity) == (money("0.00"), money("0.00"))


def test_what_was_received_and_settles_nothing_is_deducted_and_what_is_not_due_is_not_claimed(tmp_path: Path) -> None:
    """The principal is what the statement of account says; the overdue part alone makes the total."""
    company = Company(tmp_path).bill("F-1", "Durand", "100.00").bill("F-2", "Durand", "900.00", issued=80)
    company.note("A-1", "Durand", "30.00", issued=40)
    company.bill("A-2", "Durand", "7.00", issued=40, kind="credit_note", currency="USD").save()
    ledger = run_ledger(company.store)
    claim = claim_of(ledger, "Durand", as_of=ME.today, currency="EUR")
    assert (claim.principal, claim.due) == (money("970.00"), money("70.00"))
    assert claim.principal == balance(*open_account(ledger, "Durand", as_of=ME.today, currency="EUR"))
    archive = _file(company)
    rows = [row for row in _table(archive, "2-invoices.csv") if row["Issued"]]
    assert [(row["Invoice"], row["Outstanding"]) for row in rows] == [
        ("F-1", "100.00"), ("F-2", "900.00"), ("Credit note A-1", "-30.00"),
    ]  # fmt: skip
    said = "\n".join(page.extract_text() for page in PdfReader(BytesIO(archive.read("1-summary.pdf"))).pages)
    assert "Principal owed €970.00" in said
    assert "of which overdue €70.00" in said
    assert "of which not due yet €900.00" in said
    assert f"Total due at 01/06/2026 €{70 + 40 + claim.interest}" in said
    assert "an open credit in another currency, US$7.00." in said


def test_credits_beyond_what_is_overdue_claim_nothing(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F-1", "Durand", "100.00").note("A-1", "Durand", "130.00", issued=40).save()
    claim = claim_of(run_ledger(company.store), "Durand", as_of=ME.today, currency="EUR")
    assert (claim.principal, claim.due) == (money("-30.00"), money("0.00"))


def test_a_dispute_that_came_with_a_file_is_told(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F-1", "Durand", "100.00", is_disputed=True).bill("F-2", "Durand", "50.00").save()
    archive = _file(company)
    assert [row["Dispute"] for row in _table(archive, "2-invoices.csv")[:2]] == ["In dispute", ""]
    for name in ("5-proofs.csv", "6-timeline.csv"):
        told = [row for row in _table(archive, name) if row["Event"] == "Dispute"]
        assert [(row["Date"], row["Invoices"], row["Detail"]) for row in told] == [
            ("02/03/2026", "F-1", "according to the file imported, without a date")
        ]
    said = "\n".join(page.extract_text() for page in PdfReader(BytesIO(archive.read("1-summary.pdf"))).pages)
    assert "Invoices in dispute €100.00" in said
    assert "F-1 – in dispute" in said
