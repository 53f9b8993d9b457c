"""The problems that a reader gathers, and the meaning of the words in cells."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import polars as pl

from models.rows import PROBLEMS
from models.tables import empty
from pipelines.ingest.text import fold


class Findings:
    """Problems of one file's rows: those that reject a row, and warnings about rows that are kept."""

    def __init__(self, lines: pl.Series, headers: Mapping[str, str]) -> None:
        """Locate problems by `lines` (one per row) and name columns as the file does (`headers`)."""
        self._lines = lines
        self._headers = headers
        self._rejected: list[pl.DataFrame] = [empty(PROBLEMS)]
        self._warnings: list[pl.DataFrame] = [empty(PROBLEMS)]

    def reject(self, column: str | None, values: pl.Series | None, codes: pl.Series) -> None:
        """Reject the rows where `codes` is not null, for that code."""
        self._rejected.append(self._located(column, values, codes))

    def reject_where(self, mask: pl.Series, code: str, column: str | None, values: pl.Series | None = None) -> None:
        """Reject the rows where `mask` holds."""
        if mask.any():
            self.reject(column, values, _where(mask, code))

    def warn_where(self, mask: pl.Series, code: str, column: str | None, values: pl.Series | None = None) -> None:
        """Warn of the rows where `mask` holds."""
        if mask.any():
            self._warnings.append(self._located(column, values, _where(mask, code)))

    def warn(self, code: str, *, line: int | None = None, column: str | None = None, value: str | None = None) -> None:
        """Warn of one thing about the file."""
        row = pl.DataFrame([(line, column and self._headers.get(column, column), value, code)], schema=PROBLEMS, orient="row")
        self._warnings.append(row)

    def add(self, rejected: pl.DataFrame) -> None:
        """Take over problems that were located elsewhere."""
        self._rejected.append(rejected)

    @property
    def rejected(self) -> pl.DataFrame:
        """Problems of the rejected rows, by line."""
        return pl.concat(self._rejected).sort("line", nulls_last=True, maintain_order=True)

    @property
    def rejected_lines(self) -> pl.Series:
        """Lines of the rejected rows, each once."""
        return self.rejected["line"].unique()

    @property
    def warnings(self) -> pl.DataFrame:
        """Warnings about the file or about rows that are kept, by line."""
        bad = self.rejected_lines
        kept = pl.concat(self._warnings)
        if bad.len():
            kept = kept.filter(pl.col("line").is_null() | ~pl.col("line").is_in(bad.implode()))
        return kept.sort("line", nulls_last=True, maintain_order=True)

    def _located(self, column: str | None, values: pl.Series | None, codes: pl.Series) -> pl.DataFrame:
        if codes.null_count() == codes.len():
            return empty(PROBLEMS)
        frame = pl.DataFrame({"line": self._lines, "code": codes.cast(pl.String)})
        value = pl.lit(None, pl.String) if values is None else pl.Series("value", values).cast(pl.String)
        header = column and self._headers.get(column, column)
        return (
            frame.with_columns(column=pl.lit(header, pl.String), value=value)
            .filter(pl.col("code").is_not_null())
            .select(*PROBLEMS)
            .with_columns(pl.col("value").str.slice(0, 200))
        )


def _where(mask: pl.Series, code: str) -> pl.Series:
    return pl.select(pl.when(mask.fill_null(value=False)).then(pl.lit(code))).to_series()


@cache
def _words(topic: str) -> Mapping[str, str]:
    with (Path(__file__).parent / "words.toml").open("rb") as file:
        listed = tomllib.load(file)[topic]
    return {fold(word) or word: meaning for meaning, words in listed.items() for word in words}


def meanings(cells: pl.Series, topic: str, own: Mapping[str, str] | None = None) -> pl.Series:
    """The meaning of each cell's words (`own` first, then words.toml), null if they are unknown or empty."""
    if cells.null_count() == cells.len():
        return cells.cast(pl.String)
    known = {**_words(topic), **{fold(word) or word: meaning for word, meaning in (own or {}).items()}}
    distinct = cells.unique().drop_nulls().to_list()
    found = {text: known[key] for text in distinct if (key := fold(text) or text) in known}
    if not found:
        return pl.Series(cells.name, [None] * cells.len(), dtype=pl.String)
    return cells.replace_strict(found, default=None, return_dtype=pl.String)
