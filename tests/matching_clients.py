"""The fictitious clients of seeded ledgers, and how invoices are numbered.

Names are drawn from what French registers are full of: surnames, trades and towns shared by several clients, legal forms in
front or behind, apostrophes, ampersands, groups whose members share their first word.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random


def _listed(names: str) -> list[str]:
    return names.split()


_SURNAMES = _listed("""
Lefèvre Béranger Garnier Thévenot Marchand Rousselot Delaunay Périgord Guérin Charpentier Noël Lemaître Vasseur Bréhat
Chevallier Fournel Castagnède Maurel Ollivier Pascal Quéméner Rivoal Saulnier Tessier Urbain Vidal Weiss Zeller Aubry
Bonnefoy Cardin Desmoulins Esposito Ferreira Gauthier Hébrard Imbert Jacquemin Kieffer Lacombe
""")
_FIRST = _listed("Jean Marie Sébastien Chloé Hélène François Amélie Karim Inès Loïc Noémie Gaël Thérèse Mathieu")
_TRADES = _listed("""
Menuiserie Boulangerie Plomberie Garage Imprimerie Pharmacie Transports Maçonnerie Électricité Traiteur Optique Fleurs
Charpente Serrurerie Librairie Conseil Informatique Nettoyage Peinture Paysages
""")
_BRANDS = _listed("""
Solvéo Héliance Arvelia-Sud Novalpin Océalis Brumiane Cléartis Dynavia Étincel Fibralys Giralto Hexatria Ixelium Jovensa
Kéralys Lumiane Mirabeau Néovent Orphéa Pixalia Quadrivio Rhônalia Sylvéo Terravia Ubalys Vertigo Xénoris Ysatis Zéphyra
""")
_TOWNS = ["Bréville", "Saint-Aubin", "Montfort-l'Abbaye", "La Roche-Noire", "Pontarmé", "Villers-le-Lac", "Château-Vieux"]
_FORMS = ("SARL", "SAS", "SASU", "EURL", "SA", "SCI", "SNC")


@dataclass(frozen=True)
class Client:
    """A client: `core` is its name without the legal form, `form` empty for a person or a public body, `group` its group's."""

    client_id: str
    core: str
    form: str = ""
    form_first: bool = False
    is_person: bool = False
    group: str = ""
    iban: str = ""

    @property
    def name(self) -> str:
        """The name as the invoicing tool has it."""
        if not self.form:
            return self.core
        return f"{self.form} {self.core}" if self.form_first else f"{self.core} {self.form}"


def clients_of(dice: Random, count: int) -> list[Client]:
    """So many clients of different names; about a sixth of the names resemble another one, a tenth belongs to groups."""
    made: list[Client] = []
    names: set[str] = set()
    group = dice.choice(_BRANDS)
    while len(made) < count:
        roll = dice.random()
        if roll < 0.16 and made:
            client = _neighbour(dice, dice.choice(made))
        elif roll < 0.25:
            client = Client("", f"{group} {dice.choice(_TRADES + _TOWNS)}", dice.choice(_FORMS), group=group)
        else:
            client = _plain(dice)
        if client.core.casefold() not in names:
            names.add(client.core.casefold())
            iban = f"FR76{dice.randrange(10**5):05d}{dice.randrange(10**9):09d}{dice.randrange(10**9):09d}"
            made.append(replace(client, client_id=f"c{len(made):04d}", iban=iban))
    return made


def _plain(dice: Random) -> Client:
    surname, form = dice.choice(_SURNAMES), dice.choice(_FORMS)
    kinds: list[tuple[int, Callable[[], Client]]] = [
        (3, lambda: Client("", f"{dice.choice(_TRADES)} {surname}", form, form_first=dice.random() < 0.3)),
        (2, lambda: Client("", f"{surname} & {dice.choice(['Fils', 'Associés', dice.choice(_SURNAMES)])}", form)),
        (
            2,
            lambda: Client(
                "", f"{dice.choice(_BRANDS)} {dice.choice(['', 'France', 'Services', 'Développement'])}".strip(), form
            ),
        ),
        (1, lambda: Client("", f"L'{dice.choice(['Atelier', 'Épicerie', 'Auberge'])} de {dice.choice(_FIRST)}", form)),
        (1, lambda: Client("", f"Éts {surname} et Cie")),
        (2, lambda: Client("", f"{dice.choice(_FIRST)} {surname}", is_person=True)),
        (1, lambda: Client("", f"{dice.choice(['Commune', 'Mairie', 'Lycée', 'Syndic'])} de {dice.choice(_TOWNS)}")),
        (1, lambda: Client("", f"D'{dice.choice(['Arcy', 'Hauterive', 'Estrées'])} {dice.choice(_TRADES)}", form)),
    ]
    make = dice.choices([make for _, make in kinds], [weight for weight, _ in kinds])[0]
    return make()


def _neighbour(dice: Random, other: Client) -> Client:
    """A client whose name resembles another's: a town behind it, a brother, another trade of the same name."""
    if other.is_person:
        return Client("", f"{dice.choice(_FIRST)} {other.core.split()[-1]}", is_person=True)
    form = dice.choice(_FORMS)
    if dice.random() < 0.5:
        return Client("", f"{other.core} {dice.choice([*_TOWNS, 'Frères', 'Immobilier', 'Location'])}", form, group=other.group)
    return Client("", f"{other.core.rsplit(maxsplit=1)[0]} {dice.choice(_SURNAMES)}", form, group=other.group)


@dataclass(frozen=True)
class Numbering:
    """How one company numbers its invoices: `write(year, month, sequence)`, and the prefix of credit notes."""

    name: str
    write: Callable[[int, int, int], str]
    credit_prefix: str = "AV-"


def pieces(number: str) -> list[str]:
    """A number as runs of letters and of digits."""
    return re.findall(r"[A-Za-z]+|[0-9]+", number)


def digits(number: str) -> str:
    """The digits of a number, without the zeros in front."""
    return "".join(re.findall("[0-9]", number)).lstrip("0")
