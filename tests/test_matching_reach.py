"""After a decision the rules conclude anew only of what it reaches: that is what they would conclude of everything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matching_books import facts_of, people_of
from matching_ledgers import START, seeded
from matching_payers import OWN, Bill, Said
from matching_payments import Payment, Seeded
from test_matching_laws import CLIENTS, books

from models.settings import Settings
from models.tables import CLAIMS, STATEMENTS, conform
from pipelines.ledger import Ledger, assemble
from pipelines.reconcile.match import Concluded, Matching, conclude, match
from pipelines.reconcile.people import People

FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass
class _Said:
    """A company's facts, and what people say of them one after the other."""

    made: Seeded
    dice: Random

    def __post_init__(self) -> None:
        self.facts = facts_of(self.made)
        ledger = self.ledger()
        self.people = replace(people_of(self.made, ledger), ibans={"FR1": "a", "FR2": "b"})
        self.said: list[tuple[pl.DataFrame, pl.DataFrame, People]] = []

    def ledger(self) -> Ledger:
        return assemble(self.facts, Settings(company_name=OWN.title()))

    def decide(self, found: Matching) -> None:
        """Something that a person may say, or the taking back of the last thing said."""
        before = self.facts.claims, self.facts.refunds, self.people
        acts = [self._accept, self._accept, self._accept, self._refuse, self._attribute, self._teach, self._set_aside, self._hold]
        acts += [self._explain, self._detach]
        if self.said and self.dice.random() < 0.2:
            claims, refunds, self.people = self.said.pop()
            self.facts = replace(self.facts, claims=claims, refunds=refunds)
            return
        self.dice.choice(acts)(found)
        self.said.append(before)

    def _accept(self, found: Matching) -> None:
        ways = [(line_id, way) for line_id, known in found.suggestions.items() for way in known]
        ways += list(found.rests.items())
        if ways:
            line_id, way = self.dice.choice(sorted(ways, key=lambda one: (one[0], str(one[1]))))
            given: list[tuple[str, str, str, object, str | None]] = [
                ("bank", line_id, i, amount, None) for i, amount in way.parts
            ]
            given += [("write_off", f"w-{line_id}-{i}", i, amount, reason) for i, amount, reason in way.gaps]
            given += [("credit_note", note, i, amount, None) for note, i, amount in way.credits]
            self.give(given, line_id)

    def give(self, given: Sequence[tuple[str, str, str, object, str | None]], line_id: str) -> None:
        day = self.facts.lines.filter(pl.col("line_id") == line_id)["booking_date"].item()
        n = self.facts.claims.height
        rows = [
            {
                "claim_id": f"said-{n}-{k}", "source": source, "source_id": source_id, "document_id": document_id,
                "amount": amount, "date": day, "is_dated": True, "rule": "person", "by": "Ana", "reason": reason,
                "change_id": 100 + n,
            }
            for k, (source, source_id, document_id, amount, reason) in enumerate(given)
        ]  # fmt: skip
        claims = conform(pl.DataFrame(rows, infer_schema_length=None), CLAIMS)
        self.facts = replace(self.facts, claims=pl.concat([self.facts.claims, claims]).sort("claim_id"))

    def _refuse(self, found: Matching) -> None:
        pairs = [(line_id, i) for line_id, ways in sorted(found.suggestions.items()) for way in ways for i, _ in way.parts]
        pairs += sorted((claim[0], claim[1]) for claim in found.claims)
        if pairs:
            pair = self.dice.choice(pairs)
            held = self.people.held | {pair[0]}
            self.people = replace(self.people, refused=self.people.refused | {pair}, held=held)

    def _line(self) -> str:
        return str(self.dice.choice(self.facts.lines["line_id"].to_list()))

    def _attribute(self, found: Matching) -> None:
        del found
        client = self.dice.choice(self.made.clients).client_id
        self.people = replace(self.people, clients={**self.people.clients, self._line(): client})

    def _teach(self, found: Matching) -> None:
        del found
        client, word = (
            self.dice.choice(self.made.clients).client_id,
            self.dice.choice(["durand", "petit", "sepa durand", "freres"]),
        )
        kinds = {"aliases": self.people.aliases, "hints": self.people.hints}
        name = self.dice.choice(sorted(kinds))
        self.people = replace(self.people, **{name: {**kinds[name], word: client}})  # type: ignore[arg-type]

    def _set_aside(self, found: Matching) -> None:
        del found
        self.people = replace(self.people, classified=self.people.classified ^ {self._line()})

    def _hold(self, found: Matching) -> None:
        del found
        line_id = self._line()
        self.people = replace(self.people, unattributed=self.people.unattributed ^ {line_id}, held=self.people.held ^ {line_id})

    def _explain(self, found: Matching) -> None:
        """Say of a debit which payment it took back, or that what a rule found is not so."""
        if found.refunds and self.dice.random() < 0.5:
            refund = self.dice.choice(sorted(found.refunds))
            pair = (refund.line_id, refund.credit_id)
            self.people = replace(self.people, not_refunds=self.people.not_refunds | {pair})
            return
        debits = self.facts.lines.filter(pl.col("amount") < 0)
        credits_ = self.facts.lines.filter(pl.col("amount") > 0)
        said = set(self.facts.refunds["line_id"])
        pairs = [
            (debit["line_id"], credit["line_id"], -debit["amount"])
            for debit in debits.to_dicts()
            for credit in credits_.to_dicts()
            if credit["amount"] >= -debit["amount"] and debit["line_id"] not in said and credit["currency"] == debit["currency"]
        ]
        if pairs:
            debit_id, credit_id, amount = self.dice.choice(pairs)
            row = {"refund_id": f"said-{debit_id}", "line_id": debit_id, "credit_id": credit_id, "kind": "returned"}
            rows = pl.DataFrame(
                [{**row, "amount": amount, "document_id": None, "by_person": True}], schema=self.facts.refunds.schema
            )
            self.facts = replace(self.facts, refunds=pl.concat([self.facts.refunds, rows]).sort("refund_id"))

    def _detach(self, found: Matching) -> None:
        del found
        if self.facts.claims.height:
            n = self.dice.randrange(self.facts.claims.height)
            self.facts = replace(self.facts, claims=self.facts.claims.with_row_index("n").filter(pl.col("n") != n).drop("n"))


def _answers(found: Matching) -> dict[str, object]:
    return {
        "claims": sorted(found.claims),
        "attributions": found.attributions,
        "refunds": sorted(found.refunds, key=str),
        "suggestions": found.suggestions,
        "rests": found.rests,
        "internal": found.internal,
    }


def _decide_and_compare(made: Seeded, dice: Random, decisions: int) -> None:
    _go_on_and_compare(_Said(made, dice), decisions)


def _go_on_and_compare(said: _Said, decisions: int) -> None:
    known: Concluded = conclude(said.ledger(), said.people)
    for _ in range(decisions):
        said.decide(known.matching)
        ledger = said.ledger()
        known = conclude(ledger, said.people, known)
        assert _answers(known.matching) == _answers(match(ledger, said.people))


@FEW
@given(made=books(), dice=st.randoms(use_true_random=False))
def test_going_on_from_what_was_concluded_is_concluding_of_everything(made: Seeded, dice: Random) -> None:
    _decide_and_compare(made, dice, 5)


def test_going_on_in_a_year_of_one_company_is_concluding_of_everything_too() -> None:
    _decide_and_compare(seeded(1, 80), Random("1"), 10)


def _stating(said: _Said) -> None:
    """Let files state a part of some invoices as paid, with or without a date, and lines of that amount name the client alone."""
    dice, facts = said.dice, said.facts
    lines = facts.lines.filter(pl.col("amount") > 0).select("amount", "booking_date", "line_id").rows()
    known_on = max(day for _, day, _ in lines) + timedelta(days=5)
    names, labels, rows = dict(facts.clients.select("client_id", "name").iter_rows()), {}, []
    for row in facts.documents.filter((pl.col("direction") == "sale") & (pl.col("kind") == "invoice")).to_dicts():
        smaller = [line for line in lines if line[0] < row["amount"]]
        if smaller and dice.random() < 0.7:
            amount, day, line_id = dice.choice(smaller)
            labels[line_id] = f"VIR {names[row['client_id']]}"
            said_of = {"document_id": row["document_id"], "change_id": 1, "known_on": known_on, "is_paid": False}
            rows.append(said_of | {"paid_amount": amount, "paid_date": dice.choice((None, day, day + timedelta(days=3)))})
    label = pl.col("line_id").replace_strict(labels, default=pl.col("label"), return_dtype=pl.String)
    statements = pl.DataFrame([{name: row.get(name) for name in STATEMENTS} for row in rows], schema=STATEMENTS)
    said.facts = replace(facts, lines=facts.lines.with_columns(label=label), statements=statements)


def test_going_on_where_files_state_payments_is_concluding_of_everything() -> None:
    for seed in (1, 2):
        said = _Said(seeded(seed, 60), Random(f"{seed}"))
        _stating(said)
        _go_on_and_compare(said, 4)


def test_an_invoice_of_another_client_that_is_paid_leaves_no_doubt_of_which_one_owes_that_amount() -> None:
    due = START + timedelta(days=30)
    bills = [Bill(f"FA-2025-{n}", CLIENTS[n], START, due, Decimal(150)) for n in (1, 2)]
    labels = {"L1": "VIR FRERES", "L2": "VIR INCONNU"}
    payments = [Payment(i, due, Decimal(150), "single", Said(label, "")) for i, label in labels.items()]
    said = _Said(Seeded(CLIENTS, bills, payments, 0.0), Random("1"))
    before = conclude(said.ledger(), said.people)
    assert before.matching.suggestions["L1"][0].rule != "part_of_name_and_amount"
    said.give([("bank", "L2", "FA-2025-2", Decimal(150), None)], "L2")
    after = conclude(said.ledger(), said.people, before)
    assert after.matching.suggestions["L1"][0].rule == "part_of_name_and_amount"
    assert _answers(after.matching) == _answers(match(said.ledger(), said.people))


def test_a_line_that_comes_back_to_the_rules_is_in_doubt_where_another_client_owes_that_amount_too() -> None:
    due = START + timedelta(days=30)
    bills = [Bill(f"FA-2025-{n}", CLIENTS[n], START, due, Decimal(150)) for n in (1, 2)]
    payments = [Payment("L1", due, Decimal(150), "single", Said("VIR FRERES", ""))]
    said = _Said(Seeded(CLIENTS, bills, payments, 0.0), Random("1"))
    known = conclude(said.ledger(), said.people)
    doubted = known.matching.suggestions["L1"]
    for aside in (frozenset({"L1"}), frozenset[str]()):
        said.people = replace(said.people, classified=aside)
        known = conclude(said.ledger(), said.people, known)
        assert known.matching.suggestions.get("L1", []) == ([] if aside else doubted)
        assert _answers(known.matching) == _answers(match(said.ledger(), said.people))


def _two_clients_and_a_return() -> _Said:
    """A bill of each of two clients, a receipt of nobody that makes their sum, and a debit that names one of them."""
    due = START + timedelta(days=30)
    bills = [Bill("FA-2025-1", CLIENTS[2], START, due, Decimal(60)), Bill("FA-2025-2", CLIENTS[0], START, due, Decimal(40))]
    payments = [
        Payment("L", due, Decimal(100), "single", Said("VIR INCONNU", "")),
        Payment("R", due, Decimal(-100), "single", Said("REJET PRLV LEA PETIT", "")),
    ]
    return _Said(Seeded(CLIENTS, bills, payments, 0.0), Random("1"))


def test_a_line_that_pays_one_client_only_since_a_decision_may_come_back_whole() -> None:
    said = _two_clients_and_a_return()
    said.give([("bank", "L", "FA-2025-1", Decimal(60), None), ("bank", "L", "FA-2025-2", Decimal(40), None)], "L")
    before = conclude(said.ledger(), said.people)
    assert not before.matching.refunds
    said.facts = replace(said.facts, claims=said.facts.claims.filter(pl.col("document_id") == "FA-2025-1"))
    after = conclude(said.ledger(), said.people, before)
    assert [(one.line_id, one.credit_id) for one in after.matching.refunds] == [("R", "L")]
    assert _answers(after.matching) == _answers(match(said.ledger(), said.people))


def test_a_line_that_pays_two_clients_since_a_decision_comes_back_whole_of_neither() -> None:
    said = _two_clients_and_a_return()
    said.give([("bank", "L", "FA-2025-1", Decimal(60), None)], "L")
    before = conclude(said.ledger(), said.people)
    assert [(one.line_id, one.credit_id) for one in before.matching.refunds] == [("R", "L")]
    said.give([("bank", "L", "FA-2025-2", Decimal(40), None)], "L")
    after = conclude(said.ledger(), said.people, before)
    assert not after.matching.refunds
    assert _answers(after.matching) == _answers(match(said.ledger(), said.people))


def test_a_debit_that_pays_a_supplier_is_settled_too_when_the_client_whom_it_names_is_decided_on() -> None:
    due = START + timedelta(days=30)
    bills = [Bill("FA-2025-1", CLIENTS[2], START, due, Decimal(60)), Bill("FA-2025-2", CLIENTS[2], START, due, Decimal(90))]
    payments = [
        Payment("L", due, Decimal(60), "single", Said("VIR LEA PETIT FA-2025-1", "")),
        Payment("M", due, Decimal(45), "single", Said("VIR INCONNU", "")),
        Payment("R", due + timedelta(days=3), Decimal(-60), "single", Said("REJET PRLV LEA PETIT", "")),
    ]
    said = _Said(Seeded(CLIENTS, bills, payments, 0.0), Random("1"))
    assert [(one.line_id, one.credit_id) for one in conclude(said.ledger(), said.people).matching.refunds] == [("R", "L")]
    named = {"document_id": "P1", "number": "P1", "client_id": "supplier", "direction": "purchase"}
    bought = said.facts.documents.head(1).with_columns(**{name: pl.lit(value) for name, value in named.items()})
    said.facts = replace(said.facts, documents=pl.concat([said.facts.documents, bought]))
    said.give([("bank", "R", "P1", Decimal(60), None)], "R")
    before = conclude(said.ledger(), said.people)
    assert not before.matching.refunds
    said.give([("bank", "M", "FA-2025-2", Decimal(45), None)], "M")
    after = conclude(said.ledger(), said.people, before)
    assert not after.matching.refunds
    assert _answers(after.matching) == _answers(match(said.ledger(), said.people))


def test_a_line_that_is_set_aside_is_reached_from_the_client_whose_a_person_says_it_is() -> None:
    due = START + timedelta(days=30)
    payments = [
        Payment("L", due, Decimal(100), "single", Said("VIR INCONNU", "")),
        Payment("R", due, Decimal(-100), "single", Said("REJET PRLV LEA PETIT", "")),
    ]
    said = _Said(Seeded(CLIENTS, [Bill("FA-2025-1", CLIENTS[2], START, due, Decimal(60))], payments, 0.0), Random("1"))
    said.people = replace(said.people, classified=frozenset("L"))
    before = conclude(said.ledger(), said.people)
    assert not before.matching.refunds
    said.people = replace(said.people, clients={"L": "c"})
    after = conclude(said.ledger(), said.people, before)
    assert [(one.line_id, one.credit_id) for one in after.matching.refunds] == [("R", "L")]
    assert _answers(after.matching) == _answers(match(said.ledger(), said.people))


def test_a_line_that_people_keep_from_the_rules_pays_nothing_and_one_that_they_give_back_does() -> None:
    due = START + timedelta(days=30)
    payments = [Payment("L", due, Decimal(60), "single", Said("VIR LEA PETIT FA-2025-1", ""))]
    said = _Said(Seeded(CLIENTS, [Bill("FA-2025-1", CLIENTS[2], START, due, Decimal(60))], payments, 0.0), Random("1"))
    known = conclude(said.ledger(), said.people)
    assert [claim[0] for claim in known.matching.claims] == ["L"]
    for held in (frozenset("L"), frozenset[str]()):
        said.people = replace(said.people, held=held)
        known = conclude(said.ledger(), said.people, known)
        assert bool(known.matching.claims) == (not held)
        assert _answers(known.matching) == _answers(match(said.ledger(), said.people))


def test_a_decided_line_that_names_one_client_and_pays_another_stays_decided() -> None:
    due = START + timedelta(days=30)
    bills = [Bill(f"FA-2025-{n}", CLIENTS[n], START, due, Decimal(100 + n)) for n in (1, 2)]
    names = [CLIENTS[n].name.upper() for n in (1, 1)]
    payments = [Payment(f"L{n}", due, Decimal(90 + n), "single", Said(f"VIR {name}", "")) for n, name in enumerate(names)]
    said = _Said(Seeded(CLIENTS, bills, payments, 0.0), Random("1"))
    said.give([("bank", "L0", "FA-2025-2", Decimal(90), None)], "L0")  # it names the client of the other invoice
    before = conclude(said.ledger(), said.people)
    said.give([("bank", "L1", "FA-2025-1", Decimal(91), None)], "L1")
    after = conclude(said.ledger(), said.people, before)
    assert "L0" not in after.matching.attributions
    assert _answers(after.matching) == _answers(match(said.ledger(), said.people))
