"""Who is a client and who is a supplier: they are kept in one list, and documents tell them apart.

Whom only supplier invoices speak of is a supplier; all others are clients, also those without an invoice yet. A client and
a supplier that share a name or a code are two.
"""

import polars as pl


def strangers(documents: pl.DataFrame, direction: str) -> pl.DataFrame:
    """client_id of those with documents of the other direction only: codes of clients and of suppliers are two lists."""
    own = documents.filter(pl.col("direction") == direction).select("client_id")
    return documents.select("client_id").unique().join(own, on="client_id", how="anti")


def only_clients(clients: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """The rows of CLIENTS, or of what has a client_id, that are no supplier's; their order stays."""
    return clients.join(strangers(documents, "sale"), on="client_id", how="anti", maintain_order="left")


def only_suppliers(clients: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """The rows of CLIENTS, or of what has a client_id, that supplier invoices speak of; their order stays."""
    bought = documents.filter(pl.col("direction") == "purchase")
    return clients.join(bought, on="client_id", how="semi", maintain_order="left")


def only_parties(clients: pl.DataFrame, documents: pl.DataFrame, direction: str) -> pl.DataFrame:
    """The clients (of purchases: the suppliers) among them."""
    return only_suppliers(clients, documents) if direction == "purchase" else only_clients(clients, documents)
