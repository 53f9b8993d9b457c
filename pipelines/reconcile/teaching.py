"""Which of a bank line's words may be taught as a payer's name: those that could name one, and only him."""

from collections.abc import Collection, Mapping
from functools import cached_property

import polars as pl

from pipelines.ledger import Ledger
from pipelines.parties import only_clients
from pipelines.reconcile.labels import name_text, name_words
from pipelines.reconcile.payers import payers_of, stands_as_payer
from pipelines.reconcile.readings import known_labels

#: What is sold, done or paid, and kinds of firms: words that payers of every client write.
TRADE_WORDS = frozenset((
    "chantier", "chantiers", "travaux", "devis", "dossier", "affaire", "contrat", "projet", "mission", "missions", "formation",
    "materiel", "fourniture", "fournitures", "abonnement", "maintenance", "reparation", "reparations", "entretien", "vente",
    "ventes", "achat", "achats", "livraison", "livraisons", "produit", "produits", "client", "clients", "boutique", "magasin",
    "marchandise", "marchandises", "location", "conseil", "conseils", "garage", "atelier", "restaurant", "pharmacie",
    "boulangerie", "hotel", "cabinet", "agence", "mairie", "commune", "ville", "ecole", "association", "syndicat",
    "copropriete", "residence", "immobilier", "immeuble", "maison", "entreprise", "compagnie", "france", "banque", "divers",
    "perso", "transfert", "versement", "remboursement", "depot", "apport", "salaire", "cotisation", "participation",
    "quote", "part", "trimestre", "semestre", "mensuel", "mensualite", "annuel", "annee", "mois", "semaine", "jour", "lot",
    "phase", "tranche", "situation", "site", "internet", "logo", "design", "photo", "photos", "cours", "stage", "seance",
    "repas", "traiteur", "peinture", "plomberie", "electricite", "menuiserie", "maconnerie", "carrelage", "toiture", "jardin",
    "cuisine", "salle", "bain", "fenetre", "fenetres", "porte", "portes", "voiture", "vehicule", "pneus", "optique",
    "lunettes", "urgent", "suite", "selon", "accord", "convenu", "bonjour", "monsieur", "madame", "payer", "reste", "total",
    "consulting", "project", "work", "order", "goods", "customer", "thanks", "balance", "deposit", "monthly",
))  # fmt: skip
#: Letters that a single word needs where no field of its own says that it is the payer's name.
_MIN_ALONE = 5
#: So many other payers whose lines hold the same words: they are common words.
_MOST_PAYERS = 2


class Vocabulary:
    """What the words of a company's clients and bank lines say of a payer's name."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def may_name(self, payer: str, line_id: str, client_id: str) -> bool:
        """Whether a line's words may be taught as the name under which this client is paid for.

        They stand where banks print who pays, are not all words of the trade, are in no other client's name, and no other
        payers' lines or payments of other clients hold them.
        """
        words = payer.split()
        if all(word in TRADE_WORDS for word in words) or not self._says_who(payer, line_id):
            return False
        if any(owner != client_id and set(words) <= name for owner, name in self._names):
            return False
        return not self._is_common(payer, client_id)

    def _says_who(self, payer: str, line_id: str) -> bool:
        """Whether the words stand where a payer's name does, and are long enough for that."""
        label, counterparty = self._said[line_id]
        has_field = bool(counterparty and counterparty.strip())
        is_long = len(payer) >= _MIN_ALONE or " " in payer
        return (has_field or is_long) and stands_as_payer(label or "", counterparty, payer)

    def _is_common(self, payer: str, client_id: str) -> bool:
        """Whether lines of several other payers hold these words, or the same payer's lines pay another client."""
        holding = self._labels.filter(pl.col("words").str.contains(rf"\b{payer}\b"))["line_id"].to_list()
        lines = self._ledger.lines.filter(pl.col("line_id").is_in(holding) & (pl.col("amount") > 0))
        payers = dict(payers_of(lines, own=self._ledger.settings.company_name).select("line_id", "payer").iter_rows())
        others = {said for said in payers.values() if said and said != payer}
        paid = {owner for line_id, said in payers.items() if said == payer for owner in self._paid.get(line_id, ())}
        return len(others) > _MOST_PAYERS or bool(paid - {client_id})

    @cached_property
    def _said(self) -> Mapping[str, tuple[str | None, str | None]]:
        """label and counterparty by line."""
        rows = self._ledger.lines.select("line_id", "label", "counterparty").iter_rows()
        return {line_id: (label, counterparty) for line_id, label, counterparty in rows}

    @cached_property
    def _names(self) -> list[tuple[str, frozenset[str]]]:
        """Each client with the words of its name."""
        known = only_clients(self._ledger.clients, self._ledger.documents)
        rows = known.select("client_id", "name").drop_nulls().iter_rows()
        return [(client_id, frozenset(name_words(name_text(name)))) for client_id, name in rows]

    @cached_property
    def _labels(self) -> pl.DataFrame:
        return known_labels(self._ledger.lines)

    @cached_property
    def _paid(self) -> Mapping[str, Collection[str]]:
        """The clients whose invoices a bank line pays, whoever said so."""
        owners = self._ledger.documents.select("document_id", "client_id")
        paid = self._ledger.claims.filter(pl.col("source") == "bank").join(owners, on="document_id", how="inner", validate="m:1")
        return dict(paid.group_by("source_id").agg(pl.col("client_id").unique()).iter_rows())
