"""What stands in labels is read once, and anew as soon as a fact is another one."""

from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company

from pipelines.reconcile import readings
from pipelines.reconcile.decide import accept
from pipelines.reconcile.numbers import number_hits
from pipelines.reconcile.run import run_reconcile


@pytest.fixture
def books(tmp_path: Path) -> Company:
    """Two receipts that wait for a person, one client each."""
    company = Company(tmp_path)
    company.bill("F-2025-001", "Garage Petit", "700.00").bill("F-2025-002", "Serrurerie Blanc", "300.00")
    company.line("petit", "700.00", "VIR HOLDING MARCEAU").line("blanc", "300.00", "VIR HOLDING TREGUIER", 11)
    company.save().reconcile()
    return company


def test_a_decision_leaves_what_stands_in_the_labels_as_it_was_read(books: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def counted(labels: pl.DataFrame, *others: object) -> pl.DataFrame:
        read.append(labels.height)
        return number_hits(labels, *others)  # type: ignore[arg-type]

    monkeypatch.setattr("pipelines.reconcile.readings.number_hits", counted)
    accept(books.store, "petit", candidate=1, author=ME)
    run_reconcile(books.store, author=ME)
    assert read == []


def test_another_label_or_number_is_read_anew() -> None:
    def found(label: str, number: str) -> list[str]:
        lines = pl.DataFrame(
            {"line_id": ["L"], "label": [label], "counterparty": [None]}, schema_overrides={"counterparty": pl.String}
        )
        documents = pl.DataFrame({"document_id": [number], "number": [number]})
        return [hit.document_id for _, hit in readings.reading_of(lines, documents).numbers]

    assert found("VIR FA-2025-012", "FA-2025-012") == ["FA-2025-012"]
    assert found("VIR FA-2025-013", "FA-2025-012") == []
    assert found("VIR FA-2025-013", "FA-2025-013") == ["FA-2025-013"]
    assert found("VIR FA-2025-012", "FA-2025-012") == ["FA-2025-012"]


def test_a_payer_who_was_taught_is_known_at_once() -> None:
    clients = pl.DataFrame({"client_id": ["C"], "name": ["Garage Petit"]})
    assert readings.name_book(clients, own="", aliases={}).find("vir holding marceau") == []
    known = readings.name_book(clients, own="", aliases={"holding marceau": "C"}).find("vir holding marceau")
    assert [hit.client_id for hit in known] == ["C"]
