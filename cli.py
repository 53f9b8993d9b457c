"""The terminal door: one command per use of a pipeline (contract, section 5). Nothing here decides anything."""

import sys
from contextlib import redirect_stdout
from io import StringIO
from typing import NoReturn

import typer

import cli_backup
import cli_cash
import cli_closing
import cli_companies
import cli_desk
import cli_files
import cli_following
import cli_forecast
import cli_lists
import cli_matching
import cli_options as opt
import cli_papers
import cli_period
import cli_policy
import cli_report
from cli_tables import check_order
from cli_typed import parse_amount
from door import data_path, door
from models.errors import AppError, Refused
from models.store import Author, Store
from pipelines.exports import answers, sentences
from pipelines.kpis import kpis as kpis_at

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
app.add_typer(cli_backup.app)
app.add_typer(cli_cash.app)
app.add_typer(cli_closing.app)
app.add_typer(cli_companies.app)
app.add_typer(cli_desk.app)
app.add_typer(cli_files.app)
app.add_typer(cli_lists.app)
app.add_typer(cli_period.app)
app.add_typer(cli_following.app)
app.add_typer(cli_matching.app)
app.add_typer(cli_forecast.app)
app.add_typer(cli_papers.app)
app.add_typer(cli_policy.app)
app.add_typer(cli_report.app)


@app.callback()
def options(db: opt.Db = None, currency: opt.Currency = None) -> None:
    """Encours: receivables and cash of a small business."""
    door.path, door.is_default = db or data_path("encours.duckdb"), db is None
    door.currency = currency.upper() if currency else None


@app.command()
def remind(out: opt.Out, as_of: opt.AsOf = None, as_json: opt.Json = False) -> None:
    """Write the drafts of the worklist, one per client."""
    from pipelines.collections.drafts import plan_drafts
    from pipelines.collections.facts import situation
    from pipelines.collections.mail import write_drafts
    from pipelines.collections.worklist import plan

    ledger, day = door.ledger(as_of)
    made = plan_drafts(plan(situation(ledger, as_of=day, currency=door.currency)))
    files = write_drafts(made, out, ledger, date=day)
    door.say(answers.drafts_answer(made, files), as_json=as_json, lines=sentences.draft_lines(made, files, door.texts))


@app.command()
def kpis(start: opt.From = None, as_of: opt.AsOf = None, known_on: opt.KnownOn = None, as_json: opt.Json = False) -> None:
    """The figures of receivables and collection at a date."""
    ledger, day = door.ledger(as_of, known_on)
    check_order(start.date() if start else day, day, last_option="--as-of")
    figures = kpis_at(ledger, as_of=day, start=start.date() if start else None, currency=door.currency)
    door.say_left_out(figures)
    door.say(answers.kpis_answer(figures), as_json=as_json, lines=sentences.kpi_lines(figures, door.texts))


@app.command()
def mark(
    subject: str,
    what: opt.What,
    on: opt.On = None,
    step: opt.Done = None,
    value: opt.MarkValue = None,
    until: opt.Until = None,
    category: opt.Category = None,
    owner: opt.Owner = None,
    amount: opt.Promised = None,
    note: opt.Note = None,
    reason: opt.Reason = "loss",
    off: opt.Off = False,
    in_closed_period: opt.InClosedPeriod = False,
    as_json: opt.Json = False,
) -> None:
    """Mark an invoice or a client: disputed, promise, expected, paused, reminded, sent, rejected, segment, written-off."""
    from pipelines.marks import mark as put

    if what == "written-off" and off and on:
        raise typer.BadParameter(
            door.texts.t("A write-off is taken back for every day, as if it had never been: leave out --on.")
        )
    promised = parse_amount(amount) if amount is not None else None
    said = step or value or category or (until.date().isoformat() if until else None)

    def act(store: Store, author: Author) -> int:
        day = on.date() if on else author.today
        return put(
            store, subject, what, on=day, author=author, is_set=not off, value=said, reason=reason, amount=promised,
            owner=owner, note=note, in_closed_period=in_closed_period, currency=door.currency,
        )  # fmt: skip

    door.change(act, as_json=as_json)


@app.command("set", context_settings={"ignore_unknown_options": True})  # so that -5000 is the floor of an overdraft
def set_(key: str, value: opt.Value = None, as_json: opt.Json = False) -> None:
    """Give a setting a value; without one, its default back."""
    from pipelines import decisions
    from pipelines.collections.lacks import floor_sentence
    from pipelines.ledger import run_settings

    warned = ""

    def act(store: Store, author: Author) -> int:
        nonlocal warned
        change_id = decisions.set_setting(store, key, value, author=author)
        warned = floor_sentence(door.texts, run_settings(store), as_of=author.today) if key == "penalty_rate" else ""
        return change_id

    door.change(act, as_json=as_json)
    if warned:
        door.errors.print(warned)


@app.command()
def undo(change: int, in_closed_period: opt.InClosedPeriod = False, as_json: opt.Json = False) -> None:
    """Take an import or a decision back; undoing an undo brings it back."""
    from pipelines import decisions

    door.change(
        lambda store, author: decisions.undo(store, change, author=author, in_closed_period=in_closed_period), as_json=as_json
    )


@app.command()
def check(as_json: opt.Json = False) -> None:
    """Verify every invariant of the database."""
    from pipelines.check import run_check

    with door.open() as store:
        violations = run_check(store)
    answer = answers.check_answer(violations)
    door.say(answer, as_json=as_json, lines=sentences.check_lines(violations, door.texts))
    raise typer.Exit(0 if answer["ok"] else 1)


@app.command()
def run(folder: opt.Dossiers = None, no_browser: opt.NoBrowser = False, port: opt.Port = 8501) -> None:
    """Open the dashboard on your dossiers, or on one database alone with --db."""
    from cli_companies import choose_dossier

    choose_dossier(folder)
    door.serve(port=port, no_browser=no_browser)


@app.command()
def demo(no_browser: opt.NoBrowser = False, port: opt.Port = 8501, fresh: opt.Fresh = False) -> None:
    """Open the dashboard on the sample company."""
    if not door.is_default:
        raise Refused("demo_has_its_own", "The sample company has a file of its own: run encours demo without --db.")
    door.path, door.folder = data_path("demo.duckdb"), None
    door.make_sample(fresh=fresh)
    door.serve(port=port, no_browser=no_browser)


def _show_help() -> object:
    """Run a command that only shows its help, in the user's language."""
    from cli_help import in_our_words, translate

    translate(app, door.texts)
    with redirect_stdout(StringIO()) as page:
        status = app(sys.argv[1:] or ["--help"], prog_name="encours", standalone_mode=False)
    sys.stdout.write(in_our_words(page.getvalue(), door.texts))
    return status


def _refuse(error: AppError) -> NoReturn:
    door.refuse(error, as_json="--json" in sys.argv)
    sys.exit(1)


def main() -> None:
    """Run a command; an expected failure is one sentence and its exit status, never a traceback."""
    try:
        status = _show_help() if "--help" in sys.argv or len(sys.argv) == 1 else app(prog_name="encours", standalone_mode=False)
    except typer.Abort:
        sys.exit(1)
    except typer.TyperException as error:
        from cli_words import usage_sentence

        door.errors.print(usage_sentence(error, door.texts))
        sys.exit(2)
    except AppError as error:
        _refuse(error)
    except OSError as error:
        if error.filename is None or isinstance(error, FileNotFoundError):
            raise  # it says nothing of a place that a person gave
        _refuse(Refused("not_reached", "{path} cannot be reached: check its name and your rights.", path=error.filename))
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
