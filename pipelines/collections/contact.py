"""How a client is reached and what kind it is, as a person types it in: a new version of the client, undone like any other."""

from collections.abc import Mapping

import polars as pl

from models.errors import Refused
from models.store import Author, Store
from models.tables import CLIENTS
from models.texts import LANGUAGES
from pipelines.collections.address import is_address
from pipelines.collections.fields import one_line, plain_lines
from pipelines.collections.holds import SHORTEST_PHONE
from pipelines.ledger import run_ledger
from pipelines.reconcile.finding import find_client

#: What may be changed here; a name, a code and a SIREN say who the client is, and come from files.
CONTACT = ("email", "phone", "address", "language", "client_type")
CLIENT_TYPES = ("company", "public", "consumer")
_LONGEST = {"email": 254, "phone": 40, "address": 400}


def set_contact(store: Store, client: str, given: Mapping[str, str], *, author: Author) -> int:
    """Change how a client (by name, code or id) is reached; the change id.

    Args:
        store: the database.
        client: whom.
        given: some of CONTACT with their new values; an empty one is taken away.
        author: who says so.

    Raises:
        Refused: unknown client, a value that cannot be, or nothing that differs.
    """
    values = {name: _checked(name, text) for name, text in given.items()}
    with store.writing():
        client_id = find_client(run_ledger(store), client)["client_id"]
        versions = store.facts("client_version", latest_by="client_id").filter(pl.col("client_id") == client_id)
        known = versions.select(list(CLIENTS)).row(0, named=True)
        changed = {name: value for name, value in values.items() if value != known[name]}
        if not changed:
            raise Refused("same_contact", "Nothing has changed.")
        detail = {name: {"before": known[name], "after": value} for name, value in changed.items()}
        with store.change("contact", author, subject=known["name"] or client, detail=detail) as change:
            change.insert("client_version", pl.DataFrame([{**known, **changed}], schema=CLIENTS))
    return change.change_id


def _checked(name: str, text: str) -> str | None:
    """A value as it is kept; None where nothing is left of it.

    Raises:
        Refused: it cannot be.
    """
    value = plain_lines(text) if name == "address" else one_line(text)
    if not value:
        return None
    if len(value) > _LONGEST.get(name, len(value)):
        raise Refused("long_contact", "This is too long: {most} characters at most.", most=_LONGEST[name])
    if name == "email" and not is_address(value):
        raise Refused("bad_email", "{value} is not one e-mail address.", value=value)
    if name == "phone" and sum(sign.isdigit() for sign in value) < SHORTEST_PHONE:
        raise Refused("bad_phone", "{value} is no telephone number.", value=value)
    choices = {"language": LANGUAGES, "client_type": CLIENT_TYPES}.get(name, (value,))
    if value not in choices:
        raise Refused("bad_contact", "{value} cannot stand here: use one of {choices}.", value=value, choices=", ".join(choices))
    return value
