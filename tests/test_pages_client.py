"""The client screen: one client's figures and history, and the decisions on its invoices."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from screens import AUTHOR, button, has_button, healthy, screen, select_row, store, words
from small_store import Company, day
from streamlit.testing.v1 import AppTest

from models.texts import Texts
from pipelines.ledger import run_ledger
from pipelines.parties import only_clients
from pipelines.publishing.publish import run_import
from pipelines.receivables import open_items
from pipelines.sample import LAST_DAY

FR = Texts("fr")


@pytest.mark.usefixtures("sample_company")
def test_the_first_client_shown_is_the_one_with_the_most_overdue_and_its_figures_are_right() -> None:
    at, items = screen("client"), open_items(run_ledger(store()), as_of=LAST_DAY)
    late = items.filter((pl.col("outstanding") > 0) & (pl.col("days_late") >= 1))
    most = late.group_by("client_id", "client").agg(pl.col("outstanding").sum()).sort("outstanding", descending=True).row(0)
    owed = items.filter(pl.col("client_id") == most[0])["outstanding"].sum()
    assert at.selectbox(key="client_pick").value == most[0]
    assert [metric.value for metric in at.metric][:2] == [FR.money(Decimal(owed)), FR.money(Decimal(most[2]))]


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_client_has_a_page(language: str) -> None:
    at, ledger = screen("client", language=language), run_ledger(store())
    clients = only_clients(ledger.clients, ledger.documents)
    assert len(at.selectbox(key="client_pick").options) == clients.height
    for client in clients.sort("client_id").to_dicts()[::8]:
        healthy(at.selectbox(key="client_pick").set_value(client["client_id"]).run())
        assert client["name"] in words(at)


@pytest.mark.usefixtures("sample_company")
def test_the_history_is_the_newest_first_and_holds_every_document() -> None:
    at, ledger = screen("client"), run_ledger(store())
    picked = at.selectbox(key="client_pick").value
    history = pl.DataFrame(at.dataframe[-1].value)
    assert history["date"].is_sorted(descending=True)
    numbers = set(ledger.documents.filter((pl.col("client_id") == picked) & (pl.col("issue_date") <= LAST_DAY))["number"])
    assert numbers <= set(history["reference"])


@pytest.mark.usefixtures("empty_company")
def test_a_client_that_owes_in_another_currency_alone_is_offered_no_statement_of_nothing() -> None:
    bills = "Numéro;Client;Date;Montant TTC;Devise;Statut\nF1;Both;01/05/2026;60,00;EUR;\nF2;Both;01/05/2026;100,00;USD;\n"
    bills += "F3;Dollars;01/05/2026;100,00;USD;\nF4;Settled;01/05/2026;60,00;EUR;Payée\nF5;Settled;01/05/2026;100,00;USD;\n"
    run_import(store(), bills.encode(), "f.csv", author=AUTHOR)
    ids = dict(run_ledger(store()).clients.select("name", "client_id").iter_rows())
    offered = {}
    for name, client_id in ids.items():
        at = screen("client", query={"client": client_id})
        offered[name] = [str(file.proto.label) for file in at.get("download_button") if "client-statement" in file.proto.id]
    period = [label for label in offered["Both"] if "2026" in label]
    assert (len(offered["Both"]), len(period)) == (4, 2)
    assert (offered["Settled"], offered["Dollars"]) == (period, [])


@pytest.mark.usefixtures("sample_company")
def test_a_dispute_is_reported_on_the_selected_invoice_told_and_undone() -> None:
    def disputed(number: str) -> bool:
        items = open_items(run_ledger(store()), as_of=LAST_DAY)
        return bool(items.filter(pl.col("number") == number)["is_disputed"].item())

    def first_open(rows: pl.DataFrame) -> int:
        return next(n for n, owed in enumerate(rows["outstanding"]) if owed > 0)

    at = screen("client")
    number = pl.DataFrame(at.dataframe[0].value)["number"][first_open(pl.DataFrame(at.dataframe[0].value))]
    assert not disputed(number)
    at = select_row(at, "invoices-client-", first_open)
    healthy(button(at, "confirm-disputed-").click().run())
    assert disputed(number)
    assert number in words(at)
    healthy(button(at, "undo-notice-").click().run())
    assert not disputed(number)


def _record(at: AppTest) -> str:
    """What the client's timeline and agreements hold, as text."""
    return " ".join(str(pl.DataFrame(table.value).rows()) for table in at.dataframe)


@pytest.mark.usefixtures("sample_company")
def test_a_note_a_call_and_a_promise_stand_on_the_timeline_and_can_be_undone() -> None:
    at = screen("client")
    next(area for area in at.text_area if str(area.key).startswith("note-text-")).set_value("Demande un duplicata")
    at = healthy(_press(at, "FormSubmitter:note-").run())
    assert "Demande un duplicata" in _record(at)
    at = healthy(_press(at, "FormSubmitter:promise-").run())
    assert "Attendue" in _record(at)
    at = healthy(button(at, "undo-notice-").click().run())
    assert "Attendue" not in _record(at)
    assert "Demande un duplicata" in _record(at)


@pytest.mark.usefixtures("sample_company")
def test_a_plan_as_proposed_is_recorded_and_can_be_ended() -> None:
    at = screen("client")
    picked = at.selectbox(key="client_pick").value
    at = healthy(button(at, f"plan-{picked}").click().run())
    plans = run_ledger(store()).plans
    assert plans.height == 3
    assert plans["client_id"].unique().to_list() == [picked]
    at = healthy(button(at, f"end-{plans['plan_id'][0]}").click().run())
    assert run_ledger(store()).plans["ended_on"].to_list() == [LAST_DAY] * 3


@pytest.mark.usefixtures("sample_company")
def test_the_litigation_file_is_made_when_it_is_asked_for() -> None:
    at = screen("client")
    before = len(at.get("download_button"))
    at = healthy(button(at, "make-litigation-").click().run())
    assert len(at.get("download_button")) == before + 1


def _press(at: AppTest, starts: str) -> Any:
    return button(at, starts).click()


@pytest.mark.usefixtures("sample_company")
def test_the_kind_of_a_client_is_explained_chosen_by_hand_and_given_back() -> None:
    at = screen("client")
    before = run_ledger(store()).marks.height
    choice = next(element for element in at.selectbox if str(element.key).startswith("segment-"))
    healthy(choice.set_value("vip").run())
    healthy(button(at, "segment-set-").click().run())
    marks = run_ledger(store()).marks.filter(pl.col("what") == "segment")
    assert marks.select("is_set", "value", "on_date").rows() == [(True, "vip", AUTHOR.today)]
    assert FR.t("Chosen by hand since {date}.", date=FR.date(AUTHOR.today)) in words(at)
    healthy(button(at, "segment-back-").click().run())
    assert run_ledger(store()).marks.height == before + 2
    assert not has_button(at, "segment-back-")


def test_what_a_client_owes_in_another_currency_than_the_screens_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_company: Path
) -> None:
    del empty_company  # its caches are emptied after the test
    monkeypatch.setenv("ENCOURS_DB", str(tmp_path / "books.duckdb"))
    books = Company(tmp_path).bill("F1", "Martin", "120.00", currency="GBP")
    books.bill("F2", "Martin", "60.00").bill("F3", "Durand", "10.00").save()
    books.store.close()
    told = "Laissé de côté, dans une autre devise\u00a0: 120,00\u00a0£GB."
    seen = {client: words(screen("client", query={"client": client}, day=day(90))) for client in ("Martin", "Durand")}
    assert told in seen["Martin"]
    assert "autre devise" not in seen["Durand"]
