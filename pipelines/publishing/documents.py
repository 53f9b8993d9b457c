"""What an invoice file changes: each row is new, an update, a duplicate, a conflict, ignored or rejected (contract 4)."""

from dataclasses import dataclass

import polars as pl

from models.ids import stable_ids
from models.money import MONEY
from models.rows import INVOICE_ROWS
from models.settings import Settings
from models.tables import CLIENTS, Schema, conform
from pipelines.parties import only_parties
from pipelines.publishing.clients import GIVEN, IDENTITY, resolve_clients
from pipelines.publishing.corrected import Corrected
from pipelines.publishing.updates import with_updates

#: What makes a document that very one; a difference here is a conflict, never an update.
KEY_FIELDS = ("kind", "client_id", "issue_date", "currency", "amount")
#: One row per version of a stored document, oldest first.
STORED: Schema = {
    "document_id": pl.String,
    "direction": pl.String,
    "kind": pl.String,
    "number": pl.String,
    "client_id": pl.String,
    "issue_date": pl.Date,
    "currency": pl.String,
    "amount": MONEY,
    "due_date": pl.Date,
    "is_due_estimated": pl.Boolean,
    "sent_date": pl.Date,
    "sending": pl.String,
    "amount_excl_tax": MONEY,
    "vat_amount": MONEY,
    "linked_invoice": pl.String,
    "sales_rep": pl.String,
    "category": pl.String,
    "is_disputed": pl.Boolean,
    "order_reference": pl.String,
    "paid_amount": MONEY,
    "paid_date": pl.Date,
    "amount_due": MONEY,
    "is_paid": pl.Boolean,
}
_VERSION = [*STORED, "source_row"]
_CONFLICT = ["conflict_id", "document_id", "client_id", "number", "field", "stored", "incoming", "document", "source_row"]


@dataclass(frozen=True)
class DocumentPlan:
    """What publishing the file would do.

    Attributes:
        verdicts: one row per document of the file: line, number, client_name, verdict (inserted, updated, duplicate,
            conflict, ignored, ambiguous).
        versions: document_version rows to add, one per document. `clients`: client_version rows to add.
        conflicts: conflict rows, one per row in conflict. `renamed`: clients that the file calls by another name.
        payments: one row per document whose payment the file states: what `payment_warnings` needs.
    """

    verdicts: pl.DataFrame
    versions: pl.DataFrame
    clients: pl.DataFrame
    conflicts: pl.DataFrame
    renamed: pl.DataFrame
    payments: pl.DataFrame


def plan_documents(
    rows: pl.DataFrame,
    stored: pl.DataFrame,
    clients: pl.DataFrame,
    settings: Settings,
    *,
    has_sent_column: bool,
    direction: str = "sale",
    is_repeated: bool = False,
    corrected: Corrected | None = None,
) -> DocumentPlan:
    """Decide what each row of an invoice file is, against what is stored and the other rows.

    Args:
        rows: INVOICE_ROWS, good rows in file order.
        stored: STORED, every version of every document.
        clients: CLIENTS as stored.
        settings: company currency and payment terms.
        has_sent_column: the file says when documents were sent, so that a blank means not sent.
        direction: sale, or purchase for supplier invoices.
        is_repeated: this very file is stored already: what it says of known documents is no news. Of another file a
            version of documents that stay as they are is stored too, so that they outlive an undo of the import that
            first brought them.
        corrected: contact details that people have replaced, and files do not bring back.
    """
    parties = only_parties(clients, stored, direction)
    resolved = resolve_clients(rows, parties, direction=direction, corrected=corrected)
    everyone = pl.concat([parties, resolved.versions]).unique("client_id", keep="last", maintain_order=True)
    typed = _typed(rows, settings, resolved.ids, everyone, has_sent_column=has_sent_column, direction=direction)
    held = _with_ident(stored.filter(pl.col("direction") == direction))
    judged = _judge(typed, held)
    known = with_updates(judged.filter(pl.col("verdict") == "known"), _latest(held))
    changed = resolved.versions
    if is_repeated:
        changed = changed.join(parties, on="client_id", how="anti")
        is_update = (pl.col("verdict") == "updated") & ~pl.col("is_new")
        known = known.with_columns(
            is_stored=pl.col("is_stored") & pl.col("is_new"),
            verdict=pl.when(is_update).then(pl.lit("duplicate")).otherwise("verdict"),
        )
    else:
        known = known.with_columns(is_stored="is_last")
    new_clients, known = _client_versions(changed, parties, known)
    others = judged.filter(pl.col("verdict") != "known")
    columns = ["line", "number", "client_name", "verdict"]
    return DocumentPlan(
        verdicts=pl.concat([known.select(columns), others.select(columns)]).sort("line"),
        versions=known.filter("is_stored").select(_VERSION).sort("source_row"),
        clients=new_clients,
        conflicts=_conflicts(others.filter(pl.col("verdict") == "conflict"), everyone, resolved.versions),
        renamed=resolved.renamed.join(parties, on="client_id", how="semi"),
        payments=known.filter("is_last"),
    )


def _typed(
    rows: pl.DataFrame, settings: Settings, ids: pl.DataFrame, clients: pl.DataFrame, *, has_sent_column: bool, direction: str
) -> pl.DataFrame:
    """Rows with their client, due date, currency, sending and statement filled as the contract says."""
    days = pl.coalesce("terms_days", pl.lit(settings.terms_days))
    is_sent = pl.col("sent_date").is_not_null() | (pl.col("status") == "sent").fill_null(value=False)
    has_no_amount = pl.col("paid_amount").is_null() & pl.col("amount_due").is_null()
    terms = clients.select("client_id", "terms_days")
    return (
        rows.join(ids, on=IDENTITY, how="left", validate="m:1", nulls_equal=True, maintain_order="left")
        .join(terms, on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            direction=pl.lit(direction),
            amount=pl.col("amount_incl_tax"),
            currency=pl.col("currency").fill_null(settings.currency),
            is_due_estimated=pl.col("due_date").is_null(),
            due_date=pl.coalesce("due_date", pl.col("issue_date") + pl.duration(days=days)),
            is_paid=(pl.col("status") == "paid").fill_null(value=False) & has_no_amount,
            sending=pl.when(is_sent)
            .then(pl.lit("said"))
            .when(pl.col("status") == "unsent")
            .then(pl.lit("said_unsent"))
            .otherwise(pl.lit("unsent" if has_sent_column else "silent")),
            is_ignored=pl.col("status").is_in(["draft", "cancelled"]).fill_null(value=False),
        )
        .pipe(_with_ident)
    )


def _with_ident(documents: pl.DataFrame) -> pl.DataFrame:
    """Add `ident`, what a document is known by within its direction, and `folded`, the same whatever its case.

    It is the number, and for a purchase the supplier too.
    """
    is_purchase = pl.col("direction") == "purchase"
    ident = pl.when(is_purchase).then(pl.format("{}|{}", "number", "client_id")).otherwise("number")
    return documents.with_columns(ident=ident).with_columns(folded=pl.col("ident").str.to_lowercase())


def _latest(held: pl.DataFrame) -> pl.DataFrame:
    """The last version of each document, with the payment that it was last said to have."""
    says = pl.col("paid_amount").is_not_null() | pl.col("amount_due").is_not_null() | pl.col("is_paid")
    stated = ["paid_amount", "paid_date", "amount_due", "is_paid"]
    statements = held.filter(says).unique("document_id", keep="last", maintain_order=True).select("document_id", *stated)
    last = held.unique("document_id", keep="last", maintain_order=True).drop(stated)
    return last.join(statements, on="document_id", how="left", validate="1:1", maintain_order="left").with_columns(
        pl.col("is_paid").fill_null(value=False)
    )


def _judge(rows: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Add verdict (known, duplicate, conflict, ignored, ambiguous), is_new, document_id, and the holder of the number.

    The first row of a number that nobody holds is a new document, which the rows after it find. A row that says what a
    document said before a person settled otherwise is a duplicate.
    """
    can_be_new = ~pl.col("is_ignored") & ~pl.col("is_ambiguous")
    first = rows.filter(can_be_new).join(held, on="folded", how="anti").unique("folded", keep="first", maintain_order=True)
    ids = stable_ids(first.select("direction", "ident").iter_rows())
    columns = ["document_id", "number", "ident", "folded", *KEY_FIELDS]
    last = held.unique("document_id", keep="last", maintain_order=True).select(*columns, is_new=pl.lit(value=False))
    new = first.with_columns(document_id=pl.Series(ids, dtype=pl.String)).select(*columns, is_new=pl.lit(value=True))
    known = pl.concat([last, new])
    exact = known.unique(["ident", *KEY_FIELDS], keep="first", maintain_order=True)
    past = held.select("ident", *KEY_FIELDS, was=pl.lit(value=True)).unique()
    holder = pl.struct("document_id", "number", *KEY_FIELDS)
    by_ident = known.unique("ident", keep="first", maintain_order=True).select("ident", by_ident=holder)
    by_case = known.unique("folded", keep="first", maintain_order=True).select("folded", by_case=holder)
    joined = (
        rows.join(
            exact.select("ident", *KEY_FIELDS, "document_id", "is_new"),
            on=["ident", *KEY_FIELDS],
            how="left",
            validate="m:1",
            maintain_order="left",
        )
        .join(past, on=["ident", *KEY_FIELDS], how="left", validate="m:1", maintain_order="left")
        .join(by_ident, on="ident", how="left", validate="m:1", maintain_order="left")
        .join(by_case, on="folded", how="left", validate="m:1", maintain_order="left")
    )
    return joined.with_columns(verdict=_verdict(), holder=pl.coalesce("by_ident", "by_case"))


def _verdict() -> pl.Expr:
    return (
        pl.when(pl.col("is_ignored") & pl.col("by_ident").is_not_null())
        .then(pl.lit("conflict"))
        .when("is_ignored")
        .then(pl.lit("ignored"))
        .when("is_ambiguous")
        .then(pl.lit("ambiguous"))
        .when(pl.col("document_id").is_not_null())
        .then(pl.lit("known"))
        .when(pl.col("was"))
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("conflict"))
    )


def _client_versions(changed: pl.DataFrame, stored: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The client versions to add, and `known` with the updates that they are.

    A duplicate row that brings its client's new contact details, code or SIREN is an update. The clients of new versions
    come along unchanged, so that they outlive an undo of the import that first brought them.
    """
    changed = changed.join(known, on="client_id", how="semi")
    used = stored.join(known.filter("is_stored"), on="client_id", how="semi").join(changed, on="client_id", how="anti")
    news = [pl.when(pl.col(c).ne_missing(pl.col(f"{c}_before"))).then(c).alias(f"{c}_news") for c in GIVEN]
    before = stored.select("client_id", *[pl.col(c).alias(f"{c}_before") for c in GIVEN])
    renewed = changed.join(before, on="client_id", how="inner", validate="1:1").select("client_id", *news)
    brings = pl.any_horizontal((pl.col(column) == pl.col(f"{c}_news")).fill_null(value=False) for c, column in GIVEN.items())
    return pl.concat([changed, used]), known.join(
        renewed, on="client_id", how="left", validate="m:1", maintain_order="left"
    ).with_columns(verdict=pl.when((pl.col("verdict") == "duplicate") & brings).then(pl.lit("updated")).otherwise("verdict"))


def _conflicts(rows: pl.DataFrame, clients: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """conflict rows: the first field that contradicts the holder, and the incoming row as JSON, for a person's answer.

    A client that no document has yet (it is in `changed`) comes in the JSON, and is stored only by that answer.

    The id is made from what contradicts, so that a later file that says the same is the same conflict.
    """
    names = clients.select("client_id", client="name")
    named = rows.with_columns(
        pl.col("holder").struct.rename_fields(["held_id", "held_number", *(f"held_{c}" for c in KEY_FIELDS)])
    )
    named = named.unnest("holder").join(names, on="client_id", how="left", validate="m:1", maintain_order="left")
    new_clients = changed.select("client_id", new_client=pl.struct(*CLIENTS))
    named = named.join(new_clients, on="client_id", how="left", validate="m:1", maintain_order="left").join(
        names.rename({"client_id": "held_client_id", "client": "held_client"}),
        on="held_client_id",
        how="left",
        validate="m:1",
        maintain_order="left",
    )
    # From the last choice to the first: each one that differs replaces those before.
    field, stored, incoming = pl.lit("number"), pl.col("held_number"), pl.col("number")
    for column in reversed(KEY_FIELDS):
        shown = "client" if column == "client_id" else column
        differs = pl.col(f"held_{column}").ne_missing(pl.col(column))
        field = pl.when(differs).then(pl.lit(shown)).otherwise(field)
        stored = pl.when(differs).then(pl.col(f"held_{shown}").cast(pl.String)).otherwise(stored)
        incoming = pl.when(differs).then(pl.col(shown).cast(pl.String)).otherwise(incoming)
    has_other_case = pl.col("held_number") != pl.col("number")
    said = pl.when("is_ignored").then("status")
    document = pl.struct(*INVOICE_ROWS, "client_id", "amount", client="new_client").struct.json_encode()
    identity = ["direction", "number", *KEY_FIELDS]
    ids = stable_ids(named.select(*identity, said).iter_rows())
    return named.with_columns(
        conflict_id=pl.Series(ids, dtype=pl.String),
        document_id="held_id",
        field=pl.when("is_ignored").then(pl.lit("status")).when(has_other_case).then(pl.lit("number")).otherwise(field),
        stored=pl.when("is_ignored").then(None).when(has_other_case).then("held_number").otherwise(stored),
        incoming=pl.when("is_ignored").then("status").when(has_other_case).then("number").otherwise(incoming),
        document=document if named.height else pl.lit(None, pl.String),
        source_row="line",
    ).select(_CONFLICT)


def stored_versions(versions: pl.DataFrame) -> pl.DataFrame:
    """STORED of the document_version table, by change."""
    return conform(versions, STORED)
