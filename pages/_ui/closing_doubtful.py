"""The view of doubtful receivables: what is proposed and why, what was decided, and what is provided for."""

from typing import Any

import polars as pl
import streamlit as st

from models.money import total
from pages._ui.closing_actions import show_decided_actions, show_proposal_actions
from pages._ui.closing_losses import show_losses
from pages._ui.closing_queries import doubtful, provision_moves
from pages._ui.columns import Column
from pages._ui.links import button_to
from pages._ui.session import Session
from pages._ui.table_tools import Sheet
from pages._ui.tables import show_table
from pages._ui.tiles import Tile, show_tiles
from pages._ui.words import written
from pipelines.exports.closing_columns import BASIS_WORDS, DOUBT_STATE_WORDS
from pipelines.exports.doubtful_tables import DOUBTFUL_SENTENCES, doubtful_rows
from pipelines.provisions.closings import last_closing


def show_doubtful(session: Session, page: str) -> None:
    """Show the doubtful receivables at the as-of date."""
    texts = session.texts
    rows = doubtful(session)
    show_tiles(texts, _tiles(session, rows), key="doubtful-tiles", columns=4, least=210)
    _warn_of_limitation(session, rows)
    _proposed(session, page, rows.filter(pl.col("state") == "proposed"))
    _decided(session, page, rows.filter(pl.col("state") != "proposed"))
    _entries(session)
    show_losses(session, page)


def _tiles(session: Session, rows: pl.DataFrame) -> list[Tile]:
    """What waits for a decision, what is doubtful, what is provided for, and what the accounts have of it already."""
    texts, money = session.texts, session.currency
    proposed, held = rows.filter(pl.col("state") == "proposed"), rows.filter(pl.col("state") == "doubtful")
    closing = last_closing(session.ledger.settings, before=session.as_of)
    booked = total(provision_moves(session).filter(pl.col("day") <= closing)["change"])
    now = total(held["provision"].drop_nulls())
    count = texts.plural("{count} invoice", "{count} invoices", proposed.height)
    held_count = texts.plural("{count} invoice", "{count} invoices", held.height)
    return [
        Tile(
            texts.t("To decide"), texts.money(total(proposed["outstanding"]), money), note=count,
            help=texts.t("Receivables that a rule proposes as doubtful, VAT included. A person decides."),
            explains="doubtful_proposed",
        ),
        Tile(
            texts.t("Decided doubtful (416)"), texts.money(total(held["outstanding"]), money), note=held_count,
            help=texts.t("What is owed on invoices that a person decided to be doubtful, VAT included."),
            explains="doubtful_decided",
        ),
        Tile(
            texts.t("Provision at this date"), texts.money(now, money), help=texts.t(DOUBTFUL_SENTENCES["provision"]),
            note=texts.t("of {amount} without VAT", amount=texts.money(total(held["outstanding_excl"].drop_nulls()), money)),
            explains="provision",
        ),
        Tile(
            texts.t("Since the last closing"), texts.money(now - booked, money),
            help=texts.t("What a closing at this date would add to the provision, or take back where it is negative."),
            note=texts.t("{amount} provided for at {day}", amount=texts.money(booked, money), day=texts.date(closing)),
            explains="provision_change",
        ),
    ]  # fmt: skip


def show_limitation(session: Session, client_id: str) -> None:
    """Warn on a client's page of what is soon time-barred; nothing where nothing is."""
    _warn_of_limitation(session, doubtful(session).filter(pl.col("client_id") == client_id))


def _warn_of_limitation(session: Session, rows: pl.DataFrame) -> None:
    near = rows.filter("is_barred_soon").sort("barred_on")
    if near.is_empty():
        return
    texts, first = session.texts, near.row(0, named=True)
    sentence = texts.plural(
        "{count} invoice is time-barred within six months, or already ({amount}): {number} on {day}. A reminder stops nothing.",
        "{count} invoices are time-barred within six months, or already ({amount}); the first is {number}, on {day}. "
        "A reminder stops nothing.",
        near.height,
        amount=texts.money(total(near["outstanding"]), session.currency),
        number=first["number"],
        day=texts.date(first["barred_on"]),
    )
    st.warning(written(sentence), icon=":material/hourglass_bottom:")


def _columns(session: Session, *names: str) -> list[Column]:
    """The columns of these names, as both tables have them."""
    texts = session.texts
    known = [
        Column("client", texts.t("Client"), width=158),
        Column("number", texts.t("Invoice"), width=112),
        Column("state_word", texts.t("State"), width=95),
        Column("days_late", texts.t("Late (d)"), "days", width=66, help=texts.t("Days late.")),
        Column("outstanding", texts.t("Owed incl. VAT"), "money", width=100),
        Column("outstanding_excl", texts.t("Owed excl. VAT"), "money", width=100, help=texts.t("Empty: its VAT is not known.")),
        Column("reasons", texts.t("Reasons"), width=100),
        Column("decided_on", texts.t("Decided on"), "date", width=90),
        Column("rate_pct", texts.t("Rate"), "percent", width=68),
        Column("basis_word", texts.t("Rate from"), width=118),
        Column("provision", texts.t("Provision"), "money", width=90, help=texts.t(DOUBTFUL_SENTENCES["provision"])),
        Column("barred_on", texts.t("Barred on"), "date", width=92, help=texts.t(DOUBTFUL_SENTENCES["limitation"])),
        Column("note", texts.t("Note"), width=160),
    ]
    by_name = {column.name: column for column in known}
    return [by_name[name] for name in names]


def _shown(session: Session, rows: pl.DataFrame) -> pl.DataFrame:
    texts = session.texts
    basis = {code: texts.t(word) for code, word in BASIS_WORDS.items()}
    states = {code: texts.t(word) for code, word in DOUBT_STATE_WORDS.items()}
    return doubtful_rows(rows, texts).with_columns(
        rate_pct=100 * pl.col("rate"),
        basis_word=pl.col("basis").replace_strict(basis, return_dtype=pl.String),
        state_word=pl.col("state").replace_strict(states, return_dtype=pl.String),
    )


def _proposed(session: Session, page: str, rows: pl.DataFrame) -> None:
    texts = session.texts
    with st.container(border=True):
        st.subheader(texts.t("To decide"), anchor=False)
        st.caption(
            texts.t(
                "Proposed by a rule; being late alone is not doubt in law. The rate is what would be provided if you decide so. "
                "Public bodies are not provided for by default."
            )
        )
        picked = show_table(
            _shown(session, rows),
            _columns(
                session, "client", "number", "days_late", "outstanding", "outstanding_excl", "reasons", "rate_pct", "provision",
                "barred_on",
            ),
            key="doubtful-proposed", texts=texts, selection="multi-row", id_column="document_id",
            empty=texts.t("Nothing is proposed at this date."),
            sheet=Sheet(texts.t("Doubtful receivables to decide"), _definitions(session)),
        )  # fmt: skip
        if rows.height:
            show_proposal_actions(session, page, picked)


def _decided(session: Session, page: str, rows: pl.DataFrame) -> None:
    texts = session.texts
    with st.container(border=True):
        st.subheader(texts.t("Decided"), anchor=False)
        st.caption(
            texts.t("Tick an invoice to set its rate by hand, take the decision back, write it off or note its limitation.")
        )
        picked = show_table(
            _shown(session, rows),
            _columns(
                session, "client", "number", "state_word", "decided_on", "outstanding", "outstanding_excl",
                "rate_pct", "provision", "barred_on", "basis_word", "note",
            ),
            key="doubtful-decided", texts=texts, selection="multi-row", id_column="document_id",
            empty=texts.t("No decision holds on what is still owed."),
            sheet=Sheet(texts.t("Doubtful receivables"), _definitions(session)),
        )  # fmt: skip
        chosen: list[dict[str, Any]] = rows.filter(pl.col("document_id").is_in(picked)).to_dicts()
        if chosen:
            show_decided_actions(session, page, chosen)


def _definitions(session: Session) -> list[str]:
    return [session.texts.t(sentence) for sentence in DOUBTFUL_SENTENCES.values()]


def _entries(session: Session) -> None:
    """What the accounts will have of it, closing by closing, and the way to take it away."""
    texts = session.texts
    moves = provision_moves(session).with_columns(
        more=pl.col("change").clip(lower_bound=0), less=(-pl.col("change")).clip(lower_bound=0)
    )
    with st.container(border=True):
        st.subheader(texts.t("Provisions from closing to closing"), anchor=False)
        settings = session.ledger.settings
        st.caption(
            texts.t(
                "Draft entries: {expense} to {account} at each closing, back by {reversal}; and {clients} to {doubtful} on the "
                "day of each decision. They are in the exports, unless you leave them out.",
                expense=settings.account_provision_expense, account=settings.account_provision,
                reversal=settings.account_provision_reversal, clients=settings.account_clients,
                doubtful=settings.account_doubtful,
            )
        )  # fmt: skip
        columns = [
            Column("day", texts.t("Date"), "date", width=105),
            Column("number", texts.t("Invoice"), width=140),
            Column("client", texts.t("Client"), width=230),
            Column("more", texts.t("Added"), "money", is_sparse=True, width=120),
            Column("less", texts.t("Provision taken back"), "money", is_sparse=True, width=140),
            Column("provision", texts.t("Provision from then on"), "money", is_summed=False, width=170),
        ]
        title = texts.t("Provisions from closing to closing")
        show_table(
            moves.reverse(), columns, key="provision-moves", texts=texts, sheet=Sheet(title, _definitions(session)),
            empty=texts.t("No closing has a provision yet."),
        )  # fmt: skip
        button_to(texts.t("Take the entries away"), "exports", key="doubtful-exports", icon=":material/output:")
