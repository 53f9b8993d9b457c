"""What the browser is told: numbers of tables, calendars and empty dates read as the reader's language does."""

import pytest
from streamlit.testing.v1 import AppTest

from models.texts import LANGUAGES


def _told(language: str) -> None:
    from models.texts import Texts
    from pages._ui.browser import tell_browser

    tell_browser(Texts(language))


@pytest.mark.parametrize(("language", "place", "letters"), [("fr", "fr-FR", "jj mm aaaa"), ("en", "en-GB", "dd mm yyyy")])
def test_the_browser_is_told_the_readers_language(language: str, place: str, letters: str) -> None:
    at = AppTest.from_function(_told, args=(language,)).run()
    assert not at.exception
    style, script = sorted((str(element.proto.body) for element in at.get("html")), key=lambda body: "<script>" in body)
    assert [f"content: '{part}'" in style for part in letters.split()] == [True] * 3
    assert f"['language', '{place}'], ['languages', ['{place}']]" in script
    assert f"lang = '{language}'" in script


def test_no_language_is_left_out() -> None:
    for language in LANGUAGES:
        assert not AppTest.from_function(_told, args=(language,)).run().exception
