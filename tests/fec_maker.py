"""Small files of accounting entries, written line by line for the tests of the FEC reader."""

from collections.abc import Sequence

from hypothesis import strategies as st

from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.reading import read_file

HEADER = (
    "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate|"
    "EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
)
TITLES = {"VE": "Ventes", "BQ": "Banque", "AN": "A nouveaux", "OD": "Operations diverses", "CA": "Caisse"}


def entry(place: str, day: str, piece: str, *lines: str) -> list[str]:
    """One entry: "VE 1", a day as AAAAMMJJ, a piece, and lines "411 ACME +120.00 AA" (client and letter may be missing)."""
    journal, number = place.split()
    rows = []
    for line in lines:
        account, *middle = line.split()
        at = next(i for i, word in enumerate(middle) if word[0] in "+-")
        client = middle[0] if at else ""
        amount, letter = middle[at], (middle[at + 1] if len(middle) > at + 1 else "")
        debit, credit = (amount[1:], "0.00") if amount[0] == "+" else ("0.00", amount[1:])
        name = f"Societe {client}" if client else ""
        cells = [journal, TITLES[journal], number, day, account, "Compte", client, name, piece, day, "Libelle"]
        cells += [debit.replace(".", ","), credit.replace(".", ","), letter, day if letter else "", day, "", ""]
        rows.append("|".join(cells))
    return rows


def sale(place: str, day: str, piece: str, client: str, excl: int, letter: str = "") -> list[str]:
    """An invoice with 20 % of VAT."""
    incl = f"{excl * 6 // 5}.{'00' if excl % 5 == 0 else str(excl * 120 % 100).zfill(2)}"
    return entry(place, day, piece, f"411000 {client} +{incl} {letter}", f"706000 -{excl}.00", f"445710 -{excl * 20 / 100:.2f}")


def received(place: str, day: str, client: str, amount: str, letter: str = "") -> list[str]:
    """A transfer from a client."""
    return entry(place, day, "VIR", f"512000 +{amount}", f"411000 {client} -{amount} {letter}")


def fec(*entries: Sequence[str]) -> bytes:
    """The file."""
    return ("\n".join([HEADER, *(line for lines in entries for line in lines)]) + "\n").encode()


def read(*entries: Sequence[str], name: str = "123456789FEC20251231.txt") -> Parts:
    """What the reader makes of these entries."""
    return read_file(Source(fec(*entries), name))


ACCOUNTS = (
    "411000",
    "416000",
    "413000",
    "419100",
    "706000",
    "445710",
    "512000",
    "530000",
    "654000",
    "658000",
    "401000",
    "467000",
)


@st.composite
def books(draw: st.DrawFn) -> list[list[str]]:
    """Balanced entries of any kind, on any accounts, lettered at random."""
    entries = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        accounts = draw(st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=4))
        lines, rest = [], 0
        for account in accounts:
            amount = draw(st.integers(-500, 500))
            rest -= amount
            client = draw(st.sampled_from(("ACME", "BELL", "CORAL"))) if account.startswith("41") else ""
            letter = draw(st.sampled_from(("", "AA", "AB"))) if client else ""
            lines.append(f"{account} {client} {amount / 100:+.2f} {letter}")
        balance = draw(st.sampled_from(("706000", "512000", "654000", "471000")))
        journal = draw(st.sampled_from(("VE", "BQ", "OD", "AN")))
        day = f"2025{draw(st.integers(1, 12)):02}{draw(st.integers(1, 28)):02}"
        entries.append(entry(f"{journal} {number}", day, f"P{number}", *lines, f"{balance} {rest / 100:+.2f}"))
    return entries
