"""What a statement changes in the store: its new movements, its balances held against them, and the days that it covers."""

from dataclasses import replace
from datetime import date

import polars as pl

from models.problems import problem_rows
from models.rows import PROBLEMS
from models.store import Store
from models.tables import ACCOUNTS, BALANCES, COVERAGE, conform, empty
from pipelines.balances import anchored, balance_gaps
from pipelines.ingest.reading import Reading
from pipelines.ingest.tables.balances import gap_text
from pipelines.publishing.lines import STORED_LINES, LinePlan, plan_lines
from pipelines.publishing.proof import proofs
from pipelines.publishing.report import ImportReport, with_verdicts

_MOVED = ["account_id", "booking_date", "amount"]


def plan_statement(
    store: Store, report: ImportReport, reading: Reading, account: str | None, *, today: date, is_repeated: bool
) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report with the statement's movements and its proof, and its facts by table.

    What it says of movements and balances that are known is kept too, but if this very file is stored (`is_repeated`).

    Raises:
        UnreadableFile: the file names no account and there are several to choose from.
    """
    stored = store.facts("bank_line").pipe(conform, STORED_LINES)
    accounts = store.facts("account_version", latest_by="account_id").pipe(conform, ACCOUNTS)
    # A camt notice or report names a movement otherwise than the statement does: its kinds pair as formats do.
    kind = reading.profile if reading.format == "camt" else reading.format
    plan = plan_lines(reading.lines, reading.accounts, stored, accounts, file_format=kind, account=account)
    account_id = pl.col("account").replace_strict(dict(enumerate(plan.account_ids or [""])), return_dtype=pl.String)
    own = reading.lines.select("booking_date", "amount", "line", account_id=account_id)
    stated = reading.balances.with_columns(account_id=account_id).pipe(conform, BALANCES).unique(maintain_order=True)
    said = anchored(stated, own)
    known = store.facts("balance").pipe(conform, BALANCES)
    held = stored.unique("line_id", keep="first", maintain_order=True)
    every = pl.concat([held.select(_MOVED), plan.lines.select(_MOVED)])
    names = _names(plan, accounts)
    gaps = balance_gaps(pl.concat([known, said]).unique(maintain_order=True), every)
    counted = replace(
        with_verdicts(report, plan.verdicts),
        warnings=pl.concat([report.warnings, _gap_warnings(known, said, held, gaps, own)]),
        proof=proofs(own, stated, known, every, names, gaps),
        account=next(iter(names.values())) if len(names) == 1 else None,
    )
    return counted, {
        "account_version": plan.accounts if not is_repeated or plan.lines.height else plan.accounts.clear(),
        "bank_line": plan.lines if is_repeated else pl.concat([plan.lines, plan.sightings]),
        "balance": said.join(known, on=said.columns, how="anti") if is_repeated else said,
        "coverage": empty(COVERAGE) if is_repeated else _coverage(reading, plan, own, stated, today=today),
    }


def _names(plan: LinePlan, accounts: pl.DataFrame) -> dict[str, str]:
    """The name of each account of the file by its id, in file order."""
    named = dict(pl.concat([accounts, plan.accounts]).select("account_id", "name").iter_rows())
    return {account_id: str(named.get(account_id) or account_id) for account_id in plan.account_ids}


def _coverage(reading: Reading, plan: LinePlan, own: pl.DataFrame, stated: pl.DataFrame, *, today: date) -> pl.DataFrame:
    """COVERAGE of the file's accounts.

    The period that the statement says, which ends on the day of import at the latest, as nothing later can be in it;
    else from its first movement to its last one, or to the day of its closing balance.
    """
    told = (reading.accounts["from_date"].to_list(), reading.accounts["to_date"].to_list())
    rows = []
    for account_id, start, end in zip(plan.account_ids, *told, strict=True):
        is_own = pl.col("account_id") == account_id
        days = own.filter(is_own)["booking_date"].to_list()
        ends = stated.filter(is_own & (pl.col("kind") == "closing"))["balance_date"].to_list()
        said = [start, min(end, max(start, today))] if start and end and start <= end else ends
        if days or said:
            rows.append((account_id, min([*days, *said]), max([*days, *said])))
    return pl.DataFrame(rows, schema=COVERAGE, orient="row")


def _gap_warnings(
    known: pl.DataFrame, said: pl.DataFrame, stored: pl.DataFrame, gaps: pl.DataFrame, own: pl.DataFrame
) -> pl.DataFrame:
    """PROBLEMS of this statement's balances and the earlier ones, which the movements in between do not explain.

    A gap that was there before, or within the file, where its reader warns of the line, is not said again.
    """
    before = balance_gaps(known, stored.select(_MOVED))
    inside = balance_gaps(said, own.select(_MOVED))
    keys = ["account_id", "from_date", "to_date", "gap"]
    fresh = gaps.join(before, on=keys, how="anti").join(inside, on=keys, how="anti")
    found = fresh.select("from_date", "to_date", "gap").iter_rows()
    if fresh.is_empty():
        return empty(PROBLEMS)
    return problem_rows([(None, None, gap_text(start, end, gap), "statement_gap") for start, end, gap in found])
