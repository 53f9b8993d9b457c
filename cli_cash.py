"""The terminal's commands on cash out: expected movements, supplier invoices, and the transfers that pay them."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import typer

import cli_options as opt
from cli_typed import parse_amount
from door import door
from models.errors import Refused
from models.store import Author, Store
from pipelines.exports import cash_answers

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()
cash = typer.Typer(no_args_is_help=True, help="Expected movements: list, add, confirm, move, change, drop, not-seen.")
app.add_typer(cash, name="cash")


@cash.command("list")
def list_(days: opt.Days = 30, as_of: opt.AsOf = None, known_on: opt.KnownOn = None, as_json: opt.Json = False) -> None:
    """List what is expected besides clients' payments, with what does not count and why."""
    from pipelines.forecast.curve import forecast
    from pipelines.forecast.expected import with_lines

    ledger, day = door.ledger(as_of, known_on)
    ahead = forecast(ledger, as_of=day, days=days, currency=door.currency)
    rows = cash_answers.expected_answer(with_lines(ahead.expected, ledger.lines), door.texts)
    door.say(rows, as_json=as_json, lines=cash_answers.expected_lines(rows, door.texts, ahead.currency))


@cash.command(context_settings={"ignore_unknown_options": True})  # so that -500 is an amount; --in says which way
def add(
    label: str,
    amount: str,
    day: opt.Day,
    every: opt.Every = "once",
    until: opt.LastDay = None,
    is_in: opt.In = False,
    as_json: opt.Json = False,
) -> None:
    """Plan a movement, money out unless --in is given; once, or repeating."""
    from pipelines.forecast.decisions import plan_item

    size = abs(parse_amount(amount))
    end = until.date() if until else None
    door.change(
        lambda store, author: plan_item(
            store, label, size if is_in else -size, day.date(),
            author=author, period=every, until=end, currency=door.currency,
        ),
        as_json=as_json,
        in_new_currency=True,
    )  # fmt: skip


@cash.command()
def confirm(item: opt.Item, on: opt.ForDate = None, amount: opt.NewAmount = None, as_json: opt.Json = False) -> None:
    """Say that a movement is right: a proposed tax or VAT counts from then on, with its amount if it has none."""
    _answer(item, "confirmed", on, amount=amount, as_json=as_json)


@cash.command()
def move(item: opt.Item, on: opt.ForDateNeeded, to: opt.To, as_json: opt.Json = False) -> None:
    """Say that a movement comes on another day."""
    _answer(item, "moved", on, to=to.date(), as_json=as_json)


@cash.command(context_settings={"ignore_unknown_options": True})
def change(item: opt.Item, amount: str, on: opt.ForDate = None, as_json: opt.Json = False) -> None:
    """Say that a movement is of another amount."""
    _answer(item, "changed", on, amount=amount, as_json=as_json)


@cash.command()
def drop(item: opt.Item, on: opt.ForDate = None, as_json: opt.Json = False) -> None:
    """Say that a movement does not come, on one date or at all."""
    _answer(item, "dropped", on, as_json=as_json)


@cash.command("not-seen")
def not_seen(item: opt.Item, on: opt.ForDate = None, as_json: opt.Json = False) -> None:
    """Say that the bank line that seems to show a movement is another one: the movement is still to come."""
    from pipelines.forecast import decisions

    named = _named(item, on)
    lines = set(named.rows["line_id"].drop_nulls())

    def act(store: Store, author: Author) -> int:
        return decisions.not_seen(store, named.item_id, lines, label=named.label, author=author)

    door.change(act, as_json=as_json)


@dataclass(frozen=True)
class _Named:
    """The expected movement that words name: its id, label and kind, the date asked for by its rule, and its EXPECTED rows."""

    item_id: str
    label: str
    kind: str
    for_date: date | None
    rows: pl.DataFrame


def _named(words: str, on: datetime | None) -> _Named:
    """Find it among what is expected within a year."""
    from pipelines.forecast.curve import forecast
    from pipelines.forecast.decisions import find_date, find_item

    ledger, day = door.ledger(None)
    expected = forecast(ledger, as_of=day, days=366, currency=door.currency).expected
    item_id = find_item(expected, words)
    rows = expected.filter(pl.col("item_id") == item_id)
    kind, named = rows.select("kind", "label").row(0)
    label = cash_answers.item_label(door.texts, kind, named)
    for_date = find_date(expected, item_id, on.date(), label=label) if on else None
    return _Named(item_id, label, kind, for_date, rows if for_date is None else rows.filter(pl.col("for_date") == for_date))


def _answer(
    words: str, answer: str, on: datetime | None, *, to: date | None = None, amount: str | None = None, as_json: bool
) -> None:
    """Answer the item that the words name; an amount has the sign of what it takes the place of, out if there is none."""
    from pipelines.forecast.decisions import answer_item, drop_planned

    named = _named(words, on)
    was = named.rows["amount"][0]
    size = None if amount is None else abs(parse_amount(amount)) * (1 if was is not None and was > 0 else -1)
    if answer == "dropped" and named.for_date is None and named.kind == "planned":
        door.change(lambda store, author: drop_planned(store, named.item_id, author=author), as_json=as_json)
        return
    door.change(
        lambda store, author: answer_item(
            store,
            named.item_id,
            answer,
            label=named.label,
            author=author,
            for_date=named.for_date,
            moved_to=to,
            amount=size,
        ),
        as_json=as_json,
    )


@app.command()
def payables(
    by: opt.PayablesBy = "invoice",
    days: opt.Days = 30,
    as_of: opt.AsOf = None,
    known_on: opt.KnownOn = None,
    as_json: opt.Json = False,
) -> None:
    """What suppliers are owed: by invoice, by supplier, as a plan of what to pay when, or debits that may have paid."""
    from pipelines import payables as owed_at
    from pipelines.payables_ahead import only_expected_days, payables_ahead
    from pipelines.reconcile.supplier_payments import payment_proposals

    ledger, day = door.ledger(as_of, known_on)
    currency = door.currency or ledger.settings.currency
    texts = door.texts
    if by == "invoice":
        rows = cash_answers.payables_answer(only_expected_days(payables_ahead(ledger, as_of=day, currency=currency)))
        lines = cash_answers.payables_lines(rows, texts)
    elif by == "supplier":
        rows = cash_answers.aged_answer(owed_at.aged_payables(ledger, as_of=day, currency=currency))
        lines = cash_answers.aged_lines(rows, texts, currency)
    elif by == "plan":
        from pipelines.payment_plan import plan_payments

        rows = cash_answers.plan_answer(plan_payments(ledger, as_of=day, days=days, currency=currency))
        lines = cash_answers.plan_lines(rows, texts, currency)
    else:
        rows = cash_answers.proposals_answer(payment_proposals(ledger, as_of=day))
        lines = cash_answers.proposals_lines(rows, texts, currency)
    door.say(rows, as_json=as_json, lines=lines)


@app.command()
def payable(
    invoice: str,
    pay_on: opt.PayOn = None,
    discount: opt.Discount = None,
    until: opt.DiscountUntil = None,
    as_json: opt.Json = False,
) -> None:
    """Say when a supplier invoice is paid, or which discount it grants until when."""
    from pipelines import paying

    if (discount is None) != (until is None) or (discount is None) == (pay_on is None):
        raise Refused("payable_what", "Give either --pay-on, or --discount with --until.")
    if discount is not None and until is not None:
        percent = parse_amount(discount)
        door.change(
            lambda store, author: paying.set_discount(store, invoice, percent, until.date(), author=author), as_json=as_json
        )
    elif pay_on is not None:
        door.change(lambda store, author: paying.choose_days(store, {invoice: pay_on.date()}, author=author), as_json=as_json)


@app.command("pay-supplier")
def pay_supplier(line: str, invoice: str, no: opt.No = False, as_json: opt.Json = False) -> None:
    """Say that a bank debit paid a supplier invoice; with --no, that it did not."""
    from pipelines.reconcile import supplier_payments

    act = supplier_payments.refuse_payment if no else supplier_payments.pay_supplier
    door.change(lambda store, author: act(store, line, invoice, author=author), as_json=as_json)


@app.command("supplier-iban")
def supplier_iban(supplier: str, iban: str, as_json: opt.Json = False) -> None:
    """Keep the IBAN on which a supplier is paid."""
    from pipelines.paying import set_supplier_iban

    door.change(lambda store, author: set_supplier_iban(store, supplier, iban, author=author), as_json=as_json)


@app.command()
def transfers(invoices: opt.PayInvoices, out: opt.TransferFile, pay_on: opt.PayOnNeeded, as_json: opt.Json = False) -> None:
    """Write the SEPA transfer file (pain.001) that pays supplier invoices, and record that they are ordered."""
    from pipelines.paying import order_transfers

    with door.open() as store:
        made = order_transfers(
            store, invoices, pay_on=pay_on.date(), author=door.author(store), write=lambda content: door.write(out, content)
        )
    said = door.texts.plural(
        "{count} transfer of {amount} in {path}. To take it back: encours undo {id}",
        "{count} transfers of {amount} in {path}. To take it back: encours undo {id}",
        len(made.transfers), amount=door.texts.money(made.total), path=out, id=made.change_id,
    )  # fmt: skip
    answer = {"file": str(out), "transfers": len(made.transfers), "total": made.total, "change_id": made.change_id}
    door.say(answer, as_json=as_json, lines=[said])
