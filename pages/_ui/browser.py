"""What the browser is told of the language, of the room there is and of Enter in a date, and what it tells of its buttons."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from models.texts import Texts

#: By language: what writes numbers and calendars, and the letters of an empty date: Streamlit's own are English.
_PLACES = {"fr": "fr-FR", "en": "en-GB"}
_LETTERS = {"fr": ("jj", "mm", "aaaa"), "en": ("dd", "mm", "yyyy")}
#: A name that takes two lines begins where a name that takes one does.
_NAMES = '[data-testid="stBaseButton-tertiary"] {text-align: left}'
#: Streamlit leaves 80 pixels on each side, which is a table's column.
_ROOM = '@media (min-width: 900px) {[data-testid="stMainBlockContainer"] {padding-left: 2.5rem; padding-right: 2.5rem}}'
#: A typed date counts once its calendar closes, which Escape does and Enter does not: a date that was entered would be no date.
_ENTER = (
    "if (!window.encoursEnter) { window.encoursEnter = true; addEventListener('keydown', event => {"
    " if (event.key === 'Enter' && event.target.closest?.('[data-testid=\"stDateInput\"] [role=\"spinbutton\"]'))"
    " event.target.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true})); }, true) }"
)
#: Streamlit gives the keyboard to a dialog, not to its search, and only once that is drawn: it is asked for until it is kept.
_SEARCH = (
    '(function look(left) { const field = document.querySelector(\'[data-testid="stDialog"] input[type="search"]\');'
    " if (!left || (field && field === document.activeElement)) return; field?.focus(); setTimeout(look, 50, left - 1) })(20)"
)
_EMPTY = '[data-testid="stDateInput"] [data-type="{part}"][data-placeholder]'


def tell_browser(texts: Texts) -> None:
    """Let tables, calendars and empty dates read as the reader's language does, whatever the browser's is."""
    st.html(f"<style>{_ROOM} {_NAMES} {_empty_dates(texts.language)}</style>")
    place = _PLACES[texts.language]
    # Constants of ours only: what a user typed is in neither.
    script = (
        f"for (const [name, value] of [['language', '{place}'], ['languages', ['{place}']]])"
        " Object.defineProperty(navigator, name, {get: () => value, configurable: true});"
        f" document.documentElement.lang = '{texts.language}'; {_ENTER}"
    )
    with st.sidebar:
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def load_with(name: str, word: str) -> None:
    """Load the page again, in the place of this one, with that word in its address. Both are constants of ours."""
    script = f"const here = new URL(window.location); here.searchParams.set('{name}', '{word}'); window.location.replace(here)"
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def start_in_search() -> None:
    """Give the keyboard to the search of the dialog that opens."""
    st.html(f"<script>{_SEARCH}</script>", unsafe_allow_javascript=True)


def went_back() -> bool:
    """Whether the browser's back or forward brought the reader here: the address then says what is to be seen."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _empty_dates(language: str) -> str:
    """The letters of the day, month and year of a date that is not chosen."""
    rules = []
    for part, letters in zip(("day", "month", "year"), _LETTERS[language], strict=True):
        place = _EMPTY.format(part=part)
        rules.append(f"{place} {{font-size: 0}} {place}::after {{content: '{letters}'; font-size: 0.875rem}}")
    return " ".join(rules)
