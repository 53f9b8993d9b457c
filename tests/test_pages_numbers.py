"""The register of numbers: every tile of every screen opens into rows that sum to it, or stands over the table that does.

A tile that says neither fails here, whatever screen it is added to.
"""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from screens import AUTHOR, screen, select_row, store
from streamlit.testing.v1 import AppTest

import pages as pages_package
from models.money import total
from models.texts import Texts
from pages import closing_page
from pages._ui import tiles as tiles_module
from pages._ui.cash_queries import HORIZONS
from pages._ui.explained_queries import explained
from pages._ui.session import Session
from pages._ui.tiles import Tile
from pipelines.explain.cash import CASH_FIGURES
from pipelines.explain.explanation import Explanation, value_text
from pipelines.explain.figures import FIGURES
from pipelines.explain.others import OTHER_FIGURES, explain_other
from pipelines.exports.paper_columns import VAT_RATE_WORDS
from pipelines.ledger import run_ledger
from pipelines.provisions.deciding import decide_doubt, set_provision
from pipelines.publishing.publish import run_import
from pipelines.sample import LAST_DAY

FR = Texts("fr")
#: Every screen with tiles, and each of its views by the address.
SCREENS: tuple[tuple[str, dict[str, str]], ...] = (
    ("home", {}),
    ("receivables_page", {"view": "indicators", "figure": "dso"}),
    ("receivables_page", {"view": "consolidated"}),
    ("client", {}),
    ("collections_page", {}),
    ("cash", {}),
    ("cash", {"days": "90"}),
    ("payables_page", {}),
    *(("closing_page", {"view": view}) for view in ("doubtful", "lock", "papers", "vat", "numbering", "report", "archive")),
)
#: By the table that a tile stands over: columns that tell it, and by the tile what column sums to it, of which rows.
_EVERY, _ONE = pl.lit(value=True), pl.col("part") != FR.t("Total")
TABLES = {
    "vat-payments": (
        ("number", "vat"),
        {
            "VAT due": ("vat", _EVERY),
            "Collected": ("amount", _EVERY),
            "Without an invoice": ("amount", pl.col("rate") == FR.t(VAT_RATE_WORDS["unallocated"])),
        },
    ),
    "consolidated": (
        ("part", "receivables"),
        {
            "Receivables (net)": ("receivables", _ONE),
            "Overdue": ("overdue", _ONE),
            "Over 90 days": ("over_90", _ONE),
        },
    ),
}


#: The modules that show numbers on tiles, and where their sums are held: here by a screen; else by a test of that name.
HELD = {
    "home": "home",
    "receivables_page": "receivables_page",
    "_ui/explain": "receivables_page",
    "_ui/consolidated": "receivables_page",
    "client": "client",
    "cash": "cash",
    "payables_page": "payables_page",
    "_ui/closing_doubtful": "closing_page",
    "_ui/closing_vat": "closing_page",
    "portfolio_page": "test_pages_companies.test_the_totals_of_the_portfolio_are_the_sums_of_its_rows",
    "_ui/importing": "test_pages_imports.test_the_summary_tells_receivables_overdue_and_cash_before_and_after",
}


def test_no_screen_has_tiles_that_no_test_sums() -> None:
    pages = Path(pages_package.__file__).parent
    found = {
        path.relative_to(pages).with_suffix("").as_posix()
        for path in pages.rglob("*.py")
        if re.search(r"\b(show_tiles|metric)\(", path.read_text()) and path.name != "tiles.py"
    }
    assert found == set(HELD)
    assert {held for held in HELD.values() if "." not in held} <= {page for page, _ in SCREENS}
    for module, name in (held.split(".") for held in HELD.values() if "." in held):
        assert f"def {name}(" in Path(__file__).with_name(f"{module}.py").read_text(), name
    assert {query["view"] for page, query in SCREENS if page == "closing_page"} == set(closing_page.VIEWS)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Tile]:
    """The tiles that screens show, as they show them."""
    seen: list[Tile] = []
    show = tiles_module._show_tile

    def keep(texts: Texts, tile: Tile, key: str, place: int) -> None:
        seen.append(tile)
        show(texts, tile, key, place)

    monkeypatch.setattr(tiles_module, "_show_tile", keep)
    return seen


def _lived() -> None:
    """The sample company with doubtful receivables decided, and an invoice in dollars."""
    books = store()
    decide_doubt(books, ["FACT-2025-074"], is_doubtful=True, on=date(2026, 6, 1), author=AUTHOR)
    set_provision(books, "FACT-2025-074", Decimal("0.4"), on=date(2026, 6, 1), author=AUTHOR)
    file = b"numero;client;date_facture;date_echeance;montant_ttc;devise\nUS-1;Acme;2026-05-02;2026-06-02;500,00;USD\n"
    run_import(books, file, "dollars.csv", author=AUTHOR)
    run_import(books, b"Date,USD,\n2026-06-25,1.10,\n", "cours.csv", author=AUTHOR)


def _check_opened(opened: Explanation) -> None:
    """Rows sum to operands, and operands give the figure."""
    for operand in opened.operands:
        rows = operand.rows
        added = rows.height if operand.unit == "count" else rows["weight" if operand.unit == "money_days" else "amount"].sum()
        assert added == operand.value, (opened.key, operand.name)
    if opened.unit == "money":
        terms = re.findall(r"([+−]?) ?\{(\w+)\}", opened.formula)
        signed = ((-1 if sign == "−" else 1) * Decimal(opened.operand(name).value) for sign, name in terms)
        assert sum(signed, Decimal(0)) == opened.value, opened.key


def _table(at: AppTest, *columns: str) -> pl.DataFrame | None:
    """The first table with these columns; one in which nothing can be selected has no key to be found by."""
    frames = (pl.DataFrame(table.value) for table in at.dataframe)
    return next((frame for frame in frames if {*columns} <= {*frame.columns}), None)


@pytest.mark.usefixtures("sample_company")
def test_every_tile_of_every_screen_opens_into_rows_or_stands_over_those_that_sum_to_it(
    shown: list[Tile],
) -> None:
    _lived()
    session = Session(store(), run_ledger(store()), LAST_DAY, LAST_DAY, FR, AUTHOR)
    assert session.ledger.exchange_rates.height  # else the dollars are in no sum
    told = set()
    for page, query in SCREENS:
        shown.clear()
        at = screen(page, query=query)
        assert [metric.label for metric in at.metric] == [tile.label for tile in shown]  # no number but on a tile
        for tile in shown:
            where = (page, query, tile.label)
            assert bool(tile.explains) != bool(tile.table), where
            told.add(tile.explains or tile.table)
            if tile.explains:
                opened = explained(session, tile.explains, tile.part)
                assert value_text(opened, FR) == tile.value, where
                _check_opened(opened)
                continue
            columns, sums = TABLES[tile.table]
            column, of = next(found for title, found in sums.items() if FR.t(title) == tile.label)
            rows = _table(at, *columns)
            assert rows is not None, where
            assert FR.money(total(rows.filter(of)[column].drop_nulls().cast(pl.Decimal(18, 2))), "EUR") == tile.value, where
    assert told >= {"cash", "low_point", "overdue", "doubtful_decided", "provision_change", "payables", "vat-payments"}
    assert told >= {"consolidated", "open_credits", "average_days_late", "dso_countback", "over_90", "expected_receipts"}


@pytest.mark.usefixtures("sample_company")
def test_every_figure_that_opens_has_rows_of_its_own_at_the_terminal_as_on_screen() -> None:
    _lived()
    ledger = run_ledger(store())
    session = Session(store(), ledger, LAST_DAY, LAST_DAY, FR, AUTHOR)
    for key in OTHER_FIGURES:
        opened, other = explained(session, key), explain_other(ledger, key, as_of=LAST_DAY, currency="EUR")
        assert (opened.value, [o.value for o in opened.operands]) == (other.value, [o.value for o in other.operands])
        _check_opened(opened)
        assert all(operand.rows["row_id"].null_count() == 0 for operand in opened.operands)
    for key in FIGURES:
        _check_opened(explained(session, key))
    for key in set(CASH_FIGURES) - {"cash"}:
        for days in HORIZONS:
            _check_opened(explained(session, key, days))
    accounts = ledger.accounts["account_id"].to_list()
    parts = [explained(session, "cash", account_id) for account_id in accounts]
    assert sum((Decimal(str(part.value)) for part in parts), Decimal(0)) == explained(session, "cash").value
    assert len(parts) > 1
    for part in parts:
        _check_opened(part)


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("by", ["month", "client", "sales_rep", "category", "segment"])
def test_a_ticked_row_of_the_detail_opens_into_the_rows_that_sum_to_its_cell(by: str) -> None:
    at = screen("receivables_page", query={"view": "indicators", "split": by})
    table = _table(at, "sales", "collected")
    assert table is not None
    select_row(at, f"split-{by}", lambda _: 0)
    for of in ("sales", "collected") if by == "month" else ("collected", "receivables", "overdue"):
        at.button_group(key=f"split-of-{by}").set_value(of)
        select_row(at, f"split-{by}", lambda _: 0)
        rows = _table(at, "kind", "amount")
        assert (total(rows["amount"]) if rows is not None else 0) == (table[of][0] or 0)
