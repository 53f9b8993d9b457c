"""Doubtful receivables and the VAT of losses as they leave: as tables with their definitions, and as JSON."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from models.settings import Settings
from models.texts import Texts
from pipelines.exports.closing_columns import CLOSING_LISTS, DOUBT_REASON_WORDS
from pipelines.exports.lists import about_table
from pipelines.exports.table_files import Table
from pipelines.ledger import Ledger

TITLE_WORDS = {"doubtful": "Doubtful receivables", "lost_vat": "VAT of losses"}
DOUBTFUL_SENTENCES = {
    "decided": "Doubtful is what a person decided, dated; the others are proposals.",
    "provision": (
        "Provision: what is owed without VAT, in proportion of the invoice’s own amounts, times the rate by age or by hand, "
        "each rounded to the nearest cent."
    ),
    "limitation": "Barred on: an estimate; what interrupts the limitation is what you noted, and a reminder does not.",
}
LOST_VAT_SENTENCES = {
    "when": (
        "VAT is claimed back once the claim is lost for good, or from the judgment that orders the liquidation (CGI, art. "
        "272, 1), with a duplicate of the invoice sent to the client: to be checked by your accountant."
    ),
    "never_due": (
        "Your settings say that VAT is due on receipts: the VAT of what was not paid was never due, so that there is nothing to "
        "claim back."
    ),
    "deposits": (
        "Deposit invoices: {numbers}. VAT on a deposit is due only when it is paid (CGI, art. 269, 2): that of one never paid "
        "was never due, and is left out of the VAT to claim back. If you declared it, ask your accountant."
    ),
}


def lost_vat_sentences(rows: pl.DataFrame, settings: Settings, texts: Texts) -> list[str]:
    """What the VAT of losses is worth to the company, and what is to be checked of these LOST_VAT."""
    if settings.vat_basis == "receipts":
        return [texts.t(LOST_VAT_SENTENCES["never_due"])]
    deposits = rows.filter("is_deposit")["number"].unique(maintain_order=True).to_list()
    said = [texts.t(LOST_VAT_SENTENCES["when"])]
    return [*said, texts.t(LOST_VAT_SENTENCES["deposits"], numbers=", ".join(deposits))] if deposits else said


def doubtful_answer(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The JSON of DOUBTS: amounts as they are, rates as numbers, reasons as codes."""
    return [
        {
            "invoice_number": row["number"],
            **{name: row[name] for name in ("client", "client_type", "issue_date", "due_date", "days_late")},
            **{name: row[name] for name in ("outstanding", "outstanding_excl", "reasons", "state", "decided_on", "decided_by")},
            "note": row["decision_note"],
            "rate": None if row["rate"] is None else float(row["rate"]),
            **{name: row[name] for name in ("basis", "provision", "barred_on", "currency")},
        }
        for row in rows.to_dicts()
    ]


def doubtful_rows(rows: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """DOUBTS with reasons in words, as tables have them."""
    words = {code: texts.t(word) for code, word in DOUBT_REASON_WORDS.items()}
    listed = pl.col("reasons").list.eval(pl.element().replace_strict(words, return_dtype=pl.String))
    return rows.with_columns(
        invoice_number="number", reasons=listed.list.join(", "),
        note=pl.concat_str("decision_note", "note", separator=" – ", ignore_nulls=True).replace("", None),
        rate=pl.col("rate").cast(pl.Float64),
    )  # fmt: skip


def doubtful_table(
    rows: pl.DataFrame, ledger: Ledger, texts: Texts, *, as_of: date, currency: str, known_on: date | None = None
) -> Table:
    """DOUBTS with what they are of; what is only proposed has its provision apart, so that each column sums to one figure."""
    is_decided = pl.col("state") != "proposed"
    parted = doubtful_rows(rows, texts).with_columns(
        provision=pl.when(is_decided).then("provision"), proposed_provision=pl.when(~is_decided).then("provision")
    )
    about = about_table(
        texts.t(TITLE_WORDS["doubtful"]), [texts.t(sentence) for sentence in DOUBTFUL_SENTENCES.values()], texts, as_of=as_of,
        currency=currency, company=ledger.settings.company_name or None, known_on=known_on,
    )  # fmt: skip
    return _table("doubtful", parted, about, as_of)


def lost_vat_answer(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The JSON of LOST_VAT."""
    shown = rows.rename({"number": "invoice_number"}).drop("loss_id", "document_id", "client_id")
    return shown.to_dicts()


def lost_vat_table(rows: pl.DataFrame, ledger: Ledger, texts: Texts, *, as_of: date, currency: str) -> Table:
    """LOST_VAT with what it is of."""
    about = about_table(
        texts.t(TITLE_WORDS["lost_vat"]), lost_vat_sentences(rows, ledger.settings, texts), texts, as_of=as_of,
        currency=currency, company=ledger.settings.company_name or None,
    )  # fmt: skip
    table = _table("lost_vat", rows.with_columns(invoice_number="number"), about, as_of)
    if ledger.settings.vat_basis != "receipts":
        return table
    unsummed = [replace(column, is_summed=column.is_summed and column.name != "vat_to_claim") for column in table.columns]
    return replace(table, columns=unsummed)


def _table(name: str, rows: pl.DataFrame, about: list[str], as_of: date) -> Table:
    columns = CLOSING_LISTS[name]
    return Table(columns, rows.select([column.name for column in columns]), about, as_of)
