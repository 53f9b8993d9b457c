"""The monthly report in words: its parts, in the reader's language, for the typesetter."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from models.dates import month_end
from models.money import total
from models.tables import BUCKETS
from models.texts import Texts
from pipelines.collections.fields import one_line
from pipelines.collections.paper import typeset
from pipelines.explain.figures import FIGURES
from pipelines.explain.formulas import ratio
from pipelines.exports.columns import BUCKET_TITLES
from pipelines.exports.period_tables import MOVE_WORDS, shown_moves
from pipelines.exports.sentences import band_text
from pipelines.kpis import Kpis
from pipelines.report.drawing import AGEING_COLOURS, Series, chart
from pipelines.report.figures import MOST_ASIDE, Report

_TEMPLATE = Path(__file__).with_name("report.typ")
_BLUE, _GREEN, _GREY = "#0B5CAD", "#0B7A75", "#5A6675"
#: The key figures, in their order.
_KEYS = (
    "receivables", "gross_outstanding", "open_credits", "overdue", "over_90", "late_invoices", "dso", "best_possible_dso",
    "dso_countback", "average_days_late", "doubtful", "disputed", "unpaid_rate_30", "collection_effectiveness",
)  # fmt: skip
_DEFINED = (
    "receivables", "overdue", "dso", "best_possible_dso", "dso_countback", "average_days_late", "doubtful", "unpaid_rate_30",
    "collection_effectiveness",
)  # fmt: skip
Part = dict[str, Any]
_LONGEST_NAME, _END = 60, 16


def report_pdf(report: Report, texts: Texts) -> bytes:
    """The report as PDF: the same facts and words give the same bytes."""
    company = one_line(report.ledger.settings.company_name)
    content = {
        "language": texts.language,
        "title": texts.t("Monthly report of receivables"),
        "company": company,
        "lines": _lines(report, texts),
        "parts": [part for make in _PARTS for part in make(report, texts)],
        "footer": " – ".join(filter(None, (company, texts.t("As of {date}", date=texts.date(report.as_of))))),
    }
    return typeset(content, day=report.as_of, template=_TEMPLATE)


def _lines(report: Report, texts: Texts) -> list[str]:
    """The period, the dates and the currency."""
    is_whole = report.as_of == month_end(report.as_of)
    month = texts.month(report.as_of).capitalize() if texts.language == "fr" else texts.month(report.as_of)
    period = month if is_whole else texts.t("{month}, up to {date}", month=month, date=texts.date(report.as_of))
    said = [
        texts.t("Period: {period}", period=period),
        texts.t("As of {date}. Amounts in {currency}.", date=texts.date(report.as_of), currency=report.currency),
    ]
    if report.known_on is not None:
        said.append(texts.t("As it was known on {date}.", date=texts.date(report.known_on)))
    others = {name: amount for name, amount in report.now.other_currencies.items() if amount}
    if others:
        parts = ", ".join(texts.money(amount, name) for name, amount in others.items())
        said.append(texts.t("Not in this report, in other currencies: {amounts}.", amounts=parts))
    return said


def _heading(text: str) -> Part:
    return {"kind": "heading", "text": text}


def _name(client: str) -> str:
    """A client's name in one line, cut where it would push the others off the page; its end tells those of one name apart."""
    name = one_line(client)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - _END - 1]}…{name[-_END:]}"


def _drawn(drawing: Part, high: int, texts: Texts) -> Part:
    """A chart of that height in millimetres; where there is nothing to draw, that."""
    is_empty = not any(value for one in drawing["series"] for value in one["values"])
    return {"kind": "note", "text": texts.t("Nothing to show.")} if is_empty else drawing | {"height": high}


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, texts_first: int = 1, last: Sequence[str] | None = None
) -> Part:
    """A table whose first columns are words and the others figures; `last` is its line of totals."""
    align = ["left" if n < texts_first else "right" for n in range(len(head))]
    return {"kind": "table", "head": list(head), "align": align, "rows": [list(row) for row in rows], "total": last}


def _value(key: str, figures: Kpis) -> Decimal | float | int | None:
    value: Decimal | float | int | None = getattr(figures, key)
    return value


def _shown(key: str, value: Decimal | float | None, texts: Texts, currency: str) -> str:
    if isinstance(value, Decimal):
        return texts.money(value, currency)
    unit = FIGURES[key].unit
    if unit == "days":
        return texts.days(value)
    return texts.percent(value) if unit == "percent" else texts.number(value)


def _change(key: str, now: Decimal | float | None, before: Decimal | float | None, texts: Texts, currency: str) -> str:
    """The change of what is shown, as the sign says which way; of a share in points."""
    if now is None or before is None:
        return "–"
    if isinstance(now, Decimal) and isinstance(before, Decimal):
        change: Decimal | float = now - before
    else:
        digits = 1 if FIGURES[key].unit in ("days", "percent") else 0
        change = float(texts.change(float(now), float(before), digits))
    sign = "+" if change > 0 else ""
    if FIGURES[key].unit == "percent":
        return sign + texts.t("{number} points", number=texts.number(change, 1))
    return sign + _shown(key, change, texts, currency)


def _key_figures(report: Report, texts: Texts) -> list[Part]:
    rows = []
    for key in _KEYS:
        now, before = _value(key, report.now), _value(key, report.before)
        shown = [_shown(key, value, texts, report.currency) for value in (now, before)]
        rows.append([texts.t(FIGURES[key].title), *shown, _change(key, now, before, texts, report.currency)])
    head = [texts.t("Figure"), texts.date(report.as_of), texts.date(report.before.as_of), texts.t("Change")]
    return [_heading(texts.t("Key figures")), _table(head, rows)]


def _tick(report: Report, texts: Texts) -> Callable[[float], str]:
    """The words of the scale of a chart of amounts."""
    return lambda amount: texts.whole_money(amount, report.currency)


def _labels(report: Report, texts: Texts) -> list[str]:
    days = report.months["day"].to_list()
    return [f"{day:%m/%y}" for day in days[:-1]] + [texts.date(days[-1])[:5]]


def _ageing(report: Report, texts: Texts) -> list[Part]:
    now, before, money = report.now, report.before, report.currency
    rows = [
        [
            texts.t(BUCKET_TITLES[name]), texts.money(now.ageing[name], money),
            texts.percent(ratio(now.ageing[name], now.gross_outstanding, 100)), texts.money(before.ageing[name], money),
        ]
        for name in BUCKETS
    ]  # fmt: skip
    last = [
        texts.t("Total"), texts.money(now.gross_outstanding, money), texts.percent(100.0) if now.gross_outstanding else "–",
        texts.money(before.gross_outstanding, money),
    ]  # fmt: skip
    head = [texts.t("Age"), texts.date(report.as_of), texts.t("Share"), texts.date(before.as_of)]
    series = [
        Series(texts.t(BUCKET_TITLES[name]), colour, report.months[name].cast(pl.Float64).to_list())
        for name, colour in zip(BUCKETS, AGEING_COLOURS, strict=True)
    ]
    drawn = _drawn(chart("stacked", _labels(report, texts), series, tick=_tick(report, texts)), 38, texts)
    return [_heading(texts.t("Receivables by age")), _table(head, rows, last=last), drawn]


def _dso(report: Report, texts: Texts) -> list[Part]:
    months = report.months
    lines = (
        ("dso", texts.t("DSO"), _BLUE),
        ("best_possible_dso", texts.t("Best possible DSO"), _GREEN),
        ("terms", texts.t("Contractual terms (average)"), _GREY),
    )
    series = [
        Series(f"{title}{texts.t(': ')}{texts.days(months[name][-1])}", colour, months[name].to_list(), is_dashed=name != "dso")
        for name, title, colour in lines
    ]
    drawn = _drawn(chart("lines", _labels(report, texts), series, tick=lambda value: texts.days(value, 0)), 34, texts)
    return [_heading(texts.t("DSO over the last 12 months")), drawn, {"kind": "break"}]


def _moves(report: Report, texts: Texts) -> list[Part]:
    """From the end of the month before to the day of the report."""
    title = _heading(texts.t("From opening to closing receivables"))
    if report.moved.is_empty():
        return [title, {"kind": "text", "text": texts.t("Nothing was owed and nothing moved in the month.")}]
    row = report.moved.row(0, named=True)
    steps = ["opening", *shown_moves(report.moved)]
    rows = [[texts.t(MOVE_WORDS[step]), texts.money(row[step], report.currency)] for step in steps]
    last = [texts.t(MOVE_WORDS["closing"]), texts.money(row["closing"], report.currency)]
    period = texts.t("{start} to {end}", start=texts.date(report.start), end=texts.date(report.as_of))
    return [title, _table([texts.t("Movement"), period], rows, last=last)]


def _debtors(report: Report, texts: Texts) -> list[Part]:
    found, money = report.debtors, report.currency
    title = _heading(texts.t("Largest debtors"))
    if found.rows.is_empty():
        return [title, {"kind": "text", "text": texts.t("Nothing is owed.")}]
    rows = [
        [
            _name(row["client"]), texts.money(row["outstanding"], money), texts.percent(row["reached"] * 100, 0),
            texts.money(row["overdue"], money), texts.number(row["days_late"]),
        ]
        for row in found.rows.to_dicts()
    ]  # fmt: skip
    if found.others:
        others = texts.plural("{count} other client", "{count} other clients", found.others)
        late = report.now.overdue - total(found.rows["overdue"])
        rows.append([others, texts.money(found.rest, money), texts.percent(100.0, 0), texts.money(late, money), ""])
    head = [texts.t("Client"), texts.t("Outstanding"), texts.t("Share reached"), texts.t("Overdue"), texts.t("Days late")]
    said = texts.plural(
        "{count} client owes 80% of open invoices", "{count} clients owe 80% of open invoices", found.clients_for_80
    )
    last = [texts.t("Total"), texts.money(found.whole, money), "", texts.money(report.now.overdue, money), ""]
    return [title, {"kind": "text", "text": f"{said}."}, _table(head, rows, last=last)]


def _aside(report: Report, texts: Texts) -> list[Part]:
    """Doubtful and disputed invoices, the largest first, and what the others make."""
    title, money = _heading(texts.t("Doubtful and disputed")), report.currency
    if report.aside.is_empty():
        return [title, {"kind": "text", "text": texts.t("No open invoice is doubtful or disputed.")}]
    marks = {"is_doubtful": texts.t("Doubtful"), "is_disputed": texts.t("Disputed")}
    rows = [
        [
            _name(row["client"]), row["number"], ", ".join(said for name, said in marks.items() if row[name]),
            texts.date(row["due_date"]), texts.money(row["outstanding"], money),
        ]
        for row in report.aside.head(MOST_ASIDE).to_dicts()
    ]  # fmt: skip
    rest = report.aside.slice(MOST_ASIDE)
    if rest.height:
        others = texts.plural("{count} other invoice", "{count} other invoices", rest.height)
        rows.append([others, "", "", "", texts.money(total(rest["outstanding"]), money)])
    head = [texts.t("Client"), texts.t("Invoice"), texts.t("Why"), texts.t("Due"), texts.t("Outstanding")]
    last = [texts.t("Total"), "", "", "", texts.money(total(report.aside["outstanding"]), money)]
    return [title, _table(head, rows, texts_first=4, last=last)]


def _flows(report: Report, texts: Texts) -> list[Part]:
    rows, money = report.flows, report.currency
    labels = [f"{month:%m/%y}" for month in rows["month"]]
    series = [
        Series(texts.t("Invoiced"), _BLUE, rows["sales"].cast(pl.Float64).to_list()),
        Series(texts.t("Collected"), _GREEN, rows["collected"].cast(pl.Float64).to_list()),
    ]
    last = rows.row(-1, named=True)
    said = texts.t(
        "In {month}: {sales} invoiced, {collected} collected. Over the period from {start}: {all_sales} and {all_collected}.",
        month=texts.month(last["month"]), sales=texts.money(last["sales"], money),
        collected=texts.money(last["collected"], money),
        start=texts.date(report.now.start), all_sales=texts.money(report.now.sales, money),
        all_collected=texts.money(report.now.collected, money),
    )  # fmt: skip
    drawn = _drawn(chart("grouped", labels, series, tick=_tick(report, texts)), 34, texts)
    return [_heading(texts.t("Invoiced and collected by month")), {"kind": "text", "text": said}, drawn]


def _ahead(report: Report, texts: Texts) -> list[Part]:
    title, ahead, money = _heading(texts.t("The coming 30 days")), report.ahead, report.currency
    if ahead is None:
        return [title, {"kind": "text", "text": texts.t("No bank statement yet.")}]
    said = texts.t(
        "Cash is {opening}. Expected receipts: {mean}, {band}. Low point of cash in the "
        "prudent case: {lowest} on {day} (median {median}).",
        opening=texts.money(ahead.opening, money), mean=texts.money(ahead.receipts.mean[-1], money),
        band=band_text(ahead.receipts.p10[-1], ahead.receipts.p90[-1], money, texts, is_starting=ahead.is_starting),
        lowest=texts.money(ahead.lowest.p10, money), day=texts.long_date(ahead.lowest.date),
        median=texts.money(ahead.lowest.p50, money),
    )  # fmt: skip
    return [title, {"kind": "text", "text": said}]


def _definitions(report: Report, texts: Texts) -> list[Part]:
    del report  # the same for all
    terms = [[f"{texts.t(FIGURES[key].title)}{texts.t(': ')}", texts.t(FIGURES[key].definition)] for key in _DEFINED]
    return [_heading(texts.t("Definitions")), {"kind": "terms", "terms": terms}]


_PARTS = (_key_figures, _ageing, _dso, _moves, _debtors, _aside, _flows, _ahead, _definitions)
