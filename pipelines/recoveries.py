"""Money for an invoice that was written off as a loss: the loss stands in the past, and ends from that money's day on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.money import MONEY, ZERO
from models.tables import CLAIMS

#: Rule of what a person gives of a receipt to an invoice that is written off. No rule of ours does that by itself.
RECOVERY = "recovery"
#: Rules of the parts of a loss: what such money ended, what it left, and what stands again since that money went back.
ENDED, LEFT = "recovered", "unrecovered"
PARTS = (ENDED, LEFT)
_MARK = "+"


@dataclass
class _Loss:
    """A loss as money for it comes and goes back: what of it stands since when, and what was ended from when to when."""

    room: Decimal
    standing: list[tuple[Decimal, date]]
    ended: list[tuple[Decimal, date, date]] = field(default_factory=list)

    def pay(self, amount: Decimal, on: date) -> tuple[Decimal, Decimal]:
        """Money takes what is owed beside the loss, then of the loss, what stands longest first; how much of each."""
        beside = min(amount, self.room)
        self.room -= beside
        wanted, kept = amount - beside, []
        for stands, since in self.standing:
            part = min(wanted, stands)
            wanted -= part
            if part:
                self.ended.append((part, since, on))
            if stands > part:
                kept.append((stands - part, since))
        self.standing = kept
        return beside, amount - beside - wanted


def with_recoveries(claims: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS in which a loss ends as far as a person gave its invoice money that came later.

    Args:
        claims: stored CLAIMS and those of credit notes.
        invoices: sales invoices and deposits (DOCUMENTS).
    """
    found = claims.filter(pl.col("rule") == RECOVERY).select("document_id").unique()
    if found.is_empty():
        return claims
    is_loss = (pl.col("source") == "write_off") & (pl.col("reason") == "loss") & pl.col("reversed_on").is_null()
    amounts = dict(invoices.join(found, on="document_id", how="semi").select("document_id", "amount").iter_rows())
    rows: list[dict[str, Any]] = []
    cut: list[str] = []
    for (document_id,), mine in (
        claims.join(found, on="document_id", how="semi").partition_by("document_id", as_dict=True).items()
    ):
        losses = mine.filter(is_loss).sort("date", "claim_id").to_dicts()
        if losses and document_id in amounts:
            rows += _parts(losses[0], mine.filter(~is_loss).to_dicts(), amounts[document_id])
            cut.append(losses[0]["claim_id"])
    return pl.concat([claims.filter(~pl.col("claim_id").is_in(cut)), pl.DataFrame(rows, schema=CLAIMS)]) if rows else claims


def _parts(loss: Mapping[str, Any], others: list[dict[str, Any]], owed: Decimal) -> Iterator[dict[str, Any]]:
    """The rows of one loss; the first keeps its id, so that it is known by it."""
    day: date = loss["date"]
    before = [row for row in others if row["date"] <= day and (row["reversed_on"] is None or row["reversed_on"] > day)]
    given = sum((row["amount"] for row in before if row["source"] != "declared"), ZERO)
    said = sum((row["amount"] for row in before if row["source"] == "declared"), ZERO)
    lost = min(loss["amount"], max(ZERO, owed - given - said))
    one = _Loss(max(ZERO, owed - given - lost), [(lost, day)] if lost else [])
    came = [row for row in others if row["rule"] == RECOVERY and row["date"] > day]
    backs = _of_before(before, loss["amount"] - lost)
    for money in sorted(came, key=lambda row: (row["date"], row["claim_id"])):
        backs = _gone_back(one, backs, money["date"])
        taken = one.pay(money["amount"], money["date"])
        if money["reversed_on"] is not None:
            backs = sorted([*backs, (money["reversed_on"], *taken)])
    _gone_back(one, backs, date.max)
    parts = [*((amount, since, None) for amount, since in one.standing), *one.ended]
    parts.sort(key=lambda part: (part[1], part[2] or date.max, part[0]))
    for place, (amount, since, until) in enumerate(parts):
        mark = f"{_MARK}{place}" if place else ""
        rule = ENDED if until else LEFT
        yield {**loss, "claim_id": loss["claim_id"] + mark, "amount": amount, "date": since, "reversed_on": until, "rule": rule}


def _of_before(before: list[dict[str, Any]], waiting: Decimal) -> list[tuple[date, Decimal, Decimal]]:
    """What goes back, after the loss, of what was given before it: first the loss grows by what of it found no room then."""
    backs: list[tuple[date, Decimal, Decimal]] = []
    for row in sorted((row for row in before if row["reversed_on"]), key=lambda row: (row["reversed_on"], row["claim_id"])):
        of_loss = min(row["amount"], waiting)
        waiting -= of_loss
        backs.append((row["reversed_on"], ZERO if row["source"] == "declared" else row["amount"] - of_loss, of_loss))
    return backs


def _gone_back(loss: _Loss, backs: list[tuple[date, Decimal, Decimal]], by: date) -> list[tuple[date, Decimal, Decimal]]:
    """Money that went back by that day: what it had taken of the loss stands again; those that are still to come."""
    for on, beside, of_loss in backs:
        if on <= by:
            loss.room += beside
            loss.standing += [(of_loss, on)] if of_loss else []
    return [back for back in backs if back[0] > by]


def with_lost(bills: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """OPEN_ITEMS in which what is written off as a loss has, as its outstanding, what money can still be given to it.

    Args:
        bills: OPEN_ITEMS at a date.
        allocations: ALLOCATIONS that count then.
    """
    is_loss = (pl.col("source") == "write_off") & (pl.col("reason") == "loss")
    lost = allocations.filter(is_loss).group_by("document_id").agg(lost=pl.col("amount").sum().cast(MONEY))
    is_lost = (pl.col("status") == "written_off") & pl.col("lost").is_not_null()
    return (
        bills.join(lost, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(outstanding=pl.when(is_lost).then("lost").otherwise("outstanding"))
        .drop("lost")
    )


def loss_id() -> pl.Expr:
    """The id of the loss that a claim is, or is a part of."""
    return pl.col("claim_id").str.replace(r"\+\d+$", "")


def whole_losses(written: pl.DataFrame) -> pl.DataFrame:
    """Write-offs among ALLOCATIONS, the parts of a loss that began on one day as one row: so it was decided."""
    is_part = pl.col("rule").is_in(PARTS)
    parts = written.filter(is_part).sort("claim_id").with_columns(loss=loss_id())
    others = [pl.col(name).first() for name in written.columns if name not in ("counts_from", "amount")]
    whole = parts.group_by("loss", "counts_from", maintain_order=True).agg(pl.col("amount").sum().cast(MONEY), *others)
    return pl.concat([written.filter(~is_part), whole.select(written.columns)])
