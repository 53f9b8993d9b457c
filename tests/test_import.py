"""Files end to end: whatever their order and number, the store holds the same facts and gives the same figures."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imports import COUNTS, author, csv, documents, fresh_store, lines, take

from models.store import Store
from models.texts import Texts
from pipelines.decisions import undo
from pipelines.exports.answers import report_answer
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.reconcile.run import run_reconcile

FIRST = date(2025, 1, 1)
CLIENTS = ("Alpha", "Béta", "Gamma")
INVOICES = "numero;client;type;date_facture;date_echeance;montant_ttc;facture d'origine;commercial"
BANK = "date;libelle;montant"
HOSTILE = Path(__file__).resolve().parents[2] / "shared" / "hostile"

invoice_rows = st.lists(
    st.tuples(st.integers(1, 6), st.booleans(), st.booleans(), st.booleans()),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[0],
)
movements = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([1000, 2000, 3000, -500])), min_size=1, max_size=8)


def invoice_file(rows: Sequence[tuple[int, bool, bool, bool]]) -> bytes:
    """The same documents wherever they stand: what varies is which of their cells are filled."""
    said = []
    for n, has_due, has_rep, is_credit in rows:
        day = FIRST + timedelta(days=n)
        due = f"{day + timedelta(days=20):%d/%m/%Y}" if has_due else ""
        credit = f"A{n};{CLIENTS[n % 3]};Avoir;{day:%d/%m/%Y};;{n},00;F{n};"
        said.append(
            credit if is_credit else f"F{n};{CLIENTS[n % 3]};;{day:%d/%m/%Y};{due};{n * 10},00;;{'Zoé' if has_rep else ''}"
        )
    return csv(INVOICES, *said)


def bank_file(rows: Sequence[tuple[int, int]], days: tuple[int, int]) -> bytes:
    """The statement of those days: whole days, so that the movements of two statements overlap day by day."""
    kept = sorted(row for row in rows if days[0] <= row[0] <= days[1])
    return csv(BANK, *(f"{FIRST + timedelta(days=30 + d):%d/%m/%Y};VIR F{d + 1};{c // 100},00" for d, c in kept))


def facts(store: Store) -> tuple[object, ...]:
    """Documents, movements and figures, without what only says when and in which file they came."""
    run_reconcile(store, author=author())
    ledger = run_ledger(store)
    documents = ledger.documents.drop("known_on", "document_id", "client_id").sort("number")
    paid = ledger.allocations.select("source", "invoice_number", "amount", "date").sort(pl.all())
    figures = [kpis(ledger, as_of=FIRST + timedelta(days=n)).values() for n in (25, 60)]
    return documents.rows(), lines(store).rows(), paid.rows(), figures


@pytest.mark.timeout(900)  # some eighty stores: the common limit is for hangs
@settings(max_examples=5, deadline=None)
@given(invoice_rows, invoice_rows, movements)
def test_the_order_and_number_of_imports_change_nothing(
    one: list[tuple[int, bool, bool, bool]], two: list[tuple[int, bool, bool, bool]], moved: list[tuple[int, int]]
) -> None:
    files = [invoice_file(one), invoice_file(two), bank_file(moved, (0, 3)), bank_file(moved, (2, 5))]
    files = [content for content in files if content.count(b"\n") > 1]
    found = []
    for order in (*list(permutations(files))[:: max(1, len(files))][:4], [*files, *files[::-1]]):
        with fresh_store() as store:
            for place, content in enumerate(order):
                take(store, content, f"{place}.csv")
            found.append(facts(store))
    assert all(other == found[0] for other in found[1:])


@settings(max_examples=8, deadline=None)
@given(invoice_rows, st.randoms(use_true_random=False))
def test_a_shuffled_copy_adds_nothing(rows: list[tuple[int, bool, bool, bool]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with fresh_store() as store:
        take(store, invoice_file(rows))
        before = facts(store)
        assert take(store, invoice_file(shuffled), "copy.csv").duplicates == len(rows)
        assert facts(store) == before


def test_a_person_can_have_a_file_read_in_another_encoding() -> None:
    content = "numero;client;date_facture;montant_ttc\nF1;Œuvres à 3 €;05/01/2025;100,00\n".encode("iso8859-15")
    for encoding, name in ((None, "¼uvres à 3 ¤"), ("iso8859-15", "Œuvres à 3 €")):
        with fresh_store() as store:
            report = take(store, content, encoding=encoding)
            assert report.encoding == (encoding or "windows-1252")
            assert documents(store, "client") == [(name,)]


def test_the_report_of_a_refused_file_keeps_its_shape() -> None:
    with fresh_store() as store:
        refused = take(store, b"", "vide.csv")
        answer = report_answer(refused, Texts("fr"))
    assert answer["refused"]["code"] == "empty_file"
    assert answer["rejected"] == answer["warnings"] == answer["conflict_list"] == []
    assert all(answer[count] == 0 for count in COUNTS)


def test_a_strict_refusal_answers_with_its_problems() -> None:
    content = csv(
        "numero;client;date_facture;montant_ttc", "F1;A;05/01/2025;1,00", "F2;A;31/02/2025;1,00", "F1;A;05/01/2025;2,00"
    )
    with fresh_store() as store:
        answer = report_answer(take(store, content, strict=True), Texts("en"))
    assert answer["refused"]["code"] == "strict"
    assert [row["code"] for row in answer["rejected"]] == ["impossible_date"]
    assert [(row["line"], row["number"], row["field"]) for row in answer["conflict_list"]] == [(4, "F1", "amount")]


@pytest.mark.skipif(not HOSTILE.exists(), reason="the hostile files are not here")
@pytest.mark.parametrize("kind", ["auto", "purchases"])
def test_hostile_files_count_every_row_and_add_nothing_the_second_time(kind: str) -> None:
    for path in sorted(HOSTILE.glob("[0bco]*_*.*")):
        if path.name == "INDEX.csv":
            continue
        with fresh_store() as store:
            first = take(store, path.read_bytes(), path.name, kind=kind)
            revision = store.revision
            again = take(store, path.read_bytes(), path.name, kind=kind)
            assert store.revision == revision, path.name
            assert (again.inserted, again.updated) == (0, 0), path.name
            assert again.duplicates == first.inserted + first.updated + first.duplicates, path.name
            assert (again.conflicts, again.ignored, again.rejected_rows) == (first.conflicts, first.ignored, first.rejected_rows)


def test_clients_and_accounts_outlive_the_import_that_brought_them_first() -> None:
    header = "numero;client;date_facture;montant_ttc"
    bank = "iban;" + BANK
    row = "FR7630004000031234567890143;0{}/02/2025;VIR;10,00"
    with fresh_store() as store:
        changes = [
            take(store, csv(header, "F1;Alpha;05/01/2025;10,00")).change_id,
            take(store, csv(bank, row.format(1))).change_id,
        ]
        take(store, csv(header, "F2;Alpha;06/01/2025;20,00"))
        take(store, csv(bank, row.format(2)))
        names = run_ledger(store).accounts["name"].to_list()
        for change in changes:
            assert change is not None
            undo(store, change, author=author())
        ledger = run_ledger(store)
        assert ledger.documents.select("number", "client").rows() == [("F2", "Alpha")]
        assert ledger.lines["account"].to_list() == names
        assert take(store, csv(header, "F1;Alpha;05/01/2025;10,00")).inserted == 1
        assert run_ledger(store).clients.height == 1
