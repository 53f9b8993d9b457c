"""Codes of the pipelines as the words of the trade (contract 1 to 3)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from models.texts import Texts
from pages._ui.session import Session
from pipelines.account_label import account_label
from pipelines.collections.reasons import reason_texts
from pipelines.exports.columns import KINDS
from pipelines.exports.statuses import with_silence

FILE_KINDS = {
    "invoices": "Sales invoices",
    "purchases": "Supplier invoices",
    "bank": "Bank statement",
    "clients": "Clients",
    "ledger": "Accounting entries (FEC)",
    "rates": "Exchange rates",
    "balances": "Opening balances",
}
FILE_FORMATS = {
    "csv": "CSV",
    "xlsx": "Excel",
    "ofx": "OFX",
    "camt": "CAMT",
    "mt940": "MT940",
    "cfonb": "CFONB 120",
    "qif": "QIF",
    "fec": "FEC",
    "cii": "CII e-invoice",
    "ubl": "UBL e-invoice",
    "facturx": "Factur-X",
    "zip": "ZIP archive",
}
#: What a person says of invoices whose file does not tell: as `kind` of the import.
DIRECTION_WORDS = {"auto": "Sales", "purchases": "Purchases"}
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "windows-1252": "Windows-1252", "iso8859-15": "ISO 8859-15"}
SEPARATORS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
DATE_ORDERS = {"ymd": "year, month, day", "dmy": "day, month, year", "mdy": "month, day, year"}
DECIMAL_SIGNS = {",": "comma", ".": "point"}
#: How money came in, where a person types it.
METHOD_WORDS = {
    "cheque": "Cheque",
    "cash": "Cash in hand",
    "transfer": "Bank transfer",
    "card": "Card",
    "direct_debit": "Direct debit",
}
MARK_WORDS = {
    "disputed": "Dispute",
    "doubtful": "Doubtful",
    "insolvency": "Insolvency proceedings",
    "promise": "Promise to pay",
    "expected": "Expected payment",
    "reminded": "Reminder sent",
    "sent": "Invoice sent",
    "interrupted": "Limitation interrupted",
    "suspended": "Limitation suspended",
    "written-off": "Write-off",
    "paused": "Reminders paused",
    "rejected": "E-invoice rejected",
    "segment": "Segment set by hand",
}
ANSWER_WORDS = {
    "keep": "Keep what is stored",
    "replace": "Replace it by the file’s row",
    "other": "It is another document",
}
CONFIDENCE_WORDS = ((0.8, "High confidence", "green"), (0.5, "Medium confidence", "orange"), (0.0, "Low confidence", "gray"))
CLIENT_TYPES = {"company": "Company", "public": "Public body", "consumer": "Consumer"}
PERIODS = {
    "once": "Once",
    "weekly": "Every week",
    "monthly": "Every month",
    "bimonthly": "Every two months",
    "quarterly": "Every quarter",
    "yearly": "Every year",
}
ASIDE_REASONS = {"disputed": "Disputed", "doubtful": "Doubtful"}
_PLAIN_STATUSES = {
    "credited": "Settled by credit note",
    "written_off": "Written off as a loss",
    "unsent": "Pending, not sent",
    "due_today": "Due today",
    "sent": "Pending, sent",
    "silent": "Pending",
    "open_credit": "Credit note to allocate",
    "used": "Credit note used up",
    "partly_paid": "Partly paid",
    "partly_credited": "Partly credited",
}
_LATE = {"late": "", "partly_paid": "Partly paid", "partly_credited": "Partly credited"}
_SAID_BY_COLUMNS = ("overdue", "overdue_day", "step_due", "frequent_late", "expected", "spared")


def word(texts: Texts, words: Mapping[str, str], code: str | None) -> str:
    """The word of a code; nothing for none, and the code's own letters only if it is unknown to this version."""
    return "" if code is None else texts.t(words.get(code, code.replace("_", " ").capitalize()))


def confidence_words(confidence: float) -> tuple[str, str]:
    """How sure a rule is, in words, and the colour of its badge."""
    return next((words, colour) for least, words, colour in CONFIDENCE_WORDS if confidence >= least)


def status_text(texts: Texts, status: str, days_late: int | None, paid_on: date | None, *, is_disputed: bool = False) -> str:
    """The status of a sales document as contract 3 words it, for instance « Partiellement payée, retard de 5 jours »."""
    late = days_late or 0
    if status == "paid":
        text = texts.t("Paid on {date}", date=texts.date(paid_on)) if paid_on else texts.t("Paid (date unknown)")
    elif status in _LATE and late >= 1:
        if status == "late":
            text = texts.plural("{count} day late", "{count} days late", late)
        else:
            behind = texts.plural(
                "{status}, {count} day late", "{status}, {count} days late", late, status=texts.t(_LATE[status])
            )
            text = behind
    else:
        text = texts.t(_PLAIN_STATUSES[status])
    return texts.t("{status} – in dispute", status=text) if is_disputed else text


def with_status(session: Session, rows: pl.DataFrame) -> pl.DataFrame:
    """Sales documents with `status_text`, and `kind_text`. One row per document, in the same order."""
    said_or_silent = with_silence(rows, session.ledger, as_of=session.as_of)
    coded = rows.with_columns(code=said_or_silent["status"])
    keys = ["code", "days_late", "last_payment_date", "is_disputed"]
    distinct = coded.select(keys).unique(maintain_order=True)
    said = [
        status_text(session.texts, code, late, paid_on, is_disputed=bool(disputed))
        for code, late, paid_on, disputed in distinct.iter_rows()
    ]
    kinds = {code: session.texts.t(name) for code, name in KINDS.items()}
    return (
        coded.join(
            distinct.with_columns(status_text=pl.Series(said, dtype=pl.String)),
            on=keys,
            how="left",
            validate="m:1",
            nulls_equal=True,
            maintain_order="left",
        )
        .with_columns(kind_text=pl.col("kind").replace_strict(kinds, default=pl.col("kind")))
        .drop("code")
    )


def with_words(texts: Texts, rows: pl.DataFrame, **columns: Mapping[str, str]) -> pl.DataFrame:
    """The rows with the codes of these columns replaced by their words; the codes stand in `<column>_code`."""
    return rows.with_columns(pl.col(name).alias(f"{name}_code") for name in columns).with_columns(
        pl.col(name).replace_strict({code: texts.t(title) for code, title in words.items()}, default=pl.col(name))
        for name, words in columns.items()
    )


def with_line_labels(session: Session, moves: pl.DataFrame) -> pl.DataFrame:
    """The movements with the label of its bank line as the number of what has none."""
    lines = session.ledger.lines
    label = pl.col("source_id").replace_strict(lines["line_id"], lines["label"], default=None, return_dtype=pl.String)
    return moves.with_columns(number=pl.coalesce("number", label))


def with_account_labels(texts: Texts, rows: pl.DataFrame, column: str = "account") -> pl.DataFrame:
    """The rows with `column` as `account_label` says it."""
    labels: dict[Any, str] = {name: account_label(texts, name) for name in rows[column].drop_nulls().unique().to_list()}
    return rows.with_columns(pl.col(column).replace_strict(labels, default=None, return_dtype=pl.String))


def why(texts: Texts, row: Mapping[str, Any]) -> str:
    """The most telling reason of a worklist row, but for those that its other columns already say: first what holds its draft."""
    reasons = row["reasons"] or []
    telling = [reason for reason in reasons if reason["code"] not in _SAID_BY_COLUMNS] or reasons
    telling = sorted(telling, key=lambda reason: reason["code"] not in (row["holds"] or []))
    return " ".join(reason_texts(texts, {**row, "reasons": telling[:1]}))
