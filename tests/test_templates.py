"""The company's own letters: what they may say, errors by line, versions, and limits that a bad one meets."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import polars as pl
import pytest
from small_ledger import COMPANY, DAY, MONDAY, Book
from small_store import ME

from models.errors import Refused
from models.store import Store
from models.texts import LANGUAGES, Texts
from pipelines.collections.drafts import drafts
from pipelines.collections.facts import situation
from pipelines.collections.letters import shipped
from pipelines.collections.preview import preview
from pipelines.collections.templates import FAULT_SENTENCES, FIELD_WORDS, Fault, faults, letter_names, save_template
from pipelines.collections.worklist import plan
from pipelines.decisions import undo
from pipelines.ledger import Ledger, run_ledger

HEAD = "subject: Rappel\n---\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "books.duckdb", create=True) as opened:
        yield opened


def late(name: str = "Martin") -> Book:
    return Book().late("F1", name, 8, "300.00")


def with_own(book: Book, text: str, name: str = "R2") -> Ledger:
    """The ledger of a book whose company has written one letter."""
    ledger = book.ledger(COMPANY)
    ledger.templates.extend(pl.DataFrame({"name": [name], "language": ["fr"], "text": [text]}))
    return ledger


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_that_ships_is_a_template_that_could_be_saved(language: str) -> None:
    for name in letter_names():
        assert faults(language, shipped(language)[name]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bonjour,\n{{ client", Fault("unclosed", 4)),
        ("Bonjour,\n{% if client %}", Fault("unclosed", 4)),
        ("a\n\n{% foo %}", Fault("unknown_tag", 5, "foo")),
        ("{% endif %}", Fault("unknown_tag", 3, "endif")),
        ("a\n{{ nom }}", Fault("unknown_field", 4, "nom")),
        ("a\n\n\n{% if x %}{% endif %}", Fault("unknown_field", 6, "x")),
        ("a\n{% for i in invoices %}\n{{ i.numero }}{% endfor %}", Fault("unknown_field", 5, "i.numero")),
        ("a\n{{ invoices.first.__class__ }}", Fault("unknown_field", 4, "invoices.first.__class__")),
        ("a\r\n{{ nom }}", Fault("unknown_field", 4, "nom")),
        ("a\n{{ client | join: ',' }}", Fault("unknown_filter", 4, "join")),
        ("a\n{% include 'secret' %}", Fault("unknown_block", 4, "secret")),
        ("a\n{% include '../../../etc/passwd' %}", Fault("unknown_block", 4, "../../../etc/passwd")),
        ("a\n{% include client %}", Fault("unknown_block", 4, "include")),
        ("{% for i invoices %}{% endfor %}", Fault("unreadable", 3)),
        ("{% if is_euro %}" * 400, Fault("too_much", 3)),
        ("x" * 30_000, Fault("too_long", 1, "20000")),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, expected: Fault) -> None:
    assert faults("fr", HEAD + text)[0] == expected
    assert "{" not in expected.sentence(Texts("fr")).replace(expected.word, "")


def test_a_template_has_a_subject_and_a_separator() -> None:
    assert faults("fr", "Bonjour") == [Fault("no_subject", 1)]
    assert faults("fr", "subject: x\nBonjour") == [Fault("no_separator", 2)]
    assert faults("fr", "subject: x\ny\n---\nBonjour") == [Fault("no_separator", 2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subject: \n---\n", [Fault("empty_subject", 1), Fault("empty_text", 3)]),
        ("subject: {% if is_single %}{% endif %}\n---\nBonjour", [Fault("empty_subject", 1)]),
        ("subject: x\n---\n\n{% comment %}Bonjour{% endcomment %}{% assign a = client %}\n", [Fault("empty_text", 3)]),
        ("subject: {{ number }}\n---\n{% if is_single %}{% include 'invoices' %}{% endif %}", []),
    ],
)
def test_a_letter_says_something(text: str, expected: list[Fault]) -> None:
    assert faults("fr", text) == expected


@pytest.mark.parametrize(
    "empty", ["subject: \n---\n", "subject: {{ client_siren }}\n---\nBonjour", HEAD + "{% if is_single %}{% else %}x{% endif %}"]
)
def test_a_letter_that_says_nothing_gives_way_to_the_one_that_ships(empty: str) -> None:
    (draft,) = drafts(with_own(late(), empty), as_of=MONDAY)
    (plain,) = drafts(late().ledger(COMPANY), as_of=MONDAY)
    assert (draft.body, draft.subject) == (plain.body, plain.subject)
    assert "own_letter_failed" in draft.warnings


@pytest.mark.parametrize(
    "attack",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ ''.__class__.__mro__ }}",
        "{% capture x %}a{% endcapture %}",
        "{{ client | replace: 'a', 'aaaaaaaaaa' }}",
        "{{ (1..9999999999) | join: '' }}",
        "{{ client | append: client }}",
        "{% render '/etc/passwd' %}",
        "{% liquid echo x %}",
        "{% extends 'x' %}",
    ],
)
def test_no_template_reaches_further_than_the_fields(attack: str) -> None:
    assert faults("fr", HEAD + attack)


@pytest.mark.parametrize(
    "greedy",
    [
        "{% for i in (1..9999999999) %}x{% endfor %}",
        "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}",
        "{% for i in (1..19999) %}{{ numbers }}{{ client_address }}{% for s in invoices %}"
        + "y" * 900
        + "{% endfor %}{% endfor %}",
        "{{ invoices[7].number }}",
    ],
)
def test_a_letter_that_asks_for_too_much_gives_way_to_the_one_that_ships(greedy: str) -> None:
    began = perf_counter()
    (draft,) = drafts(with_own(late(), HEAD + greedy), as_of=MONDAY)
    (plain,) = drafts(late().ledger(COMPANY), as_of=MONDAY)
    assert (draft.body, draft.subject) == (plain.body, plain.subject)
    assert "own_letter_failed" in draft.warnings
    assert perf_counter() - began < 5


def test_the_company_s_own_letter_is_used_and_typeset() -> None:
    own = "subject: Facture {{ number }} : rappel\n---\nBonjour {{ client }} !\n\n{% include 'invoices' %}\n"
    (draft,) = drafts(with_own(late(), own), as_of=MONDAY)
    assert draft.subject == "Facture F1\u00a0: rappel"
    assert draft.body.startswith("Bonjour Martin\u202f!\n\n• Facture F1 du")
    assert [block.name for block in draft.blocks] == ["invoices"]


@pytest.mark.parametrize("name", ["{{ 7*7 }}", "{% include 'MED' %}", "<b>x</b>", "![](http://example.org/x)", "{{ client }}"])
def test_a_name_that_looks_like_markup_stays_text(name: str) -> None:
    (draft,) = drafts(with_own(late(name), HEAD + "Bonjour {{ client }},\n"), as_of=MONDAY)
    assert draft.body == f"Bonjour {name},\n"


def test_versions_are_kept_undone_and_given_back(store: Store) -> None:
    def own() -> list[str]:
        return run_ledger(store).templates["text"].to_list()

    save_template(store, "R1", "fr", HEAD + "Un", author=ME)
    second = save_template(store, "R1", "fr", HEAD + "Deux\r\n", author=ME)
    assert own() == [HEAD + "Deux\n"]
    undo(store, second, author=ME)
    assert own() == [HEAD + "Un\n"]
    restored = save_template(store, "R1", "fr", None, author=ME)
    assert own() == []
    undo(store, restored, author=ME)
    assert own() == [HEAD + "Un\n"]


def test_a_letter_that_cannot_be_read_or_named_is_not_saved(store: Store) -> None:
    for name, language, text, code in (
        ("R1", "fr", HEAD + "{{ nom }}", "unknown_field"),
        ("R1", "de", HEAD + "x", "unknown_template"),
        ("../R1", "fr", HEAD + "x", "unknown_template"),
        ("R1.vip", "fr", HEAD + "x", "unknown_template"),
        ("R9", "fr", None, "no_default"),
    ):
        with pytest.raises(Refused) as error:
            save_template(store, name, language, text, author=ME)
        assert error.value.code == code
    assert store.revision == 0


def test_a_preview_shows_a_real_client_whatever_its_step() -> None:
    due = plan(situation(late().ledger(COMPANY), as_of=MONDAY))
    own = "subject: S\n---\nBonjour {{ client }}, {{ total }}, {{ company }}, {{ days_late }}.\n"
    shown = preview(due, "Martin", name="MED", language="fr", text=own)
    assert shown is not None
    assert shown.body == "Bonjour Martin, 300,00\u00a0€, Atelier Sud, 8.\n"
    english = preview(due, "Martin", name="R1", language="en", text=own)
    assert english is not None
    assert "€300.00" in english.body
    assert preview(due, "Nobody", name="R1", language="fr", text=own) is None
    for name in letter_names():
        for language in LANGUAGES:
            found = preview(due, "Martin", name=name, language=language, text=shipped(language)[name])
            assert found is not None
            assert "own_letter_failed" not in found.warnings


def test_a_formal_notice_previewed_on_an_earlier_step_states_its_interest() -> None:
    due = plan(situation(late().ledger(COMPANY), as_of=MONDAY))
    assert due.rows["step"].to_list() == ["R2"]
    notice = preview(due, "Martin", name="MED", language="fr", text=shipped("fr")["MED"])
    assert notice is not None
    assert (notice.penalty, notice.indemnity) == (Decimal("0.80"), Decimal("40.00"))  # 300.00 x 12.15 % x 8 / 365
    assert "8 jours sur 300,00" in notice.body
    first = preview(due, "Martin", name="R1", language="fr", text=shipped("fr")["R1"])
    assert first is not None
    assert (first.penalty, first.indemnity) == (Decimal("0.00"), Decimal("0.00"))


def test_a_call_sheet_tells_the_notes_of_past_calls_and_what_leaves_never_does() -> None:
    def book(days: int) -> Book:
        found = Book().late("F1", "Martin", days)
        for n, text in enumerate(("Comptable en congé\njusqu’au 1er", "Ne pas rappeler le lundi {{ 7*7 }}")):
            call = {"note_id": f"n{n}", "change_id": n, "client_id": "Martin", "document_id": None, "kind": "call"}
            found.notes.append({**call, "result": "no_answer", "on_date": MONDAY - (5 - n) * DAY, "text": text, "by": "Ana"})
        return found

    (sheet,) = drafts(book(20).ledger(COMPANY), as_of=MONDAY)
    told = [line for line in sheet.body.splitlines() if "Appel" in line]
    assert told == [
        "• 18 juin 2026 – Appel, sans réponse\u00a0: Ne pas rappeler le lundi {{ 7*7 }}",
        "• 17 juin 2026 – Appel, sans réponse\u00a0: Comptable en congé jusqu’au 1er",
    ]
    own = HEAD + "{% for n in notes %}{{ n.text }}{% endfor %}Bonjour\n"
    (mail,) = drafts(with_own(book(8), own), as_of=MONDAY)
    assert mail.body == "Bonjour\n"


def test_the_list_of_fields_is_that_of_the_letters() -> None:
    (draft,) = drafts(
        with_own(late(), HEAD + "".join(f"{{% if {name} %}}{name} {{% endif %}}" for name in FIELD_WORDS)), as_of=MONDAY
    )
    assert "own_letter_failed" not in draft.warnings
    assert "client" in draft.body
    assert all(sentence.endswith(".") for sentence in [*FIELD_WORDS.values(), *FAULT_SENTENCES.values()])
