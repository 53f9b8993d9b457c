"""One small file per problem and per refusal: the code, where it points, and that it has a sentence."""

import string
from pathlib import Path
from typing import Any

import pytest

from models.errors import UnreadableFile
from models.problems import SENTENCES
from pipelines.ingest.parts import Source
from pipelines.ingest.profiles import find_profile, siblings
from pipelines.ingest.reading import Reading, read_file
from pipelines.ingest.refusals import REFUSALS

DATA = Path(__file__).parent / "data"
PROBLEM_FILES = sorted(DATA.glob("problem_*"))
REFUSED_FILES = sorted(DATA.glob("refused_*"))
#: Refusals that a file of a few bytes cannot show, or that a caller's argument brings about.
SHOWN_ELSEWHERE = {
    "profile_does_not_fit",
    "ledger_out_of_order",
    "is_encrypted",
    "is_other_workbook",
    "too_many_rows",
    "archive_broken",
    "archive_too_many",
    "archive_too_large",
    "archive_trap",
    "archive_nested",
    "archive_mixed_kinds",
    "archive_ledgers",
    "archive_nothing_read",
    "archive_is_backup",
    "pdf_without_invoice",
    "pdf_broken",
    "no_balances",
    "no_table",
    "reader_failed",
    "reader_too_slow",
    "too_many_columns",
    "field_too_long",
    "file_too_large",
    "unknown_file_kind",
    "unknown_profile",
    "wrong_kind",
}
WARNINGS = {
    "amount_assumed_incl_tax",
    "amounts_differ",
    "bad_balance",
    "balance_currency",
    "balance_gap",
    "balance_not_running",
    "count_differs",
    "date_orders_differ",
    "date_set_aside",
    "deposits_invoiced",
    "direction_unknown",
    "due_before_issue",
    "end_of_month",
    "encoding_guessed",
    "invalid_email",
    "invalid_siren",
    "investments_left_out",
    "label_cut",
    "line_break",
    "mixed_debit_signs",
    "mixed_scripts",
    "no_rows",
    "paid_above_amount",
    "paid_before_issue",
    "record_set_aside",
    "row_set_aside",
    "statement_incomplete",
    "statement_not_balanced",
    "total_differs",
    "unbalanced_entry",
    "unknown_client_type",
    "unknown_dispute",
    "unknown_language",
    "unknown_terms",
    "write_off_as_credit_note",
    "zero_amount",
}


def code_of(path: Path) -> str:
    return path.stem.split("_", 1)[1]


def read(path: Path, **options: Any) -> Reading:
    return read_file(Source(path.read_bytes(), path.name, **options))


@pytest.mark.parametrize("path", PROBLEM_FILES, ids=code_of)
def test_each_problem_is_found_and_alone(path: Path) -> None:
    code, reading = code_of(path), read(path)
    if code in WARNINGS:
        assert code in reading.warnings["code"].to_list()
        assert reading.rejected_rows == 0
    else:
        assert reading.rejected["code"].unique().to_list() == [code]
        assert reading.rejected_rows == 1
        assert reading.documents.height + reading.lines.height == 1
    counted = reading.documents.height + reading.lines.height + reading.receipts.height + reading.clients.height
    assert reading.rows == counted + reading.ignored + reading.rejected_rows


@pytest.mark.parametrize("path", PROBLEM_FILES, ids=code_of)
def test_each_problem_has_a_sentence_that_its_fields_complete(path: Path) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[code_of(path)]) if name}
    assert fields <= {"line", "column", "value"}


@pytest.mark.parametrize("path", REFUSED_FILES, ids=code_of)
def test_each_refusal_says_why_in_a_sentence_with_the_file_name(path: Path) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(path)
    assert refusal.value.code == code_of(path)
    assert refusal.value.template == REFUSALS[code_of(path)]
    assert path.name in str(refusal.value)


def test_every_refusal_is_shown_by_a_file_or_a_test() -> None:
    assert {code_of(path) for path in REFUSED_FILES} | SHOWN_ELSEWHERE == set(REFUSALS)


def test_a_mixed_encoding_names_the_line_that_is_not_utf8() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(DATA / "refused_mixed_encoding.csv")
    assert refusal.value.fields["line"] == 3


def test_an_unclosed_quotation_mark_names_the_line_where_it_opens() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(DATA / "refused_unclosed_quote.csv")
    assert refusal.value.fields["line"] == 3


def test_a_missing_column_names_what_is_needed_and_what_was_seen() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(DATA / "refused_missing_column.csv")
    assert "Montant TTC" in str(refusal.value.fields["missing"])
    assert refusal.value.fields["seen"] == "Numéro, Client, Date"


def test_a_problem_points_to_line_column_and_value() -> None:
    rejected = read(DATA / "problem_bad_amount.csv").rejected
    assert rejected.rows() == [(3, "Montant TTC", "1 23,45", "bad_amount")]


def test_too_many_columns_refuse_the_file() -> None:
    content = ";".join(f"c{i}" for i in range(201)).encode()
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(content, "large.csv"))
    assert refusal.value.code == "too_many_columns"


def test_a_cell_too_long_refuses_the_file_and_names_the_line() -> None:
    content = f"Numéro;Client;Date;Montant TTC\nF-1;Morel;25/01/2026;1,00\nF-2;{'x' * 10_001};25/01/2026;1,00\n".encode()
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(content, "long.csv"))
    assert (refusal.value.code, refusal.value.fields["line"]) == ("field_too_long", 3)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"kind": "recipes"}, "unknown_file_kind"),
        ({"profile": "recipes"}, "unknown_profile"),
        ({"kind": "invoices"}, "wrong_kind"),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, str], code: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(DATA / "problem_encoding_guessed.ofx", **options)
    assert refusal.value.code == code


def test_an_ofx_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.ingest.statements.ofx_repair.MAX_BYTES", 10)
    with pytest.raises(UnreadableFile) as refusal:
        read(DATA / "problem_encoding_guessed.ofx")
    assert refusal.value.code == "file_too_large"


@pytest.mark.parametrize(
    ("name", "file", "found"),
    [
        ("qonto", "qonto_fr.csv", "qonto_fr"),
        ("qonto", "qonto.csv", "qonto"),
        ("Qonto", "qonto.csv", "qonto"),
        ("n26", "n26_ancien_de.csv", "n26_ancien_de"),
        ("bnp_paribas", "bnp_paribas_sans_entete.csv", "bnp_paribas_sans_entete"),
    ],
)
def test_the_name_of_a_program_stands_for_the_variant_that_fits(name: str, file: str, found: str) -> None:
    assert read(DATA / "banks" / file, profile=name).profile == found


def test_the_name_of_another_program_does_not() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(DATA / "banks" / "qonto_fr.csv", profile="n26")
    assert refusal.value.code == "profile_does_not_fit"


def test_a_program_is_known_by_its_name_where_no_variant_has_it() -> None:
    found = find_profile("quickbooks", ())
    assert found is not None
    assert {found.code, *(other.code for other in siblings(found))} == {"quickbooks_en", "quickbooks_fr"}


def test_a_profile_that_a_person_chose_is_never_left_aside_in_silence() -> None:
    content = "Numéro;Client;Date;Montant TTC\nF-1;Morel;25/01/2026;1,00\n".encode()
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(content, "factures.csv", profile="stripe"))
    assert (refusal.value.code, refusal.value.fields["profile"]) == ("profile_does_not_fit", "Stripe")
