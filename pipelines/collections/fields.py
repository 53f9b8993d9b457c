"""What the letters say, as words: each figure and date in the client's language, names on one line."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.dates import add_working_days
from models.money import ZERO
from models.policy import Policy
from models.rates import INDEMNITY
from models.settings import Settings
from models.texts import Texts
from pipelines.collections.letters import Value
from pipelines.collections.notes import RESULT_NAMES

#: Worked days that the firm reminder gives (the client's, not the day of sending).
FIRM_DAYS = 5
#: Notes on a call sheet, and the characters of each: the whole of it stands in the client's history.
MOST_NOTES, LONGEST_NOTE = 6, 240

Row = dict[str, Any]


def one_line(text: str | None) -> str:
    """The text without line breaks, tabs or other control characters; no-break spaces stay."""
    plain = "".join(" " if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in text or "")
    return re.sub(r" {2,}", " ", plain).strip(" ")


def _rate(texts: Texts, rate: Decimal | None) -> str:
    return "" if rate is None else texts.percent(float(rate), 2).replace(" ", "\u00a0")


def plain_lines(text: str | None) -> str:
    """The text line by line, each as `one_line` has it, without empty ones."""
    return "\n".join(line for line in (one_line(part) for part in (text or "").splitlines()) if line)


def _grouped(iban: str) -> str:
    return " ".join(iban[n : n + 4] for n in range(0, len(iban), 4))


def company_fields(settings: Settings) -> dict[str, Value]:
    """Who writes, and where to pay. Absent ones are empty: the templates leave their lines out."""
    return {
        "company": one_line(settings.company_name),
        "company_address": plain_lines(settings.company_address),
        "company_siren": settings.company_siren,
        "company_email": one_line(settings.company_email),
        "company_phone": one_line(settings.company_phone),
        "signatory": one_line(settings.signatory),
        "mediator": one_line(settings.mediator).rstrip(" ."),
        "iban": _grouped(settings.iban),
        "bic": one_line(settings.bic),
        "payment_link": settings.payment_link,
        "notice_days": str(settings.notice_days),
    }


def client_fields(client: Row) -> dict[str, Value]:
    """Whom it is written to."""
    return {
        "client": one_line(client["name"]),
        "client_address": plain_lines(client["address"]),
        "client_siren": one_line(client["siren"]),
        "client_phone": one_line(client["phone"]),
        "client_email": one_line(client["email"]),
    }


def _segment_fields(texts: Texts, segment: Row, currency: str) -> dict[str, str]:
    return {
        "from": texts.long_date(segment["from_date"]),
        "to": texts.long_date(segment["to_date"]),
        "days": str(segment["days"]),
        "base": texts.money(segment["base"], currency),
        "rate": _rate(texts, segment["rate"]),
        "half": segment["half_year"][-1],
        "year": segment["half_year"][:4],
    }


def invoice_fields(texts: Texts, invoices: list[Row], segments: list[Row], currency: str) -> dict[str, Value]:
    """The invoices that are asked for, and what they come to. A list of one is said in the singular by `is_single`."""
    listed: list[dict[str, object]] = [
        {
            "kind": row["kind"],
            "number": one_line(row["number"]),
            "issued": texts.long_date(row["issue_date"]),
            "due": texts.long_date(row["due_date"]),
            "order": one_line(row["order_reference"]),
            "amount": texts.money(row["amount"], currency),
            "paid": "" if row["amount"] == row["outstanding"] else texts.money(row["amount"] - row["outstanding"], currency),
            "outstanding": texts.money(row["outstanding"], currency),
            "days_late": str(row["days_late"]),
            "is_late": row["days_late"] >= 1,
            "interest": texts.money(row.get("penalty") or ZERO, currency),
            "segments": [_segment_fields(texts, s, currency) for s in segments if s["document_id"] == row["document_id"]],
        }
        for row in invoices
    ]
    return {
        "invoices": listed,
        "is_single": len(invoices) == 1,
        "count": str(len(invoices)),
        "number": one_line(invoices[0]["number"]),
        "due": texts.long_date(invoices[0]["due_date"]),
        "days_late": str(max(row["days_late"] for row in invoices)),
        "numbers": ", ".join(one_line(row["number"]) for row in invoices),
        "total": texts.money(sum((row["outstanding"] for row in invoices), ZERO), currency),
    }


def claim_fields(
    texts: Texts,
    segments: list[Row],
    settings: Settings,
    *,
    principal: Decimal,
    penalty: Decimal,
    is_complete: bool,
    indemnity: Decimal,
    currency: str,
) -> dict[str, Value]:
    """Interest and indemnity, and the sum of all; the indemnity is in euros and stays out of a sum in another currency."""
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for segment in sorted(segments, key=lambda s: (s["from_date"], s["half_year"])):
        words = _segment_fields(texts, segment, currency)
        seen.setdefault((words["rate"], f"{words['year']}{words['half']}"), words)
    rates = [words for words in seen.values() if words["rate"]]
    is_euro = currency == "EUR"
    return {
        "rates": rates,
        "distinct_rates": [{"rate": rate} for rate in dict.fromkeys(words["rate"] for words in rates)],
        "is_contractual": settings.penalty_rate is not None,
        "is_complete": is_complete,
        "penalty": texts.money(penalty, currency),
        "unit_indemnity": texts.money(INDEMNITY, "EUR"),
        "indemnity_count": str(int(indemnity / INDEMNITY)),
        "indemnity": texts.money(indemnity, "EUR"),
        "is_euro": is_euro,
        "claim": texts.money(principal + penalty + (indemnity if is_euro else ZERO), currency),
    }


def note_fields(texts: Texts, notes: pl.DataFrame, *, as_of: date) -> list[dict[str, str]]:
    """The last notes and calls of a client up to `as_of`, the newest first, each on one line; `notes` are its NOTES."""
    last = notes.filter(pl.col("on_date") <= as_of).sort("on_date", "change_id", descending=True).head(MOST_NOTES)
    return [
        {
            "date": texts.long_date(row["on_date"]),
            "kind": texts.t("Call") if row["kind"] == "call" else texts.t("Note"),
            "result": texts.t(RESULT_NAMES[row["result"]]) if row["result"] else "",
            "text": _cut(one_line(row["text"])),
        }
        for row in last.to_dicts()
    ]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NOTE else text[: LONGEST_NOTE - 1].rstrip() + "…"


def date_fields(texts: Texts, settings: Settings, *, as_of: date) -> dict[str, Value]:
    """The day of the letter and the last day of the time it gives (worked days, the day of sending excluded)."""
    deadline = add_working_days(as_of, FIRM_DAYS, settings.region)
    return {"today": texts.long_date(as_of), "deadline": texts.long_date(deadline), "firm_days": str(FIRM_DAYS)}


def history_fields(
    texts: Texts, recorded: pl.DataFrame, policy: Policy, promised: list[date], numbers: Mapping[str, str]
) -> dict[str, Value]:
    """What was done before for these invoices, and the last promise that was not kept.

    `reminders` are the written ones after the due date, one per day; `contacts` all that reached the client. Each names
    the invoices that it was for: a letter lists what has come late since, and must not say that it was reminded too.

    Args:
        texts: the letter's language.
        recorded: RECORDED rows of the invoices.
        policy: the steps.
        promised: the days of the broken promises.
        numbers: the number of each invoice listed, by id, in the letter's order.
    """
    steps = {step.id: step for step in policy.steps}
    rows = recorded.select("on_date", "step").unique().sort("on_date", "step").rows()
    contacts = [(day, steps[step]) for day, step in rows if step in steps and steps[step].channel != "internal"]
    written = list(dict.fromkeys(day for day, step in contacts if step.is_late_reminder))
    late_steps = [step.id for step in steps.values() if step.is_late_reminder]

    def about(day: date, names: list[str]) -> dict[str, Any]:
        told = recorded.filter((pl.col("on_date") == day) & pl.col("step").is_in(names))["document_id"].to_list()
        listed = [one_line(number) for document, number in numbers.items() if document in told]
        is_all = len(listed) == len(numbers)
        return {"date": texts.long_date(day), "numbers": ", ".join(listed), "is_one": len(listed) == 1, "is_all": is_all}

    return {
        "reminders": [about(day, late_steps) for day in written],
        "contacts": [about(day, [step.id]) | {"channel": step.channel} for day, step in contacts],
        "promised": texts.long_date(max(promised)) if promised else "",
    }
