"""How payers and banks write: the layouts of transfers on French statements, and invoice numbers in many styles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from sample_data._company import Client

#: OFX 1.02 gives the NAME of a movement 32 characters; at most 31 are used, so that nothing looks cut there.
NAME_LENGTH = 31
#: Styles of an invoice number in a label, with how often each is drawn.
STYLES = {"canonical": 34, "glued": 16, "spaced": 14, "prefix_lost": 14, "short": 8, "slash": 7, "worded": 7}
WITHOUT_NUMBER = ("REGLEMENT", "NOTPROVIDED", "VIREMENT", "PRESTATION ATELIER LUMEN", "REGLEMENT FACTURE")


@dataclass(eq=False)
class BankLine:
    """One movement of an account: signed cents, the two label fields of an OFX file, and what it truly pays.

    Attributes:
        truth: Numbers of the invoices paid, with cents.
        clients: Codes of the clients it comes from; empty for what is no client's.
        evidence: What of the payer the label shows: `number`, `order`, `name` or `none`; empty if no client's.
        style: Style of the number, if it shows one.
        role: Why the scenario put it there; empty for an ordinary movement.
    """

    day: date
    amount: int
    name: str
    memo: str = ""
    truth: tuple[tuple[str, int], ...] = ()
    clients: tuple[str, ...] = ()
    evidence: str = ""
    style: str = ""
    role: str = ""
    fitid: str = ""

    @property
    def label(self) -> str:
        """The two fields as one text."""
        return f"{self.name} {self.memo}".strip()


def styled(number: str, style: str) -> str:
    """`FACT-2025-012` as payers write it."""
    _, year, serial = number.split("-")
    return {
        "canonical": number,
        "glued": f"FACT{year}{serial}",
        "spaced": f"FACT {year} {serial}",
        "prefix_lost": f"{year}-{serial}",
        "short": f"F{year}-{serial}",
        "slash": f"FACTURE {year}/{serial}",
        "worded": f"FACTURE N° {number}",
    }[style]


def styled_all(numbers: Sequence[str], style: str) -> str:
    """Several numbers in one remittance; `abbreviated` writes the year once."""
    if style == "abbreviated":
        return "/".join([numbers[0], *(number.rsplit("-", 1)[1] for number in numbers[1:])])
    return " ".join(styled(number, style) for number in numbers)


def draw_style(rng: Random) -> str:
    """One of the styles, by its frequency."""
    return rng.choices(list(STYLES), list(STYLES.values()))[0]


def transfer_label(client: Client, remittance: str, day: date, rng: Random) -> tuple[str, str]:
    """The NAME and MEMO of a transfer received from a client; bank references are digits that name no invoice."""
    payer, style = client.bank_name, client.style
    digits = "".join(rng.choice("0123456789") for _ in range(10))
    end_to_end = rng.choice(("NOTPROVIDED", f"{day:%Y%m%d}{digits[:6]}", f"E2E{digits}"))
    clock = f"{day:%d/%m/%Y} {rng.randint(8, 18):02d}:{rng.randint(0, 59):02d}"
    layouts = {
        "bnp": ("VIR SEPA RECU", f"/DE {payer} /MOTIF {remittance} /REF {end_to_end}"),
        "bnp_inst": (f"VIR INST RE {digits}", f"DE {payer} MOTIF: {remittance}"),
        "sg": (f"VIR RECU {digits}", f"DE: {payer} MOTIF: {remittance} REF: {end_to_end}"),
        "sg_inst": ("VIR INSTANTANE RECU", f"DE: {payer} DATE: {clock} MOTIF: {remittance}"),
        "ca": ("VIREMENT EN VOTRE FAVEUR", f"{payer} {remittance}"),
        "lcl": (f"VIREMENT {payer}", remittance),
        "ce": (f"VIR SEPA {payer}", remittance),
        "cm": (f"VIR {payer}", remittance),
        "postale": ("VIREMENT DE", f"{payer} {remittance} REFERENCE : {end_to_end}"),
        "public": ("VIREMENT EN VOTRE FAVEUR", f"SGC VILLEBRUNE {payer} {remittance}"),
    }
    name, memo = layouts[style]
    if len(name) > NAME_LENGTH:
        head, _, tail = name.partition(payer)
        name, memo = head.strip(), f"{payer}{tail} {memo}"
    return name, memo


def cheque_label(count: int, rng: Random) -> tuple[str, str]:
    """A deposit of cheques: a slip number and no payer."""
    slip = rng.randint(1_000_000, 9_999_999)
    return ("REMISE CHEQUE", f"N° {slip}") if count == 1 else (f"REM CHQ {slip} {count} CHQ", "")
