"""The figures of contract 2: what each is made of, how it is calculated, and in what it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from models.money import ZERO
from models.tables import BUCKETS
from pipelines.explain.basis import Basis
from pipelines.explain.formulas import countback, effectiveness, ratio
from pipelines.explain.operands import OPERANDS, months_of, value_of

Unit = Literal["money", "count", "days", "percent", "times"]
Value = Decimal | int | float | None
Operands = Mapping[str, Decimal | int]


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes:
        title: its English name. `definition`: what it means. `lacks`: why it may be absent.
        unit: how its value reads.
        operands: names of OPERANDS.
        formula: signs around operands in braces; `{days}` is the length of the period. Empty: by months.
        value: the figure, from its operands and `days`; None where it is the days of months (`months_of`).
    """

    title: str
    unit: Unit
    operands: tuple[str, ...]
    formula: str
    value: Callable[[Operands], Value] | None
    definition: str
    lacks: str = ""


def _sum(names: tuple[str, ...], title: str, definition: str) -> Figure:
    """An amount that is the sum of its operands."""
    formula = " + ".join(f"{{{name}}}" for name in names)
    return Figure(title, "money", names, formula, lambda o: sum((o[name] for name in names), ZERO), definition)


def _less(part: str, taken: str, title: str, definition: str) -> Figure:
    """An amount less another."""
    return Figure(title, "money", (part, taken), f"{{{part}}} − {{{taken}}}", lambda o: o[part] - o[taken], definition)


def _over_sales(part: str, title: str, definition: str) -> Figure:
    """Days of sales."""
    formula = f"{{{part}}} ÷ {{sales}} × {{days}}"
    return Figure(
        title, "days", (part, "sales"), formula, lambda o: ratio(o[part], o["sales"], float(o["days"])), definition, NO_SALES
    )  # fmt: skip


def _rate(part: str, whole: str, title: str, definition: str, *, lacks: str, times: int = 100, unit: Unit = "percent") -> Figure:
    """One operand over another."""
    formula = f"{{{part}}} ÷ {{{whole}}}" + (f" × {times}" if times != 1 else "")
    return Figure(title, unit, (part, whole), formula, lambda o: ratio(o[part], o[whole], times), definition, lacks)


NO_SALES, NOTHING_OWED, NOTHING_DUE = "No sales in the period.", "Nothing is owed.", "Nothing was due."
NOTHING_PAID = "No dated payment in the period."
NONE_DUE = "No invoice reached 30 days after its due date in the period."
_NOT_DUE, _LATE = "What is owed and not due yet.", "What is owed and this many days late."
FIGURES: dict[str, Figure] = {
    "gross_outstanding": _sum(BUCKETS, "Outstanding of all invoices", "What invoices still owe, by age, before unused credits."),
    **{
        name: _sum((name,), OPERANDS[name].title, _NOT_DUE if name == "not_due" else _LATE) for name in BUCKETS
    },
    "open_credits": _sum(
        ("open_credit_notes", "unallocated_receipts"),
        "Unused credits",
        "Credit notes and receipts that no invoice has used yet.",
    ),
    "receivables": _less(
        "gross_outstanding",
        "open_credits",
        "Receivables (net)",
        "What all clients owe, VAT included, less their unused credits.",
    ),
    "overdue": _sum(
        ("overdue",), "Overdue", "What is owed on invoices past their due date; an invoice is late from the day after."
    ),
    "late_invoices": Figure(
        "Late invoices", "count", ("late_invoices",), "{late_invoices}", lambda o: o["late_invoices"],
        "Invoices that still owe something past their due date.",
    ),
    "sales": _less("invoiced", "credited", "Sales incl. VAT", "Invoices issued in the period, less its credit notes."),
    "collected": _less(
        "received", "went_back", "Collected", "Receipts from clients in the period, less what was returned or refunded."
    ),
    "dso": _over_sales("receivables", "DSO", "How many days of sales clients still owe; lower is better."),
    "best_possible_dso": _over_sales("not_due", "Best possible DSO", "The DSO if every client paid on the due date."),
    "average_days_delinquent": _over_sales(
        "overdue", "Part of delay in the DSO", "How many days of sales are owed past their due date."
    ),
    "dso_countback": Figure(
        "Count-back DSO", "days", ("receivables", "sales_counted"), "", None,
        "How many days of sales, going back month by month, make up the receivables.",
        "All sales since the first document do not make up the receivables.",
    ),
    "doubtful": _sum(
        ("doubtful",), "Doubtful receivables (management rule)",
        "Marked doubtful by a person, or overdue beyond the threshold in the settings.",
    ),
    "disputed": _sum(("disputed",), "Disputed receivables", "What is owed on invoices in dispute."),
    "doubtful_ratio": _rate(
        "doubtful", "gross_outstanding", "Share of doubtful receivables",
        "Doubtful receivables ÷ outstanding of all invoices.", lacks=NOTHING_OWED,
    ),
    "turnover": Figure(
        "Turnover of receivables", "times", ("sales", "receivables_before", "receivables"),
        "{sales} ÷ (({receivables_before} + {receivables}) ÷ 2)",
        lambda o: ratio(o["sales"], Decimal(o["receivables_before"] + o["receivables"]) / 2),
        "Sales of the period ÷ average of receivables at its two ends: how many times a period.",
        "Receivables at the two ends of the period are nil or negative.",
    ),
    "average_days_to_pay": _rate(
        "paid_days", "paid", "Average time to pay", "Days from issue to payment, weighted by amount.",
        lacks=NOTHING_PAID, times=1, unit="days",
    ),
    "average_days_late": _rate(
        "late_days", "paid", "Average payment delay",
        "Days from due date to payment, weighted by amount; negative when clients pay early.",
        lacks=NOTHING_PAID, times=1, unit="days",
    ),
    "unpaid_rate_30": _rate(
        "unpaid_30", "reached_30", "Unpaid rate at 30 days",
        "Of invoices whose due date was 30 days before, what was still unpaid, by amount.", lacks=NONE_DUE,
    ),
    "unpaid_rate_30_count": _rate(
        "unpaid_30_count", "reached_30_count", "Unpaid rate at 30 days, by number",
        "Of invoices whose due date was 30 days before, how many were still unpaid.", lacks=NONE_DUE,
    ),
    "collection_effectiveness": Figure(
        "Collection effectiveness (CEI)", "percent", ("gross_before", "invoiced", "credited_on", "gross_outstanding", "not_due"),
        "({gross_before} + {invoiced} − {credited_on} − {gross_outstanding}) ÷ "
        "({gross_before} + {invoiced} − {credited_on} − {not_due}) × 100",
        lambda o: effectiveness(*(Decimal(o[name]) for name in FIGURES["collection_effectiveness"].operands)),
        "What was collected of all that could be, 100% when nothing due is left.", NOTHING_DUE,
    ),
    "undated_amount": _sum(
        ("undated_amount",), "Payments without a date", "Payments that are counted only from the day they were imported."
    ),
}  # fmt: skip
#: Names of figures that stand for another.
SAME_AS = {"ageing": "gross_outstanding"}


def operands_of(key: str, basis: Basis) -> dict[str, Decimal | int]:
    """What a figure is calculated from: the sums of its operands, and the days of the period."""
    return {"days": basis.days} | {name: value_of(name, basis) for name in FIGURES[key].operands}


def figure_of(key: str, basis: Basis) -> Value:
    """The value of a figure; None where its divisor is zero or negative."""
    calculate = FIGURES[key].value
    if calculate is None:
        return countback(Decimal(value_of("receivables", basis)), months_of(basis))
    return calculate(operands_of(key, basis))
