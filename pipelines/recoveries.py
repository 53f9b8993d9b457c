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


#: Of a day, what goes back frees its room first, then credit notes and money come, then what is left is lost (contract 2).
_BACK, _NOTE, _MONEY, _LOST = range(4)
_Part = tuple[Decimal, date, str]  # how much of a loss, since when, its id


@dataclass
class _Losses:
    """The losses of an invoice as money for it comes and goes back: what stands since when, what ended from when to when.

    `room` is what the invoice owes beside them; what a stored loss found no room for then waits for what goes back.
    """

    room: Decimal
    standing: list[_Part] = field(default_factory=list)
    ended: list[tuple[_Part, date]] = field(default_factory=list)
    waiting: dict[str, Decimal] = field(default_factory=dict)
    taken: dict[str, tuple[Decimal, list[tuple[Decimal, str]]]] = field(default_factory=dict)

    def lose(self, loss: Mapping[str, Any], said: Decimal) -> None:
        """What is owed is lost, but for what a declared payment says of it; no more than was written off."""
        lost = min(loss["amount"], max(ZERO, self.room - said))
        self.room -= lost
        self.waiting[loss["claim_id"]] = loss["amount"] - lost
        self.standing += [(lost, loss["date"], loss["claim_id"])] if lost else []

    def pay(self, money: Mapping[str, Any]) -> None:
        """Money takes what is owed beside; given for a loss, then of the losses, what stands longest first."""
        beside = min(money["amount"], self.room)
        self.room -= beside
        wanted = money["amount"] - beside if money["rule"] == RECOVERY else ZERO
        kept, of_losses = [], []
        for stands, since, loss in self.standing:
            part = min(wanted, stands)
            wanted -= part
            if part:
                self.ended.append(((part, since, loss), money["date"]))
                of_losses.append((part, loss))
            if stands > part:
                kept.append((stands - part, since, loss))
        self.standing = kept
        self.taken[money["claim_id"]] = (beside, of_losses)

    def go_back(self, claim_id: str, on: date) -> None:
        """What money had taken of a loss stands again; what it had paid is owed, a loss that waits for it first."""
        beside, of_losses = self.taken.pop(claim_id, (ZERO, []))
        self.room += beside
        self.standing += [(amount, on, loss) for amount, loss in of_losses]
        self.grow(beside, on)

    def grow(self, freed: Decimal, on: date) -> None:
        """What came before a loss and goes back is lost with it, as far as that was written off."""
        for loss, waits in self.waiting.items():
            grown = min(freed, waits, self.room)
            freed, self.room, self.waiting[loss] = freed - grown, self.room - grown, waits - grown
            self.standing += [(grown, on, loss)] if grown else []


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
            others = mine.filter(~is_loss).to_dicts()
            held = _held(losses, others, amounts[document_id])
            new = [*_parts(held, losses), *_notes(held, others, after=losses[0]["date"])]
            rows += new
            cut += [row["claim_id"] for row in (*losses, *new)]
    return pl.concat([claims.filter(~pl.col("claim_id").is_in(cut)), pl.DataFrame(rows, schema=CLAIMS)]) if rows else claims


def _held(losses: list[dict[str, Any]], others: list[dict[str, Any]], owed: Decimal) -> _Losses:
    """The losses of an invoice of that amount after all that came for it and went back."""
    held = _Losses(owed)
    others = [row for row in others if row["reversed_on"] is None or row["reversed_on"] > row["date"]]
    money = [row for row in others if row["source"] != "declared"]
    events = [(row["date"], _LOST, row["claim_id"], row) for row in losses]
    events += [(row["date"], _NOTE if row["source"] == "credit_note" else _MONEY, row["claim_id"], row) for row in money]
    events += [(row["reversed_on"], _BACK, row["claim_id"], row) for row in others if row["reversed_on"]]
    for on, what, claim_id, row in sorted(events, key=lambda event: event[:3]):
        if what == _LOST:
            held.lose(row, _only_said(others, on=on))
        elif what in (_NOTE, _MONEY):
            held.pay(row)
        elif row["source"] == "declared":
            held.grow(row["amount"], on)
        else:
            held.go_back(claim_id, on)
    return held


def _parts(held: _Losses, losses: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of the losses; the first of each keeps its id, so that it is known by it."""
    parts = [*((part, None) for part in held.standing), *held.ended]
    parts.sort(key=lambda part: (part[0][1], part[1] or date.max, part[0][0]))
    for loss in losses:
        mine = [(part, until) for part, until in parts if part[2] == loss["claim_id"]]
        for place, ((amount, since, _), until) in enumerate(mine):
            mark, rule = f"{_MARK}{place}" if place else "", ENDED if until else LEFT
            said = {"claim_id": loss["claim_id"] + mark, "amount": amount, "date": since, "reversed_on": until, "rule": rule}
            yield loss | said


def _notes(held: _Losses, others: list[dict[str, Any]], *, after: date) -> Iterator[dict[str, Any]]:
    """Credit notes of later than a loss, for what they found owed beside it: what money ends of the loss is that money's."""
    for note in others:
        if note["source"] == "credit_note" and note["date"] > after and note["claim_id"] in held.taken:
            yield note | {"amount": held.taken[note["claim_id"]][0]}


def _only_said(others: list[dict[str, Any]], *, on: date) -> Decimal:
    """What declared payments say of an invoice that day, and no bank line proves: it is for the bank, and not lost."""
    said = [row for row in others if row["source"] == "declared" and row["date"] <= on]
    held = sum((row["amount"] for row in said if row["reversed_on"] is None or row["reversed_on"] > on), ZERO)
    return max(ZERO, held - sum((row["amount"] for row in others if row["source"] == "bank"), ZERO))


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
