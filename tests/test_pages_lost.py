"""A receipt that names an invoice written off as a loss, on the reconciliation screen: it is told, given, or kept as credit."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from screens import button, has_button, healthy, screen, store, words
from small_store import ME, Company, day, money
from streamlit.testing.v1 import AppTest

from models.texts import Texts
from pipelines.ledger import run_ledger
from pipelines.marks import mark
from pipelines.receivables import open_credits
from pipelines.reconcile.decide import refuse

FR = Texts("fr")


@pytest.fixture
def lost_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two receipts of a client who owes nothing else, one of before the loss; one of a client who owes another invoice too."""
    books = Company(tmp_path)
    books.bill("FA-2026-17", "Garage Petit", "700.00").bill("FA-2026-18", "Atelier Brun", "600.00")
    books.bill("FA-2026-19", "Atelier Brun", "300.00", 5).save()
    for number in ("FA-2026-17", "FA-2026-18"):
        mark(books.store, number, "written-off", on=day(40), author=ME)
    books.line("early", "100.00", "FACTURE FA-2026-17 GARAGE PETIT", 20)
    books.line("petit", "200.00", "VIR GARAGE PETIT FA-2026-17", 50).line("brun", "650.00", "VIR ATELIER BRUN FA-2026-18", 51)
    books.save().reconcile()
    early = run_ledger(books.store).claims.filter(source_id="early")["claim_id"].item()
    refuse(books.store, early, author=ME)
    books.store.close()
    monkeypatch.setenv("ENCOURS_DB", str(books.path / "books.duckdb"))
    yield
    st.cache_resource.clear()


def given() -> list[tuple[object, ...]]:
    claims = run_ledger(store()).claims.filter(pl.col("source") == "bank")
    return claims.select("source_id", "document_id", "amount", "rule").rows()


def turn_to(line_id: str) -> AppTest:
    """The screen with that receipt in hand."""
    at = screen("reconciliation", day=ME.today)
    while not has_button(at, f"by-hand-{line_id}"):
        healthy(button(at, "turn-Next").click().run())
    return at


@pytest.mark.usefixtures("lost_books")
def test_a_receipt_that_names_a_lost_invoice_can_be_kept_as_credit() -> None:
    at = turn_to("petit")
    assert "c’est un produit de son jour" in words(at)
    assert "FA-2026-17 de Garage Petit, passée en perte le 11/04/2026" in words(at)
    healthy(button(at, "lost-keep-").click().run())
    ledger = run_ledger(store())
    kept = ledger.attributions.filter("by_person").select("line_id", "client_id")
    assert (kept.rows(), given()) == ([("petit", "Garage Petit")], [])
    mine = open_credits(ledger, as_of=ME.today).filter(credit_id="petit")
    assert mine["remaining"].to_list() == [money("200.00")]


@pytest.mark.usefixtures("lost_books")
def test_a_lost_invoice_that_a_label_names_is_told_beside_the_open_one_that_is_suggested() -> None:
    at = turn_to("brun")
    assert "FA-2026-18 de Atelier Brun, passée en perte" in words(at)
    assert "FA-2026-19" in words(at)
    assert not has_button(at, "lost-keep-")
    healthy(button(at, "lost-brun-FA-2026-18").click().run())
    assert given() == [("brun", "FA-2026-18", money("600.00"), "recovery")]


@pytest.mark.usefixtures("lost_books")
def test_a_receipt_of_before_the_loss_is_no_income_but_makes_it_smaller() -> None:
    at = turn_to("early")
    assert "Il est arrivé avant" in words(at)
    assert "c’est un produit de son jour" not in words(at)
    healthy(button(at, "lost-early-FA-2026-17").click().run())
    assert given() == [("early", "FA-2026-17", money("100.00"), "person")]
