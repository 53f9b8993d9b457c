"""The terminal's monthly report of receivables."""

from pathlib import Path

import typer

import cli_options as opt
from cli_tables import show_written
from door import door

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()


@app.command()
def report(
    as_of: opt.AsOf = None, known_on: opt.KnownOn = None, output: opt.ReportFile = None, as_json: opt.Json = False
) -> None:
    """Write the monthly report of receivables: two to four pages as PDF."""
    from pipelines.report.figures import month_report
    from pipelines.report.pages import report_pdf

    ledger, day = door.ledger(as_of, known_on)
    told = month_report(ledger, as_of=day, currency=door.currency, known_on=known_on.date() if known_on else None)
    door.say_left_out(told.now)
    content = report_pdf(told, door.texts)
    path = output or Path(f"{door.texts.t('receivables-report')}-{day:%Y-%m-%d}.pdf")
    show_written(path, content, as_json=as_json, more={"as_of": day, "bytes": len(content)})
