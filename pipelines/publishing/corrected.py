"""Contact details that a person has corrected: what files said of them before is no news when they say it again."""

import json
from collections.abc import Mapping

import polars as pl

from models.store import Store

#: By client and column: the values that a person has replaced.
Corrected = Mapping[tuple[str, str], frozenset[str]]


def corrected(store: Store) -> Corrected:
    """What people have replaced, by the changes of contact details that stand.

    A file exported again and again brings the old address each time; another one than before is news, and is taken.
    """
    changes = store.changes().filter((pl.col("action") == "contact") & pl.col("is_live"))
    if changes.is_empty():
        return {}
    details = {change_id: json.loads(detail) for change_id, detail in changes.select("change_id", "detail").iter_rows()}
    versions = store.facts("client_version").filter(pl.col("change_id").is_in(list(details)))
    found: dict[tuple[str, str], frozenset[str]] = {}
    for client_id, change_id in versions.select("client_id", "change_id").iter_rows():
        for column, values in details[change_id].items():
            if values["before"]:
                key = (client_id, column)
                found[key] = found.get(key, frozenset()) | {values["before"]}
    return found


def is_news(known: Corrected, client: Mapping[str, object], column: str, value: object) -> bool:
    """Whether a file's value of a client is anything that no person has replaced."""
    return value is not None and value not in known.get((str(client["client_id"]), column), frozenset())
