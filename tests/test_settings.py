"""Settings: what is typed for them, and what is not taken for a number, a rate or a word."""

from decimal import Decimal

import pytest

from models.errors import Refused
from models.settings import parse_setting


@pytest.mark.parametrize("text", ["1500", "1500,00", "1 500,00", "1\u202f500.00", "1\u00a0500"])
def test_an_amount_is_read_as_people_type_it(text: str) -> None:
    assert parse_setting("cash_floor", text) == Decimal(1500)


@pytest.mark.parametrize("text", ["", "1_500", "1E3", "١٢", "NaN", "Infinity", "0x10", "1,500,00", "1234567890123", "12-"])
@pytest.mark.parametrize("key", ["cash_floor", "provision_insolvency"])
def test_what_only_a_program_takes_for_a_number_is_refused(key: str, text: str) -> None:
    with pytest.raises(Refused):
        parse_setting(key, text)


def test_words_and_whole_numbers_of_the_accounts_have_their_bounds() -> None:
    assert [parse_setting("year_end_month", "6"), parse_setting("amount_style", " comma ")] == [6, "comma"]
    for key, text in (
        ("year_end_month", "13"),
        ("auxiliary_length", "5"),
        ("provision_every", "week"),
        ("amount_style", "point"),
    ):
        with pytest.raises(Refused) as said:
            parse_setting(key, text)
        assert said.value.fields["value"] == text
