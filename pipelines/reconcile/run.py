"""Match what is stored, and keep what the rules conclude: the change holds only the difference with the last time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from weakref import WeakKeyDictionary

import polars as pl

from models.facts import FACTS, last_change
from models.ids import stable_id
from models.money import MONEY, total
from models.store import Author, Change, Store
from models.tables import Schema
from pipelines.ledger import Ledger, run_ledger
from pipelines.reconcile.listing import bank_lines, only_unmatched
from pipelines.reconcile.match import Concluded, Matching, conclude
from pipelines.reconcile.people import run_people
from pipelines.reconcile.rules import CONFIDENCE
from pipelines.reconcile.trust import run_trust, stopped_rules
from pipelines.reconcile.ways import Candidate
from pipelines.stored_facts import run_facts


@dataclass(frozen=True)
class Reconciliation:
    """What a run did, and what it left.

    Attributes:
        allocated_lines: bank lines that this run allocated. `allocated_amount`: how much of them, in the company's currency.
        change_id: None where nothing had to change.
        ledger: the facts after it. `matching`: what the rules conclude. `as_of`: the day of the run.
    """

    allocated_lines: int
    allocated_amount: Decimal
    change_id: int | None
    ledger: Ledger
    matching: Matching
    as_of: date

    @property
    def currency(self) -> str:
        """The company's."""
        return self.ledger.settings.currency

    @property
    def suggested_lines(self) -> int:
        """Lines that wait for a person."""
        return len(self.matching.suggestions) + len(self.matching.rests)

    @cached_property
    def unmatched_lines(self) -> int:
        """Receipts to identify, without a suggestion."""
        return unmatched_lines(self.ledger, self.matching, as_of=self.as_of).height


def run_matching(store: Store, ledger: Ledger) -> Matching:
    """What the rules conclude from the facts, nothing stored. Asked again of the same facts, it is not searched again."""
    return _concluded(store, ledger).now.matching


def run_replay(store: Store, ledger: Ledger) -> pl.DataFrame:
    """TRUST: each rule's precision on what people settled, nothing stored."""
    known = _concluded(store, ledger)
    return run_trust(store, known.freely, known.again)


#: What is said there changes no matching: reminders and what people said of invoices, plans of cash, exports, closings.
_BESIDE = frozenset(
    {
        "mark", "note", "reminder", "reminder_event", "plan_instalment", "plan_invoice", "plan_end", "policy", "template",
        "planned_item", "item_answer", "forecast_day", "export", "exported_entry", "exported_code", "provision", "period_lock",
        "exchange_rate", "conflict", "quarantine", "quarantine_end", "source_file", "profile",
    }
)  # fmt: skip


@dataclass(frozen=True)
class _Last:
    """What the rules conclude.

    Attributes:
        since: the last change that they depend on.
        freely: as if people's history stopped no rule.
        again: of the lines that people settled, as if they had not; None while these are few.
        now: with the rules that their history stops.
    """

    since: int
    freely: Concluded
    again: Concluded | None
    now: Concluded


_LAST: WeakKeyDictionary[Store, _Last] = WeakKeyDictionary()


def _concluded(store: Store, ledger: Ledger) -> _Last:
    """What the rules conclude, searched once for the same facts; of others, only where what people said since reaches."""
    last, since = _LAST.get(store), store.query(last_change(FACTS - _BESIDE), upto=ledger.revision)["last"].item()
    if last is not None and last.since == since:
        return last
    people = run_people(store, ledger)
    freely = now = conclude(ledger, people, last.freely if last else None)
    stopped, again = stopped_rules(store, freely, last.again if last else None)
    if stopped:
        now = conclude(ledger, replace(people, stopped=stopped), last.now if last else None)
    _LAST[store] = found = _Last(since, freely, again, now)
    return found


def run_reconcile(store: Store, *, author: Author) -> Reconciliation:
    """Match bank lines and invoices, and store what changed since the last run, as one change or none."""
    with store.writing():
        ledger = run_ledger(store)
        known = _concluded(store, ledger)
        people, matching = known.now.facts.people, known.now.matching
        claims = _new_claims(matching, ledger)
        facts = run_facts(store)
        is_free = (pl.col("by") == "rule") & ~pl.col("source_id").is_in(list(people.held))
        stored = facts.claims.filter(is_free & (pl.col("source") == "bank"))
        same = ["source_id", "document_id", "amount", "rule"]
        added = claims.join(stored, on=same, how="anti")
        ended = stored.join(claims, on=same, how="anti").select("claim_id")
        attributions = _new_attributions(matching, facts.attributions)
        refunds = _new_refunds(matching, facts.refunds)
        change_id = None
        if not all(frame.is_empty() for frame in (added, ended, attributions, refunds)):
            with store.change("reconcile", author, detail={"added": added.height, "ended": ended.height}) as change:
                change_id = change.change_id
                _insert_claims(change, added)
                change.insert("claim_end", ended)
                change.insert("attribution", attributions)
                change.insert("refund", refunds)
            # What the rules themselves store is no fact to them: matched again, they conclude the same.
            _LAST[store] = replace(known, since=change_id)
    of_currency = ledger.lines.filter(pl.col("currency") == ledger.settings.currency).select(source_id="line_id")
    own = added.join(of_currency, on="source_id", how="semi")
    return Reconciliation(
        allocated_lines=added["source_id"].n_unique(),
        allocated_amount=total(own["amount"]),
        change_id=change_id,
        ledger=run_ledger(store),
        matching=matching,
        as_of=author.today,
    )


def unmatched_lines(ledger: Ledger, matching: Matching, *, as_of: date) -> pl.DataFrame:
    """The receipts (rows of `bank_lines`) that are to identify at `as_of` and have no suggestion."""
    waiting = only_unmatched(bank_lines(ledger, as_of=as_of), ledger, as_of=as_of)
    return waiting.filter((pl.col("amount") > 0) & ~pl.col("line_id").is_in(list(matching.suggestions)))


def _new_claims(matching: Matching, ledger: Ledger) -> pl.DataFrame:
    schema: Schema = {"source_id": pl.String, "document_id": pl.String, "amount": MONEY, "rule": pl.String, "evidence": pl.String}
    dates = ledger.lines.select("booking_date", source_id="line_id")
    claims = pl.DataFrame(matching.claims, schema=schema, orient="row")
    dated = claims.join(dates, on="source_id", how="left", validate="m:1").rename({"booking_date": "claim_date"})
    return dated.sort("source_id", "document_id")


def _insert_claims(change: Change, claims: pl.DataFrame) -> None:
    ids = [stable_id("claim", change.change_id, *row) for row in claims.select("source_id", "document_id").iter_rows()]
    change.insert(
        "claim",
        claims.select(
            "source_id",
            "document_id",
            "amount",
            "claim_date",
            "rule",
            "evidence",
            claim_id=pl.Series(ids, dtype=pl.String),
            source=pl.lit("bank"),
            confidence=pl.col("rule").replace_strict(CONFIDENCE, return_dtype=pl.Float64),
            by_person=pl.lit(value=False),
            reason=pl.lit(None, pl.String),
        ),
    )


def _new_attributions(matching: Matching, stored: pl.DataFrame) -> pl.DataFrame:
    """Changed attributions by rule, and null ones for what the rules no longer know; a person's stay."""
    by_person = set(stored.filter("by_person")["line_id"].to_list())
    before = {
        line_id: client_id
        for line_id, client_id, is_person in stored.select("line_id", "client_id", "by_person").iter_rows()
        if not is_person and client_id
    }
    now = {line_id: answer for line_id, answer in matching.attributions.items() if line_id not in by_person}
    rows: list[tuple[str, str | None, str]] = [(i, client, rule) for i, (client, rule) in now.items() if before.get(i) != client]
    rows += [(line_id, None, "none") for line_id in before if line_id not in now]
    schema: Schema = {"line_id": pl.String, "client_id": pl.String, "rule": pl.String}
    return pl.DataFrame(sorted(rows), schema=schema, orient="row").with_columns(by_person=pl.lit(value=False))


def _new_refunds(matching: Matching, stored: pl.DataFrame) -> pl.DataFrame:
    """Refunds that the rules found, and ends for those that they no longer find; a person's stay."""
    live = stored.filter(~pl.col("by_person"))
    found = {stable_id("refund", *key[:2]): key for key in matching.refunds}
    columns = ["refund_id", "line_id", "credit_id", "kind", "amount", "document_id"]
    same = set(live.select(columns).iter_rows())
    rows: list[tuple[object, ...]] = [(i, *key, False) for i, key in found.items() if (i, *key) not in same]
    rows += [(*row, True) for row in live.select(columns).iter_rows() if row[0] not in found]
    schema: Schema = {
        "refund_id": pl.String,
        "line_id": pl.String,
        "credit_id": pl.String,
        "kind": pl.String,
        "amount": MONEY,
        "document_id": pl.String,
        "is_ended": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(by_person=pl.lit(value=False)).sort("refund_id")


def suggestions(matching: Matching, ledger: Ledger) -> list[dict[str, object]]:
    """Matches that wait for a person, by date: the line, and its candidates; and small differences that matches leave.

    Each candidate has its invoice numbers, rule and words found; `write_offs` (number, amount, reason) and `credit_notes`
    (credit note, number, amount) are what accepting it settles besides, `returned` (line_id of the debit, line_id and amount
    of the receipt) what it says came back.
    """
    waiting = ledger.lines.filter(pl.col("line_id").is_in([*matching.suggestions, *matching.rests]))
    lines: Iterable[dict[str, object]] = waiting.sort("booking_date", "line_id").to_dicts()
    numbers = _numbers(ledger, (way for line in lines for way in matching.ways(str(line["line_id"]))))
    return [
        {
            "id": line["line_id"],
            "line_id": line["line_id"],
            "account": line["account"],
            "bank_id": line["bank_id"],
            "date": line["booking_date"],
            "amount": line["amount"],
            "currency": line["currency"],
            "label": line["label"],
            "candidates": [
                {
                    "n": n,
                    "invoice_numbers": [numbers[i] for i, _ in candidate.parts],
                    "amounts": [amount for _, amount in candidate.parts],
                    "rule": candidate.rule,
                    "confidence": candidate.confidence,
                    "evidence": candidate.evidence,
                    "write_offs": [(numbers[i], amount, reason) for i, amount, reason in candidate.gaps],
                    "credit_notes": [(numbers[note], numbers[i], amount) for note, i, amount in candidate.credits],
                    "returned": [(debit, back.credit_id, back.amount) for debit, back in candidate.returned],
                }
                for n, candidate in enumerate(matching.ways(str(line["line_id"])), start=1)
            ],
        }
        for line in lines
    ]


def _numbers(ledger: Ledger, ways: Iterable[Candidate]) -> dict[str, str]:
    """The numbers of the documents of which these ways speak, by id."""
    said: set[str] = set()
    for way in ways:
        said |= {i for i, _ in way.parts} | {i for i, *_ in way.gaps} | {i for *both, _ in way.credits for i in both}
    return dict(ledger.documents.filter(pl.col("document_id").is_in(list(said))).select("document_id", "number").iter_rows())
