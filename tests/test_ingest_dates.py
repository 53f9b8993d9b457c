"""Dates: every accepted spelling is its printed day; the order is decided once per column."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.dates import parse_dates

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))
MONTHS = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
FORMS = [
    "{d:%Y-%m-%d}",
    "{d:%Y%m%d}",
    "{d:%d/%m/%Y}",
    "{d:%d.%m.%Y}",
    "{d:%d-%m-%Y}",
    "{d.day}/{d.month}/{d.year}",
    "{d.day} {month} {d.year}",
]
TAILS = ["", " 23:59", " 23:59:59", "T00:30:00+01:00", "T23:30:00Z"]


@given(DAYS, st.sampled_from(FORMS), st.sampled_from(TAILS))
def test_the_printed_day_counts_whatever_the_time_or_zone_behind_it(day: date, form: str, tail: str) -> None:
    text = form.format(d=day, month=MONTHS[day.month - 1]) + tail
    read = parse_dates(pl.Series([text, "25/12/2025"]))
    assert (read.values[0], read.codes[0]) == (day, None)


@given(DAYS)
def test_a_column_that_is_month_first_is_read_so(day: date) -> None:
    read = parse_dates(pl.Series([f"{day:%m/%d/%Y}", "12/25/2025", "11/30/2025"]))
    assert (read.values[0], read.order) == (day, "mdy")


def test_a_column_that_fits_both_orders_is_day_first() -> None:
    read = parse_dates(pl.Series(["02/03/2026"]))
    assert (read.values[0], read.order) == (date(2026, 3, 2), "dmy")


def test_a_row_that_contradicts_the_order_of_its_column_is_a_problem() -> None:
    read = parse_dates(pl.Series(["13/01/2025", "01/13/2025", "02/03/2025"]))
    assert read.codes.to_list() == [None, "date_order", None]


def test_two_digit_years_are_of_this_century_up_to_sixty() -> None:
    read = parse_dates(pl.Series(["05/01/25", "05/01/60", "05/01/68", "05/01/70", "3 févr. 25"]))
    assert read.values.to_list() == [date(2025, 1, 5), date(2060, 1, 5), None, None, date(2025, 2, 3)]
    assert read.codes.to_list() == [None, None, "date_out_of_range", "short_year", None]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("29/02/2025", "impossible_date"),
        ("00/00/0000", "impossible_date"),
        ("31/12/1989", "date_out_of_range"),
        ("01/01/2061", "date_out_of_range"),
        ("45662", "bad_date"),
        ("Feb 3, 2025", "bad_date"),
        ("05/01-2025", "bad_date"),
        ("05/01/20255", "bad_date"),
        ("2025-W01-1", "bad_date"),
        ("０５/０１/２０２５", "bad_date"),
        ("05\u200b/01/2025", "bad_date"),
    ],
)
def test_what_is_no_day_is_a_problem(text: str, code: str) -> None:
    read = parse_dates(pl.Series([text]))
    assert (read.values[0], read.codes[0]) == (None, code)


def test_an_empty_cell_is_neither_a_date_nor_a_problem() -> None:
    read = parse_dates(pl.Series([None, "2025-01-05"], dtype=pl.String))
    assert (read.values[0], read.codes[0], read.order) == (None, None, "ymd")
