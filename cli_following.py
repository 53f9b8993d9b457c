"""The terminal's commands on what follows a reminder: notes, calls, instalment plans, a client's story and file."""

import typer

import cli_options as opt
from cli_tables import show_written
from cli_typed import parse_amount, parse_cell, parse_day
from door import door
from models.store import Author, Store

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()


@app.command()
def note(
    client: opt.Client,
    text: opt.NoteText,
    call: opt.Call = False,
    result: opt.CallResult = "reached",
    invoice: opt.OnInvoice = None,
    as_json: opt.Json = False,
) -> None:
    """Keep a note on a client; with --call, a call and what came of it: a call that was due is done then."""
    from pipelines.collections.notes import add_call, add_note

    def act(store: Store, author: Author) -> int:
        if call:
            return add_call(store, client, text, result=result, author=author, invoice=invoice)
        return add_note(store, client, text, author=author, invoice=invoice)

    door.change(act, as_json=as_json)


@app.command()
def contact(
    client: opt.Client,
    email: opt.Email = None,
    phone: opt.Phone = None,
    address: opt.Address = None,
    language: opt.ClientLanguage = None,
    client_type: opt.ClientType = None,
    as_json: opt.Json = False,
) -> None:
    """Change how a client is reached, its language or its type; an empty text takes a value away."""
    from pipelines.collections.contact import CONTACT, set_contact

    given = dict(zip(CONTACT, (email, phone, address, language, client_type), strict=True))
    changed = {name: value for name, value in given.items() if value is not None}
    if not changed:
        raise typer.BadParameter(door.texts.t("Say what to change, for instance --email."))
    door.change(lambda store, author: set_contact(store, client, changed, author=author), as_json=as_json)


@app.command()
def plan(
    client: opt.Client,
    instalments: opt.Instalments = None,
    invoices: opt.PlanInvoices = None,
    count: opt.Count = None,
    first: opt.First = None,
    as_json: opt.Json = False,
) -> None:
    """Agree an instalment plan: DATE=AMOUNT for each instalment, or --count and --first for equal monthly ones."""
    from pipelines.collections.plans import even_instalments, make_plan, owed_by

    if bool(instalments) == (count is not None and first is not None):
        raise typer.BadParameter(door.texts.t("Give each instalment as DATE=AMOUNT, or --count and --first, not both."))

    def act(store: Store, author: Author) -> int:
        numbers = invoices or []
        if instalments:
            agreed = [(parse_day(day), parse_amount(amount)) for day, amount in map(parse_cell, instalments)]
        elif count is not None and first is not None:
            agreed = even_instalments(owed_by(store, client, numbers, as_of=author.today), count, first.date())
        return make_plan(store, client, numbers, agreed, author=author)

    door.change(act, as_json=as_json)


@app.command()
def plans(as_of: opt.AsOf = None, as_json: opt.Json = False) -> None:
    """List the instalment plans and whether they are kept."""
    from pipelines.collections.facts import situation
    from pipelines.collections.plans import plans_at
    from pipelines.exports import following_answers

    ledger, day = door.ledger(as_of)
    rows = plans_at(ledger, as_of=day, grace=situation(ledger, as_of=day).grace)
    answer = following_answers.plans_answer(ledger, rows)
    door.say(answer, as_json=as_json, lines=following_answers.plan_lines(answer, door.texts))


@app.command("end-plan")
def end_plan(plan_id: opt.PlanId, as_json: opt.Json = False) -> None:
    """End an instalment plan: its invoices are reminded as any other from today on."""
    from pipelines.collections import plans as plans_of

    door.change(lambda store, author: plans_of.end_plan(store, plan_id, author=author), as_json=as_json)


@app.command()
def promises(as_of: opt.AsOf = None, as_json: opt.Json = False) -> None:
    """List the promises to pay, and whether they were kept."""
    from pipelines.collections.facts import situation
    from pipelines.exports import following_answers

    ledger, day = door.ledger(as_of)
    rows = situation(ledger, as_of=day).promises
    answer = following_answers.promises_answer(ledger, rows)
    door.say(answer, as_json=as_json, lines=following_answers.promise_lines(answer, door.texts))


@app.command()
def timeline(client: opt.Client, as_of: opt.AsOf = None, as_json: opt.Json = False) -> None:
    """Tell everything that happened with a client, the newest first."""
    from pipelines.collections import timeline as timelines
    from pipelines.exports import following_answers
    from pipelines.reconcile.finding import find_client

    ledger, day = door.ledger(as_of)
    client_id = str(find_client(ledger, client)["client_id"])
    answer = following_answers.timeline_answer(timelines.timeline(ledger, door.texts, client_id=client_id, as_of=day))
    door.say(answer, as_json=as_json, lines=following_answers.timeline_lines(answer, door.texts))


@app.command()
def litigation(client: opt.Client, output: opt.Zip, as_of: opt.AsOf = None, as_json: opt.Json = False) -> None:
    """Write the litigation file of a client: a ZIP with invoices, interest, reminders as sent, proofs and a summary."""
    from pipelines.exports.litigation import litigation_file
    from pipelines.reconcile.finding import find_client

    ledger, day = door.ledger(as_of)
    client_id = str(find_client(ledger, client)["client_id"])
    currency = door.one_money(ledger, day, client_id=client_id)
    content = litigation_file(ledger, client_id, door.texts, as_of=day, currency=currency)
    show_written(output, content, as_json=as_json)
