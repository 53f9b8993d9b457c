"""The layouts that a user saved."""

import tomllib

import polars as pl

from models.errors import Refused
from models.store import Author, Store
from pipelines.ingest.profiles import Profile, built_in, parse_profile


def saved_profiles(store: Store) -> tuple[Profile, ...]:
    """The profiles that the user saved, by code."""
    rows = store.facts("profile", latest_by="code").drop_nulls("text").sort("code")
    return tuple(parse_profile(code, text) for code, text in rows.select("code", "text").iter_rows())


def run_save_profile(store: Store, code: str, text: str | None, author: Author) -> int:
    """Keep a profile under its code, in place of the one there was, or take it away (`text` None); its change id.

    Raises:
        Refused: the text is no profile, its code is one of those that ship, or there is none to take away.
    """
    if any(code == profile.code for profile in built_in()):
        raise Refused("known_profile", "{name} is a profile of the program: save the mapping under another name.", name=code)
    saved = store.facts("profile", latest_by="code").drop_nulls("text")["code"].to_list()
    if text is None and code not in saved:
        raise Refused("unknown_saved_profile", "There is no saved mapping {name}.", name=code)
    if text is not None:
        try:
            title = parse_profile(code, text).title
        except (KeyError, TypeError, ValueError, tomllib.TOMLDecodeError) as error:
            raise Refused("bad_profile", "This mapping cannot be kept: {why}.", why=str(error)) from error
    with store.change("profile", author, subject=code if text is None else title, detail={"is_kept": text is not None}) as change:
        change.insert("profile", pl.DataFrame({"code": [code], "text": [text]}, schema={"code": pl.String, "text": pl.String}))
    return change.change_id
