"""The dunning policy: what ships, how it is read and written, and what is wrong at which line."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Refused
from models.policy import CHANNELS, RECOMMENDED, SEGMENTS, TONES, Policy, Scenario, Step
from models.policy_comments import shipped_text, text_for, with_comments
from models.policy_text import FAULT_SENTENCES, faults_of, named_in, read_policy, shipped_policy
from models.policy_write import policy_text
from models.texts import Texts

#: The keys whose meaning the head of the file tells.
KEYS = {
    "offset", "after_previous", "mentions_interest", "offers_instalments", "needs_approval", "after_reminder", "min_gap_days",
    "promise_grace_days",
}  # fmt: skip


def steps(name: str) -> list[tuple[str, int, str]]:
    return [(s.id, s.offset, s.channel) for s in shipped_policy().scenario(name).steps]


def test_the_four_scenarios_of_the_sources_ship() -> None:
    assert steps("full") == [
        ("P1", -7, "email"),
        ("P2", -3, "email"),
        ("P3", -1, "email"),
        ("A0", 0, "internal"),
        ("R1", 3, "email"),
        ("R2", 7, "email"),
        ("R3", 15, "email"),
        ("T1", 20, "call"),
        ("MED", 30, "registered_letter"),
    ]
    assert [s.id for s in shipped_policy().scenario("full").steps if s.mentions_interest] == ["R3", "MED"]
    assert [(day, channel) for _, day, channel in steps("agency")] == [
        (0, "email"), (7, "email"), (15, "email"), (18, "call"), (30, "registered_letter"),
    ]  # fmt: skip
    assert [(day, channel) for _, day, channel in steps("gradual")] == [
        (-3, "email"), (0, "internal"), (3, "email"), (7, "email"), (15, "email"),
    ]  # fmt: skip
    assert [day for _, day, _ in steps("short")] == [3, 7, 15]


def test_no_company_s_reminders_change_by_themselves_but_those_of_important_clients() -> None:
    policy = shipped_policy()
    assert {segment: policy.scenario_of(segment).id for segment in SEGMENTS if segment != "vip"} == dict.fromkeys(
        (segment for segment in SEGMENTS if segment != "vip"), "full"
    )
    vip = policy.scenario_of("vip")
    assert not any(step.mentions_interest or step.after_reminder for step in vip.steps)
    assert {step.tone for step in vip.steps} <= {"", "friendly", "courteous", "personal"}


def test_each_recommended_scenario_ships() -> None:
    policy = shipped_policy().following(RECOMMENDED)
    assert all(policy.scenario_of(segment).id == name for segment, name in RECOMMENDED.items())
    assert next(step for step in policy.scenario_of("bad_payer").steps if step.offset > 0).offset == 1
    assert not any(step.mentions_interest for step in policy.scenario_of("consumer").steps)
    assert not any(step.after_reminder for step in policy.scenario_of("public").steps)


# -- comments


def test_a_policy_written_anew_keeps_its_comments() -> None:
    shipped = shipped_policy()
    assert (
        with_comments(policy_text(shipped), shipped.text) == shipped.text
    )  # to the letter: the file is written as the code does
    changed = with_comments(policy_text(shipped.following({"new": "new"})), shipped.text)
    assert changed == shipped.text.replace('new = "full"', 'new = "new"')
    assert with_comments(policy_text(read_policy(changed)), changed) == changed


def test_the_policy_that_ships_speaks_the_reader_s_language_and_says_the_same() -> None:
    shipped, french = shipped_policy(), shipped_text("fr")
    assert shipped_text("en") == shipped.text
    assert replace(read_policy(french), text="") == replace(shipped, text="")
    own, others = ([line for line in text.splitlines() if line.startswith("#")] for text in (french, shipped.text))
    assert not set(own) & set(others) - {"#"}
    headed = [text.count("\n\n# ") for text in (french, shipped.text)]
    assert headed == [len(shipped.scenarios)] * 2  # each scenario has its sentence
    keys = ({line.split()[1] for line in lines if "_" in line or "offset" in line} for lines in (own, others))
    assert next(keys) & KEYS == next(keys) & KEYS == KEYS
    assert text_for(shipped, "fr") == french
    own_policy = read_policy(french)
    assert text_for(own_policy, "en") == french  # a person's words stay as they are


def test_the_scenarios_that_ship_are_named_in_the_reader_s_language_and_read_back_alike() -> None:
    shipped, french = shipped_policy(), shipped_text("fr")
    names = [line for line in french.splitlines() if line.startswith("name = ")]
    assert names[:2] == ['name = "Scénario complet"', 'name = "Petite agence"']
    assert not {f'name = "{scenario.name}"' for scenario in shipped.scenarios} & set(names)
    renamed = read_policy(french.replace("Petite agence", "Client"))
    assert [scenario.name for scenario in renamed.scenarios[:2]] == ["Full scenario", "Client"]
    assert [scenario.name for scenario in named_in(renamed, "en").scenarios[:2]] == ["Full scenario", "Client"]


def test_a_comment_goes_with_what_it_belongs_to() -> None:
    text = (
        '# head\n\n[segments] # who\nstandard = "a"\n\n[[scenarios]]\nid = "a"\nname = "A # no comment"\n'
        "# why so far apart\nmin_gap_days = 5\npromise_grace_days = 1\n\n"
        '# first\n[[scenarios.steps]]\nid = "R1"\noffset = 3 # a Monday\nchannel = "email"\n\n'
        '# second\n[[scenarios.steps]]\nid = "R2"\noffset = 9 # a Tuesday\nchannel = "email"\n\n# the end\n'
    )
    policy = read_policy(text)
    (scenario,) = policy.scenarios
    moved = replace(scenario, steps=(replace(scenario.steps[0], offset=4),))
    kept = with_comments(policy_text(replace(policy, scenarios=(moved,))), text)
    assert read_policy(kept).scenarios == (moved,)
    words = ("head", "who", "why", "first", "a Monday", "second", "a Tuesday", "the end")
    assert [word for word in words if f"# {word}" in kept] == ["head", "who", "why", "first", "the end"]


# -- reading


HEAD = '[[scenarios]]\nid = "x"\nname = "X"\n'
STEP = '[[scenarios.steps]]\nid = "R1"\noffset = 3\nchannel = "email"\n'


def test_a_scenario_is_read_with_its_defaults() -> None:
    policy = read_policy(HEAD + STEP)
    assert policy.scenarios == (Scenario("x", "X", 3, 1, (Step("R1", 3, "email"),)),)
    assert {policy.scenario_of(segment).id for segment in SEGMENTS} == {"x"}


def test_a_step_after_the_previous_one_falls_where_it_would_if_that_was_done_on_its_day() -> None:
    policy = read_policy(HEAD + STEP + '[[scenarios.steps]]\nid = "T1"\nafter_previous = 4\nchannel = "call"\n')
    assert (policy.steps[1].offset, policy.steps[1].after_previous) == (7, 4)


NOTICE = STEP.replace("R1", "M").replace("3", "9") + "after_reminder = true\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("not toml", "not_toml", 1),
        (HEAD + STEP + "offset = ", "not_toml", 8),
        ("", "no_scenarios", 1),
        ("unknown = 1\n" + HEAD + STEP, "unknown_key", 1),
        (HEAD + "unknown = 1\n" + STEP, "unknown_key", 4),
        (HEAD, "no_steps", 1),
        (HEAD.replace('id = "x"\n', "") + STEP, "missing", 1),
        (HEAD + "min_gap_days = -1\n" + STEP, "not_whole", 4),
        (HEAD + STEP.replace("email", "pigeon"), "not_a_choice", 7),
        (HEAD + STEP + 'tone = "loud"\n', "not_a_choice", 8),
        (HEAD + STEP.replace("3", '"3"'), "not_whole", 6),
        (HEAD + STEP.replace("3", "true"), "not_whole", 6),
        (HEAD + STEP.replace("R1", "../R1"), "bad_id", 5),
        (HEAD + STEP + 'template = "../x"\n', "bad_template", 8),
        (HEAD + STEP + "needs_approval = 1\n", "not_yes_no", 8),
        (HEAD + STEP.replace("offset = 3\n", ""), "one_day", 4),
        (HEAD + STEP + "after_previous = 2\n", "one_day", 8),
        (HEAD + STEP + STEP.replace("3", "9"), "twice", 9),
        (HEAD + STEP + STEP.replace("R1", "R0").replace("3", "1"), "not_later", 10),
        (HEAD + STEP + "after_reminder = true\n", "no_reminder_before", 8),
        (HEAD + STEP + NOTICE + "needs_approval = false\n", "always_approved", 13),
        (HEAD + STEP + HEAD + STEP, "twice", 9),
        ('[segments]\nvip = "y"\n' + HEAD + STEP, "no_such_scenario", 2),
        ('[segments]\nfriends = "x"\n' + HEAD + STEP, "unknown_key", 2),
        (
            HEAD + STEP + STEP.replace("R1", "R2").replace("3", "4") + HEAD.replace('"x"', '"y"')
            + STEP.replace("R1", "R2") + STEP.replace("3", "4"), "other_order", 20,
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_line(text: str, code: str, line: int) -> None:
    policy, faults = faults_of(text)
    assert policy is None
    assert (code, line) in [(fault.code, fault.line) for fault in faults]
    with pytest.raises(Refused, match=f"Line {faults[0].line}"):
        read_policy(text)


@pytest.mark.parametrize("text", ["not toml", 'a = "b', "a = 1\na = 2\n"])
def test_what_is_no_toml_is_told_in_the_reader_s_words_alone(text: str) -> None:
    (fault,) = faults_of(text)[1]
    said = fault.error()
    assert Texts("fr").t(said.template, **said.fields).endswith("une clé qui s’y trouve deux fois.")


def test_every_fault_is_told_at_once() -> None:
    text = HEAD + STEP.replace("email", "pigeon") + 'tone = "loud"\nfoo = 1\n'
    assert [fault.line for fault in faults_of(text)[1]] == [7, 8, 9]
    assert all(str(fault.error()) for fault in faults_of(text)[1])


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200), at=st.integers(0, 400))
def test_no_text_breaks_the_reader(text: str, at: int) -> None:
    whole = HEAD + STEP
    policy, faults = faults_of(whole[:at] + text + whole[at:])
    assert (policy is None) == bool(faults)
    assert all(FAULT_SENTENCES[fault.code].format(line=fault.line, **fault.fields) for fault in faults)


# -- writing


def test_what_ships_reads_back_as_it_was_written() -> None:
    shipped = shipped_policy()
    assert replace(read_policy(policy_text(shipped)), text="") == replace(shipped, text="")


WORDS = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    made = []
    for number in range(draw(st.integers(1, 3))):
        offset = draw(st.integers(-10, 5))
        steps: list[Step] = []
        for place in range(draw(st.integers(1, 5))):
            wait = draw(st.none() | st.integers(1, 9)) if place else None
            offset += wait or draw(st.integers(1, 9))
            written = any(step.is_late_reminder for step in steps)
            is_notice = written and draw(st.booleans())
            steps.append(
                Step(
                    f"S{place}",
                    offset,
                    draw(st.sampled_from(CHANNELS)),
                    draw(st.sampled_from(TONES)),
                    draw(st.booleans()),
                    is_notice,
                    draw(st.sampled_from(("", "R3"))),
                    wait,
                    is_notice or draw(st.booleans()),
                    draw(st.booleans()),
                    draw(WORDS),
                )
            )
        made.append(Scenario(f"s{number}", draw(WORDS), draw(st.integers(0, 9)), draw(st.integers(0, 3)), tuple(steps)))
    names = st.sampled_from([scenario.id for scenario in made])
    return Policy(tuple(made), {"standard": draw(names), **draw(st.dictionaries(st.sampled_from(SEGMENTS), names))})


@settings(max_examples=100, deadline=None)
@given(policy=policies())
def test_a_policy_that_is_written_reads_back_the_same(policy: Policy) -> None:
    assert replace(read_policy(policy_text(policy)), text="") == policy
