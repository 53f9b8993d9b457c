"""Bank debits that look like the payment of supplier invoices: proposals that a person accepts, or refuses for good.

Safe rules only: the label states the invoice's number, or several numbers whose sum it is, or the supplier's name with the
exact amount of an invoice, or of all that it is owed then, and no other supplier's invoice fits as well; or the debit is the
sum of the transfers ordered together, which banks book as one. Of equal invoices of one supplier (a subscription), a debit
pays the one due nearest that no earlier debit pays.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.money import MONEY, ZERO, round_half_up
from models.store import Author, Store
from models.tables import Schema
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger, run_ledger
from pipelines.parties import supplier_names
from pipelines.payables import payables
from pipelines.reconcile.finding import Row, day_of, find_document, find_line
from pipelines.reconcile.giving import insert_claims
from pipelines.reconcile.labels import name_text, plain_words
from pipelines.reconcile.room import amount_of

#: A row of PAYABLES, or of LINES.
Invoice = dict[str, Any]
#: source, source_id, document_id, amount, claim_date and reason of what is given to an invoice.
Given = tuple[str, str, str, Decimal, date, str | None]

#: One row per debit and the invoice that it may pay, the latest debit first.
PROPOSALS: Schema = {
    "line_id": pl.String,
    "document_id": pl.String,
    "number": pl.String,
    "supplier": pl.String,
    "outstanding": pl.Decimal(18, 2),
    "booking_date": pl.Date,
    "amount": pl.Decimal(18, 2),  # what is left of the debit, positive
    "label": pl.String,
    "account": pl.String,
    "evidence": pl.String,  # number | name | order
}
#: A debit may come so many days before its invoice is issued; a number, and a name, of fewer characters says too little.
_BEFORE, _LEAST_NUMBER, _LEAST_NAME = timedelta(days=10), 4, 3
#: A number of so many characters is told alone, also by a debit that is larger than its invoice (a fee, a penalty).
_SURE_NUMBER = 8
#: An early payment may reach the bank so many days after the last day of the discount.
_VALUE_DAYS = timedelta(days=3)
#: Transfers ordered together are booked so many days after their day at the latest; one alone is no batch.
_BOOKED_DAYS, _BATCH = timedelta(days=5), 2


@kept_with_ledger(1)
def payment_proposals(ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """PROPOSALS for what is left of the debits booked by `as_of`, without the pairs that a person refused."""
    owed = payables(ledger, as_of=as_of)
    given = ledger.claims.filter(pl.col("source") == "bank").group_by(line_id="source_id").agg(given=pl.col("amount").sum())
    left = (pl.col("amount") + pl.col("given").fill_null(0)).cast(MONEY)
    debits = (
        ledger.lines.filter((pl.col("amount") < 0) & (pl.col("booking_date") <= as_of))
        .join(given, on="line_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(amount=left)
        .filter(pl.col("amount") < 0)
        .join(ledger.refunds.select("line_id"), on="line_id", how="anti")
        .join(ledger.line_classes.select("line_id"), on="line_id", how="anti")
    )
    if owed.is_empty() or debits.is_empty():
        return pl.DataFrame(schema=PROPOSALS)
    refused = set(ledger.refusals.select("line_id", "document_id").iter_rows())
    book = _Book(owed, refused, _orders(ledger), supplier_names(ledger.documents, ledger.clients))
    since = book.first - _BEFORE
    rows = []
    for line in debits.filter(pl.col("booking_date") >= since).sort("booking_date", "line_id").iter_rows(named=True):
        found, evidence = _fit(line, book)
        book.taken |= {invoice["document_id"] for invoice in found}
        rows += [{**invoice, **line, "amount": -line["amount"], "evidence": evidence} for invoice in found]
    frame = pl.DataFrame([{name: row[name] for name in PROPOSALS} for row in rows], schema=PROPOSALS)
    return frame.sort("booking_date", "line_id", descending=[True, False])


def _orders(ledger: Ledger) -> dict[str, tuple[date, date]]:
    """By document_id, the day on which its transfer was ordered, and the day for which."""
    ordered = ledger.payment_choices.drop_nulls(["ordered_on", "pay_on"])
    return {key: (on, day) for key, on, day in ordered.select("document_id", "ordered_on", "pay_on").iter_rows()}


class _Book:
    """Open supplier invoices by the rarest word of their number, and by what is to pay."""

    def __init__(
        self,
        owed: pl.DataFrame,
        refused: set[tuple[str, str]],
        orders: dict[str, tuple[date, date]],
        names: Mapping[str, str],
    ) -> None:
        """`names`: of the supplier of each invoice, as bank labels have it."""
        self._by_order: dict[tuple[date, date], list[Invoice]] = defaultdict(list)
        batches = {order for order, count in Counter(orders.values()).items() if count >= _BATCH}
        self._by_word: dict[str, list[Invoice]] = defaultdict(list)
        self._by_amount: dict[Decimal, list[Invoice]] = defaultdict(list)
        self._by_name: dict[str, list[Invoice]] = defaultdict(list)
        self._refused = refused
        self.taken: set[str] = set()
        self.first: date = min(owed["issue_date"])
        numbers = [plain_words(number) for number in owed["number"]]
        uses = Counter(word for words in numbers for word in words.split(" "))
        for words, row in zip(numbers, owed.iter_rows(named=True), strict=True):
            invoice = {**row, "words": words, "names": name_text(names.get(row["document_id"], ""))}
            self._by_word[min(words.split(" "), key=lambda word: uses[word])].append(invoice)
            self._by_name[invoice["names"].split(" ")[0]].append(invoice)
            for amount in _sizes(invoice, None):
                self._by_amount[amount].append(invoice)
            if row["ordered_on"] is not None and orders.get(row["document_id"]) in batches:
                self._by_order[orders[row["document_id"]]].append(invoice)

    def near(self, line: Invoice, words: Iterable[str]) -> tuple[list[Invoice], list[Invoice]]:
        """The invoices of a line's currency and time whose number may stand among the words, and those of its amount."""
        by_word = [invoice for word in set(words) for invoice in self._by_word.get(word, [])]
        by_word.sort(key=lambda invoice: (invoice["words"], invoice["document_id"]))
        return self._of(line, by_word), self._of(line, self._by_amount.get(-line["amount"], []))

    def together(self, line: Invoice, names: str) -> list[Invoice]:
        """All the free invoices of the one supplier that a line names, or those due by then, if their sum is the debit."""
        named = [invoice for word in sorted(set(names.split())) for invoice in self._by_name.get(word, [])]
        free = [i for i in self._of(line, named) if _has_name(i, names) and i["document_id"] not in self.taken]
        if len({invoice["supplier_id"] for invoice in free}) != 1:
            return []
        due = [invoice for invoice in free if invoice["due_date"] <= line["booking_date"] + _VALUE_DAYS]
        return next((some for some in (free, due) if sum(i["outstanding"] - i["credited"] for i in some) == -line["amount"]), [])

    def ordered_together(self, line: Invoice) -> list[Invoice]:
        """The free invoices of the one order of several transfers that the debit is the sum of."""
        day = line["booking_date"]
        near = [some for (on, wanted), some in self._by_order.items() if on <= day <= wanted + _BOOKED_DAYS]
        free = [[i for i in self._of(line, some) if i["document_id"] not in self.taken] for some in near]
        fit = [some for some in free if some and sum(i["ordered_amount"] for i in some) == -line["amount"]]
        return fit[0] if len(fit) == 1 else []

    def _of(self, line: Invoice, invoices: list[Invoice]) -> list[Invoice]:
        return [
            invoice
            for invoice in invoices
            if invoice["currency"] == line["currency"]
            and invoice["issue_date"] <= line["booking_date"] + _BEFORE
            and (line["line_id"], invoice["document_id"]) not in self._refused
        ]


def _fit(line: Invoice, book: _Book) -> tuple[list[Invoice], str]:
    """The invoice that a debit may pay, or those whose numbers and sum it states, and what speaks for it; none if several may."""
    day, size = line["booking_date"], -line["amount"]
    label = f" {plain_words(line['label'])} "
    names = f" {name_text(' '.join([line['label'], line['counterparty'] or '']))} "
    by_word, by_amount = book.near(line, label.split())
    stated = [invoice for invoice in by_word if _has_number(invoice, label, names)]
    if len({i["supplier_id"] for i in stated}) == 1 and size == sum(i["outstanding"] for i in stated):
        return stated, "number"
    numbered = [i for i in stated if size <= i["outstanding"] or len(i["words"]) >= _SURE_NUMBER or _has_name(i, names)]
    if len(numbered) == 1:
        return numbered, "number"
    exact = [i for i in (numbered or by_amount) if size in _sizes(i, day) and _has_name(i, names)]
    if len({i["supplier_id"] for i in exact}) == 1:
        free = [invoice for invoice in exact if invoice["document_id"] not in book.taken]
        exact = sorted(free, key=lambda i: (abs((i["due_date"] - day).days), i["due_date"], i["document_id"]))[:1]
    if len(exact) == 1:
        return exact, "number" if numbered else "name"
    if numbered or exact:
        return [], ""
    found = book.together(line, names)
    return (found, "name") if found else (book.ordered_together(line), "order")


def _has_number(invoice: Invoice, label: str, names: str) -> bool:
    """The label holds the number; a short one needs the name beside it."""
    words = str(invoice["words"])
    is_long = len(words.replace(" ", "")) >= _LEAST_NUMBER
    return bool(words) and f" {words} " in label and (is_long or _has_name(invoice, names))


def _has_name(invoice: Invoice, names: str) -> bool:
    name = str(invoice["names"])
    return len(name) >= _LEAST_NAME and f" {name} " in names


def _sizes(invoice: Invoice, day: date | None) -> set[Decimal]:
    """What settles the invoice on that day (None: on some day): with its discount or not, less credit notes or not."""
    until = invoice["discount_until"]
    is_early = isinstance(until, date) and (day is None or day <= until + _VALUE_DAYS)
    wholes = [invoice["outstanding"], *([invoice["discounted"]] if is_early else [])]
    ordered = {invoice["ordered_amount"]} - {None}
    return {amount for whole in wholes for amount in (whole, whole - invoice["credited"])} | ordered


def pay_supplier(store: Store, line_id: str, number: str, *, author: Author) -> int:
    """Say that a debit paid a supplier invoice (by its number or id), for as much as both have; the change's id.

    What an early-payment discount leaves open is written off as one.

    Raises:
        Refused: unknown line or invoice, a credit, another currency, or nothing left on either side.
    """
    return pay_suppliers(store, [(line_id, number)], author=author)


def pay_suppliers(store: Store, pairs: Sequence[tuple[str, str]], *, author: Author) -> int:
    """Say the same of several debits, each with its invoice, as one change; its id.

    Raises:
        Refused: one of them does not hold, as above; nothing is stored.
    """
    with store.writing():
        ledger = run_ledger(store)
        found = [_pair(ledger, line_id, number) for line_id, number in pairs]
        last = max([author.today, *(day_of(line["booking_date"]) for line, _ in found)])
        owed = {row["document_id"]: row for row in payables(ledger, as_of=last).iter_rows(named=True)}
        used = ledger.claims.filter(pl.col("source") == "bank").group_by("source_id").agg(pl.col("amount").sum())
        given: dict[str, Decimal] = defaultdict(lambda: ZERO, used.iter_rows())
        rows = [row for line, invoice in found for row in _taken(line, invoice, owed, given, ledger)]
        subject = ", ".join(str(invoice["number"]) for _, invoice in found)
        with store.change("pay_supplier", author, subject=subject, detail={"label": _labels(found)}) as change:
            insert_claims(
                change, [(stable_id("claim", change.change_id, *row[:3]), *row) for row in rows], rule="person", evidence=""
            )
    return change.change_id


def _pair(ledger: Ledger, line_id: str, number: str) -> tuple[Row, Row]:
    """A debit and a supplier invoice of its currency."""
    line, invoice = find_line(ledger, line_id), find_document(ledger, number, direction="purchase")
    if amount_of(line) >= 0:
        raise Refused("not_a_debit", "The bank line {line} is not a payment.", line=line_id)
    if line["currency"] != invoice["currency"]:
        raise Refused("other_currency_paid", "{number} is in another currency.", number=invoice["number"])
    return line, invoice


def _labels(found: Sequence[tuple[Row, Row]]) -> str:
    """The labels of the debits, each once."""
    return ", ".join(dict.fromkeys(str(line["label"]) for line, _ in found))


def _taken(line: Row, invoice: Row, owed: dict[str, Invoice], given: dict[str, Decimal], ledger: Ledger) -> list[Given]:
    """What a debit gives to an invoice, taken off what both have left."""
    line_id, row = str(line["line_id"]), owed.get(str(invoice["document_id"]))
    left = -amount_of(line) - given[line_id]
    if row is None or row["outstanding"] <= 0 or left <= 0:
        raise Refused(
            "nothing_to_pay", "{number} owes nothing more, or the bank line has nothing left.", number=invoice["number"]
        )
    paid = min(left, row["outstanding"])
    claims = _claims(row, ledger, line_id, paid, day_of(line["booking_date"]))
    given[line_id] += paid
    row["outstanding"] -= sum((claim[3] for claim in claims), ZERO)
    return claims


def _claims(owed: Invoice, ledger: Ledger, line_id: str, amount: Decimal, day: date) -> list[Given]:
    """A payment, and the discount taken with it."""
    document_id, outstanding = owed["document_id"], owed["outstanding"]
    rows: list[Given] = [("bank", line_id, document_id, amount, day, None)]
    choice = ledger.payment_choices.filter(pl.col("document_id") == document_id).drop_nulls("discount_rate").to_dicts()
    is_early = bool(choice) and day <= choice[0]["discount_until"] + _VALUE_DAYS
    less = round_half_up(outstanding * (1 - choice[0]["discount_rate"])) if is_early else outstanding
    if amount in (less, less - owed["credited"]) and less < outstanding:
        source_id = stable_id("write_off", line_id, document_id)
        rows.append(("write_off", source_id, document_id, outstanding - less, day, "discount"))
    return rows


def refuse_payment(store: Store, line_id: str, number: str, *, author: Author) -> int:
    """Say that a debit does not pay a supplier invoice (by its number or id): not proposed again; the change's id.

    Raises:
        Refused: unknown line or invoice.
    """
    with store.writing():
        ledger = run_ledger(store)
        find_line(ledger, line_id)
        document_id = str(find_document(ledger, number, direction="purchase")["document_id"])
        with store.change("refuse", author, subject=line_id) as change:
            change.insert("refusal", pl.DataFrame({"line_id": [line_id], "document_id": [document_id]}))
    return change.change_id
