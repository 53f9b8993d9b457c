"""The JSON of each command, exactly as the contract (section 5) says: amounts as strings, dates ISO, absent null."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from models.problems import sentence
from pipelines.collections.reasons import reason_texts

if TYPE_CHECKING:  # a command must not wait for the pipelines of the others
    from collections.abc import Mapping, Sequence

    from models.texts import Texts
    from pipelines.check import Violation
    from pipelines.collections.drafts import Draft
    from pipelines.forecast.curve import Forecast
    from pipelines.kpis import Kpis
    from pipelines.ledger import Ledger
    from pipelines.publishing.corrections import Retry
    from pipelines.publishing.proof import Period
    from pipelines.publishing.publish import ImportReport
    from pipelines.publishing.rebuild import Rebuilt

Answer = dict[str, Any]


def dump(answer: object) -> str:
    """One JSON document: Decimal as a string with two decimals, dates ISO."""
    return json.dumps(answer, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(value)


def import_answer(reports: Sequence[ImportReport], texts: Texts) -> Answer:
    """The reports of an import, rejected rows and warnings with their sentence."""
    return {"files": [report_answer(report, texts) for report in reports]}


def import_status(reports: Sequence[ImportReport]) -> int:
    """The exit status of an import: 0 done, 1 every file refused, 3 some rows or files rejected or in conflict."""
    if all(report.is_complete for report in reports):
        return 0
    return 1 if all(report.refused for report in reports) else 3


def report_answer(report: ImportReport, texts: Texts) -> Answer:
    """One file's report."""
    counts = ("inserted", "updated", "duplicates", "conflicts", "ignored", "rejected_rows")
    named = ("file", "kind", "format", "profile", "encoding", "separator", "date_order", "decimal", "rows")
    answer: Answer = {name: getattr(report, name) for name in (*named, *counts)}
    answer["rejected"] = [
        {**row, "reason": sentence(texts, row["code"], line=row["line"], column=row["column"], value=row["value"])}
        for row in report.rejected.to_dicts()
    ]
    answer["conflict_list"] = [
        {"id": row["conflict_id"], "line": row["source_row"], **{k: row[k] for k in ("number", "field", "stored", "incoming")}}
        for row in report.conflict_list
    ]
    answer["warnings"] = [
        {
            "line": row["line"],
            "code": row["code"],
            "text": sentence(texts, row["code"], line=row["line"], column=row["column"], value=row["value"]),
        }
        for row in report.warnings.to_dicts()
    ]
    answer["period"] = None if report.period is None else _period(report.period)
    answer["proof"] = report.proof.to_dicts()
    if report.refused is not None:
        answer["refused"] = {"code": report.refused.code, "reason": texts.t(report.refused.template, **report.refused.fields)}
    return answer


def _period(period: Period) -> Answer:
    """The days that a file tells of, and those that it says it covers."""
    return {"from": period.start, "to": period.end, "stated_from": period.stated_start, "stated_to": period.stated_end}


def quarantine_answer(rows: pl.DataFrame, texts: Texts) -> list[Answer]:
    """Rows that wait for a correction, their cells by header, each problem with its sentence."""
    return [
        {
            "id": row["row_id"],
            **only_fields(row, "file", "line", "kind", "account", "since", "is_correctable"),
            "cells": json.loads(row["cells"]),
            "problems": [
                {**p, "reason": sentence(texts, p["code"], line=row["line"], column=p["column"], value=p["value"])}
                for p in json.loads(row["problems"])
            ],
        }
        for row in rows.to_dicts()
    ]


def retry_answer(done: Retry, row_id: str, texts: Texts) -> Answer:
    """What came of a row that was tried again: taken, or its problems of now."""
    report = done.report
    rejected = done.left.get(row_id)
    answer: Answer = {"change_id": report.change_id, "id": row_id, "corrected": row_id in done.ended}
    answer["problems"] = [
        {**row, "reason": sentence(texts, row["code"], line=row["line"], column=row["column"], value=row["value"])}
        for row in ([] if rejected is None else rejected.to_dicts())
    ]
    return answer


def rebuild_answer(done: Rebuilt) -> Answer:
    """The new database, and what differs in it."""
    differences = [asdict(difference) for difference in done.differences]
    return {"file": str(done.file), "changes": done.changes, "same": done.is_same, "differences": differences}


def kpis_answer(figures: Kpis) -> Answer:
    """The figures; `from` is the period's first day."""
    answer = figures.values()
    for name in ("is_period_moved", "undated_amount", "incomplete_before", "disputed"):
        del answer[name]
    answer["from"] = answer.pop("start")
    return answer


def invoices_answer(documents: pl.DataFrame) -> list[Answer]:
    """Every sales document."""
    columns = (
        "kind",
        "client",
        "issue_date",
        "due_date",
        "amount",
        "outstanding",
        "open_credit",
        "days_late",
        "bucket",
        "status",
        "disputed",
        "currency",
    )
    rows = documents.rename({"is_disputed": "disputed"}).select(pl.col("number").alias("invoice_number"), *columns)
    rows = rows.with_columns(days_late=pl.when(pl.col("outstanding") > 0).then("days_late"))
    return rows.rename({"amount": "amount_incl_tax"}).to_dicts()


def aged_answer(balance: pl.DataFrame, by: str) -> list[Answer]:
    """The aged balance, one row per client, invoice (or instalment), sales rep, category or currency."""
    keys = {
        "client": ["client"],
        "invoice": ["invoice_number", "client", "issue_date", "due_date", "instalment"],
        "sales_rep": ["sales_rep"],
        "category": ["category"],
        "currency": [],
    }[by]
    if by == "invoice":
        balance = balance.rename({"number": "invoice_number"})
    beside = ["open_credits", "total", "unallocated_receipts", "open_credit_notes", "disputed", "doubtful"]
    known = {"client_id", "document_id", *keys, "currency", *beside}
    buckets = [name for name in balance.columns if name not in known]
    if by == "invoice" and balance["instalment"].null_count() == balance.height:
        keys.remove("instalment")
    return balance.select(*keys, "currency", *buckets, *beside).to_dicts()


def allocations_answer(ledger: Ledger, allocations: pl.DataFrame) -> list[Answer]:
    """Allocations with the bank line that they come from; with the code that letters their invoice."""
    lines = ledger.lines.select("account", "bank_id", source_id="line_id")
    rows = allocations.join(lines, on="source_id", how="left", validate="m:1", maintain_order="left")
    line_id = pl.when(pl.col("source") == "bank").then("source_id").alias("line_id")
    columns = ("account", "bank_id", "date", "reversed_on", "invoice_number", "amount", "currency", "rule", "confidence", "by")
    return rows.select(pl.col("claim_id").alias("id"), "source", line_id, *columns, "reason", "letter").to_dicts()


def check_answer(violations: Sequence[Violation]) -> Answer:
    """Whether the database is sound, what is not, and apart from it what files say that does not add up."""
    broken, notices = ([asdict(v) for v in violations if v.is_notice is is_notice] for is_notice in (False, True))
    return {"ok": not broken, "violations": broken, "notices": notices}


def error_answer(code: str, reasons: Sequence[str]) -> Answer:
    """A refusal, and all its reasons where there are several."""
    several = {"reasons": list(reasons)} if len(reasons) > 1 else {}
    return {"error": {"code": code, "reason": reasons[0], **several}}


def history_answer(changes: pl.DataFrame, amounts: pl.DataFrame) -> list[Answer]:
    """Every change, the newest first, with what it gave to invoices or took back, by currency."""
    rows = changes.with_columns(undone=~pl.col("is_live")).drop("is_live").to_dicts()
    moved: dict[int, list[Answer]] = {}
    for change_id, currency, amount in amounts.select("change_id", "currency", "amount").iter_rows():
        moved.setdefault(change_id, []).append({"amount": amount, "currency": currency})
    return [
        {**row, "detail": json.loads(row["detail"]) if row["detail"] else None, "amounts": moved.get(row["change_id"], [])}
        for row in rows
    ]


def only_fields(row: Mapping[str, object], *names: str) -> Answer:
    """Those fields of a row."""
    return {name: row[name] for name in names}


def worklist_answer(rows: pl.DataFrame, texts: Texts) -> list[Answer]:
    """The worklist, its reasons as sentences."""
    columns = (
        "rank",
        "client",
        "segment",
        "score",
        "overdue",
        "oldest_days_late",
        "action",
        "minutes",
        "channel",
        "step",
        "held",
        "invoices",
        "currency",
    )
    return [{**only_fields(row, *columns), "reasons": reason_texts(texts, row)} for row in rows.to_dicts()]


def drafts_answer(made: Sequence[Draft], files: Sequence[Sequence[str]]) -> list[Answer]:
    """The drafts with the files that hold them."""
    named = ("client", "step", "channel", "language", "subject", "held")
    sums = ("penalty", "penalty_complete", "indemnity")
    return [
        {
            **{name: getattr(draft, name) for name in named},
            "files": list(paths),
            "invoices": list(draft.invoices),
            **{name: getattr(draft, name) for name in sums},
        }
        for draft, paths in zip(made, files, strict=True)
    ]


def forecast_answer(coming: Forecast) -> Answer:
    """The coming days of cash: p10 to p90 are balances, receipts are cumulative."""
    low = coming.lowest
    return {
        "opening": coming.opening,
        "opening_date": coming.opening_date,
        "dates": coming.dates,
        "p10": coming.balances.p10,
        "p50": coming.balances.p50,
        "p90": coming.balances.p90,
        "receipts": {name: getattr(coming.receipts, name) for name in ("mean", "p10", "p50", "p90")},
        "outflows": coming.outflows,
        "inflows": coming.inflows,
        "unissued": coming.unissued,
        "lowest": {"date": low.date, "p10": low.p10, "p50": low.p50},
        "invoices": coming.invoices.select("invoice_number", "outstanding", "p_paid", "expected_date").to_dicts(),
    }


def conflicts_answer(conflicts: pl.DataFrame) -> list[Answer]:
    """Open conflicts."""
    columns = (pl.col("conflict_id").alias("id"), "number", "field", "stored", "incoming", pl.col("source_row").alias("line"))
    return conflicts.select(*columns).to_dicts()
