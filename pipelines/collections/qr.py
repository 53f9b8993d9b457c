"""The payment code of a reminder: an EPC QR code (EPC069-12) that a banking application reads as a transfer."""

import re
from decimal import Decimal
from io import BytesIO

from models.settings import Settings
from pipelines.collections.fields import one_line

_LARGEST = Decimal("999999999.99")
_LONGEST_NAME, _LONGEST_TEXT = 70, 140
_BIC = re.compile(r"[A-Z0-9]{8}(?:[A-Z0-9]{3})?")


def reference(numbers: tuple[str, ...]) -> str:
    """The invoice numbers as the text of a transfer: as many whole ones as fit."""
    text = ""
    for number in numbers:
        longer = f"{text}, {one_line(number)}" if text else one_line(number)
        if len(longer) > _LONGEST_TEXT:
            break
        text = longer
    return text or one_line(numbers[0])[:_LONGEST_TEXT] if numbers else ""


def payment_code(settings: Settings, amount: Decimal, currency: str, numbers: tuple[str, ...]) -> object | None:
    """The code of a transfer to the company; None if it cannot have one (no IBAN or name, no euros, no such amount)."""
    name = one_line(settings.company_name)[:_LONGEST_NAME]
    text = reference(numbers)
    if not settings.iban or not name or not text or currency != "EUR" or not Decimal("0.01") <= amount <= _LARGEST:
        return None
    from segno import helpers

    bic = settings.bic.replace(" ", "").upper()
    return helpers.make_epc_qr(
        name=name, iban=settings.iban, amount=amount, text=text, bic=bic if _BIC.fullmatch(bic) else None, encoding="utf-8"
    )


def code_svg(code: object) -> str:
    """The code as a drawing, for paper."""
    buffer = BytesIO()
    code.save(buffer, kind="svg", xmldecl=False, svgns=True, border=2)  # type: ignore[attr-defined]
    return buffer.getvalue().decode("utf-8")


def code_png(code: object) -> bytes:
    """The code as a picture, for mail."""
    buffer = BytesIO()
    code.save(buffer, kind="png", scale=4, border=3)  # type: ignore[attr-defined]
    return buffer.getvalue()
