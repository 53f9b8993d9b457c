"""The SEPA transfer file: structure, sums, characters, no transfer twice."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from lxml import etree
from stdnum import iban

from models.errors import Refused
from pipelines.exports.pain001 import NAMESPACE, Transfer, Transfers, bank_text, transfers_file

N = {"p": NAMESPACE}
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
