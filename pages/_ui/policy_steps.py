"""One scenario on screen: its steps as a table, and the same table to be edited."""

from typing import Any

import streamlit as st

from models.policy import CHANNELS, TONES, Scenario, Step
from models.texts import DASH, Texts
from pages._ui.dunning import step_name
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.words import md
from pipelines.collections.reasons import ACTION_NAMES

TONE_WORDS = {
    "friendly": "Friendly",
    "courteous": "Courteous",
    "firmer": "Firmer",
    "firm": "Firm",
    "personal": "Personal",
    "legal": "Legal",
}
_FROM_DUE, _FROM_PREVIOUS = "due", "previous"
#: An empty choice would be shown as "None".
_NO_TONE = "-"
_FROM_WORDS = {_FROM_DUE: "the due date", _FROM_PREVIOUS: "the step before"}


def show_scenario(session: Session, scenario: Scenario) -> None:
    """The scenario's steps, one row each."""
    texts = session.texts
    sentence = texts.t(
        "Each client gets the one most advanced step due among its invoices; at least {gap} days lie between two reminders.",
        gap=texts.number(scenario.min_gap_days),
    )
    st.caption(md(sentence))
    rows = [
        {
            "when": _day(texts, step),
            "name": _name(texts, step),
            "channel": texts.t(ACTION_NAMES[step.channel]),
            "tone": texts.t(TONE_WORDS[step.tone]) if step.tone else "",
            "interest": texts.t("yes") if step.mentions_interest else "",
            "instalments": texts.t("yes") if step.offers_instalments else "",
            "approval": texts.t("yes") if step.needs_approval and step.channel not in {"internal", "call"} else "",
        }
        for step in scenario.steps
    ]
    columns = [
        Column("when", texts.t("When"), width=205),
        Column("name", texts.t("Step"), width=185),
        Column("channel", texts.t("Channel"), width=150),
        Column("tone", texts.t("Tone"), width=90),
        Column("interest", texts.t("Interest"), width=90, help=texts.t("Interest and indemnity")),
        Column("instalments", texts.t("Instalments"), width=100, help=texts.t("Offers instalments")),
        Column("approval", texts.t("Approval"), width=100, help=texts.t("A person approves each message before it is sent.")),
    ]
    show_table(
        rows, columns, key="scenario", texts=texts, sheet=Sheet(texts.t("Steps of the policy")), height=38 + 35 * len(rows)
    )


def _name(texts: Texts, step: Step) -> str:
    return step.name or step_name(texts, step.id)


def _day(texts: Texts, step: Step) -> str:
    """A step's day, counted from the due date or from the step before it."""
    if step.after_previous is not None:
        return texts.plural("{count} day after the step before", "{count} days after the step before", step.after_previous)
    if step.offset == 0:
        return texts.t("On the due date")
    if step.offset < 0:
        return texts.plural("{count} day before the due date", "{count} days before the due date", -step.offset)
    return texts.plural("{count} day after the due date", "{count} days after the due date", step.offset)


def ask_steps(session: Session, scenario: Scenario) -> Scenario | None:
    """The scenario as somebody edits it; None until it is asked what that changes."""
    texts = session.texts
    with st.form(f"policy-steps-{scenario.id}", border=False):
        gap = st.number_input(
            texts.t("Days between two reminders of one client, at least"), 0, 365, scenario.min_gap_days, width=320,
            key=f"policy-gap-{scenario.id}-{session.revision}",
        )  # fmt: skip
        edited = st.data_editor(
            [_row(step) for step in scenario.steps],
            column_config=_config(texts),
            num_rows="dynamic",
            hide_index=True,
            placeholder="",
            alt=texts.t("Steps of the policy"),
            key=f"policy-edit-{scenario.id}-{session.revision}",
        )
        is_asked = st.form_submit_button(texts.t("Show what this changes"), key=f"policy-steps-ask-{scenario.id}")
    if not is_asked:
        return None
    rows = edited if isinstance(edited, list) else edited.to_dict("records")
    steps = tuple(_step(row) for row in rows if row.get("id"))
    return Scenario(scenario.id, scenario.name, int(gap), scenario.promise_grace_days, steps)


def _row(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "days": step.offset if step.after_previous is None else step.after_previous,
        "from": _FROM_DUE if step.after_previous is None else _FROM_PREVIOUS,
        "channel": step.channel,
        "tone": step.tone or _NO_TONE,
        "template": step.template,
        "interest": step.mentions_interest,
        "instalments": step.offers_instalments,
        "approval": step.needs_approval,
        "notice": step.after_reminder,
    }


def _step(row: dict[str, Any]) -> Step:
    """A row as a step; whether it makes sense is judged with the whole policy."""
    days = int(row.get("days") or 0)
    is_after = row.get("from") == _FROM_PREVIOUS
    return Step(
        id=str(row["id"]).strip(),
        offset=0 if is_after else days,
        channel=str(row.get("channel") or ""),
        tone=str(row.get("tone") or "").replace(_NO_TONE, ""),
        mentions_interest=bool(row.get("interest")),
        after_reminder=bool(row.get("notice")),
        template=str(row.get("template") or "").strip(),
        after_previous=days if is_after else None,
        needs_approval=row.get("approval") is not False,
        offers_instalments=bool(row.get("instalments")),
    )


def _config(texts: Texts) -> dict[str, Any]:
    """The editor's columns."""
    words = st.column_config
    return {
        "id": words.TextColumn(
            texts.t("Code"), width=74, max_chars=8, required=True, help=texts.t("For instance R1; also the name of its text.")
        ),
        "days": words.NumberColumn(
            texts.t("Days"), width=72, step=1, min_value=-3650, max_value=3650, help=texts.t("Negative: before.")
        ),
        "from": words.SelectboxColumn(
            texts.t("Since"),
            width=88,
            help=texts.t("Counted from"),
            options=list(_FROM_WORDS),
            format_func=lambda code: texts.t(_FROM_WORDS[str(code)]),
        ),
        "channel": words.SelectboxColumn(
            texts.t("Channel"),
            width=128,
            options=list(CHANNELS),
            format_func=lambda code: texts.t(ACTION_NAMES[str(code)]),
            required=True,
        ),
        "tone": words.SelectboxColumn(
            texts.t("Tone"),
            width=85,
            options=[tone or _NO_TONE for tone in TONES],
            default=_NO_TONE,
            format_func=lambda code: texts.t(TONE_WORDS[str(code)]) if code in TONE_WORDS else DASH,
        ),
        "template": words.TextColumn(
            texts.t("Text"), width=76, max_chars=40, help=texts.t("The id of the step whose text it takes.")
        ),
        "interest": words.CheckboxColumn(texts.t("Interest"), width=90, help=texts.t("Interest and indemnity")),
        "instalments": words.CheckboxColumn(texts.t("Plan"), width=72, help=texts.t("Offers instalments")),
        "approval": words.CheckboxColumn(
            texts.t("Approval"), width=85, default=True, help=texts.t("A person approves each message before it is sent.")
        ),
        "notice": words.CheckboxColumn(
            texts.t("Notice"), width=72, help=texts.t("Formal notice: only after a written reminder.")
        ),
    }
