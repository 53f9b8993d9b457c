"""What a clients file changes: how each client is reached and pays, never who it is."""

from dataclasses import dataclass

import polars as pl

from models.ids import fold
from models.problems import problem_rows
from models.tables import CLIENTS
from pipelines.publishing.clients import IDENTITY, Book, new_client
from pipelines.publishing.corrected import Corrected, is_news

#: Columns of a client that a clients file may change -> the file's column.
_DETAILS = {
    "email": "client_email",
    "phone": "client_phone",
    "address": "client_address",
    "language": "client_language",
    "client_type": "client_type",
    "segment": "segment",
    "terms_days": "terms_days",
}


@dataclass(frozen=True)
class ClientPlan:
    """What publishing a clients file would do.

    Attributes:
        verdicts: one row per client of the file: line, verdict (inserted, updated, duplicate, ambiguous), client_name.
        versions: client_version rows to add. `warnings`: PROBLEMS of clients known otherwise.
    """

    verdicts: pl.DataFrame
    versions: pl.DataFrame
    warnings: pl.DataFrame


def plan_clients(rows: pl.DataFrame, stored: pl.DataFrame, corrected: Corrected | None = None) -> ClientPlan:
    """Decide what each row of a clients file is, against the stored clients and the rows before it.

    Details that the file gives replace the stored ones, what it leaves empty stays; a code and a SIREN are only completed
    and another name is said, not taken: they tell who the client is.

    Args:
        rows: CLIENT_ROWS, in file order.
        stored: CLIENTS.
        corrected: what people have replaced, and files do not bring back.
    """
    book = Book(corrected=corrected or {})
    for client in stored.sort("client_id").iter_rows(named=True):
        book.add(client)
    before = dict(book.rows)
    placed: list[tuple[int, str, str | None, str | None]] = []
    warnings: list[tuple[int | None, str | None, str | None, str]] = []
    for row in rows.iter_rows(named=True):
        verdict, client_id, notes = _place(book, row)
        placed.append((row["line"], verdict, row["client_name"] or row["client_code"], client_id))
        warnings.extend((row["line"], column, text, code) for column, text, code in notes)
    changed = [row for client_id, row in book.rows.items() if before.get(client_id) != row]
    renewed = {row["client_id"] for row in changed}
    # Rows that contradict each other and end where they began bring nothing new.
    verdicts = [
        (line, "duplicate" if verdict == "updated" and client_id not in renewed else verdict, name)
        for line, verdict, name, client_id in placed
    ]
    schema = {"line": pl.Int64, "verdict": pl.String, "client_name": pl.String}
    return ClientPlan(
        pl.DataFrame(verdicts, schema=schema, orient="row"), pl.DataFrame(changed, schema=CLIENTS), problem_rows(warnings)
    )


def _place(book: Book, row: dict[str, object]) -> tuple[str, str | None, list[tuple[str, str, str]]]:
    """The verdict on one row, its client, and what contradicts who that is; the book is brought up to date."""
    code, siren, name = (str(row[column]) if row[column] else None for column in IDENTITY)
    found = book.find(code, siren, name)
    if len(found) > 1:
        return "ambiguous", None, []
    known = book.rows[found.pop()] if found else None
    client = dict(known or new_client(book, code, siren, name, "sale"))
    notes = []
    if known and known["name"] and name and fold(str(known["name"])) != fold(name):
        notes.append(("client_name", f"{known['name']} → {name}", "client_renamed"))
    if known and known["siren"] and siren and known["siren"] != siren:
        notes.append(("client_siren", f"{known['siren']} → {siren}", "client_siren_differs"))
    client["code"], client["siren"] = client["code"] or code, client["siren"] or siren
    client["name"] = client["name"] or name or code or siren
    client |= {column: row[given] for column, given in _DETAILS.items() if is_news(book.corrected, client, column, row[given])}
    book.add(client)
    verdict = "inserted" if known is None else "duplicate" if client == known else "updated"
    return verdict, str(client["client_id"]), notes
