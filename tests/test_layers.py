"""How the house is built: who may import what, who may ask the clock, and that every sentence is translated."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("models", "pipelines", "pages")
COMMANDS = tuple(sorted(path.name for path in ROOT.glob("cli*.py")))
DOORS = ("app.py", *COMMANDS, "door.py")
#: One door per library: where each may be imported.
LIBRARIES = {
    "duckdb": ("models/store.py",),
    "streamlit": ("app.py", "pages/"),
    "plotly": ("pages/_ui/charts/",),
    "ofxparse": ("pipelines/ingest/",),
    "typer": COMMANDS,
}
_CLOCK = {("date", "today"), ("datetime", "now"), ("datetime", "utcnow"), ("time", "time"), ("datetime", "today")}


def _sources() -> list[Path]:
    return [ROOT / name for name in DOORS] + [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_library_is_imported_through_its_one_door(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for module in _imported(ast.parse(path.read_text("utf-8"))):
        allowed = LIBRARIES.get(module.split(".")[0])
        assert allowed is None or any(place.startswith(prefix) for prefix in allowed), f"{place} imports {module}"


def test_no_room_imports_a_door() -> None:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            modules = {module.split(".")[0] for module in _imported(ast.parse(path.read_text("utf-8")))}
            assert not modules & {name.removesuffix(".py") for name in DOORS}, path


def test_only_the_doors_ask_what_day_it_is() -> None:
    for path in (path for path in _sources() if path.name not in DOORS):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in _CLOCK, f"{path}:{node.lineno}"


def test_sql_never_asks_what_day_it_is() -> None:
    for script in (ROOT / "models" / "sql").glob("*.sql"):
        assert not re.search(r"current_date|now\(\)|today\(\)", script.read_text("utf-8"), re.IGNORECASE), script


def test_pages_only_define_functions() -> None:
    allowed = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    for path in (ROOT / "pages").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            assert is_docstring or isinstance(node, allowed), f"{path}:{node.lineno}"


def test_screens_run_no_markup_and_keep_nothing_in_pickles() -> None:
    for path in (path for path in _sources() if path.name == "app.py" or "pages" in path.parts):
        given = {
            keyword.arg for node in ast.walk(ast.parse(path.read_text("utf-8"))) for keyword in getattr(node, "keywords", [])
        }
        assert not given & {"unsafe_allow_html", "persist"}, path


def _sentences(tree: ast.AST) -> Iterator[str]:
    """English sentences written where they are translated: t("…"), plural("…", "…"), refusals and column titles."""
    places = {"t": slice(0, 1), "plural": slice(0, 2), "Refused": slice(1, 2), "UnreadableFile": slice(1, 2)}
    places |= {"StoreUnreadable": slice(1, 2), "Column": slice(1, 2)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(_is_command(made) for made in node.decorator_list):
            yield ast.get_docstring(node) or ""
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("Option", "Argument", "Typer"):
            yield from (k.value.value for k in node.keywords if k.arg == "help" and isinstance(k.value, ast.Constant))  # type: ignore[misc]
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for argument in node.args[places.get(name, slice(0, 0))]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if re.search(r"(_WORDS|_NAMES|SENTENCES|VIOLATIONS|REFUSALS)$", getattr(target, "id", "")):
                yield from (v.value for v in node.value.values if isinstance(v, ast.Constant) and isinstance(v.value, str))


def _is_command(decorator: ast.expr) -> bool:
    """Whether it makes a command of the terminal, whose docstring is its help."""
    return isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") in ("command", "callback")


def _french() -> Catalog:
    with (ROOT / "locale" / "fr" / "LC_MESSAGES" / "encours.po").open("rb") as file:
        return read_po(file, locale="fr")


#: What Streamlit says in English where it is told nothing else: the words that must be given, by element.
GIVEN_WORDS = {
    "dataframe": {"alt", "placeholder"},
    "data_editor": {"alt", "placeholder"},
    "table": {"alt"},
    "multiselect": {"placeholder", "select_all"},
}


def test_no_element_is_left_to_say_its_own_words_in_english() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            named = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            given = {word.arg for word in call.keywords}
            needed = GIVEN_WORDS.get(named, set())
            if named == "selectbox" and any(w.arg == "index" and ast.unparse(w.value) == "None" for w in call.keywords):
                needed = {"placeholder"}
            assert needed <= given, (path.name, call.lineno, needed - given)


def test_every_sentence_is_in_the_french_catalogue() -> None:
    catalogue = _french()
    missing = set()
    for path in _sources():
        for sentence in _sentences(ast.parse(path.read_text("utf-8"))):
            entry = catalogue.get(sentence)
            if (entry is None or not entry.string) and re.search("[a-z]{2}", sentence):
                missing.add(sentence)
    assert missing == set()


def test_french_signs_are_not_parted_from_their_words() -> None:
    wrong = [str(e.string) for e in _french() if re.search(r" [:;!?»](\s|$)|« |[a-zàâéèêîôû]'[a-zàâéèêîôûh]", str(e.string))]
    assert wrong == []


def test_a_translation_keeps_the_fields_of_its_sentence() -> None:
    catalogue = _french()
    for entry in catalogue:
        if entry.id:
            said, meant = (set(re.findall(r"\{\w+\}", str(text))) for text in (entry.string, entry.id))
            assert said - meant == set(), entry.id
            assert meant - said <= {"{count}"}, entry.id  # "one day" needs no figure


def test_the_package_and_the_type_checker_have_every_door() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    for patterns in (project["hatch"]["build"]["targets"]["wheel"]["include"], project["mypy"]["files"]):
        found = {path.name for pattern in patterns for path in ROOT.glob(pattern.removeprefix("/"))}
        assert set(DOORS) - found == set()
