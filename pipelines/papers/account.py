"""A client's account: every movement of 411 and 416 together with its lettering, and the balance after each.

The movements are the client's lines of the entries, so that a statement and the accountant's books cannot differ; what they
come to at a date is what the client owes on screen at that date, to the cent.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform
from pipelines.accounting.entries import Kept, lettered_legs
from pipelines.accounting.legs import invoice_group
from pipelines.exports.paper_columns import MOVEMENT_WORDS
from pipelines.ledger import Ledger
from pipelines.parties import by_client

#: One row per movement of a client's account, in order within each client.
MOVEMENTS: Schema = {
    "client_id": pl.String,
    "date": pl.Date,
    "kind": pl.String,  # one of MOVEMENT_WORDS
    "number": pl.String,  # of the document, or of the invoice that a payment pays
    "due_date": pl.Date,
    "amount": MONEY,  # debit positive, credit negative
    "debit": MONEY,
    "credit": MONEY,
    "balance": MONEY,  # of the client, from its first movement on
    "letter": pl.String,
    "letter_date": pl.Date,
}
_KINDS = [kind for kind in MOVEMENT_WORDS if kind not in ("before", "after")]
_ORDER = {kind: place for place, kind in enumerate(MOVEMENT_WORDS)}


@dataclass(frozen=True)
class Account:
    """One client's account over a period.

    Attributes:
        client: a row of CLIENTS.
        lines: MOVEMENTS of the period.
        opening: the balance on its eve. `closing`: the balance at its end.
    """

    client: dict[str, Any]
    lines: pl.DataFrame
    opening: Decimal
    closing: Decimal


def movements(ledger: Ledger, *, to: date, currency: str) -> pl.DataFrame:
    """MOVEMENTS of all clients up to the end of `to`, lettered as in the exports that left."""
    numbers = ledger.documents.select(group=invoice_group(), paid_number="number")
    own = lettered_legs(ledger, to=to, currency=currency, kept=Kept(lettering=ledger.letters)).filter(
        pl.col("client_id").is_not_null() & pl.col("kind").is_in(_KINDS)
    )
    is_named = pl.col("kind").is_in(["sale", "deposit", "credit_note", "opening", "write_off"])
    return (
        own.join(numbers, on="group", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            number=pl.when(is_named).then("piece").otherwise("paid_number"),
            order=pl.col("kind").replace_strict(_ORDER, return_dtype=pl.Int8),
        )
        .sort("client_id", "date", "order", "piece", "entry_id", "place", nulls_last=True)
        .with_columns(
            debit=pl.col("amount").clip(lower_bound=ZERO).cast(MONEY),
            credit=(-pl.col("amount")).clip(lower_bound=ZERO).cast(MONEY),
            balance=pl.col("amount").cum_sum().over("client_id").cast(MONEY),
        )
        .pipe(conform, MOVEMENTS)
    )


def accounts(ledger: Ledger, moves: pl.DataFrame, *, start: date, clients: list[str] | None = None) -> list[Account]:
    """The accounts that moved from `start` on or had a balance on its eve, by name.

    Args:
        ledger: the facts.
        moves: MOVEMENTS up to the period's end.
        start: the first day of the period.
        clients: only these, moved or not, by id; None is every account.
    """
    moved = moves.filter(pl.col("date") >= start)
    parts, nothing = by_client(moved), moved.clear()
    openings, changes = _sums(moves.filter(pl.col("date") < start)), _sums(moved)
    found, wanted = [], None if clients is None else set(clients)
    names = ledger.clients.sort(pl.col("name").str.to_lowercase(), "client_id")
    for client in names.iter_rows(named=True):
        client_id = client["client_id"]
        if wanted is not None and client_id not in wanted:
            continue
        own, opening = parts.get(client_id, nothing), openings.get(client_id, ZERO)
        if clients is None and own.is_empty() and not opening:
            continue
        found.append(Account(client, own, opening, opening + changes.get(client_id, ZERO)))
    return found


def _sums(moves: pl.DataFrame) -> dict[str, Decimal]:
    """What the movements of each client come to, by its id."""
    return dict(moves.group_by("client_id").agg(pl.col("amount").sum().cast(MONEY)).iter_rows())


def letters_of_invoices(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """document_id, letter: the code of each invoice that something settles at `as_of`; small letters where in part."""
    legs = lettered_legs(ledger, to=as_of, currency=currency, kept=Kept(lettering=ledger.letters))
    numbers = ledger.documents.select("document_id", group=invoice_group())
    return (
        legs.drop_nulls("letter")
        .unique("group", keep="first", maintain_order=True)
        .join(numbers, on="group", how="inner", validate="1:1")
        .select("document_id", "letter")
        .sort("document_id")
    )


def with_letters(allocations: pl.DataFrame, ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """Add the `letter` of the invoice to allocations that still count; null for those that were returned."""
    currencies = allocations["currency"].unique().sort()
    parts = [letters_of_invoices(ledger, as_of=as_of, currency=currency) for currency in currencies]
    letters = pl.concat(parts) if parts else pl.DataFrame(schema={"document_id": pl.String, "letter": pl.String})
    lettered = allocations.join(letters, on="document_id", how="left", validate="m:1", maintain_order="left")
    return lettered.with_columns(letter=pl.when(pl.col("reversed_on").is_null()).then("letter"))
