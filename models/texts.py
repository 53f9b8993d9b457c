"""Words and numbers in the user's language: gettext catalogues and CLDR formats, both through Babel."""

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
LANGUAGES = ("fr", "en")
_LOCALES = {"fr": Locale("fr", "FR"), "en": Locale("en", "GB")}
DASH = "–"


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> Catalog:
    with (LOCALE_DIR / language / "LC_MESSAGES" / "encours.po").open("rb") as file:
        return read_po(file, locale=language)


class Texts:
    """One language: its sentences, and how it writes money, dates and numbers.

    Absent values are an en dash, so that a figure without a divisor is never shown as 0.
    """

    def __init__(self, language: str) -> None:
        """Use `language` (fr or en); any other is French."""
        self.language = language if language in LANGUAGES else "fr"
        self.locale = _LOCALES[self.language]

    def t(self, message: str, /, **fields: object) -> str:
        """The sentence in this language, completed with `fields`; the English one if it has no translation.

        A Decimal among the fields is written as this language writes amounts: with their `currency`, where the fields name it;
        a day as it writes days.
        """
        entry = _catalogue(self.language).get(message)
        text = str(entry.string) if entry is not None and entry.string else message
        if not fields:
            return text
        return text.format(**{k: self._field(v, fields.get("currency")) for k, v in fields.items()})

    def _field(self, value: object, currency: object) -> object:
        """A field of a sentence as people read it."""
        if isinstance(value, dt.date):
            return self.date(value)
        if not isinstance(value, Decimal):
            return value
        return self.money(value, currency) if isinstance(currency, str) else self.number(value, 2)

    def plural(self, one: str, many: str, count: int, /, **fields: object) -> str:
        """The sentence for `count` things ("{count} invoice", "{count} invoices"); French takes 0 as singular."""
        is_singular = count in (0, 1) if self.language == "fr" else count == 1
        return self.t(one if is_singular else many, count=self.number(count), **fields)

    def money(self, amount: Decimal | None, currency: str = "EUR") -> str:
        """1 234,56 € or €1,234.56."""
        if amount is None:
            return DASH
        return str(format_currency(amount, currency, locale=self.locale, currency_digits=True))

    def currency_sign(self, currency: str) -> str:
        """What stands for a currency beside an amount: €, $US or US$; its code where it has no sign."""
        return str(get_currency_symbol(currency, locale=self.locale))

    def whole_money(self, amount: Decimal | float, currency: str) -> str:
        """1 234 € or €1,234, as a scale is marked."""
        pattern = self.locale.currency_formats["standard"].pattern.replace(".00", "")
        return str(format_currency(amount, currency, pattern, locale=self.locale, currency_digits=False))

    def date(self, day: dt.date | None) -> str:
        """26/06/2026."""
        return DASH if day is None else f"{day:%d/%m/%Y}"

    def long_date(self, day: dt.date | None) -> str:
        """26 juin 2026, 1er janvier 2026, 26 June 2026."""
        if day is None:
            return DASH
        text = str(format_date(day, "d MMMM y", locale=self.locale))
        return text.replace("1 ", "1er ", 1) if self.language == "fr" and day.day == 1 else text

    def weekday_date(self, day: dt.date | None) -> str:
        """vendredi 26 juin 2026."""
        return DASH if day is None else f"{format_date(day, 'EEEE', locale=self.locale)} {self.long_date(day)}"

    def month(self, day: dt.date) -> str:
        """juin 2026."""
        return str(format_date(day, "MMMM y", locale=self.locale))

    def number(self, value: float | Decimal | None, digits: int = 0) -> str:
        """1 234,5 with at most and at least `digits` decimals."""
        if value is None:
            return DASH
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, pattern, locale=self.locale))

    def change(self, now: float, before: float, digits: int = 1) -> Decimal:
        """What a reader finds who subtracts the two numbers as `number` writes them."""
        step = Decimal(1).scaleb(-digits)
        return Decimal(str(now)).quantize(step) - Decimal(str(before)).quantize(step)

    def days(self, value: float | Decimal | None, digits: int = 1) -> str:
        """52,3 j or 52.3 days."""
        if value is None:
            return DASH
        return self.t("{number} days", number=self.number(value, digits))

    def rate(self, value: Decimal | None) -> str:
        """An exchange rate with the decimals that it has, four at least: 1,0956 or 1.0956."""
        return DASH if value is None else str(format_decimal(value, "#,##0.0000####", locale=self.locale))

    def percent(self, value: float | None, digits: int = 1) -> str:
        """12,5 % from 12.5 (0 to 100)."""
        if value is None:
            return DASH
        pattern = ("#,##0" + ("." + "0" * digits if digits else "")) + ("\u00a0%" if self.language == "fr" else "%")
        return str(format_percent(value / 100, pattern, locale=self.locale))
