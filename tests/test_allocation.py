"""The laws of what pays what, in literal frames."""

from datetime import date
from decimal import Decimal

import polars as pl

from models.tables import CLAIMS, DOCUMENTS, conform
from pipelines.allocation import linked_credit_claims, only_effective, settle

MAY = date(2026, 5, 1)


def _invoice(amount: str = "100.00", issued: date = MAY, /, **other: object) -> pl.DataFrame:
    row = {
        "document_id": "F1", "direction": "sale", "kind": "invoice", "number": "F1", "client_id": "c", "issue_date": issued,
        "due_date": issued, "amount": Decimal(amount), "currency": "EUR",
    }  # fmt: skip
    return conform(pl.DataFrame([row | other]), DOCUMENTS)


def _claims(*claims: tuple[str, str, str, int, int | None]) -> pl.DataFrame:
    """Claims on F1: id, source, amount, day of May, day of May on which it is reversed."""
    rows = [
        {
            "claim_id": i, "source": source, "source_id": i, "document_id": "F1", "amount": Decimal(amount),
            "date": date(2026, 5, day), "reversed_on": date(2026, 5, end) if end else None, "is_dated": True,
        }
        for i, source, amount, day, end in claims
    ]  # fmt: skip
    return conform(pl.DataFrame(rows, infer_schema_length=None), CLAIMS)


def _found(allocations: pl.DataFrame) -> list[tuple[str, str, int, int | None]]:
    """Id, amount, first day of May and day on which it ends."""
    rows = allocations.sort("claim_id", "counts_from").select("claim_id", "amount", "counts_from", "reversed_on").iter_rows()
    return [(i, str(amount), start.day, end.day if end else None) for i, amount, start, end in rows]


def test_claims_apply_by_date_then_by_source_then_by_id() -> None:
    claims = _claims(
        ("w", "write_off", "100.00", 3, None), ("b2", "bank", "40.00", 3, None), ("b1", "bank", "40.00", 3, None),
        ("a", "credit_note", "30.00", 3, None), ("b0", "bank", "10.00", 2, None),
    )  # fmt: skip
    found = _found(only_effective(_invoice(), claims))
    assert found == [("a", "30.00", 3, None), ("b0", "10.00", 2, None), ("b1", "40.00", 3, None), ("b2", "20.00", 3, None)]


def test_a_claim_before_its_invoice_counts_from_the_issue_date() -> None:
    invoice = _invoice("100.00", date(2026, 5, 10))
    assert _found(only_effective(invoice, _claims(("b", "bank", "20.00", 4, None)))) == [("b", "20.00", 10, None)]


def test_a_claim_reversed_before_it_counts_gives_nothing() -> None:
    invoice = _invoice("100.00", date(2026, 5, 10))
    assert _found(only_effective(invoice, _claims(("b", "bank", "20.00", 4, 10)))) == []


def test_what_is_returned_frees_its_room_from_that_day() -> None:
    claims = _claims(("b1", "bank", "100.00", 2, 8), ("b2", "bank", "100.00", 4, None))
    assert _found(only_effective(_invoice(), claims)) == [("b1", "100.00", 2, 8), ("b2", "100.00", 8, None)]


def test_a_claim_whose_part_grows_has_a_row_per_period() -> None:
    claims = _claims(("b1", "bank", "70.00", 2, 8), ("b2", "bank", "100.00", 4, None))
    found = _found(only_effective(_invoice(), claims))
    assert found == [("b1", "70.00", 2, 8), ("b2", "30.00", 4, 8), ("b2", "100.00", 8, None)]


def test_a_bank_line_takes_the_place_of_as_much_of_a_declared_payment() -> None:
    claims = _claims(("d", "declared", "60.00", 2, None), ("b", "bank", "40.00", 5, None))
    found = settle(_invoice(), claims)
    assert _found(found.allocations) == [("b", "40.00", 5, None), ("d", "20.00", 2, None)]
    assert found.proven.rows() == [("d", Decimal("40.00"))]


def test_a_returned_bank_line_still_proves_what_was_declared() -> None:
    claims = _claims(("d", "declared", "100.00", 2, None), ("b", "bank", "100.00", 5, 9))
    assert _found(settle(_invoice(), claims).allocations) == [("b", "100.00", 5, 9)]


def test_a_bank_line_proves_what_stood_longest_of_a_declared_slice() -> None:
    claims = _claims(
        ("d-1-0", "declared", "50.00", 2, 9), ("d-1-1", "declared", "50.00", 2, None), ("b", "bank", "50.00", 2, None)
    )
    found = _found(settle(_invoice(), claims).allocations)
    assert found == [("b", "50.00", 2, None), ("d-1-0", "50.00", 2, 9)]


def test_a_declared_payment_that_found_no_room_is_not_proven() -> None:
    claims = _claims(
        ("a", "credit_note", "100.00", 1, None), ("d", "declared", "40.00", 2, None), ("b", "bank", "40.00", 3, None)
    )
    found = settle(_invoice(), claims)
    assert (_found(found.allocations), found.proven.is_empty()) == ([("a", "100.00", 1, None)], True)


def test_a_credit_note_is_claimed_by_the_invoice_that_it_names_less_what_a_person_used() -> None:
    note = {"document_id": "A1", "number": "A1", "kind": "credit_note", "linked_invoice": "F1"}
    documents = pl.concat([_invoice(), _invoice("30.00", **note)])
    use = _claims(("u", "credit_note", "10.00", 3, None)).with_columns(source_id=pl.lit("A1"))
    assert linked_credit_claims(documents, use)["amount"].to_list() == [Decimal("20.00")]
    for other in ({"client_id": "d"}, {"currency": "USD"}, {"linked_invoice": "F404"}, {"linked_invoice": "A1"}):
        elsewhere = pl.concat([_invoice(), _invoice("30.00", **(note | other))])
        assert linked_credit_claims(elsewhere, use.clear()).is_empty()
