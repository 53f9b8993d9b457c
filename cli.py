"""The terminal door: one command per use of a pipeline (contract, section 5). Nothing here decides anything."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from door import Door, data_path, parse_amount
from models.errors import AppError, Refused
from models.store import Author, Store
from pipelines import decisions
from pipelines.check import run_check
from pipelines.collections.drafts import plan_drafts
from pipelines.collections.facts import situation
from pipelines.collections.mail import write_drafts
from pipelines.collections.worklist import plan
from pipelines.conflicts import open_conflicts, settle_conflict
from pipelines.exports import answers, sentences
from pipelines.exports.lists import list_rows
from pipelines.forecast.curve import NOTES
from pipelines.forecast.curve import forecast as forecast_at
from pipelines.ingest.publish import run_import
from pipelines.kpis import kpis as kpis_at
from pipelines.ledger import run_ledger
from pipelines.reconcile import decide
from pipelines.reconcile.run import run_matching, run_reconcile
from pipelines.reconcile.run import suggestions as waiting

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
door = Door()

_DAY = ["%Y-%m-%d"]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=_DAY, help="The date D; today by default.")]
From = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First day of the period; a year by default.")]
On = Annotated[datetime | None, typer.Option("--on", formats=_DAY, help="The day from which it holds; today by default.")]
Format = Annotated[Literal["table", "csv", "xlsx", "json"], typer.Option("--format", help="How to write it.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="The file to write.")]
Kind = Annotated[Literal["auto", "invoices", "purchases", "bank", "clients"], typer.Option(help="What it is.")]
Account = Annotated[str | None, typer.Option(help="The bank account of a statement that names none.")]
Profile = Annotated[str | None, typer.Option(help="The exporting program.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Report only; nothing is stored.")]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a file that has any problem.")]
Unmatched = Annotated[bool, typer.Option("--unmatched", help="Only receipts that wait for a match.")]
By = Annotated[Literal["client", "invoice", "sales_rep", "category"], typer.Option(help="One row per what.")]
Out = Annotated[Path, typer.Option("--out", help="The folder for the drafts.")]
Days = Annotated[int, typer.Option(min=1, max=366, help="How many days ahead.")]
CandidateNumber = Annotated[int | None, typer.Option("--candidate", help="Which candidate.")]
Settlement = Annotated[Literal["keep", "replace", "other"], typer.Argument()]
What = Annotated[Literal["disputed", "doubtful", "insolvency", "promise", "reminded", "sent", "written-off"], typer.Argument()]
Done = Annotated[str | None, typer.Option("--step", help="Of a reminder: the step done, for instance R1.")]
Reason = Annotated[Literal["loss", "rounding", "bank_fee", "discount"], typer.Option(help="Of a write-off.")]
Off = Annotated[bool, typer.Option("--off", help="Take the mark back from that day on.")]
Value = Annotated[str | None, typer.Argument()]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]
Port = Annotated[int, typer.Option(help="The port on this machine.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Make the sample's database anew.")]
Db = Annotated[Path | None, typer.Option("--db", envvar="ENCOURS_DB", help="The company's database.")]
Currency = Annotated[str | None, typer.Option("--currency", help="The currency of the figures, for instance EUR.")]


@app.callback()
def options(db: Db = None, currency: Currency = None) -> None:
    """Encours: receivables and cash of a small business."""
    door.path, door.is_default = db or data_path("encours.duckdb"), db is None
    door.currency = currency.upper() if currency else None


def _list(name: str, as_of: datetime | None, form: str, output: Path | None, *, as_json: bool, **choices: str | bool) -> None:
    ledger, day = door.ledger(as_of)
    if name in ("aged", "worklist"):
        door.say_left_out(kpis_at(ledger, as_of=day, currency=door.currency))
    rows = list_rows(name, ledger, door.texts, as_of=day, currency=door.currency, **choices)  # type: ignore[arg-type]
    door.show(name, rows, "json" if as_json else form, output)


@app.command("import")
def import_(
    files: list[Path], kind: Kind = "auto", account: Account = None, profile: Profile = None, dry_run: DryRun = False,
    strict: Strict = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Import invoices and bank statements, one transaction per file."""
    door.check_files(files)
    from rich.progress import track  # late: only imports show progress

    choices = {"kind": kind, "account": account, "profile": profile, "dry_run": dry_run, "strict": strict}
    with door.open(create=True) as store:
        author = door.author(store)
        steps = track(files, console=door.errors, disable=len(files) == 1, description=door.texts.t("Import"))
        reports = [run_import(store, file.read_bytes(), file.name, author=author, **choices) for file in steps]  # type: ignore[arg-type]
    door.say(answers.import_answer(reports, door.texts), as_json=as_json, lines=sentences.import_lines(reports, door.texts))
    is_whole = all(report.is_complete for report in reports)
    raise typer.Exit(0 if is_whole else 1 if all(report.refused for report in reports) else 3)


@app.command()
def reconcile(as_json: Json = False) -> None:
    """Match bank lines and invoices."""
    with door.open() as store:
        done = run_reconcile(store, author=door.author(store))
    door.say(answers.reconcile_answer(done), as_json=as_json, lines=sentences.reconcile_lines(done, door.texts))


@app.command()
def allocations(as_of: AsOf = None, form: Format = "table", output: Output = None, as_json: Json = False) -> None:
    """List what paid what."""
    _list("allocations", as_of, form, output, as_json=as_json)


@app.command()
def lines(
    unmatched: Unmatched = False, as_of: AsOf = None, form: Format = "table", output: Output = None, as_json: Json = False
) -> None:
    """List bank lines."""
    _list("lines", as_of, form, output, as_json=as_json, only_unmatched=unmatched)


@app.command()
def invoices(as_of: AsOf = None, form: Format = "table", output: Output = None, as_json: Json = False) -> None:
    """List every sales document with what it owes."""
    _list("invoices", as_of, form, output, as_json=as_json)


@app.command()
def aged(by: By = "client", as_of: AsOf = None, form: Format = "table", output: Output = None, as_json: Json = False) -> None:
    """Show the aged balance."""
    _list("aged", as_of, form, output, as_json=as_json, by=by)


@app.command()
def worklist(as_of: AsOf = None, form: Format = "table", output: Output = None, as_json: Json = False) -> None:
    """Who to chase, the most useful first."""
    _list("worklist", as_of, form, output, as_json=as_json)


@app.command()
def remind(out: Out, as_of: AsOf = None, as_json: Json = False) -> None:
    """Write the drafts of the worklist, one per client."""
    ledger, day = door.ledger(as_of)
    made = plan_drafts(plan(situation(ledger, as_of=day, currency=door.currency)))
    files = write_drafts(made, out, ledger.settings, date=day)
    door.say(answers.drafts_answer(made, files), as_json=as_json, lines=sentences.draft_lines(made, files, door.texts))


@app.command()
def kpis(start: From = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """The figures of receivables and collection at a date."""
    ledger, day = door.ledger(as_of)
    if start and start.date() > day:
        raise typer.BadParameter(door.texts.t("The period would end before it begins: --from is after --as-of."))
    figures = kpis_at(ledger, as_of=day, start=start.date() if start else None, currency=door.currency)
    door.say_left_out(figures)
    door.say(answers.kpis_answer(figures), as_json=as_json, lines=sentences.kpi_lines(figures, door.texts))


@app.command()
def forecast(days: Days = 30, as_of: AsOf = None, as_json: Json = False) -> None:
    """Cash at the end of each coming day."""
    ledger, day = door.ledger(as_of)
    coming = forecast_at(ledger, as_of=day, days=days, currency=door.currency)
    door.errors.print(*[door.texts.t(NOTES[note]) for note in coming.notes], sep="\n", end="\n" if coming.notes else "")
    door.say(answers.forecast_answer(coming), as_json=as_json, lines=sentences.forecast_lines(coming, door.texts))


@app.command()
def suggestions(as_of: AsOf = None, as_json: Json = False) -> None:
    """List the matches that wait for a person."""
    with door.open() as store:
        ledger = run_ledger(store)
        found = waiting(run_matching(store, ledger), ledger)
    found = [row for row in found if as_of is None or str(row["date"]) <= as_of.date().isoformat()]
    rows = answers.suggestions_answer(found, door.texts)
    door.say(rows, as_json=as_json, lines=sentences.suggestion_lines(rows, door.texts))


@app.command()
def accept(suggestion: str, candidate: CandidateNumber = None, as_json: Json = False) -> None:
    """Accept a suggestion."""
    door.change(lambda store, author: decide.accept(store, suggestion, candidate=candidate, author=author), as_json=as_json)


@app.command()
def refuse(suggestion: str, as_json: Json = False) -> None:
    """Refuse a suggestion, or detach an allocation: no rule proposes it again."""
    door.change(lambda store, author: decide.refuse(store, suggestion, author=author), as_json=as_json)


@app.command(context_settings={"ignore_unknown_options": True})  # so that -5 is an amount, and refused as one
def allocate(source: str, invoice: str, amount: str, as_json: Json = False) -> None:
    """Give an amount of a bank line (or of a credit note) to an invoice."""
    door.change(
        lambda store, author: decide.allocate(store, source, invoice, parse_amount(amount), author=author), as_json=as_json
    )


@app.command()
def attribute(line: str, client: str, as_json: Json = False) -> None:
    """Say which client a receipt comes from."""
    door.change(lambda store, author: decide.attribute(store, line, client, author=author), as_json=as_json)


@app.command()
def refund(line: str, credit: str, as_json: Json = False) -> None:
    """Say that a debit takes back a receipt or a credit note."""
    door.change(lambda store, author: decide.refund(store, line, credit, author=author), as_json=as_json)


@app.command()
def conflicts(as_json: Json = False) -> None:
    """List the rows of files that contradict what is stored."""
    with door.open() as store:
        rows = answers.conflicts_answer(open_conflicts(store))
    door.say(rows, as_json=as_json, lines=sentences.conflict_lines(rows, door.texts))


@app.command()
def settle(conflict: str, answer: Settlement, as_json: Json = False) -> None:
    """Settle a conflict: keep what is stored, replace it, or take the row as another document."""
    door.change(lambda store, author: settle_conflict(store, conflict, answer, author=author), as_json=as_json)


@app.command()
def mark(
    subject: str, what: What, on: On = None, step: Done = None, reason: Reason = "loss", off: Off = False, as_json: Json = False
) -> None:
    """Mark an invoice or a client: disputed, doubtful, insolvency, promise, reminded, sent, written-off."""

    def act(store: Store, author: Author) -> int:
        day = on.date() if on else author.today
        return decisions.mark(store, subject, what, on=day, author=author, is_set=not off, value=step, reason=reason)

    door.change(act, as_json=as_json)


@app.command("set")
def set_(key: str, value: Value = None, as_json: Json = False) -> None:
    """Give a setting a value; without one, its default back."""
    door.change(lambda store, author: decisions.set_settings(store, {key: value}, author=author), as_json=as_json)


@app.command()
def history(as_json: Json = False) -> None:
    """List every import and decision, the newest first."""
    with door.open() as store:
        rows = answers.history_answer(decisions.history(store))
    door.say(rows, as_json=as_json, lines=sentences.history_lines(rows, door.texts))


@app.command()
def undo(change: int, as_json: Json = False) -> None:
    """Take an import or a decision back; undoing an undo brings it back."""
    door.change(lambda store, author: decisions.undo(store, change, author=author), as_json=as_json)


@app.command()
def check(as_json: Json = False) -> None:
    """Verify every invariant of the database."""
    with door.open() as store:
        violations = run_check(store)
    door.say(answers.check_answer(violations), as_json=as_json, lines=sentences.check_lines(violations, door.texts))
    raise typer.Exit(1 if violations else 0)


@app.command()
def run(no_browser: NoBrowser = False, port: Port = 8501) -> None:
    """Open the dashboard on your database."""
    door.open(create=True).close()  # a locked or unreadable file is refused here, in one sentence
    door.serve(port=port, no_browser=no_browser)


@app.command()
def demo(no_browser: NoBrowser = False, port: Port = 8501, fresh: Fresh = False) -> None:
    """Open the dashboard on the sample company."""
    if not door.is_default:
        raise Refused("demo_has_its_own", "The sample company has a file of its own: run encours demo without --db.")
    door.path = data_path("demo.duckdb")
    door.make_sample(fresh=fresh)
    door.serve(port=port, no_browser=no_browser)


def main() -> None:
    """Run a command; an expected failure is one sentence and its exit status, never a traceback."""
    try:
        status = app(standalone_mode=False)
    except typer.Abort:
        sys.exit(1)
    except typer.TyperException as error:
        reason = getattr(error, "format_message", error.__str__)()
        door.errors.print(door.texts.t("Wrong usage: {reason}", reason=reason))
        sys.exit(2)
    except AppError as error:
        door.refuse(error, as_json="--json" in sys.argv)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
