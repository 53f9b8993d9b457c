"""Typed columns of one file: each canonical column cleaned, read, and its problems noted."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

import polars as pl
from babel.numbers import list_currencies

from models.money import MONEY
from pipelines.ingest.dates import Dates, parse_dates
from pipelines.ingest.findings import Findings, meanings
from pipelines.ingest.numbers import Amounts, most_shown, parse_amounts
from pipelines.ingest.profiles import Profile
from pipelines.ingest.tables.rows import Cells
from pipelines.ingest.text import BREAKS, clean, trim

#: Keys and addresses: a line end inside one is worth a warning.
_WARN_OF_BREAKS = {"invoice_number", "client_code", "client_email", "client_address", "linked_invoice", "order_reference"}


@cache
def _iso_currencies() -> frozenset[str]:
    return frozenset(list_currencies())


class Columns:
    """The columns of a file by canonical name, as text; reading one notes its problems in `findings`."""

    def __init__(
        self,
        cells: Cells,
        positions: Mapping[str, tuple[int, ...]],
        header: list[str],
        currency: str,
        profile: Profile | None = None,
    ) -> None:
        """Read the table of `cells` with the columns at `positions`, as `profile` says; `currency` is the company's."""
        self.positions = positions
        self.headers = {name: header[at[0]].strip() for name, at in positions.items()}
        self.lines = cells.table["line"]
        self.findings = Findings(self.lines, self.headers)
        self._table = cells.table
        self._is_plain = cells.is_plain
        self._currency = currency
        self._profile = profile
        self._signs = Counter[str]()
        self.orders: dict[str, str | None] = {}
        self._trimmed: dict[str, pl.Series] = {}

    def __contains__(self, name: str) -> bool:
        """Whether the file has that column, or its profile a value for all rows."""
        return name in self.positions or (self._profile is not None and name in self._profile.constants)

    def raw(self, name: str) -> pl.Series:
        """The cells as written, trimmed; all null if the file has no such column."""
        if name not in self._trimmed:
            cells = self._cells(name)
            self._trimmed[name] = trim(cells, is_plain=self._is_plain) if name in self else cells
        return self._trimmed[name]

    def text(self, name: str) -> pl.Series:
        """A name, label or key."""
        if self._is_plain or name not in self:
            return self.raw(name)
        cells = self._cells(name)
        if name in _WARN_OF_BREAKS:
            self.findings.warn_where(cells.str.strip_chars().str.contains(BREAKS), "line_break", name, cells)
        return clean(cells, is_plain=False)

    def joined_text(self, *names: str) -> pl.Series:
        """All columns of those names in file order, one space between parts, a part that repeats the one before left out."""
        places = sorted(at for name in names for at in self.positions.get(name, ()))
        parts = [clean(self._table[f"c{at}"], is_plain=self._is_plain) for at in places]
        if not parts:
            return self.raw(names[0])
        joined = parts[0]
        for previous, part in pairwise(parts):
            is_new = part.is_not_null() & ~(part == previous).fill_null(value=False)
            frame = pl.DataFrame({"joined": joined, "part": part.set(~is_new, None)})
            joined = frame.select(pl.concat_str("joined", "part", separator=" ", ignore_nulls=True)).to_series()
        joined = joined.str.replace_all(r"\s+", " ")
        return joined.set(joined.eq("").fill_null(value=False), None)

    def dates(self, name: str) -> pl.Series:
        """A date column; what cannot be read rejects its row."""
        raw = self.raw(name)
        if raw.null_count() == raw.len():
            self.orders[name] = None
            return raw.cast(pl.Date)
        read: Dates = parse_dates(raw, order=self._profile.date_order if self._profile else None)
        self.orders[name] = read.order
        self.findings.reject(name, raw, read.codes)
        return read.values

    def amounts(self, name: str, currencies: pl.Series, *, rejects: bool = True) -> pl.Series:
        """A money column; what cannot be read rejects its row, or is a warning `bad_balance`.

        Args:
            name: the canonical column.
            currencies: ISO code of each row's document, which its amounts may carry.
            rejects: whether the row cannot do without that amount.
        """
        raw = self.raw(name)
        if raw.null_count() == raw.len():
            return raw.cast(MONEY)
        read: Amounts = parse_amounts(raw, currency=currencies, decimal=self._profile.decimal if self._profile else None)
        self._signs.update(read.signs)
        if rejects:
            self.findings.reject(name, raw, read.codes)
        else:
            self.findings.warn_where(read.codes.is_not_null(), "bad_balance", name, raw)
        return read.values

    def currencies(self, name: str = "currency") -> pl.Series:
        """ISO codes, null where the file says nothing; what is no currency rejects its row."""
        raw = self.text(name)
        if raw.null_count() == raw.len():
            return raw
        words = self.meanings(raw, "currency")
        code = raw.str.to_uppercase()
        is_known = code.is_in(sorted(_iso_currencies()))
        self.findings.reject_where(raw.is_not_null() & words.is_null() & ~is_known, "unknown_currency", name, raw)
        return words.zip_with(words.is_not_null(), code.set(~is_known.fill_null(value=False), None))

    def meaning(self, name: str, topic: str, code: str, *, rejects: bool = False) -> pl.Series:
        """The meaning of a column's words; unknown ones are a warning, or reject the row."""
        raw = self.text(name)
        found = self.meanings(raw, topic)
        unknown = raw.is_not_null() & found.is_null()
        (self.findings.reject_where if rejects else self.findings.warn_where)(unknown, code, name, raw)
        return found

    def meanings(self, cells: pl.Series, topic: str) -> pl.Series:
        """The meaning of each cell's words, those of the profile before the common ones; null if they are unknown."""
        return meanings(cells, topic, self._profile.words.get(topic, {}) if self._profile else {})

    def or_company_currency(self, currencies: pl.Series) -> pl.Series:
        """Each row's currency, the company's where the file says nothing."""
        return currencies.fill_null(self._currency)

    def decimal(self) -> str | None:
        """The decimal sign that most amounts show."""
        return most_shown(self._signs)

    def mixes_decimals(self) -> bool:
        """Whether amounts show both decimal signs."""
        return len(self._signs) > 1

    def without(self, mask: pl.Series) -> "Columns":
        """The same file without the rows where `mask` holds, and without problems noted yet."""
        kept = object.__new__(Columns)
        kept.__dict__ |= self.__dict__
        kept._table = self._table.filter(~mask)
        kept.lines = kept._table["line"]
        kept._trimmed = {}
        kept.findings = Findings(kept.lines, self.headers)
        return kept

    def first_cells(self) -> pl.Series:
        """The first cell of each row that is not empty."""
        return self._table.select(pl.coalesce(pl.all().exclude("line").str.strip_chars().replace("", None))).to_series()

    def named(self, name: str, topic: str) -> pl.Series:
        """All columns of that name, one space between parts, words that the profile has another name for replaced."""
        own = self._profile.words.get(topic, {}) if self._profile else {}
        parts = [clean(self._table[f"c{at}"], is_plain=self._is_plain).replace(own) for at in self.positions.get(name, ())]
        if not parts:
            return self.text(name)
        frame = pl.DataFrame({str(i): part for i, part in enumerate(parts)})
        return frame.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).replace("", None)).to_series()

    def are_alone(self) -> pl.Series:
        """Whether a row has one cell only that is not empty."""
        written = pl.all().exclude("line").str.strip_chars().replace("", None).is_not_null()
        return self._table.select(pl.sum_horizontal(written) == 1).to_series()

    def _cells(self, name: str) -> pl.Series:
        at = self.positions.get(name)
        if not at and self._profile and name in self._profile.constants:
            return pl.Series(name, [self._profile.constants[name]]).new_from_index(0, self.lines.len())
        if not at:
            return pl.Series(name, [None], dtype=pl.String).new_from_index(0, self.lines.len())
        return self._table[f"c{at[0]}"].alias(name)
