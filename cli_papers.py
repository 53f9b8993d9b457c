"""The terminal's papers for the accountant: statements, balance confirmations, VAT on receipts, numbering, a year's archive."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import typer

import cli_options as opt
from cli_tables import check_order, show_answer, show_written
from cli_typed import parse_amount
from door import door
from models.errors import Refused
from models.store import Author, Store

if TYPE_CHECKING:
    from pipelines.ledger import Ledger
    from pipelines.papers.client_statement import Statement

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()


@app.command()
def statement(
    client: opt.AnyClient = None,
    every: opt.AllClients = False,
    start: opt.StatementFrom = None,
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.StatementFormat = None,
    one_file: opt.OneFile = False,
    output: opt.PaperFile = None,
    as_json: opt.Json = False,
) -> None:
    """Write a client's statement of account: what is open, or from a day on every movement with its balance."""
    from pipelines.papers.tables import statement_answer

    if (client is None) == (not every):
        raise typer.BadParameter(door.texts.t("Name one client, or ask for --all."))
    ledger, found = _statements(client, start, (as_of, known_on))
    if not found:
        raise Refused("nothing_open", "There is nothing to put on a statement at this date.")
    answer: object = [statement_answer(one) for one in found] if every else statement_answer(found[0])
    if output is None:
        if not as_json:
            raise Refused("no_statement_file", "A statement needs a file: add --out FILE.")
        door.say(answer, as_json=True)
        return
    form = form or ("xlsx" if output.suffix.lower() == ".xlsx" else "pdf")
    content = _statement_file(ledger, found, form, is_single=not every or one_file)
    show_written(output, content, as_json=as_json)


def _statements(
    client: str | None, start: datetime | None, dates: tuple[datetime | None, datetime | None]
) -> "tuple[Ledger, list[Statement]]":
    from pipelines.kpis import other_currencies
    from pipelines.papers.client_statement import statements
    from pipelines.reconcile.finding import find_client

    ledger, day = door.ledger(*dates)
    check_order(start.date() if start else day, day, last_option="--as-of")
    client_id = str(find_client(ledger, client)["client_id"]) if client else None
    currency = door.one_money(ledger, day, client_id=client_id)
    clients = None if client_id is None else [client_id]
    first = start.date() if start else None
    found = statements(ledger, as_of=day, currency=currency, start=first, clients=clients)
    if client_id and found[0].is_blank:
        others = other_currencies(ledger, as_of=day, currency=currency, client_id=client_id)
        if elsewhere := ", ".join(code for code, owed in others.items() if owed):
            said = "This client has nothing in {currency}: ask for its statement in {others}, with --currency."
            raise Refused("owes_in_others", said, currency=currency, others=elsewhere)
    return ledger, found


def _statement_file(ledger: "Ledger", found: "Sequence[Statement]", form: str, *, is_single: bool) -> bytes:
    from pipelines.papers.client_statement import statement_pdf, statement_workbook, statements_zip

    if is_single and form == "pdf":
        return statement_pdf(found, ledger, title=door.texts.t("Statement of account"))
    if is_single and len(found) == 1:
        return statement_workbook(found[0], ledger)
    return statements_zip(found, ledger, form, door.texts)


@app.command()
def confirmations(
    threshold: opt.Threshold = None,
    top: opt.Top = 10,
    sample: opt.SampleSize = 0,
    seed: opt.Seed = 1,
    letters: opt.LettersFile = None,
    return_to: opt.ReturnTo = "",
    return_address: opt.ReturnAddress = "",
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """List the clients to ask for their balance, with their answers; with --letters, write the letters that ask them."""
    from pipelines.papers.confirmation import Choice, select
    from pipelines.papers.tables import confirmations_answer, confirmations_table

    ledger, day = door.ledger(as_of, known_on)
    currency = door.one_money(ledger, day)
    least = None if threshold is None else parse_amount(threshold)
    found = select(ledger, Choice(least, top, sample, seed), as_of=day, currency=currency)
    if letters is not None:
        _write_letters(ledger, found.asked["client_id"].to_list(), letters, (return_to, return_address), day, currency)
    table = confirmations_table(found, ledger, door.texts, as_of=day, currency=currency)
    show_answer(confirmations_answer(found, as_of=day), table, form, output, as_json=as_json)


def _write_letters(
    ledger: "Ledger", clients: list[str], path: Path, return_to: tuple[str, str], day: date, currency: str
) -> None:
    from pipelines.papers.confirmation_letter import ReturnTo, confirmation_pdf

    if not clients:
        raise Refused("nobody_to_ask", "No client has a balance at this date.")
    with door.open() as store:
        today = door.author(store).today
    title, to = door.texts.t("Balance confirmations"), ReturnTo(return_to[0], return_to[1].replace("\\n", "\n"))
    content = confirmation_pdf(ledger, clients, to, as_of=day, currency=currency, day=today, title=title)
    door.write(path, content)
    door.errors.print(door.texts.t("{path}: written.", path=path))


@app.command("confirm-balance")
def confirm_balance(
    client: opt.Client, answer: opt.ConfirmationAnswer, balance_on: opt.BalanceOn, amount: opt.TheirBalance = None,
    note: opt.Note = None, as_json: opt.Json = False,
) -> None:  # fmt: skip
    """Keep that a client was asked to confirm its balance, agrees, or has another one."""
    from pipelines.papers.confirmation import keep_answer

    said: Decimal | None = None if amount is None else parse_amount(amount)

    def act(store: Store, author: Author) -> int:
        return keep_answer(store, client, answer, balance_on=balance_on.date(), author=author, said=said, note=note)

    door.change(act, as_json=as_json)


@app.command("vat-on-receipts")
def vat_on_receipts(
    start: opt.MovesFrom = None,
    to: opt.MovesTo = None,
    by_payment: opt.ByPayment = False,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """VAT due on receipts by month and rate; with --payments, what each payment holds."""
    from pipelines.papers.tables import vat_answer, vat_table
    from pipelines.papers.vat_on_receipts import vat_rows

    ledger, last = door.ledger(to, known_on)
    first = start.date() if start else date(last.year, 1, 1)
    check_order(first, last)
    currency = door.one_money(ledger, last)
    rows = vat_rows(ledger, as_of=last, currency=currency, start=first)
    table = vat_table(rows, ledger, door.texts, start=first, to=last, currency=currency, by_month=not by_payment)
    answer = vat_answer(rows, start=first, to=last, currency=currency)
    show_answer(answer, table, form, output, as_json=as_json)


@app.command()
def numbering(
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """Audit the numbers of sales documents: gaps, numbers that are there twice, dates out of order."""
    from pipelines.papers.numbering import audit
    from pipelines.papers.tables import numbering_answer, numbering_table

    ledger, day = door.ledger(as_of, known_on)
    found = audit(ledger, as_of=day)
    table = numbering_table(found, ledger, door.texts, as_of=day)
    show_answer(numbering_answer(found), table, form, output, as_json=as_json)


@app.command("archive-year")
def archive_year(
    year: opt.FinancialYear, output: opt.ArchiveFile, earlier: opt.EarlierArchive = None, as_json: opt.Json = False
) -> None:
    """Write a closed year as one ZIP of open formats; with --compare, say what differs from an earlier archive of it."""
    from pipelines.ledger import run_settings
    from pipelines.papers.year_archive import not_over, run_archive
    from pipelines.papers.year_tables import year_of

    if earlier is not None:
        door.check_files([earlier])
    with door.open() as store:
        today = door.author(store).today
        content = run_archive(store, year, door.texts, today=today)
        end = year_of(year, run_settings(store))[1]
    for note in not_over(end, door.texts, today=today):
        door.errors.print(note)
    if earlier is None:
        show_written(output, content, as_json=as_json)
        return
    from pipelines.papers.archive_changes import archive_changes, changes_sentences

    found = archive_changes(earlier.read_bytes(), content, door.texts, name=earlier.name)
    show_written(output, content, as_json=as_json, more={"changes": found.answer()}, lines=changes_sentences(found, door.texts))
