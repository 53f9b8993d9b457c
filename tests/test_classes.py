"""What is no client's payment: shipped rules, the user's own label rules, and a person's word on one line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_store import ME, Company, day, money

from models.errors import Refused
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.reconcile.classes import CATEGORIES, line_kinds, proposed_words, shipped_rules
from pipelines.reconcile.classify import classify, forget_label_rule, label_rules, lines_of_words, set_label_rule
from pipelines.reconcile.decide import allocate, attribute
from pipelines.reconcile.labels import labels_of, plain_words
from pipelines.reconcile.listing import bank_lines


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    made.bill("F-1001", "Durand", "100.00").bill("F-1002", "Martin", "840.00")
    yield made
    made.store.close()


def kinds(company: Company) -> dict[str, tuple[str, str]]:
    """Category and who says so, by line."""
    ledger = run_ledger(company.store)
    rows = line_kinds(ledger, labels_of(ledger.lines))
    return {line_id: (category, by) for line_id, category, by in rows.select("line_id", "category", "by").iter_rows()}


def classes(company: Company) -> dict[str, str]:
    """The class of each line."""
    rows = bank_lines(run_ledger(company.store), as_of=day(90))
    return dict(rows.select("line_id", "class").iter_rows())


@pytest.mark.parametrize(
    ("amount", "label", "category"),
    [
        ("1204.00", "VIR DGFIP REMBOURSEMENT CREDIT DE TVA", "vat_refund"),
        ("310.00", "VIR CPAM DU RHODAN IJSS", "social"),
        ("5000.00", "VIR APPORT EN COMPTE COURANT", "capital"),
        ("20000.00", "DEBLOCAGE PRET 00452871026", "loan"),
        ("83.33", "INTÉRÊTS CRÉDITEURS 2024", "bank_fee"),
        ("6000.00", "VIR SEPA SUBVENTION REGION", "subsidy"),
        ("900.00", "VIR INDEMNITE SINISTRE 2026-7", "insurance"),
        ("-1890.00", "PRLV SEPA SCI DES VERRIERES LOYER 11/2024", "rent"),
        ("-1890.00", "VIR SEPA SALAIRE T MARCILHAC", "payroll"),
        ("-1890.00", "PRLV SEPA URSSAF COTISATIONS", "social"),
        ("-1890.00", "PRLV SEPA DGFIP IMPOT TVA", "tax"),
        ("-24.90", "FRAIS TENUE DE COMPTE 11/2024", "bank_fee"),
        ("-500.00", "VIR INTERNE LIVRET", "internal"),
    ],
)
def test_a_shipped_rule_knows_the_label(company: Company, amount: str, label: str, category: str) -> None:
    company.line("L1", amount, label).save()
    assert kinds(company) == {"L1": (category, "shipped")}
    assert classes(company) == {"L1": category}


@pytest.mark.parametrize(
    ("amount", "label"),
    [
        ("100.00", "VIR DGFIP FACTURE 2026-12"),  # a public client pays
        ("100.00", "VIR URSSAF FACT 1001"),
        ("-100.00", "REJET PRLV ASSURANCE DURAND"),  # a returned payment
        ("100.00", "VIR LOYER MARTIN"),  # rent is a debit; a property manager's clients pay it
        ("100.00", "VIR SUBVENTIONNEE"),  # no whole word
    ],
)
def test_what_may_be_a_client_s_is_left_to_matching(company: Company, amount: str, label: str) -> None:
    company.line("L1", amount, label).save()
    assert kinds(company) == {}


def test_words_of_a_client_s_name_are_no_shipped_rule(company: Company) -> None:
    company.line("L1", "100.00", "VIR URSSAF CHAMPAGNE").line("L2", "100.00", "VIR CPAM").save()
    assert set(kinds(company)) == {"L1", "L2"}
    company.bill("F-1003", "URSSAF Champagne", "100.00").save()
    assert set(kinds(company)) == {"L2"}


def test_what_is_no_client_s_is_neither_matched_nor_proposed_nor_left_to_match(company: Company) -> None:
    company.line("L1", "100.00", "VIR ZEPHYR").line("L2", "77.00", "VIR INCONNU").save()
    before = company.reconcile()
    assert (before.suggested_lines, before.unmatched_lines) == (1, 1)
    classify(company.store, "L1", "insurance", author=ME)
    classify(company.store, "L2", "no_client", author=ME)
    after = company.reconcile()
    assert (after.suggested_lines, after.unmatched_lines) == (0, 0)
    assert classes(company) == {"L1": "insurance", "L2": "no_client"}
    assert company.unmatched(90).is_empty()


def test_a_person_s_word_ends_what_the_rules_matched_and_undo_brings_it_back(company: Company) -> None:
    company.line("L1", "100.00", "VIR F-1001").save().reconcile()
    figures = company.figures()
    assert company.outstanding("F-1001") == money("0.00")
    change = classify(company.store, "L1", "capital", author=ME)
    company.reconcile()
    assert (company.claims(), classes(company)) == ({}, {"L1": "capital"})
    undo(company.store, change, author=ME)
    company.reconcile()
    assert company.figures() == figures


def test_a_person_s_word_wins_over_label_rules_and_those_over_shipped_ones(company: Company) -> None:
    company.line("L1", "900.00", "VIR ALPHA INDEMNITE SINISTRE").line("L2", "900.00", "VIR BETA INDEMNITE SINISTRE").save()
    set_label_rule(company.store, "indemnité sinistre", "subsidy", author=ME)
    classify(company.store, "L2", "client", author=ME)
    assert kinds(company) == {"L1": ("subsidy", "label_rule")}
    classify(company.store, "L2", "rules", author=ME)
    assert kinds(company) == {"L1": ("subsidy", "label_rule"), "L2": ("subsidy", "label_rule")}


def test_classifying_a_line_may_teach_a_label_rule_that_can_be_changed_and_taken_away(company: Company) -> None:
    company.line("L1", "640.00", "VIR SEPA SCI DES LILAS SOUS-LOCATION MARS 2026").save()
    company.line("L2", "640.00", "VIR SEPA SCI DES LILAS SOUS-LOCATION AVRIL 2026", on=40).save()
    change = classify(company.store, "L1", "rent", author=ME, words="")
    assert kinds(company) == {"L1": ("rent", "person"), "L2": ("rent", "label_rule")}
    rules = label_rules(run_ledger(company.store)).to_dicts()
    assert [(r["words"], r["category"], r["lines"]) for r in rules] == [("sci des lilas sous location", "rent", 1)]
    set_label_rule(company.store, "sous location", "no_client", author=ME, replaces=rules[0]["rule_id"])
    rules = label_rules(run_ledger(company.store)).to_dicts()
    assert [(r["words"], r["category"]) for r in rules] == [("sous location", "no_client")]
    forget_label_rule(company.store, rules[0]["rule_id"], author=ME)
    assert kinds(company) == {"L1": ("rent", "person")}
    undo(company.store, change, author=ME)
    assert kinds(company) == {}


def test_the_longer_label_rule_wins(company: Company) -> None:
    company.line("L1", "640.00", "VIR LILAS SOUS-LOCATION").line("L2", "640.00", "VIR LILAS").save()
    set_label_rule(company.store, "lilas", "no_client", author=ME)
    set_label_rule(company.store, "lilas sous location", "rent", author=ME)
    assert kinds(company) == {"L1": ("rent", "label_rule"), "L2": ("no_client", "label_rule")}


def test_the_lines_of_a_rule_are_shown_before_it_is_kept(company: Company) -> None:
    company.line("L1", "640.00", "VIR LILAS SOUS-LOCATION").line("L2", "640.00", "VIR LILASSE").save()
    ledger = run_ledger(company.store)
    assert lines_of_words(ledger, "Lilas")["line_id"].to_list() == ["L1"]
    assert lines_of_words(ledger, " - ").is_empty()


def test_what_cannot_be_said_is_refused_and_nothing_changes(company: Company) -> None:
    company.line("L1", "100.00", "VIR F-1001").save()
    allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    revision = company.store.revision
    acts: dict[str, Callable[[], int]] = {
        "unknown_category": lambda: classify(company.store, "L1", "luck", author=ME),
        "unknown_line": lambda: classify(company.store, "nothing", "rent", author=ME),
        "matched_already": lambda: classify(company.store, "L1", "rent", author=ME),
        "too_few_words": lambda: set_label_rule(company.store, "a b", "rent", author=ME),
        "names_a_client": lambda: set_label_rule(company.store, "Durand", "rent", author=ME),
        "unknown_rule": lambda: forget_label_rule(company.store, "nothing", author=ME),
    }
    for code, act in acts.items():
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == code
    assert company.store.revision == revision


def test_a_receipt_that_was_attributed_is_nobody_s_once_it_is_no_client_s(company: Company) -> None:
    company.line("L1", "55.00", "VIR DURAND").save().reconcile()
    attribute(company.store, "L1", "Durand", author=ME)
    classify(company.store, "L1", "rent", author=ME)
    company.reconcile()
    assert run_ledger(company.store).receipts.is_empty()
    assert classes(company) == {"L1": "rent"}


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("PRLV SEPA SCI DES VERRIERES LOYER 11/2024", "sci des verrieres loyer"),
        ("VIR SEPA REGION SUD AIDE MARS 2026", "region sud aide"),
        ("123", ""),
    ],
)
def test_the_words_proposed_for_a_rule_leave_out_what_changes(label: str, words: str) -> None:
    assert proposed_words(label) == words


def test_the_shipped_rules_are_plain_words_of_known_categories() -> None:
    for rule in shipped_rules():
        assert rule.category in CATEGORIES
        assert rule.sign in ("", "+", "-")
        assert [plain_words(words) for words in rule.words] == list(rule.words)
