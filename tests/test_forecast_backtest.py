"""The forecast against a public payment history, by the public protocol, where both are at hand."""

import importlib.util
from pathlib import Path

import forecast_adapter
import numpy as np
import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
TOOL, PAYMENTS = SHARED / "tools" / "forecast_backtest.py", SHARED / "data" / "ibm_payments.csv"


@pytest.mark.skipif(not (TOOL.exists() and PAYMENTS.exists()), reason="the protocol and its data are not beside the repository")
def test_past_forecasts_meet_their_targets_on_a_public_history(capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("forecast_backtest", TOOL)
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    book = tool.Book.read(str(PAYMENTS))
    origins = tool.origins(book, int(np.datetime64("2013-11-30").astype("datetime64[D]").astype(int)))
    found = tool.run(book, forecast_adapter.forecast, origins)
    with capsys.disabled():  # the measured row belongs in the log of every run
        print("\n" + ", ".join(f"{k} {found[k]:.3f}" for k in ("WAPE30", "WAPEwk", "WAPEday", "nCRPS", "COV80w", "AUC", "BRIER")))
    assert found["WAPEwk"] < 0.175
    assert found["WAPE30"] <= 0.035
    assert found["WAPEday"] <= 0.09
    assert found["nCRPS"] <= 0.024
    assert 0.75 <= found["COV80w"] <= 0.88
    assert found["AUC"] >= 0.895
    assert found["BRIER"] <= 0.070
