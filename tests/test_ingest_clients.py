"""Clients files: what tells them, what they say, what they change in the store, and the terms that feed due dates."""

from datetime import date

import pytest
from imports import author, codes, counts, csv, documents, fresh_store, take

from models.errors import UnreadableFile
from pipelines.decisions import undo
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file
from pipelines.ledger import run_ledger

HEADER = (
    "Code client;Raison sociale;SIREN;Email;Téléphone;Adresse;Code postal;Ville;"
    "Langue;Type de client;Segment;Conditions de règlement"
)
BRUN = (
    "C1;Atelier Brun;732 829 320;compta@brun.example;02 40 00 00 01;3 rue des Lilas;44000;Nantes;"
    "FR;Professionnel;Fidèles;45 jours"
)
ROUX = "C2;Paul Roux;;paul@roux.example;;;;;anglais;Particulier;;à réception"


def read(header: str, *rows: str, **options: object) -> Reading:
    return read_file(Source(csv(header, *rows), "clients.csv", **options))  # type: ignore[arg-type]


def test_a_clients_file_says_who_how_to_reach_them_and_how_they_pay() -> None:
    reading = read(HEADER, BRUN, ROUX)
    assert (reading.kind, reading.profile, reading.rows) == ("clients", "clients", 2)
    assert reading.clients.drop("line").rows() == [
        (
            "C1",
            "Atelier Brun",
            "732829320",
            "compta@brun.example",
            "02 40 00 00 01",
            "3 rue des Lilas 44000 Nantes",
            "fr",
            "company",
            "Fidèles",
            45,
        ),
        ("C2", "Paul Roux", None, "paul@roux.example", None, None, "en", "consumer", None, 0),
    ]
    assert reading.warnings.is_empty()


@pytest.mark.parametrize(
    "header",
    [
        "nom,email,telephone",
        "Customer name,Email address,Phone number",
        "Organization,First Name,Last Name,Email,Phone,Address Line 1",
        "client_code,client_siren,client_type",
        "Raison sociale,Langue,Délai de paiement",
    ],
)
def test_a_name_or_code_and_two_contacts_tell_a_clients_file(header: str) -> None:
    width = header.count(",")
    assert read(header.replace(",", ";"), "A1" + ";" * width).kind == "clients"


@pytest.mark.parametrize("header", ["Nom;Email", "Client;Email;Téléphone;Montant TTC", "Client;Email;Téléphone;Date facture"])
def test_one_contact_or_an_amount_or_a_date_tells_none(header: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(header, "Brun" + ";x" * header.count(";"))
    assert refusal.value.code in {"unknown_columns", "missing_column"}


def test_an_invoice_file_with_contacts_stays_one_of_invoices() -> None:
    assert read("Numéro;Client;Email;Téléphone;Date;Montant TTC", "F1;Brun;;;14/01/2026;12,00").kind == "invoices"


def test_a_file_announced_as_clients_says_what_it_lacks() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read("Nom;Email", "Brun;a@brun.example", kind="clients")
    assert (refusal.value.code, "client_email" in str(refusal.value)) == ("missing_column", True)


def test_a_person_has_a_first_name() -> None:
    names = read("Nom;Prénom;Email;Téléphone", "Roux;Paul;;1", "Brun SARL;;;2").clients["client_name"]
    assert names.to_list() == ["Paul Roux", "Brun SARL"]


@pytest.mark.parametrize(
    ("written", "days", "warning"),
    [
        ("30 jours", 30, None),
        ("30", 30, None),
        ("60 jours net", 60, None),
        ("Net 15", 15, None),
        ("45j FDM", 45, "end_of_month"),
        ("30 jours fin de mois", 30, "end_of_month"),
        ("30 days end of month", 30, "end_of_month"),
        ("comptant", 0, None),
        ("Due on receipt", 0, None),
        ("30 jours fin de mois le 10", None, "unknown_terms"),
        ("500", None, "unknown_terms"),
        ("selon accord", None, "unknown_terms"),
        ("", None, None),
    ],
)
def test_terms_are_days(written: str, days: int | None, warning: str | None) -> None:
    reading = read("Nom;Email;Conditions de paiement", f"Brun;a@brun.example;{written}")
    assert reading.clients["terms_days"].to_list() == [days]
    assert reading.warnings["code"].to_list() == ([warning] if warning else [])


def test_what_is_wrong_is_left_out_and_a_row_without_name_is_rejected() -> None:
    reading = read("Nom;Email;SIREN", "Brun;pas une adresse;123456789", ";x@y.example;732829320")
    assert reading.clients.select("client_email", "client_siren").rows() == [(None, None)]
    assert sorted(reading.warnings["code"].to_list()) == ["invalid_email", "invalid_siren"]
    assert reading.rejected.rows() == [(3, "Nom", None, "missing_client")]
    assert reading.rows == 2


def test_clients_are_inserted_then_known_then_updated() -> None:
    with fresh_store() as store:
        assert counts(take(store, csv(HEADER, BRUN, ROUX))) == (2, 0, 0, 0, 0, 0)
        revision = store.revision
        assert counts(take(store, csv(HEADER, ROUX, BRUN))) == (0, 0, 2, 0, 0, 0)
        assert store.revision == revision
        report = take(store, csv(HEADER, BRUN.replace("compta@", "factures@"), ROUX))
        assert (report.kind, counts(report)) == ("clients", (0, 1, 1, 0, 0, 0))
        clients = run_ledger(store).clients.sort("code").select("code", "email", "segment", "terms_days").rows()
        assert clients == [("C1", "factures@brun.example", "Fidèles", 45), ("C2", "paul@roux.example", None, 0)]
        undo(store, report.change_id or 0, author=author())
        assert run_ledger(store).clients.sort("code")["email"][0] == "compta@brun.example"


def test_what_a_file_leaves_empty_stays() -> None:
    with fresh_store() as store:
        take(store, csv(HEADER, BRUN))
        assert counts(take(store, csv("Code client;Email;Téléphone", "C1;;02 41 00 00 00"))) == (0, 1, 0, 0, 0, 0)
        assert run_ledger(store).clients.select("email", "phone").rows() == [("compta@brun.example", "02 41 00 00 00")]


def test_terms_of_a_client_make_the_due_dates_of_later_invoices() -> None:
    with fresh_store() as store:
        take(store, csv(HEADER, BRUN))
        take(store, csv("Numéro;Code client;Client;Date;Montant TTC", "F1;C1;Atelier Brun;01/03/2025;12,00"))
        assert documents(store, "number", "due_date", "is_due_estimated") == [("F1", date(2025, 4, 15), True)]
        assert run_ledger(store).clients.height == 1


def test_a_clients_file_completes_the_clients_of_invoices_by_their_name() -> None:
    with fresh_store() as store:
        take(store, csv("Numéro;Client;Date;Montant TTC", "F1;ATELIER BRUN;01/03/2025;12,00"))
        assert counts(take(store, csv(HEADER, BRUN, ROUX))) == (1, 1, 0, 0, 0, 0)
        ledger = run_ledger(store)
        assert ledger.clients.height == 2
        assert ledger.clients.filter(name="ATELIER BRUN").select("code", "siren", "segment").rows() == [
            ("C1", "732829320", "Fidèles")
        ]


def test_another_name_or_siren_of_a_known_code_is_said_and_not_taken() -> None:
    with fresh_store() as store:
        take(store, csv(HEADER, BRUN))
        report = take(store, csv("Code client;Nom;SIREN;Email", "C1;Brun et fils;552100554;compta@brun.example"))
        assert (counts(report), codes(report)) == ((0, 0, 1, 0, 0, 0), ["client_renamed", "client_siren_differs"])
        assert run_ledger(store).clients.select("name", "siren").rows() == [("Atelier Brun", "732829320")]


def test_a_name_that_several_clients_have_is_a_problem() -> None:
    with fresh_store() as store:
        take(store, csv("Code client;Nom;Email;Téléphone", "C1;Brun;;1", "C2;Brun;;2"))
        report = take(store, csv("Nom;Email;Téléphone", "Brun;a@brun.example;"))
        assert counts(report) == (0, 0, 0, 0, 0, 1)
        assert report.rejected["code"].to_list() == ["ambiguous_client"]


def test_rows_of_one_client_that_disagree_change_nothing_the_second_time() -> None:
    content = csv("Nom;Email;Téléphone", "Brun;a@brun.example;1", "Brun;b@brun.example;2")
    with fresh_store() as store:
        assert counts(take(store, content)) == (1, 1, 0, 0, 0, 0)
        assert counts(take(store, content)) == (0, 0, 2, 0, 0, 0)


def test_a_supplier_is_no_client() -> None:
    with fresh_store() as store:
        take(store, csv("Numéro;Client;Date;Montant TTC", "A1;Brun;01/03/2025;12,00"), kind="purchases")
        assert take(store, csv("Nom;Email;Téléphone", "Brun;a@brun.example;1")).inserted == 1
