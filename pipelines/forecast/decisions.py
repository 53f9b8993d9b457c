"""A person's word on expected movements: planned ones, and answers on those that the program expects."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from models.cash_tables import ITEM_ANSWERS, PLANNED_ITEMS
from models.errors import Refused
from models.ids import fold, stable_id
from models.money import MONEY, ZERO
from models.store import Author, Store
from pipelines.forecast.expected import apart_id
from pipelines.forecast.rhythm import PERIODS
from pipelines.ledger import Ledger, run_ledger
from pipelines.paying import choose_days
from pipelines.payment_days import check_to_come

#: How often a planned item comes.
ITEM_PERIODS = ("once", *PERIODS)
ANSWERS = ("confirmed", "moved", "changed", "dropped")


def plan_item(
    store: Store,
    label: str,
    amount: Decimal,
    first_date: date,
    *,
    author: Author,
    period: str = "once",
    until: date | None = None,
    currency: str | None = None,
) -> int:
    """Plan a movement, negative for money out, once or repeating; the change's id.

    Raises:
        Refused: no label, an amount of 0, an unknown period, an end before the beginning, or all its days have passed.
    """
    words = " ".join(label.split())
    if not words:
        raise Refused("no_label", "Say in a few words what it is.")
    if amount == ZERO:
        raise Refused("no_amount", "The amount must not be 0.")
    if period not in ITEM_PERIODS:
        raise Refused("bad_period", "{period} is not one of: {known}.", period=period, known=", ".join(ITEM_PERIODS))
    if until is not None and until < first_date:
        raise Refused("bad_until", "It would end before it begins.")
    if period == "once" or until is not None:
        check_to_come(first_date if until is None or period == "once" else until, author.today)
    with store.writing():
        currency = currency or run_ledger(store).settings.currency
        detail = {"amount": amount, "currency": currency, "first_date": first_date, "period": period, "until": until}
        with store.change("plan_item", author, subject=words, detail=detail) as change:
            row = {
                "item_id": stable_id("planned", change.change_id),
                "label": words,
                "amount": amount,
                "currency": currency,
                "first_date": first_date,
                "period": period,
                "until_date": until,
                "kind": "planned",
            }
            change.insert("planned_item", pl.DataFrame([row], schema={**PLANNED_ITEMS, "kind": pl.String}))
    return change.change_id


def drop_planned(store: Store, item_id: str, *, author: Author) -> int:
    """Take a planned movement away, all its dates; the change's id.

    Raises:
        Refused: there is none of that id.
    """
    with store.writing():
        rows = run_ledger(store).planned_items.filter(pl.col("item_id") == item_id)
        if rows.is_empty():
            raise Refused("unknown_item", "There is no planned item {id}. List them with: encours cash list", id=item_id)
        with store.change("plan_item", author, subject=rows["label"][0], detail={"amount": None}) as change:
            gone = rows.with_columns(amount=pl.lit(None, MONEY), kind=pl.lit("planned"))
            change.insert("planned_item", gone)
    return change.change_id


def answer_item(
    store: Store,
    item_id: str,
    answer: str | None,
    *,
    label: str,
    author: Author,
    for_date: date | None = None,
    moved_to: date | None = None,
    amount: Decimal | None = None,
) -> int:
    """Say of an expected movement that it is right, comes another day, is another amount, or does not come; the change's id.

    A supplier invoice has one payment day, whoever asks: moving it chooses that day,
    taking that back leaves its day to the rule, and it takes no other answer.

    Args:
        store: the database.
        item_id: of EXPECTED.
        answer: one of ANSWERS; None takes the answer back.
        label: what it is, for the history.
        author: who says so.
        for_date: of which of its dates; None: all of them.
        moved_to: the other day; needs `for_date`.
        amount: the other amount, signed.

    Raises:
        Refused: the answer lacks its day or amount, moves all dates to one or to a day that has passed, or is one that a
            supplier invoice does not take.
    """
    if answer is not None and answer not in ANSWERS:
        raise Refused("bad_answer", "{answer} is not one of: {known}.", answer=answer, known=", ".join(ANSWERS))
    if answer == "moved" and (moved_to is None or for_date is None):
        raise Refused("moved_where", "Say which date moves, and to which day.")
    if moved_to is not None:
        check_to_come(moved_to, author.today)
    if answer == "changed" and not amount:
        raise Refused("no_amount", "The amount must not be 0.")
    said = {"for_date": for_date, "answer": answer, "moved_to": moved_to, "amount": amount}
    if answer == "dropped":
        said |= {"moved_to": None, "amount": None}
    with store.writing():
        if _is_supplier_invoice(run_ledger(store), item_id):
            if answer not in (None, "moved"):
                raise _not_a_supplier_answer(label)
            return choose_days(store, {item_id: moved_to}, author=author)
        row = {"item_id": item_id, **_with_last(store, item_id, said)}
        with store.change("answer_item", author, subject=label, detail=said) as change:
            change.insert("item_answer", pl.DataFrame([row], schema=ITEM_ANSWERS))
    return change.change_id


def not_seen(store: Store, item_id: str, line_ids: Collection[str], *, label: str, author: Author) -> int:
    """Say that bank lines are other movements than the expected one that they seem to show: it is still to come.

    Args:
        store: the database.
        item_id: of EXPECTED.
        line_ids: the lines that EXPECTED names for it, at least one.
        label: what it is, for the history.
        author: who says so.

    Returns:
        The change's id.

    Raises:
        Refused: no line shows it, or it is a supplier's invoice.
    """
    with store.writing():
        ledger = run_ledger(store)
        if _is_supplier_invoice(ledger, item_id):
            raise Refused(
                "is_supplier_invoice",
                "{number} is a supplier’s invoice: encours payables --by debit lists the debits that may have paid it, and "
                "encours pay-supplier says which did, or with --no that one did not.",
                number=label,
            )
        if not line_ids:
            raise Refused("not_seen", "No bank line shows {label}: there is nothing to take apart.", label=label)
        lines = ledger.lines.filter(pl.col("line_id").is_in(list(line_ids)))
        detail = {"answer": "not_seen", "lines": lines.select("label", "amount", "booking_date").to_dicts()}
        with store.change("answer_item", author, subject=label, detail=detail) as change:
            rows = [{"item_id": apart_id(item_id, line_id), "answer": "dropped"} for line_id in sorted(line_ids)]
            change.insert("item_answer", pl.DataFrame(rows, schema=ITEM_ANSWERS))
    return change.change_id


def _is_supplier_invoice(ledger: Ledger, item_id: str) -> bool:
    is_it = (pl.col("document_id") == item_id) & (pl.col("direction") == "purchase")
    return not ledger.documents.filter(is_it).is_empty()


def _not_a_supplier_answer(number: str) -> Refused:
    return Refused(
        "is_supplier_invoice",
        "{number} is a supplier’s invoice: choose its day with encours payable {number} --pay-on, or say which debit paid it "
        "with encours pay-supplier.",
        number=number,
    )


def _with_last(store: Store, item_id: str, said: Mapping[str, object]) -> Mapping[str, object]:
    """An answer with what the last one on that date said besides: an item that was moved stays moved when its amount changes."""
    if said["answer"] in (None, "dropped"):
        return said
    last = run_ledger(store).item_answers.filter(
        (pl.col("item_id") == item_id) & pl.col("for_date").eq_missing(pl.lit(said["for_date"], pl.Date))
    )
    known = last.row(0, named=True) if last.height else {}
    return {**said} | {name: known.get(name) for name in ("moved_to", "amount") if said[name] is None}


def find_date(expected: pl.DataFrame, item_id: str, day: date, *, label: str) -> date:
    """The date of its rule by which an item's answer is kept, from that or from the day on which it is expected.

    Raises:
        Refused: it is not expected on that day.
    """
    dates = expected.filter((pl.col("item_id") == item_id) & ((pl.col("for_date") == day) | (pl.col("date") == day)))
    exact = dates.sort(pl.col("for_date") != day)["for_date"]
    if exact.is_empty():
        raise Refused(
            "not_that_day", "{label} is not expected on {day}: see its days with encours cash list.", label=label, day=day
        )
    found: date = exact[0]
    return found


def find_item(expected: pl.DataFrame, words: str) -> str:
    """The item_id that a person means, by itself, by its whole label or by words of it.

    Raises:
        Refused: none, or several.
    """
    if words in expected["item_id"].to_list():
        return words
    asked = fold(words)
    rows = sorted((str(item_id), str(label)) for item_id, label in expected.select("item_id", "label").unique().iter_rows())
    named = {item_id for item_id, label in rows if fold(label) == asked}
    found = {item_id: label for item_id, label in rows if asked in fold(f"{label} {item_id}")}
    if len(named) == 1:
        return named.pop()
    if not found:
        raise Refused("unknown_item", "There is no planned item {id}. List them with: encours cash list", id=words)
    if len(found) > 1:
        said = ", ".join(item_id if fold(label) in fold(item_id) else f"{item_id} ({label})" for item_id, label in found.items())
        raise Refused("several_items", "“{words}” is in several items: {items}.", words=words, items=said)
    return next(iter(found))
