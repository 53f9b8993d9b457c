"""What people have said of bank lines, which no rule may overrule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from models.store import Store
from pipelines.ledger import Ledger
from pipelines.reconcile.aliases import contested, lessons_of, said_clients
from pipelines.reconcile.classes import line_kinds
from pipelines.reconcile.readings import known_labels


@dataclass(frozen=True)
class People:
    """People's word on bank lines.

    Attributes:
        refused: (line_id, document_id) pairs that no rule proposes again.
        held: lines on which a person corrected the rules: what stands there stays, and nothing is added alone.
        clients: who a line comes from, as a person said.
        unattributed: lines whose client or match, as a rule had found it, a person took back.
        not_refunds: (debit line_id, credit id) pairs that a person took back.
        aliases: payers' names, as `payer_words` gives them of a line -> client_id, which people's matches taught
            and no match of theirs contradicts.
        ibans: payers' IBANs without spaces -> client_id, likewise.
        hints: names and IBANs -> client_id that one acceptance by its amount alone taught: they only propose.
        classified: line_ids of what is no client's payment, as a person, a user's label rule or a shipped one says.
        stopped: rules whose precision on this user's history is too low: what they find is only proposed.
    """

    refused: frozenset[tuple[str, str]] = frozenset()
    held: frozenset[str] = frozenset()
    clients: Mapping[str, str] = field(default_factory=dict)
    unattributed: frozenset[str] = frozenset()
    not_refunds: frozenset[tuple[str, str]] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    ibans: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    classified: frozenset[str] = frozenset()
    stopped: frozenset[str] = frozenset()


def run_people(store: Store, ledger: Ledger) -> People:
    """Read people's refusals and attributions, what they undid of the rules' work, and what they taught."""
    changes = store.changes()
    undone = changes.filter(~pl.col("is_live") & (pl.col("action") == "reconcile"))["change_id"].implode()

    def taken_back(table: str, *columns: str) -> pl.DataFrame:
        rows = store.query(f"SELECT DISTINCT change_id, {', '.join(columns)} FROM {table}")  # noqa: S608 -- names from code
        return rows.filter(pl.col("change_id").is_in(undone)).select(columns)

    refused = store.facts("refusal").select("line_id", "document_id")
    attributed = ledger.attributions.filter("by_person")
    said = said_clients(ledger)
    alone = ledger.aliases.filter(~pl.col("alias_id").is_in(list(contested(ledger, said))))
    held = alone.join(lessons_of(store, ledger, said), on="alias_id", how="inner", validate="1:1")
    aliases = held.filter("is_sure")
    unmatched = taken_back("claim", "source_id")["source_id"].to_list()
    return People(
        refused=frozenset(refused.iter_rows()),
        held=frozenset([*refused["line_id"], *unmatched]),
        clients=dict(attributed.select("line_id", "client_id").iter_rows()),
        unattributed=frozenset([*taken_back("attribution", "line_id")["line_id"], *unmatched]),
        not_refunds=frozenset(taken_back("refund", "line_id", "credit_id").iter_rows()),
        aliases=dict(aliases.filter(pl.col("kind") == "name").select("value", "client_id").iter_rows()),
        ibans=dict(aliases.filter(pl.col("kind") == "iban").select("value", "client_id").iter_rows()),
        hints=dict(held.filter(~pl.col("is_sure")).select("value", "client_id").iter_rows()),
        classified=frozenset(line_kinds(ledger, known_labels(ledger.lines))["line_id"]),
    )
