"""The terminal's commands on cash out: planned movements, answers, supplier invoices, the transfer file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from test_cli import answer, run  # noqa: F401 -- the fixture

from pipelines.exports.pain001 import NAMESPACE

Run = Callable[..., tuple[int, str, str]]

_PURCHASES = """Numéro;Fournisseur;Date;Échéance;Montant HT;TVA;Montant TTC
FB-118;Boissons Provence;20/05/2026;19/06/2026;1000,00;200,00;1200,00
MT-77;Matériel Pro;15/06/2026;15/07/2026;4000,00;800,00;4800,00
"""
_BANK = """date;libelle;montant
24/06/2026;VIR SEPA BOISSONS PROVENCE FB-118;-1200,00
25/06/2026;VIR DIVERS;-10,00
"""


@pytest.fixture
def books(run: Run, tmp_path: Path) -> Run:  # noqa: F811 -- the fixture
    """Two supplier invoices and a debit, as of 26 June 2026, without proposals of taxes."""
    for name, text in (("achats.csv", _PURCHASES), ("banque.csv", _BANK)):
        (tmp_path / name).write_text(text, "utf-8")
    answer(run("import", str(tmp_path / "achats.csv"), "--json"))
    answer(run("import", str(tmp_path / "banque.csv"), "--kind", "bank", "--account", "Courant", "--json"))
    for key, value in (("default_as_of", "2026-06-26"), ("vat_regime", "none"), ("urssaf_day", "none")):
        answer(run("set", key, value, "--json"))
    return run


def items(books: Run) -> list[dict[str, Any]]:
    """The expected movements of the next 30 days that are no supplier invoice."""
    return [row for row in answer(books("cash", "list", "--json")) if row["kind"] != "supplier"]


def test_a_movement_is_planned_answered_and_taken_back(books: Run) -> None:
    answer(books("cash", "add", "Camionnette", "3 000,00", "2026-07-06", "--json"))
    assert answer(books("cash", "add", "Camionnette", "3,000", "2026-07-06", "--json"), 1)["error"]["code"] == "bad_amount"
    answer(books("cash", "add", "Subvention", "500,50", "2026-07-10", "--in", "--every", "monthly", "--json"))
    assert [(row["label"], row["date"], row["amount"], row["is_counted"]) for row in items(books)] == [
        ("Camionnette", "2026-07-06", "-3000.00", True), ("Subvention", "2026-07-10", "500.50", True),
    ]  # fmt: skip
    wrong = books("cash", "move", "camionnette", "--on", "2026-07-07", "--to", "2026-07-20", "--json")
    assert answer(wrong, 1)["error"]["code"] == "not_that_day"
    answer(books("cash", "move", "camionnette", "--on", "2026-07-06", "--to", "2026-07-20", "--json"))
    answer(books("cash", "change", "subvention", "450", "--on", "2026-07-10", "--json"))
    assert {(row["date"], row["amount"], row["answer"]) for row in items(books)} == {
        ("2026-07-20", "-3000.00", "moved"), ("2026-07-10", "450.00", "changed"),
    }  # fmt: skip
    dropped = answer(books("cash", "drop", "subvention", "--json"))["change_id"]
    assert [row["label"] for row in items(books)] == ["Camionnette"]
    answer(books("undo", str(dropped), "--json"))
    assert len(items(books)) == 2
    assert answer(books("cash", "drop", "inconnu", "--json"), 1)["error"]["code"] == "unknown_item"


def test_the_first_movement_of_a_currency_may_be_a_planned_one(books: Run) -> None:
    assert books("--currency", "USD", "cash", "list")[0] == 1
    answer(books("--currency", "USD", "cash", "add", "Licences", "500", "2026-07-06", "--json"))
    (row,) = answer(books("--currency", "USD", "cash", "list", "--json"))
    assert (row["label"], row["amount"]) == ("Licences", "-500.00")


def test_a_bank_line_that_is_another_movement_is_said_so(books: Run) -> None:
    answer(books("cash", "add", "Divers", "10", "2026-06-29", "--json"))
    (row,) = items(books)
    assert (row["why_not"], row["seen_on"], row["seen_label"], row["seen_amount"]) == (
        "seen", "2026-06-25", "VIR DIVERS", "-10.00",
    )  # fmt: skip
    assert books("cash", "list")[1].splitlines()[0].endswith("Déjà en banque, 25/06/2026 -10,00\u00a0€ VIR DIVERS")
    said = answer(books("cash", "not-seen", "divers", "--json"))["change_id"]
    (row,) = items(books)
    assert (row["is_counted"], row["why_not"], row["line_id"]) == (True, None, None)
    assert answer(books("cash", "not-seen", "divers", "--json"), 1)["error"]["code"] == "not_seen"
    answer(books("undo", str(said), "--json"))
    assert items(books)[0]["why_not"] == "seen"


def test_a_negative_amount_is_one(books: Run) -> None:
    answer(books("set", "cash_floor", "-5000", "--json"))
    answer(books("cash", "add", "Four", "-8400,50", "2026-07-06", "--json"))
    answer(books("cash", "change", "four", "-8000", "--json"))
    assert [(row["label"], row["amount"]) for row in items(books)] == [("Four", "-8000.00")]
    assert books("cash", "add", "Four", "5", "2026-07-06", "--every", "daily")[0] == 2
    assert books("cash", "add", "Four", "5", "2026-07-06", "--nope")[0] == 2


def test_a_tax_counts_once_it_is_confirmed_with_its_amount(books: Run) -> None:
    answer(books("set", "urssaf_day", "15", "--json"))
    (row,) = items(books)
    assert (row["label"], row["amount"], row["is_counted"], row["why_not"]) == (
        "Cotisations sociales (URSSAF)", None, False, "to_confirm",
    )  # fmt: skip
    answer(books("cash", "confirm", "tax|urssaf", "--amount", "640", "--json"))
    (row,) = items(books)
    assert (row["amount"], row["is_counted"]) == ("-640.00", True)
    outflows = answer(books("forecast", "--json"))["outflows"]
    assert outflows[18] == "-5440.00"  # 15 July: URSSAF and Matériel Pro
    assert "Cotisations sociales (URSSAF)" in books("cash", "list")[1]


def test_suppliers_in_every_way(books: Run) -> None:
    assert answer(books("payables", "--known-on", "2020-01-01", "--json")) == []
    rows = answer(books("payables", "--json"))
    assert [(row["number"], row["status"], row["pay_on"], row["why_not"]) for row in rows] == [
        ("FB-118", "late", None, "seen"), ("MT-77", "to_pay", "2026-07-15", None),
    ]  # fmt: skip
    said = books("payables")[1].splitlines()
    assert said[0].endswith("aucun paiement prévu\u00a0: Déjà en banque")
    assert said[1].endswith("paiement prévu le 15/07/2026")
    aged = answer(books("payables", "--by", "supplier", "--json"))
    assert [(row["supplier"], row["1_30"], row["total"]) for row in aged] == [
        ("Boissons Provence", "1200.00", "1200.00"), ("Matériel Pro", "0.00", "4800.00"),
    ]  # fmt: skip
    (found,) = answer(books("payables", "--by", "debit", "--json"))
    assert answer(books("cash", "not-seen", "FB-118", "--json"), 1)["error"]["code"] == "is_supplier_invoice"
    assert (found["number"], found["evidence"]) == ("FB-118", "number")
    answer(books("pay-supplier", found["line_id"], "FB-118", "--json"))
    assert [row["number"] for row in answer(books("payables", "--json"))] == ["MT-77"]
    assert answer(books("check", "--json"))["ok"]
    (planned,) = answer(books("payables", "--by", "plan", "--json"))
    assert (planned["reason"], planned["pay_on"]) == ("no_cash", None)  # the account is in the red
    answer(books("cash", "add", "Apport", "9000", "2026-07-01", "--in", "--json"))
    (planned,) = answer(books("payables", "--by", "plan", "--json"))
    assert (planned["reason"], planned["pay_on"]) == ("due", "2026-07-15")
    for by in ("invoice", "supplier", "plan", "debit"):
        assert books("payables", "--by", by)[0] == 0


def test_supplier_invoices_are_listed_without_a_forecast_of_cash(books: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        pytest.fail("it takes a second more")

    monkeypatch.setattr("pipelines.forecast.curve.forecast", nothing)
    monkeypatch.setattr("pipelines.payment_plan.forecast", nothing)
    assert len(answer(books("payables", "--json"))) == 2


def test_a_supplier_invoice_has_one_payment_day(books: Run) -> None:
    moved = answer(books("cash", "move", "MT-77", "--on", "2026-07-15", "--to", "2026-07-20", "--json"))["change_id"]
    row = next(row for row in answer(books("payables", "--json")) if row["number"] == "MT-77")
    assert (row["pay_on"], row["why"]) == ("2026-07-20", "chosen")
    assert answer(books("forecast", "--json"))["outflows"][23] == "-4800.00"  # 20 July
    shown = next(row for row in answer(books("cash", "list", "--json")) if row["label"] == "MT-77")
    assert (shown["date"], shown["is_counted"]) == ("2026-07-20", True)
    (made,) = [row for row in answer(books("history", "--json")) if row["change_id"] == moved]
    assert made["subject"] == "MT-77"
    for word in (("confirm", "MT-77"), ("drop", "MT-77"), ("change", "MT-77", "10")):
        refused = answer(books("cash", *word, "--json"), 1)["error"]
        assert refused["code"] == "is_supplier_invoice"
        assert "encours payable MT-77 --pay-on" in refused["reason"]
    past = books("cash", "move", "MT-77", "--on", "2026-07-20", "--to", "2026-06-25", "--json")
    assert answer(past, 1)["error"]["code"] == "day_passed"


def test_a_day_that_has_passed_is_refused(books: Run) -> None:
    answer(books("cash", "add", "Prime", "500", "2026-07-06", "--json"))
    for words in (
        ("move", "prime", "--on", "2026-07-06", "--to", "2026-06-25"),
        ("add", "Ancien", "10", "2026-06-25"),
        ("add", "Ancien", "10", "2026-01-05", "--every", "monthly", "--until", "2026-06-25"),
    ):
        assert answer(books("cash", *words, "--json"), 1)["error"]["code"] == "day_passed"
    answer(books("cash", "add", "Loyer", "10", "2026-01-05", "--every", "monthly", "--until", "2026-07-31", "--json"))
    assert [(row["label"], row["date"]) for row in items(books)] == [("Loyer", "2026-07-06"), ("Prime", "2026-07-06")]


def test_a_discount_is_worth_its_true_rate(books: Run) -> None:
    answer(books("payable", "MT-77", "--discount", "2", "--until", "2026-07-06", "--json"))
    row = next(row for row in answer(books("payables", "--json")) if row["number"] == "MT-77")
    assert (row["discounted"], round(row["annual_rate"], 1)) == ("4704.00", 82.8)  # 2/98 x 365/9
    assert answer(books("payable", "MT-77", "--discount", "2", "--json"), 1)["error"]["code"] == "payable_what"


def test_what_cannot_be_paid_that_way_is_refused(books: Run, tmp_path: Path) -> None:
    unknown = answer(books("payable", "NOPE", "--pay-on", "2026-07-06", "--json"), 1)["error"]
    assert (unknown["code"], unknown["reason"].endswith("encours payables")) == ("unknown_invoice", True)
    past = books("payable", "MT-77", "--discount", "2", "--until", "2026-06-25", "--json")
    assert answer(past, 1)["error"]["code"] == "day_passed"
    answer(books("payable", "MT-77", "--discount", "0", "--until", "2026-06-25", "--json"))  # takes it back
    for day in ("2026-07-11", "2026-07-14"):  # a Saturday, a public holiday
        on = books("transfers", "MT-77", "--pay-on", day, "--out", str(tmp_path / "v.xml"), "--json")
        assert answer(on, 1)["error"]["code"] == "not_a_working_day"
    assert "15/07/2026" in answer(on, 1)["error"]["reason"]


def test_transfers_are_written_once(books: Run, tmp_path: Path) -> None:
    target = tmp_path / "virements.xml"
    order = ("transfers", "MT-77", "FB-118", "--pay-on", "2026-06-30", "--out", str(target), "--json")
    assert answer(books(*order), 1)["error"]["code"] == "seems_paid"
    debit = answer(books("payables", "--by", "debit", "--json"))[0]["line_id"]
    answer(books("pay-supplier", debit, "FB-118", "--no", "--json"))
    assert answer(books(*order), 1)["error"]["code"] in ("no_own_iban", "no_supplier_iban")
    answer(books("set", "company_name", "Atelier Sud", "--json"))
    answer(books("set", "iban", "FR7630006000011234567890189", "--json"))
    for supplier in ("Boissons Provence", "Matériel Pro"):
        answer(books("supplier-iban", supplier, "DE89370400440532013000", "--json"))
    nowhere = [str(tmp_path / "none" / "v.xml") if word == str(target) else word for word in order]
    assert answer(books(*nowhere), 1)["error"]["code"] == "not_writable"
    made = answer(books(*order))
    assert (made["transfers"], made["total"]) == (2, "6000.00")
    root = etree.fromstring(target.read_bytes())
    assert [node.text for node in root.iter(f"{{{NAMESPACE}}}CtrlSum")] == ["6000.00", "6000.00"]
    assert answer(books(*order), 1)["error"]["code"] == "ordered_already"
