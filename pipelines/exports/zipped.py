"""Several files as one ZIP: the same files give the same bytes."""

from collections.abc import Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

#: The earliest day that a ZIP can tell: its members say nothing of when they were made.
EARLIEST = (1980, 1, 1, 0, 0, 0)


def zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of files by name, in that order."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name, EARLIEST), content, compress_type=ZIP_DEFLATED)
    return buffer.getvalue()
