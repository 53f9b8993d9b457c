"""Receipts that no bank line proves yet: those of a ledger with what they settle, and those that a person types in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.ids import stable_ids
from models.money import MONEY, ZERO, total
from models.rows import INVOICE_ROWS, PROBLEMS
from models.settings import Settings
from models.store import Author, Store
from models.tables import CLIENTS, Schema, conform
from pipelines.allocation import LETTERED
from pipelines.ingest.ledgers.fec_rows import WRITE_OFFS
from pipelines.ingest.reading import Reading
from pipelines.ledger import run_ledger
from pipelines.parties import only_clients
from pipelines.publishing.clients import IDENTITY, resolve_clients
from pipelines.publishing.report import ImportReport, with_verdicts
from pipelines.receivables import open_items
from pipelines.reconcile.finding import find_client, find_document
from pipelines.reconcile.room import check_amount

METHODS = ("transfer", "cheque", "cash", "card", "direct_debit")
_RECEIPT = ("receipt_id", "client_id", "receipt_date", "amount", "currency", "label", "method", "reference", "source_row")
_SOURCES: Schema = {
    "reference": pl.String, "credit_note": pl.String, "source": pl.String, "source_id": pl.String, "client_id": pl.String,
    "currency": pl.String, "claim_date": pl.Date, "has": MONEY, "reason": pl.String,
}  # fmt: skip


def plan_receipts(
    store: Store, report: ImportReport, reading: Reading, settings: Settings, found: Sequence[Mapping[str, pl.DataFrame]]
) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report with a ledger's receipts, and the facts that they and the lettering bring.

    A receipt is known by its client, day and amount, and its rank among those that have the same.

    Args:
        store: what is known.
        report: so far.
        reading: the ledger, without the openings that are known.
        settings: the company's currency.
        found: the facts of its documents, by table, by direction.
    """
    clients = [store.facts("client_version", latest_by="client_id").pipe(conform, CLIENTS)]
    clients += [facts["client_version"].pipe(conform, CLIENTS) for facts in found]
    everyone = pl.concat(clients).unique("client_id", keep="last", maintain_order=True)
    documents = [store.facts("document_version"), *(facts["document_version"] for facts in found)]
    known_sides = pl.concat([rows.select("client_id", "direction") for rows in documents])
    resolved = resolve_clients(conform(reading.receipts, INVOICE_ROWS), only_clients(everyone, known_sides))
    receipts = _identified(reading.receipts, resolved.ids, settings.currency)
    known = receipts.filter(pl.col("client_id").is_not_null())
    stored = store.facts("receipt")
    versions = [store.facts("document_version", latest_by="document_id"), *[facts["document_version"] for facts in found]]
    claims = _claims(store, _undisputed(reading, versions), _sources(known, stored, versions), versions)
    is_write_off = known["method"].is_in(WRITE_OFFS)
    given = store.facts("claim")["source_id"].unique()
    news = known.filter(~is_write_off).join(stored, on="receipt_id", how="anti")
    verdict = (
        pl.when(pl.col("receipt_id").is_in(given.implode()) | pl.col("receipt_id").is_in(stored["receipt_id"].implode()))
        .then(pl.lit("duplicate"))
        .when(~pl.Series(is_write_off) | pl.col("receipt_id").is_in(claims["source_id"].implode()))
        .then(pl.lit("inserted"))
        .otherwise(pl.lit("ignored"))
    )
    ambiguous = receipts.filter(pl.col("client_id").is_null()).select(
        "line", column=pl.lit("CompAuxLib"), value="client_name", code=pl.lit("ambiguous_client")
    )
    counted = with_verdicts(report, known.select(verdict=verdict))
    counted = replace(
        counted,
        rejected_rows=counted.rejected_rows + ambiguous["line"].n_unique(),
        rejected=pl.concat([counted.rejected, conform(ambiguous, PROBLEMS)]).sort("line", nulls_last=True, maintain_order=True),
    )
    fresh = resolved.versions.join(news, on="client_id", how="semi")
    return counted, {"client_version": fresh, "receipt": news.select(_RECEIPT), "claim": claims}


def _undisputed(reading: Reading, versions: list[pl.DataFrame]) -> pl.DataFrame:
    """The lettering without the documents that are in conflict with a stored one of their number."""
    held = pl.concat([rows.select("number", "issue_date", amount_incl_tax="amount") for rows in versions])
    disputed = reading.documents.join(held, on=["number", "issue_date", "amount_incl_tax"], how="anti")["number"]
    is_disputed = pl.col("number").is_in(disputed.implode()) | pl.col("credit_note").is_in(disputed.implode())
    return reading.lettering.filter(~is_disputed.fill_null(value=False))


def _identified(receipts: pl.DataFrame, ids: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Receipts with client_id (null if several fit), the columns of the table, and receipt_id."""
    whose = conform(receipts, INVOICE_ROWS).select(IDENTITY)
    whose = whose.join(ids, on=IDENTITY, how="left", validate="m:1", nulls_equal=True, maintain_order="left")
    same = ["client_id", "receipt_date", "amount"]
    full = receipts.with_columns(
        client_id=whose["client_id"], currency=pl.col("currency").fill_null(currency), source_row="line"
    ).with_columns(rank=pl.col("line").rank("ordinal").over(*same, pl.col("method").is_in(WRITE_OFFS)))
    kind = pl.when(pl.col("method").is_in(WRITE_OFFS)).then(pl.lit("write_off")).otherwise(pl.lit("receipt"))
    identity = full.select(kind, *same, "rank")
    return full.with_columns(receipt_id=pl.Series(stable_ids(identity.iter_rows()), dtype=pl.String))


def _sources(receipts: pl.DataFrame, stored: pl.DataFrame, versions: list[pl.DataFrame]) -> pl.DataFrame:
    """What can give to an invoice: the file's receipts and write-offs by reference, stored ones by id, credit notes by number."""
    is_write_off = pl.col("method").is_in(WRITE_OFFS)
    own = receipts.select(
        "reference", "client_id", "currency", source_id="receipt_id", claim_date="receipt_date", has="amount",
        source=pl.when(is_write_off).then(pl.lit("write_off")).otherwise(pl.lit("declared")),
        reason=pl.when(is_write_off).then("method"),
    )  # fmt: skip
    earlier = stored.select(
        "client_id", "currency", reference="receipt_id", source_id="receipt_id", claim_date="receipt_date", has="amount",
        source=pl.lit("declared"),
    )  # fmt: skip
    notes = [
        rows.filter((pl.col("kind") == "credit_note") & (pl.col("direction") == "sale")).select(
            "client_id", "currency", credit_note="number", source_id="document_id", claim_date="issue_date", has="amount",
            source=pl.lit("credit_note"),
        )
        for rows in versions
    ]  # fmt: skip
    return pl.concat([conform(rows, _SOURCES) for rows in (own, earlier, *notes)]).unique(
        ["reference", "credit_note"], keep="last", maintain_order=True
    )


def _claims(store: Store, lettering: pl.DataFrame, sources: pl.DataFrame, versions: list[pl.DataFrame]) -> pl.DataFrame:
    """claim rows of what the lettering says beyond what was claimed before, never more than a source has.

    Only within one client and currency. What a person ended stays ended.
    """
    columns = ["document_id", "client_id", "currency", "number"]
    bills = [
        rows.filter((pl.col("kind") != "credit_note") & (pl.col("direction") == "sale")).select(columns) for rows in versions
    ]
    invoices = pl.concat(bills).unique("document_id", keep="last", maintain_order=True)
    said = (
        lettering.join(
            sources, on=["reference", "credit_note"], how="inner", validate="m:1", nulls_equal=True, maintain_order="left"
        )
        .join(invoices, on=["number", "client_id", "currency"], how="inner", validate="m:m", maintain_order="left")
        .group_by("source", "source_id", "document_id", "claim_date", "has", "reason", maintain_order=True)
        .agg(pl.col("amount").sum().cast(MONEY))
    )
    held = store.facts("claim")
    before = (
        held.filter(pl.col("rule") == LETTERED)
        .group_by("source_id", "document_id")
        .agg(before=pl.col("amount").sum().cast(MONEY))
    )
    live = held.join(store.facts("claim_end"), on="claim_id", how="anti")
    given = live.group_by("source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    zero = pl.lit(ZERO, MONEY)
    more = (
        said.join(before, on=["source_id", "document_id"], how="left", validate="1:1", maintain_order="left")
        .join(given, on="source_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(pl.col("before", "given").fill_null(zero))
        .with_columns(amount=(pl.col("amount") - pl.col("before")).clip(lower_bound=zero).cast(MONEY))
    )
    so_far = (pl.col("amount").cum_sum().over("source_id") - pl.col("amount")).cast(MONEY)
    room = (pl.col("has") - pl.col("given") - so_far).clip(lower_bound=zero)
    fits = more.with_columns(amount=pl.min_horizontal("amount", room).cast(MONEY)).filter(pl.col("amount") > 0)
    ids = stable_ids((LETTERED, *row) for row in fits.select("source_id", "document_id", "before").iter_rows())
    return fits.select(
        "source", "source_id", "document_id", "amount", "claim_date", "reason",
        claim_id=pl.Series(ids, dtype=pl.String), rule=pl.lit(LETTERED), confidence=pl.lit(1.0), by_person=pl.lit(value=False),
    )  # fmt: skip


def run_receipt(
    store: Store,
    client: str,
    amount: Decimal,
    on: date,
    *,
    author: Author,
    method: str | None = None,
    label: str | None = None,
    invoice: str | None = None,
) -> int:
    """Store a receipt that a person types in (a cheque, cash), and give it to an invoice if one is named; its change id.

    What is more than the invoice owes that day is left unallocated: it is the client's open credit.

    Raises:
        Refused: unknown client, invoice or method, an amount that is not positive and in cents, or another client's invoice.
    """
    check_amount(amount)
    if method is not None and method not in METHODS:
        raise Refused(
            "unknown_method", "{method} is no way to pay: use one of {methods}.", method=method, methods=", ".join(METHODS)
        )
    with store.writing():
        ledger = run_ledger(store)
        payer = find_client(ledger, client)
        bill = find_document(ledger, invoice) if invoice else None
        if bill is not None and (bill["client_id"] != payer["client_id"] or bill["kind"] == "credit_note"):
            raise Refused("other_client", "{number} is not an invoice of {client}.", number=invoice, client=client)
        currency = str(bill["currency"]) if bill else ledger.settings.currency
        row = {"client_id": payer["client_id"], "receipt_date": on, "amount": amount}
        same = store.facts("receipt").filter(*[pl.col(name) == value for name, value in row.items()])
        [receipt_id] = stable_ids([("receipt", *row.values(), same.height + 1)])
        with store.change("receipt", author, subject=client, detail={"amount": amount, "on": on, "invoice": invoice}) as change:
            full = row | {"receipt_id": receipt_id, "currency": currency, "label": label, "method": method}
            texts: Schema = {"amount": MONEY, "label": pl.String, "method": pl.String}
            change.insert("receipt", pl.DataFrame([full], schema_overrides=texts))
            if bill is not None:
                items = open_items(ledger, as_of=max(on, author.today)).filter(pl.col("document_id") == bill["document_id"])
                given = min(amount, total(items["outstanding"]))
                change.insert("claim", _given_by_person(receipt_id, str(bill["document_id"]), given, on))
    return change.change_id


def _given_by_person(receipt_id: str, document_id: str, amount: Decimal, on: date) -> pl.DataFrame:
    row = {
        "claim_id": stable_ids([("claim", receipt_id, document_id)])[0],
        "source": "declared",
        "source_id": receipt_id,
        "document_id": document_id,
        "amount": amount,
        "claim_date": on,
        "rule": "person",
        "confidence": 1.0,
        "by_person": True,
    }
    return pl.DataFrame([row], schema_overrides={"amount": MONEY}).filter(pl.col("amount") > 0)
