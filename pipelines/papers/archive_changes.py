"""Two archives of one financial year: which files differ, which of their rows, and which totals.

The same facts give the same archive, so that what differs is what came, or was decided, in between.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from io import StringIO
from typing import Any

import polars as pl

from models.errors import Refused
from models.money import MONEY
from models.tables import Schema
from models.texts import Texts
from pipelines.exports.answers import Answer
from pipelines.exports.archive_columns import FILE_STATE_WORDS, TOTAL_WORDS
from pipelines.ingest.archive import open_checked, unpacked
from pipelines.papers.year_archive import meaning

#: One row per file that is not the same in both.
FILES: Schema = {
    "file": pl.String,
    "meaning": pl.String,
    "state": pl.String,  # changed | gone | new | damaged: not what its own archive's list says
    "rows_before": pl.Int64,  # null of what has no rows
    "rows_now": pl.Int64,
    "rows_gone": pl.Int64,
    "rows_added": pl.Int64,
}
#: One row per row that only one of them has; a row that changed is one of each.
ROWS: Schema = {"file": pl.String, "state": pl.String, "row": pl.String}  # state: gone | added
#: One row per total that is not the same.
TOTALS: Schema = {"total": pl.String, "before": MONEY, "now": MONEY, "change": MONEY}
_MANIFEST, _ZIP = "manifest.json", b"PK"
_NOT_OURS = "{name} is not the archive of a financial year that this program made."
#: Words for readers, in the language that was asked for: no facts.
_NOT_COMPARED = frozenset({"fields"})
_SHARED = ("siren", "from", "to", "currency")


@dataclass(frozen=True)
class ArchiveChanges:
    """What differs.

    Attributes:
        files: FILES, in the order of the archive. `rows`: ROWS. `totals`: TOTALS.
        same: how many files are the same to the byte. `currency`: of the totals.
    """

    files: pl.DataFrame
    rows: pl.DataFrame
    totals: pl.DataFrame
    same: int
    currency: str

    def answer(self) -> Answer:
        """The same as JSON."""
        return {
            "same": self.same,
            "files": self.files.drop("meaning").to_dicts(),
            "rows": self.rows.to_dicts(),
            "totals": self.totals.to_dicts(),
        }


@dataclass(frozen=True)
class _Archive:
    """An archive read back: its list, and the bytes of what the list names."""

    list: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def digests(self) -> dict[str, str]:
        """What the list says of each file that is compared, by name, in its order."""
        listed = {row["name"]: row["sha256"] for row in self.list["files"]}
        return {name: digest for name, digest in listed.items() if _code(name) not in _NOT_COMPARED}


def archive_changes(before: bytes, now: bytes, texts: Texts, *, name: str) -> ArchiveChanges:
    """What differs between an earlier archive of a year, a file of that name, and the one of now.

    Raises:
        Refused: the file is no such archive, or is that of another company or year.
        UnreadableFile: a ZIP that must not be unpacked, or is broken.
    """
    old, new = _read(before, name), _read(now, name)
    if any(old.list.get(key) != new.list.get(key) for key in _SHARED):
        raise Refused(
            "another_archive", "{name} is the archive of another company, year or currency: nothing can be compared.", name=name
        )
    files, rows, same = [], [], 0
    for file in dict.fromkeys([*new.digests, *old.digests]):
        told, found = _compared(file, old, new)
        if told is None:
            same += 1
            continue
        files.append({"file": file, "meaning": meaning("files", _code(file), texts), **told})
        rows += found
    return ArchiveChanges(
        pl.DataFrame(files, schema=FILES), pl.DataFrame(rows, schema=ROWS), _totals(old.list, new.list), same,
        str(new.list.get("currency", "")),
    )  # fmt: skip


def changes_sentences(found: ArchiveChanges, texts: Texts) -> list[str]:
    """What differs, in a line for each file and each total."""
    if found.files.is_empty():
        return [texts.t("Nothing differs from the earlier archive.")]
    colon = texts.t(": ")
    said = []
    for row in found.files.iter_rows(named=True):
        line = f"{row['file']}{colon}{texts.t(FILE_STATE_WORDS[row['state']])}"
        if row["rows_now"] is not None:
            gone, added = texts.number(row["rows_gone"]), texts.number(row["rows_added"])
            line += f" ({texts.t('rows gone: {gone}, added: {added}', gone=gone, added=added)})"
        said.append(line)
    for row in found.totals.iter_rows(named=True):
        amounts = (texts.number(row[name], 2) for name in ("before", "now"))
        said.append(f"{texts.t(TOTAL_WORDS[row['total']])}{colon}{' → '.join(amounts)} {found.currency}")
    return said


def _read(content: bytes, name: str) -> _Archive:
    if not content.startswith(_ZIP):
        raise Refused("not_an_archive", _NOT_OURS, name=name)
    with open_checked(content, name) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        listed = _list(unpacked(archive, entries[_MANIFEST], name)) if _MANIFEST in entries else None
        if listed is None:
            raise Refused("not_an_archive", _NOT_OURS, name=name)
        names = [row["name"] for row in listed["files"]]
        return _Archive(listed, {one: unpacked(archive, entries[one], name) for one in names if one in entries})


def _list(content: bytes) -> dict[str, Any] | None:
    """The manifest, if it is one of ours."""
    try:
        said = json.loads(content)
        is_ours = said["program"] == "encours" and isinstance(said["totals"], dict)
        fits = is_ours and all(isinstance(row["name"], str) and isinstance(row["sha256"], str) for row in said["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return said if fits else None


def _compared(file: str, old: _Archive, new: _Archive) -> tuple[dict[str, object] | None, list[dict[str, object]]]:
    """What is told of a file, nothing if it is the same, and its rows that only one of them has."""
    was, is_now = old.files.get(file), new.files.get(file)
    if was is not None and sha256(was).hexdigest() != old.digests.get(file):
        state = "damaged"
    elif was == is_now:
        return None, []
    else:
        state = "new" if was is None else "gone" if is_now is None else "changed"
    before, after = _rows(file, was), _rows(file, is_now)
    gone, added = before - after, after - before
    has_rows = file.endswith((".csv", ".txt"))
    told: dict[str, object] = {
        "state": state,
        "rows_before": before.total() if has_rows else None,
        "rows_now": after.total() if has_rows else None,
        "rows_gone": gone.total() if has_rows else None,
        "rows_added": added.total() if has_rows else None,
    }
    found: list[dict[str, object]] = [
        {"file": file, "state": word, "row": row} for word, only in (("gone", gone), ("added", added)) for row in only.elements()
    ]
    return told, found


def _rows(file: str, content: bytes | None) -> Counter[str]:
    """The rows of a table of the archive, each as one line: what each column says, but for empty ones."""
    if content is None or not file.endswith((".csv", ".txt")):
        return Counter()
    kind = (
        {"delimiter": ",", "quoting": csv.QUOTE_MINIMAL}
        if file.endswith(".csv")
        else {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
    )
    return Counter(_lines(content, kind))


def _lines(content: bytes, kind: Mapping[str, Any]) -> Iterator[str]:
    rows = csv.reader(StringIO(content.decode("utf-8", "replace"), newline=""), **kind)
    names = next(rows, [])
    for row in rows:
        yield " · ".join(f"{name}={value}" for name, value in zip(names, row, strict=False) if value)


def _code(file: str) -> str:
    """What a file of the archive is, as its meanings are kept."""
    return "entries" if file.startswith("FEC/") else file.partition(".")[0]


def _totals(old: Mapping[str, Any], new: Mapping[str, Any]) -> pl.DataFrame:
    rows = []
    for name in TOTAL_WORDS:
        before, now = _amount(old["totals"].get(name)), _amount(new["totals"].get(name))
        if before is not None and now is not None and before != now:
            rows.append({"total": name, "before": before, "now": now, "change": now - before})
    return pl.DataFrame(rows, schema=TOTALS)


def _amount(text: object) -> Decimal | None:
    try:
        return Decimal(str(text)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
