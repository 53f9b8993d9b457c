"""The SEPA transfer file: structure, sums, characters, no transfer twice, all by a schema of what banks take."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st
from lxml import etree
from stdnum import iban

from models.errors import Refused
from pipelines.exports.pain001 import NAMESPACE, Transfer, Transfers, bank_text, transfers_file

N = {"p": NAMESPACE}
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "data" / "pain001_sepa.xsd"))
OWN, GERMAN, FRENCH = "FR7630006000011234567890189", "DE89370400440532013000", "FR1420041010050500013M02606"


def made(*transfers: Transfer, bic: str | None = "AGRIFRPP") -> Transfers:
    return Transfers(
        "ENCOURS-ABCDEFGHIJKL", datetime(2026, 6, 26, 8, 30), date(2026, 6, 30), "Atelier Süd & Cie", OWN, bic, transfers
    )


def texts(root: etree._Element, path: str) -> list[str]:
    return [str(node.text) for node in root.findall(path, N)]


def test_the_file_has_the_structure_and_the_sums_that_the_bank_checks() -> None:
    content = transfers_file(
        made(Transfer("F-1", "Dupont & Fils", GERMAN, Decimal("1234.50")), Transfer("F-2", "EDF", FRENCH, Decimal("0.50")))
    )
    root = etree.fromstring(content)
    assert root.tag == f"{{{NAMESPACE}}}Document"
    head, block = root.find("p:CstmrCdtTrfInitn/p:GrpHdr", N), root.find("p:CstmrCdtTrfInitn/p:PmtInf", N)
    assert head is not None
    assert block is not None
    order = [etree.QName(child).localname for child in block]
    assert order == [
        "PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt", "ChrgBr",
        "CdtTrfTxInf", "CdtTrfTxInf",
    ]  # fmt: skip
    assert [etree.QName(child).localname for child in head] == ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"]
    for parent in (head, block):
        assert (texts(parent, "p:NbOfTxs"), texts(parent, "p:CtrlSum")) == (["2"], ["1235.00"])
    amounts = block.findall("p:CdtTrfTxInf/p:Amt/p:InstdAmt", N)
    assert sum(Decimal(str(a.text)) for a in amounts) == Decimal("1235.00")
    assert {a.get("Ccy") for a in amounts} == {"EUR"}
    for number in [*texts(block, ".//p:IBAN")]:
        assert iban.is_valid(number)
    assert texts(block, "p:ReqdExctnDt/p:Dt") == ["2026-06-30"]
    assert texts(block, "p:DbtrAgt/p:FinInstnId/p:BICFI") == ["AGRIFRPP"]
    assert texts(block, "p:CdtTrfTxInf/p:PmtId/p:EndToEndId") == ["F-1", "F-2"]
    assert len(set(texts(block, "p:CdtTrfTxInf/p:PmtId/p:InstrId"))) == 2
    assert texts(block, "p:CdtTrfTxInf/p:Cdtr/p:Nm") == ["Dupont + Fils", "EDF"]
    assert texts(block, "p:Dbtr/p:Nm") == ["Atelier Sud + Cie"]


#: Names and numbers as people type them: any letters, signs, slashes, control characters, long or empty.
_TYPED = st.one_of(st.text(max_size=200), st.text("AZé/ -_&€", max_size=200))


@checked(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(_TYPED, _TYPED, st.sampled_from([GERMAN, FRENCH]), st.integers(1, 10**11 - 1)),
        min_size=1, max_size=5, unique_by=lambda row: (row[0], row[2]),
    ),
    debtor=_TYPED,
    bic=st.sampled_from([None, "AGRIFRPP", "BNPAFRPPXXX"]),
)  # fmt: skip
def test_whatever_was_typed_the_schema_and_the_sums_hold(
    rows: list[tuple[str, str, str, int]], debtor: str, bic: str | None
) -> None:
    transfers = tuple(Transfer(number, name, to, Decimal(cents).scaleb(-2)) for number, name, to, cents in rows)
    file = Transfers("ENCOURS-ABCDEFGHIJKL", datetime(2026, 6, 26, 8, 30), date(2026, 6, 30), debtor, OWN, bic, transfers)
    root = etree.fromstring(transfers_file(file))
    SCHEMA.assertValid(root)
    amounts = [Decimal(amount) for amount in texts(root, ".//p:InstdAmt")]
    assert amounts == [transfer.amount for transfer in transfers]
    assert {Decimal(said) for said in texts(root, ".//p:CtrlSum")} == {sum(amounts)}
    assert {int(said) for said in texts(root, ".//p:NbOfTxs")} == {len(amounts)}
    for name in ("InstrId", "EndToEndId"):
        assert len(set(texts(root, f".//p:{name}"))) == len(amounts)


def test_numbers_that_read_the_same_at_the_bank_get_references_of_their_own() -> None:
    numbers = ["F\N{LATIN SMALL LETTER E WITH ACUTE}", "Fe-2", "Fe", "F" * 40, "F" * 41]
    root = etree.fromstring(transfers_file(made(*(Transfer(number, "EDF", FRENCH, Decimal(1)) for number in numbers))))
    assert texts(root, ".//p:EndToEndId") == ["Fe", "Fe-2", "Fe-3", "F" * 35, "F" * 33 + "-2"]


def test_the_schema_refuses_what_a_bank_would() -> None:
    good = transfers_file(made(Transfer("F-1", "EDF", FRENCH, Decimal(1)))).decode()
    assert SCHEMA.validate(etree.fromstring(good.encode()))
    for was, is_now in (
        ("<PmtMtd>TRF", "<PmtMtd>CHK"),
        ('Ccy="EUR"', 'Ccy="USD"'),
        ("<EndToEndId>F-1", "<EndToEndId>/F-1"),
        (">EDF<", ">EDF\N{LATIN SMALL LETTER E WITH ACUTE}<"),
        (">1.00</InstdAmt>", ">1.001</InstdAmt>"),
        ("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>SHAR</ChrgBr>"),
        ("<BICFI>AGRIFRPP</BICFI>", "<BICFI>AGRI</BICFI>"),
    ):
        assert was in good
        assert not SCHEMA.validate(etree.fromstring(good.replace(was, is_now).encode())), is_now


def test_a_bank_without_bic_is_not_provided() -> None:
    root = etree.fromstring(transfers_file(made(Transfer("F-1", "EDF", FRENCH, Decimal(1)), bic=None)))
    assert texts(root, ".//p:DbtrAgt/p:FinInstnId/p:Othr/p:Id") == ["NOTPROVIDED"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Société Générale n° 12_é", "Societe Generale n 12-e"),
        ("//A//B//", "A/B"),
        ("Œuvre – d’été", "OEuvre - d'ete"),
        ("漢字", "-"),
        ("x" * 50, "x" * 35),
    ],
)
def test_texts_keep_to_the_characters_that_every_bank_takes(text: str, said: str) -> None:
    assert bank_text(text, 35) == said


@pytest.mark.parametrize(
    ("transfers", "code"),
    [
        ((), "no_transfer"),
        ((Transfer("F", "EDF", FRENCH, Decimal("0.00")),), "bad_transfer"),
        ((Transfer("F", "EDF", FRENCH, Decimal(1)), Transfer("F", "EDF", FRENCH, Decimal(1))), "transfer_twice"),
    ],
)
def test_what_a_bank_would_reject_is_refused(transfers: tuple[Transfer, ...], code: str) -> None:
    with pytest.raises(Refused) as refused:
        transfers_file(made(*transfers))
    assert refused.value.code == code
