"""What is wrong with what was typed at the terminal, in the user's language: the library of the commands speaks English only."""

import re
from typing import Any

import typer

from models.texts import Texts

#: What the library says, and the same in sentences of ours; its groups are the fields.
_USAGE_WORDS = {
    r"No such option: (?P<option>\S+)(?: \(Possible options: (?P<close>.*)\))?": "Unknown option: {option}.",
    r"No such command '(?P<command>.*?)'\.(?: Did you mean (?P<close>.*)\?)?": "Unknown command: {command}.",
    r"Missing \w+ '(?P<name>[^']*)'.*?(?:Choose from:(?P<choices>.*))?": "{name} is missing.",
    r"Missing command\.": "A command is missing.",
    r"Got unexpected extra argument\(s\) \((?P<words>.*)\)": "There are words too many: {words}.",
    r"Option '(?P<option>.*)' requires an argument\.": "The option {option} needs a value.",
    r"Option '(?P<option>.*)' does not take a value\.": "The option {option} takes no value.",
}


def usage_sentence(error: typer.TyperException, texts: Texts) -> str:
    """What is wrong, what would be right, and where the help is; the library's own words where it says what we do not know."""
    if isinstance(error, typer.BadParameter) and error.__cause__ is not None:
        said = _value_sentence(error, texts)
    elif isinstance(error, typer.BadParameter) and error.param is None:
        return error.message  # a command of ours said it
    else:
        said = _words_sentence(error.format_message(), texts)
    context = getattr(error, "ctx", None)
    return f"{said} {texts.t('Help: {command} --help', command=context.command_path)}" if context else said


def _words_sentence(message: str, texts: Texts) -> str:
    for pattern, sentence in _USAGE_WORDS.items():
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            fields = {name: _shown_name(name, text) for name, text in found.groupdict().items() if text}
            close, choices = fields.pop("close", None), fields.pop("choices", None)
            said = [texts.t(sentence, **fields)]
            said += [texts.t("Did you mean {close}?", close=close)] if close else []
            said += [texts.t("Choose one of: {choices}.", choices=choices)] if choices else []
            return " ".join(said)
    return texts.t("Wrong usage: {reason}", reason=message)


def _shown_name(field: str, text: str) -> str:
    """An argument as the help writes it; a list on one line."""
    if field == "name":
        return _as_in_help(text)
    return " ".join(text.replace("'", "").split())


def _value_sentence(error: typer.BadParameter, texts: Texts) -> str:
    """What is wrong with the value of an option or argument, by what it should have been."""
    expected: Any = getattr(error.param, "type_descriptor", None)  # the library does not give its types away
    hint: Any = getattr(error.param, "get_error_hint", str)()
    problems: Any = getattr(error.__cause__, "errors", list)()
    fields = {"name": _as_in_help(str(hint)), "value": problems[0]["input"] if problems else ""}
    if expected is not None and expected.is_choice:
        return texts.t("{name}: {value} is not one of {choices}.", choices=", ".join(expected.choices), **fields)
    if expected is not None and expected.is_datetime:
        return texts.t("{name}: {value} is not a date such as {example}.", example="2026-03-31", **fields)
    if expected is not None and expected.is_ranged:
        low, high = expected.parameter_info.min, expected.parameter_info.max
        return texts.t("{name}: {value} is not a whole number from {low} to {high}.", low=low, high=high, **fields)
    if expected is not None and expected.annotation in (int, int | None):
        return texts.t("{name}: {value} is not a whole number.", **fields)
    return texts.t("{name}: {value} cannot be read.", **fields)


def _as_in_help(name: str) -> str:
    """--by as it is, 'change' as CHANGE."""
    bare = name.replace("'", "")
    return bare if bare.startswith("-") else bare.upper()
