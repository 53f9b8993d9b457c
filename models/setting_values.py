"""How the texts of settings are read: each way gives the typed value, or refuses with what it expects.

A way that takes bounds or words gives the function that reads.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_number

from models.errors import Refused

#: Digits as people type them: Python would take 1_000, 1E3, NaN and other scripts' digits for numbers too.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]*)?|\.[0-9]+)")


def text(value: str) -> str:
    """One line of text, its spaces put right."""
    return " ".join(value.split())


def lines(value: str) -> str:
    """Several lines of text, each with its spaces put right."""
    return "\n".join(" ".join(line.split()) for line in value.strip().splitlines())


def iban(value: str) -> str:
    """An IBAN whose check digits hold, or nothing."""
    try:
        return str(iban_number.validate(value)) if value.strip() else ""
    except ValidationError as error:
        raise Refused("bad_value", "{value} is not a valid IBAN: check it against your bank details.", value=value) from error


def siren(value: str) -> str:
    """A SIREN whose check digit holds, or nothing."""
    try:
        return str(siren_number.validate(value)) if value.strip() else ""
    except ValidationError as error:
        raise Refused("bad_value", "{value} is not a valid SIREN: nine digits are expected.", value=value) from error


def link(value: str) -> str:
    """An address of the web that is nothing but one: no space, quote or bracket, and encrypted."""
    if value.strip() and not re.fullmatch(
        r"https://[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~:/?#@!$&*+,;=%-]*)?", value.strip()
    ):
        raise Refused("bad_value", "{value} is not a link such as https://pay.example.com/atelier.", value=value)
    return value.strip()


def host(value: str) -> str:
    """The name of a server, in small letters, or nothing."""
    if value.strip() and not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", value.strip()):
        raise Refused("bad_value", "{value} is not the name of a mail server such as smtp.example.com.", value=value)
    return value.strip().lower()


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,5}", value.strip()) or not low <= int(value) <= high:
            raise Refused("bad_value", "{value} is not a whole number from {low} to {high}.", value=value, low=low, high=high)
        return int(value)

    return parse


def decimal(value: str) -> Decimal:
    """A number with a comma or a point, its thousands parted by spaces or not, in % or not; twelve digits before the comma."""
    plain = re.sub("[ \u00a0\u202f]", "", value.replace("%", "").strip()).replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise Refused("bad_value", "{value} is not a number.", value=value)
    return Decimal(plain)


def between(low: str, high: str, else_: str = "{value} is not an amount from {low} to {high}.") -> Callable[[str], Decimal]:
    """An amount or a weight within bounds: beyond them it would mean something else."""

    def parse(value: str) -> Decimal:
        number = decimal(value)
        if not Decimal(low) <= number <= Decimal(high):
            raise Refused("bad_value", else_, value=value, low=low, high=high)
        return number

    return parse


def rate(low: str, high: str) -> Callable[[str], Decimal | None]:
    """A rate or none: beyond the bounds a comma is missing, and what follows from it goes into formal notices."""
    within = between(low, high, "{value} is not a rate from {low} to {high} % a year.")
    return lambda value: within(value) if value.strip() else None


def day(value: str) -> date | None:
    """A calendar day as 2026-06-26, or none."""
    try:
        return date.fromisoformat(value.strip()) if value.strip() else None
    except ValueError as error:
        raise Refused("bad_value", "{value} is not a date such as 2026-06-26.", value=value) from error


def choice(*allowed: str) -> Callable[[str], str]:
    """One of a few words."""

    def parse(value: str) -> str:
        if value.strip() not in allowed:
            raise Refused("bad_value", "{value} is not one of: {allowed}.", value=value, allowed=", ".join(allowed))
        return value.strip()

    return parse


def currency(value: str) -> str:
    """The code of a currency, in capitals."""
    if not re.fullmatch(r"[A-Za-z]{3}", value.strip()):
        raise Refused("bad_value", "{value} is not a currency code such as EUR.", value=value)
    return value.strip().upper()
