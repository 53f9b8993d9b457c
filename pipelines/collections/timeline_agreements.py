"""What a client agreed to, as events of its timeline: promises to pay and instalment plans, and whether they are kept."""

from collections.abc import Iterable

from models.texts import Texts
from pipelines.collections.plans import INSTALMENT_WORDS, PLAN_WORDS, instalments_at, plans_at
from pipelines.collections.promises import PROMISE_WORDS, promises
from pipelines.collections.timeline_events import Client, Row


def promises_told(client: Client) -> Iterable[Row]:
    """Each promise with what has become of it."""
    texts = client.texts
    for row in client.own(promises(client.ledger, as_of=client.as_of, grace=client.grace)):
        said = texts.t("for {day}", day=texts.date(row["promised_for"]))
        stands = client.word(PROMISE_WORDS, row["status"])
        part = ""
        if row["status"] in ("open", "broken") and row["paid"]:
            part = texts.t("{amount} received", amount=texts.money(row["paid"], row["currency"]))
        yield {
            **row,
            "event_id": f"promise-{row['change_id']}-{row['document_id']}-{row['currency']}",
            "date": row["made_on"],
            "what": texts.t("Promise to pay"),
            "reference": row["number"],
            "detail": " – ".join(filter(None, [said, stands, part, row["note"]])),
        }


def plans_told(client: Client) -> Iterable[Row]:
    """Each plan with how it stands, its end, and the instalments that have fallen due."""
    texts = client.texts
    rows = instalments_at(client.ledger, as_of=client.as_of, grace=client.grace).to_dicts()
    for plan in client.own(plans_at(client.ledger, as_of=client.as_of, grace=client.grace)):
        numbers, own = ", ".join(plan["invoices"]), [row for row in rows if row["plan_id"] == plan["plan_id"]]
        common = {"reference": numbers, "currency": plan["currency"], "by": plan["by"]}
        if plan["ended_on"]:
            yield {
                "event_id": f"end-{plan['plan_id']}",
                "date": plan["ended_on"],
                "what": texts.t("Instalment plan ended"),
                **common,
            }
        for row in reversed(own):
            paid = texts.t("{amount} received", amount=texts.money(row["paid"], row["currency"])) if row["paid"] else ""
            if plan["ended_on"] is None or row["due_date"] < plan["ended_on"]:
                yield {
                    **common,
                    "event_id": f"instalment-{plan['plan_id']}-{row['rank']}",
                    "date": row["due_date"],
                    "what": texts.t("Instalment {rank} of {count}", rank=row["rank"], count=len(own)),
                    "amount": row["amount"],
                    "detail": " – ".join(filter(None, [client.word(INSTALMENT_WORDS, row["status"]), paid])),
                    "by": None,
                }
        said = texts.plural("{count} instalment", "{count} instalments", len(own))
        stands = client.word(PLAN_WORDS, plan["status"])
        what, text = texts.t("Instalment plan"), "\n".join(_instalment_line(texts, row) for row in own)
        known = {"event_id": f"plan-{plan['plan_id']}", "date": plan["made_on"], "what": what, "amount": plan["amount"]}
        yield {**common, **known, "detail": f"{said} – {stands}", "text": text}


def _instalment_line(texts: Texts, row: Row) -> str:
    return f"{row['rank']}. {texts.date(row['due_date'])}{texts.t(': ')}{texts.money(row['amount'], row['currency'])}"
