"""The accountant's tables as they leave: the aged balance with its proof, the roll-forward, what came after a closing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl

from models.texts import Texts
from pipelines.ageing import Ageing
from pipelines.arrivals import Arrivals
from pipelines.exports.action_words import action_word
from pipelines.exports.column import Column
from pipelines.exports.lists import about_table
from pipelines.exports.table_files import Table
from pipelines.ledger import Ledger
from pipelines.rollforward import MOVES

GROUP_WORDS = {
    "total": "Total",
    "client": "Client",
    "invoice": "Invoice",
    "sales_rep": "Sales rep",
    "category": "Category",
    "currency": "Currency",
}
MOVE_WORDS = {
    "opening": "Opening receivables",
    "invoiced": "Invoiced",
    "credit_notes": "Credit notes",
    "collected": "Collected",
    "returned": "Payments returned or lowered",
    "refunded": "Refunds",
    "written_off": "Losses",
    "rounding": "Roundings",
    "bank_fee": "Bank fees",
    "discount": "Discounts",
    "other": "Beyond a credit",
    "closing": "Closing receivables",
}
ARRIVAL_WORDS = {
    "invoiced": "Invoice",
    "credit_notes": "Credit note",
    "collected": "Receipt",
    "returned": "Returned payment",
    "refunded": "Refund",
    "written_off": "Loss",
    "rounding": "Rounding",
    "bank_fee": "Bank fee",
    "discount": "Discount",
    "other": "Beyond a credit",
    "allocation": "Allocation to an invoice",
    "mark": "Decision",
    "provision": "Provision rate",
    "due_date": "Due date changed",
    "setting": "Setting",
    "rate": "Exchange rate",
}
#: What a mark dated in a closed period says, and which setting is another since.
DETAIL_WORDS = {
    "disputed": "In dispute",
    "not_disputed": "Dispute lifted",
    "doubtful": "Doubtful",
    "not_doubtful": "Doubt lifted",
    "insolvency": "Insolvency proceedings",
    "not_insolvency": "No insolvency proceedings",
    "sent": "Sent",
    "not_sent": "Not sent",
    "rejected": "Rejected",
    "not_rejected": "No longer rejected",
    "doubtful_days": "days before doubt",
    "history_from": "first complete day",
    "provision_every": "days of provisions",
    "provision_insolvency": "rate in proceedings",
    "provision_rates": "rates by age",
    "vat_basis": "when VAT is due",
    "vat_rate": "usual VAT rate",
    "year_end_month": "financial year",
}
_BESIDE = {
    "unallocated_receipts": "Unallocated receipts",
    "open_credit_notes": "Open credit notes",
    "total": "Total",
    "disputed": "Of which disputed",
    "doubtful": "Of which doubtful",
}


def bucket_title(name: str, texts: Texts) -> str:
    """A bucket's name in words: not due, 1 to 30 days, over 90 days."""
    if name == "not_due":
        return texts.t("Not due")
    low, high = name.split("_")
    if low == "over":
        return texts.t("Over {days} days", days=high)
    return texts.t("{low}–{high} days", low=low, high=high)


def ageing_words(ageing: Ageing, texts: Texts) -> list[str]:
    """What the buckets of a balance count, and how credits stand in it."""
    due = texts.t("Days since the due date; an invoice is late from the day after.")
    said = [due if ageing.basis == "due" else texts.t("Days since the date of the invoice.")]
    if ageing.is_by_instalment:
        said.append(texts.t("What an agreed plan still expects of an invoice ages by the dates of its instalments."))
    said.append(
        texts.t("Receipts and credit notes that no invoice has used come off the total; disputed and doubtful are parts of it.")
    )
    return said


def aged_table(
    rows: pl.DataFrame,
    by: str,
    ageing: Ageing,
    ledger: Ledger,
    texts: Texts,
    *,
    as_of: date,
    currency: str | None,
    known_on: date | None = None,
    proof: Sequence[str] = (),
) -> Table:
    """The aged balance: a row per group, and at its head and foot what it is of, and the proof by the accounts.

    Its rows are of `currency`; None where each has its own.
    """
    names = ["number", "client", "issue_date", "due_date"] if by == "invoice" else [by]
    titles = {"number": "Invoice", "client": "Client", "issue_date": "Issued", "due_date": "Due", "instalment": "Instalment"}
    columns = [Column(name, texts.t(titles.get(name, GROUP_WORDS.get(name, name)))) for name in names]
    if "instalment" in rows.columns and rows["instalment"].null_count() < rows.height:
        columns.append(Column("instalment", texts.t("Instalment")))
    columns += [Column(name, bucket_title(name, texts), is_summed=True) for name in ageing.buckets]
    columns += [Column(name, texts.t(title), is_summed=True) for name, title in _BESIDE.items()]
    settings = ledger.settings
    about = about_table(
        texts.t("Aged balance"), [*_counted(rows, texts), *ageing_words(ageing, texts), *proof], texts, as_of=as_of,
        currency=currency, company=settings.company_name or None, known_on=known_on,
    )  # fmt: skip
    shown = with_receipt_labels(rows, ledger, texts) if by == "invoice" else _named(rows, by, texts)
    return Table(columns, shown, about, as_of)


def with_receipt_labels(rows: pl.DataFrame, ledger: Ledger, texts: Texts) -> pl.DataFrame:
    """The balance by invoice, where money that no invoice has used is called by the label of its bank line."""
    label = pl.col("document_id").replace_strict(ledger.lines["line_id"], ledger.lines["label"], default=None)
    return rows.with_columns(number=pl.coalesce("number", label, pl.lit(texts.t("Declared payment"))))


def _counted(rows: pl.DataFrame, texts: Texts) -> list[str]:
    return [texts.plural("{count} row.", "{count} rows.", rows.height)]


def _named(rows: pl.DataFrame, by: str, texts: Texts) -> pl.DataFrame:
    """Rows of nobody's by a word, and the total by its own."""
    if by == "total":
        return rows.with_columns(total=pl.lit(texts.t("Total")))
    if by in ("sales_rep", "category"):
        return rows.with_columns(pl.col(by).fill_null(texts.t("None given")))
    return rows


def shown_moves(rows: pl.DataFrame) -> list[str]:
    """The columns of a roll-forward that say something: the usual four, and the others where they hold an amount."""
    usual = ("invoiced", "credit_notes", "collected", "written_off")
    return [move for move in MOVES if move in usual or (rows[move] != 0).any()]


def rollforward_table(
    rows: pl.DataFrame,
    by: str,
    ledger: Ledger,
    texts: Texts,
    *,
    start: date,
    to: date,
    currency: str,
    known_on: date | None = None,
) -> Table:
    """The roll-forward: what clients owed, each kind of movement, what they owe."""
    columns = [Column(by, texts.t(GROUP_WORDS[by]))]
    columns += [Column(name, texts.t(MOVE_WORDS[name]), is_summed=True) for name in ("opening", *shown_moves(rows), "closing")]
    settings = ledger.settings
    about = about_table(
        texts.t("Movements of receivables, {start} to {end}", start=texts.date(start), end=texts.date(to)),
        [
            *_counted(rows, texts),
            texts.t("Opening + all movements = closing; opening and closing are net of unused credits, VAT included."),
        ],
        texts, as_of=to, currency=currency, company=settings.company_name or None, known_on=known_on,
    )  # fmt: skip
    return Table(columns, _named(rows, by, texts), about, to)


def with_arrival_words(rows: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """ARRIVALS in words: `what_text`, with what a decision says and whether it was taken back, and `action_text`, how it came."""
    words = {code: texts.t(word) for code, word in ARRIVAL_WORDS.items()}
    details = {code: texts.t(word) for code, word in DETAIL_WORDS.items()}
    rates = rows.filter(what="rate")["detail"].str.split_exact(" ", 1).struct.unnest().unique()
    details |= {f"{currency} {rate}": f"{currency} {texts.rate(Decimal(rate))}" for currency, rate in rates.iter_rows()}
    percents = rows.filter(what="provision")["detail"].drop_nulls().unique()
    details |= {said: texts.percent(float(said.removesuffix(" %")), 2) for said in percents}
    actions = {code: action_word(texts, code) for code in rows["action"].drop_nulls().unique()}
    day = pl.col("detail").str.to_date("%Y-%m-%d", strict=False).dt.to_string("%d/%m/%Y")
    what = pl.col("what").replace_strict(words, default=pl.col("what"), return_dtype=pl.String)
    is_less_lost = (pl.col("what") == "written_off") & ((pl.col("effect") > 0) != pl.col("is_gone"))
    what = pl.when(is_less_lost).then(pl.lit(texts.t("Loss made smaller"))).otherwise(what)
    said = pl.coalesce(
        pl.format("{}{}{}", what, pl.lit(texts.t(": ")), pl.coalesce(day, pl.col("detail").replace(details))), what
    )
    return rows.with_columns(
        what_text=pl.when("is_gone").then(pl.format("{} – {}", said, pl.lit(texts.t("Gone since")))).otherwise(said),
        action_text=pl.col("action").replace(actions),
    )


def arrivals_table(found: Arrivals, ledger: Ledger, texts: Texts, *, currency: str) -> Table:
    """What came after a closing."""
    titles = {
        "what_text": "What",
        "date": "Date",
        "number": "Document",
        "client": "Client",
        "amount": "Amount",
        "effect": "Effect on receivables",
        "known_on": "Came on",
        "by": "By",
        "action_text": "How",
    }
    columns = [Column(name, texts.t(title), is_summed=name == "effect") for name, title in titles.items()]
    settings = ledger.settings
    about = about_table(
        texts.t("Arrived after closing"), [closing_sentence(found, texts, currency)], texts,
        as_of=found.as_of, currency=currency, company=settings.company_name or None,
    )  # fmt: skip
    return Table(columns, with_arrival_words(found.rows, texts), about, found.as_of)


def closing_sentence(found: Arrivals, texts: Texts, currency: str) -> str:
    """When a period was closed, how much came since, and what it changes of the receivables of the day."""
    closed = texts.t(
        "Closed up to {day} on {said} by {name}.",
        day=texts.date(found.closing.locked_to),
        said=texts.date(found.closing.known_on),
        name=found.closing.by,
    )
    return " ".join([closed, *_came(found, texts, currency), *beside_sentences(found, texts)])


def _came(found: Arrivals, texts: Texts, currency: str) -> list[str]:
    """How much came in the currency of the table, and what it changes."""
    if found.rows.is_empty():
        return [] if found.others else [texts.t("Nothing has come for its receivables since.")]
    came = texts.plural("{count} thing came for it since.", "{count} things came for it since.", found.rows.height)
    changed = texts.t(
        "Receivables of {day}: {then} at the closing, {now} as known now ({effect}).",
        day=texts.date(found.as_of),
        then=texts.money(found.then, currency),
        now=texts.money(found.now, currency),
        effect=signed(found.effect, currency, texts),
    )
    return [came, changed]


def beside_sentences(found: Arrivals, texts: Texts) -> list[str]:
    """What came besides, in a sentence each: things of other currencies, and bank lines that are of no client yet."""
    said = [
        texts.plural(
            "In {currency}: {count} thing came for it since ({effect} of receivables).",
            "In {currency}: {count} things came for it since ({effect} of receivables).",
            other.count, currency=currency, effect=signed(other.effect, currency, texts),
        )
        for currency, other in found.others.items()
    ]  # fmt: skip
    if found.waiting:
        one = "{count} bank line of that period came since and waits to be matched."
        said.append(texts.plural(one, "{count} bank lines of that period came since and wait to be matched.", found.waiting))
    return said


def signed(amount: Decimal, currency: str, texts: Texts) -> str:
    """An amount with its sign, also where it is more."""
    return f"+{texts.money(amount, currency)}" if amount > 0 else texts.money(amount, currency)


def in_files_only(table: Table, names: Sequence[str]) -> Table:
    """The same, with columns that a terminal has no room for in its files alone."""
    return replace(table, columns=[replace(column, in_table=column.name not in names) for column in table.columns])
