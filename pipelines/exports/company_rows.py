"""The portfolio of dossiers and the consolidated receivables as they leave: rows, columns, JSON, and words."""

from decimal import Decimal

from models.tables import BUCKETS
from models.texts import Texts
from pipelines.companies.portfolio import Dossier, Portfolio, Reason, Total
from pipelines.consolidated import OLD_DAYS, Amounts, Consolidated, Part
from pipelines.exports.answers import Answer

_FIGURES = (
    "currency", "receivables", "gross_outstanding", "overdue", "over_90", "dso", "lowest", "lowest_date", "last_statement",
    "last_import", "last_invoice", "drafts_ready", "drafts_held", "closed_to", "as_of",
)  # fmt: skip


def reason_sentence(reason: Reason, texts: Texts, currency: str) -> str:
    """Why a dossier needs a look."""
    money, day, share = texts.money(reason.amount, currency), texts.date(reason.day), texts.percent(reason.share, 0)
    count = reason.count or 0
    if reason.code == "reminders":
        return texts.plural("{count} reminder is ready to go.", "{count} reminders are ready to go.", count)
    if reason.code == "held":
        return texts.plural("{count} reminder waits for a check.", "{count} reminders wait for a check.", count)
    if reason.code == "statement_old":
        one, many = "Bank known up to {day}, {count} day ago.", "Bank known up to {day}, {count} days ago."
        return texts.plural(one, many, count, day=day)
    if reason.code == "import_old":
        return texts.plural("Nothing imported for {count} day.", "Nothing imported for {count} days.", count)
    sentences = {
        "damaged": texts.t("Its summary is damaged: open the dossier to have it written again."),
        "newer": texts.t("Its summary was written by a newer version of Encours: update this one."),
        "missing": texts.t("It has no summary yet: open the dossier once."),
        "stale": texts.t("The dossier has changed since these figures of {day}: open it to bring them up to date.", day=day),
        "figures_old": texts.t("These figures are of {day}: open the dossier to bring them up to date.", day=day),
        "cash_low": texts.t("Cash may fall to {amount} on {day}.", amount=money, day=day),
        "over_90": texts.t("{amount} is more than 90 days late, {share} of what is owed.", amount=money, share=share),
        "overdue": texts.t("{amount} is overdue, {share} of what is owed.", amount=money, share=share),
        "no_statement": texts.t("No bank statement was imported."),
    }
    return sentences[reason.code]


def reason_sentences(dossier: Dossier, texts: Texts) -> list[str]:
    """All of them, the most pressing first."""
    currency = dossier.summary.currency if dossier.summary else "EUR"
    return [reason_sentence(reason, texts, currency) for reason in dossier.reasons]


def portfolio_rows(found: Portfolio, texts: Texts) -> list[Answer]:
    """One row per dossier, in the portfolio's order; what is not known is null."""
    return [
        {
            "id": dossier.company_id,
            "company": dossier.name,
            "state": dossier.found.state,
            **{name: getattr(dossier.summary, name, None) for name in _FIGURES},
            "overdue_share": None if dossier.overdue_pct is None else dossier.overdue_pct / 100,
            "statement_age": dossier.statement_age,
            "import_age": dossier.import_age,
            "reasons": " ".join(reason_sentences(dossier, texts)),
        }
        for dossier in found.dossiers
    ]


def portfolio_answer(found: Portfolio, texts: Texts) -> Answer:
    """The portfolio as JSON: the dossiers with their reasons by code, and the totals of each currency."""
    rows = portfolio_rows(found, texts)
    for row, dossier in zip(rows, found.dossiers, strict=True):
        sentences = reason_sentences(dossier, texts)
        codes = [reason.code for reason in dossier.reasons]
        row["overdue_pct"] = dossier.overdue_pct
        del row["overdue_share"]
        row["reasons"] = [{"code": code, "text": text} for code, text in zip(codes, sentences, strict=True)]
        row["other_currencies"] = dict(dossier.summary.other_currencies) if dossier.summary else {}
    totals = [
        {
            "currency": one.currency, "dossiers": one.dossiers, "receivables": one.receivables,
            "gross_outstanding": one.gross_outstanding, "open_credits": one.open_credits, "overdue": one.overdue,
            "overdue_pct": one.overdue_pct, "over_90": one.over_90,
        }
        for one in found.totals
    ]  # fmt: skip
    return {"today": found.today, "dossiers": rows, "totals": totals, "other_currencies": found.others}


def portfolio_notes(found: Portfolio, texts: Texts) -> list[str]:
    """What the totals leave out, and what in them is old."""
    said = []
    if count := len(found.silent):
        one = "{count} dossier is in no total: it has no summary that can be read."
        said.append(texts.plural(one, "{count} dossiers are in no total: they have no summary that can be read.", count))
    if count := len(found.stale):
        one = "{count} dossier has changed since its figures were written."
        said.append(texts.plural(one, "{count} dossiers have changed since their figures were written.", count))
    amounts = ", ".join(texts.money(amount, currency) for currency, amount in found.others.items() if amount)
    if amounts:
        said.append(texts.t("In other currencies than the companies’ own, in no total: {amounts}.", amounts=amounts))
    return said


def total_sentence(currency: str, found: Portfolio, texts: Texts) -> str:
    """The totals of one currency in one sentence."""
    total = next(one for one in found.totals if one.currency == currency)
    owed = texts.plural(
        "{count} dossier in {currency}: {owed} owed on invoices, of which {overdue} overdue ({share}).",
        "{count} dossiers in {currency}: {owed} owed on invoices, of which {overdue} overdue ({share}).",
        total.dossiers,
        currency=currency,
        owed=texts.money(total.gross_outstanding, currency),
        overdue=texts.money(total.overdue, currency),
        share=texts.percent(total.overdue_pct, 0),
    )
    if not total.open_credits:
        return owed
    return f"{owed} {credits_sentence(total, texts)}"


def credits_sentence(total: Total, texts: Texts) -> str:
    """How much less than what is owed the receivables are, and why."""
    return texts.t(
        "Less {credits} of open credits: {receivables} of receivables.",
        credits=texts.money(total.open_credits, total.currency),
        receivables=texts.money(total.receivables, total.currency),
    )


def _amounts(amounts: Amounts) -> Answer:
    figures: Answer = {name: getattr(amounts, name) for name in ("receivables", "gross_outstanding", "open_credits", "overdue")}
    return {**figures, "ageing": {name: amounts.ageing[name] for name in BUCKETS}}


def consolidated_answer(found: Consolidated) -> Answer:
    """The consolidated receivables as JSON: the totals in the company's currency, and each currency with its rate."""
    parts = [
        {
            "currency": part.currency,
            **_amounts(part.own),
            "rate": None if part.rate is None else f"{part.rate.units:f}",
            "rate_date": None if part.rate is None else part.rate.day,
            "is_rate_old": part.is_old,
            "converted": None if part.converted is None else _amounts(part.converted),
        }
        for part in found.parts
    ]
    totals = {"as_of": found.as_of, "currency": found.currency, **_amounts(found.total)}
    return {**totals, "left_out": list(found.left_out), "parts": parts}


def consolidated_rows(found: Consolidated, texts: Texts) -> list[Answer]:
    """One row per currency, in the company's `currency` where a rate converts it; then their sum."""
    rows = [_part_row(part, texts) | _converted(part.converted) for part in found.parts]
    total: Answer = {"part": texts.t("Total"), "own_receivables": "", "rate": "", "rate_date": None}
    return [row | {"currency": found.currency} for row in (*rows, total | _converted(found.total))]


def _part_row(part: Part, texts: Texts) -> Answer:
    rate = part.rate
    return {
        "part": part.currency,
        "own_receivables": texts.money(part.own.receivables, part.currency),
        "rate": "" if rate is None or rate.day is None else texts.rate(rate.units),
        "rate_date": None if rate is None else rate.day,
    }


def _converted(amounts: Amounts | None) -> Answer:
    names = (*BUCKETS, "open_credits", "receivables", "overdue")
    if amounts is None:
        return dict.fromkeys(names)
    signed: dict[str, Decimal] = {**amounts.ageing, "open_credits": -amounts.open_credits}
    return {**signed, "receivables": amounts.receivables, "overdue": amounts.overdue}


def consolidated_notes(found: Consolidated, texts: Texts) -> list[str]:
    """What is left out for want of a rate, which rates are old, and how amounts are rounded."""
    said = []
    if found.left_out:
        left = ", ".join(found.left_out)
        said.append(
            texts.t(
                "Left out, since no exchange rate is known by {day}: {currencies}.", day=texts.date(found.as_of), currencies=left
            )
        )
    for part in found.parts:
        if part.is_old and part.rate is not None:
            old = "The rate of {currency} is of {day}, more than {count} days before {as_of}: import a later one."
            day, as_of = texts.date(part.rate.day), texts.date(found.as_of)
            said.append(texts.t(old, currency=part.currency, day=day, count=OLD_DAYS, as_of=as_of))
    return said


def rounding_sentence(found: Consolidated, texts: Texts) -> str:
    """How the amounts were converted."""
    return texts.t(
        "Rates: units of the currency for one {currency}, the last ones published by {day}. Each amount is converted and rounded "
        "once to the cent, halves up; the totals are the sums of the amounts shown.",
        currency=found.currency,
        day=texts.date(found.as_of),
    )
