"""The company's settings: typed, with defaults; stored as one text per key, the last one wins."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal, InvalidOperation

from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_number

from models.accounting import PARSERS as _ACCOUNTING
from models.accounting import Accounting
from models.dates import REGIONS
from models.errors import Refused
from models.texts import LANGUAGES

_RATE_KEY = re.compile(r"^rate\.(\d{4}-S[12])$")


@dataclass(frozen=True)
class Settings(Accounting):
    """What the company says of itself and of its rules.

    Attributes:
        tolerance, fee_tolerance: the largest amount that one click writes off as a rounding, or as a bank fee.
        discount_tolerance: the largest early-payment discount that one click writes off, in % of the invoice.
        unproven_days: days after which a declared payment that no bank line proves is listed.
        penalty_rate: the contractual late-payment rate in % a year; None is the legal default, ECB + 10 points.
        default_as_of: the day that counts as today, in the sample company: its last day; None is the real day.
        history_from: the first day of complete data, after taking over from another tool with open items only; None: all of it
            is complete.
        sample: the fingerprint of the sample that the database was made from; empty for a real company.
        ecb_rates: refinancing rate in % by half-year ("2026-S2"), for those that the program does not know yet.
    """

    company_name: str = ""
    company_address: str = ""
    company_siren: str = ""
    company_email: str = ""
    company_phone: str = ""
    signatory: str = ""
    iban: str = ""
    bic: str = ""
    currency: str = "EUR"
    language: str = "fr"
    terms_days: int = 30
    scenario: str = "full"
    region: str = "france"
    doubtful_days: int = 90
    statement_days: int = 5
    notice_days: int = 8
    cash_floor: Decimal = Decimal("0.00")
    tolerance: Decimal = Decimal("1.00")
    fee_tolerance: Decimal = Decimal("30.00")
    discount_tolerance: Decimal = Decimal("3.00")
    unproven_days: int = 30
    penalty_rate: Decimal | None = None
    ecb_rates: Mapping[str, Decimal] = field(default_factory=dict)
    default_as_of: date | None = None
    history_from: date | None = None
    sample: str = ""


def _text(value: str) -> str:
    return " ".join(value.split())


def _lines(value: str) -> str:
    return "\n".join(" ".join(line.split()) for line in value.strip().splitlines())


def _iban(value: str) -> str:
    try:
        return str(iban_number.validate(value)) if value.strip() else ""
    except ValidationError as error:
        raise Refused("bad_value", "{value} is not a valid IBAN: check it against your bank details.", value=value) from error


def _siren(value: str) -> str:
    try:
        return str(siren_number.validate(value)) if value.strip() else ""
    except ValidationError as error:
        raise Refused("bad_value", "{value} is not a valid SIREN: nine digits are expected.", value=value) from error


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,4}", value.strip()) or not low <= int(value) <= high:
            raise Refused("bad_value", "{value} is not a whole number from {low} to {high}.", value=value, low=low, high=high)
        return int(value)

    return parse


def _decimal(value: str) -> Decimal:
    try:
        number = Decimal(value.strip().replace(",", ".").replace("%", "").strip())
    except InvalidOperation as error:
        raise Refused("bad_value", "{value} is not a number.", value=value) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise Refused("bad_value", "{value} is not a number.", value=value)
    return number


def _at_most(limit: str) -> Callable[[str], Decimal]:
    """A tolerance: a larger one would write off what is no small difference."""

    def parse(value: str) -> Decimal:
        number = _decimal(value)
        if not 0 <= number <= Decimal(limit):
            raise Refused("bad_value", "{value} is not an amount from {low} to {high}.", value=value, low="0", high=limit)
        return number

    return parse


def _rate(value: str) -> Decimal | None:
    return _decimal(value) if value.strip() else None


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value.strip()) if value.strip() else None
    except ValueError as error:
        raise Refused("bad_value", "{value} is not a date such as 2026-06-26.", value=value) from error


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip() not in allowed:
            raise Refused("bad_value", "{value} is not one of: {allowed}.", value=value, allowed=", ".join(allowed))
        return value.strip()

    return parse


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", value.strip()):
        raise Refused("bad_value", "{value} is not a currency code such as EUR.", value=value)
    return value.strip().upper()


_PARSERS: dict[str, Callable[[str], object]] = {
    "company_name": _text,
    "company_address": _lines,
    "company_siren": _siren,
    "company_email": _text,
    "company_phone": _text,
    "signatory": _text,
    "iban": _iban,
    "bic": _text,
    "currency": _currency,
    "language": _choice(*LANGUAGES),
    "terms_days": _whole(0, 365),
    "scenario": _choice("full"),
    "region": _choice(*REGIONS),
    "doubtful_days": _whole(1, 3650),
    "statement_days": _whole(0, 365),
    "notice_days": _whole(1, 90),
    "cash_floor": _decimal,
    "tolerance": _at_most("100"),
    "fee_tolerance": _at_most("1000"),
    "discount_tolerance": _at_most("20"),
    "unproven_days": _whole(0, 3650),
    "penalty_rate": _rate,
    "default_as_of": _day,
    "history_from": _day,
    "sample": _text,
    **_ACCOUNTING,
}
KEYS = tuple(_PARSERS)


def parse_setting(key: str, value: str) -> object:
    """The typed value of a setting; `rate.2026-S2` gives the ECB rate of a half-year.

    Raises:
        Refused: the key is not one of KEYS, or the value does not fit it.
    """
    if _RATE_KEY.match(key):
        return _rate(value)
    if key not in _PARSERS:
        raise Refused(
            "unknown_setting", "There is no setting {key}. Known ones: {keys}, rate.2026-S2.", key=key, keys=", ".join(KEYS)
        )
    return _PARSERS[key](value)


def read_settings(texts: Mapping[str, str]) -> Settings:
    """Settings from the stored texts; a key without text keeps its default."""
    values: dict[str, object] = {}
    rates: dict[str, Decimal] = {}
    for key, text in texts.items():
        value = parse_setting(key, text)
        if match := _RATE_KEY.match(key):
            if isinstance(value, Decimal):
                rates[match[1]] = value
        else:
            values[key] = value
    known = {f.name for f in fields(Settings)}
    return Settings(**{k: v for k, v in values.items() if k in known}, ecb_rates=rates)  # type: ignore[arg-type]
