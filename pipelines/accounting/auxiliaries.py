"""The codes of clients in the accountant's program: short, each of one client, and the same in every export."""

import re
from datetime import date

import polars as pl

from models.ids import fold, stable_id
from models.settings import Settings
from pipelines.ledger import Ledger
from pipelines.parties import only_clients

_SUFFIX = 4


def met_by(ledger: Ledger, to: date) -> pl.DataFrame:
    """CLIENTS of whom there is a sales document or a receipt by that day, in any currency.

    Only their codes are told apart: a client who comes after a period changes nothing in its entries.
    """
    sold = ledger.documents.filter((pl.col("direction") == "sale") & (pl.col("issue_date") <= to))
    paid = ledger.receipts.filter(pl.col("date") <= to)
    met = pl.concat([sold.select("client_id"), paid.select("client_id")])
    return only_clients(ledger.clients, ledger.documents).join(met, on="client_id", how="semi", maintain_order="left")


def auxiliaries(clients: pl.DataFrame, kept: dict[str, str], settings: Settings) -> dict[str, str]:
    """The code of each client (CLIENTS) by its id: the one it left with, else made of its code, or of its name.

    Two clients whose codes would be alike both have some letters of their id in it, so that neither depends on which came
    first; a code that left before stays its client's while it fits the settings.
    """
    prefix, longest = settings.auxiliary_prefix, settings.auxiliary_length
    held = {client: code for client, code in kept.items() if len(code) <= longest}
    wanted: dict[str, list[str]] = {}
    for client_id, code, name in clients.sort("client_id").select("client_id", "code", "name").iter_rows():
        if client_id not in held:
            wanted.setdefault(_plain(code or name or client_id, prefix, longest), []).append(client_id)
    taken = set(held.values())
    found = dict(held)
    for code, owners in wanted.items():
        if len(owners) == 1 and code not in taken:
            found[owners[0]] = code
            taken.add(code)
    for code, owners in wanted.items():
        for owner in owners:
            if owner not in found:
                found[owner] = _apart(code, owner, taken, longest)
                taken.add(found[owner])
    return found


def _plain(text: str, prefix: str, longest: int) -> str:
    """Capitals and digits without accents, after the prefix unless they begin so already."""
    plain = fold(text).replace("œ", "oe").replace("æ", "ae")
    bare = re.sub(r"[^A-Z0-9]", "", plain.upper())
    whole = bare if prefix and bare.startswith(prefix) and len(bare) > len(prefix) else prefix + bare
    return (whole or "CLIENT")[:longest]


def _apart(code: str, owner: str, taken: set[str], longest: int) -> str:
    """The code with letters of the owner's id at its end, more of them until nobody else has it."""
    letters = stable_id("auxiliary", owner).upper()
    for many in range(_SUFFIX, longest + 1):
        tried = code[: longest - many] + letters[:many]
        if tried not in taken:
            return tried
    return next(code[:2] + str(n) for n in range(10 ** (longest - 3), 10 ** (longest - 2)) if code[:2] + str(n) not in taken)
