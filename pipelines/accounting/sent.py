"""What exports took before: their list with the files as they were, their entries, and the codes that they gave."""

import zlib
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO

import polars as pl

from models.errors import Refused
from models.store import Store
from models.tables import Schema
from pipelines.accounting.doubtful import PREFIXES
from pipelines.accounting.entries import ENTRY_LINES, Kept
from pipelines.stored_facts import run_letters

#: One row per export, the newest first.
EXPORTS: Schema = {
    "export_id": pl.String,
    "change_id": pl.Int64,
    "number": pl.Int64,
    "format": pl.String,
    "from_date": pl.Date,
    "to_date": pl.Date,
    "file_name": pl.String,
    "sha256": pl.String,
    "rows": pl.Int64,
    "recorded_at": pl.Datetime("us"),
    "actor": pl.String,
}
#: One row per entry that an export of one format took and none took back since: as it was then.
SENT: Schema = {
    "entry_id": pl.String,
    "export_id": pl.String,
    "entry_date": pl.Date,
    "journal": pl.String,
    "digest": pl.String,
}
#: How hard files are compressed: a large export is not to wait for it.
FAST = 1


@dataclass(frozen=True)
class Sent:
    """What left in one format.

    Attributes:
        entries: SENT.
        last_numbers: the highest number given in each journal.
        kept: the codes given in any format.
    """

    entries: pl.DataFrame
    last_numbers: dict[str, int]
    kept: Kept


def run_exports(store: Store) -> pl.DataFrame:
    """EXPORTS that hold."""
    live = store.changes().filter("is_live").select("change_id", "recorded_at", "actor")
    rows = store.query(
        "SELECT export_id, change_id, number, format, from_date, to_date, file_name, sha256, rows "
        "FROM export ORDER BY number DESC"
    )
    return rows.join(live, on="change_id", how="inner", validate="m:1", maintain_order="left").select(*EXPORTS)


def run_sent(store: Store, format_code: str) -> Sent:
    """What left in that format, and the codes given in all of them."""
    rows = store.facts("exported_entry").filter(pl.col("format") == format_code)
    entries = rows.unique("entry_id", keep="last", maintain_order=True).drop_nulls("digest")
    numbers = rows.group_by("journal").agg(pl.col("number").max())
    return Sent(entries.select(*SENT), dict(numbers.select("journal", "number").iter_rows()), run_kept(store))


def without_doubtful(sent: Sent) -> Sent:
    """What left, but for the entries of doubtful receivables."""
    is_doubtful = pl.any_horizontal(pl.col("entry_id").str.starts_with(prefix) for prefix in PREFIXES)
    return replace(sent, entries=sent.entries.filter(~is_doubtful))


def run_kept(store: Store) -> Kept:
    """The codes that left before, the last one of each: a client's may be made shorter by the settings.

    Those of an export that was undone too: another file may have left with them since, and what left is never another's.
    """
    clients = store.query("SELECT owner, code FROM exported_code WHERE kind = 'client' ORDER BY change_id, rowid")
    return Kept(dict(clients.iter_rows()), run_letters(store))


def run_file(store: Store, export_id: str) -> tuple[str, bytes]:
    """The name and bytes of an export's file.

    Raises:
        Refused: there is no such export, or its bytes are no longer those that left.
    """
    rows = store.query("SELECT file_name, sha256, content FROM export WHERE export_id = $id", id=export_id).rows()
    if not rows:
        raise Refused("unknown_export", "There is no export {id}.", id=export_id)
    name, digest, content = rows[0]
    file = zlib.decompress(content)
    if sha256(file).hexdigest() != digest:
        raise Refused("export_damaged", "The file {name} is not as it left: restore a backup.", name=name)
    return name, file


def lines_sent(store: Store, sent: pl.DataFrame) -> pl.DataFrame:
    """ENTRY_LINES of entries (SENT) as they left."""
    parts = []
    for (export_id,), entries in sent.partition_by("export_id", as_dict=True, maintain_order=True).items():
        packed = store.query("SELECT entries FROM export WHERE export_id = $id", id=export_id).item()
        parts.append(unpacked(packed).join(entries, on="entry_id", how="semi"))
    return pl.concat(parts) if parts else pl.DataFrame(schema=ENTRY_LINES)


def packed(lines: pl.DataFrame) -> bytes:
    """ENTRY_LINES as they are kept."""
    return zlib.compress(lines.select(*ENTRY_LINES).write_csv().encode(), FAST)


def unpacked(content: bytes) -> pl.DataFrame:
    """What `packed` keeps."""
    return pl.read_csv(BytesIO(zlib.decompress(content)), schema=ENTRY_LINES)
