"""What an invoice file changes: each row is new, an update, a duplicate, a conflict, ignored or rejected (contract 4)."""

from dataclasses import dataclass

import polars as pl

from models.ids import stable_ids
from models.settings import Settings
from models.tables import INVOICE_ROWS, Schema
from pipelines.ingest.clients import CONTACT, resolve_clients

#: What makes a document that very one; a difference here is a conflict, never an update.
KEY_FIELDS = ("kind", "client_id", "issue_date", "currency", "amount")
#: Columns that a later file may change, the old value being kept as an earlier version.
UPDATABLE = (
    "due_date", "sent_date", "sending", "amount_excl_tax", "vat_amount", "linked_invoice", "sales_rep", "category",
    "is_disputed", "order_reference",
)  # fmt: skip
_STATED = ("paid_amount", "paid_date", "amount_due", "is_paid")
#: One row per stored document, as `stored_documents` gives it to the plan.
STORED: Schema = {
    "document_id": pl.String,
    "direction": pl.String,
    "kind": pl.String,
    "number": pl.String,
    "client_id": pl.String,
    "issue_date": pl.Date,
    "currency": pl.String,
    "amount": pl.Decimal(18, 2),
    "due_date": pl.Date,
    "is_due_estimated": pl.Boolean,
    "sent_date": pl.Date,
    "sending": pl.String,
    "amount_excl_tax": pl.Decimal(18, 2),
    "vat_amount": pl.Decimal(18, 2),
    "linked_invoice": pl.String,
    "sales_rep": pl.String,
    "category": pl.String,
    "is_disputed": pl.Boolean,
    "order_reference": pl.String,
    "paid_amount": pl.Decimal(18, 2),
    "paid_date": pl.Date,
    "amount_due": pl.Decimal(18, 2),
    "is_paid": pl.Boolean,
}


@dataclass(frozen=True)
class DocumentPlan:
    """What publishing the file would do.

    Attributes:
        verdicts: one row per document of the file: line, number, verdict (inserted, updated, duplicate, conflict,
            ignored, ambiguous), field, stored and incoming of a conflict.
        versions: document_version rows to add. `clients`: client_version rows to add.
        conflicts: conflict rows to add. `renamed`: clients that the file calls by another name.
    """

    verdicts: pl.DataFrame
    versions: pl.DataFrame
    clients: pl.DataFrame
    conflicts: pl.DataFrame
    renamed: pl.DataFrame


def plan_documents(
    rows: pl.DataFrame,
    stored: pl.DataFrame,
    clients: pl.DataFrame,
    settings: Settings,
    *,
    has_sent_column: bool,
    direction: str = "sale",
) -> DocumentPlan:
    """Decide what each row of an invoice file is, against what is stored and the rows before it.

    Args:
        rows: INVOICE_ROWS, good rows in file order.
        stored: STORED, the last version of each document, its statement fields being the last ones stated.
        clients: CLIENTS as stored.
        settings: company currency and payment terms.
        has_sent_column: the file says when documents were sent, so that a blank means not sent.
        direction: sale, or purchase for supplier invoices.
    """
    resolved = resolve_clients(rows, clients)
    typed = _typed(rows, settings, resolved.ids, pl.concat([clients, resolved.versions]), has_sent_column=has_sent_column)
    typed = typed.with_columns(direction=pl.lit(direction))
    judged = _judge(typed, stored.filter(pl.col("direction") == direction))
    versions = _versions(judged)
    used = versions.select("client_id").unique()
    known = clients.select("client_id")
    touched = judged.filter(pl.col("verdict").is_in(["inserted", "updated", "duplicate"])).select("client_id").unique()
    new_clients = resolved.versions.join(
        pl.concat([used, touched.join(known, on="client_id", how="semi")]), on="client_id", how="semi"
    )
    judged = _contact_updates(judged, new_clients.join(known, on="client_id", how="semi"))
    verdicts = judged.select("line", "number", "verdict", "field", "stored", "incoming").sort("line")
    renamed = resolved.renamed.join(known, on="client_id", how="semi")
    return DocumentPlan(verdicts, versions, new_clients, _conflicts(judged), renamed)


def _typed(
    rows: pl.DataFrame, settings: Settings, ids: pl.DataFrame, clients: pl.DataFrame, *, has_sent_column: bool
) -> pl.DataFrame:
    """Rows with their client, due date, currency, sending and statement filled as the contract says."""
    terms = clients.unique("client_id", keep="last").select("client_id", "terms_days")
    days = pl.coalesce("terms_days", pl.lit(settings.terms_days))
    said = pl.col("sent_date").is_not_null() | (pl.col("status") == "sent").fill_null(value=False)
    unsent = (pl.col("status") == "unsent").fill_null(value=False) | pl.lit(has_sent_column)
    blank = pl.col("client_code").is_null() & pl.col("client_siren").is_null() & pl.col("client_name").is_null()
    return (
        rows.filter(~blank)
        .join(
            ids,
            on=["client_code", "client_siren", "client_name"],
            how="left",
            validate="m:1",
            nulls_equal=True,
            maintain_order="left",
        )
        .join(terms, on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            amount=pl.col("amount_incl_tax"),
            currency=pl.col("currency").fill_null(settings.currency),
            is_due_estimated=pl.col("due_date").is_null(),
            due_date=pl.coalesce("due_date", pl.col("issue_date") + pl.duration(days=days)),
            is_paid=(pl.col("status") == "paid").fill_null(value=False)
            & pl.col("paid_amount").is_null()
            & pl.col("amount_due").is_null(),
            sending=pl.when(said).then(pl.lit("said")).when(unsent).then(pl.lit("unsent")).otherwise(pl.lit("silent")),
            is_ignored=pl.col("status").is_in(["draft", "cancelled"]).fill_null(value=False),
        )
    )


def _with_ident(documents: pl.DataFrame) -> pl.DataFrame:
    """Add `ident`, what a document is known by within its direction: its number, and for a purchase its supplier too."""
    is_purchase = pl.col("direction") == "purchase"
    return documents.with_columns(ident=pl.when(is_purchase).then(pl.format("{}|{}", "number", "client_id")).otherwise("number"))


def _judge(rows: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Add verdict, and for what is known `document_id` and the stored values as `<column>_before`."""
    rows, stored = _with_ident(rows), _with_ident(stored)
    first = (
        rows.filter(~pl.col("is_ignored") & ~pl.col("is_ambiguous").fill_null(value=True))
        .join(stored.select("ident"), on="ident", how="anti")
        .unique("ident", keep="first", maintain_order=True)
    )
    others = stored.select("ident").with_columns(line=pl.lit(0, pl.Int64))
    taken = pl.concat([others, first.select("ident", "line")]).with_columns(folded=pl.col("ident").str.to_lowercase())
    clash = taken.sort("line").unique("folded", keep="first", maintain_order=True).select("folded", holder="ident")
    known = pl.concat([stored.with_columns(first_line=pl.lit(0, pl.Int64)), _as_stored(first)], how="diagonal_relaxed")
    before = [pl.col(c).alias(f"{c}_before") for c in (*UPDATABLE, *_STATED, "is_due_estimated")]
    same = known.select("ident", *KEY_FIELDS, "document_id", "first_line", *before).unique(
        ["ident", *KEY_FIELDS], keep="first", maintain_order=True
    )
    words = [pl.col(c).cast(pl.String).alias(f"{c}_stored") for c in KEY_FIELDS]
    by_number = known.unique("ident", keep="first", maintain_order=True).select("ident", *words, holder_id="document_id")
    joined = (
        rows.with_columns(folded=pl.col("ident").str.to_lowercase())
        .join(same, on=["ident", *KEY_FIELDS], how="left", validate="m:1", maintain_order="left")
        .join(by_number, on="ident", how="left", validate="m:1", maintain_order="left")
        .join(clash, on="folded", how="left", validate="m:1", maintain_order="left")
    )
    return joined.with_columns(verdict=_verdict()).with_columns(*_conflict_words())


def _as_stored(first: pl.DataFrame) -> pl.DataFrame:
    """New documents of the file as later rows of it see them."""
    ids = stable_ids(first.select("direction", "ident").iter_rows())
    return first.with_columns(document_id=pl.Series(ids, dtype=pl.String), first_line="line").select(
        "document_id", "ident", *KEY_FIELDS, *UPDATABLE, *_STATED, "is_due_estimated", "first_line"
    )


def _verdict() -> pl.Expr:
    is_known = pl.col("document_id").is_not_null()
    is_same_case = pl.col("holder").is_null() | (pl.col("holder") == pl.col("ident"))
    is_changed = pl.any_horizontal(*[_differs(column) for column in UPDATABLE], _is_stated_anew())
    return (
        pl.when("is_ignored")
        .then(pl.when(pl.col("holder_id").is_not_null()).then(pl.lit("conflict")).otherwise(pl.lit("ignored")))
        .when(pl.col("is_ambiguous").fill_null(value=True))
        .then(pl.lit("ambiguous"))
        .when(is_known & (pl.col("first_line") > 0) & ~is_same_case)
        .then(pl.lit("conflict"))
        .when(is_known & (pl.col("first_line") == pl.col("line")))
        .then(pl.lit("inserted"))
        .when(is_known)
        .then(pl.when(is_changed).then(pl.lit("updated")).otherwise(pl.lit("duplicate")))
        .otherwise(pl.lit("conflict"))
    )


def _differs(column: str) -> pl.Expr:
    """The file gives a value and it is another one; a blank never erases, an estimated due date never replaces."""
    given = pl.col(column).is_not_null() & pl.col(column).ne_missing(pl.col(f"{column}_before"))
    if column == "due_date":
        return given & ~pl.col("is_due_estimated")
    if column == "sending":
        return given & (pl.col("sending") == "said")
    return given


def _is_stated_anew() -> pl.Expr:
    says = pl.col("paid_amount").is_not_null() | pl.col("amount_due").is_not_null() | pl.col("is_paid")
    return says & pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_before")) for c in _STATED)


def _conflict_words() -> list[pl.Expr]:
    """The first field that contradicts the stored document, with both values."""
    is_conflict = pl.col("verdict") == "conflict"
    field_, stored, incoming = pl.lit("number"), pl.col("holder"), pl.col("number")
    for column in reversed(KEY_FIELDS):
        differs = (pl.col(f"{column}_stored") != pl.col(column).cast(pl.String)).fill_null(value=False)
        field_ = pl.when(differs).then(pl.lit(column)).otherwise(field_)
        stored = pl.when(differs).then(f"{column}_stored").otherwise(stored)
        incoming = pl.when(differs).then(pl.col(column).cast(pl.String)).otherwise(incoming)
    field_ = pl.when("is_ignored").then(pl.lit("status")).otherwise(field_)
    incoming = pl.when("is_ignored").then("status").otherwise(incoming)
    return [
        pl.when(is_conflict).then(field_).alias("field"),
        pl.when(is_conflict).then(stored).alias("stored"),
        pl.when(is_conflict).then(incoming).alias("incoming"),
    ]


def _versions(judged: pl.DataFrame) -> pl.DataFrame:
    """document_version rows: new documents, and known ones with what the file changes; statements as this file says."""
    kept = judged.filter(pl.col("verdict").is_in(["inserted", "updated"]))
    is_new = pl.col("verdict") == "inserted"
    merged = [pl.when(is_new | _differs(c)).then(c).otherwise(f"{c}_before").alias(c) for c in UPDATABLE]
    estimated = (
        pl.when(is_new)
        .then("is_due_estimated")
        .when(_differs("due_date"))
        .then(pl.lit(value=False))
        .otherwise("is_due_estimated_before")
    )
    return kept.with_columns(*merged, is_due_estimated=estimated).select(
        "document_id", "direction", "kind", "number", "client_id", "issue_date", "due_date", "is_due_estimated", "sent_date",
        "sending", "amount", "amount_excl_tax", "vat_amount", "currency", "linked_invoice", "paid_amount", "paid_date",
        "amount_due", "is_paid", "sales_rep", "category", pl.col("is_disputed").fill_null(value=False), "order_reference",
        source_row="line",
    )  # fmt: skip


def _contact_updates(judged: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """A duplicate row that brings its client's new contact details is an update."""
    if changed.is_empty():
        return judged
    current = changed.select("client_id", *[pl.col(c).alias(f"{c}_now") for c in CONTACT])
    brings = pl.any_horizontal(
        (pl.col(column) == pl.col(f"{name}_now")).fill_null(value=False) for name, column in CONTACT.items()
    )
    is_update = (pl.col("verdict") == "duplicate") & brings
    return judged.join(current, on="client_id", how="left", validate="m:1", maintain_order="left").with_columns(
        verdict=pl.when(is_update).then(pl.lit("updated")).otherwise("verdict")
    )


def _conflicts(judged: pl.DataFrame) -> pl.DataFrame:
    """conflict rows, with the incoming row as JSON so that a person's answer can publish it."""
    rows = judged.filter(pl.col("verdict") == "conflict")
    document = pl.struct(
        *[pl.col(c) for c in INVOICE_ROWS if c != "line"], "client_id", "due_date", "amount"
    ).struct.json_encode()
    rows = rows.with_columns(document=document) if not rows.is_empty() else rows.with_columns(document=pl.lit(None, pl.String))
    ids = stable_ids(rows.select("number", "document").iter_rows())
    return rows.select(
        pl.coalesce("document_id", "holder_id").alias("document_id"), "client_id", "number", "field", "stored", "incoming", "document",
        conflict_id=pl.Series(ids, dtype=pl.String), source_row="line",
    )  # fmt: skip
