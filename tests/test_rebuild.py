"""A rebuilt database is the same, change by change; a damaged one is healed, and what is read otherwise today is listed."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from imports import HEADER, author, csv, take
from polars.testing import assert_frame_equal

from models.errors import Refused
from models.store import Author, Store
from pipelines import decisions
from pipelines.check import run_check
from pipelines.conflicts import open_conflicts, settle_conflict
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.locks import close_period, closings
from pipelines.marks import mark
from pipelines.publishing.corrections import run_drop, run_retry
from pipelines.publishing.quarantine import waiting
from pipelines.publishing.rebuild import compared, run_rebuild
from pipelines.reconcile.classify import classify, set_label_rule
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.run import run_reconcile
from pipelines.sample import LAST_DAY, run_sample

BAD = csv(
    HEADER,
    "F-1;Alpha;01/02/2025;03/03/2025;100,00",
    "F-2;Beta;31/02/2025;03/03/2025;200,00",
    "F-3;Gamma;02/02/2025;03/03/2025;1,234",
)
BANK = csv("date;libelle;montant", "10/02/2025;VIR ALPHA F-1;100,00")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "books.duckdb", create=True) as opened:
        yield opened


def lived(store: Store) -> None:
    """A little of everything: settings, imports, a correction, a drop, a conflict, a match, a mark, undo and undo of it."""
    decisions.set_setting(store, "terms_days", "45", author=author())
    take(store, BAD, "factures.csv")
    take(store, BANK, "banque.csv", account="Courant", day=date(2025, 3, 2))
    rows = dict(waiting(store).select("line", "row_id").iter_rows())
    run_retry(store, {rows[3]: {"date_facture": "28/02/2025"}}, author=author(date(2025, 3, 4)))
    run_drop(store, [rows[4]], author=author())
    take(store, csv(HEADER, "F-1;Alpha;01/02/2025;03/03/2025;110,00"), "autre.csv")
    settle_conflict(store, open_conflicts(store)["conflict_id"][0], "replace", author=author())
    run_reconcile(store, author=Author("règle", date(2025, 3, 5), datetime(2025, 3, 5, 8)))
    line_id = run_ledger(store).lines["line_id"].item()
    allocate(store, line_id, "F-1", Decimal("99.50"), author=author())
    classify(store, line_id, "client", author=author())
    set_label_rule(store, "loyer du dépôt", "rent", author=author())
    marked = mark(store, "F-2", "disputed", on=date(2025, 3, 6), author=author(date(2025, 3, 6)))
    undone = decisions.undo(store, marked, author=author())
    decisions.undo(store, undone, author=author())
    close_period(store, date(2025, 1, 31), author=author(), note="Envoyé au cabinet")


def test_a_rebuilt_database_is_the_same_change_by_change(store: Store, tmp_path: Path) -> None:
    lived(store)
    done = run_rebuild(store, tmp_path / "again.duckdb")
    assert done.differences == []
    assert done.changes == store.revision
    with Store.open(tmp_path / "again.duckdb") as again:
        kept = ["change_id", "recorded_at", "known_on", "actor", "action", "subject", "detail", "undoes", "is_live"]
        assert_frame_equal(again.changes().select(kept), store.changes().select(kept))
        assert run_check(again) == []
        assert run_ledger(again).documents.rows() == run_ledger(store).documents.rows()
        assert closings(run_ledger(again)) == closings(run_ledger(store)) != []
        assert run_ledger(again).label_rules["words"].to_list() == ["loyer du depot"]
        assert run_ledger(again).line_classes["category"].to_list() == ["client"]
        assert again.query("SELECT file_id, sha256, content FROM source_file").rows() == (
            store.query("SELECT file_id, sha256, content FROM source_file").rows()
        )


def test_the_sample_company_rebuilt_has_the_same_facts_and_figures(store: Store, tmp_path: Path) -> None:
    run_sample(store, author=author())
    done = run_rebuild(store, tmp_path / "again.duckdb")
    assert done.differences == []
    with Store.open(tmp_path / "again.duckdb") as again:
        assert kpis(run_ledger(again), as_of=LAST_DAY) == kpis(run_ledger(store), as_of=LAST_DAY)
        assert run_check(again) == []


def test_a_damaged_copy_is_healed_from_its_files(store: Store, tmp_path: Path) -> None:
    lived(store)
    path = tmp_path / "damaged.duckdb"
    shutil.copy(store.path, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM bank_line")
        connection.execute("UPDATE document_version SET amount = 1 WHERE number = 'F-2'")
    with Store.open(path) as damaged:
        assert run_check(damaged) != []
        done = run_rebuild(damaged, tmp_path / "healed.duckdb")
    found = {(d.table, d.field, d.stored, d.rebuilt) for d in done.differences}
    assert ("documents", "amount", "1.00", "200.00") in found
    assert ("lines", None, None, "yes") in found
    with Store.open(tmp_path / "healed.duckdb") as healed:
        assert compared(store, healed) == []
        assert run_check(healed) == []


def test_a_file_that_is_refused_today_leaves_its_number_and_is_listed(store: Store, tmp_path: Path) -> None:
    lived(store)
    path = tmp_path / "damaged.duckdb"
    shutil.copy(store.path, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE change SET detail = ? WHERE change_id = 3", [json.dumps({"asked": {"kind": "clients"}})])
    with Store.open(path) as damaged:
        done = run_rebuild(damaged, tmp_path / "again.duckdb")
    assert done.changes == store.revision
    refused = [d for d in done.differences if d.table == "change"]
    assert [(d.row, d.field) for d in refused] == [("3", "refused")]


def test_an_existing_file_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "there.duckdb"
    target.write_bytes(b"mine")
    with pytest.raises(Refused) as refused:
        run_rebuild(store, target)
    assert refused.value.code == "file_exists"
    assert target.read_bytes() == b"mine"


def test_rows_that_are_read_otherwise_are_named(store: Store, tmp_path: Path) -> None:
    take(store, BAD)
    with Store.open(tmp_path / "other.duckdb", create=True) as other:
        take(other, BAD.replace(b"Alpha", b"Alfa"))
        found = compared(store, other)
    assert {d.table for d in found} >= {"clients", "documents"}
    assert isinstance(run_ledger(store).documents, pl.DataFrame)
