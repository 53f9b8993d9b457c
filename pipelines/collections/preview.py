"""A letter looked at before it is saved: what a real client would get with it."""

from dataclasses import replace

import polars as pl

from models.policy import Policy
from pipelines.collections.drafts import Draft, plan_drafts
from pipelines.collections.interest import interest
from pipelines.collections.letters import VARIANTS
from pipelines.collections.worklist import Plan


def preview(due: Plan, client_id: str, *, name: str, language: str, text: str) -> Draft | None:
    """The draft of a client of the plan as that template would write it, whatever the client's step and language.

    It states interest where the step of that name does in the client's scenario, or else in another one.
    None if the client has no draft with a text today. A template that cannot be filled gives the one that ships, with the
    warning "own_letter_failed".
    """
    step, _, kind = name.partition(".")
    is_own = pl.col("client_id") == client_id
    clients = due.at.clients.filter(is_own).with_columns(
        language=pl.lit(language), client_type=pl.lit(kind) if kind in VARIANTS else pl.col("client_type")
    )
    templates = pl.DataFrame({"name": [name], "language": [language], "text": [text]})
    own = due.rows.filter(is_own)
    states = _states_interest(due.at.policy, step, own["scenario"].to_list())
    scenarios = tuple(
        replace(
            scenario,
            steps=tuple(
                replace(known, template=step, after_reminder=False, mentions_interest=states) for known in scenario.steps
            ),
        )
        for scenario in due.at.policy.scenarios
    )
    at = replace(due.at, clients=clients, templates=templates, policy=replace(due.at.policy, scenarios=scenarios))
    listed = due.invoices.filter(is_own & pl.col("is_listed"))
    stated = interest(listed, at.allocations, clients, at.marks, at.settings, as_of=at.as_of)
    made = plan_drafts(replace(due, at=at, rows=own, interest=stated))
    return made[0] if made and made[0].body else None


def _states_interest(policy: Policy, letter: str, followed: list[str]) -> bool:
    """Whether the step that uses this letter states interest, in the scenario that is followed before the others."""
    scenarios = sorted(policy.scenarios, key=lambda scenario: scenario.id not in followed)
    return next((step.mentions_interest for scenario in scenarios for step in scenario.steps if step.letter == letter), False)
