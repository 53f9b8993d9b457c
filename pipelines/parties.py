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


def client_names(clients: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """client_id, client: what each of CLIENTS is called in a list; a name that several have is followed by its code or SIREN.

    Clients stand in other lists than suppliers, so each side is told apart by itself. Letters, entries and transfers have the
    plain name.
    """
    folded = pl.col("name").str.strip_chars().str.to_lowercase()
    twins = clients.filter(folded.is_duplicated() & pl.col("name").is_not_null())
    if not twins.is_empty():
        sides = (only_clients(twins, documents), only_suppliers(twins, documents))
        twins = pl.concat(side.filter(folded.is_duplicated()) for side in sides)
    is_twin = pl.col("client_id").is_in(twins["client_id"].implode())
    told = pl.format("{} ({})", "name", pl.coalesce("code", "siren"))
    return clients.select("client_id", client=pl.coalesce(pl.when(is_twin).then(told), "name", "client_id"))


def with_names(documents: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """DOCUMENTS, each with its party's name among `names` (client_id, client)."""
    return (
        documents.join(names.rename({"client": "known"}), on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(client=pl.coalesce("known", "client"))
        .drop("known")
    )


def with_plain_names(documents: pl.DataFrame, clients: pl.DataFrame) -> pl.DataFrame:
    """DOCUMENTS with plain names, as entries have them: they do not change when another client comes that has the same."""
    return with_names(documents, clients.select("client_id", client="name"))


def supplier_names(documents: pl.DataFrame, clients: pl.DataFrame) -> dict[str, str]:
    """By document_id, the plain name of each supplier invoice's supplier, as transfers and bank labels have it."""
    bought = with_plain_names(documents.filter(pl.col("direction") == "purchase"), clients).drop_nulls("client")
    return dict(bought.select("document_id", "client").iter_rows())


def by_client(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of each client, by its id, in their order: windows on one frame, which thousands of copies would not be."""
    ordered = frame.sort("client_id", maintain_order=True)
    sizes = ordered.group_by("client_id", maintain_order=True).len()
    first = 0
    found = {}
    for client_id, size in sizes.iter_rows():
        found[client_id] = ordered.slice(first, size)
        first += size
    return found
