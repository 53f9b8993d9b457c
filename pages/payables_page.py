"""Fournisseurs: what is owed to suppliers, what to pay when, which debits paid, and the transfers to the bank."""

import polars as pl
import streamlit as st

from models.money import total
from pages._ui.acting import show_notice
from pages._ui.cash_queries import cash_ahead, payments_found
from pages._ui.empty import show_empty
from pages._ui.payables_view import PAGE, show_aged, show_invoices, show_plan
from pages._ui.payments_found import show_payments_found
from pages._ui.session import Session, current
from pages._ui.tiles import Tile, show_tiles
from pipelines.forecast.curve import NOTES, Forecast
from pipelines.payables import supplier_credits

_DAYS = 30


def show() -> None:
    """Show the suppliers screen."""
    session = current()
    texts = session.texts
    ahead = cash_ahead(session, _DAYS)
    has_purchases = (session.ledger.documents["direction"] == "purchase").any()
    if not has_purchases:
        show_empty(session, texts.t("Suppliers"), texts.t("Import your supplier invoices to see what to pay and when."))
        return
    st.title(texts.t("Suppliers"), anchor=False)
    st.caption(texts.t("As of {day}.", day=texts.weekday_date(session.as_of)))
    show_notice(session, PAGE)
    if "other_currencies" in ahead.notes:
        st.caption(texts.t(NOTES["other_currencies"]))
    found = payments_found(session)
    show_tiles(texts, _tiles(session, ahead, found), key="payables-tiles", columns=3)
    titles = [
        texts.t("What to pay, when"),
        texts.t("Open invoices"),
        texts.t("Aged balance"),
        texts.t("Payments found ({count})", count=texts.number(found.height)),
    ]
    plan, invoices, aged, payments = st.tabs(titles)
    with plan:
        show_plan(session, ahead)
    with invoices:
        show_invoices(session, ahead)
    with aged:
        show_aged(session)
    with payments:
        show_payments_found(session, found)


def _tiles(session: Session, ahead: Forecast, found: pl.DataFrame) -> list[Tile]:
    """What is owed, what of it is late, and what is to be paid in the coming days; what seems to be paid is told apart."""
    texts, money, owed = session.texts, session.currency, ahead.payables
    is_paid = pl.col("document_id").is_in(found["document_id"].implode())
    late, paid = owed.filter((pl.col("days_late") > 0) & ~is_paid), owed.filter(is_paid)
    note = texts.plural("{count} open invoice", "{count} open invoices", owed.height)
    if paid.height:
        note += ", " + texts.plural("of which {count} seems to be paid", "of which {count} seem to be paid", paid.height)
    credits_ = -total(supplier_credits(session.ledger, as_of=session.as_of, currency=money)["open_credits"])
    if credits_:
        note += ", " + texts.t("before {amount} of credit notes", amount=texts.money(credits_, money))
    late_note = texts.plural("{count} late invoice", "{count} late invoices", late.height)
    late_paid = paid.filter(pl.col("days_late") > 0).height
    if late_paid:
        late_note += ", " + texts.plural("without {count} that seems paid", "without {count} that seem paid", late_paid)
    soon = ahead.items.filter(pl.col("kind") == "supplier")
    return [
        Tile(
            label=texts.t("Owed to suppliers"),
            value=texts.money(total(owed["outstanding"]), money),
            help=texts.t("What open supplier invoices still ask for, VAT included, before credit notes that name none of them."),
            note=note,
            explains="payables",
        ),
        Tile(
            label=texts.t("Overdue"),
            value=texts.money(total(late["outstanding"]), money),
            help=texts.t(
                "Supplier invoices past their due date that no debit seems to have paid: late-payment interest and 40 € each "
                "are due by law."
            ),
            note=late_note,
            explains="overdue_payables",
        ),
        Tile(
            label=texts.t("To pay within 30 days"),
            value=texts.money(-total(soon["amount"]), money),
            help=texts.t("As the cash forecast expects it: on the due date, your habit or the day that you chose."),
            note=texts.plural("{count} supplier payment", "{count} supplier payments", soon.height),
            explains="to_pay",
        ),
    ]
