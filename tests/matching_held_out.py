"""The styles set aside: a quarter of all, on which the matcher is judged and never built. Whoever writes a rule does not read on.

Scores of these styles are printed as sums; no case of theirs is ever shown.
"""

from random import Random

from matching_clients import Client, Numbering, pieces
from matching_labels import WEAK, WHOLE, Bank, Styles, core, joined


def _dotted(number: str, _: Random) -> tuple[str, str]:
    return ".".join(pieces(number)), WHOLE


def _short_year(number: str, _: Random) -> tuple[str, str]:
    parts = [part[2:] if part.startswith("202") and len(part) == 4 else part for part in pieces(number)]
    return joined(parts), WHOLE if joined(parts) == joined(pieces(number)) else WEAK


def _letter_i(number: str, dice: Random) -> tuple[str, str]:
    ones = [n for n, sign in enumerate(number) if sign == "1"]
    if not ones:
        return number.lower(), WHOLE
    at = dice.choice(ones)
    return number[:at] + dice.choice("Il") + number[at + 1 :], WEAK


def _in_brackets(client: Client, _: Random) -> str:
    return f"{client.core} ({client.form})" if client.form else client.core


def _initial(client: Client, _: Random) -> str:
    words = client.core.split()
    return f"{words[0][0]}. {' '.join(words[1:])}" if client.is_person and len(words) > 1 else f"SOC {client.core}"


def _run_together(client: Client, _: Random) -> str:
    return client.core.replace("-", "").replace("'", "").replace(" & ", "&")


HELD_OUT = Styles(
    banks=(
        Bank("banque postale", "VIREMENT DE {name} {remittance} REFERENCE : {e2e}"),
        Bank("shine", "{name} - {remittance}", is_upper=False),
        Bank("cfonb", "VIR  SEPA {name} NPY{name} LCC{remittance} RCN{e2e}", name_length=(20, 24)),
        Bank("mt940", "/ORDP/{name}/REMI/{remittance}/EREF/{e2e}/", length=140),
        Bank("hsbc", "VIREMENT SEPA RECU {day} {name} REF.CLI {e2e}", weight=2),
        Bank("bred", "VIR.{name} LIB:{remittance} NO {ref}", name_length=(18, 20)),
    ),
    writings={"dotted": _dotted, "short year": _short_year, "letter i": _letter_i},
    one=("N/FACT: {n}", "Inv. {n} of {issued}", "facture n°{n}", "{n} ({amount}) dossier {decoy}"),
    several=(lambda written: "FA " + " - ".join(written), lambda written: "Fact. " + " & ".join(written)),
    silent=("SOLDE COMPTE CLIENT", "VRT PERMANENT", "PAY/{decoy}/FR", "ECHEANCE {issued}"),
    discount=("{n} esc. {percent} pct",),
    credit=("{n} moins NC {note}",),
    part=("{n} 2e acompte", "A VALOIR {n}"),
    order=("Votre cde {order}", "PO {order}"),
    spellings={"in brackets": _in_brackets, "initial": _initial, "run together": _run_together, "core": core},
    numberings=(
        Numbering("FC25/0123", lambda year, _, n: f"FC{year % 100:02d}/{n:04d}", "NC"),
        Numbering("0123-2025", lambda year, _, n: f"{n:04d}-{year}", "A"),
        Numbering("F25-01/123", lambda year, month, n: f"F{year % 100:02d}-{month:02d}/{n}", "C"),
    ),
    cheques=("REMCHQ N{digits7} NB {count}",),
    payouts=("ZETTLE PAYOUT {ref}", "VIR PAYPLUG {ref} NET"),
    returns=("RETOUR VIR {name} COMPTE CLOS", "PRLV IMPAYE {name} {remittance}"),
)
