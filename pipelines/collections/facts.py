"""What collections look at: the open invoices at a date, what people said of them, and what may not be reminded."""

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from models.dates import add_working_days
from models.following_tables import MARKS
from models.policy import SEGMENTS, Policy
from models.settings import Settings
from models.tables import conform, empty
from pipelines.collections.grace import Grace, graces
from pipelines.collections.interest import openings
from pipelines.collections.plans import invoices_of_plans
from pipelines.collections.promises import PROMISES, promises
from pipelines.collections.segments import SEGMENT_ROWS, segments
from pipelines.collections.steps import listed_by
from pipelines.forecast.history import payment_history
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger
from pipelines.parties import only_clients
from pipelines.receivables import latest_marks, only_counting, open_credits, open_items

#: Why an invoice is left out of the reminders, the first that applies.
EXCLUSIONS = ("insolvency", "rejected", "unsent", "dispute", "plan", "promise", "paused", "small_rest")

#: A date, by default and by name of the currency.
_MOST_KEPT = 2

#: The last day of a pause that names none.
WITHOUT_END = date.max


@dataclass(frozen=True)
class Situation:
    """All that the worklist and the drafts are a function of, in one currency, at the end of `as_of`.

    Attributes:
        items: OPEN_ITEMS of that currency, settled ones too (they are the client's history).
        credits: OPEN_CREDITS of every currency: a client may pay in another one.
        clients, documents, allocations, receipts, attributions, refunds, accounts, lines, line_classes, aliases, balances,
            coverage, marks, notes, reminders, templates: the ledger's frames, any date.
        history: how its invoices were paid, as known then (`pipelines.behaviour.HISTORY`).
        promises: PROMISES made by then. in_plan: the invoices of the instalment plans that are kept or broken.
        kinds: SEGMENT_ROWS, what kind of payer each client is.
        grace: of promises and plans, as each client's scenario gives it.
    """

    as_of: date
    currency: str
    settings: Settings
    policy: Policy
    items: pl.DataFrame
    credits: pl.DataFrame
    clients: pl.DataFrame
    documents: pl.DataFrame
    allocations: pl.DataFrame
    receipts: pl.DataFrame
    attributions: pl.DataFrame
    refunds: pl.DataFrame
    accounts: pl.DataFrame
    lines: pl.DataFrame
    line_classes: pl.DataFrame
    aliases: pl.DataFrame
    balances: pl.DataFrame
    coverage: pl.DataFrame
    marks: pl.DataFrame
    notes: pl.DataFrame
    reminders: pl.DataFrame
    templates: pl.DataFrame
    history: pl.DataFrame
    promises: pl.DataFrame
    in_plan: pl.DataFrame
    kinds: pl.DataFrame
    grace: Grace


@kept_with_ledger(_MOST_KEPT)
def situation(ledger: Ledger, *, as_of: date, currency: str | None = None) -> Situation:
    """The situation of a ledger at a date, in `currency` (the company's by default)."""
    if currency is None:
        return situation(ledger, as_of=as_of, currency=ledger.settings.currency)
    marks = marks_of_invoices(ledger, as_of=as_of)
    # The very ledger, where it has no such marks: what other screens made of it is there already.
    return _situation(ledger if marks is ledger.marks else replace(ledger, marks=marks), as_of, currency)


def _situation(ledger: Ledger, as_of: date, currency: str | None) -> Situation:
    """The situation, its marks as they are in the ledger."""
    money = currency or ledger.settings.currency
    at = Situation(
        as_of=as_of,
        currency=money,
        settings=ledger.settings,
        policy=ledger.policy,
        items=open_items(ledger, as_of=as_of, currency=money),
        credits=open_credits(ledger, as_of=as_of),
        clients=only_clients(ledger.clients, ledger.documents),
        documents=ledger.documents,
        allocations=ledger.allocations,
        receipts=ledger.receipts,
        attributions=ledger.attributions,
        refunds=ledger.refunds,
        accounts=ledger.accounts,
        lines=ledger.lines,
        line_classes=ledger.line_classes,
        aliases=ledger.aliases,
        balances=ledger.balances,
        coverage=ledger.coverage,
        marks=ledger.marks,
        notes=ledger.notes,
        reminders=ledger.reminders,
        templates=ledger.templates,
        history=payment_history(ledger, as_of=as_of, currency=money),
        promises=empty(PROMISES),
        in_plan=invoices_of_plans(ledger, as_of=date.min, grace=0),
        kinds=empty(SEGMENT_ROWS),
        grace=0,
    )
    kinds = segments(at)
    grace = graces(ledger.policy, kinds)
    return replace(
        at,
        kinds=kinds,
        promises=promises(ledger, as_of=as_of, grace=grace),
        in_plan=invoices_of_plans(ledger, as_of=as_of, grace=grace),
        grace=grace,
    )


def marks_of_invoices(ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """MARKS, those of reminders told by `as_of` of a client as a whole turned into marks of its invoices.

    Earlier versions kept such marks. One speaks of the invoices that the reminder listed that day, in the company's
    currency, as the facts tell today; taken back, of all that the client was ever sent.
    """
    is_whole = (pl.col("what") == "reminded") & pl.col("document_id").is_null()
    whole = ledger.marks.filter(is_whole & (pl.col("on_date") <= as_of)).drop("document_id")
    if whole.is_empty():
        return ledger.marks
    owners = ledger.documents.filter(pl.col("direction") == "sale").select("document_id", "client_id")
    found = [whole.filter(~pl.col("is_set")).join(owners, on="client_id", how="inner", validate="m:m")]
    said = whole.filter("is_set").with_columns(step="value")
    for (day,), marks in said.partition_by("on_date", as_dict=True, maintain_order=True).items():
        found.append(_listed(_situation(ledger, day, None), marks).drop("step"))
    told = pl.concat([rows.with_columns(client_id=pl.lit(None, pl.String)) for rows in found], how="diagonal")
    return pl.concat([ledger.marks.filter(~is_whole), conform(told, MARKS)]).sort("change_id", "document_id", maintain_order=True)


def invoices_of_reminder(ledger: Ledger, client_id: str, step: str, *, on: date, currency: str | None = None) -> list[str]:
    """The invoices that a reminder of that step to that client lists that day, by due date, in one currency.

    As the drafts do, it passes over what is settled, disputed, promised, in a kept plan, paused, unsent or rejected.
    """
    asked = pl.DataFrame({"client_id": [client_id], "step": [step]})
    return _listed(situation(ledger, as_of=on, currency=currency), asked)["document_id"].to_list()


def _listed(at: Situation, asked: pl.DataFrame) -> pl.DataFrame:
    """The invoices that reminders of clients (client_id, `step`) list on the day of the situation."""
    meant = open_invoices(at).filter(pl.col("excluded").is_null())
    return listed_by(at, meant, asked)


def _until(items: pl.DataFrame, marks: pl.DataFrame, what: str, as_of: date) -> pl.DataFrame:
    """Add `<what>_until`, the last day that a mark of the invoice or of its client names, whichever is later.

    A promise that names no date holds for the day on which it was made; a pause that names none has no end.
    """
    until = f"{what}_until"
    unnamed = pl.col("on_date") if what == "promise" else pl.lit(WITHOUT_END)
    named = pl.col("value").str.to_date("%Y-%m-%d", strict=False)
    parts = items
    for subject in ("document_id", "client_id"):
        said = latest_marks(marks, [what], key=subject, as_of=as_of).filter("is_set")
        own = said.select(subject, pl.coalesce(named, unnamed).alias(f"{until}_{subject}"))
        parts = parts.join(own, on=subject, how="left", validate="m:1", maintain_order="left")
    both = [f"{until}_document_id", f"{until}_client_id"]
    return parts.with_columns(pl.max_horizontal(both).alias(until)).drop(both)


def _resumes(items: pl.DataFrame, policy: Policy, region: str) -> pl.DataFrame:
    """Each promised date of a scenario's clients, and the last day on which it still holds the reminders."""
    promised = items.select("scenario", "promise_until").drop_nulls().unique().sort("scenario", "promise_until")
    last = [add_working_days(day, policy.scenario(name).promise_grace_days, region) for name, day in promised.iter_rows()]
    return promised.with_columns(promise_holds_until=pl.Series(last, dtype=pl.Date))


def _with_scenario(items: pl.DataFrame, kinds: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Add each client's `segment` and the `scenario` that it follows."""
    followed = {segment: policy.scenario_of(segment).id for segment in SEGMENTS}
    return items.join(
        kinds.select("client_id", "segment"), on="client_id", how="left", validate="m:1", maintain_order="left"
    ).with_columns(
        scenario=pl.col("segment").replace_strict(followed, default=policy.scenario_of(None).id, return_dtype=pl.String)
    )


def open_invoices(at: Situation) -> pl.DataFrame:
    """Invoices with something outstanding, their client's details, and why they are not reminded, if so.

    One row per invoice: OPEN_ITEMS and client_type, siren, email, phone, address, language; `segment` and `scenario` of its
    client; `excluded` (EXCLUSIONS or null), `opened_on` (proceedings), `promise_until`,
    `is_promise_broken`, `paused_until`; `plan_status` (of STANDING), `plan_date` and `plan_amount`. The claims that were
    there before proceedings opened are never reminded (they are declared to the representative of the creditors); later
    ones are.
    """
    details = at.clients.select("client_id", "client_type", "siren", "email", "phone", "address", "language")
    rejected = latest_marks(at.marks, ["rejected"], key="document_id", as_of=at.as_of).select("document_id", is_rejected="is_set")
    items = (
        at.items.filter(pl.col("outstanding") > 0)
        .join(details, on="client_id", how="left", validate="m:1", maintain_order="left")
        .join(openings(at.marks, as_of=at.as_of), on="client_id", how="left", validate="m:1", maintain_order="left")
        .join(rejected, on="document_id", how="left", validate="1:1", maintain_order="left")
        .pipe(_with_scenario, at.kinds, at.policy)
        .pipe(_until, at.marks, "promise", at.as_of)
        .pipe(_until, at.marks, "paused", at.as_of)
        .pipe(_with_promise_status, at.promises)
        .join(at.in_plan, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(is_small_rest=_is_small_rest(at))
    )
    resumes = _resumes(items, at.policy, at.settings.region)
    items = items.join(resumes, on=["scenario", "promise_until"], how="left", validate="m:1", maintain_order="left")
    is_promised = pl.col("promise_holds_until") >= at.as_of
    return items.with_columns(
        excluded=pl.when(pl.col("issue_date") <= pl.col("opened_on"))
        .then(pl.lit("insolvency"))
        .when("is_rejected")
        .then(pl.lit("rejected"))
        .when("is_unsent")
        .then(pl.lit("unsent"))
        .when("is_disputed")
        .then(pl.lit("dispute"))
        .when(pl.col("plan_status") != "broken")
        .then(pl.lit("plan"))
        .when(is_promised)
        .then(pl.lit("promise"))
        .when(pl.col("paused_until") >= at.as_of)
        .then(pl.lit("paused"))
        .when("is_small_rest")
        .then(pl.lit("small_rest")),
        is_promise_broken=(pl.col("promise_holds_until") < at.as_of).fill_null(value=False) & ~pl.col("is_promise_met"),
    ).drop("promise_holds_until", "is_rejected", "is_promise_met", "is_small_rest")


def _is_small_rest(at: Situation) -> pl.Expr:
    """Whether a payment left no more of an invoice than may be written off as a rounding: nobody is reminded of that."""
    paying = only_counting(at.allocations, as_of=at.as_of).filter(pl.col("source") == "bank")["document_id"].unique()
    return (pl.col("outstanding") <= at.settings.tolerance) & pl.col("document_id").is_in(paying.implode())


def _with_promise_status(items: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """Add `is_promise_met`: the amount last promised of the invoice, else by its client, came, though more is still owed."""
    parts = items
    for subject, rows in (
        ("document_id", made.filter(pl.col("document_id").is_not_null())),
        ("client_id", made.filter(pl.col("document_id").is_null())),
    ):
        last = rows.unique(subject, keep="first", maintain_order=True)
        found = last.select(subject, pl.col("status").is_in(["kept", "late"]).alias(f"met_{subject}"))
        parts = parts.join(found, on=subject, how="left", validate="m:1", maintain_order="left")
    met = pl.coalesce("met_document_id", "met_client_id").fill_null(value=False)
    return parts.with_columns(is_promise_met=met).drop("met_document_id", "met_client_id")
