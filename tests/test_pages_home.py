"""The home screen: what it says is what the pipelines say, in both languages, empty and full."""

import re
from datetime import date

import pytest
from screens import AUTHOR, button, has_button, healthy, screen, store, words
from streamlit.proto.Metric_pb2 import Metric

from models.texts import Texts
from pipelines.collections.worklist import worklist
from pipelines.forecast.curve import forecast
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import
from pipelines.sample import LAST_DAY


@pytest.mark.usefixtures("empty_company")
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("page", ["home", "receivables_page", "client", "cash"])
def test_an_empty_database_has_a_headline_one_sentence_and_one_primary_action(page: str, language: str) -> None:
    at = screen(page, language=language)
    assert len(at.title) == 1
    assert len(at.markdown) == 1
    assert [element.key for element in at.button if element.proto.type == "primary"] == ["empty-import"]
    assert has_button(at, "empty-sample")


@pytest.mark.usefixtures("empty_company")
def test_the_sample_company_loads_from_the_empty_screen_and_is_offered_no_more() -> None:
    at = screen("home")
    healthy(button(at, "empty-sample").click().run(timeout=60))
    assert not run_ledger(store()).is_empty
    assert not has_button(at, "empty-")
    assert at.metric


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_tiles_show_the_pipelines_figures(language: str) -> None:
    at, texts, ledger = screen("home", language=language), Texts(language), run_ledger(store())
    figures, ahead = kpis(ledger, as_of=LAST_DAY), forecast(ledger, as_of=LAST_DAY, days=30)
    assert [metric.value for metric in at.metric] == [
        texts.money(ahead.opening),
        texts.money(figures.receivables),
        texts.money(figures.overdue),
        texts.days(figures.dso),
        texts.money(ahead.receipts.mean[-1]),
        texts.money(ahead.lowest.p10),
    ]


@pytest.mark.usefixtures("sample_company")
def test_a_rise_of_the_dso_and_of_what_is_overdue_is_bad_news() -> None:
    at = screen("home")
    colours = {metric.label: metric.proto.color for metric in at.metric if metric.delta}
    rising = {metric.label for metric in at.metric if metric.delta.startswith("+")}
    texts = Texts("fr")
    assert {texts.t("DSO"), texts.t("Overdue")} <= rising
    assert {colours[texts.t("DSO")], colours[texts.t("Overdue")]} == {Metric.MetricColor.RED}


@pytest.mark.usefixtures("sample_company")
def test_what_to_do_today_names_the_first_clients_of_the_worklist_in_its_order() -> None:
    at, rows = screen("home"), worklist(run_ledger(store()), as_of=LAST_DAY)
    wanted = [row["client_id"] for row in rows.to_dicts() if row["action"] != "wait"][:8]
    shown = [
        str(element.key).removeprefix("home-client-") for element in at.button if str(element.key).startswith("home-client-")
    ]
    assert shown == wanted


@pytest.mark.usefixtures("sample_company")
def test_the_banner_says_the_date_in_words_and_how_old_each_statement_is() -> None:
    said = words(screen("home"))
    assert "vendredi 26 juin 2026" in said
    assert "relevé du 26/06/2026" in said


@pytest.mark.usefixtures("empty_company")
def test_a_statement_that_states_no_balance_is_a_statement() -> None:
    run_import(store(), "Date;Libellé;Montant\n25/06/2026;VIR ALBA;120,00\n".encode(), "releve.csv", author=AUTHOR)
    said = words(screen("home"))
    assert "relevé du 25/06/2026" in said
    assert "aucun relevé" not in said


@pytest.mark.usefixtures("sample_company")
def test_the_receipts_that_wait_are_as_many_here_as_on_the_screen_that_settles_them() -> None:
    here = re.findall(r"(\d+) (?:match|receipt)", words(screen("home", language="en")))
    told = next(element.proto.text for element in screen("reconciliation", language="en").get("progress"))
    settled, receipts = re.findall(r"(\d+) of (\d+) receipts settled", told)[0]
    assert sum(map(int, here)) == int(receipts) - int(settled) > 0


@pytest.mark.usefixtures("empty_company")
def test_nothing_owed_has_no_share_that_is_late() -> None:
    invoice = "Numéro;Client;Date;Échéance;Montant TTC\nF1;Ada;20/06/2026;20/07/2026;120,00\n"
    run_import(store(), invoice.encode(), "f.csv", author=AUTHOR)
    told = words(screen("home", day=date(2020, 1, 1)))
    assert "0 facture en retard" in told
    assert "du reste dû, 0 facture" not in told
