"""What was known on a past day comes back byte for byte, whatever was imported, decided or taken back since, or rebuilt."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from imports import HEADER, csv, take

from models.errors import Refused
from models.past_store import PastStore
from models.policy_text import shipped_policy
from models.policy_write import policy_text
from models.store import Author, Store
from models.texts import Texts
from pipelines import decisions, marks
from pipelines.accounting.exporting import Request, run_export
from pipelines.ageing import Ageing
from pipelines.arrivals import run_arrivals
from pipelines.collections.drafts import drafts
from pipelines.collections.notes import add_note
from pipelines.collections.outbox import outbox
from pipelines.collections.plans import make_plan
from pipelines.collections.policies import save_policy
from pipelines.collections.sending import record_sent
from pipelines.collections.templates import save_template, template_text
from pipelines.explain.basis import Basis
from pipelines.explain.breakdown import GROUPS, breakdown
from pipelines.explain.explanation import explain
from pipelines.explain.figures import FIGURES
from pipelines.exports import answers
from pipelines.exports.accounting_files import Asked
from pipelines.exports.explained import explained_answer
from pipelines.exports.forecast_answers import back_test_answer
from pipelines.exports.lists import list_aged, list_rows
from pipelines.forecast.backtest import back_test
from pipelines.forecast.curve import forecast
from pipelines.forecast.decisions import plan_item
from pipelines.forecast.snapshots import kept_forecasts, run_keep
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.locks import close_period, closings, open_period
from pipelines.provisions.deciding import decide_doubt, set_provision
from pipelines.provisions.proposals import doubts
from pipelines.publishing.rebuild import run_rebuild
from pipelines.reconcile.classify import set_label_rule
from pipelines.reconcile.run import run_reconcile
from pipelines.rollforward import rollforward

FR = Texts("fr")
THEN = date(2026, 6, 1)
ANA, BEA = (
    Author(name, day, datetime(day.year, day.month, day.day, 9)) for name, day in (("Ana", THEN), ("Bea", date(2026, 6, 15)))
)
LISTS = ("invoices", "allocations", "lines", "worklist", "reminders", "results")


def _of_day(ledger: Ledger, as_of: date) -> dict[str, object]:
    """What the lists and figures of one day say, in the form in which they leave."""
    said: dict[str, object] = {name: list_rows(name, ledger, FR, as_of=as_of) for name in LISTS}
    for by in ("client", "invoice", "sales_rep", "category", "currency"):
        said[f"aged {by}"] = answers.aged_answer(list_aged(ledger, as_of=as_of, by=by, currency=None), by)
    return said | {"kpis": answers.kpis_answer(kpis(ledger, as_of=as_of))}


def _ahead(ledger: Ledger, store: Store) -> dict[str, object]:
    """What the other views of THEN say: opened figures, movements, forecasts, drafts and doubts."""
    as_of = THEN
    ahead, basis = forecast(ledger, as_of=as_of, days=30), Basis.of(ledger, as_of=as_of)
    past = back_test(ledger, ahead.coming, kept_forecasts(store), as_of=as_of, currency="EUR")
    cut = Ageing("due", (15, 45), is_by_instalment=True)
    return {
        "aged by instalments": answers.aged_answer(
            list_aged(ledger, as_of=as_of, by="invoice", currency=None, ageing=cut), "invoice"
        ),
        "figures": [explained_answer(explain(basis, key), FR) for key in FIGURES],
        "details": [breakdown(basis, by).to_dicts() for by in GROUPS],
        "movements": rollforward(ledger, start=THEN - timedelta(days=90), to=as_of).to_dicts(),
        "forecast": answers.forecast_answer(ahead),
        "past forecasts": back_test_answer(past, as_of=as_of, currency="EUR"),
        "drafts": [(draft.client, draft.step, draft.held, draft.subject, draft.body) for draft in drafts(ledger, as_of=as_of)],
        "sent": outbox(ledger, as_of=as_of).to_dicts(),
        "doubts": doubts(ledger, as_of=as_of, currency="EUR").to_dicts(),
    }


def saved(store: Store) -> str:
    """All that the screens and commands say of THEN, of an earlier day, and of the closed periods, as JSON."""
    ledger = run_ledger(store)
    arrived = [run_arrivals(store, ledger, closing).rows.to_dicts() for closing in closings(ledger)]
    days = {str(day): _of_day(ledger, day) for day in (THEN - timedelta(days=45), THEN)}
    others = {"arrived": arrived, "letters": ledger.letters.to_dicts(), "settings": str(ledger.settings)}
    return answers.dump(days | _ahead(ledger, store) | others)


HEAD = f"{HEADER};commercial;type;facture_origine"
SALES = [
    f"F-{n:02};{('Alpha', 'Beta', 'Gamma')[n % 3]};{day:%d/%m/%Y};{day + timedelta(days=30):%d/%m/%Y};{100 * n},00;Léa;Facture;"
    for n, day in ((n, date(2026, 1, 5) + timedelta(days=9 * n)) for n in range(1, 16))
]
PAID = [
    "10/02/2026;VIR ALPHA F-03;300,00",
    "01/03/2026;VIR BETA F-01;100,00",
    "02/04/2026;VIR GAMMA;200,00",
    "03/04/2026;VIR BETA;150,00",
]
NOTE = "A-01;Beta;20/03/2026;;50,00;Léa;Avoir;F-04"
BANK = "date;libelle;montant"


def lived(store: Store) -> None:
    """What Ana imports and decides up to THEN: a fact of every kind that can be decided."""
    take(store, csv(HEAD, *SALES[:14], NOTE), "ventes.csv", day=date(2026, 5, 20))
    take(store, csv(BANK, *PAID), "releve.csv", account="Courant", day=date(2026, 5, 20))
    run_reconcile(store, author=ANA)
    decisions.set_settings(
        store,
        {"terms_days": "45", "doubtful_days": "60", "cash_floor": "100", "vat_rate": "20", "company_siren": "732829320"},
        author=ANA,
    )
    save_policy(store, policy_text(shipped_policy()).replace("offset = 7", "offset = 8", 1), author=ANA)
    save_template(store, "R1", "fr", template_text({}, "R1", "fr") + "\nMerci.\n", author=ANA)
    set_label_rule(store, "loyer du dépôt", "rent", author=ANA)
    marks.mark(store, "F-06", "disputed", on=date(2026, 4, 2), author=ANA)
    marks.mark(store, "Alpha", "promise", on=date(2026, 6, 20), author=ANA)
    add_note(store, "Gamma", "Attend un avoir.", author=ANA)
    make_plan(
        store, "Beta", ["F-07"], [(THEN + timedelta(days=5), Decimal(350)), (THEN + timedelta(days=35), Decimal(350))], author=ANA
    )
    plan_item(store, "Loyer", Decimal(-400), date(2026, 6, 5), author=ANA, period="monthly")
    decide_doubt(store, ["F-02"], is_doubtful=True, on=date(2026, 5, 25), author=ANA)
    set_provision(store, "F-02", Decimal("0.5"), on=date(2026, 5, 25), author=ANA)
    close_period(store, date(2026, 2, 28), author=ANA)
    record_sent(store, [draft for draft in drafts(run_ledger(store), as_of=THEN) if draft.rows][:1], author=ANA)
    run_export(store, Request(Asked("fec", date(2026, 1, 1), date(2026, 3, 31))), author=ANA, texts=FR)
    run_keep(store, forecast(run_ledger(store), as_of=THEN, days=30), author=ANA)


def lived_on(store: Store) -> None:
    """What Bea does two weeks later, much of it for days before, and all that she takes back of what Ana did."""
    take(store, csv(HEAD, SALES[14], SALES[2].replace("Léa", "Bob")), "ventes2.csv", day=BEA.today)
    take(
        store,
        csv(BANK, *PAID, "04/04/2026;VIR ALPHA F-06;600,00", "12/06/2026;VIR GAMMA F-05;500,00"),
        "releve2.csv",
        account="Courant",
        day=BEA.today,
    )
    take(store, b"Date,USD,\n2026-05-29,1.10,\n", "cours.csv", day=BEA.today)
    run_reconcile(store, author=BEA)
    decisions.set_settings(
        store, {"terms_days": None, "doubtful_days": "10", "cash_floor": "5000", "vip_share": "50"}, author=BEA
    )
    save_policy(store, None, author=BEA)
    save_template(store, "R1", "fr", None, author=BEA)
    marks.mark(store, "F-06", "disputed", is_set=False, on=date(2026, 4, 20), author=BEA)
    marks.mark(store, "F-08", "written-off", on=date(2026, 5, 30), author=BEA)
    marks.mark(store, "Gamma", "paused", on=BEA.today, author=BEA)
    add_note(store, "Alpha", "Rappelé.", author=BEA)
    plan_item(store, "Travaux", Decimal(-900), date(2026, 6, 20), author=BEA)
    decide_doubt(store, ["F-02", "F-04"], is_doubtful=False, on=date(2026, 5, 26), author=BEA)
    close_period(store, date(2026, 4, 30), author=BEA)
    open_period(store, author=BEA)
    record_sent(store, [draft for draft in drafts(run_ledger(store), as_of=BEA.today) if draft.rows], author=BEA)
    run_export(store, Request(Asked("csv", date(2026, 1, 1), date(2026, 5, 31))), author=BEA, texts=FR)
    run_keep(store, forecast(run_ledger(store), as_of=BEA.today, days=30), author=BEA)
    changes = store.changes()
    for action in ("mark", "provision", "policy"):
        decisions.undo(store, changes.filter(action=action, actor="Ana")["change_id"][-1], author=BEA)
    taken = decisions.undo(store, changes.filter(action="import")["change_id"][1], author=BEA)
    decisions.undo(store, decisions.undo(store, taken, author=BEA), author=BEA)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    """The store after all of it, and what was said of it at the end of THEN."""
    with Store.open(tmp_path_factory.mktemp("books") / "books.duckdb", create=True) as store:
        lived(store)
        before = saved(store)
        lived_on(store)
        yield store, before


def test_what_was_known_on_a_day_is_byte_for_byte_what_was_said_on_it(books: tuple[Store, str]) -> None:
    store, before = books
    ledger = run_ledger(store)
    said = json.loads(before)
    assert answers.dump(list_rows("worklist", ledger, FR, as_of=THEN)) != answers.dump(said[str(THEN)]["worklist"])
    assert ledger.letters.height > len(said["letters"]) > 0
    assert len(said["sent"]) == 1
    assert len(said["past forecasts"]["forecasts"]) > 0
    assert saved(PastStore(store, known_on=THEN)) == before


def test_a_rebuilt_file_knows_the_same_of_the_past_day(books: tuple[Store, str], tmp_path: Path) -> None:
    store, before = books
    done = run_rebuild(store, tmp_path / "again.duckdb")
    assert done.is_same
    with Store.open(done.file) as again:
        assert saved(PastStore(again, known_on=THEN)) == before


def test_a_past_store_knows_the_changes_of_then_and_takes_none(books: tuple[Store, str]) -> None:
    store, _ = books
    then = PastStore(store, known_on=THEN)
    known = then.changes()
    assert set(known["actor"]) == {"Nadia", "Ana"}
    assert known["is_live"].all()
    assert not store.changes().head(known.height)["is_live"].all()
    before = store.revision
    with pytest.raises(Refused, match="past day"):
        marks.mark(then, "F-09", "disputed", on=THEN, author=BEA)
    with pytest.raises(Refused, match="past day"):
        decisions.undo(then, known["change_id"][-1], author=BEA)
    assert store.revision == before


def test_forecasts_that_were_kept_later_were_not_known(books: tuple[Store, str]) -> None:
    store, _ = books
    assert kept_forecasts(store)["as_of"].unique().sort().to_list() == [THEN, BEA.today]
    assert kept_forecasts(PastStore(store, known_on=THEN))["as_of"].unique().to_list() == [THEN]
