"""Amounts: every accepted spelling reads back to the cent, and what may be read in two ways is never guessed."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.numbers import most_shown, parse_amounts

CENTS = st.integers(min_value=0, max_value=10**14 - 1)
GROUPS = ["", " ", "\u00a0", "\u202f", ".", ",", "'"]
SIGNS = ["{}", "+{}", "-{}", "\u2212{}", "\u2013{}", "{}-", "({})"]
MARKS = ["{}", "{} €", "€ {}", "EUR {}", "{}EUR"]


def one(text: str, *others: str, currency: str = "EUR", decimal: str | None = None) -> tuple[Decimal | None, str | None]:
    read = parse_amounts(pl.Series([text, *others]), currency=currency, decimal=decimal)
    return read.values[0], read.codes[0]


def grouped(whole: int, mark: str) -> str:
    return f"{whole:,}".replace(",", mark)


@given(CENTS, st.sampled_from(GROUPS), st.sampled_from(",."), st.sampled_from(SIGNS), st.sampled_from(MARKS))
def test_what_is_written_with_two_decimals_reads_back_to_the_cent(
    cents: int, group: str, point: str, sign: str, mark: str
) -> None:
    if group == point:
        group = ""
    text = mark.format(sign.format(f"{grouped(cents // 100, group)}{point}{cents % 100:02d}"))
    value = Decimal(cents) / 100
    assert one(text) == (-value if sign not in {"{}", "+{}"} else value, None)


@given(st.text(alphabet="0123456789.,' -+()€", max_size=14))
def test_an_amount_is_never_off_by_a_factor(text: str) -> None:
    value, code = one(text.strip() or "x")
    assert (value is None) != (code is None)
    if value is not None:
        digits = "".join(c for c in text if c.isdigit())
        shifted = {Decimal(digits) / 10**n for n in range(len(digits) + 1)}
        assert abs(value) in shifted
        tail = text.rstrip(" -)€")
        last = max(tail.rfind("."), tail.rfind(","))
        if last >= 0 and len("".join(c for c in tail[last:] if c.isdigit())) == 3 and sum(tail.count(c) for c in ".,") == 1:
            assert set(text) & {" ", "'"}, "a single sign before three digits is never guessed"


@pytest.mark.parametrize("text", ["1,234", "1.234", "12,345", "-1,234", "1,234 €", "0.500", ",500"])
def test_a_single_sign_before_three_digits_is_ambiguous(text: str) -> None:
    assert one(text) == (None, "ambiguous_amount")


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        ("12.345", ["5,50"], (Decimal("12345.00"), None)),
        ("12,345", ["5.50", "1,000.00"], (Decimal("12345.00"), None)),
        ("12,340", ["5,50"], (Decimal("12.34"), None)),
        ("12,345", ["5,50"], (None, "too_many_decimals")),
        ("12.345", ["5,50", "5.50"], (None, "ambiguous_amount")),
        ("12.345", ["120", "1.234.567"], (None, "ambiguous_amount")),
        ("12.345", ["5.50", "1.234.567"], (None, "ambiguous_amount")),
        ("1234.567", ["5,50"], (None, "bad_amount")),
    ],
)
def test_the_rest_of_the_column_settles_what_is_ambiguous(
    text: str, others: list[str], expected: tuple[Decimal | None, str | None]
) -> None:
    assert one(text, *others) == expected


def test_a_profile_settles_what_is_ambiguous() -> None:
    assert one("12.345", decimal=",") == (Decimal("12345.00"), None)


@pytest.mark.parametrize(
    ("text", "value"), [(",50", "0.50"), ("50,", "50.00"), ("12,3400", "12.34"), ("007", "7.00"), ("1.234.567", "1234567.00")]
)
def test_short_and_long_spellings_are_numbers(text: str, value: str) -> None:
    assert one(text) == (Decimal(value), None)


@pytest.mark.parametrize(
    "text",
    [
        *("1 23,45", "12,34,56", "12.34.56", "1.234'56", "1e5", "NaN", "inf", "1_000", "0x10", "٠٥", "１２", "--5", "+5-", "()"),
        *("€ 5 €", "-", "1\u200b2", "1 234 5", "1234.567,89", "douze"),
    ],
)
def test_what_is_no_amount_is_a_problem(text: str) -> None:
    assert one(text) == (None, "bad_amount")


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [("12 USD", "EUR", "amount_currency"), ("12 €", "CHF", "amount_currency"), ("12 CHF", "CHF", None)],
)
def test_an_amount_carries_its_own_documents_currency_only(text: str, currency: str, code: str | None) -> None:
    assert one(text, currency=currency)[1] == code


def test_more_than_twelve_digits_are_a_problem_and_leading_zeros_do_not_count() -> None:
    assert one("1234567890123") == (None, "amount_too_large")
    assert one("0000001234567890,50")[0] == Decimal("1234567890.50")


def test_the_column_tells_its_decimal_sign() -> None:
    assert parse_amounts(pl.Series(["1,50", "120", None])).decimal == ","
    assert parse_amounts(pl.Series(["1,50", "1.50"])).decimal is None
    assert parse_amounts(pl.Series(["120"])).decimal is None


@pytest.mark.parametrize(
    ("written", "shown", "sign"),
    [
        (["1,50", "120", None], {",": 1}, ","),
        (["1,50", "2.50", "1,234.56"], {",": 1, ".": 2}, "."),
        (["1,50", "1.50"], {",": 1, ".": 1}, ","),
        (["120", "1.234", "1.234.567"], {}, None),
    ],
)
def test_the_sign_that_most_amounts_show_is_told_of_a_column_that_has_both(
    written: list[str | None], shown: dict[str, int], sign: str | None
) -> None:
    read = parse_amounts(pl.Series(written, dtype=pl.String))
    assert read.signs == shown
    assert most_shown(read.signs) == sign
