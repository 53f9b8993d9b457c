"""Rows as a file has them, by header, to be kept until a person corrects them, and written as a file again."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest

#: Canonical column -> header, of rows whose file has no header.
CANONICAL_CELLS: Mapping[str, Mapping[str, str]] = {
    "bank": {
        "booking_date": "Date",
        "value_date": "Date de valeur",
        "label": "Libellé",
        "amount": "Montant",
        "currency": "Devise",
        "counterparty": "Contrepartie",
        "bank_id": "Identifiant",
        "account_number": "Numéro de compte",
    },
    "invoices": {
        "number": "N° facture",
        "kind": "Type",
        "client_name": "Client",
        "client_code": "Code client",
        "client_siren": "SIREN",
        "issue_date": "Date facture",
        "due_date": "Date échéance",
        "amount_incl_tax": "Montant TTC",
        "currency": "Devise",
    },
    "clients": {"client_code": "Code client", "client_name": "Nom du client", "client_email": "Email"},
}
#: Header of the whole text of a row that its reader could not take apart.
WHOLE_CELL = "Enregistrement"
#: The least that a row needs, to be typed in where nothing of it can be shown.
NEEDED_CELLS: Mapping[str, Sequence[str]] = {
    "bank": ("booking_date", "label", "amount", "bank_id"),
    "invoices": tuple(CANONICAL_CELLS["invoices"]),
    "clients": tuple(CANONICAL_CELLS["clients"]),
}
_EXTRA = re.compile(r"^\+[0-9]+$")
_REPEATED = re.compile(r"#[0-9]+$")


def cells_by_header(headers: Sequence[str], cells: Sequence[str | None]) -> str:
    """The cells of one row as a JSON object, header -> text.

    A header that stands several times is followed by its rank ("Solde#2"), one without text is its position, and cells
    beyond the header are "+1", "+2"…
    """
    names: list[str] = []
    seen: dict[str, int] = {}
    for at, header in enumerate(headers):
        name = header.strip() or str(at + 1)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    names += [f"+{at + 1}" for at in range(len(cells) - len(names))]
    said = {name: text or "" for name, text in zip_longest(names, cells, fillvalue="")}
    return json.dumps(said, ensure_ascii=False)


def written_rows(rows: Sequence[Mapping[str, str]]) -> tuple[bytes, list[int]]:
    """A CSV file of rows that have the same headers, and the line on which each of them starts.

    What stands beyond the header stays beyond it, until it is blank.
    """
    headers = [name for name in rows[0] if not _EXTRA.match(name)]
    shown = [_REPEATED.sub("", name) for name in headers]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(shown)
    starts, line = [], 2 + "".join(shown).count("\n")
    for row in rows:
        beyond = [text for name, text in row.items() if _EXTRA.match(name)]
        while beyond and not beyond[-1].strip():
            beyond.pop()
        cells = [*(row[name] for name in headers), *beyond]
        starts.append(line)
        line += 1 + "".join(cells).count("\n")
        writer.writerow(cells)
    return buffer.getvalue().encode(), starts
