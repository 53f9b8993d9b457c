"""What files bring is shown as it is written: no screen lets a name become an image, a link or a mark."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from screens import AUTHOR, copy_database, screen

from models.store import Store
from pages.closing_page import VIEWS as CLOSING
from pages.reconciliation import VIEW_WORDS as RECONCILIATION
from pipelines.publishing.publish import run_import
from pipelines.reconcile.run import run_reconcile

#: An image that calls out, a bold word, a tag: as the name of a client, of a supplier, on a bank line.
NAME = "![k](http://evil.example) *b* <i>x"
SALES = """N° facture;Client;Adresse;Date;Échéance;Montant HT;TVA;Montant TTC;Commercial;Catégorie;Litige
F1;{n} un;1 rue {n};05/01/2026;05/02/2026;100;20;120;{n};{n};
F2;{n} deux;2 rue;01/06/2026;15/06/2026;200;40;240;{n};{n};oui
F{n}3;{n} trois;;20/06/2026;30/07/2026;300;60;360;;;
F4;{n} un;;01/04/2026;01/05/2026;400;80;480;;;
"""
PURCHASES = """N° facture;Fournisseur;Date;Échéance;Montant HT;TVA;Montant TTC
A{n};{n} SARL;01/06/2026;30/06/2026;100;20;120
B{n};{n} et fils;01/06/2026;30/06/2026;200;40;240
"""
BANK = """Date;Libellé;Débit;Crédit
10/05/2026;VIR {n} UN F1;;120,00
12/06/2026;VIR {n} INCONNU;;5077,00
20/06/2026;PRLV {n} SARL;120,00;
"""
#: Where Streamlit shows text as it is: cells, plain text, choices of a list, what a chart is read out as.
PLAIN = {
    ("Dataframe", "data"),
    ("Text", "body"),
    ("TextArea", "default"),
    ("Selectbox", "options"),
    ("Selectbox", "raw_value"),
    ("MultiSelect", "options"),
    ("PlotlyChart", "alt"),
}
PLAIN |= {("Dataframe", "styler"), ("Dataframe", "columns")}
VIEWS: Mapping[str, list[dict[str, str]]] = {
    "home": [{}],
    "receivables_page": [
        *({"view": view} for view in ("aged", "movements", "evolution", "indicators")),
        *({"view": "charts", "chart": chart} for chart in ("ageing", "pareto", "delays")),
    ],
    "reconciliation": [{"view": view} for view in RECONCILIATION],
    "collections_page": [{"part": "todo"}, {"part": "results"}],
    "closing_page": [{"view": view} for view in CLOSING],
    "client": [{}],
    "cash": [{}],
    "payables_page": [{}],
    "imports": [{}],
    "exports_page": [{}],
    "settings_page": [{}],
}


@pytest.fixture(scope="module")
def hostile_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "encours.duckdb"
    with Store.open(path, create=True) as store:
        for name, text in (("ventes.csv", SALES), ("achats.csv", PURCHASES), ("![k](http:__evil).csv", BANK)):
            report = run_import(store, text.replace("{n}", NAME).encode(), name, author=AUTHOR, account="Courant")
            assert (report.refused, report.rejected.height) == (None, 0), report.rejected
        run_reconcile(store, author=AUTHOR)
    return path


@pytest.mark.parametrize("page", VIEWS)
def test_no_screen_runs_what_a_file_brings(page: str, hostile_database: Path, empty_company: Path) -> None:
    copy_database(hostile_database, empty_company)
    run = [text for query in VIEWS[page] for text in _run_as_markup(screen(page, query=query)._tree)]
    assert run == []


def _run_as_markup(block: Any) -> Iterator[str]:
    """The texts of a screen that hold the name as it is, where Streamlit would read it as Markdown or a chart as tags."""
    for element in block.children.values():
        yield from _run_as_markup(element) if hasattr(element, "children") else ()
        kind = element.proto.DESCRIPTOR.name if getattr(element, "proto", None) is not None else ""
        for field, text in re.findall(r'^\s*(\w+): "((?:[^"\\]|\\.)*)"', str(getattr(element, "proto", "")), re.MULTILINE):
            mark = "<i>" if (kind, field) == ("PlotlyChart", "spec") else "![k]"
            if mark in text and (kind, field) not in PLAIN:
                yield f"{kind}.{field}: {text[:120]}"
