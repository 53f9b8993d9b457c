"""The XML files attached to PDFs, by pypdf."""

import base64
import io
import signal
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

_LARGEST = 20_000_000  # of an attachment that may be an invoice
_PATIENCE = 3  # seconds for one PDF among several
#: What pypdf is known to stop with on a damaged file.
_WRONG = (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError, AssertionError)
_MOST_SLOW = 2  # PDFs that may use them up before the others are left unread


def parse(content: bytes) -> list[dict[str, Any]]:
    """What the PDF holds, or each PDF of an archive in its order.

    `state`: open, encrypted, broken or slow; `attachments`: name and base64 content of what may be XML; `place`: of the
    PDF among the archive's entries, 0 for a PDF by itself.
    """
    if not content.startswith(b"PK"):
        return [{"place": 0} | _look_into(content)]
    found: list[dict[str, Any]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for place, entry in enumerate(archive.infolist()):
            with archive.open(entry) as member:
                if not member.read(1024).lstrip().startswith(b"%PDF"):
                    continue
            is_late = sum(one["state"] == "slow" for one in found) >= _MOST_SLOW
            found.append({"place": place} | ({"state": "slow"} if is_late else _look_briefly(archive.read(entry))))
    return found


def _look_briefly(content: bytes) -> dict[str, Any]:
    """As `_look_into`, for a few seconds where the system has an alarm clock."""
    if not hasattr(signal, "setitimer"):
        return _look_into(content)
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
    try:
        return _look_into(content)
    except (TimeoutError, MemoryError):
        return {"state": "slow"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _look_into(content: bytes) -> dict[str, Any]:
    texts: list[tuple[str, str]] = []
    is_broken = False
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"state": "encrypted"}
        for name, contents in _attached(reader):
            try:
                body = contents()
            except _WRONG:
                is_broken = True
                continue
            if len(body) <= _LARGEST and _may_be_xml(body):
                texts.append((name, base64.b64encode(body).decode()))
    except DependencyError:  # a cipher that is not installed
        return {"state": "encrypted"}
    except _WRONG:
        is_broken = True
    return {"state": "broken" if is_broken and not texts else "open", "attachments": texts}


def _attached(reader: PdfReader) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name and contents of each file that the document lists, and of those that it is only associated with (PDF/A-3)."""
    for one in reader.attachment_list:
        yield one.name, partial(getattr, one, "content")
    for associated in reader.root_object.get("/AF", []):
        specification = associated.get_object()
        files = specification.get("/EF", {})
        if stream := files.get("/UF") or files.get("/F"):
            yield str(specification.get("/UF") or specification.get("/F") or ""), stream.get_object().get_data


def _may_be_xml(body: bytes) -> bool:
    return body[:64].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
