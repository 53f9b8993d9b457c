"""How long the portfolio of many dossiers takes: python tests/portfolio_speed.py [dossiers].

Makes that many summaries beside databases that are never opened, as a firm's folder has them, and measures the portfolio
from the folder, its JSON, its workbook, the list of dossiers for the switch, and the page itself.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from streamlit.testing.v1 import AppTest

from models.journal import Journal
from models.texts import Texts
from pipelines.companies.folder import companies_in
from pipelines.companies.portfolio import run_portfolio
from pipelines.companies.summary import Summary, write_summary
from pipelines.exports import answers
from pipelines.exports.company_rows import portfolio_answer, portfolio_rows
from pipelines.exports.sheets import to_xlsx

TODAY = date(2026, 6, 26)
#: Seconds allowed for 500 dossiers, from their files to the page.
LIMIT = 2.0


def make_folder(folder: Path, count: int) -> None:
    """Databases that are no more than names, with their journals and summaries, in every state that needs a look."""
    for n in range(count):
        path = folder / f"dossier-{n:04}.duckdb"
        path.touch()
        seal = f"{n:064x}"
        for change in range(1, 40):
            Journal(path).path.open("a").write(f"{change} {seal}\n")
        owed = Decimal(n * 137 % 90000) + Decimal("0.37")
        summary = Summary(
            company=f"Entreprise {n:04} SARL", program="1.0", written_at=datetime(2026, 6, 26, 9), change=39 - (n % 17 == 0),
            seal=seal, as_of=TODAY - timedelta(days=n % 12), currency="EUR" if n % 20 else "CHF", receivables=owed,
            gross_outstanding=owed, overdue=owed * (n % 10) / 10, over_90=owed * (n % 4) / 10, dso=float(n % 90),
            lowest_date=TODAY + timedelta(days=n % 30), lowest=Decimal(n * 53 % 20000 - 2000), cash_floor=Decimal(0),
            statement_days=5, last_statement=TODAY - timedelta(days=n % 9), last_import=TODAY - timedelta(days=n % 50),
            last_invoice=TODAY, drafts_ready=n % 5, drafts_held=n % 3, closed_to=None,
        )  # fmt: skip
        if n % 50:
            write_summary(path, summary)


def timed(name: str, act: Callable[[], object], times: int = 3) -> float:
    """The best of several runs, said."""
    best = min(_once(act) for _ in range(times))
    sys.stdout.write(f"{name:34} {best * 1000:8.0f} ms\n")
    return best


def _once(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _page() -> None:
    from datetime import UTC, date, datetime

    from models.texts import Texts
    from pages import portfolio_page
    from pages._ui.session import author_of, keep, unopened

    keep(unopened(Texts("fr"), author_of(date(2026, 6, 26), datetime(2026, 6, 26, 9, tzinfo=UTC))))
    portfolio_page.show()


def _shown() -> None:
    at = AppTest.from_function(_page, default_timeout=60).run()
    if at.exception:
        raise RuntimeError(at.exception)


def main() -> None:
    """Measure, and fail if the page takes longer than it may."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as name:
        folder, texts = Path(name), Texts("fr")
        os.environ["ENCOURS_FOLDER"] = name
        make_folder(folder, count)
        found = run_portfolio(folder, today=TODAY)
        sys.stdout.write(f"{count} dossiers, {len(found.silent)} without a summary, {len(found.stale)} changed since theirs\n")
        timed("portfolio from its folder", lambda: run_portfolio(folder, today=TODAY))
        timed("JSON", lambda: answers.dump(portfolio_answer(found, texts)))
        timed("workbook", lambda: to_xlsx("portfolio", portfolio_rows(found, texts), texts))
        timed("dossiers of the switch", lambda: companies_in(folder))
        page = timed("page", _shown)
    sys.exit(0 if page <= LIMIT else 1)


if __name__ == "__main__":
    main()
