"""Bank lines that are a payment which the invoicing tool has stated: its client, its amount, about its day.

The file says which invoice was paid, so the line needs no number; until it is matched, the same money counts twice. As for the
receipts that a ledger says, each line stands for one payment and each payment for one line, the nearest day first.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.allocation import SLICE, unproven
from pipelines.ledger import Ledger
from pipelines.receipts import NEAR_DAYS
from pipelines.reconcile.book import Line
from pipelines.reconcile.names import Named

_GIVEN: Schema = {"document_id": pl.String, "amount": MONEY}


class Payment(NamedTuple):
    """A payment that a file states of an invoice."""

    day: date
    claim_id: str
    document_id: str


class DeclaredPayments:
    """The dated payments that files state of sales invoices and that nothing proves yet."""

    def __init__(self, ledger: Ledger, decided: pl.DataFrame) -> None:
        """`decided`: CLAIMS of bank lines that the rules leave as they are."""
        sales = ledger.documents.filter(pl.col("direction") == "sale").select("document_id", "client_id", "currency")
        slices = ledger.claims.filter((pl.col("source") == "declared") & pl.col("rule").eq_missing(SLICE))
        self._slices = slices.join(sales, on="document_id", how="inner", validate="m:1")
        self._given = decided.select(list(_GIVEN))

    def fitting(
        self, lines: Iterable[tuple[Line, list[Named]]], given: Iterable[tuple[str, Decimal]]
    ) -> Iterator[tuple[Line, Payment, Named]]:
        """The payment that each line is, with the client named; none where payments of two clients fit.

        Args:
            lines: with the clients that each names.
            given: what rules gave to invoices so far.
        """
        stated = self._unproven(given)
        near = []
        for line, names in lines:
            fits = [
                (abs((line.day - payment.day).days), payment, line, named)
                for named in names
                for payment in stated.get((named.client_id, line.currency, line.amount), ())
                if abs((line.day - payment.day).days) <= NEAR_DAYS
            ]
            if len({named.client_id for *_, named in fits}) == 1:
                near += fits
        taken: set[str] = set()
        for _, payment, line, named in sorted(near, key=lambda fit: (fit[0], fit[1], fit[2].day, fit[2].line_id)):
            if not taken & {payment.claim_id, line.line_id}:
                taken |= {payment.claim_id, line.line_id}
                yield line, payment, named

    def _unproven(self, given: Iterable[tuple[str, Decimal]]) -> dict[tuple[str, str, Decimal], list[Payment]]:
        """The payments of which nothing is proven, by client, currency and amount."""
        if self._slices.is_empty():
            return {}
        every = pl.concat([self._given, pl.DataFrame(list(given), schema=_GIVEN, orient="row")])
        left = unproven(self._slices, every).join(
            self._slices.select("claim_id", "amount"), on=["claim_id", "amount"], how="semi"
        )
        found: dict[tuple[str, str, Decimal], list[Payment]] = defaultdict(list)
        rows = left.filter(pl.col("is_dated") & pl.col("reversed_on").is_null())
        columns = ("client_id", "currency", "amount", "date", "claim_id", "document_id")
        for client_id, currency, amount, *payment in rows.select(columns).iter_rows():
            found[client_id, currency, amount].append(Payment(*payment))
        return found
