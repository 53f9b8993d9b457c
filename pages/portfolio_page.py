"""Dossiers: all companies of the folder at a glance, from what each wrote of itself, the most pressing first."""

from typing import Any

import streamlit as st

from models.errors import AppError
from models.texts import Texts
from pages._ui.columns import wrapped_height
from pages._ui.companies import HOME, PARAMETER, asks_for_unknown, dossiers, folder, leave_for
from pages._ui.session import Session, current
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.tiles import Tile, show_tiles
from pages._ui.words import md
from pipelines.companies.folder import run_new_company
from pipelines.companies.portfolio import Portfolio, run_portfolio
from pipelines.exports.company_columns import STATE_WORDS
from pipelines.exports.company_rows import portfolio_notes, portfolio_rows

#: In pixels.
_HEAD_HEIGHT, _MOST_HEIGHT, _REASONS_WIDTH = 38, 800, 290
_NET = "What clients owe, net of their open credits."
_LATE = "What is owed on invoices past their due date, before any open credit."


def show() -> None:
    """Show the dossiers."""
    session, place = current(), folder()
    texts = session.texts
    st.title(texts.t("Dossiers"), anchor=False)
    if place is None:
        st.write(texts.t("This dashboard was opened on one database only."))
        st.write(texts.t("To follow several companies, close it and start it on the folder that holds their databases:"))
        st.code(f"encours run --folder {texts.t('FOLDER')}", language="sh")
        return
    if asks_for_unknown() and st.query_params[PARAMETER] not in {known.company_id for known in dossiers(place)}:
        st.warning(texts.t("There is no such dossier in this folder: choose one below."), icon=":material/info:")
    found = run_portfolio(place, today=session.today)
    if len(found.dossiers) > 1:
        st.caption(
            texts.t(
                "Figures of each company on the day in the column As of, in its own currency, as its dossier last wrote them. "
                "Tick a dossier to open it."
            )
        )
        _totals(session, found)
        for note in portfolio_notes(found, texts):
            st.caption(md(note))
        _table(session, found)
    else:
        st.markdown(
            texts.t(
                "A dossier is the database of one company. With several of them in this folder, this page shows all companies at "
                "a glance: what clients owe, what is overdue, the low point of cash and what needs a look."
            )
        )
    _new_company(session)


def _totals(session: Session, found: Portfolio) -> None:
    """What the companies of each currency are owed together; currencies are never added."""
    texts = session.texts
    tiles = []
    for total in sorted(found.totals, key=lambda total: -total.dossiers):  # the currency of most of them first
        count = texts.plural("{count} dossier", "{count} dossiers", total.dossiers)
        share, owed = texts.percent(total.overdue_pct, 0), texts.money(total.gross_outstanding, total.currency)
        credits_ = texts.money(total.open_credits, total.currency)
        tiles += [
            Tile(
                texts.t("Receivables in {currency}", currency=total.currency),
                texts.money(total.receivables, total.currency),
                f"{texts.t(_NET)} {texts.t('Summed over the companies of that currency.')}",
                note=f"{count} · {texts.t('{owed} owed, less {credits} of credits', owed=owed, credits=credits_)}"
                if total.open_credits
                else count,
                table="portfolio",
            ),
            Tile(
                texts.t("Overdue in {currency}", currency=total.currency),
                texts.money(total.overdue, total.currency),
                texts.t(_LATE),
                note=texts.t("{share} of {owed} owed on invoices", share=share, owed=owed)
                if total.gross_outstanding
                else texts.t("Nothing is owed."),
                table="portfolio",
            ),
        ]
    show_tiles(texts, tiles, key="portfolio-tiles", columns=2)


def _table(session: Session, found: Portfolio) -> None:
    """One row per dossier; the one that is ticked is opened."""
    texts = session.texts
    rows = [_shown(row, texts) for row in portfolio_rows(found, texts)]
    columns = [
        Column("company", texts.t("Dossier"), width=140, pinned=True, code="id"),
        Column("reasons", texts.t("What needs a look"), width=_REASONS_WIDTH),
        Column("receivables", texts.t("Receivables (net)"), "money", 126, texts.t(_NET)),
        Column("overdue", texts.t("Overdue"), "money", 104, texts.t(_LATE)),
        Column("dso", texts.t("DSO"), "count", width=56),
        Column("lowest", texts.t("Low point"), "money", 104, texts.t("The prudent curve of the next 30 days.")),
        Column("as_of", texts.t("As of"), "date", width=92),
        Column(
            "statement_age", texts.t("Bank (d)"), "days", 76, texts.t("Days since the last day that a bank statement covers.")
        ),
        Column("import_age", texts.t("Import (d)"), "days", 76, texts.t("Days since a file last brought something.")),
        Column("overdue_share", texts.t("Overdue, %"), "share", width=80),
        Column("lowest_date", texts.t("Low point on"), "date", width=110),
        Column("state_text", texts.t("Summary"), width=110),
    ]
    height = wrapped_height([row["reasons"] for row in rows], _REASONS_WIDTH)
    chosen = show_table(
        rows,
        columns,
        key="portfolio",
        texts=texts,
        selection="single-row",
        id_column="id",
        row_height=height,
        height=min(_MOST_HEIGHT, _HEAD_HEIGHT + height * len(rows)),
        sheet=Sheet(texts.t("Portfolio"), portfolio_notes(found, texts)),
    )
    if chosen:
        leave_for(chosen[0], HOME)
        st.rerun()


def _shown(row: dict[str, Any], texts: Texts) -> dict[str, Any]:
    """A dossier with its summary's state in words; days whole, the share to a tenth of a percent."""
    dso = None if row["dso"] is None else round(row["dso"])
    share = None if row["overdue_share"] is None else round(row["overdue_share"], 3)
    return row | {"dso": dso, "overdue_share": share, "state_text": texts.t(STATE_WORDS[row["state"]])}


def _new_company(session: Session) -> None:
    """A form for one more company, whose dossier is opened at once."""
    texts, place = session.texts, folder()
    with st.form("new-company", width=560):
        st.subheader(texts.t("A new company"), anchor=False)
        name = st.text_input(texts.t("Name of the company"), max_chars=120, key="new-company-name")
        is_sent = st.form_submit_button(texts.t("Create the dossier"), icon=":material/create_new_folder:")
    if not is_sent or place is None:
        return
    try:
        made = run_new_company(place, name, author=session.author)
    except AppError as error:
        st.warning(md(texts.t(error.template, **error.fields)), icon=":material/info:")
        return
    leave_for(made.company_id, "imports")
    st.rerun()
