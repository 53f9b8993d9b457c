"""Laws of doubtful receivables over random ledgers: 416 and 491 follow the decisions and the money, and go back to nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
from from_facts import ledger_of
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import event_days, ledgers
from oracle import Facts

from models.money import ZERO, total
from models.settings import Settings
from pipelines.accounting.entries import Entries, entries_of
from pipelines.ledger import Ledger
from pipelines.provisions.closings import closings
from pipelines.provisions.doubt import decisions
from pipelines.provisions.provision import provided_on
from pipelines.receivables import open_items

QUARTERLY = Settings(vat_rate=Decimal(20), provision_every="quarter", provision_rates="0=10; 30=33.33; 90=100")
LONG_AGO = date(2000, 1, 1)


def books(facts: Facts) -> Ledger:
    return replace(ledger_of(facts), settings=QUARTERLY)


def entries_to(ledger: Ledger, to: date) -> Entries:
    return entries_of(ledger, start=LONG_AGO, to=to, currency="EUR")


def balance(entries: Entries, account: str) -> Decimal:
    lines = entries.lines.filter(pl.col("account") == account)
    return total(lines["debit"]) - total(lines["credit"])


def decided_owed(ledger: Ledger, day: date) -> Decimal:
    """What is owed on invoices that a person decided to be doubtful: by the rule of the screens, with no rule of days."""
    never = replace(ledger, settings=replace(ledger.settings, doubtful_days=100_000))
    items = open_items(never, as_of=day, currency="EUR")
    return total(items.filter("is_doubtful")["outstanding"])


@settings(max_examples=25)
@given(ledgers(), st.data())
def test_on_every_day_416_is_what_the_decided_invoices_owe(facts: Facts, data: st.DataObject) -> None:
    ledger = books(facts)
    day = data.draw(st.sampled_from(event_days(facts)))
    assert balance(entries_to(ledger, day), "416000") == decided_owed(ledger, day)


@settings(max_examples=25)
@given(ledgers(), st.data())
def test_at_every_closing_491_is_what_is_provided_for_and_never_more_than_what_is_owed_without_vat(
    facts: Facts, data: st.DataObject
) -> None:
    ledger, days = books(facts), event_days(facts)
    closing = data.draw(st.sampled_from(closings(QUARTERLY, start=days[0], to=date(days[-1].year + 2, 12, 31))))
    provided = provided_on(ledger, decisions(ledger, currency="EUR"), [closing], currency="EUR")
    assert total(provided["outstanding"]) == decided_owed(ledger, closing)
    assert provided.filter((pl.col("provision") > pl.col("outstanding_excl")) | (pl.col("provision") < 0)).is_empty()
    assert provided.filter(pl.col("outstanding_excl") > pl.col("outstanding")).is_empty()
    entries = entries_to(ledger, closing)
    assert -balance(entries, "491000") == total(provided["provision"].fill_null(ZERO))
    assert balance(entries, "681740") + balance(entries, "781740") == -balance(entries, "491000")


@settings(max_examples=15)
@given(ledgers())
def test_taking_every_decision_back_leaves_nothing_on_416_and_491(facts: Facts) -> None:
    ledger = books(facts)
    last = event_days(facts)[-1]
    end = closings(QUARTERLY, start=last, to=date(last.year + 1, 12, 31))[0]
    takes = ledger.documents.filter(pl.col("kind") != "credit_note").select("document_id")
    back = takes.with_columns(
        change_id=pl.lit(1_000_000, pl.Int64), what=pl.lit("doubtful"), is_set=pl.lit(value=False), on_date=pl.lit(last)
    )
    marks = pl.concat([ledger.marks, back], how="diagonal").sort("on_date", "change_id")
    entries = entries_to(replace(ledger, marks=marks), end)
    assert (balance(entries, "416000"), balance(entries, "491000")) == (ZERO, ZERO)


@settings(max_examples=15)
@given(ledgers())
def test_without_decisions_the_entries_are_what_they_were(facts: Facts) -> None:
    ledger, to = books(facts), event_days(facts)[-1]
    said = pl.col("what").is_in(["doubtful", "insolvency"])
    bare = replace(ledger, marks=ledger.marks.filter(~said))
    left_out = entries_of(ledger, start=LONG_AGO, to=to, currency="EUR", with_doubtful=False).lines
    assert left_out.equals(entries_to(bare, to).lines)
