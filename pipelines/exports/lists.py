"""The rows of each list that leaves as a table, CSV, workbook or JSON."""

from datetime import date

from models.texts import Texts
from pipelines.collections.worklist import worklist
from pipelines.exports import answers
from pipelines.ledger import Ledger
from pipelines.receivables import aged, sales_documents
from pipelines.reconcile.listing import bank_lines, listed_allocations


def list_rows(
    name: str,
    ledger: Ledger,
    texts: Texts,
    *,
    as_of: date,
    currency: str | None = None,
    by: str = "client",
    only_unmatched: bool = False,
) -> list[answers.Answer]:
    """The rows of a list at a date, as its JSON has them.

    Args:
        name: invoices, aged, allocations, lines or worklist.
        ledger: the facts.
        texts: the language of the reasons.
        as_of: the date.
        currency: only that one; None is every currency for invoices and allocations, else the company's.
        by: of the aged balance: client, invoice, sales_rep or category.
        only_unmatched: of the lines: receipts that wait for a match.
    """
    if name == "invoices":
        return answers.invoices_answer(sales_documents(ledger, as_of=as_of, currency=currency))
    if name == "allocations":
        return answers.allocations_answer(ledger, listed_allocations(ledger, as_of=as_of, currency=currency))
    if name == "lines":
        return bank_lines(ledger, as_of=as_of, only_unmatched=only_unmatched).to_dicts()
    if name == "aged":
        return answers.aged_answer(aged(ledger, as_of=as_of, by=by, currency=currency or ledger.settings.currency), by)
    return answers.worklist_answer(worklist(ledger, as_of=as_of, currency=currency), texts)
