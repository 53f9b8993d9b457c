"""The rows of each list that leaves as a table, CSV, workbook, PDF or JSON, and what is said of it at its head."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import polars as pl

from models.texts import Texts
from pipelines.ageing import USUAL, Ageing, aged
from pipelines.collections.facts import situation
from pipelines.collections.priority import within_minutes
from pipelines.collections.results import reminded, reminder_counts, results
from pipelines.collections.worklist import Plan, plan, worklist
from pipelines.exports import answers
from pipelines.exports.statuses import with_silence
from pipelines.ledger import Ledger
from pipelines.papers.account import with_letters
from pipelines.receivables import sales_documents
from pipelines.reconcile.listing import bank_lines, listed_allocations, only_unmatched

#: What the figures of a list mean, in one sentence.
DEFINITION_SENTENCES: dict[str, str] = {
    "worklist": "Overdue: what is owed on invoices past their due date, VAT included. Clients in the order in which to act.",
    "reminders": "One line per invoice that its client’s next reminder lists. Outstanding: what is still owed, VAT included.",
    "results": (
        "Paid within 15 (or 30) days: the share of what was owed on reminded invoices that came as money in the days after."
        " Younger reminders are not judged. A payment that follows several reminders counts for each. This does not prove"
        " that the reminder was the cause."
    ),
}
TITLE_WORDS: dict[str, str] = {"worklist": "Worklist", "reminders": "Invoices to remind", "results": "Results of the reminders"}


def list_rows(
    name: str,
    ledger: Ledger,
    texts: Texts,
    *,
    as_of: date,
    currency: str | None = None,
    suggested: Collection[str] | None = None,
    minutes: int | None = None,
    is_read: bool = False,
) -> list[answers.Answer]:
    """The rows of a list at a date, as its JSON has them.

    Args:
        name: invoices, allocations, lines, worklist, reminders or results.
        ledger: the facts.
        texts: the language of the reasons.
        as_of: the date.
        currency: only that one; None is every currency for invoices and allocations, else the company's.
        suggested: of the lines: only those that wait for a match, these with a suggestion among them; None is every line.
        minutes: of the worklist: what fits in so many; None is all of it.
        is_read: by people: an invoice of which no file says that it was sent is not called sent.
    """
    if name == "invoices":
        documents = sales_documents(ledger, as_of=as_of, currency=currency)
        return answers.invoices_answer(with_silence(documents, ledger, as_of=as_of) if is_read else documents)
    if name == "allocations":
        rows = with_letters(listed_allocations(ledger, as_of=as_of, currency=currency), ledger, as_of=as_of)
        return answers.allocations_answer(ledger, rows)
    if name == "lines":
        lines = bank_lines(ledger, as_of=as_of)
        return (lines if suggested is None else only_unmatched(lines, ledger, as_of=as_of, suggested=suggested)).to_dicts()
    if name == "worklist":
        rows = worklist(ledger, as_of=as_of, currency=currency)
        fitting = rows if minutes is None else within_minutes(rows, minutes)
        return worklist_rows(fitting, reminder_counts(reminded(ledger, as_of=as_of)), texts)
    return _collection_rows(name, ledger, as_of=as_of, currency=currency)


def list_aged(ledger: Ledger, *, as_of: date, by: str, currency: str | None, ageing: Ageing = USUAL) -> pl.DataFrame:
    """The aged balance in the company's currency unless one is asked for; by currency, in all of them."""
    only = currency if by == "currency" else currency or ledger.settings.currency
    return aged(ledger, as_of=as_of, by=by, currency=only, ageing=ageing)


def _collection_rows(name: str, ledger: Ledger, *, as_of: date, currency: str | None) -> list[answers.Answer]:
    """The lists of what reminders did and will say."""
    if name == "results":
        money = currency or ledger.settings.currency
        return results(ledger, as_of=as_of, currency=money).with_columns(currency=pl.lit(money)).to_dicts()
    return reminder_rows(plan(situation(ledger, as_of=as_of, currency=currency)), reminder_counts(reminded(ledger, as_of=as_of)))


def worklist_rows(rows: pl.DataFrame, counts: pl.DataFrame, texts: Texts) -> list[answers.Answer]:
    """WORKLIST as it leaves, with how often the client's most reminded invoice was reminded, when last and how.

    Args:
        rows: WORKLIST, perhaps filtered.
        counts: REMINDER_COUNTS.
        texts: the language of the reasons.
    """
    last = counts.sort("last_on", "document_id")
    by_client = (
        rows.select("client_id", document_id="document_ids")
        .explode("document_id")
        .join(last, on="document_id", how="inner", validate="m:1")
        .sort("last_on", "document_id")
        .group_by("client_id")
        .agg(pl.col("reminders").max(), last_reminder=pl.col("last_on").last(), last_channel=pl.col("last_channel").last())
    )
    told = {row.pop("client_id"): row for row in by_client.to_dicts()}
    none = {"reminders": 0, "last_reminder": None, "last_channel": None}
    ids = rows["client_id"].to_list()
    return [row | told.get(client_id, none) for client_id, row in zip(ids, answers.worklist_answer(rows, texts), strict=True)]


def reminder_rows(due: Plan, counts: pl.DataFrame, *, only: Sequence[str] | None = None) -> list[answers.Answer]:
    """One row per invoice that its client's next reminder lists, in the worklist's order.

    Args:
        due: what is due.
        counts: REMINDER_COUNTS.
        only: the clients to list, by id; None is all of them.
    """
    of_client = due.rows.select("client_id", "rank", "channel", "held", "step")
    rows = (
        due.invoices.filter("is_listed")
        .select(
            "client_id",
            "client",
            "document_id",
            "number",
            "issue_date",
            "due_date",
            "amount",
            "outstanding",
            "days_late",
            "currency",
        )
        .join(of_client, on="client_id", how="inner", validate="m:1")
        .filter(pl.lit(only is None) | pl.col("client_id").is_in(list(only or ())))
        .join(counts, on="document_id", how="left", validate="1:1")
        .sort("rank", "due_date", "number", "document_id")
        .with_columns(pl.col("reminders").fill_null(0))
        .rename({"number": "invoice_number", "amount": "amount_incl_tax", "last_on": "last_reminder"})
    )
    return rows.drop("client_id", "document_id", "last_step").to_dicts()


def about(
    name: str, texts: Texts, *, as_of: date, currency: str, company: str | None = None, filters: Mapping[str, str] | None = None
) -> list[str]:
    """What is said at the head of a list that leaves: its title, the date, the filters applied and the definitions."""
    title, definitions = texts.t(TITLE_WORDS[name]), [texts.t(DEFINITION_SENTENCES[name])]
    return about_table(title, definitions, texts, as_of=as_of, currency=currency, company=company, filters=filters)


def about_table(
    title: str,
    definitions: Sequence[str],
    texts: Texts,
    *,
    as_of: date,
    currency: str | None,
    company: str | None = None,
    filters: Mapping[str, str] | None = None,
    known_on: date | None = None,
) -> list[str]:
    """What is said at the head of any table that leaves.

    Args:
        title: what it is, in the reader's language.
        definitions: what its figures mean, a sentence each.
        texts: the reader's language.
        as_of: the date of its figures.
        currency: of its amounts; None where each row has its own.
        company: whose figures they are.
        filters: what was asked of it, by the words of what it was asked of; empty ones are left out.
        known_on: the day whose knowledge it shows; None is all that is known.
    """
    applied = texts.t("; ").join(f"{what}{texts.t(': ')}{value}" for what, value in (filters or {}).items() if value)
    known = [texts.t("As it was known on {date}.", date=texts.date(known_on))] if known_on is not None else []
    day = texts.date(as_of)
    each = texts.t("As of {date}. Amounts each in its own currency.", date=day)
    return [
        f"{title} – {company}" if company else title,
        texts.t("As of {date}. Amounts in {currency}.", date=day, currency=currency) if currency else each,
        *known,
        texts.t("Filters: {filters}", filters=applied) if applied else texts.t("No filter."),
        *definitions,
    ]
