"""Instalment plans: what a client agreed to pay and when, and whether it does; all from facts, at a date.

What has been paid of a plan is what its invoices owe less than the plan's sum, however it came and in whatever slices:
the instalments are covered in their order. A plan that is kept holds the reminders of its invoices; a broken one frees them.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from models.dates import month_end
from models.errors import Refused
from models.ids import stable_id
from models.money import CENT, MONEY, ZERO, total
from models.store import Author, Store
from models.tables import Schema, conform, empty
from pipelines.collections.grace import Grace, with_holds_until
from pipelines.collections.owed import with_owed
from pipelines.ledger import Ledger, run_ledger
from pipelines.receivables import open_items
from pipelines.reconcile.finding import find_client

#: One row per instalment of the plans agreed by the as-of date.
INSTALMENTS: Schema = {
    "plan_id": pl.String,
    "client_id": pl.String,
    "rank": pl.Int64,
    "due_date": pl.Date,
    "holds_until": pl.Date,  # the due date and the days of grace
    "amount": MONEY,
    "paid": MONEY,  # of it
    "status": pl.String,  # open | kept | late | broken
    "currency": pl.String,
}
#: One row per plan agreed by the as-of date.
PLANS_AT: Schema = {
    "plan_id": pl.String,
    "change_id": pl.Int64,
    "client_id": pl.String,
    "made_on": pl.Date,
    "ended_on": pl.Date,
    "amount": MONEY,
    "paid": MONEY,
    "status": pl.String,  # running (nothing has fallen due or come) | kept | broken | done | ended
    "next_date": pl.Date,  # of the first instalment not covered: of a broken plan, the one that is missing
    "next_amount": MONEY,  # what of it has not come
    "currency": pl.String,
    "invoices": pl.List(pl.String),
    "document_ids": pl.List(pl.String),
    "by": pl.String,
}
INSTALMENT_WORDS = {"open": "Awaited", "kept": "Kept", "late": "Kept late", "broken": "Broken"}
_STANDING_WORDS = {"running": "Plan running", "kept": "Plan kept", "broken": "Plan broken"}
PLAN_WORDS = {**_STANDING_WORDS, "done": "Paid in full", "ended": "Ended by you"}
#: How a plan stands whose invoices are its own until it is paid or ended.
STANDING = tuple(_STANDING_WORDS)
MOST_INSTALMENTS = 60
_ZERO = pl.lit(ZERO, MONEY)


def even_instalments(amount: Decimal, count: int, first: date) -> list[tuple[date, Decimal]]:
    """`count` monthly instalments that sum to `amount`, as equal as cents allow: the first ones take the cents left over.

    Each falls on the day of the month of the first one, or on the month's last day where it is shorter.
    """
    each = (amount / count).quantize(CENT, rounding="ROUND_DOWN")
    over = int((amount - each * count) / CENT)
    return [(_months_after(first, n), each + CENT if n < over else each) for n in range(count)]


def _months_after(day: date, count: int) -> date:
    month = day.month - 1 + count
    start = date(day.year + month // 12, month % 12 + 1, 1)
    return start.replace(day=min(day.day, month_end(start).day))


def instalments_at(ledger: Ledger, *, as_of: date, grace: Grace) -> pl.DataFrame:
    """INSTALMENTS of the plans agreed by `as_of`, ended ones too, in order.

    Args:
        ledger: the facts.
        as_of: the date.
        grace: worked days after the due date on which a payment still keeps the instalment.
    """
    plans = ledger.plans.filter(pl.col("on_date") <= as_of)
    if plans.is_empty():
        return empty(INSTALMENTS)
    rows = with_holds_until(plans, "due_date", grace, ledger.settings.region).with_columns(
        in_time=pl.min_horizontal("holds_until", pl.lit(as_of)),
        reached=pl.col("amount").cum_sum().over("plan_id", order_by="rank"),
    )
    rows = rows.with_columns(whole=pl.col("amount").sum().over("plan_id"))
    for day, name in ((pl.col("in_time"), "paid_then"), (pl.lit(as_of), "paid_now")):
        rows = _with_paid(rows, ledger, day, name, as_of=as_of)
    before = pl.col("reached") - pl.col("amount")
    return (
        rows.with_columns(
            paid=(pl.col("paid_now") - before).clip(_ZERO, pl.col("amount")).cast(MONEY),
            status=pl.when(pl.col("paid_then") >= pl.col("reached"))
            .then(pl.lit("kept"))
            .when(pl.col("paid_now") >= pl.col("reached"))
            .then(pl.lit("late"))
            .when(pl.col("holds_until") >= as_of)
            .then(pl.lit("open"))
            .otherwise(pl.lit("broken")),
        )
        .pipe(conform, INSTALMENTS)
        .sort("plan_id", "rank")
    )


def _with_paid(rows: pl.DataFrame, ledger: Ledger, day: pl.Expr, name: str, *, as_of: date) -> pl.DataFrame:
    """Add what had been paid of the plan at the end of `day`."""
    asked = rows.select("plan_id", "rank", day=day).join(ledger.plan_invoices, on="plan_id", how="inner", validate="m:m")
    owed = (
        with_owed(asked, ledger.documents, ledger.allocations, as_of=as_of)
        .group_by("plan_id", "rank")
        .agg(owed=pl.col("owed").sum().cast(MONEY))
    )
    return (
        rows.join(owed, on=["plan_id", "rank"], how="left", validate="1:1", maintain_order="left")
        .with_columns((pl.col("whole") - pl.col("owed").fill_null(_ZERO)).cast(MONEY).alias(name))
        .drop("owed")
    )


def plans_at(ledger: Ledger, *, as_of: date, grace: Grace) -> pl.DataFrame:
    """PLANS_AT: the plans agreed by `as_of` and what has become of them, the latest first."""
    rows = instalments_at(ledger, as_of=as_of, grace=grace)
    if rows.is_empty():
        return empty(PLANS_AT)
    missing = pl.col("paid") < pl.col("amount")
    sums = rows.group_by("plan_id", maintain_order=True).agg(
        pl.col("client_id", "currency").first(),
        amount=pl.col("amount").sum().cast(MONEY),
        paid=pl.col("paid").sum().cast(MONEY),
        is_broken=(pl.col("status") == "broken").any(),
        is_begun=(pl.col("status") != "open").any(),
        next_date=pl.col("due_date").filter(missing).first(),
        next_amount=(pl.col("amount") - pl.col("paid")).filter(missing).first().cast(MONEY),
    )
    made = ledger.plans.unique("plan_id").select("plan_id", "change_id", "by", "ended_on", made_on="on_date")
    numbers = ledger.documents.select("document_id", "number")
    concerned = (
        ledger.plan_invoices.join(numbers, on="document_id", how="inner", validate="m:1")
        .sort("plan_id", "number")
        .group_by("plan_id", maintain_order=True)
        .agg(invoices="number", document_ids="document_id")
    )
    return (
        sums.join(made, on="plan_id", how="inner", validate="1:1")
        .join(concerned, on="plan_id", how="inner", validate="1:1")
        .with_columns(
            ended_on=pl.when(pl.col("ended_on") <= as_of).then("ended_on"),
            status=pl.when(pl.col("ended_on") <= as_of)
            .then(pl.lit("ended"))
            .when(pl.col("paid") >= pl.col("amount"))
            .then(pl.lit("done"))
            .when("is_broken")
            .then(pl.lit("broken"))
            .when("is_begun")
            .then(pl.lit("kept"))
            .otherwise(pl.lit("running")),
        )
        .pipe(conform, PLANS_AT)
        .sort("made_on", "change_id", descending=True)
    )


def invoices_of_plans(ledger: Ledger, *, as_of: date, grace: Grace) -> pl.DataFrame:
    """The invoices of the plans that hold or are broken: document_id, plan_status (of STANDING), plan_date, plan_amount.

    One row per invoice; `plan_date` and `plan_amount` are the next instalment, or the one that is missing.
    """
    plans = plans_at(ledger, as_of=as_of, grace=grace).filter(pl.col("status").is_in(STANDING))
    return (
        plans.select(
            pl.col("document_ids").alias("document_id"), plan_status="status", plan_date="next_date", plan_amount="next_amount"
        )
        .explode("document_id")
        .unique("document_id", keep="first", maintain_order=True)
        .sort("document_id")
    )


def make_plan(
    store: Store, client: str, numbers: Sequence[str], instalments: Sequence[tuple[date, Decimal]], *, author: Author
) -> int:
    """Record a plan for a client's open invoices (by number or id; all its late ones if none is named); its change id.

    Raises:
        Refused: unknown client or invoice, invoices that owe nothing, are in another plan or in several currencies, or
            instalments that do not sum to what the invoices owe or do not follow each other.
    """
    with store.writing():
        ledger = run_ledger(store)
        client_id = str(find_client(ledger, client)["client_id"])
        chosen = _chosen(ledger, client_id, numbers, author.today)
        _refuse_in_plan(ledger, chosen, author.today)
        _check_instalments(instalments, chosen, author.today)
        detail = {
            "invoices": chosen["number"].to_list(),
            "instalments": [(day, str(amount)) for day, amount in instalments],
            "currency": chosen["currency"][0],
        }
        with store.change("plan", author, subject=client, detail=detail) as change:
            plan_id = stable_id("plan", change.change_id)
            rows = pl.DataFrame(
                [
                    (plan_id, client_id, author.today, rank, day, amount, chosen["currency"][0])
                    for rank, (day, amount) in enumerate(instalments, start=1)
                ],
                schema={
                    "plan_id": pl.String, "client_id": pl.String, "on_date": pl.Date, "rank": pl.Int64,
                    "due_date": pl.Date, "amount": MONEY, "currency": pl.String,
                },
                orient="row",
            )  # fmt: skip
            change.insert("plan_instalment", rows)
            change.insert("plan_invoice", chosen.select("document_id", plan_id=pl.lit(plan_id)))
    return change.change_id


def owed_by(store: Store, client: str, numbers: Sequence[str], *, as_of: date) -> Decimal:
    """What a plan for these invoices must sum to.

    Raises:
        Refused: unknown client or invoice, invoices that owe nothing or are in several currencies.
    """
    ledger = run_ledger(store)
    return total(_chosen(ledger, str(find_client(ledger, client)["client_id"]), numbers, as_of)["outstanding"])


def _chosen(ledger: Ledger, client_id: str, numbers: Sequence[str], today: date) -> pl.DataFrame:
    """The invoices named, or the late ones where none is: all of one currency, all with something outstanding."""
    owed = open_items(ledger, as_of=today).filter((pl.col("client_id") == client_id) & (pl.col("outstanding") > 0))
    if not numbers:
        chosen = owed.filter(pl.col("days_late") >= 1)
    else:
        wanted = list(dict.fromkeys(numbers))
        chosen = owed.filter(pl.col("number").is_in(wanted) | pl.col("document_id").is_in(wanted))
        found = {*chosen["number"], *chosen["document_id"]}
        for number in wanted:
            if number not in found:
                raise Refused("not_open", "{number} is no open invoice of this client.", number=number)
    if chosen.is_empty():
        raise Refused("nothing_late", "This client owes nothing late: name the invoices of the plan.")
    if chosen["currency"].n_unique() > 1:
        raise Refused("several_currencies", "These invoices are in several currencies: make a plan for each.")
    return chosen


def _refuse_in_plan(ledger: Ledger, chosen: pl.DataFrame, today: date) -> None:
    """Refuse an invoice whose plan still stands, broken or not: a person ends it first."""
    standing = plans_at(ledger, as_of=today, grace=0).filter(pl.col("status").is_in(STANDING))
    taken = set(standing["document_ids"].explode().to_list())
    for document_id, number in chosen.select("document_id", "number").iter_rows():
        if document_id in taken:
            raise Refused("in_plan", "{number} is in an instalment plan already: end that one first.", number=number)


def _check_instalments(instalments: Sequence[tuple[date, Decimal]], chosen: pl.DataFrame, today: date) -> None:
    if not 1 <= len(instalments) <= MOST_INSTALMENTS:
        raise Refused("how_many", "A plan has from 1 to {most} instalments.", most=MOST_INSTALMENTS)
    days = [day for day, _ in instalments]
    if days != sorted(set(days)) or days[0] < today:
        raise Refused("plan_order", "The instalments must be in the order of their dates, from today on, one a day at most.")
    if any(amount <= ZERO or amount != amount.quantize(CENT) for _, amount in instalments):
        raise Refused("plan_amount", "Every instalment needs an amount above zero, in whole cents.")
    owed, agreed = sum(chosen["outstanding"].to_list(), ZERO), sum((amount for _, amount in instalments), ZERO)
    if owed != agreed:
        raise Refused(
            "plan_sum",
            "The instalments sum to {agreed}, but the invoices owe {owed}.",
            agreed=agreed,
            owed=owed,
            currency=str(chosen["currency"].first()),
        )


def end_plan(store: Store, plan_id: str, *, author: Author) -> int:
    """End a plan: from today on its invoices are reminded as any other; its change id.

    Raises:
        Refused: there is no such plan, or it has ended.
    """
    with store.writing():
        ledger = run_ledger(store)
        plans = ledger.plans.filter(pl.col("plan_id") == plan_id)
        if plans.is_empty() or plans["ended_on"][0] is not None:
            raise Refused("unknown_plan", "There is no instalment plan {id} that still holds.", id=plan_id)
        client = ledger.clients.filter(pl.col("client_id") == plans["client_id"][0])["name"].to_list()
        with store.change("plan_end", author, subject=client[0] if client else plan_id, detail={"plan": plan_id}) as change:
            change.insert("plan_end", pl.DataFrame({"plan_id": [plan_id], "on_date": [author.today]}))
    return change.change_id
