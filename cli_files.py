"""The terminal's commands on files and what they bring: import, correct, settle, watch, rebuild; and accounting exports."""

from datetime import timedelta
from pathlib import Path

import typer

import cli_options as opt
from cli_tables import check_order
from cli_typed import parse_cell
from door import door
from models.errors import Refused
from pipelines.exports import answers, file_sentences
from pipelines.ledger import run_settings

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()
_YEAR = 365


@app.command("import")
def import_(
    files: list[Path], kind: opt.Kind = "auto", account: opt.Account = None, profile: opt.Profile = None,
    encoding: opt.Encoding = None, dry_run: opt.DryRun = False, strict: opt.Strict = False, as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Import invoices and bank statements, one transaction per file."""
    from rich.progress import track

    from pipelines.publishing.archives import run_imports

    door.check_files(files)
    choices = {"kind": kind, "account": account, "profile": profile, "encoding": encoding, "dry_run": dry_run, "strict": strict}
    with door.open(create=True) as store:
        author = door.author(store)
        steps = track(files, console=door.errors, disable=len(files) == 1, description=door.texts.t("Import"))
        reports = [
            report for file in steps for report in run_imports(store, file.read_bytes(), file.name, author=author, **choices)
        ]
    door.say(answers.import_answer(reports, door.texts), as_json=as_json, lines=file_sentences.import_lines(reports, door.texts))
    raise typer.Exit(answers.import_status(reports))


@app.command()
def quarantine(file: opt.Csv = None, as_json: opt.Json = False) -> None:
    """List the rejected rows that wait for a correction."""
    from pipelines.exports.waiting_rows import waiting_csv
    from pipelines.publishing.quarantine import waiting

    with door.open() as store:
        rows = waiting(store)
    if file is not None:
        door.write(file, waiting_csv(rows, door.texts))
    found = answers.quarantine_answer(rows, door.texts)
    door.say(found, as_json=as_json, lines=file_sentences.quarantine_lines(found, door.texts))


@app.command()
def retry(row_id: opt.RowId, cells: opt.Cells, account: opt.Account = None, as_json: opt.Json = False) -> None:
    """Read a row that waits again, with other cells: COLUMN=VALUE, the column as in its file."""
    from pipelines.publishing.corrections import run_retry

    given = dict(parse_cell(cell) for cell in cells)
    with door.open() as store:
        done = run_retry(store, {row_id: given}, author=door.author(store), account=account)[0]
    if done.report.refused is not None:
        raise done.report.refused
    answer = answers.retry_answer(done, row_id, door.texts)
    door.say(answer, as_json=as_json, lines=file_sentences.retry_lines(answer, door.texts))
    raise typer.Exit(0 if answer["corrected"] else 1)


@app.command()
def drop(row_id: opt.RowId, as_json: opt.Json = False) -> None:
    """Say that a row that waits needs no correction."""
    from pipelines.publishing.corrections import run_drop

    door.change(lambda store, author: run_drop(store, [row_id], author=author), as_json=as_json)


@app.command()
def rebuild(out: opt.NewFile = None, as_json: opt.Json = False) -> None:
    """Make the database anew from the original files and the decisions, in a new file, and say what differs."""
    from pipelines.publishing.rebuild import run_rebuild

    with door.open() as store:
        done = run_rebuild(store, out or door.free_path("rebuilt"))
    answer = answers.rebuild_answer(done)
    door.say(answer, as_json=as_json, lines=file_sentences.rebuild_lines(answer, door.texts))


@app.command()
def watch(folder: opt.Folder, once: opt.Once = False) -> None:
    """Import what lands in a folder, once, then move it to done/ or refused/ with its report."""
    reports = door.watch(folder, once=once)
    raise typer.Exit(answers.import_status(reports))


@app.command()
def conflicts(as_json: opt.Json = False) -> None:
    """List the rows of files that contradict what is stored."""
    from pipelines.conflicts import open_conflicts

    with door.open() as store:
        rows, currency = answers.conflicts_answer(open_conflicts(store)), run_settings(store).currency
    door.say(rows, as_json=as_json, lines=file_sentences.conflict_lines(rows, door.texts, currency=currency))


@app.command()
def settle(conflict: str, answer: opt.Settlement, as_json: opt.Json = False) -> None:
    """Settle a conflict: keep what is stored, replace it, or take the row as another document."""
    from pipelines.conflicts import settle_conflict

    door.change(lambda store, author: settle_conflict(store, conflict, answer, author=author), as_json=as_json)


@app.command()
def export(
    form: opt.ExportFormat, start: opt.ExportFrom = None, to: opt.ExportTo = None, output: opt.Output = None,
    only_new: opt.OnlyNew = False, corrections: opt.Corrections = False, proven_only: opt.ProvenOnly = False,
    no_doubtful: opt.NoDoubtful = False, columns: opt.Columns = "", as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Write the entries of a period for an accountant's program, archive them, and know what left."""
    from pipelines.accounting.exporting import Request, run_export
    from pipelines.exports.accounting_files import Asked
    from pipelines.exports.accounting_words import export_lines, export_notes

    with door.open() as store:
        author, own = door.author(store), run_settings(store).currency
        if door.currency not in (None, own):
            raise Refused(
                "other_currency", "Entries are in the company’s currency, {currency}: leave --currency out.", currency=own
            )
        last = to.date() if to else author.today
        first = start.date() if start else last - timedelta(days=_YEAR - 1)
        names = [name.strip() for name in columns.split(",") if name.strip()]
        check_order(first, last)
        asked = Asked(form, first, last, names)
        request = Request(asked, only_new, corrections, not proven_only, not no_doubtful)
        written: list[Path] = []

        def deliver(name: str, content: bytes) -> None:
            path = output / name if output and output.is_dir() else output or Path(name)
            door.write(path, content)
            written.append(path)

        done = run_export(store, request, author=author, texts=door.texts, deliver=deliver)
    for note in export_notes(done.plan, door.texts):
        door.errors.print(note)
    answer = {"file": str(written[0]), "rows": done.plan.selection.lines.height, "sha256": done.sha256}
    said = export_lines(done, str(written[0]), door.texts)
    door.say(answer, as_json=as_json, lines=said)
    door.errors.print(*(said[1:] if as_json else []), sep="\n", end="\n" if as_json else "")
