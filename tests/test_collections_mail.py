"""Messages and files: what a hostile name or address cannot do."""

import csv
import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from small_ledger import COMPANY, MONDAY, Book, draft_of_plain

from pipelines.collections.address import is_address
from pipelines.collections.drafts import drafts
from pipelines.collections.mail import FolderNotWritable, eml_bytes, file_stems, write_drafts

HOSTILE = Path(__file__).resolve().parents[2] / "shared" / "hostile"


# -- messages

HOSTILE_ADDRESSES = [
    "a@example.org\nBcc: espion@example.net",
    "a@example.org\r\nBcc: b@example.net",
    "a@example.org, b@example.net",
    "a@example.org;b@example.net",
    '"x\nSubject: volé" <a@example.org>',
    "a@example.org Bcc: b@example.net",
    "a@example.org%0ABcc:b@example.net",
    "a@localhost",
    "mailto:a@example.org?bcc=b@example.net",
    "été@exämple.org",
    "a" * 300 + "@example.org",
    "",
    "pas-une-adresse",
    "a@example.org\x00",
    "a@example.org\u2028",
    "a..b@example.org",
    ".a@example.org",
    "a@-example.org",
    "a@example.org\n",
    " a@example.org",
    "a@b@example.org",
    "a.b." + "c" * 64 + "@example.org",
]


@pytest.mark.parametrize("address", HOSTILE_ADDRESSES)
def test_what_is_not_exactly_one_address_is_never_a_recipient(address: str) -> None:
    assert not is_address(address)
    message = message_from_bytes(eml_bytes(draft_of_plain(email=address), COMPANY, to=address, date=MONDAY), policy=default)
    assert (message["To"], message["Cc"], message["Bcc"]) == (None, None, None)
    assert draft_of_plain(email=address).held == "no_email"


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the corpus of hostile files is not beside this copy")
def test_every_address_of_the_hostile_corpus_is_refused() -> None:
    with (HOSTILE / "csv_email_header_injection.csv").open(encoding="utf-8-sig", newline="") as file:
        addresses = [row["email"] for row in csv.DictReader(file, delimiter=";")]
    assert len(addresses) == 12
    assert not any(is_address(address) for address in addresses)


@pytest.mark.parametrize("address", ["a@example.org", "jean-luc.o'neil+x@mail.example.co.uk", "compta_2@exemple.fr"])
def test_an_ordinary_address_is_the_one_recipient(address: str) -> None:
    draft = draft_of_plain(email=address)
    raw = eml_bytes(draft, COMPANY, to=draft.email, date=MONDAY)
    message = message_from_bytes(raw, policy=default)
    assert [a.addr_spec for a in message["To"].addresses] == [address]
    plain = message.get_body(("plain",))
    assert plain is not None
    assert (message["X-Unsent"], message.get_content_type(), plain.get_content_charset()) == (
        "1",
        "multipart/alternative",
        "utf-8",
    )
    assert message["Subject"] == draft.subject
    assert plain.get_content().replace("\r\n", "\n") == draft.body
    assert raw == eml_bytes(draft, COMPANY, to=draft.email, date=MONDAY)


# -- files


def test_file_names_are_safe_unique_and_in_the_list_s_order() -> None:
    names = [
        "../../etc/passwd",
        "CON",
        "...",
        "-rf",
        "~root",
        "F\u202efdp.exe",
        "A" * 400,
        "aux.pdf",
        "Été & Fils",
        "Été  Fils",
        "株式会社",
    ]
    book = Book()
    for n, name in enumerate(names):
        book.late(f"F{n}", name, 8)
    found = drafts(book.ledger(COMPANY), as_of=MONDAY)
    stems = file_stems(found, date=MONDAY, language="fr")
    assert len({stem.lower() for stem in stems}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,76}", stem) and stem[0] not in ".-" for stem in stems)
    assert [stem[11:14] for stem in stems] == [f"{n:03d}" for n in range(1, len(names) + 1)]


def test_a_draft_is_written_as_text_and_an_e_mail_also_as_a_message(tmp_path: Path) -> None:
    book = Book().late("F1", "Alain", 8, "900.00").late("F2", "Béa", 20, "200.00").client("Zoé", email=None).late("F3", "Zoé", 8)
    book.late("F4", "Disputé", 8, "50.00", is_disputed=True)
    found = drafts(book.ledger(COMPANY), as_of=MONDAY)
    files = write_drafts(found, tmp_path / "out", book.ledger(COMPANY), date=MONDAY)
    assert [[Path(file).name for file in of_draft] for of_draft in files] == [
        ["2026-06-22-001-R2-alain.txt", "2026-06-22-001-R2-alain.eml"],
        ["2026-06-22-002-T1-bea.txt", "2026-06-22-002-T1-bea.pdf"],
        ["2026-06-22-003-R2-zoe-retenu.txt"],
        [],
    ]
    assert Path(files[1][0]).read_text(encoding="utf-8") == f"{found[1].subject}\n\n{found[1].body}"


def test_what_is_not_due_any_more_that_day_leaves_the_folder_and_nothing_else_does(tmp_path: Path) -> None:
    for name in ("notes.txt", "2026-06-21-001-R2-martin.txt", "2026-06-22-mine.txt"):
        (tmp_path / name).write_text("kept", encoding="utf-8")
    ledger = Book().late("F1", "Martin", 8).late("F2", "Durand", 8).ledger(COMPANY)
    (old,) = write_drafts([draft_of_plain()], tmp_path, ledger, date=MONDAY)
    write_drafts([draft_of_plain("Durand")], tmp_path, ledger, date=MONDAY)
    assert not any(Path(file).exists() for file in old)
    assert {"notes.txt", "2026-06-21-001-R2-martin.txt", "2026-06-22-mine.txt"} < {path.name for path in tmp_path.iterdir()}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FolderNotWritable):
        write_drafts([draft_of_plain()], tmp_path / "file", Book().late("F1", "Martin", 8).ledger(COMPANY), date=MONDAY)
