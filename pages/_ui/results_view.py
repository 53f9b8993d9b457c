"""What the reminders were followed by: a table by step and channel, and how it is counted."""

import polars as pl
import streamlit as st

from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import word
from pages._ui.words import md
from pages._ui.worklist_files import result_rows
from pipelines.collections.reasons import ACTION_NAMES, STEP_NAMES
from pipelines.exports.lists import DEFINITION_SENTENCES, TITLE_WORDS


def show_results(session: Session) -> None:
    """The table, and the sentences without which it would say too much."""
    texts = session.texts
    rows = result_rows(session)
    if not rows:
        st.info(texts.t("No reminder is on record yet: what they bring is told here once some have been sent."))
        return
    judged = sum(row["counted_30"] for row in rows)
    st.markdown(
        md(
            texts.t(
                "{all} invoices reminded, each time counted; {judged} of these reminders are at least 30 days old.",
                all=texts.number(sum(row["reminders"] for row in rows)),
                judged=texts.number(judged),
            )
        )
    )
    shown = [
        row
        | {
            "step": word(texts, STEP_NAMES, row["step"]),
            "channel": word(texts, ACTION_NAMES, row["channel"]),
        }
        for row in rows
    ]
    columns = [
        Column("step", texts.t("Step"), width=125),
        Column("channel", texts.t("Channel"), width=115),
        Column("reminders", texts.t("Reminders"), "count", width=82),
        Column("amount", texts.t("Amount"), "money", width=95, help=texts.t("Amount reminded")),
        Column("counted_15", texts.t("Judged, 15 d"), "count", width=88, help=texts.t("Judged at 15 days")),
        Column("rate_15", texts.t("Paid, 15 d"), "share", width=95, help=texts.t("Paid within 15 days")),
        Column("counted_30", texts.t("Judged, 30 d"), "count", width=88, help=texts.t("Judged at 30 days")),
        Column("rate_30", texts.t("Paid, 30 d"), "share", width=95, help=texts.t("Paid within 30 days")),
        Column("settled", texts.t("Settled"), "count", width=72, help=texts.t("Paid in full since")),
        Column("median_days", texts.t("Median"), "days", width=80, help=texts.t("Median days to payment")),
    ]
    definition = texts.t(DEFINITION_SENTENCES["results"])
    sheet = Sheet(texts.t(TITLE_WORDS["results"]), [definition])
    show_table(pl.DataFrame(shown, infer_schema_length=None), columns, key="results", texts=texts, sheet=sheet)
    st.caption(md(definition))
