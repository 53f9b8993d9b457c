"""A person's word on supplier invoices: when to pay, what early payment saves, which IBAN; and the transfers ordered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl
from stdnum import bic as bic_number
from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError

from models.cash_tables import PAYMENT_CHOICES
from models.errors import Refused
from models.ids import stable_id
from models.settings import Settings
from models.store import Author, Store
from pipelines.exports.pain001 import Transfer, Transfers, is_in_sepa, transfers_file
from pipelines.ledger import Ledger, run_ledger
from pipelines.parties import supplier_names
from pipelines.payables import payables
from pipelines.payment_days import check_banks_work, check_to_come
from pipelines.reconcile.finding import day_of, find_client, find_document
from pipelines.reconcile.supplier_payments import payment_proposals

_MOST = Decimal(50)  # % of a discount that can be meant


def choose_days(store: Store, days: Mapping[str, date | None], *, author: Author) -> int:
    """Say on which day supplier invoices (by number or id) are paid; None leaves it to the rule. One change, its id.

    Raises:
        Refused: an unknown invoice, one that is in a transfer file, or a day that has passed.
    """
    with store.writing():
        ledger = run_ledger(store)
        invoices = {number: find_document(ledger, number, direction="purchase") for number in days}
        chosen = {str(invoices[number]["document_id"]): day for number, day in days.items()}
        for day in chosen.values():
            if day is not None:
                check_to_come(day, author.today)
        ordered = ledger.payment_choices.filter(pl.col("document_id").is_in(list(chosen)) & pl.col("ordered_on").is_not_null())
        if ordered.height:
            raise _ordered_already(find_document(ledger, ordered["document_id"][0], direction="purchase")["number"])
        detail = {str(invoices[number]["number"]): day for number, day in days.items()}
        subject = ", ".join(str(invoice["number"]) for invoice in invoices.values())
        with store.change("payment_choice", author, subject=subject, detail=detail) as change:
            change.insert("payment_choice", _choices(ledger, {key: {"pay_on": day} for key, day in chosen.items()}))
    return change.change_id


def set_discount(store: Store, number: str, percent: Decimal, until: date, *, author: Author) -> int:
    """Say that a supplier takes `percent` % off an invoice that is paid by a day; 0 takes that back. The change's id.

    Raises:
        Refused: an unknown invoice, a share that makes no sense, or a day that has passed or is not before the due date.
    """
    with store.writing():
        ledger = run_ledger(store)
        invoice = find_document(ledger, number, direction="purchase")
        if not 0 <= percent < _MOST:
            raise Refused("bad_discount", "A discount lies between 0 and {most} %.", most=str(_MOST))
        if percent and not day_of(invoice["issue_date"]) <= until < day_of(invoice["due_date"]):
            raise Refused("bad_discount_day", "The discount ends before the invoice is due ({day}).", day=invoice["due_date"])
        if percent:
            check_to_come(until, author.today)
        said = {"discount_rate": percent / 100 if percent else None, "discount_until": until if percent else None}
        detail = {"percent": percent, "until": until}
        with store.change("payment_choice", author, subject=str(invoice["number"]), detail=detail) as change:
            change.insert("payment_choice", _choices(ledger, {str(invoice["document_id"]): said}))
    return change.change_id


def set_supplier_iban(store: Store, supplier: str, iban: str, *, author: Author) -> int:
    """Keep the IBAN on which a supplier (by name, code or id) is paid; the change's id.

    Raises:
        Refused: unknown supplier, or not a valid IBAN.
    """
    with store.writing():
        known = find_client(run_ledger(store), supplier, direction="purchase")
        checked = checked_iban(iban)
        with store.change("supplier_iban", author, subject=str(known["name"]), detail={"iban": checked}) as change:
            change.insert("supplier_iban", pl.DataFrame({"client_id": [known["client_id"]], "iban": [checked]}))
    return change.change_id


def checked_iban(text: str) -> str:
    """An IBAN without spaces.

    Raises:
        Refused: its length or check digits are wrong.
    """
    try:
        return str(iban_number.validate(text))
    except ValidationError as error:
        raise Refused(
            "bad_iban", "{value} is not a valid IBAN: check it against the supplier’s bank details.", value=text
        ) from error


def supplier_ibans(ledger: Ledger) -> dict[str, str]:
    """IBAN by supplier id: the one a person gave, else the one to which its last matched payment went, if it is valid."""
    paid = ledger.claims.filter(pl.col("source") == "bank").select("document_id", line_id="source_id")
    lines = ledger.lines.filter(pl.col("amount") < 0).drop_nulls("counterparty_iban")
    went = (
        lines.join(paid, on="line_id", how="inner", validate="1:m")
        .join(ledger.documents.select("document_id", "client_id"), on="document_id", how="inner", validate="m:1")
        .sort("booking_date", "line_id")
    )
    found = dict(went.select("client_id", "counterparty_iban").iter_rows()) | dict(ledger.supplier_ibans.iter_rows())
    return {supplier: iban_number.compact(iban) for supplier, iban in found.items() if iban_number.is_valid(iban)}


@dataclass(frozen=True)
class Ordered:
    """A transfer file: its bytes and name, what it pays, and the change that recorded it."""

    name: str
    content: bytes
    transfers: tuple[Transfer, ...]
    total: Decimal
    change_id: int


def order_transfers(
    store: Store,
    numbers: Sequence[str],
    *,
    pay_on: date,
    author: Author,
    write: Callable[[bytes], None] | None = None,
) -> Ordered:
    """Make the SEPA file that pays these supplier invoices (numbers or ids) on a day, and record that they were ordered.

    Args:
        store: the database.
        numbers: of the invoices; one that is named twice is paid once.
        pay_on: the day of execution.
        author: who orders them.
        write: puts the file where it is wanted; if that fails, nothing was ordered.

    Raises:
        Refused: no invoice, one that owes nothing, seems to be paid, is not in euros or was ordered already, a missing IBAN,
            a day that has passed or on which banks do not work.
    """
    with store.writing():
        ledger = run_ledger(store)
        named = {str(find_document(ledger, number, direction="purchase")["document_id"]): number for number in numbers}
        ids = list(named)
        owed = {row["document_id"]: row for row in payables(ledger, as_of=author.today).iter_rows(named=True)}
        if not ids or pay_on < author.today:
            raise Refused("nothing_to_order", "Choose at least one invoice, and a day that has not passed.")
        check_banks_work(pay_on, ledger.settings.region)
        _check_unseen(ledger, ids, author.today)
        ibans, settings = supplier_ibans(ledger), ledger.settings
        names = supplier_names(ledger.documents, ledger.clients)
        rows = {key: _payable(owed, key, number) for key, number in named.items()}
        transfers = tuple(_transfer(row, ibans, names, pay_on) for row in rows.values())
        reference = stable_id("transfers", store.revision, author.at, *sorted(ids)).upper()
        made = Transfers(f"ENCOURS-{reference}", author.at, pay_on, _debtor(settings), settings.iban, _bic(settings), transfers)
        content = transfers_file(made)
        detail = {"invoices": [t.reference for t in transfers], "pay_on": pay_on, "total": made.total, "message": made.message_id}
        with store.change("transfer_file", author, subject=made.message_id, detail=detail) as change:
            said = {
                key: {"pay_on": pay_on, "ordered_on": author.today, "ordered_amount": transfer.amount}
                for key, transfer in zip(ids, transfers, strict=True)
            }
            change.insert("payment_choice", _choices(ledger, said))
            if write is not None:
                write(content)
    name = f"virements-{pay_on:%Y%m%d}-{reference.lower()}.xml"
    return Ordered(name, content, transfers, made.total, change.change_id)


def _check_unseen(ledger: Ledger, ids: Sequence[str], today: date) -> None:
    """Refuse to pay again what a debit seems to have paid."""
    seen = payment_proposals(ledger, as_of=today).filter(pl.col("document_id").is_in(list(ids)))
    for number, day in seen.select("number", "booking_date").iter_rows():
        raise Refused(
            "seems_paid",
            "{number} seems to be paid by the debit of {day}: accept or refuse that payment first.",
            number=number,
            day=day,
        )


def _payable(owed: Mapping[str, dict[str, object]], key: str, number: str) -> dict[str, object]:
    """The row of PAYABLES of an invoice that a transfer can pay."""
    row = owed.get(key)
    if row is None:
        raise Refused("owes_nothing", "{number} owes nothing.", number=number)
    if row["status"] == "disputed":
        raise Refused("disputed_payable", "{number} is disputed: settle that first.", number=row["number"])
    if row["ordered_on"] is not None:
        raise _ordered_already(row["number"])
    if row["currency"] != "EUR":
        raise Refused("not_in_euros", "{number} is not in euros: a SEPA transfer is.", number=row["number"])
    return row


def _transfer(row: Mapping[str, object], ibans: Mapping[str, str], names: Mapping[str, str], pay_on: date) -> Transfer:
    """The transfer that pays an invoice, to the supplier by its plain name: banks compare it with the account's holder."""
    iban = ibans.get(str(row["supplier_id"]))
    if iban is None:
        raise Refused("no_supplier_iban", "The IBAN of {supplier} is missing: enter it first.", supplier=row["supplier"])
    if not is_in_sepa(iban):
        raise Refused("not_in_sepa", "The IBAN of {supplier} is outside SEPA: pay it at your bank.", supplier=row["supplier"])
    until = row["discount_until"]
    whole = row["discounted"] if isinstance(until, date) and pay_on <= until else row["outstanding"]
    amount = whole - row["credited"]  # type: ignore[operator]
    if amount <= 0:
        raise Refused(
            "credited_payable",
            "{number} is settled by credit notes of {supplier}.",
            number=row["number"],
            supplier=row["supplier"],
        )
    return Transfer(str(row["number"]), names[str(row["document_id"])], iban, amount)


def _ordered_already(number: object) -> Refused:
    return Refused("ordered_already", "{number} is in a transfer file already: undo that one first.", number=number)


def _debtor(settings: Settings) -> str:
    if not settings.company_name or not settings.iban:
        raise Refused("no_own_iban", "Enter the company’s name and IBAN in the settings first.")
    return settings.company_name


def _bic(settings: Settings) -> str | None:
    return str(bic_number.compact(settings.bic)) if bic_number.is_valid(settings.bic) else None


def _choices(ledger: Ledger, said: Mapping[str, Mapping[str, object]]) -> pl.DataFrame:
    """PAYMENT_CHOICES: the last choice on each document, with what is said now in its place."""
    known = {row["document_id"]: row for row in ledger.payment_choices.iter_rows(named=True)}
    rows = [{**known.get(key, {}), "document_id": key, **values} for key, values in said.items()]
    return pl.DataFrame([{name: row.get(name) for name in PAYMENT_CHOICES} for row in rows], schema=PAYMENT_CHOICES)
