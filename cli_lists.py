"""The terminal's lists: what is owed, what paid it, whom to remind, and what that brought."""

from datetime import datetime
from pathlib import Path

import typer

import cli_options as opt
from door import door

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()


def _list(
    name: str,
    dates: tuple[datetime | None, datetime | None],
    form: str,
    output: Path | None,
    *,
    as_json: bool,
    **choices: str | bool | int | frozenset[str] | None,
) -> None:
    """A list in the form asked for; where it is printed or a workbook, with what it is of. `dates`: as of, and known on."""
    from pipelines.exports.lists import TITLE_WORDS, about, list_rows

    ledger, day = door.ledger(*dates)
    if name in ("worklist", "reminders"):
        door.one_money(ledger, day)
    form = "json" if as_json else form
    choices["is_read"] = form != "json"
    rows = list_rows(name, ledger, door.texts, as_of=day, currency=door.currency, **choices)  # type: ignore[arg-type]
    said = []
    if name in TITLE_WORDS:
        filters = {door.texts.t("Minutes at most"): str(choices["minutes"])} if choices.get("minutes") else {}
        money, company = door.money(ledger), ledger.settings.company_name
        said = about(name, door.texts, as_of=day, currency=money, company=company, filters=filters)
    door.show(name, rows, form, output, about=said, day=day)


def _suggested(known_on: datetime | None) -> frozenset[str]:
    """The bank lines with a suggestion; of a past day's knowledge nobody takes decisions, so nothing is suggested."""
    from pipelines.ledger import run_ledger
    from pipelines.reconcile.run import run_matching

    if known_on is not None:
        return frozenset()
    with door.open() as store:
        return frozenset(run_matching(store, run_ledger(store)).suggestions)


@app.command()
def allocations(
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.Format = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """List what paid what."""
    _list("allocations", (as_of, known_on), form, output, as_json=as_json)


@app.command()
def lines(
    unmatched: opt.Unmatched = False,
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.Format = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """List bank lines."""
    suggested = _suggested(known_on) if unmatched else None
    _list("lines", (as_of, known_on), form, output, as_json=as_json, suggested=suggested)


@app.command()
def invoices(
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.Format = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """List every sales document with what it owes."""
    _list("invoices", (as_of, known_on), form, output, as_json=as_json)


@app.command()
def worklist(
    minutes: opt.Minutes = None,
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """Who to chase, the most useful first; or what fits in the minutes there are."""
    _list("worklist", (as_of, known_on), form, output, as_json=as_json, minutes=minutes)


@app.command()
def reminders(
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """List the invoices that the next reminders speak of, with how often each was reminded."""
    _list("reminders", (as_of, known_on), form, output, as_json=as_json)


@app.command()
def results(
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """What the reminders of each step and channel were followed by: money within 15 and 30 days. It proves no cause."""
    _list("results", (as_of, known_on), form, output, as_json=as_json)
