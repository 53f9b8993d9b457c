"""A dunning policy written as readable TOML."""

import json

from models.policy import SEGMENTS, Policy, Scenario, Step


def policy_text(policy: Policy) -> str:
    """The TOML of a policy, which reads back as the same policy."""
    lines = ["[segments]"]
    lines += [f"{segment} = {_quoted(policy.segments[segment])}" for segment in SEGMENTS if segment in policy.segments]
    for scenario in policy.scenarios:
        lines += _scenario_lines(scenario)
    return "\n".join(lines) + "\n"


def _scenario_lines(scenario: Scenario) -> list[str]:
    lines = ["", "[[scenarios]]", f"id = {_quoted(scenario.id)}", f"name = {_quoted(scenario.name)}"]
    lines += [f"min_gap_days = {scenario.min_gap_days}", f"promise_grace_days = {scenario.promise_grace_days}"]
    for step in scenario.steps:
        lines += ["", "[[scenarios.steps]]", *_step_lines(step)]
    return lines


def _step_lines(step: Step) -> list[str]:
    """The step's keys; what is as usual is left out."""
    day = f"offset = {step.offset}" if step.after_previous is None else f"after_previous = {step.after_previous}"
    lines = [f"id = {_quoted(step.id)}", day, f"channel = {_quoted(step.channel)}"]
    lines += [f"{key} = {_quoted(str(getattr(step, key)))}" for key in ("name", "tone", "template") if getattr(step, key)]
    yes = ("mentions_interest", "offers_instalments", "after_reminder")
    lines += [f"{key} = true" for key in yes if getattr(step, key)]
    return lines if step.needs_approval else [*lines, "needs_approval = false"]


def _quoted(text: str) -> str:
    """A text as TOML has it: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
