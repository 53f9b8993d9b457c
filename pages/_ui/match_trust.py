"""How far each rule can be trusted, on what people settled; and the payments that no bank line proves."""

import polars as pl
import streamlit as st

from pages._ui.queries import movements
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_words
from pipelines.reconcile.rules import ACTS_ALONE, RULE_WORDS
from pipelines.reconcile.run import run_replay
from pipelines.reconcile.trust import LEAST_CASES, LEAST_PRECISION
from pipelines.reconcile.unproven import unproven

_DOES_WORDS = {"alone": "Acts alone", "proposes": "Only proposes", "stopped": "Stopped: too often wrong"}


@st.cache_resource(max_entries=2, show_spinner=False)
def _trust(path: str, revision: int, _session: Session) -> pl.DataFrame:
    """TRUST with what each rule `does`; the rules that act alone are there without a case too."""
    del path, revision  # part of the key only
    known = run_replay(_session.store, _session.ledger)
    silent = [rule for rule in RULE_WORDS if rule in ACTS_ALONE and rule not in known["rule"].to_list()]
    rows = pl.concat([known, pl.DataFrame({"rule": silent}, {"rule": pl.String})], how="diagonal")
    is_alone = pl.col("acts_alone").fill_null(value=True)
    does = pl.when(pl.col("is_stopped").fill_null(value=False)).then(pl.lit("stopped"))
    return rows.with_columns(
        pl.col("cases", "right", "wrong").fill_null(0),
        does=does.when(is_alone).then(pl.lit("alone")).otherwise(pl.lit("proposes")),
    )


def show_trust(session: Session) -> None:
    """Each rule with its cases and precision; those of the selected rule that were wrong."""
    texts = session.texts
    rows = _trust(session.path, session.revision, session)
    columns = [
        Column("rule", texts.t("Rule"), width="large"),
        Column("does", texts.t("What it does"), width="medium"),
        Column("cases", texts.t("Cases"), "count", help=texts.t("Receipts that people settled, for which this rule speaks.")),
        Column("right", texts.t("Right"), "count"),
        Column("wrong", texts.t("Wrong"), "count"),
        Column("precision", texts.t("Precision"), "share"),
        Column("lower", texts.t("At least"), "share", help=texts.t("The lower end of the 95 % interval (Wilson).")),
    ]
    st.caption(
        texts.t(
            "Each rule is tried again on what you settled, as if you had said nothing. From {cases} cases on, a rule that was "
            "wrong and is not sure to be right at least {least} of the time stops acting alone: it only proposes.",
            cases=texts.number(LEAST_CASES),
            least=texts.percent(LEAST_PRECISION * 100, 0),
        )
    )
    shown = with_words(texts, rows, rule=RULE_WORDS, does=_DOES_WORDS).with_columns(code=rows["rule"])
    picked = show_table(
        shown,
        columns,
        key="trust",
        texts=texts,
        sheet=Sheet(texts.t("How far each rule is trusted")),
        selection="single-row",
        id_column="code",
    )
    if picked:
        _wrong(session, rows.row(by_predicate=pl.col("rule") == picked[0], named=True)["wrong_lines"] or [])


def _wrong(session: Session, line_ids: list[str]) -> None:
    """The receipts of which a rule would have said something else than people did."""
    texts = session.texts
    columns = [
        Column("date", texts.t("Date"), "date"),
        Column("amount", texts.t("Amount"), "money"),
        Column("label", texts.t("Label"), width="large"),
        Column("client", texts.t("Client"), width="medium"),
    ]
    rows = movements(session).filter(pl.col("line_id").is_in(line_ids))
    st.subheader(texts.t("Where this rule was wrong"), anchor=False)
    show_table(
        rows,
        columns,
        key="wrong-lines",
        texts=texts,
        sheet=Sheet(texts.t("Where the rule was wrong")),
        empty=texts.t("It was never wrong."),
    )


def show_unproven(session: Session) -> None:
    """Payments that the invoicing tool states and that no bank line proves after so many days."""
    texts, days = session.texts, session.ledger.settings.unproven_days
    rows = unproven(session.ledger, as_of=session.as_of)
    columns = [
        Column("date", texts.t("Date"), "date"),
        Column("days", texts.t("Days since"), "days"),
        Column("client", texts.t("Client"), width="medium"),
        Column("invoice_number", texts.t("Invoices"), width="medium"),
        Column("amount", texts.t("Amount"), "money"),
        Column(
            "is_covered", texts.t("Statement imported"), "check",
            help=texts.t("A statement covers that day: the bank should show this payment."),
        ),
    ]  # fmt: skip
    st.caption(
        texts.t(
            "Stated as paid for more than {days} days, and no bank line shows it: import the statement, or check whether it "
            "was paid.",
            days=texts.number(days),
        )
    )
    show_table(
        rows, columns, key="unproven", texts=texts, sheet=Sheet(texts.t("Stated payments that nothing proves")),
        empty=texts.t("Every payment that your invoicing tool states is proven by a bank line, or too recent to tell."),
    )  # fmt: skip
