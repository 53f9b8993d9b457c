"""Tables that no profile knows: what is proposed for them, what comes of a choice, and the profile that keeps it."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imports import author, csv, documents, fresh_store, take

from models.errors import Refused, UnreadableFile
from pipelines.decisions import undo
from pipelines.ingest.parts import Source
from pipelines.ingest.profiles import parse_profile
from pipelines.ingest.tables.mapping import (
    profile_code,
    profile_text,
    propose,
    sketch,
    sums_over_lines,
    understood,
)
from pipelines.publishing.saved_profiles import run_save_profile, saved_profiles

NAMED = csv(
    "Ref.;Société cliente;Emise;Payable le;Net;Total avec taxe;Monnaie;Situation",
    "A-17;Atelier Brun;14/01/2026;13/02/2026;250,00;300,00;EUR;Envoyée",
    "A-18;Cordier SARL;20/01/2026;19/02/2026;100,00;120,00;EUR;Payée",
    "A-19;Atelier Brun;21/01/2026;20/02/2026;50,00;60,00;EUR;Brouillon",
)
NAMELESS = csv(
    "13/02/2026;A-17;Atelier Brun;250,00;14/01/2026;300,00;compta@brun.example",
    "19/02/2026;A-18;Cordier SARL;100,00;20/01/2026;120,00;contact@cordier.example",
    "20/02/2026;A-19;Atelier Brun;50,00;21/01/2026;60,00;compta@brun.example",
)
LINES = csv(
    "Pièce;Destinataire;Le;Qté;Article;À payer ligne;À payer pièce",
    "B-1;Brun;14/01/2026;1;Table;100,00;150,00",
    "B-1;Brun;14/01/2026;2;Chaise;50,00;150,00",
    "B-2;Roux;15/01/2026;1;Table;100,00;100,00",
)
STATEMENT = csv(
    "Jour;Opération;Mouvement",
    "02/01/2026;VIREMENT ATELIER BRUN FACTURE A-17;300,00",
    "03/01/2026;PRELEVEMENT LOYER JANVIER 2026;-850,00",
)


def source(content: bytes, name: str = "inconnu.csv") -> Source:
    return Source(content, name)


def chosen(content: bytes, kind: str = "invoices") -> dict[str, str]:
    """Canonical column -> header proposed."""
    found = sketch(source(content))
    return {column: found.header[one.position] for column, one in propose(found, kind).items()}


def places(content: bytes, kind: str = "invoices") -> dict[str, int]:
    return {column: one.position for column, one in propose(sketch(source(content)), kind).items()}


def test_a_sketch_tells_separator_header_and_first_rows_below_a_preamble() -> None:
    found = sketch(source(b"Menuiserie Exemple\n\n" + NAMED))
    assert (found.separator, found.has_header, found.line) == (";", True, 3)
    assert found.header[:2] == ("Ref.", "Société cliente")
    assert found.rows[0] == (4, ("A-17", "Atelier Brun", "14/01/2026", "13/02/2026", "250,00", "300,00", "EUR", "Envoyée"))


def test_an_announced_separator_is_obeyed() -> None:
    found = sketch(source(b"sep=|\nA;1|B\n"))
    assert (found.separator, found.header, found.line) == ("|", ("A;1", "B"), 2)


def test_a_table_without_header_has_letters() -> None:
    found = sketch(source(NAMELESS))
    assert (found.has_header, found.header) == (False, tuple("ABCDEFG"))
    assert len(found.rows) == 3


def test_a_workbook_is_sketched_like_a_text() -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"Ref.": ["A-17"], "Société cliente": ["Brun"], "Emise": [date(2026, 1, 14)], "Total": [300]}).write_excel(
        buffer
    )
    found = sketch(source(buffer.getvalue(), "inconnu.xlsx"))
    assert (found.separator, found.header) == (None, ("Ref.", "Société cliente", "Emise", "Total"))
    assert found.rows[0][1][0] == "A-17"


def test_a_file_that_is_no_table_is_refused() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        sketch(source(b"OFXHEADER:100\n<OFX></OFX>", "releve.ofx"))
    assert refusal.value.code == "no_table"


def test_columns_are_proposed_by_name_and_by_content() -> None:
    assert chosen(NAMED) == {
        "invoice_number": "Ref.",
        "client_name": "Société cliente",
        "issue_date": "Emise",
        "due_date": "Payable le",
        "amount_excl_tax": "Net",
        "amount_incl_tax": "Total avec taxe",
        "currency": "Monnaie",
        "status": "Situation",
    }


def test_content_alone_tells_dates_in_order_the_larger_amount_and_addresses() -> None:
    assert chosen(NAMELESS) == {
        "invoice_number": "B",
        "client_name": "C",
        "issue_date": "E",
        "due_date": "A",
        "amount_incl_tax": "F",
        "client_email": "G",
    }
    assert {one.why for one in propose(sketch(source(NAMELESS)), "invoices").values()} == {"content"}


def test_a_name_does_not_win_over_cells_that_cannot_be_it() -> None:
    content = csv("Numéro;Client;Date;Montant TTC;Total", "F1;Brun;14/01/2026;voir devis;120,00", "F2;Roux;15/01/2026;?;12,00")
    assert chosen(content)["amount_incl_tax"] == "Total"


def test_a_statement_gets_date_label_and_amount() -> None:
    assert chosen(STATEMENT, "bank") == {"booking_date": "Jour", "label": "Opération", "amount": "Mouvement"}
    shown = understood(sketch(source(STATEMENT)), places(STATEMENT, "bank"), "bank")
    assert shown.parts.lines["amount"].to_list() == [Decimal("300.00"), Decimal("-850.00")]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=6), min_size=1, max_size=8))
def test_each_header_is_used_once_whatever_the_cells(rows: list[list[str]]) -> None:
    content = "\n".join(";".join(cell.replace('"', "") for cell in row) for row in rows).encode()
    try:
        found = sketch(source(content))
    except UnreadableFile:
        return
    for kind in ("invoices", "bank", "clients"):
        positions = [one.position for one in propose(found, kind).values()]
        assert len(positions) == len(set(positions))


def test_the_first_rows_are_shown_raw_and_understood_with_their_problems() -> None:
    content = NAMED + b"A-20;Roux;31/02/2026;;1,00;1,20;EUR;\n" + b"A-21;Roux;01/03/2026;;1,00;1,20;EUR;\n" * 3
    shown = understood(sketch(source(content)), places(content), "invoices")
    assert [line for line, _ in shown.raw] == [2, 3, 4, 5, 6]
    assert shown.parts.documents["number"].to_list() == ["A-17", "A-18", "A-19", "A-21"]
    assert shown.problems.select("line", "column", "code").rows() == [(5, "Emise", "impossible_date")]


def test_a_choice_without_a_needed_column_is_refused() -> None:
    found = sketch(source(NAMED))
    with pytest.raises(Refused) as refusal:
        understood(found, {"invoice_number": 0}, "invoices")
    assert refusal.value.code == "missing_columns"
    with pytest.raises(Refused):
        profile_text("Essai", "clients", {"client_email": 1}, found)


def test_lines_of_invoices_are_told_and_their_amounts_added_up() -> None:
    found = sketch(source(LINES))
    columns = {"invoice_number": 0, "client_name": 1, "issue_date": 2, "amount_incl_tax": 5}
    assert sums_over_lines(found, columns) == ("amount_incl_tax",)
    assert sums_over_lines(found, columns | {"amount_incl_tax": 6}) == ()
    assert sums_over_lines(sketch(source(NAMED)), places(NAMED)) is None
    shown = understood(found, columns, "invoices", is_per_line=True, sums=("amount_incl_tax",))
    assert shown.parts.documents.select("number", "amount_incl_tax").rows() == [
        ("B-1", Decimal("150.00")),
        ("B-2", Decimal("100.00")),
    ]


def test_a_saved_layout_reads_the_next_export_by_itself_until_it_is_taken_away() -> None:
    text = profile_text("Mon Logiciel", "invoices", places(NAMED), sketch(source(NAMED)))
    code = profile_code("Mon Logiciel")
    with fresh_store() as store:
        refused = take(store, NAMED).refused
        assert refused is not None
        assert refused.code == "unknown_columns"
        change = run_save_profile(store, code, text, author())
        assert [(profile.code, profile.title) for profile in saved_profiles(store)] == [("mon-logiciel", "Mon Logiciel")]
        report = take(store, NAMED)
        assert (report.profile, report.inserted, report.ignored) == ("mon-logiciel", 2, 1)
        assert documents(store, "number", "amount") == [("A-17", Decimal("300.00")), ("A-18", Decimal("120.00"))]
        run_save_profile(store, code, None, author())
        assert saved_profiles(store) == ()
        undo(store, change + 2, author=author())
        assert [profile.code for profile in saved_profiles(store)] == ["mon-logiciel"]


def test_a_saved_layout_of_lines_counts_each_invoice_once() -> None:
    columns = {"invoice_number": 0, "client_name": 1, "issue_date": 2, "amount_incl_tax": 5}
    text = profile_text("Lignes", "invoices", columns, sketch(source(LINES)), is_per_line=True, sums=("amount_incl_tax",))
    with fresh_store() as store:
        run_save_profile(store, "lignes", text, author())
        report = take(store, LINES)
        assert (report.profile, report.rows, report.inserted) == ("lignes", 2, 2)
        assert documents(store, "number", "amount") == [("B-1", Decimal("150.00")), ("B-2", Decimal("100.00"))]


def test_a_saved_layout_without_header_knows_the_shape_of_the_cells() -> None:
    text = profile_text("Sans nom", "invoices", places(NAMELESS), sketch(source(NAMELESS)))
    with fresh_store() as store:
        run_save_profile(store, "sans-nom", text, author())
        report = take(store, NAMELESS)
        assert (report.profile, report.inserted) == ("sans-nom", 3)


def test_headers_of_one_name_and_odd_signs_survive_in_a_layout() -> None:
    content = csv('N# "pièce\\;Client;Date;Total;Total', "F1;Brun;14/01/2026;100,00;120,00").replace(b'"', b"")
    found = sketch(source(content))
    text = profile_text(
        'Dit "le #1"', "invoices", {"invoice_number": 0, "client_name": 1, "issue_date": 2, "amount_incl_tax": 4}, found
    )
    assert parse_profile("x", text).columns["amount_incl_tax"] == ("Total#2",)
    with fresh_store() as store:
        run_save_profile(store, "x", text, author())
        take(store, content)
        assert documents(store, "number", "amount") == [("F1", Decimal("120.00"))]


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        ("xero", 'title = "X"\nkind = "invoices"\n[columns]\n', "known_profile"),
        ("mien", None, "unknown_saved_profile"),
        ("mien", "title = ", "bad_profile"),
        ("mien", 'title = "X"\n', "bad_profile"),
    ],
)
def test_what_cannot_be_kept_is_refused(code: str, text: str | None, refusal: str) -> None:
    with fresh_store() as store, pytest.raises(Refused) as refused:
        run_save_profile(store, code, text, author())
    assert refused.value.code == refusal


def test_a_layout_needs_a_name() -> None:
    with pytest.raises(Refused) as refusal:
        profile_text(" ", "invoices", places(NAMED), sketch(source(NAMED)))
    assert refusal.value.code == "missing_name"


def test_rows_that_are_lines_are_refused_until_a_layout_says_so() -> None:
    path = Path(__file__).parent / "data" / "refused_rows_are_lines.csv"
    found = sketch(Source(path.read_bytes(), path.name))
    columns = {column: one.position for column, one in propose(found, "invoices").items()}
    sums = sums_over_lines(found, columns)
    assert sums == ("amount_incl_tax",)
    with fresh_store() as store:
        refused = take(store, path.read_bytes()).refused
        assert refused is not None
        assert refused.code == "rows_are_lines"
        run_save_profile(store, "a", profile_text("A", "invoices", columns, found, is_per_line=True, sums=sums), author())
        assert take(store, path.read_bytes()).inserted == 1
        assert documents(store, "number", "amount") == [("F1", Decimal("144.00"))]
