"""Hostile and real files kept beside the repository, if they are there: verdict counts, and never a traceback."""

import csv
import re
from pathlib import Path

import pytest

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file

SHARED = Path(__file__).parents[1].parent / "shared"
HOSTILE = SHARED / "hostile"
#: Accepted and refused rows where identity, which is settled at publication, makes the listed counts.
BY_IDENTITY = {"csv_duplicate_invoices.csv": (8, 0), "bank_overlap_b.csv": (3, 0)}


def index() -> list[dict[str, str]]:
    if not (HOSTILE / "INDEX.csv").exists():
        return []
    with (HOSTILE / "INDEX.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def corpus(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((SHARED / "corpus" / folder).glob("*"))]


def read(path: Path) -> Reading | UnreadableFile:
    try:
        return read_file(Source(path.read_bytes(), path.name))
    except UnreadableFile as error:
        return error


@pytest.mark.skipif(not index(), reason="no hostile files beside the repository")
@pytest.mark.parametrize("row", index(), ids=lambda row: str(row["file"]))
def test_each_hostile_file_has_its_verdict(row: dict[str, str]) -> None:
    outcome = read(HOSTILE / row["file"])
    if row["verdict"] == "reject_file":
        assert isinstance(outcome, UnreadableFile)
        return
    assert isinstance(outcome, Reading)
    expected = BY_IDENTITY.get(row["file"], (int(row["rows_accepted"]), int(row["rows_refused"])))
    assert (outcome.rows - outcome.rejected_rows, outcome.rejected_rows) == expected


@pytest.mark.skipif(not corpus("bank_csv"), reason="no corpus beside the repository")
@pytest.mark.parametrize(
    "path", corpus("bank_csv", "invoice_csv", "qif", "camt", "cfonb", "facturx", "fec"), ids=lambda path: str(path.name)
)
def test_each_real_file_is_read_or_refused_with_a_sentence(path: Path) -> None:
    outcome = read(path)
    assert isinstance(outcome, Reading) or path.name in str(outcome)


@pytest.mark.skipif(not corpus("ofx"), reason="no corpus beside the repository")
@pytest.mark.parametrize("path", corpus("ofx"), ids=lambda path: str(path.name))
def test_each_real_ofx_has_as_many_rows_as_movements(path: Path) -> None:
    outcome = read(path)
    if isinstance(outcome, Reading):
        assert outcome.rows == len(re.findall(rb"(?i)<STMTTRN>", path.read_bytes()))
    else:
        assert outcome.code in {"truncated_ofx", "not_ofx"}
