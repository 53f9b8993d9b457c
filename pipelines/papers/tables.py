"""The accountant's papers as tables that leave, with what they are of at their head; and their JSON."""

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from models.money import total
from models.texts import Texts
from pipelines.exports.answers import Answer
from pipelines.exports.lists import about_table
from pipelines.exports.paper_columns import PAPER_LISTS
from pipelines.exports.table_files import Table
from pipelines.ledger import Ledger
from pipelines.papers.client_statement import Statement, statement_rows
from pipelines.papers.confirmation import Selection
from pipelines.papers.numbering import Audit
from pipelines.papers.vat_on_receipts import vat_months

PAPER_NAMES = {
    "confirmations": "Balance confirmations",
    "vat_months": "VAT due on receipts",
    "vat_rows": "VAT due on receipts",
    "numbering": "Numbering of sales documents",
}
VAT_SENTENCES = {
    "when": "VAT is due in the month in which the money came, for its share of the invoice; what went back is negative.",
    "apart": "Money without an invoice stands apart: if it is a deposit, its VAT is due on receipt, for goods too since 2023.",
}
NUMBER_SENTENCES = {
    "rule": "Invoices are numbered without a gap in the order of their dates (CGI, annexe II, art. 242 nonies A).",
    "doubt": "A missing number may be a draft, a cancelled invoice or a file that was never imported: ask before you conclude.",
}


def _table(
    name: str,
    rows: pl.DataFrame,
    ledger: Ledger,
    texts: Texts,
    *,
    as_of: date,
    currency: str,
    definitions: Iterable[str] = (),
    filters: Mapping[str, str] | None = None,
) -> Table:
    company = ledger.settings.company_name
    said = [texts.t(sentence) for sentence in definitions]
    title = texts.t(PAPER_NAMES[name])
    about = about_table(title, said, texts, as_of=as_of, currency=currency, company=company, filters=filters)
    return Table(PAPER_LISTS[name], rows, about, as_of)


def statement_answer(statement: Statement) -> Answer:
    """One client's statement as JSON."""
    rows = [
        {name: value for name, value in row.items() if name not in ("client", "currency")}
        for row in statement_rows(statement)
        if row["kind"] not in ("before", "after")
    ]
    opening = statement.account.opening if statement.start else None
    return {
        "client": statement.client["name"],
        "from": statement.start,
        "as_of": statement.as_of,
        "currency": statement.currency,
        "opening": opening,
        "closing": statement.closing,
        "lines": rows,
    }


def confirmations_table(found: Selection, ledger: Ledger, texts: Texts, *, as_of: date, currency: str) -> Table:
    """Whom to ask, and what they answered."""
    choice = found.choice
    asked = {
        texts.t("Threshold"): texts.money(choice.threshold, currency) if choice.threshold is not None else "",
        texts.t("Largest"): texts.number(choice.top) if choice.top else "",
        texts.t("Drawn at random"): texts.number(choice.sample) if choice.sample else "",
        texts.t("Seed of the draw"): str(choice.seed) if choice.sample else "",
    }
    table = _table("confirmations", found.asked, ledger, texts, as_of=as_of, currency=currency, filters=asked)
    return Table(table.columns, table.rows, [*table.about, coverage_sentence(found, texts, currency)], as_of)


def coverage_sentence(found: Selection, texts: Texts, currency: str) -> str:
    """How much of receivables is asked for."""
    counts = {"asked": texts.number(found.asked.height), "clients": texts.number(found.clients)}
    amounts = {"covered": texts.money(found.covered, currency), "receivables": texts.money(found.receivables, currency)}
    if found.coverage is None:
        return texts.t("{asked} of {clients} clients, {covered} of {receivables}.", **counts, **amounts)
    return texts.t(
        "{asked} of {clients} clients, {covered} of {receivables}: {share} of receivables.",
        **counts,
        **amounts,
        share=texts.percent(found.coverage * 100),
    )


def confirmations_answer(found: Selection, *, as_of: date) -> Answer:
    """The same as JSON."""
    choice = found.choice
    return {
        "as_of": as_of,
        "threshold": choice.threshold,
        "top": choice.top,
        "sample": choice.sample,
        "seed": choice.seed,
        "clients": found.clients,
        "covered": found.covered,
        "receivables": found.receivables,
        "coverage": found.coverage,
        "asked": found.asked.drop("client_id").to_dicts(),
    }


def vat_table(
    rows: pl.DataFrame, ledger: Ledger, texts: Texts, *, start: date, to: date, currency: str, by_month: bool = True
) -> Table:
    """VAT on receipts of a period by month and rate, or payment by payment (VAT_ROWS)."""
    asked = {texts.t("Period"): f"{texts.date(start)} – {texts.date(to)}"}
    name = "vat_months" if by_month else "vat_rows"
    shown = rows
    if by_month:
        months = vat_months(rows)
        words = {month: texts.month(month) for month in months["month"].unique()}
        shown = months.with_columns(pl.col("month").replace_strict(words, default=None, return_dtype=pl.String))
    return _table(name, shown, ledger, texts, as_of=to, currency=currency, definitions=VAT_SENTENCES.values(), filters=asked)


def vat_answer(rows: pl.DataFrame, *, start: date, to: date, currency: str) -> Answer:
    """The same as JSON."""
    return {
        "from": start,
        "to": to,
        "currency": currency,
        "vat": total(rows["vat"]),
        "collected": total(rows["amount"]),
        "months": vat_months(rows).drop("currency").to_dicts(),
        "rows": rows.drop("client_id", "document_id", "currency").to_dicts(),
    }


def numbering_table(found: Audit, ledger: Ledger, texts: Texts, *, as_of: date) -> Table:
    """What the audit of numbers found."""
    return _table(
        "numbering",
        found.findings,
        ledger,
        texts,
        as_of=as_of,
        currency=ledger.settings.currency,
        definitions=NUMBER_SENTENCES.values(),
    )


def numbering_answer(found: Audit) -> Answer:
    """The same as JSON."""
    return {"series": found.series.to_dicts(), "findings": found.findings.to_dicts(), "left_out": found.left_out}
