"""Bytes and cells: encodings, separators, line ends, quotation marks, ragged rows."""

import pytest

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file
from pipelines.ingest.tables.headers import fold_header

TEXT = "Numéro;Client;Date;Montant TTC\nF-1;Société Œuvre € – « X »;25/01/2026;120,00\nF-2;Été;26/01/2026;1,50\n"


def names(content: bytes) -> list[str | None]:
    reading = read(content)
    assert reading.rejected.is_empty(), reading.rejected
    return reading.documents["client_name"].to_list()


def read(content: bytes) -> Reading:
    return read_file(Source(content, "factures.csv"))


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "windows-1252")],
)
def test_the_same_text_comes_out_of_every_encoding(encoding: str, name: str) -> None:
    content = TEXT.encode(encoding)
    assert names(content) == ["Société Œuvre € – « X »", "Été"]
    assert read(content).encoding == name


def test_a_photograph_is_no_text_whatever_it_is_called() -> None:
    picture = b"RIFF\x10\x27\x00\x00WEBPVP8 " + bytes(range(256)) * 20
    with pytest.raises(UnreadableFile) as refused:
        read(picture)
    assert refused.value.code == "is_binary"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_found(separator: str, end: str) -> None:
    rows = [
        ["Numéro", "Client", "Date", "Montant TTC"],
        ["F-1", "Morel", "25/01/2026", "1.50"],
        ["F-2", "Été", "26/01/2026", "2.50"],
    ]
    reading = read(end.join(separator.join(row) for row in rows).encode())
    assert (reading.separator, reading.documents["client_name"].to_list()) == (separator, ["Morel", "Été"])


def test_a_sep_line_is_obeyed_and_counts_as_a_line() -> None:
    reading = read(b"sep=|\nNum\xc3\xa9ro|Client|Date|Montant TTC\nF-1|Morel; fils|25/01/2026|1,50\n")
    assert (reading.separator, reading.documents["client_name"][0], reading.documents["line"][0]) == ("|", "Morel; fils", 3)


QUOTED = 'Numéro;Client;Date;Montant TTC\n"F-1";"Morel; ""fils""";"25/01/2026";"1 234,50"\n'


def test_quoted_cells_hold_separators_and_quotation_marks() -> None:
    assert names(QUOTED.encode()) == ['Morel; "fils"']


def test_the_slow_way_reads_as_the_fast_one() -> None:
    plain = read((QUOTED + "F-2;Dupont;26/01/2026;1,00\n").encode()).documents
    stray = read((QUOTED + 'F-2;Du"pont;26/01/2026;1,00\n').encode()).documents
    assert stray.drop("client_name").equals(plain.drop("client_name"))
    assert stray["client_name"].to_list() == ['Morel; "fils"', 'Du"pont']


def test_a_broken_row_does_not_take_the_others_along() -> None:
    reading = read((QUOTED + 'F-2;"Du"pont;26/01/2026;1,00\nF-3;Été;26/01/2026;1,00\n').encode())
    assert reading.documents["number"].to_list() == ["F-1", "F-3"]
    assert reading.rejected.select("line", "code").rows() == [(3, "stray_quote")]


def test_empty_cells_too_many_at_the_end_are_no_matter() -> None:
    assert names(b"Num\xc3\xa9ro;Client;Date;Montant TTC\nF-1;Morel;25/01/2026;1,00;;;\n;;;;;;\n") == ["Morel"]


def test_missing_and_surplus_cells_are_problems() -> None:
    reading = read((TEXT + "F-3;court\nF-4;Été;26/01/2026;1,50;en trop\n").encode())
    assert reading.rejected.select("line", "code").rows() == [(4, "ragged_row"), (5, "ragged_row")]
    assert reading.documents.height == 2


def test_an_undefined_byte_of_windows_1252_is_a_problem_of_its_row() -> None:
    reading = read(TEXT.encode("cp1252") + b"F-3;Mo\x81rel;26/01/2026;1,50\n")
    assert (reading.documents.height, reading.rejected["code"].to_list()) == (2, ["control_character"])


@pytest.mark.parametrize(
    "name", ["N° de facture", "numéro_facture", "NUMERO FACTURE", "No facture", "Numéro de la facture (€)", "Nº facture"]
)
def test_header_names_fold_together(name: str) -> None:
    assert fold_header(name) == "numerofacture"
