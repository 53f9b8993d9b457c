"""How a client is reached, as a person types it in: on screen and in the terminal, undone, rebuilt, and heeded by the gate."""

from pathlib import Path

import polars as pl
import pytest
from screens import healthy, screen, store, words
from small_store import ME, Company
from typer.testing import CliRunner

from cli import app
from models.errors import Refused
from models.texts import Texts
from pipelines.collections.contact import set_contact
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import
from pipelines.publishing.rebuild import run_rebuild

FR = Texts("fr")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path).bill("F1", "Martin", "100.00").save()


def known(company: Company) -> tuple[object, ...]:
    return run_ledger(company.store).clients.select("email", "phone", "address", "language", "client_type").row(0)


def test_a_change_is_a_version_that_is_undone_and_rebuilt(company: Company, tmp_path: Path) -> None:
    given = {
        "email": " a@example.org ",
        "phone": "04 91 00 00 00",
        "address": "3 quai\r\n\r\n13002 Marseille",
        "client_type": "public",
    }
    set_contact(company.store, "Martin", given, author=ME)
    assert known(company) == ("a@example.org", "04 91 00 00 00", "3 quai\n13002 Marseille", None, "public")
    second = set_contact(company.store, "Martin", {"email": "", "language": "en"}, author=ME)
    assert known(company)[0::3] == (None, "en")
    assert run_rebuild(company.store, tmp_path / "again.duckdb").is_same
    undo(company.store, second, author=ME)
    assert known(company)[0::3] == ("a@example.org", None)


@pytest.mark.parametrize("kind", ["invoices", "clients"])
def test_a_file_that_says_the_old_address_again_does_not_bring_it_back(company: Company, tmp_path: Path, kind: str) -> None:
    def take(email: str, number: int) -> None:
        rows = {
            "invoices": f"N° facture;Client;Email;Date;Échéance;Montant TTC\nZ{number};Zoé;{email};01/02/2026;01/03/2026;10,00\n",
            "clients": f"Client;Email;Téléphone\nZoé;{email};04 91 00 00 0{number}\n",
        }
        run_import(company.store, rows[kind].encode(), f"{number}.csv", author=ME)

    def email() -> object:
        return run_ledger(company.store).clients.filter(pl.col("name") == "Zoé")["email"].item()

    take("vieille@example.org", 1)
    change = set_contact(company.store, "Zoé", {"email": "bonne@example.org"}, author=ME)
    take("vieille@example.org", 2)
    assert email() == "bonne@example.org"
    assert run_rebuild(company.store, tmp_path / "again.duckdb").is_same
    take("neuve@example.org", 3)
    assert email() == "neuve@example.org"
    undo(company.store, change, author=ME)
    take("vieille@example.org", 4)
    assert email() == "vieille@example.org"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"email": "a@example.org, b@example.org"}, "bad_email"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "bad_email"),
        ({"email": "a@example"}, "bad_email"),
        ({"phone": "12"}, "bad_phone"),
        ({"language": "de"}, "bad_contact"),
        ({"client_type": "vip"}, "bad_contact"),
        ({"address": "x" * 401}, "long_contact"),
        ({"email": ""}, "same_contact"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(company: Company, given: dict[str, str], code: str) -> None:
    revision = company.store.revision
    with pytest.raises(Refused) as error:
        set_contact(company.store, "Martin", given, author=ME)
    assert (error.value.code, company.store.revision) == (code, revision)


@pytest.mark.usefixtures("sample_company")
def test_it_is_changed_on_the_client_s_page() -> None:
    at = screen("client")
    field = next(box for box in at.text_input if box.label == FR.t("E-mail"))
    field.set_value("nouveau@example.org")
    next(b for b in at.button if b.label == FR.t("Save")).click()
    healthy(at.run())
    assert "nouveau@example.org" in run_ledger(store()).clients["email"].to_list()
    assert "nouveau@example.org" in words(at).replace("\\", "")


def test_it_is_changed_in_the_terminal(company: Company, tmp_path: Path) -> None:
    company.store.close()
    database = str(tmp_path / "books.duckdb")
    done = CliRunner().invoke(app, ["--db", database, "contact", "Martin", "--email", "a@example.org", "--json"])
    assert (done.exit_code, '"change_id"' in done.stdout) == (0, True)
    refused = CliRunner().invoke(app, ["--db", database, "contact", "Martin", "--email", "a@b", "--json"])
    assert isinstance(refused.exception, Refused)
    assert refused.exception.code == "bad_email"
