"""A seeded company replayed day by day, by somebody who sends what is ready and looks at nothing else.

    python tests/replay_year.py [SEEDS] [DAYS] [CLIENTS]

Every history has prompt and slow payers, part payments, credits nobody matched, disputes, promises and pauses; every policy
has other segments, offsets and gaps. What the judge knows of a day it knows from the history itself, not from the worklist.
"""

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from small_ledger import Book  # noqa: E402 -- found through the path above

from models.dates import public_holidays  # noqa: E402
from models.following_tables import MARKS  # noqa: E402
from models.policy import SEGMENTS, Policy, Step  # noqa: E402
from models.policy_text import read_policy, shipped_policy  # noqa: E402
from models.policy_write import policy_text  # noqa: E402
from models.settings import Settings  # noqa: E402
from models.tables import conform  # noqa: E402
from pipelines.collections.facts import situation  # noqa: E402
from pipelines.collections.worklist import plan  # noqa: E402
from pipelines.ledger import Ledger  # noqa: E402

START = date(2025, 7, 1)
RATES = {f"{year}-S{half}": Decimal("2.15") for year in (2025, 2026, 2027) for half in (1, 2)}
_SATURDAY = 5


@dataclass
class History:
    """What happens, known to nobody before its day: the facts, and the judge's own notes of them."""

    book: Book = field(default_factory=Book)
    due: dict[str, date] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    owed: dict[str, Decimal] = field(default_factory=dict)
    paid: dict[str, list[tuple[date, Decimal]]] = field(default_factory=dict)
    silent: dict[str, list[tuple[date, date]]] = field(default_factory=dict)  # disputed, promised or paused, both ends in

    def is_owed(self, number: str, day: date) -> bool:
        """Whether anything of the invoice is unpaid at the end of the day."""
        return self.owed[number] > sum((amount for on, amount in self.paid.get(number, []) if on <= day), Decimal(0))

    def is_silent(self, number: str, day: date) -> bool:
        """Whether nobody may speak of the invoice that day."""
        spans = self.silent.get(number, []) + self.silent.get(self.owner[number], [])
        return any(first <= day <= last for first, last in spans)


def history(seed: int, days: int, clients: int) -> History:
    """A company of that seed: invoices from half a year before START up to the last day."""
    dice, made = random.Random(seed), History()
    line = 0
    for c in range(clients):
        client, usual = f"C{c}", dice.choice((-5, 0, 6, 15, 35, 80))
        kind = dice.choice(("company",) * 4 + ("public", "consumer"))
        made.book.client(client, client_type=kind, address="1 rue des Lilas", phone="0102030405")
        for n in range(dice.randint(2, 3 + days // 40)):
            number, amount = f"F{c}-{n}", Decimal(dice.randint(2_000, 900_000)) / 100
            due = START + timedelta(days=dice.randint(-150, days))
            made.book.bill(number, client, due, str(amount))
            made.due[number], made.owner[number], made.owed[number] = due, client, amount
            on = due + timedelta(days=max(usual + dice.randint(-4, 25), -25))
            for part in (amount / 2, amount - amount / 2) if dice.random() < 0.2 else (amount,):
                if dice.random() < 0.15:
                    break  # never paid
                line += 1
                made.book.receipt(f"L{line}", on, str(part.quantize(Decimal("0.01"))), pays=number)
                made.paid.setdefault(number, []).append((on, part.quantize(Decimal("0.01"))))
                on += timedelta(days=dice.randint(1, 40))
            _said(made, number, due + timedelta(days=dice.randint(-5, 50)), dice)
        if dice.random() < 0.3:
            _said(made, client, START + timedelta(days=dice.randint(0, days)), dice)
    return made


def _said(made: History, subject: str, on: date, dice: random.Random) -> None:
    """A dispute, a promise or a pause of an invoice or a client, sometimes."""
    what, length = dice.choice(("disputed", "promise", "paused", "", "", "")), timedelta(days=dice.randint(1, 25))
    if what == "disputed":
        made.book.mark(subject, what, on).mark(subject, what, on + length, is_set=False)
        made.silent.setdefault(subject, []).append((on, on + length - timedelta(days=1)))
    elif what:
        made.book.mark(subject, what, on, f"{on + length}")
        made.silent.setdefault(subject, []).append((on, on + length))


def policy(seed: int) -> Policy:
    """A policy of that seed: scenarios of those that ship, their days and gaps moved, given to the segments at random."""
    dice, shipped = random.Random(seed), shipped_policy()
    scenarios = []
    for scenario in shipped.scenarios:
        moved: list[Step] = []
        last = -99
        for step in scenario.steps:
            wait = step.after_previous or (dice.randint(2, 9) if moved and dice.random() < 0.15 else None)
            offset = last + wait if wait and moved else max(last + 1, step.offset + dice.randint(0, 3))
            last = offset
            # What asks for nothing late stays before the due date or on it, so that it keeps its meaning.
            moved.append(replace(step, offset=offset, after_previous=wait if moved else None))
        scenarios.append(replace(scenario, steps=tuple(moved), min_gap_days=dice.randint(0, 6)))
    names = [scenario.id for scenario in scenarios]
    made = Policy(tuple(scenarios), {segment: dice.choice(names) for segment in SEGMENTS})
    return read_policy(policy_text(made))


@dataclass
class Replay:
    """A history replayed under a policy; `sent` has the judge's record of each invoice, `seen` what was counted."""

    history: History
    policy: Policy
    base: Ledger
    marks: pl.DataFrame
    sent: dict[str, list[tuple[date, str]]] = field(default_factory=dict)
    last: dict[str, date] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def day(self, day: date, dice: random.Random, *, check_again: bool = False) -> None:
        """One day: all that is ready and not held is sent, but for what the person forgets."""
        ledger = replace(self.base, marks=self.marks, policy=self.policy)
        rows = plan(situation(ledger, as_of=day)).rows
        if check_again:
            frames = ("clients", "documents", "allocations", "marks", "lines", "receipts")
            mixed = {name: getattr(ledger, name).sample(fraction=1.0, shuffle=True, seed=day.toordinal()) for name in frames}
            assert_frame_equal(rows, plan(situation(replace(ledger, **mixed), as_of=day)).rows)
            self.seen["days replayed"] += 1
        self.seen["days"] += 1
        self.seen["held"] += rows.filter(pl.col("held").is_not_null()).height
        ready = rows.filter(pl.col("held").is_null() & pl.col("channel").is_not_null() & (pl.col("channel") != "internal"))
        assert ready["client_id"].is_unique().all()
        done = [row for row in ready.to_dicts() if dice.random() < 0.8]
        for row in done:
            self._judge(row, day)
        new = [(n, row["step"]) for row in done for n in row["document_ids"]]
        marks = pl.DataFrame(new, schema={"document_id": pl.String, "value": pl.String}, orient="row").with_columns(
            what=pl.lit("reminded"), is_set=pl.lit(value=True), on_date=pl.lit(day), change_id=pl.lit(day.toordinal())
        )
        self.marks = pl.concat([self.marks, conform(marks, MARKS)])

    def _judge(self, row: dict[str, object], day: date) -> None:
        """Whether that reminder may leave that day, by what the history says."""
        client, step = str(row["client_id"]), str(row["step"])
        numbers = [str(number) for number in row["document_ids"]]  # type: ignore[attr-defined]
        scenario = self.policy.scenario(str(row["scenario"]))
        assert day.weekday() < _SATURDAY, (day, row)
        assert day not in public_holidays(day.year), (day, row)
        assert numbers, row
        assert client not in self.last or (day - self.last[client]).days >= max(scenario.min_gap_days, 1), (
            self.last[client],
            row,
        )
        for number in numbers:
            assert self.history.is_owed(number, day), f"{number} was paid on {day}"
            assert not self.history.is_silent(number, day), f"{number} was disputed, promised or paused on {day}"
        places = {known.id: place for place, known in enumerate(scenario.steps)}
        before = {number: [done for _, done in self.sent.get(number, [])] for number in numbers}
        written = self.policy.written_steps
        fresh = [number for number in numbers if step not in before[number]]
        assert fresh, f"{step} twice for {numbers} on {day}"
        is_next = [n for n in fresh if all(places.get(done, -1) < places[step] for done in before[n])]
        stands_in = [n for n in fresh if not any(done in written for done in before[n]) and step in written]
        assert is_next or stands_in, f"{step} after {before} on {day}"
        if scenario.step(step).after_reminder:
            assert any(set(done) & written for done in before.values()), f"{step} without a reminder before it on {day}"
        if scenario.step(step).offset < 0:
            assert all(self.history.due[number] >= day for number in numbers), row
        elif scenario.step(step).offset > 0:
            assert all(self.history.due[number] < day for number in numbers), row
        for number in numbers:
            self.sent.setdefault(number, []).append((day, step))
        self.last[client] = day
        self.seen["reminders"] += 1
        self.seen[f"step {step}"] += 1


def replayed(seed: int, *, days: int, clients: int, every: int = 7) -> Replay:
    """A whole replay; each `every`-th day is planned again from shuffled facts and must be the same."""
    made = history(seed, days, clients)
    ledger = made.book.ledger(Settings(ecb_rates=RATES))
    read = [{"account_id": "A", "balance_date": START + timedelta(days=n), "kind": "closing"} for n in range(-1, days + 1)]
    balances = pl.DataFrame(read).with_columns(amount=pl.lit(Decimal(0), pl.Decimal(18, 2))).select(ledger.balances.columns)
    base = replace(ledger, balances=balances)
    replay, dice = Replay(made, policy(seed), base, base.marks), random.Random(seed)
    for number in range(days):
        replay.day(START + timedelta(days=number), dice, check_again=number % every == 0)
    _judge_whole(replay)
    return replay


def _judge_whole(replay: Replay) -> None:
    """What can be seen of the whole only: no invoice had two reminders on one day, and each day is after the one before."""
    for number, done in replay.sent.items():
        assert all(early < late for (early, _), (late, _) in pairwise(done)), number


def main() -> None:
    """Replay so many seeds, and count."""
    seeds, days, clients = (int(text) for text in (sys.argv[1:] + ["5", "365", "25"][len(sys.argv) - 1 :]))
    total: Counter[str] = Counter()
    began = time.perf_counter()
    for seed in range(seeds):
        total += replayed(seed, days=days, clients=clients).seen
    print(f"{seeds} companies of {clients} clients, {days} days each, in {time.perf_counter() - began:.0f} s: no rule broken")
    for name, count in sorted(total.items()):
        print(f"{count:8} {name}")


if __name__ == "__main__":
    main()
