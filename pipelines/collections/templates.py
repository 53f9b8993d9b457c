"""The company's own letters: what they may say, whether they can be read, and their versions."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from models.errors import Refused
from models.store import Author, Store
from models.texts import LANGUAGES, Texts
from pipelines.collections.letters import SEPARATOR, environment, no_break, parsed, shipped

#: What a template is filled without saying anything: comments, and tags other than blocks that are included.
_SILENT = re.compile(r"\{%-?\s*comment\b.*?endcomment\s*-?%\}|\{%(?!-?\s*include\b).*?%\}", re.DOTALL)
_INCLUDE = re.compile(r"""\{%-?\s*include\b\s*(?:["'](?P<name>[^"']*)["'])?""")
#: Longer templates are no letters.
LONGEST = 20_000

#: The fields of a template -> their meaning, as English sentences.
FIELD_WORDS: dict[str, str] = {
    "client": "The client's name.",
    "client_address": "The client's postal address.",
    "client_siren": "The client's SIREN.",
    "client_phone": "The client's telephone number.",
    "client_email": "The client's e-mail address.",
    "company": "Your company's name.",
    "company_address": "Your postal address.",
    "company_siren": "Your SIREN.",
    "company_email": "Your e-mail address.",
    "company_phone": "Your telephone number.",
    "signatory": "Who signs.",
    "mediator": "The consumer mediator: name and contact.",
    "iban": "Your IBAN, in groups of four.",
    "bic": "Your BIC.",
    "payment_link": "The web address where the client can pay.",
    "today": "The day of the letter.",
    "deadline": "The last day to pay that the firm reminder gives.",
    "firm_days": "How many working days that is.",
    "notice_days": "How many days the formal notice gives.",
    "invoices": "The invoices: number, kind, issued, due, order, amount, paid, outstanding, days_late, is_late, interest.",
    "is_single": "Yes if there is one invoice only.",
    "count": "How many invoices there are.",
    "number": "The number of the first invoice.",
    "numbers": "All the numbers, with commas.",
    "due": "The due date of the first invoice.",
    "days_late": "Days late of the oldest invoice.",
    "total": "What the invoices still owe.",
    "penalty": "Late-payment interest to this day.",
    "indemnity": "The fixed indemnities, 40 EUR per late invoice.",
    "unit_indemnity": "The indemnity for one invoice.",
    "indemnity_count": "How many indemnities there are.",
    "claim": "Principal, interest and indemnities together.",
    "is_complete": "Yes if the rate of every half-year is known.",
    "is_contractual": "Yes if you have set a rate of your own.",
    "is_euro": "Yes if the invoices are in euros.",
    "rates": "The rates by half-year: half, year, rate.",
    "distinct_rates": "The same rates, each once: rate.",
    "reminders": "The written reminders after the due date: date, numbers (their invoices), is_one, is_all (of those listed).",
    "contacts": "All that reached the client: date, channel, numbers, is_one, is_all.",
    "notes": "On a call sheet, the last notes and calls: date, kind, result, text. Empty in what the client gets.",
    "promised": "The last day that the client promised and did not keep.",
    "offers_instalments": "Yes if the policy lets this step offer instalments.",
}

#: What the rows of lists, and the loops over them, can be asked for.
_PARTS = frozenset(
    {
        "number", "kind", "issued", "due", "order", "amount", "paid", "outstanding", "days_late", "is_late", "interest",
        "segments", "from", "to", "days", "base", "rate", "half", "year", "date", "channel", "result", "text", "size", "first",
        "last", "numbers", "is_one", "is_all", "index", "index0", "rindex", "rindex0", "length",
    }
)  # fmt: skip

#: Why a template cannot be used -> English sentence, with {line} and perhaps {word}.
FAULT_SENTENCES: dict[str, str] = {
    "too_long": "The text is too long: {word} characters at most.",
    "no_subject": "Line {line}: the first line must be the subject: “subject: …”.",
    "no_separator": "Line {line}: after the subject there must be a line with three hyphens (---), then the text.",
    "empty_subject": "Line {line}: the subject is empty.",
    "empty_text": "Line {line}: the text is empty.",
    "unknown_field": "Line {line}: there is no field “{word}”.",
    "unknown_filter": "Line {line}: the filter “{word}” cannot be used here.",
    "unknown_tag": "Line {line}: “{word}” is not a tag that can be used here, or it is not at its place.",
    "unknown_block": "Line {line}: there is no common block “{word}”.",
    "unclosed": "Line {line}: a tag or a block is not closed.",
    "unreadable": "Line {line}: this cannot be read.",
    "too_much": "Line {line}: this repeats or nests too much.",
}


class Fault(NamedTuple):
    """What is wrong with a template: a code of FAULT_SENTENCES, the line from 1, the word that is meant."""

    code: str
    line: int
    word: str = ""

    def sentence(self, texts: Texts) -> str:
        """The fault in the reader's language."""
        return texts.t(FAULT_SENTENCES[self.code], line=self.line, word=self.word)


def letter_names() -> list[str]:
    """The names of the letters that ship, without the common blocks."""
    return [name for name, text in shipped(LANGUAGES[0]).items() if SEPARATOR in text]


def own_templates(templates: pl.DataFrame) -> dict[tuple[str, str], str]:
    """TEMPLATES by name and language."""
    return {(name, language): text for name, language, text in templates.select("name", "language", "text").iter_rows()}


def template_text(own: Mapping[tuple[str, str], str], name: str, language: str) -> str:
    """A template as it stands: the company's own, else the one that ships, else nothing."""
    return own.get((name, language)) or shipped(language).get(name, "")


def faults(language: str, source: str) -> list[Fault]:
    """What keeps a text from being a template, by line; empty if nothing does."""
    source = source.replace("\r\n", "\n")
    if len(source) > LONGEST:
        return [Fault("too_long", 1, str(LONGEST))]
    head, separator, _ = source.partition(SEPARATOR)
    if not head.startswith("subject:"):
        return [Fault("no_subject", 1)]
    if not separator or "\n" in head:
        return [Fault("no_separator", 2)]
    from liquid.exceptions import LiquidError

    try:
        parts = parsed(language, source)
    except LiquidError as error:
        return [_syntax_fault(error, source, language)]
    except RecursionError:
        return [Fault("too_much", 1)]
    whole = source if language != "fr" else no_break(source)
    head, _, body = whole.partition(SEPARATOR)
    places = ((parts[0], head.removeprefix("subject:"), 1), (parts[1], body, 3))
    found = [fault for part, text, start in places for fault in _unknown(part, text, start, language)]
    found += [
        Fault(code, start)
        for code, (_, text, start) in zip(("empty_subject", "empty_text"), places, strict=True)
        if not _SILENT.sub("", text).strip()
    ]
    return sorted(set(found), key=lambda fault: (fault.line, fault.word))


def _syntax_fault(error: Any, source: str, language: str) -> Fault:  # noqa: ANN401 -- the library has no types
    """The fault that the parser met."""
    from liquid.exceptions import ResourceLimitError, UnknownFilterError

    token = error.token
    line = _line_of(error, source, language)
    word = str(getattr(token, "value", "") or "")
    message = str(error.message or "")
    if isinstance(error, ResourceLimitError) or "nest" in message:
        return Fault("too_much", line)
    if isinstance(error, UnknownFilterError):
        return Fault("unknown_filter", line, word)
    if message.startswith("unexpected tag"):
        return Fault("unknown_tag", line, word)
    return Fault("unclosed" if "end of" in message or "expected tag" in message else "unreadable", line, "")


def _line_of(error: Any, source: str, language: str) -> int:  # noqa: ANN401 -- the library has no types
    """The line of an error in the whole template; the last one where the parser came to the end."""
    token = error.token
    last = source.rstrip("\n").count("\n") + 1
    start: int = -1 if token is None else token.start_index
    if start < 0:
        return last
    whole = source if language != "fr" else no_break(source)
    if token.source == whole.partition(SEPARATOR)[0].removeprefix("subject:"):
        return 1
    if len(token.source) < len(source) - len(source.partition(SEPARATOR)[0]) - len(SEPARATOR):
        return min(_line_in(token.source, source), last)
    return min(2 + str(token.source).count("\n", 0, start) + 1, last)


def _line_in(part: str, source: str) -> int:
    """The line of an expression of which only its own text is known."""
    at = source.find(part)
    return source.count("\n", 0, at) + 1 if at >= 0 else source.rstrip("\n").count("\n") + 1


def _unknown(part: Any, text: str, start: int, language: str) -> list[Fault]:  # noqa: ANN401 -- the library has no types
    """Fields, filters and blocks that do not exist in one parsed part that begins at a line."""

    def line(index: int) -> int:
        return start + text.count("\n", 0, index)

    common = {name for name, words in shipped(language).items() if SEPARATOR not in words}
    missing = [
        Fault("unknown_block", line(use.start()), use["name"] or "include")
        for use in _INCLUDE.finditer(text)
        if use["name"] not in common
    ]
    if missing:
        return missing
    analysis = part.analyze(include_partials=False)
    known = {*FIELD_WORDS, "penalty_label", "forloop"}
    found = [
        Fault("unknown_field", line(use.span.index), name)
        for name, uses in analysis.globals.items()
        if name not in known
        for use in uses
    ]
    found += [
        Fault("unknown_field", line(use.span.index), ".".join(map(str, use.segments)))
        for uses in analysis.variables.values()
        for use in uses
        if any(isinstance(part, str) and part not in _PARTS for part in use.segments[1:])
    ]
    found += [
        Fault("unknown_filter", line(span.index), name)
        for name, spans in analysis.filters.items()
        if name not in environment(language).filters
        for span in spans
    ]
    return found


def save_template(store: Store, name: str, language: str, text: str | None, *, author: Author) -> int:
    """Keep a new version of a letter, or go back to the one that ships with None; its change id.

    Raises:
        Refused: no such language, a name that no letter can have, or a text that cannot be read.
    """
    if language not in LANGUAGES or not _is_name(name):
        raise Refused("unknown_template", "There is no letter {name}.", name=name)
    if text is None and name not in shipped(language):
        raise Refused("no_default", "No letter of that name ships: there is nothing to go back to.")
    if text is not None:
        text = text.replace("\r\n", "\n").rstrip("\n") + "\n"
        found = faults(language, text)
        if found:
            fault = found[0]
            raise Refused(fault.code, FAULT_SENTENCES[fault.code], line=fault.line, word=fault.word)
    with store.change("template", author, subject=name, detail={"language": language, "restored": text is None}) as change:
        row = {"name": name, "language": language, "text": text}
        change.insert("template", pl.DataFrame([row], schema={"name": pl.String, "language": pl.String, "text": pl.String}))
    return change.change_id


def _is_name(name: str) -> bool:
    step, _, kind = name.partition(".")
    return step.isascii() and step.isalnum() and step.isupper() and len(step) <= 8 and kind in {"", "public", "consumer"}  # noqa: PLR2004
