"""All dossiers of a folder at a glance, from their summaries alone: what each owes a look, the most pressing first.

No database is opened, so that dossiers which are open elsewhere stand in it too; a dossier whose summary cannot be read, or
is older than the dossier, is shown as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from models.money import ZERO
from pipelines.companies.folder import databases_in, named
from pipelines.companies.summary import Found, Summary, read_summary
from pipelines.explain.formulas import ratio

#: Why a dossier needs a look -> how pressing that is.
URGENCY = {
    "damaged": 100,
    "newer": 95,
    "missing": 90,
    "cash_low": 80,
    "over_90": 70,
    "statement_old": 60,
    "overdue": 55,
    "stale": 50,
    "figures_old": 45,
    "import_old": 40,
    "no_statement": 35,
    "reminders": 30,
    "held": 20,
}
#: A dossier that brought no file for so long, or whose figures are of so long ago, may have been forgotten.
IMPORT_DAYS, FIGURE_DAYS = 35, 7
#: Shares of what is owed, in %, from which being late is worth a look.
_LATE_SHARE, _OLD_SHARE = 50, 20


@dataclass(frozen=True)
class Reason:
    """Why a dossier needs a look: a code of URGENCY, and what completes its sentence."""

    code: str
    amount: Decimal | None = None
    share: float | None = None
    count: int | None = None
    day: date | None = None


@dataclass(frozen=True)
class Dossier:
    """One dossier of the portfolio; `summary` is None where nothing can be said of it. Ages are in days, at today."""

    company_id: str
    name: str
    found: Found
    reasons: tuple[Reason, ...]
    statement_age: int | None = None
    import_age: int | None = None

    @property
    def summary(self) -> Summary | None:
        """What it says of itself."""
        return self.found.summary

    @property
    def overdue_pct(self) -> float | None:
        """The overdue part of what is owed, 0 to 100."""
        return None if self.summary is None else ratio(self.summary.overdue, self.summary.gross_outstanding, 100)

    @property
    def urgency(self) -> int:
        """How pressing its most pressing reason is."""
        return max((URGENCY[reason.code] for reason in self.reasons), default=0)


@dataclass(frozen=True)
class Total:
    """The sums of the dossiers whose company has that currency."""

    currency: str
    dossiers: int
    receivables: Decimal
    gross_outstanding: Decimal
    overdue: Decimal
    over_90: Decimal

    @property
    def open_credits(self) -> Decimal:
        """What of credits no invoice has used: receivables are what is owed less these."""
        return self.gross_outstanding - self.receivables

    @property
    def overdue_pct(self) -> float | None:
        """The overdue part of what is owed, 0 to 100."""
        return ratio(self.overdue, self.gross_outstanding, 100)


@dataclass(frozen=True)
class Portfolio:
    """The dossiers of a folder at `today`, the most pressing first.

    Attributes:
        totals: one per currency of a company, by name.
        others: receivables that companies have in other currencies than their own.
    """

    today: date
    dossiers: tuple[Dossier, ...]
    totals: tuple[Total, ...] = ()
    others: dict[str, Decimal] = field(default_factory=dict)

    @property
    def silent(self) -> tuple[Dossier, ...]:
        """The dossiers of which nothing is known, and that are in no total."""
        return tuple(dossier for dossier in self.dossiers if dossier.summary is None)

    @property
    def stale(self) -> tuple[Dossier, ...]:
        """The dossiers that have changed since their summary, which stands in the totals."""
        return tuple(dossier for dossier in self.dossiers if dossier.found.state == "stale")


def run_portfolio(folder: Path, *, today: date) -> Portfolio:
    """The portfolio of a folder, from the summaries beside its databases."""
    return portfolio([read_summary(path) for path in databases_in(folder)], today=today)


def portfolio(found: Sequence[Found], *, today: date) -> Portfolio:
    """The dossiers with their reasons, the most pressing first, and the totals by currency."""
    by_path = {one.path: one for one in found}
    companies = named({path: one.name or path.stem for path, one in by_path.items()})
    dossiers = [_dossier(company.company_id, company.name, by_path[company.path], today=today) for company in companies]
    dossiers.sort(key=lambda dossier: (-dossier.urgency, -(dossier.overdue_pct or 0.0)))
    known = [one.summary for one in found if one.summary is not None]
    others: dict[str, Decimal] = {}
    for summary in known:
        for currency, amount in summary.other_currencies.items():
            others[currency] = others.get(currency, ZERO) + amount
    return Portfolio(today, tuple(dossiers), _totals(known), dict(sorted(others.items())))


def _totals(known: Sequence[Summary]) -> tuple[Total, ...]:
    found = []
    for currency in sorted({summary.currency for summary in known}):
        own = [summary for summary in known if summary.currency == currency]
        sums = [sum((getattr(summary, name) for summary in own), ZERO) for name in _SUMMED]
        found.append(Total(currency, len(own), *sums))
    return tuple(found)


_SUMMED = ("receivables", "gross_outstanding", "overdue", "over_90")


def _dossier(company_id: str, name: str, found: Found, *, today: date) -> Dossier:
    known = found.summary
    if known is None:
        return Dossier(company_id, name, found, (Reason(found.state),))
    statement_age = None if known.last_statement is None else (today - known.last_statement).days
    import_age = None if known.last_import is None else (today - known.last_import).days
    reasons = [*_late(known), *_old(found, known, statement_age, import_age, today=today), *_to_send(known)]
    if known.lowest is not None and known.lowest < known.cash_floor:
        reasons.append(Reason("cash_low", amount=known.lowest, day=known.lowest_date))
    reasons.sort(key=lambda reason: -URGENCY[reason.code])
    return Dossier(company_id, name, found, tuple(reasons), statement_age, import_age)


def _late(known: Summary) -> list[Reason]:
    """Much of what is owed is late, or late for long."""
    late, old = (ratio(amount, known.gross_outstanding, 100) or 0.0 for amount in (known.overdue, known.over_90))
    if old >= _OLD_SHARE:
        return [Reason("over_90", amount=known.over_90, share=old)]
    return [Reason("overdue", amount=known.overdue, share=late)] if late >= _LATE_SHARE else []


def _old(found: Found, known: Summary, statement_age: int | None, import_age: int | None, *, today: date) -> list[Reason]:
    """The dossier, or what is known of it, is not up to date."""
    reasons = [Reason("stale", day=known.as_of)] if found.state == "stale" else []
    if (age := (today - known.as_of).days) > FIGURE_DAYS:
        reasons.append(Reason("figures_old", count=age, day=known.as_of))
    if statement_age is None:
        reasons.append(Reason("no_statement"))
    elif statement_age > known.statement_days:
        reasons.append(Reason("statement_old", count=statement_age, day=known.last_statement))
    if import_age is not None and import_age > IMPORT_DAYS:
        reasons.append(Reason("import_old", count=import_age, day=known.last_import))
    return reasons


def _to_send(known: Summary) -> list[Reason]:
    """Reminders that can go, and those that wait."""
    found = [Reason("reminders", count=known.drafts_ready)] if known.drafts_ready else []
    return [*found, *([Reason("held", count=known.drafts_held)] if known.drafts_held else [])]
