"""What a reader asks of a table: read from an address without trust, applied to rows, told in words, printed on files."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from models.money import MONEY
from models.texts import Texts
from pipelines.exports.column import Column
from pipelines.exports.filters import Condition, Field, ListFilter, read_filter, write_filter
from pipelines.exports.lists import about_table
from pipelines.exports.narrowing import choices_of, code_of, filter_words, narrowed
from pipelines.exports.table_files import Table, file_stem, table_file

FR = Texts("fr")
FIELDS = [
    Field("client", "Client", code="client_id"),
    Field("rep", "Commercial"),
    Field("total", "Total", "amount"),
    Field("share", "Part", "share"),
    Field("due", "Échéance", "date"),
    Field("disputed", "Litige", "yes_no"),
]
ROWS = pl.DataFrame(
    {
        "client_id": ["c1", "c2", "c3", "c4"],
        "client": ["Société Dupré", "MARTIN & Fils", "Évian", None],
        "rep": ["Léa", "Paul", "Léa", None],
        "total": [Decimal("1234.56"), Decimal("-20.00"), Decimal("100.00"), None],
        "share": [0.5, 0.25, None, 1.0],
        "due": [date(2026, 1, 31), date(2026, 2, 1), None, date(2025, 12, 31)],
        "disputed": [True, False, None, False],
    },
    schema_overrides={"total": MONEY},
)


def kept(asked: ListFilter) -> list[str]:
    """The ids of the rows that are left."""
    return narrowed(ROWS, FIELDS, asked)["client_id"].to_list()


_texts = st.text(max_size=20).map(lambda text: " ".join(text.split()))
_amounts = st.decimals(-1_000_000, 1_000_000, places=2)


def _condition(field: Field) -> st.SearchStrategy[Condition]:
    if field.kind == "text":
        codes = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4, unique=True).map(tuple)
        return codes.map(lambda c: Condition(field.name, codes=c)) | _texts.filter(bool).map(
            lambda w: Condition(field.name, words=w)
        )
    if field.kind == "yes_no":
        return st.sampled_from([("yes",), ("no",), ("yes", "no")]).map(lambda c: Condition(field.name, codes=c))
    bounds: st.SearchStrategy[Any] = st.dates() if field.kind == "date" else _amounts
    pairs = st.tuples(st.none() | bounds, st.none() | bounds).filter(lambda pair: pair != (None, None))
    return pairs.map(lambda pair: Condition(field.name, low=pair[0], high=pair[1]))


@st.composite
def filters(draw: st.DrawFn) -> ListFilter:
    """Any filter of these columns."""
    fields = draw(st.lists(st.sampled_from(FIELDS), unique=True))
    conditions = tuple(draw(_condition(field)) for field in fields)
    sort = draw(st.none() | st.sampled_from([field.name for field in FIELDS]))
    return ListFilter(draw(_texts), conditions, sort, is_descending=sort is not None and draw(st.booleans()))


@settings(max_examples=60)
@given(filters())
def test_what_is_written_in_an_address_is_read_back_the_same(asked: ListFilter) -> None:
    assert read_filter(write_filter(asked), FIELDS) == asked


@settings(max_examples=60)
@given(filters(), st.permutations([0, 1, 2, 3]))
def test_a_filter_keeps_rows_whatever_their_order_and_asks_nothing_twice(asked: ListFilter, order: list[int]) -> None:
    found = narrowed(ROWS[order], FIELDS, asked)
    assert set(found["client_id"]) == set(kept(asked)) <= set(ROWS["client_id"])
    assert narrowed(found, FIELDS, asked).equals(found)


@pytest.mark.parametrize(
    "text",
    ["total:NaN_", "total:1e9_", "total:_", "total:", "due:2026-13-01_", "due:1_2", "unknown:1_", "total=a", "client:1_2",
     "client=", "client~", "disputed=maybe", ";;;", "=~:", "total:٣_", "total:" + "9" * 5000 + "_", "%", "client=%FF,",
     "total:1_2_3"],
)  # fmt: skip
def test_what_an_address_cannot_mean_is_left_out(text: str) -> None:
    assert read_filter({"f": text, "s": "nothing"}, FIELDS) == ListFilter()
    assert read_filter({"f": f"{text};due:2026-02-01_", "q": "x" * 9000}, FIELDS).conditions in (
        (Condition("due", low=date(2026, 2, 1)),),
        (),  # the whole is too long
    )


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (ListFilter("dupre societe"), ["c1"]),
        (ListFilter("1 234,56"), ["c1"]),
        (ListFilter("1234.56"), ["c1"]),
        (ListFilter("01/02/2026"), ["c2"]),
        (ListFilter("lea"), ["c1", "c3"]),
        (ListFilter("fils lea"), []),
        (ListFilter().with_condition(Condition("client", codes=("c2", "c4"))), ["c2", "c4"]),
        (ListFilter().with_condition(Condition("rep", codes=(code_of("Léa"),))), ["c1", "c3"]),
        (ListFilter().with_condition(Condition("rep", words="LÉ")), ["c1", "c3"]),
        (ListFilter().with_condition(Condition("total", low=Decimal(100))), ["c1", "c3"]),
        (ListFilter().with_condition(Condition("total", low=Decimal("-20.005"), high=Decimal("99.999"))), ["c2"]),
        (ListFilter().with_condition(Condition("share", low=Decimal(50))), ["c1", "c4"]),
        (ListFilter().with_condition(Condition("due", low=date(2026, 1, 31), high=date(2026, 1, 31))), ["c1"]),
        (ListFilter().with_condition(Condition("disputed", codes=("no",))), ["c2", "c3", "c4"]),
        (ListFilter(sort="client"), ["c3", "c2", "c1", "c4"]),
        (ListFilter(sort="total", is_descending=True), ["c1", "c3", "c2", "c4"]),
        (ListFilter(sort="total"), ["c2", "c3", "c1", "c4"]),
    ],
)
def test_rows_are_found_as_people_look_for_them(asked: ListFilter, ids: list[str]) -> None:
    assert kept(asked) == ids


def test_a_client_stands_in_an_address_by_its_id_and_another_text_by_a_mark() -> None:
    assert choices_of(ROWS, FIELDS[0]) == {"c3": "Évian", "c2": "MARTIN & Fils", "c1": "Société Dupré"}
    assert choices_of(ROWS, FIELDS[1]) == {code_of("Léa"): "Léa", code_of("Paul"): "Paul"}
    asked = (
        ListFilter().with_condition(Condition("client", codes=("c1",))).with_condition(Condition("rep", codes=(code_of("Paul"),)))
    )
    assert not any(name in write_filter(asked)["f"] for name in ("Dupr", "Paul"))


def test_a_file_says_what_it_is_of_and_runs_nothing() -> None:
    asked = ListFilter(
        "a", (Condition("total", low=Decimal(100)), Condition("client", codes=("c1", "c3"))), "total", is_descending=True
    )
    words = filter_words(ROWS, FIELDS, asked, FR, "EUR")
    about = about_table(
        "=Balance", ["Total : ce qui reste dû."], FR, as_of=date(2026, 3, 1), currency="EUR", company="Atelier", filters=words,
        known_on=date(2026, 2, 28),
    )  # fmt: skip
    table = Table(
        [Column("client", "Client"), Column("total", "Total", is_summed=True)],
        narrowed(ROWS, FIELDS, asked),
        about,
        date(2026, 3, 1),
    )
    csv = table_file(table, "csv", FR).decode("utf-8-sig")
    assert csv.splitlines()[:3] == ["Client;Total", "Société Dupré;1234,56", "Évian;100,00"]
    assert '"\'=Balance – Atelier"' in csv.splitlines()
    book = CalamineWorkbook.from_filelike(BytesIO(table_file(table, "xlsx", FR)))
    assert book.get_sheet_by_index(0).to_python()[-1] == ["Total", 1334.56]
    notes = [row[0] for row in book.get_sheet_by_index(1).to_python()]
    printed = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(table_file(table, "pdf", FR))).pages).split())
    for text in (" ".join(map(str, notes)), csv, printed):
        plain = text.replace("\u00a0", " ").replace("\u202f", " ")
        for said in ("01/03/2026", "28/02/2026", "Société Dupré, Évian", "à partir de 100,00 €", "Total : ce qui reste dû."):
            assert said in plain, (said, plain)
    assert file_stem("Balance âgée : l’état/..") == "balance-agee-l-etat"
