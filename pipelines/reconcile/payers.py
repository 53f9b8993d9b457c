"""Who a bank line says that it comes from: the payer's words, without what banks and payers write around a name."""

import re

import polars as pl

from pipelines.reconcile.labels import name_text

#: What banks print around a name, and what payers write of an invoice: no part of who pays.
AROUND = frozenset((
    "vir", "virt", "virement", "virements", "sepa", "inst", "instantane", "instantanee", "recu", "recue", "recus", "emis",
    "re", "ref", "reference", "references", "motif", "date", "votre", "faveur", "en", "vers", "notprovided", "e2e",
    "eref", "remi", "prlv", "prelevement", "cb", "carte", "remise", "cheque", "cheques", "chq", "rem", "no", "num",
    "numero", "n", "id", "facture", "factures", "fact", "fac", "fa", "f", "invoice", "inv", "bill", "reglement", "regl",
    "rglt", "rgt", "paiement", "payment", "pmt", "solde", "tout", "compte", "acompte", "avoir", "commande", "cde", "bc",
    "moins", "escompte", "frais", "echeance", "from", "for", "loyer", "prestation", "prestations", "honoraires",
    "service", "services", "merci", "cordialement", "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet",
    "aout", "septembre", "octobre", "novembre", "decembre", "eur", "euro", "euros", "ttc", "ht", "tva", "bic", "iban",
    "libelle", "objet", "info", "infos", "operation", "debiteur", "donneur", "ordre", "payeur", "emetteur", "remittance",
))  # fmt: skip
#: Words of AROUND that banks print before who pays; the others tell what is paid, and what follows them names no payer.
_BEFORE_PAYERS = frozenset((
    "vir", "virt", "virement", "virements", "sepa", "inst", "instantane", "instantanee", "recu", "recue", "recus", "emis",
    "re", "date", "votre", "faveur", "en", "vers", "notprovided", "e2e", "prlv", "prelevement", "cb", "carte", "remise",
    "cheque", "cheques", "chq", "rem", "id", "from", "bic", "iban", "operation", "debiteur", "donneur", "ordre", "payeur",
    "emetteur",
))  # fmt: skip
_INTRODUCE = frozenset(("de", "from", "par", "debiteur", "donneur", "ordre", "payeur", "emetteur"))
#: Small words: part of a name inside it, of nothing at its ends.
_SMALL = frozenset(("de", "du", "des", "d", "la", "le", "les", "l", "et", "a", "au", "aux", "par", "pour", "of", "the", "and"))
#: Who pays for many: their name tells no client.
_FOR_OTHERS = frozenset((
    "stripe", "sumup", "paypal", "gocardless", "mollie", "zettle", "payplug", "adyen", "lydia", "alma", "drfip", "ddfip", "dgfip",
    "tresorerie", "sgc", "eurofactor", "factor", "factofrance",
))  # fmt: skip
_MIN_LETTERS = 4
_SAYS = ("line_id", "label", "counterparty", "counterparty_iban")


def payer_words(label: str, counterparty: str | None = None, *, own: str = "") -> str:
    """The payer's name as matching compares it, legal forms dropped; empty where nothing tells it.

    The counterparty, where the bank gives one. Else the first words of the label that are neither a number nor written
    around names by banks and payers; the company's `own` name at their head is left out. Payment services and public
    treasuries pay for many: they name nobody.

    >>> payer_words("VIR SEPA RECU /DE STE HOLDING DURAND /MOTIF FACT 2025-014 /REF NOTPROVIDED")
    'holding durand'
    """
    words = _payer(label, counterparty, own)
    return "" if words and words[0] in _FOR_OTHERS else " ".join(words)


def pays_for_others(label: str, counterparty: str | None = None) -> bool:
    """Whether a payment service or a public treasury paid, whose name and IBAN tell no client."""
    return any(word in _FOR_OTHERS for word in _payer(label, counterparty, "")[:1])


def _payer(label: str, counterparty: str | None, own: str) -> list[str]:
    """The words of the payer's name, whoever it is."""
    if counterparty and counterparty.strip():
        said = name_text(counterparty).split()
        return said if _says_enough(said) else []
    ours = name_text(own).split()
    for run in _runs(name_text(label).split()):
        words = _trimmed(run[len(ours) :]) if ours and run[: len(ours)] == ours else run
        if _says_enough(words):
            return words
    return []


def stands_as_payer(label: str, counterparty: str | None, payer: str) -> bool:
    """Whether the payer's words (`payer_words`) stand where banks print who pays, not behind what is paid.

    >>> stands_as_payer("VIR SEPA RECU /DE DURAND", None, "durand"), stands_as_payer("VIR FACTURE TOITURE", None, "toiture")
    (True, False)
    """
    if counterparty and counterparty.strip():
        return True
    words, wanted = name_text(label).split(), payer.split()
    start = next((n for n in range(len(words)) if words[n : n + len(wanted)] == wanted), 0)
    before = words[:start]
    if before and before[-1] in _INTRODUCE:
        return True
    return not any(word in AROUND and word not in _BEFORE_PAYERS for word in before)


def payers_of(lines: pl.DataFrame, *, own: str = "") -> pl.DataFrame:
    """line_id, payer, iban: who each of the LINES says that it comes from; null where it does not."""
    rows = [
        (line_id, payer_words(label or "", counterparty, own=own) or None, plain_iban(iban))
        for line_id, label, counterparty, iban in lines.select(_SAYS).iter_rows()
    ]
    return pl.DataFrame(rows, schema={"line_id": pl.String, "payer": pl.String, "iban": pl.String}, orient="row")


def plain_iban(text: str | None) -> str | None:
    """An IBAN without spaces, in capitals; None where there is none."""
    return re.sub(r"[^0-9A-Z]", "", (text or "").upper()) or None


def _runs(words: list[str]) -> list[list[str]]:
    """Runs of words between those that stand around names."""
    runs: list[list[str]] = [[]]
    for word in words:
        if word in AROUND or any(c.isdigit() for c in word):
            runs.append([])
        else:
            runs[-1].append(word)
    return [trimmed for run in runs if (trimmed := _trimmed(run))]


def _trimmed(words: list[str]) -> list[str]:
    """Without small words at both ends."""
    while words and words[0] in _SMALL:
        words = words[1:]
    while words and words[-1] in _SMALL:
        words = words[:-1]
    return words


def _says_enough(words: list[str]) -> bool:
    return sum(len(word) for word in words if word not in _SMALL and word not in AROUND) >= _MIN_LETTERS
