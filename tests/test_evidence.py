"""What labels say: numbers as whole tokens, names without legal forms."""

import polars as pl
import pytest

from models.ids import fold
from pipelines.reconcile.labels import labels_of, plain_words, tokens_of
from pipelines.reconcile.names import LIKELY, PART, SURE, NameBook
from pipelines.reconcile.numbers import number_hits
from pipelines.reconcile.references import reference_hits
from pipelines.reconcile.sequences import lone_numbers, sequence_hits, sequences_of
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


@pytest.mark.parametrize(
    ("label", "number", "strength"),
    [
        ("VIR DURAND FACT 2O25 O12", "FACT-2025-012", WEAK),
        ("VIR FACT-25-012", "FACT-2025-012", WEAK),
        ("VIR FACT-2025-12", "FACT-2025-012", WEAK),
        ("VIR FACT-202512", "FACT-2025-012", None),
        ("FACTURE N° 2025-012", "FACT-2025-012", FIRM),
        ("FACTFA-2025-012", "FA-2025-012", FIRM),
        ("FACTURES 2025000430/2025000271", "2025000271", FIRM),
        ("VIR 2025000430/2025000271", "2025000271", WEAK),
        ("FACTURE 119", "INV-000119", WEAK),
        ("FACTURE 360", "2025000360", WEAK),
        ("VIR 360", "2025000360", None),
        ("V/REF 2025000360", "2025000360", WEAK),
        ("N/REF 2025000360", "2025000360", None),
        ("E2E2025000360", "2025000360", None),
    ],
)
def test_payers_shorten_and_misread_numbers(label: str, number: str, strength: int | None) -> None:
    assert _numbers(label, number) == ({} if strength is None else {number: strength})


def test_a_range_names_what_lies_between() -> None:
    numbers = [f"FA-2025-{n:03d}" for n in (12, 13, 14, 15)]
    assert _numbers("FA-2025-012 A 014", *numbers) == {numbers[0]: FIRM, numbers[1]: WEAK, numbers[2]: WEAK}


def test_a_number_without_its_letters_that_two_documents_share_is_weak() -> None:
    assert _numbers("FACTURE 2025-012", "FA-2025-012", "AC-2025-012") == {"FA-2025-012": WEAK, "AC-2025-012": WEAK}


def test_an_order_is_a_weak_sign_of_its_invoices() -> None:
    documents = pl.DataFrame({"document_id": ["a", "b"], "number": ["F1", "F2"], "order_reference": ["CMD-2025/375", None]})
    hits = number_hits(_labels("COMMANDE CMD2025/375"), documents)
    assert hits.select("document_id", "strength", "found").rows() == [("a", WEAK, "cmd2025 375")]


def test_a_number_that_ends_a_cut_field_is_weak_and_so_are_those_that_go_on_from_it() -> None:
    ends = {"L1": "DURAND FA-2025-01", "L2": "MARTIN FA-2025-03", "L3": "PETIT  FA-2025-02"}
    lines = pl.DataFrame({"line_id": list(ends), "label": [f"VIR {end}" for end in ends.values()]})
    labels = labels_of(lines.with_columns(counterparty=pl.lit(None, pl.String)))
    ids = ["01", "012", "019", "123"]
    documents = pl.DataFrame({"document_id": ids, "number": [f"FA-2025-{n}" for n in ids]})
    hits = number_hits(labels, documents).filter(pl.col("line_id") == "L1")
    assert dict(hits.select("document_id", "strength").iter_rows()) == {"01": WEAK, "012": WEAK, "019": WEAK}
    alone = number_hits(labels.head(1).with_columns(is_cut=False), documents)
    assert dict(alone.select("document_id", "strength").iter_rows()) == {"01": FIRM}


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("VIR RF88 2025 012", ["FACT-2025-012"]),
        ("VIR RF872025012 MERCI", []),
        ("/REF RF30FACT2025012 NOTPROVIDED", ["FACT-2025-012"]),
    ],
)
def test_a_structured_reference_speaks_only_if_its_check_digits_hold(label: str, found: list[str]) -> None:
    documents = pl.DataFrame({"document_id": ["FACT-2025-012"], "number": ["FACT-2025-012"]})
    hits = reference_hits(_labels(label), documents)
    assert hits["document_id"].to_list() == found
    assert set(hits["strength"]) <= {FIRM}


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("VIR DURAND SOLDE 104", [("FA-2025-0104", WEAK, "104")]),
        ("VIR DURAND 104 1ER VERSEMENT", [("FA-2025-0104", BARE, "104")]),
        ("VIR DURAND LOT 104", []),
        ("VIR DURAND 104-B", [("FA-2025-0104", BARE, "104")]),
        ("VIR DURAND 2025-104", []),
        ("VIR MARTIN SOLDE 104", []),
    ],
)
def test_the_last_digits_of_a_number_speak_for_a_client_who_is_named(label: str, found: list[tuple[str, int, str]]) -> None:
    documents = pl.DataFrame({"document_id": ["FA-2025-0104"], "number": ["FA-2025-0104"], "client_id": ["Durand"]})
    labels = _labels(label)
    names = {"L": NameBook([("Durand", "Durand"), ("Martin", "Martin")]).find(labels["label"].item())}
    owner = dict(documents.select("document_id", "client_id").iter_rows())
    hits = sequence_hits(lone_numbers(labels, tokens_of(labels)), sequences_of(documents), owner, names)
    assert [hit[1:] for hit in hits] == found


@pytest.mark.parametrize(
    ("label", "name", "level"),
    [
        ("VIR CARROSSERIE DES ALP FACT 12", "Carrosserie des Alpes SARL", LIKELY),
        ("VIR DURAND BOIS", "Bois Durand", LIKELY),
        ("VIR SEPA DUPUOY MENUISERIE", "Dupouy Menuiserie", LIKELY),
        ("VIR SEPA MENUISRIE DUPOUY", "Menuiserie Dupouy", LIKELY),
        ("VIR M J MARTINEAU", "Jacques Martineau", LIKELY),
        ("VIR MARTINEAU J", "Jacques Martineau", LIKELY),
        ("VIR JEANPIERRE", "Jean-Pierre", SURE),
        ("VIR TREGOUET FACT", "Trégouët Plomberie", PART),
        ("VIR WEISS & HEBRAD", "Weiss", LIKELY),
        ("VIR WEISS FACT", "Weiss", SURE),
    ],
)
def test_a_name_cut_turned_or_mistyped_is_likely_and_a_part_of_it_less(label: str, name: str, level: int) -> None:
    assert _named(label, name) == {name: level}


def test_a_cut_name_that_two_clients_begin_with_is_both_s() -> None:
    names = ("Transports Durand Logistique", "Transports Durand Levage")
    assert _named("VIR TRANSPORTS DURAND L", *names) == dict.fromkeys(names, LIKELY)
    assert _named("VIR TRANSPORTS DURAND LO", *names) == {names[0]: LIKELY}


def test_a_whole_name_as_long_as_a_field_may_be_a_longer_one_cut() -> None:
    names = ("Transports Durand", "Transports Durand Levage")
    assert set(_named("VIR TRANSPORTS DURAND", *names)) == set(names)


def test_a_payer_s_name_that_a_person_confirmed_is_a_name_of_the_client() -> None:
    book = NameBook([("c", "Trégouët")], aliases={"holding participations": "c"})
    assert [(hit.client_id, hit.kind) for hit in book.find("vir holding participations 12")] == [("c", "alias")]
