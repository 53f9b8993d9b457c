"""What is allocated alone, what waits for a person, and what never happens."""

import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_store import ME, Company, money

from models.store import Store
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import
from pipelines.reconcile.labels import labels_of
from pipelines.reconcile.match import Matching, match
from pipelines.reconcile.money_back import refund
from pipelines.reconcile.people import People
from pipelines.reconcile.run import run_matching, run_reconcile
from pipelines.reconcile.transfers import internal_transfers

SAMPLE = Path(__file__).resolve().parent.parent / "sample_data"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.store.close()


def _pairs(found: Matching) -> dict[tuple[str, str], Decimal]:
    return {(line, document): amount for line, document, amount, *_ in found.claims}


def _candidates(found: Matching, line: str) -> list[tuple[str, dict[str, Decimal]]]:
    return [(c.rule, dict(c.parts)) for c in found.suggestions.get(line, [])]


def test_a_number_takes_a_partial_payment_and_then_the_rest(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").line("L1", "40.00", "FACT-2026-001").line(
        "L2", "60.00", "FACT2026001", on=12
    ).save()
    assert _pairs(company.matching()) == {("L1", "FACT-2026-001"): money("40.00"), ("L2", "FACT-2026-001"): money("60.00")}


def test_several_numbers_take_their_exact_sum_but_never_a_part_of_it(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").bill("FACT-2026-002", "Durand", "50.00")
    company.line("L1", "117.00", "FACT-2026-001 FACT-2026-002").save()
    assert _pairs(company.matching()) == {}
    assert _candidates(company.matching(), "L1")[0][0] == "numbers_partial"
    company.line("L2", "150.00", "FACT-2026-001/002", on=11).save()
    assert _pairs(company.matching()) == {("L2", "FACT-2026-001"): money("100.00"), ("L2", "FACT-2026-002"): money("50.00")}


def test_one_payment_settles_the_invoices_of_two_clients_only_exactly(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").bill("FACT-2026-002", "Martin", "50.00")
    company.line("L1", "160.00", "FACT-2026-001 FACT-2026-002").save()
    assert _pairs(company.matching()) == {}
    company.line("L2", "150.00", "FACT-2026-001 FACT-2026-002", on=11).save()
    assert len(_pairs(company.matching())) == 2
    assert company.matching().attributions == {}


def test_what_is_paid_too_much_is_the_client_s(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").line("L1", "130.00", "FACT-2026-001").save().reconcile()
    receipts = run_ledger(company.store).receipts.select("receipt_id", "client_id", "amount").rows()
    assert company.claims() == {("L1", "FACT-2026-001"): money("100.00")}
    assert receipts == [("L1", "Durand", money("130.00"))]


def test_another_currency_is_never_matched(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").line("L1", "100.00", "DURAND FACT-2026-001", currency="USD").save()
    found = company.matching()
    assert (found.claims, found.suggestions) == ([], {})


def test_an_invoice_may_be_paid_shortly_before_its_issue_by_its_number_alone(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00", issued=20).bill("FACT-2026-002", "Martin", "70.00", issued=26)
    company.line("L1", "100.00", "FACT-2026-001", on=10).line("L2", "70.00", "MARTIN FACT-2026-002", on=10)
    company.bill("FACT-2026-003", "Petit", "30.00", issued=12).line("L3", "30.00", "VIR PETIT", on=10).save()
    assert _pairs(company.matching()) == {("L1", "FACT-2026-001"): money("100.00")}
    company.reconcile()
    assert (company.outstanding("FACT-2026-001", 20), company.outstanding("FACT-2026-003", 12)) == (money("0.00"), money("30.00"))


@pytest.mark.parametrize(
    ("label", "amount", "is_taken"),
    [
        ("VIR DURAND", "100.00", True),
        ("VIR DURAND", "99.00", False),
        ("VIR INCONNU", "100.00", False),
        ("DURAND 2026-001", "40.00", True),
        ("2026-001", "100.00", True),
        ("2026-001", "40.00", False),
        ("MARTIN 2026-001", "100.00", False),
        ("MARTIN FACT-2026-001", "100.00", True),
        ("MARTIN FACT-2026-001", "40.00", False),
    ],
)
def test_evidence_decides_alone_only_when_it_leaves_no_doubt(
    company: Company, label: str, amount: str, *, is_taken: bool
) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").bill("FACT-2026-009", "Martin", "5.00").line("L1", amount, label).save()
    assert bool(_pairs(company.matching())) is is_taken


def test_a_bare_number_needs_the_exact_amount_and_no_twin(company: Company) -> None:
    company.bill("12", "Durand", "100.00").line("L1", "40.00", "DURAND 12").line("L2", "100.00", "VIR 12", on=11).save()
    assert _pairs(company.matching()) == {("L2", "12"): money("100.00")}
    company.bill("13", "Martin", "100.00").save()
    assert _pairs(company.matching()) == {}


def test_twins_of_one_amount_are_suggestions_in_which_the_truth_stands(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").bill("FACT-2026-002", "Durand", "100.00").bill(
        "FACT-2026-003", "Martin", "100.00"
    )
    company.line("L1", "100.00", "VIR DURAND").line("L2", "100.00", "REMISE CHEQUE 7654321", on=11).save()
    found = company.matching()
    assert found.claims == []
    assert [next(iter(parts)) for _, parts in _candidates(found, "L1")] == ["FACT-2026-001", "FACT-2026-002"]
    assert {rule for rule, _ in _candidates(found, "L2")} == {"amount_twins"}
    assert len(_candidates(found, "L2")) == 3


def test_what_a_partial_payment_leaves_is_proposed_by_its_amount(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").line("L1", "40.00", "FACT-2026-001").line(
        "L2", "60.00", "CHEQUE", on=11
    ).save()
    assert _candidates(company.matching(), "L2") == [("amount_only", {"FACT-2026-001": money("60.00")})]


def test_a_label_that_names_a_paid_invoice_pays_no_other_one_alone(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").bill("FACT-2026-002", "Durand", "100.00", issued=5)
    company.line("L1", "100.00", "DURAND FACT-2026-001").line("L2", "100.00", "DURAND FACT-2026-001", on=20).save()
    found = company.matching()
    assert _pairs(found) == {("L1", "FACT-2026-001"): money("100.00")}
    assert "L2" in found.suggestions


def test_a_credit_note_dated_later_than_the_payment_comes_after_it(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").note("AV-2026-001", "Durand", "100.00", issued=20, linked="FACT-2026-001")
    company.line("L1", "100.00", "FACT-2026-001").save().reconcile()
    assert company.claims() == {("L1", "FACT-2026-001"): money("100.00")}
    credit = run_ledger(company.store).allocations.filter(pl.col("source") == "credit_note")
    assert credit.is_empty()


def test_a_credit_note_dated_before_the_payment_leaves_less_to_pay(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").note("AV-2026-001", "Durand", "30.00", issued=5, linked="FACT-2026-001")
    company.line("L1", "70.00", "VIR DURAND").save()
    assert _pairs(company.matching()) == {("L1", "FACT-2026-001"): money("70.00")}


def test_a_returned_payment_reopens_its_invoice_and_a_later_one_pays_it(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").line("L1", "100.00", "PRLV DURAND FACT-2026-001")
    company.line("D1", "-100.00", "REJET PRLV DURAND FACT-2026-001", on=15).line(
        "L2", "100.00", "FACT-2026-001", on=20
    ).save().reconcile()
    owed = [company.outstanding("FACT-2026-001", on) for on in (9, 10, 14, 15, 19, 20)]
    assert owed == [money(x) for x in ("100.00", "0.00", "0.00", "100.00", "100.00", "0.00")]
    assert company.reconcile().change_id is None


def test_a_payment_that_a_person_allocated_can_come_back_too(company: Company) -> None:
    from pipelines.reconcile.decide import accept

    company.bill("FACT-2026-001", "Durand", "100.00").line("L1", "100.00", "REMISE CHEQUE").save()
    accept(company.store, "L1", candidate=None, author=ME)
    company.line("D1", "-100.00", "CHEQUE IMPAYE DURAND", on=15).line("L2", "100.00", "VIR DURAND", on=20).save().reconcile()
    assert [company.outstanding("FACT-2026-001", on) for on in (10, 15, 20)] == [money("0.00"), money("100.00"), money("0.00")]
    assert company.reconcile().change_id is None


def test_a_return_that_fits_two_payments_is_left_to_a_person(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").bill("FACT-2026-002", "Durand", "100.00")
    company.line("L1", "100.00", "FACT-2026-001").line("L2", "100.00", "FACT-2026-002").line(
        "D1", "-100.00", "REJET DURAND", on=15
    ).save()
    assert company.matching().refunds == []
    company.line("D2", "-100.00", "REJET FACT-2026-002", on=16).save()
    assert [r.credit_id for r in company.matching().refunds] == ["L2"]


@pytest.mark.parametrize(
    ("label", "amount", "is_refund"),
    [
        ("VIR REMBOURSEMENT AV-2026-001", "-30.00", True),
        ("DURAND 2026-001", "-30.00", True),
        ("LOYER 2026-001", "-30.00", False),
        ("AV-2026-001", "-31.00", False),
    ],
)
def test_a_debit_refunds_a_credit_note_that_it_names_surely(
    company: Company, label: str, amount: str, *, is_refund: bool
) -> None:
    company.note("AV-2026-001", "Durand", "30.00").line("D1", amount, label).line("D2", amount, label, on=12).save()
    assert [(r.line_id, r.credit_id) for r in company.matching().refunds] == ([("D1", "AV-2026-001")] if is_refund else [])


def test_a_credit_note_that_its_invoice_used_is_not_refunded(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").note("AV-2026-001", "Durand", "30.00", linked="FACT-2026-001")
    company.line("D1", "-30.00", "REMBOURSEMENT AV-2026-001").save()
    assert company.matching().refunds == []


def test_a_transfer_between_own_accounts_has_two_sides_and_no_client(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").line("A1", "-100.00", "VIR INTERNE")
    company.line("B1", "100.00", "VIR INTERNE", on=11, account_id="B").line("B2", "100.00", "VIR DURAND", account_id="B").save()
    lines = run_ledger(company.store).lines
    assert internal_transfers(lines, labels_of(lines)) == {"A1", "B1"}
    assert _pairs(company.matching()) == {("B2", "FACT-2026-001"): money("100.00")}


_BILLS = st.lists(
    st.tuples(st.sampled_from(["Durand", "Martin"]), st.sampled_from(["50.00", "100.00", "150.00"])), min_size=1, max_size=5
)
_PAYMENTS = st.lists(
    st.tuples(
        st.sampled_from(["50.00", "100.00", "150.00", "40.00"]),
        st.integers(0, 30),
        st.integers(1, 6),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(bills=_BILLS, payments=_PAYMENTS, order=st.randoms(use_true_random=False))
def test_the_result_depends_neither_on_the_order_of_imports_nor_on_the_number_of_runs(
    tmp_path_factory: pytest.TempPathFactory,
    bills: list[tuple[str, str]],
    payments: list[tuple[str, int, int, bool, bool]],
    order: object,
) -> None:
    steps: list[tuple[str, tuple[object, ...]]] = [
        ("bill", (f"FACT-2026-00{n}", client, amount, n)) for n, (client, amount) in enumerate(bills, start=1)
    ]
    for n, (amount, on, number, has_number, has_name) in enumerate(payments, start=1):
        label = " ".join(["VIR", *([f"FACT-2026-00{number}"] if has_number else []), *(["DURAND"] if has_name else [])])
        steps.append(("line", (f"L{n}", amount, label, on)))
    whole, bit_by_bit = Company(tmp_path_factory.mktemp("a")), Company(tmp_path_factory.mktemp("b"))
    for name, arguments in steps:
        getattr(whole, name)(*arguments)
    whole.save().reconcile()
    order.shuffle(steps)  # type: ignore[attr-defined]
    for name, arguments in steps:
        getattr(bit_by_bit, name)(*arguments)
        bit_by_bit.save().reconcile()
    assert bit_by_bit.claims() == whole.claims()
    assert bit_by_bit.figures() == whole.figures()
    assert bit_by_bit.reconcile().change_id is None
    owed = dict(run_ledger(whole.store).documents.select("document_id", "amount").iter_rows())
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (_, document), given_ in whole.claims().items():
        sums[document] += given_
    assert all(given_ <= owed[document] for document, given_ in sums.items())
    whole.store.close()
    bit_by_bit.store.close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Matching, dict[str, str], dict[str, str]]:
    """The sample as imported, before any person said anything: what the rules conclude, bank ids and invoice numbers."""
    with Store.open(tmp_path_factory.mktemp("sample") / "s.duckdb", create=True) as store:
        for name in ("factures.csv", "banque_courant.ofx", "banque_livret.csv"):
            run_import(store, (SAMPLE / name).read_bytes(), name, author=ME)
        run_reconcile(store, author=ME)
        ledger = run_ledger(store)
        numbers = dict(ledger.documents.select("document_id", "number").iter_rows())
        return run_matching(store, ledger), dict(ledger.lines.select("line_id", "bank_id").iter_rows()), numbers


_Sample = tuple[Matching, dict[str, str], dict[str, str]]


def _truth() -> dict[str, dict[str, Decimal]]:
    manifest = json.loads((SAMPLE / "manifest.json").read_text("utf-8"))
    return {bank_id: {number: Decimal(amount) for number, amount in parts} for bank_id, parts in manifest["allocations"].items()}


def test_every_automatic_match_of_the_sample_is_right_and_nine_in_ten_are_found(sample: _Sample) -> None:
    matching, bank_ids, numbers = sample
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for line, document, amount, *_ in matching.claims:
        found[bank_ids[line]][numbers[document]] = amount
    truth = _truth()
    assert {bank_id: parts for bank_id, parts in found.items() if parts != truth.get(bank_id)} == {}
    evidence = json.loads((SAMPLE / "manifest.json").read_text("utf-8"))["evidence"]
    speaking = [bank_id for bank_id in truth if evidence[bank_id]["evidence"] in ("number", "name")]
    assert len(speaking) == 395
    assert sum(bank_id in found for bank_id in speaking) / len(speaking) >= 0.9


def test_a_payment_of_the_sample_that_waits_has_the_truth_among_its_candidates(sample: _Sample) -> None:
    matching, bank_ids, numbers = sample
    truth = _truth()
    waiting = {bank_ids[line]: found for line, found in matching.suggestions.items() if bank_ids[line] in truth}
    ranks = {
        bank_id: next((n for n, c in enumerate(found) if {numbers[i]: a for i, a in c.parts} == truth[bank_id]), None)
        for bank_id, found in waiting.items()
    }
    right = [rank for rank in ranks.values() if rank is not None]

    assert len(right) >= 0.8 * len(waiting)
    assert right.count(0) >= 0.8 * len(right)


@pytest.mark.parametrize(
    ("label", "amount", "rule"),
    [
        ("VIR RF02FACT2026001", "100.00", "reference"),
        ("VIR FACT-2O26-OO1", "100.00", "number"),
        ("VIR ENTREPISE DURAND FERS", "100.00", None),
        ("VIR MENUISERIE DURNAD", "100.00", "likely_name_and_amount"),
        ("VIR DURAND MENUISERIE", "100.00", "likely_name_and_amount"),
        ("VIR MENUISERIE DURAND", "312.34", "name_and_sum"),
        ("VIR MENUISERIE DURAND", "99.97", "name_and_rounding"),
        ("VIR MENUISERIE DURAND", "97.00", None),
        ("VIR FACT-2026-001", "312.34", "number_and_sum"),
        ("VIR FACT-2026-001", "160.00", None),
        ("VIR FACT-2026-001 MENUISERIE DURAND", "212.34", None),
        ("VIR FACT-2026-001", "37.00", None),
        ("VIR FACT-2026-001 MENUISERIE DURAND", "37.00", "number"),
        ("VIR FACT-2026-001", "50.00", "number"),
        ("VIR MENUISERIE DURAND SOLDE 002", "30.00", "number"),
        ("VIR FOURNITOUT REMBOURSEMENT FACT-2026-001", "50.00", None),
    ],
)
def test_what_each_rule_takes_alone(company: Company, label: str, amount: str, rule: str | None) -> None:
    company.bill("FACT-2026-001", "Menuiserie Durand", "100.00").bill("FACT-2026-002", "Menuiserie Durand", "212.34", issued=3)
    company.bill("FACT-2026-003", "Martin", "100.00").bill("FACT-2026-004", "Petit", "98.11").line("L1", amount, label).save()
    assert {claim[3] for claim in company.matching().claims} == ({rule} if rule else set())


def test_numbers_of_two_clients_and_their_exact_sum_are_one_payment(company: Company) -> None:
    company.bill("FACT-2026-012", "Durand", "100.13").bill("FACT-2026-014", "Martin", "50.44")
    company.line("L1", "150.57", "VIR INCONNU FACT-2026-012/014").save()
    assert _pairs(company.matching()) == {("L1", "FACT-2026-012"): money("100.13"), ("L1", "FACT-2026-014"): money("50.44")}


def test_a_part_of_a_name_is_only_proposed(company: Company) -> None:
    """Tresor Décor is not the Trésor public: one word of a name settles nothing alone."""
    company.bill("FACT-2026-001", "Tresor Décor", "131.77").line("L1", "131.77", "VIR TRESOR PUBLIC").save()
    found = company.matching()
    assert found.claims == []
    assert [candidate.rule for candidate in found.suggestions["L1"]][:1] == ["part_of_name_and_amount"]


def test_a_number_does_not_beat_the_name_and_exact_amount_of_another_client(company: Company) -> None:
    company.bill("FA-2026-001", "Durand", "1200.00").bill("FA-2026-002", "Martin Maçonnerie", "1200.00")
    company.line("L1", "1200.00", "VIR SEPA MARTIN MACONNERIE REF FA-2026-001").save()
    assert company.matching().claims == []


@pytest.mark.parametrize("amount", ["500.00", "970.00", "1400.00"])
def test_a_stranger_who_quotes_a_number_with_another_amount_is_not_matched(company: Company, amount: str) -> None:
    company.bill("FA-2026-005", "Lambda Conseil", "1000.00").line("L1", amount, "VIR ENGIE FACTURE FA-2026-005").save()
    assert company.matching().claims == []


def test_a_receipt_whose_label_may_name_another_client_is_nobody_s(company: Company) -> None:
    """Boreal pays with a number of Arcade's that is paid already: Boreal must not be reminded as if nothing had come."""
    company.bill("F-2026-100", "Arcade", "100.00").bill("F-2026-101", "Boréal", "100.00")
    company.line("L1", "100.00", "VIR ARCADE F-2026-100").line("L2", "100.00", "VIR BOREAL POUR F-2026-100", on=12).save()
    found = company.matching()
    assert {claim[0] for claim in found.claims} == {"L1"}
    assert "L2" not in found.attributions


def test_a_receipt_that_went_back_whole_stays_its_client_s_at_every_run(company: Company) -> None:
    company.bill("FA-2026-015", "Chi Travaux", "2500.00").line("L1", "2500.00", "VIR CHI TRAVAUX SOLDE FA-2026-015")
    company.line("L2", "2500.00", "VIR CHI TRAVAUX SOLDE FA-2026-015", on=20)
    company.line("L3", "-2500.00", "VIR SEPA EMIS", on=22).save()
    run_reconcile(company.store, author=ME)
    refund(company.store, "L3", "L2", author=ME)
    figures = []
    for _ in range(3):
        run_reconcile(company.store, author=ME)
        figures.append(company.figures())
    assert figures[0] == figures[1] == figures[2]
    assert run_ledger(company.store).refunds["credit_id"].to_list() == ["L2"]


def test_the_same_amount_twice_within_days_may_be_one_invoice_paid_twice(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00", issued=-40).line("L1", "100.00", "FACT-2026-001", on=5)
    company.bill("FACT-2026-002", "Durand", "100.00", issued=1).line("L2", "100.00", "VIR DURAND", on=9).save()
    assert _pairs(company.matching()) == {("L1", "FACT-2026-001"): money("100.00")}
    company.line("L3", "100.00", "VIR DURAND", on=33).save()
    assert ("L3", "FACT-2026-002") in _pairs(company.matching())


def test_a_known_payer_pays_for_its_client_by_name_or_iban(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").bill("FACT-2026-002", "Martin", "100.00").line("L1", "100.00", "VIR BOREAL")
    company.line("L2", "100.00", "VIREMENT", on=11, counterparty_iban="FR76 3000 6000 0112 3456 7890 189").save()
    ledger = run_ledger(company.store)
    people = People(aliases={"boreal": "Durand"}, ibans={"FR7630006000011234567890189": "Martin"})
    found = [(claim[0], claim[1], claim[3]) for claim in match(ledger, people).claims]
    assert found == [("L1", "FACT-2026-001", "alias_and_amount"), ("L2", "FACT-2026-002", "iban_and_amount")]
