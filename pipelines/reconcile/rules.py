"""The rules of matching: how sure each is, and its name in words."""

from models.texts import Texts

#: Confidence of each rule, 0 to 1; only the first two act alone.
CONFIDENCE = {
    "number": 1.0,
    "name_and_amount": 1.0,
    "number_weak": 0.9,
    "name_and_sum": 0.85,
    "numbers_partial": 0.8,
    "name_exact": 0.85,
    "name_twins": 0.6,
    "name_oldest_first": 0.5,
    "amount_only": 0.4,
    "amount_twins": 0.2,
}
#: Why a match is proposed or was made.
RULE_WORDS = {
    "number": "Number in the label",
    "number_weak": "Number in the label, without its letters",
    "numbers_partial": "Numbers in the label, another amount",
    "name_and_amount": "Name and exact amount",
    "name_and_sum": "Name and exact sum of the open invoices",
    "name_exact": "Name and exact amount, to be checked",
    "name_twins": "Name; several invoices have this amount",
    "name_oldest_first": "Name; another amount, oldest invoices first",
    "amount_only": "The amount alone",
    "amount_twins": "The amount alone; several invoices have it",
    "linked_credit_note": "Linked credit note",
    "declared": "Stated by the invoicing tool",
    "person": "By hand",
}


def rule_sentence(rule: str, evidence: str, texts: Texts) -> str:
    """The rule in words, with the words of the label that speak for it."""
    name = texts.t(RULE_WORDS[rule])
    return texts.t("{rule}: “{words}”", rule=name, words=evidence) if evidence else name
