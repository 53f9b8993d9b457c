"""The parts of the suppliers screen: the plan, the invoices with their discounts, the aged balance, payments found."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from models.dates import next_working_day
from models.errors import AppError, Refused
from models.money import total
from models.store import Author, Store
from models.tables import BUCKETS
from pages._ui.acting import Notice, decide, error_sentence, tell
from pages._ui.known import is_past, when_now, why_not
from pages._ui.match_search import read_amount
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_words
from pages._ui.words import md
from pipelines.exports.cash_answers import PAY_WHY_WORDS, PAYABLE_STATUS_WORDS, PLAN_WORDS, WHY_NOT_WORDS
from pipelines.exports.columns import BUCKET_TITLES
from pipelines.forecast.curve import Forecast
from pipelines.payables import aged_payables, to_pay
from pipelines.payables_ahead import only_expected_days, only_payable
from pipelines.paying import Ordered, choose_days, order_transfers, set_discount, set_supplier_iban, supplier_ibans
from pipelines.payment_plan import days_to_keep, plan_within

PAGE = "fournisseurs"
_FILE = "encours_transfers"


def show_plan(session: Session, ahead: Forecast) -> None:
    """What to pay on which payment day within the floor; the days can be kept, and transfers ordered."""
    texts, settings = session.texts, session.ledger.settings
    plan = plan_within(ahead, settings)
    sentence = texts.t(
        "The most urgent first, so that prudent cash stays above the floor of {floor}. Payment days and the floor are settings.",
        floor=texts.money(ahead.floor, session.currency),
    )
    st.caption(md(sentence))
    columns = [
        Column("pay_on", texts.t("Pay on"), "date", width=88),
        Column("supplier", texts.t("Supplier"), width=150),
        Column("number", texts.t("Invoice"), width=108),
        Column("due_date", texts.t("Due"), "date", width=88),
        Column("to_pay", texts.t("To pay"), "money", width=95),
        Column("reason", texts.t("Why that day"), width=165),
        Column("days_late_then", texts.t("Delay"), "days", width=65, help=texts.t("How late it will be on that day.")),
        Column("saved", texts.t("Saved"), "money", width=75),
        Column("credited", texts.t("Credit notes"), "money", width=80, help=texts.t("Of this supplier, taken off already.")),
    ]
    shown = with_words(texts, plan, reason=PLAN_WORDS)
    columns = [column for column in columns if column.name not in ("saved", "credited") or plan[column.name].count()]
    show_table(
        shown,
        columns,
        key="payment-plan",
        texts=texts,
        sheet=Sheet(texts.t("Payments to make")),
        empty=texts.t("There is nothing to pay."),
    )
    dated = plan.drop_nulls("pay_on").filter(pl.col("reason") != "ordered")
    if dated.height:
        _keep_days(session, dated)
    _transfers(session, ahead, plan)


def _keep_days(session: Session, dated: pl.DataFrame) -> None:
    """What each payment day takes, and a button to hold the invoices that have no chosen day to these days."""
    texts = session.texts
    by_day = dated.group_by("pay_on", maintain_order=True).agg(pl.col("to_pay").sum(), pl.len())
    said = [f"{texts.date(day)}{texts.t(': ')}{texts.money(amount, session.currency)}" for day, amount, _ in by_day.iter_rows()]
    st.markdown(f"**{texts.t('By payment day')}**{texts.t(': ')}" + md(", ".join(said)))
    days = days_to_keep(dated)
    if days and st.button(
        texts.t("Keep these days"), key=f"keep-plan-{session.revision}", icon=":material/event_available:", **when_now(session)
    ):
        decide(
            session, PAGE, lambda store, author: choose_days(store, days, author=author),
            texts.plural("{count} payment day kept.", "{count} payment days kept.", len(days)),
        )  # fmt: skip


def _transfers(session: Session, ahead: Forecast, plan: pl.DataFrame) -> None:
    """Choose invoices and get the file for the bank: the last one stays at hand, also when nothing else is to be paid."""
    texts = session.texts
    free = only_payable(ahead.payables).filter(pl.col("ordered_on").is_null()).with_columns(asked=to_pay())
    rows = {row["document_id"]: row for row in free.filter(pl.col("asked") > 0).iter_rows(named=True)}
    planned = [key for key in plan.drop_nulls("pay_on")["document_id"].to_list() if key in rows]
    if rows:
        _order_form(session, rows, planned)
    made = st.session_state.get(_FILE)
    if isinstance(made, Ordered) and made.change_id in _live(session):
        st.download_button(
            texts.t("Download {name}", name=made.name), made.content, made.name, "application/xml",
            key=f"order-file-{made.change_id}",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _order_form(session: Session, rows: Mapping[str, dict[str, Any]], planned: Sequence[str]) -> None:
    """Which invoices (PAYABLES by id) on which day, with the IBANs that are missing; the first of the plan is proposed."""
    texts = session.texts
    with st.expander(texts.t("Order the transfers (SEPA file for your bank)"), icon=":material/account_balance:"):
        chosen = st.multiselect(
            texts.t("Invoices to pay"), list(rows), planned[:1], key=f"order-{session.revision}",
            format_func=lambda key: f"{rows[key]['supplier']} – {rows[key]['number']} – "
            + texts.money(rows[key]["asked"], session.currency), placeholder="", select_all=False,
        )  # fmt: skip
        known = supplier_ibans(session.ledger)
        missing = sorted({(rows[k]["supplier"], rows[k]["supplier_id"]) for k in chosen if rows[k]["supplier_id"] not in known})
        for name, supplier_id in missing:
            _ask_iban(session, str(name), str(supplier_id))
        first = next_working_day(max(session.today, session.as_of), session.ledger.settings.region)
        day = st.date_input(
            texts.t("Day of payment"), first, min_value=session.today, format="DD/MM/YYYY",
            key=f"order-day-{session.revision}",
        )  # fmt: skip
        is_ready = bool(chosen) and not missing and isinstance(day, date)
        if st.button(
            texts.t("Write the file"),
            key=f"order-write-{session.revision}",
            type="primary",
            disabled=not is_ready or is_past(session),
            help=why_not(session),
        ) and isinstance(day, date):
            _order(session, chosen, day)


def _live(session: Session) -> set[int]:
    """Changes that no later one undoes."""
    return set(session.store.changes().filter("is_live")["change_id"])


def _ask_iban(session: Session, name: str, supplier_id: str) -> None:
    """The IBAN of a supplier, typed once and kept."""
    texts = session.texts
    place, button = st.columns([3, 1], vertical_alignment="bottom")
    typed = place.text_input(texts.t("IBAN of {supplier}", supplier=md(name)), key=f"iban-{supplier_id}-{session.revision}")
    if button.button(texts.t("Keep"), key=f"iban-keep-{supplier_id}-{session.revision}", **when_now(session)):
        decide(
            session, PAGE, lambda store, author: set_supplier_iban(store, supplier_id, typed, author=author),
            texts.t("IBAN of {supplier} kept.", supplier=name),
        )  # fmt: skip


def _order(session: Session, chosen: Sequence[str], day: date) -> None:
    """Write the file, keep it for the download, and say so."""
    texts = session.texts
    try:
        made = order_transfers(session.store, chosen, pay_on=day, author=session.author)
    except AppError as error:
        tell(session, Notice(PAGE, error_sentence(texts, error, session.currency), is_error=True))
        return
    st.session_state[_FILE] = made
    text = texts.plural(
        "{count} transfer of {amount} ordered: download the file and send it to your bank.",
        "{count} transfers of {amount} ordered: download the file and send it to your bank.",
        len(made.transfers), amount=texts.money(made.total, session.currency),
    )  # fmt: skip
    tell(session, Notice(PAGE, text, (made.change_id,)))


def show_invoices(session: Session, ahead: Forecast) -> None:
    """Open invoices with the day on which they are expected to be paid; a ticked one gets a day or a discount."""
    texts = session.texts
    st.caption(texts.t("Tick an invoice to choose its payment day, or to note what early payment saves."))
    columns = [
        Column("supplier", texts.t("Supplier"), width=146),
        Column("number", texts.t("Invoice"), width=98),
        Column("due_date", texts.t("Due"), "date", width=84),
        Column("status", texts.t("Status"), width=70),
        Column("outstanding", texts.t("Outstanding"), "money", width=86),
        Column("pay_on", texts.t("Pay on"), "date", width=84, help=texts.t("The day on which it is expected to be paid.")),
        Column("why", texts.t("Why that day"), width=148),
        Column("annual_rate", texts.t("Discount"), "percent", width=66, help=texts.t("What it is worth, in % a year.")),
        Column("discount_until", texts.t("Until"), "date", width=82, help=texts.t("The last day of the discount.")),
        Column("credited", texts.t("Credit notes"), "money", width=92, help=texts.t("Of this supplier, to be taken off.")),
    ]
    rows = only_expected_days(ahead.payables).with_columns(credited=pl.when(pl.col("credited") > 0).then("credited"))
    sparse = ("annual_rate", "discount_until", "credited")
    columns = [column for column in columns if column.name not in sparse or rows[column.name].count()]
    said = rows.with_columns(why=pl.coalesce("why_not", "why"))
    shown = with_words(texts, said, status=PAYABLE_STATUS_WORDS, why=PAY_WHY_WORDS | WHY_NOT_WORDS)
    nothing = texts.t("No supplier invoice is open.")
    chosen = show_table(
        shown,
        columns,
        key="payables",
        texts=texts,
        sheet=Sheet(texts.t("Supplier invoices")),
        selection="single-row",
        empty=nothing,
    )
    if chosen:
        _choices(session, rows.row(by_predicate=pl.col("document_id") == chosen[0], named=True))


def _choices(session: Session, invoice: dict[str, Any]) -> None:
    """A payment day and a discount for one invoice."""
    texts, key = session.texts, f"{invoice['document_id']}-{session.revision}"
    number = str(invoice["number"])
    with st.container(border=True):
        st.markdown(f"**{md(invoice['supplier'])} {md(number)}**")
        day, percent, until = st.columns(3)
        pay_on = day.date_input(
            texts.t("Pay on"), invoice["pay_on"] or max(session.today, session.as_of), format="DD/MM/YYYY", key=f"pay-on-{key}"
        )
        typed = percent.text_input(texts.t("Early-payment discount (%)"), key=f"discount-{key}", placeholder="2")
        last = until.date_input(texts.t("If paid by"), session.as_of, format="DD/MM/YYYY", key=f"until-{key}")
        with st.container(horizontal=True):
            if st.button(texts.t("Choose that day"), key=f"choose-{key}", type="primary", **when_now(session)) and isinstance(
                pay_on, date
            ):
                decide(
                    session, PAGE, partial(_chosen, document_id=str(invoice["document_id"]), day=pay_on),
                    texts.t("{number} is paid on {day}.", number=number, day=texts.date(pay_on)),
                )  # fmt: skip
            if st.button(texts.t("Note the discount"), key=f"note-{key}", **when_now(session)) and isinstance(last, date):
                decide(
                    session, PAGE, partial(_discounted, document_id=str(invoice["document_id"]), typed=typed, until=last),
                    texts.t("Discount of {number} noted.", number=number),
                )  # fmt: skip


def _chosen(store: Store, author: Author, *, document_id: str, day: date) -> int:
    return choose_days(store, {document_id: day}, author=author)


def _discounted(store: Store, author: Author, *, document_id: str, typed: str, until: date) -> int:
    percent = read_amount(typed.replace("%", ""))
    if percent is None:
        raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=typed)
    return set_discount(store, document_id, percent, until, author=author)


def show_aged(session: Session) -> None:
    """What each supplier is owed, by age."""
    texts = session.texts
    rows = aged_payables(session.ledger, as_of=session.as_of, currency=session.currency)
    columns = [
        Column("supplier", texts.t("Supplier"), width=240),
        *(Column(name, texts.t(BUCKET_TITLES[name]), "money", is_sparse=True) for name in BUCKETS),
        Column("open_credits", texts.t("Unused credits"), "money", is_sparse=True),
        Column("total", texts.t("Total"), "money"),
    ]
    show_table(
        rows,
        columns,
        key="payables-aged",
        texts=texts,
        sheet=Sheet(texts.t("Aged balance of suppliers")),
        empty=texts.t("No supplier invoice is open."),
    )
    if rows.height:
        st.markdown(f"**{texts.t('Total')}**{texts.t(': ')}{md(texts.money(total(rows['total']), session.currency))}")
