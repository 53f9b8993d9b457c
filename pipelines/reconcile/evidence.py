"""What speaks for a bank line: the invoices that its label numbers, and the clients that it, or who pays, names."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

import polars as pl

from pipelines.ledger import Ledger
from pipelines.parties import only_clients
from pipelines.reconcile.book import Line
from pipelines.reconcile.names import PART, SURE, Named
from pipelines.reconcile.people import People
from pipelines.reconcile.readings import Numbered, known_payers, name_book, reading_of
from pipelines.reconcile.sequences import sequence_hits
from pipelines.reconcile.spellings import FIRM

Said = TypeVar("Said")


@dataclass(frozen=True)
class Evidence:
    """What speaks for each line.

    Attributes:
        numbers: line_id -> documents whose number stands in the label, in label order.
        names: line_id -> clients that are named, all at the same level.
        hints: line_id -> the client for whom its payer paid once; only of lines that name nobody, and only to propose.
    """

    numbers: Mapping[str, list[Numbered]]
    names: Mapping[str, list[Named]]
    hints: Mapping[str, Named] = field(default_factory=dict)

    def numbers_of(self, line: Line) -> list[Numbered]:
        """The documents that a line numbers."""
        return self.numbers.get(line.line_id, [])

    def names_of(self, line: Line) -> list[Named]:
        """The clients that a line names."""
        return self.names.get(line.line_id, [])

    def with_lines(self, lines: Collection[str], others: "Evidence") -> "Evidence":
        """This evidence, of some lines another one."""

        def others_of(mine: Mapping[str, Said], its: Mapping[str, Said]) -> dict[str, Said]:
            return {line_id: found for line_id, found in mine.items() if line_id not in lines} | dict(its)

        return Evidence(
            others_of(self.numbers, others.numbers), others_of(self.names, others.names), others_of(self.hints, others.hints)
        )


def evidence_of(ledger: Ledger, people: People, only: Collection[str] | None = None) -> Evidence:
    """What speaks for the lines of a ledger, sales documents and clients considered; a person's word on a line stands alone.

    Args:
        ledger: the facts.
        people: what people said.
        only: lines to which it is limited; None is all of them.
    """
    sales = ledger.documents.filter(pl.col("direction") == "sale")
    reading = reading_of(ledger.lines, sales)
    is_asked = ~pl.col("line_id").is_in(list(people.classified))
    labels = reading.labels.filter(is_asked if only is None else is_asked & pl.col("line_id").is_in(list(only)))
    owner = dict(sales.select("document_id", "client_id").iter_rows())
    names = _names(labels, ledger, people)
    numbers: dict[str, list[Numbered]] = defaultdict(list)
    ends = sequence_hits(reading.lone, reading.sequences, owner, names)
    by_end = ((line_id, Numbered(i, strength, found, "number")) for line_id, i, strength, found in ends)
    for line_id, hit in chain(reading.numbers, by_end):
        if only is not None and line_id not in only:
            continue
        said = people.clients.get(line_id)
        is_known = any(other.document_id == hit.document_id for other in numbers.get(line_id, ()))
        if line_id not in people.classified and not is_known and said in (None, owner[hit.document_id]):
            numbers[line_id].append(hit)
    hints = {line_id: named for line_id, named in _hints(labels, ledger, people).items() if line_id not in names}
    return Evidence(_outside_names(numbers, names, labels), names, hints)


def _outside_names(
    numbers: Mapping[str, list[Numbered]], names: Mapping[str, list[Named]], labels: pl.DataFrame
) -> dict[str, list[Numbered]]:
    """The numbers without those that are only a part of a name ("54" in "Studio 54"), unless they are firm."""
    digits = {line_id: re.findall(r"[0-9]+", " ".join(named.found for named in names.get(line_id, ()))) for line_id in numbers}
    doubtful = labels.filter(pl.col("line_id").is_in([line_id for line_id, found in digits.items() if found]))
    said = {line_id: re.findall(r"[0-9]+", label) for line_id, label in doubtful.select("line_id", "label").iter_rows()}

    def is_of_name(line_id: str, number: str) -> bool:
        of_name = digits[line_id]
        return number in of_name and said[line_id].count(number) <= of_name.count(number)

    return {
        line_id: [hit for hit in hits if hit.strength == FIRM or not is_of_name(line_id, hit.found)]
        for line_id, hits in numbers.items()
    }


def _names(labels: pl.DataFrame, ledger: Ledger, people: People) -> dict[str, list[Named]]:
    """Who each line names: a person's word, else a known IBAN or payer, else the counterparty's field, else the label."""
    book = name_book(only_clients(ledger.clients, ledger.documents), own=ledger.settings.company_name, aliases=people.aliases)
    known = _known(labels, ledger, people)
    found: dict[str, list[Named]] = {}
    for line_id, label, payer in labels.select("line_id", "label", "payer").iter_rows():
        named = [known[line_id]] if line_id in known else (book.find(payer) if payer else []) or book.find(label)
        if named:
            found[line_id] = named
    return found


def _hints(labels: pl.DataFrame, ledger: Ledger, people: People) -> dict[str, Named]:
    """Lines whose payer's name or IBAN one acceptance by its amount taught."""
    if not people.hints:
        return {}
    payers = _payers(labels, ledger).select("line_id", "iban", "payer").iter_rows()
    said = [(line_id, key) for line_id, *keys in payers for key in keys if key in people.hints]
    return {line_id: Named(people.hints[key], key, PART, "hint") for line_id, key in reversed(said)}


def _known(labels: pl.DataFrame, ledger: Ledger, people: People) -> dict[str, Named]:
    """Who lines come from, as people said or taught."""
    found: dict[str, Named] = {}
    if people.aliases or people.ibans:
        for line_id, payer, iban in _payers(labels, ledger).select("line_id", "payer", "iban").iter_rows():
            if iban in people.ibans:
                found[line_id] = Named(people.ibans[iban], iban, SURE, "iban")
            elif payer in people.aliases:
                found[line_id] = Named(people.aliases[payer], payer, SURE, "alias")
    said = set(labels["line_id"])
    return found | {i: Named(client_id, "", SURE, "person") for i, client_id in people.clients.items() if i in said}


def _payers(labels: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Who the lines of these labels say that they come from."""
    return known_payers(ledger.lines, own=ledger.settings.company_name).join(labels, on="line_id", how="semi")
