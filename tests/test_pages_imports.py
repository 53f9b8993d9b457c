"""The imports screen: what files say before anything is stored, the import, its undo, and what is wrong with rows."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from screens import AUTHOR, SAMPLE, button, has_button, healthy, screen, select_row, store, words
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from models.texts import Texts
from pages._ui.import_rows import problems_csv
from pipelines.conflicts import open_conflicts
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import

FR = Texts("fr")
INVOICES = """N° facture;Client;Date;Échéance;Montant TTC
F-1;Dupré;01/06/2026;30/06/2026;1200,00
F-2;=1+1;02/06/2026;02/07/2026;90,50
F-3;Dupré;31/02/2026;02/07/2026;=HYPERLINK(1)
"""
STATEMENT = """Date;Libellé;Débit;Crédit
10/06/2026;VIR DUPRE F-1;;1200,00
11/06/2026;FRAIS DE TENUE;12,00;
"""


def drop(at: AppTest, *files: tuple[str, str | bytes]) -> AppTest:
    contents = [(name, text.encode() if isinstance(text, str) else text, "application/octet-stream") for name, text in files]
    at.file_uploader[0].set_value(contents)
    return healthy(at.run())


def sample(*names: str) -> list[tuple[str, bytes]]:
    return [(name, (SAMPLE / name).read_bytes()) for name in names]


@pytest.mark.usefixtures("empty_company")
def test_an_empty_database_offers_the_drop_zone_and_the_sample() -> None:
    at = screen("imports")
    assert len(at.file_uploader) == 1
    assert has_button(at, "imports-sample")
    assert "200" in words(at)
    assert "Factur-X" in words(at)
    assert "OFX" in words(at)


@pytest.mark.usefixtures("empty_company")
def test_the_sample_company_is_one_click_away() -> None:
    at = screen("imports")
    healthy(button(at, "imports-sample").click().run())
    assert run_ledger(store()).documents.height > 400


@pytest.mark.usefixtures("empty_company")
def test_nothing_is_stored_before_the_button() -> None:
    at = drop(screen("imports"), ("factures.csv", INVOICES))
    assert store().revision == 0
    assert FR.t("Sales invoices") in words(at)
    assert FR.plural("{count} row", "{count} rows", 3) in words(at)
    first = at.dataframe[0].value
    assert first["number"].to_list() == ["F-1", "F-2"]
    assert at.code[0].value.splitlines()[0] == "F-1;Dupré;01/06/2026;30/06/2026;1200,00"


@pytest.mark.usefixtures("empty_company")
def test_rejected_rows_are_listed_with_their_line_and_a_sentence() -> None:
    at = drop(screen("imports"), ("factures.csv", INVOICES))
    rejected = at.dataframe[1].value
    assert set(rejected["line"].to_list()) == {4}
    assert all(reason.endswith(".") for reason in rejected["reason"].to_list())
    assert len(at.get("download_button")) == 1


def test_rejected_rows_leave_without_formulas() -> None:
    rows = [{"line": 4, "column": "Montant TTC", "value": "=HYPERLINK(1)", "reason": "-"}]
    text = problems_csv(FR, rows).decode("utf-8-sig")
    assert text.splitlines()[1] == "4;Montant TTC;'=HYPERLINK(1);'-"


@pytest.mark.usefixtures("empty_company")
def test_importing_stores_every_file_matches_them_and_can_be_undone() -> None:
    files = sample("factures.csv", "banque_courant.ofx", "banque_livret.csv")
    at = drop(screen("imports"), *files)
    assert not at.error
    healthy(button(at, "import-").click().run())
    ledger = run_ledger(store())
    assert ledger.documents.height > 400
    assert ledger.lines.height > 900
    assert not ledger.allocations.is_empty()
    assert not at.file_uploader[0].value
    assert has_button(at, "to-matching")
    assert [b.key for b in at.button if b.proto.type == "primary"] == ["to-matching"]
    healthy(button(at, "undo-notice-").click().run())
    undone = run_ledger(store())
    assert undone.documents.is_empty()
    assert undone.lines.is_empty()
    assert undone.allocations.is_empty()


@pytest.mark.usefixtures("empty_company")
def test_the_same_file_twice_adds_nothing() -> None:
    at = drop(screen("imports"), ("factures.csv", INVOICES))
    healthy(button(at, "import-").click().run())
    revision = store().revision
    drop(at, ("factures.csv", INVOICES))
    healthy(button(at, "import-").click().run())
    assert store().revision == revision
    assert FR.t("Nothing new: everything in these files was known already.") in words(at)


@pytest.mark.usefixtures("empty_company")
def test_a_statement_without_an_account_asks_for_one() -> None:
    at = drop(screen("imports"), ("releve.csv", STATEMENT))
    assert [element.value for element in at.text_input] == [FR.t("Current account")]
    at.text_input[0].set_value("Banque verte")
    healthy(at.run())
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).accounts["name"].to_list() == ["Banque verte"]


@pytest.mark.usefixtures("sample_company")
def test_among_several_accounts_one_must_be_chosen() -> None:
    accounts = sorted(run_ledger(store()).accounts["name"].to_list())
    at = drop(screen("imports"), ("releve.csv", STATEMENT), ("releve.csv", STATEMENT))
    assert button(at, "import-").disabled
    at.selectbox[0].set_value(at.selectbox[0].options[0])
    healthy(at.run())
    before = run_ledger(store()).lines.height
    healthy(button(at, "import-").click().run())
    ledger = run_ledger(store())
    assert ledger.lines.height == before + 2
    assert sorted(ledger.accounts["name"].to_list()) == accounts


@pytest.mark.usefixtures("empty_company")
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_stops_no_other() -> None:
    at = drop(screen("imports"), ("rien.csv", "a;b\n1;2\n"), ("factures.csv", INVOICES))
    assert len(at.error) == 1
    assert not button(at, "import-").disabled
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).documents.height == 2


@pytest.mark.usefixtures("empty_company")
def test_the_preview_says_which_rows_contradict_what_is_stored_and_how() -> None:
    run_import(store(), INVOICES.encode(), "factures.csv", author=AUTHOR)
    changed = INVOICES.replace("1200,00", "1300,00").replace("02/06/2026", "03/06/2026")
    at = drop(screen("imports"), ("autre.csv", changed))
    table = next(t for t in at.dataframe if "incoming" in t.value)
    rows = pl.DataFrame(table.value).select("line", "number", "field", "stored", "incoming").rows()
    assert rows == [
        (2, "F-1", FR.t("Amount"), FR.money(Decimal(1200)), FR.money(Decimal(1300))),
        (3, "F-2", FR.t("Issue date"), "02/06/2026", "03/06/2026"),
    ]


@pytest.mark.usefixtures("empty_company")
def test_a_conflict_is_settled_on_screen() -> None:
    at = drop(screen("imports"), ("factures.csv", INVOICES))
    healthy(button(at, "import-").click().run())
    run_import(store(), INVOICES.replace("1200,00", "1300,00").encode(), "autre.csv", author=AUTHOR)
    assert open_conflicts(store()).height == 1
    at = screen("imports")
    assert FR.money(run_ledger(store()).documents.filter(pl.col("number") == "F-1")["amount"].item()) in words(at)
    healthy(button(at, "replace-").click().run())
    assert open_conflicts(store()).is_empty()
    amounts = run_ledger(store()).documents.filter(pl.col("number") == "F-1")["amount"].to_list()
    assert [str(amount) for amount in amounts] == ["1300.00"]


@pytest.mark.usefixtures("sample_company")
def test_an_import_is_undone_from_the_history() -> None:
    at = screen("imports")
    select_row(at, "history-import", lambda rows: rows["details"].str.starts_with("factures.csv").to_list().index(True))
    healthy(button(at, "undo-").click().run())
    assert set(run_ledger(store()).documents["direction"]) == {"purchase"}


@pytest.mark.usefixtures("sample_company")
def test_the_history_tells_every_change_in_words() -> None:
    at = screen("imports", language="en")
    at.segmented_control(key="history-kind").set_value("all")
    healthy(at.run())
    rows = at.dataframe[0].value
    assert len(rows) == store().revision
    told = " ".join([*rows["what"].to_list(), *rows["details"].to_list()])
    assert "_" not in told.replace("banque_courant", "").replace("banque_livret", "")
    assert not [i for i in run_ledger(store()).lines["line_id"].to_list() if i in told]


@pytest.mark.usefixtures("sample_company")
def test_each_account_says_how_fresh_it_is() -> None:
    said = words(screen("imports"))
    assert said.count(FR.t("Up to date: covered to {day}", day="26/06/2026")) == 2
    assert said.count(FR.t("Balances follow each other")) == 2


@pytest.mark.usefixtures("empty_company")
def test_an_account_says_which_days_no_statement_covers_and_how_old_it_is() -> None:
    for month in ("04", "06"):
        text = f"Date;Libellé;Montant\n10/{month}/2026;VIR A;1200,00\n20/{month}/2026;FRAIS;-12,00\n"
        run_import(store(), text.encode(), f"{month}.csv", author=AUTHOR, account="Banque verte")
    said = words(screen("imports"))
    assert "**Banque verte**" in said
    assert FR.plural("Covered to {day}, {count} day ago", "Covered to {day}, {count} days ago", 6, day="20/06/2026") in said
    assert FR.t("{start} to {end}", start="21/04/2026", end="09/06/2026") in said


@pytest.mark.usefixtures("empty_company")
def test_a_gap_between_balances_is_told_with_its_days_before_and_after_the_import() -> None:
    text = "Date;Libellé;Montant;Solde\n01/06/2026;A;10,00;110,00\n02/06/2026;B;5,00;115,00\n05/06/2026;C;5,00;130,00\n"
    at = drop(screen("imports"), ("releve.csv", text))
    gap = FR.money(Decimal(10))
    assert f"écart de {gap} apparaît entre le 02/06/2026 et le 05/06/2026" in words(at)
    healthy(button(at, "import-").click().run())
    assert FR.t("Gap of {gap} between {start} and {end}", gap=gap, start="02/06/2026", end="05/06/2026") in words(at)


@pytest.mark.usefixtures("empty_company")
def test_balances_that_follow_are_told_to_the_cent() -> None:
    text = "Date;Libellé;Montant;Solde\n01/06/2026;A;10,00;110,00\n02/06/2026;B;5,50;115,50\n"
    said = words(drop(screen("imports"), ("releve.csv", text)))
    assert f"{FR.money(Decimal(100))} au 31/05/2026 et {FR.money(Decimal('15.50'))} de mouvements" in said


@pytest.mark.usefixtures("empty_company")
def test_the_summary_tells_receivables_overdue_and_cash_before_and_after() -> None:
    at = drop(screen("imports"), ("factures.csv", INVOICES), ("releve.csv", STATEMENT))
    healthy(button(at, "import-").click().run())
    told = {element.label: element.value for element in at.metric}
    assert told[FR.t("Overdue")] == FR.money(Decimal(0))
    assert told[FR.t("Receivables (net)")] == FR.money(Decimal("90.50"))
    assert told[FR.t("Cash")] == FR.money(Decimal("1188.00"))
    assert FR.t("Before: {amount}", amount=FR.money(Decimal(0))) in words(at)
    assert FR.plural("{count} row waits for a correction.", "{count} rows wait for a correction.", 1) in words(at)


@pytest.mark.usefixtures("empty_company")
def test_the_summary_says_of_matches_to_confirm_how_many_wait_in_all() -> None:
    twins = INVOICES.splitlines()[0] + "\nF-1;Dupré;01/06/2026;30/06/2026;50,00\nF-2;Martin;01/06/2026;30/06/2026;50,00\n"
    cheques = STATEMENT.splitlines()[0] + "\n10/06/2026;REMISE CHEQUE 1;;50,00\n"
    at = drop(screen("imports"), ("factures.csv", twins), ("releve.csv", cheques))
    healthy(button(at, "import-").click().run())
    waits = "En tout, 1 lettrage attend votre confirmation."
    assert waits in words(at)
    drop(at, ("autre.csv", INVOICES.splitlines()[0] + "\nF-3;Durand;01/06/2026;30/06/2026;77,00\n"))
    healthy(button(at, "import-").click().run())
    assert waits in words(at)


@pytest.mark.usefixtures("empty_company")
def test_a_file_that_only_contradicts_says_so_once_imported() -> None:
    at = drop(screen("imports"), ("factures.csv", INVOICES))
    healthy(button(at, "import-").click().run())
    drop(at, ("autre.csv", INVOICES.replace("1200,00", "1300,00")))
    healthy(button(at, "import-").click().run())
    assert FR.plural("{count} conflict to settle below.", "{count} conflicts to settle below.", 1) in words(at)


@pytest.mark.usefixtures("empty_company")
def test_a_row_that_two_files_hold_waits_once_and_is_told_once() -> None:
    at = drop(screen("imports"), ("factures.csv", INVOICES), ("factures.csv", INVOICES + "F-4;Dupré;03/06/2026;;12,00\n"))
    assert FR.t("Each file is counted by itself: a row that two of them hold is imported once.") in words(at)
    healthy(button(at, "import-").click().run())
    assert FR.plural("{count} row waits for a correction.", "{count} rows wait for a correction.", 1) in words(at)
    assert FR.plural("{count} row to correct", "{count} rows to correct", 1) in words(at)


@pytest.mark.usefixtures("empty_company")
def test_a_letter_is_refused_without_asking_for_its_columns() -> None:
    at = drop(screen("imports"), ("lettre.txt", "Bonjour madame\n"))
    assert len(at.error) == 1
    assert FR.t("Say how to read this file") not in words(at)


@pytest.mark.usefixtures("empty_company")
def test_invoices_that_do_not_say_it_can_be_purchases() -> None:
    at = drop(screen("imports"), ("factures.csv", INVOICES))
    at.segmented_control[0].set_value("purchases")
    healthy(at.run())
    assert FR.t("Supplier invoices") in words(at)
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).documents["direction"].unique().to_list() == ["purchase"]


@pytest.mark.usefixtures("empty_company")
def test_names_from_a_file_never_become_markdown(tmp_path: Path) -> None:
    del tmp_path
    at = drop(screen("imports"), ("![x](http:__evil).csv", INVOICES.replace("Dupré", "![](http://evil)")))
    raw = "\n".join(str(element.value) for kind in ("markdown", "caption", "success") for element in getattr(at, kind))
    assert "![" not in raw


@pytest.mark.usefixtures("empty_company")
def test_a_ledger_says_what_was_rebuilt_from_it() -> None:
    head = "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|"
    head += "PieceRef|PieceDate|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
    rows = [
        "VE|Ventes|1|20260602|411000|Clients|DUPRE|Dupré|F-1|20260602|F-1|120,00|0,00|A|20260620|20260630||",
        "VE|Ventes|1|20260602|706000|Prestations|||F-1|20260602|F-1|0,00|100,00|||20260630||",
        "VE|Ventes|1|20260602|445710|TVA|||F-1|20260602|F-1|0,00|20,00|||20260630||",
        "BQ|Banque|2|20260620|512000|Banque|||R-1|20260620|VIR DUPRE|120,00|0,00|||20260630||",
        "BQ|Banque|2|20260620|411000|Clients|DUPRE|Dupré|R-1|20260620|VIR DUPRE|0,00|120,00|A|20260620|20260630||",
    ]
    at = drop(screen("imports"), ("123456782FEC20260630.txt", "\n".join([head, *rows]) + "\n"))
    assert FR.t("Accounting entries (FEC)") in words(at)
    assert "1 facture, 0 avoir, 1 règlement" in words(at)
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).allocations["amount"].to_list() == [Decimal("120.00")]


@pytest.mark.usefixtures("empty_company")
def test_a_clients_file_is_shown_and_imported() -> None:
    text = "Code client;Nom du client;Email;Téléphone\nC1;Dupré;compta@dupre.example;01 02 03 04 05\n"
    at = drop(screen("imports"), ("clients.csv", text))
    assert ":blue-badge[Clients]" in words(at)
    assert at.dataframe[0].value["client_name"].to_list() == ["Dupré"]
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).clients["email"].to_list() == ["compta@dupre.example"]
    assert FR.plural("{count} client.", "{count} clients.", 1) in words(at)


@pytest.mark.usefixtures("empty_company")
def test_the_screen_speaks_english_too() -> None:
    at = drop(screen("imports", language="en"), ("factures.csv", INVOICES), ("releve.csv", STATEMENT))
    said = words(at)
    assert "Sales invoices" in said
    assert "3 rows: 2 to add, 1 with errors. Dated from 01/06/2026 to 02/06/2026." in said
    assert "This file does not say which bank account it is of." in said


@pytest.mark.usefixtures("empty_company")
def test_a_long_file_shows_how_far_its_reading_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[float] = []
    real = DeltaGenerator.progress

    def note(self: DeltaGenerator, value: float, text: str | None = None) -> DeltaGenerator:
        shown.append(value)
        return real(self, value, text)

    monkeypatch.setattr(DeltaGenerator, "progress", note)
    movements = "".join(
        f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260105<TRNAMT>1.00<FITID>A{at}<NAME>VIR {at}</STMTTRN>\n" for at in range(5000)
    )
    head = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>"
    account = "<CURDEF>EUR<BANKACCTFROM><BANKID>30006<ACCTID>00012345678<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>"
    content = f"{head}{account}{movements}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    at = drop(screen("imports"), ("releve.ofx", content))
    assert FR.plural("{count} row", "{count} rows", 5000) in words(at)
    assert len(shown) > 1
    assert shown == sorted(shown)
    assert shown[-1] == 1.0


@pytest.mark.usefixtures("empty_company")
def test_an_amount_in_another_currency_is_shown_in_its_own() -> None:
    text = (
        INVOICES.replace("Montant TTC\n", "Montant TTC;Devise\n")
        .replace("1200,00\n", "1200,00;USD\n")
        .replace("90,50\n", "90,50;EUR\n")
    )
    shown = drop(screen("imports"), ("factures.csv", text)).dataframe[0].value
    assert shown["amount_incl_tax"].to_list() == [FR.money(Decimal("1200.00"), "USD"), FR.money(Decimal("90.50"))]


def _encodings(at: AppTest) -> list[Any]:
    return [one for one in at.segmented_control if (one.key or "").startswith("encoding-")]


@pytest.mark.usefixtures("empty_company")
def test_a_file_whose_encoding_nobody_can_tell_is_read_as_the_person_says() -> None:
    content = "numero;client;date_facture;montant_ttc\nF1;Œuvre;05/01/2025;100,00\n".encode("iso8859-15")
    at = drop(screen("imports"), ("factures.csv", content))
    _encodings(at)[0].set_value("iso8859-15")
    healthy(at.run())
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).clients["name"].to_list() == ["Œuvre"]


@pytest.mark.usefixtures("empty_company")
def test_a_file_that_both_encodings_read_alike_is_not_asked_about() -> None:
    content = "numero;client;date_facture;montant_ttc\nF1;Été;05/01/2025;100,00\n".encode("cp1252")
    assert _encodings(drop(screen("imports"), ("factures.csv", content))) == []
