"""What holds for the whole database: settings, the history of its changes, and taking one of them back."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from models.errors import Refused
from models.facts import undone
from models.money import MONEY
from models.settings import parse_setting
from models.store import Author, Store


def set_setting(store: Store, key: str, value: str | None, *, author: Author) -> int:
    """Give a setting a value, or its default back with None; its change id.

    Raises:
        Refused: unknown key, or a value that does not fit.
    """
    return set_settings(store, {key: value}, author=author)


def set_settings(store: Store, values: Mapping[str, str | None], *, author: Author) -> int:
    """Give several settings their values as one change.

    Raises:
        Refused: an unknown key, or a value that does not fit; nothing is changed.
    """
    for key, value in values.items():
        if value is None:
            _known_key(key)
        else:
            parse_setting(key, value)
    with store.change("set", author, subject=", ".join(values), detail=dict(values)) as change:
        change.insert(
            "setting",
            pl.DataFrame({"key": list(values), "value": list(values.values())}, schema={"key": pl.String, "value": pl.String}),
        )
    return change.change_id


def _known_key(key: str) -> None:
    """Refuse a key that does not exist, whatever its value would be."""
    try:
        parse_setting(key, "")
    except Refused as error:
        if error.code == "unknown_setting":
            raise


def undo(store: Store, change_id: int, *, author: Author, in_closed_period: bool = False) -> int:
    """Take a change back, whole: its facts hold no more. Undoing an undo brings them back.

    Where the rules ran since, they run again: what they had concluded from what is taken back must not outlive it.

    Args:
        store: the database.
        change_id: what is taken back.
        author: who says so.
        in_closed_period: a decision that a closing knew, dated in its period, is meant.

    Raises:
        Refused: no such change, it does not hold any more, what it brings back was given otherwise in the meantime, it is a
            message that has left, or a decision of a closed period that is not meant.
    """
    from pipelines.collections.outbox import refuse_undoing  # late: letters are slow to import

    with store.writing():
        rows = store.changes().filter(pl.col("change_id") == change_id).to_dicts()
        if not rows:
            raise Refused("unknown_change", "There is no change {id}. List them with: encours history", id=change_id)
        if not rows[0]["is_live"]:
            raise Refused("undone_already", "Change {id} was undone already.", id=change_id)
        closed = None if in_closed_period else closed_day(store, change_id)
        if closed is not None:
            from pipelines.ledger import run_ledger  # late: only a dated decision needs the ledger
            from pipelines.locks import refuse_changing

            refuse_changing(run_ledger(store), closed)
        _refuse_double(store, change_id)
        refuse_undoing(store, change_id, rows[0]["action"])
        with store.change(
            "undo",
            author,
            subject=rows[0]["subject"],
            detail={"undoes": change_id, "action": rows[0]["action"]},
            undoes=change_id,
        ) as change:
            pass
        if _ran_since(store, change_id):
            from pipelines.reconcile.run import run_reconcile  # late: only an undoing after a run of the rules needs them

            run_reconcile(store, author=author)
    return change.change_id


def closed_day(store: Store, change_id: int) -> date | None:
    """The day of a decision that a closing knew and that is dated in its period; None of others: matches have their money's."""
    undoes = dict(store.query("SELECT change_id, undoes FROM change").drop_nulls().iter_rows())
    root = change_id
    while root in undoes:
        root = undoes[root]
    days = store.query(
        "SELECT on_date AS day FROM mark WHERE change_id = $root UNION SELECT on_date FROM provision WHERE change_id = $root "
        "UNION SELECT claim_date FROM claim JOIN change USING (change_id) "
        "WHERE change_id = $root AND source = 'write_off' AND action = 'mark' ORDER BY day LIMIT 1",
        root=root,
    )
    if days.is_empty():
        return None
    from pipelines.ledger import run_ledger  # late, as above
    from pipelines.locks import closing_of

    day: date = days["day"].item()
    closing = closing_of(run_ledger(store), day)
    return day if closing is not None and closing.change_id > change_id else None


def _ran_since(store: Store, change_id: int) -> bool:
    """Whether the rules have concluded anything after that change."""
    later = store.query("SELECT change_id FROM change WHERE action = 'reconcile' AND change_id > $after", after=change_id)
    return not later.is_empty()


def _refuse_double(store: Store, change_id: int) -> None:
    """Refuse an undoing that brings back what a bank line gave, if the line would give more than it has."""
    changes = store.query("SELECT change_id, undoes FROM change")
    redone = pl.DataFrame([(store.revision + 1, change_id)], schema=changes.schema, orient="row")
    after = pl.concat([changes, redone])
    holds = ~pl.col("change_id").is_in(sorted(undone(after)))
    ended = store.query("SELECT claim_id, change_id FROM claim_end").filter(holds)
    claims = store.query("SELECT claim_id, change_id, source_id, amount FROM claim WHERE source = 'bank'").filter(holds)
    given = (
        claims.unique("claim_id")
        .join(ended, on="claim_id", how="anti")
        .group_by("source_id")
        .agg(given=pl.col("amount").sum().cast(MONEY))
    )
    lines = store.query("SELECT DISTINCT line_id AS source_id, amount FROM bank_line")
    double = lines.join(given, on="source_id", how="inner", validate="1:1").filter(pl.col("given") > pl.col("amount").abs())
    if double.height:
        raise Refused(
            "given_otherwise",
            "Change {id} cannot be taken back: what it would bring back was matched otherwise since. Undo that match first.",
            id=change_id,
        )


def history(store: Store) -> pl.DataFrame:
    """Every import and decision, the newest first; a forecast that was kept is neither.

    Returns:
        One row per change: change_id, recorded_at, known_on, actor, action, subject, detail, undoes, is_live.
    """
    return store.changes().filter(pl.col("action") != "forecast").drop("seal").sort("change_id", descending=True)


def moved_amounts(store: Store) -> pl.DataFrame:
    """change_id, currency, amount: what each change gave to invoices; what debits take back, where it says that of one."""
    refunds = store.query("SELECT change_id, line_id, amount FROM refund WHERE NOT is_ended")
    claims = store.query("SELECT change_id, document_id, amount FROM claim WHERE source <> 'write_off'")
    lines = store.query("SELECT DISTINCT line_id, currency FROM bank_line")
    documents = store.query("SELECT DISTINCT document_id, currency FROM document_version")
    back = refunds.join(lines.unique("line_id"), on="line_id", how="inner", validate="m:1")
    of_refunds = store.changes().filter(pl.col("action") == "refund").select("change_id")
    given = claims.join(documents.unique("document_id"), on="document_id", how="inner", validate="m:1")
    parts = [back.join(of_refunds, on="change_id", how="semi"), given.join(of_refunds, on="change_id", how="anti")]
    rows = pl.concat([part.select("change_id", "currency", "amount") for part in parts])
    return rows.group_by("change_id", "currency").agg(pl.col("amount").sum().cast(MONEY)).sort("change_id", "currency")
