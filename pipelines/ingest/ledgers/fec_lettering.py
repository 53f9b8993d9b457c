"""What a ledger's lettering settles: within one client and letter code, receipts and credit notes go to invoices by date.

A group that does not balance is given as far as it goes: never more than either side has. A payment that came back is
matched first with the receipt that it takes back. A code that is used again later is another group, by its date.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

import polars as pl

from models.money import MONEY, ZERO
from models.rows import LETTERING_ROWS
from models.tables import Schema

#: One row per amount of a credit item that a debit item takes.
SETTLED: Schema = {"credit": pl.Int64, "debit": pl.Int64, "amount": MONEY}
_KEY = ["client", "account", "letter"]


@dataclass
class _Side:
    """An item in a group: what of it is lettered there and not given yet, negative for a credit."""

    item: int
    kind: str
    day: date
    left: Decimal


def settled_amounts(items: pl.DataFrame, transfers: pl.DataFrame) -> pl.DataFrame:
    """SETTLED of the lettered items.

    Args:
        items: one row per client line of an item, as `fec_entries.rebuilt_items` gives them.
        transfers: the client lines that cancel out, which tie the groups of an invoice's two accounts (411 and 416).
    """
    lettered = pl.concat([items, transfers], how="diagonal_relaxed").filter(pl.col("letter").is_not_null())
    grouped = lettered.with_columns(group=_groups(lettered))
    ties = _ties(grouped.filter(pl.col("kind").is_null()))
    day = pl.when(pl.col("kind") == "receipt").then("entry_date").otherwise(pl.coalesce("piece_date", "entry_date"))
    rows = (
        grouped.filter(pl.col("kind").is_not_null())
        .with_columns(day=day, group=pl.col("group").replace(ties) if ties else pl.col("group"))
        .group_by("group", "item", maintain_order=True)
        .agg(pl.col("kind", "client", "day", "amount").first(), lettered=pl.col("signed").sum())
        .pipe(_within_items)
        .sort("group", "day", "item")
    )
    given: list[tuple[int, int, Decimal]] = []
    over: dict[str, list[_Side]] = {}
    plain = rows.select("group", "client", "item", "kind", "day", "lettered").iter_rows()
    for (_, client), group in groupby(plain, key=itemgetter(0, 1)):
        sides = [_Side(*row) for _, _, *row in group]
        given += _settle(sides)
        over.setdefault(client, []).extend(side for side in sides if side.left < 0)
    return pl.DataFrame([*given, *_settle_openings(items, over)], schema=SETTLED, orient="row")


def _settle_openings(items: pl.DataFrame, over: Mapping[str, list[_Side]]) -> Iterator[tuple[int, int, Decimal]]:
    """What lettered credits leave, given to the client's opening invoices that bear no letter, the oldest first.

    Their invoices are of the year before, and a program that opens a year with one amount per client loses the letters.
    """
    bare = items.filter(pl.col("is_opening") & pl.col("letter").is_null() & (pl.col("amount") > 0)).sort("piece_date", "item")
    for client, rows in bare.partition_by("client", as_dict=True, maintain_order=True).items():
        invoices = [_Side(*row) for row in rows.select("item", "kind", "entry_date", "signed").iter_rows()]
        yield from _give(sorted(over.get(str(client[0]), []), key=lambda side: (side.day, side.item)), invoices)


def _within_items(rows: pl.DataFrame) -> pl.DataFrame:
    """Lettered amounts of the item's own sign, in all no more than the item: its other lines may take some of it back."""
    sign = pl.when(pl.col("amount") > 0).then(1).otherwise(-1)
    own = rows.sort("item", "group").with_columns(lettered=pl.col("lettered") * sign).filter(pl.col("lettered") > 0)
    before = pl.col("lettered").cum_sum().over("item") - pl.col("lettered")
    room = (pl.col("amount").abs() - before).clip(lower_bound=0)
    return own.with_columns(lettered=(pl.min_horizontal("lettered", room) * sign).cast(MONEY))


def _groups(lines: pl.DataFrame) -> pl.Series:
    """A number per group: client, account and code; one that does not balance is cut by its dates of lettering, if they pair."""
    is_whole = pl.col("signed").sum().over(_KEY) == 0
    dated = [*_KEY, "letter_date"]
    pairs = (pl.col("signed") > 0).any().over(dated) & (pl.col("signed") < 0).any().over(dated)
    day = pl.when(~is_whole & pairs.any().over(_KEY)).then("letter_date")
    return lines.select(group=pl.struct(*_KEY, day.alias("day")).rank("dense").cast(pl.Int64)).to_series()


def _ties(transfers: pl.DataFrame) -> dict[int, int]:
    """Groups that a transfer between two accounts of a client makes one: group -> the group that stands for it."""
    stands: dict[int, int] = {}

    def top(group: int) -> int:
        while group in stands:
            group = stands[group]
        return group

    for (groups,) in transfers.group_by("item", maintain_order=True).agg(pl.col("group").unique()).select("group").iter_rows():
        tops = sorted({top(group) for group in groups})
        stands |= dict.fromkeys(tops[1:], tops[0])
    return {group: top(group) for group in stands}


def _settle(sides: Sequence[_Side]) -> Iterator[tuple[int, int, Decimal]]:
    """(credit, debit, amount) of one group: first what came back, then the oldest credit to the oldest invoice."""
    came = [side for side in sides if side.left < 0]
    for back in (side for side in sides if side.left > 0 and side.kind == "receipt"):
        for credit in sorted(came, key=lambda c: (c.left != -back.left, c.day > back.day, -c.day.toordinal(), c.item)):
            taken = min(-credit.left, back.left) if credit.kind == "receipt" else ZERO
            credit.left += taken
            back.left -= taken
    yield from _give(came, [side for side in sides if side.left > 0 and side.kind != "receipt"])


def _give(came: Sequence[_Side], invoices: Sequence[_Side]) -> Iterator[tuple[int, int, Decimal]]:
    """(credit, debit, amount): credits, in order, to invoices, in order, as far as both go."""
    for credit in came:
        for invoice in invoices:
            amount = min(-credit.left, invoice.left)
            if amount > 0:
                credit.left += amount
                invoice.left -= amount
                yield credit.item, invoice.item, amount


def lettering_rows(named: pl.DataFrame, settled: pl.DataFrame) -> pl.DataFrame:
    """LETTERING_ROWS of what is settled, by the numbers and references that the items were given."""
    if settled.is_empty():
        return pl.DataFrame(schema=LETTERING_ROWS)
    sources = named.select(
        "reference", credit="item", credit_note=pl.when(pl.col("kind") == "credit_note").then("number")
    )  # fmt: skip
    return (
        settled.join(sources, on="credit", how="inner", validate="m:1", maintain_order="left")
        .join(named.select("number", debit="item"), on="debit", how="inner", validate="m:1", maintain_order="left")
        .select(*LETTERING_ROWS)
    )


def given_by_item(settled: pl.DataFrame) -> Mapping[int, Decimal]:
    """What each credit item gives in all."""
    return dict(settled.group_by("credit").agg(pl.col("amount").sum().cast(MONEY)).iter_rows())
