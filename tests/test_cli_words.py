"""Wrong usage of the terminal is told in the user's language, whatever the library of the commands says."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

import cli
from cli_words import usage_sentence
from door import door as terminal
from models.texts import Texts

_HELP = "Aide\xa0: encours {command} --help"


def usage(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, *typed: str) -> str:
    """What standard error says of that command, which must be wrong usage."""
    monkeypatch.setattr(sys, "argv", ["encours", *typed])
    monkeypatch.setattr(terminal, "texts", Texts(language))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, said = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    return said.rstrip("\n")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("kpis --x", "Option inconnue\xa0: --x."),
        ("kpis -x", "Option inconnue\xa0: -x."),
        ("kpis --as-off 2026-01-01", "Option inconnue\xa0: --as-off. Vouliez-vous dire --as-of\xa0?"),
        ("kpis --as-of 31/12/2025", "--as-of\xa0: 31/12/2025 n’est pas une date comme 2026-03-31."),
        ("aged --by xx", "--by\xa0: xx n’est pas l’un de client, invoice, sales_rep, category, currency."),
        ("forecast --days 999", "--days\xa0: 999 n’est pas un nombre entier de 1 à 366."),
        ("forecast --days x", "--days\xa0: x n’est pas un nombre entier de 1 à 366."),
        ("undo abc", "CHANGE\xa0: abc n’est pas un nombre entier."),
        ("accept a --candidate b", "--candidate\xa0: b n’est pas un nombre entier."),
        ("settle x", "Il manque ANSWER. Au choix\xa0: keep, replace, other."),
        ("retry x", "Il manque COLUMN=VALUE."),
        ("remind", "Il manque --out."),
        ("watch a b", "Il y a des mots en trop\xa0: b."),
    ],
)
def test_wrong_usage_is_told_in_french(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, said: str
) -> None:
    words = typed.split()
    assert usage(monkeypatch, capsys, "fr", *words) == f"{said} {_HELP.format(command=words[0])}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("invo", "Commande inconnue\xa0: invo. Vouliez-vous dire invoices\xa0?"),
        ("qqq", "Commande inconnue\xa0: qqq."),
        ("--currency EUR", "Il manque une commande."),
    ],
)
def test_a_wrong_command_points_to_the_list_of_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, said: str
) -> None:
    assert usage(monkeypatch, capsys, "fr", *typed.split()) == f"{said} Aide\xa0: encours --help"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("kpis --as-of", "L’option --as-of attend une valeur."), ("kpis --json=3", "L’option --json ne prend pas de valeur.")],
)
def test_an_option_without_its_value_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, said: str
) -> None:
    assert usage(monkeypatch, capsys, "fr", *typed.split()) == said


def test_in_english_it_is_english(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert usage(monkeypatch, capsys, "en", "kpis", "--x") == "Unknown option: --x. Help: encours kpis --help"


def test_what_the_library_says_and_we_do_not_know_is_told_as_it_is() -> None:
    assert usage_sentence(typer.BadParameter("Ours."), Texts("fr")) == "Ours."
    unknown = typer.TyperException("The moon is full.")
    assert usage_sentence(unknown, Texts("fr")) == "Commande incorrecte\xa0: The moon is full."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], ["Utilisation\xa0: ", "Commandes\xa0:", "Montre la balance âgée.", "[variable d’environnement\xa0: ENCOURS_DB]"]),
        (["mark", "--help"], ["{SUBJECT} {WHAT}\n", "--on AAAA-MM-JJ ", "SUBJECT <str> ", "[obligatoire]"]),
        (["import", "--help"], ["{FILES}...\n", "FILES... <path> "]),
        (["aged", "--help"], ["Montre la balance âgée.", "Une ligne par quoi.", "Affiche ce message et s’arrête."]),
    ],
)
def test_the_help_is_in_french(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: list[str], said: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["encours", *typed])
    monkeypatch.setattr(terminal, "texts", Texts("fr"))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert [words for words in said if words not in shown] == []


def test_the_page_on_commands_names_every_command_and_option() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "commandes.md").read_text("utf-8")
    missing = set()
    for name, command in _commands(get_command(cli.app)):
        lines = [line for line in page.splitlines() if re.search(rf"`{name}[ `]", line)]
        options = {option for given in command.params for option in given.opts if option.startswith("--")}
        said_once = {"--json", "--as-of", "--known-on", "--format", "--output"}  # below the table, of many commands at once
        missing |= {name} if not lines else {f"{name} {o}" for o in options - said_once if not any(o in line for line in lines)}
    assert missing == set()


def _commands(group: Any, *before: str) -> Iterator[tuple[str, Any]]:  # the library does not give its types away
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *before, name)
        else:
            yield " ".join([*before, name]), command
