"""Entries of small ledgers, line by line: what each fact debits and credits, and what it is lettered with."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from oracle import BankLine, CreditUse, Document, Facts, Match, Refund, StoredReceipt, WriteOff
from test_accounting_laws import BOOKS, LONG_AGO, books

from models.accounting import pairs
from models.errors import Refused
from models.money import MONEY
from models.settings import Settings, read_settings
from models.tables import conform
from models.texts import Texts
from pipelines.accounting.auxiliaries import auxiliaries
from pipelines.accounting.balance_check import accounts_at, proof_rows
from pipelines.accounting.entries import Kept, entries_of
from pipelines.accounting.lettering import code_of, number_of
from pipelines.ledger import Ledger

DAY = date(2026, 3, 2)
LAST = date(2026, 12, 31)


def money(text: str) -> Decimal:
    return Decimal(text)


def bill(number: str, amount: str, kind: str = "invoice", on: int = 0, client: str = "C1", **other: Any) -> Document:
    issued = DAY + timedelta(days=on)
    return Document(number, kind, client, issued, issued + timedelta(days=30), money(amount), **other)


def paid(line: str, amount: str, on: int = 10, client: str | None = "C1", **given: str) -> Facts:
    """A bank line and what it gives to invoices."""
    matches = tuple(Match(f"{line}-{number}", line, number, money(part)) for number, part in given.items())
    return Facts(lines=(BankLine(line, DAY + timedelta(days=on), money(amount), client),), matches=matches)


def ledger_with(*facts: Document | Facts, **columns: dict[str, Any]) -> Ledger:
    """A ledger of documents and bank lines; `columns` gives documents values by number, such as vat_amount={"F1": "5.00"}."""
    plain = Facts(documents=tuple(f for f in facts if isinstance(f, Document)))
    for more in facts:
        if isinstance(more, Facts):
            plain = replace(
                plain,
                **{
                    name: (*getattr(plain, name), *getattr(more, name))
                    for name in Facts.__dataclass_fields__
                    if name != "documents"
                },
            )
    ledger = books(plain)
    documents = ledger.documents
    for name, values in columns.items():
        dtype = documents.schema[name]
        new = [values.get(number) for number in documents["number"]]
        given = [Decimal(value) if dtype == MONEY and value is not None else value for value in new]
        documents = documents.with_columns(pl.Series(name, given, dtype=dtype))
    return replace(ledger, documents=documents)


def lines_of(ledger: Ledger, to: date = LAST, **choices: Any) -> list[str]:
    """Each line as "VE 1 411000 C1 120.00 AA": credits are negative."""
    lines = entries_of(ledger, start=LONG_AGO, to=to, currency="EUR", **choices).lines
    said = []
    for row in lines.iter_rows(named=True):
        cells = [row["journal"], row["number"], row["account"], row["auxiliary"], row["debit"] - row["credit"], row["letter"]]
        said.append(" ".join(str(cell) for cell in cells if cell is not None))
    return said


def test_an_invoice_debits_the_client_and_credits_sales_and_vat() -> None:
    ledger = ledger_with(bill("F1", "120.00"), vat_amount={"F1": "20.00"})
    lines = entries_of(ledger, start=LONG_AGO, to=LAST, currency="EUR").lines
    assert lines_of(ledger) == ["VE 1 411000 C1 120.00", "VE 1 706000 -100.00", "VE 1 445710 -20.00"]
    assert lines["piece"].unique().to_list() == ["F1"]
    assert lines["label"].unique().to_list() == ["Facture F1 C1"]
    assert lines["due_date"].to_list() == [DAY + timedelta(days=30), None, None]


def test_a_rate_given_by_a_person_splits_an_amount_that_says_no_vat_half_up() -> None:
    assert lines_of(ledger_with(bill("F1", "100.01"))) == ["VE 1 411000 C1 100.01", "VE 1 706000 -83.34", "VE 1 445710 -16.67"]
    assert lines_of(ledger_with(bill("F1", "100.04")))[1:] == ["VE 1 706000 -83.37", "VE 1 445710 -16.67"]


def test_a_credit_note_goes_the_other_way() -> None:
    ledger = ledger_with(bill("A1", "60.00", "credit_note"), amount_excl_tax={"A1": "50.00"})
    assert lines_of(ledger) == ["VE 1 411000 C1 -60.00", "VE 1 706000 50.00", "VE 1 445710 10.00"]


def test_a_deposit_credits_4191_and_the_final_invoice_takes_it_off() -> None:
    ledger = ledger_with(
        bill("D1", "1200.00", "deposit"), bill("F1", "4800.00", on=5),
        amount_excl_tax={"D1": "1000.00", "F1": "5000.00"}, vat_amount={"D1": "200.00", "F1": "1000.00"},
    )  # fmt: skip
    assert lines_of(ledger) == [
        "VE 1 411000 C1 1200.00", "VE 1 419100 -1000.00", "VE 1 445710 -200.00",
        "VE 2 411000 C1 4800.00", "VE 2 419100 1000.00", "VE 2 445710 200.00", "VE 2 706000 -5000.00", "VE 2 445710 -1000.00",
    ]  # fmt: skip


def test_a_credit_note_on_a_deposit_invoice_clears_4191_and_one_on_an_invoice_does_not() -> None:
    ledger = ledger_with(
        bill("D1", "120.00", "deposit"), bill("F1", "60.00", on=1), bill("D2", "36.00", on=2, client="C2"),
        bill("A1", "120.00", "credit_note", on=3, linked="D1"), bill("A2", "60.00", "credit_note", on=4, linked="F1"),
        bill("A3", "36.00", "credit_note", on=5, client="C2", linked="D1"),
    )  # fmt: skip
    notes = [line.split()[2:] for line in lines_of(ledger)[-9:]]
    assert [cells for cells in notes if cells[0] in ("419100", "706000")] == [
        ["419100", "100.00"], ["706000", "50.00"], ["706000", "30.00"],
    ]  # fmt: skip
    same = {"D1": "D1", "X1": "D1", "A1": "A1"}  # two clients have an invoice of that number
    twins = ledger_with(
        bill("X1", "60.00", client="C2"), bill("D1", "120.00", "deposit", on=1),
        bill("A1", "120.00", "credit_note", on=3, linked="D1"), number=same,
    )  # fmt: skip
    assert lines_of(twins)[-3:] == ["VE 3 411000 C1 -120.00 AA", "VE 3 419100 100.00", "VE 3 445710 20.00"]
    on_4191 = entries_of(ledger, start=LONG_AGO, to=LAST, currency="EUR").lines.filter(pl.col("account") == "419100")
    assert sum(row["debit"] - row["credit"] for row in on_4191.to_dicts()) == 0


def test_the_loss_of_a_deposit_invoice_clears_4191_and_costs_nothing() -> None:
    facts = Facts(write_offs=(WriteOff("W", "D1", money("120.00"), DAY + timedelta(days=50), "loss"),))
    ledger = ledger_with(bill("D1", "120.00", "deposit"), facts)
    assert lines_of(ledger) == [
        "VE 1 411000 C1 120.00 AA", "VE 1 419100 -100.00", "VE 1 445710 -20.00",
        "OD 1 419100 100.00", "OD 1 445710 20.00", "OD 1 411000 C1 -120.00 AA",
    ]  # fmt: skip
    with pytest.raises(Refused, match="VAT"):
        entries_of(replace(ledger, settings=Settings()), start=DAY + timedelta(days=1), to=LAST, currency="EUR")


def test_a_cent_of_rounding_goes_to_658_and_more_is_refused() -> None:
    ledger = ledger_with(bill("F1", "120.01"), amount_excl_tax={"F1": "100.00"}, vat_amount={"F1": "20.00"})
    assert lines_of(ledger)[-1] == "VE 1 658000 -0.01"
    wrong = ledger_with(bill("F1", "121.00"), amount_excl_tax={"F1": "100.00"}, vat_amount={"F1": "20.00"})
    with pytest.raises(Refused) as refused:
        lines_of(wrong)
    assert refused.value.code == "unbalanced"
    assert refused.value.fields["numbers"] == "F1"


def test_no_vat_and_no_rate_is_refused_for_the_period_only() -> None:
    ledger = replace(
        ledger_with(bill("F1", "120.00"), bill("F2", "12.00", on=40), vat_amount={"F2": "2.00"}), settings=Settings()
    )
    with pytest.raises(Refused) as refused:
        lines_of(ledger)
    assert refused.value.code == "missing_vat"
    assert refused.value.fields == {"count": 1, "numbers": "F1"}
    later = entries_of(ledger, start=DAY + timedelta(days=30), to=LAST, currency="EUR").lines
    assert later["piece"].unique().to_list() == ["F2"]


def test_accounts_by_rate() -> None:
    ledger = ledger_with(
        bill("F1", "120.00"), bill("F2", "105.50", on=1), bill("F3", "50.00", on=2), bill("F4", "115.50", on=3),
        vat_amount={"F1": "20.00", "F2": "5.50", "F3": "0.00", "F4": "15.50"},
    )  # fmt: skip
    rated = replace(BOOKS, sales_by_rate="5.5=706200; 0=706300", vat_by_rate="20=445711; 5.5=445713")
    assert [line.split()[2] for line in lines_of(replace(ledger, settings=rated))] == [
        "411000", "706000", "445711", "411000", "706200", "445713", "411000", "706300", "411000", "706000", "445710",
    ]  # fmt: skip
    lost = Facts(write_offs=(WriteOff("W", "F1", money("120.00"), DAY + timedelta(days=50), "loss"),))
    of_loss = lines_of(replace(ledger_with(bill("F1", "120.00"), lost), settings=rated))[3:]
    assert of_loss == ["OD 1 654000 100.00", "OD 1 445711 20.00", "OD 1 411000 C1 -120.00 AA"]


def test_a_receipt_has_a_line_per_invoice_and_one_for_what_is_left() -> None:
    ledger = ledger_with(bill("F1", "120.00"), bill("F2", "60.00", on=1), paid("L1", "200.00", F1="120.00", F2="50.00"))
    assert [line for line in lines_of(ledger) if "706" not in line and "445" not in line] == [
        "VE 1 411000 C1 120.00 AA", "VE 2 411000 C1 60.00 ab",
        "BQ 1 512000 200.00", "BQ 1 411000 C1 -120.00 AA", "BQ 1 411000 C1 -50.00 ab", "BQ 1 411000 C1 -30.00",
    ]  # fmt: skip
    lines = entries_of(ledger, start=LONG_AGO, to=LAST, currency="EUR").lines
    lettered = lines.drop_nulls("letter")
    assert lettered["letter_date"].unique().to_list() == [DAY + timedelta(days=10)]
    assert lines.filter(pl.col("journal") == "BQ")["label"].to_list() == [
        "Règlement C1", "Règlement F1 C1", "Règlement F2 C1", "Règlement C1",
    ]  # fmt: skip


def test_lettering_is_that_of_the_last_day_of_the_export() -> None:
    ledger = ledger_with(bill("F1", "120.00"), paid("L1", "120.00", F1="120.00"))
    assert lines_of(ledger, DAY + timedelta(days=9))[0] == "VE 1 411000 C1 120.00"
    assert lines_of(ledger, DAY + timedelta(days=10))[0] == "VE 1 411000 C1 120.00 AA"


def test_the_lettering_of_a_day_knows_no_later_return_and_no_later_invoice() -> None:
    back = DAY + timedelta(days=15)
    facts = replace(
        paid("L1", "120.00", F1="120.00"),
        matches=(Match("m", "L1", "F1", money("120.00"), reversed_on=back),),
        refunds=(Refund(back, "L1", money("120.00"), "returned", "C1"),),
    )
    assert [line for line in lines_of(ledger_with(bill("F1", "120.00"), facts), DAY + timedelta(days=14)) if "411" in line] == [
        "VE 1 411000 C1 120.00 AA", "BQ 1 411000 C1 -120.00 AA",
    ]  # fmt: skip
    early = ledger_with(bill("F1", "120.00", on=20), paid("L1", "150.00", 5, F1="120.00"))
    assert lines_of(early, DAY + timedelta(days=19)) == ["BQ 1 512000 150.00", "BQ 1 411000 C1 -150.00"]
    refunds = (Refund(DAY + timedelta(days=20), "L1", money("20.00"), "refunded", "C1"),)
    over = ledger_with(bill("F1", "120.00"), replace(paid("L1", "150.00", F1="120.00"), refunds=refunds))
    assert [line for line in lines_of(over, DAY + timedelta(days=19)) if "BQ 1 411" in line] == [
        "BQ 1 411000 C1 -120.00 AA", "BQ 1 411000 C1 -30.00",
    ]  # fmt: skip


def test_what_of_a_line_is_no_clients_waits_on_471() -> None:
    both = ledger_with(
        bill("F1", "120.00"), bill("F2", "30.00", client="C2"), paid("L1", "200.00", client=None, F1="120.00", F2="30.00")
    )
    assert [line for line in lines_of(both) if line.startswith("BQ")] == [
        "BQ 1 512000 200.00", "BQ 1 411000 C1 -120.00 AA", "BQ 1 411000 C2 -30.00 AA", "BQ 1 471000 -50.00",
    ]  # fmt: skip


def test_a_returned_payment_is_lettered_with_what_took_it_back_and_the_invoice_is_open_again() -> None:
    back = DAY + timedelta(days=15)
    facts = replace(
        paid("L1", "120.00", F1="120.00"),
        matches=(Match("m", "L1", "F1", money("120.00"), reversed_on=back),),
        refunds=(Refund(back, "L1", money("120.00"), "returned", "C1"),),
    )
    ledger = ledger_with(bill("F1", "120.00"), facts)
    assert [line for line in lines_of(ledger) if "706" not in line and "445" not in line] == [
        "VE 1 411000 C1 120.00", "BQ 1 512000 120.00", "BQ 1 411000 C1 -120.00 AA",
        "BQ 2 512000 -120.00", "BQ 2 411000 C1 120.00 AA",
    ]  # fmt: skip


def test_an_overpayment_refunded_is_lettered_apart() -> None:
    facts = replace(
        paid("L1", "150.00", F1="120.00"), refunds=(Refund(DAY + timedelta(days=20), "L1", money("30.00"), "refunded", "C1"),)
    )
    letters = [line for line in lines_of(ledger_with(bill("F1", "120.00"), facts)) if "411000" in line]
    assert letters == [
        "VE 1 411000 C1 120.00 AA", "BQ 1 411000 C1 -120.00 AA", "BQ 1 411000 C1 -30.00 AB", "BQ 2 411000 C1 30.00 AB",
    ]  # fmt: skip


def test_a_credit_note_used_on_an_invoice_is_lettered_with_it() -> None:
    facts = Facts(credit_uses=(CreditUse("U", "A1", "F1", money("40.00"), DAY + timedelta(days=3)),))
    letters = [
        line
        for line in lines_of(ledger_with(bill("F1", "40.00"), bill("A1", "60.00", "credit_note", on=1), facts))
        if "411" in line
    ]
    assert letters == ["VE 1 411000 C1 40.00 AA", "VE 2 411000 C1 -40.00 AA", "VE 2 411000 C1 -20.00"]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("loss", ["OD 1 654000 100.00", "OD 1 445710 20.00", "OD 1 411000 C1 -120.00 AA"]),
        ("rounding", ["OD 1 658000 120.00", "OD 1 411000 C1 -120.00 AA"]),
        ("bank_fee", ["OD 1 658000 120.00", "OD 1 411000 C1 -120.00 AA"]),
        ("discount", ["OD 1 665000 120.00", "OD 1 411000 C1 -120.00 AA"]),
    ],
)
def test_a_write_off_by_its_reason(reason: str, expected: list[str]) -> None:
    facts = Facts(write_offs=(WriteOff("W", "F1", money("120.00"), DAY + timedelta(days=50), reason),))
    assert lines_of(ledger_with(bill("F1", "120.00"), facts))[3:] == expected


def test_a_payment_without_a_bank_line_stands_on_511_or_is_left_out() -> None:
    ledger = ledger_with(bill("F1", "120.00"), Facts(stored=(StoredReceipt("S1", DAY, money("70.00"), "C1"),)))
    stated = [line for line in lines_of(ledger) if line.startswith("BQ")]
    assert stated == ["BQ 1 511000 70.00", "BQ 1 411000 C1 -70.00"]
    assert not [line for line in lines_of(ledger, with_unproven=False) if line.startswith("BQ")]


def test_what_was_brought_from_earlier_years_is_no_sale() -> None:
    ledger = replace(ledger_with(bill("F1", "120.00"), category={"F1": "À nouveaux"}), settings=Settings())
    assert lines_of(ledger) == ["AN 1 411000 C1 120.00", "AN 1 890000 -120.00"]


def test_the_loss_of_what_was_brought_from_earlier_years_takes_no_vat_back() -> None:
    facts = Facts(write_offs=(WriteOff("W", "F1", money("120.00"), DAY + timedelta(days=50), "loss"),))
    lost = ledger_with(bill("F1", "120.00"), facts, category={"F1": "À nouveaux"}, vat_amount={"F1": "20.00"})
    assert lines_of(lost)[2:] == ["OD 1 654000 120.00", "OD 1 411000 C1 -120.00 AA"]


def test_other_currencies_are_left_out() -> None:
    assert lines_of(ledger_with(bill("F1", "120.00", currency="USD"), bill("F2", "0.00"))) == []


def test_numbers_follow_each_other_in_each_journal_by_day_then_piece() -> None:
    ledger = ledger_with(
        bill("F2", "12.00"), bill("F1", "12.00"), bill("F3", "12.00", on=1), paid("L2", "5.00", 3), paid("L1", "5.00", 2)
    )
    lines = entries_of(ledger, start=LONG_AGO, to=LAST, currency="EUR").lines
    first = lines.unique("entry_id", keep="first", maintain_order=True).select("journal", "number", "piece")
    assert first.rows() == [("VE", 1, "F1"), ("VE", 2, "F2"), ("VE", 3, "F3"), ("BQ", 1, "L1"), ("BQ", 2, "L2")]


def test_codes_go_from_aa_to_zz_then_on() -> None:
    assert [code_of(n) for n in (0, 1, 25, 26, 675, 676)] == ["AA", "AB", "AZ", "BA", "ZZ", "AAA"]
    assert [number_of(code_of(n)) for n in range(2000)] == list(range(2000))


def test_codes_that_left_stay_and_new_ones_follow_them() -> None:
    ledger = ledger_with(
        bill("F1", "10.00"), bill("F2", "20.00", on=1), paid("L1", "10.00", 5, F1="10.00"), paid("L2", "20.00", 6, F2="20.00")
    )
    kept = pl.DataFrame({"owner": ["invoice F2"], "client_id": ["C1"], "code": ["AA"]})
    entries = entries_of(ledger, start=LONG_AGO, to=LAST, currency="EUR", kept=Kept(lettering=kept))
    letters = dict(entries.lines.drop_nulls("letter").filter(pl.col("journal") == "VE").select("piece", "letter").iter_rows())
    assert letters == {"F1": "AB", "F2": "AA"}
    later = entries_of(ledger, start=LONG_AGO, to=LAST, currency="EUR", kept=Kept(lettering=kept.with_columns(code=pl.lit("AC"))))
    letters = dict(later.lines.drop_nulls("letter").filter(pl.col("journal") == "VE").select("piece", "letter").iter_rows())
    assert letters == {"F1": "AD", "F2": "AC"}  # AA and AB left with something else, perhaps


def clients(*rows: tuple[str, str | None, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"client_id": pl.String, "code": pl.String, "name": pl.String}, orient="row")


def test_client_codes_are_short_unique_and_their_own() -> None:
    found = auxiliaries(
        clients(("1", "C001", "X"), ("2", None, "Société Dupré & fils"), ("3", "cli-7", "Y"), ("4", None, "!?")), {}, Settings()
    )
    assert found == {"1": "C001", "2": "CSOCIETE", "3": "CLI7", "4": "C"}


def test_client_codes_that_would_be_alike_do_not_depend_on_who_came_first() -> None:
    two = [("b", None, "Dupont Paris"), ("a", None, "Dupont Parigny")]
    found = auxiliaries(clients(*two), {}, Settings())
    assert len(set(found.values())) == 2
    assert all(len(code) <= 8 for code in found.values())
    assert auxiliaries(clients(*reversed(two)), {}, Settings()) == found
    later = auxiliaries(clients(*two), {"a": "CDUPONTP"}, Settings())
    assert later["a"] == "CDUPONTP"
    assert later["b"] == found["b"]


def test_settings_refuse_what_no_program_takes() -> None:
    given = {
        "account_sales": "707 000",
        "journal_sales": "VENTES",
        "vat_rate": "vingt",
        "sales_by_rate": "20",
        "auxiliary_length": "3",
    }
    for key, value in given.items():
        with pytest.raises(Refused) as refused:
            read_settings({key: value})
        assert refused.value.code == "bad_value"
    assert pairs(read_settings({"vat_by_rate": "20,0=445711;5,5 = 445713"}).vat_by_rate) == {"20": "445711", "5.5": "445713"}


def test_the_proof_of_the_balance_tells_each_account_and_what_is_not_a_debt_beside_them() -> None:
    ledger = ledger_with(
        bill("F1", "120.00"), bill("F2", "60.00"), bill("D1", "24.00", "deposit"), paid("L1", "20.00", F1="20.00")
    )  # fmt: skip
    said = {"change_id": 1, "document_id": "F2", "what": "doubtful", "is_set": True, "on_date": DAY + timedelta(days=5)}
    ledger = replace(ledger, marks=conform(pl.DataFrame([said]), dict(ledger.marks.schema)))
    found = accounts_at(ledger, to=LAST, currency="EUR")
    told = [(words.partition(",")[0], str(amount)) for words, amount in proof_rows(found, ledger, Texts("en"))]
    assert told == [
        ("Account 411000", "124.00"), ("Account 416000", "60.00"), ("Receivables in the accounts", "184.00"),
        ("Receivables of the aged balance", "184.00"), ("Difference", "0.00"), ("Beside it", "-20.00"),
    ]  # fmt: skip
