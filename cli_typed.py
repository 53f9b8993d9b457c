"""What is typed at the terminal: an amount, a column with its value, a day."""

from datetime import date
from decimal import Decimal

from models.errors import Refused
from pipelines.ingest.dates import FIRST_DAY, LAST_DAY
from pipelines.ingest.numbers import typed_amount


def parse_amount(text: str) -> Decimal:
    """An amount typed at the terminal, as on screen and in files: 1234.56, 1234,56 or "1 234,56".

    Raises:
        Refused: it is not one, or could be two.
    """
    amount = typed_amount(text)
    if amount is None:
        raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=text)
    return amount


def parse_cell(text: str) -> tuple[str, str]:
    """A column and its new text, typed as COLUMN=VALUE.

    Raises:
        Refused: there is no equals sign.
    """
    column, equals, value = text.partition("=")
    if not equals or not column.strip():
        raise Refused("bad_cell", "{text} is not a column and its value: write COLUMN=VALUE.", text=text)
    return column.strip(), value


def day_in_reach(day: date) -> date:
    """The same day.

    Raises:
        Refused: no ledger has such a day.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        said = "{day} is no day of a ledger: choose one from {first} to {last}."
        raise Refused("day_out_of_reach", said, day=day, first=FIRST_DAY, last=LAST_DAY)
    return day


def parse_day(text: str) -> date:
    """A day typed at the terminal: 2026-03-31.

    Raises:
        Refused: it is not one.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("bad_day", "{value} is not a date such as 2026-03-31.", value=text) from error
