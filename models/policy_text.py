"""The dunning policy as readable TOML: read with every fault at its line, and written."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.errors import Refused, SeveralRefused
from models.policy import CHANNELS, COMMON, SEGMENTS, TONES, Policy, Scenario, Step
from models.texts import LANGUAGES, Texts

#: Code -> English sentence of what cannot be read.
FAULT_SENTENCES: dict[str, str] = {
    "not_toml": (
        "Line {line}: this cannot be read as TOML. Look for a missing quote or bracket, or for a key that stands there twice."
    ),
    "unknown_key": "Line {line}: {key} is not known here. Known here: {allowed}.",
    "missing": "Line {line}: {key} is missing.",
    "not_text": "Line {line}: {key} needs a text between quotes.",
    "not_whole": "Line {line}: {key} needs a whole number from {low} to {high}.",
    "not_yes_no": "Line {line}: {key} is true or false.",
    "not_a_choice": "Line {line}: {key} cannot be “{value}”. Choose one of: {allowed}.",
    "bad_id": "Line {line}: “{value}” cannot be the id of a step: capital letters and digits, 8 at most, a letter first.",
    "bad_template": "Line {line}: “{value}” cannot be the name of a text: letters, digits, - and _, 40 at most.",
    "one_day": "Line {line}: a step has either offset or after_previous; the first one has offset.",
    "not_later": "Line {line}: step {value} is not later than the step before it.",
    "twice": "Line {line}: “{value}” stands there twice.",
    "no_steps": "Line {line}: scenario {value} has no step.",
    "no_scenarios": "Line {line}: there is no scenario.",
    "no_reminder_before": (
        "Line {line}: {value} follows a reminder: put an e-mail, text message or letter after the due date before it."
    ),
    "always_approved": "Line {line}: {value} is a formal notice: a person always approves it.",
    "other_order": "Line {line}: {value} and {other} stand in another order in another scenario.",
    "no_such_scenario": "Line {line}: there is no scenario {value}. There are: {allowed}.",
}
#: The policy of a company that wrote none.
SHIPPED = Path(__file__).resolve().parent / "policy.toml"
_STEP_KEYS = (
    "id", "name", "offset", "after_previous", "channel", "tone", "template", "mentions_interest", "offers_instalments",
    "needs_approval", "after_reminder",
)  # fmt: skip
_SCENARIO_KEYS = ("id", "name", "min_gap_days", "promise_grace_days", "steps")
_HEADER = re.compile(r"^\s*\[{1,2}\s*(segments|scenarios\.steps|scenarios)\s*\]{1,2}\s*(?:#.*)?$")
_TOML_LINE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)")
_STEP_ID, _WORD = re.compile(r"[A-Z][A-Z0-9]{0,7}"), re.compile(r"[A-Za-z0-9_-]{1,40}")
_MAX_DAYS, _MAX_NAME, _MAX_TEXT = 3650, 80, 200_000


@dataclass(frozen=True)
class Fault:
    """What is wrong, at which line: a code of FAULT_SENTENCES and the fields of its sentence."""

    code: str
    line: int
    fields: dict[str, object]

    def error(self) -> Refused:
        """The same as a refusal."""
        return Refused("bad_policy", FAULT_SENTENCES[self.code], line=self.line, **self.fields)


@dataclass
class _Reading:
    """One reading: where each table begins, and the faults that were met."""

    lines: list[str]
    starts: dict[tuple[int, int], int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find the line of each table: (-1, -1) the segments, (n, -1) a scenario, (n, m) its step."""
        scenario, step = -1, -1
        for number, line in enumerate(self.lines, start=1):
            found = _HEADER.match(line)
            if not found:
                continue
            if found[1] == "scenarios":
                scenario, step = scenario + 1, -1
            step += found[1] == "scenarios.steps"
            self.starts.setdefault((-1, -1) if found[1] == "segments" else (scenario, step), number)

    def fault(self, code: str, place: tuple[int, int], key: str = "", **fields: object) -> None:
        """Note a fault at the line of that key of a table, or at the head of the table."""
        start = self.starts.get(place, 1)
        line = start
        for number in range(start, len(self.lines)):
            if key and re.match(rf"\s*{re.escape(key)}\s*=", self.lines[number]):
                line = number + 1
                break
            if _HEADER.match(self.lines[number]):
                break
        self.faults.append(Fault(code, line, {**({"key": key} if "{key}" in FAULT_SENTENCES[code] else {}), **fields}))

    def known(self, table: dict[str, Any], keys: tuple[str, ...], place: tuple[int, int]) -> None:
        """Fault every key that is not one of `keys`."""
        for key in table:
            if key not in keys:
                self.fault("unknown_key", place, key, allowed=", ".join(keys))

    def text(self, table: dict[str, Any], key: str, place: tuple[int, int], default: str | None = None) -> str:
        """A text of a table; a fault if it is none, or if it is absent without a default."""
        value = table.get(key, default)
        if value is None:
            self.fault("missing", place, key)
        elif not isinstance(value, str) or len(value) > _MAX_NAME or any(ord(c) < ord(" ") for c in value):
            self.fault("not_text", place, key)
        else:
            return value
        return ""

    def choice(self, table: dict[str, Any], key: str, place: tuple[int, int], among: tuple[str, ...], default: str | None) -> str:
        """A text that must be one of several."""
        before = len(self.faults)
        value = self.text(table, key, place, default)
        if len(self.faults) == before and value not in among:
            self.fault("not_a_choice", place, key, value=value, allowed=", ".join(filter(None, among)))
        return value

    def whole(self, table: dict[str, Any], key: str, place: tuple[int, int], low: int, high: int, default: int) -> int:
        """A whole number within bounds."""
        value = table.get(key, default)
        if type(value) is not int or not low <= value <= high:
            self.fault("not_whole", place, key, low=low, high=high)
            return default
        return value

    def yes(self, table: dict[str, Any], key: str, place: tuple[int, int], *, default: bool = False) -> bool:
        """True or false."""
        value = table.get(key, default)
        if type(value) is not bool:
            self.fault("not_yes_no", place, key)
            return default
        return value


def _step(reading: _Reading, table: object, place: tuple[int, int], previous: Step | None) -> Step:
    """One step; what is wrong with it is noted."""
    if not isinstance(table, dict):
        reading.fault("missing", place, "id")
        table = {}
    reading.known(table, _STEP_KEYS, place)
    if ("offset" in table) == ("after_previous" in table) or (previous is None and "after_previous" in table):
        reading.fault("one_day", place, "after_previous" if "after_previous" in table else "")
    wait = reading.whole(table, "after_previous", place, 1, _MAX_DAYS, 1) if "after_previous" in table else None
    offset = reading.whole(table, "offset", place, -_MAX_DAYS, _MAX_DAYS, 0)
    step = Step(
        id=reading.text(table, "id", place),
        offset=offset if wait is None or previous is None else previous.offset + wait,
        channel=reading.choice(table, "channel", place, CHANNELS, None),
        tone=reading.choice(table, "tone", place, TONES, ""),
        mentions_interest=reading.yes(table, "mentions_interest", place),
        after_reminder=reading.yes(table, "after_reminder", place),
        template=reading.text(table, "template", place, ""),
        after_previous=wait,
        needs_approval=reading.yes(table, "needs_approval", place, default=True),
        offers_instalments=reading.yes(table, "offers_instalments", place),
        name=reading.text(table, "name", place, ""),
    )
    if step.id and not _STEP_ID.fullmatch(step.id):
        reading.fault("bad_id", place, "id", value=step.id)
    if step.template and not _WORD.fullmatch(step.template):
        reading.fault("bad_template", place, "template", value=step.template)
    if step.after_reminder and not step.needs_approval:
        reading.fault("always_approved", place, "needs_approval", value=step.id)
    return step


@lru_cache(maxsize=1)
def _shipped_names() -> dict[str, str]:
    """What the scenarios that ship are called, in each language -> as they are known."""
    known = [str(table["name"]) for table in tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["scenarios"]]
    return {Texts(language).t(name): name for language in LANGUAGES for name in known}


def named_in(policy: Policy, language: str) -> Policy:
    """The policy with the names of the scenarios that ship in the words of a language; read back, they are as they were."""
    texts, known = Texts(language), set(_shipped_names().values())
    return replace(
        policy, scenarios=tuple(replace(own, name=texts.t(own.name)) if own.name in known else own for own in policy.scenarios)
    )


def _scenario(reading: _Reading, table: dict[str, Any], number: int) -> Scenario:
    """One scenario with its steps in order."""
    place = (number, -1)
    reading.known(table, _SCENARIO_KEYS, place)
    name = reading.text(table, "id", place)
    if name and not _WORD.fullmatch(name):
        reading.fault("bad_template", place, "id", value=name)
    raw = table.get("steps")
    if not isinstance(raw, list) or not raw:
        reading.fault("no_steps", place, value=name)
        raw = []
    steps: list[Step] = []
    for at, item in enumerate(raw):
        step = _step(reading, item, (number, at), steps[-1] if steps else None)
        if steps and step.offset <= steps[-1].offset:
            reading.fault("not_later", (number, at), "offset", value=step.id)
        if step.id in {known.id for known in steps}:
            reading.fault("twice", (number, at), "id", value=step.id)
        if step.after_reminder and not any(known.is_late_reminder for known in steps):
            reading.fault("no_reminder_before", (number, at), "after_reminder", value=step.id)
        steps.append(step)
    gap = reading.whole(table, "min_gap_days", place, 0, 365, 3)
    grace = reading.whole(table, "promise_grace_days", place, 0, 60, 1)
    called = reading.text(table, "name", place)
    return Scenario(name, _shipped_names().get(called, called), gap, grace, tuple(steps))


def _check_order(reading: _Reading, scenarios: list[Scenario]) -> None:
    """Fault steps of one id that stand in another order elsewhere: a client that changes segment would go backwards."""
    seen: set[tuple[str, str]] = set()
    for number, scenario in enumerate(scenarios):
        pairs = {(early.id, late.id) for n, late in enumerate(scenario.steps) for early in scenario.steps[:n]}
        for at, late in enumerate(scenario.steps):
            other = next((early.id for early in scenario.steps[:at] if (late.id, early.id) in seen), None)
            if other is not None:
                reading.fault("other_order", (number, at), "id", value=late.id, other=other)
        seen |= pairs


def _segments(reading: _Reading, table: object, scenarios: list[Scenario]) -> dict[str, str]:
    """Which segment follows which scenario; the first scenario is everybody's where nothing is said."""
    found = {COMMON: scenarios[0].id} if scenarios else {}
    if table is None:
        return found
    if not isinstance(table, dict):
        reading.fault("missing", (-1, -1), "segments")
        return found
    reading.known(table, SEGMENTS, (-1, -1))
    names = [scenario.id for scenario in scenarios]
    for key in SEGMENTS:
        if key in table:
            value = reading.text(table, key, (-1, -1))
            if value and value not in names:
                reading.fault("no_such_scenario", (-1, -1), key, value=value, allowed=", ".join(names))
            found[key] = value
    return found


def faults_of(text: str) -> tuple[Policy | None, list[Fault]]:
    """The policy that a text says, or every fault that stands in its way, by line."""
    reading = _Reading(text[:_MAX_TEXT].splitlines())
    try:
        table = tomllib.loads(text[:_MAX_TEXT])
    except tomllib.TOMLDecodeError as error:
        where = _TOML_LINE.search(str(error))
        line = int(where[1]) if where and where[1] else max(len(reading.lines), 1)
        return None, [Fault("not_toml", line, {})]
    reading.known(table, ("segments", "scenarios"), (-2, -2))
    raw = table.get("scenarios")
    tables = [item for item in raw if isinstance(item, dict)] if isinstance(raw, list) else []
    if not tables:
        reading.fault("no_scenarios", (-2, -2))
    scenarios = [_scenario(reading, item, number) for number, item in enumerate(tables)]
    for number, scenario in enumerate(scenarios):
        if scenario.id in {known.id for known in scenarios[:number]}:
            reading.fault("twice", (number, -1), "id", value=scenario.id)
    _check_order(reading, scenarios)
    segments = _segments(reading, table.get("segments"), scenarios)
    if reading.faults:
        return None, sorted(reading.faults, key=lambda fault: fault.line)
    return Policy(tuple(scenarios), segments, text), []


@lru_cache(maxsize=8)
def read_policy(text: str) -> Policy:
    """A policy from its TOML text.

    Raises:
        SeveralRefused: every fault, with its line.
    """
    policy, faults = faults_of(text)
    if policy is None:
        raise SeveralRefused([fault.error() for fault in faults])
    return policy


def shipped_policy() -> Policy:
    """The policy of a company that wrote none."""
    return read_policy(SHIPPED.read_text(encoding="utf-8"))


def stored_policy(versions: Sequence[str | None]) -> Policy:
    """The last version that a company wrote; the one that ships, if it wrote none or went back to it."""
    text = versions[-1] if versions else None
    return read_policy(text) if text else shipped_policy()
