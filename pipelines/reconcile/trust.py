"""How far each rule may be trusted: what it would have done of the lines that people settled, against what stands.

The rules are run again as if nobody had spoken on those lines, every other match standing. What a rule would do of a
line is right if all of it stands, wrong if something else does or a person refused it, and no case if nobody knows.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import sqrt

import polars as pl

from models.money import MONEY
from models.store import Store
from models.tables import CLAIMS, Schema, conform
from pipelines.allocation import LETTERED
from pipelines.ledger import Ledger
from pipelines.receipts import NEAR_DAYS
from pipelines.reconcile.match import Concluded, conclude
from pipelines.reconcile.people import People
from pipelines.reconcile.reach import Facts
from pipelines.reconcile.rules import ACTS_ALONE

#: A rule stops acting alone from so many cases on, one of them wrong at least, under that lower bound.
LEAST_CASES, LEAST_PRECISION = 50, 0.99
_Z = 1.959963984540054  # the normal quantile of a two-sided 95 % interval
#: One row per rule that has a case, the most cases first.
TRUST: Schema = {
    "rule": pl.String,
    "cases": pl.Int64,
    "right": pl.Int64,
    "wrong": pl.Int64,
    "precision": pl.Float64,  # 0 to 1
    "lower": pl.Float64,  # of its 95 % interval
    "acts_alone": pl.Boolean,  # now: it is made to, and was not stopped
    "is_stopped": pl.Boolean,
    "wrong_lines": pl.List(pl.String),
}
#: One row per rule and line of which it is known whether the rule would be right.
_CASES: Schema = {"rule": pl.String, "line_id": pl.String, "is_right": pl.Boolean}
_PAIR: Schema = {"line_id": pl.String, "document_id": pl.String, "amount": MONEY}


@dataclass(frozen=True)
class Truth:
    """What people, or a ledger's lettering, say of bank lines.

    Attributes:
        paid: line_id -> document_id -> amount. `clients`: line_id -> client_id, where no invoice is said.
        refused: line_id -> documents that it does not pay. `not_clients`: lines that no client paid.
        taught_by: lines that taught an alias first: what the alias then says of them is no case.
    """

    paid: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    refused: dict[str, set[str]] = field(default_factory=dict)
    not_clients: frozenset[str] = frozenset()
    taught_by: frozenset[str] = frozenset()

    @property
    def lines(self) -> set[str]:
        """The lines of which something is said."""
        return {*self.paid, *self.clients, *self.refused, *self.not_clients}

    def judge(self, line_id: str, parts: dict[str, Decimal], owners: Mapping[str, str]) -> bool | None:
        """Whether giving these amounts of a line to these documents would be right; None if nobody knows."""
        if line_id in self.paid:
            stands = self.paid[line_id]
            return all(document_id in stands and amount <= stands[document_id] for document_id, amount in parts.items())
        if line_id in self.not_clients or self.refused.get(line_id, set()) & set(parts):
            return False
        if line_id in self.clients:
            return {owners[document_id] for document_id in parts} == {self.clients[line_id]}
        return None


def run_truth(store: Store, facts: Facts) -> Truth:
    """Read what people and lettering say of the bank lines."""
    ledger, people = facts.ledger, facts.people
    paid: dict[str, dict[str, Decimal]] = defaultdict(dict)
    is_said = (pl.col("source") == "bank") & (pl.col("by") != "rule")
    said = ledger.claims.filter(is_said).select("document_id", "amount", line_id="source_id")
    for line_id, document_id, amount in pl.concat([_lettered(store, ledger), said.select(list(_PAIR))]).iter_rows():
        paid[line_id][document_id] = amount
    refused: dict[str, set[str]] = defaultdict(set)
    for line_id, document_id in people.refused:
        refused[line_id].add(document_id)
    first = store.facts("alias").unique("alias_id", keep="first", maintain_order=True)
    return Truth(
        paid=dict(paid),
        clients=dict(people.clients),
        refused=dict(refused),
        not_clients=frozenset(ledger.line_classes.filter(pl.col("category") != "client")["line_id"]),
        taught_by=frozenset(first["line_id"].drop_nulls()),
    )


def _lettered(store: Store, ledger: Ledger) -> pl.DataFrame:
    """line_id, document_id, amount: what a ledger's lettering gives, where one bank line alone can be that receipt."""
    receipts = store.facts("receipt").select("receipt_id", "currency", "receipt_date", has="amount")
    lettered = store.facts("claim").filter((pl.col("rule") == LETTERED) & (pl.col("source") == "declared"))
    if lettered.is_empty():
        return pl.DataFrame(schema=_PAIR)
    known = receipts.join(lettered, left_on="receipt_id", right_on="source_id", how="semi")
    lines = ledger.lines.select("line_id", "currency", "booking_date", has="amount")
    near = known.join(lines, on=["currency", "has"], how="inner", validate="m:m").filter(
        (pl.col("booking_date") - pl.col("receipt_date")).dt.total_days().abs() <= NEAR_DAYS
    )
    near = near.filter(pl.col("receipt_id").is_unique() & pl.col("line_id").is_unique()).select("receipt_id", "line_id")
    found = lettered.join(near, left_on="source_id", right_on="receipt_id", how="inner", validate="m:1")
    return found.group_by("line_id", "document_id").agg(pl.col("amount").sum().cast(MONEY)).select(list(_PAIR))


def replay(freely: Concluded, truth: Truth, before: Concluded | None = None) -> Concluded:
    """What the rules would do alone of the lines that people settled, every other match standing.

    Args:
        freely: what they conclude with people's word, no rule stopped.
        truth: what stands.
        before: a replay of other facts, from which to go on.
    """
    return conclude(*_unsaid(freely, truth), before)


def cases_of(again: Concluded, truth: Truth) -> pl.DataFrame:
    """Each rule's cases in a replay."""
    owners, matching = again.facts.wide.owners, again.matching
    acted: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    for line_id, document_id, amount, rule, _ in matching.claims:
        acted[rule, line_id][document_id] = amount
    for line_id, candidates in matching.suggestions.items():
        for candidate in reversed(candidates):
            acted[candidate.rule, line_id] = dict(candidate.parts)  # the first of a rule's candidates stays
    rows = []
    for (rule, line_id), parts in acted.items():
        is_right = truth.judge(line_id, parts, owners)
        is_own_lesson = rule.startswith(("alias_", "iban_")) and line_id in truth.taught_by
        if is_right is not None and not is_own_lesson:
            rows.append((rule, line_id, is_right))
    return pl.DataFrame(sorted(rows), schema=_CASES, orient="row")


def _unsaid(freely: Concluded, truth: Truth) -> tuple[Ledger, People]:
    """The facts as if nobody had spoken on the lines of the truth, and every other match were a person's."""
    ledger, people, matching = freely.facts.ledger, freely.facts.people, freely.matching
    said = truth.lines
    freed = (pl.col("source") == "bank") & pl.col("source_id").is_in(list(said))
    changes = ledger.claims.filter(freed & (pl.col("by") != "rule")).select("change_id", "document_id").drop_nulls()
    kept = ledger.claims.filter((pl.col("source") != "bank") | (~freed & (pl.col("by") != "rule")))
    beside = pl.col("source").is_in(["write_off", "credit_note"])
    kept = pl.concat([kept.filter(~beside), kept.filter(beside).join(changes, on=["change_id", "document_id"], how="anti")])
    rows = [(line_id, i, amount, rule) for line_id, i, amount, rule, _ in matching.claims if line_id not in said]
    schema: Schema = {"source_id": pl.String, "document_id": pl.String, "amount": MONEY, "rule": pl.String}
    standing = pl.DataFrame(rows, schema=schema, orient="row").join(
        ledger.lines.select(source_id="line_id", date="booking_date"), on="source_id", how="inner", validate="m:1"
    )
    standing = standing.with_columns(
        claim_id=pl.format("{}-{}", "source_id", "document_id"), source=pl.lit("bank"), by=pl.lit("replay"), is_dated=True
    )
    others = set(ledger.lines.filter(pl.col("amount") > 0)["line_id"]) - said
    unsaid = People(
        not_refunds=people.not_refunds,
        aliases=people.aliases,
        ibans=people.ibans,
        hints=people.hints,
        classified=(people.classified - truth.not_clients) | others,
    )
    return replace(ledger, claims=pl.concat([kept, conform(standing, CLAIMS)])), unsaid


def trust_of(cases: pl.DataFrame) -> pl.DataFrame:
    """TRUST: each rule's precision, with its lower bound, and whether it stops acting alone."""
    counted = cases.group_by("rule").agg(
        cases=pl.len().cast(pl.Int64),
        right=pl.col("is_right").sum().cast(pl.Int64),
        wrong_lines=pl.col("line_id").filter(~pl.col("is_right")).sort(),
    )
    lower = [wilson_lower(right, n) for right, n in counted.select("right", "cases").iter_rows()]
    return (
        counted.with_columns(lower=pl.Series(lower, dtype=pl.Float64), wrong=pl.col("cases") - pl.col("right"))
        .with_columns(precision=pl.col("right").cast(pl.Float64) / pl.col("cases"), may=pl.col("rule").is_in(list(ACTS_ALONE)))
        .with_columns(
            is_stopped=pl.col("may")
            & (pl.col("cases") >= LEAST_CASES)
            & (pl.col("wrong") > 0)
            & (pl.col("lower") < LEAST_PRECISION)
        )
        .with_columns(acts_alone=pl.col("may") & ~pl.col("is_stopped"))
        .pipe(conform, TRUST)
        .sort("cases", "rule", descending=[True, False])
    )


def wilson_lower(right: int, cases: int) -> float:
    """The lower end of Wilson's 95 % interval, two-sided, for `right` of `cases`; 0 without a case.

    (p + z²/2n − z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n), with p = right/n and z = 1.96: E. B. Wilson, "Probable inference,
    the law of succession, and statistical inference", JASA 22 (1927).
    """
    if not cases:
        return 0.0
    p, square = right / cases, _Z * _Z
    middle = p + square / (2 * cases)
    spread = _Z * sqrt(p * (1 - p) / cases + square / (4 * cases * cases))
    return (middle - spread) / (1 + square / cases)


def stopped_rules(store: Store, freely: Concluded, before: Concluded | None = None) -> tuple[frozenset[str], Concluded | None]:
    """The rules that must not act alone any more, on this user's own history, and its replay; none while it is short.

    Args:
        store: the database.
        freely: what the rules conclude, none stopped.
        before: a replay of other facts, from which to go on.
    """
    truth = run_truth(store, freely.facts)
    if len(truth.lines) < LEAST_CASES:
        return frozenset(), None
    again = replay(freely, truth, before)
    trust = trust_of(cases_of(again, truth))
    return frozenset(trust.filter("is_stopped")["rule"]), again


def run_trust(store: Store, freely: Concluded, again: Concluded | None) -> pl.DataFrame:
    """TRUST of every rule on this user's own history, by its replay where there is one."""
    truth = run_truth(store, freely.facts)
    if not truth.lines:  # nobody said anything yet
        return trust_of(pl.DataFrame(schema=_CASES))
    return trust_of(cases_of(again or replay(freely, truth), truth))
