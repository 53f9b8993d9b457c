"""A few weeks of random companies under random policies, replayed day by day; `replay_year.py` replays whole years."""

from hypothesis import given, settings
from hypothesis import strategies as st
from replay_year import policy, replayed

from models.policy import CHANNELS


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_nothing_embarrassing_leaves(seed: int) -> None:
    replay = replayed(seed, days=15, clients=5)
    assert replay.seen["days"] == 15
    assert replay.seen["days replayed"] == 3


def test_a_replay_sends_something_and_holds_something() -> None:
    replay = replayed(8, days=30, clients=5)
    assert replay.seen["reminders"] >= 5
    assert replay.seen["held"] >= 1


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_a_policy_of_a_seed_is_one_that_can_be_written(seed: int) -> None:
    made = policy(seed)
    assert {step.channel for step in made.steps} <= set(CHANNELS)
    assert all(scenario.steps for scenario in made.scenarios)
