"""The VAT of what will not be paid: what a company may claim back, and the letter that the law asks for (CGI, art. 272, 1).

VAT is claimed back once the claim is lost for good, or from the judgment that orders the liquidation; the client receives a
duplicate of the invoice with the mention below. Where VAT is due on receipts, that of what was not paid was never due: there is
nothing to claim back. What is listed is for the accountant to check: nothing is claimed from here.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.errors import Refused
from models.money import MONEY, round_half_up
from models.tables import Schema, conform
from models.texts import Texts
from pipelines.accounting.losses import written_off
from pipelines.collections.fields import one_line
from pipelines.collections.interest import openings
from pipelines.collections.paper import letter_sheet, typeset
from pipelines.collections.parts import Part
from pipelines.ledger import Ledger
from pipelines.provisions.doubt import decisions
from pipelines.provisions.provision import provided_on
from pipelines.receivables import only_counting
from pipelines.recoveries import loss_id

#: One row per loss and day from which it stands, or invoice owed by a client in insolvency proceedings; the latest first.
LOST_VAT: Schema = {
    "loss_id": pl.String,  # one for each row: the loss and the day from which it stands; of proceedings, the invoice's id
    "document_id": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "number": pl.String,
    "issue_date": pl.Date,
    "on_date": pl.Date,  # written off on; of proceedings, their opening
    "state": pl.String,  # written_off | proceedings
    "amount": MONEY,  # not paid, VAT included
    "excl": MONEY,  # without VAT; null where it is not known
    "vat": MONEY,
    "vat_rate": pl.String,  # "20"; null: several, or not known
    "was_due": pl.Boolean,  # false where VAT is due on receipts, as that of every deposit is: nothing to claim back
    "vat_to_claim": MONEY,  # the VAT of a loss that was due; else null
    "is_deposit": pl.Boolean,
    "currency": pl.String,
}
#: The mention of the duplicate, in French whatever the letter's language: the law wants it (BOI-TVA-DED-40-10-20).
MENTION = (
    "Facture demeurée impayée pour la somme de {excl} (prix net) et pour la somme de {vat} (taxe sur la valeur ajoutée "
    "correspondante) qui ne peut faire l’objet d’une déduction (CGI, art. 272)."
)


def lost_vat(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """LOST_VAT at the end of `as_of`: losses that stand, then what clients in proceedings owe on doubtful invoices."""
    losses = only_counting(written_off(ledger, currency), as_of=as_of).filter(pl.col("reason") == "loss")
    lost = _standing(losses).select(
        "loss_id", "document_id", "client_id", "client", "issue_date", "amount", "currency", number="invoice_number",
        on_date="counts_from", state=pl.lit("written_off"), vat_rate="rate", is_deposit=pl.col("document_kind") == "deposit",
        vat=pl.when(pl.col("vat").is_not_null()).then("lost_vat"), excl=pl.when(pl.col("vat").is_not_null()).then("cost"),
    )  # fmt: skip
    opened = openings(ledger.marks, as_of=as_of)
    doubtful = provided_on(ledger, decisions(ledger, currency=currency), [as_of], currency=currency)
    owed = (
        doubtful.join(opened, on="client_id", how="inner", validate="m:1")
        .filter(pl.col("opened_on") >= pl.col("issue_date"))
        .with_columns(vat=(pl.col("outstanding") - pl.col("outstanding_excl")).cast(MONEY))
        .with_columns(
            amount="outstanding", excl="outstanding_excl", on_date="opened_on", state=pl.lit("proceedings"),
            vat_rate=pl.lit(None, pl.String), loss_id="document_id", is_deposit=pl.col("basis") == "deposit",
        )
    )  # fmt: skip
    was_due = pl.lit(value=ledger.settings.vat_basis != "receipts") & ~pl.col("is_deposit")
    claimed = pl.when(was_due & (pl.col("state") == "written_off")).then("vat")
    told = [frame.with_columns(was_due=was_due, vat_to_claim=claimed) for frame in (lost, owed)]
    rows = pl.concat([conform(frame, LOST_VAT) for frame in told])
    return rows.sort("state", "on_date", "number", "document_id", descending=[True, True, False, False])


def _standing(losses: pl.DataFrame) -> pl.DataFrame:
    """What stands of each loss since each day as one row with its `loss_id`, whatever money is to end of it later."""
    day_of_loss = pl.concat_str(loss_id(), pl.lit(" "), "counts_from")
    sums = ("amount", "lost_vat", "cost")
    others = [pl.col(name).first() for name in losses.columns if name not in sums]
    parts = losses.sort("claim_id").with_columns(loss_id=day_of_loss)
    return parts.group_by("loss_id", maintain_order=True).agg(*(pl.col(name).sum().cast(MONEY) for name in sums), *others)


def vat_by_rate(rows: pl.DataFrame) -> pl.DataFrame:
    """vat_rate, invoices, excl, vat of what was written off and was due, the highest rate first; null: several or none known."""
    return (
        rows.filter(pl.col("vat_to_claim").is_not_null())
        .group_by("vat_rate")
        .agg(
            invoices=pl.col("document_id").n_unique().cast(pl.Int64),
            excl=pl.col("excl").sum().cast(MONEY),
            vat=pl.col("vat_to_claim").sum().cast(MONEY),
        )
        .sort(pl.col("vat_rate").cast(pl.Float64), descending=True, nulls_last=True)
    )


def duplicate_pdf(ledger: Ledger, document_id: str, *, as_of: date, currency: str) -> bytes:
    """The letter with the duplicate's mention for what was lost of an invoice, in the client's language, on A4.

    Raises:
        Refused: nothing of it is lost at that date, or its VAT is not known.
    """
    rows = lost_vat(ledger, as_of=as_of, currency=currency).filter(pl.col("document_id") == document_id).to_dicts()
    if not rows:
        raise Refused("not_lost", "Nothing of this invoice is written off as a loss, nor owed in insolvency proceedings.")
    if any(row["vat"] is None for row in rows):
        raise Refused("vat_not_known", "The VAT of {number} is not known: no letter can be written.", number=rows[0]["number"])
    client = ledger.clients.filter(pl.col("client_id") == rows[0]["client_id"]).to_dicts()[0]
    texts = Texts("en" if client["language"] == "en" else "fr")
    document = ledger.documents.filter(pl.col("document_id") == document_id).to_dicts()[0]
    excl, vat = (sum((row[name] for row in rows), Decimal("0.00")) for name in ("excl", "vat"))
    title = texts.t("Duplicate of invoice {number}, unpaid", number=one_line(document["number"]))
    parts = _parts(texts, title, document, (round_half_up(excl), round_half_up(vat)), ledger.settings.signatory)
    sheet = letter_sheet(title, client["name"], client["address"], parts, ledger.settings, texts, day=as_of)
    return typeset(sheet, day=as_of)


def duplicates(ledger: Ledger, rows: pl.DataFrame, *, as_of: date, currency: str) -> list[tuple[str, bytes]]:
    """The letters of what was written off (LOST_VAT) and whose VAT is known: the name of each file, ours alone, and its bytes."""
    written = rows.filter((pl.col("state") == "written_off") & pl.col("vat").is_not_null()).unique(
        "document_id", maintain_order=True
    )
    return [
        (f"duplicata-{place:03d}.pdf", duplicate_pdf(ledger, document_id, as_of=as_of, currency=currency))
        for place, document_id in enumerate(written["document_id"], start=1)
    ]


def _parts(texts: Texts, title: str, document: dict[str, Any], lost: tuple[Decimal, Decimal], signatory: str) -> list[Part]:
    """The letter's parts: what it is about, the invoice as it was, and the mention."""
    excl, vat = lost
    money, french = document["currency"], Texts("fr")
    head = ["Invoice", "Issued", "Due", "Amount incl. VAT", "Unpaid excl. VAT", "Unpaid VAT"]
    row = [
        one_line(document["number"]),
        texts.date(document["issue_date"]),
        texts.date(document["due_date"]),
        texts.money(document["amount"], money),
        texts.money(excl, money),
        texts.money(vat, money),
    ]
    said = (
        texts.t("Dear Sir or Madam,"),
        texts.t(
            "The invoice below was not paid. As article 272, 1 of the French tax code (CGI) asks, please find its duplicate "
            "with the mention that corrects it:"
        ),
    )
    mention = MENTION.format(excl=french.money(excl, money), vat=french.money(vat, money))
    last = texts.t("If you deducted this VAT, you have to pay it back. This letter gives up no claim against you.")
    table: Part = {
        "kind": "table",
        "head": [texts.t(word) for word in head],
        "align": ["left", "left", "left", "right", "right", "right"],
        "rows": [row],
        "total": None,
    }
    texts_of: list[Part] = [{"kind": "text", "text": text} for text in said]
    ends: list[Part] = [{"kind": "text", "text": text} for text in (mention, last, signatory) if text]
    return [{"kind": "subject", "text": title}, *texts_of, table, *ends]
