"""What people call a bank account."""

from models.texts import Texts

_SHOWN_DIGITS = 4


def account_label(texts: Texts, name: str | None) -> str:
    """An account as people call it: its name, or where it has only a number, the last four digits of that."""
    flat = "".join((name or "").split())
    if sum(c.isdigit() for c in flat) * 2 > len(flat):
        return texts.t("Account ending {digits}", digits=flat[-_SHOWN_DIGITS:])
    return name or texts.t("Account")
