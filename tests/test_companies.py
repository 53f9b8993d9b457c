"""Dossiers of a folder: safe names and ids, what each says of itself, and what is said of one that says nothing."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_store import Company, day, money

from models.errors import Refused
from models.store import Author, Store
from models.texts import Texts
from pipelines.companies.folder import companies_in, databases_in, find, new_path, run_new_company, stem_of
from pipelines.companies.portfolio import Reason, portfolio
from pipelines.companies.summarise import is_fresh, run_summary
from pipelines.companies.summary import Found, Summary, read_summary, summary_path, write_summary
from pipelines.companies.summed_store import SummedStore
from pipelines.decisions import set_settings
from pipelines.exports.company_rows import portfolio_notes
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger

NOW = datetime(2026, 6, 26, 9)
ME = Author("Ana", date(2026, 6, 26), NOW)


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_a_name_becomes_the_name_of_a_file_of_that_folder(name: str) -> None:
    stem = stem_of(name)
    assert stem.isascii()
    assert 0 < len(stem) <= 70
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert stem not in {"con", "nul", "com1", "demo"}
    path = new_path(Path("/nowhere/dossiers"), name)
    assert (path.parent, path.suffix) == (Path("/nowhere/dossiers"), ".duckdb")


def test_a_new_company_has_its_name_a_file_of_its_own_and_no_namesake(tmp_path: Path) -> None:
    first = run_new_company(tmp_path, "  Étienne\tŒuvre ", author=ME)
    assert (first.name, first.path.name) == ("Étienne Œuvre", "etienne-oeuvre.duckdb")
    _sum_up(first.path)
    with pytest.raises(Refused, match="already"):
        run_new_company(tmp_path, "etienne œuvre", author=ME)
    (tmp_path / "Demo-dossier.duckdb.journal").touch()
    assert run_new_company(tmp_path, "Demo", author=ME).path.name == "demo-dossier.duckdb"
    assert run_new_company(tmp_path, "../../Étienne Œuvre", author=ME).path == tmp_path / "etienne-oeuvre-2.duckdb"


@pytest.mark.parametrize("name", ["", " \t ", "x" * 121, "A\u202eB", "A\x00B"])
def test_a_name_that_nobody_could_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="visible"):
        run_new_company(tmp_path, name, author=ME)
    assert list(tmp_path.iterdir()) == []


def test_an_id_finds_a_dossier_of_the_folder_or_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "dossiers"
    made = run_new_company(folder, "Alpha", author=ME)
    outside = run_new_company(tmp_path, "Other", author=ME)
    (folder / "link.duckdb").symlink_to(outside.path)
    (folder / "demo.duckdb").write_bytes(outside.path.read_bytes())
    (folder / ".hidden.duckdb").touch()
    assert databases_in(folder) == [made.path]
    known = companies_in(folder)
    assert find(known, made.company_id) == known[0]
    for asked in (outside.company_id, "../other", "alpha", str(outside.path), "", None):
        assert find(known, asked) is None


def test_namesakes_are_told_apart_by_their_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_summary(tmp_path / f"{name}.duckdb", summary(company="Dupont"))
        (tmp_path / f"{name}.duckdb").touch()
    assert [company.name for company in companies_in(tmp_path)] == ["Dupont (a)", "Dupont (b)"]


def summary(**changed: object) -> Summary:
    plain = Summary(
        company="Atelier", program="1.0", written_at=NOW, change=0, seal="", as_of=ME.today, currency="EUR",
        receivables=money("100.00"), gross_outstanding=money("120.00"), overdue=money("30.00"), over_90=money("10.00"), dso=42.5,
        lowest_date=ME.today + timedelta(days=9), lowest=money("5.00"), cash_floor=money("0.00"), statement_days=5,
        last_statement=ME.today, last_import=ME.today, last_invoice=ME.today, drafts_ready=0, drafts_held=0, closed_to=None,
        other_currencies={"USD": money("7.00")},
    )  # fmt: skip
    return replace(plain, **changed)  # type: ignore[arg-type]


def test_a_summary_is_read_as_it_was_written_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    write_summary(path, summary())
    assert read_summary(path) == Found(path, "ok", summary())
    assert summary_path(path).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["a.summary.json"]


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"format": 2}, "newer"),
        ({"format": "1"}, "damaged"),
        ({"receivables": "1e5"}, "damaged"),
        ({"receivables": 100.0}, "damaged"),
        ({"dso": "NaN"}, "damaged"),
        ({"dso": float("nan")}, "damaged"),
        ({"currency": "<b>"}, "damaged"),
        ({"as_of": "2026-02-30"}, "damaged"),
        ({"drafts_ready": True}, "damaged"),
        ({"other_currencies": []}, "damaged"),
        ({"company": None}, "damaged"),
        ({"change": 3}, "stale"),
        ({"seal": "of another database"}, "stale"),
    ],
)
def test_nothing_is_guessed_of_a_summary_that_is_not_as_it_should_be(tmp_path: Path, changed: object, state: str) -> None:
    path = tmp_path / "a.duckdb"
    write_summary(path, summary())
    assert isinstance(changed, dict)
    said = json.loads(summary_path(path).read_text("utf-8")) | changed
    summary_path(path).write_text(json.dumps(said), "utf-8")
    found = read_summary(path)
    assert (found.state, found.summary is None) == (state, state != "stale")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": 1}', b"[" * 60_000])
def test_a_file_that_is_no_summary_is_damaged(tmp_path: Path, content: bytes) -> None:
    summary_path(tmp_path / "a.duckdb").write_bytes(content)
    assert read_summary(tmp_path / "a.duckdb").state == "damaged"


def _sum_up(path: Path) -> Summary:
    with Store.open(path) as store:
        assert run_summary(store, run_ledger(store), as_of=ME.today, written_at=NOW)
    known = read_summary(path).summary
    assert known is not None
    return known


def test_a_dossier_says_its_own_figures_and_is_stale_once_it_has_changed(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F1", "A", "100.00").bill("F2", "B", "50.00", currency="USD")
    company.line("L1", "40.00", "VIR", on=20).save()
    with company.store.change("close-period", ME) as change:
        change.insert("period_lock", pl.DataFrame({"locked_to": [day(30)], "note": [None]}, schema_overrides={"note": pl.String}))
    store, path = company.store, company.store.path
    ledger = run_ledger(store)
    assert run_summary(store, ledger, as_of=ME.today, written_at=NOW)
    known = read_summary(path).summary
    assert known is not None
    now = kpis(ledger, as_of=ME.today)
    assert (known.receivables, known.overdue, known.over_90, known.dso) == (now.receivables, now.overdue, now.over_90, now.dso)
    assert known.other_currencies == {"USD": money("50.00")}
    assert (known.last_statement, known.last_import, known.last_invoice) == (day(20), date(2026, 6, 1), day(0))
    assert (known.lowest, known.closed_to) == (money("40.00"), day(30))
    assert not {"F1", '"A"', "VIR"} & set(summary_path(path).read_text("utf-8").split())
    assert is_fresh(store, as_of=ME.today)
    assert not is_fresh(store, as_of=ME.today + timedelta(days=1))
    set_settings(store, {"company_name": "Other"}, author=ME)
    assert read_summary(path).state == "stale"
    assert not run_summary(store, ledger, as_of=ME.today, written_at=NOW)  # figures of before that change
    assert read_summary(path).state == "stale"
    store.close()


def test_a_dossier_tells_what_is_true_and_to_be_done_on_its_own_day(tmp_path: Path) -> None:
    """Much begins on that day: an invoice, a receipt, a statement that is read, a reminder; one invoice is of the morrow."""
    company = Company(tmp_path)
    for name, email in (("A", "a@example.org"), ("B", None)):
        company.known.add(name)
        company.clients.append({"client_id": name, "name": name, "client_type": "company", "email": email})
    company.bill("F1", "A", "100.00", issued=79).bill("F2", "B", "60.00", issued=70).bill("F3", "C", "60.00", issued=60)
    company.bill("F4", "A", "10.00", issued=116).bill("F5", "A", "10.00", issued=117)
    company.line("L1", "40.00", "VIR", on=20).line("L2", "5.00", "VIR", on=116)
    company.line("L3", "7.00", "VIR", on=60, account_id="B").save()
    assert run_summary(company.store, run_ledger(company.store), as_of=ME.today, written_at=NOW)
    known = read_summary(company.store.path).summary
    assert known is not None
    assert (known.as_of, known.receivables, known.overdue) == (day(116), money("230.00"), money("220.00"))
    assert (known.lowest, known.last_invoice, known.last_statement) == (money("52.00"), day(116), day(60))
    assert (known.drafts_ready, known.drafts_held) == (2, 1)
    company.store.close()


def test_a_dossier_that_is_closed_sums_itself_up_once_and_never_after_a_failure(tmp_path: Path) -> None:
    path = run_new_company(tmp_path, "Alpha", author=ME).path

    def opened() -> SummedStore:
        store = SummedStore.open(path)
        store.closed_by = lambda _: ME
        return store

    with pytest.raises(ValueError, match="broken"), opened():
        raise ValueError("broken")
    assert read_summary(path).state == "missing"
    opened().close()
    written = summary_path(path).stat().st_mtime_ns
    opened().close()
    assert summary_path(path).stat().st_mtime_ns == written
    with opened() as store:
        set_settings(store, {"company_name": "Beta"}, author=ME)
    assert read_summary(path).name == "Beta"


def test_the_portfolio_puts_first_what_presses_most_and_adds_up_each_currency() -> None:
    folder = Path("/dossiers")
    others = {"EUR": money("1.00"), "GBP": money("0.00")}  # what was owed in pounds is paid
    late = {"overdue": money("60.00"), "over_90": money("0.00"), "gross_outstanding": money("100.00"), "other_currencies": {}}
    found = portfolio(
        [
            Found(folder / "calm.duckdb", "ok", summary(company="Calm")),
            Found(folder / "late.duckdb", "ok", summary(company="Late", **late)),
            Found(folder / "dry.duckdb", "ok", summary(company="Dry", lowest=money("-1.00"), drafts_ready=2)),
            Found(folder / "us.duckdb", "stale", summary(company="US", currency="USD", other_currencies=others)),
            Found(folder / "lost.duckdb", "damaged"),
        ],
        today=ME.today + timedelta(days=6),
    )
    assert [dossier.name for dossier in found.dossiers] == ["lost", "Dry", "Late", "Calm", "US"]
    codes = {dossier.name: [reason.code for reason in dossier.reasons] for dossier in found.dossiers}
    assert codes == {
        "lost": ["damaged"],
        "Dry": ["cash_low", "statement_old", "reminders"],
        "Late": ["statement_old", "overdue"],
        "Calm": ["statement_old"],
        "US": ["statement_old", "stale"],
    }
    assert found.dossiers[1].reasons[0] == Reason("cash_low", amount=money("-1.00"), day=ME.today + timedelta(days=9))
    totals = {total.currency: (total.dossiers, total.receivables, total.overdue) for total in found.totals}
    assert totals == {"EUR": (3, money("300.00"), money("120.00")), "USD": (1, money("100.00"), money("30.00"))}
    assert found.others == {"EUR": money("1.00"), "GBP": money("0.00"), "USD": money("14.00")}
    assert "in no total: €1.00, US$14.00." in " ".join(portfolio_notes(found, Texts("en")))
    assert ([one.name for one in found.silent], [one.name for one in found.stale]) == (["lost"], ["US"])


amounts = st.decimals("-99999.99", "99999.99", places=2)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["EUR", "USD"]), amounts, amounts), max_size=8), st.randoms())
def test_totals_are_the_sums_of_the_rows_whatever_their_order(rows: list[tuple[str, Decimal, Decimal]], chance: object) -> None:
    found = [
        Found(Path(f"/d/{n}.duckdb"), "ok", summary(company=str(n), currency=code, receivables=owed, overdue=late))
        for n, (code, owed, late) in enumerate(rows)
    ]
    first = portfolio(found, today=ME.today)
    chance.shuffle(found)  # type: ignore[attr-defined]
    assert portfolio(found, today=ME.today).totals == first.totals
    for total in first.totals:
        own = [one.summary for one in first.dossiers if one.summary and one.summary.currency == total.currency]
        assert total.receivables == sum((one.receivables for one in own), Decimal(0))
        assert total.overdue == sum((one.overdue for one in own), Decimal(0))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"last_import": ME.today - timedelta(days=36)}, "import_old"),
        ({"as_of": ME.today - timedelta(days=8)}, "figures_old"),
        ({"last_statement": ME.today - timedelta(days=6)}, "statement_old"),
        ({"last_statement": None}, "no_statement"),
        ({"over_90": money("24.00")}, "over_90"),
        ({"overdue": money("60.00")}, "overdue"),
        ({"lowest": money("-0.01")}, "cash_low"),
        ({"drafts_held": 1}, "held"),
        ({"drafts_ready": 1}, "reminders"),
    ],
)
def test_each_reason_for_a_look_begins_at_its_own_limit(said: dict[str, object], code: str) -> None:
    def codes(**changed: object) -> list[str]:
        (dossier,) = portfolio([Found(Path("/d/a.duckdb"), "ok", summary(**changed))], today=ME.today).dossiers
        return [reason.code for reason in dossier.reasons]

    limits = {"last_import": ME.today - timedelta(days=35), "as_of": ME.today - timedelta(days=7)}
    limits |= {"last_statement": ME.today - timedelta(days=5)}
    near: dict[str, object] = {"over_90": money("23.99"), "overdue": money("59.99"), "lowest": money("0.00")}
    assert codes(**limits, **near) == []
    assert codes(**said) == [code]
