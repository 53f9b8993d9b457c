"""The terminal's commands on several companies and several currencies: dossiers, the portfolio, consolidated receivables."""

import getpass
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import typer

import cli_options as opt
from cli_tables import show_json
from door import data_path, door
from models.errors import AppError
from models.store import Author

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()
_FIRST = "encours.duckdb"
_NONE = "There is no dossier in this folder yet."


def _folder(folder: Path | None) -> Path:
    """The folder of the dossiers."""
    return folder or data_path(_FIRST).parent


def _known_folder(folder: Path | None) -> Path:
    """The same, to be read: one that was named must be there."""
    if folder is not None:
        from pipelines.publishing.watch import check_folder

        check_folder(folder)
    return _folder(folder)


def choose_dossier(folder: Path | None) -> None:
    """Which database the dashboard opens first, and the folder whose dossiers it shows.

    With --db alone it shows that database and no other. An empty folder gets a first dossier; where there are several,
    the reader chooses.
    """
    from pipelines.companies.folder import databases_in

    if not door.is_default:
        is_outside = folder is not None and door.path.resolve().parent != folder.resolve()
        if is_outside:
            said = "The database {path} is not in the folder of the dossiers: it is opened alone."
            door.errors.print(door.texts.t(said, path=door.path))
        door.folder = None if is_outside else folder
        door.open(create=True).close()  # a locked or unreadable file is refused here, in one sentence
        return
    door.folder = _folder(folder)
    known = databases_in(door.folder)
    own = door.folder / _FIRST
    door.path = own if own in known or not known else known[0]
    if len(known) <= 1:
        door.open(create=True).close()


@app.command()
def companies(folder: opt.Dossiers = None, as_json: opt.Json = False) -> None:
    """List the dossiers of a folder: one database per company."""
    from pipelines.companies.folder import companies_in

    found = companies_in(_known_folder(folder))
    rows = [{"id": company.company_id, "company": company.name, "file": str(company.path)} for company in found]
    lines = [f"{company.company_id}  {company.name}  {company.path}" for company in found]
    door.say(rows, as_json=as_json, lines=lines or [door.texts.t(_NONE)])


@app.command("new-company")
def new_company(name: opt.CompanyName, folder: opt.Dossiers = None, as_json: opt.Json = False) -> None:
    """Make the dossier of a new company: an empty database with its name."""
    from pipelines.companies.folder import run_new_company

    today, now = date.today(), datetime.now(UTC).replace(tzinfo=None)  # noqa: DTZ011 -- the user's calendar day
    made = run_new_company(_folder(folder), name, author=Author(getpass.getuser(), today, now))
    door.path = made.path
    door.open().close()  # writes its first summary
    said = door.texts.t("The dossier of {name} is {path}.", name=made.name, path=made.path)
    answer = {"id": made.company_id, "company": made.name, "file": str(made.path)}
    door.say(answer, as_json=as_json, lines=[said])


@app.command()
def portfolio(
    folder: opt.Dossiers = None,
    refresh: opt.Refresh = False,
    form: opt.Format = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """All dossiers of a folder at a glance, from the summaries that they write beside themselves."""
    from pipelines.companies.portfolio import run_portfolio
    from pipelines.exports.company_rows import portfolio_answer, portfolio_notes, portfolio_rows, reason_sentences, total_sentence

    place = _known_folder(folder)
    if refresh:
        _refresh(place)
    found = run_portfolio(place, today=date.today())  # noqa: DTZ011 -- the user's calendar day
    if as_json or form == "json":
        show_json(portfolio_answer(found, door.texts), output)
        return
    totals = [total_sentence(total.currency, found, door.texts) for total in found.totals]
    said = [*totals, *portfolio_notes(found, door.texts)]
    title = door.texts.t("Portfolio of {day}", day=door.texts.date(found.today))
    door.show("portfolio", portfolio_rows(found, door.texts), form, output, about=[title, *said], day=found.today)
    if form == "table" and output is None:
        colon = door.texts.t(": ")
        for dossier in found.dossiers:
            reasons = " ".join(reason_sentences(dossier, door.texts))
            sys.stdout.write(f"{dossier.name}{colon}{reasons}\n" if reasons else "")
    for line in said or ([] if found.dossiers else [door.texts.t(_NONE)]):
        door.errors.print(line)


def _refresh(folder: Path) -> None:
    """Bring the summaries up to date; a dossier that is open elsewhere is named, the others go on."""
    from pipelines.companies.folder import companies_in
    from pipelines.companies.summarise import is_current, run_refresh
    from pipelines.companies.summary import read_summary

    for company in companies_in(folder):
        if is_current(read_summary(company.path), as_of=date.today()):  # noqa: DTZ011 -- the user's calendar day
            continue
        door.path = company.path
        try:
            with door.open() as store:
                run_refresh(store, author=door.author(store))
        except AppError as error:
            door.errors.print(f"{company.name}{door.texts.t(': ')}{door.texts.t(error.template, **error.fields)}")


@app.command()
def consolidated(
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """Receivables of all currencies in the company's own, at the exchange rates published by the date."""
    from pipelines.consolidated import consolidated as consolidated_at
    from pipelines.exports import company_rows
    from pipelines.exports.lists import about_table

    ledger, day = door.ledger(as_of, known_on)
    found = consolidated_at(ledger, as_of=day)
    if as_json or form == "json":
        show_json(company_rows.consolidated_answer(found), output)
        return
    said = [*company_rows.consolidated_notes(found, door.texts), company_rows.rounding_sentence(found, door.texts)]
    about = about_table(
        door.texts.t("Consolidated receivables"), said, door.texts, as_of=day, currency=found.currency,
        company=ledger.settings.company_name, known_on=known_on.date() if known_on else None,
    )  # fmt: skip
    door.show("consolidated", company_rows.consolidated_rows(found, door.texts), form, output, about=about, day=day)
    for line in said:
        door.errors.print(line)
