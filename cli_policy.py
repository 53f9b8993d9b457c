"""The terminal's commands on the dunning policy: show it, change it, and see the reminders to come."""

from pathlib import Path

import typer

import cli_options as opt
from door import door
from models.errors import Refused
from models.texts import Texts

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()
policy_app = typer.Typer(no_args_is_help=True, help="The dunning policy: who is reminded when, and how.")
app.add_typer(policy_app, name="policy")


@policy_app.command()
def show(output: opt.Output = None) -> None:
    """Write the policy that holds, as TOML."""
    from models.policy_comments import text_for
    from pipelines.ledger import run_ledger

    with door.open() as store:
        text = text_for(run_ledger(store).policy, door.texts.language)
    if output is None:
        door.say(None, as_json=False, lines=text.splitlines())
    else:
        door.write(output, text.encode())


@policy_app.command("set")
def set_(file: opt.PolicyFile, as_json: opt.Json = False) -> None:
    """Replace the policy by a TOML file; every fault is told with its line."""
    from pipelines.collections.policies import save_policy

    text = _read(file)
    door.change(lambda store, author: save_policy(store, text, author=author), as_json=as_json)


@policy_app.command()
def reset(as_json: opt.Json = False) -> None:
    """Go back to the policy that ships."""
    from pipelines.collections.policies import save_policy

    door.change(lambda store, author: save_policy(store, None, author=author), as_json=as_json)


@policy_app.command()
def calendar(
    days: opt.CalendarDays = 30, file: opt.OtherPolicy = None, as_of: opt.AsOf = None, as_json: opt.Json = False
) -> None:
    """The reminders to come; with a file, what that policy would change."""
    from models.policy_text import read_policy
    from pipelines.collections.facts import situation
    from pipelines.collections.policies import calendar as calendar_of
    from pipelines.collections.policies import calendar_changes, under

    ledger, day = door.ledger(as_of)
    at = situation(ledger, as_of=day, currency=door.currency)
    rows = calendar_of(at, days=days)
    if file is None:
        lines = [_line(row["date"], row["client"], row["step"], door.texts) for row in rows.to_dicts()]
        door.say(rows.drop("client_id").to_dicts(), as_json=as_json, lines=lines or [door.texts.t("No reminder is to come.")])
        return
    changed = calendar_changes(rows, calendar_of(under(at, read_policy(_read(file))), days=days))
    lines = [
        f"- {_line(row['date'], row['client'], row['before'], door.texts)}" if side == "before" else
        f"+ {_line(row['date'], row['client'], row['after'], door.texts)}"
        for row in changed.to_dicts() for side in ("before", "after") if row[side]
    ]  # fmt: skip
    nothing = door.texts.t("This policy changes no reminder of these days.")
    door.say(changed.drop("client_id").to_dicts(), as_json=as_json, lines=lines or [nothing])


def _line(day: object, client: str, step: str, texts: Texts) -> str:
    from pipelines.collections.reasons import STEP_NAMES

    return f"{day}  {client}  {texts.t(STEP_NAMES.get(step, step))}"


def _read(file: Path) -> str:
    """The text of a policy file.

    Raises:
        Refused: it cannot be read, or is no text.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused("no_file", "There is no file {path}.", path=file) from error
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", "The file {path} is not text in UTF-8.", path=file) from error
