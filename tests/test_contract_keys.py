"""The keys of each command's JSON, as programs rely on them: more may come, none goes or is renamed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from small_store import ME, Company

from cli import main
from pipelines.decisions import set_setting

BUCKETS = "not_due 1_30 31_60 61_90 over_90"
LINE = "line_id account bank_id date amount label client open_amount class"
CHANGED = {"change_id": None}
#: The commands that show figures at a date.
DATED = {"kpis", "invoices", "allocations", "suggestions", "lines", "aged", "worklist", "remind", "forecast"}


def keys(names: str, **inner: Any) -> dict[str, Any]:
    """These keys, and the shape of what stands under some of them."""
    return dict.fromkeys(names.split()) | inner


AGED = f"{BUCKETS} open_credits total"
#: By command: an object's keys, or one in a list for a list of objects.
SHAPES: dict[str, Any] = {
    "kpis": keys(
        "as_of from days currency gross_outstanding open_credits receivables overdue over_90 late_invoices sales collected dso "
        "best_possible_dso average_days_delinquent dso_countback doubtful doubtful_ratio turnover average_days_to_pay "
        "average_days_late unpaid_rate_30 unpaid_rate_30_count collection_effectiveness",
        ageing=keys(BUCKETS),
        other_currencies=keys("USD"),
    ),
    "invoices": [
        keys(
            "invoice_number kind client issue_date due_date amount_incl_tax outstanding open_credit days_late bucket status "
            "disputed currency"
        )
    ],
    "allocations": [keys("id source line_id account bank_id date reversed_on invoice_number amount currency rule confidence by")],
    "suggestions": [
        keys(
            "id line_id account bank_id date amount label",
            candidates=[keys("n invoice_numbers amounts rule confidence why")],
        )
    ],
    "lines": [keys(LINE)],
    "lines --unmatched": [keys(LINE)],
    "aged": [keys(f"client {AGED}")],
    "aged --by invoice": [keys(f"invoice_number client {AGED}")],
    "aged --by sales_rep": [keys(f"sales_rep {AGED}")],
    "aged --by category": [keys(f"category {AGED}")],
    "worklist": [keys("rank client segment score overdue oldest_days_late action channel step held invoices reasons")],
    "remind --out OUT": [keys("client step channel language subject held files invoices penalty penalty_complete indemnity")],
    "forecast": keys(
        "opening opening_date dates p10 p50 p90 outflows",
        receipts=keys("mean p10 p50 p90"),
        lowest=keys("date p10 p50"),
        invoices=[keys("invoice_number outstanding p_paid expected_date")],
    ),
    "check": keys("ok violations"),
    "history": [keys("change_id")],
    "reconcile": keys("allocated_lines allocated_amount suggested_lines unmatched_lines"),
    "export csv --from 2026-01-01 --to 2026-12-31 -o OUT.csv": keys("file rows sha256"),
    "backup OUT.zip": keys("file sha256"),
    "attribute L3 Martin": CHANGED,
    "mark F-1001 disputed": CHANGED,
    "set vat_rate 10": CHANGED,
    "import FILE": keys(
        "",
        files=[
            keys(
                "file kind format profile encoding separator date_order decimal rows inserted updated duplicates conflicts "
                "ignored rejected_rows",
                rejected=[keys("line column value code reason")],
                conflict_list=[None],
                warnings=[keys("line code text")],
            )
        ],
    ),
    "accept NOBODY": keys("", error=keys("code reason")),
}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of which every list has a row."""
    company = Company(tmp_path_factory.mktemp("contract"))
    company.bill("F-1001", "Martin", "120.00").bill("F2", "Durand", "50.00").bill("F3", "Durand", "50.00").note(
        "N1", "Martin", "10.00"
    )
    company.bill("F4", "Smith", "70.00", currency="USD").bill("A1", "EDF", "30.00", direction="purchase")
    company.line("L1", "20.00", "VIR MARTIN F-1001").line("L2", "50.00", "VIR DURAND").line("L3", "9.99", "VERSEMENT")
    company.save().reconcile()
    set_setting(company.store, "vat_rate", "20", author=ME)
    company.store.close()
    (company.path / "f.csv").write_text(
        "N° facture;Client;Date;Échéance;Montant TTC\nF-1001;Martin;02/03/2026;01/04/2026;130,00\n"
        "F8;Durand;02/03/2026;;10,00\nF9;Durand;31/02/2026;;10,00\nF7;Durand;02/03/2026;;0,00\n",
        "utf-8",
    )
    return company.path


@pytest.mark.parametrize("command", SHAPES)
def test_a_command_answers_with_the_keys_of_the_contract(
    books: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = [word.replace("OUT", str(books / "out")).replace("FILE", str(books / "f.csv")) for word in command.split()]
    dated = ["--as-of", "2026-05-04"] if words[0] in DATED else []
    monkeypatch.setattr("sys.argv", ["encours", "--db", str(books / "books.duckdb"), *words, *dated, "--json"])
    with pytest.raises(SystemExit):
        main()
    has_shape(json.loads(capsysbinary.readouterr().out), SHAPES[command], command)


def has_shape(answer: Any, shape: Any, where: str) -> None:
    """Whether an answer has these keys, and what stands under them has theirs."""
    if isinstance(shape, list):
        assert isinstance(answer, list), where
        assert answer, where
        has_shape(answer[0], shape[0], where)
    elif isinstance(shape, Mapping):
        assert set(shape) <= set(answer), (where, set(shape) - set(answer))
        for key, inner in shape.items():
            has_shape(answer[key], inner, f"{where} {key}")
