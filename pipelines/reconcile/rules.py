"""The rules of matching: how sure each is, whether it may act alone, and its name in words."""

from models.texts import Texts

#: Confidence of each rule, 0 to 1: about how often its first answer is right.
CONFIDENCE = {
    "number": 1.0,
    "reference": 1.0,
    "number_and_sum": 1.0,
    "name_and_amount": 1.0,
    "alias_and_amount": 1.0,
    "iban_and_amount": 1.0,
    "name_and_declared": 0.99,
    "name_and_declared_sum": 0.99,
    "name_and_declared_undated": 0.99,
    "likely_name_and_amount": 0.99,
    "part_of_name_and_amount": 0.99,
    "name_and_sum": 0.99,
    "name_and_rounding": 0.99,
    "number_and_gap": 0.95,
    "number_and_credit": 0.95,
    "number_weak": 0.9,
    "name_less_credit": 0.9,
    "payout": 0.9,
    "name_maybe_declared": 0.85,
    "name_exact": 0.85,
    "paid_again": 0.75,
    "name_and_discount": 0.85,
    "name_near": 0.8,
    "name_and_sums": 0.8,
    "numbers_partial": 0.7,
    "numbers_weak_partial": 0.4,
    "name_less_fee": 0.75,
    "name_instalment": 0.7,
    "alias_seen_once": 0.7,
    "name_twins": 0.6,
    "name_only_invoice": 0.6,
    "cheques": 0.7,
    "payout_of_several": 0.7,
    "amount_only": 0.5,
    "amount_twins": 0.2,
}
#: The rules that act without a person; what the others find is only proposed.
ACTS_ALONE = frozenset((
    "number", "reference", "number_and_sum", "name_and_amount", "alias_and_amount", "iban_and_amount",
    "name_and_declared", "name_and_declared_sum", "name_and_declared_undated", "likely_name_and_amount", "name_and_sum",
    "name_and_rounding",
))  # fmt: skip
#: What is found where a line may be a payment that is declared: no other rule acts on it, since the money would count twice.
DOUBTED = "name_maybe_declared"
#: The rules that know no more of a payer than his amount: one acceptance of theirs is not enough to know him by.
BY_AMOUNT_ALONE = frozenset(("amount_only", "amount_twins", "cheques", "payout", "payout_of_several"))
#: Whose fee the label states, or is its platform's tariff: no small difference that a person decides.
PAYOUTS = frozenset(("payout", "payout_of_several"))
#: Why a match is proposed or was made.
RULE_WORDS = {
    "number": "Number in the label",
    "reference": "Structured reference",
    "number_and_sum": "Number in the label, and the exact sum with other invoices",
    "number_weak": "Number in the label, without its letters",
    "numbers_partial": "Numbers in the label, another amount",
    "numbers_weak_partial": "Numbers in the label, without their letters, and another amount",
    "number_and_gap": "Number in the label, less a small difference, a discount or a bank fee",
    "number_and_credit": "Number in the label, less a credit note",
    "name_and_amount": "Name and exact amount",
    "alias_and_amount": "Known payer and exact amount",
    "iban_and_amount": "Known IBAN and exact amount",
    "alias_seen_once": "Payer who paid for this client once, to be confirmed",
    "name_and_declared": "Name, and amount and date of a declared payment",
    "name_and_declared_sum": "Name, and sum of the payments declared on one day",
    "name_and_declared_undated": "Name, and amount of the only declared payment without a date",
    "name_maybe_declared": "Name, and amount of a declared payment, to be checked",
    "likely_name_and_amount": "Name cut or misspelt, and exact amount",
    "part_of_name_and_amount": "Part of the name, and an amount that no other invoice has",
    "name_and_sum": "Name and exact sum of the open invoices",
    "name_and_rounding": "Name and amount, some cents apart",
    "name_and_sums": "Name and exact sum, which several invoices could make",
    "name_near": "Name and amount, a small difference apart",
    "name_exact": "Name and exact amount, to be checked",
    "paid_again": "Paid again after a return",
    "name_and_discount": "Name and amount less an early-payment discount",
    "name_less_fee": "Name and amount less a bank fee",
    "name_less_credit": "Name and amount less a credit note",
    "name_instalment": "Name and amount of an instalment",
    "name_twins": "Name; several invoices have this amount",
    "name_only_invoice": "Name; another amount, the only open invoice",
    "payout": "Payout of cards or direct debits, less its fee",
    "payout_of_several": "Payout of several payments, less a usual fee",
    "cheques": "Sum of several cheques",
    "amount_only": "The amount alone",
    "amount_twins": "The amount alone; several invoices have it",
    "linked_credit_note": "Linked credit note",
    "declared": "Stated by the invoicing tool",
    "lettering": "Lettering of the accounts",
    "person": "By hand",
    "recovery": "By hand, after it was written off",
    "recovered": "Loss that ended with money received since",
    "unrecovered": "Loss that money received since left standing",
    "returned": "Payment returned",
    "refunded": "Refund",
}


def rule_sentence(rule: str, evidence: str, texts: Texts) -> str:
    """The rule in words, with the words of the label that speak for it."""
    name = texts.t(RULE_WORDS[rule])
    return texts.t("{rule}: “{words}”", rule=name, words=evidence) if evidence else name
