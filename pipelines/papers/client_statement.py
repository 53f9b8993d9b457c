"""Statements of account (relevés de compte): what a client has open at a date, or all that moved its account in a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl

from models.money import total
from models.texts import DASH, LANGUAGES, Texts
from pipelines.collections.fields import one_line
from pipelines.collections.paper import letter_sheet, sheets_pdf
from pipelines.collections.parts import Part
from pipelines.collections.statement import balance, open_parts
from pipelines.exports.paper_columns import MOVEMENT_WORDS
from pipelines.exports.sheets import to_xlsx
from pipelines.exports.table_files import file_stem
from pipelines.exports.zipped import zipped
from pipelines.ledger import Ledger
from pipelines.papers.account import Account, accounts, movements
from pipelines.parties import by_client
from pipelines.receivables import open_credits, open_items

#: The movement that an open credit comes from.
_CREDIT_KINDS = {"credit_note": "credit_note", "bank": "receipt", "declared": "unproven"}
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Statement:
    """One client's statement.

    Attributes:
        client: a row of CLIENTS.
        start: the first day of the period; None: what is open at its last day, `as_of`.
        items: open invoices. `credits`: open credits. Both of a statement without a period.
        account: movements and balances of the period; of a statement without one, all of them.
    """

    client: dict[str, Any]
    start: date | None
    as_of: date
    currency: str
    items: pl.DataFrame
    credits: pl.DataFrame
    account: Account

    @property
    def closing(self) -> Decimal:
        """What the client owes at the last day."""
        return self.account.closing if self.start else balance(self.items, self.credits)

    @property
    def is_blank(self) -> bool:
        """It has no line, and no balance was brought forward."""
        if self.start is None:
            return self.items.is_empty() and self.credits.is_empty()
        return self.account.lines.is_empty() and not self.account.opening


def statements(
    ledger: Ledger,
    *,
    as_of: date,
    currency: str,
    start: date | None = None,
    clients: Sequence[str] | None = None,
) -> list[Statement]:
    """Statements by client's name.

    Args:
        ledger: the facts.
        as_of: the last day.
        currency: of the amounts.
        start: the first day of the period; None gives what is open.
        clients: by id; None is every client with something open, or in a period, with a movement or a balance on its eve.
    """
    moves = movements(ledger, to=as_of, currency=currency)
    owed = open_items(ledger, as_of=as_of, currency=currency).filter(pl.col("outstanding") > 0)
    free = open_credits(ledger, as_of=as_of, currency=currency)
    has_open = {*owed["client_id"], *free["client_id"]}
    chosen = list(clients) if clients is not None else None if start else sorted(has_open)
    items, left = by_client(owed), by_client(free)
    no_items, no_credits = owed.clear(), free.clear()
    return [
        Statement(
            client=account.client,
            start=start,
            as_of=as_of,
            currency=currency,
            items=items.get(account.client["client_id"], no_items),
            credits=left.get(account.client["client_id"], no_credits),
            account=account,
        )
        for account in accounts(ledger, moves, start=start or date.min, clients=chosen)
    ]


def statement_rows(statement: Statement) -> Rows:
    """The list "statement": movements with a running balance between the first and the last balance, or what is open."""
    head = {"client": one_line(statement.client["name"]), "currency": statement.currency}
    if statement.start is None:
        return [head | row for row in _open_rows(statement)]
    ends = dict.fromkeys(("number", "due_date", "debit", "credit", "letter", "letter_date"))
    columns = ("date", "kind", "number", "due_date", "debit", "credit", "balance", "letter", "letter_date")
    first = {"date": statement.start, "kind": "before", **ends, "balance": statement.account.opening}
    last = {"date": statement.as_of, "kind": "after", **ends, "balance": statement.closing}
    lines = statement.account.lines.select(columns).to_dicts()
    return [{**head, **{name: row[name] for name in columns}} for row in (first, *lines, last)]


def _open_rows(statement: Statement) -> Rows:
    """Open invoices and open credits by date, with what is left of each."""
    letters = (
        statement.account.lines.filter(pl.col("kind").is_in(["sale", "deposit", "opening"]))
        .drop_nulls("letter")
        .unique("number", keep="last", maintain_order=True)
        .select("number", "letter", "letter_date")
    )
    owed = statement.items.select(
        "number", "due_date", date="issue_date", kind=pl.col("kind").replace("invoice", "sale"), debit="outstanding",
        credit=pl.lit(None, pl.Decimal(18, 2)),
    )  # fmt: skip
    free = statement.credits.select(
        "number", "date", due_date=pl.lit(None, pl.Date), kind=pl.col("source").replace(_CREDIT_KINDS),
        debit=pl.lit(None, pl.Decimal(18, 2)), credit="remaining",
    )  # fmt: skip
    rows = pl.concat([owed, free.select(owed.columns)]).sort("date", "number", nulls_last=True)
    return (
        rows.join(letters, on="number", how="left", validate="m:1", maintain_order="left")
        .with_columns(balance=(pl.col("debit").fill_null(0) - pl.col("credit").fill_null(0)).cum_sum().cast(pl.Decimal(18, 2)))
        .select("date", "kind", "number", "due_date", "debit", "credit", "balance", "letter", "letter_date")
        .to_dicts()
    )


def language_of(client: dict[str, Any], ledger: Ledger) -> str:
    """The client's language, else the company's."""
    return client["language"] if client["language"] in LANGUAGES else ledger.settings.language


def _title(statement: Statement, texts: Texts) -> str:
    if statement.start is None:
        return texts.t("Statement of account at {date}", date=texts.long_date(statement.as_of))
    return texts.t(
        "Statement of account from {start} to {end}",
        start=texts.long_date(statement.start),
        end=texts.long_date(statement.as_of),
    )


def statement_sheet(statement: Statement, ledger: Ledger) -> dict[str, Any]:
    """The statement as a letter in the client's language."""
    texts = Texts(language_of(statement.client, ledger))
    body = (
        open_parts(texts, statement.items, statement.credits, statement.currency)
        if statement.start is None
        else [_table(statement, texts)]
    )
    parts: list[Part] = [{"kind": "subject", "text": _title(statement, texts)}, *body, {"kind": "text", "text": _close(texts)}]
    client = statement.client
    return letter_sheet(
        _title(statement, texts), client["name"], client["address"], parts, ledger.settings, texts, day=statement.as_of
    )


def _close(texts: Texts) -> str:
    return texts.t("Errors and omissions excepted. If your books differ, please tell us which line.")


def _table(statement: Statement, texts: Texts) -> Part:
    currency, account = statement.currency, statement.account
    blank = ["", "", "", ""]

    def amount(value: Decimal) -> str:
        return texts.money(value, currency) if value else ""

    rows = [
        [
            f"{texts.t(MOVEMENT_WORDS[row['kind']])} {one_line(row['number'])}".strip(),
            texts.date(row["date"]),
            texts.date(row["due_date"]) if row["due_date"] else "",
            amount(row["debit"]),
            amount(row["credit"]),
            texts.money(row["balance"], currency),
            row["letter"] or "",
        ]
        for row in account.lines.to_dicts()
    ]
    eve = [texts.t(MOVEMENT_WORDS["before"]), texts.date(statement.start), *blank[:3], texts.money(account.opening, currency), ""]
    debit, credit = (texts.money(total(account.lines[name]), currency) for name in ("debit", "credit"))
    head = ["Movement", "Date", "Due", "Debit", "Credit", "Balance", "Lettering"]
    return {
        "kind": "table",
        "head": [texts.t(word) for word in head],
        "align": ["left", "left", "left", "right", "right", "right", "left"],
        "rows": [eve, *rows],
        "total": [
            texts.t(MOVEMENT_WORDS["after"]), texts.date(statement.as_of), "", debit, credit,
            texts.money(account.closing, currency), "",
        ],
    }  # fmt: skip


def statement_pdf(found: Sequence[Statement], ledger: Ledger, *, title: str) -> bytes:
    """The statements as one document, each on pages of its own."""
    return sheets_pdf(title, [statement_sheet(statement, ledger) for statement in found], day=found[0].as_of)


def statement_workbook(statement: Statement, ledger: Ledger) -> bytes:
    """The statement as a workbook in the client's language."""
    texts = Texts(language_of(statement.client, ledger))
    about = [
        f"{_title(statement, texts)} – {one_line(statement.client['name']) or DASH}",
        texts.t("Amounts in {currency}.", currency=statement.currency),
        texts.t("Balance of the account: {amount}", amount=texts.money(statement.closing, statement.currency)),
    ]
    return to_xlsx("statement", statement_rows(statement), texts, about, made=datetime.combine(statement.as_of, time()))


def statement_files(found: Sequence[Statement], ledger: Ledger, form: str, texts: Texts) -> list[tuple[str, bytes]]:
    """A file per client, as pdf or xlsx; names are made of letters and digits, and no two are alike."""
    stem, files = texts.t("statement-of-account"), []
    for place, statement in enumerate(found, start=1):
        name = f"{stem}-{place:03d}-{file_stem(one_line(statement.client['name']))[:40]}-{statement.as_of:%Y-%m-%d}.{form}"
        content = (
            statement_pdf([statement], ledger, title=_title(statement, Texts(language_of(statement.client, ledger))))
            if form == "pdf"
            else statement_workbook(statement, ledger)
        )
        files.append((name, content))
    return files


def statements_zip(found: Sequence[Statement], ledger: Ledger, form: str, texts: Texts) -> bytes:
    """The files of all these clients as one ZIP."""
    return zipped(statement_files(found, ledger, form, texts))
