"""The XML files attached to PDFs, by pypdf."""

import base64
import io
import signal
import zipfile
from types import FrameType
from typing import Any

_LARGEST = 20_000_000  # of an attachment that may be an invoice
_PATIENCE = 3  # seconds for one PDF among several
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
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"state": "encrypted"}
        attached = [(one.name, one.content) for one in reader.attachment_list]
    except DependencyError:  # a cipher that is not installed
        return {"state": "encrypted"}
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError, AssertionError):
        return {"state": "broken"}
    texts = [(name, body) for name, body in attached if body and len(body) <= _LARGEST and _may_be_xml(body)]
    return {"state": "open", "attachments": [(name, base64.b64encode(body).decode()) for name, body in texts]}


def _may_be_xml(body: bytes) -> bool:
    return body[:64].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
