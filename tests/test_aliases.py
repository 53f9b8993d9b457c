"""What people's matches teach of payers, and how it is seen, contested and taken away."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company, money

from models.errors import Refused
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.reconcile.aliases import forget, learned
from pipelines.reconcile.confirm import confirm
from pipelines.reconcile.decide import accept, allocate, allocate_many, attribute, refuse
from pipelines.reconcile.payers import payer_words, pays_for_others
from pipelines.reconcile.people import run_people

_IBAN = "FR76 3000 6000 0112 3456 7890 189"
_PLAIN = "FR7630006000011234567890189"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    made.bill("F-1001", "Durand", "100.00").bill("F-1002", "Martin", "50.00").bill("F-1003", "Durand", "75.00")
    made.line("L1", "100.00", "VIR SEPA RECU /DE HOLDING ZEPHYR /MOTIF NOTPROVIDED /REF 1", counterparty_iban=_IBAN)
    made.line("L2", "50.00", "VIR SEPA RECU /DE HOLDING ZEPHYR /MOTIF NOTPROVIDED /REF 2", counterparty_iban=_IBAN, on=11)
    made.line("L3", "75.00", "VIR SEPA RECU /DE HOLDING ZEPHYR /MOTIF NOTPROVIDED /REF 3", on=12).save()
    yield made
    made.store.close()


def known(company: Company) -> set[tuple[str, str, str]]:
    """Kind, value and client of each alias."""
    return set(learned(company.store, run_ledger(company.store)).select("kind", "value", "client").iter_rows())


def used(company: Company) -> dict[str, str]:
    """What the rules are told: names and IBANs with their client."""
    people = run_people(company.store, run_ledger(company.store))
    return {**people.aliases, **people.ibans}


_TAUGHT = {("name", "zephyr", "Durand"), ("iban", _PLAIN, "Durand")}


def test_a_match_by_a_person_teaches_who_pays_for_the_client_and_undo_takes_it_away(company: Company) -> None:
    change = allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    assert known(company) == _TAUGHT
    assert used(company) == {"zephyr": "Durand", _PLAIN: "Durand"}
    undo(company.store, change, author=ME)
    assert (known(company), used(company)) == (set(), {})


def test_what_was_taught_settles_the_next_payment_of_that_payer(company: Company) -> None:
    company.reconcile()
    assert company.claims() == {}
    allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    company.reconcile()
    assert company.claims()["L3", "F-1003"] == money("75.00")


def test_attributing_and_confirming_teach_too(company: Company) -> None:
    change = attribute(company.store, "L1", "Durand", author=ME)
    assert known(company) == _TAUGHT
    undo(company.store, change, author=ME)
    company.line("L9", "75.00", "VIR DE HOLDING ZEPHYR MOTIF F-1003", on=14).save().reconcile()
    assert known(company) == set()
    claim = run_ledger(company.store).claims.row(0, named=True)
    confirm(company.store, [claim["claim_id"]], author=ME)
    assert known(company) == {("name", "zephyr", "Durand")}


def test_a_match_to_two_clients_teaches_nothing(company: Company) -> None:
    allocate_many(company.store, [("L1", "F-1001", money("50.00")), ("L1", "F-1002", money("50.00"))], author=ME)
    assert known(company) == set()


@pytest.mark.parametrize(
    "label",
    ["VIR SEPA DURAND REGLEMENT", "VIR SEPA SARL DURAND", "VIR SEPA MARTIN REGLEMENT", "CHEQUE 1234567", "STRIPE PAYMENTS 7"],
)
def test_nothing_is_taught_by_a_client_s_own_name_or_by_no_name(company: Company, label: str) -> None:
    company.line("L9", "75.00", label, on=14).save()
    allocate(company.store, "L9", "F-1003", money("75.00"), author=ME)
    assert known(company) == set()


def test_a_payer_of_two_clients_speaks_for_neither_and_both_are_shown(company: Company) -> None:
    allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    change = allocate(company.store, "L2", "F-1002", money("50.00"), author=ME)
    rows = learned(company.store, run_ledger(company.store))
    assert set(rows.select("value", "client").iter_rows()) == {("zephyr", "Durand"), (_PLAIN, "Durand")}
    assert rows["also_for"].to_list() == [["Martin"], ["Martin"]]
    assert used(company) == {}
    undo(company.store, change, author=ME)
    assert used(company) == {"zephyr": "Durand", _PLAIN: "Durand"}


def test_what_was_forgotten_is_not_learned_again_until_that_is_undone(company: Company) -> None:
    allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    name = learned(company.store, run_ledger(company.store)).row(by_predicate=pl.col("kind") == "name", named=True)
    gone = forget(company.store, name["alias_id"], author=ME)
    assert known(company) == {("iban", _PLAIN, "Durand")}
    allocate(company.store, "L3", "F-1003", money("75.00"), author=ME)
    assert known(company) == {("iban", _PLAIN, "Durand")}
    undo(company.store, gone, author=ME)
    assert known(company) == _TAUGHT
    with pytest.raises(Refused) as refused:
        forget(company.store, "nothing", author=ME)
    assert refused.value.code == "unknown_alias"


def test_two_matches_teach_it_twice_so_that_undoing_one_leaves_it(company: Company) -> None:
    first = allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    second = allocate(company.store, "L3", "F-1003", money("75.00"), author=ME)
    undoing = undo(company.store, second, author=ME)
    assert known(company) == _TAUGHT
    undo(company.store, undoing, author=ME)
    undo(company.store, first, author=ME)
    assert known(company) == {("name", "zephyr", "Durand")}


def test_the_company_s_own_accounts_are_nobody_s_iban(company: Company) -> None:
    with company.store.change("import", ME) as change:
        rows = run_ledger(company.store).accounts.filter(account_id="A").select("account_id", "name", "currency")
        change.insert("account_version", rows.with_columns(iban=pl.lit(_PLAIN)))
    company.line("L9", "75.00", "VIR X", on=14, counterparty_iban=_IBAN).save()
    attribute(company.store, "L9", "Durand", author=ME)
    assert known(company) == set()


def test_what_an_amount_alone_taught_only_proposes_until_it_is_confirmed(company: Company) -> None:
    company.line("L4", "75.00", "VIR HOLDING ZEPHYR 4", on=13).bill("F-1004", "Durand", "61.00")
    company.line("L5", "61.00", "VIR HOLDING ZEPHYR 5", on=14).save()
    accept(company.store, "L1", candidate=1, author=ME)
    assert [way.rule for way in company.matching().suggestions["L3"]] == ["alias_seen_once"]
    assert used(company) == {}
    company.reconcile()
    assert set(company.claims()) == {("L1", "F-1001")}
    rows = learned(company.store, run_ledger(company.store)).select("confirmed", "is_sure")
    assert set(rows.iter_rows()) == {(1, False)}
    second = accept(company.store, "L3", candidate=1, author=ME)
    company.reconcile()
    assert company.claims()["L5", "F-1004"] == money("61.00")
    undo(company.store, second, author=ME)
    company.reconcile()
    assert set(company.claims()) == {("L1", "F-1001")}


def test_a_person_s_word_on_the_client_makes_an_alias_sure(company: Company) -> None:
    accept(company.store, "L1", candidate=1, author=ME)
    attribute(company.store, "L1", "Durand", author=ME)
    assert used(company) == {"zephyr": "Durand", _PLAIN: "Durand"}
    rows = learned(company.store, run_ledger(company.store)).select("confirmed", "is_sure")
    assert set(rows.iter_rows()) == {(1, True)}


def test_what_a_detached_match_taught_is_known_no_more(company: Company) -> None:
    accept(company.store, "L1", candidate=1, author=ME)
    claim = run_ledger(company.store).claims["claim_id"].item()
    change = refuse(company.store, claim, author=ME)
    assert (known(company), used(company)) == (set(), {})
    undo(company.store, change, author=ME)
    assert known(company) == _TAUGHT


@pytest.mark.parametrize(
    "label",
    [
        "VIR TRUC",  # too short to be anybody's
        "VIR CHANTIER",  # a word of the trade
        "VIR MAISON TRAVAUX",
        "VIR FACTURE BELLEVUE",  # what is paid, not who pays
        "VIR PLOMBERIE LEROY",  # words of another client's name
    ],
)
def test_words_that_could_name_no_payer_are_not_learned(company: Company, label: str) -> None:
    company.bill("F-2001", "Leroy Plomberie Chauffage", "12.00").line("L9", "75.00", label, on=14).save()
    allocate(company.store, "L9", "F-1003", money("75.00"), author=ME)
    assert known(company) == set()


def test_a_word_that_several_payers_write_is_not_learned(company: Company) -> None:
    for n, payer in enumerate(("KERMADEC", "OUESSANT", "BELLEVUE")):
        company.line(f"M{n}", "1.00", f"VIR {payer} LUMINA", on=13)
    company.line("L9", "75.00", "VIR LUMINA", on=14).save()
    allocate(company.store, "L9", "F-1003", money("75.00"), author=ME)
    assert known(company) == set()


def test_a_payer_whose_numbered_payment_was_another_client_s_is_not_learned(company: Company) -> None:
    company.line("M1", "50.00", "VIR LUMINA F-1002", on=13).line("L9", "75.00", "VIR LUMINA", on=14).save().reconcile()
    assert company.claims() == {("M1", "F-1002"): money("50.00")}
    allocate(company.store, "L9", "F-1003", money("75.00"), author=ME)
    assert known(company) == set()


def test_an_accepted_suggestion_teaches_the_payer(company: Company) -> None:
    accept(company.store, "L2", candidate=1, author=ME)
    assert known(company) == {("name", "zephyr", "Martin"), ("iban", _PLAIN, "Martin")}


@pytest.mark.parametrize(
    ("label", "counterparty", "words"),
    [
        ("VIR SEPA RECU /DE MAISON FERRAND /MOTIF FACT 2025-014 /REF NOTPROVIDED", None, "maison ferrand"),
        ("VIR RECU 9907123456 DE: SARL DUPRÉ & FILS MOTIF: F2025-001 REF: X", None, "dupre et fils"),
        ("VIREMENT EN VOTRE FAVEUR PHARMACIE DU PORT REGLEMENT FACTURE", None, "pharmacie du port"),
        ("VIR INST VERS ATELIER LUMEN DE GARAGE NOVAL FACT 12", None, "garage noval"),
        ("REMISE CHEQUE N° 1234567", None, ""),
        ("Prestation mars", "Studio Kéval", "studio keval"),
        ("STRIPE PAYMENTS EUROPE PO123", None, ""),
        ("VIR DRFIP ILE DE FRANCE 2026", None, ""),
        ("VIR SEPA RECU /DE ABC /MOTIF 12", None, ""),
    ],
)
def test_the_payer_s_words_of_a_label(label: str, counterparty: str | None, words: str) -> None:
    assert payer_words(label, counterparty, own="Atelier Lumen") == words


def test_payment_services_and_treasuries_pay_for_others() -> None:
    assert pays_for_others("GOCARDLESS PARIS 77")
    assert pays_for_others("VIR 1", "DRFIP Île-de-France")
    assert not pays_for_others("VIR DURAND")
