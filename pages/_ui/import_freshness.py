"""How far each bank account goes: the last day that a statement covers, the days that none covers, and its balances."""

from typing import Any

import polars as pl
import streamlit as st

from pages._ui.session import Session
from pages._ui.words import md
from pipelines.account_label import account_label
from pipelines.balances import balance_gaps, closing_balances
from pipelines.coverage import coverage_gaps, covered_days

_WIDTHS = (2.4, 2.4, 4.2)
_MOST_GAPS = 6
Badge = tuple[str, str, str]


def show_freshness(session: Session) -> None:
    """One line per bank account: its last balance, how far its statements go, and what is missing between them."""
    texts, ledger = session.texts, session.ledger
    if ledger.accounts.is_empty():
        st.caption(texts.t("No bank statement has been imported yet."))
        return
    holes = coverage_gaps(ledger)
    with st.container(border=True):
        for row in account_rows(session).to_dicts():
            own = holes.filter(pl.col("account_id") == row["account_id"]).rows()
            _account(session, row, [(start, end) for _, start, end in own])


def account_rows(session: Session) -> pl.DataFrame:
    """The accounts by name: name, currency, count, covered, balance_date, amount, gaps (how often the balances do not follow)."""
    ledger = session.ledger
    moved = ledger.lines.group_by("account_id").agg(count=pl.len())
    stated = closing_balances(ledger.balances).group_by("account_id", maintain_order=True).last()
    covered = covered_days(ledger.coverage, ledger.lines, ledger.balances, as_of=session.today)
    broken = balance_gaps(ledger.balances, ledger.lines.select("account_id", "booking_date", "amount"))
    rows = ledger.accounts.select("account_id", "name", "currency")
    for frame in (moved, stated, covered.rename({"day": "covered"})):
        rows = rows.join(frame, on="account_id", how="left", validate="1:1")
    worst = broken.group_by("account_id", maintain_order=True).agg(
        gaps=pl.len(), gap=pl.col("gap").first(), gap_from=pl.col("from_date").first(), gap_to=pl.col("to_date").first()
    )
    return rows.join(worst, on="account_id", how="left", validate="1:1").sort("name", "account_id")


def _account(session: Session, row: dict[str, Any], holes: list[tuple[Any, Any]]) -> None:
    texts = session.texts
    currency = row["currency"] or session.currency
    name, balance, state = st.columns(_WIDTHS, vertical_alignment="center")
    with name.container(gap=None):
        st.markdown(f"**{md(account_label(texts, row['name']))}**")
        st.caption(md(texts.plural("{count} movement", "{count} movements", row["count"] or 0)))
    with balance.container(gap=None):
        if row["amount"] is None:
            st.caption(texts.t("No balance stated"))
        else:
            st.markdown(md(texts.money(row["amount"], currency)))
            st.caption(md(texts.t("stated on {day}", day=texts.date(row["balance_date"]))))
    with state.container(gap="xsmall"):
        with st.container(horizontal=True, gap="small"):
            for label, colour, icon in _badges(session, row, holes, currency):
                st.badge(md(label), color=colour, icon=icon)  # type: ignore[arg-type]
        if holes:
            days = ", ".join(
                texts.t("{start} to {end}", start=texts.date(start), end=texts.date(end)) for start, end in holes[:_MOST_GAPS]
            )
            more = "…" if len(holes) > _MOST_GAPS else ""
            st.caption(md(texts.t("No statement covers: {days}. Import what is missing.", days=days + more)))


def _badges(session: Session, row: dict[str, Any], holes: list[tuple[Any, Any]], currency: str) -> list[Badge]:
    """Up to date or old, complete or not, balances that follow each other or not."""
    texts = session.texts
    found = [_age(session, row)]
    if holes:
        found.append((texts.plural("{count} gap", "{count} gaps", len(holes)), "orange", ":material/event_busy:"))
    if row["gaps"]:
        found.append((_gap_words(session, row, currency), "red", ":material/link_off:"))
    elif row["amount"] is not None:
        found.append((texts.t("Balances follow each other"), "green", ":material/link:"))
    return found


def _gap_words(session: Session, row: dict[str, Any], currency: str) -> str:
    """What is missing between two balances, and between which days; two balances of one day may contradict each other."""
    texts, gap = session.texts, session.texts.money(row["gap"], currency)
    start, end = sorted((row["gap_from"], row["gap_to"]))
    if start == end:
        return texts.t("Gap of {gap} on {day}", gap=gap, day=texts.date(start))
    return texts.t("Gap of {gap} between {start} and {end}", gap=gap, start=texts.date(start), end=texts.date(end))


def _age(session: Session, row: dict[str, Any]) -> Badge:
    """Whether an account's statements are up to date, by the company's own limit."""
    texts = session.texts
    if row["covered"] is None:
        return texts.t("No movement"), "gray", ":material/help:"
    age, day = (session.today - row["covered"]).days, texts.date(row["covered"])
    if age <= session.ledger.settings.statement_days:
        return texts.t("Up to date: covered to {day}", day=day), "green", ":material/check:"
    old = texts.plural("Covered to {day}, {count} day ago", "Covered to {day}, {count} days ago", age, day=day)
    return old, "orange", ":material/schedule:"
