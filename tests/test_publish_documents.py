"""What an invoice file changes in the store: new, updated, known, in conflict, ignored or rejected."""

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from imports import HEADER, author, codes, counts, csv, documents, fresh_store, take

from models.errors import Refused
from models.money import total
from models.store import Store
from pipelines import conflicts, decisions
from pipelines.check import run_check
from pipelines.ledger import run_ledger


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as opened:
        yield opened


def outstanding_paid(store: Store) -> list[tuple[object, ...]]:
    """amount, date, reversed_on of the declared payments, by date."""
    claims = run_ledger(store).claims.filter(source="declared")
    return claims.sort("date", "reversed_on", "amount").select("amount", "date", "reversed_on").rows()


RICH = csv(
    "numero;type;code client;client;email;date_facture;date_echeance;date_envoi;montant_ttc;montant regle;date reglement;"
    "reste a payer;facture d'origine;commercial;categorie;litige;statut",
    "F1;Facture;C1;Alpha;a@example.org;05/01/2025;04/02/2025;06/01/2025;100,00;40,00;10/01/2025;60,00;;Zoé;Bois;non;",
    "F2;Facture;C2;Béta;;06/01/2025;;;200,00;;;;;;;oui;Payée",
    "A1;Avoir;C1;Alpha;a@example.org;20/01/2025;;;10,00;;;;F1;;;;",
    "F3;Facture;C3;Gamma;;07/01/2025;;;300,00;;;;;;;;Brouillon",
)
DUPLICATES = csv(
    "numero;client;date_facture;date_echeance;montant_ttc",
    "D-1;A;05/01/2025;04/02/2025;100,00",
    "D-1;A;05/01/2025;04/02/2025;100,00",
    "D-1;A;05/01/2025;04/02/2025;150,00",
    "d-1;A;05/01/2025;04/02/2025;100,00",
    "D-01;A;05/01/2025;04/02/2025;100,00",
    "0012;A;05/01/2025;04/02/2025;120,00",
    "12;A;05/01/2025;04/02/2025;120,00",
    "D-1;B;05/01/2025;04/02/2025;100,00",
)


@pytest.mark.parametrize("kind", ["invoices", "purchases"])
def test_the_same_file_again_adds_nothing_in_any_order_of_its_rows(store: Store, kind: str) -> None:
    assert counts(take(store, RICH, kind=kind)) == (3, 0, 0, 0, 1, 0)
    known = run_ledger(store)
    header, *rows = RICH.decode().splitlines()
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        copy = csv(header, *rows)
        assert counts(take(store, copy, f"copy {seed}.csv", kind=kind, day=date(2025, 4, 1))) == (0, 0, 3, 0, 1, 0)
        assert take(store, copy, f"copy {seed}.csv", kind=kind, day=date(2025, 4, 2)).change_id is None
    ledger = run_ledger(store)
    for name in ("clients", "documents", "claims", "allocations", "receipts"):
        assert getattr(ledger, name).equals(getattr(known, name))
    assert run_check(store) == []


def test_undoing_one_of_two_overlapping_exports_keeps_what_the_other_tells(store: Store) -> None:
    header = "numero;client;date_facture;montant_ttc"
    first = take(store, csv(header, "F1;A;05/01/2025;100,00", "F2;B;06/01/2025;50,00"), "january.csv")
    take(store, csv(header, "F2;B;06/01/2025;50,00", "F3;A;07/02/2025;7,00"), "february.csv")
    assert first.change_id is not None
    decisions.undo(store, first.change_id, author=author())
    assert documents(store, "number", "client") == [("F2", "B"), ("F3", "A")]
    assert run_check(store) == []


def test_the_same_file_again_takes_back_no_later_word(store: Store) -> None:
    header = "numero;client;email;date_facture;date_echeance;montant_ttc"
    first = csv(header, "F1;A;a@a.fr;05/01/2025;04/02/2025;100,00")
    take(store, first, "january.csv")
    take(store, csv(header, "F1;A;b@a.fr;05/01/2025;28/02/2025;100,00"), "february.csv")
    assert counts(take(store, first, "january.csv")) == (0, 0, 1, 0, 0, 0)
    assert documents(store, "number", "due_date") == [("F1", date(2025, 2, 28))]
    assert run_ledger(store).clients["email"].to_list() == ["b@a.fr"]


def test_a_client_known_by_its_code_alone_takes_the_name_that_a_later_file_gives(store: Store) -> None:
    take(store, csv("numero;code client;date_facture;montant_ttc", "F1;C7;05/01/2025;100,00"), "codes.csv")
    named = csv("numero;code client;client;date_facture;montant_ttc", "F2;C7;Morel;05/01/2025;7,00")
    assert "client_renamed" not in codes(take(store, named, "names.csv"))
    assert documents(store, "client") == [("Morel",), ("Morel",)]


def test_one_number_twice_is_a_duplicate_or_a_conflict_and_zeros_count(store: Store) -> None:
    report = take(store, DUPLICATES)
    assert counts(report) == (4, 0, 1, 3, 0, 0)
    listed = [(row["source_row"], row["field"], row["stored"], row["incoming"]) for row in report.conflict_list]
    assert listed == [
        (4, "amount", "100.00", "150.00"),
        (5, "number", "D-1", "d-1"),
        (9, "client", "A", "B"),
    ]
    assert documents(store, "number", "client", "amount") == [
        ("0012", "A", Decimal("120.00")),
        ("12", "A", Decimal("120.00")),
        ("D-01", "A", Decimal("100.00")),
        ("D-1", "A", Decimal("100.00")),
    ]


def test_a_conflict_is_listed_once_whatever_else_its_row_says_later(store: Store) -> None:
    take(store, DUPLICATES)
    assert counts(take(store, DUPLICATES)) == (0, 0, 5, 3, 0, 0)
    later = csv(HEADER + ";email", "D-1;A;05/01/2025;09/09/2025;150,00;a@example.org", "D-1;A;05/01/2025;;150,00;")
    assert counts(take(store, later, "later.csv")) == (0, 0, 0, 2, 0, 0)
    assert conflicts.open_conflicts(store).height == 3
    assert run_check(store) == []


def test_redoing_an_import_whose_file_came_in_again_lists_no_conflict_twice(store: Store) -> None:
    change = take(store, DUPLICATES).change_id
    assert change is not None
    undone = decisions.undo(store, change, author=author())
    take(store, DUPLICATES)
    decisions.undo(store, undone, author=author())
    assert conflicts.open_conflicts(store).height == 3
    assert run_check(store) == []


@pytest.mark.parametrize(
    ("answer", "held"),
    [
        ("keep", [("D-1", "A", "100.00")]),
        ("replace", [("D-1", "A", "150.00")]),
        ("other", [("D-1", "A", "100.00"), ("D-1", "A", "150.00")]),
    ],
)
def test_a_settled_conflict_is_known_afterwards(store: Store, answer: str, held: list[tuple[str, str, str]]) -> None:
    content = csv(HEADER, "D-1;A;05/01/2025;04/02/2025;100,00", "D-1;A;05/01/2025;04/02/2025;150,00")
    (conflict,) = take(store, content).conflict_list
    conflicts.settle_conflict(store, str(conflict["conflict_id"]), answer, author=author())
    assert [(n, c, str(a)) for n, c, a in documents(store, "number", "client", "amount")] == held
    revision = store.revision
    assert counts(take(store, content)) == (0, 0, 2, 0, 0, 0)
    assert store.revision == revision


@pytest.mark.parametrize("answer", ["replace", "other"])
def test_settling_for_a_client_that_nothing_else_has_stores_that_client(store: Store, answer: str) -> None:
    report = take(store, csv(HEADER, "D-1;A;05/01/2025;;100,00", "D-1;Béa;05/01/2025;;100,00"))
    assert run_ledger(store).clients["name"].to_list() == ["A"]
    conflicts.settle_conflict(store, str(report.conflict_list[0]["conflict_id"]), answer, author=author())
    assert "Béa" in [client for (client,) in documents(store, "client")]
    assert "points_to_nothing" not in {violation.code for violation in run_check(store)}


def test_a_conflict_can_be_settled_once_what_it_contradicts_was_undone(store: Store) -> None:
    header = "numero;client;date_facture;montant_ttc;montant_ht;montant regle;date reglement"
    first = take(store, csv(header, "F1;A;05/01/2025;120,00;100,00;;"), "january.csv")
    second = take(store, csv(header, "F1;A;05/01/2025;60,00;50,00;60,00;08/01/2025"), "february.csv")
    assert first.change_id is not None
    decisions.undo(store, first.change_id, author=author())
    conflicts.settle_conflict(store, str(second.conflict_list[0]["conflict_id"]), "replace", author=author())
    (document,) = run_ledger(store).documents.to_dicts()
    assert (document["amount"], document["amount_excl_tax"]) == (Decimal("60.00"), Decimal("50.00"))
    assert run_ledger(store).statements["paid_amount"].to_list() == [Decimal("60.00")]
    assert run_check(store) == []


def test_a_row_that_is_stored_by_now_is_no_conflict(store: Store) -> None:
    header = "numero;client;date_facture;montant_ttc"
    first = take(store, csv(header, "F1;A;05/01/2025;120,00"), "january.csv")
    later = csv(header, "F1;A;05/01/2025;60,00")
    take(store, later, "february.csv")
    assert conflicts.open_conflicts(store).height == 1
    assert first.change_id is not None
    decisions.undo(store, first.change_id, author=author())
    take(store, later, "february.csv")
    assert documents(store, "number", "amount") == [("F1", Decimal("60.00"))]
    assert conflicts.open_conflicts(store).is_empty()


def test_another_case_can_replace_the_number(store: Store) -> None:
    report = take(store, csv(HEADER, "D-1;A;05/01/2025;;100,00", "d-1;A;05/01/2025;;100,00"))
    conflicts.settle_conflict(store, str(report.conflict_list[0]["conflict_id"]), "replace", author=author())
    assert documents(store, "number") == [("d-1",)]


def test_drafts_and_cancelled_rows_are_ignored_unless_the_number_is_known(store: Store) -> None:
    header = HEADER + ";statut"
    rows = ("F1;A;05/01/2025;;100,00;Brouillon", "F2;A;05/01/2025;;100,00;Annulée", "F3;A;05/01/2025;;100,00;Envoyée")
    assert counts(take(store, csv(header, *rows))) == (1, 0, 0, 0, 2, 0)
    assert run_ledger(store).clients.height == 1
    back = csv(header, "F3;A;05/01/2025;;100,00;Annulée")
    report = take(store, back, "back.csv")
    assert counts(report) == (0, 0, 0, 1, 0, 0)
    (conflict,) = report.conflict_list
    assert (conflict["field"], conflict["incoming"]) == ("status", "cancelled")
    with pytest.raises(Refused):
        conflicts.settle_conflict(store, str(conflict["conflict_id"]), "replace", author=author())
    conflicts.settle_conflict(store, str(conflict["conflict_id"]), "keep", author=author())
    assert counts(take(store, back, "back.csv")) == (0, 0, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("column", "before", "after", "field"),
    [
        ("date_echeance", "04/02/2025", "28/02/2025", "due_date"),
        ("date_envoi", "06/01/2025", "08/01/2025", "sent_date"),
        ("statut", "A envoyer", "Envoyée", "sending"),
        ("commercial", "Zoé", "Yann", "sales_rep"),
        ("categorie", "Bois", "Métal", "category"),
        ("litige", "non", "oui", "is_disputed"),
        ("montant regle", "10,00", "20,00", "paid_amount"),
        ("bon de commande", "B1", "B2", "order_reference"),
    ],
)
def test_an_update_keeps_the_old_value_and_a_blank_erases_nothing(
    store: Store, column: str, before: str, after: str, field: str
) -> None:
    header = f"numero;client;date_facture;montant_ttc;{column}"
    row = "F1;A;05/01/2025;100,00;"
    assert counts(take(store, csv(header, row + before))) == (1, 0, 0, 0, 0, 0)
    old = store.facts("document_version")[field].to_list()
    assert counts(take(store, csv(header, row + after), "later.csv")) == (0, 1, 0, 0, 0, 0)
    assert counts(take(store, csv(header, row), "blank.csv")) == (0, 0, 1, 0, 0, 0)
    assert counts(take(store, csv(header, row + after), "again.csv")) == (0, 0, 1, 0, 0, 0)
    values = store.facts("document_version")[field].to_list()
    assert values[:1] == old
    assert values[0] != values[1]
    assert {value for value in values[2:] if value is not None} <= {values[1]}


def test_new_contact_details_are_an_update_of_the_rows_that_bring_them(store: Store) -> None:
    header = "numero;code client;client;email;telephone;date_facture;montant_ttc"
    rows = ("F1;C1;A;a@example.org;0102030405;05/01/2025;100,00", "F2;C1;A;a@example.org;;05/01/2025;100,00")
    take(store, csv(header, *rows))
    later = (rows[0].replace("0102030405", "0611223344"), rows[1])
    assert counts(take(store, csv(header, *later), "later.csv")) == (0, 1, 1, 0, 0, 0)
    clients = store.facts("client_version")
    assert clients["phone"].to_list() == ["0102030405", "0611223344"]
    assert clients["email"].to_list() == ["a@example.org"] * 2


def test_several_rows_of_one_document_add_up_and_the_file_again_adds_nothing(store: Store) -> None:
    header = HEADER + ";commercial;montant regle"
    content = csv(
        header,
        "F1;A;05/01/2025;04/02/2025;100,00;;10,00",
        "F1;A;05/01/2025;28/02/2025;100,00;;30,00",
        "F1;A;05/01/2025;28/02/2025;100,00;Zoé;",
    )
    assert counts(take(store, content)) == (1, 2, 0, 0, 0, 0)
    assert documents(store, "due_date", "sales_rep") == [(date(2025, 2, 28), "Zoé")]
    assert [amount for amount, _, _ in outstanding_paid(store)] == [Decimal("30.00")]
    revision = store.revision
    assert counts(take(store, content, day=date(2025, 5, 1))) == (0, 0, 3, 0, 0, 0)
    assert store.revision == revision
    assert run_check(store) == []


def test_a_missing_due_date_is_estimated_until_the_file_gives_it_even_the_same(store: Store) -> None:
    decisions.set_settings(store, {"terms_days": "45"}, author=author())
    take(store, csv(HEADER, "F1;A;05/01/2025;;100,00"))
    assert documents(store, "due_date", "is_due_estimated") == [(date(2025, 2, 19), True)]
    assert counts(take(store, csv(HEADER, "F1;A;05/01/2025;19/02/2025;100,00"), "later.csv")) == (0, 1, 0, 0, 0, 0)
    assert documents(store, "due_date", "is_due_estimated") == [(date(2025, 2, 19), False)]
    assert counts(take(store, csv(HEADER, "F1;A;05/01/2025;;100,00"), "blank.csv")) == (0, 0, 1, 0, 0, 0)
    assert documents(store, "due_date", "is_due_estimated") == [(date(2025, 2, 19), False)]


def test_what_a_file_says_of_sending_wins_over_files_that_say_nothing_either_way_round() -> None:
    silent = csv(HEADER, "F1;A;05/01/2025;;100,00", "F2;A;05/01/2025;;100,00")
    telling = csv(HEADER + ";date_envoi", "F1;A;05/01/2025;;100,00;", "F2;A;05/01/2025;;100,00;06/01/2025")
    found = []
    for files in ((silent, telling), (telling, silent)):
        with fresh_store() as opened:
            for content in files:
                take(opened, content)
            found.append(documents(opened, "number", "sending"))
    assert found == [[("F1", "unsent"), ("F2", "said")]] * 2


CLIENT_HEADER = "numero;code client;siren;client;date_facture;montant_ttc"


@pytest.mark.parametrize(
    ("rows", "clients"),
    [
        (("F1;C1;;Dupré;05/01/2025;1,00", "F2;C1;;DUPRE;05/01/2025;1,00"), 1),
        (("F1;C1;;Dupré;05/01/2025;1,00", "F2;C2;;Dupré;05/01/2025;1,00"), 2),
        (("F1;;732829320;Dupré;05/01/2025;1,00", "F2;;732829320;Autre nom;05/01/2025;1,00"), 1),
        (("F1;;732829320;Dupré;05/01/2025;1,00", "F2;;552100554;Dupré;05/01/2025;1,00"), 2),
        (("F1;;;Société  DUPRÉ;05/01/2025;1,00", "F2;;;societe dupre;05/01/2025;1,00"), 1),
        (("F1;;;Dupré;05/01/2025;1,00", "F2;C1;;Dupré;05/01/2025;1,00"), 1),
        (("F1;;;Dupré;05/01/2025;1,00", "F2;;732829320;Dupré;05/01/2025;1,00", "F3;C1;732829320;Dupré;05/01/2025;1,00"), 1),
        (("F1;C1;732829320;Dupré Nord;05/01/2025;1,00", "F2;C2;732829320;Dupré Sud;05/01/2025;1,00"), 2),
    ],
)
@pytest.mark.parametrize("is_one_file", [True, False])
@pytest.mark.parametrize("is_backward", [True, False])
def test_a_client_is_known_by_code_then_siren_then_name(
    store: Store, rows: tuple[str, ...], clients: int, *, is_one_file: bool, is_backward: bool
) -> None:
    rows = rows[::-1] if is_backward else rows
    for content in [csv(CLIENT_HEADER, *rows)] if is_one_file else [csv(CLIENT_HEADER, row) for row in rows]:
        assert take(store, content).inserted > 0
    assert run_ledger(store).documents["client_id"].n_unique() == clients
    assert run_ledger(store).clients.height == clients
    for row in rows:
        assert counts(take(store, csv(CLIENT_HEADER, row))) == (0, 0, 1, 0, 0, 0)
    assert run_check(store) == []


def test_a_code_or_siren_completes_the_client_and_the_row_is_an_update(store: Store) -> None:
    take(store, csv(CLIENT_HEADER, "F1;;;Dupré;05/01/2025;1,00"))
    assert counts(take(store, csv(CLIENT_HEADER, "F1;C1;732829320;Dupré;05/01/2025;1,00"))) == (0, 1, 0, 0, 0, 0)
    assert run_ledger(store).clients.select("code", "siren", "name").rows() == [("C1", "732829320", "Dupré")]


def test_a_name_that_several_clients_have_is_a_problem_whatever_the_order(store: Store) -> None:
    for seed in range(3):
        rows = ["F1;C1;;Martin;05/01/2025;1,00", "F2;C2;;Martin;05/01/2025;1,00", "F3;;;MARTIN;05/01/2025;1,00"]
        random.Random(seed).shuffle(rows)
        report = take(store, csv(CLIENT_HEADER, *rows))
        assert report.rejected_rows == 1
        assert report.rejected.select("value", "code").rows() == [("MARTIN", "ambiguous_client")]
    assert run_ledger(store).documents["number"].sort().to_list() == ["F1", "F2"]


def test_a_siren_that_two_clients_share_finds_neither_without_a_name(store: Store) -> None:
    take(store, csv(CLIENT_HEADER, "F1;C1;732829320;Nord;05/01/2025;1,00", "F2;C2;732829320;Sud;05/01/2025;1,00"))
    report = take(store, csv(CLIENT_HEADER, "F3;;732829320;Sud;05/01/2025;1,00", "F4;;732829320;Est;05/01/2025;1,00"), "two.csv")
    assert counts(report) == (1, 0, 0, 0, 0, 1)
    assert documents(store, "number", "client")[2] == ("F3", "Sud")


def test_a_renamed_client_is_one_warning_and_keeps_its_name(store: Store) -> None:
    take(store, csv(CLIENT_HEADER, "F1;C1;;Dupré;05/01/2025;1,00"))
    rows = ("F2;C1;;Dupré et fils;05/01/2025;1,00", "F3;C1;;Dupré et fils;05/01/2025;1,00")
    report = take(store, csv(CLIENT_HEADER, *rows), "later.csv")
    assert codes(report) == ["client_renamed"]
    assert report.warnings["value"][0] == "Dupré → Dupré et fils"
    assert run_ledger(store).clients["name"].to_list() == ["Dupré"]


def test_codes_of_clients_and_of_suppliers_are_two_lists(store: Store) -> None:
    take(store, csv(CLIENT_HEADER, "F1;001;;Client;05/01/2025;1,00"))
    report = take(store, csv(CLIENT_HEADER, "F1;001;;Fournisseur;05/01/2025;2,00"), "p.csv", kind="purchases")
    assert (counts(report), codes(report), report.kind) == ((1, 0, 0, 0, 0, 0), [], "purchases")
    assert documents(store, "direction", "client") == [("sale", "Client"), ("purchase", "Fournisseur")]


def test_two_suppliers_may_use_one_number(store: Store) -> None:
    report = take(store, csv(CLIENT_HEADER, "1;S1;;Bois;05/01/2025;1,00", "1;S2;;Métal;05/01/2025;2,00"), kind="purchases")
    assert counts(report) == (2, 0, 0, 0, 0, 0)


PAID = "numero;client;date_facture;montant_ttc;montant regle;date reglement;reste a payer"


def paid(store: Store, cells: str, day: date) -> list[str]:
    return codes(take(store, csv(PAID, "F1;A;05/01/2025;100,00;" + cells), f"{day}.csv", day=day))


def test_declared_payments_are_cumulative_and_less_takes_the_last_ones_back(store: Store) -> None:
    assert paid(store, "40,00;10/01/2025;", date(2025, 1, 15)) == []
    assert paid(store, "90,00;20/01/2025;", date(2025, 1, 25)) == []
    assert outstanding_paid(store) == [
        (Decimal("40.00"), date(2025, 1, 10), None),
        (Decimal("50.00"), date(2025, 1, 20), None),
    ]
    assert paid(store, "30,00;20/01/2025;", date(2025, 2, 1)) == ["paid_less"]
    assert outstanding_paid(store) == [
        (Decimal("30.00"), date(2025, 1, 10), None),
        (Decimal("10.00"), date(2025, 1, 10), date(2025, 2, 1)),
        (Decimal("50.00"), date(2025, 1, 20), date(2025, 2, 1)),
    ]
    assert paid(store, "30,00;20/01/2025;", date(2025, 2, 2)) == []


def test_an_undated_payment_counts_from_the_import_and_says_so(store: Store) -> None:
    paid(store, "40,00;;", date(2025, 1, 15))
    assert run_ledger(store).claims.select("date", "is_dated").rows() == [(date(2025, 1, 15), False)]


def test_an_amount_due_leaves_the_rest_as_paid_after_its_credit_notes(store: Store) -> None:
    header = PAID + ";type;facture d'origine"
    rows = ("F1;A;05/01/2025;100,00;;;30,00;;", "A1;A;10/01/2025;20,00;;;;Avoir;F1")
    report = take(store, csv(header, *rows))
    assert codes(report) == []
    assert outstanding_paid(store) == [(Decimal("50.00"), date(2025, 3, 1), None)]


def test_a_status_paid_declares_the_whole_amount(store: Store) -> None:
    take(store, csv("numero;client;date_facture;montant_ttc;statut", "F1;A;05/01/2025;100,00;Réglée"))
    assert [amount for amount, _, _ in outstanding_paid(store)] == [Decimal("100.00")]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [("40,00;;60,00", []), ("40,00;;50,00", ["paid_and_due"]), ("100,00;;0,00", []), ("40,00;;", []), (";;60,00", [])],
)
def test_paid_and_due_that_do_not_add_up_are_a_warning_and_paid_wins(store: Store, cells: str, expected: list[str]) -> None:
    assert paid(store, cells, date(2025, 1, 15)) == expected
    assert [amount for amount, _, _ in outstanding_paid(store)] == [Decimal("100.00" if "100" in cells else "40.00")]


def test_a_credit_note_in_the_same_file_explains_the_amount_due(store: Store) -> None:
    header = PAID + ";type;facture d'origine"
    report = take(store, csv(header, "F1;A;05/01/2025;100,00;40,00;;40,00;;", "A1;A;10/01/2025;20,00;;;;Avoir;F1"))
    assert codes(report) == []


def test_a_strict_import_refuses_the_file_and_still_lists_why(store: Store) -> None:
    content = csv(HEADER, "F1;A;05/01/2025;;100,00", "F1;A;05/01/2025;;150,00", "F2;A;31/02/2025;;1,00", "F3;A;05/01/2025;;2,00")
    report = take(store, content, strict=True)
    assert report.refused is not None
    assert report.refused.code == "strict"
    assert counts(report) == (0, 0, 0, 1, 2, 1)
    assert report.rejected["code"].to_list() == ["impossible_date"]
    assert report.conflict_list[0]["number"] == "F1"
    assert store.revision == 0
    assert take(store, csv(HEADER, "F1;A;05/01/2025;;100,00"), strict=True).refused is None


def test_a_dry_run_reports_the_same_and_stores_nothing(store: Store) -> None:
    said = take(store, DUPLICATES, dry_run=True)
    assert store.revision == 0
    done = take(store, DUPLICATES)
    assert counts(said) == counts(done)
    assert said.conflict_list == done.conflict_list


def test_an_undone_import_can_be_made_again(store: Store) -> None:
    first = take(store, RICH)
    before = run_ledger(store)
    assert first.change_id is not None
    decisions.undo(store, first.change_id, author=author())
    assert run_ledger(store).documents.is_empty()
    assert counts(take(store, RICH)) == (3, 0, 0, 0, 1, 0)
    after = run_ledger(store)
    assert after.documents.equals(before.documents)
    assert total(after.allocations["amount"]) == total(before.allocations["amount"])
    assert run_check(store) == []
