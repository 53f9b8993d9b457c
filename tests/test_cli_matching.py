"""The terminal's commands on matching, in JSON and in sentences."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_cli import answer, run  # noqa: F401 -- the fixture

Run = Callable[..., tuple[int, str, str]]

_INVOICES = """Numéro;Client;Date;Échéance;Montant TTC;Montant réglé;Date de règlement
F-001;Alpha SARL;05/01/2026;04/02/2026;120,00;;
F-002;Beta SAS;06/01/2026;05/02/2026;250,50;;
F-003;Beta SAS;07/01/2026;06/02/2026;99,00;;
F-004;Gamma;07/01/2026;06/02/2026;80,00;80,00;01/02/2026
"""
_BANK = """date;libelle;montant
10/02/2026;VIR ALPHA F-001;120,00
11/02/2026;VIR SEPA RECU /DE HOLDING ZEPHYR /MOTIF NOTPROVIDED /REF 1;250,00
12/02/2026;VIR SEPA RECU /DE HOLDING ZEPHYR /MOTIF NOTPROVIDED /REF 2;99,00
13/02/2026;VIR REGION SUD PRIME 2026;1000,00
"""


@pytest.fixture
def books(run: Run, tmp_path: Path) -> Run:  # noqa: F811 -- the fixture
    """Invoices, one declared paid, and receipts."""
    for name, text in (("factures.csv", _INVOICES), ("banque.csv", _BANK)):
        (tmp_path / name).write_text(text, "utf-8")
    answer(run("import", str(tmp_path / "factures.csv"), "--json"))
    answer(run("import", str(tmp_path / "banque.csv"), "--kind", "bank", "--account", "Courant", "--json"))
    answer(run("reconcile", "--json"))
    return run


def line(books: Run, words: str) -> dict[str, Any]:
    """The bank line whose label holds these words."""
    found = [row for row in answer(books("lines", "--json")) if words in row["label"]]
    assert len(found) == 1
    return dict(found[0])


def owed(books: Run, number: str) -> str:
    """What an invoice owes."""
    rows = answer(books("invoices", "--json"))
    return str(next(row["outstanding"] for row in rows if row["invoice_number"] == number))


def test_an_automatic_match_is_confirmed_and_measures_its_rule(books: Run) -> None:
    assert answer(books("reconcile", "--replay", "--json")) == []
    assert books("reconcile", "--replay")[1] == "Vous n’avez encore rien réglé sur quoi mesurer une règle.\n"
    claim = next(row for row in answer(books("allocations", "--json")) if row["source"] == "bank")
    assert claim["by"] == "rule"
    answer(books("confirm", claim["id"], "--json"))
    again = next(row for row in answer(books("allocations", "--json")) if row["source"] == "bank")
    assert (again["rule"], again["amount"], again["by"] != "rule") == (claim["rule"], "120.00", True)
    assert answer(books("confirm", again["id"], "--json"), 1)["error"]["code"] == "confirmed_already"
    assert answer(books("confirm", claim["id"], "--json"), 1)["error"]["code"] == "unknown_allocation"
    rows = answer(books("reconcile", "--replay", "--json"))
    assert rows == [
        {
            "rule": "number", "cases": 1, "right": 1, "wrong": 0, "precision": 1.0,
            "lower_bound": pytest.approx(0.2065, abs=1e-4), "acts_alone": True, "stopped": False, "wrong_lines": [],
        }
    ]  # fmt: skip
    assert "juste 1 fois sur 1" in books("reconcile", "--replay")[1]


def test_the_rest_is_written_off_with_the_payment_within_the_tolerance(books: Run) -> None:
    zephyr = line(books, "REF 1")["line_id"]
    refused = answer(books("allocate", zephyr, "F-002", "240,00", "--write-off", "rounding", "--json"), 1)["error"]
    assert refused["code"] == "above_tolerance"
    assert "10,50" in refused["reason"]
    change = answer(books("allocate", zephyr, "F-002", "250,00", "--write-off", "rounding", "--json"))["change_id"]
    assert owed(books, "F-002") == "0.00"
    rows = [row for row in answer(books("allocations", "--json")) if row["invoice_number"] == "F-002"]
    assert {(row["source"], row["amount"], row["reason"]) for row in rows} == {
        ("bank", "250.00", None),
        ("write_off", "0.50", "rounding"),
    }
    answer(books("undo", str(change), "--json"))
    assert owed(books, "F-002") == "250.50"
    assert books("allocate", zephyr, "F-002", "1", "--write-off", "luck")[0] == 2


def test_a_receipt_goes_to_what_the_client_owes_oldest_first(books: Run) -> None:
    zephyr = line(books, "REF 1")["line_id"]
    answer(books("allocate", zephyr, "--oldest", "Beta SAS", "--json"))
    assert (owed(books, "F-002"), owed(books, "F-003")) == ("0.50", "99.00")
    for wrong in (("--oldest", "Beta SAS", "F-002", "1"), (), ("F-002",)):
        assert books("allocate", zephyr, *wrong)[0] == 2


def test_what_was_learned_is_listed_and_forgotten(books: Run) -> None:
    assert books("aliases")[1].startswith("Rien n’est encore appris")
    answer(books("allocate", line(books, "REF 1")["line_id"], "F-002", "250,00", "--json"))
    rows = answer(books("aliases", "--json"))
    assert [(row["kind"], row["value"], row["client"], row["also_for"]) for row in rows] == [("name", "zephyr", "Beta SAS", [])]
    assert answer(books("reconcile", "--json"))["allocated_lines"] == 1  # the second payment of that payer
    assert [(row["confirmed"], row["acts_alone"]) for row in rows] == [(1, True)]
    assert "zephyr → Beta SAS  (1 fois)" in books("aliases")[1]
    answer(books("forget", rows[0]["id"], "--json"))
    assert answer(books("aliases", "--json")) == []
    assert answer(books("forget", "nothing", "--json"), 1)["error"]["code"] == "unknown_alias"


def test_what_no_client_paid_is_classified_and_its_words_become_a_rule(books: Run) -> None:
    prime = line(books, "PRIME")
    assert prime["class"] == "other"
    answer(books("classify", prime["line_id"], "subsidy", "--always", "--json"))
    assert line(books, "PRIME")["class"] == "subsidy"
    assert prime["line_id"] not in {row["line_id"] for row in answer(books("lines", "--unmatched", "--json"))}
    rules = answer(books("label-rules", "--json"))
    assert [(row["words"], row["category"]) for row in rules] == [("region sud prime", "subsidy")]
    answer(books("label-rule", "Région Sud", "no_client", "--replaces", rules[0]["id"], "--json"))
    assert "«\u00a0region sud\u00a0»\u00a0: " in books("label-rules")[1]
    answer(books("forget", answer(books("label-rules", "--json"))[0]["id"], "--json"))
    assert books("label-rules")[1] == "Vous n’avez pas encore de règle de libellé.\n"
    answer(books("classify", prime["line_id"], "rules", "--json"))
    assert line(books, "PRIME")["class"] == "other"
    assert answer(books("classify", prime["line_id"], "luck", "--json"), 1)["error"]["code"] == "unknown_category"


def test_declared_payments_that_no_bank_line_proves_are_listed(books: Run) -> None:
    early = answer(books("declared", "--as-of", "2026-02-20", "--json"))
    assert [(row["invoice_number"], row["amount"], row["days"]) for row in early] == [("F-004", "80.00", 19)]
    assert answer(books("declared", "--unproven", "--as-of", "2026-02-20", "--json")) == []
    assert len(answer(books("declared", "--unproven", "--days", "19", "--as-of", "2026-02-20", "--json"))) == 1
    late = books("declared", "--unproven", "--as-of", "2026-03-10")[1]
    assert "F-004" in late
    assert "aucun relevé de ce jour n’est importé" in late


def test_the_history_of_an_invoice_says_before_and_after(books: Run) -> None:
    zephyr = line(books, "REF 1")["line_id"]
    given = answer(books("allocate", zephyr, "F-002", "100,00", "--json"))["change_id"]
    undone = answer(books("undo", str(given), "--json"))["change_id"]
    rows = answer(books("history", "--of", "F-002", "--json"))
    assert [(row["change_id"], row["action"], row["before"], row["after"], row["rule"]) for row in rows] == [
        (undone, "undo", "100.00", "0.00", "person"),
        (given, "allocate", "0.00", "100.00", "person"),
    ]
    assert {row["source_id"] for row in rows} == {zephyr}
    assert answer(books("history", "--of", zephyr, "--json")) == rows
    assert {row["confidence"] for row in rows} == {None}  # a person said so
    said = books("history", "--of", zephyr)[1].replace("\xa0", " ")
    assert "100,00 € → 0,00 €" in said
    assert "Lettrage à la main" in said
    assert answer(books("history", "--of", "nothing", "--json"), 1)["error"]["code"] == "no_past"


def test_what_waits_is_told_in_its_own_currency(run: Run, tmp_path: Path) -> None:  # noqa: F811 -- the fixture
    (tmp_path / "factures.csv").write_text(
        "Numéro;Client;Date;Échéance;Montant TTC;Devise\nF-1;Alpha SARL;05/01/2026;04/02/2026;120,00;USD\n", "utf-8"
    )
    (tmp_path / "banque.csv").write_text("date;libelle;montant;devise\n10/02/2026;REMISE CHEQUE 1234567;120,00;USD\n", "utf-8")
    answer(run("import", str(tmp_path / "factures.csv"), "--json"))
    answer(run("import", str(tmp_path / "banque.csv"), "--kind", "bank", "--account", "Dollars", "--json"))
    answer(run("reconcile", "--json"))
    assert answer(run("suggestions", "--json"))[0]["currency"] == "USD"
    said = run("suggestions")[1]
    assert "€" not in said
    assert said.count("120,00\N{NO-BREAK SPACE}$US") == 2


def test_what_a_run_allocates_is_summed_in_the_company_s_currency_alone(run: Run, tmp_path: Path) -> None:  # noqa: F811 -- the fixture
    (tmp_path / "factures.csv").write_text(
        "Numéro;Client;Date;Échéance;Montant TTC;Devise\n"
        "FA-2026-001;Alpha SARL;05/01/2026;04/02/2026;120,00;EUR\nFA-2026-002;Beta SAS;05/01/2026;04/02/2026;900,00;USD\n",
        "utf-8",
    )
    answer(run("import", str(tmp_path / "factures.csv"), "--json"))
    for name, number, amount in (("EUR", "FA-2026-001", "120,00"), ("USD", "FA-2026-002", "900,00")):
        text = f"date;libelle;montant;devise\n10/02/2026;VIR {number};{amount};{name}\n"
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        answer(run("import", str(tmp_path / f"{name}.csv"), "--kind", "bank", "--account", name, "--json"))
    done = answer(run("reconcile", "--json"))
    assert (done["allocated_lines"], done["allocated_amount"]) == (2, "120.00")


def test_a_refusal_says_what_is_left_in_its_currency_and_what_a_number_is(books: Run) -> None:
    zephyr = line(books, "REF 1")["line_id"]
    assert "250,00\u00a0€" in books("allocate", zephyr, "F-002", "900")[2]
    assert "Il ne reste rien" not in books("allocate", zephyr, "F-002", "900")[2]
    answer(books("allocate", zephyr, "F-002", "250,00", "--json"))
    assert books("allocate", zephyr, "F-002", "0,50")[2] == "Il ne reste rien à lettrer\u00a0: tout a été lettré ou rendu.\n"


def test_tables_show_the_currency_of_money_and_lines_name_it(books: Run) -> None:
    assert {row["currency"] for row in answer(books("lines", "--json"))} == {"EUR"}
    for name in ("lines", "invoices"):
        assert "250,50\u00a0€" in books(name)[1] or "250,00\u00a0€" in books(name)[1]


def test_the_history_of_what_a_rule_matched_says_how_sure_it_was(books: Run) -> None:
    matched = next(row for row in answer(books("allocations", "--json")) if row["by"] == "rule" and row["source"] == "bank")
    (row,) = answer(books("history", "--of", matched["line_id"], "--json"))
    assert (row["rule"], row["confidence"]) == (matched["rule"], matched["confidence"])
    assert row["confidence"] is not None
    assert f"{row['confidence']:.0%}".replace("%", "\xa0%)") in books("history", "--of", matched["line_id"])[1]
