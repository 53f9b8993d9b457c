"""Rows that are nothing without the others of their file: said before anyone types, and never taken alone."""

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from imports import author, counts, documents, fresh_store, take
from screens import AUTHOR, has_button, healthy, screen, select_row, words
from screens import button as button_of
from screens import store as screen_store
from test_ingest_archive import LEDGER, zipped

from models.errors import Refused
from models.texts import Texts
from pipelines.exports.answers import quarantine_answer
from pipelines.exports.file_sentences import quarantine_lines
from pipelines.publishing.corrections import run_retry
from pipelines.publishing.publish import run_import
from pipelines.publishing.quarantine import waiting

FR = Texts("fr")
LINES = (
    b"Type,ContactName,InvoiceNumber,InvoiceDate,DueDate,Total,InvoiceAmountDue,Description,Quantity\n"
    b"Sales invoice,Alpha,F-1,05/01/2026,04/02/2026,120.00,120.00,a,1\n"
    b"Sales invoice,Alpha,F-1,05/01/2026,04/02/2026,12O.00,120.00,b,1\n"
    b"Sales invoice,Alpha,F-2,05/01/2026,04/02/2026,50.00,50.00,c,1\n"
)
FEC = "123456782FEC20261231.txt"
BAD_LEDGER = LEDGER.replace(b"120,00\t0,00", b"12O,00\t0,00")
ORDINARY = "N° facture;Client;Date;Montant TTC\nF-9;Alpha;31/02/2026;10,00\n".encode()


@pytest.mark.parametrize(("name", "content", "line"), [("xero.csv", LINES, 3), (FEC, BAD_LEDGER, 2)])
def test_a_row_that_is_nothing_alone_is_refused_and_says_what_to_do(name: str, content: bytes, line: int) -> None:
    with fresh_store() as store:
        take(store, content, name)
        (row,) = waiting(store).to_dicts()
        assert (row["line"], row["is_correctable"]) == (line, False)
        answer = quarantine_answer(waiting(store), FR)
        assert answer[0]["is_correctable"] is False
        advice = f"La ligne {line} de {name} ne se lit pas sans les autres\xa0: corrigez-la dans le fichier"
        assert quarantine_lines(answer, FR)[-1].strip().startswith(advice)
        with pytest.raises(Refused) as refused:
            run_retry(store, {row["row_id"]: {}}, author=author())
        assert refused.value.code == "not_alone"


def test_a_line_of_an_invoice_waits_as_written_until_the_corrected_file_comes() -> None:
    with fresh_store() as store:
        assert counts(take(store, LINES, "xero.csv")) == (1, 0, 0, 0, 0, 1)
        cells = json.loads(waiting(store)["cells"].item())
        assert (cells["InvoiceNumber"], cells["Total"], cells["Description"]) == ("F-1", "12O.00", "b")
        assert counts(take(store, LINES.replace(b"12O.00", b"120.00"), "xero.csv")) == (1, 0, 1, 0, 0, 0)
        assert waiting(store).is_empty()
        assert documents(store, "number", "amount") == [("F-1", Decimal("120.00")), ("F-2", Decimal("50.00"))]


def test_of_an_archive_an_invoice_of_several_lines_waits_to_be_typed_in_whole() -> None:
    with fresh_store() as store:
        take(store, zipped(("a.csv", LINES), ("b.csv", LINES.replace(b"F-2", b"F-3"))), "lot.zip")
        rows = waiting(store)
        assert rows["is_correctable"].all()
        assert {text for cells in rows["cells"] for text in json.loads(cells).values()} == {""}


def test_an_ordinary_row_can_be_corrected() -> None:
    with fresh_store() as store:
        take(store, ORDINARY, day=date(2026, 3, 1))
        assert waiting(store)["is_correctable"].to_list() == [True]


@pytest.mark.usefixtures("empty_company")
def test_the_screen_offers_no_form_for_it() -> None:
    run_import(screen_store(), LINES, "xero.csv", author=AUTHOR)
    run_import(screen_store(), ORDINARY, "f.csv", author=AUTHOR)

    def line_of(kind: str, frame: pl.DataFrame) -> int:
        return int(frame["file"].to_list().index(kind))

    at = select_row(screen("imports"), "quarantine", lambda frame: line_of("f.csv", frame))
    assert has_button(at, "retry-")
    at = select_row(screen("imports"), "quarantine", lambda frame: line_of("xero.csv", frame))
    assert "La ligne 3 de xero.csv ne se lit pas sans les autres" in words(at)
    assert not has_button(at, "retry-")
    assert not any(element.label == "Total" for element in at.text_input)
    healthy(button_of(at, "drop-").click().run())
    assert waiting(screen_store())["file"].to_list() == ["f.csv"]
