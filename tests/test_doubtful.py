"""Doubtful receivables on literal facts: proposals, limitation dates, provisions, entries, decisions and their undo."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pypdfium2  # type: ignore[import-untyped]
import pytest
from small_ledger import COMPANY, DAY, MONDAY, Book
from small_store import Company, day, money

from models.desk_tables import PROVISIONS
from models.errors import Refused
from models.settings import Settings
from models.store import Author, Store
from models.tables import conform
from models.texts import Texts
from pipelines.accounting.doubtful import unprovided
from pipelines.accounting.entries import entries_of
from pipelines.accounting.exporting import Request, run_export, run_plan
from pipelines.check import run_check
from pipelines.collections.plans import make_plan
from pipelines.decisions import undo
from pipelines.explain.others import explain_other
from pipelines.exports.accounting_files import Asked, with_program_columns
from pipelines.exports.doubtful_tables import lost_vat_sentences, lost_vat_table
from pipelines.ledger import Ledger, run_ledger
from pipelines.marks import mark
from pipelines.provisions.closings import closings, last_closing, provision_changes
from pipelines.provisions.deciding import decide_doubt, set_provision
from pipelines.provisions.doubt import decisions
from pipelines.provisions.limitation import is_near, with_barred_on
from pipelines.provisions.proposals import doubts
from pipelines.provisions.vat_recovery import duplicate_pdf, lost_vat, vat_by_rate
from pipelines.publishing.rebuild import run_rebuild
from pipelines.reconcile.decide import allocate

ME = Author("Ana", date(2027, 1, 1), datetime(2027, 1, 1, 9))  # UTC without zone, as stored
TAXED: dict[str, Any] = {"amount_excl_tax": money("100.00"), "vat_amount": money("20.00")}


def listed(book: Book, settings: Settings = COMPANY, *, as_of: date = MONDAY) -> dict[str, dict[str, Any]]:
    return {row["number"]: row for row in doubts(book.ledger(settings), as_of=as_of).to_dicts()}


def moves(ledger: Ledger, to: date, *accounts: str) -> list[tuple[str, str, str, Decimal]]:
    """(day, account, document, signed amount) of the entries on these accounts."""
    lines = entries_of(ledger, start=date(2020, 1, 1), to=to, currency="EUR").lines.filter(pl.col("account").is_in(accounts))
    signed = (pl.col("debit") - pl.col("credit")).alias("amount")
    return [(str(d), *row) for d, *row in lines.select("date", "account", "piece", signed).iter_rows()]


def test_each_reason_proposes_and_a_person_has_the_last_word() -> None:
    book = (
        Book()
        .late("OLD", "Martin", 91)
        .late("EDGE", "Martin", 90)
        .late("DISPUTE", "Leroy", 5)
        .mark("DISPUTE", "disputed")
        .late("BARRED", "Ancien", 5 * 365)
        .late("NO", "Leroy", 200)
        .mark("NO", "doubtful", is_set=False)
        .late("FAILED", "Faillite", 1)
        .mark("Faillite", "insolvency", MONDAY - DAY)
    )
    found = listed(book)
    assert {number: (row["state"], row["reasons"]) for number, row in found.items()} == {
        "OLD": ("proposed", ["late"]),
        "DISPUTE": ("proposed", ["dispute"]),
        "BARRED": ("proposed", ["late", "limitation"]),
        "NO": ("not_doubtful", ["late"]),
        "FAILED": ("doubtful", ["insolvency"]),
    }
    assert found["FAILED"]["decided_on"] == MONDAY - DAY


@pytest.mark.parametrize(
    ("late", "kind", "rate", "basis"),
    [
        (90, "company", "0.0000", "age"),
        (91, "company", "0.2500", "age"),
        (181, "consumer", "0.5000", "age"),
        (366, None, "1.0000", "age"),
        (366, "public", "0.0000", "public"),
    ],
)
def test_the_rate_follows_the_age_and_public_bodies_have_none(late: int, kind: str | None, rate: str, basis: str) -> None:
    book = Book().client("Martin", client_type=kind).late("F1", "Martin", late, "120.00", **TAXED).mark("F1", "doubtful")
    row = listed(book)["F1"]
    assert (row["rate"], row["basis"], row["outstanding_excl"]) == (Decimal(rate), basis, money("100.00"))
    assert row["provision"] == money("100.00") * Decimal(rate)


def test_a_deposit_invoice_is_doubtful_without_a_provision_whatever_a_person_said(books: Company) -> None:
    taxed: dict[str, Any] = {"amount_excl_tax": money("50.00"), "vat_amount": money("10.00")}
    books.bill("A1", "Martin", "60.00", kind="deposit", **taxed).save()
    decide_doubt(books.store, ["A1"], is_doubtful=True, on=day(100), author=ME)
    ledger = run_ledger(books.store)
    accounts = entries_of(ledger, start=day(0), to=date(2026, 12, 31), currency="EUR").lines
    assert accounts.filter(pl.col("piece") == "A1")["account"].unique().sort().to_list() == [
        "411000",
        "416000",
        "419100",
        "445710",
    ]
    found = doubts(ledger, as_of=day(250)).filter(pl.col("number") == "A1")
    assert found.select("rate", "basis", "provision").rows() == [(Decimal("0.0000"), "deposit", money("0.00"))]
    with pytest.raises(Refused, match="deposit invoice"):
        set_provision(books.store, "A1", Decimal("0.5"), on=day(120), author=ME)


def test_proceedings_have_their_least_rate_and_what_is_paid_takes_no_provision() -> None:
    book = (
        Book()
        .late("F1", "Martin", 10, "120.00", **TAXED)
        .mark("Martin", "insolvency", MONDAY - DAY)
        .receipt("L1", MONDAY - DAY, "40.01", pays="F1", client="Martin")
    )
    row = listed(book)["F1"]
    assert (row["outstanding"], row["outstanding_excl"]) == (money("79.99"), money("66.66"))  # 66.658…
    assert (row["rate"], row["basis"], row["provision"]) == (Decimal("0.5000"), "insolvency", money("33.33"))


def test_proceedings_take_nothing_from_the_rate_by_age_and_a_provision_is_rounded_half_up() -> None:
    book = Book().late("F1", "Martin", 400, "0.04", amount_excl_tax=money("0.03"), vat_amount=money("0.01"))
    book.late("F2", "Martin", 200, "0.04", amount_excl_tax=money("0.03"), vat_amount=money("0.01"))
    found = listed(book.mark("Martin", "insolvency", MONDAY - DAY))
    told = {number: (row["rate"], row["basis"], row["provision"]) for number, row in found.items()}
    assert told == {
        "F1": (Decimal("1.0000"), "age", money("0.03")),
        "F2": (Decimal("0.5000"), "age", money("0.02")),  # 0.015
    }


def test_proceedings_said_twice_are_those_of_their_first_day() -> None:
    book = Book().late("F1", "Martin", 100, "120.00", **TAXED).mark("F1", "doubtful").late("F2", "Martin", 200, "120.00", **TAXED)
    for on in (MONDAY - 150 * DAY, MONDAY - 20 * DAY):  # F1 was issued in between
        book.mark("Martin", "insolvency", on)
    found = listed(book.mark("F2", "doubtful"))
    assert {number: (row["rate"], row["basis"]) for number, row in found.items()} == {
        "F1": (Decimal("0.2500"), "age"),
        "F2": (Decimal("0.5000"), "age"),
    }


def test_an_invoice_whose_vat_is_not_known_is_left_out_and_says_so() -> None:
    book = Book().late("F1", "Martin", 400).mark("F1", "doubtful", MONDAY - DAY)
    assert listed(book)["F1"]["provision"] is None
    ledger = book.ledger()
    assert unprovided(ledger, "EUR", start=MONDAY, to=MONDAY + 400 * DAY, today=MONDAY + 400 * DAY) == ["F1"]
    assert unprovided(ledger, "EUR", start=MONDAY, to=MONDAY + 400 * DAY, today=MONDAY) == []
    assert provision_changes(ledger, decisions(ledger), to=MONDAY + 400 * DAY, currency="EUR").is_empty()
    assert listed(book, Settings(vat_rate=Decimal(20)))["F1"]["provision"] == money("83.33")


def test_limitation_dates_and_what_changes_them() -> None:
    rows = [
        {"document_id": name, "client_id": kind or name, "issue_date": date(2024, 5, 3), "due_date": date(2024, 6, 2),
         "client_type": kind}
        for name, kind in (("plain", None), ("consumer", "consumer"), ("public", "public"), ("suspended", "company"))
    ]  # fmt: skip
    invoices = pl.DataFrame(rows, schema_overrides={"client_type": pl.String})
    said = [
        ("plain", "interrupted", date(2025, 1, 10), "court"),
        ("consumer", "interrupted", date(2025, 2, 28), "written_demand"),  # counts against public bodies only
        ("public", "interrupted", date(2026, 3, 1), "written_demand"),
        ("suspended", "suspended", date(2025, 3, 1), "2025-03-31"),
    ]
    marks = pl.DataFrame(
        [
            {"change_id": n, "document_id": i, "client_id": None, "what": what, "is_set": True, "on_date": on, "value": value}
            for n, (i, what, on, value) in enumerate(said)
        ],
        schema_overrides={"client_id": pl.String},
    )

    def barred(as_of: date) -> list[date]:
        return with_barred_on(invoices, marks, as_of=as_of)["barred_on"].to_list()

    assert barred(date(2024, 12, 31)) == [date(2029, 6, 2), date(2026, 6, 2), date(2029, 1, 1), date(2029, 6, 2)]
    assert barred(date(2026, 6, 1)) == [date(2030, 1, 10), date(2026, 6, 2), date(2031, 1, 1), date(2029, 7, 2)]


def test_the_entries_follow_the_decisions_the_money_and_the_closings() -> None:
    book = (
        Book()
        .bill("F1", "Martin", date(2025, 3, 1), "120.00", **TAXED)
        .mark("F1", "doubtful", date(2025, 9, 1))
        .receipt("L1", date(2026, 2, 1), "60.00", pays="F1", client="Martin")
    )
    ledger = book.ledger()
    assert moves(ledger, date(2026, 12, 31), "416000", "491000", "681740", "781740") == [
        ("2025-09-01", "416000", "F1", money("120.00")),
        ("2025-12-31", "681740", "F1", money("50.00")),  # 305 days late
        ("2025-12-31", "491000", "F1", money("-50.00")),
        ("2026-02-01", "416000", "F1", money("-60.00")),
    ]  # 670 days late at the next closing, but half is paid: 50.00 still
    paid = book.receipt("L2", date(2026, 11, 2), "60.00", pays="F1", client="Martin").ledger()
    assert moves(paid, date(2026, 12, 31), "416000", "781740")[-2:] == [
        ("2026-11-02", "416000", "F1", money("-60.00")),
        ("2026-12-31", "781740", "F1", money("-50.00")),
    ]


def test_an_export_books_no_closing_that_is_to_come(books: Company) -> None:
    decide_doubt(books.store, ["F1"], is_doubtful=True, on=day(100), author=ME)
    asked = Asked("csv", day(0), date(2026, 12, 31))

    def booked(today: date) -> list[tuple[str, date]]:
        made = run_export(books.store, Request(asked), author=replace(ME, today=today), texts=Texts("fr"))
        lines = made.plan.selection.lines.filter(pl.col("kind").is_in(["doubtful", "provision"]))
        return lines.select("kind", "date").unique(maintain_order=True).rows()

    decided = ("doubtful", day(100))
    assert booked(date(2026, 11, 22)) == booked(date(2026, 12, 30)) == [decided]
    assert booked(date(2026, 12, 31)) == [decided, ("provision", date(2026, 12, 31))]


def test_a_rate_by_hand_holds_from_its_day_until_it_is_given_back() -> None:
    book = Book().bill("F1", "Martin", date(2025, 3, 1), "120.00", **TAXED).mark("F1", "doubtful", date(2025, 9, 1))
    said = [(1, date(2025, 12, 31), "0.8000"), (2, date(2026, 12, 31), None)]
    provisions = pl.DataFrame(
        [{"change_id": n, "document_id": "F1", "on_date": on, "rate": rate and Decimal(rate)} for n, on, rate in said],
        schema_overrides={"rate": pl.Decimal(9, 4)},
    )
    ledger = replace(book.ledger(), provisions=conform(provisions, PROVISIONS))
    assert [(on, amount) for on, _, _, amount in moves(ledger, date(2026, 12, 31), "491000")] == [
        ("2025-12-31", money("-80.00")),
        ("2026-12-31", money("-20.00")),
    ]


def test_closings_follow_the_financial_year() -> None:
    june = Settings(year_end_month=6)
    assert closings(june, start=date(2024, 7, 1), to=date(2026, 6, 30)) == [date(2025, 6, 30), date(2026, 6, 30)]
    assert last_closing(june, before=date(2026, 6, 30)) == date(2025, 6, 30)
    halves = closings(Settings(provision_every="half"), start=date(2024, 2, 1), to=date(2024, 12, 31))
    assert halves == [date(2024, 6, 30), date(2024, 12, 31)]


@pytest.fixture
def books(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    for number in ("F1", "F2"):
        company.bill(number, "Martin", "120.00", amount_excl_tax=money("100.00"), vat_amount=money("20.00"))
    return company.save()


def states(company: Company, on: int = 200) -> list[tuple[str, str, Decimal]]:
    rows = doubts(run_ledger(company.store), as_of=day(on)).sort("number")
    return rows.select("number", "state", "provision").rows()


def test_several_are_decided_at_once_and_one_undo_takes_it_back(books: Company) -> None:
    before = states(books)
    change = decide_doubt(books.store, ["F1", "F2"], is_doubtful=True, on=day(100), author=ME, note="Injoignable")
    decided = states(books)
    assert [state for _, state, _ in decided] == ["doubtful", "doubtful"]
    undo(books.store, change, author=ME)
    assert states(books) == before
    assert run_check(books.store) == []


def test_a_provision_by_hand_needs_a_decision_and_a_rate_that_is_one(books: Company) -> None:
    def refused(rate: str | None, on: int = 120) -> str:
        with pytest.raises(Refused) as error:
            set_provision(books.store, "F1", None if rate is None else Decimal(rate), on=day(on), author=ME)
        return error.value.code

    assert refused("0.5") == "not_doubtful"
    decide_doubt(books.store, ["F1"], is_doubtful=True, on=day(100), author=ME)
    assert (refused("0.5", on=99), refused("1.01"), refused(None), refused("0.5", on=-1), refused("0.5", on=999)) == (
        "not_doubtful", "bad_rate", "no_rate_by_hand", "before_issue", "in_future",
    )  # fmt: skip
    change = set_provision(books.store, "F1", Decimal("0.75"), on=day(120), author=ME)
    assert states(books)[0] == ("F1", "doubtful", money("75.00"))
    undo(books.store, change, author=ME)
    assert states(books)[0] == ("F1", "doubtful", money("25.00"))


def test_a_credit_note_for_a_loss_is_refused_with_how_to_take_the_loss_back(books: Company) -> None:
    books.note("A1", "Martin", "20.00", issued=155).save()
    mark(books.store, "F1", "written-off", on=day(150), author=ME)
    with pytest.raises(Refused) as error:
        allocate(books.store, "A1", "F1", money("20.00"), author=ME)
    said = Texts("fr").t(error.value.template, **error.value.fields)
    assert said.startswith("F1 est passée en perte le 30/07/2026")
    mark(books.store, "F1", "written-off", is_set=False, on=day(150), author=ME)
    allocate(books.store, "A1", "F1", money("20.00"), author=ME)


def summed(rows: pl.DataFrame, ledger: Ledger) -> tuple[str, list[str]]:
    """What the terminal's table says of the VAT, and the columns that it sums."""
    table = lost_vat_table(rows, ledger, Texts("en"), as_of=day(150), currency="EUR")
    is_never = any("nothing to claim back" in sentence for sentence in table.about)
    return "nothing to claim back" if is_never else "on the judgment", [one.name for one in table.columns if one.is_summed]


def test_a_deposit_that_was_lost_is_named_and_its_vat_was_never_due(books: Company) -> None:
    """Its VAT is due on receipt only: the list keeps its row, leaves its VAT out, and says so."""
    taxed: dict[str, Any] = {"amount_excl_tax": money("50.00"), "vat_amount": money("10.00")}
    books.bill("A1", "Martin", "60.00", kind="deposit", **taxed).save()
    mark(books.store, "F1", "written-off", on=day(150), author=ME)
    mark(books.store, "A1", "written-off", on=day(150), author=ME)
    ledger = run_ledger(books.store)
    rows = lost_vat(ledger, as_of=day(150), currency="EUR")
    told = rows.select("number", "was_due", "vat", "vat_to_claim").rows()
    assert told == [("A1", False, money("10.00"), None), ("F1", True, money("20.00"), money("20.00"))]
    assert vat_by_rate(rows).rows() == [("20", 1, money("100.00"), money("20.00"))]
    said = lost_vat_sentences(rows, ledger.settings, Texts("fr"))
    assert [sentence.startswith("Factures d’acompte\u00a0: A1. La TVA d’un acompte") for sentence in said] == [False, True]
    on_receipts = replace(ledger.settings, vat_basis="receipts")
    assert len(lost_vat_sentences(rows, on_receipts, Texts("fr"))) == 1
    assert len(lost_vat_sentences(rows.filter(~pl.col("is_deposit")), ledger.settings, Texts("fr"))) == 1


def test_the_vat_of_a_loss_is_listed_by_rate_and_its_duplicate_bears_the_mention(books: Company) -> None:
    decide_doubt(books.store, ["F1"], is_doubtful=True, on=day(100), author=ME)
    mark(books.store, "F1", "written-off", on=day(150), author=ME)
    ledger = run_ledger(books.store)
    rows = lost_vat(ledger, as_of=day(150), currency="EUR")
    assert rows.select("number", "state", "excl", "vat").rows() == [("F1", "written_off", money("100.00"), money("20.00"))]
    assert vat_by_rate(rows).rows() == [("20", 1, money("100.00"), money("20.00"))]
    assert lost_vat(ledger, as_of=day(149), currency="EUR").is_empty()
    assert summed(rows, ledger) == ("on the judgment", ["amount", "excl", "vat_to_claim"])
    on_receipts = replace(ledger, settings=replace(ledger.settings, vat_basis="receipts"))
    never = lost_vat(on_receipts, as_of=day(150), currency="EUR")
    assert (never["was_due"].to_list(), vat_by_rate(never).rows()) == ([False], [])
    assert summed(never, on_receipts) == ("nothing to claim back", ["amount", "excl"])
    page = pypdfium2.PdfDocument(duplicate_pdf(ledger, "F1", as_of=day(150), currency="EUR"))[0]
    text = " ".join(page.get_textpage().get_text_range().split())
    assert "Facture demeurée impayée pour la somme de 100,00 € (prix net) et pour la somme de 20,00 €" in text.replace(
        "\xa0", " "
    )
    with pytest.raises(Refused):
        duplicate_pdf(ledger, "F2", as_of=day(150), currency="EUR")
    assert moves(ledger, day(150) + timedelta(days=400), "416000")[-1][0] == str(day(150))


def test_a_rebuilt_database_has_the_same_decisions_and_provisions(books: Company, tmp_path: Path) -> None:
    decide_doubt(books.store, ["F1", "F2"], is_doubtful=True, on=day(100), author=ME)
    set_provision(books.store, "F2", Decimal("0.6"), on=day(120), author=ME, note="Garantie")
    done = run_rebuild(books.store, tmp_path / "again.duckdb")
    assert done.differences == []
    with Store.open(tmp_path / "again.duckdb") as again:
        assert doubts(run_ledger(again), as_of=day(200)).equals(doubts(run_ledger(books.store), as_of=day(200)))


def test_entries_that_left_are_corrected_when_the_decision_is_taken_back_and_never_where_they_are_left_out(
    books: Company,
) -> None:
    change = decide_doubt(books.store, ["F1"], is_doubtful=True, on=day(100), author=ME)
    texts, asked = Texts("fr"), Asked("csv", day(0), day(364))
    first = run_export(books.store, Request(asked), author=ME, texts=texts).plan.selection.lines
    assert [kind for kind in first["kind"].unique(maintain_order=True) if kind in ("doubtful", "provision")] == [
        "doubtful", "provision",
    ]  # fmt: skip
    undo(books.store, change, author=ME)
    ledger = run_ledger(books.store)
    kept = run_plan(books.store, ledger, Request(asked, corrects=True, with_doubtful=False), currency="EUR", today=ME.today)
    assert (kept.selection.changed.height, kept.selection.lines.height) == (0, 0)
    back = run_plan(books.store, ledger, Request(asked, corrects=True), currency="EUR", today=ME.today).selection
    assert back.changed["state"].to_list() == ["gone", "gone"]
    sums = back.lines.group_by("account").agg(net=pl.col("debit").sum() - pl.col("credit").sum())
    before = first.filter(pl.col("kind").is_in(["doubtful", "provision"]))
    whole = pl.concat([before, back.lines]).group_by("account").agg(net=pl.col("debit").sum() - pl.col("credit").sum())
    assert sums.height == 4
    assert whole.filter(pl.col("net") != 0).is_empty()


def test_a_format_with_a_clients_own_account_writes_416_itself() -> None:
    book = Book().bill("F1", "Martin", date(2025, 3, 1), "120.00", **TAXED).mark("F1", "doubtful", date(2025, 9, 1))
    entries = entries_of(book.ledger(COMPANY), start=date(2025, 1, 1), to=date(2025, 12, 1), currency="EUR")
    lines = with_program_columns(entries.lines, COMPANY).filter(pl.col("kind") == "doubtful")
    assert lines.select("own_account", "own_title").rows() == [
        ("416000", "Clients douteux ou litigieux"), ("CMARTIN", "Martin"),
    ]  # fmt: skip


def test_a_refusal_writes_its_day_as_people_read_it(books: Company) -> None:
    with pytest.raises(Refused) as error:
        decide_doubt(books.store, ["F1"], is_doubtful=True, on=date(2027, 1, 2), author=ME)
    said = Texts("fr").t(error.value.template, **error.value.fields)
    assert said == "Le 02/01/2027 est à venir\u00a0: une décision est datée d’aujourd’hui ou d’avant."


@pytest.mark.parametrize("what", ["doubtful", "written-off", "disputed", "insolvency", "interrupted", "rejected", "sent"])
def test_what_is_decided_or_has_happened_is_never_dated_in_the_future(books: Company, what: str) -> None:
    subject = "Martin" if what == "insolvency" else "F1"
    revision = books.store.revision
    with pytest.raises(Refused) as error:
        mark(books.store, subject, what, on=ME.today + DAY, author=ME, value="court" if what == "interrupted" else None)
    assert error.value.code == "in_future"
    assert books.store.revision == revision
    mark(books.store, "F1", "paused", on=ME.today + DAY, author=ME)


def test_a_mediation_leaves_six_months_and_what_is_taken_back_interrupts_nothing() -> None:
    row = {"issue_date": date(2024, 5, 3), "due_date": date(2024, 6, 2), "client_type": "company"}
    names = ("mediated", "of_client", "both", "taken_back", "later", "client_mediated")
    invoices = pl.DataFrame([row | {"document_id": name, "client_id": f"C-{name}"} for name in names])
    invoices = invoices.with_columns(
        issue_date=pl.when(pl.col("document_id") == "later").then(date(2025, 6, 1)).otherwise("issue_date")
    )
    said = [
        ("mediated", None, "suspended", date(2029, 5, 1), "2029-05-31", True),  # 30 days more are less than six months after it
        (None, "C-of_client", "interrupted", date(2025, 1, 10), "court", True),
        ("both", None, "interrupted", date(2025, 1, 10), "court", True),
        (None, "C-both", "interrupted", date(2025, 2, 10), "court", True),
        ("taken_back", None, "interrupted", date(2025, 1, 10), "court", True),
        ("taken_back", None, "interrupted", date(2025, 1, 11), None, False),
        (None, "C-later", "interrupted", date(2025, 1, 10), "court", True),  # before the invoice: another claim's
        (None, "C-client_mediated", "suspended", date(2025, 3, 1), "2025-03-31", True),
    ]
    marks = pl.DataFrame(
        [
            {"change_id": n, "document_id": i, "client_id": c, "what": what, "is_set": is_set, "on_date": on, "value": value}
            for n, (i, c, what, on, value, is_set) in enumerate(said)
        ]
    )
    found = with_barred_on(invoices, marks, as_of=date(2029, 5, 31))
    assert dict(found.select("document_id", "barred_on").iter_rows()) == {
        "mediated": date(2029, 11, 30), "of_client": date(2030, 1, 10), "both": date(2030, 2, 10),
        "taken_back": date(2029, 6, 2), "later": date(2029, 6, 2), "client_mediated": date(2029, 7, 2),
    }  # fmt: skip
    near = [found.filter(is_near(day))["document_id"].to_list() for day in (date(2028, 12, 1), date(2028, 12, 2))]
    assert near == [[], ["taken_back", "later"]]


def test_a_provision_goes_back_on_the_day_of_a_whole_loss_not_at_the_next_closing(books: Company) -> None:
    author = replace(ME, today=date(2027, 12, 31))
    decide_doubt(books.store, ["F1", "F2"], is_doubtful=True, on=day(100), author=author)
    books.line("L1", "60.00", "VIR MARTIN", on=390).save()
    mark(books.store, "F1", "written-off", on=day(400), author=author)
    allocate(books.store, "L1", "F2", money("60.00"), author=author)
    moved = moves(run_ledger(books.store), date(2027, 12, 30), "491000")
    assert moved == [
        ("2026-12-31", "491000", "F1", money("-50.00")), ("2026-12-31", "491000", "F2", money("-50.00")),
        (str(day(400)), "491000", "F1", money("50.00")),
    ]  # fmt: skip


def test_the_vat_of_claims_on_a_client_in_proceedings_is_listed_and_nothing_of_it_claimed_yet(books: Company) -> None:
    books.bill("F3", "Martin", "120.00", 110, **TAXED).line("L1", "60.00", "VIR MARTIN", on=90).save()
    allocate(books.store, "L1", "F2", money("60.00"), author=ME)
    mark(books.store, "Martin", "insolvency", on=day(100), author=ME)
    ledger = run_ledger(books.store)
    rows = lost_vat(ledger, as_of=day(150), currency="EUR")
    assert rows.select("number", "state", "on_date", "excl", "vat", "vat_to_claim").rows() == [
        ("F1", "proceedings", day(100), money("100.00"), money("20.00"), None),
        ("F2", "proceedings", day(100), money("50.00"), money("10.00"), None),
    ]  # F3 was issued after the opening: it is to be paid
    assert vat_by_rate(rows).is_empty()
    assert lost_vat(ledger, as_of=day(99), currency="EUR").is_empty()


def test_what_a_closing_adds_is_beside_the_closing_before_it_also_on_its_own_day() -> None:
    book = Book().bill("F1", "Martin", date(2025, 3, 1), "120.00", **TAXED).mark("F1", "doubtful", date(2025, 9, 1))
    ledger = book.ledger(COMPANY)
    opened = [
        explain_other(ledger, "provision_change", as_of=on, currency="EUR")
        for on in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31))
    ]
    assert [[o.value for o in one.operands] for one in opened] == [
        [money("50.00"), money("0.00")], [money("50.00"), money("50.00")], [money("100.00"), money("50.00")],
    ]  # fmt: skip
    assert [one.value for one in opened] == [money("50.00"), money("0.00"), money("50.00")]


def test_a_client_s_word_concerns_an_invoice_from_the_day_on_which_it_is_issued() -> None:
    book = Book().bill("F1", "Martin", date(2025, 3, 31), "120.00", **TAXED).mark("Martin", "doubtful", date(2025, 4, 15))
    ledger = book.bill("F2", "Martin", date(2025, 5, 31), "60.00").ledger(Settings(vat_rate=Decimal(20)))
    assert moves(ledger, date(2025, 6, 30), "416000") == [
        ("2025-04-15", "416000", "F1", money("120.00")), ("2025-05-01", "416000", "F2", money("60.00")),
    ]  # fmt: skip


def test_a_plan_that_is_broken_proposes_its_invoices_and_one_that_is_kept_does_not(books: Company) -> None:
    books.bill("F5", "Durand", "90.00", 300).bill("F6", "Petit", "60.00", 300).save()
    for number, client, first in (("F5", "Durand", date(2027, 1, 5)), ("F6", "Petit", date(2027, 2, 5))):
        amount = money("90.00") if number == "F5" else money("60.00")
        make_plan(books.store, client, [number], [(first, amount)], author=ME)
    found = doubts(run_ledger(books.store), as_of=date(2027, 1, 20)).filter(pl.col("number").is_in(["F5", "F6"]))
    assert found.select("number", "reasons", "state").rows() == [("F5", ["plan"], "proposed")]
