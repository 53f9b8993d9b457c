"""Taking away what was learned, whichever kind it is of."""

from models.store import Author, Store
from pipelines.ledger import run_ledger
from pipelines.reconcile import aliases, classify


def forget(store: Store, learned_id: str, *, author: Author) -> int:
    """Take away an alias or a label rule by its id; the change's id.

    Raises:
        Refused: there is neither of that id.
    """
    with store.writing():
        if learned_id in run_ledger(store).label_rules["rule_id"]:
            return classify.forget_label_rule(store, learned_id, author=author)
        return aliases.forget(store, learned_id, author=author)
