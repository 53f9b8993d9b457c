"""Letters, call sheets and messages: their words, their figures, and what a hostile name or address cannot do."""

import os
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from small_ledger import COMPANY, DAY, MONDAY, Book, draft_of_plain

from models.settings import Settings
from pipelines.collections.drafts import Draft, drafts
from pipelines.collections.lacks import WARNINGS
from pipelines.collections.letters import no_break, template_name
from pipelines.collections.mail import eml_bytes

SNAPSHOTS = Path(__file__).parent / "snapshots" / "letters"
NAMES = {"company": "Brasserie du Port", "public": "Ville d’Aubagne", "consumer": "Madame Odile Petit"}
DAYS = {"P1": -7, "P2": -3, "P3": -1, "R1": 3, "R2": 7, "R3": 15, "T1": 20, "MED": 30}
BEFORE = {"R2": ("R1",), "R3": ("R1", "R2"), "T1": ("R1", "R2", "R3"), "MED": ("R1", "R2", "R3")}
CASES = [
    *[(step, "company", count) for step in DAYS for count in (1, 2)],
    *[(step, kind, 2) for step in ("R3", "MED") for kind in ("public", "consumer")],
]


def draft_of(
    step: str, kind: str, count: int, language: str, settings: Settings = COMPANY, *, offers_instalments: bool = False
) -> Draft:
    """The draft of a client at a step, with one invoice, or two of which one is partly paid."""
    name = NAMES[kind]
    book = Book().client(
        name, client_type=kind, language=language, phone="04 42 00 00 00", address="3 quai du Port\n13002 Marseille",
        siren="552100554" if kind == "company" else None,
    )  # fmt: skip
    book.late("F-2026-041", name, DAYS[step], "1200.00", order_reference="BC-77")
    if count == 2:
        # Old enough to cross a half-year where interest is stated; its own steps are done.
        days = DAYS[step] if DAYS[step] < 0 else 5 if step in {"R1", "R2"} else 190
        book.late("A-2025-007", name, days, "2450.50", kind="deposit").receipt(
            "L1", MONDAY - 60 * DAY, "450.50", pays="A-2025-007"
        )
        if days == 190:
            book.mark("A-2025-007", "reminded", MONDAY - 100 * DAY, "MED")
    for earlier in BEFORE.get(step, ()):
        book.mark("F-2026-041", "reminded", MONDAY - DAY * (DAYS[step] - DAYS[earlier]), earlier)
    ledger = book.ledger(settings)
    common, *others = ledger.policy.scenarios
    steps = tuple(replace(own, offers_instalments=own.id == step and offers_instalments) for own in common.steps)
    policy = replace(ledger.policy, scenarios=(replace(common, steps=steps), *others))
    (draft,) = drafts(replace(ledger, policy=policy), as_of=MONDAY)
    assert (draft.step, draft.held, draft.language) == (step, None, language)
    return draft


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("step", "kind", "count"), CASES)
def test_the_letters_say_what_was_agreed(step: str, kind: str, count: int, language: str) -> None:
    draft = draft_of(step, kind, count, language)
    text = f"{draft.subject}\n\n{draft.body}"
    path = SNAPSHOTS / f"{language}-{step}-{kind}-{count}.txt"
    if os.environ.get("ENCOURS_WRITE_SNAPSHOTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("step", "kind", "count"), CASES)
def test_every_letter_gives_each_invoice_its_figures(step: str, kind: str, count: int, language: str) -> None:
    draft = draft_of(step, kind, count, language)
    for row in draft.rows:
        assert row.number in draft.body
        assert row.paid == row.amount - row.outstanding
    assert draft.outstanding == sum(row.outstanding for row in draft.rows)
    assert "FR76 3000 6000 0112 3456 7890 189" in draft.body
    assert "{" not in draft.body + draft.subject
    assert "%}" not in draft.body
    assert "\n" not in draft.subject


@pytest.mark.parametrize("step", ["P1", "P2", "P3"])
def test_a_reminder_before_the_due_date_speaks_neither_of_lateness_nor_of_penalties(step: str) -> None:
    words = draft_of(step, "company", 2, "fr").body.lower() + draft_of(step, "company", 2, "en").body.lower()
    assert not re.search(r"retard|pénalit|relance|recouvrement|overdue|penalt|late|recovery", words)


def test_the_first_reminder_supposes_an_oversight_and_asks_to_be_disregarded_if_paid() -> None:
    body = draft_of("R1", "company", 1, "fr").body
    assert "Sauf erreur ou omission de notre part" in body
    assert "ne pas tenir compte de ce message" in body
    assert "mise en demeure" not in body


def test_the_second_reminder_recalls_the_first_and_asks_for_a_date() -> None:
    body = draft_of("R2", "company", 1, "fr").body
    assert "notre relance du 18 juin 2026" in body
    assert "la date à laquelle vous procéderez au règlement" in body


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "À ce jour, notre relance du 8 juin 2026 (facture P1) est restée sans effet."),
        ("en", "To date, our reminder of 8 June 2026 (invoice P1) has had no effect."),
    ],
)
def test_an_invoice_never_reminded_is_not_said_to_have_been(language: str, said: str) -> None:
    """A formal notice lists every late invoice; the reminder before it listed one of them only."""
    book = Book().client("Petit", client_type="company", siren="552100554", language=language, address="1 rue X\n75001 Paris")
    book.late("P1", "Petit", 40, "100.00").late("P2", "Petit", 4, "50.00").mark("P1", "reminded", MONDAY - 14 * DAY, "R3")
    (draft,) = drafts(book.ledger(COMPANY), as_of=MONDAY)
    assert (draft.step, list(draft.invoices)) == ("MED", ["P1", "P2"])
    assert said in draft.body.replace("\u00a0", " ")


def test_a_call_sheet_says_which_invoices_each_contact_was_about() -> None:
    book = Book().client("Petit", client_type="company", siren="552100554", language="fr", phone="04 42 00 00 00")
    book.late("P1", "Petit", 22, "100.00").late("P2", "Petit", 5, "50.00").mark("P1", "reminded", MONDAY - 14 * DAY, "R2")
    book.mark("P1", "reminded", MONDAY - 7 * DAY, "R3").mark("P2", "reminded", MONDAY - 7 * DAY, "R1")
    (draft,) = drafts(book.ledger(COMPANY), as_of=MONDAY)
    assert draft.step == "T1"
    told = [line for line in draft.body.replace("\u00a0", " ").split("\n") if " – e-mail" in line]
    assert [line.rpartition(" – ")[2] for line in told] == ["e-mail (facture P1)", "e-mail (facture P2)", "e-mail (facture P1)"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("step", "kind"),
    [(s, "company") for s in ("R1", "R2", "R3", "T1", "MED")]
    + [(step, kind) for step in ("R3", "MED") for kind in ("public", "consumer")],
)
def test_instalments_are_offered_where_the_policy_says_so_and_nowhere_else(step: str, kind: str, language: str) -> None:
    offer = re.compile("échéancier|plusieurs fois|instalment")
    assert not offer.search(draft_of(step, kind, 1, language).body)
    assert offer.search(draft_of(step, kind, 1, language, offers_instalments=True).body)


def test_the_firm_reminder_states_rate_law_interest_indemnity_and_deadline() -> None:
    draft = draft_of("R3", "company", 2, "fr")
    assert draft.indemnity == Decimal("80.00")
    # 129 days on 2,450.50, 61 on the 2,000.00 left of it, 15 on 1,200.00, over two half-years at 12.15 %.
    assert draft.penalty == Decimal("145.84") + Decimal("5.99")
    for words in (
        "L441-10, II",
        "D441-5",
        "12,15\u00a0%",
        "151,83\u00a0€",
        "(2 × 40,00\u00a0€)",
        "29 juin 2026",
        "5 jours ouvrés",
    ):
        assert words in draft.body


def test_a_consumer_is_told_of_no_penalty_and_no_indemnity() -> None:
    for step in ("R3", "MED"):
        draft = draft_of(step, "consumer", 2, "fr")
        assert (draft.penalty, draft.indemnity, draft.penalty_complete) == (Decimal("0.00"), Decimal("0.00"), True)
        assert not re.search(r"40,00|L441-10|D441-5|énalité", draft.body)


def test_a_consumers_formal_notice_names_the_mediator_or_warns_that_none_is_set() -> None:
    unnamed = draft_of("MED", "consumer", 2, "en")
    named = draft_of("MED", "consumer", 2, "en", replace(COMPANY, mediator="CM2C, 49 rue de Ponthieu, 75008 Paris."))
    assert "un médiateur de la consommation\u00a0: CM2C, 49 rue de Ponthieu, 75008 Paris.\n" in named.body
    assert "a consumer mediator: CM2C, 49 rue de Ponthieu, 75008 Paris.\n" in named.body
    assert "no_mediator" in unnamed.warnings
    assert "no_mediator" not in {*named.warnings, *draft_of("MED", "company", 2, "fr").warnings}


def test_a_public_body_is_asked_for_interest_without_a_formal_notice() -> None:
    for step in ("R3", "MED"):
        draft = draft_of(step, "public", 2, "fr")
        assert "mise en demeure" not in (draft.subject + draft.body).lower()
        assert "L2192-13" in draft.body
        assert draft.penalty == Decimal("121.83") + (Decimal("5.01") if step == "R3" else Decimal("10.01"))


def test_the_formal_notice_has_all_that_makes_it_valid() -> None:
    body = draft_of("MED", "company", 2, "fr").body
    for words in (
        "MISE EN DEMEURE DE PAYER", "12 rue des Lilas", "3 quai du Port", "Le 22 juin 2026", "BC-77", "dans un délai de 8 jours",
        "Principal TTC", "déduit\u00a0: 450,50", "30 jours sur 1\u202f200,00",
        "injonction de payer", "1231-6 et 1344-1", "Signature", "avis de réception",
    ):  # fmt: skip
        assert words in body


def test_a_formal_notice_in_english_follows_the_french_one() -> None:
    draft = draft_of("MED", "company", 1, "en")
    assert draft.body.index("MISE EN DEMEURE DE PAYER") < draft.body.index("Translation for information")
    assert draft.subject.startswith("Formal notice to pay")


def test_interest_that_lacks_a_rate_is_left_to_complete_and_the_draft_is_held() -> None:
    after = date(2026, 7, 20)
    rows = drafts(Book(bank_on=after).bill("F1", "Martin", after - 15 * DAY, "9000.00").ledger(), as_of=after)
    assert [(d.step, d.held, d.penalty_complete) for d in rows] == [("R3", "unknown_rate", False)]
    assert "à compléter" in rows[0].body
    assert "majoré de 10 points.\n" in rows[0].body  # no list is announced that is not there


def test_without_company_settings_a_draft_is_still_sensible_and_says_what_is_missing() -> None:
    draft = draft_of_plain()
    assert "IBAN" not in draft.body
    assert draft.warnings == ("no_company_name", "no_iban")
    assert draft.body.rstrip().endswith("Cordialement,")
    assert set(draft.warnings) <= set(WARNINGS)


def test_a_closed_day_holds_the_draft_and_is_said_once() -> None:
    sunday = MONDAY - DAY
    (draft,) = drafts(Book(bank_on=sunday).bill("F1", "Martin", sunday - 9 * DAY).ledger(COMPANY), as_of=sunday)
    assert (draft.held, draft.holds, draft.warnings) == ("closed_day", ("closed_day",), ())


def test_a_client_without_a_language_gets_the_company_s() -> None:
    book = Book().client("Martin", language=None).late("F1", "Martin", 8)
    assert [d.language for d in drafts(book.ledger(replace(COMPANY, language="en")), as_of=MONDAY)] == ["en"]


def test_french_spaces_do_not_break() -> None:
    assert no_break("« Oui » : 5 % ; n° 3 ? Non !") == "«\u00a0Oui\u00a0»\u00a0: 5\u00a0%\u202f; n°\u00a03\u202f? Non\u202f!"
    for count in (1, 2):
        body = draft_of("MED", "company", count, "fr").body
        assert not re.search(r" [;:!?»%€]|« |n° ", body)


def test_a_kind_of_client_without_its_own_text_uses_the_common_one() -> None:
    assert template_name("fr", "R1", "public") == "R1"
    assert template_name("fr", "R3", "public") == "R3.public"
    assert template_name("fr", "R3", "../../x") == "R3"


# -- hostile names

NAMES_THAT_LOOK_LIKE_CODE = [
    "{{ 7*7 }}",
    "{{ ''.__class__.__mro__ }}",
    "{% for i in range(9) %}x{% endfor %}",
    "{% include 'MED' %}",
    "{0.__class__}",
    "${7*7}",
    "%(montant)s",
    "<%= 7*7 %>",
]


@pytest.mark.parametrize("name", NAMES_THAT_LOOK_LIKE_CODE)
def test_a_name_that_looks_like_a_template_stays_text(name: str) -> None:
    (draft,) = drafts(Book().late("F1", name, 20).ledger(COMPANY), as_of=MONDAY)
    assert f"FICHE D’APPEL – {name}" in draft.body
    assert name in draft.subject


@pytest.mark.parametrize("text", ["a\r\nBcc: x@example.org", "a\u2028b", "a\x85b", "a\x0bb", "a\nb", "a\x00b"])
def test_a_line_break_in_a_name_or_number_never_reaches_the_subject(text: str) -> None:
    (draft,) = drafts(Book().late(text, text, 20).ledger(COMPANY), as_of=MONDAY)
    assert len(draft.subject.splitlines()) == 1
    message = message_from_bytes(eml_bytes(draft, COMPANY, to="a@example.org", date=MONDAY), policy=default)
    assert message["Bcc"] is None
    assert sorted(message.keys()) == ["Content-Type", "Date", "From", "MIME-Version", "Subject", "To", "X-Unsent"]
