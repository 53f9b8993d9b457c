"""The lines of entries before they have their numbers: account, client, signed amount; and words that stand in them."""

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema

#: One row per line of an entry; the amounts of an entry sum to 0.00.
LEGS: Schema = {
    "entry_id": pl.String,  # made from the fact: the same in every export
    "kind": pl.String,  # sale | deposit | credit_note | receipt | unproven | back | write_off | opening | doubtful | provision
    "journal": pl.String,
    "date": pl.Date,
    "rank": pl.Int64,  # its place in the entry
    "account": pl.String,
    "client_id": pl.String,  # of a client's line
    "source_id": pl.String,  # of a client's credit: what allocations and refunds take from
    "piece": pl.String,
    "label": pl.String,
    "due_date": pl.Date,
    "amount": MONEY,  # debit positive, credit negative
    "group": pl.String,  # what it is lettered with
}

#: Entries are in French, whatever the language of the screen: the accounts of a French company are.
LABELS = {
    "invoice": "Facture",
    "deposit": "Acompte",
    "credit_note": "Avoir",
    "receipt": "Règlement",
    "unproven": "Règlement déclaré",
    "back": "Retour",
    "loss": "Perte",
    "recovery": "Rentrée sur créance amortie",
    "rounding": "Écart",
    "bank_fee": "Frais",
    "discount": "Escompte",
    "cancelled": "Annulation",
    "doubtful": "Client douteux",
    "not_doubtful": "Retour de client douteux",
    "provision": "Dépréciation",
    "provision_back": "Reprise de dépréciation",
}
NOTHING = pl.lit(ZERO, MONEY)


def invoice_group(document_id: str = "document_id") -> pl.Expr:
    """What is lettered together with an invoice."""
    return pl.lit("invoice ") + pl.col(document_id)


def refund_group() -> pl.Expr:
    """What is lettered together when a payment or a credit goes back to its client."""
    return pl.concat_str(pl.lit("back "), "refund_id", pl.lit(" "), "client_id")
