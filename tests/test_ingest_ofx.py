"""OFX 1 and 2 through ofxparse: printed days, every movement counted, several accounts, what banks get wrong."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file
from pipelines.ingest.statements import ofx

HEADER = "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n"


def movement(amount: str = "1.00", day: str = "20260105", rest: str = "<FITID>A<NAME>VIR") -> str:
    return f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day}<TRNAMT>{amount}{rest}</STMTTRN>\n"


def statement(*movements: str, account: str = "00012345678", rest: str = "", currency: str = "EUR") -> str:
    return (
        f"<STMTTRNRS><STMTRS><CURDEF>{currency}<BANKACCTFROM><BANKID>30006<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>"
        f"<BANKTRANLIST><DTSTART>20260101\n{''.join(movements)}</BANKTRANLIST>{rest}</STMTRS></STMTTRNRS>"
    )


def read(*statements: str, header: str = HEADER, encoding: str = "cp1252") -> Reading:
    return read_file(
        Source(f"{header}<OFX><BANKMSGSRSV1>{''.join(statements)}</BANKMSGSRSV1></OFX>\n".encode(encoding), "releve.ofx")
    )


def only(reading: Reading) -> dict[str, object]:
    assert reading.rejected.is_empty(), reading.rejected
    return reading.lines.row(0, named=True)


@pytest.mark.parametrize("day", ["20260301", "20260301000000[+1:CET]", "20260301235959.000[-8:PST]", "202603011200"])
def test_the_eight_printed_digits_are_the_day(day: str) -> None:
    assert only(read(statement(movement(day=day))))["booking_date"] == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("-12,50", "-12.50"),
        ("1 250,00", "1250.00"),
        ("1\u00a0250,00", "1250.00"),
        ("12,50-", "-12.50"),
        ("+99.00", "99.00"),
        ("5000.0000", "5000.00"),
    ],
)
def test_amounts_are_read_as_everywhere_else(text: str, amount: str) -> None:
    assert only(read(statement(movement(text))))["amount"] == Decimal(amount)


@pytest.mark.parametrize(
    ("leaves", "label"),
    [
        ("<NAME>VIR<MEMO>ACME", "VIR ACME"),
        ("<NAME>VIR ACME<MEMO>VIR ACME", "VIR ACME"),
        ("<MEMO>ACME", "ACME"),
        ("<NAME></NAME><MEMO>ACME</MEMO>", "ACME"),
        ("<NAME>A & B<MEMO>5 < 6", "A & B 5 < 6"),
        ("<NAME>A &amp; B<MEMO>ACME<BR>F-1", "A & B ACME F-1"),
        ("<NAME>DUPONT <ABC> FILS", "DUPONT <ABC> FILS"),
        ("<NAME>Œuvre d’été €<MEMO>", "Œuvre d’été €"),
        ("", ""),
    ],
)
def test_the_label_is_name_and_memo_as_the_bank_wrote_them(leaves: str, label: str) -> None:
    assert only(read(statement(movement(rest=f"<FITID>A{leaves}"))))["label"] == label


@pytest.mark.parametrize(("leaves", "bank_id"), [("<FITID>X1", "X1"), ("<FITID></FITID>", None), ("", None)])
def test_a_missing_fitid_is_no_identity(leaves: str, bank_id: str | None) -> None:
    assert only(read(statement(movement(rest=f"{leaves}<NAME>VIR"))))["bank_id"] == bank_id


def test_repeated_fitids_are_all_kept() -> None:
    assert read(statement(movement("1.00"), movement("2.00"), movement("2.00"))).lines.height == 3


def test_several_accounts_and_their_ledger_balances() -> None:
    balance = "<LEDGERBAL><BALAMT>1000,00<DTASOF>20260131120000</LEDGERBAL>"
    reading = read(statement(movement(), rest=balance), statement(movement("7.00"), account="222", currency="CHF"))
    assert reading.accounts.select("bank", "number", "currency").rows() == [
        ("30006", "00012345678", "EUR"),
        ("30006", "222", "CHF"),
    ]
    assert reading.lines.select("account", "currency").rows() == [(0, "EUR"), (1, "CHF")]
    assert reading.balances.rows() == [(0, date(2026, 1, 31), Decimal("1000.00"), "closing")]


def test_the_period_of_a_statement_is_its_printed_days() -> None:
    first = statement(movement()).replace("<DTSTART>20260101", "<DTSTART>20260101000000[+1:CET]<DTEND>20260131")
    second = statement(movement(), account="222").replace("<DTSTART>20260101", "<DTSTART>20260301<DTEND>20260201")
    accounts = read(first, first.replace("202601", "202602").replace("0231", "0228"), second).accounts
    assert accounts.select("from_date", "to_date").rows() == [(date(2026, 1, 1), date(2026, 2, 28)), (None, None)]


def test_a_leaf_of_more_than_ten_thousand_characters_refuses_the_file() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(statement(movement(), movement(rest=f"<FITID>A<NAME>{'x' * 10_001}")))
    assert (refusal.value.code, refusal.value.fields["line"]) == ("field_too_long", 9)


def test_progress_is_told_by_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ofx, "_BATCH", 2)
    told: list[tuple[int, int]] = []
    content = f"{HEADER}<OFX>{statement(*[movement()] * 5)}</OFX>".encode()
    read_file(Source(content, "releve.ofx", progress=lambda done, of: told.append((done, of))))
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_a_tag_of_the_bank_s_own_counts_where_it_opens_a_line() -> None:
    content = f"<FITID>A\n{' ' * 150}<BANKOWN>1\n<NAME>VIR\n<MEMO>NOT <ABC> A TAG"
    assert only(read(statement(movement(rest=content))))["label"] == "VIR NOT <ABC> A TAG"


@pytest.mark.parametrize("label", ["A\u0001B", "\ufffe", "&#1;", "&amp;lt;B>"])
def test_characters_that_xml_does_not_allow_are_a_problem_or_are_kept(label: str) -> None:
    reading = read(statement(movement(), movement(rest=f"<FITID>\u0001{label}<NAME>{label}")), encoding="utf-8")
    assert reading.rows == 2


def test_every_movement_is_a_row_or_a_located_problem() -> None:
    reading = read(statement(movement(), movement("douze"), movement(day="xxx"), movement(day="20260231")))
    assert (reading.rows, reading.lines.height, reading.rejected_rows) == (4, 1, 3)
    assert reading.rejected.select("line", "column", "value", "code").rows() == [
        (9, "TRNAMT", "douze", "bad_amount"),
        (10, "DTPOSTED", "xxx", "bad_date"),
        (11, "DTPOSTED", "20260231", "impossible_date"),
    ]


def test_movements_on_one_line_are_rejected_one_by_one() -> None:
    one_line = statement(movement(), movement("douze"), movement("treize")).replace("\n", "")
    reading = read(one_line)
    assert (reading.lines.height, reading.rejected_rows) == (1, 2)


def test_utf8_under_a_1252_header_is_read_and_said() -> None:
    reading = read(statement(movement(rest="<FITID>A<NAME>Société Été")), encoding="utf-8")
    assert only(reading)["label"] == "Société Été"
    assert reading.warnings["code"].to_list() == ["encoding_guessed"]


def test_ofx_2_with_accents_is_read() -> None:
    header = '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n'
    body = statement(
        "<STMTTRN><DTPOSTED>20260105</DTPOSTED><TRNAMT>1.00</TRNAMT><FITID>A</FITID><NAME><![CDATA[Été & Cie]]></NAME></STMTTRN>"
    )
    assert only(read(body, header=header, encoding="utf-8"))["label"] == "Été & Cie"


def test_a_statement_without_movements_is_no_error() -> None:
    reading = read(statement())
    assert (reading.rows, reading.warnings["code"].to_list()) == (0, ["no_rows"])


@given(st.integers(min_value=40, max_value=2000))
@settings(max_examples=40, deadline=None)
def test_a_file_cut_anywhere_is_refused_never_shortened(length: int) -> None:
    whole = f"{HEADER}<OFX><BANKMSGSRSV1>{statement(*[movement()] * 9)}</BANKMSGSRSV1></OFX>".encode()
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(whole[: min(length, len(whole) - 1)], "releve.ofx"))
    assert refusal.value.code in {"truncated_ofx", "not_ofx"}


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    movements = [movement(f"{n}.00") for n in range(1, 8)]
    whole = read(statement(*movements)).lines
    monkeypatch.setattr(ofx, "_BATCH", 2)
    assert read(statement(*movements)).lines.equals(whole)


def test_a_movement_that_ofxparse_loses_refuses_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ofx, "_through_ofxparse", lambda _rows: [])
    with pytest.raises(UnreadableFile) as refusal:
        read(statement(movement()))
    assert refusal.value.code == "ofx_count"
