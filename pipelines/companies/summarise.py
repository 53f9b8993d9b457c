"""The summary of a dossier as its figures are now, made when it has changed, by whoever changed it."""

from datetime import date, datetime

import polars as pl

from models.store import Author, Store
from pipelines.collections.worklist import worklist
from pipelines.companies.summary import Found, Summary, program_version, read_summary, write_summary
from pipelines.coverage import covered_days
from pipelines.forecast.curve import Forecast, forecast
from pipelines.kpis import Kpis, kpis
from pipelines.ledger import Ledger, run_ledger


def is_fresh(store: Store, *, as_of: date) -> bool:
    """Whether the summary speaks of the dossier as it is now, at that day, and of this version."""
    return is_current(read_summary(store.path), as_of=as_of)


def is_current(found: Found, *, as_of: date) -> bool:
    """The same of a summary that was read."""
    known = found.summary
    return found.state == "ok" and known is not None and (known.as_of, known.program) == (as_of, program_version())


def run_refresh(store: Store, *, author: Author) -> bool:
    """Write the summary anew, unless it is of the facts, the day and this version; one of a later version stays.

    Returns:
        Whether it was written.
    """
    if is_fresh(store, as_of=author.today) or read_summary(store.path).state == "newer":
        return False
    return run_summary(store, run_ledger(store), as_of=author.today, written_at=author.at)


def summarise(
    ledger: Ledger,
    *,
    as_of: date,
    entry: tuple[int, str],
    written_at: datetime,
    last_import: date | None = None,
    figures: Kpis | None = None,
    ahead: Forecast | None = None,
    to_do: pl.DataFrame | None = None,
) -> Summary:
    """The figures of a dossier; those that are known already need not be computed again.

    Args:
        ledger: the facts.
        as_of: the day, the company's today.
        entry: the last change and its seal, as the journal has them.
        written_at: the instant.
        last_import: the day of the last one.
        figures: the figures at that day in the company's currency.
        ahead: its cash of the next 30 days.
        to_do: its WORKLIST.
    """
    settings = ledger.settings
    now = figures or kpis(ledger, as_of=as_of)
    cash = ahead or forecast(ledger, as_of=as_of)
    rows = worklist(ledger, as_of=as_of) if to_do is None else to_do
    covered = covered_days(ledger.coverage, ledger.lines, ledger.balances, as_of=as_of)["day"].min()
    is_invoice = (pl.col("direction") == "sale") & (pl.col("kind") != "credit_note") & (pl.col("issue_date") <= as_of)
    last_invoice = ledger.documents.filter(is_invoice)["issue_date"].max()
    drafts = rows.filter(pl.col("step").is_not_null())
    return Summary(
        company=settings.company_name,
        program=program_version(),
        written_at=written_at.replace(microsecond=0),
        change=entry[0],
        seal=entry[1],
        as_of=as_of,
        currency=now.currency,
        receivables=now.receivables,
        gross_outstanding=now.gross_outstanding,
        overdue=now.overdue,
        over_90=now.over_90,
        dso=now.dso,
        lowest_date=cash.lowest.date if cash.has_cash else None,
        lowest=cash.lowest.p10 if cash.has_cash else None,
        cash_floor=settings.cash_floor,
        statement_days=settings.statement_days,
        last_statement=covered if isinstance(covered, date) else None,
        last_import=last_import,
        last_invoice=last_invoice if isinstance(last_invoice, date) else None,
        drafts_ready=drafts.filter(pl.col("held").is_null()).height,
        drafts_held=drafts.filter(pl.col("held").is_not_null()).height,
        closed_to=_closed_to(ledger),
        other_currencies=now.other_currencies,
    )


def _closed_to(ledger: Ledger) -> date | None:
    locked = ledger.period_locks["locked_to"].to_list()
    return locked[-1] if locked else None


def run_summary(
    store: Store,
    ledger: Ledger,
    *,
    as_of: date,
    written_at: datetime,
    figures: Kpis | None = None,
    ahead: Forecast | None = None,
    to_do: pl.DataFrame | None = None,
) -> bool:
    """Write the summary of a dossier as it is now; the arguments are those of `summarise`.

    Returns:
        False where the facts have changed since the ledger was read: nothing is written, the later change has its own summary.
    """
    entry = store.journal.last() or (0, "")  # before the revision: a change in between is seen below
    if store.revision != ledger.revision:
        return False
    imported = store.query("SELECT max(known_on) AS day FROM change WHERE action = 'import'")["day"].item()
    summary = summarise(
        ledger, as_of=as_of, entry=entry, written_at=written_at, last_import=imported, figures=figures, ahead=ahead, to_do=to_do
    )
    write_summary(store.path, summary)
    return True
