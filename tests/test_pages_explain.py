"""An opened figure shows its operands, their rows with their total, and what moved it."""

import re
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from babel.messages.pofile import read_po
from screens import _one_screen, button, healthy, select_row, store, words
from streamlit.testing.v1 import AppTest

from models.texts import LOCALE_DIR, Texts
from pipelines.explain.basis import Basis
from pipelines.explain.breakdown import breakdown
from pipelines.explain.figures import FIGURES, figure_of
from pipelines.explain.movement import CAUSE_WORDS, last_monday, last_month_end, movement
from pipelines.explain.operands import OPERANDS
from pipelines.explain.others import OTHER_FIGURES
from pipelines.exports.explain_columns import ROW_KIND_WORDS
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.parties import only_clients
from pipelines.sample import LAST_DAY

FR = Texts("fr")


def _opened(figure: str, **query: str) -> AppTest:
    """The receivables screen with that figure open."""
    at = AppTest.from_function(_one_screen, args=("receivables_page", "fr", LAST_DAY.isoformat()), default_timeout=30)
    for name, value in {"view": "indicators", "figure": figure, **query}.items():
        at.query_params[name] = value
    return healthy(at.run())


@pytest.mark.usefixtures("sample_company")
def test_a_figure_that_there_is_not_is_named_above_the_list_of_all() -> None:
    at = _opened("xyz")
    assert "L’adresse demande «\u00a0xyz\u00a0», qui n’est pas un indicateur" in words(at)
    assert button(at, "open-dso")
    assert "L’adresse demande" not in words(_opened(""))


@pytest.mark.usefixtures("sample_company")
def test_a_click_on_a_figure_opens_it_and_the_way_back_closes_it() -> None:
    at = _opened("")
    healthy(button(at, "open-dso").click().run())
    assert at.query_params["figure"] == ["dso"] or at.query_params["figure"] == "dso"
    figures = kpis(run_ledger(store()), as_of=LAST_DAY)
    assert FR.money(figures.receivables) in words(at)
    assert FR.days(figures.dso_countback) in [metric.value for metric in at.metric]
    healthy(button(at, "close-figure").click().run())
    assert button(at, "open-dso")


@pytest.mark.usefixtures("sample_company")
def test_an_operand_shows_its_rows_down_to_the_payments_of_one_invoice() -> None:
    ledger = run_ledger(store())
    sales = _opened("dso", operand="sales")
    table = next(pl.DataFrame(t.value) for t in sales.dataframe if t.key and t.key.startswith("explain-dso-sales"))
    assert sum(table["amount"].to_list(), Decimal(0)) == kpis(ledger, as_of=LAST_DAY).sales
    by_bank = ledger.allocations.filter(pl.col("source") == "bank")["invoice_number"]
    paid = next(number for number in table["number"] if number in by_bank)
    at = select_row(sales, "explain-dso-sales", lambda rows: rows["number"].to_list().index(paid))
    payments = next(frame for t in at.dataframe if "rule" in (frame := pl.DataFrame(t.value)).columns)
    assert payments["amount"].sum() == ledger.allocations.filter(invoice_number=paid)["amount"].sum()


@pytest.mark.usefixtures("sample_company")
def test_the_files_of_a_figure_say_whose_it_is_and_of_which_days(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[list[str]] = []
    monkeypatch.setattr("pages._ui.table_tools.show_table_files", lambda _session, made, *_, **__: said.append(made.about))
    client = (
        only_clients((ledger := run_ledger(store())).clients, ledger.documents).filter(name="Harbour & Finch").row(0, named=True)
    )
    at = _opened("dso", of=client["client_id"], operand="sales")
    moved = [t.key for t in at.dataframe if t.key and t.key.startswith("moved-dso-2026-05-31-")]
    for table in ("explain-dso-sales", "moved-dso-2026-05-31", moved[0].rsplit(f"-{store().revision}-", 1)[0]):
        at.session_state[f"{table}.files"] = True
    healthy(at.run())
    titles = [about[0] for about in said]
    assert titles[0].startswith("DSO – Facturé TTC – Harbour & Finch")
    assert "Du 27/06/2025 au 26/06/2026, 365\u00a0jours." in said[0]
    assert all(title.startswith("DSO – Harbour & Finch – Ce qui l’a fait bouger") for title in titles[1:])
    assert all("Du 31/05/2026 au 26/06/2026." in about for about in said[1:])
    assert len(said) == 3


@pytest.mark.usefixtures("sample_company")
def test_what_moved_the_dso_adds_up_on_screen() -> None:
    at = _opened("dso", since="month")
    table = next(frame for t in at.dataframe if "cause" in (frame := pl.DataFrame(t.value)).columns)
    first, *causes, last = table["effect"].to_list()
    assert round(first + sum(causes), 2) == last
    moved = movement("dso", Basis.of(run_ledger(store()), as_of=LAST_DAY), since=date(2026, 5, 31))
    assert moved is not None
    assert causes == [float(effect.shown) for effect in moved.effects]


@pytest.mark.usefixtures("sample_company")
def test_a_figure_of_one_client_and_a_nonsense_address_are_shown_as_what_they_are() -> None:
    ledger = run_ledger(store())
    client_id, name = only_clients(ledger.clients, ledger.documents).select("client_id", "name").row(0)
    assert button(_opened("overdue", of=client_id), "whole-figure")
    for figure, of in (("<script>", client_id), ("ageing", "nobody"), ("cash", ""), ("dso_countback", "")):
        assert _opened(figure, of=of).title
    assert name


@pytest.mark.usefixtures("sample_company")
def test_a_client_of_the_detail_leads_to_its_own_figure_and_closing_it_leaves_nothing_in_the_address() -> None:
    at = select_row(_opened("", split="client"), "split-client", lambda _: 0)
    ledger = run_ledger(store())
    client_id = breakdown(Basis.of(ledger, as_of=LAST_DAY), "client")["group"][0]
    healthy(button(at, "split-dso").click().run())
    assert [at.query_params[name] for name in ("figure", "of")] in ([["dso"], [client_id]], ["dso", client_id])
    own = figure_of("dso", Basis.of(ledger, as_of=LAST_DAY, client_id=client_id))
    assert isinstance(own, float)
    assert FR.days(own) in [metric.value for metric in at.metric]
    at = _opened("dso", of=client_id, operand="sales")
    healthy(button(at, "close-figure").click().run())
    assert not {"figure", "of", "operand"} & {*at.query_params}


def test_since_monday_and_since_the_month_end_are_days_before() -> None:
    assert last_monday(date(2026, 6, 26)) == date(2026, 6, 22)
    assert last_monday(date(2026, 6, 22)) == date(2026, 6, 15)
    assert last_month_end(date(2026, 6, 30)) == date(2026, 5, 31)


def test_all_that_is_said_of_figures_is_in_the_french_catalogue() -> None:
    with (LOCALE_DIR / "fr" / "LC_MESSAGES" / "encours.po").open("rb") as file:
        known = {str(entry.id) for entry in read_po(file, locale="fr") if entry.string and isinstance(entry.id, str)}
    said = [text for figure in FIGURES.values() for text in (figure.title, figure.definition, figure.lacks)]
    said += [operand.title for operand in OPERANDS.values()]
    said += [text for told in OTHER_FIGURES.values() for text in (told.title, told.definition)]
    said += [*CAUSE_WORDS.values(), *ROW_KIND_WORDS.values()]
    assert {text for text in said if re.search("[a-z]", text)} - known == set()
