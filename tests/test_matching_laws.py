"""The laws of matching, on random books: what an allocation may be, and that neither order nor undoing leaves a trace."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matching_books import facts_of, ledger_of, people_of
from matching_clients import Client
from matching_ledgers import START, seeded
from matching_payers import OWN, Bill, Said
from matching_payments import Payment, Seeded
from matching_stores import ANA, all_ids, bring, figures, new_store, unsettled

from models.settings import Settings
from models.tables import CLAIMS, conform
from pipelines.ledger import assemble
from pipelines.reconcile.match import Matching, match
from pipelines.reconcile.run import run_reconcile

CLIENTS = [Client("a", "Durand", "SARL", iban="FR1"), Client("b", "Durand Frères", "SAS", iban="FR2"), Client("c", "Léa Petit")]
AMOUNTS = ("100.00", "50.00", "150.00", "30.00", "33.34")
DAYS = [START + timedelta(days=n) for n in (20, 60, 120, 250, 430)]
FEW = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def _bill(n: int, client: int, amount: str, issued: int, kind: str, currency: str) -> Bill:
    day = START + timedelta(days=issued)
    linked = f"FA-2025-{n:04d}" if kind == "credit_note" and n % 2 else None
    number = f"{'AV' if kind == 'credit_note' else 'FA'}-2025-{n + 1:04d}"
    return Bill(number, CLIENTS[client], day, day + timedelta(days=30), Decimal(amount), kind, linked=linked, currency=currency)


_BILLS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(AMOUNTS),
        st.integers(0, 25),
        st.sampled_from(["invoice"] * 6 + ["credit_note", "deposit"]),
        st.sampled_from(["EUR"] * 9 + ["USD"]),
    ),
    min_size=1,
    max_size=7,
)
_WORDS = (
    "VIR",
    "VIR",
    "VIR SEPA DURAND",
    "VIR DURAND FRERES",
    "LEA PETIT",
    "REMISE CHEQUE 1234567",
    "REJET PRLV DURAND",
    "DURAN",
    "",
)


@st.composite
def books(draw: st.DrawFn) -> Seeded:
    """A few documents of clients with names alike, and bank lines that name some of them, pay them in part, or come back."""
    bills = [_bill(n, *drawn) for n, drawn in enumerate(draw(_BILLS))]
    payments = []
    for n in range(draw(st.integers(3, 10))):
        count = draw(st.sampled_from([1, 1, 1, 1, 2, 0]))
        named = draw(
            st.lists(st.sampled_from(bills), min_size=min(count, len(bills)), max_size=count, unique_by=lambda b: b.number)
        )
        texts = [
            draw(st.sampled_from([b.number, b.number, b.number.replace("-", ""), b.number[3:], b.number[-4:]])) for b in named
        ]
        owed = sum((b.amount for b in named), Decimal(0)) or Decimal(draw(st.sampled_from(AMOUNTS)))
        share = draw(st.sampled_from([Decimal(1)] * 4 + [Decimal("0.5"), Decimal(2), Decimal("0.98")]))
        amount = (owed * share).quantize(Decimal("0.01"))
        sign = draw(st.sampled_from([1] * 6 + [-1]))
        label = " ".join([draw(st.sampled_from(_WORDS)), *texts])
        iban = draw(st.sampled_from([None, None, "FR1", "FR2"]))
        currency = named[0].currency if named else "EUR"
        currency = draw(st.sampled_from([currency] * 9 + ["USD"]))
        said = Said(label, "", iban=iban)
        day = START + timedelta(days=draw(st.integers(10, 60)))
        payments.append(Payment(f"L{n}", day, sign * amount, "single", said, currency=currency))
    return Seeded(CLIENTS, bills, payments, 0.0)


def _matched(made: Seeded) -> Matching:
    ledger = ledger_of(made)
    return match(ledger, replace(people_of(made, ledger), ibans={"FR1": "a", "FR2": "b"}))


@FEW
@given(made=books())
def test_an_allocation_is_positive_within_its_payment_and_owed_on_that_day_in_its_currency(made: Seeded) -> None:
    lines = {p.line_id: p for p in made.payments}
    bills = {b.number: b for b in made.bills}
    given_: dict[str, Decimal] = defaultdict(Decimal)
    found = _matched(made)
    for line_id, number, amount, *_ in found.claims:
        given_[line_id] += amount
        assert amount > 0
        assert bills[number].kind != "credit_note"
        assert bills[number].currency == lines[line_id].currency
    assert all(amount <= lines[line_id].amount for line_id, amount in given_.items())
    assert len({(line_id, number) for line_id, number, *_ in found.claims}) == len(found.claims)
    _all_find_room(made, found)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_rule_allocates_in_seeded_books_is_owed_on_that_day_whole(seed: int) -> None:
    made = seeded(seed, 120)
    ledger = ledger_of(made)
    _all_find_room(made, match(ledger, people_of(made, ledger)))


def _all_find_room(made: Seeded, found: Matching) -> None:
    """Stored beside all other sources, every allocation counts with its whole amount, from its day until it goes back."""
    facts = facts_of(made)
    days = {p.line_id: p.day for p in made.payments}
    rows = [
        {
            "claim_id": f"{line_id}-{number}", "source": "bank", "source_id": line_id, "document_id": number, "amount": amount,
            "date": days[line_id], "is_dated": True, "rule": rule, "by": "rule",
        }
        for line_id, number, amount, rule, _ in found.claims
    ]  # fmt: skip
    refunds = [
        {
            "refund_id": f"r{n}",
            "line_id": r.line_id,
            "credit_id": r.credit_id,
            "kind": r.kind,
            "amount": r.amount,
            "by_person": False,
        }
        for n, r in enumerate(found.refunds)
    ]
    claims = conform(pl.DataFrame(rows, infer_schema_length=None), CLAIMS) if rows else facts.claims.clear()
    if refunds:
        facts = replace(facts, refunds=pl.DataFrame(refunds, schema=facts.refunds.schema))
    ledger = assemble(replace(facts, claims=pl.concat([facts.claims, claims])), Settings(company_name=OWN.title()))
    counted = ledger.allocations.filter(pl.col("by") == "rule", pl.col("source") == "bank")
    for row in ledger.claims.filter(pl.col("by") == "rule", pl.col("source") == "bank").to_dicts():
        counts = counted.filter(pl.col("claim_id") == row["claim_id"])
        never = row["reversed_on"] is not None and counts.is_empty()
        assert never or counts["amount"].unique().to_list() == [row["amount"]], row


def _seeded_matching(**said: frozenset[str] | frozenset[tuple[str, str]]) -> Matching:
    made = seeded(1, 120)
    ledger = ledger_of(made)
    return match(ledger, replace(people_of(made, ledger), **said))  # type: ignore[arg-type]


def test_a_rule_that_was_stopped_gives_nothing_alone_and_proposes_what_it_found() -> None:
    free = _seeded_matching()
    for stopped in {rule for *_, rule, _ in free.claims}:
        found = _seeded_matching(stopped=frozenset([stopped]))
        assert stopped not in {rule for *_, rule, _ in found.claims}
        lines = {line_id for line_id, *_, rule, _ in free.claims if rule == stopped}
        assert lines <= set(found.suggestions) | {line_id for line_id, *_ in found.claims}


def test_a_line_that_no_client_paid_is_neither_matched_nor_proposed() -> None:
    free = _seeded_matching()
    lines = frozenset([*list(free.suggestions)[:10], *(line_id for line_id, *_ in free.claims[:10])])
    found = _seeded_matching(classified=lines)
    assert not lines & {*found.suggestions, *found.attributions, *(line_id for line_id, *_ in found.claims)}


def test_what_a_person_refused_is_neither_matched_nor_proposed() -> None:
    free = _seeded_matching()
    pairs = frozenset(
        [(line_id, number) for line_id, number, *_ in free.claims[:10]]
        + [(line_id, number) for line_id, ways in list(free.suggestions.items())[:10] for number, _ in ways[0].parts]
    )
    found = _seeded_matching(refused=pairs)
    proposed = {(line_id, number) for line_id, ways in found.suggestions.items() for way in ways for number, _ in way.parts}
    assert not pairs & (proposed | {(line_id, number) for line_id, number, *_ in found.claims})


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_number_of_imports_changes_what_is_matched(
    tmp_path_factory: pytest.TempPathFactory, seed: int, order: Random
) -> None:
    made = unsettled(seeded(seed, 30))
    ids = all_ids(made)
    with new_store(made, tmp_path_factory.mktemp("once")) as once, new_store(made, tmp_path_factory.mktemp("bits")) as bits:
        bring(once, made, ids)
        run_reconcile(once, author=ANA)
        order.shuffle(ids)
        for part in (ids[: len(ids) // 3], ids[len(ids) // 3 : -len(ids) // 4], ids[-len(ids) // 4 :]):
            bring(bits, made, part)
            run_reconcile(bits, author=ANA)
        assert figures(bits, DAYS[::2]) == figures(once, DAYS[::2])
        assert run_reconcile(bits, author=ANA).change_id is None
        assert run_reconcile(once, author=ANA).change_id is None


_FIRST = st.sampled_from(["MARTIN", "KERVELLA", "OZANNE", "TREGOUET"])
_SECOND = st.sampled_from(["PLOMBERIE", "CHAUFFAGE", "ET FILS", "SERVICES", "DISTRIBUTION"])
_FORM = st.sampled_from(["", " SARL", " SAS"])


def _bills_of(*owed: tuple[str, Client, str]) -> list[Bill]:
    day = START
    return [Bill(number, client, day, day + timedelta(days=30), Decimal(amount)) for number, client, amount in owed]


def _one_line(clients: list[Client], bills: list[Bill], label: str, amount: str) -> Matching:
    paid = Payment("L", START + timedelta(days=20), Decimal(amount), "single", Said(label, ""))
    made = Seeded(clients, bills, [paid], 0.0)
    ledger = ledger_of(made)
    return match(ledger, people_of(made, ledger))


@FEW
@given(first=_FIRST, second=_SECOND, form=_FORM, amount=st.sampled_from(AMOUNTS), other=st.sampled_from(AMOUNTS))
def test_a_word_that_two_clients_names_share_settles_nothing_alone(
    first: str, second: str, form: str, amount: str, other: str
) -> None:
    """VIR MARTIN, where MARTIN SARL and MARTIN PLOMBERIE are clients: whatever each owes, a person says which it is."""
    one, two = Client("a", first.title(), form.strip()), Client("b", f"{first} {second}".title())
    bills = _bills_of(("FA-2025-0001", one, amount), ("FA-2025-0002", two, other))
    found = _one_line([one, two], bills, f"VIR {first}", amount)
    assert (found.claims, found.attributions) == ([], {})
    assert "FA-2025-0001" in {number for way in found.suggestions["L"] for number, _ in way.parts}


@FEW
@given(number=st.integers(10, 99), shop=st.sampled_from(["OPTIQUE", "GARAGE", "STUDIO"]), names=st.booleans())
def test_a_bare_number_that_a_rivals_exact_amount_contradicts_settles_nothing_alone(
    number: int, shop: str, *, names: bool
) -> None:
    """VIR OPTIQUE 13, where F13 of another client owes the same amount, whether or not a client has that word in its name."""
    one, two = Client("a", f"{shop.title()} Ozanne" if names else "Ozanne"), Client("b", "Kervella")
    bills = _bills_of((str(number), one, "120.00"), (f"F{number}", two, "120.00"))
    found = _one_line([one, two], bills, f"VIR {shop} {number}", "120.00")
    assert (found.claims, list(found.suggestions)) == ([], ["L"])


@FEW
@given(number=st.integers(10, 99), shop=st.sampled_from(["OPTIQUE", "GARAGE", "STUDIO"]))
def test_a_number_that_is_a_part_of_the_payers_name_names_no_invoice(number: int, shop: str) -> None:
    """VIR STUDIO 54 of the client Studio 54, who owes 54 and 55 the same amount."""
    client = Client("a", f"{shop.title()} {number}")
    bills = _bills_of((str(number), client, "120.00"), (str(number + 1), client, "120.00"))
    assert _one_line([client], bills, f"VIR {shop} {number}", "120.00").claims == []
    assert [p[1] for p in _one_line([client], bills, f"VIR {shop} {number} FACTURE {number}", "120.00").claims] == [str(number)]


def test_a_stranger_s_bare_number_settles_nothing_alone() -> None:
    client = Client("a", "Ozanne")
    bills = _bills_of(("13", client, "120.00"))
    assert _one_line([client], bills, "VIR OPTIQUE 13", "120.00").claims == []
    assert len(_one_line([client], bills, "VIR 13", "120.00").claims) == 1
