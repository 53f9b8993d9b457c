"""What tests of screens share: the sample company's database, built once, and a database of one's own."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.constants_ast import Constants
from screens import copy_database, make_sample

# How long an example takes says more of the machine than of the code: speed is shown by tests/benchmark.py. The same
# examples on each run, so that a change is judged by itself; `--hypothesis-profile=search` looks for new ones.
settings.register_profile("encours", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("encours")


def pytest_collection_finish() -> None:
    """What the modules made on import stays to the end: a collector that looks through it again and again costs a twentieth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _same_examples_in_each_worker() -> Iterator[None]:
    """Hypothesis also tries the constants of the modules that are loaded by then: which these are differs between workers."""
    with pytest.MonkeyPatch.context() as patch:
        if settings.get_current_profile_name() == "encours":
            patch.setattr("hypothesis.internal.conjecture.providers._get_local_constants", Constants)
        yield


@pytest.fixture(autouse=True)
def _without_summaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dossier that sums itself up at each command would cost the tests of commands a minute; those of summaries ask for it."""
    monkeypatch.setattr("door.door.sums_up", False)


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company, to be copied, never opened."""
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    make_sample(path)
    return path


@pytest.fixture
def empty_company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The path of a database that is not there yet, as the screens find it."""
    import streamlit as st

    path = tmp_path / "encours.duckdb"
    monkeypatch.setenv("ENCOURS_DB", str(path))
    monkeypatch.setattr("pages._ui.shell.sum_up_later", lambda _: None)  # its thread would outlive the test's database
    yield path
    st.cache_resource.clear()


@pytest.fixture
def sample_company(sample_database: Path, empty_company: Path) -> Path:
    """The sample company in a database of one's own, as the screens find it."""
    return copy_database(sample_database, empty_company)
