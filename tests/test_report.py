"""The monthly report: two to four pages, whose numbers are those of the screens, the same bytes for the same facts."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from screens import make_sample
from small_ledger import MONDAY, Book
from typer.testing import CliRunner

from models.settings import Settings
from models.store import Store
from models.texts import Texts
from pipelines.ledger import Ledger, run_ledger
from pipelines.report.drawing import Series, chart
from pipelines.report.figures import month_report
from pipelines.report.pages import report_pdf
from pipelines.sample import LAST_DAY

FR, EN = Texts("fr"), Texts("en")
HOSTILE = '=HYPERLINK(1) #import "x" <b>$a$</b> {{ 7*7 }} \\ ' + "Très long nom " * 12


def _pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "sample.duckdb"
    make_sample(path)
    return path


@pytest.fixture(scope="module")
def company(sample: Path) -> Ledger:
    with Store.open(sample) as store:
        return run_ledger(store)


@pytest.mark.parametrize("texts", [FR, EN], ids=["fr", "en"])
def test_the_numbers_are_those_of_the_screens(company: Ledger, texts: Texts) -> None:
    report = month_report(company, as_of=LAST_DAY, known_on=LAST_DAY)
    content = report_pdf(report, texts)
    pages = _pages(content)
    assert 2 <= len(pages) <= 4
    said, now = _plain(" ".join(pages)), report.now
    for amount in (
        now.receivables,
        now.overdue,
        now.over_90,
        now.gross_outstanding,
        now.doubtful,
        now.sales,
        *now.ageing.values(),
    ):
        assert _plain(texts.money(amount, "EUR")) in said
    assert report.ahead is not None
    for told in (texts.days(now.dso), texts.days(now.dso_countback), texts.money(report.ahead.lowest.p10), texts.date(LAST_DAY)):
        assert _plain(told) in said
    moved = report.moved.row(0, named=True)
    assert (moved["opening"], moved["closing"]) == (report.before.receivables, now.receivables)
    assert sum((row["outstanding"] for row in report.debtors.rows.to_dicts()), report.debtors.rest) == now.gross_outstanding
    assert _plain(texts.t("As it was known on {date}.", date=texts.date(LAST_DAY))) in said
    assert report_pdf(month_report(company, as_of=LAST_DAY, known_on=LAST_DAY), texts) == content


def test_a_company_without_anything_has_a_report_too(tmp_path: Path) -> None:
    with Store.open(tmp_path / "empty.duckdb", create=True) as store:
        report = month_report(run_ledger(store), as_of=date(2026, 1, 31))
    pages = _pages(report_pdf(report, FR))
    assert 2 <= len(pages) <= 4
    for said in ("Nothing is owed.", "Nothing to show.", "No bank statement yet."):
        assert FR.t(said) in " ".join(pages)


def test_five_hundred_clients_with_long_names_stay_within_four_pages() -> None:
    book = Book()
    for n in range(500):
        days = n % 200 - 60
        book.late(f"F{n}", f"{HOSTILE}{n}", days, f"{1_000_000_000 + n}.99", is_disputed=n % 2 == 0)
    book.bill("D1", "Dollar", MONDAY + timedelta(days=9), "99.00", currency="USD")
    report = month_report(book.ledger(Settings(company_name=HOSTILE)), as_of=MONDAY)
    pages = _pages(report_pdf(report, EN))
    assert 2 <= len(pages) <= 4
    said = _plain(" ".join(pages))
    assert _plain(EN.money(report.now.gross_outstanding)) in said
    assert _plain(EN.money(Decimal("99.00"), "USD")) in said
    late = report.now.overdue - sum(report.debtors.rows["overdue"])
    assert _plain(EN.money(late)) in said  # of the other clients, so that the column sums to its total
    assert _plain(EN.whole_money(200_000_000_000, "EUR")) in said  # the scale names its currency
    assert '#import "x"' in said
    assert all(_plain(client[-8:]) in said for client in report.debtors.rows["client"])  # the end tells them apart


def test_a_scale_is_round_and_holds_its_highest_column() -> None:
    series = [Series("a", "#000000", [10.0, 40.0]), Series("b", "#111111", [None, 45.0])]
    stacked = chart("stacked", ["1", "2"], series, tick=str)
    assert [tick["text"] for tick in stacked["ticks"]] == ["0.0", "25.0", "50.0", "75.0", "100.0"]
    assert stacked["series"][0]["values"] == [0.1, 0.4]
    assert stacked["series"][1]["values"] == [None, 0.45]
    assert [tick["at"] for tick in chart("lines", [], [Series("a", "#000000", [])], tick=str)["ticks"]] == [0.0, 1.0]
    assert chart("grouped", ["1"], [Series("a", "#000000", [-5.0])], tick=str)["series"][0]["values"] == [0.0]


def test_the_command_writes_the_file_and_names_it(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import cli

    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli.app, ["--db", str(sample), "report", "--as-of", "2026-05-31"])
    assert result.exit_code == 0, result.output
    assert len(_pages((tmp_path / "rapport-creances-2026-05-31.pdf").read_bytes())) in (2, 3, 4)
