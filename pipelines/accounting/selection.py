"""Which entries an export takes: all of the period, only what never left, or also what corrects what left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import polars as pl

from models.tables import Schema
from pipelines.accounting.entries import ENTRY_LINES, numbers
from pipelines.accounting.legs import LABELS
from pipelines.accounting.sent import Sent

#: One row per entry that left and is not the same any more: changed, or gone from the period.
CHANGED: Schema = {
    "entry_id": pl.String,
    "export_id": pl.String,
    "entry_date": pl.Date,
    "journal": pl.String,
    "piece": pl.String,
    "state": pl.String,  # changed | gone
}


@dataclass(frozen=True)
class Selection:
    """What is taken.

    Attributes:
        lines: ENTRY_LINES of the file, numbered.
        digests: entry_id, digest of the entries taken; a null digest is one that is taken back.
        left_before: how many entries of the period left before, as they are or otherwise.
        changed: CHANGED of the period, taken or not.
    """

    lines: pl.DataFrame
    digests: pl.DataFrame
    left_before: int
    changed: pl.DataFrame


def digests_of(lines: pl.DataFrame) -> pl.DataFrame:
    """entry_id, digest: of what an entry says in the accounts, not of its words, number or lettering."""
    net = (
        lines.group_by("entry_id", "date", "journal", "piece", "account", "client_id")
        .agg(amount=pl.col("debit").sum() - pl.col("credit").sum())
        .sort("entry_id", "account", "client_id")
        .group_by("entry_id", maintain_order=True)
        .agg(
            text=pl.concat_str(
                "date", "journal", "piece", "account", pl.col("client_id").fill_null(""), pl.col("amount").cast(pl.String),
                separator="|",
            ).str.join("\n")
        )
    )  # fmt: skip
    hashed = [sha256(text.encode()).hexdigest()[:32] for text in net["text"]]
    return net.select("entry_id", digest=pl.Series("digest", hashed, dtype=pl.String))


def select(
    lines: pl.DataFrame,
    sent: Sent,
    *,
    start: date,
    to: date,
    only_new: bool,
    corrects: bool,
    old_lines: Callable[[pl.DataFrame], pl.DataFrame],
) -> Selection:
    """What an export of the period takes.

    Args:
        lines: ENTRY_LINES of the period as it is now.
        sent: what left in this format.
        start: the period's first day.
        to: its last day.
        only_new: leave out what left before.
        corrects: of what left and changed since, take it back as it was and send it as it is; with `only_new`.
        old_lines: ENTRY_LINES of entries as they left.
    """
    now = digests_of(lines)
    both = now.join(sent.entries, on="entry_id", how="left", validate="1:1", suffix="_sent")
    left = both.drop_nulls("export_id")
    changed = _changed(left, sent.entries, now, lines, start=start, to=to)
    if not only_new:
        return Selection(lines, now, left.height, changed)
    wanted = both.filter(pl.col("export_id").is_null())
    if not corrects:
        chosen = lines.join(wanted, on="entry_id", how="semi", maintain_order="left")
        return Selection(_numbered(chosen, sent), wanted.select("entry_id", "digest"), left.height, changed)
    renewed = changed.filter(pl.col("state") == "changed")
    wanted = pl.concat([wanted, left.join(renewed, on="entry_id", how="semi")])
    back = _taken_back(old_lines(changed), start)
    chosen = pl.concat([lines.join(wanted, on="entry_id", how="semi", maintain_order="left"), back])
    gone = changed.filter(pl.col("state") == "gone").select("entry_id", digest=pl.lit(None, pl.String))
    return Selection(_numbered(chosen, sent), pl.concat([wanted.select("entry_id", "digest"), gone]), left.height, changed)


def _changed(
    left: pl.DataFrame, sent: pl.DataFrame, now: pl.DataFrame, lines: pl.DataFrame, *, start: date, to: date
) -> pl.DataFrame:
    pieces = lines.group_by("entry_id").agg(pl.col("piece").first())
    other = left.filter(pl.col("digest") != pl.col("digest_sent")).with_columns(state=pl.lit("changed"))
    gone = (
        sent.filter(pl.col("entry_date").is_between(start, to))
        .join(now, on="entry_id", how="anti")
        .with_columns(state=pl.lit("gone"))
    )
    found = pl.concat([frame.select("entry_id", "export_id", "entry_date", "journal", "state") for frame in (other, gone)])
    return found.join(pieces, on="entry_id", how="left", validate="1:1").select(*CHANGED).sort("entry_date", "entry_id")


def _taken_back(old: pl.DataFrame, start: date) -> pl.DataFrame:
    """The entries as they left, the other way round: on their own day, or on the first of the period if that was before."""
    return old.with_columns(
        entry_id=pl.lit("back ") + pl.col("entry_id"),
        date=pl.max_horizontal("date", pl.lit(start)),
        debit="credit",
        credit="debit",
        label=pl.lit(f"{LABELS['cancelled']} ") + pl.col("label"),
        letter=pl.lit(None, pl.String),
        letter_date=pl.lit(None, pl.Date),
    ).select(*ENTRY_LINES)


def _numbered(lines: pl.DataFrame, sent: Sent) -> pl.DataFrame:
    """In the order of the file, with numbers that follow those that left before."""
    last = pl.col("journal").replace_strict(sent.last_numbers, default=0, return_dtype=pl.Int64)
    piece = pl.col("piece").first().over("entry_id")
    ordered = lines.with_row_index("place").sort("date", "journal", piece, "entry_id", "place").drop("place")
    return ordered.with_columns(number=numbers() + (last if sent.last_numbers else 0))
