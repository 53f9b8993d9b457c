"""Closed periods on screen, and what was known on a past day: what can be seen, and that nothing can be decided there."""

from datetime import date, timedelta

import polars as pl
import pytest
from screens import AUTHOR, button, has_button, healthy, screen, select_row, store, words
from streamlit.testing.v1 import AppTest

from pages._ui.session import past
from pipelines.ledger import run_ledger
from pipelines.locks import close_period, closings
from pipelines.marks import mark
from pipelines.sample import LAST_DAY

MAY = date(2026, 5, 31)


def _shell(today: str) -> None:
    from datetime import UTC, date, datetime

    from pages._ui.shell import run_shell

    run_shell(today=date.fromisoformat(today), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))


def _past_screen(page: str, day: str) -> None:
    import importlib
    from datetime import UTC, date, datetime

    from models.texts import Texts
    from pages._ui.session import Session, keep, past, start

    store, _, author = start(today=date.fromisoformat(day), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))
    known, ledger = past(store, author.today)
    keep(Session(known, ledger, author.today, author.today, Texts("fr"), author, author.today))
    importlib.import_module(f"pages.{page}").show()


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("collections_page", ("approve-", "sent-", "promise-", "disputed-")),
        ("closing_page", ("close-period", "open-period")),
        ("cash", ("item-confirm", "plan-add")),
        ("client", ("confirm-", "plan-", "segment-set")),
    ],
)
def test_what_decides_is_disabled_with_the_reason_on_a_past_days_knowledge(page: str, keys: tuple[str, ...]) -> None:
    at = healthy(AppTest.from_function(_past_screen, args=(page, LAST_DAY.isoformat()), default_timeout=60).run())
    if page == "closing_page":
        healthy(at.segmented_control(key="view").set_value("lock").run())
    deciding = [b for b in at.button if b.label == "Clore la période" or (b.key or "").startswith(keys)]
    assert deciding
    assert all(b.disabled for b in deciding)
    assert {"revenez d’abord à maintenant" in str(b.help) for b in deciding} == {True}


@pytest.mark.usefixtures("sample_company")
def test_a_period_is_closed_what_comes_for_it_is_shown_and_it_is_opened_again() -> None:
    at = screen("closing_page")
    healthy(at.segmented_control(key="view").set_value("lock").run())
    assert "Aucune période n’est close." in words(at)
    healthy(next(b for b in at.button if b.label == "Clore la période").click().run())
    assert "Les comptes sont clos jusqu’au 31/05/2026." in words(at)
    (closing,) = closings(run_ledger(store()))
    assert closing.locked_to == MAY
    mark(store(), "FACT-2026-019", "disputed", on=MAY, author=AUTHOR, in_closed_period=True)
    at = screen("closing_page")
    healthy(at.segmented_control(key="view").set_value("lock").run())
    assert "1 élément est arrivé depuis." in words(at)
    (row,) = pl.DataFrame(at.dataframe[0].value).to_dicts()
    told = [row[name] for name in ("what_text", "number", "by")]
    assert told == ["Décision\u00a0: En litige", "FACT-2026-019", "Claire"]
    healthy(button(at, "open-period-").click().run())
    assert closings(run_ledger(store())) == []


@pytest.mark.usefixtures("sample_company")
def test_a_decision_that_a_closing_knew_is_undone_once_that_is_meant() -> None:
    change = mark(store(), "FACT-2026-019", "disputed", on=MAY, author=AUTHOR)
    close_period(store(), MAY, author=AUTHOR)
    at = screen("imports")
    healthy(at.segmented_control(key="history-kind").set_value("all").run())
    select_row(at, "history-all", lambda _: 1)  # behind the closing, which is the newest
    assert button(at, f"undo-{change}-").disabled
    healthy(next(box for box in at.checkbox if (box.key or "").startswith(f"closed-{change}-")).check().run())
    healthy(button(at, f"undo-{change}-").click().run())
    assert store().changes().filter(change_id=change)["is_live"].to_list() == [False]


@pytest.mark.usefixtures("sample_company")
def test_figures_as_of_a_closed_day_say_so_with_what_came_since() -> None:
    close_period(store(), MAY, author=AUTHOR)
    mark(store(), "FACT-2026-019", "written-off", on=MAY, author=AUTHOR, in_closed_period=True)
    at = AppTest.from_function(_shell, args=(LAST_DAY.isoformat(),), default_timeout=60)
    at.query_params["as_of"] = "2026-04-30"
    healthy(at.run())
    assert "Clos jusqu’au 31/05/2026" in words(at)
    assert "Rien n’est arrivé depuis pour les créances de cette période." in words(at)
    at.query_params["as_of"] = MAY.isoformat()
    healthy(at.date_input(key="as_of").set_value(MAY).run())
    assert "1 élément est arrivé depuis. Encours clients au 31/05/2026" in words(at)


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("asked", ["2027-01-01", "1800-01-01", "2026-13-40"])
def test_a_day_that_cannot_be_known_leaves_the_figures_of_today(asked: str) -> None:
    at = AppTest.from_function(_shell, args=(LAST_DAY.isoformat(),), default_timeout=60)
    at.query_params["known"] = asked
    healthy(at.run())
    assert (at.date_input(key="as_of").value, at.date_input(key="known").value) == (LAST_DAY, None)
    assert "L’adresse demande" in words(at)
    said = f"L’adresse demande ce qui était connu le «\u00a0{asked}\u00a0»"
    assert said in words(healthy(at.run()))
    assert said not in words(healthy(at.date_input(key="known").set_value(MAY).run()))


@pytest.mark.usefixtures("sample_company")
def test_figures_of_another_day_say_so_and_lead_back_to_today() -> None:
    at = AppTest.from_function(_shell, args=(LAST_DAY.isoformat(),), default_timeout=60)
    at.query_params["as_of"] = "2026-04-30"
    healthy(at.run())
    assert "Chiffres au 30 avril 2026, avec tout ce qui est connu aujourd’hui." in words(at)
    healthy(button(at, "as-of-back").click().run())
    assert at.date_input(key="as_of").value == LAST_DAY
    assert "avec tout ce qui est connu" not in words(at)
    assert not has_button(at, "as-of-back")


@pytest.mark.usefixtures("sample_company")
def test_a_past_days_knowledge_is_said_on_every_screen_and_decides_nothing() -> None:
    at = AppTest.from_function(_shell, args=(LAST_DAY.isoformat(),), default_timeout=60)
    at.query_params["known"] = LAST_DAY.isoformat()
    healthy(at.run())
    assert "Connu au 26 juin 2026" in words(at)
    assert has_button(at, "known-back")
    healthy(button(at, "known-back").click().run())
    assert "Connu au 26 juin 2026" not in words(at)
    eve = LAST_DAY - timedelta(days=1)
    _, nothing = past(store(), eve)
    assert nothing.is_empty
