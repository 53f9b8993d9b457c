"""Lettering of entries: the lines of a client that settle each other bear one code and its date.

An invoice is lettered with what pays it, a receipt that went back with what took it back. A receipt of several invoices has a
line for each, so that each invoice stands for itself. What settles to the cent has a code in capitals (AA, AB…); a payment on
account has it in small letters until the rest comes, as French programs do.
"""

from collections.abc import Iterable
from datetime import date
from itertools import count
from string import ascii_uppercase

import polars as pl

from models.desk_tables import LETTERS
from models.money import MONEY
from models.tables import Schema
from pipelines.accounting.legs import LABELS, NOTHING, invoice_group, refund_group
from pipelines.ledger import Ledger
from pipelines.receivables import only_counting

#: One row per amount of a credit that an invoice took, or that went back.
PARTS: Schema = {"source_id": pl.String, "client_id": pl.String, "group": pl.String, "part": MONEY, "number": pl.String}
#: One row per code that left before: of what is lettered together (`owner`), within one client.
KEPT: Schema = LETTERS
_BASE = len(ascii_uppercase)
_LEAST = 2
_LAST = 1_000_000_000


def credit_parts(ledger: Ledger, *, to: date) -> pl.DataFrame:
    """PARTS of every credit, as they stand at the end of `to`, in the order in which they were given."""
    given = only_counting(ledger.allocations, as_of=to).filter(pl.col("source") != "write_off")
    back = ledger.refunds.filter((pl.col("date") <= to) & pl.col("credit_id").is_not_null())
    parts = pl.concat(
        [
            given.select(
                "source_id", "client_id", group=invoice_group(), part="amount", number="invoice_number", day="counts_from"
            ),
            back.select(
                "client_id",
                source_id="credit_id",
                group=refund_group(),
                part="amount",
                number=pl.lit(None, pl.String),
                day="date",
            ).select("source_id", "client_id", "group", "part", "number", "day"),
        ]
    )
    return (
        parts.sort("source_id", "day", "group")
        .group_by("source_id", "client_id", "group", maintain_order=True)
        .agg(pl.col("part").sum().cast(MONEY), pl.col("number").first())
        .select(*PARTS)
    )


def with_parts(legs: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """The legs, each credit of a client cut into a line per invoice that took of it, and one for what is left."""
    is_credit = pl.col("source_id").is_not_null() & pl.col("client_id").is_not_null()
    whole = legs.filter(is_credit)
    fits = (
        whole.select("source_id", "client_id", has=(-pl.col("amount")).cast(MONEY))
        .join(parts, on=["source_id", "client_id"], how="inner", validate="1:m", maintain_order="left_right")
        .with_columns(before=(pl.col("part").cum_sum().over("source_id", "client_id") - pl.col("part")).cast(MONEY))
        .with_columns(
            part=pl.min_horizontal("part", (pl.col("has") - pl.col("before")).clip(lower_bound=NOTHING)).cast(MONEY),
            place=pl.int_range(pl.len()).over("source_id", "client_id") + 1,
        )
        .filter(pl.col("part") > 0)
        .select("source_id", "client_id", "part", "number", "place", own="group")
    )
    cut = (
        whole.drop("group")
        .join(fits, on=["source_id", "client_id"], how="inner", validate="1:m", maintain_order="left_right")
        .with_columns(amount=(-pl.col("part")).cast(MONEY), group="own", label=_named_label())
    )
    given = fits.group_by("source_id", "client_id").agg(given=pl.col("part").sum().cast(MONEY))
    left = (
        whole.join(given, on=["source_id", "client_id"], how="left", validate="1:1", maintain_order="left")
        .with_columns(amount=(pl.col("amount") + pl.col("given").fill_null(NOTHING)).cast(MONEY), place=pl.lit(_LAST, pl.Int64))
        .filter(pl.col("amount") != 0)
    )
    others = legs.filter(~is_credit).with_columns(place=pl.lit(0, pl.Int64))
    columns = [*legs.columns, "place"]
    return pl.concat([frame.select(columns) for frame in (others, cut, left)])


def _named_label() -> pl.Expr:
    """A receipt's line says which invoice it pays; a credit note's says its own number already."""
    is_receipt = pl.col("kind").is_in(["receipt", "unproven"]) & pl.col("number").is_not_null()
    word = pl.col("kind").replace_strict(LABELS, default="", return_dtype=pl.String)
    client = pl.col("label").str.strip_prefix(LABELS["unproven"]).str.strip_prefix(LABELS["receipt"])
    return pl.when(is_receipt).then(pl.concat_str(word, pl.lit(" "), "number", client)).otherwise("label")


def lettered(legs: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Add `letter` and `letter_date`: the day of the last line of the group.

    Args:
        legs: every line of clients up to the day of the export, lines of groups with their `group`.
        kept: KEPT.
    """
    groups = (
        legs.drop_nulls("group")
        .group_by("group", "client_id", maintain_order=True)
        .agg(
            pl.col("amount").sum().cast(MONEY), day=pl.col("date").max(), lines=pl.len(), has_credit=(pl.col("amount") < 0).any()
        )
        .filter((pl.col("lines") > 1) & "has_credit")
        .sort("client_id", "day", "group")
    )
    coded = codes(groups.select("client_id", owner="group"), kept)
    settled = groups.join(
        coded, left_on=["group", "client_id"], right_on=["owner", "client_id"], how="left", validate="1:1"
    ).select(
        "group", "client_id", letter_date="day",
        letter=pl.when(pl.col("amount") == 0).then("code").otherwise(pl.col("code").str.to_lowercase()),
    )  # fmt: skip
    return legs.join(settled, on=["group", "client_id"], how="left", validate="m:1", maintain_order="left")


def codes(owners: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """owner, client_id, code: the code that it left with, else the client's next free one, in the order given."""
    known = owners.join(kept.select(*KEPT), on=["owner", "client_id"], how="left", validate="1:1", maintain_order="left")
    used = {client: max(map(number_of, taken)) for client, taken in _by_client(kept)}
    first = pl.col("client_id").replace_strict(used, default=-1, return_dtype=pl.Int64) + 1 if used else pl.lit(0, pl.Int64)
    fresh = known.filter(pl.col("code").is_null()).with_columns(n=first + pl.int_range(pl.len()).over("client_id"))
    top = fresh["n"].max()
    names = dict(zip(count(), code_texts(0 if top is None else int(str(top)) + 1), strict=False))
    named = fresh.with_columns(code=pl.col("n").replace_strict(names, return_dtype=pl.String)) if names else fresh
    return pl.concat([known.drop_nulls("code"), named.select(known.columns)])


def _by_client(kept: pl.DataFrame) -> Iterable[tuple[str, list[str]]]:
    return ((str(client), list(taken)) for client, taken in kept.group_by("client_id").agg("code").iter_rows())


def code_texts(many: int) -> list[str]:
    """The first codes: AA to ZZ, then AAA to ZZZ, and so on."""
    return [code_of(n) for n in range(many)]


def code_of(number: int) -> str:
    """The code of a number from 0."""
    length, first = _LEAST, 0
    while number >= first + _BASE**length:
        first += _BASE**length
        length += 1
    number -= first
    letters = ""
    for _ in range(length):
        number, letter = divmod(number, _BASE)
        letters = ascii_uppercase[letter] + letters
    return letters


def number_of(code: str) -> int:
    """The number of a code."""
    within: int = 0
    for letter in code:
        within = within * _BASE + ascii_uppercase.index(letter)
    before: int = sum(_BASE**length for length in range(_LEAST, len(code)))
    return within + before
