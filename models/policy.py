"""The dunning policy: scenarios of dated steps, and which segment of clients follows which."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

CHANNELS = ("email", "sms", "call", "letter", "registered_letter", "internal")
#: Channels that leave a written reminder with the client.
WRITTEN = ("email", "sms", "letter", "registered_letter")
TONES = ("", "friendly", "courteous", "firmer", "firm", "personal", "legal")
#: What kind of payer a client can be.
SEGMENTS = ("standard", "vip", "good_with_delays", "new", "bad_payer", "public", "consumer", "insolvency")
#: The segment whose scenario the others follow, unless the policy gives them one.
COMMON = "standard"
#: The scenario made for each segment, of those that ship; a company chooses it, none is changed by itself.
RECOMMENDED = {"vip": "vip", "new": "new", "bad_payer": "bad_payer", "public": "public", "consumer": "consumer"}


@dataclass(frozen=True)
class Step:
    """One dated action of a scenario.

    Attributes:
        id: short and stable, recorded when the step is done; also the name of its letter, unless `template` says another.
        offset: days after the due date, negative before it; of a step that follows another, where it falls if that one
            was done on its day.
        after_reminder: never done before a written reminder after the due date is on record (formal notice).
        after_previous: days after the step before it was done, which it waits for; None counts from the due date.
        needs_approval: a person approves each of its drafts before sending it; if not, it is ready to be sent as it is.
        offers_instalments: its text offers to pay in instalments.
        name: what it is called; empty: what steps of that id are called.
    """

    id: str
    offset: int
    channel: str
    tone: str = ""
    mentions_interest: bool = False
    after_reminder: bool = False
    template: str = ""
    after_previous: int | None = None
    needs_approval: bool = True
    offers_instalments: bool = False
    name: str = ""

    @property
    def letter(self) -> str:
        """The name of its text."""
        return self.template or self.id

    @property
    def is_late_reminder(self) -> bool:
        """The step leaves the client a written reminder of something late."""
        return self.offset > 0 and self.channel in WRITTEN


@dataclass(frozen=True)
class Scenario:
    """Steps in the order of their offsets, and the rules between them.

    Attributes:
        min_gap_days: days between two reminders of one client.
        promise_grace_days: worked days after a promised date before the reminders go on.
    """

    id: str
    name: str
    min_gap_days: int
    promise_grace_days: int
    steps: tuple[Step, ...]

    def step(self, step_id: str) -> Step:
        """The step of that id, which must exist."""
        return next(step for step in self.steps if step.id == step_id)


@dataclass(frozen=True)
class Policy:
    """Scenarios, and the one that each segment follows.

    Attributes:
        segments: segment -> scenario id; a segment that is absent follows the one of COMMON.
        text: the TOML that it was read from.
    """

    scenarios: tuple[Scenario, ...]
    segments: Mapping[str, str]
    text: str = ""

    def scenario(self, scenario_id: str) -> Scenario:
        """The scenario of that id, which must exist."""
        return next(scenario for scenario in self.scenarios if scenario.id == scenario_id)

    def scenario_of(self, segment: str | None) -> Scenario:
        """The scenario that a segment follows."""
        return self.scenario(self.segments.get(segment or COMMON, self.segments[COMMON]))

    @property
    def steps(self) -> tuple[Step, ...]:
        """One step per id: as the first scenario that has it says."""
        return tuple({step.id: step for scenario in reversed(self.scenarios) for step in scenario.steps}.values())

    @property
    def written_steps(self) -> frozenset[str]:
        """Ids of steps that leave a written reminder of something late, in a scenario that has them."""
        return frozenset(step.id for scenario in self.scenarios for step in scenario.steps if step.is_late_reminder)

    @property
    def internal_steps(self) -> frozenset[str]:
        """Ids of steps that never reach a client, in any scenario."""
        outward = {step.id for scenario in self.scenarios for step in scenario.steps if step.channel != "internal"}
        return frozenset({step.id for scenario in self.scenarios for step in scenario.steps} - outward)

    def following(self, segments: Mapping[str, str]) -> "Policy":
        """The same scenarios, followed otherwise."""
        return replace(self, segments={**self.segments, **segments})
