"""A person's yes to what rules matched: from then on it is a person's word, which no later run replaces."""

from collections.abc import Sequence

import polars as pl

from models.errors import Refused
from models.store import Author, Store
from pipelines.ledger import run_ledger
from pipelines.reconcile.aliases import Teacher
from pipelines.reconcile.giving import clients_of_lines, insert_confirmed


def confirm(store: Store, claim_ids: Sequence[str], *, author: Author) -> int:
    """Confirm automatic allocations, each with all that its bank line gives, as one change; its id.

    Confirmed lines of one single client teach who pays for it.

    Raises:
        Refused: one of them is no allocation of a bank line, or none of them is a rule's any more.
    """
    with store.writing():
        ledger = run_ledger(store)
        of_lines = ledger.claims.filter(pl.col("source") == "bank")
        missing = sorted(set(claim_ids) - set(of_lines["claim_id"]))
        if missing:
            raise Refused(
                "unknown_allocation",
                "There is no allocation {id} of a bank line. List them with: encours allocations",
                id=missing[0],
            )
        asked = of_lines.filter(pl.col("claim_id").is_in(list(claim_ids)) & (pl.col("by") == "rule"))
        if asked.is_empty():
            raise Refused("confirmed_already", "A person confirmed that already.")
        automatic = of_lines.filter(pl.col("by") == "rule").join(asked, on="source_id", how="semi").select("claim_id")
        stored = store.facts("claim").join(automatic, on="claim_id", how="semi")
        lines = stored["source_id"].unique().to_list()
        labels = ledger.lines.filter(pl.col("line_id").is_in(lines)).select("label", "amount")
        subject = lines[0] if len(lines) == 1 else None
        with store.change("confirm", author, subject=subject, detail=labels.to_dicts()) as change:
            insert_confirmed(store, change, automatic)
            parts = stored.select("source_id", "document_id", "amount").iter_rows()
            change.insert("alias", Teacher(store, ledger).lessons(clients_of_lines(ledger, parts)))
    return change.change_id
