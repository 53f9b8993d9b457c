"""A person's allocations of bank lines, checked against what is left and stored as one change with what they settle and teach."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.ids import stable_id, stable_ids
from models.money import MONEY, ZERO
from models.store import Author, Change, Store
from models.tables import Schema
from pipelines.ledger import Ledger
from pipelines.reconcile.aliases import Teacher
from pipelines.reconcile.finding import Row, day_of, find_line, row_of
from pipelines.reconcile.room import (
    check_amount,
    check_currency,
    check_invoice,
    check_line,
    lost_before,
    too_much,
    unused_credit,
)
from pipelines.reconcile.taking_back import Back, insert_back
from pipelines.reconcile.ways import Credits, Gaps, Returned
from pipelines.recoveries import RECOVERY

#: line id, document id, amount.
Part = tuple[str, str, Decimal]
_CLAIM: Schema = {
    "claim_id": pl.String,
    "source": pl.String,
    "source_id": pl.String,
    "document_id": pl.String,
    "amount": MONEY,
    "claim_date": pl.Date,
    "reason": pl.String,
}


@dataclass(frozen=True)
class Decision:
    """What a person decided of bank lines, for one reason.

    Attributes:
        parts: what each line gives to each invoice.
        rule: whose suggestion it was, or person. `evidence`: the words of the label that spoke for it.
        gaps: what is written off with it.
        credits: what credit notes give with it.
        returned: earlier payments that debits took back, so that these invoices could be paid again.
    """

    parts: list[Part]
    rule: str = "person"
    evidence: str = ""
    gaps: Gaps = ()
    credits: Credits = ()
    returned: Returned = ()


def store_decisions(store: Store, ledger: Ledger, decisions: Sequence[Decision], author: Author, *, action: str) -> int:
    """Check what lines, credit notes and invoices have left, and store the decisions as one change; its id.

    A person's word on a line replaces the rules': their allocations of these lines end. A line that pays one single
    client teaches who pays for it.

    Raises:
        Refused: something does not hold; nothing is stored.
    """
    decisions = [replace(decision, parts=_summed(decision.parts)) for decision in decisions]
    decisions = [part for decision in decisions for part in _recoveries_apart(ledger, decision)]
    parts = [part for decision in decisions for part in decision.parts]
    if not parts:
        raise Refused("too_little", "The amount must be more than 0.")
    lines = {line_id: find_line(ledger, line_id) for line_id, _, _ in parts}
    automatic = automatic_claims(ledger, lines)
    returned = [back for decision in decisions for back in decision.returned]
    _check_parts(ledger, decisions, lines, pl.concat([automatic, _taken_back(ledger, returned)]))
    _check_credits(ledger, [use for decision in decisions for use in decision.credits], author)
    subject = next(iter(lines)) if len(lines) == 1 else None
    detail = [{"label": line["label"], "amount": line["amount"]} for line in lines.values()]
    with store.change(action, author, subject=subject, detail=detail) as change:
        for decision in decisions:
            insert_claims(
                change, _rows(ledger, lines, decision, change.change_id), rule=decision.rule, evidence=decision.evidence
            )
        change.insert("claim_end", automatic)
        for debit_id, back in returned:
            known = ledger.line_refunds.filter(pl.col("line_id") == debit_id)
            insert_back(change, debit_id, back, replaced=known)
        insert_confirmed(store, change, automatic_claims(ledger, [back.credit_id for _, back in returned]))
        change.insert("alias", Teacher(store, ledger).lessons(clients_of_lines(ledger, parts)))
    return change.change_id


def _recoveries_apart(ledger: Ledger, decision: Decision) -> list[Decision]:
    """The decision, and apart from it what it gives to invoices that were written off before the money came."""
    lost = [
        (line_id, document_id, amount)
        for line_id, document_id, amount in decision.parts
        if lost_before(ledger, document_id, day=day_of(find_line(ledger, line_id)["booking_date"]))
    ]
    of_lost = {document_id for _, document_id, _ in lost}
    if not lost:
        return [decision]
    if any(gap[0] in of_lost for gap in decision.gaps) or any(use[1] in of_lost for use in decision.credits):
        raise Refused("written_off", "To an invoice that was written off only money is given: its rest is lost already.")
    rest = [part for part in decision.parts if part not in lost]
    apart = replace(decision, parts=lost, rule=RECOVERY, gaps=(), credits=(), returned=())
    return [apart, replace(decision, parts=rest)] if rest or decision.returned else [apart]


def _rows(ledger: Ledger, lines: Mapping[str, Row], decision: Decision, change_id: int) -> list[tuple[object, ...]]:
    """The claims of a decision: of its lines at their dates, of write-offs with them, of credit notes at theirs."""
    rows: list[tuple[object, ...]] = []
    days: dict[str, date] = {}
    for line_id, document_id, amount in decision.parts:
        day = day_of(lines[line_id]["booking_date"])
        days[document_id] = max(day, days.get(document_id, day))
        rows.append((stable_id("claim", change_id, line_id, document_id), "bank", line_id, document_id, amount, day, None))
    for document_id, amount, reason in decision.gaps:
        source_id = stable_id("write_off", change_id, document_id, decision.parts[0][0])
        claim_id = stable_id("claim", change_id, source_id)
        rows.append((claim_id, "write_off", source_id, document_id, amount, days[document_id], reason))
    for note_id, document_id, amount in decision.credits:
        day = day_of(row_of(ledger, note_id)["issue_date"])
        claim_id = stable_id("claim", change_id, note_id, document_id, decision.parts[0][0])
        rows.append((claim_id, "credit_note", note_id, document_id, amount, day, None))
    return rows


def _taken_back(ledger: Ledger, returned: Sequence[tuple[str, Back]]) -> pl.DataFrame:
    """claim_id of what the payments that came back had given."""
    is_gone = pl.lit(value=False)
    for _, back in returned:
        is_its = (pl.col("source") == "bank") & (pl.col("source_id") == back.credit_id)
        is_gone |= is_its if back.document_id is None else is_its & (pl.col("document_id") == back.document_id)
    return ledger.claims.filter(is_gone).select("claim_id")


def automatic_claims(ledger: Ledger, line_ids: Iterable[str]) -> pl.DataFrame:
    """claim_id of what rules give from these lines."""
    is_automatic = (pl.col("source") == "bank") & (pl.col("by") == "rule")
    return ledger.claims.filter(is_automatic & pl.col("source_id").is_in(list(line_ids))).select("claim_id")


def clients_of_lines(ledger: Ledger, parts: Iterable[Part]) -> dict[str, str]:
    """line_id -> client_id, of the lines whose parts are all of one client's invoices."""
    owners = dict(ledger.documents.select("document_id", "client_id").iter_rows())
    found: dict[str, set[str]] = {}
    for line_id, document_id, _ in parts:
        found.setdefault(line_id, set()).add(owners[document_id])
    return {line_id: next(iter(clients)) for line_id, clients in found.items() if len(clients) == 1}


def insert_claims(change: Change, rows: list[tuple[object, ...]], *, rule: str, evidence: str) -> None:
    """Store a person's claims: claim_id, source, source_id, document_id, amount, claim_date, reason."""
    change.insert(
        "claim",
        pl.DataFrame(rows, schema=_CLAIM, orient="row").with_columns(
            rule=pl.lit(rule), confidence=pl.lit(1.0), evidence=pl.lit(evidence), by_person=pl.lit(value=True)
        ),
    )


def insert_confirmed(store: Store, change: Change, automatic: pl.DataFrame) -> None:
    """Make the rules' allocations (claim_id of each) a person's, in a change that says more of them."""
    stored = store.facts("claim").join(automatic, on="claim_id", how="semi")
    ids = stable_ids(("claim", change.change_id, *row) for row in stored.select("source_id", "document_id").iter_rows())
    said = stored.drop("change_id").with_columns(claim_id=pl.Series(ids, dtype=pl.String), by_person=pl.lit(value=True))
    change.insert("claim", said)
    change.insert("claim_end", automatic)


def _summed(parts: list[Part]) -> list[Part]:
    """One part per line and invoice.

    Raises:
        Refused: one is no amount.
    """
    sums: dict[tuple[str, str], Decimal] = {}
    for line_id, document_id, amount in parts:
        check_amount(amount)
        sums[line_id, document_id] = sums.get((line_id, document_id), ZERO) + amount
    return [(*key, amount) for key, amount in sums.items()]


def _check_parts(ledger: Ledger, decisions: Sequence[Decision], lines: Mapping[str, Row], freed: pl.DataFrame) -> None:
    """Each line has that much left, and each invoice owes what all that goes to it makes together."""
    given: dict[str, Decimal] = defaultdict(Decimal)
    owed: dict[str, Decimal] = defaultdict(Decimal)
    payers: dict[str, list[Row]] = defaultdict(list)
    for decision in decisions:
        for line_id, document_id, amount in decision.parts:
            given[line_id] += amount
            owed[document_id] += amount
            payers[document_id].append(lines[line_id])
        beside = [(d, amount) for d, amount, _ in decision.gaps] + [(d, amount) for _, d, amount in decision.credits]
        for document_id, amount in beside:
            if document_id not in payers:
                raise ValueError(document_id)  # what goes with a payment is of the invoices that it pays
            check_amount(amount)
            owed[document_id] += amount
    for line_id, amount in given.items():
        check_line(ledger, lines[line_id], amount)
    for document_id, sources in payers.items():
        first = min(day_of(line["booking_date"]) for line in sources)
        for line in sources:
            check_invoice(ledger, document_id, owed[document_id], source=line, day=first, freed=freed)


def _check_credits(ledger: Ledger, uses: Sequence[tuple[str, str, Decimal]], author: Author) -> None:
    """Each credit note has that much left, and is the invoice's client's."""
    used: dict[str, Decimal] = defaultdict(Decimal)
    for note_id, document_id, amount in uses:
        check_credit(row_of(ledger, note_id), row_of(ledger, document_id))
        used[note_id] += amount
    for note_id, amount in used.items():
        note = row_of(ledger, note_id)
        left = unused_credit(ledger, note_id, as_of=max(author.today, day_of(note["issue_date"])))
        if amount > left:
            raise too_much(left, note)


def check_credit(note: Row, invoice: Row) -> None:
    """Refuse to give a credit note to another client's invoice, or to one in another currency.

    Raises:
        Refused: it is.
    """
    if note["client_id"] != invoice["client_id"]:
        raise Refused("other_client", "{number} is another client's.", number=invoice["number"])
    check_currency(invoice, source=note)
