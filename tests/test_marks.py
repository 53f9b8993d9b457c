"""A reminder marked on a client: the invoices that it listed that day, and no other."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company

from models.errors import Refused
from models.store import Author
from pipelines.collections.facts import open_invoices, situation
from pipelines.collections.results import reminded
from pipelines.collections.steps import recorded_steps, step_dates
from pipelines.ledger import run_ledger
from pipelines.marks import mark

ON = date(2026, 5, 18)  # a Monday, seven weeks after the due date


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Durand with late invoices, one in dollars, one not due yet; Martin with one in dollars."""
    made = Company(tmp_path)
    for number in ("F-1", "F-2", "F-3", "F-4", "F-5", "F-6"):
        made.bill(number, "Durand", "100.00")
    made.bill("F-7", "Durand", "100.00", currency="USD").bill("F-8", "Durand", "100.00", issued=70)
    made.bill("F-9", "Martin", "100.00", currency="USD").line("L0", "-1.00", "FRAIS", on=90).save()
    yield made
    made.store.close()


def recorded(company: Company, currency: str = "EUR") -> list[str]:
    """The invoices for which a first reminder counts, and which the counts of reminders name alike."""
    ledger = run_ledger(company.store)
    at = situation(ledger, as_of=ME.today, currency=currency)
    found = recorded_steps(at, step_dates(at, open_invoices(at)))
    numbers = sorted(found.filter(found["step"] == "R1")["document_id"])
    assert numbers == sorted(reminded(ledger, as_of=ME.today, currency=currency)["document_id"])
    return numbers


def test_a_reminder_of_a_client_counts_for_what_it_listed_that_day_only(company: Company) -> None:
    mark(company.store, "F-2", "disputed", on=ON, author=ME)
    mark(company.store, "F-3", "paused", on=ON, author=ME)
    mark(company.store, "F-4", "rejected", on=ON, author=ME)
    mark(company.store, "F-5", "promise", on=date(2026, 6, 10), author=ME)
    before = Author("Ana", ON, datetime(2026, 5, 18, 9))
    mark(company.store, "F-6", "promise", on=date(2026, 6, 10), author=before)
    mark(company.store, "Durand", "reminded", on=ON, value="R1", author=ME)
    # What is promised since, F-5, was listed; F-7 is in another currency, F-8 was not due.
    assert (recorded(company), recorded(company, "USD")) == (["F-1", "F-5"], [])
    mark(company.store, "F-2", "disputed", on=date(2026, 5, 20), author=ME, is_set=False)
    assert recorded(company) == ["F-1", "F-5"]


def test_a_reminder_of_a_client_is_taken_back_whole(company: Company) -> None:
    mark(company.store, "Durand", "reminded", on=ON, value="R1", author=ME)
    assert len(recorded(company)) == 6
    mark(company.store, "Durand", "reminded", on=date(2026, 5, 19), value="R1", author=ME, is_set=False)
    assert recorded(company) == []


def test_a_reminder_that_listed_nothing_is_refused(company: Company) -> None:
    with pytest.raises(Refused) as refused:
        mark(company.store, "Martin", "reminded", on=ON, value="R1", author=ME)
    assert refused.value.code == "nothing_listed"


def whole(company: Company, on: date, step: str, *, is_set: bool = True) -> None:
    """A mark of Durand as a whole, as earlier versions kept it."""
    with company.store.change("mark", ME, subject="Durand", detail={"what": "reminded", "on": on, "value": step}) as change:
        row = {"client_id": "Durand", "what": "reminded", "is_set": is_set, "on_date": on, "value": step}
        change.insert("mark", pl.DataFrame([row]))


def test_an_earlier_mark_of_a_client_counts_for_what_that_reminder_listed_only(company: Company) -> None:
    mark(company.store, "F-2", "disputed", on=ON, author=ME)
    mark(company.store, "F-6", "promise", on=date(2026, 6, 10), author=Author("Ana", ON, datetime(2026, 5, 18, 9)))
    whole(company, ON, "R1")
    assert (recorded(company), recorded(company, "USD")) == (["F-1", "F-3", "F-4", "F-5"], [])
    # What was settled or disputed since was in it all the same.
    mark(company.store, "F-3", "disputed", on=date(2026, 5, 20), author=ME)
    assert recorded(company) == ["F-1", "F-3", "F-4", "F-5"]
    whole(company, date(2026, 5, 19), "R1", is_set=False)
    assert recorded(company) == []


def test_an_earlier_mark_of_a_client_is_taken_back_as_any_other(company: Company) -> None:
    whole(company, ON, "R1")
    mark(company.store, "Durand", "reminded", on=date(2026, 5, 19), value="R1", author=ME, is_set=False)
    assert recorded(company) == []
    with pytest.raises(Refused) as refused:
        mark(company.store, "Durand", "reminded", on=ON, value="R2", author=ME, is_set=False)
    assert refused.value.code == "nothing_recorded"


def test_a_reminder_in_another_currency_is_marked_and_taken_back_apart(company: Company) -> None:
    mark(company.store, "Durand", "reminded", on=ON, value="R1", author=ME)
    mark(company.store, "Durand", "reminded", on=ON, value="R1", author=ME, currency="USD")
    assert (len(recorded(company)), recorded(company, "USD")) == (6, ["F-7"])
    mark(company.store, "Durand", "reminded", on=ON, value="R1", author=ME, is_set=False, currency="USD")
    assert (len(recorded(company)), recorded(company, "USD")) == (6, [])


@pytest.mark.parametrize("what", ["reminded", "disputed", "promise", "written-off", "doubtful", "rejected"])
def test_nothing_is_said_of_an_invoice_before_it_was_issued(company: Company, what: str) -> None:
    """F-8 is of 11 May: the day before is refused, that day is not; taking back an old slip stays possible."""
    value = "R1" if what == "reminded" else None
    issued = date(2026, 5, 11)
    with pytest.raises(Refused) as refused:
        mark(company.store, "F-8", what, on=issued.replace(day=10), author=ME, value=value)
    assert (refused.value.code, refused.value.fields) == ("before_issue", {"number": "F-8", "issued": issued})
    assert mark(company.store, "F-8", what, on=issued, author=ME, value=value) > 0
    if what == "disputed":
        assert mark(company.store, "F-8", what, on=issued.replace(day=10), author=ME, is_set=False) > 0
