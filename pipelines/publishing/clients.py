"""Who a row is about: a client is known by its code, without one by SIREN, without either by its folded name.

A code or SIREN given for a client known by a unique name completes it. A name that several clients have is a problem.
"""

from dataclasses import dataclass, field

import polars as pl

from models.ids import fold, stable_id
from models.tables import CLIENTS, Schema
from pipelines.publishing.corrected import Corrected, is_news

#: Columns of a client that an import may complete or change -> the file's column; code and SIREN are only completed.
GIVEN = {
    "code": "client_code",
    "siren": "client_siren",
    "email": "client_email",
    "phone": "client_phone",
    "address": "client_address",
    "language": "client_language",
    "client_type": "client_type",
}
IDENTITY = ["client_code", "client_siren", "client_name"]
_CONTACT = [name for name in GIVEN if name not in ("code", "siren")]
_RENAMED: Schema = {"client_id": pl.String, "stored": pl.String, "incoming": pl.String}


@dataclass
class Book:
    """Known clients by each of their names, and what people have corrected of them."""

    rows: dict[str, dict[str, object]] = field(default_factory=dict)
    by_code: dict[str, str] = field(default_factory=dict)
    by_siren: dict[str, set[str]] = field(default_factory=dict)
    by_name: dict[str, set[str]] = field(default_factory=dict)
    corrected: Corrected = field(default_factory=dict)

    def add(self, client: dict[str, object]) -> None:
        """Add a client, or its new state."""
        client_id = str(client["client_id"])
        self.rows[client_id] = client
        if client["code"]:
            self.by_code[str(client["code"])] = client_id
        if client["siren"]:
            self.by_siren.setdefault(str(client["siren"]), set()).add(client_id)
        if client["name"]:
            self.by_name.setdefault(fold(str(client["name"])), set()).add(client_id)

    def find(self, code: str | None, siren: str | None, name: str | None) -> set[str]:
        """The clients that the identity fits: none, one, or several that it does not tell apart."""
        if code and code in self.by_code:
            return {self.by_code[code]}
        named = self.by_name.get(fold(name), set()) if name else set()
        if siren and (same := self._without("code", code, self.by_siren.get(siren, set()))):
            return same if len(same) == 1 else (same & named or same)
        # A name completes or finds its client only while it is unique; the client of another code or SIREN is another one.
        if code or siren:
            return self._without("siren", siren, self._without("code", code, named)) if len(named) == 1 else set()
        return named

    def _without(self, column: str, value: str | None, found: set[str]) -> set[str]:
        """Those of `found` that do not have another code (or SIREN) than the one given."""
        return {c for c in found if not value or self.rows[c][column] in (None, value)}


@dataclass(frozen=True)
class ResolvedClients:
    """The answer for a file.

    Attributes:
        ids: one row per identity of the file (client_code, client_siren, client_name): client_id, is_ambiguous.
        versions: CLIENTS rows that are new or changed, in full.
        renamed: known clients that the file calls otherwise: client_id, stored, incoming.
    """

    ids: pl.DataFrame
    versions: pl.DataFrame
    renamed: pl.DataFrame


def resolve_clients(
    rows: pl.DataFrame, stored: pl.DataFrame, *, direction: str = "sale", corrected: Corrected | None = None
) -> ResolvedClients:
    """Recognise the clients (of purchases: the suppliers) of an invoice file (INVOICE_ROWS) among the stored ones (CLIENTS).

    Works on the file's distinct identities, those with a code first, then those with a SIREN, so that the order of the
    rows changes nothing; contact details are the last ones that the file gives, but for those that a person has
    `corrected` since.
    """
    book = Book(corrected=corrected or {})
    for client in stored.sort("client_id").iter_rows(named=True):
        book.add(client)
    before = {client_id: dict(row) for client_id, row in book.rows.items()}
    details = [pl.col(GIVEN[name]).drop_nulls().last().alias(name) for name in _CONTACT]
    identities = (
        rows.group_by(IDENTITY, maintain_order=True)
        .agg(*details)
        .sort(pl.col("client_code").is_null(), pl.col("client_siren").is_null(), maintain_order=True)
    )
    renamed: list[tuple[str, str, str]] = []
    ids = [_place(book, row, renamed, direction) for row in identities.iter_rows(named=True)]
    answer = identities.select(IDENTITY).with_columns(client_id=pl.Series(ids, dtype=pl.String))
    changed = [row for client_id, row in book.rows.items() if before.get(client_id) != row]
    return ResolvedClients(
        answer.with_columns(is_ambiguous=pl.col("client_id").is_null()),
        pl.DataFrame(changed, schema=CLIENTS),
        pl.DataFrame(renamed, schema=_RENAMED, orient="row").unique(maintain_order=True),
    )


def _place(book: Book, row: dict[str, object], renamed: list[tuple[str, str, str]], direction: str) -> str | None:
    """Find or add the client of one identity, complete it, and note another name; None if it fits several clients."""
    code, siren, name = (str(row[c]) if row[c] else None for c in IDENTITY)
    found = book.find(code, siren, name)
    if len(found) > 1:
        return None
    client = dict(book.rows[found.pop()]) if found else new_client(book, code, siren, name, direction)
    if client["name"] in (client["code"], client["siren"]):
        client["name"] = name  # nobody has named it yet
    if client["name"] and name and fold(str(client["name"])) != fold(name):
        renamed.append((str(client["client_id"]), str(client["name"]), name))
    client["code"], client["siren"] = client["code"] or code, client["siren"] or siren
    client |= {column: row[column] for column in _CONTACT if row[column] and is_news(book.corrected, client, column, row[column])}
    client["name"] = client["name"] or name or code or siren
    book.add(client)
    return str(client["client_id"])


def new_client(book: Book, code: str | None, siren: str | None, name: str | None, direction: str) -> dict[str, object]:
    """A client without anything but its id, made from what it is known by; a supplier's differs from a client's."""
    key = ("code", code) if code else ("siren", siren) if siren else ("name", fold(name or ""))
    role = "client" if direction == "sale" else "supplier"
    client_id = stable_id(role, *key)
    if client_id in book.rows:  # what it was once known by, before a code or SIREN told it from this one
        client_id = stable_id(role, *key, code, siren, name)
    return dict.fromkeys(CLIENTS) | {"client_id": client_id}
