"""Which change brought a thing after a closing, or took it back: by the ids that the stored facts speak of."""

import polars as pl

from models.store import Store
from pipelines.ledger import Ledger
from pipelines.recoveries import loss_id

#: The columns of each table that say what a fact is about.
_ABOUT: dict[str, tuple[str, ...]] = {
    "document_version": ("document_id",),
    "bank_line": ("line_id",),
    "attribution": ("line_id",),
    "claim": ("claim_id", "source_id"),
    "receipt": ("receipt_id",),
    "refund": ("line_id", "credit_id"),
}


def with_causes(rows: pl.DataFrame, store: Store, ledgers: tuple[Ledger, Ledger], *, after: int) -> pl.DataFrame:
    """Add change_id, known_on, by and action: the first change after `after` that speaks of the row's claim, source or document.

    Of a due date, a setting or a rate it is the last one: the invoice may have come in again as it was before.

    Args:
        rows: with claim_id, source_id and document_id, the nearest first; a decision's claim_id is its table and change: mark-12.
        store: where the facts are.
        ledgers: before and now; they say which document a declared payment is of.
        after: the change of the closing.
    """
    if rows.is_empty():
        return rows.with_columns(
            change_id=pl.lit(None, pl.Int64),
            known_on=pl.lit(None, pl.Date),
            by=pl.lit(None, pl.String),
            action=pl.lit(None, pl.String),
        )
    touched = _touched(store, ledgers, after)
    for name in ("claim_id", "source_id", "document_id"):
        acts = touched.select(pl.col("thing").alias(name), pl.struct("first", "last").alias(f"by_{name}"))
        rows = rows.join(acts, on=name, how="left", validate="m:1", maintain_order="left")
    known = store.changes().select("change_id", "known_on", "action", by="actor")
    return (
        rows.with_columns(acts=pl.coalesce("by_claim_id", "by_source_id", "by_document_id"))
        .with_columns(
            change_id=pl.when(pl.col("what").is_in(["due_date", "setting", "rate"]))
            .then(pl.col("acts").struct.field("last"))
            .otherwise(pl.col("acts").struct.field("first"))
        )
        .join(known, on="change_id", how="left", validate="m:1", maintain_order="left")
        .drop("acts", "by_claim_id", "by_source_id", "by_document_id")
    )


def _touched(store: Store, ledgers: tuple[Ledger, Ledger], after: int) -> pl.DataFrame:
    """thing, first, last: the changes after `after` that brought or took back a fact of it."""
    acts = _acts(store, after)
    spoken = [
        store.query(f"SELECT DISTINCT change_id, {column} AS thing FROM {table}").drop_nulls()  # noqa: S608 -- names from code
        for table, columns in _ABOUT.items()
        for column in columns
    ]
    said = [
        store.query(f"SELECT DISTINCT change_id FROM {table}").with_columns(thing=pl.format("{}-{}", pl.lit(table), "change_id"))  # noqa: S608 -- as above
        for table in ("mark", "provision")
    ]
    said.append(store.query("SELECT DISTINCT change_id, 'setting-' || key AS thing FROM setting"))
    rates = store.query("SELECT DISTINCT change_id, currency, rate_date FROM exchange_rate")
    said.append(rates.select("change_id", thing=rate_thing()))
    claims = store.query("SELECT DISTINCT claim_id, source_id FROM claim")
    ended = store.query("SELECT change_id, claim_id FROM claim_end").join(claims, on="claim_id", how="left")
    ends = [ended.select("change_id", thing=name).drop_nulls() for name in ("claim_id", "source_id")]
    backs = store.query("SELECT DISTINCT change_id, credit_id AS thing FROM refund").drop_nulls()
    touched, returned = (
        facts.join(acts, on="change_id", how="inner").group_by("thing").agg(first=pl.col("act").min(), last=pl.col("act").max())
        for facts in (pl.concat([*spoken, *said, *ends]), backs)
    )
    every = pl.concat([touched, _of_slices(touched, ledgers)]).group_by("thing").agg(pl.col("first").min(), pl.col("last").max())
    return pl.concat([every, _of_neighbours(every, returned, ledgers)])


def _acts(store: Store, after: int) -> pl.DataFrame:
    """change_id, act: the changes after `after` by the change whose facts they bring, take back or bring back."""
    rows = store.changes().select("change_id", "undoes")
    undoes = dict(rows.drop_nulls("undoes").iter_rows())
    roots = []
    for change_id in rows.filter(pl.col("change_id") > after)["change_id"]:
        root = change_id
        while root in undoes:
            root = undoes[root]
        roots.append((root, change_id))
    return pl.DataFrame(roots, schema={"change_id": pl.Int64, "act": pl.Int64}, orient="row")


def _of_slices(touched: pl.DataFrame, ledgers: tuple[Ledger, Ledger]) -> pl.DataFrame:
    """What touched a document touched the payments that its statements declare."""
    slices = pl.concat([side.claims.filter(pl.col("source") == "declared").select("claim_id", "document_id") for side in ledgers])
    return (
        slices.unique()
        .join(touched, left_on="document_id", right_on="thing", how="inner")
        .group_by(thing="claim_id")
        .agg(pl.col("first").min(), pl.col("last").max())
    )


def rate_thing() -> pl.Expr:
    """What stands for the exchange rate of a day among claims."""
    return pl.format("rate-{}-{}", "currency", "rate_date")


def on_its_day(claim: str, day: str) -> pl.Expr:
    """What stands for a write-off on a day, in the place of its claim: another change brings its end than brought itself."""
    return pl.format("{} {}", claim, day)


def _of_neighbours(touched: pl.DataFrame, returned: pl.DataFrame, ledgers: tuple[Ledger, Ledger]) -> pl.DataFrame:
    """What touched a claim of an invoice touched its other claims, which it makes smaller; and ends a write-off on its day.

    What took money back (`returned`, by its source) let a write-off that the money had ended stand again from that day on.
    """
    columns = ["claim_id", "source", "source_id", "document_id", "date", "reversed_on"]
    claims = pl.concat([side.claims.select(columns) for side in ledgers])
    money = claims.filter(pl.col("source") != "write_off")
    own = money.join(touched, left_on="claim_id", right_on="thing", how="inner")
    by_source = money.join(own, on="claim_id", how="anti").join(touched, left_on="source_id", right_on="thing", how="inner")
    came = pl.concat([own, by_source]).select("document_id", "date", "first", "last").unique()
    back = money.drop_nulls("reversed_on").join(returned, left_on="source_id", right_on="thing", how="inner")
    back = back.select("document_id", "first", "last", date="reversed_on").unique()
    others = claims.select("document_id", "source", "source_id", "date", thing=loss_id())
    others = others.group_by("document_id", "source", "source_id", "thing").agg(pl.col("date").min())
    is_written = pl.col("source") == "write_off"
    written = others.filter(is_written).select("document_id", "thing")
    ends = [written.join(moved, on="document_id", how="inner") for moved in (came, back)]
    smaller = (
        others.join(touched, on="thing", how="anti")
        .join(touched, left_on="source_id", right_on="thing", how="anti")
        .join(came.drop("date"), on="document_id", how="inner")
        .with_columns(thing=pl.when(is_written).then(on_its_day("thing", "date")).otherwise("thing"))
    )
    things = [smaller.select("first", "last", "thing")]
    things += [end.select("first", "last", thing=on_its_day("thing", "date")) for end in ends]
    return pl.concat(things).group_by("thing").agg(pl.col("first").min(), pl.col("last").max())
