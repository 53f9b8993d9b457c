"""What changes are called in words, on screen and in the terminal."""

from models.texts import Texts

ACTION_WORDS = {
    "import": "Imported file",
    "reconcile": "Automatic matching",
    "accept": "Match accepted",
    "refuse": "Match refused",
    "allocate": "Match by hand",
    "attribute": "Receipt attributed",
    "confirm": "Match confirmed",
    "classify": "Receipt of another kind",
    "label_rule": "Label rule",
    "forget": "Learned payer forgotten",
    "refund": "Refund",
    "mark": "Follow-up",
    "note": "Note or call",
    "contact": "Contact details",
    "plan": "Instalment plan",
    "plan_end": "Instalment plan ended",
    "policy": "Reminder policy",
    "export": "Accounting export",
    "confirmation": "Balance confirmation",
    "plan_item": "Planned movement",
    "answer_item": "Expected movement",
    "pay_supplier": "Supplier payment",
    "payment_choice": "Supplier invoice",
    "supplier_iban": "Supplier’s IBAN",
    "transfer_file": "Transfers ordered",
    "approve": "Reminders approved",
    "sending": "Message handed over",
    "sent": "Message sent",
    "settle_sending": "Uncertain delivery settled",
    "withdraw": "Approval withdrawn",
    "reminded": "Reminders done",
    "template": "Letter changed",
    "set": "Settings",
    "settle": "Conflict settled",
    "receipt": "Receipt typed in",
    "correct": "Rows corrected",
    "drop": "Rows dropped",
    "profile": "Import layout",
    "close_period": "Period closed",
    "open_period": "Periods opened again",
    "provision": "Provision set by hand",
    "undo": "Undoing",
}


def action_word(texts: Texts, action: str) -> str:
    """An action in the reader's language; one that has no word yet, as it is stored."""
    return texts.t(ACTION_WORDS[action]) if action in ACTION_WORDS else action
