"""How far a change of the facts reaches: the clients and bank lines of which the rules may conclude something else.

A rule reads of a line what its label says, and of the clients of which it speaks what they owe and paid. Lines and clients
that are tied so, directly or by others, make a part that stands for itself: where nothing in it changed, the rules conclude
what they did before. What some rules ask of all invoices, whether another one owes that very amount, is in `missed`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property

import polars as pl

from pipelines.ledger import Ledger
from pipelines.reconcile.evidence import Evidence
from pipelines.reconcile.people import People
from pipelines.reconcile.settling import CompanyWide, Settled, decided_claims

#: What people said that is kept as names of lines, or by line.
_OF_LINES = ("held", "unattributed", "classified")


@dataclass(frozen=True)
class Part:
    """Some clients and the bank lines that may concern them."""

    clients: frozenset[str]
    lines: frozenset[str]


class Links:
    """Of which clients each bank line speaks, by its numbers or names, or as people say; made when it is first asked for."""

    def __init__(self, evidence: Evidence, wide: CompanyWide, said: Mapping[str, str]) -> None:
        """What the evidence ties, and people (line_id -> client_id): even a line that is set aside, since it may come back."""
        self._evidence, self._owners, self._said = evidence, wide.owners, said

    @cached_property
    def clients(self) -> Mapping[str, set[str]]:
        """By line."""
        found: dict[str, set[str]] = defaultdict(set)
        for line_id, hits in self._evidence.numbers.items():
            found[line_id].update(self._owners[hit.document_id] for hit in hits)
        for line_id, names in self._evidence.names.items():
            found[line_id].update(named.client_id for named in names)
        for line_id, hint in self._evidence.hints.items():
            found[line_id].add(hint.client_id)
        for line_id, client_id in self._said.items():
            found[line_id].add(client_id)
        return found

    @cached_property
    def lines(self) -> Mapping[str, list[str]]:
        """By client."""
        found: dict[str, list[str]] = defaultdict(list)
        for line_id, clients in self.clients.items():
            for client_id in clients:
                found[client_id].append(line_id)
        return found


@dataclass(frozen=True)
class Facts:
    """The facts of a matching, and what they say."""

    ledger: Ledger
    people: People
    evidence: Evidence
    links: Links
    wide: CompanyWide

    @cached_property
    def tied(self) -> Mapping[str, set[str]]:
        """Clients whose invoices one decided line pays, or of whom it speaks, that one credit note pays, or of one number."""
        owners = self.ledger.documents.filter(pl.col("direction") == "sale").select("document_id", "client_id")
        given = _claims_read(self).select("source_id", "document_id").join(owners, on="document_id", how="inner", validate="m:1")
        notes = given.select("source_id").join(owners, left_on="source_id", right_on="document_id", how="inner", validate="m:1")
        spoken = [(line_id, client) for line_id in given["source_id"].unique() for client in self.links.clients.get(line_id, ())]
        named = pl.DataFrame(spoken, schema={"source_id": pl.String, "client_id": pl.String}, orient="row")
        both = pl.concat([given.select("source_id", "client_id"), notes.unique(), named]).unique()
        several = both.filter(pl.len().over("source_id") > 1).group_by("source_id").agg("client_id")
        found: dict[str, set[str]] = defaultdict(set)
        for group in [*several["client_id"], *self.wide.namesakes]:
            for client in group:
                found[client] |= set(group)
        return found


def is_of_same_files(before: Ledger, after: Ledger) -> bool:
    """Whether the documents, clients, accounts, bank lines and settings are the same: only people's words may differ."""
    frames = ("documents", "clients", "accounts", "lines")
    return before.settings == after.settings and all(getattr(before, name).equals(getattr(after, name)) for name in frames)


def changed_lines(before: Facts, after: Facts) -> tuple[set[str], set[str]]:
    """The lines and the clients of which something is said otherwise than before."""
    lines = _said_otherwise(before.people, after.people) | _spoken_otherwise(before.evidence, after.evidence)
    clients: set[str] = set()

    def add(source_id: str | None) -> None:
        owner = after.wide.owners.get(source_id or "")
        if owner is not None:
            clients.add(owner)
        elif source_id is not None:
            lines.add(source_id)

    claims = _differing(_claims_read(before), _claims_read(after))
    for _, source_id, document_id in claims.select("source", "source_id", "document_id").iter_rows():
        add(source_id)
        add(document_id)
    for table in ("line_refunds", "refunds"):
        for row in _differing(getattr(before.ledger, table), getattr(after.ledger, table)).iter_rows(named=True):
            add(row["credit_id"])
            add(row["line_id"])
    return lines, clients


def _claims_read(facts: Facts) -> pl.DataFrame:
    """CLAIMS that matching reads: not what rules gave of bank lines before."""
    others = facts.ledger.claims.filter(pl.col("source") != "bank")
    return pl.concat([others, decided_claims(facts.ledger, facts.people)])


def _differing(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The rows that stand in one of two frames only."""
    if one is other:
        return one.clear()
    sides = ((one, other), (other, one))
    return pl.concat([mine.join(its, on=one.columns, how="anti", nulls_equal=True) for mine, its in sides])


def _said_otherwise(before: People, after: People) -> set[str]:
    """Lines of which people said something else."""
    found = {line_id for name in _OF_LINES for line_id in getattr(before, name) ^ getattr(after, name)}
    found |= {line_id for line_id, _ in (before.refused ^ after.refused) | (before.not_refunds ^ after.not_refunds)}
    found |= {credit_id for _, credit_id in before.not_refunds ^ after.not_refunds}
    return found | {line_id for line_id, _ in before.clients.items() ^ after.clients.items()}


def _spoken_otherwise(before: Evidence, after: Evidence) -> set[str]:
    """Lines whose label, or payer, says something else now."""
    if before is after:
        return set()
    found: set[str] = set()
    for field in fields(Evidence):
        one, other = getattr(before, field.name), getattr(after, field.name)
        found |= {line_id for line_id in one.keys() | other.keys() if (one.get(line_id) or None) != (other.get(line_id) or None)}
    return found


def part_around(lines: Iterable[str], clients: Iterable[str], before: Facts, after: Facts) -> Part:
    """The part that stands for itself around these lines and clients: what was tied before may matter as what is tied now."""
    lines, clients = set(lines), set(clients)
    clients |= {client for line_id in lines for facts in (before, after) for client in facts.links.clients.get(line_id, ())}
    ahead = list(clients)
    while ahead:
        client = ahead.pop()
        near = before.tied.get(client, set()) | after.tied.get(client, set())
        for line_id in after.links.lines.get(client, ()):
            if line_id not in lines:
                lines.add(line_id)
                near |= after.links.clients[line_id]
        for other in near - clients:
            clients.add(other)
            ahead.append(other)
    return Part(frozenset(clients), frozenset(lines))


def restricted(ledger: Ledger, part: Part) -> Ledger:
    """The ledger of a part: its documents, what they got, and the bank lines that may concern them."""
    documents = ledger.documents.filter(pl.col("client_id").is_in(list(part.clients)) & (pl.col("direction") == "sale"))
    of_lines = (pl.col("source") == "bank") & pl.col("source_id").is_in(list(part.lines))  # of suppliers' invoices too
    claims = ledger.claims.filter(of_lines | pl.col("document_id").is_in(documents["document_id"].implode()))
    named = {*part.lines, *claims.filter(pl.col("source") == "bank")["source_id"]}
    is_its = pl.col("credit_id").is_in([*named, *documents["document_id"]]) | pl.col("line_id").is_in(list(named))
    refunds = ledger.line_refunds.filter(is_its)
    named |= {*refunds["line_id"], *refunds["credit_id"]}
    return replace(
        ledger,
        documents=documents,
        claims=claims,
        line_refunds=refunds,
        lines=ledger.lines.filter(pl.col("line_id").is_in(list(named))),
    )


def missed(part: Part, done: Settled, before: Settled, owners: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Lines and clients that a part lacks: of a line inside it mattered what is owed outside, or the reverse.

    Args:
        part: for which the rules acted.
        done: what they concluded of it.
        before: what they had concluded of the whole.
        owners: sales document_id -> client_id.
    """
    known = before.book.ever
    outside = [before.receipts[line_id] for line_id in before.asking - part.lines]
    lines = {
        line.line_id
        for line in outside
        if (key := (line.currency, line.amount)) in done.book.ever or not done.book.invoices.keys().isdisjoint(known.get(key, ()))
    }
    inside = [done.receipts[line_id] for line_id in done.asking]
    owing = {i for line in inside for i in known.get((line.currency, line.amount), ())}
    return lines, {owners[i] for i in owing} - part.clients
