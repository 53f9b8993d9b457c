"""The receivables screen: buckets, the way down to payments, the indicators, the files."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from screens import AUTHOR, healthy, screen, select_row, store, words

from models.tables import BUCKETS
from models.texts import Texts
from pages._ui.downloads import file_name
from pages._ui.wording import status_text
from pipelines.ageing import aged
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.publishing.publish import run_import
from pipelines.receivables import open_items
from pipelines.sample import LAST_DAY

FR = Texts("fr")


def ledger() -> Ledger:
    return run_ledger(store())


@pytest.mark.usefixtures("sample_company")
def test_the_tiles_show_the_net_and_every_bucket() -> None:
    at, figures = screen("receivables_page"), kpis(ledger(), as_of=LAST_DAY)
    wanted = [figures.receivables, *(figures.ageing[name] for name in BUCKETS)]
    assert [metric.value for metric in at.metric] == [FR.money(amount) for amount in wanted]


@pytest.mark.usefixtures("sample_company")
def test_the_table_sums_to_the_receivables_and_keeps_the_order_of_the_pipeline() -> None:
    at = screen("receivables_page")
    shown = pl.DataFrame(at.dataframe[0].value)
    balance = aged(ledger(), as_of=LAST_DAY)
    assert shown["client"].to_list() == balance["client"].to_list()
    assert sum(shown["total"].to_list(), Decimal(0)) == kpis(ledger(), as_of=LAST_DAY).receivables


@pytest.mark.usefixtures("sample_company")
def test_a_selected_client_shows_its_open_invoices_and_a_selected_invoice_its_payments() -> None:
    facts = ledger()
    items = open_items(facts, as_of=LAST_DAY).filter(pl.col("outstanding") > 0)
    part = items.filter(pl.col("status") == "partly_paid").row(0, named=True)
    at = select_row(screen("receivables_page"), "aged-client", lambda rows: rows["client"].to_list().index(part["client"]))
    invoices = pl.DataFrame(at.dataframe[1].value)
    own = items.filter(pl.col("client_id") == part["client_id"])
    assert set(invoices["number"]) == set(own["number"])
    at = select_row(at, "invoices-aged-", lambda rows: rows["number"].to_list().index(part["number"]))
    payments = pl.DataFrame(at.dataframe[2].value)
    assert sum(payments["amount"].to_list(), Decimal(0)) == part["amount"] - part["outstanding"]


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_indicators_show_every_figure_with_its_definition(language: str) -> None:
    at, texts = screen("receivables_page", language=language), Texts(language)
    healthy(at.segmented_control(key="view").set_value("indicators").run())
    figures, said = kpis(ledger(), as_of=LAST_DAY), words(at).replace("\\$", "$")
    names = {element.label for element in at.button if element.key and element.key.startswith("open-")}
    assert {texts.t("DSO"), texts.t("Unpaid rate at 30 days")} <= names
    assert len(names) == 18
    for value in (texts.days(figures.dso), texts.percent(figures.unpaid_rate_30), texts.money(figures.receivables)):
        assert f"**{value}**" in said


@pytest.mark.usefixtures("sample_company")
def test_the_last_column_of_the_evolution_is_the_ageing_of_the_day() -> None:
    at = healthy(screen("receivables_page").segmented_control(key="view").set_value("evolution").run())
    rows, figures = pl.DataFrame(at.dataframe[0].value), kpis(ledger(), as_of=LAST_DAY)
    assert rows.height == 13
    assert {name: rows[name][0] for name in BUCKETS} == figures.ageing
    counted = next(said for element in at.caption if (said := element.value).startswith("13 lignes"))
    assert counted == "13 lignes", "what was owed on 13 days has no sum"


def test_another_content_has_another_file_name() -> None:
    names = {file_name("balance", LAST_DAY, content, "csv") for content in (b"12,00", b"13,00")}
    assert len(names) == 2
    assert all(name.startswith("balance-2026-06-26-") and name.endswith(".csv") for name in names)


@pytest.mark.usefixtures("sample_company")
def test_the_balance_can_be_cut_otherwise_and_its_proof_leads_from_the_accounts_to_it() -> None:
    at, owed = screen("receivables_page"), kpis(ledger(), as_of=LAST_DAY).receivables
    healthy(at.text_input(key="buckets").set_value("10,20").run())
    shown = pl.DataFrame(at.dataframe[0].value)
    assert {"not_due", "1_10", "11_20", "over_20"} <= set(shown.columns)
    assert sum(shown["total"].to_list(), Decimal(0)) == owed
    healthy(at.segmented_control(key="basis").set_value("issue").run())
    assert {"0_10", "11_20", "over_20"} <= set(pl.DataFrame(at.dataframe[0].value).columns)
    assert "concorde avec les comptes clients au centime" in at.expander[0].label
    proof = dict(pl.DataFrame(at.dataframe[1].value).iter_rows())
    assert proof["Encours clients en comptabilité"] == proof["Encours clients de la balance âgée"] == owed
    healthy(at.text_input(key="buckets").set_value("20,10").run())
    assert "20,10 ne donne pas de tranches" in words(at)
    assert {"0_30", "31_60"} <= set(pl.DataFrame(at.dataframe[0].value).columns)


@pytest.mark.usefixtures("sample_company")
def test_each_cell_of_the_movements_opens_into_the_rows_that_make_it() -> None:
    at, facts = screen("receivables_page"), ledger()
    healthy(at.segmented_control(key="view").set_value("movements").run())
    row = pl.DataFrame(at.dataframe[0].value).row(0, named=True)
    start = date(LAST_DAY.year, 1, 1)
    assert row["closing"] == kpis(facts, as_of=LAST_DAY).receivables
    assert row["opening"] == kpis(facts, as_of=start - timedelta(days=1)).receivables
    for move, amount in row.items():
        healthy(at.pills(key="move-total").set_value(move).run())
        behind = pl.DataFrame(at.dataframe[1].value)["amount"].to_list() if len(at.dataframe) > 1 else []
        assert sum(behind, Decimal(0)) == (amount or 0), move


@pytest.mark.usefixtures("sample_company")
def test_a_receipt_of_the_movements_leads_to_the_invoices_that_it_paid() -> None:
    at = screen("receivables_page", query={"view": "movements"})
    healthy(at.pills(key="move-total").set_value("collected").run())
    facts = ledger()
    given = facts.allocations.filter(pl.col("source") == "bank")
    paid = set(facts.lines.join(given, left_on="line_id", right_on="source_id", how="semi")["amount"])
    at.pills(key="move-total").set_value("collected")
    at = select_row(at, "moves-rows-total", lambda rows: next(n for n, a in enumerate(rows["amount"]) if -a in paid))
    assert "Ce qu’il a réglé" in words(at)
    (uses,) = [frame for t in at.dataframe if "invoice_number" in (frame := pl.DataFrame(t.value)).columns]
    assert set(uses["invoice_number"]) <= set(given["invoice_number"])


@pytest.mark.usefixtures("sample_company")
def test_the_files_behind_the_movements_say_whose_they_are_and_of_which_days(monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []
    monkeypatch.setattr("pages._ui.table_tools.show_table_files", lambda _session, made, *_, **__: titles.append(made.about[0]))
    at = screen("receivables_page", query={"view": "movements"})
    at.session_state["moves-rows-total.files"] = True
    for move in ("collected", "opening", "closing"):
        healthy(at.pills(key="move-total").set_value(move).run())
    rows = pl.DataFrame(at.dataframe[1].value)
    assert rows["number"].null_count() == 0, "a receipt has the label of its bank line"
    healthy(at.segmented_control(key="by_moves").set_value("client").run())
    at.session_state["moves-rows-client.files"] = True
    healthy(select_row(at, "moves-client", lambda clients: clients["client"].to_list().index("Harbour & Finch")))
    assert titles == [
        "Encaissé – du 01/01/2026 au 26/06/2026 – Atelier Lumen",
        "Encours d’ouverture – Arrêté au 31/12/2025 – Atelier Lumen",
        "Encours de clôture – Arrêté au 26/06/2026 – Atelier Lumen",
        "Facturé – Harbour & Finch – du 01/01/2026 au 26/06/2026 – Atelier Lumen",
    ]


@pytest.mark.usefixtures("empty_company")
def test_before_the_first_invoice_the_evolution_says_that_nothing_was_owed() -> None:
    file = b"numero;client;date_facture;montant_ttc\nF1;Alpha;2025-02-01;100,00\n"
    run_import(store(), file, "factures.csv", author=AUTHOR)
    at = screen("receivables_page", day=date(2024, 1, 1), query={"view": "evolution"})
    assert "Rien n’était dû à aucune de ces dates." in words(at)
    assert "– du reste dû" not in words(at)


@pytest.mark.usefixtures("sample_company")
def test_balances_by_sales_rep_and_category_can_be_seen() -> None:
    at = screen("receivables_page")
    for by in ("sales_rep", "category"):
        healthy(at.segmented_control(key="by").set_value(by).run())
        assert pl.DataFrame(at.dataframe[0].value).height == aged(ledger(), as_of=LAST_DAY, by=by).height
    assert words(at)


@pytest.mark.parametrize(
    ("status", "days_late", "wanted"),
    [
        ("late", 12, "Retard de 12 jours"),
        ("late", 1, "Retard de 1 jour"),
        ("partly_paid", 5, "Partiellement payée, retard de 5 jours"),
        ("partly_paid", -3, "Partiellement payée"),
        ("partly_credited", 5, "Avoir partiel, retard de 5 jours"),
        ("paid", -3, "Payée le 26/06/2026"),
        ("due_today", 0, "Échéance aujourd’hui"),
        ("unsent", -3, "En attente, non envoyée"),
        ("sent", -3, "En attente, envoyée"),
        ("credited", 2, "Soldée par avoir"),
        ("written_off", 2, "Passée en perte"),
    ],
)
def test_a_status_reads_as_the_contract_says(status: str, days_late: int, wanted: str) -> None:
    assert status_text(FR, status, days_late, LAST_DAY) == wanted


def test_a_payment_without_a_date_says_so() -> None:
    assert status_text(FR, "paid", 3, None) == "Payée (date inconnue)"
