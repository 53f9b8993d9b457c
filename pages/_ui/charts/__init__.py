"""The charts: the only place that draws. Each has a sentence for those who do not see it, and a table twin beside it."""

from pages._ui.charts.ageing import show_ageing_bar, show_ageing_columns
from pages._ui.charts.cash import show_cash_curve, show_past_forecasts, show_receipts_curve

__all__ = ["show_ageing_bar", "show_ageing_columns", "show_cash_curve", "show_past_forecasts", "show_receipts_curve"]
