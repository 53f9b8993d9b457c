"""Archives of files that do not go together: each file is imported as one of its own."""

from typing import Any

from models.store import Author, Store
from pipelines.ingest.archive import documents_in
from pipelines.publishing.publish import run_import
from pipelines.publishing.report import ImportReport

#: Why an archive cannot be taken whole although each of its files may be.
_SEPARATE = ("archive_mixed_kinds", "archive_ledgers")


def separate_files(report: ImportReport, content: bytes) -> list[tuple[str, bytes]]:
    """Name and bytes of each file of an archive that its report refuses as a whole; nothing for any other file."""
    if report.refused is None or report.refused.code not in _SEPARATE:
        return []
    return [(f"{report.file}/{name}", member) for name, member in documents_in(content, report.file)]


def run_imports(
    store: Store,
    content: bytes,
    name: str,
    *,
    author: Author,
    **choices: Any,  # noqa: ANN401 -- as run_import types them
) -> list[ImportReport]:
    """Import a file as `run_import` does, or each file of an archive that cannot be taken whole, in a transaction of its own."""
    whole = run_import(store, content, name, author=author, **choices)
    separate = separate_files(whole, content)
    return [run_import(store, member, path, author=author, **choices) for path, member in separate] or [whole]
