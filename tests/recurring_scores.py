"""How many planted recurring flows are found, and how many found ones are none: a command, and the scores for the tests.

    python tests/recurring_scores.py [--seeds 40] [--held-out] [--each]

A flow counts as found when an active one is made mostly of its movements; its dates are right when all its next ones are
(to three days, of a style without a fixed day), its amount when it lies within the style's own spread.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from recurring_histories import AS_OF, HELD_OUT, HORIZON, STYLES, History, Style, history

from pipelines.forecast.recurring import recurring_flows

#: A next date of a style without a fixed day may be off by so many days; an amount by this share beyond the style's spread.
_LOOSE_DAYS, _OFF_SHARE = 3, 0.05
_SPREADS = {"fixed": 0.0, "near": 0.06, "wide": 0.8, "raised": 0.04}


@dataclass
class Scores:
    """Counts over histories, and by style: planted, found, dates right, amount right; `false` flows, named by label."""

    planted: int = 0
    found: int = 0
    dated: int = 0
    priced: int = 0
    false: list[str] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        """Share of the planted flows that were found."""
        return self.found / self.planted

    @property
    def false_share(self) -> float:
        """Share of the proposed flows that are none."""
        return len(self.false) / (self.found + len(self.false))


def score(seeds: Iterable[int], styles: tuple[Style, ...]) -> Scores:
    """The scores over these seeds."""
    total = Scores()
    for seed in seeds:
        _add(total, history(seed, styles), seed)
    return total


def _add(total: Scores, made: History, seed: int) -> None:
    flows = recurring_flows(made.lines, as_of=AS_OF, horizon=HORIZON).filter("is_active").to_dicts()
    found: dict[str, dict[str, Any]] = {}
    for flow in flows:
        owners = Counter(made.planted.get(line) for line in flow["line_ids"])
        owner, count = owners.most_common(1)[0]
        if owner is None or count < 0.8 * len(flow["line_ids"]) or owner in found:
            total.false.append(f"{seed}: {flow['label']} {flow['period']} n={flow['n']} ({owner})")
        else:
            found[owner] = flow
    total.planted += len(made.to_come)
    total.found += len(found)
    total.missed.update(flow.split("-")[0] for flow in made.to_come.keys() - found.keys())
    for owner, flow in found.items():
        total.dated += _is_dated(flow["next_dates"], made.to_come[owner], made.styles[owner])
        usual, spread = made.usual[owner] / 100, _SPREADS[made.styles[owner].amount]
        total.priced += abs(abs(float(flow["amount"])) - usual) <= usual * (spread + _OFF_SHARE)


def _is_dated(said: list[date], meant: list[date], style: Style) -> bool:
    """The same dates; without a fixed day, each near its own, and the last one may fall out of the horizon."""
    if style.shift != "loose":
        return said == meant
    return abs(len(said) - len(meant)) <= 1 and all(abs((a - b).days) <= _LOOSE_DAYS for a, b in zip(said, meant, strict=False))


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--each", action="store_true")
    asked = parser.parse_args()
    total = score(range(asked.seeds), HELD_OUT if asked.held_out else STYLES)
    print(
        f"planted {total.planted}, found {total.found} ({total.recall:.1%}), false {len(total.false)} ({total.false_share:.1%})"
    )
    print(f"next dates right {total.dated / total.found:.1%}, amounts right {total.priced / total.found:.1%} of those found")
    if asked.each:
        print("missed:", dict(total.missed.most_common()))
        print("false:", *total.false, sep="\n  ")


if __name__ == "__main__":
    main()
