"""Dunning scenarios: dated steps from a readable TOML file, checked when read."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models.errors import Refused

CHANNELS = ("email", "sms", "call", "registered_letter", "internal")
#: Channels that leave a written reminder with the client.
WRITTEN = ("email", "sms", "registered_letter")
TONES = ("", "friendly", "courteous", "firmer", "firm", "personal", "legal")
_STEP_KEYS = {"id", "offset", "channel", "tone", "mentions_interest", "after_reminder"}
_SCENARIO_KEYS = {"id", "name", "min_gap_days", "promise_grace_days", "steps"}
_FOLDER = Path(__file__).resolve().parent
_MAX_OFFSET = 3650


@dataclass(frozen=True)
class Step:
    """One dated action of a scenario.

    Attributes:
        id: short and stable, recorded when the step is done; also the name of its letter.
        offset: days after the due date, negative before it.
        after_reminder: never done before a written reminder after the due date is on record (formal notice).
    """

    id: str
    offset: int
    channel: str
    tone: str = ""
    mentions_interest: bool = False
    after_reminder: bool = False

    @property
    def is_before_due(self) -> bool:
        """The step asks for nothing late yet."""
        return self.offset < 0

    @property
    def is_late_reminder(self) -> bool:
        """The step leaves the client a written reminder of something late."""
        return self.offset > 0 and self.channel in WRITTEN


@dataclass(frozen=True)
class Scenario:
    """Steps in the order of their offsets, and the rules between them."""

    id: str
    name: str
    min_gap_days: int
    promise_grace_days: int
    steps: tuple[Step, ...]

    def step(self, step_id: str) -> Step:
        """The step of that id, which must exist."""
        return next(step for step in self.steps if step.id == step_id)


def _refuse(reason: str) -> Refused:
    return Refused("bad_scenario", "The dunning scenario cannot be used: {reason}.", reason=reason)


def _typed(table: dict[str, object], key: str, kind: type, default: object = None) -> object:
    value = table.get(key, default)
    if type(value) is not kind:
        raise _refuse(f"{key} = {value!r}")
    return value


def _step(table: object) -> Step:
    if not isinstance(table, dict) or set(table) - _STEP_KEYS:
        raise _refuse(f"{table!r}")
    step = Step(
        id=str(_typed(table, "id", str)),
        offset=int(str(_typed(table, "offset", int))),
        channel=str(_typed(table, "channel", str)),
        tone=str(_typed(table, "tone", str, "")),
        mentions_interest=bool(_typed(table, "mentions_interest", bool, default=False)),
        after_reminder=bool(_typed(table, "after_reminder", bool, default=False)),
    )
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", step.id):
        raise _refuse(f"id = {step.id!r}")
    if step.channel not in CHANNELS or step.tone not in TONES or abs(step.offset) > _MAX_OFFSET:
        raise _refuse(f"{step.id}: {step.offset}, {step.channel!r}, {step.tone!r}")
    return step


def read_scenario(text: str) -> Scenario:
    """A scenario from its TOML text.

    Raises:
        Refused: not TOML, an unknown key or word, two steps of one id, or steps that are not in the order of offsets.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refuse(str(error)) from error
    if set(table) - _SCENARIO_KEYS:
        raise _refuse(", ".join(sorted(set(table) - _SCENARIO_KEYS)))
    raw_steps = table.get("steps")
    if not isinstance(raw_steps, list):
        raise _refuse("steps")
    steps = tuple(_step(raw) for raw in raw_steps)
    offsets = [step.offset for step in steps]
    if not steps or offsets != sorted(set(offsets)) or len({step.id for step in steps}) < len(steps):
        raise _refuse("steps")
    if any(s.after_reminder and not any(e.is_late_reminder for e in steps[:n]) for n, s in enumerate(steps)):
        raise _refuse("after_reminder")
    gap, grace = _typed(table, "min_gap_days", int, 3), _typed(table, "promise_grace_days", int, 1)
    if not (isinstance(gap, int) and isinstance(grace, int) and gap >= 0 and grace >= 0):
        raise _refuse("min_gap_days, promise_grace_days")
    return Scenario(str(_typed(table, "id", str)), str(_typed(table, "name", str)), gap, grace, steps)


@lru_cache(maxsize=8)
def load_scenario(name: str = "full") -> Scenario:
    """The scenario that ships under that name (a setting, checked there)."""
    return read_scenario((_FOLDER / f"scenario_{name}.toml").read_text(encoding="utf-8"))
