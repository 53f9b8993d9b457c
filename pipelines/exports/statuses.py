"""The status of a sales document as people read it, where the files leave something unsaid."""

from datetime import date

import polars as pl

from pipelines.ledger import Ledger
from pipelines.receivables import latest_marks


def with_silence(rows: pl.DataFrame, ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """Sales documents whose `status` is silent, not sent, where neither a file nor a person says that they were sent.

    Nothing hangs on it but the word: for every figure such a document is a sent one.
    """
    marked = latest_marks(ledger.marks, ["sent"], key="document_id", as_of=as_of).filter("is_set")
    silent = ledger.documents.filter(pl.col("sending") == "silent").join(marked, on="document_id", how="anti")
    is_silent = (pl.col("status") == "sent") & pl.col("document_id").is_in(silent["document_id"].implode())
    return rows.with_columns(status=pl.when(is_silent).then(pl.lit("silent")).otherwise("status"))
