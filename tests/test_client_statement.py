"""Statements of account: each client's movements lead to what it owes, on paper as on screen, whatever its name and language."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

from from_facts import ledger_of
from hypothesis import given, settings
from ledgers import cases
from oracle import BankLine, Document, Facts, Match, Refund
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from small_ledger import COMPANY, DAY, MONDAY, Book
from test_accounting_laws import receivables

from models.settings import Settings
from models.texts import Texts
from pipelines.ledger import Ledger
from pipelines.papers.account import letters_of_invoices, with_letters
from pipelines.papers.client_statement import (
    Statement,
    statement_files,
    statement_pdf,
    statement_rows,
    statements,
    statements_zip,
)

FR = Texts("fr")


@settings(max_examples=15, deadline=None)
@given(cases())
def test_every_statement_closes_at_what_the_client_owes(case: tuple[Facts, date, date | None]) -> None:
    facts, as_of, start = case
    ledger = replace(ledger_of(facts), settings=Settings())
    owed = receivables(ledger, as_of)
    for first in (None, start or date(2024, 1, 1)):
        found = statements(ledger, as_of=as_of, currency="EUR", start=first)
        closing = {str(one.client["name"]): one.closing for one in found if one.closing}
        assert closing == owed
        for one in found:
            rows = [row for row in statement_rows(one) if row["kind"] not in ("before", "after")]
            moved = sum((row["debit"] or 0) - (row["credit"] or 0) for row in rows)
            assert (one.account.opening if first else 0) + moved == one.closing
            assert not rows or rows[-1]["balance"] == one.closing


def ledger() -> Ledger:
    """A client with a settled invoice, one paid in part, and a credit; another that reads English."""
    book = Book().client("Martin").client("Finch & Sons", language="en")
    book.late("F1", "Martin", 40, "120.00").late("F2", "Martin", 10, "60.00").late("F3", "Finch & Sons", 5, "80.00")
    book.receipt("L1", MONDAY - 20 * DAY, "120.00", pays="F1").receipt("L2", MONDAY - 2 * DAY, "20.00", pays="F2")
    return book.receipt("L3", MONDAY - DAY, "7.50", client="Martin").ledger(COMPANY)


def of(name: str, start: date | None = None) -> Statement:
    return next(one for one in statements(ledger(), as_of=MONDAY, currency="EUR", start=start) if one.client["name"] == name)


def words(content: bytes) -> list[str]:
    """Each page's words, with plain spaces."""
    return [
        " ".join(page.extract_text().replace("\u202f", " ").replace("\u00a0", " ").split())
        for page in PdfReader(BytesIO(content)).pages
    ]


def test_the_movements_are_lettered_and_run_from_balance_to_balance() -> None:
    rows = [
        (row["kind"], row["number"], row["debit"] or row["credit"], row["balance"], row["letter"])
        for row in statement_rows(of("Martin", MONDAY - 30 * DAY))
    ]
    amounts = [(kind, number, value and str(value), str(left), letter) for kind, number, value, left, letter in rows]
    assert amounts == [
        ("before", None, None, "180.00", None),
        ("receipt", "F1", "120.00", "60.00", "AA"),
        ("receipt", "F2", "20.00", "40.00", "ab"),
        ("receipt", None, "7.50", "32.50", None),
        ("after", None, None, "32.50", None),
    ]
    letters = letters_of_invoices(ledger(), as_of=MONDAY, currency="EUR")
    assert letters.rows() == [("F1", "AA"), ("F2", "ab")]


def test_the_paper_is_in_the_clients_language_and_counts_its_own_pages() -> None:
    found = statements(ledger(), as_of=MONDAY, currency="EUR", start=MONDAY - 30 * DAY)
    finch, martin = words(statement_pdf(found, ledger(), title="x"))
    assert "Statement of account from 23 May 2026 to 22 June 2026" in finch
    assert "Relevé de compte du 23 mai 2026 au 22 juin 2026" in martin
    assert "Règlement reçu F2" in martin
    assert "Solde final 22/06/2026 0,00 € 147,50 € 32,50 €" in martin
    assert martin.endswith("1 / 1")
    (paper,) = words(statement_pdf([of("Martin")], ledger(), title="x"))
    assert "Relevé de compte au 22 juin 2026" in paper
    assert "Solde du compte 32,50 €" in paper


def test_files_of_all_clients_are_the_same_twice_and_their_names_are_ours() -> None:
    book = Book().late("F1", "../=x\u202e", 3, "10.00").late("F2", "Martin", 3, "20.00")
    books = book.ledger(COMPANY)
    found = statements(books, as_of=MONDAY, currency="EUR")
    for form in ("pdf", "xlsx"):
        names = [name for name, _ in statement_files(found, books, form, FR)]
        assert names == [f"releve-de-compte-001-x-2026-06-22.{form}", f"releve-de-compte-002-martin-2026-06-22.{form}"]
        assert statements_zip(found, books, form, FR) == statements_zip(found, books, form, FR)
    with ZipFile(BytesIO(statements_zip(found, books, "xlsx", FR))) as archive:
        rows = CalamineWorkbook.from_filelike(BytesIO(archive.read(archive.namelist()[1]))).get_sheet_by_index(0).to_python()
    assert (rows[1][0], *rows[1][2:4], rows[1][5]) == ("Martin", "Facture", "F2", 20.0)


def test_what_is_written_off_is_no_loss_in_the_clients_eyes() -> None:
    """A discount that he took is none, and a loss gives up no claim."""
    book = Book().client("Martin").late("F1", "Martin", 40, "120.00").receipt("L1", MONDAY - 20 * DAY, "117.00", pays="F1")
    discount = {"claim_id": "W", "source": "write_off", "source_id": "W", "amount": Decimal("3.00"), "reason": "discount"}
    book.claims.append({**book.claims[0], **discount})
    book.claims[0]["reason"] = None
    found = statements(book.ledger(COMPANY), as_of=MONDAY, currency="EUR", start=MONDAY - 90 * DAY)
    [page] = words(statement_pdf(found, ledger(), title="x"))
    assert "Régularisation F1" in page
    assert "perte" not in page.lower()


def test_a_payment_that_came_back_has_no_letter_beside_the_one_that_took_its_place() -> None:
    back, whole = MONDAY - 10 * DAY, Decimal("120.00")
    facts = Facts(
        documents=(Document("F1", "invoice", "C1", MONDAY - 60 * DAY, MONDAY - 30 * DAY, whole),),
        lines=(BankLine("L1", MONDAY - 20 * DAY, whole, "C1"), BankLine("L2", MONDAY - 5 * DAY, whole, "C1")),
        matches=(Match("M1", "L1", "F1", whole, back), Match("M2", "L2", "F1", whole)),
        refunds=(Refund(back, "L1", whole, "returned", "C1"),),
    )
    books = ledger_of(facts)
    found = with_letters(books.allocations, books, as_of=MONDAY).sort("source_id")
    assert found.select("source_id", "letter").rows() == [
        ("L1", None),
        ("L2", "AB"),
    ]  # AA is of the payment and of what took it back
