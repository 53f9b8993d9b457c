"""What the program assumes before a company's own payments teach it better: the product prior."""

import numpy as np

from pipelines.forecast.arrays import EARLIEST, GRID, Floats

#: Of invoices with 30-day terms, the share paid by the due date and the share still unpaid 30 days after it
#: (Altares, France: 46 % to 49 % pay on time, 8 % pay more than 30 days late).
ON_TIME, MORE_THAN_30_LATE = 0.46, 0.08

#: Chance per day of an invoice still unpaid that day, from that day after its due date on. The two days left out
#: here, the due date and the first month of lateness, follow from the two shares above.
_STEPS = ((-10, 0.02), (31, 0.03), (61, 0.015), (91, 0.006))
_EARLY = 0.002
_TERMS = 30

#: Chance per day that a disputed or doubtful invoice is paid, and the days watched that it weighs against the company's own:
#: a dispute is settled within about three months, of what is very late one in ten is paid within a month.
ASIDE_CHANCES = {"disputed": (0.01, 500.0), "doubtful": (0.0035, 500.0)}

#: How much likelier than average a payment arrives on each weekday, Monday first: French transfers are booked on
#: working days. The mean is 1.
WEEKDAYS = np.array([1.35, 1.35, 1.35, 1.35, 1.35, 0.15, 0.10])


def prior_hazard() -> Floats:
    """Chance that an invoice still unpaid x days after its due date is paid that day, one value per day of the grid."""
    days = np.arange(EARLIEST, EARLIEST + GRID)
    hazard = np.full(GRID, _EARLY)
    for first, value in _STEPS:
        hazard[days >= first] = value
    before = np.prod(1 - hazard[(days >= -_TERMS) & (days < 0)])
    hazard[days == 0] = 1 - (1 - ON_TIME) / before
    hazard[(days >= 1) & (days <= _TERMS)] = 1 - (MORE_THAN_30_LATE / (1 - ON_TIME)) ** (1 / _TERMS)
    return hazard


def prior_mean_delay() -> float:
    """Mean days from due date to payment under the prior, for 30-day terms."""
    hazard = prior_hazard()[-_TERMS - EARLIEST :]
    unpaid = np.cumprod(1 - hazard)
    return float(-_TERMS + unpaid.sum())
