"""What is left out of the reminders, and what holds a draft back."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from small_ledger import DAY, MONDAY, Book, codes, row

from models.following_tables import REMINDERS
from models.settings import Settings
from models.texts import Texts
from pipelines.collections.drafts import drafts
from pipelines.collections.kept import figures_of
from pipelines.collections.reasons import reason_texts
from pipelines.collections.worklist import worklist

# -- what is left out


def test_a_disputed_invoice_is_not_reminded_while_the_others_are() -> None:
    book = Book().late("F1", "Martin", 16, is_disputed=True).late("F2", "Martin", 8)
    found = row(book)
    assert (found["step"], found["invoices"], found["held"]) == ("R2", ["F2"], None)
    assert found["overdue"] == Decimal("200.00")
    assert found["score"] == row(Book().late("F2", "Martin", 8))["score"]
    assert found["score"] != 0.0


def test_when_all_that_is_due_is_disputed_the_row_is_held_and_its_draft_lists_nothing() -> None:
    book = Book().late("F1", "Martin", 16).mark("F1", "disputed")
    found = row(book)
    assert (found["step"], found["held"], found["action"], found["invoices"]) == ("R3", "dispute", "wait", ["F1"])
    (draft,) = drafts(book.ledger(), as_of=MONDAY)
    assert (draft.held, draft.invoices, draft.body, draft.penalty) == ("dispute", (), "", Decimal("0.00"))


def test_a_promise_holds_until_the_worked_day_after_its_date_and_is_then_said_to_be_broken() -> None:
    friday = date(2026, 6, 26)
    book = Book().late("F1", "Martin", 8).mark("F1", "promise", MONDAY, f"{friday}")
    assert row(book)["held"] == "promise"
    assert row(book, as_of=date(2026, 6, 29))["held"] == "promise"
    found = row(book, as_of=date(2026, 6, 30))
    assert (found["held"], found["step"]) == (None, "R3")
    assert "broken_promise" in codes(found)


def test_a_promise_of_the_client_speaks_of_all_its_invoices_and_can_be_taken_back() -> None:
    book = Book().late("F1", "Martin", 8).mark("Martin", "promise", MONDAY, "2026-07-15")
    assert row(book)["held"] == "promise"
    assert row(book.mark("Martin", "promise", MONDAY, is_set=False))["held"] is None


def test_a_pause_holds_up_to_its_last_day() -> None:
    book = Book().late("F1", "Martin", 8).mark("Martin", "paused", MONDAY, "2026-06-24")
    assert row(book, as_of=date(2026, 6, 24))["held"] == "paused"
    assert row(book, as_of=date(2026, 6, 25))["held"] is None


def test_an_invoice_never_sent_is_to_be_sent_not_reminded() -> None:
    book = Book().late("F1", "Martin", 16, sending="unsent")
    found = row(book)
    assert (found["action"], found["step"], found["invoices"]) == ("send", None, ["F1"])
    assert "unsent" in codes(found)
    assert drafts(book.ledger(), as_of=MONDAY) == []


def test_claims_from_before_insolvency_proceedings_are_never_reminded_later_ones_are() -> None:
    book = Book().late("F1", "Martin", 40).mark("Martin", "insolvency", MONDAY - 20 * DAY)
    found = row(book)
    assert (found["step"], found["action"], found["score"]) == (None, "wait", 0.0)
    assert drafts(book.ledger(), as_of=MONDAY) == []
    book.late("F2", "Martin", 8, issue_date=MONDAY - 15 * DAY)
    assert (row(book)["step"], row(book)["invoices"]) == ("R2", ["F2"])


def test_an_internal_alert_makes_no_draft() -> None:
    book = Book().late("F1", "Martin", 0)
    assert row(book)["action"] == "internal"
    assert drafts(book.ledger(), as_of=MONDAY) == []


def test_a_step_before_the_due_date_lists_only_the_invoices_at_that_step() -> None:
    book = Book().late("F1", "Martin", -7).late("F2", "Martin", -3).late("F3", "Martin", -20)
    assert (row(book)["step"], row(book)["invoices"]) == ("P2", ["F2"])


def test_one_currency_at_a_time() -> None:
    book = Book().late("F1", "Martin", 8).late("F2", "Martin", 16, "900.00", currency="USD")
    assert row(book)["invoices"] == ["F1"]
    dollars = worklist(book.ledger(), as_of=MONDAY, currency="USD")
    assert dollars["invoices"].to_list() == [["F2"]]
    assert dollars["currency"].to_list() == ["USD"]


# -- the gate


def held(book: Book, as_of: date = MONDAY) -> object:
    return row(book, as_of=as_of)["held"]


def test_an_open_credit_holds_the_draft() -> None:
    book = Book().late("F1", "Martin", 8).receipt("L1", MONDAY - 5 * DAY, "12.00", client="Martin")
    assert (held(book), row(book)["action"]) == ("open_credit", "reconcile")


def test_money_of_the_client_in_another_currency_holds_the_draft() -> None:
    """Billed in dollars, paid in euros: as within one currency, an open credit or a receipt that names him; and the reverse."""
    dollars = Book().late("F-2041", "Martin", 8, "700.00", currency="USD")
    euros = Book().late("F-2041", "Martin", 8).bill("A-1", "Martin", MONDAY, "12.00", currency="USD", kind="credit_note")
    named = deepcopy(dollars).receipt("L1", MONDAY - DAY, "640.00", "VIR DELTA INV F-2041")
    given = deepcopy(dollars).receipt("L1", MONDAY - DAY, "640.00", client="Martin")
    for book, currency, held_by, said in (
        (named, "USD", "unmatched_receipt", "A receipt of €640.00 on 21/06/2026, in another currency,"),
        (given, "USD", "open_credit", "A credit of €640.00 in another currency is open."),
        (euros, "EUR", "open_credit", "A credit of US$12.00 in another currency is open."),
    ):
        rows = worklist(replace(book, bank_on=MONDAY).ledger(), as_of=MONDAY, currency=currency)
        found = rows.row(0, named=True)
        assert (found["held"], found["action"]) == (held_by, "reconcile")
        assert any(sentence.startswith(said) for sentence in reason_texts(Texts("en"), found))


def test_a_receipt_in_another_currency_that_only_has_the_same_amount_holds_nothing() -> None:
    book = Book().late("F-2041", "Martin", 8, "700.00", currency="USD").receipt("L1", MONDAY - DAY, "700.00")
    rows = worklist(replace(book, bank_on=MONDAY).ledger(), as_of=MONDAY, currency="USD")
    assert rows["held"].to_list() == [None]


def test_credits_of_two_currencies_hold_once_and_are_both_told() -> None:
    book = Book().late("F1", "Martin", 8).receipt("L1", MONDAY - 5 * DAY, "12.00", client="Martin")
    book.bill("A-1", "Martin", MONDAY, "9.00", currency="USD", kind="credit_note")
    assert row(book)["holds"] == ["open_credit"]
    told = [sentence for sentence in reason_texts(Texts("en"), row(book)) if sentence.startswith("A credit of")]
    assert [sentence.split()[3] for sentence in told] == ["€12.00", "US$9.00"]


def test_a_client_whose_invoices_wait_is_still_to_be_reconciled_when_money_came() -> None:
    """What is promised or in a kept plan may just have been paid."""
    book = Book().late("F1", "Martin", 16).mark("F1", "promise", MONDAY, "2026-07-15")
    assert row(book)["action"] == "wait"
    assert row(book.receipt("L1", MONDAY - DAY, "30.00", client="Martin"))["action"] == "reconcile"


@pytest.mark.parametrize("amount", ["100.00", "250.00", "325.00"])
def test_an_unmatched_receipt_of_a_fitting_amount_holds_the_draft(amount: str) -> None:
    book = Book().late("F1", "Martin", 8).late("F2", "Martin", 9, "150.00").late("F3", "Martin", -20, "75.00")
    assert held(book.receipt("L1", MONDAY - DAY, amount)) == "unmatched_receipt"


@pytest.mark.parametrize("label", ["VIR SEPA MÛLLER ET FILS 2026", "VIREMENT DE MULLER-ET-FILS", "muller  et fils"])
def test_an_unmatched_receipt_that_names_the_client_holds_the_draft(label: str) -> None:
    book = Book().late("F1", "SARL Müller et Fils", 8).receipt("L1", MONDAY - DAY, "33.33", label)
    assert row(book, "SARL Müller et Fils")["held"] == "unmatched_receipt"


@pytest.mark.parametrize(
    "book",
    [
        pytest.param(Book().receipt("L1", MONDAY - DAY, "99.99", "VIR MARTINEZ"), id="another amount and name"),
        pytest.param(Book().receipt("L1", MONDAY - 91 * DAY, "100.00"), id="too old"),
        pytest.param(Book().receipt("L1", MONDAY + DAY, "100.00"), id="after the as-of date"),
        pytest.param(
            Book().client("Autre").receipt("L1", MONDAY - DAY, "100.00", client="Autre"), id="known to come from another"
        ),
        pytest.param(Book().receipt("L1", MONDAY - DAY, "-100.00", "MARTIN"), id="a debit"),
    ],
)
def test_a_receipt_that_cannot_be_this_client_s_does_not_hold_the_draft(book: Book) -> None:
    assert held(replace(book, documents=[], marks=[]).late("F1", "Martin", 8)) is None


@pytest.mark.parametrize(("amount", "label", "rule"), [("41.00", "VIR AUTRE 2025-012", "name"), ("100.00", "VIR FA-9", "number")])
def test_a_receipt_that_a_rule_gives_to_another_client_holds_the_draft_of_whom_it_could_pay(
    amount: str, label: str, rule: str
) -> None:
    book = Book().late("2025-012", "Martin", 8).client("Autre")
    assert held(book.receipt("L1", MONDAY - DAY, amount, label, client="Autre", rule=rule)) == "unmatched_receipt"


@pytest.mark.parametrize(
    ("label", "rule"),
    [("VIR AUTRE", "name"), ("VIR AUTRE 2025-012", "person"), ("VIR 2025-012", "person"), ("VIR MARTIN", "person")],
)
def test_a_receipt_that_is_surely_another_client_s_holds_nobody_s_draft(label: str, rule: str) -> None:
    book = Book().late("2025-012", "Martin", 8).client("Autre")
    assert held(book.receipt("L1", MONDAY - DAY, "100.00", label, client="Autre", rule=rule)) is None


def test_an_unmatched_receipt_that_numbers_an_invoice_holds_the_draft() -> None:
    book = Book().late("2025-012", "Martin", 8)
    assert held(book.receipt("L1", MONDAY - DAY, "41.00", "VIR 2025-012")) == "unmatched_receipt"


def test_an_old_statement_or_none_at_all_holds_the_draft() -> None:
    late = Book().late("F1", "Martin", 8)
    for bank_on, expected in ((MONDAY - 5 * DAY, None), (MONDAY - 6 * DAY, "stale_statement"), (None, "stale_statement")):
        rows = worklist(replace(late, bank_on=bank_on).ledger(), as_of=MONDAY)
        assert rows["held"].to_list() == [expected]


def test_an_old_statement_of_an_account_that_clients_pay_on_holds_the_draft_though_another_one_is_fresh() -> None:
    def found(paid_days_ago: int, covered_days_ago: int) -> list[tuple[object, ...]]:
        book = Book().late("F1", "Martin", 8)
        book.late("P1", "Autre", 40).receipt("L1", MONDAY - paid_days_ago * DAY, "100.00", pays="P1", client="Autre")
        book.lines[-1]["account_id"] = "B"
        book.lines.append(
            {**book.lines[-1], "line_id": "L2", "booking_date": MONDAY - covered_days_ago * DAY, "amount": Decimal(-1)}
        )
        book.accounts = [{"account_id": "A", "name": "Courant"}, {"account_id": "B", "name": "Livret"}]
        held = row(book)
        return [(r["code"], r["date"], r["text"]) for r in held["reasons"] if r["code"] in held["holds"]]  # type: ignore[attr-defined,operator]

    assert found(30, 5) == []
    assert found(30, 6) == [("stale_statement", MONDAY - 6 * DAY, "Livret")]
    assert found(91, 91) == []  # nobody pays there any more


def test_an_unknown_rate_holds_only_the_steps_that_state_interest() -> None:
    after = date(2026, 7, 20)
    assert held(Book().bill("F1", "Martin", after - 16 * DAY), after) == "unknown_rate"
    assert held(Book().bill("F1", "Martin", after - 8 * DAY), after) is None


def test_an_unknown_kind_of_client_holds_only_the_steps_that_state_interest() -> None:
    def book(days: int, siren: str | None) -> Book:
        return Book().client("Martin", client_type=None, siren=siren).late("F1", "Martin", days)

    assert held(book(16, None)) == "unknown_client_type"
    assert held(book(16, "732829320")) is None
    assert held(book(8, None)) is None


@pytest.mark.parametrize("email", [None, "", "pas-une-adresse", "a@example.org, b@example.net"])
def test_an_e_mail_step_without_a_valid_address_is_held(email: str | None) -> None:
    assert held(Book().client("Martin", email=email).late("F1", "Martin", 8)) == "no_email"
    assert held(Book().client("Martin", email=email).late("F1", "Martin", 20)) is None


def test_all_the_reasons_to_hold_are_kept_the_first_one_shown() -> None:
    book = Book(bank_on=None).client("Martin", email=None).late("F1", "Martin", 8)
    book.receipt("L1", MONDAY - 20 * DAY, "100.00").receipt("L2", MONDAY - 20 * DAY, "5.00", client="Martin")
    rows = worklist(book.ledger(), as_of=MONDAY)
    assert rows["holds"].to_list() == [["open_credit", "unmatched_receipt", "stale_statement", "no_email"]]
    assert rows["held"].to_list() == ["open_credit"]


def test_a_refused_or_rejected_e_invoice_is_not_reminded_until_it_is_put_right() -> None:
    book = Book().late("F1", "Martin", 16).mark("F1", "rejected", MONDAY - DAY)
    found = row(book)
    assert (found["held"], found["action"], found["score"]) == ("rejected", "wait", 0.0)
    assert drafts(book.ledger(), as_of=MONDAY)[0].body == ""
    assert row(book, as_of=MONDAY - 3 * DAY)["held"] is None
    assert row(book.mark("F1", "rejected", MONDAY, is_set=False))["held"] is None


@pytest.mark.parametrize("address", [None, "", "  "])
def test_a_letter_without_an_address_is_held(address: str | None) -> None:
    book = Book().client("Martin", address=address).late("F1", "Martin", 45).mark("F1", "reminded", MONDAY - 5 * DAY, "R3")
    assert (row(book)["channel"], row(book)["held"]) == ("registered_letter", "no_address")
    book.clients[0]["address"] = "1 rue des Lilas\n13001 Marseille"
    assert row(book)["held"] is None


def test_nothing_leaves_on_a_day_that_is_not_worked() -> None:
    book = Book().late("F1", "Martin", 8)
    for day, expected in ((date(2026, 6, 27), "closed_day"), (date(2026, 7, 14), "closed_day"), (date(2026, 6, 29), None)):
        assert row(book, as_of=day)["held"] == expected
    reasons = row(book, as_of=date(2026, 6, 27))["reasons"]
    assert isinstance(reasons, list)
    assert next(reason["date"] for reason in reasons if reason["code"] == "closed_day") == date(2026, 6, 29)


def test_a_client_that_owes_less_than_the_smallest_sum_is_left_in_peace() -> None:
    book = Book().late("F1", "Martin", 8, "40.00").late("F2", "Martin", -20, "900.00")
    few, none = (
        worklist(book.ledger(Settings(reminder_minimum=Decimal(limit))), as_of=MONDAY).row(0, named=True)
        for limit in ("40", "41")
    )
    assert (few["step"], few["action"]) == ("R2", "email")
    assert (none["step"], none["action"], "below_minimum" in codes(none)) == (None, "wait", True)
    assert none["score"] == few["score"]


def test_what_is_held_stays_held_beside_an_invoice_whose_steps_are_done() -> None:
    book = Book().late("F1", "Martin", 69).mark("F1", "reminded", MONDAY - 20 * DAY, "MED")
    book.late("F2", "Martin", 16).mark("F2", "paused", MONDAY - DAY, f"{MONDAY + 10 * DAY}")
    assert (row(book)["held"], row(book)["holds"], row(book)["action"]) == ("paused", ["paused"], "wait")
    (draft,) = drafts(book.ledger(), as_of=MONDAY)
    assert (draft.held, draft.body) == ("paused", "")


def test_a_pause_of_the_client_holds_its_invoices_whose_own_pause_has_ended() -> None:
    book = Book().late("F1", "Martin", 8).mark("F1", "paused", MONDAY - 20 * DAY, f"{MONDAY - 10 * DAY}")
    assert row(book)["held"] is None
    assert row(book.mark("Martin", "paused", MONDAY - DAY, f"{MONDAY + DAY}"))["held"] == "paused"


def test_a_dispute_of_the_client_speaks_of_an_invoice_whose_own_dispute_has_ended_before() -> None:
    book = Book().late("F1", "Martin", 8).mark("F1", "disputed", MONDAY - 20 * DAY)
    book.mark("F1", "disputed", MONDAY - 10 * DAY, is_set=False)
    assert row(book)["held"] is None
    assert row(book.mark("Martin", "disputed", MONDAY - DAY))["held"] == "dispute"
    assert row(book.mark("F1", "disputed", MONDAY, is_set=False))["held"] is None


# -- what the matching would propose holds the draft


def notice(name: str, owed: str, days: int = 60, **client: object) -> Book:
    """A client whose formal notice is due."""
    book = Book().client(name, address="1 rue des Lilas\n13001 Marseille", **client).late("ENG-1", name, days, owed)
    return book.mark("ENG-1", "reminded", MONDAY - 10 * DAY, "R3")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        pytest.param("Harbour Ltd", "VIR INST HARBUR LIMITED", id="a slip"),
        pytest.param("Jean Martin", "VIR MARTIN J", id="a first name's initial"),
        pytest.param("Jean Martin", "VIR MARTIN JEAN", id="turned"),
        pytest.param("Établissements Rochebrune Charpente", "VIR ROCHEBRUNE CHARPE", id="cut"),
        pytest.param("Rochebrune Charpente", "VIR DE ROCHEBRUNE", id="in part"),
        pytest.param("Martin", "VIR MARTIN DUPONT", id="in another's name"),
    ],
)
def test_a_receipt_of_another_amount_that_may_name_the_client_holds_its_formal_notice(name: str, label: str) -> None:
    book = notice(name, "12345.67").client("Martin Dupont")
    assert (row(book, name)["step"], row(book, name)["held"]) == ("MED", None)
    book.receipt("L1", MONDAY - DAY, "9999.00", label)
    assert (row(book, name)["held"], row(book, name)["action"]) == ("unmatched_receipt", "reconcile")


@pytest.mark.parametrize("label", ["VIR SEPA MAISON LEGRAND", "VIR URSSAF", "REMISE CHEQUES", "VIR ATELIER SUD"])
def test_a_receipt_that_names_nobody_who_owes_holds_nothing(label: str) -> None:
    book = notice("Harbour Ltd", "12345.67").client("Maison Legrand").receipt("L1", MONDAY - DAY, "9999.00", label)
    assert row(book, "Harbour Ltd")["held"] is None


def test_what_a_person_said_is_no_client_s_payment_holds_nothing() -> None:
    book = notice("Harbour Ltd", "100.00").receipt("L1", MONDAY - DAY, "100.00", "VIR HARBOUR")
    ledger = book.ledger()
    said = pl.DataFrame({"line_id": ["L1"], "category": ["loan"]})
    for classes, expected in ((said, None), (said.with_columns(category=pl.lit("client")), "unmatched_receipt")):
        assert worklist(replace(ledger, line_classes=classes), as_of=MONDAY)["held"].to_list() == [expected]


@pytest.mark.parametrize(("kind", "value"), [("name", "grandval holding"), ("iban", "FR7612345678901234567890123")])
def test_a_receipt_of_a_payer_who_paid_for_the_client_once_holds_the_draft(kind: str, value: str) -> None:
    book = notice("Harbour Ltd", "12345.67").receipt("L1", MONDAY - DAY, "9999.00", "VIR DE GRANDVAL HOLDING")
    book.lines[-1]["counterparty_iban"] = "FR76 1234 5678 9012 3456 7890 123"
    ledger = book.ledger()
    assert worklist(ledger, as_of=MONDAY)["held"].to_list() == [None]
    alias = {"alias_id": "A1", "kind": kind, "value": value, "client_id": "Harbour Ltd", "line_id": "L0"}
    taught = replace(ledger, aliases=pl.DataFrame([alias]))
    assert worklist(taught, as_of=MONDAY)["held"].to_list() == ["unmatched_receipt"]


def test_a_receipt_of_exactly_what_the_letter_asks_for_holds_the_draft() -> None:
    book = notice("Harbour Ltd", "2633.23").late("ENG-2", "Harbour Ltd", 40, "210.00").mark("ENG-2", "disputed")
    book.late("ENG-3", "Harbour Ltd", 50, "400.00")
    (draft,) = drafts(book.ledger(), as_of=MONDAY)
    assert draft.claim == Decimal("3033.23") + draft.penalty + 80
    first = draft.rows[0].outstanding + draft.rows[0].penalty + 40
    for amount, expected in ((draft.claim, "unmatched_receipt"), (first, "unmatched_receipt"), (draft.claim + 1, None)):
        paid = replace(book, lines=[]).receipt("L1", MONDAY, str(amount))
        assert row(paid, "Harbour Ltd")["held"] == expected


def test_a_receipt_of_what_a_kept_reminder_asked_for_holds_the_next_draft() -> None:
    then, day = notice("Harbour Ltd", "2633.23"), MONDAY - 42 * DAY
    (asked,) = drafts(replace(then, marks=[], bank_on=day).ledger(), as_of=day)
    kept = {"reminder_id": "M1", "change_id": 1, "client_id": "Harbour Ltd", "currency": "EUR", "step": asked.step,
            "channel": asked.channel, "language": "fr", "on_date": day, "recipient": None, "subject": "", "body": "",
            "detail": figures_of(asked), "by": "me"}  # fmt: skip
    assert asked.penalty + asked.indemnity > 40
    ledger = then.receipt("L1", MONDAY - DAY, str(asked.claim)).ledger()
    assert worklist(ledger, as_of=MONDAY)["held"].to_list() == [None]
    sent = replace(ledger, reminders=pl.DataFrame([kept], schema=REMINDERS))
    assert worklist(sent, as_of=MONDAY)["held"].to_list() == ["unmatched_receipt"]


# -- time-barred claims


def test_a_formal_notice_for_what_is_time_barred_is_held_until_what_interrupted_it_is_noted() -> None:
    due, day = date(2024, 7, 1), date(2026, 6, 30)
    book = Book().client("Zoé", client_type="consumer", address="1 rue des Lilas\n13001 Marseille").bill("F1", "Zoé", due)
    book.mark("F1", "reminded", date(2026, 6, 1), "R3")
    assert (row(book, "Zoé", as_of=day)["step"], row(book, "Zoé", as_of=day)["held"]) == ("MED", None)
    assert ("limitation" in codes(row(book, "Zoé", as_of=day)), "barred" in codes(row(book, "Zoé", as_of=day))) == (True, False)
    held = row(book, "Zoé", as_of=date(2026, 7, 1))
    assert (held["step"], held["holds"]) == ("MED", ["barred"])
    assert [code for code in codes(held) if code in {"limitation", "barred"}] == ["barred"]
    told = [text for text in reason_texts(Texts("fr"), held) if "Prescription" in text]
    assert [text.split(". ")[0] for text in told] == ["Prescription acquise (estimation) le 01/07/2026\u00a0: 100,00\u00a0€"]
    book.mark("F1", "interrupted", date(2026, 6, 25), "court")
    assert row(book, "Zoé", as_of=date(2026, 7, 1))["held"] is None


def test_a_time_barred_claim_may_still_be_asked_for_without_a_threat() -> None:
    book = Book().client("Zoé", client_type="consumer").bill("F1", "Zoé", date(2024, 6, 1))
    assert (row(book, "Zoé")["step"], row(book, "Zoé")["held"], "barred" in codes(row(book, "Zoé"))) == ("T1", None, True)
