"""Balance confirmations (circularisation): which clients are asked, what that covers of receivables, and what they answered."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.ids import stable_ids
from models.money import MONEY, total
from models.store import Author, Store
from models.tables import Schema, conform
from models.texts import Texts
from pipelines.ageing import aged
from pipelines.exports.paper_columns import ANSWER_WORDS
from pipelines.ledger import Ledger, run_ledger
from pipelines.reconcile.finding import find_client

#: One row per client that is asked, the largest balance first.
ASKED: Schema = {
    "client_id": pl.String,
    "client": pl.String,
    "reason": pl.String,  # one of CHOSEN_WORDS: why it was chosen
    "balance": MONEY,  # what it owes in our books; negative: we owe it
    "state": pl.String,  # one of ANSWER_WORDS; null: nothing known yet
    "answered_on": pl.Date,
    "said": MONEY,  # what it says it owes
    "gap": MONEY,  # what it says less our balance; 0.00 if it agrees
    "note": pl.String,
    "currency": pl.String,
}
#: The mark that keeps an answer; its value is the date of the balance and the answer: "2025-12-31 agreed".
MARK = "confirmation"


@dataclass(frozen=True)
class Choice:
    """Whom to ask; the largest balance is always among them.

    Attributes:
        threshold: every client that owes at least so much; None: no such rule.
        top: the so many largest.
        sample: so many of the others, drawn by `seed`: the same seed and clients give the same sample.
    """

    threshold: Decimal | None = None
    top: int = 10
    sample: int = 0
    seed: int = 1


@dataclass(frozen=True)
class Selection:
    """What a choice gives.

    Attributes:
        asked: ASKED.
        clients: how many clients have a balance.
        covered: balances asked for. `receivables`: all of them.
    """

    choice: Choice
    asked: pl.DataFrame
    clients: int
    covered: Decimal
    receivables: Decimal

    @property
    def coverage(self) -> float | None:
        """The share of receivables that is asked for, 0 to 1; None where nothing is owed."""
        return float(self.covered / self.receivables) if self.receivables > 0 else None


def select(ledger: Ledger, choice: Choice, *, as_of: date, currency: str) -> Selection:
    """The clients that are asked for their balance at `as_of`, with what they have answered."""
    balances = (
        aged(ledger, as_of=as_of, by="client", currency=currency)
        .filter(pl.col("total") != 0)
        .select("client_id", "client", balance="total")
        .sort("balance", "client_id", descending=[True, False])
        .with_row_index("place")
    )
    large = pl.col("balance") >= choice.threshold if choice.threshold is not None else pl.lit(value=False)
    reasons = balances.with_columns(
        reason=pl.when(pl.col("place") == 0)
        .then(pl.lit("largest"))
        .when(large)
        .then(pl.lit("threshold"))
        .when(pl.col("place") < choice.top)
        .then(pl.lit("top"))
    )
    asked = _with_sample(reasons, choice).drop_nulls("reason").pipe(_with_answers, answers(ledger, as_of=as_of))
    return Selection(
        choice=choice,
        asked=asked.with_columns(currency=pl.lit(currency)).pipe(conform, ASKED),
        clients=balances.height,
        covered=total(asked["balance"]),
        receivables=total(balances["balance"]),
    )


def _with_sample(balances: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    """The sample among clients that no rule chose: those whose id and the seed together come first in the order of a hash."""
    others = balances.filter(pl.col("reason").is_null())
    drawn = others.with_columns(lot=pl.Series("lot", stable_ids((choice.seed, i) for i in others["client_id"]), dtype=pl.String))
    taken = drawn.sort("lot").head(choice.sample)["client_id"]
    is_drawn = pl.col("client_id").is_in(taken.implode())
    return balances.with_columns(reason=pl.when(is_drawn).then(pl.lit("sample")).otherwise("reason"))


def answers(ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """client_id, state, answered_on, said, note: the last word on each client's balance at that date."""
    said = pl.col("value").str.split_exact(" ", 1)
    return (
        ledger.marks.filter((pl.col("what") == MARK) & pl.col("is_set") & pl.col("client_id").is_not_null())
        .with_columns(of=said.struct.field("field_0"), state=said.struct.field("field_1"))
        .filter(pl.col("of") == as_of.isoformat())
        .sort("change_id")
        .unique("client_id", keep="last", maintain_order=True)
        .select("client_id", "state", "note", answered_on="on_date", said="amount")
    )


def _with_answers(asked: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    told = asked.join(known, on="client_id", how="left", validate="1:1", maintain_order="left")
    theirs = pl.when(pl.col("state") == "agreed").then("balance").otherwise("said")
    return told.with_columns(said=theirs.cast(MONEY)).with_columns(gap=(pl.col("said") - pl.col("balance")).cast(MONEY))


def keep_answer(
    store: Store,
    client: str,
    state: str,
    *,
    balance_on: date,
    author: Author,
    said: Decimal | None = None,
    note: str | None = None,
) -> int:
    """Keep that a client was asked for its balance at that date, or what it answered; its change id.

    Args:
        store: the database.
        client: by name, code or id.
        state: one of ANSWER_WORDS.
        balance_on: the date of the balance.
        author: who says so.
        said: what the client says it owes, where it differs.
        note: how it explains it.

    Raises:
        Refused: unknown client or answer, a difference without its amount, or a date still to come.
    """
    if state not in ANSWER_WORDS:
        raise Refused("bad_answer", "{answer} is no answer: use one of {answers}.", answer=state, answers=", ".join(ANSWER_WORDS))
    if (state == "differs") != (said is not None):
        raise Refused("no_amount_said", "A difference needs the balance that the client has in its books, and only a difference.")
    if balance_on > author.today:
        raise Refused("in_future", "{day} is still to come: a balance is confirmed as of today or before.", day=balance_on)
    with store.writing():
        row = find_client(run_ledger(store), client)
        detail = {"client": row["name"], "balance_on": balance_on, "answer": state, "said": said, "note": note}
        with store.change("confirmation", author, subject=str(row["name"]), detail=detail) as change:
            kept = {
                "document_id": None, "client_id": row["client_id"], "what": MARK, "is_set": True, "on_date": author.today,
                "value": f"{balance_on.isoformat()} {state}", "amount": said, "note": note or None,
            }  # fmt: skip
            schema: Schema = {"document_id": pl.String, "amount": MONEY, "note": pl.String}
            change.insert("mark", pl.DataFrame([kept], schema_overrides=schema))
    return change.change_id


def confirmation_sentence(texts: Texts, value: str, said: Decimal | None, currency: str) -> str:
    """An answer as a client's history tells it, from its mark."""
    of, _, state = value.partition(" ")
    day, word = texts.date(date.fromisoformat(of)), texts.t(ANSWER_WORDS.get(state, state))
    if said is None:
        return texts.t("balance at {date}: {answer}", date=day, answer=word)
    return texts.t(
        "balance at {date}: {answer}, {amount} in their books", date=day, answer=word, amount=texts.money(said, currency)
    )
