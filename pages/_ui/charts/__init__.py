"""The charts: the only place that draws. Each has a sentence for those who do not see it, and a table twin beside it."""

from pages._ui.charts.ageing import show_ageing_bar, show_ageing_columns
from pages._ui.charts.cash import show_cash_curve, show_past_forecasts, show_receipts_curve
from pages._ui.charts.receivables import (
    show_delays,
    show_dso_trend,
    show_invoiced_and_collected,
    show_pareto,
    show_waterfall,
)

__all__ = [
    "show_ageing_bar",
    "show_ageing_columns",
    "show_cash_curve",
    "show_delays",
    "show_dso_trend",
    "show_invoiced_and_collected",
    "show_pareto",
    "show_past_forecasts",
    "show_receipts_curve",
    "show_waterfall",
]
