"""The company's own accounts as a statement file names them."""

import polars as pl
from stdnum import iban as iban_number

from models.rows import ACCOUNT_ROWS


class Accounts:
    """The accounts of a file in order, each once."""

    def __init__(self, currency: str) -> None:
        """An account that names no currency is in `currency`, the company's."""
        self._default = currency
        self._positions: dict[tuple[str | None, ...], int] = {}
        self._rows: list[list[str | None]] = []

    def position(
        self,
        *,
        name: str | None = None,
        bank: str | None = None,
        number: str | None = None,
        iban: str | None = None,
        currency: str | None = None,
    ) -> int:
        """Where the account stands; it is added if it is new."""
        key = (iban, bank, number) if iban or number else (name,)
        position = self._positions.setdefault(key, len(self._rows))
        if position == len(self._rows):
            self._rows.append([name, bank, number, iban, currency])
        row = self._rows[position]
        row[0], row[4] = row[0] or name, row[4] or currency
        return position

    def frame(self) -> pl.DataFrame:
        """ACCOUNT_ROWS without periods."""
        rows = [(*row[:4], row[4] or self._default, None, None) for row in self._rows]
        return pl.DataFrame(rows, schema=ACCOUNT_ROWS, orient="row")


def valid_iban(text: str | None) -> str | None:
    """The IBAN without spaces, if it is one."""
    return str(iban_number.compact(text)) if text and iban_number.is_valid(text) else None
