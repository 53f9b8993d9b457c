"""A table that no layout fits, on screen: columns proposed, rows understood, a layout saved, used, deleted."""

import io

import pytest
import xlsxwriter
from screens import button, has_button, healthy, screen, store, words
from streamlit.testing.v1 import AppTest

from models.texts import Texts
from pipelines.ledger import run_ledger
from pipelines.publishing.saved_profiles import saved_profiles

pytestmark = pytest.mark.usefixtures("empty_company")
FR = Texts("fr")
HEADER = ("Ref.", "Société cliente", "Emise", "Payable le", "Total avec taxe")
ROWS = (
    ("A-17", "Atelier Brun", "14/01/2026", "13/02/2026", "300,00"),
    ("A-18", "Cordier SARL", "20/01/2026", "19/02/2026", "120,00"),
    ("A-19", "Atelier Brun", "31/02/2026", "20/02/2026", "60,00"),
)
UNKNOWN = "\n".join(";".join(row) for row in (HEADER, *ROWS)) + "\n"


def dropped(name: str = "inconnu.csv", content: bytes = UNKNOWN.encode()) -> AppTest:
    at = screen("imports")
    at.file_uploader[0].set_value([(name, content, "application/octet-stream")])
    return healthy(at.run())


def chosen(at: AppTest, column: str) -> str | None:
    """The header that stands in the select of a canonical column."""
    box = next(element for element in at.selectbox if str(element.key).startswith(f"map-{column}-"))
    return None if box.value is None else HEADER[box.value]


def test_the_needed_columns_are_proposed_and_the_rows_shown_raw_and_understood() -> None:
    at = dropped()
    assert store().revision == 0
    assert chosen(at, "invoice_number") == "Ref."
    assert chosen(at, "client_name") == "Société cliente"
    assert chosen(at, "issue_date") == "Emise"
    assert chosen(at, "amount_incl_tax") == "Total avec taxe"
    assert chosen(at, "client_code") is None
    raw, understood, problems = (table.value for table in at.dataframe[:3])
    assert raw["c1"].to_list() == ["Atelier Brun", "Cordier SARL", "Atelier Brun"]
    assert understood["number"].to_list() == ["A-17", "A-18"]
    assert problems["value"].to_list() == ["31/02/2026"]


def test_a_saved_layout_reads_the_file_at_once_and_the_next_one_too() -> None:
    at = dropped()
    healthy(button(at, "map-save-").click().run())
    assert [(profile.title, profile.kind) for profile in saved_profiles(store())] == [("inconnu", "invoices")]
    assert FR.t("Layout: {title}", title="inconnu") in words(at)
    assert not at.error
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).documents["number"].to_list() == ["A-17", "A-18"]


def test_a_layout_of_supplier_invoices_gives_purchases() -> None:
    at = dropped()
    next(control for control in at.segmented_control if str(control.key).startswith("map-kind-")).set_value("purchases")
    healthy(at.run())
    healthy(button(at, "map-save-").click().run())
    assert FR.t("Supplier invoices") in words(at)
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).documents["direction"].to_list() == ["purchase", "purchase"]


def test_a_saved_layout_is_listed_and_can_be_deleted() -> None:
    at = dropped()
    healthy(button(at, "map-save-").click().run())
    at = screen("imports")
    assert "inconnu" in words(at)
    healthy(button(at, "delete-profile-").click().run())
    assert saved_profiles(store()) == ()
    assert not has_button(at, "delete-profile-")


def test_without_a_needed_column_nothing_can_be_saved() -> None:
    text = "Ref.;Société cliente;Total avec taxe\nA-17;Atelier Brun;300,00\nA-18;Cordier SARL;120,00\n"
    at = dropped(content=text.encode())
    assert chosen(at, "issue_date") is None
    assert not has_button(at, "map-save-")
    assert len(at.info) == 1


def test_a_name_of_the_program_is_refused_with_a_sentence() -> None:
    at = dropped()
    next(element for element in at.text_input if str(element.key).startswith("map-name-")).set_value("Xero")
    healthy(at.run())
    healthy(button(at, "map-save-").click().run())
    assert saved_profiles(store()) == ()
    assert "xero" in at.warning[0].value


def test_a_workbook_is_mapped_like_a_text() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for line, row in enumerate((HEADER, *ROWS)):
            sheet.write_row(line, 0, row)
    at = dropped("inconnu.xlsx", content.getvalue())
    assert chosen(at, "client_name") == "Société cliente"
    healthy(button(at, "map-save-").click().run())
    healthy(button(at, "import-").click().run())
    assert run_ledger(store()).documents["number"].to_list() == ["A-17", "A-18"]


def test_a_file_that_is_no_table_is_only_refused() -> None:
    at = dropped("note.xml", b"<?xml version='1.0'?><note>bonjour</note>")
    assert len(at.error) == 1
    assert not [element for element in at.selectbox if str(element.key).startswith("map-")]
