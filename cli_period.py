"""The terminal's periods: the aged balance as it is cut, movements between two dates, closed periods and what came for them."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import typer

import cli_options as opt
from cli_tables import check_order, show_answer, show_json, show_table
from cli_typed import parse_day
from door import door
from models.errors import Refused
from pipelines.exports import answers

if TYPE_CHECKING:
    from pipelines.ledger import Ledger
    from pipelines.locks import Closing

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()


@app.command()
def aged(
    by: opt.AgedBy = "client",
    buckets: opt.Buckets = "30,60,90",
    basis: opt.Basis = "due",
    instalments: opt.ByInstalment = False,
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """Show the aged balance."""
    from pipelines.ageing import Ageing, parse_bounds
    from pipelines.exports.lists import list_aged

    if instalments and (by != "invoice" or basis != "due"):
        raise typer.BadParameter(door.texts.t("--instalments goes with --by invoice and --basis due."))
    ageing = Ageing(basis, parse_bounds(buckets), instalments)
    ledger, day = door.ledger(as_of, known_on)
    if by != "currency":
        door.one_money(ledger, day)
    rows = list_aged(ledger, as_of=day, by=by, currency=door.currency, ageing=ageing)
    answer, currency = answers.aged_answer(rows, by), door.money(ledger)
    if as_json or form == "json":
        show_json(answer, output)
        return
    from pipelines.accounting.balance_check import accounts_at, proof_sentences
    from pipelines.exports.period_tables import aged_table, in_files_only

    is_of_several = by == "currency" and door.currency is None
    proof = [] if is_of_several else proof_sentences(accounts_at(ledger, to=day, currency=currency), ledger, door.texts, currency)
    table = aged_table(
        rows,
        by,
        ageing,
        ledger,
        door.texts,
        as_of=day,
        currency=None if is_of_several else currency,
        known_on=_day(known_on),
        proof=proof,
    )
    show_table(in_files_only(table, ("issue_date", "disputed", "doubtful")), form, output)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


@app.command()
def rollforward(
    start: opt.MovesFrom = None,
    to: opt.MovesTo = None,
    by: opt.MovesBy = "client",
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """What led from one balance of receivables to another: invoiced, credited, collected, returned, written off."""
    from pipelines.exports.period_answers import rollforward_answer
    from pipelines.exports.period_tables import rollforward_table
    from pipelines.rollforward import rollforward as movements_between

    ledger, end = door.ledger(to, known_on)
    first = start.date() if start else date(end.year, 1, 1)
    check_order(first, end)
    currency = door.one_money(ledger, end)
    rows = movements_between(ledger, start=first, to=end, by=by, currency=currency)
    answer = rollforward_answer(rows, by, start=first, to=end, currency=currency)
    table = rollforward_table(rows, by, ledger, door.texts, start=first, to=end, currency=currency, known_on=_day(known_on))
    show_answer(answer, table, form, output, as_json=as_json)


@app.command("close-period")
def close_period(day: opt.ClosedDay, note: opt.Note = None, as_json: opt.Json = False) -> None:
    """Close the books up to and including a day: what comes for it later is shown as such."""
    from pipelines import locks

    until = parse_day(day)
    door.change(lambda store, author: locks.close_period(store, until, author=author, note=note), as_json=as_json)


@app.command("open-period")
def open_period(note: opt.Note = None, as_json: opt.Json = False) -> None:
    """Open all closed periods again."""
    from pipelines import locks

    door.change(lambda store, author: locks.open_period(store, author=author, note=note), as_json=as_json)


@app.command()
def closed(
    day: opt.ClosedUntil = None, form: opt.PrintedFormat = "table", output: opt.Output = None, as_json: opt.Json = False
) -> None:
    """What came for a closed period after its closing, and what it changes of that day's receivables."""
    from pipelines import locks
    from pipelines.arrivals import run_arrivals
    from pipelines.exports.period_answers import closed_answer
    from pipelines.exports.period_tables import arrivals_table, beside_sentences, in_files_only
    from pipelines.ledger import run_ledger

    with door.open() as store:
        ledger = run_ledger(store)
        closing = _closing(ledger, day)
        currency = door.money(ledger)
        found = run_arrivals(store, ledger, closing, as_of=_day(day), currency=currency) if closing else None
        held = locks.closings(ledger)
    if found is not None and (as_json or form != "table" or output is not None):
        for sentence in beside_sentences(found, door.texts):
            door.errors.print(sentence)
    if as_json or form == "json":
        show_json(closed_answer(held, found, currency), output)
    elif found is None:
        door.say(None, as_json=False, lines=[door.texts.t("No period is closed.")])
    else:
        table = arrivals_table(found, ledger, door.texts, currency=currency)
        show_table(in_files_only(table, ("action_text",)), form, output)


def _closing(ledger: "Ledger", day: datetime | None) -> "Closing | None":
    """The closing of that day, or the last one."""
    from pipelines import locks

    if day is None:
        return next(reversed(locks.closings(ledger)), None)
    found = locks.closing_of(ledger, day.date())
    if found is None:
        raise Refused("not_closed", "{day} is not in a closed period.", day=day.date())
    return found
