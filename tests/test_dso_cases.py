"""The worked examples again, this time on the pipelines: published DSO, CEI and turnover cases, and the cases by hand.

The tests are those of `test_oracle`, run here with the pipelines' figures in the oracle's place.
"""

from collections.abc import Iterator
from datetime import date

import pytest
import test_oracle
from from_facts import ledger_of, with_remainders
from oracle import Facts
from test_oracle import (  # noqa: F401 -- collected here, with the pipelines behind them
    test_a_figure_without_a_positive_divisor_is_null,
    test_an_undated_payment_counts_from_the_import_and_takes_no_part_in_delays,
    test_bucket_edges,
    test_cei_is_collected_over_collectable,
    test_countback_passes_months_without_sales_and_is_null_beyond_the_first,
    test_countback_takes_whole_months_backwards_then_a_part,
    test_delay_of_payment_is_weighted_by_amount,
    test_doubtful_ratio_is_what_is_over_90_days_late,
    test_dso_is_its_best_plus_the_delay,
    test_dso_is_receivables_over_sales_times_days,
    test_other_currencies_are_left_out_and_named,
    test_turnover_is_sales_over_the_mean_of_receivables,
    test_unpaid_after_30_days_looks_at_that_day,
)

from pipelines.exports.answers import invoices_answer
from pipelines.kpis import kpis
from pipelines.receivables import sales_documents


@pytest.fixture(autouse=True)
def pipelines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the pipelines where these tests call the oracle, and see that each of them did call."""
    asked: list[date] = []

    def our_kpis(facts: Facts, as_of: date, from_: date | None = None, currency: str = "EUR") -> dict[str, object]:
        asked.append(as_of)
        found = kpis(ledger_of(with_remainders(facts)), as_of=as_of, start=from_, currency=currency).values()
        return found | {"from": found["start"]}

    def our_invoices(facts: Facts, as_of: date) -> list[dict[str, object]]:
        rows = invoices_answer(sales_documents(ledger_of(with_remainders(facts)), as_of=as_of))
        return sorted(rows, key=lambda row: str(row["invoice_number"]))

    monkeypatch.setattr(test_oracle, "kpis", our_kpis)
    monkeypatch.setattr(test_oracle, "invoices", our_invoices)
    yield
    assert asked
