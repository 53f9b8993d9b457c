"""Why a client stands where it stands on the worklist: codes with their values, and the sentences that say them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.money import MONEY
from models.settings import Settings
from models.texts import Texts
from pipelines.account_label import account_label
from pipelines.behaviour import LEAST_HABIT, habit_sentence, payment_habits
from pipelines.collections.facts import EXCLUSIONS, WITHOUT_END, Situation
from pipelines.collections.holds import findings

#: Code -> English sentence. Fields: amount, number, date, text, as the finding gives them.
SENTENCES: dict[str, str] = {
    "overdue": "{amount} overdue, the oldest for {number} days.",
    "overdue_day": "{amount} overdue since yesterday.",
    "expected": "Acting now could bring {amount} forward: {number}% chance of being still unpaid in 30 days without it.",
    "limitation": "Time-barred from {date} on, as far as can be estimated: {amount}.",
    "barred": "Time-barred since {date}, an estimate: {amount}. Note what interrupted it, or threaten with no court.",
    "spared": "An important client: it ranks a little lower.",
    "step_due": "Step “{text}” has been due since {date}.",
    "frequent_late": "Beware: often late ({number} late invoices in 12 months).",
    "slow_payer": "Beware: {number} days late on average over 12 months.",
    "broken_promise": "The payment promised for {date} has not come.",
    "notice_blocked": "No formal notice yet: no written reminder is on record.",
    "open_credit": "A credit of {amount} is open: allocate it or refund it first.",
    "foreign_credit": "A credit of {amount} in another currency is open. If it paid one of these invoices, write that one off, "
    "else allocate it or refund it.",
    "foreign_receipt": "A receipt of {amount} on {date}, in another currency, could be this client's payment: give it to the "
    "client, or say what it is. {text}",
    "unmatched_receipt": "A receipt of {amount} on {date} could be this client's payment: {text}",
    "dispute": "In dispute: {amount}.",
    "promise": "Payment promised for {date}: {amount}.",
    "plan": "Instalment plan: {amount} outstanding, the next instalment is due on {date}.",
    "broken_plan": "Instalment plan: {amount} of what was due on {date} has not come.",
    "paused": "Reminders are paused: {amount}.",
    "paused_until": "Reminders are paused until {date}: {amount}.",
    "small_rest": "A payment left {amount}: write it off rather than ask for it.",
    "insolvency": "Insolvency proceedings: declare the claim of {amount}, no reminders.",
    "unsent": "Never sent: {number} invoices, {amount}. Send them first.",
    "unsent_one": "Never sent: 1 invoice, {amount}. Send it first.",
    "stale_statement": "The last bank statement is of {date}: import a newer one first.",
    "stale_account": "{text}: the last statement is of {date}. Import a newer one first.",
    "no_statement": "There is no bank statement: import one first.",
    "unknown_rate": "The late-payment rate of {text} is not known: enter it in the settings.",
    "unknown_client_type": "Company, public body or consumer? Say what this client is.",
    "no_email": "There is no valid e-mail address.",
    "no_phone": "There is no telephone number to send a text message to.",
    "no_address": "There is no postal address to send the letter to.",
    "closed_day": "Not a working day: nothing leaves before {date}.",
    "rejected": "E-invoice refused or rejected: correct it first ({amount}).",
    "below_minimum": "Less than {amount} is overdue: no reminder below that.",
    "last_reminder": "Last reminder on {date} ({text}).",
    "in_gap": "A reminder was sent on {date}: the next one waits until the minimum gap has passed.",
    "next_step": "Next: step “{text}” on {date}.",
}

#: What is said of money that came in another currency than the invoices.
_FOREIGN = {"open_credit": "foreign_credit", "unmatched_receipt": "foreign_receipt"}

#: The order in which the reasons of one client are told.
REASON_ORDER = (
    "overdue",
    "limitation",
    "barred",
    "step_due",
    "frequent_late",
    "slow_payer",
    "broken_promise",
    "broken_plan",
    "unsent",
    "unmatched_receipt",
    "open_credit",
    "insolvency",
    "rejected",
    "dispute",
    "plan",
    "promise",
    "paused",
    "small_rest",
    "stale_statement",
    "unknown_rate",
    "unknown_client_type",
    "no_email",
    "no_phone",
    "no_address",
    "closed_day",
    "notice_blocked",
    "below_minimum",
    "in_gap",
    "last_reminder",
    "next_step",
    "habit",
    "expected",
    "spared",
)

#: Short names of the holds, for a column.
HOLD_NAMES: dict[str, str] = {
    "open_credit": "Open credit",
    "unmatched_receipt": "Unmatched receipt",
    "dispute": "Dispute",
    "plan": "Instalment plan",
    "promise": "Promise to pay",
    "paused": "Reminders paused",
    "barred": "Time-barred",
    "stale_statement": "Bank statement to import",
    "unknown_rate": "Unknown rate",
    "unknown_client_type": "Unknown client type",
    "no_email": "No e-mail address",
    "no_phone": "No telephone number",
    "no_address": "No address",
    "closed_day": "Not a working day",
    "rejected": "E-invoice rejected",
}

ACTION_NAMES: dict[str, str] = {
    "email": "E-mail",
    "sms": "Text message",
    "call": "Call",
    "letter": "Letter",
    "registered_letter": "Registered letter",
    "internal": "Internal alert",
    "send": "Send the invoice",
    "reconcile": "Reconcile",
    "wait": "Nothing today",
}

SEGMENT_NAMES: dict[str, str] = {
    "standard": "Standard",
    "vip": "Important client",
    "good_with_delays": "Good, sometimes late",
    "new": "New client",
    "bad_payer": "Bad payer",
    "public": "Public body",
    "consumer": "Consumer",
    "insolvency": "Insolvency proceedings",
}

#: What each step of the scenario is called on screen.
STEP_NAMES: dict[str, str] = {
    "P0": "On the due date",
    "P1": "Before the due date: 7 days",
    "P2": "Before the due date: 3 days",
    "P3": "Before the due date: 1 day",
    "A0": "Due today",
    "R1": "First reminder",
    "R2": "Second reminder",
    "R3": "Firm reminder",
    "T1": "Phone call",
    "T2": "Second phone call",
    "MED": "Formal notice",
}


def _exclusions(invoices: pl.DataFrame) -> list[pl.DataFrame]:
    """Each client's invoices that are left out, by why: their number and sum, and the last date promised."""
    grouped = (
        invoices.filter(pl.col("excluded").is_not_null())
        .group_by("client_id", "excluded")
        .agg(amount=pl.col("outstanding").sum().cast(MONEY), number=pl.len().cast(pl.Int64), date=held_until().max())
    )
    return [grouped.filter(pl.col("excluded") == code).pipe(findings, code) for code in EXCLUSIONS]


def held_until() -> pl.Expr:
    """The day that a left out invoice waits for: the next instalment, the end of the pause, or what was promised."""
    return (
        pl.when(pl.col("excluded") == "plan")
        .then("plan_date")
        .when(pl.col("excluded") == "paused")
        .then("paused_until")
        .otherwise("promise_until")
    )


def invoice_findings(invoices: pl.DataFrame) -> pl.DataFrame:
    """FINDINGS that the invoices themselves give: how much is late, what is left out, which promise was broken."""
    late = invoices.filter(pl.col("days_late") >= 1)
    overdue = late.group_by("client_id").agg(amount=pl.col("outstanding").sum().cast(MONEY), number=pl.col("days_late").max())
    broken = late.filter("is_promise_broken").group_by("client_id").agg(date=pl.col("promise_until").max())
    missed = (
        invoices.filter(pl.col("plan_status") == "broken")
        .unique(["client_id", "plan_date", "plan_amount"])
        .sort("client_id", "plan_date", "plan_amount")
        .group_by("client_id", maintain_order=True)
        .agg(date=pl.col("plan_date").first(), amount=pl.col("plan_amount").sum().cast(MONEY))
    )
    own = invoices.filter(pl.col("excluded").is_null())
    blocked = own.filter("is_notice_blocked").select("client_id").unique()
    coming = (
        own.filter(pl.col("client_step").is_null() & pl.col("next_date").is_not_null())
        .sort("next_date", "index", "document_id")
        .group_by("client_id", maintain_order=True)
        .agg(date=pl.col("next_date").first(), text=pl.col("next_step").first())
    )
    # Within the gap, the step that waits comes when the gap has passed.
    waiting = (
        own.filter("is_in_gap").group_by("client_id").agg(date=pl.col("reminded_on").first(), last=pl.col("gap_ends").first())
    )
    return pl.concat(
        [
            findings(overdue, "overdue"),
            findings(broken, "broken_promise"),
            findings(missed, "broken_plan"),
            findings(blocked, "notice_blocked"),
            findings(coming.join(waiting, on="client_id", how="anti"), "next_step"),
            findings(waiting, "in_gap"),
            *_exclusions(invoices),
        ]
    )


def row_findings(invoices: pl.DataFrame, rows: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """FINDINGS of the client as a whole: its step, its habits, its last reminder."""
    reached = invoices.filter(pl.col("is_listed") & (pl.col("index") == pl.col("client_index")))
    due = reached.group_by("client_id").agg(date=pl.col("step_date").min(), text=pl.col("client_step").first())
    often = rows.filter(pl.col("late_count") >= settings.bad_late_count).select("client_id", number="late_count")
    is_slow = (pl.col("proposed") == "bad_payer") & (pl.col("late_count") < settings.bad_late_count)
    slow = rows.filter(is_slow).select("client_id", number="average_delay")
    reminded = invoices.filter(pl.col("reminded_on").is_not_null() & ~pl.col("is_in_gap"))
    below = invoices.filter("is_below").select("client_id", amount=pl.lit(settings.reminder_minimum, MONEY)).unique()
    last = reminded.group_by("client_id").agg(date=pl.col("reminded_on").first(), text=pl.col("reminded_step").first())
    return pl.concat(
        [
            findings(due, "step_due"),
            findings(often, "frequent_late"),
            findings(slow, "slow_payer"),
            findings(below, "below_minimum"),
            findings(last, "last_reminder"),
        ]
    )


def habit_findings(at: Situation, invoices: pl.DataFrame) -> pl.DataFrame:
    """FINDINGS that tell how the clients who owe something late usually pay, where they paid often enough to say so."""
    late = invoices.filter(pl.col("days_late") >= 1)
    known = payment_habits(at.history, as_of=at.as_of).filter(pl.col("n_paid") >= LEAST_HABIT)
    spread = known.join(late, on="client_id", how="semi").select(
        "client_id", numbers=pl.concat_list("n_paid", "p10", "p50", "p90")
    )
    return findings(spread, "habit")


def _sentence(texts: Texts, reason: Mapping[str, Any], currency: str) -> str:
    code, number, day, amount = reason["code"], reason["number"], reason["date"], reason["amount"]
    if code == "habit":
        paid, low, usual, high = reason["numbers"]
        return habit_sentence(texts, n_paid=paid, p10=low, p50=usual, p90=high)
    if (code, number) in {("overdue", 1), ("unsent", 1)}:
        code = "overdue_day" if code == "overdue" else "unsent_one"
    if code == "stale_statement" and (day is None or reason["text"]):
        code = "no_statement" if day is None else "stale_account"
    if code == "paused" and day is not None and day != WITHOUT_END:
        code = "paused_until"
    if reason["currency"] is not None:
        code = _FOREIGN[code]
    text = reason["text"] or ""
    if code == "stale_account":
        text = account_label(texts, text)
    if code in {"step_due", "next_step", "last_reminder"}:
        text = texts.t(STEP_NAMES[text]) if text in STEP_NAMES else text
    return texts.t(
        SENTENCES[code],
        amount=texts.money(amount if isinstance(amount, Decimal) else None, reason["currency"] or currency),
        number=texts.number(number),
        date=texts.date(day if isinstance(day, date) else None),
        text=text,
    )


def reason_texts(texts: Texts, row: Mapping[str, Any]) -> list[str]:
    """The reasons of one worklist row (`rows.row(n, named=True)`) as sentences, the most telling first."""
    return [_sentence(texts, reason, row["currency"]) for reason in row["reasons"] or []]
