"""Several dossiers on screen: each browser session shows its own, whatever the others do; several currencies stand apart."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from screens import AUTHOR, button, healthy, words
from streamlit.testing.v1 import AppTest

from models.errors import Refused
from models.money import MONEY, total
from models.store import Store
from models.texts import Texts
from pages._ui import open_stores
from pages._ui.shell import run_shell
from pipelines.companies.folder import Company, companies_in, id_of, run_new_company
from pipelines.companies.summarise import run_refresh
from pipelines.companies.summary import read_summary
from pipelines.decisions import set_settings
from pipelines.publishing.publish import run_import

HEAD = "Numéro;Client;Date;Échéance;Montant TTC;Devise\n"
_HOLD = """
import sys
from pathlib import Path
from models.store import Store
store = Store.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def _shell() -> None:
    from datetime import UTC, date, datetime

    from pages._ui.shell import run_shell

    run_shell(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, tzinfo=UTC))


def _page(name: str) -> None:
    import importlib
    from datetime import UTC, date, datetime

    import streamlit as st

    from models.texts import Texts
    from pages._ui.session import Session, keep, start

    store, ledger, author = start(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, tzinfo=UTC))
    chosen = st.query_params.get("currency")
    keep(Session(store, ledger, author.today, author.today, Texts("en"), author, chosen_currency=chosen))
    importlib.import_module(f"pages.{name}").show()


def opened(dossier: str | None = None, **query: str) -> AppTest:
    """A new browser session."""
    at = AppTest.from_function(_shell, default_timeout=30)
    at.query_params.update(query | ({} if dossier is None else {"dossier": dossier}))
    return healthy(at.run())


@pytest.fixture(autouse=True)
def _without_later_summaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A summary that is written after a test would find its dossier closed."""
    monkeypatch.setattr("pages._ui.shell.sum_up_later", lambda _: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two dossiers at the same revision: Alpha is owed 111.11 by Ada, Beta 222.22 by Bob. To be copied."""
    folder = tmp_path_factory.mktemp("dossiers")
    for name, client, amount in (("Alpha", "Ada", "111,11"), ("Beta", "Bob", "222,22")):
        company = run_new_company(folder, name, author=AUTHOR)
        with Store.open(company.path) as store:
            run_import(store, f"{HEAD}F1;{client};01/05/2026;31/05/2026;{amount};EUR\n".encode(), "f.csv", author=AUTHOR)
    return folder


@pytest.fixture
def two(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Company, Company]]:
    """Those dossiers in a folder of one's own."""
    import streamlit as st

    folder = Path(shutil.copytree(made, tmp_path / "dossiers"))
    monkeypatch.setenv("ENCOURS_FOLDER", str(folder))
    monkeypatch.setenv("ENCOURS_DB", str(folder / "alpha.duckdb"))
    first, second = companies_in(folder)
    yield first, second
    st.cache_resource.clear()


def test_each_session_shows_its_own_dossier_also_after_the_other_has_decided(two: tuple[Company, Company]) -> None:
    first, second = two
    alpha, beta = opened(first.company_id, language="fr"), opened(second.company_id, language="fr")
    for at, own, other in ((alpha, ("111,11", "Ada"), ("222,22", "Bob")), (beta, ("222,22", "Bob"), ("111,11", "Ada"))):
        said = words(at) + "".join(str(metric.value) for metric in at.metric) + "".join(b.label for b in at.button)
        assert all(text in said for text in own)
        assert not any(text in said for text in other)
    with Store.open(first.path.with_name("x.duckdb"), create=True):
        pass  # one more dossier in the folder changes nothing for those who are in theirs
    set_settings(open_stores.open_store(str(first.path)), {"company_name": "Alpha the Second"}, author=AUTHOR)
    assert "Alpha the Second" in words(healthy(alpha.run()))
    assert "Alpha" not in words(healthy(beta.run()))
    assert beta.selectbox(key="company").options[-1] == "x"


def test_a_session_stays_on_its_dossier_and_leaves_by_loading_another(two: tuple[Company, Company]) -> None:
    first, second = two
    at = opened(first.company_id, as_of="2026-06-25", client="secret-id")
    at.query_params["dossier"] = second.company_id  # typed by hand into a session that is on
    assert "111" in "".join(str(metric.value) for metric in healthy(at.run()).metric)
    healthy(at.selectbox(key="company").select(second.company_id).run())
    script = next(element.proto.body for element in at.get("html") if "location" in element.proto.body)
    assert f"dossier={second.company_id}" in script
    assert "as_of=2026-06-25" in script
    assert not {"secret-id", "Beta"} & set(script.replace("&", "=").split("="))
    assert not at.metric  # nothing of the dossier that is left stands beside it
    assert at.session_state["company"] == first.company_id


@pytest.mark.parametrize("asked", ["../Alpha", "alpha", "'><script>", None])
def test_an_address_that_names_no_dossier_opens_none(two: tuple[Company, Company], asked: str | None) -> None:
    at = opened(asked)
    assert [title.value for title in at.title] == ["Dossiers"]
    assert any("pas dans ce répertoire" in warning.value for warning in at.warning) == (asked is not None)
    assert not at.metric
    assert str(two[0].path) not in open_stores._used


def test_a_dossier_that_is_open_elsewhere_says_so_and_the_others_go_on(two: tuple[Company, Company]) -> None:
    first, second = two
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(first.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        at = opened(first.company_id)
        assert "ouverte dans un autre programme" in at.error[0].value
        assert [title.value for title in at.title] == ["Dossiers"]
        assert "222" in "".join(str(metric.value) for metric in opened(second.company_id).metric)
    finally:
        holder.communicate()
    assert not healthy(at.run()).error  # closed there, it opens here


def test_a_folder_that_is_gone_is_said_and_not_made_anew(two: tuple[Company, Company]) -> None:
    folder = two[0].path.parent
    for company in two:
        open_stores.open_store.clear(str(company.path))
    shutil.rmtree(folder)
    with pytest.raises(Refused, match="is not there: connect it again"):
        run_shell(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, tzinfo=UTC))
    assert not folder.exists()


def test_a_new_company_is_made_on_screen_and_a_known_name_is_refused(two: tuple[Company, Company]) -> None:
    at = opened()
    at.text_input(key="new-company-name").input("Alpha")
    # Without summaries the names of files are all that is known.
    assert any("existe déjà" in warning.value for warning in healthy(button(at, "FormSubmitter").click().run()).warning)
    at.text_input(key="new-company-name").input("Gamma & Cie")
    healthy(button(at, "FormSubmitter").click().run())
    made = two[0].path.with_name("gamma-cie.duckdb")
    assert made.exists()
    assert any(id_of(made) in element.proto.body for element in at.get("html"))


def test_one_database_alone_has_no_switch(two: tuple[Company, Company], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCOURS_FOLDER", "")
    at = opened(two[1].company_id)
    assert "111" in "".join(str(metric.value) for metric in at.metric)
    assert not at.sidebar.selectbox


def test_a_rerun_sums_the_dossier_up_with_the_figures_of_its_own_currency(two: tuple[Company, Company]) -> None:
    from pages._ui.session import Session, start
    from pages._ui.summing import sum_up
    from pages._ui.words import md  # noqa: F401 -- the screens' modules are loaded as in a rerun

    now = datetime(2026, 6, 26, 9, tzinfo=UTC)
    store, ledger, author = start(today=AUTHOR.today, now=now, path=str(two[1].path))
    session = Session(store, ledger, author.today, author.today - timedelta(days=60), Texts("fr"), author, chosen_currency="USD")
    sum_up(session)
    known = read_summary(two[1].path).summary
    assert known is not None
    assert (known.company, str(known.receivables), known.currency, known.as_of) == ("Beta", "222.22", "EUR", AUTHOR.today)


def test_the_totals_of_the_portfolio_are_the_sums_of_its_rows(two: tuple[Company, Company]) -> None:
    for company in two:
        with Store.open(company.path) as store:
            run_refresh(store, author=AUTHOR)
    at = opened(language="fr")
    (rows,) = (pl.DataFrame(table.value) for table in at.dataframe)
    sums = [Texts("fr").money(total(rows[name].cast(MONEY)), "EUR") for name in ("receivables", "overdue")]
    assert [metric.value for metric in at.metric] == sums == ["333,33\u00a0€"] * 2


def test_a_folder_in_which_nothing_is_owed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Alpha", "Beta"):
        with Store.open(run_new_company(tmp_path, name, author=AUTHOR).path) as store:
            run_refresh(store, author=AUTHOR)
    monkeypatch.setenv("ENCOURS_FOLDER", str(tmp_path))
    at = opened(language="fr")
    assert [metric.value for metric in at.metric] == ["0,00\u00a0€"] * 2
    assert [caption.value for caption in at.caption if "dus sur factures" in caption.value] == []
    assert Texts("fr").t("Nothing is owed.") in words(at)


def test_stores_that_nobody_uses_are_closed_and_open_again(two: tuple[Company, Company]) -> None:
    first, second = (str(company.path) for company in two)
    noon = datetime(2026, 6, 26, 12, tzinfo=UTC)
    open_stores._used.clear()
    old = open_stores.use(first, now=noon)
    open_stores.use(second, now=noon + open_stores.IDLE)
    assert open_stores.close_idle(now=noon + open_stores.IDLE + timedelta(seconds=1)) == [first]
    with pytest.raises(Exception, match="closed"):
        old.query("SELECT 1")
    assert open_stores.use(first, now=noon).query("SELECT 1 AS one")["one"].item() == 1
    assert open_stores.open_store(second).query("SELECT 1 AS one")["one"].item() == 1


def _several(path: Path) -> None:
    owed = (("F1", "100,00", "EUR"), ("F2", "109,19", "USD"), ("F3", "5,00", "GBP"))
    bills = "".join(f"{number};Ada;01/05/2026;31/05/2026;{amount};{code}\n" for number, amount, code in owed)
    with Store.open(path, create=True) as store:
        run_import(store, f"{HEAD}{bills}".encode(), "f.csv", author=AUTHOR)
        run_import(store, b"Date,USD,\n2026-06-26,1.0919,\n", "rates.csv", author=AUTHOR)


def test_figures_are_in_the_chosen_currency_and_all_of_them_come_together_at_a_rate(empty_company: Path) -> None:
    _several(empty_company)
    at = opened(currency="USD", language="en")
    shown = "".join(str(metric.value) for metric in at.metric)
    assert "US$109.19" in shown.replace("\\", "")
    assert "€100.00" not in shown
    view = AppTest.from_function(_page, args=("receivables_page",), default_timeout=30)
    view.query_params.update({"view": "consolidated", "currency": "USD"})
    healthy(view.run())
    assert "Left out" in words(view)
    assert "GBP" in words(view)
    assert [metric.value for metric in view.metric][-3:-1] == ["€200.00", "€200.00"]
    table = view.dataframe[-1].value
    assert table["rate_date"].astype(str).to_list()[2] == "2026-06-26"
    assert [None if value is None else str(value) for value in table["receivables"]] == ["100.00", None, "100.00", "200.00"]
    # Euros, though the screen's other figures are in dollars.
    configured = json.loads(view.dataframe[-1].proto.columns)["receivables"]["type_config"]["format"]
    assert configured == "euro"


def test_a_receipt_of_another_currency_is_shown_and_matched_in_its_own(empty_company: Path) -> None:
    _several(empty_company)
    lines = "date;libelle;montant;devise\n02/06/2026;VIR INCONNU;77,00;USD\n"
    with Store.open(empty_company) as store:
        assert run_import(store, lines.encode(), "usd.csv", author=AUTHOR, kind="bank", account="Dollars").inserted == 1
    view = healthy(AppTest.from_function(_page, args=("reconciliation",), default_timeout=30).run())
    waiting = next(table for table in view.dataframe if table.key and table.key.startswith("to-settle"))
    assert json.loads(waiting.proto.columns)["open_amount"]["label"].endswith("(USD)")
    healthy(button(view, "by-hand-").click().run())
    assert "US$109.19" in words(view).replace("\\", "")  # the open invoices of its currency, though the screen is in euros
    assert "€100.00" not in words(view)
