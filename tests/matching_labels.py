"""How French banks print a credit and how payers write what they pay: the styles that matching may be built on.

A *bank* is a layout of the movement; a *writing* is how a payer writes one invoice number, a *wording* what stands around the
numbers, a *spelling* how the payer's name comes through. `matching_held_out` has as much again of each by a third, set aside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from unicodedata import combining, normalize

from matching_clients import Client, Numbering, pieces

#: What a written number is worth to a reader: the whole of it, something that needs a second witness, or another invoice's.
WHOLE, WEAK, WRONG = "whole", "weak", "wrong"


@dataclass(frozen=True)
class Bank:
    """A layout: `{name}`, `{remittance}`, `{e2e}`, `{ref}` (digits of the bank), `{day}`, `{time}` stand for what they say.

    Attributes:
        counterparty: the payer in a column of its own, the name not cut.
        has_iban: the payer's account in a column of its own.
        name_length: the name is cut there; (0, 0) not at all.
        length: the whole label is cut there, 0 not at all.
    """

    name: str
    label: str
    weight: int = 3
    counterparty: bool = False
    has_iban: bool = False
    name_length: tuple[int, int] = (0, 0)
    length: int = 0
    is_upper: bool = True

    @property
    def has_remittance(self) -> bool:
        """Whether what the payer wrote comes through."""
        return "{remittance" in self.label

    @property
    def has_name(self) -> bool:
        """Whether the payer's name comes through."""
        return "{name}" in self.label or self.counterparty


Writing = Callable[[str, Random], tuple[str, str]]
Spelling = Callable[[Client, Random], str]


@dataclass(frozen=True)
class Styles:
    """A set of styles: what a ledger's labels are drawn from."""

    banks: tuple[Bank, ...]
    writings: dict[str, Writing]
    #: Around one number, several, and none. {n}, {amount}, {issued}, {decoy}, {percent}, {note} stand for what they say.
    one: tuple[str, ...]
    several: tuple[Callable[[list[str]], str], ...]
    silent: tuple[str, ...]
    discount: tuple[str, ...]
    credit: tuple[str, ...]
    part: tuple[str, ...]
    order: tuple[str, ...]
    spellings: dict[str, Spelling]
    numberings: tuple[Numbering, ...]
    cheques: tuple[str, ...]
    payouts: tuple[str, ...]
    returns: tuple[str, ...]


def plain(text: str) -> str:
    """As banks print it: capitals, no accents."""
    return "".join(c for c in normalize("NFKD", text.upper().replace("Œ", "OE")) if not combining(c))


def joined(parts: list[str], sign: str = "-") -> str:
    """The pieces of a number with one sign between digits and digits, and none behind a prefix."""
    text = parts[0]
    for before, part in pairwise(parts):
        text += (sign if before.isdigit() and part.isdigit() else "") + part
    return text


def _glued(number: str, _: Random) -> tuple[str, str]:
    return "".join(pieces(number)), WHOLE


def _spaced(number: str, _: Random) -> tuple[str, str]:
    return " ".join(pieces(number)), WHOLE


def _slashed(number: str, _: Random) -> tuple[str, str]:
    return "/".join(pieces(number)), WHOLE


def _without_prefix(number: str, _: Random) -> tuple[str, str]:
    bare = joined([part for part in pieces(number) if part.isdigit()])
    return bare, worth(bare)


def _short_prefix(number: str, _: Random) -> tuple[str, str]:
    bare = joined([part for part in pieces(number) if part.isdigit()])
    return f"F{bare}", WHOLE if worth(bare) == WHOLE or number[0] == "F" else WEAK


def _sequence(number: str, _: Random) -> tuple[str, str]:
    parts = pieces(number)
    last = parts[-1] if len(parts) > 1 else parts[-1][-4:]
    return last.lstrip("0"), WEAK


def _without_zeros(number: str, _: Random) -> tuple[str, str]:
    parts = pieces(number)
    short = joined([*parts[:-1], parts[-1].lstrip("0")])
    return short, WHOLE if len(parts) > 1 else WEAK


def _letter_o(number: str, dice: Random) -> tuple[str, str]:
    zeros = [n for n, sign in enumerate(number) if sign == "0"]
    if not zeros:
        return number, WHOLE
    at = dice.choice(zeros)
    return number[:at] + "O" + number[at + 1 :], WEAK


def worth(bare: str) -> str:
    """Five digits or more are a number by themselves."""
    return WHOLE if sum(map(str.isdigit, bare)) >= 5 else WEAK


def core(client: Client, _: Random) -> str:
    """The name without its legal form."""
    return client.core


def _last_first(client: Client, dice: Random) -> str:
    words = client.core.split()
    return f"{dice.choice(['M ', 'MME ', 'M. ', ''])}{' '.join(reversed(words))}" if client.is_person else client.name


def _with_and(client: Client, _: Random) -> str:
    return client.name.replace("&", "ET")


def _spaced_signs(client: Client, _: Random) -> str:
    return client.name.replace("'", " ").replace("-", " ").replace("&", " ")


def _form_in_front(client: Client, _: Random) -> str:
    return f"{client.form} {client.core}".strip()


def _mistyped(client: Client, dice: Random) -> str:
    long = [n for n, word in enumerate(client.core.split()) if len(word) > 5]
    if not long:
        return client.core
    words = client.core.split()
    n = dice.choice(long)
    at = dice.randrange(1, len(words[n]) - 2)
    words[n] = words[n][:at] + dice.choice(["", words[n][at] * 2, words[n][at + 1] + words[n][at]]) + words[n][at + 1 :]
    return " ".join(words)


def _shuffled(client: Client, dice: Random) -> str:
    words = client.name.split()
    dice.shuffle(words)
    return " ".join(words)


def _tail(number: str) -> str:
    return pieces(number)[-1]


BUILT = Styles(
    banks=(
        Bank("bnp", "VIR SEPA RECU /DE {name} /MOTIF {remittance} /REF {e2e}", length=105),
        Bank("bnp inst", "VIR INST RE {ref} DE {name} MOTIF: {remittance}"),
        Bank("sg", "VIR RECU {ref} DE: {name} MOTIF: {remittance} REF: {e2e}"),
        Bank("sg inst", "VIR INSTANTANE RECU DE: {name} DATE: {day} {time} MOTIF: {remittance}"),
        Bank("ca", "VIREMENT EN VOTRE FAVEUR {name} {remittance}"),
        Bank("ca inst", "VIR INST VERS {own} DE {name} {remittance}"),
        Bank("cm", "VIR {name} {remittance}", weight=6, name_length=(18, 24)),
        Bank("cm inst", "VIR INST {name} {remittance}"),
        Bank("lcl", "VIREMENT {name} {remittance}"),
        Bank("lcl sepa", "VIR SEPA {name}", weight=5),
        Bank("bpce inst", "VIR INST {name} {remittance31}", weight=4),
        Bank("boursobank", "VIR SEPA {name}", weight=2, is_upper=False),
        Bank("qonto", "{remittance}", weight=5, counterparty=True, has_iban=True, is_upper=False),
        Bank("camt", "{remittance} {e2e}", weight=8, counterparty=True, has_iban=True, is_upper=False),
        Bank("ofx name", "VIR {name} {remittance}", weight=4, length=32),
        Bank("post", "VIR REMISE {ref} {remittance}"),
    ),
    writings={
        "as printed": lambda number, _: (number, WHOLE),
        "glued": _glued,
        "spaced": _spaced,
        "slashed": _slashed,
        "prefix lost": _without_prefix,
        "short prefix": _short_prefix,
        "sequence": _sequence,
        "zeros lost": _without_zeros,
        "letter o": _letter_o,
    },
    one=(
        "FACTURE {n}", "FACT {n}", "FACT{n}", "{n}", "{n}", "REGLEMENT {n}", "FAC {n} DU {issued}", "FACT {n} {amount} EUR",
        "CDE {decoy} FACT {n}", "V/REF {n} N/REF {decoy}", "PAIEMENT FACTURE N {n}", "CLIENT {decoy} {n}", "REGLT {n} MERCI",
    ),
    several=(
        lambda written: "FACT " + " ".join(written),
        lambda written: "FACTURES " + " ET ".join(written),
        "+".join,
        lambda written: "REGLEMENT " + ", ".join(written),
        lambda written: "/".join([written[0], *(_tail(number) for number in written[1:])]),
    ),
    silent=(
        "REGLEMENT", "SOLDE DE TOUT COMPTE", "NOTPROVIDED", "", "REGLEMENT FACTURE", "PAIEMENT FOURNISSEUR {decoy}",
        "LOT {decoy}", "FACT {month}", "VOS PRESTATIONS", "MERCI", "VIRT DU {issued}",
    ),
    discount=("{n} MOINS ESCOMPTE {percent}%", "FACT {n} ESCOMPTE {percent}%"),
    credit=("{n} - AVOIR {note}", "FACT {n} DEDUCTION AVOIR {note}"),
    part=("ACOMPTE {n}", "{n} 1ER VERSEMENT", "SOLDE {n}", "FACT {n} PARTIEL"),
    order=("{order}", "CDE {order}", "COMMANDE {order}", "BC {order} REGLEMENT"),
    spellings={
        "full": lambda client, _: client.name,
        "core": core,
        "last name first": _last_first,
        "et": _with_and,
        "no signs": _spaced_signs,
        "form in front": _form_in_front,
        "mistyped": _mistyped,
        "shuffled": _shuffled,
    },
    numberings=(
        Numbering("FA-2025-0123", lambda year, _, n: f"FA-{year}-{n:04d}"),
        Numbering("2025/123", lambda year, _, n: f"{year}/{n}", "A"),
        Numbering("F0123", lambda _y, _m, n: f"F{n:04d}", "A"),
        Numbering("INV-000123", lambda _y, _m, n: f"INV-{n:06d}", "CN-"),
        Numbering("25-01-012", lambda year, month, n: f"{year % 100:02d}-{month:02d}-{n:03d}"),
        Numbering("2025000123", lambda year, _, n: f"{year}{n:06d}", "A"),
        Numbering("FAC2025-00123", lambda year, _, n: f"FAC{year}-{n:05d}", "AVO"),
        Numbering("VE/2025/0123", lambda year, _, n: f"VE/{year}/{n:04d}"),
        Numbering("20250123", lambda year, _, n: f"{year}{n:04d}", "A"),
    ),
    cheques=("REMISE CHEQUE(S) N° {digits7}", "REM CHQ {digits7} {count} CHQ", "REMISE DE CHEQUES {digits7}"),
    payouts=(
        "REMISE CB {day} CONTRAT {ref} BRUT {gross} COM {fee}", "STRIPE PAYMENTS EUROPE {ref}", "SUMUP PID{ref}",
        "GOCARDLESS {own} {ref}",
    ),
    returns=("REJET PRLV {name} {remittance} PROVISION INSUFFISANTE", "IMPAYE CHQ {digits7} {name}", "VIR REJETE {name}"),
)  # fmt: skip
