"""The VAT of what will not be paid: what may be claimed back, by rate, and the duplicate that the client is sent."""

import polars as pl
import streamlit as st

from models.errors import AppError
from pages._ui.acting import error_sentence
from pages._ui.closing_queries import lost_vat_rows
from pages._ui.columns import Column
from pages._ui.downloads import file_name
from pages._ui.session import Session
from pages._ui.table_tools import Sheet
from pages._ui.tables import show_table
from pages._ui.words import md, written
from pipelines.exports.closing_columns import LOSS_STATE_WORDS
from pipelines.exports.doubtful_tables import lost_vat_sentences
from pipelines.provisions.vat_recovery import duplicate_pdf, vat_by_rate


def show_losses(session: Session, page: str) -> None:
    """Losses and claims in insolvency proceedings with their VAT, and the letter of the one that is ticked."""
    del page  # nothing is decided here
    texts, rows = session.texts, lost_vat_rows(session)
    with st.container(border=True):
        st.subheader(texts.t("VAT of losses"), anchor=False)
        sentences = lost_vat_sentences(rows, session.ledger.settings, texts)
        for sentence in sentences:
            st.caption(md(sentence))
        if rows.is_empty():
            st.caption(texts.t("Nothing is written off as a loss, and no doubtful client is in insolvency proceedings."))
            return
        _by_rate(session, rows)
        words = {code: texts.t(word) for code, word in LOSS_STATE_WORDS.items()}
        columns = [
            Column("state_word", texts.t("State"), width=125),
            Column("client", texts.t("Client"), width=145),
            Column("number", texts.t("Invoice"), width=112),
            Column("on_date", texts.t("Lost on"), "date", width=88),
            Column("amount", texts.t("Unpaid incl. VAT"), "money", width=106),
            Column("excl", texts.t("Unpaid excl. VAT"), "money", width=106),
            Column("vat", texts.t("Unpaid VAT"), "money", width=92),
            Column("vat_to_claim", texts.t("VAT to claim back"), "money", width=112),
            Column("vat_rate", texts.t("VAT rate, %"), width=98),
        ]
        picked = show_table(
            rows.with_columns(state_word=pl.col("state").replace_strict(words, return_dtype=pl.String)),
            columns, key="lost-vat", texts=texts, selection="single-row", id_column="loss_id",
            sheet=Sheet(texts.t("VAT of losses"), sentences),
        )  # fmt: skip
        if picked:
            _letter(session, rows.filter(pl.col("loss_id") == picked[0])["document_id"].item())
        else:
            st.caption(texts.t("Tick a line to write the duplicate with its mention."))


def _by_rate(session: Session, rows: pl.DataFrame) -> None:
    """The VAT of what was written off, rate by rate, in a sentence each."""
    texts = session.texts
    for row in vat_by_rate(rows).to_dicts():
        rate = texts.t("VAT at {rate}%", rate=row["vat_rate"].replace(".", ",") if texts.language == "fr" else row["vat_rate"]) \
            if row["vat_rate"] else texts.t("VAT at several rates")  # fmt: skip
        amounts = texts.t(
            "{vat} on {excl}", vat=texts.money(row["vat"], session.currency), excl=texts.money(row["excl"], session.currency)
        )
        count = texts.plural("{count} invoice", "{count} invoices", row["invoices"])
        st.markdown(written(f"**{rate}**{texts.t(': ')}{amounts} ({count})"))


def _letter(session: Session, document_id: str) -> None:
    texts = session.texts
    try:
        content = _content(session.path, session.revision, f"{session.as_of}{session.currency}", document_id, session)
    except AppError as error:
        st.warning(md(error_sentence(texts, error, session.currency)), icon=":material/info:")
        return
    st.download_button(
        texts.t("Duplicate with its mention (PDF)"), content, file_name(texts.t("duplicate"), session.as_of, content, "pdf"),
        "application/pdf", key=f"duplicate-{document_id}-{session.revision}", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


@st.cache_resource(max_entries=8, show_spinner=False)
def _content(path: str, revision: int, view: str, document_id: str, _session: Session) -> bytes:
    del path, revision, view  # part of the key only
    return duplicate_pdf(_session.ledger, document_id, as_of=_session.as_of, currency=_session.currency)
