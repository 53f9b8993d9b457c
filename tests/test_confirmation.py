"""Balance confirmations: the largest is always asked, a seed draws the same sample, and answers are kept and taken back."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from small_ledger import COMPANY, MONDAY, Book
from small_store import ME, Company, day, money

from models.errors import Refused
from models.texts import Texts
from pipelines import decisions
from pipelines.collections.timeline import timeline
from pipelines.ledger import run_ledger
from pipelines.papers.confirmation import Choice, Selection, keep_answer, select
from pipelines.papers.confirmation_letter import ReturnTo, confirmation_pdf
from pipelines.papers.tables import coverage_sentence


def book() -> Book:
    """Twelve clients that owe 100, 200… 1,200, and one that has 50 to its credit."""
    made = Book()
    for n in range(1, 13):
        made.late(f"F{n}", f"Client {n:02d}", 10, f"{n}00.00")
    return made.receipt("L1", MONDAY, "50.00", client="Client 13").client("Client 13")


def chosen(choice: Choice) -> Selection:
    return select(book().ledger(), choice, as_of=MONDAY, currency="EUR")


def test_the_choice_says_why_and_what_it_covers() -> None:
    found = chosen(Choice(threshold=money("1100"), top=3))
    rows = found.asked.select("client", "reason", "balance").rows()
    assert rows == [
        ("Client 12", "largest", money("1200.00")),
        ("Client 11", "threshold", money("1100.00")),
        ("Client 10", "top", money("1000.00")),
    ]
    assert (found.clients, found.covered, found.receivables) == (13, money("3300.00"), money("7750.00"))
    assert found.coverage == pytest.approx(3300 / 7750)


def test_a_seed_draws_the_same_sample_and_another_one_another() -> None:
    first, again, other = (chosen(Choice(top=0, sample=4, seed=seed)).asked["client"].to_list() for seed in (7, 7, 8))
    assert first == again
    assert first != other
    assert len(first) == len(other) == 5
    assert first[0] == other[0] == "Client 12"
    assert chosen(Choice(top=0, sample=99)).asked.height == 13


def test_nothing_owed_is_nothing_to_confirm() -> None:
    found = select(Book().ledger(), Choice(), as_of=MONDAY, currency="EUR")
    assert found.asked.is_empty()
    assert found.coverage is None


def test_the_letter_has_the_balance_the_open_items_and_a_slip_for_the_auditor() -> None:
    ledger = Book().client("Martin", language="fr").client("Finch", language="en").late("F1", "Martin", 10, "120.00")
    ledger.late("F2", "Finch", 10, "80.00").receipt("L1", MONDAY, "200.00", client="Finch")
    back = ReturnTo("Cabinet Audit Alpha", "1 place de la Bourse\n75002 Paris")
    content = confirmation_pdf(
        ledger.ledger(COMPANY), ["Martin", "Finch"], back, as_of=MONDAY, currency="EUR", day=MONDAY, title="x"
    )
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]
    finch, slip, martin, _ = pages
    assert "we owe you €120.00" in finch
    assert "Cabinet Audit Alpha" in slip
    assert "75002 Paris" in slip
    assert slip.endswith("2 / 2")
    assert "vous nous devez 120,00 €" in martin.replace("\u00a0", " ").replace("\u202f", " ")
    assert "F1" in martin
    assert martin.endswith("1 / 2")


def test_without_a_company_name_the_slip_comes_back_to_us_and_nothing_owed_has_no_share() -> None:
    ledger = (
        Book()
        .client("Finch", language="en")
        .late("F1", "Finch", 10, "80.00")
        .receipt("L1", MONDAY, "200.00", client="Finch")
        .ledger()
    )
    content = confirmation_pdf(ledger, ["Finch"], ReturnTo(), as_of=MONDAY, currency="EUR", day=MONDAY, title="x")
    letter, slip = [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]
    assert "send the slip on the last page back to us, even if you agree" in letter
    assert "To be sent back to" not in slip
    assert "In the books of" not in slip
    told = coverage_sentence(select(ledger, Choice(), as_of=MONDAY, currency="EUR"), Texts("en"), "EUR")
    assert told == "1 of 1 clients, -€120.00 of -€120.00."


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    made.bill("F1", "Martin", "120.00").bill("F2", "Durand", "60.00", 1).save()
    yield made
    made.store.close()


def test_an_answer_is_kept_told_in_the_history_and_taken_back(company: Company) -> None:
    def asked(after: int = 20) -> list[tuple[object, ...]]:
        found = select(run_ledger(company.store), Choice(), as_of=day(after), currency="EUR").asked
        return found.select("client", "state", "said", "gap", "note").rows()

    before = asked()
    assert before == [("Martin", None, None, None, None), ("Durand", None, None, None, None)]
    keep_answer(company.store, "Durand", "agreed", balance_on=day(20), author=ME)
    change = keep_answer(company.store, "Martin", "differs", balance_on=day(20), author=ME, said=Decimal("100.00"), note="remise")
    assert asked() == [
        ("Martin", "differs", money("100.00"), money("-20.00"), "remise"),
        ("Durand", "agreed", money("60.00"), money("0.00"), None),
    ]
    assert asked(21) == before
    told = timeline(run_ledger(company.store), Texts("en"), client_id="Martin", as_of=ME.today)
    assert told["detail"].to_list()[0] == "balance at 22/03/2026: Differs, €100.00 in their books – remise"
    decisions.undo(company.store, change, author=ME)
    assert asked()[0] == before[0]


def test_a_balance_of_a_day_still_to_come_is_confirmed_by_nobody(company: Company) -> None:
    with pytest.raises(Refused) as refused:
        keep_answer(company.store, "Martin", "agreed", balance_on=ME.today + timedelta(days=1), author=ME)
    assert refused.value.code == "in_future"
    assert keep_answer(company.store, "Martin", "agreed", balance_on=ME.today, author=ME)


def test_a_difference_needs_its_amount_and_an_answer_a_known_client(company: Company) -> None:
    for client, state, said, code in (
        ("Martin", "differs", None, "no_amount_said"),
        ("Martin", "agreed", money("1.00"), "no_amount_said"),
        ("Martin", "perhaps", None, "bad_answer"),
        ("Nobody", "agreed", None, "unknown_client"),
    ):
        with pytest.raises(Refused) as refused:
            keep_answer(company.store, client, state, balance_on=day(20), author=ME, said=said)
        assert refused.value.code == code
