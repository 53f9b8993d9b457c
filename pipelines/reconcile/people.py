"""What people have said of bank lines, which no rule may overrule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from models.store import Store


@dataclass(frozen=True)
class People:
    """People's word on bank lines.

    Attributes:
        refused: (line_id, document_id) pairs that no rule proposes again.
        held: lines on which a person corrected the rules: what stands there stays, and nothing is added alone.
        clients: who a line comes from, as a person said.
        unattributed: lines whose client or match, as a rule had found it, a person took back.
        not_refunds: (debit line_id, credit id) pairs that a person took back.
    """

    refused: frozenset[tuple[str, str]] = frozenset()
    held: frozenset[str] = frozenset()
    clients: Mapping[str, str] = field(default_factory=dict)
    unattributed: frozenset[str] = frozenset()
    not_refunds: frozenset[tuple[str, str]] = frozenset()


def run_people(store: Store) -> People:
    """Read people's refusals and attributions, and what they undid of the rules' work."""
    changes = store.changes()
    undone = changes.filter(~pl.col("is_live") & (pl.col("action") == "reconcile"))["change_id"].implode()

    def taken_back(table: str, *columns: str) -> pl.DataFrame:
        rows = store.query(f"SELECT DISTINCT change_id, {', '.join(columns)} FROM {table}")  # noqa: S608 -- names from code
        return rows.filter(pl.col("change_id").is_in(undone)).select(columns)

    refused = store.facts("refusal").select("line_id", "document_id")
    attributed = store.facts("attribution", latest_by="line_id").filter("by_person").drop_nulls("client_id")
    unmatched = taken_back("claim", "source_id")["source_id"].to_list()
    return People(
        refused=frozenset(refused.iter_rows()),
        held=frozenset([*refused["line_id"], *unmatched]),
        clients=dict(attributed.select("line_id", "client_id").iter_rows()),
        unattributed=frozenset([*taken_back("attribution", "line_id")["line_id"], *unmatched]),
        not_refunds=frozenset(taken_back("refund", "line_id", "credit_id").iter_rows()),
    )
