"""The sample company: its files are reproducible, agree with each other, and hold what its README counts.

Everything is counted again here from the files, with `csv` and regular expressions, never with our own readers.
"""

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import StringIO
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from stdnum import iban
from stdnum.fr import siren

from models.dates import is_working_day
from sample_data._company import fold
from sample_data.make_sample import main

FOLDER = Path(__file__).parent.parent / "sample_data"
FILES = ("factures.csv", "achats.csv", "banque_courant.ofx", "banque_livret.csv", "manifest.json", "README.md")
LAST_DAY = date(2026, 6, 26)
ZERO = Decimal(0)
#: The least that a sample worth its name shows of each oddity.
LEAST = {
    "grouped_payments": 5,
    "partial_payments": 10,
    "linked_credit_notes": 3,
    "unlinked_credit_notes": 1,
    "deposits": 2,
    "final_invoices": 2,
    "twin_invoices": 2,
    "returned_payments": 1,
    "refunds": 1,
    "overpayments": 1,
    "disputed_invoices": 2,
    "chronic_late_payers": 2,
    "unsent_invoices": 1,
    "missing_numbers": 1,
    "drafts": 1,
    "cancelled": 1,
    "declared_payments": 3,
    "cut_names": 1,
    "misleading_digits": 5,
    "payments_with_neither": 4,
    "rent": 18,
    "payroll": 80,
    "urssaf": 18,
    "vat": 16,
    "fees": 18,
    "internal": 2,
    "suppliers": 10,
    "purchases": 60,
    "late_purchases": 2,
    "disputed_purchases": 1,
    "early_discounts": 1,
    "card_purchases": 1,
    "supplier_credit_notes": 2,
}


@dataclass(frozen=True)
class Line:
    """One movement of the current account, as the OFX file writes it."""

    fitid: str
    day: date
    amount: Decimal
    name: str
    memo: str

    @property
    def label(self) -> str:
        """The two fields as one text."""
        return f"{self.name} {self.memo}"


def french(text: str) -> Decimal:
    """`1 234,50` as a number; empty is zero."""
    return Decimal(re.sub(r"\s", "", text).replace(",", ".") or "0")


def day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


@cache
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    return content


@cache
def rows() -> Sequence[Mapping[str, str]]:
    """Every row of the invoice file."""
    return list(csv.DictReader(StringIO((FOLDER / "factures.csv").read_text("utf-8-sig")), delimiter=";"))


@cache
def purchases() -> Mapping[str, Mapping[str, str]]:
    """Every row of the file of purchases, by number."""
    content = csv.DictReader(StringIO((FOLDER / "achats.csv").read_text("cp1252")), delimiter=";")
    return {row["N° facture"]: row for row in content}


@cache
def owed_to_suppliers() -> Mapping[str, Decimal]:
    """What each purchase still owes: its amount less the credit note that names it and the debits of the manifest."""
    owed = {number: french(row["Montant TTC"]) for number, row in purchases().items() if row["Type"] == "Facture"}
    for row in purchases().values():
        if row["Facture d'origine"]:
            owed[row["Facture d'origine"]] -= french(row["Montant TTC"])
    by_id = {line.fitid: line for line in lines()}
    for fitid, number in manifest()["supplier_payments"].items():
        owed[number] += by_id[fitid].amount
    return owed


@cache
def documents() -> Mapping[str, Mapping[str, str]]:
    """The rows that are documents, by number."""
    return {row["N° facture"]: row for row in rows() if row["Statut"] not in {"Brouillon", "Annulée"}}


@cache
def lines() -> Sequence[Line]:
    """Every movement of the OFX file."""
    text = (FOLDER / "banque_courant.ofx").read_text("cp1252").replace("&amp;", "&")
    found = []
    for block in re.findall(r"<STMTTRN>(.*?)</STMTTRN>", text, re.DOTALL):
        field = dict(re.findall(r"<(\w+)>([^\n]*)", block))
        booked = datetime.strptime(field["DTPOSTED"], "%Y%m%d").date()
        found.append(Line(field["FITID"], booked, Decimal(field["TRNAMT"]), field["NAME"], field.get("MEMO", "")))
    return found


@cache
def savings() -> tuple[Sequence[list[str]], Sequence[list[str]]]:
    """The preamble and the movements of the savings account."""
    content = list(csv.reader(StringIO((FOLDER / "banque_livret.csv").read_text("cp1252")), delimiter=";"))
    header = content.index(["date", "libellé", "débit", "crédit", "solde"])
    return content[:header], content[header + 1 :]


@cache
def allocations() -> Mapping[str, Sequence[tuple[str, Decimal]]]:
    """FITID to the invoices that it truly pays."""
    truth = manifest()["allocations"]
    return {fitid: [(number, Decimal(amount)) for number, amount in pairs] for fitid, pairs in truth.items()}


def asked(number: str) -> Decimal:
    return french(documents()[number]["Montant TTC"])


@cache
def replay() -> tuple[Mapping[str, Decimal], Sequence[str]]:
    """Play credit notes and payments by date: (what each invoice still owes, lines that left something owing)."""
    owed = {number: asked(number) for number, row in documents().items() if row["Type"] != "Avoir"}
    returned = {line.fitid for line in lines() for back in manifest()["returns"] if back["credit"] == line.fitid}
    events: list[tuple[date, int, str]] = [
        (day(row["Date de facture"]), 0, number) for number, row in documents().items() if row["Facture d'origine"]
    ]
    events += [(line.day, 1, line.fitid) for line in lines() if line.fitid in allocations()]
    partial = []
    for _, source, name in sorted(events):
        if source == 0:
            linked = documents()[name]["Facture d'origine"]
            owed[linked] -= min(owed[linked], asked(name))
        elif name not in returned:
            for number, amount in allocations()[name]:
                owed[number] -= amount
                assert owed[number] >= 0, (name, number)
            if any(owed[number] for number, _ in allocations()[name]):
                partial.append(name)
    for number in owed:
        owed[number] -= french(documents()[number]["Montant réglé"])
    return owed, partial


def written(number: str) -> re.Pattern[str]:
    """The invoice number as a whole token, whatever is lost of its prefix and separators."""
    _, year, serial = number.split("-")
    return re.compile(rf"(?<!\d){year}[-/ ]?{serial}(?!\d)")


def evidence(line: Line) -> str:
    """What of the payer the label shows."""
    paid = [number for number, _ in allocations()[line.fitid]]
    if any(written(number).search(line.label) for number in paid):
        return "payments_with_number"
    if any(row["Bon de commande"] and row["Bon de commande"] in line.label for row in map(documents().__getitem__, paid)):
        return "payments_with_order_only"
    named = fold(documents()[paid[0]]["Client"])
    return "payments_with_name_only" if named[:24].rstrip() in line.label else "payments_with_neither"


def chronic() -> list[str]:
    days = defaultdict(list)
    for line in lines():
        for number, _ in allocations().get(line.fitid, ()):
            row = documents()[number]
            days[row["Code client"]].append((line.day - day(row["Date d'échéance"])).days)
    return [client for client, late in days.items() if fmean(late) > 30]


def missing_numbers() -> list[str]:
    """Numbers that no row has, within each yearly series."""
    series = defaultdict(set)
    for row in rows():
        if not row["N° facture"].startswith("PROV"):
            prefix, year, serial = row["N° facture"].split("-")
            series[prefix, year].add(int(serial))
    return [f"{p}-{y}-{n:03d}" for (p, y), found in series.items() for n in range(1, max(found)) if n not in found]


@cache
def twins() -> set[str]:
    """Invoices of one amount at two clients, open together when money of that amount comes without a name."""
    paid_on = {number: line.day for line in lines() for number, _ in allocations().get(line.fitid, ())}
    found: set[str] = set()
    for line in lines():
        if line.fitid in allocations() and evidence(line) == "payments_with_neither":
            same = {
                number
                for number, row in documents().items()
                if row["Type"] == "Facture" and asked(number) == line.amount
                if day(row["Date de facture"]) <= line.day <= paid_on.get(number, LAST_DAY)
            }
            found |= same if len({documents()[number]["Code client"] for number in same}) > 1 else set()
    return found


@cache
def misleading() -> list[str]:
    """Lines with the digits of an invoice that they do not pay."""
    invoices = [number for number in documents() if number.startswith("FACT")]
    found = []
    for line in lines():
        paid = {number for number, _ in allocations().get(line.fitid, ())}
        read = {number for number in invoices if written(number).search(line.label)}
        if read - paid:
            found.append(line.fitid)
    return found


@cache
def document_counts() -> dict[str, int]:
    kinds = Counter(row["Type"] for row in documents().values())
    statuses = Counter(row["Statut"] for row in rows())
    clients = {row["Code client"]: row for row in rows()}
    types = Counter(row["Type de client"] for row in clients.values())
    late = [(LAST_DAY - day(documents()[number]["Date d'échéance"])).days for number, amount in replay()[0].items() if amount]
    return {
        "rows": len(rows()),
        "invoices": kinds["Facture"],
        "deposits": kinds["Acompte"],
        "linked_credit_notes": sum(bool(row["Facture d'origine"]) for row in documents().values()),
        "unlinked_credit_notes": sum(row["Type"] == "Avoir" and not row["Facture d'origine"] for row in documents().values()),
        "final_invoices": sum(bool(row["Acompte déduit"]) for row in documents().values()),
        "disputed_invoices": sum(row["Litige"] == "oui" for row in documents().values()),
        "declared_payments": sum(bool(row["Montant réglé"]) for row in documents().values()),
        "unsent_invoices": sum(not row["Date d'envoi"] for row in documents().values()),
        "drafts": statuses["Brouillon"],
        "cancelled": statuses["Annulée"],
        "missing_numbers": len(missing_numbers()),
        "clients": len(clients),
        "public_clients": types["public"],
        "consumers": types["particulier"],
        "english_clients": sum(row["Langue"] == "en" for row in clients.values()),
        "open_invoices": len(late),
        "late_invoices": sum(days > 0 for days in late),
        "over_90_invoices": sum(days > 90 for days in late),
    }


@cache
def bank_counts() -> dict[str, int]:
    def labelled(pattern: str) -> int:
        return sum(bool(re.match(pattern, line.label)) for line in lines())

    owners = {fitid: {documents()[number]["Code client"] for number, _ in pairs} for fitid, pairs in allocations().items()}
    direct_debits = {back["credit"] for back in manifest()["returns"]}
    receipts = [line for line in lines() if line.fitid in allocations()]
    cut = fold("Société coopérative des vergers de Haute-Combe")
    return {
        "current_lines": len(lines()),
        "savings_lines": len(savings()[1]),
        "client_payments": len(receipts),
        "grouped_payments": sum(len(allocations()[fitid]) > 1 and len(who) == 1 for fitid, who in owners.items()),
        "cheques_of_several_clients": sum(len(who) > 1 for who in owners.values()),
        "partial_payments": len(set(replay()[1]) - direct_debits),
        "overpayments": sum(line.amount > sum(amount for _, amount in allocations()[line.fitid]) for line in receipts),
        "chronic_late_payers": len(chronic()),
        "twin_invoices": len(twins()),
        "misleading_digits": len(misleading()),
        "cut_names": sum(cut[:12] in line.label and cut not in line.label for line in lines()),
        "returned_payments": labelled("REJET "),
        "refunds": labelled("VIR REMBOURSEMENT "),
        "internal": labelled("VIR INTERNE"),
        "rent": labelled(r"PRLV SEPA SCI .*LOYER"),
        "payroll": labelled("VIR SEPA SALAIRE"),
        "urssaf": labelled("PRLV SEPA URSSAF"),
        "vat": labelled(".*IMPOT TVA"),
        "fees": labelled("FRAIS TENUE DE COMPTE|COTISATION CARTE"),
        **dict.fromkeys(("payments_with_order_only", "payments_with_neither"), 0),
        **Counter(evidence(line) for line in receipts),
    }


@cache
def purchase_counts() -> dict[str, int]:
    rows_, open_ = list(purchases().values()), [number for number, amount in owed_to_suppliers().items() if amount]
    return {
        "suppliers": len({row["Code fournisseur"] for row in rows_}),
        "purchases": len(rows_),
        "open_purchases": len(open_),
        "supplier_payments": len(manifest()["supplier_payments"]),
        "late_purchases": sum(day(purchases()[number]["Date d'échéance"]) < LAST_DAY for number in open_),
        "disputed_purchases": sum(row["Litige"] == "oui" for row in rows_),
        "early_discounts": len([manifest()["discount"]["invoice"]]),
        "card_purchases": sum("CARTE" in by_id.label for by_id in lines() if by_id.fitid in manifest()["supplier_payments"]),
        "supplier_credit_notes": sum(row["Type"] == "Avoir" for row in rows_),
    }


@pytest.mark.parametrize("name", FILES)
def test_the_script_writes_the_same_bytes_again(name: str, tmp_path: Path) -> None:
    main([str(tmp_path)])
    assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_what_the_files_hold_is_what_the_readme_and_the_manifest_count() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    told = {key: int(number) for key, number in re.findall(r"^\| `(\w+)` \|[^|]*\| (\d+) \|", readme, re.MULTILINE)}
    counted = document_counts() | bank_counts() | purchase_counts()
    assert told == counted
    assert manifest()["counts"] == counted


def test_every_list_of_oddities_is_as_long_as_its_count_and_names_what_exists() -> None:
    known = {line.fitid for line in lines()} | {row["N° facture"] for row in rows()} | {row["Code client"] for row in rows()}
    known |= set(purchases())
    for key, found in manifest()["oddities"].items():
        assert len(set(found)) == manifest()["counts"][key], key
        if key != "missing_numbers":
            assert set(found) <= known, key


def test_the_lists_of_oddities_are_the_ones_found_in_the_files() -> None:
    told = manifest()["oddities"]
    assert told["misleading_digits"] == misleading()
    assert set(told["twin_invoices"]) == twins()
    assert told["missing_numbers"] == missing_numbers()
    assert set(told["chronic_late_payers"]) == set(chronic())
    assert sorted(told["partial_payments"]) == sorted(replay()[1])
    for key in ("number", "order_only", "name_only"):
        by_label = [line.fitid for line in lines() if line.fitid in allocations()]
        shown = [line.fitid for line in lines() if line.fitid in by_label and evidence(line) == f"payments_with_{key}"]
        assert told[f"payments_with_{key}"] == shown


@pytest.mark.parametrize(("key", "least"), LEAST.items())
def test_every_oddity_is_there_often_enough(key: str, least: int) -> None:
    assert (document_counts() | bank_counts() | purchase_counts())[key] >= least


def test_opening_and_movements_give_the_closing_balance_of_the_current_account() -> None:
    text = (FOLDER / "banque_courant.ofx").read_text("cp1252")
    found = re.search(r"<LEDGERBAL>\s*<BALAMT>(\S+)\s*<DTASOF>(\d{8})", text)
    account = manifest()["accounts"]["current"]
    assert found
    assert found[2] == "20260626"
    assert Decimal(account["opening"]) + sum(line.amount for line in lines()) == Decimal(found[1])
    assert Decimal(account["closing"]) == Decimal(found[1])


def test_every_balance_of_the_savings_account_follows_from_the_one_before() -> None:
    preamble, movements = savings()
    stated = {row[0]: row[1] for row in preamble if row}
    balance = french(stated["Solde au 31/10/2024"])
    assert balance == Decimal(manifest()["accounts"]["savings"]["opening"])
    for _, _, debit, credit, after in movements:
        balance += french(credit) - french(debit)
        assert balance == french(after)
    assert balance == french(stated["Solde au 26/06/2026"]) == Decimal(manifest()["accounts"]["savings"]["closing"])


def test_the_account_is_tense_but_never_far_below_zero() -> None:
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for line in lines():
        by_day[line.day] += line.amount
    balance = Decimal(manifest()["accounts"]["current"]["opening"])
    evenings = []
    for booked in sorted(by_day):
        balance += by_day[booked]
        evenings.append(balance)
    assert min(evenings) > -5000
    assert 20000 < sorted(evenings)[len(evenings) // 2] < 60000


def test_banks_book_on_working_days_only_up_to_the_last_day() -> None:
    booked = [line.day for line in lines()] + [day(row[0]) for row in savings()[1]]
    assert [one for one in booked if not is_working_day(one)] == []
    assert max(booked) == LAST_DAY
    assert min(booked) >= date(2024, 11, 1)
    assert [line.day for line in lines()] == sorted(line.day for line in lines())


def test_transfers_between_own_accounts_have_both_sides() -> None:
    here = [(line.day, line.amount) for line in lines() if line.name.startswith("VIR INTERNE")]
    there = [(day(d), french(debit) - french(credit)) for d, label, debit, credit, _ in savings()[1] if "VIR INTERNE" in label]
    assert here == there


def test_numbers_and_bank_ids_are_unique() -> None:
    assert max(Counter(row["N° facture"] for row in rows()).values()) == 1
    assert len(purchases()) == len((FOLDER / "achats.csv").read_text("cp1252").splitlines()) - 1
    assert max(Counter(line.fitid for line in lines()).values()) == 1


def test_numbers_follow_the_issue_dates() -> None:
    numbered = [(row["N° facture"], day(row["Date de facture"])) for row in rows() if row["N° facture"].startswith("FACT")]
    assert all(earlier[1] <= later[1] for earlier, later in pairwise(sorted(numbered)))


def test_a_credit_note_corrects_an_earlier_invoice_of_its_client() -> None:
    for row in documents().values():
        if row["Facture d'origine"]:
            invoice = documents()[row["Facture d'origine"]]
            assert (row["Type"], invoice["Type"]) == ("Avoir", "Facture")
            assert row["Code client"] == invoice["Code client"]
            assert day(invoice["Date de facture"]) <= day(row["Date de facture"])
            assert french(row["Montant TTC"]) <= french(invoice["Montant TTC"])


def test_amounts_add_up_and_vat_is_twenty_per_cent() -> None:
    for row in rows():
        before, vat, asked_for, deposit = (french(row[name]) for name in ("Montant HT", "TVA", "Montant TTC", "Acompte déduit"))
        assert vat * 5 == before
        assert before + vat - deposit == asked_for
        assert 180 <= asked_for <= 18000


def test_what_a_final_invoice_deducts_was_invoiced_before_as_a_deposit() -> None:
    deposits = [row for row in documents().values() if row["Type"] == "Acompte"]
    for row in documents().values():
        if row["Acompte déduit"]:
            same = [
                one for one in deposits if (one["Code client"], one["Montant TTC"]) == (row["Code client"], row["Acompte déduit"])
            ]
            assert len(same) == 1
            assert day(same[0]["Date de facture"]) < day(row["Date de facture"])


def test_every_receipt_has_its_true_invoices_and_no_more_than_its_amount() -> None:
    by_id = {line.fitid: line for line in lines()}
    credits_ = {line.fitid for line in lines() if line.amount > 0 and not line.name.startswith("VIR INTERNE")}
    assert set(allocations()) == credits_
    for fitid, pairs in allocations().items():
        over = Decimal(216) if fitid in manifest()["oddities"]["overpayments"] else ZERO
        assert by_id[fitid].amount == sum(amount for _, amount in pairs) + over
        assert all(day(documents()[number]["Date de facture"]) <= by_id[fitid].day for number, _ in pairs)


def test_the_returned_payment_and_the_refund_mirror_what_they_undo() -> None:
    by_id = {line.fitid: line for line in lines()}
    (back,), (refund,) = manifest()["returns"], manifest()["refunds"]
    credit, debit = by_id[back["credit"]], by_id[back["debit"]]
    assert credit.amount == -debit.amount == Decimal(back["amount"]) == replay()[0][back["invoice"]]
    assert 1 <= (debit.day - credit.day).days <= 10
    assert -by_id[refund["debit"]].amount == asked(refund["credit_note"])
    assert refund["credit_note"] in by_id[refund["debit"]].memo
    assert day(documents()[refund["credit_note"]]["Date de facture"]) < by_id[refund["debit"]].day


def test_each_supplier_payment_is_a_debit_of_its_invoice_to_the_cent_after_its_issue() -> None:
    by_id = {line.fitid: line for line in lines()}
    assert set(owed_to_suppliers().values()) >= {ZERO}
    assert min(owed_to_suppliers().values()) == ZERO
    for fitid, number in manifest()["supplier_payments"].items():
        line, row = by_id[fitid], purchases()[number]
        assert -line.amount == french(row["Montant TTC"])
        assert day(row["Date de facture"]) <= line.day
        assert number in line.label or fold(row["Fournisseur"]) in line.label
    transfers = {line.fitid for line in lines() if line.name == "VIR SEPA EMIS"}
    assert transfers <= set(manifest()["supplier_payments"])


def test_purchases_add_up_and_what_is_open_is_due_late_soon_and_in_dispute() -> None:
    for row in purchases().values():
        before, vat, whole = (french(row[name]) for name in ("Montant HT", "TVA", "Montant TTC"))
        assert before + vat == whole
        assert abs(before - whole / Decimal("1.2")) < Decimal("0.01")
    figures = manifest()["figures"]
    assert Decimal(figures["owed_to_suppliers"]) == sum(owed_to_suppliers().values()) == Decimal("21899.88")
    alone = [row for row in purchases().values() if row["Type"] == "Avoir" and not row["Facture d'origine"]]
    assert Decimal(figures["supplier_credits"]) == sum(french(row["Montant TTC"]) for row in alone)
    discount = manifest()["discount"]
    assert owed_to_suppliers()[discount["invoice"]] > 0
    assert (day(purchases()[discount["invoice"]]["Date d'échéance"]) - date.fromisoformat(discount["until"])).days == 20


def test_of_two_twins_at_the_end_one_is_paid_and_one_is_open() -> None:
    recent = [number for number in twins() if number.startswith("FACT-2026")]
    assert sorted(replay()[0][number] for number in recent) == [ZERO, asked(recent[0])]


def test_the_manifest_tells_what_each_invoice_still_owes() -> None:
    told = {number: Decimal(amount) for number, amount in manifest()["figures"]["outstanding"].items()}
    assert told == {number: amount for number, amount in replay()[0].items() if amount}
    figures = manifest()["figures"]
    assert Decimal(figures["gross_outstanding"]) == sum(told.values()) == sum(map(Decimal, figures["ageing"].values()))
    alone = [asked(number) for number in manifest()["oddities"]["unlinked_credit_notes"]]
    assert Decimal(figures["open_credits"]) == sum(alone) + 216
    assert Decimal(figures["receivables"]) == Decimal(figures["gross_outstanding"]) - Decimal(figures["open_credits"])


def test_the_company_has_a_believable_size() -> None:
    sold = sum(asked(number) * (-1 if row["Type"] == "Avoir" else 1) for number, row in documents().items())
    counted = document_counts()
    assert 650_000 <= sold * 12 / 20 <= 750_000
    assert 35 <= counted["open_invoices"] <= 55
    assert 8 <= counted["late_invoices"] <= 12
    assert 2 <= counted["over_90_invoices"] <= 4
    assert (counted["clients"], counted["public_clients"], counted["consumers"]) == (40, 3, 2)


def test_payers_write_numbers_in_many_styles_and_one_in_six_or_so_writes_none() -> None:
    labels = " ".join(line.label for line in lines() if line.fitid in allocations())
    styles = (
        r"\bFACT-2025-\d{3}",
        r"\bFACT2025\d{3}",
        r"\bFACT 2025 \d{3}",
        r"(?<![-\w])2025-\d{3}",
        r"\bF2025-",
        r"FACTURE 2025/",
    )
    assert all(len(re.findall(style, labels)) >= 5 for style in styles)
    counted = bank_counts()
    assert 0.12 <= counted["payments_with_name_only"] / counted["client_payments"] <= 0.18


def test_no_name_field_is_so_long_that_its_end_looks_cut() -> None:
    assert max(len(line.name) for line in lines()) < 32


def test_identifiers_are_well_formed_and_point_to_nobody() -> None:
    for row in rows():
        assert re.fullmatch(r"[\w.-]+@[\w.-]+\.example", row["Email"])
        assert not row["SIREN"] if row["Type de client"] == "particulier" else siren.is_valid(row["SIREN"])
        assert row["SIREN"][:3] in {"", "999"}
    for known in (*(account["iban"] for account in manifest()["accounts"].values()), *manifest()["supplier_ibans"].values()):
        assert iban.is_valid(known)
        assert known[4:9] == "99998"
    assert siren.is_valid(manifest()["company"]["siren"])


def test_the_statements_name_the_accounts_of_the_manifest() -> None:
    text = (FOLDER / "banque_courant.ofx").read_text("cp1252")
    field = dict(re.findall(r"<(BANKID|BRANCHID|ACCTID|ACCTKEY)>(\S+)", text))
    bban = field["BANKID"] + field["BRANCHID"] + field["ACCTID"] + field["ACCTKEY"]
    assert manifest()["accounts"]["current"]["iban"][4:] == bban
    assert ["IBAN", manifest()["accounts"]["savings"]["iban"]] in savings()[0]


def test_each_file_is_in_its_own_encoding() -> None:
    assert (FOLDER / "factures.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for name in ("achats.csv", "banque_courant.ofx", "banque_livret.csv"):
        with pytest.raises(UnicodeDecodeError):
            (FOLDER / name).read_bytes().decode("utf-8")
