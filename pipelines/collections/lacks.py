"""What a draft lacks that a person should complete before it is sent."""

from datetime import date

import polars as pl

from models.dates import half_year
from models.policy import Step
from models.rates import latest_floor
from models.settings import Settings
from models.texts import Texts
from pipelines.collections.facts import Situation
from pipelines.collections.fields import Row
from pipelines.collections.interest import below_floor
from pipelines.collections.letters import Letter

#: What a person should complete before sending, code -> English sentence. None of it stops a draft.
WARNINGS: dict[str, str] = {
    "no_company_name": "Your company's name is not set: the text is not signed.",
    "no_company_address": "Your company's address is not set: a formal notice needs it.",
    "no_iban": "Your IBAN is not set: the text does not say where to pay.",
    "no_signatory": "Nobody is set as signatory: a formal notice is signed.",
    "no_mediator": "Your consumer mediator is not set: a formal notice to a consumer names it.",
    "no_client_address": "The client's address is not known: a registered letter needs it.",
    "own_letter_failed": "Your own letter cannot be filled for this client: the one that ships stands here.",
    "rate_below_floor": "Your contractual rate is below three times the legal rate of a half-year: the law does not allow it.",
    "no_phone": "The client's telephone number is not known.",
}


def lacks(at: Situation, step: Step, client: Row, text: Letter, segments: pl.DataFrame) -> tuple[str, ...]:
    """What is missing for this step, codes of WARNINGS in their order."""
    is_letter = step.channel in {"letter", "registered_letter"}
    missing = {
        "no_company_name": not at.settings.company_name,
        "no_company_address": is_letter and not at.settings.company_address,
        "no_iban": not at.settings.iban,
        "no_signatory": is_letter and not at.settings.signatory,
        "no_mediator": step.after_reminder and client["client_type"] == "consumer" and not at.settings.mediator,
        "no_client_address": is_letter and not client["address"],
        "rate_below_floor": step.mentions_interest and bool(below_floor(segments, at.settings)),
        "own_letter_failed": text.is_fallback,
        "no_phone": step.channel == "call" and not client["phone"],
    }
    return tuple(code for code in WARNINGS if missing[code])


def floor_sentence(texts: Texts, settings: Settings, *, as_of: date) -> str:
    """What is wrong with a contractual rate below the last known floor; nothing if it is not. It is kept all the same."""
    rate, known = settings.penalty_rate, latest_floor(half_year(as_of))
    if rate is None or known is None or rate >= known[1]:
        return ""
    year, _, part = known[0].partition("-S")
    return texts.t(
        "Your contractual late-payment rate, {rate} a year, is below three times the legal rate of the {half}, {floor}: the law "
        "does not allow it (C. com. L441-10).",
        rate=texts.percent(float(rate), 2),
        half=texts.t("first half of {year}" if part == "1" else "second half of {year}", year=year),
        floor=texts.percent(float(known[1]), 2),
    )
