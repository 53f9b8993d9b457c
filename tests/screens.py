"""One screen alone, run by Streamlit's own test runner on a database of its own."""

import shutil
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from streamlit.testing.v1 import AppTest

from models.store import Author, Store
from pipelines.sample import LAST_DAY, run_sample

AUTHOR = Author("Claire", LAST_DAY, datetime(2026, 6, 26, 9, 0))
SAMPLE = Path(__file__).resolve().parent.parent / "sample_data"


def _one_screen(page: str, language: str, day: str) -> None:
    import importlib
    from datetime import UTC, date, datetime

    from models.texts import Texts
    from pages._ui.session import Session, keep, start

    store, ledger, author = start(today=date.fromisoformat(day), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))
    keep(Session(store, ledger, author.today, author.today, Texts(language), author))
    importlib.import_module(f"pages.{page}").show()


def screen(page: str, *, language: str = "fr", day: date = LAST_DAY, query: Mapping[str, str] | None = None) -> AppTest:
    """The screen of that module after its first run, at the address of that query; ENCOURS_DB says on which database."""
    at = AppTest.from_function(_one_screen, args=(page, language, day.isoformat()), default_timeout=30)
    for name, value in (query or {}).items():
        at.query_params[name] = value
    return healthy(at.run())


def healthy(at: AppTest) -> AppTest:
    """The same screen, which must not have crashed."""
    assert not at.exception, at.exception
    return at


def make_sample(path: Path) -> None:
    """The sample company's database."""
    with Store.open(path, create=True) as store:
        run_sample(store, author=AUTHOR)


def copy_database(source: Path, target: Path) -> Path:
    """A database of a test's own."""
    for suffix in ("", ".journal"):
        shutil.copy(source.with_name(source.name + suffix), target.with_name(target.name + suffix))
    return target


def words(at: AppTest) -> str:
    """All that the screen says outside tables, character references resolved."""
    from html import unescape

    kinds = ("title", "subheader", "markdown", "caption", "text", "success", "info", "warning", "error")
    return unescape("\n".join(str(element.value) for kind in kinds for element in getattr(at, kind)))


def button(at: AppTest, starts: str) -> Any:
    """The button whose key starts so."""
    return next(element for element in at.button if element.key and element.key.startswith(starts))


def has_button(at: AppTest, starts: str) -> bool:
    """Whether there is such a button."""
    return any(element.key and element.key.startswith(starts) for element in at.button)


def select_row(at: AppTest, starts: str, find: Callable[[pl.DataFrame], int]) -> AppTest:
    """Select a row of the table whose key starts so: `find` says which one of its frame."""
    key, table = next((t.key, t) for t in at.dataframe if t.key and t.key.startswith(starts))
    at.session_state[key] = {"selection": {"rows": [find(pl.DataFrame(table.value))], "columns": [], "cells": []}}
    return healthy(at.run())


def store() -> Store:
    """The store that the screen uses, in this process."""
    import os

    from pages._ui.open_stores import open_store

    return open_store(os.environ["ENCOURS_DB"])
