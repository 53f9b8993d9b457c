"""Rejected rows wait: they are corrected and tried again, dropped, or come right by a later import; undo brings them back."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from imports import HEADER, author, counts, csv, documents, fresh_store, lines, take
from test_publish_lines import ofx

from models.errors import Refused
from models.store import Store
from pipelines import decisions
from pipelines.check import run_check
from pipelines.publishing.corrections import run_drop, run_retry
from pipelines.publishing.quarantine import waiting

BAD = csv(
    HEADER,
    "F-1;Alpha;01/02/2025;03/03/2025;100,00",
    "F-2;Beta;31/02/2025;03/03/2025;200,00",
    "F-3;Gamma;02/02/2025;03/03/2025;1,234",
)


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as opened:
        yield opened


def ids(store: Store) -> dict[int, str]:
    return dict(waiting(store).select("line", "row_id").iter_rows())


def test_rejected_rows_wait_as_written_with_their_problems(store: Store) -> None:
    take(store, BAD, "factures.csv")
    rows = waiting(store).to_dicts()
    assert [(r["file"], r["line"], r["kind"], r["profile"]) for r in rows] == [
        ("factures.csv", 3, "invoices", "canonical"),
        ("factures.csv", 4, "invoices", "canonical"),
    ]
    assert json.loads(rows[0]["cells"]) == {
        "numero": "F-2",
        "client": "Beta",
        "date_facture": "31/02/2025",
        "date_echeance": "03/03/2025",
        "montant_ttc": "200,00",
    }
    assert json.loads(rows[0]["problems"]) == [{"column": "date_facture", "value": "31/02/2025", "code": "impossible_date"}]
    assert str(rows[0]["since"]) == "2025-03-01"


def test_the_same_file_again_adds_nothing_and_a_later_export_does_not_repeat_the_row(store: Store) -> None:
    take(store, BAD, "factures.csv")
    assert take(store, BAD, "factures.csv").change_id is None
    later = BAD + b"F-4;Delta;03/02/2025;03/03/2025;10,00\n"
    assert take(store, later, "factures (2).csv").inserted == 1
    assert sorted(ids(store)) == [3, 4]


def test_a_file_of_rejected_rows_only_is_a_change_and_can_be_undone(store: Store) -> None:
    report = take(store, csv(HEADER, "F-2;Beta;31/02/2025;03/03/2025;200,00"))
    assert report.change_id == 1
    assert waiting(store).height == 1
    decisions.undo(store, 1, author=author())
    assert waiting(store).height == 0


def test_a_corrected_row_is_published_and_waits_no_more(store: Store) -> None:
    take(store, BAD)
    rows = ids(store)
    (done,) = run_retry(store, {rows[3]: {"Date facture": "28/02/2025"}}, author=author())
    assert done.ended == (rows[3],)
    assert done.left == {}
    assert documents(store, "number", "amount") == [("F-1", Decimal("100.00")), ("F-2", Decimal("200.00"))]
    assert list(ids(store)) == [4]
    changes = store.changes()
    assert changes["action"].to_list() == ["import", "correct"]
    assert run_check(store) == []
    decisions.undo(store, 2, author=author())
    assert list(ids(store)) == [3, 4]
    assert documents(store, "number") == [("F-1",)]


def test_rows_of_one_file_are_corrected_together_and_those_still_wrong_stay(store: Store) -> None:
    take(store, BAD)
    rows = ids(store)
    (done,) = run_retry(store, {rows[3]: {"date_facture": "30/02/2025"}, rows[4]: {"montant_ttc": "1234,00"}}, author=author())
    assert done.ended == (rows[4],)
    assert {i: p["code"].to_list() for i, p in done.left.items()} == {rows[3]: ["impossible_date"]}
    assert list(ids(store)) == [3]
    assert documents(store, "number", "amount")[1] == ("F-3", Decimal("1234.00"))


def test_nothing_is_stored_while_every_row_is_still_wrong(store: Store) -> None:
    take(store, BAD)
    (done,) = run_retry(store, {ids(store)[3]: {}}, author=author())
    assert done.report.change_id is None
    assert done.ended == ()
    assert store.revision == 1


def test_a_corrected_row_is_read_with_the_date_order_of_its_file(store: Store) -> None:
    take(store, csv(HEADER, "A-1;Alpha;02/25/2025;03/25/2025;10.00", "A-2;Alpha;03/02/2025;04/02/2025;1O.00"))
    run_retry(store, {ids(store)[3]: {"montant_ttc": "20.00"}}, author=author())
    assert [str(day) for (day,) in documents(store, "issue_date")] == ["2025-02-25", "2025-03-02"]


def test_a_row_of_a_file_with_both_decimal_signs_is_read_by_its_own(store: Store) -> None:
    """The sign that most amounts show is told to people, and decides nothing that may be read in two ways."""
    report = take(
        store,
        csv(
            HEADER,
            "A-1;Alpha;01/02/2025;03/03/2025;1,50",
            "A-2;Alpha;01/02/2025;03/03/2025;2.50",
            "A-3;Alpha;01/02/2025;03/03/2025;3.50",
            "A-4;Alpha;01/02/2025;03/03/2025;4O",
        ),
    )
    assert report.decimal == "."
    (done,) = run_retry(store, {ids(store)[5]: {"montant_ttc": "1,234"}}, author=author())
    assert [frame["code"].to_list() for frame in done.left.values()] == [["ambiguous_amount"]]


def test_a_dropped_row_comes_back_by_undo_only(store: Store) -> None:
    take(store, BAD)
    rows = ids(store)
    change = run_drop(store, [rows[3]], author=author())
    assert list(ids(store)) == [4]
    assert take(store, BAD).change_id is None
    assert list(ids(store)) == [4]
    decisions.undo(store, change, author=author())
    assert list(ids(store)) == [3, 4]


def test_a_row_that_a_later_import_brings_right_waits_no_more(store: Store) -> None:
    take(store, BAD)
    take(store, csv(HEADER, "F-2;Beta;28/02/2025;03/03/2025;200,00"), "corrected.csv")
    assert list(ids(store)) == [4]


def test_two_rows_alike_are_two_rows(store: Store) -> None:
    content = csv("date;libelle;montant", "05/01/2025;CB CAFE;3,5,0", "05/01/2025;CB CAFE;3,5,0")
    take(store, content)
    rows = ids(store)
    assert sorted(rows) == [2, 3]
    (done,) = run_retry(store, {i: {"montant": "-3,50"} for i in rows.values()}, author=author())
    assert len(done.ended) == 2
    assert lines(store)["amount"].to_list() == [Decimal("-3.50")] * 2


def test_a_movement_goes_back_to_the_account_of_its_file(store: Store) -> None:
    take(store, csv("date;libelle;montant", "05/01/2025;VIR A;1,00"), account="Livret")
    take(store, csv("date;libelle;montant", "05/01/2025;VIR B;2,00", "32/01/2025;VIR C;3,00"), account="Courant")
    (row_id,) = ids(store).values()
    run_retry(store, {row_id: {"date": "31/01/2025"}}, author=author())
    assert lines(store).select("account", "label").rows() == [("Courant", "VIR B"), ("Courant", "VIR C"), ("Livret", "VIR A")]


def test_the_row_of_an_ambiguous_client_is_told_by_its_code(store: Store) -> None:
    header = "numero;code client;client;date;montant ttc"
    take(store, csv(header, "F-1;C1;Dupont;01/02/2025;10,00", "F-2;C2;Dupont;01/02/2025;20,00"))
    take(store, csv("numero;client;date;montant ttc", "F-3;Dupont;02/02/2025;30,00"), "without code.csv")
    (row,) = waiting(store).to_dicts()
    assert json.loads(row["problems"])[0]["code"] == "ambiguous_client"
    (done,) = run_retry(store, {row["row_id"]: {"Code client": "C2"}}, author=author())
    assert counts(done.report) == (1, 0, 0, 0, 0, 0)
    assert documents(store, "number", "amount")[2] == ("F-3", Decimal("30.00"))


def test_purchases_stay_purchases(store: Store) -> None:
    take(store, csv(HEADER, "A-1;Acme;31/02/2025;;10,00"), kind="purchases")
    run_retry(store, {ids(store)[2]: {"date_facture": "28/02/2025"}}, author=author())
    assert documents(store, "number", "direction") == [("A-1", "purchase")]


def test_a_column_that_the_row_has_not_is_refused(store: Store) -> None:
    take(store, BAD)
    with pytest.raises(Refused) as refused:
        run_retry(store, {ids(store)[3]: {"colour": "red"}}, author=author())
    assert refused.value.code == "unknown_column"
    assert store.revision == 1


def test_what_stands_beyond_the_header_is_kept_and_still_a_problem(store: Store) -> None:
    take(store, csv(HEADER, "F-5;Epsilon; SARL;01/02/2025;03/03/2025;10,00"))
    (row,) = waiting(store).to_dicts()
    cells = json.loads(row["cells"])
    assert cells["+1"] == "10,00"
    (done,) = run_retry(store, {row["row_id"]: {}}, author=author())
    assert done.left[row["row_id"]]["code"].to_list() == ["ragged_row"]
    mended = {"date_facture": "01/02/2025", "date_echeance": "03/03/2025", "montant_ttc": "10,00", "+1": ""}
    assert run_retry(store, {row["row_id"]: mended}, author=author())[0].ended == (row["row_id"],)
    assert documents(store, "number", "amount") == [("F-5", Decimal("10.00"))]


def test_a_row_that_does_not_wait_is_refused(store: Store) -> None:
    take(store, BAD)
    with pytest.raises(Refused) as refused:
        run_drop(store, ["nothing"], author=author())
    assert refused.value.code == "unknown_row"


def test_a_row_that_conflicts_once_corrected_is_a_conflict_and_waits_no_more(store: Store) -> None:
    take(store, BAD)
    rows = ids(store)
    (done,) = run_retry(store, {rows[3]: {"numero": "F-1", "date_facture": "28/02/2025"}}, author=author())
    assert done.report.conflicts == 1
    assert list(ids(store)) == [4]


def test_a_row_that_reads_as_a_footer_still_waits(store: Store) -> None:
    take(store, BAD)
    rows = ids(store)
    (done,) = run_retry(store, {rows[3]: {"numero": "Total", "date_facture": ""}}, author=author())
    assert done.ended == ()
    assert isinstance(done.left[rows[3]], pl.DataFrame)
    assert sorted(ids(store)) == [3, 4]


def test_a_rejected_movement_of_ofx_is_corrected_like_a_row_of_csv(store: Store) -> None:
    bad = ofx(("20250105120000[+1:CET]", "1,2,3", "7", "VIR A"), ("20250106", "4.00", "8", "VIR B"))
    other = bad.replace(b"12345678901", b"99999999999").split(b"<STMTTRNRS>", 1)[1].split(b"</BANKMSGSRSV1>", 1)[0]
    take(store, bad.replace(b"</BANKMSGSRSV1>", b"\n<STMTTRNRS>" + other + b"</BANKMSGSRSV1>"), "two accounts.ofx")
    first, second = waiting(store).to_dicts()
    assert json.loads(second["cells"]) == {
        "Date": "20250105",
        "Date de valeur": "",
        "Montant": "1,2,3",
        "Devise": "EUR",
        "Identifiant": "7",
        "Libellé": "VIR A",
        "Numéro de compte": "99999999999",
    }
    done = run_retry(store, {row["row_id"]: {"Montant": "1,23"} for row in (first, second)}, author=author())
    assert sum(len(retry.ended) for retry in done) == 2
    assert lines(store).select("account", "label", "amount").sort("account", "label").rows() == [
        ("12345678901", "VIR A", Decimal("1.23")),
        ("12345678901", "VIR B", Decimal("4.00")),
        ("99999999999", "VIR A", Decimal("1.23")),
        ("99999999999", "VIR B", Decimal("4.00")),
    ]


def test_a_movement_that_a_later_statement_brings_right_waits_no_more(store: Store) -> None:
    take(store, ofx(("20250105", "1,2,3", "7", "VIR A"), ("20250106", "4.00", "8", "VIR B")), "a.ofx")
    assert waiting(store).height == 1
    take(store, ofx(("20250105", "1.23", "7", "VIR A")), "b.ofx")
    assert waiting(store).height == 0


QIF = b"!Account\nNCourant\nTBank\n^\n!Type:Bank\nD13/01/2025\nT10,00\nPA\n^\nD13/01/2025\nT2,3,4\nPVIR B\n^\n"


def test_a_rejected_entry_of_a_statement_stands_under_the_headers_of_a_csv(store: Store) -> None:
    take(store, QIF, "a.qif")
    (row,) = waiting(store).to_dicts()
    cells = json.loads(row["cells"])
    assert (cells["Date"], cells["Montant"]) == ("13/01/2025", "2,3,4")
    run_retry(store, {row["row_id"]: {"Montant": "2,34", "Libellé": "VIR B"}}, author=author())
    assert lines(store).select("label", "amount").rows() == [("VIR B", Decimal("2.34")), ("A", Decimal("10.00"))]


def test_rows_of_which_little_can_be_shown_are_told_by_their_problems(store: Store) -> None:
    take(store, csv(HEADER, ";;;;1O"), "a.csv")
    take(store, csv(HEADER, ";;;;1O", ";;;2O;"), "b.csv")
    assert waiting(store)["file"].to_list() == ["a.csv", "b.csv"]


MT940 = b""":20:STMT
:25:FR7612345678901234567890123
:28C:1/1
:60F:C260131EUR1000,00
:61:2602300230C120,00NTRFREF1//BANK1
:86:VIR DUPRE F-1
:62F:C260228EUR1120,00
-
"""


@pytest.mark.parametrize("day", ["05/02/26", "05/02/2026", "2026-02-05"])
def test_a_statement_s_row_is_corrected_in_the_column_that_its_problem_names(store: Store, day: str) -> None:
    take(store, MT940, "releve.sta")
    (row,) = waiting(store).to_dicts()
    assert json.loads(row["problems"]) == [{"column": "Date", "value": "30/02/26", "code": "impossible_date"}]
    assert {name: json.loads(row["cells"])[name] for name in ("Date", "Date de valeur", "Montant")} == {
        "Date": "30/02/26", "Date de valeur": "", "Montant": "120,00",
    }  # fmt: skip
    (done,) = run_retry(store, {row["row_id"]: {"Date": day}}, author=author())
    assert done.ended == (row["row_id"],)
    assert lines(store).select("booking_date", "amount").rows() == [(date(2026, 2, 5), Decimal("120.00"))]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (
            b"!Type:Bank\nD05/01/2026\nT10,00\nU100,00\nPMOREL\n^\nD06/01/2026\nT1,00\nPLUNE\n^\n",
            "r.qif",
            {"Date": "05/01/2026", "Montant": "", "Contrepartie": "MOREL", "Enregistrement": "D05/01/2026 T10,00 U100,00 PMOREL"},
        ),
        (
            b"!Type:Bank\nD05/01/2026\nT10,00\nT11,00\nPMOREL\n^\nD06/01/2026\nT1,00\nPLUNE\n^\n",
            "r.qif",
            {"Date": "", "Enregistrement": "D05/01/2026 T10,00 T11,00 PMOREL"},
        ),
        (
            b":20:R\n:25:FR7630006000011234567890189\n:28C:1/1\n:60F:C260101EUR0,00\n:61:2601XX0105C10,00NTRFX\n:62F:C260131EUR0,00\n-\n",
            "r.sta",
            {"Date": "", "Enregistrement": "2601XX0105C10,00NTRFX"},
        ),
    ],
)
def test_what_could_not_be_taken_apart_waits_with_its_text_and_is_taken_once_its_cells_are_filled_in(
    store: Store, content: bytes, name: str, said: dict[str, str]
) -> None:
    take(store, content, name)
    (row,) = waiting(store).to_dicts()
    assert said.items() <= json.loads(row["cells"]).items()
    cells = {"Date": "05/01/2026", "Montant": "10,00", "Libellé": "MOREL"}
    (done,) = run_retry(store, {row["row_id"]: cells}, author=author())
    assert done.ended == (row["row_id"],)
    assert ("MOREL", Decimal("10.00")) in lines(store).select("label", "amount").rows()
