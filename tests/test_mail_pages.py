"""The HTML of the mails, as it was looked at in a browser: a change of it shows here."""

import os
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from small_ledger import COMPANY, MONDAY
from test_drafts import draft_of

from pipelines.collections.mail import eml_bytes

SNAPSHOTS = Path(__file__).parent / "snapshots" / "mails"
CASES = [
    ("P1", "company", 1, "fr"),
    ("R2", "company", 1, "en"),
    ("R3", "company", 2, "fr"),
    ("R3", "public", 2, "en"),
    ("R3", "consumer", 1, "fr"),
]


def page(step: str, kind: str, count: int, language: str) -> str:
    message = message_from_bytes(eml_bytes(draft_of(step, kind, count, language), COMPANY, to=None, date=MONDAY), policy=default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(("step", "kind", "count", "language"), CASES)
def test_the_pages_are_as_they_were_looked_at(step: str, kind: str, count: int, language: str) -> None:
    found = page(step, kind, count, language)
    path = SNAPSHOTS / f"{language}-{step}-{kind}-{count}.html"
    if os.environ.get("ENCOURS_WRITE_SNAPSHOTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("step", ["P1", "P2", "P3"])
def test_no_column_of_a_message_before_the_due_date_speaks_of_lateness(step: str) -> None:
    heads = [re.findall(r"<th[^>]*>(.*?)</th>", page(step, "company", count, "fr")) for count in (1, 2)]
    assert heads == [
        ["Facture", "Émise le", "Échéance", "Montant TTC", "Reste dû"],
        ["Facture", "Émise le", "Échéance", "Montant TTC", "Payée", "Reste dû"],
    ]
