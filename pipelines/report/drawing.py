"""Charts as the typesetter draws them: heights between 0 and 1, the lines of the scale, and the words beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

#: From not due to over 90 days late, as on screen.
AGEING_COLOURS = ("#006FE2", "#979830", "#915E45", "#5E3734", "#2E122B")
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LINES = 4


@dataclass(frozen=True)
class Series:
    """One line of the legend: its name, its colour, its values in the order of the labels (None: none that day)."""

    name: str
    colour: str
    values: Sequence[float | None]
    is_dashed: bool = False


def chart(kind: str, labels: Sequence[str], series: Sequence[Series], *, tick: Callable[[float], str]) -> dict[str, Any]:
    """A chart for the typesetter.

    Args:
        kind: `stacked` or `grouped` columns, or `lines`.
        labels: one per place, below the chart.
        series: what is drawn. Negative values are drawn at zero; the words of the report tell them.
        tick: the words of a line of the scale.
    """
    columns = [[max(value or 0.0, 0.0) for value in one.values] for one in series]
    tops = [sum(values) for values in zip(*columns, strict=True)] if kind == "stacked" else [max(c, default=0.0) for c in columns]
    step = _step(max(tops, default=0.0))
    top = step * max(_needed(max(tops, default=0.0), step), 1)
    return {
        "kind": kind,
        "labels": list(labels),
        "series": [
            {
                "name": one.name,
                "colour": one.colour,
                "dashed": one.is_dashed,
                "values": [None if value is None else max(value, 0.0) / top for value in one.values],
            }
            for one in series
        ],
        "ticks": [{"at": n * step / top, "text": tick(n * step)} for n in range(round(top / step) + 1)],
    }


def _step(most: float) -> float:
    """A round distance between the lines of the scale, some four of them."""
    if most <= 0:
        return 1.0
    raw = most / _LINES
    power = 10.0 ** floor(log10(raw))
    return next(step * power for step in _STEPS if step * power >= raw * 0.999999)


def _needed(most: float, step: float) -> int:
    whole = int(most / step)
    return whole if whole * step >= most * 0.999999 else whole + 1
