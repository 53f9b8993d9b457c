"""What an address asks for and cannot have: each screen says so in a line, and shows what it usually shows."""

from datetime import date

import pytest
from screens import healthy, screen, words
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from pages._ui import choices
from pipelines.sample import LAST_DAY


def _shell(today: str) -> None:
    from datetime import UTC, date, datetime

    from pages._ui.shell import run_shell

    run_shell(today=date.fromisoformat(today), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("asked", ["2026-13-40", "2150-01-01", "hier"])
def test_an_as_of_date_that_is_no_day_is_named_above_todays_figures(asked: str) -> None:
    at = AppTest.from_function(_shell, args=(LAST_DAY.isoformat(),), default_timeout=60)
    at.query_params["as_of"] = asked
    healthy(at.run())
    said = f"L’adresse demande les chiffres du «\u00a0{asked}\u00a0»"
    assert at.date_input(key="as_of").value == LAST_DAY
    assert said in words(at)
    assert "ceux du 26/06/2026 sont affichés" in words(healthy(at.run()))  # Streamlit has taken it out of the address by then
    assert said not in words(healthy(at.date_input(key="as_of").set_value(LAST_DAY.replace(day=1)).run()))


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize(("name", "asked", "shown"), [("language", "de", "Français"), ("currency", "CHF", "EUR")])
def test_a_language_or_a_currency_that_there_is_not_is_named(name: str, asked: str, shown: str) -> None:
    at = AppTest.from_function(_shell, args=(LAST_DAY.isoformat(),), default_timeout=60)
    at.query_params[name] = asked
    told = words(healthy(at.run()))
    assert f"L’adresse demande «\u00a0{asked}\u00a0», qui n’existe pas ici\u00a0: «\u00a0{shown}\u00a0» est affiché." in told


@pytest.mark.usefixtures("sample_company")
def test_a_good_as_of_date_is_shown_without_a_word() -> None:
    at = AppTest.from_function(_shell, args=(LAST_DAY.isoformat(),), default_timeout=60)
    at.query_params["as_of"] = "2026-5-31"  # as Streamlit reads it too
    healthy(at.run())
    assert at.date_input(key="as_of").value == date(2026, 5, 31)
    assert "L’adresse demande" not in words(at)


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize(
    ("page", "query", "shown"),
    [
        ("receivables_page", {"view": "xyz"}, "Balance âgée"),
        ("receivables_page", {"view": "aged", "by": "xyz"}, "Par client"),
        ("receivables_page", {"view": "movements", "from": "xyz"}, "01/01/2026"),
        ("receivables_page", {"view": "movements", "to": "xyz"}, "26/06/2026"),
        ("receivables_page", {"view": "indicators", "figure": "dso", "since": "day", "since_day": "xyz"}, "27/05/2026"),
        ("receivables_page", {"view": "indicators", "figure": "dso", "of": "xyz"}, None),
        ("receivables_page", {"view": "charts", "chart": "debtors", "bar": "debtors:xyz"}, None),
        ("client", {"client": "xyz"}, "Harbour & Finch"),
        ("closing_page", {"view": "xyz"}, "Créances douteuses"),
        ("closing_page", {"view": "vat", "vat_from": "xyz"}, "01/01/2026"),
        ("closing_page", {"view": "papers", "statement": "period", "statement_from": "xyz"}, "01/01/2026"),
        ("exports_page", {"format": "xyz"}, "FEC"),
        ("exports_page", {"export_from": "xyz"}, "01/06/2026"),
        ("exports_page", {"export_to": "xyz"}, "26/06/2026"),
        ("cash", {"days": "xyz"}, "30 jours"),
        ("collections_page", {"choice-state": "xyz"}, None),
    ],
)
def test_what_an_address_asks_for_and_is_not_there_is_named(page: str, query: dict[str, str], shown: str | None) -> None:
    told = words(screen(page, query=query))
    line = next(line for line in told.splitlines() if "L’adresse demande" in line)
    assert "xyz" in line
    assert (f"«\u00a0{shown}" if shown else "tout est affiché") in line


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize(
    ("page", "left", "back"),
    [
        ("receivables_page", {"view": "movements"}, {"view": "aged", "by": "invoice"}),
        ("receivables_page", {"view": "movements", "by_moves": "client"}, {}),
        ("exports_page", {"format": "sage-pnm"}, {}),
        ("collections_page", {"choice-words": "kerval", "actions": "remind"}, {}),
    ],
)
def test_the_browsers_back_button_shows_what_its_address_says(
    page: str, left: dict[str, str], back: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = screen(page, query=left)
    for name in left:
        del at.query_params[name]
    for name, value in back.items():
        at.query_params[name] = value
    monkeypatch.setattr(choices, "went_back", lambda: True)
    healthy(at.run())
    assert _seen(at) == _seen(screen(page, query=back))


def _seen(at: AppTest) -> tuple[str, list[object]]:
    """What a screen says, and what is chosen on it."""
    fields = [*at.get("button_group"), *at.selectbox, *at.text_input, *at.date_input]
    return words(at), [(field.key, field.value) for field in fields if isinstance(field, Widget)]


@pytest.mark.usefixtures("sample_company")
def test_a_language_asked_by_its_code_is_asked_again_in_the_pickers_word_so_that_a_reload_keeps_it() -> None:
    at = AppTest.from_function(_shell, args=(LAST_DAY.isoformat(),), default_timeout=60)
    at.query_params["language"] = "en"
    healthy(at.run())
    assert "As of **Friday 26 June 2026**" in words(at)
    assert any("searchParams.set('language', 'English')" in str(element.proto.body) for element in at.get("html"))
