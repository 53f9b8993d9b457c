"""The commands of the cash forecast: the coming days, their back-test, and a plain payment history measured from outside."""

from datetime import datetime
from pathlib import Path

import typer

import cli_options as opt
from cli_typed import day_in_reach
from door import door
from pipelines.exports import answers, sentences

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command()
def forecast(
    days: opt.Days = 30,
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    history: opt.PlainHistory = None,
    origin: opt.Origin = None,
    out: opt.OutFile = None,
    backtest: opt.Backtest = False,
    as_json: opt.Json = False,
) -> None:
    """Cash at the end of each coming day, or how past forecasts did; with --history, of a file and without a database."""
    if history is not None:
        _of_history(history, origin, out, days, as_json=as_json)
        return
    if origin or out:
        raise typer.BadParameter(door.texts.t("--origin and --out go with --history."))
    from pipelines.forecast.curve import NOTES
    from pipelines.forecast.curve import forecast as forecast_at
    from pipelines.forecast.snapshots import run_keep

    if backtest:
        _past_forecasts(as_of, known_on, as_json=as_json)
        return
    with door.open() as store:
        ledger, day = door.ledger_of(store, as_of, known_on)
        coming = forecast_at(ledger, as_of=day, days=days, currency=door.currency)
        if as_of is None and known_on is None:
            run_keep(store, coming, author=door.author(store))
    door.errors.print(*[door.texts.t(NOTES[note]) for note in coming.notes], sep="\n", end="\n" if coming.notes else "")
    door.say(answers.forecast_answer(coming), as_json=as_json, lines=sentences.forecast_lines(coming, door.texts))


def _past_forecasts(as_of: datetime | None, known_on: datetime | None, *, as_json: bool) -> None:
    """Past forecasts of receipts against what came."""
    from models.past_store import PastStore
    from pipelines.exports import forecast_answers
    from pipelines.forecast.backtest import back_test
    from pipelines.forecast.incoming import incoming
    from pipelines.forecast.snapshots import kept_forecasts

    with door.open() as store:
        ledger, day = door.ledger_of(store, as_of, known_on)
        kept = kept_forecasts(PastStore(store, known_on=known_on.date()) if known_on else store)
    currency = door.money(ledger)
    coming = incoming(ledger, as_of=day, days=30, currency=currency)
    found = back_test(ledger, coming, kept, as_of=day, currency=currency)
    lines = forecast_answers.back_test_lines(found, door.texts, currency)
    door.say(forecast_answers.back_test_answer(found, as_of=day, currency=currency), as_json=as_json, lines=lines)


def _of_history(history: Path, origin: datetime | None, out: Path | None, days: int, *, as_json: bool) -> None:
    """Write the forecast of a plain payment history as JSON: to the file asked for, or on standard output."""
    from pipelines.forecast.plain_history import forecast_of_history, read_plain_history

    if origin is None:
        raise typer.BadParameter(
            door.texts.t("Say the first day of the forecast with --origin: what is dated before it is known.")
        )
    first = day_in_reach(origin.date())
    known, left_out = read_plain_history(history)
    if left_out:
        said = "{count} line below zero is left out: nobody pays a credit note."
        said_of_many = "{count} lines below zero are left out: nobody pays a credit note."
        door.errors.print(door.texts.plural(said, said_of_many, left_out))
    found = forecast_of_history(known, origin=first, days=days)
    if out is None or as_json:
        door.say(found, as_json=True)
    if out is not None:
        door.write(out, answers.dump(found).encode())
