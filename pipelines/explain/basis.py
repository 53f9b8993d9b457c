"""What figures are calculated from: the facts of a company, or of one client, at a date and over a period."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Self

import polars as pl

from models.dates import month_start
from pipelines.ingest.ledgers.fec_rows import IS_BILLED
from pipelines.ledger import Ledger
from pipelines.receivables import day_paid, only_counting, only_currency, open_credits, open_items, outstanding

YEAR = timedelta(days=364)
IS_SALE = pl.col("direction") == "sale"
#: Invoices and deposits; what a ledger says is owed again of a loss is none, though it is owed.
IS_INVOICE = IS_SALE & (pl.col("kind") != "credit_note") & IS_BILLED
RECEIPT_SOURCES = ["bank", "declared"]


def period_start(wanted: date, first: date | None, *, as_of: date) -> date:
    """The first day of a period that should begin on `wanted`: not before the first invoice, if it was issued by then."""
    begin = max(wanted, first) if first is not None and first <= as_of else wanted
    return min(begin, as_of)


@dataclass(frozen=True)
class Basis:
    """The facts that figures look at, in one currency. Frames are made when they are first asked for, then kept.

    Attributes:
        ledger: the facts, perhaps of one client only.
        as_of: D, and the end of the period. `start`: its first day.
        wanted: the first day that was asked for; the period begins with the first invoice if that is later.
        first: the day of the company's first invoice in that currency, whatever D is.
        made: the frames that were asked for, by what makes them.
    """

    ledger: Ledger
    as_of: date
    start: date
    currency: str
    wanted: date
    first: date | None
    made: dict[Callable[[Self], pl.DataFrame], pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        *,
        as_of: date,
        start: date | None = None,
        currency: str | None = None,
        client_id: str | None = None,
    ) -> Self:
        """The basis of every figure at the end of `as_of`.

        Args:
            ledger: the facts.
            as_of: D, and the end of the period.
            start: the first day of the period; by default the 365 days that end at D; not before the first invoice.
            currency: the company's by default.
            client_id: only what belongs to this client; the period is the company's all the same, so that what the
                clients have adds up to what the company has.
        """
        currency = currency or ledger.settings.currency
        first = only_currency(ledger.documents, currency).filter(IS_INVOICE)["issue_date"].min()
        own = ledger if client_id is None else of_client(ledger, client_id)
        return cls._at(own, as_of, start or as_of - YEAR, currency, first if isinstance(first, date) else None)

    @classmethod
    def _at(cls, ledger: Ledger, as_of: date, wanted: date, currency: str, first: date | None) -> Self:
        return cls(ledger, as_of, period_start(wanted, first, as_of=as_of), currency, wanted, first)

    def once(self, make: Callable[[Self], pl.DataFrame]) -> pl.DataFrame:
        """What `make` makes of this basis, made when it is first asked for, then kept."""
        if make not in self.made:
            self.made[make] = make(self)
        return self.made[make]

    @property
    def days(self) -> int:
        """The length of the period, both ends included."""
        return (self.as_of - self.start).days + 1

    @cached_property
    def documents(self) -> pl.DataFrame:
        """Sales documents of that currency issued by D."""
        return _sales_documents(self.ledger, self.currency, self.as_of)

    @cached_property
    def items(self) -> pl.DataFrame:
        """OPEN_ITEMS that owe something at D."""
        return open_items(self.ledger, as_of=self.as_of, currency=self.currency).filter(pl.col("outstanding") > 0)

    @cached_property
    def credits(self) -> pl.DataFrame:
        """OPEN_CREDITS at D."""
        return open_credits(self.ledger, as_of=self.as_of, currency=self.currency)

    @property
    def eve(self) -> date:
        """The day before the period."""
        return self.start - timedelta(days=1)

    @cached_property
    def owed_before(self) -> pl.DataFrame:
        """Invoices that owed something on the eve of the period, with `outstanding` and `days_late` of that day."""
        owed = outstanding(only_currency(self.ledger.documents, self.currency), self.ledger.allocations, as_of=self.eve)
        late = (pl.lit(self.eve) - pl.col("due_date")).dt.total_days()
        return owed.filter(pl.col("outstanding") > 0).with_columns(days_late=late)

    @cached_property
    def credits_before(self) -> pl.DataFrame:
        """OPEN_CREDITS on the eve of the period."""
        return open_credits(self.ledger, as_of=self.eve, currency=self.currency)

    @cached_property
    def given(self) -> pl.DataFrame:
        """ALLOCATIONS of sales invoices that count at D, and were paid in the period."""
        counting = only_counting(only_currency(self.ledger.allocations, self.currency), as_of=self.as_of)
        return counting.filter(day_paid().is_between(self.start, self.as_of)).join(
            self.documents.filter(IS_INVOICE), on="document_id", how="semi"
        )

    @cached_property
    def first_month(self) -> date | None:
        """The month of the first sales document."""
        first = self.documents["issue_date"].min()
        return month_start(first) if isinstance(first, date) else None

    def in_period(self, column: str) -> pl.Expr:
        """Whether that date lies in the period."""
        return pl.col(column).is_between(self.start, self.as_of)

    def at(self, as_of: date) -> Self:
        """The basis at another date, over a period of as many days as were asked for here."""
        return self._at(self.ledger, as_of, as_of - (self.as_of - self.wanted), self.currency, self.first)


def of_client(ledger: Ledger, client_id: str) -> Ledger:
    """The ledger with the documents, allocations and money of one client alone."""
    own = pl.col("client_id") == client_id
    return replace(
        ledger,
        documents=ledger.documents.filter(own),
        allocations=ledger.allocations.filter(own),
        receipts=ledger.receipts.filter(own),
        refunds=ledger.refunds.filter(own),
    )


def _sales_documents(ledger: Ledger, currency: str, as_of: date) -> pl.DataFrame:
    return only_currency(ledger.documents, currency).filter(IS_SALE & (pl.col("issue_date") <= as_of))
