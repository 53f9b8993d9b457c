"""Who is who in the sample company: the agency, its accounts and its forty clients. All of it is invented."""

import unicodedata
from dataclasses import dataclass
from datetime import date

SEED = 20260626
FIRST_DAY = date(2024, 11, 1)
LAST_DAY = date(2026, 6, 26)

NAME = "Atelier Lumen"
ADDRESS = "8 quai des Verriers, 69999 Villebrune"
EMAIL = "compta@atelier-lumen.example"
PHONE = "04 65 71 20 08"
REPS = ("Camille Ostrand", "Bastien Lorimel", "Inès Quérat")

#: Fictitious bank: no French establishment has the code 99998.
BANK, BRANCH = "99998", "00017"
CURRENT_ACCOUNT, SAVINGS_ACCOUNT = "00401726051", "00401726148"


def rib_key(account: str) -> str:
    """The two check digits of a French account number (clé RIB)."""
    return f"{97 - (89 * int(BANK) + 15 * int(BRANCH) + 3 * int(account)) % 97:02d}"


def iban(account: str) -> str:
    """The IBAN of an account of the agency (ISO 13616, check digits modulo 97)."""
    bban = BANK + BRANCH + account + rib_key(account)
    return f"FR{98 - int(bban + '152700') % 97:02d}{bban}"


def siren(serial: int) -> str:
    """The `serial`-th fictitious SIREN: 999 is not attributed; the ninth digit is the Luhn key."""
    stem = f"999{serial:05d}"
    plain = sum(int(digit) for digit in stem[::2])
    twice = sum(sum(divmod(2 * int(digit), 10)) for digit in stem[1::2])
    return f"{stem}{-(plain + twice) % 10}"


def fold(name: str) -> str:
    """A name as banks print it: capitals without accents or apostrophes."""
    plain = unicodedata.normalize("NFKD", name.replace("’", " ").replace("'", " "))
    return plain.encode("ascii", "ignore").decode("ascii").upper()


@dataclass(frozen=True)
class Client:
    """One client, with its way of paying.

    Attributes:
        terms: Days from issue to due date.
        habit: Days from due date to payment: least, usual, most.
        weight: Share of the agency's ordinary invoices, relative to the other clients.
        size: Usual amount of an invoice, EUR before tax.
        style: Layout of its transfers on the statement (see `_labels`); `cheque` pays by cheque.
        monthly: Amount of its maintenance contract, EUR before tax; 0 without one.
        batch: Days of the month on which it pays everything that is due; empty if it pays one by one.
    """

    code: str
    name: str
    client_type: str
    language: str
    siren: str
    email: str
    phone: str
    address: str
    rep: str
    terms: int
    habit: tuple[int, int, int]
    weight: int
    size: int
    style: str
    monthly: int = 0
    batch: tuple[int, ...] = ()

    @property
    def bank_name(self) -> str:
        """Its name on the statement; the one of style `cm` arrives cut, as some banks do."""
        return fold(self.name)[:CUT].rstrip() if self.style == "cm" else fold(self.name)


#: Where the bank of style `cm` cuts the payer's name.
CUT = 24

EARLY, PUNCTUAL, SOON = (-16, -9, -3), (-3, 0, 2), (3, 6, 10)
WEEK, FORTNIGHT, SLOW, CHRONIC = (5, 8, 14), (9, 14, 20), (15, 20, 25), (35, 48, 66)
PUBLIC = (-8, -2, 6)

#: name, e-mail domain, terms, habit, weight, size, style of its transfers
_COMPANIES: tuple[tuple[str, str, int, tuple[int, int, int], int, int, str], ...] = (
    ("Maison Ferrand", "maison-ferrand", 30, PUNCTUAL, 16, 2600, "bnp"),
    ("Biscuiterie Valmorin", "valmorin", 30, WEEK, 10, 2100, "sg"),
    ("Garage Delombre", "garage-delombre", 30, EARLY, 9, 900, "lcl"),
    ("Aubrac Conseil", "aubrac-conseil", 30, EARLY, 12, 3400, "bnp_inst"),
    ("Hôtel des Trois Érables", "trois-erables", 30, PUNCTUAL, 14, 1700, "ca"),
    ("Clinique Palanque", "clinique-palanque", 30, PUNCTUAL, 9, 1500, "postale"),
    ("Transports Guérimond", "guerimond", 45, CHRONIC, 12, 2300, "sg"),
    ("Menuiserie Castaing-Roux", "castaing-roux", 30, SOON, 8, 1300, "ca"),
    ("Librairie L’Encre bleue", "encre-bleue", 30, EARLY, 7, 620, "ce"),
    ("Domaine des Grands Cèdres", "grands-cedres", 30, FORTNIGHT, 12, 2600, "bnp"),
    ("Harbour & Finch", "harbour-finch", 30, PUNCTUAL, 11, 4300, "sg_inst"),
    ("Redwood Analytics", "redwood-analytics", 45, PUNCTUAL, 13, 3900, "bnp"),
    ("Société coopérative des vergers de Haute-Combe", "vergers-haute-combe", 30, SOON, 11, 2400, "cm"),
    ("Brasserie du Canal vert", "canal-vert", 30, WEEK, 7, 1100, "lcl"),
    ("Théâtre de l’Imprévue", "imprevue", 30, SLOW, 7, 1700, "ce"),
    ("Pépinières Solanet", "solanet", 30, EARLY, 8, 1600, "ca"),
    ("Ateliers Brumaire", "brumaire", 30, PUNCTUAL, 11, 2800, "sg"),
    ("Optique Clairval", "clairval", 30, PUNCTUAL, 8, 1250, "bnp"),
    ("Fromagerie Tardivel", "tardivel", 30, SOON, 6, 800, "cheque"),
    ("Immobilière Kerouan", "kerouan", 30, PUNCTUAL, 12, 3100, "postale"),
    ("Studio Kerval", "studio-kerval", 30, SLOW, 6, 2200, "ce"),
    ("Énergies Montclar", "montclar", 60, PUNCTUAL, 18, 5200, "bnp"),
    ("Pharmacie Beaurepaire", "beaurepaire", 30, EARLY, 6, 700, "ca"),
    ("Groupe Salvetat", "salvetat", 60, CHRONIC, 11, 3600, "bnp"),
    ("Charpentes Dauzat", "dauzat", 30, WEEK, 9, 1450, "sg"),
    ("École de danse Arabesque", "arabesque", 30, FORTNIGHT, 5, 520, "ce"),
    ("Cosmétiques Violaine", "violaine", 45, PUNCTUAL, 14, 4600, "bnp_inst"),
    ("Logiciels Tessara", "tessara", 30, PUNCTUAL, 14, 2500, "sg_inst"),
    ("Traiteur Bellecombe", "bellecombe", 45, SLOW, 8, 1700, "lcl"),
    ("Assurances Pontaval", "pontaval", 30, EARLY, 12, 3600, "bnp"),
    ("Cycles Morvandiau", "morvandiau", 30, SOON, 7, 950, "cheque"),
    ("Architectes Noyer Lenoir", "noyer-lenoir", 30, PUNCTUAL, 9, 2000, "postale"),
    ("Mécanique Ravelin", "ravelin", 45, FORTNIGHT, 12, 2900, "sg"),
    ("Voyages Cap Sirius", "cap-sirius", 30, PUNCTUAL, 10, 2300, "lcl"),
    ("Nordine Paysages", "nordine-paysages", 30, EARLY, 6, 1050, "ca"),
)
_PUBLIC_BODIES = (
    ("Commune de Saint-Aubin-le-Lac", "saint-aubin-le-lac", 30, PUBLIC, 10, 3200, "public"),
    ("Communauté du Val d’Ardelle", "val-ardelle", 30, PUBLIC, 9, 4700, "public"),
    ("Lycée Camille-Rousset", "lycee-rousset", 30, PUBLIC, 5, 1500, "public"),
)
_CONSUMERS = (
    ("Mme Hélène Garnier-Tavel", "messagerie", 30, PUNCTUAL, 3, 420, "cheque"),
    ("M. Paul Vasselin", "messagerie", 30, PUNCTUAL, 3, 520, "cheque"),
)
ENGLISH = {"Harbour & Finch", "Redwood Analytics"}
MONTHLY = {"Maison Ferrand": 390, "Pharmacie Beaurepaire": 150, "Optique Clairval": 250, "Assurances Pontaval": 620}
BATCHES = {"Énergies Montclar": (25,), "Hôtel des Trois Érables": (15, 28), "Logiciels Tessara": (5, 20)}
_STREETS = ("rue des Tilleuls", "avenue du Parc", "place du Marché", "chemin des Vignes", "boulevard de la Gare")
_TOWNS = ("69998 Villebrune", "38997 Mont-Hermel", "42996 Saint-Ordal", "01995 Brévigny")


def _mail_name(name: str, client_type: str) -> str:
    if client_type == "particulier":
        return ".".join(fold(name).lower().split()[1:])
    return "accounts" if name in ENGLISH else "compta"


def all_clients() -> tuple[Client, ...]:
    """The forty clients, in the order of their codes."""
    typed = [(row, "professionnel") for row in _COMPANIES]
    typed += [(row, "public") for row in _PUBLIC_BODIES] + [(row, "particulier") for row in _CONSUMERS]
    return tuple(
        Client(
            code=f"C{serial:03d}",
            name=name,
            client_type=client_type,
            language="en" if name in ENGLISH else "fr",
            siren="" if client_type == "particulier" else siren(400 + 37 * serial),
            email=f"{_mail_name(name, client_type)}@{domain}.example",
            phone=f"04 65 71 {20 + serial:02d} {(serial * 29) % 100:02d}",
            address=f"{3 + (serial * 7) % 90} {_STREETS[serial % 5]}, {_TOWNS[serial % 4]}",
            rep=REPS[serial % len(REPS)],
            terms=terms,
            habit=habit,
            weight=weight,
            size=size,
            style=style,
            monthly=MONTHLY.get(name, 0),
            batch=BATCHES.get(name, ()),
        )
        for serial, ((name, domain, terms, habit, weight, size, style), client_type) in enumerate(typed, start=1)
    )
