"""The dossiers of a folder: one database per company, known by an id that tells neither its name nor its place."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models.errors import Refused
from models.ids import fold, stable_id
from models.opening import make_folder
from models.store import Author, Store
from pipelines.companies.summary import read_summary
from pipelines.decisions import set_settings

SUFFIX = ".duckdb"
#: The sample company's file is no dossier; the other names are those of devices where files have none of them.
_SAMPLE = "demo"
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
_LONGEST_NAME, _LONGEST_STEM = 120, 60


@dataclass(frozen=True)
class Company:
    """A dossier.

    Attributes:
        company_id: stands for it in an address.
        path: its database.
        name: the company's, as its summary says; else its file's.
    """

    company_id: str
    path: Path
    name: str


def id_of(path: Path) -> str:
    """The id of a dossier: made from its file's name, so that a copy of the folder keeps it."""
    return stable_id("company", path.stem)


def databases_in(folder: Path) -> list[Path]:
    """The databases of the folder itself, by name: no links to other places, no hidden files, not the sample's.

    Raises:
        Refused: the folder is there, and cannot be read.
    """
    try:
        found = [path for path in folder.iterdir() if path.suffix == SUFFIX and not path.name.startswith(".")]
        return sorted(path for path in found if path.stem != _SAMPLE and path.is_file() and not path.is_symlink())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Refused("folder_unreadable", "The folder {path} cannot be read: check that you may.", path=folder) from error


def companies_in(folder: Path) -> list[Company]:
    """The dossiers by name; where two companies are called the same, their file's name tells them apart."""
    paths = databases_in(folder)
    names = {path: read_summary(path).name or path.stem for path in paths}
    return named(names)


def named(names: dict[Path, str]) -> list[Company]:
    """Dossiers by name, each told apart from its namesakes."""
    count: dict[str, int] = {}
    for name in names.values():
        count[fold(name)] = count.get(fold(name), 0) + 1
    shown = {path: name if count[fold(name)] == 1 else f"{name} ({path.stem})" for path, name in names.items()}
    return sorted((Company(id_of(path), path, name) for path, name in shown.items()), key=lambda c: (fold(c.name), c.company_id))


def find(companies: Iterable[Company], company_id: str | None) -> Company | None:
    """The dossier of that id; None where no file of the folder has it, whatever the id says."""
    return next((company for company in companies if company.company_id == company_id), None)


def stem_of(name: str) -> str:
    """A company's name as the name of a file: ASCII letters and digits between hyphens, safe on every system."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(name).replace("œ", "oe").replace("æ", "ae")).strip("-")
    stem = plain[:_LONGEST_STEM].strip("-") or "dossier"
    return f"{stem}-dossier" if stem in _DEVICES or stem == _SAMPLE else stem


def new_path(folder: Path, name: str) -> Path:
    """Where the database of a new company goes: a name that no file of the folder has, whatever its case."""
    taken = {path.stem.casefold() for path in folder.iterdir()} if folder.is_dir() else set()
    stem, count = stem_of(name), 1
    while (stem if count == 1 else f"{stem}-{count}") in taken:
        count += 1
    return folder / f"{stem if count == 1 else f'{stem}-{count}'}{SUFFIX}"


def run_new_company(folder: Path, name: str, *, author: Author) -> Company:
    """Make the dossier of a new company, with its name and nothing else.

    Raises:
        Refused: the name is empty, too long or has characters that nobody sees, or a dossier has it already.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > _LONGEST_NAME or any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") for sign in name):
        raise Refused("bad_company_name", "Give the company a name of 1 to {limit} visible characters.", limit=_LONGEST_NAME)
    if any(fold(known.name) == fold(name) for known in companies_in(folder)):
        raise Refused("company_exists", "There is a dossier called {name} already: open it, or choose another name.", name=name)
    make_folder(folder)
    path = new_path(folder, name)
    with Store.open(path, create=True) as store:
        set_settings(store, {"company_name": name}, author=author)
    return Company(id_of(path), path, name)
