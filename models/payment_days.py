"""The days on which a company pays its suppliers, as its setting says them."""

import re

from models.errors import Refused

#: Monday first.
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
#: Days of the month; what a short month lacks is its last day.
MONTH_DAYS = tuple(str(n) for n in range(1, 32))
ANY = "any"


def read_payment_days(value: str) -> str:
    """Weekdays, then days of the month, each once and in order, with commas; none of them is any worked day.

    Raises:
        Refused: a word is neither.
    """
    words = {word.lower() for word in re.split(r"[\s,;]+", value) if word}
    if words <= {ANY}:
        return ANY
    if not words <= {*WEEKDAYS, *MONTH_DAYS}:
        raise Refused(
            "bad_value",
            "{value} does not say payment days: any, or weekdays and days of the month such as tuesday,10,25.",
            value=value,
        )
    return ",".join(word for word in (*WEEKDAYS, *MONTH_DAYS) if word in words)
