"""The words of a draft: its letter in the client's language, with what it states beside the principal."""

from decimal import Decimal
from typing import NamedTuple

import polars as pl

from models.money import ZERO, total
from models.policy import Step
from models.rates import INDEMNITY
from models.texts import Texts
from pipelines.collections.facts import Situation
from pipelines.collections.fields import (
    Row,
    claim_fields,
    client_fields,
    company_fields,
    date_fields,
    history_fields,
    invoice_fields,
    note_fields,
)
from pipelines.collections.letters import Letter, Value, render, template_name
from pipelines.collections.sms import short_message
from pipelines.collections.templates import own_templates

#: Between a formal notice in French and its translation.
NEXT_LANGUAGE = "\n" + "-" * 60 + "\n\n"


class Claim(NamedTuple):
    """What the text states beside the principal."""

    penalty: Decimal
    is_complete: bool
    indemnity: Decimal


def claim_of(step: Step, client: Row, invoices: pl.DataFrame) -> Claim:
    """Interest, and 40 EUR for each late invoice listed; neither for a consumer nor before the step that states them."""
    if not step.mentions_interest or client["client_type"] == "consumer":
        return Claim(ZERO, is_complete=True, indemnity=ZERO)
    late = invoices.filter(pl.col("days_late") >= 1).height
    return Claim(total(invoices["penalty"]), bool(invoices["is_complete"].all()), INDEMNITY * late)


def text_of(
    at: Situation,
    step: Step,
    language: str,
    client: Row,
    invoices: pl.DataFrame,
    segments: pl.DataFrame,
    recorded: pl.DataFrame,
    claim: Claim,
) -> Letter:
    """The letter in the client's language. A formal notice in English follows the French one, which prevails in court."""
    own_texts = own_templates(at.templates)
    broken = invoices.filter("is_promise_broken")["promise_until"].to_list()
    numbers = dict(invoices.select("document_id", "number").iter_rows())

    def letter(of: str) -> Letter:
        texts = Texts(of)
        rows, runs = invoices.to_dicts(), segments.to_dicts()
        fields: dict[str, Value] = {
            "offers_instalments": step.offers_instalments,
            **company_fields(at.settings),
            **client_fields(client),
            **invoice_fields(texts, rows, runs, at.currency),
            **date_fields(texts, at.settings, as_of=at.as_of),
            "notes": _notes(at, step, texts, client),
            **history_fields(texts, recorded, at.policy, broken, numbers),
            **claim_fields(
                texts,
                runs,
                at.settings,
                principal=total(invoices["outstanding"]),
                penalty=claim.penalty,
                is_complete=claim.is_complete,
                indemnity=claim.indemnity,
                currency=at.currency,
            ),
        }
        if step.channel == "sms":
            message = step.letter if step.letter.startswith("SMS") else "SMS"
            return short_message(of, template_name(of, message, None, own_texts), fields, own_texts)
        return render(of, template_name(of, step.letter, client["client_type"], own_texts), fields, own_texts)

    own = letter(language)
    if step.after_reminder and language != "fr":
        french = letter("fr")
        return own._replace(
            body=french.body + NEXT_LANGUAGE + own.body,
            blocks=french.blocks + own.blocks,
            is_fallback=french.is_fallback or own.is_fallback,
        )
    return own


def _notes(at: Situation, step: Step, texts: Texts, client: Row) -> list[dict[str, str]]:
    """What was noted of a client, for the caller's eyes: no text that leaves has it."""
    own = at.notes.filter((pl.col("client_id") == client["client_id"]) & (step.channel == "call"))
    return note_fields(texts, own, as_of=at.as_of)
