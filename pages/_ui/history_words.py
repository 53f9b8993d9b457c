"""The history in words: what each change did, to what, without a code or an id."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from models.texts import Texts
from pages._ui.cash_history import CASH_DETAILS
from pages._ui.dunning import step_name
from pages._ui.queries import shown_names
from pages._ui.session import Session
from pages._ui.settings_fields import setting_label
from pages._ui.wording import ANSWER_WORDS, MARK_WORDS, word
from pipelines.exports.action_words import ACTION_WORDS
from pipelines.exports.field_words import field_word, said_value

_MARK_SENTENCES = {
    "promise": "{subject}: payment promised for {date}",
    "expected": "{subject}: payment expected on {date}",
    "reminded": "{subject}: {step}",
}
#: Where corrected rows are imported, what tells their file from others of its name.
_ROW_ID = re.compile(r" \[[0-9a-z]+\]$")
Row = Mapping[str, Any]


def history_rows(session: Session, changes: pl.DataFrame) -> list[dict[str, Any]]:
    """Changes as people read them: when, who, what, details, whether they hold; with their id for a decision."""
    rows = changes.to_dicts()
    by_id = {row["change_id"]: row for row in rows}
    names = _names(session, changes["subject"].drop_nulls())
    return [
        {
            "change_id": str(row["change_id"]),
            "when": _local(session.texts, row["recorded_at"]),
            "who": row["actor"],
            "what": _what(session.texts, row),
            "details": _details(session, row, names, by_id),
            "state": session.texts.t("In force") if row["is_live"] else session.texts.t("Undone"),
            "is_live": row["is_live"],
            "action": row["action"],
        }
        for row in rows
    ]


def _names(session: Session, subjects: pl.Series) -> dict[str, str]:
    """What these ids are called: bank lines by amount and date, documents by number, clients by name."""
    texts, ledger = session.texts, session.ledger
    of_lines = ledger.lines.filter(pl.col("line_id").is_in(subjects.implode()))
    lines = {
        line_id: texts.t("{amount} of {date}", amount=texts.money(amount, currency), date=texts.date(day))
        for line_id, amount, currency, day in of_lines.select("line_id", "amount", "currency", "booking_date").iter_rows()
    }
    documents = dict(ledger.documents.select("document_id", "number").iter_rows())
    return {**lines, **documents, **shown_names(session)}


def _local(texts: Texts, moment: datetime) -> str:
    """An instant of the store (UTC) on the clock of this computer."""
    local = moment.replace(tzinfo=UTC).astimezone()
    return f"{texts.date(local.date())} {local:%H:%M}"


def _what(texts: Texts, row: Row) -> str:
    detail = _detail(row)
    if row["action"] == "mark" and isinstance(detail, dict):
        return word(texts, MARK_WORDS, str(detail.get("what")))
    return word(texts, ACTION_WORDS, row["action"])


def _detail(row: Row) -> Any:  # noqa: ANN401 -- JSON
    return json.loads(row["detail"]) if row["detail"] else {}


def _details(session: Session, row: Row, names: Mapping[str, str], by_id: Mapping[int, Row]) -> str:
    texts, detail, action = session.texts, _detail(row), row["action"]
    subject = names.get(row["subject"] or "", row["subject"] or "")
    if action == "undo":
        undone = by_id.get(detail.get("undoes"))
        return f"{_what(texts, undone)}{texts.t(': ')}{_details(session, undone, names, by_id)}" if undone else ""
    if action in _DETAILS:
        return _DETAILS[action](texts, subject, detail)
    return subject if row["subject"] in names else _line_words(texts, detail)


def _match_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    del subject  # the rules' own run has none
    added, ended = (texts.number(detail.get(name, 0)) for name in ("added", "ended"))
    return texts.t("Matches made: {added}, replaced: {ended}", added=added, ended=ended)


def _set_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    del subject  # the same keys, as codes
    return ", ".join(setting_label(texts, key) for key in detail)


def _settle_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    return f"{subject}{texts.t(': ')}{word(texts, ANSWER_WORDS, detail.get('answer'))}"


def _attribute_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    del texts
    return f"{subject} → {detail.get('client', '')}"


def _line_words(texts: Texts, detail: object) -> str:
    """The bank lines that a decision names, where it keeps their label."""
    if not isinstance(detail, list):
        return texts.t("A match")
    return ", ".join(str(line["label"]) for line in detail if isinstance(line, dict) and line.get("label"))


def _import_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    return texts.t(
        "{file} – added: {inserted}, updated: {updated}, rejected: {rejected}",
        file=_ROW_ID.sub("", subject),
        inserted=texts.number(detail.get("inserted", 0)),
        updated=texts.number(detail.get("updated", 0)),
        rejected=texts.number(detail.get("rejected_rows", 0)),
    )


def _receipt_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    amount = texts.number(Decimal(str(detail.get("amount", 0))), 2)
    return texts.t("{client}: {amount} received on {date}", client=subject, amount=amount, date=_day(texts, detail.get("on")))


def _day(texts: Texts, text: object) -> str:
    return texts.date(date.fromisoformat(str(text))) if text else ""


def _subject_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    del texts, detail  # the subject says it all
    return subject


def _contact_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    """Whose, and which of them were changed."""
    names = (field if field == "client_type" else f"client_{field}" for field in detail)
    return f"{subject}{texts.t(': ')}{', '.join(field_word(texts, name) for name in names)}"


def _mark_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    what, value = str(detail.get("what")), str(detail.get("value") or "")
    if detail.get("is_set") is False:
        return texts.t("{subject}: taken back", subject=subject)
    if what in _MARK_SENTENCES:
        day = texts.date(datetime.fromisoformat(value).date()) if what in ("promise", "expected") and value else ""
        return texts.t(_MARK_SENTENCES[what], subject=subject, date=day, step=step_name(texts, value))
    return subject


def _period_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    """The last closed day."""
    return texts.date(date.fromisoformat(detail["day"])) if detail.get("day") else subject


def _provision_words(texts: Texts, subject: str, detail: Mapping[str, Any]) -> str:
    """The invoice and its rate, or that the rates by age hold again."""
    rate = detail.get("rate")
    return f"{subject}{texts.t(': ')}{texts.percent(100 * float(rate), 2) if rate else texts.t('rates by age')}"


_DETAILS: Mapping[str, Callable[[Texts, str, Mapping[str, Any]], str]] = {
    **CASH_DETAILS,
    "import": _import_words,
    "correct": _import_words,
    "drop": _subject_words,
    "profile": _subject_words,
    "export": _subject_words,
    "label_rule": _subject_words,
    "forget": _subject_words,
    "receipt": _receipt_words,
    "reconcile": _match_words,
    "set": _set_words,
    "mark": _mark_words,
    "settle": _settle_words,
    "attribute": _attribute_words,
    "note": _subject_words,
    "confirmation": _subject_words,
    "contact": _contact_words,
    "plan": _subject_words,
    "plan_end": _subject_words,
    "approve": _subject_words,
    "reminded": _subject_words,
    "withdraw": _subject_words,
    "template": _subject_words,
    "provision": _provision_words,
    "close_period": _period_words,
    "open_period": _period_words,
}


def conflict_words(session: Session, conflicts: Sequence[Row]) -> list[dict[str, Any]]:
    """Conflicts in words: the document, its line in the file, the field, what is stored and what the file says."""
    said = [str(conflict[side]) for conflict in conflicts for side in ("stored", "incoming")]
    names = _names(session, pl.Series(said, dtype=pl.String)) if conflicts else {}
    return [
        {
            "line": conflict["source_row"],
            "number": str(conflict["number"]),
            "field": field_word(session.texts, str(conflict["field"])),
            **{
                side: said_value(session.texts, str(conflict["field"]), conflict[side], currency=session.currency, names=names)
                for side in ("stored", "incoming")
            },
        }
        for conflict in conflicts
    ]
