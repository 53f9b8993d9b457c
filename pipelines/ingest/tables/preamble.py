"""What a statement says above its header and below its movements: account, currency, period and balances."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import polars as pl
from stdnum import iban as iban_number

from pipelines.ingest.dates import FIRST_DAY, LAST_DAY, parse_dates
from pipelines.ingest.findings import meanings
from pipelines.ingest.numbers import parse_amounts
from pipelines.ingest.profiles import Profile

_DAY = r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{4}|[0-9]{2})|[0-9]{4}-[0-9]{2}-[0-9]{2}"
_AMOUNT = r"[+-]?[0-9][0-9 \xa0\u202f.]*(?:,[0-9]{1,2})?"
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_NUMBER = re.compile(r"(?<![0-9,./-])[0-9]{7,23}(?![0-9,./-])")
_CURRENCY = re.compile(r"(?i)\b(?:devise|currency|compte tenu en)\s*[:;,\t]?\s*(?P<currency>[a-z]{3,5}|€)")
_PERIOD = re.compile(
    rf"(?i)(?:\bdu|\bentre le|\bfrom|\bdate de d[ée]but[^:;]*:)\s*(?P<from>{_DAY})"
    rf"\s*;?\s*(?:\bau|\bet le|\bto|\bdate de fin[^:;]*:)\s*(?P<to>{_DAY})"
)
_DATED_BALANCE = re.compile(rf"(?i)\bsolde\b.*?(?P<day>{_DAY})[^0-9+-]*(?P<balance>[+-]?[0-9][0-9 \xa0\u202f.]*,[0-9]{{2}})")
#: Its day stands on a line of its own, « Date ;12/07/2026 »; francs are the same balance once more.
_BARE_BALANCE = re.compile(
    rf"(?i)^\W*solde(?! en (?:d[ée]but|fin))(?![^;\t]*francs)[^;\t0-9]*[;\t]+\s*(?P<balance>{_AMOUNT})[ €;]*$"
)
_BARE_DAY = re.compile(rf"(?i)^\W*date\s*[;\t]+\s*(?P<day>{_DAY})[ ;]*$")
_PERIOD_BALANCE = re.compile(rf"(?i)^\W*solde en (?P<end>d[ée]but|fin) de p[ée]riode[;\t :]*(?P<balance>{_AMOUNT})[ €;]*$")


@dataclass(frozen=True)
class Preamble:
    """What is said of the one account that the movements below, or above, are of; None for what is not.

    Attributes:
        number: of the account. `iban`: checked. `currency`: an ISO code.
        from_date: first day of the period that the statement says it covers. `to_date`: its last day.
        balances: (day, amount, opening or closing).
        rows: how many movements the file announces.
    """

    number: str | None = None
    iban: str | None = None
    currency: str | None = None
    from_date: date | None = None
    to_date: date | None = None
    balances: tuple[tuple[date, Decimal, str], ...] = field(default=())
    rows: int | None = None


def read_preamble(lines: Sequence[str], profile: Profile | None = None) -> Preamble:
    """What the lines around the movements say, those of the profile's layout before the common ones."""
    said = _as_laid_out(lines, profile)
    number, iban = account_in_preamble(lines) if not said.number and not said.iban else (said.number, said.iban)
    start, end = (said.from_date, said.to_date) if said.from_date else _period(lines)
    balances = said.balances or _balances(lines, start, end)
    return replace(
        said,
        number=number,
        iban=iban,
        currency=said.currency or _currency(lines),
        from_date=start,
        to_date=end,
        balances=balances,
    )


def account_in_preamble(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """The account number and IBAN that the lines give, if any."""
    text = "\n".join(lines)
    for match in _IBAN.finditer(text):
        if iban_number.is_valid(match[0]):
            return None, iban_number.compact(match[0])
    for match in _NUMBER.finditer(text):
        as_date = parse_dates(pl.Series([match[0], f"{match[0][4:8]}{match[0][2:4]}{match[0][:2]}"])).values
        if as_date.null_count() == as_date.len():
            return match[0], None
    unchecked = _IBAN.search(text)
    return (unchecked[0].replace(" ", ""), None) if unchecked else (None, None)


def currency_code(text: str | None) -> str | None:
    """The ISO code of « EUROS », « € » or « usd »; None for any other word."""
    if not text:
        return None
    code: str | None = meanings(pl.Series([text.strip()]), "currency")[0]
    return code or (text.strip() if re.fullmatch("[A-Z]{3}", text.strip()) else None)


def _as_laid_out(lines: Sequence[str], profile: Profile | None) -> Preamble:
    """What the patterns of the profile find."""
    found: dict[str, str] = {}
    for pattern in profile.preamble if profile else ():
        for line in lines:
            if match := re.search(pattern, line.strip()):
                found |= {name: text for name, text in match.groupdict().items() if text}
    day, balance = _day(found.get("day")), _amount(found.get("balance"))
    number, is_iban = found.get("number"), iban_number.is_valid(found.get("iban", ""))
    return Preamble(
        number=number,
        iban=iban_number.compact(found["iban"]) if is_iban else None,
        currency=currency_code(found.get("currency")),
        from_date=_day(found.get("from")),
        to_date=_day(found.get("to")),
        balances=((day, balance, "closing"),) if day and balance is not None else (),
        rows=int(found["rows"]) if "rows" in found else None,
    )


def _period(lines: Sequence[str]) -> tuple[date | None, date | None]:
    """« du 01/01/2026 au 31/01/2026 », « entre le … et le … »."""
    for line in lines:
        if match := _PERIOD.search(line):
            start, end = _day(match["from"]), _day(match["to"])
            if start and end and start <= end:
                return start, end
    return None, None


def _currency(lines: Sequence[str]) -> str | None:
    for line in lines:
        if (match := _CURRENCY.search(line)) and (code := currency_code(match["currency"])):
            return code
    return None


def _balances(lines: Sequence[str], start: date | None, end: date | None) -> tuple[tuple[date, Decimal, str], ...]:
    """« Solde au 18/12/19 : 13,37 EUR »; « Solde (EUROS) ;13,37 » under « Date ;18/12/2019 »; « Solde en fin de période »."""
    said: list[tuple[date | None, str, str]] = []
    days = [match["day"] for line in lines if (match := _BARE_DAY.search(line))]
    for line in lines:
        if match := _DATED_BALANCE.search(line):
            said.append((_day(match["day"]), match["balance"], "closing"))
        elif match := _PERIOD_BALANCE.search(line):
            is_end = match["end"].lower() == "fin"
            said.append((end if is_end else start, match["balance"], "closing" if is_end else "opening"))
        elif (match := _BARE_BALANCE.search(line)) and len(days) == 1:
            said.append((_day(days[0]), match["balance"], "closing"))
    found = [(day, _amount(text), kind) for day, text, kind in said]
    return tuple(dict.fromkeys((day, amount, kind) for day, amount, kind in found if day and amount is not None))


def _day(text: str | None) -> date | None:
    if not text:
        return None
    day: date | None = parse_dates(pl.Series([text.strip()])).values[0]
    return day if day and FIRST_DAY <= day <= LAST_DAY else None


def _amount(text: str | None) -> Decimal | None:
    if not text:
        return None
    amount: Decimal | None = parse_amounts(pl.Series([text.strip(" \xa0\u202f")])).values[0]
    return amount
