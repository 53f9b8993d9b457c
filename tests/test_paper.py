"""What leaves: pages, messages with their table, code and statement, short messages. Read back as the client gets them."""

import hashlib
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader
from small_ledger import COMPANY, DAY, MONDAY, Book
from test_drafts import draft_of

from models.errors import Refused
from models.money import ZERO
from models.settings import Settings, parse_setting
from pipelines.collections.drafts import Draft, drafts
from pipelines.collections.html_page import html_page
from pipelines.collections.kept import draft_of as draft_kept
from pipelines.collections.kept import figures_of
from pipelines.collections.mail import draft_contents, eml_bytes, mailto, message_of
from pipelines.collections.paper import call_sheet_pdf, letter_pdf
from pipelines.collections.parts import body_parts
from pipelines.collections.qr import payment_code, reference
from pipelines.collections.sms import MOST_PARTS, measured, plain
from pipelines.collections.statement import balance, open_account, statement_pdf

FULL = replace(COMPANY, payment_link="https://pay.example.com/atelier")


def words(pdf: bytes) -> str:
    """The text of every page, with plain spaces."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return re.sub(r"[\s\u00a0\u202f]+", " ", " ".join(pages))


def code_of(pdf: bytes) -> list[str]:
    """The lines of the payment code found on the pages, as a banking application reads them."""
    for page in pypdfium2.PdfDocument(pdf):
        found = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
        if found:
            return str(found[0].text).splitlines()
    return []


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def page_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


# -- pages


def test_the_formal_notice_on_paper_has_all_that_makes_it_valid() -> None:
    said = words(letter_pdf(draft_of("MED", "company", 2, "fr", FULL), FULL, day=MONDAY))
    for needed in (
        "Atelier Sud", "12 rue des Lilas", "SIREN 732829320", "Brasserie du Port", "3 quai du Port", "SIREN 552100554",
        "Lettre recommandée avec demande d’avis de réception n° ____", "Le 22 juin 2026", "MISE EN DEMEURE DE PAYER",
        "nous vous mettons en demeure de payer, dans un délai de 8 jours", "la somme de 3 437,82 €", "F-2026-041, commande BC-77",
        "A-2025-007 (acompte)", "Principal TTC restant dû 3 200,00 €", "157,82 €", "(2 × 40,00 €) 80,00 €", "Total 3 437,82 €",
        "15/12/2025 – 31/12/2025 17 2 450,50 € 12,15 %", "L441-10", "D441-5", "injonction de payer", "1231-6 et 1344-1",
        "IBAN FR76 3000 6000 0112 3456 7890 189", "Claire Martin", "Signature", "1 / 2", "2 / 2",
    ):  # fmt: skip
        assert needed in said, needed


def test_a_formal_notice_in_english_follows_the_french_one_on_a_page_of_its_own() -> None:
    pages = [
        page.extract_text()
        for page in PdfReader(BytesIO(letter_pdf(draft_of("MED", "company", 1, "en"), COMPANY, day=MONDAY))).pages
    ]
    french = next(n for n, page in enumerate(pages) if "MISE EN DEMEURE DE PAYER" in page)
    english = next(n for n, page in enumerate(pages) if "Translation for information" in page)
    assert french < english
    assert "Le 22 juin 2026" in re.sub(r"\s", " ", pages[french])
    assert "the French text" in pages[english]


@pytest.mark.parametrize(("language", "pages"), [("fr", 1), ("en", 2)])
def test_the_formal_notice_of_one_invoice_is_one_page_in_each_language(language: str, pages: int) -> None:
    draft = draft_of("MED", "company", 1, language, FULL)
    first, last = date(2025, 12, 20), date(2025, 12, 31)
    (run,) = draft.interest
    across = (replace(run, from_date=first, to_date=last), run)  # two half-years
    said = [re.sub(r"\s", " ", page.extract_text()) for page in PdfReader(BytesIO(letter_pdf(draft, FULL, day=MONDAY))).pages]
    assert len(said) == pages
    assert "IBAN FR76" in said[0]
    assert "Signature" in said[0]
    longer = PdfReader(BytesIO(letter_pdf(replace(draft, interest=across), FULL, day=MONDAY))).pages
    assert len(longer) == pages
    assert "31/12/2025" in longer[0].extract_text()


@pytest.mark.parametrize("count", [1, 2])
def test_the_signature_of_a_letter_stands_with_what_is_to_be_paid_and_has_room(count: int) -> None:
    pages = PdfReader(BytesIO(letter_pdf(draft_of("MED", "company", count, "fr", FULL), FULL, day=MONDAY))).pages
    last = re.sub(r"[\s\u00a0\u202f]+", " ", pages[-1].extract_text())
    for said in ("IBAN FR76", "Veuillez agréer", "Claire Martin Atelier Sud Signature :"):
        assert said in last


def test_the_address_stands_in_the_window_of_the_envelope_alone() -> None:
    pdf = pypdfium2.PdfDocument(letter_pdf(draft_of("MED", "company", 1, "fr"), COMPANY, day=MONDAY))
    text = pdf[0].get_textpage()
    place = text.search("Brasserie du Port").get_next()
    assert place is not None
    left, bottom, *_ = text.get_charbox(place[0])
    millimetre = 72 / 25.4
    # NF Z 11-001: from 100 to 195 mm from the left edge, 45 to 90 mm from the top.
    assert 100 <= left / millimetre <= 110
    assert 45 <= 297 - bottom / millimetre <= 60
    # The sheet may slide by 11 mm in its envelope: whatever the machine of the post can see there is the address.
    seen = text.get_text_bounded(98 * millimetre, (297 - 90) * millimetre, 195 * millimetre, (297 - 34) * millimetre)
    assert seen.split() == ["Brasserie", "du", "Port", "3", "quai", "du", "Port", "13002", "Marseille"]


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("60 avenue du Parc, bâtiment B, 38997 Mont-Hermel", "38997 Mont-Hermel"),
        ("12 rue A 75001 Paris", "75001 Paris"),  # a cell of two lines, as it is imported
        ("3 place Ney BP 70123 13381 Marseille Cedex 13", "13381 Marseille Cedex 13"),
        ("3 place Ney, 75001 Paris, France", "75001 Paris, France"),
    ],
)
def test_a_postal_address_written_on_one_line_has_its_town_on_a_line_of_its_own(address: str, town: str) -> None:
    draft = replace(draft_of("MED", "company", 1, "fr"), address=address)
    lines = PdfReader(BytesIO(letter_pdf(draft, COMPANY, day=MONDAY))).pages[0].extract_text().splitlines()
    assert town in [line.strip() for line in lines]
    assert address.removesuffix(town).strip(", ") in [line.strip() for line in lines]


def test_pages_are_the_same_bytes_for_the_same_draft_and_bring_their_fonts() -> None:
    draft = draft_of("MED", "company", 2, "fr")
    first, second = (letter_pdf(draft, COMPANY, day=MONDAY) for _ in range(2))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    assert b"pdfaid:part" in first
    fonts = set(re.findall(rb"/FontName\s*/([A-Za-z0-9+-]+)", first))
    assert fonts
    assert all(b"Libertinus" in font for font in fonts)


@pytest.mark.parametrize("name", ['#import "x"', '#read("/etc/passwd")', "*gras* _x_ $a$ @b <c>", "\\ #{", "株式会社", "x" * 200])
def test_no_name_becomes_code_on_paper(name: str) -> None:
    book = Book().client(name, address="1 rue #h[x]\n*75001* Paris").late("F-#1", name, 30, "100.00")
    book.mark("F-#1", "reminded", MONDAY - 20 * DAY, "R1")
    (draft,) = drafts(book.ledger(COMPANY), as_of=MONDAY)
    said = words(letter_pdf(draft, COMPANY, day=MONDAY))
    assert "F-#1" in said
    assert "*75001* Paris" in said
    if name.isascii() and len(name) < 80:
        assert name in said


def test_the_call_sheet_tells_the_history_and_leaves_room_to_write() -> None:
    said = words(call_sheet_pdf(draft_of("T1", "company", 2, "fr"), COMPANY, day=MONDAY))
    for needed in (
        "FICHE D’APPEL – Brasserie du Port",
        "04 42 00 00 00",
        "17 juin 2026",
        "À demander",
        "Reste dû",
        "3 200,00 €",
        "Notes",
    ):
        assert needed in said
    assert code_of(call_sheet_pdf(draft_of("T1", "company", 2, "fr"), COMPANY, day=MONDAY)) == []


# -- the payment code


def test_the_code_is_read_as_a_transfer_of_what_the_letter_asks() -> None:
    draft = draft_of("MED", "company", 2, "fr")
    lines = code_of(letter_pdf(draft, COMPANY, day=MONDAY))
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert lines[4:8] == ["AGRIFRPP", "Atelier Sud", "FR7630006000011234567890189", "EUR3437.82"]
    assert lines[-1] == "A-2025-007, F-2026-041"


def test_what_cannot_be_a_transfer_has_no_code() -> None:
    one = (Decimal("10.00"), "EUR", ("F1",))
    assert payment_code(COMPANY, *one) is not None
    assert payment_code(replace(COMPANY, iban=""), *one) is None
    assert payment_code(replace(COMPANY, company_name=""), *one) is None
    assert payment_code(COMPANY, Decimal("10.00"), "USD", ("F1",)) is None
    assert payment_code(COMPANY, ZERO, "EUR", ("F1",)) is None
    assert payment_code(COMPANY, Decimal("10.00"), "EUR", ()) is None
    assert payment_code(replace(COMPANY, bic="not a bic"), *one) is not None


def test_the_reference_names_as_many_whole_invoices_as_a_transfer_holds() -> None:
    numbers = tuple(f"F-2026-{n:03d}" for n in range(40))
    assert reference(numbers) == ", ".join(numbers[:11])
    assert len(reference(("x" * 300,))) == 140


# -- messages


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_message_has_the_text_the_page_the_code_and_the_statement(language: str) -> None:
    book = (
        Book()
        .client("Martin", language=language)
        .late("F1", "Martin", 8, "300.00")
        .bill("F2", "Martin", MONDAY + 5 * DAY, "70.00")
    )
    book.receipt("L1", MONDAY - 3 * DAY, "100.00", pays="F1")
    ledger = book.ledger(FULL)
    (draft,) = drafts(ledger, as_of=MONDAY)
    message = parsed(draft_contents(draft, ledger, date=MONDAY)["eml"])
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip
    assert (message["X-Unsent"], [a.addr_spec for a in message["To"].addresses]) == ("1", ["compta@example.org"])
    page = re.sub("[\u00a0\u202f]", " ", page_of(message))
    for cell in ("F1", "14/06/2026", "300,00 €", "100,00 €", "200,00 €") if language == "fr" else ("F1", "€300.00", "€200.00"):
        assert f">{cell}</td>" in page
    assert '<a href="https://pay.example.com/atelier">' in page
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert f'src="cid:{pictures[0]["Content-ID"].strip("<>")}"' in page
    found = zxingcpp.read_barcodes(Image.open(BytesIO(pictures[0].get_content())))
    assert "EUR200\n" in found[0].text
    statement = next(iter(message.iter_attachments()))
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}", statement.get_filename() or "")
    assert ("270,00 €" if language == "fr" else "€270.00") in words(statement.get_content())


def test_nothing_of_a_name_becomes_markup_in_a_message() -> None:
    name = '<img src=x onerror="alert(1)">&amp;"\'{{ 7*7 }}'
    book = Book().client(name).late("<b>F1</b>", name, 8)
    (draft,) = drafts(book.ledger(COMPANY), as_of=MONDAY)
    page = page_of(parsed(eml_bytes(draft, COMPANY, to=None, date=MONDAY)))
    assert "<b>" not in page
    assert "&lt;b&gt;F1&lt;/b&gt;" in page
    edited = replace(draft, body=f"Bonjour {name}\n", blocks=())
    shown = html_page(body_parts(edited, COMPANY), language="fr", title=name, code=None)
    assert "<img" not in shown
    assert "&lt;img src=x onerror=" in shown


def test_a_block_that_a_person_changed_is_shown_as_text() -> None:
    draft = draft_of("R2", "company", 2, "fr")
    assert [part["kind"] for part in body_parts(draft, COMPANY)].count("table") == 1
    edited = replace(draft, body=draft.body.replace("F-2026-041 du", "F-2026-041 bis du"))
    parts = body_parts(edited, COMPANY)
    assert not [part for part in parts if part["kind"] == "table"]
    assert any("F-2026-041 bis du" in str(part) for part in parts)


def test_a_kept_reminder_leaves_with_its_exact_words_and_an_id_of_its_own() -> None:
    book = Book().late("F1", "Martin", 15, "300.00")
    ledger = book.ledger(COMPANY)
    (draft,) = drafts(ledger, as_of=MONDAY)
    kept = {
        "reminder_id": "abc", "detail": figures_of(draft), "recipient": draft.email, "on_date": MONDAY,
        **{name: getattr(draft, name) for name in ("client_id", "step", "channel", "language", "subject", "currency")},
        "body": "Mes mots.\n",
    }  # fmt: skip
    assert draft_kept({**kept, "body": draft.body}) == replace(draft, warnings=())
    message = parsed(message_of(ledger, kept))
    assert (message["Message-ID"], message["X-Unsent"]) == ("<abc@atelier-sud.example>", None)
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content() == "Mes mots.\r\n"
    assert message_of(ledger, kept) == message_of(ledger, kept)


def test_a_link_to_the_mail_program_holds_one_address_and_is_never_cut() -> None:
    draft = draft_of("P3", "company", 1, "fr")
    link = mailto(draft)
    assert link is not None
    parts = urlsplit(link)
    asked = parse_qs(parts.query)
    assert (parts.scheme, parts.path, sorted(asked)) == ("mailto", "compta@example.org", ["body", "subject"])
    assert asked["body"][0].replace("\r\n", "\n") == draft.body
    assert mailto(replace(draft, body="é" * 2000)) is None
    assert mailto(replace(draft, email=None)) is None


# -- the statement of account


def test_the_statement_adds_up_to_what_the_client_owes() -> None:
    book = Book().late("F1", "Martin", 40, "300.00").bill("F2", "Martin", MONDAY + 5 * DAY, "70.00").late("X1", "Autre", 9)
    book.receipt("L1", MONDAY - 30 * DAY, "50.00", pays="F1").receipt("L2", MONDAY - 4 * DAY, "20.00", client="Martin")
    book.bill("AV1", "Martin", MONDAY - DAY, "15.00", kind="credit_note")
    ledger = book.ledger(COMPANY)
    items, given = open_account(ledger, "Martin", as_of=MONDAY, currency="EUR")
    assert balance(items, given) == Decimal("285.00")
    said = words(statement_pdf(ledger, "Martin", as_of=MONDAY, currency="EUR", language="fr"))
    for needed in (
        "Relevé de compte",
        "Au 22 juin 2026",
        "F1",
        "250,00 €",
        "70,00 €",
        "AV1",
        "Échu 250,00 € Non échu 70,00 € Avoirs et règlements non imputés -35,00 € Solde du compte 285,00 €",
    ):
        assert needed in said
    assert "X1" not in said
    before = open_account(ledger, "Martin", as_of=MONDAY - 10 * DAY, currency="EUR")
    assert balance(*before) == Decimal("305.00")


# -- text messages


def sms_of(**other: str) -> Draft:
    draft = draft_of("P3", "company", 1, "fr")
    return replace(draft, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "characters", "room", "parts", "is_plain"),
    [
        ("a" * 160, 160, 160, 1, True),
        ("a" * 161, 161, 306, 2, True),
        ("€" * 80, 160, 160, 1, True),
        ("é" * 160, 160, 160, 1, True),
        ("ê" * 70, 70, 70, 1, False),
        ("ê" * 71, 71, 134, 2, False),
        ("😀" * 35, 70, 70, 1, False),
    ],
)
def test_a_text_message_is_counted_as_it_is_charged(text: str, characters: int, room: int, parts: int, is_plain: bool) -> None:
    assert measured(text) == (characters, room, parts, is_plain)


def test_typography_never_makes_a_text_message_longer() -> None:
    assert plain("« Échéance\u00a0: 1\u202f234,50\u00a0€ – l’été, forêt »") == '" Échéance : 1 234,50 € - l\'été, foret "'


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("company", ["Atelier Sud", "Société des Établissements Réunis de la Forêt " * 3])
def test_a_text_message_is_shortened_to_two_parts_and_keeps_what_matters(language: str, company: str) -> None:
    settings = replace(FULL, company_name=company.strip())
    book = Book().client("Martin", language=language, phone="06 00 00 00 00").late("F-2026-041", "Martin", 8, "1300.00")
    ledger = book.ledger(settings)
    steps = ledger.policy
    scenarios = tuple(
        replace(s, steps=tuple(replace(step, channel="sms") if step.id == "R2" else step for step in s.steps))
        for s in steps.scenarios
    )
    (draft,) = drafts(replace(ledger, policy=replace(steps, scenarios=scenarios)), as_of=MONDAY)
    assert draft.channel == "sms"
    length = measured(draft.body)
    assert length.parts <= MOST_PARTS
    assert length.is_plain
    assert "F-2026-041" in draft.body
    assert "1 300,00" in draft.body or "1,300.00" in draft.body
    assert "\n" not in draft.body.strip()


# -- settings that leave the house


@pytest.mark.parametrize(
    "link", ["http://pay.example.com", "javascript:alert(1)", "https://x.fr/ a", 'https://x.fr/"onclick=', "https://x"]
)
def test_a_payment_link_is_an_encrypted_web_address_and_nothing_else(link: str) -> None:
    with pytest.raises(Refused):
        parse_setting("payment_link", link)
    assert parse_setting("payment_link", " https://pay.example.com/a?b=1 ") == "https://pay.example.com/a?b=1"


def test_an_unknown_language_or_empty_company_still_gives_pages() -> None:
    draft = draft_of("MED", "consumer", 1, "fr", Settings())
    assert date(2026, 6, 22) == MONDAY
    assert "Brasserie du Port" not in words(letter_pdf(draft, Settings(), day=MONDAY))
    assert "Odile Petit" in words(letter_pdf(draft, Settings(), day=MONDAY))
