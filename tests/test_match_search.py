"""The search by hand: invoices found by client, number or amount, however they are typed."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pages._ui.match_search import search, searchable
from pages._ui.match_settle import parts_of

BILLS = [
    ("FA-2025-012", "Dupré Menuiserie", "1240.00", "1240.00", date(2025, 3, 1)),
    ("FA-2025-013", "Café Moreau", "1240.50", "1240.50", date(2025, 2, 1)),
    ("FA-2025-014", "Dupré Menuiserie", "2000.00", "800.00", date(2025, 1, 1)),
    ("FA-2024-300", "Dupré Menuiserie", "60.00", "60.00", date(2024, 1, 1)),
    ("FA-2025-112", "L'Étoile du Nord", "90.00", "90.00", date(2025, 4, 1)),
]
LOST = ("FA-2024-300",)


def bills() -> pl.DataFrame:
    rows = [
        {
            "number": number, "client": client, "amount": Decimal(amount), "outstanding": Decimal(owed), "due_date": due,
            "status": "written_off" if number in LOST else "late",
        }
        for number, client, amount, owed, due in BILLS
    ]  # fmt: skip
    schema = {"amount": pl.Decimal(18, 2), "outstanding": pl.Decimal(18, 2)}
    return searchable(pl.DataFrame(rows, schema_overrides=schema))


def found(typed: str, *, amount: str = "1.00", client: str | None = None) -> list[str]:
    line: dict[str, Any] = {"open_amount": Decimal(amount), "client": client}
    return [number[-3:] for number in search(bills(), typed, line=line)["number"].to_list()]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("1 240", ["013", "012"]),  # an amount without cents finds the euro, the first due first
        ("1240,00", ["012"]),
        ("1 240,50 €", ["013"]),
        ("2000", ["014"]),  # the whole of an invoice that is partly paid
        ("800.00", ["014"]),
        ("FA-2025-012", ["012"]),
        ("fa2025012", ["012"]),
        ("2025 112", ["112"]),
        ("dupre", ["014", "012", "300"]),
        ("DUPRÉ 012", ["012"]),
        ("etoile", ["112"]),
        ("moreau dupre", []),
        ("(", []),
    ],
)
def test_what_a_person_remembers_finds_the_invoice(typed: str, numbers: list[str]) -> None:
    assert found(typed) == numbers


def test_without_a_word_the_exact_amount_comes_first_then_the_known_client() -> None:
    assert found("", amount="90.00", client="Café Moreau") == ["112", "013", "014", "012"]


def test_a_receipt_fills_the_ticked_invoices_in_order_until_nothing_is_left() -> None:
    rows = [{"document_id": i, "outstanding": Decimal(owed)} for i, owed in (("a", "80.00"), ("b", "50.00"), ("c", "10.00"))]
    assert parts_of("line", rows, Decimal("100.00")) == [("line", "a", Decimal("80.00")), ("line", "b", Decimal("20.00"))]


def test_the_only_ticked_invoice_gets_what_was_typed() -> None:
    rows = [{"document_id": "a", "outstanding": Decimal("80.00")}]
    assert parts_of("line", rows, Decimal("30.00")) == [("line", "a", Decimal("30.00"))]
    assert parts_of("line", rows, Decimal("90.00")) == [("line", "a", Decimal("90.00"))]


def test_what_is_written_off_is_found_last_and_only_when_it_is_searched() -> None:
    assert "300" not in found("", amount="60.00")
    assert found("dupre", amount="60.00") == ["014", "012", "300"]
    assert found("FA-2024-300") == ["300"]
