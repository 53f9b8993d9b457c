"""The law of lettering codes: once a code left in any file, it is its lines' for ever, and no others', whatever comes after."""

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from small_store import DAY, ME, Company, day, money

from models.errors import Refused
from models.texts import Texts
from pipelines import decisions
from pipelines.accounting.exporting import Exported, Request, run_export
from pipelines.exports.accounting_files import Asked
from pipelines.marks import mark
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.money_back import refund

FR = Texts("fr")
FORMATS = ("fec", "quadra", "csv", "tra")


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    decisions.set_settings(made.store, {"vat_rate": "20", "company_siren": "732829320"}, author=ME)
    yield made
    made.store.close()


def export(company: Company, form: str, to: int = 90, **choices: Any) -> Exported:
    asked = Asked(form, DAY - timedelta(days=60), day(to))
    return run_export(company.store, Request(asked, **choices), author=ME, texts=FR)


def codes_of(done: Exported) -> dict[str, tuple[str, str]]:
    """The client and code of each sale that the file letters; partial lettering is in small letters, and the same code."""
    rows = done.plan.selection.lines.filter(pl.col("entry_id").str.starts_with("sale ")).drop_nulls("letter")
    return {entry: (client, letter.upper()) for entry, client, letter in rows.select("entry_id", "client_id", "letter").rows()}


class Journey:
    """What may happen to a company's books, at random, and the codes of every file that left."""

    def __init__(self, company: Company, seed: int) -> None:
        self.company, self.dice = company, random.Random(seed)
        self.count = 0
        self.owner: dict[tuple[str, str], str] = {}
        self.code: dict[str, tuple[str, str]] = {}

    def bill(self) -> None:
        """A sale, perhaps of an earlier day than those there are."""
        self.count += 1
        client = self.dice.choice(("Martin", "Durand"))
        self.company.bill(f"F{self.count}", client, "120.00", self.dice.randint(-30, 40)).save()

    def pay(self) -> None:
        """A payment of all or a part of an invoice, perhaps of an earlier day than others."""
        number = f"F{self.dice.randint(1, self.count)}"
        owed = self.company.outstanding(number)
        part = owed if self.dice.random() < 0.6 else owed / 4
        if part >= 1:
            line = f"L{self.company.store.revision}"
            self.company.line(line, str(part.quantize(money("0.01"))), "VIR CLIENT", on=self.dice.randint(-20, 60)).save()
            allocate(self.company.store, line, number, part.quantize(money("0.01")), author=ME)

    def write_off(self) -> None:
        """What an invoice still owes is given up."""
        number = f"F{self.dice.randint(1, self.count)}"
        if self.company.outstanding(number):
            mark(self.company.store, number, "written-off", on=day(self.dice.randint(50, 70)), author=ME)

    def come_back(self) -> None:
        """A payment is returned."""
        given = sorted(self.company.claims())
        if given:
            credit, number = self.dice.choice(given)
            line = f"R{self.company.store.revision}"
            amount = self.company.claims()[credit, number]
            self.company.line(line, f"-{amount}", "REJET", on=self.dice.randint(61, 80)).save()
            refund(self.company.store, line, credit, author=ME)

    def undo(self) -> None:
        """Any decision or export is taken back, or an undoing."""
        changes = self.company.store.changes().filter("is_live")
        chosen = changes.filter(pl.col("action").is_in(["export", "allocate", "mark", "refund", "undo"]))["change_id"].to_list()
        if chosen:
            decisions.undo(self.company.store, self.dice.choice(chosen), author=ME)

    def export(self) -> None:
        """A file leaves: its codes are those that left before, and nobody else's."""
        done = export(self.company, self.dice.choice(FORMATS), self.dice.choice((15, 45, 65, 90)))
        for sale, code in codes_of(done).items():
            assert self.code.setdefault(sale, code) == code
            assert self.owner.setdefault(code, sale) == sale


def test_a_code_that_left_is_its_sales_for_ever(company: Company) -> None:
    journey = Journey(company, seed=3)
    journey.bill()
    steps = ("bill", "pay", "pay", "pay", "write_off", "come_back", "undo", "undo", "export", "export", "export")
    for _ in range(24):
        with suppress(Refused):  # as nothing to export, or a payment that is back already
            getattr(journey, journey.dice.choice(steps))()
    journey.export()
    assert len(journey.code) >= 2


def test_a_code_stays_when_the_export_that_first_gave_it_is_undone_but_another_file_has_it(company: Company) -> None:
    company.bill("F1", "Martin", "120.00").line("L1", "120.00", "VIR MARTIN F1").save().reconcile()
    first = export(company, "fec")
    assert codes_of(export(company, "csv")) == {"sale F1": ("Martin", "AA")}
    decisions.undo(company.store, first.change_id, author=ME)
    company.bill("F0", "Martin", "12.00", -20).line("L0", "12.00", "VIR MARTIN F0", on=1).save().reconcile()
    assert codes_of(export(company, "fec")) == {"sale F1": ("Martin", "AA"), "sale F0": ("Martin", "AB")}
