"""The outbox: approved once, sent once, invalid when the facts change, and never sent again by itself."""

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mail_server import Post, post_office
from small_store import Company, money

from models.errors import Refused
from models.store import Author
from pipelines.collections import sending
from pipelines.collections.contact import set_contact
from pipelines.collections.drafts import Draft, drafts
from pipelines.collections.outbox import approve, outbox, reminder_of, stands, withdraw
from pipelines.collections.sending import _FAILURES, Delivery, mail_server, record_sent, send, settle_uncertain
from pipelines.decisions import set_settings, undo
from pipelines.ledger import Ledger, run_ledger
from pipelines.publishing.rebuild import run_rebuild

TODAY = date(2026, 6, 1)  # a Monday
ME = Author("Ana", TODAY, datetime(2026, 6, 1, 9))
BODY = b"Subject: x\r\n\r\nBonjour\r\n"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Two clients, each with an invoice eight days late; the bank is up to date."""
    books = Company(tmp_path)
    for name in ("Alpha", "Beta"):
        books.known.add(name)
        books.clients.append(
            {"client_id": name, "name": name, "email": f"{name.lower()}@example.org", "client_type": "company", "language": "fr"}
        )
    due = TODAY - timedelta(days=8)
    for number, client in (("F1", "Alpha"), ("F2", "Beta")):
        books.bill(number, client, "100.00", issue_date=due - timedelta(days=30), due_date=due)
    books.line("L0", "-1.00", "FRAIS", booking_date=TODAY)
    books.save(ME)
    set_settings(books.store, {"company_email": "compta@atelier.example", "company_name": "Atelier"}, author=ME)
    yield books
    books.store.close()


def made(company: Company, day: date = TODAY) -> list[Draft]:
    return drafts(run_ledger(company.store), as_of=day)


def box(company: Company, day: date = TODAY) -> pl.DataFrame:
    return outbox(run_ledger(company.store), as_of=day)


def states(company: Company) -> dict[str, str]:
    return dict(box(company).select("client_id", "state").iter_rows())


def content(_ledger: Ledger, _reminder: Any) -> bytes:
    return BODY


def approved(company: Company) -> list[str]:
    return list(approve(company.store, made(company), as_of=TODAY, author=ME).reminder_ids)


def pay(company: Company, number: str = "F1", amount: str = "40.00") -> None:
    company.line("L1", amount, f"VIR {number}", booking_date=TODAY).save(ME)
    with company.store.change("match", ME) as change:
        claim = {
            "claim_id": "c", "source": "bank", "source_id": "L1", "document_id": number, "amount": money(amount),
            "claim_date": TODAY, "rule": "number", "confidence": 1.0, "by_person": True,
        }  # fmt: skip
        change.insert("claim", pl.DataFrame([claim]))


def test_an_approval_keeps_the_exact_words_figures_day_and_person(company: Company) -> None:
    alpha, beta = made(company)
    edited = replace(alpha, body="Bonjour,\n\nMes mots.\n")
    done = approve(company.store, [edited, beta], as_of=TODAY, author=ME)
    kept = box(company).filter(pl.col("client_id") == "Alpha").to_dicts()[0]
    assert (kept["body"], kept["by"], kept["on_date"], kept["recipient"]) == (edited.body, "Ana", TODAY, "alpha@example.org")
    assert json.loads(kept["detail"])["invoices"][0] == {
        "document_id": "F1", "number": "F1", "kind": "invoice", "issue_date": "2026-04-24", "due_date": "2026-05-24",
        "amount": "100.00", "paid": "0.00", "outstanding": "100.00", "days_late": 8, "penalty": "0.00", "order": "",
    }  # fmt: skip
    assert states(company) == {"Alpha": "approved", "Beta": "approved"}
    undo(company.store, done.change_id or 0, author=ME)  # a batch has one undo
    assert box(company).is_empty()


def test_approving_twice_changes_nothing_and_an_edit_is_a_new_version(company: Company) -> None:
    first = approve(company.store, made(company), as_of=TODAY, author=ME)
    again = approve(company.store, made(company), as_of=TODAY, author=ME)
    assert (again.change_id, again.reminder_ids) == (None, first.reminder_ids)
    alpha = replace(made(company)[0], subject="Rappel")
    edit = approve(company.store, [alpha], as_of=TODAY, author=ME)
    assert box(company).filter(pl.col("client_id") == "Alpha")["subject"].to_list() == ["Rappel"]
    undo(company.store, edit.change_id or 0, author=ME)
    assert box(company).filter(pl.col("client_id") == "Alpha")["subject"].to_list() != ["Rappel"]


def test_a_draft_is_approved_only_as_the_facts_of_today_make_it(company: Company) -> None:
    shown = made(company)
    pay(company)
    done = approve(company.store, shown, as_of=TODAY, author=ME)
    assert [(draft.client, why) for draft, why in done.left_out] == [("Alpha", "changed")]
    assert states(company) == {"Beta": "approved"}
    with pytest.raises(Refused, match="approve those of today"):
        approve(company.store, shown, as_of=TODAY - timedelta(days=1), author=ME)


def test_a_held_or_empty_draft_is_not_approved(company: Company) -> None:
    alpha, beta = made(company)
    company.line("L2", "100.00", "VIREMENT", booking_date=TODAY).save(ME)  # could pay either
    held = approve(company.store, made(company), as_of=TODAY, author=ME)
    empty = approve(company.store, [replace(beta, body=" \n")], as_of=TODAY, author=ME)
    assert [why for _, why in held.left_out] == ["held", "held"]
    assert [why for _, why in empty.left_out] == ["no_text"]
    assert alpha.held is None


def test_recording_a_sending_ends_the_step_and_its_undo_restores_it(company: Company) -> None:
    alpha, beta = made(company)
    approve(company.store, [alpha], as_of=TODAY, author=ME)
    change = record_sent(company.store, [alpha, beta], author=ME)
    assert states(company) == {"Alpha": "sent", "Beta": "sent"}
    assert made(company) == []
    with pytest.raises(Refused) as error:
        record_sent(company.store, [alpha], author=ME)
    assert error.value.code == "left_already"
    undo(company.store, change, author=ME)
    assert states(company) == {"Alpha": "approved"}
    assert len(made(company)) == 2


def test_a_draft_left_open_since_another_day_is_not_recorded_a_second_time(company: Company) -> None:
    alpha, beta = made(company)
    change = record_sent(company.store, [alpha], author=ME)
    later = Author("Ana", TODAY + timedelta(days=3), datetime(2026, 6, 4, 9))
    with pytest.raises(Refused) as error:
        record_sent(company.store, [beta, alpha], author=later)
    assert error.value.code == "left_already"
    company.line("L1", "100.00", "VIR BETA F2", booking_date=TODAY).save(ME)
    company.reconcile()
    with pytest.raises(Refused) as error:
        record_sent(company.store, [beta], author=ME)
    assert error.value.code == "changed"
    assert states(company) == {"Alpha": "sent"}
    undo(company.store, change, author=later)
    (draft,) = made(company, later.today)
    record_sent(company.store, [draft], author=later)


def test_an_approval_whose_message_has_left_is_not_undone(company: Company) -> None:
    done = approve(company.store, made(company), as_of=TODAY, author=ME)
    sent = record_sent(company.store, made(company)[:1], author=ME)
    with pytest.raises(Refused) as error:
        undo(company.store, done.change_id or 0, author=ME)
    assert error.value.code == "sent_since"
    undo(company.store, sent, author=ME)
    undo(company.store, done.change_id or 0, author=ME)
    assert box(company).is_empty()


def test_a_withdrawn_reminder_can_be_approved_again(company: Company) -> None:
    ids = approved(company)
    withdraw(company.store, ids, author=ME)
    assert set(states(company).values()) == {"dropped"}
    with pytest.raises(Refused, match="not waiting"):
        withdraw(company.store, ids, author=ME)
    approved(company)
    assert set(states(company).values()) == {"approved"}


def test_tomorrows_approval_takes_the_place_of_todays(company: Company) -> None:
    approved(company)
    tomorrow = Author("Ana", TODAY + timedelta(days=1), datetime(2026, 6, 2, 9))
    approve(company.store, made(company, tomorrow.today), as_of=tomorrow.today, author=tomorrow)
    rows = box(company, tomorrow.today).sort("client_id", "on_date").select("client_id", "state").rows()
    assert rows == [("Alpha", "dropped"), ("Alpha", "approved"), ("Beta", "dropped"), ("Beta", "approved")]
    assert set(box(company)["state"]) == {"approved"}  # as it stood today


def test_mail_is_sent_once_and_recorded_before_and_after(company: Company) -> None:
    ids = approved(company)
    with post_office() as post:
        assert send(company.store, ids[0], server=post.server, message=content, author=ME) == Delivery(ids[0], "sent")
        with pytest.raises(Refused) as error:
            send(company.store, ids[0], server=post.server, message=content, author=ME)
    assert error.value.code == "left_already"
    assert (post.taken, post.recipients) == ([BODY], ["rcpt TO:<alpha@example.org>"])
    events = run_ledger(company.store).reminder_events.select("what", "detail").rows()
    assert events == [("sending", None), ("sent", "smtp")]
    assert [draft.client for draft in made(company)] == ["Beta"]
    for action in ("sending", "sent"):
        change_id = company.store.changes().filter(pl.col("action") == action)["change_id"].item()
        with pytest.raises(Refused, match="cannot be taken back"):
            undo(company.store, change_id, author=ME)


@pytest.mark.parametrize("slow", [0.0, 0.3])
def test_a_double_click_and_a_second_tab_send_nothing_twice(company: Company, slow: float) -> None:
    own_id = approved(company)[0]
    found: list[str] = []

    def click() -> None:
        try:
            found.append(send(company.store, own_id, server=post.server, message=content, author=ME).state)
        except Refused as error:
            found.append(error.code)

    with post_office() as post:
        post.slow = slow
        tabs = [threading.Thread(target=click) for _ in range(6)]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()
    assert len(post.taken) == 1
    assert found.count("sent") == 1
    assert set(found) <= {"sent", "uncertain", "left_already"}


@pytest.mark.parametrize("breaks", ["connect", "rcpt", "reject_data"])
def test_a_message_that_surely_did_not_leave_may_be_sent_again(company: Company, breaks: str) -> None:
    own_id = approved(company)[0]
    with post_office() as post:
        post.breaks = breaks
        assert send(company.store, own_id, server=post.server, message=content, author=ME).state == "failed"
        assert (states(company)["Alpha"], len(made(company)), post.taken) == ("failed", 2, [])
        post.breaks = ""
        assert send(company.store, own_id, server=post.server, message=content, author=ME).state == "sent"
    assert len(post.taken) == 1


@pytest.mark.parametrize(("breaks", "arrived"), [("data", 0), ("after_data", 1)])
def test_a_delivery_that_nobody_knows_of_is_never_retried_alone(company: Company, breaks: str, arrived: int) -> None:
    own_id = approved(company)[0]
    with post_office() as post:
        post.breaks = breaks
        assert send(company.store, own_id, server=post.server, message=content, author=ME).state == "unknown"
        post.breaks = ""
        with pytest.raises(Refused) as error:
            send(company.store, own_id, server=post.server, message=content, author=ME)
        assert (error.value.code, len(post.taken)) == ("uncertain", arrived)
        alpha = made(company)[0]
        assert [why for _, why in approve(company.store, [alpha], as_of=TODAY, author=ME).left_out] == ["uncertain"]
        with pytest.raises(Refused):
            record_sent(company.store, [alpha], author=ME)
        if arrived:
            settle_uncertain(company.store, own_id, has_left=True, author=ME)
            assert states(company)["Alpha"] == "sent"
        else:
            settle_uncertain(company.store, own_id, has_left=False, author=ME)
            assert send(company.store, own_id, server=post.server, message=content, author=ME).state == "sent"
    assert len(post.taken) == 1


def test_a_sending_cut_off_by_a_crash_waits_for_a_person(company: Company) -> None:
    own_id = approved(company)[0]
    with post_office() as post:
        with company.store.change("sending", ME) as change:
            change.insert("reminder_event", pl.DataFrame({"reminder_id": [own_id], "what": ["sending"], "on_date": [TODAY]}))
        with pytest.raises(Refused, match="Nobody knows"):
            send(company.store, own_id, server=post.server, message=content, author=ME)
        with pytest.raises(Refused, match="being sent"):
            settle_uncertain(company.store, own_id, has_left=False, author=ME)
        later = replace(ME, at=ME.at + timedelta(minutes=6))
        settle_uncertain(company.store, own_id, has_left=False, author=later)
        assert send(company.store, own_id, server=post.server, message=content, author=later).state == "sent"


@pytest.mark.parametrize("event", ["payment", "credit_note", "dispute", "address", "receipt"])
def test_a_payment_or_credit_note_after_the_approval_makes_it_fall(company: Company, event: str) -> None:
    own_id = approved(company)[0]
    reminder = box(company).filter(pl.col("reminder_id") == own_id).to_dicts()[0]
    assert stands(reminder, made(company)[0])
    if event == "payment":
        pay(company)
    elif event == "credit_note":
        company.note("AV1", "Alpha", "10.00", issued=91, linked="F1").save(ME)
    elif event == "dispute":
        with company.store.change("mark", ME) as change:
            change.insert(
                "mark", pl.DataFrame({"document_id": ["F1"], "what": ["disputed"], "is_set": [True], "on_date": [TODAY]})
            )
    elif event == "address":
        company.clients.append({"client_id": "Alpha", "name": "Alpha", "email": "new@example.org", "language": "fr"})
        company.save(ME)
    else:
        company.line("L3", "100.00", "VIREMENT", booking_date=TODAY).save(ME)
    with post_office() as post, pytest.raises(Refused) as error:
        send(company.store, own_id, server=post.server, message=content, author=ME)
    assert (error.value.code, post.taken) == ("changed", [])
    assert states(company)["Alpha"] == "approved"


def test_an_approved_letter_falls_with_its_postal_address_and_not_with_an_e_mail(company: Company) -> None:
    set_contact(company.store, "Alpha", {"address": "1 rue A\n75001 Paris"}, author=ME)
    reminder_day = TODAY + timedelta(days=24)  # the formal notice of an invoice 32 days late
    later = Author("Ana", reminder_day, datetime(2026, 6, 25, 9))
    company.line("L9", "-1.00", "FRAIS", booking_date=reminder_day).save(ME)
    with company.store.change("mark", ME) as change:
        change.insert(
            "mark",
            pl.DataFrame({"document_id": ["F1"], "what": ["reminded"], "is_set": [True], "on_date": [TODAY], "value": ["R1"]}),
        )
    alpha = made(company, reminder_day)[0]
    assert (alpha.client, alpha.channel) == ("Alpha", "registered_letter")
    approve(company.store, [alpha], as_of=reminder_day, author=later)
    reminder = box(company, reminder_day).to_dicts()[0]
    set_contact(company.store, "Alpha", {"email": "new@example.org"}, author=later)
    assert stands(reminder, made(company, reminder_day)[0])
    set_contact(company.store, "Alpha", {"address": "2 rue B\n75002 Paris"}, author=later)
    assert not stands(reminder, made(company, reminder_day)[0])


def test_only_what_can_be_sent_is_sent(company: Company) -> None:
    with post_office() as post, pytest.raises(Refused, match="not in the outbox"):
        send(company.store, "nothing", server=post.server, message=content, author=ME)
    own_id = approved(company)[0]
    set_settings(company.store, {"company_email": None}, author=ME)
    with post_office() as post, pytest.raises(Refused, match="needs a sender"):
        send(company.store, own_id, server=post.server, message=content, author=ME)
    assert mail_server(run_ledger(company.store).settings, "x") is None


OUTSIDE = "127.0.0.2"  # not one of the names of this machine: the line must be encrypted


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate that no authority signed, for OUTSIDE, and its key as a server holds it."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("the program openssl makes the certificate")
    place = tmp_path_factory.mktemp("certificate")
    made, key = place / "server.crt", place / "server.key"
    asked = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={OUTSIDE}"]
    named = ["-addext", f"subjectAltName=IP:{OUTSIDE}", "-keyout", str(key), "-out", str(made)]
    subprocess.run([program, "req", "-x509", *asked, *named], check=True, capture_output=True)
    held = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    held.load_cert_chain(made, key)
    return made, held


def send_outside(company: Company, post: Post) -> Delivery:
    own_id = approved(company)[0]
    signed_in = replace(post.server, user="me", password="secret")  # noqa: S106 -- not a real one
    return send(company.store, own_id, server=signed_in, message=content, author=ME)


def test_a_password_never_goes_over_an_open_line(company: Company) -> None:
    with post_office(OUTSIDE) as post:
        found = send_outside(company, post)
    assert (found.state, found.failure) == ("failed", _FAILURES["SMTPNotSupportedError"])
    assert post.heard == [("EHLO", False)]


@pytest.mark.parametrize("asks_first", [True, False])
@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_server_is_spoken_to_over_an_encrypted_line_if_its_certificate_is_trusted(
    company: Company,
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
    *,
    asks_first: bool,
    is_trusted: bool,
) -> None:
    made, key = certificate
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(made))  # as the documentation says
    with post_office(OUTSIDE, key, asks_first=asks_first) as post:
        if not asks_first:
            monkeypatch.setattr(sending, "_TLS_PORT", post.server.port)  # 465 is not ours to open
        found = send_outside(company, post)
    private = [(verb, is_safe) for verb, is_safe in post.heard if verb not in {"EHLO", "STAR"}]
    if is_trusted:
        assert (found.state, post.taken) == ("sent", [BODY])
        assert private == [(verb, True) for verb in ("AUTH", "MAIL", "RCPT", "DATA")]
    else:
        assert (found.state, found.failure) == ("failed", _FAILURES["SSLCertVerificationError"])
        assert (private, states(company)["Alpha"]) == ([], "failed")


def test_a_rebuilt_database_keeps_the_reminders(company: Company, tmp_path: Path) -> None:
    record_sent(company.store, made(company), author=ME)
    rebuilt = run_rebuild(company.store, tmp_path / "again.duckdb")
    assert rebuilt.is_same
    assert run_ledger(company.store).reminders.height == 2


def test_the_outbox_of_a_day_knows_nothing_of_later_days(company: Company) -> None:
    approved(company)
    assert box(company, TODAY - timedelta(days=1)).is_empty()
    later = Author("Ana", TODAY + timedelta(days=2), datetime(2026, 6, 3, 9))
    draft = made(company)[0]
    record_sent(company.store, [draft], author=later)
    assert set(box(company)["state"]) == {"approved"}
    known = reminder_of(box(company, later.today), draft)
    assert known is not None
    assert (known["state"], known["state_on"]) == ("sent", later.today)
    assert run_ledger(company.store, known_on=TODAY).reminder_events.is_empty()
    assert Decimal(json.loads(known["detail"])["outstanding"]) == Decimal("100.00")
