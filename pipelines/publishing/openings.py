"""A year's ledger where the ledger of the year before is known: nothing is to be counted twice, nor taken for another.

What a client owed at the turn of the year is then known invoice by invoice. The opening lines are ignored, what is lettered
with them goes to those invoices, and a balance that differs is a warning.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO, total
from models.problems import problem_rows
from models.rows import INVOICE_ROWS, LETTERING_ROWS
from models.store import Store
from models.tables import CLIENTS, conform
from pipelines.ingest.ledgers.fec_rows import OPENING, OPENING_CREDIT
from pipelines.ingest.reading import Reading
from pipelines.ingest.refusals import refuse
from pipelines.ledger import Ledger, run_ledger
from pipelines.parties import only_clients
from pipelines.publishing.clients import IDENTITY, resolve_clients
from pipelines.receivables import open_credits, open_items


@dataclass
class _Room:
    """What an invoice owes, or a credit still has, at the eve of the year; `name` is its number or its id."""

    name: str
    amount: Decimal
    left: Decimal


def without_known_openings(store: Store, reading: Reading) -> Reading:
    """The ledger without the opening lines of clients whose history is stored, its lettering turned to what is stored.

    Raises:
        UnreadableFile: ledger_out_of_order, if the year after was imported first, with opening lines that stand for this one.
    """
    files = store.facts("source_file").filter(pl.col("format") == "fec").select("file_id")
    if files.is_empty():
        return reading
    reading = _told_apart(store, reading, files)
    documents, receipts = _with_clients(store, reading.documents), _with_clients(store, reading.receipts)
    rows = pl.concat([_dated(documents, "issue_date", "category"), _dated(receipts, "receipt_date", "method")])
    held = pl.concat(
        [
            store.facts("document_version", latest_by="document_id")
            .join(files, on="file_id", how="semi")
            .pipe(_dated, "issue_date", "category"),
            store.facts("receipt").join(files, on="file_id", how="semi").pipe(_dated, "receipt_date", "method"),
        ]
    )
    _refuse_out_of_order(reading, rows, held)
    moved, first = rows.filter(~pl.col("is_opening"))["day"].min(), rows.filter("is_opening")["day"].min()
    if not isinstance(first, date):
        return reading
    start = moved if isinstance(moved, date) else first
    # What this very file brought before is no history: its openings are then duplicates, by their numbers.
    is_history = pl.when("is_opening").then(pl.col("day") < first).otherwise(pl.col("day") < start)
    known = held.filter(is_history).select("client_id").unique()
    opened = documents.filter(pl.col("category") == OPENING).join(known, on="client_id", how="semi")
    credited = receipts.filter(pl.col("method") == OPENING_CREDIT).join(known, on="client_id", how="semi")
    if opened.is_empty() and credited.is_empty():
        return reading
    ledger, eve = run_ledger(store), start - timedelta(days=1)
    return replace(
        reading,
        documents=reading.documents.join(opened, on="line", how="anti"),
        receipts=reading.receipts.join(credited, on="reference", how="anti"),
        ignored=reading.ignored + opened.height + credited.height,
        lettering=_turned(reading.lettering, opened, credited, ledger, eve),
        warnings=pl.concat([reading.warnings, _differences(opened, credited, ledger, eve)]),
    )


def _told_apart(store: Store, reading: Reading, files: pl.DataFrame) -> Reading:
    """The ledger with the year added to numbers that another year's ledger has: many programs number pieces anew each year."""
    held = store.facts("document_version", latest_by="document_id").join(files, on="file_id", how="semi")
    years = held.select("number", year=pl.col("issue_date").dt.year())
    mine = reading.documents.filter(pl.col("category").is_null()).select("number", year=pl.col("issue_date").dt.year())
    again = mine.join(years, on="number", how="semi").join(years, on=["number", "year"], how="anti")
    names = {number: f"{number} ({year})" for number, year in again.iter_rows()}
    if not names:
        return reading
    return replace(
        reading,
        documents=reading.documents.with_columns(pl.col("number").replace(names)),
        lettering=reading.lettering.with_columns(pl.col("number", "credit_note").replace(names)),
    )


def _with_clients(store: Store, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the stored client that they are about, if there is one."""
    everyone = store.facts("client_version", latest_by="client_id").pipe(conform, CLIENTS)
    clients = only_clients(everyone, store.facts("document_version"))
    identities = conform(rows, INVOICE_ROWS)
    ids = resolve_clients(identities, clients).ids.join(clients, on="client_id", how="semi")
    known = identities.select(IDENTITY).join(
        ids, on=IDENTITY, how="left", validate="m:1", nulls_equal=True, maintain_order="left"
    )
    return rows.with_columns(client_id=known["client_id"])


def _dated(rows: pl.DataFrame, day: str, mark: str) -> pl.DataFrame:
    """client_id, day, is_opening."""
    is_opening = pl.col(mark).is_in([OPENING, OPENING_CREDIT]).fill_null(value=False)
    return rows.select("client_id", day=pl.col(day), is_opening=is_opening)


def _refuse_out_of_order(reading: Reading, rows: pl.DataFrame, held: pl.DataFrame) -> None:
    last = rows["day"].max()
    later = held.filter("is_opening").join(rows.drop_nulls("client_id"), on="client_id", how="semi")["day"].max()
    if isinstance(last, date) and isinstance(later, date) and later > last:
        raise refuse("ledger_out_of_order", name=reading.name)


def _turned(lettering: pl.DataFrame, opened: pl.DataFrame, credited: pl.DataFrame, ledger: Ledger, eve: date) -> pl.DataFrame:
    """The lettering with stored invoices and credits in the place of the opening lines that stand for them."""
    owed, left = _owed(ledger, eve), _left(ledger, eve)
    invoices = {
        number: (client, amount) for number, client, amount in opened.select("number", "client_id", "amount_incl_tax").iter_rows()
    }
    credits_ = {ref: (client, amount) for ref, client, amount in credited.select("reference", "client_id", "amount").iter_rows()}
    rows: list[tuple[str | None, str | None, str, Decimal]] = []
    for reference, note, number, amount in lettering.iter_rows():
        sources = [(reference, note, amount)]
        if reference in credits_:
            taken = _take(left.get(credits_[reference][0], []), reference, credits_[reference][1], amount)
            sources = [(name if is_receipt else None, None if is_receipt else name, part) for (is_receipt, name), part in taken]
        for source, from_note, part in sources:
            targets = [(number, part)]
            if number in invoices:
                found = _take(owed.get(invoices[number][0], []), number, invoices[number][1], part)
                targets = [(name, given) for (_, name), given in found]
            rows += [(source, from_note, name, given) for name, given in targets]
    return pl.DataFrame(rows, schema=LETTERING_ROWS, orient="row")


def _take(rooms: list[tuple[bool, _Room]], name: str, whole: Decimal, amount: Decimal) -> list[tuple[tuple[bool, str], Decimal]]:
    """Parts of `amount` from what has room: what has that name, else that very amount, else the oldest."""
    parts = []
    for is_receipt, room in sorted(rooms, key=lambda one: (one[1].name != name, one[1].amount != whole)):
        part = min(room.left, amount)
        if part > 0:
            room.left -= part
            amount -= part
            parts.append(((is_receipt, room.name), part))
    return parts


def _owed(ledger: Ledger, eve: date) -> dict[str, list[tuple[bool, _Room]]]:
    """By client, its invoices with what they owe, the oldest first."""
    found: dict[str, list[tuple[bool, _Room]]] = {}
    items = open_items(ledger, as_of=eve).filter(pl.col("outstanding") > 0).sort("issue_date", "number")
    for client, number, amount in items.select("client_id", "number", "outstanding").iter_rows():
        found.setdefault(client, []).append((False, _Room(number, amount, amount)))
    return found


def _left(ledger: Ledger, eve: date) -> dict[str, list[tuple[bool, _Room]]]:
    """By client, its credit notes by number and its declared receipts by id, with what they have left, the oldest first."""
    found: dict[str, list[tuple[bool, _Room]]] = {}
    rows = open_credits(ledger, as_of=eve).filter(pl.col("source") != "bank", pl.col("remaining") > 0)
    for client, source, number, credit_id, amount in rows.select(
        "client_id", "source", "number", "credit_id", "remaining"
    ).iter_rows():
        name = number if source == "credit_note" else credit_id
        found.setdefault(client, []).append((source != "credit_note", _Room(name, amount, amount)))
    return found


def _differences(opened: pl.DataFrame, credited: pl.DataFrame, ledger: Ledger, eve: date) -> pl.DataFrame:
    """PROBLEMS: clients whose opening balance is not what the stored facts say that they owe."""
    said = pl.concat(
        [
            opened.select("client_id", "client_name", amount="amount_incl_tax"),
            credited.select("client_id", "client_name", amount=-pl.col("amount")),
        ]
    ).partition_by("client_id", maintain_order=True)
    owed, left = open_items(ledger, as_of=eve), open_credits(ledger, as_of=eve)
    problems: list[tuple[int | None, str | None, str | None, str]] = []
    for rows in said:
        client_id, name = rows.row(0)[:2]
        known = total(owed.filter(pl.col("client_id") == client_id)["outstanding"]) - total(
            left.filter(pl.col("client_id") == client_id)["remaining"]
        )
        gap = total(rows["amount"].cast(MONEY)) - known
        problems += [(None, None, f"{name}: {gap}", "opening_differs")] if gap != ZERO else []
    return problem_rows(problems)
