"""ISO 20022 statements: every entry counted, its amount and day as printed, its details in the label, no account mixed up."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from imports import counts, fresh_store, lines, take

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "camt"
OWN = "FR7630006000011234567890189"
OTHER = "FR7630004000031234567890143"
ROOTS = {"053": ("BkToCstmrStmt", "Stmt"), "052": ("BkToCstmrAcctRpt", "Rpt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
ACCOUNT = f"<Acct><Id><IBAN>{OWN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"


def entry(
    amount: str = "10.00",
    side: str = "CRDT",
    day: str = "<Dt>2026-01-05</Dt>",
    *,
    status: str = "BOOK",
    rest: str = "",
    currency: str = "EUR",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt>{day}</BookgDt>{rest}</Ntry>\n"
    )


def details(*transactions: str) -> str:
    return f"<NtryDtls>{''.join(f'<TxDtls>{one}</TxDtls>' for one in transactions)}</NtryDtls>"


def balance(code: str, amount: str, day: str, side: str = "CRDT", currency: str = "EUR") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def statement(*inside: str, account: str = ACCOUNT, message: str = "053") -> str:
    tag = ROOTS[message][1]
    return f"<{tag}><Id>1</Id>{account}{''.join(inside)}</{tag}>"


def document(*statements: str, message: str = "053", version: str = "02") -> bytes:
    root = ROOTS[message][0]
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version}"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}"><{root}>{"".join(statements)}</{root}></Document>'
    return text.encode()


def read(*inside: str, **options: str) -> Reading:
    return read_file(Source(document(statement(*inside), **options), "releve.xml"))


def test_an_entry_is_a_movement_with_all_that_the_bank_says() -> None:
    told = details(
        "<Refs><EndToEndId>E2E-17</EndToEndId></Refs>"
        "<RltdPties><Dbtr><Nm>Boulangerie Morel</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{OTHER}</IBAN></Id></DbtrAcct><UltmtDbtr><Nm>Groupe Morel</Nm></UltmtDbtr></RltdPties>"
        "<RmtInf><Ustrd>Facture F-2026-017</Ustrd><Strd><RfrdDocInf><Nb>F-2026-018</Nb></RfrdDocInf>"
        "<CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>"
    )
    more = "<ValDt><Dt>2026-01-06</Dt></ValDt><AcctSvcrRef>SVC-1</AcctSvcrRef>"
    found = read(entry("1234.5", rest=f"{more}{told}<AddtlNtryInf>VIR SEPA RECU</AddtlNtryInf>"))
    assert (found.kind, found.format, found.profile) == ("bank", "camt", "camt")
    assert found.lines.rows() == [
        (
            2,
            0,
            date(2026, 1, 5),
            date(2026, 1, 6),
            Decimal("1234.50"),
            "EUR",
            "VIR SEPA RECU Boulangerie Morel Groupe Morel Facture F-2026-017 F-2026-018 RF18539007547034 E2E-17",
            "Boulangerie Morel",
            OTHER,
            "SVC-1",
        )
    ]
    assert found.accounts.row(0)[:5] == (None, None, None, OWN, "EUR")


def test_a_debit_is_negative_and_its_counterparty_the_creditor() -> None:
    told = details("<RltdPties><Dbtr><Pty><Nm>Nous</Nm></Pty></Dbtr><Cdtr><Pty><Nm>Garage Leroy</Nm></Pty></Cdtr></RltdPties>")
    found = read(entry("12.00", "DBIT", rest=told), version="08").lines
    assert found["amount"].to_list() == [Decimal("-12.00")]
    assert found["counterparty"].to_list() == ["Garage Leroy"]
    assert found["label"].to_list() == ["Garage Leroy"]


def test_the_status_stands_in_a_code_from_version_8_on_and_pending_entries_are_ignored() -> None:
    found = read(entry(status="<Cd>PDNG</Cd>"), entry(status="PDNG"), entry(status="<Cd>BOOK</Cd>"), entry(status="INFO"))
    assert (found.rows, found.ignored, found.lines.height) == (4, 3, 1)
    assert found.lines["line"].to_list() == [4]


def test_a_reversal_keeps_its_sign_and_turns_the_parties() -> None:
    returned = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf><RltdPties><Dbtr><Nm>Garage Leroy</Nm></Dbtr></RltdPties>"
    found = read(
        entry("80.00", "DBIT", rest=f"<RvslInd>true</RvslInd>{details(returned)}"),
        entry("9.00", "DBIT", rest="<RvslInd>true</RvslInd>"),
        entry("7.00", "CRDT", rest="<RvslInd>false</RvslInd>"),
    ).lines
    assert found["amount"].to_list() == [Decimal("-80.00"), Decimal("-9.00"), Decimal("7.00")]
    assert found["counterparty"].to_list() == ["Garage Leroy", None, None]
    assert found["label"].to_list() == ["Rejet Garage Leroy AC04", "Extourne", ""]


def test_a_batch_is_one_movement_whose_label_has_every_transaction() -> None:
    told = details(
        "<Refs><EndToEndId>E-1</EndToEndId></Refs><Amt>4.00</Amt><RltdPties><Dbtr><Nm>Morel</Nm></Dbtr></RltdPties>",
        "<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt>6.00</Amt><RltdPties><Dbtr><Nm>Leroy</Nm></Dbtr></RltdPties>",
    )
    found = read(entry("10.00", rest=told)).lines
    assert found["amount"].to_list() == [Decimal("10.00")]
    assert found["label"].to_list() == ["Morel E-1 Leroy"]
    assert found["counterparty"].to_list() == [None]


def test_our_own_account_is_no_counterparty() -> None:
    ours = f"<Dbtr><Nm>Nous</Nm></Dbtr><DbtrAcct><Id><IBAN>{OWN}</IBAN></Id></DbtrAcct>"
    theirs = f"<Cdtr><Nm>Morel</Nm></Cdtr><CdtrAcct><Id><IBAN>{OTHER}</IBAN></Id></CdtrAcct>"
    found = read(entry(rest=details(f"<RltdPties>{ours}{theirs}</RltdPties>"))).lines
    assert (found["counterparty"][0], found["counterparty_iban"][0]) == ("Morel", OTHER)


@pytest.mark.parametrize(
    ("written", "cents"), [("8.850", "8.85"), ("8.85000", "8.85"), ("200000", "200000.00"), ("-8.85", None), ("8.855", None)]
)
def test_amounts_have_no_sign_and_two_significant_decimals(written: str, cents: str | None) -> None:
    found = read(entry(written))
    assert [str(amount) for amount in found.lines["amount"]] == ([cents] if cents else [])
    assert found.rejected["column"].to_list() == ([] if cents else ["Amt"])


@pytest.mark.parametrize(
    ("inside", "code", "column"),
    [
        (entry(day="<Dt>2026-02-30</Dt>"), "impossible_date", "BookgDt"),
        (entry(day=""), "missing_date", "BookgDt"),
        (entry(""), "missing_amount", "Amt"),
        (entry(side=""), "unknown_direction", "CdtDbtInd"),
        (entry(side="CRED"), "unknown_direction", "CdtDbtInd"),
        (entry(currency=""), "unknown_currency", "Ccy"),
        (entry(currency="EURO"), "unknown_currency", "Ccy"),
    ],
)
def test_an_entry_that_cannot_be_read_is_a_located_problem(inside: str, code: str, column: str) -> None:
    found = read(entry(), inside, entry("11.00"))
    assert found.rejected.select("line", "column", "code").rows() == [(3, column, code)]
    assert (found.rows, found.rejected_rows, found.lines["line"].to_list()) == (3, 1, [2, 4])
    assert found.quarantine["line"].to_list() == [3]


def test_a_rejected_entry_waits_with_its_cells_as_printed() -> None:
    told = f"<AcctSvcrRef>S-1</AcctSvcrRef>{details('<RmtInf><Ustrd>Facture F-1</Ustrd></RmtInf>')}"
    found = read(entry("12.00", "DBIT", "<Dt>2026-02-30</Dt>", rest=told))
    assert json.loads(found.quarantine["cells"][0]) == {
        "BookgDt": "2026-02-30",
        "ValDt": "",
        "Amt": "-12.00",
        "Ccy": "EUR",
        "RmtInf": "Facture F-1",
        "RltdPties": "",
        "AcctSvcrRef": "S-1",
    }


@pytest.mark.parametrize(
    "written", ["<DtTm>2026-01-31T00:00:00+01:00</DtTm>", "<Dt>2026-01-31+01:00</Dt>", "<Dt>2026-01-31</Dt>"]
)
def test_the_printed_day_counts(written: str) -> None:
    assert read(entry(day=written)).lines["booking_date"].to_list() == [date(2026, 1, 31)]


def test_balances_and_the_days_that_they_hold() -> None:
    found = read(
        "<FrToDt><FrDtTm>2026-01-01T00:00:00</FrDtTm><ToDtTm>2026-01-31T23:59:59</ToDtTm></FrToDt>",
        balance("PRCD", "100.00", "2025-12-31"),
        balance("OPBD", "100.00", "2026-01-01"),
        balance("CLBD", "110.00", "2026-01-31"),
        balance("CLAV", "90.00", "2026-01-31"),
        entry(),
    )
    assert found.balances.rows() == [
        (0, date(2026, 1, 1), Decimal("100.00"), "opening"),
        (0, date(2026, 1, 31), Decimal("110.00"), "closing"),
    ]
    assert found.accounts.select("from_date", "to_date").rows() == [(date(2026, 1, 1), date(2026, 1, 31))]
    assert found.warnings.is_empty()


def test_an_opening_balance_of_the_day_before_is_that_of_the_next_day() -> None:
    found = read(balance("OPBD", "5.00", "2026-01-04", "DBIT"), balance("CLBD", "5.00", "2026-01-05"), entry())
    assert found.balances.row(0) == (0, date(2026, 1, 5), Decimal("-5.00"), "opening")
    assert found.accounts["from_date"].to_list() == [date(2026, 1, 5)]


def test_a_statement_that_does_not_add_up_says_by_how_much() -> None:
    found = read(balance("OPBD", "0.00", "2026-01-05"), balance("CLBD", "12.00", "2026-01-05"), entry())
    assert found.warnings.select("column", "value", "code").rows() == [
        ("Bal", "2,00 (05/01/2026 → 05/01/2026)", "statement_not_balanced")
    ]


def test_two_statements_of_a_day_leave_its_first_and_its_last_balance() -> None:
    first = statement(balance("OPBD", "0.00", "2026-01-05"), balance("CLBD", "10.00", "2026-01-05"), entry())
    second = statement(balance("OPBD", "10.00", "2026-01-05"), balance("CLBD", "17.00", "2026-01-05"), entry("7.00"))
    found = read_file(Source(document(first, second), "deux.xml"))
    assert found.balances["amount"].to_list() == [Decimal("0.00"), Decimal("17.00")]
    assert (found.accounts.height, found.lines["account"].to_list()) == (1, [0, 0])
    assert found.warnings.is_empty()


def test_several_accounts_and_currencies_in_one_file() -> None:
    bank = "<Svcr><FinInstnId><BIC>AGRIFRPP</BIC></FinInstnId></Svcr>"
    dollars = f"<Acct><Id><Othr><Id>000123</Id></Othr></Id><Nm>Compte USD</Nm>{bank}</Acct>"
    found = read_file(Source(document(statement(entry()), statement(entry(currency="USD"), account=dollars)), "deux.xml"))
    assert found.accounts.select("name", "bank", "number", "iban", "currency").rows() == [
        (None, None, None, OWN, "EUR"),
        ("Compte USD", "AGRIFRPP", "000123", None, "USD"),
    ]
    assert found.lines.select("account", "currency").rows() == [(0, "EUR"), (1, "USD")]


def test_a_period_that_does_not_hold_its_movements_is_none() -> None:
    found = read("<FrToDt><FrDt>2020-01-01</FrDt><ToDt>2020-01-31</ToDt></FrToDt>", entry())
    assert found.accounts.select("from_date", "to_date").rows() == [(None, None)]


def test_prefixes_and_utf_16_change_nothing() -> None:
    plain = document(statement(entry()))
    prefixed = re.sub(rb"<(/?)(?=[A-Z])", rb"<\1ns2:", plain).replace(b"xmlns=", b"xmlns:ns2=")
    wide = plain.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    readings = [read_file(Source(content, "a.xml")) for content in (plain, prefixed, wide)]
    assert [reading.lines.rows() for reading in readings] == [readings[0].lines.rows()] * 3
    assert [reading.encoding for reading in readings] == ["utf-8", "utf-8", "utf-16"]


def test_a_comment_that_looks_like_an_entry_moves_no_line_number() -> None:
    found = read("<!-- <Ntry> -->\n", entry(), entry("11.00"))
    assert found.lines["line"].to_list() == [3, 4]


def test_a_label_without_end_is_cut_with_a_warning() -> None:
    found = read(entry(rest=details(f"<RmtInf><Ustrd>{'F-1 ' * 3000}</Ustrd></RmtInf>")))
    assert found.lines["label"].str.len_chars().to_list() == [9999]
    assert found.warnings.select("line", "code").rows() == [(2, "label_cut")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("declared", ['<!DOCTYPE d [<!ENTITY a "b">]>', "<!doctype d>", '<!ENTITY a "b">'])
def test_a_doctype_is_refused_before_parsing(declared: str, encoding: str) -> None:
    text = document(statement(entry())).decode().replace("<Document", f"{declared}<Document", 1).replace("UTF-8", encoding)
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(text.encode(encoding), "bombe.xml"))
    assert refusal.value.code == "doctype_refused"


@pytest.mark.parametrize(
    ("content", "code"),
    [(document(statement(entry()))[:-20], "broken_xml"), (document(), "no_statement")],
)
def test_what_is_no_statement_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(content, "releve.xml"))
    assert refusal.value.code == code


def test_a_notice_a_report_and_a_statement_of_one_movement_add_it_once() -> None:
    """A notice (054) names the movement otherwise than the statement (053): they pair by date and amount."""
    noticed = document(statement(entry(rest="<AddtlNtryInf>AVIS</AddtlNtryInf>"), message="054"), message="054")
    reported = document(statement(entry(), entry("7.00", status="PDNG"), message="052"), message="052")
    stated = document(statement(entry(rest="<AddtlNtryInf>VIR SEPA</AddtlNtryInf>"), entry("7.00")))
    for order in ((noticed, reported, stated), (stated, noticed, reported), (reported, stated, noticed)):
        with fresh_store() as store:
            for content in order:
                take(store, content, "releve.xml")
            assert lines(store)["amount"].to_list() == [Decimal("7.00"), Decimal("10.00")]
            assert counts(take(store, stated, "encore.xml"))[:3] == (0, 0, 2)


def test_a_named_account_is_the_only_one_whichever_file_comes_first() -> None:
    named = document(statement(entry(), account=ACCOUNT.replace("<Ccy>", "<Nm>CPTE PRO</Nm><Ccy>")))
    spreadsheet = b"Date;Libelle;Montant\n05/01/2026;VIR MOREL;10,00\n"
    for order in ((named, spreadsheet), (spreadsheet, named)):
        with fresh_store() as store:
            reports = [take(store, content, "releve") for content in order]
            assert [counts(report)[0] for report in reports] == [1, 0]
            assert lines(store)["account"].n_unique() == 1


def test_two_equal_movements_of_a_day_are_both_kept() -> None:
    with fresh_store() as store:
        assert counts(take(store, document(statement(entry(), entry())), "releve.xml"))[0] == 2


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.xml")), ids=lambda path: path.stem)
def test_every_entry_of_the_corpus_is_a_row(path: Path) -> None:
    content = path.read_bytes()
    expected = len(re.findall(rb"<(?:\w+:)?Ntry>", content))
    if b"<Stmt>" not in content and b"<Rpt>" not in content and b"<Ntfctn>" not in content:
        with pytest.raises(UnreadableFile) as refusal:
            read_file(Source(content, path.name))
        assert (refusal.value.code, expected) == ("no_statement", 0)
        return
    found = read_file(Source(content, path.name))
    assert found.rows == expected
    assert found.ignored == len(re.findall(rb"<Sts>\s*(?:<Cd>)?(?:PDNG|INFO)", content))
