"""How each client pays: from issue, due and payment dates, the habits to show and the chances to be paid by each day.

A payment history has one row per sales invoice, or per part of it where it was paid in several: `id`, `client_id`,
`issue_date`, `due_date`, `paid_date` (null: not paid), `amount` of the part (Float64), `share` of the invoice. An origin
is the start of a day: known is what is dated before it, and its first day is the origin itself. Figures as of the end of
a day D have the day after D as origin.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.tables import Schema, conform
from models.texts import Texts
from pipelines.forecast.arrays import NEVER, WINDOW, Days, Floats, OpenRows, Payments, day_number, day_numbers
from pipelines.forecast.hazards import Curves, learn, paid_by

#: One row per part of a sales invoice issued before the origin: each payment, and what is not paid.
HISTORY: Schema = {
    "id": pl.String,
    "client_id": pl.String,
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "paid_date": pl.Date,
    "amount": pl.Float64,
    "share": pl.Float64,  # of the invoice, more than 0; the parts of one sum to 1
}

#: One row per client with a paid invoice; delays in days after the due date, negative when early.
HABITS: Schema = {
    "client_id": pl.String,
    "n_paid": pl.Int64,  # invoices, paid or partly
    "mean_delay": pl.Float64,
    "p10": pl.Int64,
    "p50": pl.Int64,
    "p90": pl.Int64,
}

#: Below both, the curves are the product's starting estimate more than the company's own habits.
ENOUGH_DAYS, ENOUGH_PAID = 60, 100
#: Payments below which a client has no habit to speak of.
LEAST_HABIT = 3
_TINY = 1e-9
#: Invoices whose far days are looked at together.
_AT_ONCE = 20_000


@dataclass(frozen=True)
class Behaviour:
    """What is learnt from a history before an origin, and what past origins could know.

    Attributes:
        payments: the invoices learnt from, as arrays.
        origin: the origin, as a day number.
        curves: the curves at the origin alone.
        names: the client_id of each client code.
        is_starting: whether history is so short that the product prior does most of the work.
    """

    payments: Payments
    origin: int
    curves: Curves
    names: pl.Series
    is_starting: bool


def only_complete(history: pl.DataFrame, *, origin: date, learn_from: date | None = None) -> pl.DataFrame:
    """The parts of invoices whose payment, if any before the origin, is sure to be in the history.

    Old open invoices that were imported without their paid siblings would teach that nobody pays. So only invoices
    issued on or after `learn_from` teach: by default the first payment known, as everything paid since then is known.
    Payments dated on the origin or later are not known yet, and become null.
    """
    paid = pl.when(pl.col("paid_date") < origin).then(pl.col("paid_date")).alias("paid_date")
    known = history.filter(pl.col("issue_date") < origin).with_columns(paid)
    first = learn_from or known["paid_date"].min()
    if not isinstance(first, date):
        return known.clear()
    return known.filter(pl.col("issue_date") >= first)


def learn_behaviour(
    history: pl.DataFrame, open_invoices: pl.DataFrame, *, origin: date, learn_from: date | None = None
) -> tuple[Behaviour, OpenRows]:
    """The curves at the origin, and the open invoices coded for them.

    Args:
        history: columns of HISTORY, in any order of rows; the result does not depend on it. Without `share` every row
            is a whole invoice.
        open_invoices: columns id, client_id, issue_date, due_date, amount.
        origin: the first day that is not known.
        learn_from: see `only_complete`.
    """
    complete = only_complete(history, origin=origin, learn_from=learn_from)
    if "share" not in complete.columns:
        complete = complete.with_columns(share=pl.lit(1.0))
    complete = complete.sort("issue_date", "due_date", "client_id", "amount", "paid_date", "share")
    names = pl.concat([complete["client_id"], open_invoices["client_id"]]).drop_nulls().unique().sort()
    payments = _payments(complete, names)
    today = day_number(origin)
    paid = float(payments.share[payments.paid < NEVER].sum())
    is_long = paid > 0 and today - int(payments.issue[0]) >= ENOUGH_DAYS
    has_paid = paid >= ENOUGH_PAID
    behaviour = Behaviour(
        payments=payments,
        origin=today,
        curves=learn(payments, np.array([today], dtype=np.int64)),
        names=names,
        is_starting=not (is_long or has_paid),
    )
    coded = OpenRows(
        origin=np.zeros(open_invoices.height, dtype=np.int64),
        client=_codes(open_invoices["client_id"], names),
        issue=day_numbers(open_invoices["issue_date"]),
        due=day_numbers(open_invoices["due_date"]),
        amount=open_invoices["amount"].cast(pl.Float64).to_numpy(),
    )
    return behaviour, coded


def _payments(complete: pl.DataFrame, names: pl.Series) -> Payments:
    return Payments(
        client=_codes(complete["client_id"], names),
        issue=day_numbers(complete["issue_date"]),
        due=day_numbers(complete["due_date"]),
        paid=day_numbers(complete["paid_date"]),
        amount=complete["amount"].cast(pl.Float64).to_numpy(),
        share=complete["share"].to_numpy(),
        clients=max(len(names), 1),
    )


def _codes(clients: pl.Series, names: pl.Series) -> Days:
    return clients.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)


def paid_probabilities(
    history: pl.DataFrame, open_invoices: pl.DataFrame, *, origin: date, horizon: int, learn_from: date | None = None
) -> Floats:
    """Chance that each open invoice is paid by the end of each of the coming days, given that it is not paid yet.

    Each client has a curve of daily chances by days after the due date: its own invoices of the last 12 months, and a
    prior worth three invoices, half the curve of its payment terms and half the shared curve shifted by its usual
    delay. Unpaid invoices count as unpaid so far. The chance of a day also depends on its weekday; a bank holiday is
    a Sunday. With little history the product prior prevails: 46 % on time, 8 % more than 30 days late.

    Args:
        history: columns of HISTORY, paid and unpaid invoices alike, those of `open_invoices` included.
        open_invoices: columns id, client_id, issue_date, due_date, amount; any order.
        origin: the first day that is not known, and day 1 of the horizon.
        horizon: number of days.
        learn_from: teach only from invoices issued since; by default since the first payment known.

    Returns:
        Cumulative probabilities (open invoices, horizon), in the order of `open_invoices`.
    """
    behaviour, coded = learn_behaviour(history, open_invoices, origin=origin, learn_from=learn_from)
    return paid_by(behaviour.curves, coded, horizon)


def dates_reached(
    behaviour: Behaviour,
    coded: OpenRows,
    chances: Floats,
    *,
    levels: Sequence[float],
    reach: int,
    follow: Callable[[Floats, Days], Floats] = lambda chances, _: chances,
) -> list[pl.Series]:
    """For each level, the day by which the chance of each invoice to be paid reaches it; null if not within `reach` days.

    Args:
        behaviour: what is learnt.
        coded: the open invoices.
        chances: their cumulative probabilities over the horizon; only invoices that do not reach the highest level in
            it are looked at any further.
        levels: chances, 0 to 1.
        reach: how many days to look ahead.
        follow: makes chances (rows, days) of those rows follow what is known beside the habit.
    """
    days = _first_days(chances, levels)
    later = np.flatnonzero(chances[:, -1] < max(levels)) if reach > chances.shape[1] else np.zeros(0, dtype=np.int64)
    for first in range(0, len(later), _AT_ONCE):
        rows = later[first : first + _AT_ONCE]
        days[:, rows] = _first_days(follow(paid_by(behaviour.curves, coded.take(rows), reach), rows), levels)
    found = np.where(days < NEVER, days + behaviour.origin, NEVER)
    return [pl.Series(row).set(pl.Series(row) >= NEVER, None).cast(pl.Int32).cast(pl.Date) for row in found]


def _first_days(chances: Floats, levels: Sequence[float]) -> Days:
    """Per level and invoice, the first day (0 is the origin) on which the chance reaches the level; NEVER if none does."""
    below = np.stack([(chances < level).sum(axis=1) for level in levels])
    return np.where(below < chances.shape[1], below, NEVER)


def payment_habits(history: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """How late each client pays, over its invoices of the 12 months up to `as_of` that were paid by then.

    A part of an invoice counts by its share.

    Returns:
        HABITS: one row per client with such an invoice, by client. The percentiles are delays that were observed.
    """
    delay = (pl.col("paid_date") - pl.col("due_date")).dt.total_days()
    reached = pl.col("share").cum_sum() / pl.col("share").sum()

    def percentile(level: float) -> pl.Expr:
        return pl.col("delay").filter(reached >= level - _TINY).first().cast(pl.Int64)

    known = history.filter(
        pl.col("paid_date") <= as_of, pl.col("issue_date") <= as_of, pl.col("issue_date") > as_of - timedelta(days=WINDOW)
    )
    return (
        known.with_columns(delay=delay)
        .sort("delay", "id")
        .group_by("client_id", maintain_order=True)
        .agg(
            n_paid=pl.col("id").n_unique().cast(pl.Int64),
            mean_delay=(pl.col("delay") * pl.col("share")).sum() / pl.col("share").sum(),
            p10=percentile(0.1),
            p50=percentile(0.5),
            p90=percentile(0.9),
        )
        .pipe(conform, HABITS)
        .sort("client_id")
    )


def habit_sentence(texts: Texts, *, n_paid: int, p10: int, p50: int, p90: int) -> str:
    """The habit in a sentence: usual delay, and the range that holds eight payments of ten; none below 3 payments."""
    if n_paid < LEAST_HABIT:
        return texts.t("Too few payments to speak of a habit ({count}).", count=texts.number(n_paid))
    usual = {
        1: texts.t("Usually pays {days} days late", days=texts.number(p50)),
        0: texts.t("Usually pays on the due date"),
        -1: texts.t("Usually pays {days} days before the due date", days=texts.number(-p50)),
    }[(p50 > 0) - (p50 < 0)]
    if abs(p50) == 1:
        usual = texts.t("Usually pays one day late") if p50 > 0 else texts.t("Usually pays one day before the due date")
    if p10 == p90:
        return texts.t("{usual} ({count} payments).", usual=usual, count=texts.number(n_paid))
    spread = _spread(texts, p10, p90)
    return texts.t("{usual}, {spread} ({count} payments).", usual=usual, spread=spread, count=texts.number(n_paid))


def _spread(texts: Texts, p10: int, p90: int) -> str:
    """The range that holds eight payments of ten, in days early and late: nobody reads a negative delay."""
    low, high = texts.number(abs(p10)), texts.number(abs(p90))
    if p10 >= 0:
        return texts.t("8 times out of 10 between {low} and {high} days", low=low, high=high)
    if p90 <= 0:
        return texts.t("8 times out of 10 between {high} and {low} days early", high=high, low=low)
    return texts.t("8 times out of 10 from {low} d early to {high} d late", low=low, high=high)
