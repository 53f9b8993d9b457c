"""Whatever a person decides of matching, taking it back restores every figure at every date, and bringing it back does too."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matching_ledgers import START, seeded
from matching_stores import ANA, all_ids, bring, figures, new_store, unsettled
from small_store import ME, Company

from models.errors import Refused
from models.store import Store
from pipelines.decisions import undo
from pipelines.ledger import Ledger, run_ledger
from pipelines.marks import mark
from pipelines.reconcile.aliases import forget
from pipelines.reconcile.classify import classify, forget_label_rule, set_label_rule
from pipelines.reconcile.confirm import confirm
from pipelines.reconcile.decide import accept, accept_many, allocate, allocate_many, allocate_oldest, attribute, refuse
from pipelines.reconcile.match import Matching
from pipelines.reconcile.money_back import refund
from pipelines.reconcile.run import run_matching, run_reconcile

DAYS = [START + timedelta(days=n) for n in (150, 430)]
Act = Callable[["Books"], int]


class Books:
    """A store with what a decision may be about, drawn by dice."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.dice = store, Random(seed)
        self.ledger: Ledger = run_ledger(store)
        self.matching: Matching = run_matching(store, self.ledger)

    def pick(self, options: list[str]) -> str:
        """One of these; the test leaves what has none."""
        if not options:
            raise Refused("nothing", "There is nothing to decide.")
        return self.dice.choice(sorted(options))

    @property
    def waiting(self) -> list[str]:
        """Lines with suggestions."""
        return list(self.matching.suggestions)

    @property
    def free(self) -> list[str]:
        """Receipts that nothing is allocated of."""
        given_ = self.ledger.claims["source_id"].implode()
        return self.ledger.lines.filter((pl.col("amount") > 0) & ~pl.col("line_id").is_in(given_))["line_id"].to_list()

    def owing(self) -> dict[str, Decimal]:
        """What invoices owe."""
        rows = self.ledger.documents.filter(pl.col("kind") != "credit_note")
        given_ = dict(self.ledger.allocations.group_by("document_id").agg(pl.col("amount").sum()).iter_rows())
        owed = {number: amount - given_.get(number, Decimal(0)) for number, amount in rows.select("number", "amount").iter_rows()}
        return {number: amount for number, amount in owed.items() if amount > 0}


def _accept(books: Books) -> int:
    line = books.pick(books.waiting)
    return accept(books.store, line, candidate=books.dice.randint(1, len(books.matching.suggestions[line])), author=ANA)


def _accept_gap(books: Books) -> int:
    """A candidate that writes a gap off, or uses a credit note."""
    found = [i for i, ways in books.matching.suggestions.items() if any(c.gaps or c.credits for c in ways)]
    line = books.pick(found)
    ways = books.matching.suggestions[line]
    return accept(books.store, line, candidate=1 + next(n for n, c in enumerate(ways) if c.gaps or c.credits), author=ANA)


def _accept_many(books: Books) -> int:
    return accept_many(books.store, [(line, 1) for line in sorted(books.waiting)[:2]], author=ANA)


def _refuse(books: Books) -> int:
    return refuse(books.store, books.pick(books.waiting), author=ANA)


def _refuse_allocation(books: Books) -> int:
    claims = books.ledger.claims.filter(pl.col("source") == "bank")["claim_id"].to_list()
    return refuse(books.store, books.pick(claims), author=ANA)


def _allocate(books: Books) -> int:
    line, owing = books.pick(books.free), books.owing()
    number = books.pick(list(owing))
    amount: Decimal = books.ledger.lines.filter(pl.col("line_id") == line)["amount"].item()
    return allocate(books.store, line, number, min(amount, owing[number]), author=ANA)


def _allocate_other(books: Books) -> int:
    """A line that a rule gave to one invoice is given to another one by a person."""
    claims = books.ledger.claims.filter((pl.col("source") == "bank") & (pl.col("by") == "rule"))
    line, owing = books.pick(claims["source_id"].to_list()), books.owing()
    return allocate(books.store, line, books.pick(list(owing)), Decimal("0.01"), author=ANA)


def _allocate_many(books: Books) -> int:
    line, owing = books.pick(books.free), books.owing()
    parts = [(line, number, Decimal("0.01")) for number in sorted(owing)[:3]]
    return allocate_many(books.store, parts, author=ANA)


def _write_off(books: Books) -> int:
    """A receipt pays an invoice but for five cents, which are written off with it."""
    lines = books.ledger.lines.filter(pl.col("line_id").is_in(books.free)).select("line_id", "amount").rows()
    cents = Decimal("0.05")
    pairs = [f"{line} {n} {owed - cents}" for n, owed in books.owing().items() for line, most in lines if cents < owed <= most]
    line, number, amount = books.pick(pairs).split()
    return allocate(books.store, line, number, Decimal(amount), author=ANA, write_off="rounding")


def _allocate_oldest(books: Books) -> int:
    owners = books.ledger.documents.filter(pl.col("number").is_in(list(books.owing())))["client_id"].to_list()
    return allocate_oldest(books.store, books.pick(books.free), books.pick(owners), author=ANA)


def _confirm(books: Books) -> int:
    """Two automatic allocations are confirmed at once."""
    claims = books.ledger.claims.filter((pl.col("source") == "bank") & (pl.col("by") == "rule"))["claim_id"].to_list()
    return confirm(books.store, [books.pick(claims), books.pick(claims)], author=ANA)


def _forget(books: Books) -> int:
    return forget(books.store, books.pick(books.ledger.aliases["alias_id"].to_list()), author=ANA)


def _forget_label_rule(books: Books) -> int:
    return forget_label_rule(books.store, books.pick(books.ledger.label_rules["rule_id"].to_list()), author=ANA)


def _use_note(books: Books) -> int:
    """A credit note that names no invoice is given to one of its client's."""
    owing = books.owing()
    is_note = (pl.col("kind") == "credit_note") & pl.col("linked_invoice").is_null()
    notes = books.ledger.documents.filter(is_note).select("client_id", note="number")
    bills = books.ledger.documents.filter(pl.col("number").is_in(list(owing))).select("client_id", "number")
    pairs = notes.join(bills, on="client_id", how="inner").select("note", "number").rows()
    note, number = books.pick([f"{note} {number}" for note, number in pairs]).split()
    return allocate(books.store, note, number, Decimal("0.01"), author=ANA)


def _attribute(books: Books) -> int:
    return attribute(books.store, books.pick(books.free), books.pick(books.ledger.clients["client_id"].to_list()), author=ANA)


def _return(books: Books) -> int:
    """A debit takes a payment back that has its amount."""
    debits = books.ledger.lines.filter(pl.col("amount") < 0).select("line_id", "amount").rows()
    credits_ = books.ledger.lines.filter(pl.col("amount") > 0).select("line_id", "amount").rows()
    pairs = [f"{debit} {credit}" for debit, minus in debits for credit, plus in credits_ if plus == -minus]
    debit, credit = books.pick(pairs).split()
    return refund(books.store, debit, credit, author=ANA)


def _mark(books: Books) -> int:
    what = books.pick(["disputed", "doubtful", "written-off"])
    return mark(books.store, books.pick(list(books.owing())), what, on=START + timedelta(days=150), author=ANA)


def _classify(books: Books) -> int:
    line = books.pick(books.ledger.lines["line_id"].to_list())
    return classify(books.store, line, books.pick(["rent", "tax", "client"]), author=ANA, words=books.dice.choice([None, ""]))


def _label_rule(books: Books) -> int:
    return set_label_rule(books.store, books.pick(["fournitout", "virement", "sepa recu"]), "no_client", author=ANA)


DECISIONS: dict[str, Act] = {
    act.__name__.strip("_"): act
    for act in (
        _accept, _accept_gap, _accept_many, _refuse, _refuse_allocation, _allocate, _allocate_other, _allocate_many, _write_off,
        _allocate_oldest, _confirm, _forget, _forget_label_rule, _use_note, _attribute, _return, _mark, _classify, _label_rule,
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = unsettled(seeded(8, 60))
    with new_store(made, tmp_path_factory.mktemp("undo")) as opened:
        bring(opened, made, all_ids(made))
        parties = [p for p in made.payments if p.said.party and p.client]
        for payment in parties[:2]:  # teaches who pays for whom
            attribute(opened, payment.line_id, str(payment.client and payment.client.client_id), author=ANA)
        set_label_rule(opened, "frais tenue", "bank_fee", author=ANA)
        run_reconcile(opened, author=ANA)
        yield opened


@pytest.fixture(scope="module")
def before(store: Store) -> list[object]:
    return figures(store, DAYS)


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_taken_back_leaves_every_figure_as_it_was(store: Store, before: list[object], name: str) -> None:
    change = _decided(store, name, range(10))
    assert change is not None, "no such decision on these books: choose another seed"
    undo(store, change, author=ANA)
    assert figures(store, DAYS) == before


def test_what_the_rules_concluded_from_a_decision_goes_with_it(tmp_path: Path) -> None:
    company = Company(tmp_path)
    for n, amount in enumerate(("100.00", "75.00", "61.00", "48.00")):
        company.bill(f"F-100{n}", "Durand", amount).line(f"L{n}", amount, f"VIR HOLDING ZEPHYR REF {n}", on=10 + n)
    company.save().reconcile()
    before = company.figures()
    change = allocate(company.store, "L0", "F-1000", Decimal("100.00"), author=ME)
    company.reconcile()
    after = company.figures()
    assert len(company.claims()) == 4  # the payer is known now
    undoing = undo(company.store, change, author=ME)
    assert (company.claims(), company.figures()) == ({}, before)
    undo(company.store, undoing, author=ME)
    assert (len(company.claims()), company.figures()) == (4, after)


def test_an_undoing_matches_nothing_where_the_rules_were_not_asked(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F-1000", "Durand", "100.00").line("L0", "100.00", "VIR F-1000").save()
    change = mark(company.store, "F-1000", "disputed", on=ME.today, author=ME)
    undo(company.store, change, author=ME)
    assert company.claims() == {}


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(st.sampled_from(sorted(DECISIONS)), min_size=2, max_size=3), seed=st.integers(0, 10_000))
def test_decisions_taken_back_one_after_the_other_leave_no_trace_and_come_back_whole(
    store: Store, before: list[object], names: list[str], seed: int
) -> None:
    changes = [change for n, name in enumerate(names) if (change := _decided(store, name, [seed + n])) is not None]
    after = figures(store, DAYS)
    undone = [undo(store, change, author=ANA) for change in reversed(changes)]
    assert figures(store, DAYS) == before
    redone = [undo(store, change, author=ANA) for change in reversed(undone)]
    assert figures(store, DAYS) == after
    for change in reversed(redone):
        undo(store, change, author=ANA)


def _decided(store: Store, name: str, seeds: Iterable[int]) -> int | None:
    """The change of this decision, with the first of these seeds that allows it; a refusal changes nothing."""
    for seed in seeds:
        revision = store.revision
        try:
            return DECISIONS[name](Books(store, seed))
        except Refused:
            assert store.revision == revision
    return None
