"""The dossiers of the folder that the door chose: which one this browser session is on, and how to leave for another.

A browser session is on one dossier from its first rerun to its end. Another dossier is another page load, thus another
session: nothing that was typed, selected or cached in the one can show, or act, in the other. The address holds the id of
the dossier, which is looked up among the folder's own files.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from models.texts import Texts
from pages._ui.words import md
from pipelines.companies.folder import Company, companies_in, databases_in, find
from pipelines.companies.summary import summary_path

PARAMETER = "dossier"
#: Where the home screen is, seen from any other.
HOME = "./"
_BOUND, _LEAVING = "encours_dossier", "encours_leaving"
#: What an address keeps of the reader's choices on the way to another dossier: no id of the one that is left.
_KEPT = ("language", "as_of")
_PICKER = "company"


def folder() -> Path | None:
    """The folder of the dossiers; None where the door chose one database."""
    chosen = os.environ.get("ENCOURS_FOLDER")
    return Path(chosen) if chosen else None


def dossiers(place: Path) -> list[Company]:
    """The dossiers of the folder by name; read again when a database or a summary has come, gone or changed."""
    stamps = tuple((str(path), _stamp(summary_path(path))) for path in databases_in(place))
    return _companies(str(place), stamps)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size


@st.cache_resource(max_entries=4, show_spinner=False)
def _companies(place: str, stamps: tuple[tuple[str, tuple[int, int]], ...]) -> list[Company]:
    del stamps  # part of the key only
    return companies_in(Path(place))


def bound(known: Sequence[Company]) -> Company | None:
    """The dossier of this browser session: the one that its first address named, or the only one there is.

    None where the address names none of several, or one that is not there: the reader chooses.
    """
    if _BOUND not in st.session_state:
        asked = st.query_params.get(PARAMETER)
        if asked is None and len(known) != 1:
            return None
        found = known[0] if asked is None else find(known, asked)
        if found is None:
            return None
        st.session_state[_BOUND] = found.company_id
    found = find(known, st.session_state[_BOUND])
    if found is not None and len(known) > 1 and st.query_params.get(PARAMETER) != found.company_id:
        st.query_params[PARAMETER] = found.company_id  # a reload stays on it
    return found


def asks_for_unknown() -> bool:
    """The address names a dossier, but none of this folder."""
    return PARAMETER in st.query_params


def picker(texts: Texts, known: Sequence[Company], current: Company) -> None:
    """The switch between dossiers; nothing where there is one only."""
    if len(known) < 2:  # noqa: PLR2004 -- one dossier is no choice
        return
    names = {company.company_id: company.name for company in known}
    st.session_state.setdefault(_PICKER, current.company_id)
    st.selectbox(
        texts.t("Dossier"),
        list(names),
        format_func=names.__getitem__,
        key=_PICKER,
        on_change=_leave,
    )


def _leave() -> None:
    leave_for(st.session_state[_PICKER])
    st.session_state[_PICKER] = st.session_state[_BOUND]  # this session stays on its dossier


def leave_for(company_id: str, page: str = "") -> None:
    """Let this rerun end by loading another dossier, on that page or on the same one."""
    st.session_state[_LEAVING] = (company_id, page)


def show_leaving(texts: Texts, known: Sequence[Company]) -> bool:
    """Load the other dossier if one was asked for; nothing else may be shown then."""
    company_id, page = st.session_state.pop(_LEAVING, ("", ""))
    company = find(known, company_id)
    if company is None:
        return False
    kept = {name: st.query_params[name] for name in _KEPT if name in st.query_params}
    address = f"{page}?{urlencode({PARAMETER: company.company_id, **kept})}"
    with st.container(border=True, width=720):
        st.markdown(texts.t("Opening **{name}**…", name=md(company.name)))
        st.link_button(texts.t("Open it in a new tab"), address)
    # The id is one of ours and the rest is quoted: nothing in the script comes from the name.
    st.html(f"<script>window.location.assign({address!r})</script>", unsafe_allow_javascript=True)
    return True
