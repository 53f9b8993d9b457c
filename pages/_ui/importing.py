"""Importing what was dropped: every file, then the rules, then what changed in receivables and cash."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import streamlit as st

from models.money import ZERO
from models.texts import Texts
from pages._ui.acting import Notice, error_sentence, tell
from pages._ui.cash_queries import cash_now
from pages._ui.import_files import Dropped, shown_progress
from pages._ui.links import button_to
from pages._ui.queries import figures
from pages._ui.session import Session
from pages._ui.tiles import money_change
from pages._ui.words import md, written
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import ImportReport, run_import
from pipelines.publishing.quarantine import waiting
from pipelines.reconcile.run import Reconciliation, run_reconcile

PAGE = "imports"
#: Counts the imports of a browser session: an emptied drop zone is a new one.
ROUND = "encours_import_round"
_CHANGED = "encours_import_changed"


@dataclass(frozen=True)
class Standing:
    """Where the company stands at the as-of date; cash is None without a bank account, `waiting` the rows to correct."""

    receivables: Decimal
    overdue: Decimal
    cash: Decimal | None
    waiting: frozenset[str]


def import_files(session: Session, files: Sequence[Dropped]) -> None:
    """Import the files, each as one change, let the rules match, tell what changed, and start the page again."""
    before, reports = standing(session), []
    for file in files:
        with shown_progress(session, file.name) as progress:
            reports.append(
                run_import(
                    session.store,
                    file.content,
                    file.name,
                    author=session.author,
                    progress=progress,
                    **file.said,
                )
            )
    done = run_reconcile(session.store, author=session.author)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    tell_imports(session, before, reports, done)


def tell_imports(session: Session, before: Standing, reports: Sequence[ImportReport], done: Reconciliation, *more: int) -> None:
    """Keep what imports and their matching changed for the next rerun, and start it.

    Args:
        session: of this rerun.
        before: where the company stood.
        reports: of the files.
        done: what the rules matched.
        more: further changes that belong to the import, to be undone with it.
    """
    changes = sorted((*(report.change_id for report in reports if report.change_id is not None), *more))
    known = "Nothing new: everything in these files was known already."
    title = session.texts.t("Imported:") if changes else session.texts.t(known)
    after = standing(replace(session, ledger=run_ledger(session.store)))
    st.session_state[_CHANGED] = (before, after)
    said, label = _summary(session, reports, done, len(after.waiting - before.waiting)), "Undo this import"
    tell(session, Notice(PAGE, title, tuple(changes), said=said, leads_on=True, undo_label=label))


def standing(session: Session) -> Standing:
    """Receivables, overdue and cash at the session's date and revision, and the rows that wait."""
    now = figures(session)
    return Standing(now.receivables, now.overdue, cash_now(session), frozenset(waiting(session.store)["row_id"]))


def show_changed(session: Session) -> None:
    """Receivables, overdue and cash before the last import and after it."""
    texts, changed = session.texts, st.session_state.get(_CHANGED)
    if not isinstance(changed, tuple):
        return
    before, after = changed
    with st.container(border=True):
        st.caption(texts.t("What these files changed, as of {day}", day=texts.date(session.as_of)))
        places = st.columns(3)
        rows = (
            (texts.t("Receivables (net)"), before.receivables, after.receivables, "off"),
            (texts.t("Overdue"), before.overdue, after.overdue, "inverse"),
            (texts.t("Cash"), before.cash, after.cash, "normal"),
        )
        for place, (label, then, now, colour) in zip(places, rows, strict=True):
            with place:
                _show_change(session, label, then, now, colour)


def _show_change(session: Session, label: str, then: Decimal | None, now: Decimal | None, colour: str) -> None:
    texts = session.texts
    change = None if now is None else money_change(texts, now, then, session.currency)
    st.metric(
        label,
        written(texts.money(now, session.currency)),
        delta=change if then != now else None,
        delta_color=colour,  # type: ignore[arg-type]
    )
    before = texts.t("Before: {amount}", amount=texts.money(then, session.currency))
    st.caption(md(texts.t("Unchanged") if then == now else before))


def show_next(session: Session) -> None:
    """Where to go after an import."""
    texts = session.texts
    with st.container(horizontal=True):
        button_to(
            texts.t("Go to the reconciliation"),
            "rapprochement",
            key="to-matching",
            icon=":material/compare_arrows:",
            importance="primary",
        )
        button_to(texts.t("Go to the reminders"), "relances", key="to-reminders", icon=":material/forward_to_inbox:")


def _summary(session: Session, reports: Sequence[ImportReport], done: Reconciliation, to_correct: int) -> tuple[str, ...]:
    """What was imported and matched, a sentence each; a row that two files hold waits, and is counted, once."""
    texts = session.texts
    amount = texts.money(done.allocated_amount, session.currency)
    said = [
        _counted(texts, reports, "invoices", "{count} invoice.", "{count} invoices."),
        _counted(texts, reports, "purchases", "{count} supplier invoice.", "{count} supplier invoices."),
        _counted(
            texts, reports, "ledger", "{count} invoice or receipt of the ledger.", "{count} invoices and receipts of the ledger."
        ),
        _counted(texts, reports, "bank", "{count} bank line.", "{count} bank lines."),
        _counted(texts, reports, "balances", "{count} opening balance.", "{count} opening balances."),
        _counted(texts, reports, "clients", "{count} client.", "{count} clients."),
        _counted(texts, reports, "rates", "{count} exchange rate.", "{count} exchange rates."),
    ]
    if done.allocated_amount > ZERO:
        one, many = "{count} receipt matched by the rules ({amount}).", "{count} receipts matched by the rules ({amount})."
        said.append(texts.plural(one, many, done.allocated_lines, amount=amount))
    if done.suggested_lines:
        one, many = "In all, {count} match waits to be confirmed.", "In all, {count} matches wait to be confirmed."
        said.append(texts.plural(one, many, done.suggested_lines))
    conflicts = sum(report.conflicts for report in reports)
    if conflicts:
        said.append(texts.plural("{count} conflict to settle below.", "{count} conflicts to settle below.", conflicts))
    if to_correct:
        said.append(texts.plural("{count} row waits for a correction.", "{count} rows wait for a correction.", to_correct))
    said += [f"{r.file}{texts.t(': ')}{error_sentence(texts, r.refused, session.currency)}" for r in reports if r.refused]
    return tuple(filter(None, said))


def _counted(texts: Texts, reports: Sequence[ImportReport], kind: str, one: str, many: str) -> str:
    """How many rows of a kind are new or changed; nothing for none."""
    count = sum(report.inserted + report.updated for report in reports if report.kind == kind)
    return texts.plural(one, many, count) if count else ""
