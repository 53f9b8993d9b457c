"""Entries of a period: what the facts say, in the accounts of the settings, balanced to the cent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from models.accounting import pairs
from models.errors import Refused
from models.money import MONEY
from models.settings import Settings
from models.tables import Schema, conform, empty
from pipelines.accounting.auxiliaries import auxiliaries, met_by
from pipelines.accounting.doubtful import doubtful_legs
from pipelines.accounting.lettering import KEPT, credit_parts, lettered, with_parts
from pipelines.accounting.losses import write_off_legs
from pipelines.accounting.movements import money_legs
from pipelines.accounting.sales import sales_legs, with_credited
from pipelines.ingest.ledgers.fec_rows import OPENING
from pipelines.ledger import Ledger
from pipelines.parties import with_plain_names

#: One row per line of an entry, in the order of the file.
ENTRY_LINES: Schema = {
    "entry_id": pl.String,
    "kind": pl.String,
    "journal": pl.String,
    "journal_name": pl.String,
    "number": pl.Int64,  # 1, 2, 3… within the journal
    "date": pl.Date,
    "account": pl.String,
    "account_name": pl.String,
    "auxiliary": pl.String,  # the client's code, on its lines
    "client_id": pl.String,
    "client": pl.String,
    "piece": pl.String,
    "label": pl.String,
    "debit": MONEY,
    "credit": MONEY,
    "letter": pl.String,
    "letter_date": pl.Date,
    "due_date": pl.Date,
    "currency": pl.String,
}
#: What accounts and journals are called in the entries, by the setting that gives them.
_TITLES = {
    "account_clients": "Clients",
    "account_doubtful": "Clients douteux ou litigieux",
    "account_deposits": "Clients - acomptes reçus",
    "account_sales": "Prestations de services",
    "account_vat": "TVA collectée",
    "account_bank": "Banque",
    "account_unproven": "Valeurs à l'encaissement",
    "account_waiting": "Compte d'attente",
    "account_opening": "Bilan d'ouverture",
    "account_loss": "Pertes sur créances irrécouvrables",
    "account_recovery": "Rentrées sur créances amorties",
    "account_difference": "Charges diverses de gestion courante",
    "account_discount": "Escomptes accordés",
    "account_provision": "Dépréciations des comptes clients",
    "account_provision_expense": "Dotations aux dépréciations des créances",
    "account_provision_reversal": "Reprises sur dépréciations des créances",
    "journal_sales": "Ventes",
    "journal_bank": "Banque",
    "journal_other": "Opérations diverses",
    "journal_opening": "À-nouveaux",
}
_LISTS = {"sales_by_rate": "account_sales", "vat_by_rate": "account_vat", "bank_by_account": "account_bank"}
_SHOWN = 5


@dataclass(frozen=True)
class Kept:
    """Codes that left before: of clients by id, and of lettering (KEPT)."""

    clients: Mapping[str, str] = field(default_factory=dict)
    lettering: pl.DataFrame = field(default_factory=lambda: empty(KEPT))


@dataclass(frozen=True)
class Entries:
    """The entries of a period.

    Attributes:
        lines: ENTRY_LINES.
        movements: account, date, amount of every line of clients and of their deposits up to the period's end.
        owners: the group of each lettering code, as KEPT.
    """

    lines: pl.DataFrame
    movements: pl.DataFrame
    owners: pl.DataFrame


def entries_of(
    ledger: Ledger,
    *,
    start: date,
    to: date,
    currency: str,
    with_unproven: bool = True,
    with_doubtful: bool = True,
    kept: Kept | None = None,
    today: date | None = None,
) -> Entries:
    """The entries from `start` to `to`, both included, with the lettering of the end of `to`.

    `with_doubtful`: with those of doubtful receivables, as people decided them. `today`: the day on which the entries are made:
    a closing after it is not booked, since what it will provide for is not known; None is the end of `to`.

    Raises:
        Refused: an invoice whose VAT is not known, or whose amounts do not add up.
    """
    kept = kept or Kept()
    coded = lettered_legs(
        ledger, to=to, currency=currency, with_unproven=with_unproven, with_doubtful=with_doubtful, kept=kept, today=today
    )
    _refuse_untaxed(coded, _sales(ledger, to, currency), ledger.settings, start)
    _refuse_unbalanced(coded.filter(pl.col("date") >= start))
    named = auxiliaries(met_by(ledger, to), dict(kept.clients), ledger.settings)
    own = coded.drop_nulls("client_id")
    return Entries(
        _lines(coded.filter(pl.col("date") >= start), ledger, named, currency),
        coded.filter(pl.col("account").is_in(_followed(ledger.settings))).select("account", "date", "amount"),
        own.drop_nulls("letter")
        .select("client_id", owner="group", code=pl.col("letter").str.to_uppercase())
        .unique()
        .select(*KEPT),
    )


def lettered_legs(
    ledger: Ledger,
    *,
    to: date,
    currency: str,
    with_unproven: bool = True,
    with_doubtful: bool = False,
    kept: Kept | None = None,
    today: date | None = None,
) -> pl.DataFrame:
    """LEGS of all the entries up to the end of `to`, whatever they lack, with `place`, `letter` and `letter_date`.

    Credits are cut into a line per invoice that took of them. Documents without VAT have the client's line alone.
    """
    plain = plain_legs(ledger, to=to, currency=currency, with_unproven=with_unproven)
    dated = dated_legs(ledger, to=to, currency=currency, with_doubtful=with_doubtful, today=today)
    legs = pl.concat([plain, dated]).pipe(with_parts, credit_parts(ledger, to=to))
    return lettered(legs, (kept or Kept()).lettering)


def plain_legs(ledger: Ledger, *, to: date, currency: str, with_unproven: bool = True) -> pl.DataFrame:
    """LEGS of documents and of money up to the end of `to`: those of a day stay as they are, however much later `to` is."""
    sold = sales_legs(_sales(ledger, to, currency), ledger.settings)
    return pl.concat([sold, money_legs(ledger, currency, with_unproven=with_unproven)]).filter(pl.col("date") <= to)


def dated_legs(ledger: Ledger, *, to: date, currency: str, with_doubtful: bool, today: date | None = None) -> pl.DataFrame:
    """LEGS up to the end of `to` of what is written off, and of what is doubtful if that is asked for: `to` changes them."""
    parts = [write_off_legs(ledger, currency, to=to)]
    if with_doubtful:
        parts.append(doubtful_legs(ledger, currency, to=to, today=today or to))
    return pl.concat(parts).filter(pl.col("date") <= to)


def _sales(ledger: Ledger, to: date, currency: str) -> pl.DataFrame:
    is_mine = (pl.col("direction") == "sale") & (pl.col("currency") == currency)
    documents = with_plain_names(ledger.documents.filter(is_mine), ledger.clients)
    return documents.pipe(with_credited).filter(pl.col("issue_date") <= to)


def _followed(settings: Settings) -> list[str]:
    """The accounts of clients, whose balance the reconciliation needs."""
    return [settings.account_clients, settings.account_doubtful, settings.account_deposits]


def _lines(legs: pl.DataFrame, ledger: Ledger, codes: Mapping[str, str], currency: str) -> pl.DataFrame:
    clients = ledger.clients.select("client_id", client=pl.coalesce("name", "client_id"))
    auxiliary = pl.DataFrame(list(codes.items()), schema={"client_id": pl.String, "auxiliary": pl.String}, orient="row")
    titles = account_titles(ledger.settings)
    ordered = legs.sort(
        "date", "journal", pl.col("piece").first().over("entry_id"), "entry_id", "rank", "client_id", "place", nulls_last=True
    )
    return (
        ordered.join(clients, on="client_id", how="left", validate="m:1", maintain_order="left")
        .join(auxiliary, on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            journal_name=pl.col("journal").replace_strict(titles, default="Journal"),
            account_name=pl.col("account").replace_strict(titles, default="Compte"),
            number=numbers(),
            debit=pl.col("amount").clip(lower_bound=0).cast(MONEY),
            credit=(-pl.col("amount")).clip(lower_bound=0).cast(MONEY),
            currency=pl.lit(currency),
        )
        .pipe(conform, ENTRY_LINES)
    )


def numbers() -> pl.Expr:
    """1, 2, 3… per entry within its journal, in the order of the rows."""
    return pl.col("entry_id").rle_id().rank("dense").over("journal").cast(pl.Int64)


def account_titles(settings: Settings) -> dict[str, str]:
    """What each account and journal of the settings is called; the first one wins where two have the same code."""
    titles = {
        account: _TITLES[general] for name, general in _LISTS.items() for account in pairs(getattr(settings, name)).values()
    }
    for name, title in reversed(_TITLES.items()):
        titles[getattr(settings, name)] = title
    return titles


def _refuse_untaxed(legs: pl.DataFrame, documents: pl.DataFrame, settings: Settings, start: date) -> None:
    """Refuse where a sale of the period, or one that it writes off, says nothing of VAT and no rate is given."""
    if settings.vat_rate is not None:
        return
    bare = documents.filter(
        pl.col("amount_excl_tax").is_null() & pl.col("vat_amount").is_null() & (pl.col("amount") > 0)
        & pl.col("category").ne_missing(OPENING)
    )  # fmt: skip
    is_loss = pl.col("account").is_in([settings.account_loss, settings.account_recovery, settings.account_deposits])
    lost = legs.filter((pl.col("kind") == "write_off") & (pl.col("date") >= start) & is_loss)
    needed = bare.filter((pl.col("issue_date") >= start) | pl.col("number").is_in(lost["piece"].implode()))
    if needed.height:
        raise Refused(
            "missing_vat",
            "{count} sales documents give neither their VAT nor their amount without it ({numbers}): import them with it, or "
            "give their rate in the setting vat_rate.",
            count=needed.height,
            numbers=_few(needed["number"]),
        )


def _refuse_unbalanced(legs: pl.DataFrame) -> None:
    sums = legs.group_by("entry_id", maintain_order=True).agg(pl.col("amount").sum(), pl.col("piece").first())
    wrong = sums.filter(pl.col("amount") != 0)
    if wrong.height:
        raise Refused(
            "unbalanced",
            "{count} entries do not balance ({numbers}): the amount without VAT and the VAT do not make the amount asked for. "
            "Correct these documents in your invoicing tool, then import them again.",
            count=wrong.height,
            numbers=_few(wrong["piece"]),
        )


def _few(numbers_of: pl.Series) -> str:
    shown = [str(number) for number in numbers_of.unique(maintain_order=True).head(_SHOWN)]
    return ", ".join(shown) + (", …" if numbers_of.n_unique() > _SHOWN else "")
