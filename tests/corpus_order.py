"""Imports ../shared/corpus in order, again, and in reverse order, and tells what differs: python tests/corpus_order.py [FOLDER…].

A second import must add nothing, and the ledgers of both orders must say the same movements, balances, documents and
receipts, apart from the ids. Documents that two files give under one number are conflicts, which the first one wins
until a person settles them: those numbers are left out of the comparison, and counted. Exit status 1 if anything differs.
"""

import sys
import tempfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import polars as pl  # noqa: E402 -- started as a script

from models.errors import UnreadableFile  # noqa: E402 -- started as a script
from models.store import Author, Store  # noqa: E402 -- started as a script
from pipelines.ledger import run_ledger  # noqa: E402 -- started as a script
from pipelines.publishing.publish import run_import  # noqa: E402 -- started as a script

CORPUS = ROOT.parent / "shared" / "corpus"
AUTHOR = Author("corpus", date(2026, 1, 1), datetime(2026, 1, 1, 9))


def take_all(store: Store, paths: list[Path]) -> tuple[Counter[str], set[str]]:
    """Import the files; the sums of their counts, and the numbers in conflict."""
    sums, contested = Counter[str](), set[str]()
    for path in paths:
        try:
            # A file that names no account is one of its own.
            report = run_import(store, path.read_bytes(), path.name, author=AUTHOR, account=path.name)
        except UnreadableFile:
            sums["refused"] += 1
            continue
        for name in ("inserted", "updated", "duplicates", "conflicts", "rejected_rows", "ignored"):
            sums[name] += getattr(report, name)
        contested |= {str(one.get("number")) if isinstance(one, dict) else str(one.number) for one in report.conflict_list}
    return sums, contested


def said(store: Store, contested: set[str]) -> dict[str, pl.DataFrame]:
    """What the ledger says, without ids, sorted."""
    ledger = run_ledger(store)
    # An account's name is that of the first file that brought it: its number says which it is.
    accounts = ledger.accounts.select(
        "account_id", known_as=pl.coalesce("iban", pl.concat_str("bank", "number"), "number", "name")
    )
    lines = ledger.lines.join(accounts, on="account_id", how="left", validate="m:1")
    frames = {
        "lines": lines.select("known_as", "booking_date", "value_date", "amount", "currency", "label", "bank_id"),
        "documents": ledger.documents.filter(~pl.col("number").is_in(sorted(contested))).select(
            "direction", "kind", "number", "client", "issue_date", "due_date", "amount", "currency"
        ),
    }
    return {name: frame.sort(pl.all(), nulls_last=True) for name, frame in frames.items()}


def main() -> int:
    """Run it all."""
    folders = sys.argv[1:] or [path.name for path in sorted(CORPUS.iterdir()) if path.is_dir()]
    paths = sorted(path for folder in folders for path in (CORPUS / folder).iterdir())
    with tempfile.TemporaryDirectory() as place, Store.open(Path(place) / "a.duckdb", create=True) as store:
        first, contested = take_all(store, paths)
        before = said(store, set())
        again, _ = take_all(store, paths)
        after = said(store, set())
        with Store.open(Path(place) / "b.duckdb", create=True) as other:
            backwards, more = take_all(other, paths[::-1])
            contested |= more
            ledgers = said(store, contested), said(other, contested)
    print(f"in order: {dict(first)}\nagain: {dict(again)}\nreversed: {dict(backwards)}\nnumbers in conflict: {len(contested)}")
    faults = [f"again: {again[name]} {name}" for name in ("inserted", "updated") if again[name]]
    faults += [f"again: {name} differ" for name in before if not before[name].equals(after[name])]
    for name, frame in ledgers[0].items():
        missing, extra = (
            one.join(two, on=one.columns, how="anti", nulls_equal=True)
            for one, two in ((frame, ledgers[1][name]), (ledgers[1][name], frame))
        )
        if missing.height or extra.height or frame.height != ledgers[1][name].height:
            faults.append(f"{name}: {missing.height} only in order, {extra.height} only reversed\n{missing}\n{extra}")
    print("\n".join(faults) or "nothing differs")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
