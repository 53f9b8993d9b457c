"""The README of the sample, whose figures are counted, not typed."""

from collections.abc import Mapping, Sequence

from sample_data import _company as company
from sample_data._sales import months
from sample_data._truth import Sample, counts, figures, oddities

#: Above this many places, the README points to the manifest.
SHOWN = 6

#: key of the count: what it is, in French
WHAT = {
    "clients": "Clients",
    "public_clients": "dont organismes publics",
    "consumers": "dont particuliers",
    "english_clients": "dont clients qui écrivent en anglais (langue « en »)",
    "rows": "Lignes du fichier des factures",
    "invoices": "dont factures (ni brouillon, ni annulée)",
    "open_invoices": "Factures qui restent dues au 26/06/2026",
    "late_invoices": "dont échues",
    "over_90_invoices": "dont échues depuis plus de 90 jours",
    "current_lines": "Mouvements du compte courant",
    "savings_lines": "Mouvements du livret",
    "client_payments": "Mouvements qui règlent des factures",
    "internal": "Virements internes entre les deux comptes (vus du compte courant)",
    "rent": "Loyers",
    "payroll": "Salaires",
    "urssaf": "Prélèvements URSSAF",
    "vat": "Prélèvements de TVA",
    "fees": "Frais bancaires",
    "suppliers": "Fournisseurs",
    "purchases": "Lignes du fichier des achats",
    "open_purchases": "Factures d’achat qui restent à payer au 26/06/2026",
    "supplier_payments": "Mouvements qui règlent une facture d’achat",
    "grouped_payments": "Paiements groupés : un virement d’un client pour plusieurs factures",
    "partial_payments": "Paiements partiels : la facture reste due en partie après ce mouvement",
    "linked_credit_notes": "Avoirs rattachés à une facture : l’un la réduit, l’un l’annule, l’un suit son paiement",
    "unlinked_credit_notes": "Avoir sans facture d’origine : geste commercial, encore à imputer",
    "deposits": "Factures d’acompte",
    "final_invoices": "Factures de solde qui déduisent un acompte (le TTC est net de l’acompte)",
    "twin_invoices": "Factures jumelles : même montant, deux clients, ouvertes quand un chèque sans nom en paie une",
    "returned_payments": "Prélèvement rejeté quelques jours après l’encaissement : la facture est de nouveau due",
    "refunds": "Remboursement d’un avoir",
    "overpayments": "Trop-perçu : chiffres inversés, 3 240,00 € reçus pour 3 024,00 €",
    "disputed_invoices": "Factures en litige",
    "chronic_late_payers": "Clients qui paient avec plus d’un mois de retard en moyenne",
    "unsent_invoices": "Facture émise mais jamais envoyée",
    "missing_numbers": "Trou dans la numérotation",
    "drafts": "Brouillon, à ignorer",
    "cancelled": "Facture annulée, à ignorer (son numéro reste pris)",
    "declared_payments": "Règlements déclarés, pas encore vus en banque (le dernier est partiel)",
    "payments_with_number": "Paiements dont le libellé porte un numéro de facture, sous diverses graphies",
    "payments_with_order_only": "Paiements qui ne citent que le bon de commande du client",
    "payments_with_name_only": "Paiements sans numéro, avec le nom du client",
    "payments_with_neither": "Remises de chèques, sans numéro ni nom",
    "cheques_of_several_clients": "dont remises qui réunissent les chèques de plusieurs clients",
    "cut_names": "Paiements dont la banque a coupé le nom du client",
    "misleading_digits": "Libellés dont des chiffres ressemblent au numéro d’une autre facture (commande, mission, avoir)",
    "late_purchases": "Factures d’achat échues et non payées",
    "disputed_purchases": "dont une contestée",
    "early_discounts": "Facture d’achat avec escompte : 2 % si elle est payée avant le 04/07/2026, vingt jours plus tôt",
    "card_purchases": "Achat payé par carte la veille de la facture saisie, à rapprocher par le nom et le montant",
    "supplier_credit_notes": "Avoirs de fournisseurs : l’un réduit une facture, l’autre n’en cite aucune",
}
GENERAL = tuple(WHAT)[:22]


def _typeset(text: str) -> str:
    """French spacing: a no-break space before : ; ! ? » % € and after «."""
    for sign in (":", ";", "!", "?", "»", "%", "€"):
        text = text.replace(f" {sign}", f"\N{NO-BREAK SPACE}{sign}")
    return text.replace("« ", "«\N{NO-BREAK SPACE}")


def _amount(euros: object) -> str:
    """`142409.00` as French text."""
    whole, cents = str(euros).split(".")
    return f"{int(whole):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") + f",{cents}"


def yearly_sales(sample: Sample) -> int:
    """What the agency invoices in an average year, VAT included, in thousands of euros to the nearest ten."""
    total = sum(document.incl_tax for document in sample.documents if document.is_claim)
    return round(total * 12 / len(months()) / 1_000_000) * 10


def _places(found: Sequence[str]) -> str:
    return ", ".join(f"`{place}`" for place in found) if len(found) <= SHOWN else "`manifest.json`"


def _table(keys: Sequence[str], counted: Mapping[str, int], places: Mapping[str, Sequence[str]]) -> str:
    head = "| clé | ce que c’est | nombre |" + (" où |\n| --- | --- | ---: | --- |" if places else "\n| --- | --- | ---: |")
    rows = (
        f"| `{key}` | {_typeset(WHAT[key])} | {counted[key]} |" + (f" {_places(places[key])} |" if places else "") for key in keys
    )
    return "\n".join([head, *rows])


def _in_french(sample: Sample) -> str:
    counted, places, owed = counts(sample), oddities(sample), figures(sample)
    odd = [key for key in WHAT if key not in GENERAL]
    return f"""# Atelier Lumen, la société d’exemple

{company.NAME} est une petite agence de communication et de sites web, née le 1er novembre 2024 de la reprise d’un fonds
(les créances d’avant sont restées au cédant). Cinq personnes et une apprentie, environ {yearly_sales(sample)} 000 € de ventes TTC
par an, des clients fidèles, une trésorerie saine mais tendue. Tout est inventé : noms, SIREN (999 n’est pas attribué),
IBAN (aucune banque n’a le code 99998), adresses électroniques en `.example`.

Les données vont du 01/11/2024 au vendredi 26/06/2026, dernier jour de la démonstration.

| fichier | contenu |
| --- | --- |
| `factures.csv` | les factures, acomptes et avoirs ; `;`, UTF-8 avec BOM, virgule décimale, JJ/MM/AAAA |
| `achats.csv` | les factures et avoirs des fournisseurs (les abonnements depuis le 01/04/2026) ; `;`, Windows-1252 |
| `banque_courant.ofx` | le compte courant ; OFX 1.02, Windows-1252, soldé au 26/06/2026 |
| `banque_livret.csv` | le livret ; `;`, Windows-1252, préambule, débit, crédit et solde |
| `manifest.json` | la vérité : les factures que règle chaque mouvement, chaque cas, les totaux, les IBAN de quatre fournisseurs |

Les paiements se lisent en banque : `Montant réglé` n’est rempli que pour les derniers règlements déclarés.

## Chiffres

{_table(GENERAL, counted, {})}

Au 26/06/2026, si chaque paiement est rapproché comme il le doit : {_amount(owed["gross_outstanding"])} € restent dus,
dont {_amount(owed["overdue"])} € échus ; {_amount(owed["open_credits"])} € d’avoirs et de trop-perçus viennent en déduction.
L’agence doit {_amount(owed["owed_to_suppliers"])} € à ses fournisseurs, avant leurs avoirs non imputés :
{_amount(owed["supplier_credits"])} €.

## Cas de la vie réelle

{_table(odd, counted, places)}

## Refaire les fichiers

`python -m sample_data.make_sample` les réécrit à l’octet près (graine {company.SEED}) ;
`python -m sample_data.make_sample DOSSIER` les écrit ailleurs.
"""


def _in_english(counted: Mapping[str, int]) -> str:
    return f"""
## In English

A fictitious French agency: {counted["clients"]} clients, {counted["rows"]} rows of invoices over twenty months up to
Friday 26 June 2026, {counted["purchases"]} rows of purchases from {counted["suppliers"]} suppliers, an OFX statement of the
current account ({counted["current_lines"]} movements) and a CSV of the savings account ({counted["savings_lines"]}).
The tables above name every oddity by a key, count it and say where it is; `manifest.json` holds the true invoices of
every client payment under `allocations` (FITID to invoice and amount), and of every payment of a supplier under
`supplier_payments`. Cheque deposits show no payer: there a program should suggest, not decide.
`python -m sample_data.make_sample` rewrites the files, byte for byte.
"""


def readme(sample: Sample) -> str:
    """The README: French first, then a short English part; `sample` gives every figure in it."""
    lines = _in_french(sample).split("\n")
    typeset = "\n".join(line if line.startswith("| `") else _typeset(line) for line in lines)
    return typeset + _in_english(counts(sample))
