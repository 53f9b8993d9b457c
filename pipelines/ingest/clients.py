"""Who a row is about: a client is known by its code, without one by SIREN, without either by its folded name.

A code or SIREN given for a client known by a unique name completes it. A name that several clients have is a problem.
"""

from dataclasses import dataclass, field

import polars as pl

from models.ids import fold, stable_id
from models.tables import CLIENTS

#: Columns of a client that an import may complete or change, beside what identifies it.
CONTACT = {
    "email": "client_email",
    "phone": "client_phone",
    "address": "client_address",
    "language": "client_language",
    "client_type": "client_type",
}
_IDENTITY = ["client_code", "client_siren", "client_name"]


@dataclass
class _Book:
    """Known clients by each of their names."""

    rows: dict[str, dict[str, object]]
    by_code: dict[str, str] = field(default_factory=dict)
    by_siren: dict[str, str] = field(default_factory=dict)
    by_name: dict[str, set[str]] = field(default_factory=dict)

    def add(self, client: dict[str, object]) -> None:
        client_id = str(client["client_id"])
        self.rows[client_id] = client
        if client["code"]:
            self.by_code[str(client["code"])] = client_id
        if client["siren"]:
            self.by_siren[str(client["siren"])] = client_id
        if client["name"]:
            self.by_name.setdefault(fold(str(client["name"])), set()).add(client_id)

    def find(self, code: str | None, siren: str | None, name: str | None) -> tuple[str | None, bool]:
        """The client's id, or None for a new one; and whether the name fits several clients."""
        if code and code in self.by_code:
            return self.by_code[code], False
        if siren and siren in self.by_siren and not (code and self.rows[self.by_siren[siren]]["code"]):
            return self.by_siren[siren], False
        named = self.by_name.get(fold(name), set()) if name else set()
        if code:
            named = {c for c in named if not self.rows[c]["code"]}
        if siren:
            named = {c for c in named if not self.rows[c]["siren"]}
        if len(named) > 1:
            return None, not (code or siren)
        return next(iter(named), None), False


@dataclass(frozen=True)
class ResolvedClients:
    """The answer for a file.

    Attributes:
        ids: one row per identity of the file (client_code, client_siren, client_name): client_id, is_ambiguous.
        versions: CLIENTS rows that are new or changed, in full.
        renamed: clients known by their code that the file calls otherwise: client_id, stored, incoming.
    """

    ids: pl.DataFrame
    versions: pl.DataFrame
    renamed: pl.DataFrame


def resolve_clients(rows: pl.DataFrame, stored: pl.DataFrame) -> ResolvedClients:
    """Recognise the clients of an invoice file (INVOICE_ROWS) among the stored ones (CLIENTS).

    Works on the file's distinct identities, in file order; contact details are the last ones that the file gives.
    """
    book = _Book({})
    for client in stored.sort("client_id").iter_rows(named=True):
        book.add(client)
    details = [pl.col(column).drop_nulls().last().alias(name) for name, column in CONTACT.items()]
    identities = rows.group_by(_IDENTITY, maintain_order=True).agg(*details)
    before = {client_id: dict(row) for client_id, row in book.rows.items()}
    ids: list[tuple[str | None, bool]] = []
    renamed: list[tuple[str, str, str]] = []
    for row in identities.iter_rows(named=True):
        client_id, is_ambiguous = _place(book, row, renamed)
        ids.append((client_id, is_ambiguous))
    answer = identities.select(_IDENTITY).with_columns(
        client_id=pl.Series([i for i, _ in ids], dtype=pl.String),
        is_ambiguous=pl.Series([a for _, a in ids], dtype=pl.Boolean),
    )
    changed = [row for client_id, row in book.rows.items() if before.get(client_id) != row]
    return ResolvedClients(
        answer,
        pl.DataFrame(changed, schema=CLIENTS),
        pl.DataFrame(renamed, schema={"client_id": pl.String, "stored": pl.String, "incoming": pl.String}, orient="row").unique(
            maintain_order=True
        ),
    )


def _place(book: _Book, row: dict[str, object], renamed: list[tuple[str, str, str]]) -> tuple[str | None, bool]:
    """Find or add the client of one identity, complete it, and note a new name for a known code."""
    code, siren, name = (str(row[c]) if row[c] else None for c in _IDENTITY)
    client_id, is_ambiguous = book.find(code, siren, name)
    if is_ambiguous:
        return None, True
    if client_id is None:
        key = ("code", code) if code else ("siren", siren) if siren else ("name", fold(name or ""))
        client: dict[str, object] = dict.fromkeys(CLIENTS) | {"client_id": stable_id("client", *key)}
        if str(client["client_id"]) in book.rows:  # a name-only client that got a code since: this is another one
            client["client_id"] = stable_id("client", *key, code, siren, name)
    else:
        client = dict(book.rows[client_id])
    if client["name"] and name and fold(str(client["name"])) != fold(name):
        renamed.append((str(client["client_id"]), str(client["name"]), name))
    given = {"code": code, "siren": siren} | {column: row[column] for column in CONTACT}
    client |= {
        column: value for column, value in given.items() if value and (column not in ("code", "siren") or not client[column])
    }
    client["name"] = client["name"] or name or code
    book.add(client)
    return str(client["client_id"]), False
