"""An export: planned on the facts as they are, then numbered, archived with its SHA-256, and its entries known."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.store import Author, Change, Store
from models.texts import Texts
from pipelines.accounting.doubtful import unprovided
from pipelines.accounting.entries import Entries, entries_of
from pipelines.accounting.reconciliation import AccountsCheck, check_accounts
from pipelines.accounting.selection import Selection, select
from pipelines.accounting.sent import FAST, lines_sent, packed, run_kept, run_sent, without_doubtful
from pipelines.exports.accounting_files import FORMATS, Asked, file_content, file_name
from pipelines.ledger import Ledger, run_ledger


@dataclass(frozen=True)
class Request:
    """What a person asks for.

    Attributes:
        asked: format, period, columns.
        only_new: leave out what left before in this format; with `corrects`, take back and send again what changed since.
        with_unproven: with payments that the invoicing tool or a person says, and no bank line proves yet.
        with_doubtful: with the entries of doubtful receivables: 411 to 416 and back, provisions. Left out, those that left
            before are neither changed nor gone.
    """

    asked: Asked
    only_new: bool = False
    corrects: bool = False
    with_unproven: bool = True
    with_doubtful: bool = True


@dataclass(frozen=True)
class Plan:
    """What an export would be.

    Attributes:
        selection: its lines, and what left before.
        accounts: account, account_name, debit, credit of its lines.
        check: client accounts beside receivables.
        left_out: documents of the period in other currencies, which it does not have.
        unprovided: doubtful invoices at the period's last closing whose amount without VAT is not known: no provision.
    """

    request: Request
    entries: Entries
    selection: Selection
    accounts: pl.DataFrame
    check: AccountsCheck
    left_out: int
    unprovided: Sequence[str] = ()


@dataclass(frozen=True)
class Exported:
    """An export that was made."""

    plan: Plan
    change_id: int
    number: int
    file_name: str
    content: bytes
    sha256: str


def run_plan(store: Store, ledger: Ledger, request: Request, *, currency: str, today: date) -> Plan:
    """What the export would take, made `today`: provisions stop at the last closing by then.

    Raises:
        Refused: an unknown format, a period that ends before it begins, VAT that is not known, entries that do not balance.
    """
    asked = request.asked
    if asked.format not in FORMATS:
        raise Refused(
            "unknown_format",
            "{format} is not a format: choose one of {formats}.",
            format=asked.format,
            formats=", ".join(FORMATS),
        )
    if asked.start > asked.to:
        raise Refused("bad_period", "The period would end before it begins.")
    sent = run_sent(store, asked.format)
    if not request.with_doubtful:
        sent = without_doubtful(sent)
    entries = entries_of(
        ledger, start=asked.start, to=asked.to, currency=currency, with_unproven=request.with_unproven,
        with_doubtful=request.with_doubtful, kept=sent.kept, today=today,
    )  # fmt: skip
    selection = select(
        entries.lines, sent, start=asked.start, to=asked.to, only_new=request.only_new or request.corrects,
        corrects=request.corrects, old_lines=lambda changed: lines_sent(store, changed),
    )  # fmt: skip
    check = check_accounts(
        entries, ledger, start=asked.start, to=asked.to, currency=currency, with_unproven=request.with_unproven
    )
    others = ledger.documents.filter(
        (pl.col("direction") == "sale") & (pl.col("currency") != currency)
        & pl.col("issue_date").is_between(asked.start, asked.to)
    )  # fmt: skip
    bare = unprovided(ledger, currency, start=asked.start, to=asked.to, today=today) if request.with_doubtful else []
    return Plan(request, entries, selection, totals_by_account(selection.lines), check, others.height, bare)


def totals_by_account(lines: pl.DataFrame) -> pl.DataFrame:
    """account, account_name, debit, credit: what the lines move on each account."""
    return lines.group_by("account").agg(pl.col("account_name").first(), pl.col("debit", "credit").sum()).sort("account")


def run_export(
    store: Store,
    request: Request,
    *,
    author: Author,
    texts: Texts,
    deliver: Callable[[str, bytes], None] | None = None,
) -> Exported:
    """Make the export, archive it, and remember what left.

    Args:
        store: the company's.
        request: what is asked for.
        author: who asks.
        texts: the language of a table's titles.
        deliver: takes the file's name and bytes before anything is kept: if it cannot, nothing left.

    Raises:
        Refused: what `run_plan` refuses, nothing to export, or what the format cannot hold.
    """
    asked = request.asked
    with store.writing():
        ledger = run_ledger(store)
        plan = run_plan(store, ledger, request, currency=ledger.settings.currency, today=author.today)
        lines = plan.selection.lines
        if lines.is_empty():
            raise Refused(
                "nothing_to_export",
                "There is nothing to export from {start} to {to}.",
                start=texts.date(asked.start),
                to=texts.date(asked.to),
            )
        name = file_name(asked, ledger.settings)
        content = file_content(lines, asked, ledger.settings, texts)
        digest = sha256(content).hexdigest()
        if deliver is not None:
            deliver(name, content)
        number = 1 + store.query("SELECT coalesce(max(number), 0) FROM export").item()
        detail = {"format": asked.format, "from": asked.start, "to": asked.to, "number": number, "rows": lines.height}
        with store.change("export", author, subject=name, detail=detail) as change:
            export_id = stable_id("export", change.change_id, digest)
            row = {
                "export_id": export_id, "number": number, "format": asked.format, "from_date": asked.start, "to_date": asked.to,
                "file_name": name, "sha256": digest, "rows": lines.height, "content": zlib.compress(content, FAST),
                "entries": packed(lines),
            }  # fmt: skip
            change.insert("export", pl.DataFrame([row]))
            _remember(store, change, export_id, plan)
    return Exported(plan, change.change_id, number, name, content, digest)


def _remember(store: Store, change: Change, export_id: str, plan: Plan) -> None:
    """Keep which entries left, and the codes that left for the first time."""
    lines, of = plan.selection.lines, pl.lit(export_id)
    heads = lines.group_by("entry_id").agg(pl.col("date").first(), pl.col("journal").first(), pl.col("number").first())
    back = heads.filter(pl.col("entry_id").str.starts_with("back ")).with_columns(
        pl.col("entry_id").str.strip_prefix("back ")
    )  # fmt: skip
    taken = plan.selection.digests.drop_nulls("digest").join(heads, on="entry_id", how="inner", validate="1:1")
    ended = plan.selection.digests.filter(pl.col("digest").is_null()).join(back, on="entry_id", how="inner", validate="1:1")
    entries = pl.concat([frame.select("entry_id", "digest", "date", "journal", "number") for frame in (taken, ended)])
    change.insert(
        "exported_entry",
        entries.sort("entry_id").rename({"date": "entry_date"}).with_columns(
            export_id=of, format=pl.lit(plan.request.asked.format)
        ),
    )  # fmt: skip
    kept = run_kept(store)
    clients = (
        lines.drop_nulls("auxiliary")
        .select("client_id", owner="client_id", code="auxiliary", kind=pl.lit("client"))
        .unique()
        .join(_codes(kept.clients), on=["owner", "code"], how="anti")
    )
    letters = plan.entries.owners.join(kept.lettering, on=["owner", "client_id"], how="anti").with_columns(
        kind=pl.lit("lettering")
    )
    columns = ["kind", "owner", "client_id", "code"]
    new = pl.concat([clients.select(columns), letters.select(columns)]).sort("kind", "client_id", "owner")
    change.insert("exported_code", new.with_columns(export_id=of))


def _codes(clients: Mapping[str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(clients.items()), schema={"owner": pl.String, "code": pl.String}, orient="row")
