"""Amounts as people and programs write them, to exact money; what is ambiguous is a problem, never a guess."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from models.money import MONEY

_PLAIN = r"^-?[0-9]{1,12}(?:[.,][0-9]{1,2})?$"
_SPACES = r" \x{00A0}\x{202F}"
_MINUS = r"\-\x{2212}\x{2013}"
_CURRENCY = r"[A-Za-z]{3}|[€$£]"
#: Sign, currency and brackets around the digits; each group is absent when it is not written.
_SHAPE = (
    rf"^(?P<currency_0>{_CURRENCY})?\s*(?P<open>\()?\s*"
    rf"(?P<sign_1>[+{_MINUS}])?\s*(?P<currency_1>{_CURRENCY})?\s*(?P<sign_2>[+{_MINUS}])?\s*"
    rf"(?P<body>[0-9.,'{_SPACES}]*[0-9][.,]?)\s*"
    rf"(?P<sign_3>-)?\s*(?P<currency_2>{_CURRENCY})?\s*(?P<sign_4>-)?\s*(?P<close>\))?\s*(?P<currency_3>{_CURRENCY})?$"
)
_MARKS = ["currency_0", "currency_1", "currency_2", "currency_3"]
_SIMPLE = r"[0-9]*[.,][0-9]*|[0-9]+"
_BY_SPACE = "|".join(rf"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:[.,][0-9]*)?" for mark in (" ", r"\x{00A0}", r"\x{202F}", "'"))
_BY_POINT = r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]*|[0-9]{1,3}(?:\.[0-9]{3}){2,}"
_BY_COMMA = r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]*|[0-9]{1,3}(?:,[0-9]{3}){2,}"
_BODY = rf"^(?:{_SIMPLE}|{_BY_SPACE}|{_BY_POINT}|{_BY_COMMA})$"
_AMBIGUOUS = r"^[0-9]*[.,][0-9]{3}$"
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP"}
MAX_DIGITS = 12


@dataclass(frozen=True)
class Amounts:
    """A column of amounts.

    Attributes:
        values: MONEY, null where nothing is written or it cannot be read.
        codes: problem code of what cannot be read, else null.
        decimal: the decimal sign on which the column agrees, "," or "."; None if it shows none, or both.
        signs: how many amounts show each of them.
    """

    values: pl.Series
    codes: pl.Series
    decimal: str | None
    signs: Mapping[str, int]


def parse_amounts(cells: pl.Series, *, currency: pl.Series | str = "EUR", decimal: str | None = None) -> Amounts:
    """Read a column of trimmed text amounts.

    Args:
        cells: text, null where the cell is empty.
        currency: the ISO code that an amount may carry, for all or by row; any other one is a problem.
        decimal: the decimal sign, where a profile tells it; else the column decides for what is ambiguous.
    """
    is_plain = cells.str.contains(_PLAIN).fill_null(value=False)
    is_hard = ~is_plain & cells.is_not_null()
    simple = cells.set(is_hard, None)
    signs = Counter({sign: count for sign in ",." if (count := int(simple.str.contains(sign, literal=True).sum()))})
    values = simple.str.replace(",", ".", literal=True).cast(MONEY)
    no_code = pl.Series([None], dtype=pl.String).new_from_index(0, cells.len())
    if not is_hard.any():
        return Amounts(values, no_code, _single(signs), signs)
    rows = is_hard.arg_true()
    expected = currency.gather(rows) if isinstance(currency, pl.Series) else pl.Series([currency]).new_from_index(0, rows.len())
    hard = _dissected(cells.gather(rows), expected)
    signs.update(hard.filter(pl.col("code").is_null())["sign"].drop_nulls().to_list())
    agreed = _agreed(hard, signs)
    read = _read_bodies(hard, decimal or agreed)
    return Amounts(
        values.scatter(rows, read["value"]),
        no_code.scatter(rows, read["code"]),
        agreed,
        signs,
    )


def typed_amount(text: str) -> Decimal | None:
    """One signed amount as a person types it (1 234,56 or 1,234.56); None if it is none, or ambiguous: 1,200."""
    value: Decimal | None = parse_amounts(pl.Series([text.strip()], dtype=pl.String)).values[0]
    return value


def most_shown(signs: Mapping[str, int]) -> str | None:
    """The decimal sign that most amounts show, the comma if both are as frequent; None if no amount shows one."""
    return max((sign for sign in ",." if signs.get(sign)), key=lambda sign: signs[sign], default=None)


def _single(signs: Mapping[str, int]) -> str | None:
    return next(iter(signs)) if len(signs) == 1 else None


def _dissected(cells: pl.Series, currency: pl.Series) -> pl.DataFrame:
    """`body`, `is_negative`, and the `code` of a shape or currency that does not fit."""
    parts = cells.str.extract_groups(_SHAPE).struct.unnest()
    marks = [pl.col(f"sign_{i}").is_not_null() for i in range(1, 5)]
    written = pl.coalesce(_MARKS)
    iso = written.replace_strict(_SYMBOLS, default=written.str.to_uppercase(), return_dtype=pl.String)
    is_negative = pl.col("open").is_not_null() | pl.any_horizontal(
        pl.col(f"sign_{i}").is_not_null() & (pl.col(f"sign_{i}") != "+") for i in range(1, 5)
    )
    is_bad = (
        pl.col("body").is_null()
        | (pl.sum_horizontal(*[mark.cast(pl.Int8) for mark in marks], pl.col("open").is_not_null().cast(pl.Int8)) > 1)
        | (pl.col("open").is_null() != pl.col("close").is_null())
        | (pl.sum_horizontal(pl.col(_MARKS).is_not_null().cast(pl.Int8)) > 1)
        | ~pl.col("body").str.contains(_BODY)
    )
    return (
        parts.with_columns(currency=currency)
        .select(
            "body",
            is_negative=is_negative,
            code=pl.when(is_bad)
            .then(pl.lit("bad_amount"))
            .when(iso.is_not_null() & (iso != pl.col("currency")))
            .then(pl.lit("amount_currency")),
            is_ambiguous=pl.col("body").str.contains(_AMBIGUOUS),
            points=pl.col("body").str.count_matches(".", literal=True),
            commas=pl.col("body").str.count_matches(",", literal=True),
        )
        .with_columns(
            sign=pl.when((pl.col("points") > 0) & (pl.col("commas") > 0))
            .then(pl.col("body").str.extract(r"([.,])[0-9]*$"))
            .when((pl.col("points") + pl.col("commas") == 1) & ~pl.col("is_ambiguous"))
            .then(pl.col("body").str.extract(r"([.,])"))
        )
    )


def _agreed(hard: pl.DataFrame, signs: Mapping[str, int]) -> str | None:
    """The decimal sign that some amounts show and none contradicts."""
    good = hard.filter(pl.col("code").is_null())
    thousands = {
        mark
        for mark, count in ((".", "points"), (",", "commas"))
        if good.filter((pl.col(count) > 1) & pl.col("sign").is_null()).height
    }
    sign = _single(signs)
    return None if sign in thousands else sign


def _read_bodies(hard: pl.DataFrame, decimal: str | None) -> pl.DataFrame:
    """`value` and `code` of dissected amounts, ambiguous ones read with the decimal sign that is known."""
    known = pl.lit(decimal, pl.String)
    sign = (
        pl.when(pl.col("is_ambiguous") & pl.col("body").str.contains(pl.coalesce(known, pl.lit("x")), literal=True))
        .then(known)
        .otherwise("sign")
    )
    is_grouped = pl.col("body").str.contains(r"^[0-9]{1,3}[.,][0-9]{3}$")
    bare = pl.col("body").str.replace_all(rf"[{_SPACES}']", "")
    number = (
        pl.when(sign == ",")
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(sign == ".")
        .then(bare.str.replace_all(",", "", literal=True))
        .otherwise(bare.str.replace_all("[.,]", ""))
        .str.replace(r"\.$", "")
        .str.replace(r"^0+([0-9])", "$1")
    )
    code = (
        pl.when(pl.col("code").is_not_null())
        .then("code")
        .when(pl.col("is_ambiguous") & known.is_null())
        .then(pl.lit("ambiguous_amount"))
        .when(pl.col("is_ambiguous") & sign.is_null() & ~is_grouped)
        .then(pl.lit("bad_amount"))
        .when(pl.col("number").str.contains(r"\.[0-9]{2}[0-9]*[1-9]"))
        .then(pl.lit("too_many_decimals"))
        .when(pl.col("number").str.replace(r"\..*$", "").str.len_bytes() > MAX_DIGITS)
        .then(pl.lit("amount_too_large"))
    )
    cents = pl.col("number").str.replace(r"(\.[0-9]{2})0+$", "$1")
    signed = pl.when("is_negative").then(pl.concat_str(pl.lit("-"), cents)).otherwise(cents)
    return (
        hard.with_columns(number=number)
        .with_columns(code=code)
        .select(value=pl.when(pl.col("code").is_null()).then(signed).cast(MONEY), code="code")
    )
