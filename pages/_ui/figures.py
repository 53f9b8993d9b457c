"""The tiles of the figures: how each one reads, compares and was calculated. Formatting only; pipelines calculate."""

from models.texts import Texts
from pages._ui.cash_queries import BEFORE, USUAL_HORIZON, cash_ahead, cash_behind
from pages._ui.explained_queries import explained
from pages._ui.queries import basis, figures
from pages._ui.session import Session
from pages._ui.tiles import Tile, days_change, money_change
from pages._ui.waiting import Quality
from pages._ui.words import md
from pipelines.account_label import account_label
from pipelines.explain.explanation import value_text
from pipelines.explain.formulas import Number, dso_parts, ratio
from pipelines.explain.operands import rows_of
from pipelines.exports.columns import BUCKET_TITLES
from pipelines.exports.sentences import band_text
from pipelines.forecast.curve import Forecast
from pipelines.kpis import Kpis


def home_tiles(session: Session) -> list[Tile]:
    """Cash, receivables, overdue, DSO, expected receipts, low point: what an owner asks first."""
    now, before, ahead = figures(session), figures(session, session.as_of - BEFORE), cash_ahead(session)
    return [
        _cash(session, ahead),
        receivables_tile(session, now, before),
        overdue_tile(session, now, before),
        dso_tile(session.texts, now, before),
        _expected(session, ahead),
        low_point_tile(session, ahead),
    ]


def _cash(session: Session, ahead: Forecast) -> Tile:
    texts, behind = session.texts, cash_behind(session)
    accounts = ahead.accounts.select("account", "balance").iter_rows()
    return Tile(
        label=texts.t("Cash today"),
        value=texts.money(ahead.opening if behind else None, session.currency),
        help=texts.t("The balance of all bank accounts at the end of the day, from the last statement and the movements since."),
        note="" if behind else texts.t("No bank statement yet."),
        change=money_change(texts, ahead.opening, behind[0][1] if behind else None, session.currency),
        rise="good",
        formula=texts.t("Sum of the balances of the accounts.") if behind else "",
        operands=[(account_label(texts, name), texts.money(balance, session.currency)) for name, balance in accounts],
        explains="cash",
    )


def receivables_tile(session: Session, now: Kpis, before: Kpis | None) -> Tile:
    """What all clients owe, net of their open credits."""
    texts, money = session.texts, session.currency
    return Tile(
        label=texts.t("Receivables (net)"),
        value=texts.money(now.receivables, money),
        help=texts.t("What all clients owe, VAT included, less their unused credits."),
        note=_credits_note(texts, now),
        change=money_change(texts, now.receivables, before.receivables, money) if before else None,
        formula=texts.t("Outstanding of all invoices − unused credits."),
        operands=[
            (texts.t("Outstanding of all invoices"), texts.money(now.gross_outstanding, money)),
            (texts.t("Unused credits"), texts.money(now.open_credits, money)),
            (texts.t("Receivables (net)"), texts.money(now.receivables, money)),
        ],
        explains="receivables",
    )


def bucket_tiles(session: Session) -> list[Tile]:
    """The receivables, and what of the invoices falls into each age."""
    texts, now, money = session.texts, figures(session), session.currency
    gross = now.gross_outstanding
    tiles = [
        Tile(
            label=texts.t(title),
            value=texts.money(now.ageing[name], money),
            help=texts.t("What is owed and not due yet.")
            if name == "not_due"
            else texts.t("What is owed and this many days late."),
            note=texts.t("{share} of what is outstanding", share=texts.percent(ratio(now.ageing[name], gross, 100)))
            if gross
            else "",
            explains=name,
        )
        for name, title in BUCKET_TITLES.items()
    ]
    net = Tile(
        label=texts.t("Receivables (net)"),
        value=texts.money(now.receivables, money),
        help=texts.t("What all clients owe, VAT included, less their unused credits."),
        note=_credits_note(texts, now),
        explains="receivables",
    )
    return [net, *tiles]


def _credits_note(texts: Texts, now: Kpis) -> str:
    """What of the credits is taken off, if there are any."""
    if not now.open_credits:
        return ""
    return texts.t("{credits} of unused credits deducted", credits=texts.money(now.open_credits, now.currency))


def overdue_tile(session: Session, now: Kpis, before: Kpis | None) -> Tile:
    """What is owed past its due date, and how much of all that is."""
    texts, money = session.texts, session.currency
    share = texts.percent(ratio(now.overdue, now.gross_outstanding, 100))
    late = texts.plural("{count} late invoice", "{count} late invoices", now.late_invoices)
    return Tile(
        label=texts.t("Overdue"),
        value=texts.money(now.overdue, money),
        help=texts.t("What is owed on invoices past their due date; an invoice is late from the day after."),
        note=texts.t("{share} of what is outstanding, {late}", share=share, late=late) if now.gross_outstanding else late,
        change=money_change(texts, now.overdue, before.overdue, money) if before else None,
        rise="bad",
        formula=texts.t("Sum of what late invoices still owe; share = overdue ÷ outstanding of all invoices."),
        operands=[
            (texts.t("Overdue"), texts.money(now.overdue, money)),
            (texts.t("of which over 90 days"), texts.money(now.over_90, money)),
            (texts.t("Outstanding of all invoices"), texts.money(now.gross_outstanding, money)),
            (texts.t("Share"), share),
        ],
        explains="overdue",
    )


def dso_tile(texts: Texts, now: Kpis, before: Kpis | None) -> Tile:
    """Days sales outstanding, and what of it is due to delay."""
    return Tile(
        label=texts.t("DSO"),
        value=texts.days(now.dso),
        help=texts.t(
            "Days of sales that clients still owe, over the last {days} days. Lower is better.", days=texts.number(now.days)
        ),
        note=no_sales(texts)
        if now.dso is None
        else dso_sentence(
            texts, now.dso, now.best_possible_dso, now.average_days_delinquent, ratio(now.open_credits, now.sales, now.days)
        ),
        change=days_change(texts, now.dso, before.dso if before else None),
        rise="bad",
        formula=texts.t(
            "Receivables ÷ sales of the period × days. "
            "It is the best possible DSO, plus the part of delay, less the unused credits in days."
        ),
        operands=[*dso_operands(texts, now), *_dso_parts(texts, now)],
        explains="dso",
    )


def dso_sentence(texts: Texts, dso: Number | None, best: Number | None, late: Number | None, unused: Number | None) -> str:
    """What a DSO is made of, in days that add up to it as they are shown."""
    first, second, less = dso_parts(dso, best, late, unused)
    said = {"best": texts.days(first), "late": texts.days(second)}
    if not less:
        return texts.t("{best} without delay + {late} of delay", **said)
    return texts.t("{best} without delay + {late} of delay − {credits} of credits", **said, credits=texts.days(less))


def _dso_parts(texts: Texts, now: Kpis) -> list[tuple[str, str]]:
    return [
        (texts.t("Best possible DSO"), texts.days(now.best_possible_dso)),
        (texts.t("Part of delay in the DSO"), texts.days(now.average_days_delinquent)),
        (texts.t("Unused credits, in days"), texts.days(ratio(now.open_credits, now.sales, now.days))),
    ]


def dso_operands(texts: Texts, now: Kpis) -> list[tuple[str, str]]:
    """What goes into the DSO."""
    return [
        (texts.t("Receivables (net)"), texts.money(now.receivables, now.currency)),
        (texts.t("Sales incl. VAT"), texts.money(now.sales, now.currency)),
        (texts.t("Period"), period(texts, now)),
        (texts.t("Days"), texts.number(now.days)),
    ]


def period(texts: Texts, now: Kpis) -> str:
    """The period of the figures, both ends included."""
    return texts.t("{start} to {end}", start=texts.date(now.start), end=texts.date(now.as_of))


def no_sales(texts: Texts) -> str:
    """Why a ratio to sales is not there."""
    return texts.t("No sales in the period.")


def _expected(session: Session, ahead: Forecast) -> Tile:
    texts, money = session.texts, session.currency
    low, middle, high = (texts.money(row[-1], money) for row in (ahead.receipts.p10, ahead.receipts.mean, ahead.receipts.p90))
    return Tile(
        label=texts.t("Expected receipts, 30 days"),
        value=middle,
        help=texts.t(
            "What open invoices should bring in the next 30 days, from how each client pays. Without disputed and doubtful ones."
        ),
        note=band_text(ahead.receipts.p10[-1], ahead.receipts.p90[-1], money, texts, is_starting=ahead.is_starting),
        formula=texts.t("Sum over open invoices of what is owed × its chance to be paid within 30 days."),
        operands=[
            (texts.t("Open invoices"), texts.number(ahead.invoices.height)),
            (texts.t("Prudent (P10)"), low),
            (texts.t("Expected (mean)"), middle),
            (texts.t("Favourable (P90)"), high),
        ],
        explains="expected_receipts",
    )


def low_point_tile(session: Session, ahead: Forecast) -> Tile:
    """The first day on which the prudent balance is at its lowest."""
    texts, money, low, days = session.texts, session.currency, ahead.lowest, len(ahead.dates)
    return Tile(
        label=texts.t("Low point of cash"),
        value=texts.money(low.p10 if ahead.has_cash else None, money),
        help=texts.t(
            "The lowest balance of the period in the prudent case (P10), which nine futures out of ten stay above that day."
        ),
        note=texts.t("on {day}, median {amount}", day=texts.weekday_date(low.date), amount=texts.money(low.p50, money))
        if ahead.has_cash
        else texts.t("No bank statement yet."),
        formula=texts.t("Cash today + receipts in the prudent case + other expected movements up to that day.")
        if ahead.has_cash
        else "",
        operands=[
            (texts.t("Cash today"), texts.money(ahead.opening, money)),
            (texts.t("Prudent (P10)"), texts.money(low.p10, money)),
            (texts.t("Median (P50)"), texts.money(low.p50, money)),
            (texts.t("Floor"), texts.money(ahead.floor, money)),
        ],
        explains="low_point",
        part=None if str(days) == USUAL_HORIZON else str(days),
    )


def quality_words(texts: Texts, found: Quality) -> list[str]:
    """What the data still need, in words; nothing when all is well."""
    said = [
        (found.suggested, texts.plural("{count} match to confirm", "{count} matches to confirm", found.suggested)),
        (found.unmatched, texts.plural("{count} receipt to identify", "{count} receipts to identify", found.unmatched)),
        (found.conflicts, texts.plural("{count} conflict to settle", "{count} conflicts to settle", found.conflicts)),
    ]
    return [text for count, text in said if count]


def cash_tiles(session: Session, ahead: Forecast) -> list[Tile]:
    """Cash in total and by account with the date of its balance, then the low point of the curve."""
    texts, money = session.texts, session.currency
    tiles = [_cash(session, ahead)]
    columns = ("account_id", "account", "balance", "stated_on", "last_line_date")
    for account_id, name, balance, stated_on, last in ahead.accounts.select(columns).iter_rows():
        told = "reckoned back from the statement of {day}" if stated_on and stated_on > session.as_of else "statement of {day}"
        stated = texts.t(told, day=texts.date(stated_on)) if stated_on else texts.t("no balance stated")
        moved = texts.t("last movement on {day}", day=texts.date(last)) if last else texts.t("no movement")
        tiles.append(
            Tile(
                label=md(account_label(texts, name)),
                value=texts.money(balance, money),
                help=texts.t("The last stated balance, and the movements since."),
                note=f"{stated}, {moved}",
                explains="cash",
                part=account_id,
            )
        )
    return [*tiles, low_point_tile(session, ahead)]


def client_tiles(session: Session, client_id: str) -> list[Tile]:
    """What one client owes, what of it is late, its open credits and how late it pays: the company's figures, of it alone."""
    texts, facts = session.texts, basis(session, client_id)
    oldest = facts.items["days_late"].max()
    late = isinstance(oldest, int) and oldest >= 1
    paid = rows_of("late_days", facts).height
    notes = {
        "gross_outstanding": texts.plural("{count} open invoice", "{count} open invoices", facts.items.height),
        "overdue": texts.plural("the oldest for {count} day", "the oldest for {count} days", oldest)
        if isinstance(oldest, int) and late
        else texts.t("nothing is late"),
        "open_credits": "",
        "average_days_late": texts.plural("{count} payment in a year", "{count} payments in a year", paid)
        if paid
        else texts.t("no payment known"),
    }
    labels = {
        "gross_outstanding": (texts.t("Outstanding"), texts.t("What the client still owes on all its invoices, VAT included.")),
    }
    tiles = []
    for key, note in notes.items():
        opened = explained(session, key, client_id)
        label, meaning = labels.get(key, (texts.t(opened.title), texts.t(opened.definition)))
        tile = Tile(label, value_text(opened, texts), meaning, note, explains=key, part=client_id)
        tiles.append(tile)
    return tiles
