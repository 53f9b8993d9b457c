"""The reminder policy on screen: who follows which scenario, its steps, the same as text, and what a change would change."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import streamlit as st

from models.policy import RECOMMENDED, SEGMENTS, Policy
from models.policy_comments import text_for, with_comments
from models.policy_text import Fault, faults_of, named_in, read_policy
from models.policy_write import policy_text
from pages._ui.acting import decide
from pages._ui.dunning import step_name
from pages._ui.import_files import name_drop_zone
from pages._ui.known import when_now
from pages._ui.policy_steps import ask_steps, show_scenario
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.words import md
from pipelines.collections.facts import situation
from pipelines.collections.policies import AHEAD_DAYS, calendar, calendar_changes, save_policy, under
from pipelines.collections.reasons import ACTION_NAMES, SEGMENT_NAMES
from pipelines.ledger import Ledger

PAGE = "reglages"
_MOST_BYTES = 200_000


def show_policy(session: Session) -> None:
    """The policy that holds, its three ways of changing it, and what the change under way would change."""
    texts, policy = session.texts, session.ledger.policy
    with st.container(border=True):
        st.subheader(texts.t("Reminder policy"), anchor=False)
        st.caption(
            texts.t(
                "A policy says which clients follow which scenario, and what each scenario does when. A change is shown first."
            )
        )
        who, steps, text = st.tabs([texts.t("Who follows what"), texts.t("Steps"), texts.t("As text")])
        with who:
            _who(session, policy)
        with steps:
            _steps(session, policy)
        with text:
            _text(session, policy)
        draft = st.session_state.get(_draft_key(session))
        if isinstance(draft, str):
            _change(session, draft)
        elif st.toggle(texts.t("Show the reminders of the next {days} days", days=AHEAD_DAYS), key="policy-calendar"):
            st.caption(_assumption(session))
            _calendar_table(session, _calendar(*_key(session), policy.text, session.ledger), key="calendar-now")


def scenario_name(session: Session, policy: Policy, scenario_id: str) -> str:
    """What a scenario is called; those that ship have their names in both languages."""
    return named_in(policy, session.texts.language).scenario(scenario_id).name or scenario_id


def _shown(session: Session, policy: Policy) -> str:
    return text_for(policy, session.texts.language)


def _rewritten(session: Session, policy: Policy) -> str:
    """A changed policy as text, in the reader's words, with the comments of the one that holds."""
    return with_comments(policy_text(named_in(policy, session.texts.language)), _shown(session, session.ledger.policy))


def _draft_key(session: Session) -> str:
    return f"policy-draft-{session.revision}"


def _propose(session: Session, text: str) -> None:
    """Look at a policy that somebody wrote: its faults, or what it would change."""
    policy, faults = faults_of(text)
    if policy is None:
        st.session_state.pop(_draft_key(session), None)
        _show_faults(session, faults, text)
        return
    if text == _shown(session, session.ledger.policy):
        st.info(session.texts.t("Nothing has changed."))
        return
    st.session_state[_draft_key(session)] = text


def _show_faults(session: Session, faults: list[Fault], text: str) -> None:
    texts = session.texts
    said = [f"- {md(texts.t(error.template, **error.fields))}" for error in (fault.error() for fault in faults)]
    st.error(md(texts.t("This policy cannot be used.")) + "\n\n" + "\n".join(said))
    st.code(text, language="toml", line_numbers=True, height=260)


def _who(session: Session, policy: Policy) -> None:
    """A scenario for each segment."""
    texts = session.texts
    names = [scenario.id for scenario in policy.scenarios]
    with st.form("policy-who", border=False):
        places, chosen = st.columns(2, gap="medium"), {}
        for n, segment in enumerate(SEGMENTS):
            chosen[segment] = places[n % 2].selectbox(
                texts.t(SEGMENT_NAMES[segment]),
                names,
                index=names.index(policy.scenario_of(segment).id),
                format_func=lambda name: scenario_name(session, policy, name),
                key=f"policy-{segment}-{session.revision}",
            )
        with st.container(horizontal=True):
            is_asked = st.form_submit_button(texts.t("Show what this changes"), key="policy-who-ask")
            known = {segment: name for segment, name in RECOMMENDED.items() if name in names}
            is_recommended = st.form_submit_button(
                texts.t("Take the scenario made for each segment"), key="policy-recommended", type="tertiary",
                on_click=_choose, args=(session, known),
            )  # fmt: skip
    if is_asked or is_recommended:
        _propose(session, _rewritten(session, policy.following(chosen)))


def _choose(session: Session, scenarios: Mapping[str, str]) -> None:
    """Set the choices of the form: what is proposed stands where it was chosen."""
    for segment, name in scenarios.items():
        st.session_state[f"policy-{segment}-{session.revision}"] = name


def _steps(session: Session, policy: Policy) -> None:
    """One scenario as a table, and the same to be edited."""
    texts = session.texts
    chosen = st.selectbox(
        texts.t("Scenario"),
        [scenario.id for scenario in policy.scenarios],
        format_func=lambda name: scenario_name(session, policy, name),
        key=f"policy-scenario-{session.revision}",
        width=420,
    )
    show_scenario(session, policy.scenario(chosen))
    with st.expander(texts.t("Change these steps"), icon=":material/edit:"):
        edited = ask_steps(session, policy.scenario(chosen))
    if edited is not None:
        scenarios = tuple(edited if scenario.id == chosen else scenario for scenario in policy.scenarios)
        _propose(session, _rewritten(session, Policy(scenarios, policy.segments)))


def _text(session: Session, policy: Policy) -> None:
    """The policy as TOML: edited here, taken away as a file, brought in as one."""
    texts = session.texts
    name_drop_zone(texts)
    brought = st.file_uploader(
        texts.t("A policy from a file (TOML)"), type=["toml"], key=f"policy-file-{session.revision}", max_upload_size=1
    )
    if brought is not None:
        content = brought.getvalue()
        if len(content) > _MOST_BYTES:
            st.error(texts.t("This file is too long for a policy."))
        else:
            _propose(session, content.decode("utf-8-sig", "replace"))
    with st.form("policy-text", border=False):
        typed = st.text_area(
            texts.t("The policy"), _shown(session, policy), height=420, key=f"policy-text-{texts.language}-{session.revision}",
            label_visibility="collapsed",
        )  # fmt: skip
        is_asked = st.form_submit_button(texts.t("Show what this changes"), key="policy-text-ask")
    with st.container(horizontal=True):
        name = f"{'politique-de-relance' if texts.language == 'fr' else 'reminder-policy'}.toml"
        st.download_button(
            texts.t("Download the policy"), _shown(session, policy).encode(), name, "application/toml", key="policy-download",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        if st.button(
            texts.t("Go back to the policy that ships"),
            key=f"policy-reset-{session.revision}",
            type="tertiary",
            **when_now(session),
        ):
            said = texts.t("The policy that ships holds again.")
            decide(session, PAGE, lambda store, author: save_policy(store, None, author=author), said)
    if is_asked:
        _propose(session, typed)


def _key(session: Session) -> tuple[str, int, date, str]:
    return session.path, session.revision, session.as_of, session.currency


@st.cache_resource(max_entries=6, show_spinner=False)
def _calendar(path: str, revision: int, as_of: date, currency: str, text: str, _ledger: Ledger) -> pl.DataFrame:
    del path, revision  # part of the key only
    at = situation(_ledger, as_of=as_of, currency=currency)
    return calendar(at if text == _ledger.policy.text else under(at, read_policy(text)))


def _assumption(session: Session) -> str:
    return session.texts.t("If each reminder is sent on its day, and nobody pays meanwhile.")


def _change(session: Session, draft: str) -> None:
    """What the change would change in the coming days, and the button that makes it."""
    texts = session.texts
    with st.container(border=True):
        st.markdown(f"**{md(texts.t('What this changes in the next {days} days', days=AHEAD_DAYS))}**")
        with st.spinner(texts.t("Working out the reminders to come…")):
            before = _calendar(*_key(session), session.ledger.policy.text, session.ledger)
            after = _calendar(*_key(session), draft, session.ledger)
        changed = calendar_changes(before, after)
        sentence = texts.t(
            "Reminders to come: {before} now, {after} after the change; {changed} differ.",
            before=texts.number(before.height),
            after=texts.number(after.height),
            changed=texts.number(changed.height),
        )
        st.markdown(md(sentence))
        st.caption(_assumption(session))
        if changed.height:
            _changes_table(session, changed)
        with st.expander(texts.t("All the reminders to come")):
            left, right = st.columns(2)
            for place, title, rows, key in (
                (left, texts.t("Now"), before, "calendar-before"),
                (right, texts.t("After"), after, "calendar-after"),
            ):
                with place:
                    st.markdown(f"**{md(title)}**")
                    _calendar_table(session, rows, key=key)
        with st.container(horizontal=True):
            if st.button(
                texts.t("Save this policy"),
                key=f"policy-save-{session.revision}",
                type="primary",
                icon=":material/save:",
                **when_now(session),
            ):
                said = texts.t("The policy is saved.")
                decide(session, PAGE, lambda store, author: save_policy(store, draft, author=author), said)
            if st.button(texts.t("Leave it as it is"), key=f"policy-leave-{session.revision}"):
                st.session_state.pop(_draft_key(session), None)
                st.rerun()


def _step(session: Session, step: str | None, channel: str | None) -> str:
    """A reminder in words: its step and how it leaves; a dash for none."""
    if step is None or channel is None:
        return "–"
    return f"{step_name(session.texts, step)} ({session.texts.t(ACTION_NAMES[channel])})"


def _changes_table(session: Session, changed: pl.DataFrame) -> None:
    texts = session.texts
    rows = [
        {
            "date": row["date"],
            "client": row["client"],
            "before": _step(session, row["before"], row["before_channel"]),
            "after": _step(session, row["after"], row["after_channel"]),
        }
        for row in changed.to_dicts()
    ]
    columns = [
        Column("date", texts.t("Date"), "date", width=95),
        Column("client", texts.t("Client"), width=185),
        Column("before", texts.t("Now"), width=275),
        Column("after", texts.t("After"), width=275),
    ]
    show_table(
        rows,
        columns,
        key="policy-changes",
        texts=texts,
        sheet=Sheet(texts.t("Changes of the policy")),
        height=38 + 35 * min(len(rows), 10),
    )


def _calendar_table(session: Session, calendar_rows: pl.DataFrame, *, key: str) -> None:
    """Every reminder to come, by day."""
    texts = session.texts
    rows: list[Mapping[str, object]] = [
        {**row, "what": _step(session, row["step"], row["channel"]), "invoices": ", ".join(row["invoices"])}
        for row in calendar_rows.to_dicts()
    ]
    columns = [
        Column("date", texts.t("Date"), "date", width=110),
        Column("client", texts.t("Client"), width=200),
        Column("what", texts.t("Reminder"), width=230),
        Column("amount", texts.t("Outstanding"), "money", width=120, is_summed=False),  # of one invoice on several days
        Column("invoices", texts.t("Invoices"), width="large"),
    ]
    empty = texts.t("No reminder is to come.")
    show_table(
        rows,
        columns,
        key=key,
        texts=texts,
        sheet=Sheet(texts.t("Reminders of the policy")),
        height=38 + 35 * min(max(len(rows), 1), 12),
        empty=empty,
    )
