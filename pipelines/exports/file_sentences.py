"""What files brought, for people at a terminal: what was read, what waits, what contradicts, what a rebuild or backup holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.exports.answers import Answer, only_fields, report_answer
from pipelines.exports.field_words import field_word, said_value
from pipelines.exports.sentences import check_lines

if TYPE_CHECKING:  # a command must not wait for the pipelines of the others
    from collections.abc import Sequence

    from models.texts import Texts
    from pipelines.backups.restoring import Restored
    from pipelines.backups.taking import Backup
    from pipelines.ledger import Ledger
    from pipelines.publishing.publish import ImportReport


def import_lines(reports: Sequence[ImportReport], texts: Texts) -> list[str]:
    """The same for people, file after file."""
    return [line for report in reports for line in report_lines(report, texts)]


def report_lines(report: ImportReport, texts: Texts) -> list[str]:
    """A file's summary, its period and proof, then each problem and warning with its line."""
    said: list[str] = []
    answer = report_answer(report, texts)
    if report.refused is not None:
        said.append(f"{report.file}: {answer['refused']['reason']}")
    else:
        summary = texts.t(
            "{said}; new: {inserted}, updated: {updated}, known: {duplicates}, in conflict: {conflicts}, "
            "ignored: {ignored}, rejected: {rejected_rows}.",
            said=texts.plural("{count} row", "{count} rows", answer["rows"]),
            **only_fields(answer, "inserted", "updated", "duplicates", "conflicts", "ignored", "rejected_rows"),
        )
        said.append(f"{report.file}: {summary}")
        said += ["  " + line for line in proof_lines(report, texts)]
    said += ["  " + _on_line(row["line"], row["reason"], texts) for row in answer["rejected"]]
    said += ["  " + _on_line(row["line"], row["text"], texts) for row in answer["warnings"]]
    said += [
        "  "
        + texts.t(
            "Line {line}, {number}: {field} is {stored} here and {incoming} in the file. Settle it with: encours settle {id}",
            line=row["line"],
            number=row["number"],
            id=row["id"],
            **_contradiction(row, texts),
        )
        for row in answer["conflict_list"]
    ]
    return said


def _contradiction(row: Answer, texts: Texts, currency: str | None = None) -> dict[str, str]:
    """What is stored and what the file says, in words."""
    sides = {side: said_value(texts, row["field"], row[side], currency=currency) for side in ("stored", "incoming")}
    return {"field": field_word(texts, row["field"]), **sides}


def _on_line(line: int | None, said: str, texts: Texts) -> str:
    """A sentence, after the line of the file that it is about, if it is about one."""
    return said if line is None else texts.t("Line {line}: {said}", line=line, said=said)


def proof_lines(report: ImportReport, texts: Texts) -> list[str]:
    """The period of a file; of each account whose balances are known, whether they and the movements agree."""
    said, period = [], report.period
    if period is not None and period.start and period.end:
        said.append(texts.t("From {start} to {end}.", start=texts.date(period.start), end=texts.date(period.end)))
    closed = "{account}: {opening} + {movements} of movements = {closing} on {day}, nothing is missing."
    opened = (
        "{account}: {opening} + {movements} of movements is not {closing} on {day}: {gap} is missing between {start} and {end}."
    )
    for row in report.proof.drop_nulls("gap").to_dicts():
        amounts = {name: texts.number(row[name], 2) for name in ("opening", "movements", "closing", "gap")}
        fields = {"account": row["account"], "day": texts.date(row["closing_date"]), **amounts}
        if row["gap"]:
            fields |= {"start": texts.date(row["gap_from"]), "end": texts.date(row["gap_to"])}
        said.append(texts.t(opened if row["gap"] else closed, **fields))
    return said


def quarantine_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """Each row that waits, as it was written, and why."""
    from pipelines.publishing.corrections import NOT_ALONE  # late: only this list speaks of corrections

    said = []
    for row in rows:
        where = texts.t("{id}: {file}, line {line}", **only_fields(row, "id", "file", "line"))
        said.append(where + "  " + " | ".join(f"{header}={text}" for header, text in row["cells"].items() if text))
        said += ["   " + problem["reason"] for problem in row["problems"]]
        said += [] if row["is_correctable"] else ["   " + texts.t(NOT_ALONE, **only_fields(row, "line", "file"))]
    return said or [texts.t("No row waits for a correction.")]


def retry_lines(answer: Answer, texts: Texts) -> list[str]:
    """Whether a row was taken, or what is still wrong with it."""
    if answer["corrected"]:
        return [texts.t("The row is taken: change {id}. To take it back: encours undo {id}", id=answer["change_id"])]
    still = texts.t("The row still waits: nothing was changed.")
    return [still, *["   " + problem["reason"] for problem in answer["problems"]]]


def rebuild_lines(answer: Answer, texts: Texts) -> list[str]:
    """The new database, and each difference."""
    head = texts.t("Rebuilt in {file}: {changes} changes.", **only_fields(answer, "file", "changes"))
    line = "{table} {row}, {field}: {stored} before, {rebuilt} now"
    rows = [
        texts.t(line, **{name: "–" if value is None else value for name, value in difference.items()})
        for difference in answer["differences"]
    ]
    return [head, *(rows or [texts.t("Nothing differs.")])]


def backup_lines(done: Backup, texts: Texts) -> list[str]:
    """The file, and what was wrong with the database before it was copied."""
    head = texts.t("Backed up in {file} (SHA-256 {sha256}).", file=done.file, sha256=done.sha256)
    return [head, *(check_lines(done.violations, texts) if done.violations else [])]


def restore_lines(done: Restored, ledger: Ledger, texts: Texts) -> list[str]:
    """What the database holds now, whether it is sound, and where the one before it is."""
    days = [*ledger.documents["issue_date"].drop_nulls(), *ledger.lines["booking_date"].drop_nulls()]
    held = texts.plural("{count} document", "{count} documents", ledger.documents.height)
    said = texts.t("It holds no document and no movement yet.")
    if days:
        said = texts.t("It holds {documents}, the last facts are of {day}.", documents=held, day=texts.date(max(days)))
    name = ledger.settings.company_name
    lines = [texts.t("Restored: {file}.", file=f"{name}, {done.file}" if name else done.file), said]
    lines += check_lines(done.violations, texts)
    if done.kept_as is not None:
        lines.append(texts.t("The database that was there is kept as {path}.", path=done.kept_as))
    return lines


def conflict_lines(rows: Sequence[Answer], texts: Texts, *, currency: str) -> list[str]:
    """Each open conflict, with the ways out."""
    line = (
        "{id}: {number}, {field} is {stored} here and {incoming} in the file. "
        "Answer with: encours settle {id} keep, replace or other"
    )
    said = [{"id": row["id"], "number": row["number"], **_contradiction(row, texts, currency)} for row in rows]
    return [texts.t(line, **fields) for fields in said] or [texts.t("No conflict is open.")]
