"""The terminal's commands on what is settled at a closing: doubtful receivables, provisions, the VAT of losses."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import typer

import cli_options as opt
from cli_tables import show_answer
from cli_typed import parse_amount
from door import door
from models.errors import Refused
from models.store import Author, Store

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()
_WHOLE = Decimal(100)


@app.command()
def doubtful(
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """List receivables that are doubtful or proposed, with their reasons, provisions and limitation dates."""
    from pipelines.exports.doubtful_tables import doubtful_answer, doubtful_table
    from pipelines.provisions.proposals import doubts

    ledger, day = door.ledger(as_of, known_on)
    currency = door.one_money(ledger, day)
    rows = doubts(ledger, as_of=day, currency=currency)
    known = known_on.date() if known_on else None
    table = doubtful_table(rows, ledger, door.texts, as_of=day, currency=currency, known_on=known)
    show_answer(doubtful_answer(rows), table, form, output, as_json=as_json)


@app.command()
def provision(
    invoice: str,
    rate: opt.ProvisionRate,
    on: opt.On = None,
    note: opt.Note = None,
    in_closed_period: opt.InClosedPeriod = False,
    as_json: opt.Json = False,
) -> None:
    """Provide for a doubtful invoice at a rate in %, from a day on; auto gives it back to the rates by age."""
    from pipelines.provisions.deciding import set_provision

    share = None if rate == "auto" else parse_amount(rate.removesuffix("%").strip()) / _WHOLE

    def act(store: Store, author: Author) -> int:
        day = on.date() if on else author.today
        return set_provision(store, invoice, share, on=day, author=author, note=note, in_closed_period=in_closed_period)

    door.change(act, as_json=as_json)


@app.command("lost-vat")
def lost_vat(
    as_of: opt.AsOf = None,
    form: opt.PrintedFormat = "table",
    output: opt.Output = None,
    letters: opt.LettersFolder = None,
    as_json: opt.Json = False,
) -> None:
    """List the VAT of losses, to be claimed back once your accountant has checked it; with --letters, the duplicates as PDF."""
    from pipelines.exports.doubtful_tables import lost_vat_answer, lost_vat_table
    from pipelines.provisions.vat_recovery import duplicates
    from pipelines.provisions.vat_recovery import lost_vat as rows_of

    ledger, day = door.ledger(as_of)
    currency = door.one_money(ledger, day)
    rows = rows_of(ledger, as_of=day, currency=currency)
    if letters is not None:
        _write_duplicates(letters, duplicates(ledger, rows, as_of=day, currency=currency))
    table = lost_vat_table(rows, ledger, door.texts, as_of=day, currency=currency)
    show_answer(lost_vat_answer(rows), table, form, output, as_json=as_json)


def _write_duplicates(folder: Path, papers: Sequence[tuple[str, bytes]]) -> None:
    if not papers:
        door.errors.print(door.texts.t("No duplicate was written: no VAT of a loss is to be claimed back."))
        return
    _make_folder(folder)
    for name, content in papers:
        door.write(folder / name, content)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused("not_writable", "The file {path} cannot be written: choose another place.", path=path) from error
