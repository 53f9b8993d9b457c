"""What each dropped file would do, before anything is stored: one card per file."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from models.texts import Texts
from pages._ui.acting import error_sentence
from pages._ui.history_words import conflict_words
from pages._ui.import_files import NEW_ACCOUNT, Dropped
from pages._ui.import_rows import show_first_rows, show_problems
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import DATE_ORDERS, DECIMAL_SIGNS, ENCODINGS, FILE_FORMATS, FILE_KINDS, SEPARATORS, word
from pages._ui.words import md
from pipelines.account_label import account_label
from pipelines.ingest.profiles import find_profile
from pipelines.ingest.reading import Reading
from pipelines.publishing.proof import Period
from pipelines.publishing.publish import ImportReport
from pipelines.publishing.saved_profiles import saved_profiles

Badge = tuple[str, str]
_MOST_CONFLICTS = 500
#: Formats that leave separators, date orders and decimal signs to the program that writes them.
_FREE_LAYOUTS = ("csv", "xlsx", "fec", "qif")


def show_report(session: Session, file: Dropped, report: ImportReport) -> None:
    """One file: what it was taken for, what it would change, whether it adds up, its first rows, its problems."""
    texts = session.texts
    if report.refused is not None:
        if report.refused.code != NEW_ACCOUNT:
            st.error(md(error_sentence(texts, report.refused, session.currency)), icon=":material/block:")
        return
    with st.container(horizontal=True, gap="small"):
        for label, colour in _facts(session, report):
            st.badge(md(label), color=colour)  # type: ignore[arg-type]
    said = [counts_sentence(texts, report), md(ledger_sentence(texts, report)), md(period_sentence(texts, report.period))]
    st.markdown(" ".join(filter(None, said)))
    _proof(session, report)
    key = str(file.place)
    if report.reading is not None:
        show_first_rows(texts, file.content, report.reading, key=key)
    _contradictions(session, report, key=key)
    show_problems(session, report, key=key)


def _contradictions(session: Session, report: ImportReport, *, key: str) -> None:
    """The rows that say something else than what is stored."""
    texts = session.texts
    rows = conflict_words(session, report.conflict_list[:_MOST_CONFLICTS])
    if not rows:
        return
    title = texts.plural("{count} row in conflict", "{count} rows in conflict", report.conflicts)
    with st.expander(md(title), icon=":material/compare:", expanded=True):
        st.caption(
            texts.t("These rows change nothing of what is stored. Once the file is imported, you say on this page which holds.")
        )
        columns = [
            Column("line", texts.t("Line"), "count", width=60),
            Column("number", texts.t("Invoice"), width=160),
            Column("field", texts.t("Column"), width=120),
            Column("stored", texts.t("Stored"), width="medium"),
            Column("incoming", texts.t("In the file"), width="medium"),
        ]
        show_table(rows, columns, key=f"conflicts-{key}", texts=texts, sheet=Sheet(texts.t("Conflicts")))


def _facts(session: Session, report: ImportReport) -> list[Badge]:
    """What the file was taken for, in a few words each."""
    texts, colon = session.texts, session.texts.t(": ")
    found = [
        (word(texts, FILE_KINDS, report.kind), "blue"),
        *[(account_label(texts, name), "blue") for name in _accounts(report.reading) if name],
        (word(texts, FILE_FORMATS, report.format), "gray"),
        (profile_words(session, report.profile), "gray"),
        (ENCODINGS.get(report.encoding or "", report.encoding or ""), "gray"),
    ]
    if report.format in _FREE_LAYOUTS:
        found += [
            *_said(texts, "Separator", SEPARATORS, report.separator, colon),
            *_said(texts, "Dates", DATE_ORDERS, report.date_order, colon),
            *_said(texts, "Decimal sign", DECIMAL_SIGNS, report.decimal, colon),
        ]
    return [(label, colour) for label, colour in found if label]


def _accounts(reading: Reading | None) -> Sequence[str | None]:
    if reading is None:
        return []
    return [next(filter(None, row), None) for row in reading.accounts.select("name", "number", "iban").iter_rows()]


def profile_words(session: Session, code: str | None) -> str:
    """What the program is called whose export it is; nothing for the canonical layouts and formats of one layout only."""
    found = find_profile(code, saved_profiles(session.store)) if code else None
    return session.texts.t("Layout: {title}", title=found.title) if found else ""


def _said(texts: Texts, title: str, words: dict[str, str], code: str | None, colon: str) -> list[Badge]:
    return [(f"{texts.t(title)}{colon}{word(texts, words, code)}", "gray")] if code else []


def counts_sentence(texts: Texts, report: ImportReport) -> str:
    """How many rows, and what becomes of them, as Markdown: what is zero is left out, save what is new."""
    kinds = (
        (report.inserted, "{count} to add"),
        (report.updated, "{count} to update"),
        (report.duplicates, "{count} known already"),
        (report.conflicts, "{count} in conflict"),
        (report.ignored, "{count} to ignore"),
        (report.rejected_rows, "{count} with errors"),
    )
    parts = [texts.t(words, count=texts.number(count)) for place, (count, words) in enumerate(kinds) if count or not place]
    head = texts.plural("{count} row", "{count} rows", report.rows)
    return md(texts.t("{name}: {value}", name=head, value=", ".join(parts))) + md(".")


def ledger_sentence(texts: Texts, report: ImportReport) -> str:
    """What was rebuilt from the entries of a general ledger; nothing for other files."""
    reading = report.reading
    if reading is None or reading.kind != "ledger":
        return ""
    is_credit = reading.documents["kind"] == "credit_note"
    counts = (
        (reading.documents.filter(~is_credit).height, "{count} invoice", "{count} invoices"),
        (reading.documents.filter(is_credit).height, "{count} credit note", "{count} credit notes"),
        (reading.receipts.height, "{count} receipt", "{count} receipts"),
    )
    said = ", ".join(texts.plural(one, many, count) for count, one, many in counts)
    return texts.t("Rebuilt from the client accounts: {what}.", what=said)


def period_sentence(texts: Texts, period: Period | None) -> str:
    """The days that a file tells of, and those that it says it covers where these are others; nothing if it has no date."""
    if period is None or period.start is None:
        return ""
    said = texts.t("Dated from {start} to {end}.", start=texts.date(period.start), end=texts.date(period.end))
    if period.stated_start is None or period.stated_end is None:
        return said
    stated = texts.t("Statement of {start} to {end}.", start=texts.date(period.stated_start), end=texts.date(period.stated_end))
    return f"{said} {stated}"


def _proof(session: Session, report: ImportReport) -> None:
    """Whether opening and movements give the closing, account by account; silence where no balance is stated."""
    for row, currency in zip(report.proof.to_dicts(), _currencies(session, report), strict=True):
        if row["gap"] is None:
            continue
        sentence = proof_sentence(session.texts, row, currency)
        if row["gap"]:
            st.markdown(f":red[:material/error: {md(sentence)}]")
        else:
            st.markdown(f":green[:material/check_circle: {md(sentence)}]")


def _currencies(session: Session, report: ImportReport) -> list[str]:
    """Of each account of the proof: its own where the file names as many accounts."""
    said = [] if report.reading is None else report.reading.accounts["currency"].to_list()
    if len(said) != report.proof.height:
        return [session.currency] * report.proof.height
    return [currency or session.currency for currency in said]


def proof_sentence(texts: Texts, row: Mapping[str, Any], currency: str) -> str:
    """A row of PROOF in words: opening + movements = closing, or what is missing and between which days."""
    fields = {
        **{name: texts.money(row[name], currency) for name in ("opening", "movements", "closing", "gap")},
        **{name: texts.date(row[name]) for name in ("opening_date", "closing_date", "gap_from", "gap_to")},
        "account": account_label(texts, row["account"]),
    }
    if row["gap"]:
        return texts.t(
            "{account}: {opening} on {opening_date} and {movements} of movements do not give {closing} on {closing_date}: "
            "a gap of {gap} opens between {gap_from} and {gap_to}.",
            **fields,
        )
    return texts.t(
        "{account}: {opening} on {opening_date} and {movements} of movements give {closing} on {closing_date}, to the cent.",
        **fields,
    )
