"""A receipt that no client paid: what it is, and whether labels like it are of that kind too."""

from itertools import cycle
from typing import Any

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.match_list import ask_what, key_for
from pages._ui.matching import PAGE, to_settle
from pages._ui.queries import movements
from pages._ui.session import Session
from pipelines.reconcile import classify
from pipelines.reconcile.classes import CATEGORY_WORDS, proposed_words

#: What money received may be, the usual first; each has a digit as its key, the last one 0.
_RECEIVED = (
    "vat_refund", "tax", "social", "subsidy", "insurance", "loan", "bank_fee", "capital", "internal", "no_client",
)  # fmt: skip


def show_no_client(session: Session, line: dict[str, Any]) -> None:
    """The kinds to choose from: one click or key says it, for this receipt and, if wanted, for labels like it."""
    texts = session.texts
    with st.container(border=True, gap="small"):
        st.markdown(f"**{texts.t('What is this receipt?')}**")
        words = _remembered(session, line)
        for place, (category, column) in enumerate(zip(_RECEIVED, cycle(st.columns(2, gap="small")), strict=False), start=1):
            if column.button(
                texts.t(CATEGORY_WORDS[category]),
                key=f"class-{line['id']}-{category}-{session.revision}",
                width="stretch",
                wrap=True,
                shortcut=key_for(str(place % 10)),
            ):
                _classify(session, line, category, words)
        st.button(
            texts.t("Back"),
            key=f"class-back-{line['id']}",
            icon=":material/arrow_back:",
            type="tertiary",
            on_click=ask_what,
            args=(None,),
            shortcut=key_for("Esc"),
        )


def _remembered(session: Session, line: dict[str, Any]) -> str | None:
    """The words by which labels like this one are known from now on; None if it is about this receipt alone.

    It is proposed only where neither this receipt nor another with such a label seems to be a client's.
    """
    texts = session.texts
    proposed = proposed_words(line["label"])
    is_plain = bool(proposed) and not line["candidates"] and not _of_clients(session, _others(session, line, proposed))
    is_remembered = st.checkbox(
        texts.t("The same for all receipts whose label holds these words:"),
        value=is_plain,
        key=f"remember-{line['id']}",
    )
    if not is_remembered:
        return None
    words = st.text_input(texts.t("Words of the label"), value=proposed, key=f"words-{line['id']}", label_visibility="collapsed")
    others = _others(session, line, words)
    said = texts.plural("{count} other bank line holds them.", "{count} other bank lines hold them.", others.height)
    paying = others.filter(pl.col("class") == "client").height
    if paying:
        st.warning(
            f"{said} {texts.plural('{count} pays an invoice.', '{count} pay invoices.', paying)}", icon=":material/warning:"
        )
    else:
        st.caption(said)
    return words


def _others(session: Session, line: dict[str, Any], words: str) -> pl.DataFrame:
    """The other bank lines whose label holds these words."""
    found = classify.lines_of_words(session.ledger, words).select("line_id")
    return movements(session).filter(pl.col("line_id") != line["id"]).join(found, on="line_id", how="semi")


def _of_clients(session: Session, lines: pl.DataFrame) -> int:
    """How many of the bank lines pay an invoice, or wait with one that they may pay."""
    waiting = [line["id"] for line in to_settle(session) if line["candidates"]]
    return lines.filter((pl.col("class") == "client") | pl.col("line_id").is_in(waiting)).height


def _classify(session: Session, line: dict[str, Any], category: str, words: str | None) -> None:
    """Say what a receipt is, and tell it."""
    texts = session.texts
    text = texts.t(
        "{amount} received on {date}: {category}.",
        amount=texts.money(line["amount"], line["currency"]),
        date=texts.date(line["date"]),
        category=texts.t(CATEGORY_WORDS[category]),
    )

    def decision(store: Store, author: Author) -> int:
        return classify.classify(store, line["id"], category, words=words, author=author)

    decide(session, PAGE, decision, text, rematch=True)
