"""The accountant's desk at the terminal: figures opened, and figures in detail."""

from datetime import date
from typing import TYPE_CHECKING

import typer

import cli_options as opt
from cli_tables import check_order, show_json
from door import door
from models.errors import Refused
from pipelines.kpis import kpis as kpis_at
from pipelines.ledger import Ledger

if TYPE_CHECKING:
    from pipelines.explain.basis import Basis
    from pipelines.explain.explanation import Explanation

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()


@app.command()
def explain(
    figure: opt.FigureName,
    since: opt.Since = None,
    client: opt.OfClient = None,
    start: opt.From = None,
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.Format = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """Open a figure: its formula, its operands and their rows; with --since, what moved it."""
    from pipelines.explain.movement import NUMERATORS, movement
    from pipelines.exports import explained
    from pipelines.reconcile.finding import find_client

    if since and figure not in NUMERATORS:
        raise Refused("not_comparable", "What moved it is told of: {known}.", known=", ".join(NUMERATORS))
    ledger, day = door.ledger(as_of, known_on)
    if since and since.date() >= day:
        raise typer.BadParameter(door.texts.t("--since must be before --as-of."))
    client_id = None if client is None else str(find_client(ledger, client)["client_id"])
    basis = _basis(ledger, day, start.date() if start else None, client_id)
    door.one_money(ledger, day, client_id=client_id)
    opened = _opened(figure, basis, client)
    moved = movement(figure, basis, since=since.date()) if since else None
    if as_json or form == "json":
        answer = explained.explained_answer(opened, door.texts, moved)
        show_json(answer, output)
        return
    said = explained.explained_lines(opened, door.texts, moved)
    if form == "table" and output is None:
        door.say(None, as_json=False, lines=said)
    rows = explained.explained_rows(opened, door.texts)
    if rows or form != "table":
        door.show("explain", rows, form, output, about=said, day=day)


@app.command()
def breakdown(
    by: opt.SplitBy = "month",
    start: opt.From = None,
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    form: opt.Format = "table",
    output: opt.Output = None,
    as_json: opt.Json = False,
) -> None:
    """Show sales, receipts, receivables and delays by month, client, sales rep, category or segment."""
    from pipelines.exports.explained import breakdown_in_words, breakdown_rows

    ledger, day = door.ledger(as_of, known_on)
    basis = _basis(ledger, day, start.date() if start else None, None)
    door.say_left_out(kpis_at(ledger, as_of=day, start=basis.start, currency=basis.currency))
    form, rows = "json" if as_json else form, breakdown_rows(basis, by, door.texts)
    door.show("breakdown", rows if form == "json" else breakdown_in_words(rows, door.texts), form, output, day=day)


def _opened(figure: str, basis: "Basis", client: str | None) -> "Explanation":
    """The figure of that name: of receivables, cash, closings or suppliers."""
    from pipelines.explain.explanation import explain as explain_figure
    from pipelines.explain.figures import FIGURES, SAME_AS
    from pipelines.explain.others import OTHER_FIGURES, explain_other

    if figure in OTHER_FIGURES:
        if client is not None:
            raise Refused("not_of_a_client", "{name} is a figure of the whole company: leave --client out.", name=figure)
        return explain_other(basis.ledger, figure, as_of=basis.as_of, currency=basis.currency)
    if figure not in FIGURES and figure not in SAME_AS:
        known = ", ".join([*FIGURES, *SAME_AS, *OTHER_FIGURES])
        raise Refused("unknown_figure", "There is no figure {name}. There are: {known}.", name=figure, known=known)
    return explain_figure(basis, figure)


def _basis(ledger: Ledger, day: date, start: date | None, client_id: str | None) -> "Basis":
    """What the figures are calculated from."""
    from pipelines.explain.basis import Basis

    check_order(start or day, day, last_option="--as-of")
    return Basis.of(ledger, as_of=day, start=start, currency=door.currency, client_id=client_id)
