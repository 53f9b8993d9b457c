"""What explains an amount: sums, differences, payouts; and what a person may choose from."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time

import pytest
from small_store import Company, day, money

from models.settings import Settings
from pipelines.ledger import run_ledger
from pipelines.reconcile.book import Book, Invoice, Line
from pipelines.reconcile.differences import discount_of, fee_of, is_instalment, is_rounding, may_write_off
from pipelines.reconcile.match import match
from pipelines.reconcile.payouts import Payouts
from pipelines.reconcile.people import People
from pipelines.reconcile.sums import CHANCE, only_sum, sums_of
from pipelines.reconcile.ways import Candidate

DAY = date(2026, 3, 31)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.store.close()


def _invoice(due: date = DAY, amount: str = "100.00", client: str = "c") -> Invoice:
    return Invoice(client, date(due.year, due.month, 1), "EUR", "F", due, money(amount))


def _owed(*amounts: str) -> dict[str, Decimal]:
    return {f"f{n}": money(amount) for n, amount in enumerate(amounts, start=1)}


def _sums(target: str, *amounts: str) -> list[tuple[str, ...]]:
    owed = _owed(*amounts)
    return [found.document_ids for found in sums_of(owed, money(target), dict.fromkeys(owed, _invoice()), DAY).found]


def test_a_sum_is_found_among_the_open_invoices_in_the_order_of_their_due_dates() -> None:
    assert _sums("350.05", "100.02", "77.10", "250.03") == [("f1", "f3")]
    assert _sums("350.06", "100.02", "77.10", "250.03") == []
    assert _sums("250.03", "100.02", "77.10", "250.03") == []


def test_several_sums_are_all_found() -> None:
    assert sorted(_sums("100.00", "50.00", "50.00", "50.00")) == [("f1", "f2"), ("f1", "f3"), ("f2", "f3")]


def test_round_amounts_make_sums_by_chance_and_odd_ones_hardly() -> None:
    invoices = dict.fromkeys(_owed(*["1"] * 6), _invoice())
    odd = sums_of(_owed("1234.56", "871.13", "402.77", "2310.09", "655.31", "99.41"), money("1273.90"), invoices, DAY)
    assert odd.found[0].document_ids == ("f2", "f3")
    assert odd.chance < CHANCE
    round_ = sums_of(_owed("1200.00", "800.00", "400.00", "2300.00", "600.00", "100.00"), money("500.00"), invoices, DAY)
    assert round_.found[0].document_ids == ("f3", "f6")
    assert round_.chance > CHANCE


def test_among_many_invoices_only_a_plain_sum_is_known_to_be_the_only_one() -> None:
    owed = _owed(*[f"{n * n * 37 + 101}.{n:02d}" for n in range(1, 21)])
    invoices = {i: _invoice(date(2026, 1 + n % 3, 5)) for n, i in enumerate(owed)}
    every = sums_of(owed, sum(owed.values(), Decimal(0)), invoices, DAY)
    assert (every.found[0].is_plain, every.is_complete) == (True, True)
    some = sums_of(owed, owed["f3"] + owed["f11"], invoices, DAY)
    assert some.is_complete is False


def test_the_oldest_of_very_many_invoices_are_added_up_once() -> None:
    owed = _owed(*(f"{n}.01" for n in range(1, 30_001)))
    started = process_time()
    found = sums_of(owed, sum(list(owed.values())[:20_000], Decimal(0)), dict.fromkeys(owed, _invoice(date(2027, 1, 5))), DAY)
    assert process_time() - started < 2
    assert [(len(one.document_ids), one.is_plain) for one in found.found] == [(20_000, True)]


def test_the_only_set_of_numbered_invoices_that_makes_the_amount() -> None:
    owed = _owed("10.00", "20.00", "30.00")
    assert only_sum(owed.items(), money("50.00")) == ("f2", "f3")
    assert only_sum(owed.items(), money("30.00")) is None
    assert only_sum(owed.items(), money("11.00")) is None


def test_a_discount_is_shared_among_the_invoices_to_the_cent() -> None:
    assert discount_of(_owed("100.00", "33.35"), money("130.68"), Settings()) == (
        ("f1", money("2.00"), "discount"),
        ("f2", money("0.67"), "discount"),
    )
    assert discount_of(_owed("100.00"), money("91.00"), Settings()) == ()
    assert discount_of(_owed("100.00"), money("96.00"), Settings()) == ()
    assert discount_of(_owed("100.00"), money("96.00"), Settings(discount_tolerance=money("4"))) != ()


def test_a_bank_fee_is_off_the_last_invoice() -> None:
    assert fee_of(_owed("100.00", "50.00"), money("135.00"), Settings()) == (("f2", money("15.00"), "bank_fee"),)
    assert fee_of(_owed("100.00"), money("60.00"), Settings()) == ()


def test_a_bank_fee_is_within_the_setting_and_a_fifth_of_the_invoices() -> None:
    assert fee_of(_owed("55.00"), money("25.00"), Settings()) == ()
    assert fee_of(_owed("55.00"), money("44.00"), Settings()) == (("f1", money("11.00"), "bank_fee"),)
    assert fee_of(_owed("900.00"), money("888.00"), Settings(fee_tolerance=money("10.00"))) == ()
    assert may_write_off(Settings(), "bank_fee", asked=money("55.00")) == money("11.00")
    assert may_write_off(Settings(), "bank_fee", asked=money("900.00")) == money("30.00")


def test_instalments_and_cents() -> None:
    assert is_instalment(money("100.00"), money("33.33"), ())
    assert not is_instalment(money("100.00"), money("37.00"), ())
    assert is_instalment(money("100.00"), money("37.00"), {money("0.37")})
    near = ("100.00", "99.00", "101.00", "98.99")
    assert [is_rounding(money("100.00"), money(x), Settings()) for x in near] == [False, True, True, False]
    assert not is_rounding(money("100.00"), money("99.00"), Settings(tolerance=money("0.50")))


def _payouts(label: str, amount: str, *owed: str) -> list[Candidate]:
    invoices = {i: _invoice(amount=str(part), client=i) for i, part in _owed(*owed).items()}
    book = Book(invoices, _owed(*owed), {}, frozenset())
    return list(Payouts(book).of(Line("L", DAY, money(amount), "EUR", label)))


def test_a_card_remittance_says_its_gross_and_fee() -> None:
    (found,) = _payouts("REMISE CB 310326 CONTRAT 1234567 BRUT 300,00 COM 4,50", "295.50", "100.00", "200.00", "70.00")
    assert found.parts == (("f1", money("100.00")), ("f2", money("195.50")))
    assert found.gaps == (("f2", money("4.50"), "bank_fee"),)
    assert _payouts("REMISE CB 310326 BRUT 300,00 COM 4,50", "290.00", "300.00") == []


def test_a_platform_keeps_a_usual_fee() -> None:
    (found,) = _payouts("STRIPE PAYMENTS EUROPE PO12", "98.25", "100.00", "101.00")
    assert (found.parts, found.gaps) == ((("f1", money("98.25")),), (("f1", money("1.75"), "bank_fee"),))
    assert _payouts("VIR DURAND", "98.25", "100.00") == []


def test_a_deposit_of_cheques_is_the_sum_of_so_many_invoices() -> None:
    (two,) = _payouts("REMISE CHEQUES N° 8467716", "170.00", "100.00", "70.00", "35.00")
    assert [i for i, _ in two.parts] == ["f1", "f2"]
    assert _payouts("REM CHQ 8467716 3 CHQ", "170.00", "100.00", "70.00", "35.00") == []


def test_cheques_that_a_label_counts_are_no_single_invoice(company: Company) -> None:
    company.bill("F-1", "Petit", "600.00").bill("F-2", "Blanc", "480.17").bill("F-3", "Brun", "119.83")
    assert _candidates(company.line("L", "600.00", "REM CHQ 8467716 2 CHQ"), "L") == [
        ("cheques", {"F-2": money("480.17"), "F-3": money("119.83")})
    ]


@pytest.mark.parametrize("label", ["VERSEMENT CHEQUES 12/03", "DEPOT DE CHQ 8467716", "Vrst 2 chèques", "CHEQUES REMIS AG 00412"])
def test_banks_have_several_words_for_a_deposit_of_cheques(label: str) -> None:
    (two,) = _payouts(label, "170.00", "100.00", "70.00", "35.00")
    assert [i for i, _ in two.parts] == ["f1", "f2"]


def test_a_deposit_holds_up_to_five_cheques() -> None:
    owed = ("517.23", "88.41", "1204.60", "333.07", "72.90", "961.18", "415.55")
    (five,) = _payouts("REMISE DE 5 CHEQUES", str(sum(map(money, owed[:5]))), *owed)
    assert [i for i, _ in five.parts] == ["f1", "f2", "f3", "f4", "f5"]
    assert _payouts("REMISE DE 4 CHEQUES", str(sum(map(money, owed[:5]))), *owed) == []


@pytest.mark.parametrize(
    "net",
    ["620.02", "620.03"],  # 1.5 % of 630.23 is 9.45; of each of the three it is 7.76 + 1.33 + 0.37, a cent more
    ids=["of each", "of all"],
)
def test_a_platform_keeps_its_fee_of_several_payments(net: str) -> None:
    (found,) = _payouts("STRIPE PAYMENTS EUROPE PO12", net, "517.23", "88.41", "24.59", "1204.60", "333.07")
    assert (found.rule, [i for i, _ in found.parts]) == ("payout_of_several", ["f1", "f2", "f3"])
    assert sum(part for _, part in found.parts) == money(net)
    assert found.gaps == (("f3", money("630.23") - money(net), "bank_fee"),)
    assert _payouts("STRIPE PAYMENTS EUROPE PO12", "619.90", "517.23", "88.41", "24.59", "1204.60", "333.07") == []


def test_sums_that_chance_would_make_are_not_proposed() -> None:
    many = tuple(f"{cents / 100:.2f}" for cents in range(3000, 20000, 431))
    assert len(many) == 40
    assert _payouts("REMISE CHEQUES N° 8467716", str(sum(map(money, many[3:8]))), *many) == []


def _candidates(company: Company, line: str) -> list[tuple[str, dict[str, Decimal]]]:
    return [(c.rule, dict(c.parts)) for c in company.save().matching().suggestions.get(line, [])]


def test_a_discount_or_fee_is_proposed_with_what_it_writes_off(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "1000.00").bill("FACT-2026-002", "Durand", "412.37").bill("F3", "Martin", "1000.00")
    company.line("L1", "980.00", "VIR DURAND").line("L2", "985.00", "VIR SEPA FACT-2026-001 FACT-2026-002", on=11).save()
    found = company.matching().suggestions
    assert (found["L1"][0].rule, found["L1"][0].gaps) == ("name_and_discount", (("FACT-2026-001", money("20.00"), "discount"),))
    assert found["L2"][-1].rule == "numbers_partial"


def test_a_credit_note_deducted_is_used_with_the_payment(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "1000.00").note("AV-2026-001", "Durand", "123.45", issued=5)
    company.line("L1", "876.55", "VIR DURAND").save()
    first = company.matching().suggestions["L1"][0]
    assert (first.rule, first.parts) == ("name_less_credit", (("FACT-2026-001", money("876.55")),))
    assert first.credits == (("AV-2026-001", "FACT-2026-001", money("123.45")),)


def test_an_instalment_comes_before_the_only_invoice_and_without_either_nothing_is_guessed(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "900.00").line("L1", "300.00", "VIR DURAND").line("L2", "411.00", "VIR DURAND", on=12)
    assert _candidates(company, "L1")[0] == ("name_instalment", {"FACT-2026-001": money("300.00")})
    assert _candidates(company, "L2") == [("name_only_invoice", {"FACT-2026-001": money("411.00")})]
    company.bill("FACT-2026-002", "Durand", "777.00")
    assert _candidates(company, "L2") == []


def test_twins_come_in_the_order_of_the_client_s_habit(company: Company) -> None:
    company.bill("F-1000", "Durand", "80.00", issued=-40).line("L0", "80.00", "F-1000", on=20)
    company.bill("F-1001", "Durand", "100.00", issued=-35).bill("F-1002", "Durand", "100.00", issued=-65)
    company.line("L1", "100.00", "VIR DURAND", on=25)
    assert day(20) > day(-10)  # Durand pays thirty days late
    assert [next(iter(parts)) for _, parts in _candidates(company, "L1")] == ["F-1001", "F-1002"]


def test_a_stopped_rule_only_proposes_and_a_classified_line_is_no_payment(company: Company) -> None:
    company.bill("FACT-2026-001", "Durand", "100.00").line("L1", "100.00", "DURAND FACT-2026-001").save()
    ledger, people = run_ledger(company.store), People()
    assert [claim[:2] for claim in match(ledger, people).claims] == [("L1", "FACT-2026-001")]
    other = match(ledger, replace(people, stopped=frozenset(["number"])))
    assert [claim[3] for claim in other.claims] == ["name_and_amount"]
    every = match(ledger, replace(people, stopped=frozenset(["number", "name_and_amount"])))
    assert (every.claims, every.suggestions["L1"][0].rule) == ([], "number")
    aside = match(ledger, replace(people, classified=frozenset(["L1"])))
    assert (aside.claims, aside.suggestions, aside.attributions) == ([], {}, {})
