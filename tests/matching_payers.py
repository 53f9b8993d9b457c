"""What a bank line says of a payment: a payer writes, a bank prints and cuts, and a reader is told what is left of it."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from matching_clients import Client, digits, pieces
from matching_labels import WEAK, WHOLE, WRONG, Bank, Styles, plain

OWN = "ATELIER DES QUAIS"
_LEGAL = frozenset(re.findall("[A-Z]+", "SARL SAS SASU EURL SA SCI SNC STE ETS CIE SOC ET M MME DE LA LE L D DES"))


@dataclass
class Bill:
    """A sales document: what it still owes in truth, and in the books of one who only believes what is sure."""

    number: str
    client: Client
    issued: date
    due: date
    amount: Decimal
    kind: str = "invoice"
    order: str | None = None
    linked: str | None = None
    left: Decimal = Decimal(0)
    sure_left: Decimal = Decimal(0)
    currency: str = "EUR"


@dataclass
class Said:
    """What a line says, and what of it a reader can use.

    Attributes:
        written: by invoice number, what its writing is worth, and the digits that stand there.
        name: the payer's words as the label has them (a typing error aside); empty if it has none.
        is_cut: the last of these words may be a piece of one.
        party: the name of a third party that pays for the client; empty if the client pays.
        features: what is special about it.
    """

    label: str
    bank: str
    writing: str = ""
    counterparty: str | None = None
    iban: str | None = None
    written: dict[str, tuple[str, str]] = field(default_factory=dict)
    name: str = ""
    is_cut: bool = False
    party: str = ""
    is_explained: bool = False
    features: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Habit:
    """How one payer pays: its bank's spelling of the name, how it writes numbers, whether it writes any, who pays for it."""

    spelling: str
    writing: str
    numbers: float
    delay: int
    party: str = ""


class Scribe:
    """Writes the labels of one ledger."""

    def __init__(self, dice: Random, styles: Styles) -> None:
        self.dice, self.styles = dice, styles
        self.known: list[str] = []

    def habit(self, client: Client) -> Habit:
        """How this client pays."""
        dice = self.dice
        parties = (
            "BPCE FACTOR",
            f"HOLDING {dice.choice('ABCDEFGH')}{dice.randrange(10, 99)} PARTICIPATIONS",
            f"DDFIP {dice.randrange(1, 95):02d} TRESORERIE",
            f"MME {plain(client.core.split()[-1])} LUCETTE",
        )
        party = dice.choice(parties) if dice.random() < 0.06 else ""
        spelling = dice.choices(list(self.styles.spellings), [6, 5, 2, 2, 2, 2, 1, 1][: len(self.styles.spellings)])[0]
        writing = dice.choice(list(self.styles.writings))
        return Habit(spelling, writing, dice.choice([1.0, 1.0, 0.9, 0.7, 0.3]), dice.randint(-6, 35), party)

    def decoy(self) -> str:
        """Digits that are no invoice number, or by accident those of another one."""
        if self.known and self.dice.random() < 0.12:
            return digits(self.dice.choice(self.known[-200:]))
        return str(self.dice.randrange(10 ** self.dice.choice([3, 4, 5, 7, 9])))

    def fill(self, template: str, day: date, **said: str) -> str:
        """A template with what it stands for; what is not said is invented."""
        dice = self.dice
        issued = day - timedelta(days=dice.randint(10, 60))
        values = {
            "decoy": self.decoy(), "ref": str(dice.randrange(10**9, 10**10)) if dice.random() < 0.97 else self.decoy(),
            "digits7": f"{dice.randrange(10**7):07d}", "own": OWN, "day": f"{day:%d/%m/%Y}",
            "time": f"{dice.randrange(24):02d}:41", "month": f"{issued:%m/%Y}", "issued": f"{issued:%d/%m/%Y}",
            "e2e": self.end_to_end(day), "name": "", "remittance": "", "count": "1", "percent": "2", "amount": "",
            "n": "", "note": "", "gross": "", "fee": "", **said,
        }  # fmt: skip
        values["remittance31"] = values["remittance"][:31]
        return " ".join(template.format_map(values).split())

    def end_to_end(self, day: date) -> str:
        """A payer's own reference of a transfer, which names no invoice."""
        return self.dice.choice(["NOTPROVIDED", f"{day:%Y%m%d}{self.dice.randrange(10**6):06d}", f"E2E{self.decoy()}", "NONREF"])

    def transfer(self, payer: Client, habit: Habit, bills: list[Bill], situation: str, day: date, **said: str) -> Said:
        """The line of a transfer from this payer for these bills."""
        dice = self.dice
        bank = dice.choices(self.styles.banks, [bank.weight for bank in self.styles.banks])[0]
        found = Said("", bank.name)
        e2e = self.end_to_end(day)
        remittance = ""
        if bank.has_remittance:
            remittance, e2e = self._remittance(found, habit, bills, situation, day, e2e, said)
        name = self._name(found, payer, habit, bank)
        label = self.fill(bank.label, day, name=name, remittance=remittance, e2e=e2e)
        self._print(found, bank, label)
        if bank.counterparty:
            found.counterparty, found.is_cut = name, False
        if bank.has_iban and not habit.party:
            found.iban = payer.iban
            found.features.add("iban")
        if found.writing == "end to end" and not found.written:
            found.features -= {"structured", "end to end"}
        return found

    def _remittance(
        self, found: Said, habit: Habit, bills: list[Bill], situation: str, day: date, e2e: str, said: dict[str, str]
    ) -> tuple[str, str]:
        """What the payer writes, and its reference: numbers in its way, a structured reference, an order, or nothing of use."""
        dice, styles, first = self.dice, self.styles, bills[0]
        roll = dice.random()
        if len(bills) == 1 and first.order and roll < 0.3:
            found.writing = "order"
            found.written[first.number] = (WHOLE, first.order)
            found.features.add("structured")
            return self.fill(dice.choice(styles.order), day, order=first.order), e2e
        if roll > habit.numbers:
            found.writing = "none"
            return self.fill(dice.choice(styles.silent), day), e2e
        if len(bills) == 1 and roll < 0.04:
            found.writing = "end to end"
            found.written[first.number] = (WHOLE, "".join(pieces(first.number)))
            found.features |= {"structured", "end to end"}
            return dice.choice(["REGLEMENT", ""]), "".join(pieces(first.number))
        if len(bills) == 1 and roll < 0.08:
            found.writing = "creditor reference"
            reference = creditor_reference(first.number)
            found.written[first.number] = (WHOLE, reference)
            found.features.add("structured")
            return reference, e2e
        found.writing = habit.writing if dice.random() < 0.8 else dice.choice(list(styles.writings))
        texts = [self._number(found, bill.number) for bill in bills]
        if len(bills) > 1:
            return self._several(found, bills, texts), e2e
        wordings = {"discount": styles.discount, "credit": styles.credit, "part": styles.part}.get(situation, styles.one)
        found.is_explained = situation in ("discount", "credit")
        return self.fill(dice.choice(wordings), day, n=texts[0], **said), e2e

    def _several(self, found: Said, bills: list[Bill], texts: list[str]) -> str:
        """Several numbers, or the first one and the ends of the others: a reader knows how to read these."""
        line = self.dice.choice(self.styles.several)(texts)
        for bill, text in zip(bills, texts, strict=True):
            if text not in line:
                found.written[bill.number] = (found.written[bill.number][0], pieces(text)[-1])
        return line

    def _number(self, found: Said, number: str) -> str:
        """One number in the payer's way; now and then another one, by a slip of the hand."""
        if self.dice.random() < 0.008 and len(self.known) > 1:
            other = f"{number[:-2]}{self.dice.randrange(10)}{number[-1]}"
            wrong = self.dice.choice([other, self.dice.choice(self.known[-60:])])
            if wrong != number:
                found.written[number] = (WRONG, wrong)
                found.features.add("slip")
                return wrong
        text, worth = self.styles.writings[found.writing](number, self.dice)
        found.written[number] = (worth, text)
        if "".join(pieces(number)) != number and text == "".join(pieces(number)):
            found.features.add("no separators")
        if found.writing in ("letter o", "letter i") and worth == WEAK:
            found.features.add("misread letter")
        return text

    def _name(self, found: Said, payer: Client, habit: Habit, bank: Bank) -> str:
        """The payer's name as this bank prints it."""
        if not bank.has_name:
            return ""
        found.party = habit.party
        spelled = habit.party or self.styles.spellings[habit.spelling](payer, self.dice)
        found.name = habit.party or (payer.core if habit.spelling in ("mistyped", "run together") else spelled)
        if habit.spelling == "mistyped" and not habit.party:
            found.features.add("mistyped")
        if habit.party:
            found.features.add("third party")
        if bank.name_length != (0, 0):
            length = self.dice.randint(*bank.name_length)
            if len(spelled) > length:
                found.features.add("truncated name")
                found.is_cut = True
                found.name, spelled = found.name[:length], spelled[:length]
        return spelled

    def _print(self, found: Said, bank: Bank, label: str) -> None:
        """Print and cut: a number that did not come through whole is worth less or nothing."""
        found.label = plain(label) if bank.is_upper else label
        if bank.length and len(found.label) > bank.length:
            found.label = found.label[: bank.length].rstrip()
            if bank.length < 40 and found.name and len("VIR ") + len(found.name) > bank.length:
                found.name, found.is_cut = found.name[: bank.length - 4], True
                found.features.add("truncated name")
        seen = squeezed(found.label)
        for number, (worth, text) in list(found.written.items()):
            mark = squeezed(text)
            if mark in seen:
                continue
            rest = next((mark[:n] for n in range(len(mark) - 1, len(mark) - 4, -1) if n > 3 and seen.endswith(mark[:n])), "")
            if rest and worth != WRONG:
                found.written[number] = (WEAK, rest)
                found.features.add("truncated number")
            else:
                del found.written[number]


def squeezed(text: str) -> str:
    """Letters and digits alone, in capitals."""
    return re.sub("[^A-Z0-9]", "", plain(text))


def words(name: str) -> list[str]:
    """The words of a name that tell one client from another, in their order."""
    return [word for word in re.findall("[A-Z0-9]+", plain(name)) if word not in _LEGAL]


def creditor_reference(number: str) -> str:
    """The ISO 11649 reference that holds an invoice number: RF, two check digits (modulo 97), the number's letters and digits."""
    body = squeezed(number)
    value = int("".join(str(int(sign, 36)) for sign in f"{body}RF00"))
    return f"RF{98 - value % 97:02d}{body}"
