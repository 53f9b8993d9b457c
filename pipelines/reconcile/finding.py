"""Bank lines, documents and clients by the words that a person uses for them."""

from datetime import date

import polars as pl

from models.errors import Refused
from pipelines.ledger import Ledger
from pipelines.parties import client_names, only_parties

Row = dict[str, object]


def find_line(ledger: Ledger, line_id: str) -> Row:
    """The bank line of that id.

    Raises:
        Refused: there is none.
    """
    rows = ledger.lines.filter(pl.col("line_id") == line_id).to_dicts()
    if not rows:
        raise Refused("unknown_line", "There is no bank line {line}. List them with: encours lines", line=line_id)
    return rows[0]


def day_of(value: object) -> date:
    """A row's date."""
    if not isinstance(value, date):
        raise TypeError(value)
    return value


def row_of(ledger: Ledger, document_id: str) -> Row:
    """The document of an id that is known to be one."""
    return ledger.documents.row(by_predicate=pl.col("document_id") == document_id, named=True)


def find_document(ledger: Ledger, number: str, *, direction: str = "sale") -> Row:
    """The document of that number (or id).

    Raises:
        Refused: there is none, or several have it.
    """
    same = (pl.col("number") == number) | (pl.col("document_id") == number)
    rows = ledger.documents.filter(same & (pl.col("direction") == direction)).to_dicts()
    if not rows and not ledger.documents.filter(same).is_empty():
        raise _of_other_direction(number, direction)
    if not rows and direction == "purchase":
        raise Refused("unknown_invoice", "There is no supplier invoice {number}. List them with: encours payables", number=number)
    if not rows:
        raise Refused("unknown_invoice", "There is no invoice {number}. List them with: encours invoices", number=number)
    if len(rows) > 1:
        raise Refused("several_invoices", "Several documents have the number {number}: give the id of one.", number=number)
    return rows[0]


def _of_other_direction(number: str, direction: str) -> Refused:
    """The refusal of a number that a supplier's invoice has where a client's is wanted, or the other way round."""
    if direction == "sale":
        return Refused("is_purchase", "{number} is a supplier’s invoice: give the number of a client’s one.", number=number)
    return Refused("is_sale", "{number} is a client’s invoice: give the number of a supplier’s one.", number=number)


def find_credit_note(ledger: Ledger, number: str) -> Row | None:
    """The sales credit note of that number (or id), or None."""
    same = ((pl.col("number") == number) | (pl.col("document_id") == number)) & (pl.col("kind") == "credit_note")
    if ledger.documents.filter(same & (pl.col("direction") == "sale")).is_empty():
        return None
    return find_document(ledger, number)


def find_client(ledger: Ledger, name: str, *, direction: str = "sale") -> Row:
    """The client (of purchases: the supplier) of that name (also as a list has it), code or id.

    Raises:
        Refused: there is none, or several have that name.
    """
    listed = client_names(ledger.clients, ledger.documents).filter(pl.col("client") == name)["client_id"]
    same = (pl.col("name") == name) | (pl.col("code") == name) | pl.col("client_id").is_in([name, *listed])
    rows = only_parties(ledger.clients.filter(same), ledger.documents, direction).to_dicts()
    if not rows and direction == "purchase":
        raise Refused("unknown_supplier", "There is no supplier {name}.", name=name)
    if not rows:
        raise Refused("unknown_client", "There is no client {name}.", name=name)
    if len(rows) > 1 and direction == "purchase":
        raise Refused("several_suppliers", "Several suppliers are called {name}: give the code of one.", name=name)
    if len(rows) > 1:
        raise Refused("several_clients", "Several clients are called {name}: give the code of one.", name=name)
    return rows[0]
