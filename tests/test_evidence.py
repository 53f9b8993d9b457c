"""What labels say: numbers as whole tokens, names without legal forms."""

import polars as pl
import pytest

from models.ids import fold
from pipelines.reconcile.labels import labels_of, plain_words
from pipelines.reconcile.names import LIKELY, PART, SURE, NameBook
from pipelines.reconcile.numbers import number_hits
from pipelines.reconcile.spellings import BARE, FIRM, WEAK


def _labels(label: str, counterparty: str | None = None) -> pl.DataFrame:
    schema = {"line_id": pl.String, "label": pl.String, "counterparty": pl.String}
    return labels_of(pl.DataFrame([("L", label, counterparty)], schema=schema, orient="row"))


def _numbers(label: str, *numbers: str) -> dict[str, int]:
    documents = pl.DataFrame({"document_id": numbers, "number": numbers})
    return {document: strength for _, document, strength, *_ in number_hits(_labels(label), documents).iter_rows()}


def _named(label: str, *names: str, own: str = "") -> dict[str, int]:
    book = NameBook([(name, name) for name in names], own=own)
    return {named.client_id: named.level for named in book.find(fold(label))}


def _names(label: str, *names: str, own: str = "") -> set[str]:
    return {name for name, level in _named(label, *names, own=own).items() if level == SURE}


@pytest.mark.parametrize(
    "label",
    ["VIR FACT-2025-012", "FACT2025012", "fact 2025 012", "FACT 2025/012 MERCI", "REGLEMENT:FACT_2025012.", "VIR-FACT-2025-012"],
)
def test_a_number_is_found_whatever_separators_the_bank_dropped(label: str) -> None:
    assert _numbers(label, "FACT-2025-012") == {"FACT-2025-012": FIRM}


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("FACT-2012", "12"),
        ("FACT-2012", "FACT-201"),
        ("XFACT2025012", "FACT-2025-012"),
        ("FACT-2025-0123", "FACT-2025-012"),
        ("FACT-2025-012", "FACT-2025"),
        ("FACT-2025/012", "FACT-2025"),
        ("FACT-2025-012-B", "FACT-2025-012"),
        ("FACT-2025-012A", "FACT-2025-012"),
        ("E2E2025012", "FACT-2025-012"),
        ("VIR 12 RUE DES LILAS", "12"),
        ("RUE 12", "12"),
        ("LE 12/03/2025", "12"),
        ("FACT 12/03/2025", "FACT-12"),
        ("DU 12.03.25 A 10:30", "10"),
        ("2025-03-12", "2025"),
        ("FR76 3000 6000 0112 3456 7890 189", "3000"),
        ("FR7630006000011234567890189", "FR76-3000"),
        ("DE FR76 3000 6000 0112 3456 7890 189 MERCI", "6000-0112"),
        ("REMISE CHEQUE N° 8467716", "FACT-846-7716"),
        ("CMD 2025-012", "FACT-2025-012"),
        ("DEVIS N° 2025-012", "FACT-2025-012"),
        ("AV-2025-012", "FACT-2025-012"),
        ("FACT-1-2-3-4-5-6-7", "FACT-1-2-3-4-5-6-8"),
    ],
)
def test_a_piece_of_something_else_is_no_number(label: str, number: str) -> None:
    assert _numbers(label, number) == {}


@pytest.mark.parametrize(
    ("label", "number", "strength"),
    [
        ("MARTIN 2025-012", "FACT-2025-012", WEAK),
        ("F2025-012", "FACT-2025-012", FIRM),
        ("MARTIN 12", "12", BARE),
        ("FACTURE N° 12", "12", WEAK),
        ("FACTURE 12", "FACT-12", WEAK),
        ("MARTIN 12", "FACT-12", None),
        ("FACT-2012", "2012", WEAK),
        ("VIR 12345", "12345", BARE),
        ("VIR 123456", "123456", WEAK),
        ("FACTURE 123456", "123456", FIRM),
        ("VIR F12", "F12", BARE),
        ("FACT-2025-012", "2025-012", FIRM),
        ("2025-03-12", "2025-03-12", WEAK),
        ("VIR 120325", "120325", WEAK),
        ("FACT 20250312", "FACT-2025-0312", FIRM),
    ],
)
def test_short_numbers_lost_letters_and_look_alikes_of_dates_are_weak(label: str, number: str, strength: int | None) -> None:
    assert _numbers(label, number) == ({} if strength is None else {number: strength})


@pytest.mark.parametrize("label", ["FACT-2025-049/054", "FACT 2025049 054", "FACT-2025-049 ET 054", "FACT2025-049 + 054"])
def test_an_abbreviated_group_names_the_others_weakly(label: str) -> None:
    assert _numbers(label, "FACT-2025-049", "FACT-2025-054", "FACT-2025-055") == {"FACT-2025-049": FIRM, "FACT-2025-054": WEAK}


def test_a_date_behind_a_number_is_no_abbreviated_group() -> None:
    assert _numbers("FACT-2025-11 12/03/2025", "FACT-2025-11", "FACT-2025-12", "FACT-2025-03") == {"FACT-2025-11": FIRM}


def test_a_weak_number_inside_a_firm_one_says_nothing() -> None:
    assert _numbers("FACT-2025-012", "FACT-2025-012", "AC-2025-012") == {"FACT-2025-012": FIRM}


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("VIR SARL DURAND ET FILS", "Durand & Fils SARL"),
        ("VIR DURAND FILS", "Durand et Fils"),
        ("VIR DURAND AND FILS", "Durand & Fils"),
        ("VIR SARL DURAND", "S.A.R.L. Durand"),
        ("CAFE DES ELEVES", "Café des Élèves"),
        ("COEUR DE VILLE", "Cœur de Ville"),
        ("STE GENERALE DE BOIS", "Société Générale de Bois"),
        ("VIR JEAN PIERRE", "Jean-Pierre"),
    ],
)
def test_a_name_is_found_without_legal_forms_and_accents(label: str, name: str) -> None:
    assert _names(label, name) == {name}


@pytest.mark.parametrize(
    ("label", "name"), [("VIR MARTINEZ", "Martin"), ("VIR EDF", "EDF"), ("DURAND BOIS", "Bois Durand"), ("SARL", "SAS")]
)
def test_a_part_of_a_word_or_too_short_a_name_says_nothing(label: str, name: str) -> None:
    assert _names(label, name) == set()


def test_the_longer_of_nested_names_wins() -> None:
    assert _names("VIR MARTIN BOIS", "Martin", "Martin Bois", "Bois") == {"Martin Bois"}


def test_the_legal_form_in_the_label_tells_namesakes_apart() -> None:
    assert _names("VIR DUPONT SARL", "Dupont SARL", "Dupont SAS") == {"Dupont SARL"}
    assert _names("VIR DUPONT", "Dupont SARL", "Dupont SAS") == {"Dupont SARL", "Dupont SAS"}


def test_the_company_s_own_name_hides_a_client_inside_it() -> None:
    assert _names("PRESTATION ATELIER LUMEN", "Lumen", own="Atelier Lumen") == set()


def test_plain_words_are_folded() -> None:
    assert plain_words("  N°12, Œuvre d’Été ") == "n 12 oeuvre d ete"
