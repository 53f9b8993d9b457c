"""How often matching is right: python tests/matching_scores.py [--seeds N] [--payments N] [--monthly] [--failures].

Over seeded ledgers whose truth is known, for the styles that rules may be built on and for those set aside:

- precision: of the lines that rules allocated alone, those of which every allocation is the truth's: to an invoice that this
  line pays, in that amount (a gap, such as a fee, aside). A line that pays nothing and was allocated is wrong.
- coverage: of the payments with usable evidence (`matching_evidence`), those that were allocated alone, rightly and wholly.
- first: of the other payments that have a suggestion, those whose first one is the truth.

A year of lines meets the rules in one go, nobody having settled anything but a part of the early lines, which are left out.
With `--monthly` the company closes each month: what the rules left or got wrong, its person has settled when the next month
is matched, and each payment counts in its own month. `--failures` shows what went wrong, of the built styles only.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from matching_books import ledger_of, people_of  # noqa: E402 -- started as a script
from matching_held_out import HELD_OUT  # noqa: E402 -- started as a script
from matching_labels import BUILT, Styles  # noqa: E402 -- started as a script
from matching_ledgers import seeded  # noqa: E402 -- started as a script
from matching_months import month_by_month  # noqa: E402 -- started as a script
from matching_payments import Payment, Seeded  # noqa: E402 -- started as a script

from pipelines.reconcile.match import Matching, match  # noqa: E402 -- started as a script

CENT5 = Decimal("0.05")


@dataclass
class Score:
    """Counts of lines."""

    payments: int = 0
    automatic: int = 0
    wrong: int = 0
    usable: int = 0
    covered: int = 0
    rest: int = 0
    suggested: int = 0
    first: int = 0
    listed: int = 0

    @property
    def precision(self) -> float:
        """Right of the automatic ones, in percent."""
        return 100 * (1 - self.wrong / self.automatic) if self.automatic else 100.0

    @property
    def coverage(self) -> float:
        """Covered of the usable ones, in percent."""
        return 100 * self.covered / self.usable if self.usable else 100.0

    @property
    def first_right(self) -> float:
        """Right first suggestions, in percent of those that have one."""
        return 100 * self.first / self.suggested if self.suggested else 100.0

    def __str__(self) -> str:
        """The three figures with their counts."""
        return (
            f"precision {self.precision:6.2f} % ({self.wrong} wrong of {self.automatic}), "
            f"coverage {self.coverage:5.1f} % of {self.usable} usable of {self.payments}, "
            f"first {self.first_right:5.1f} % of {self.suggested} suggested of {self.rest} left "
            f"(in the list {100 * self.listed / self.suggested if self.suggested else 100:5.1f} %)"
        )


@dataclass
class Report:
    """Scores over some ledgers: overall, and by bank layout, writing, situation, feature and rule."""

    overall: Score = field(default_factory=Score)
    by: dict[str, dict[str, Score]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Score)))
    proposed_for_nothing: int = 0
    nothing: int = 0
    returns: int = 0
    returns_found: int = 0
    returns_wrong: int = 0
    failures: list[str] = field(default_factory=list)


def is_right(parts: Mapping[str, Decimal], truth: Payment) -> bool:
    """Whether these invoices and amounts are the truth's, whole: what a gap settles may stand at any of its invoices."""
    if set(parts) - set(truth.settled):
        return False
    within = all(truth.settled[n] - truth.gap - CENT5 <= amount <= truth.settled[n] for n, amount in parts.items())
    return within and abs(sum(parts.values(), Decimal(0)) - sum(truth.parts.values(), Decimal(0))) <= CENT5


def is_wrong(parts: Mapping[str, Decimal], truth: Payment) -> bool:
    """Whether one of these allocations is not the truth's."""
    if set(parts) - set(truth.settled):
        return True
    return any(not truth.settled[n] - truth.gap - CENT5 <= amount <= truth.settled[n] for n, amount in parts.items())


def add(report: Report, payments: Iterable[Payment], matching: Matching) -> None:
    """Count one ledger."""
    claims: dict[str, dict[str, Decimal]] = defaultdict(dict)
    rules: dict[str, str] = {}
    for line_id, document_id, amount, rule, _ in matching.claims:
        claims[line_id][document_id] = amount
        rules[line_id] = rule
    back = {refund.line_id: refund.credit_id for refund in matching.refunds}
    for payment in payments:
        if payment.amount < 0 and not payment.is_confirmed:
            _count_debit(report, payment, back.get(payment.line_id))
        if payment.amount > 0 and not payment.is_confirmed:
            _count(report, payment, claims.get(payment.line_id, {}), rules.get(payment.line_id, ""), matching)


def _count_debit(report: Report, debit: Payment, found: str | None) -> None:
    """Count a debit, and the payment or credit note that the rules say it takes back."""
    report.returns += debit.returns is not None
    report.returns_found += found is not None and found == debit.returns
    report.returns_wrong += found is not None and found != debit.returns
    if found != debit.returns:
        kind = "wrong" if found else "missed"
        report.failures.append(
            f"{kind}: {debit.situation} {debit.day} {debit.amount} {debit.said.label!r}: {debit.returns}, made {found}"
        )


def _count(report: Report, payment: Payment, given: Mapping[str, Decimal], rule: str, matching: Matching) -> None:
    found = matching.suggestions.get(payment.line_id, [])
    candidates = [dict(c.parts) for c in found]
    is_first = bool(candidates) and is_right(candidates[0], payment)
    wrong, covered = is_wrong(given, payment), bool(given) and is_right(given, payment)
    rows = [report.overall, report.by["bank"][payment.said.bank], report.by["writing"][payment.said.writing or "none"]]
    rows += [report.by["situation"][payment.situation], report.by["rule"][rule or (f"~ {found[0].rule}" if found else "-")]]
    rows += [report.by["feature"][feature] for feature in payment.features]
    for score in rows:
        score.payments += bool(payment.parts)
        score.automatic += bool(given)
        score.wrong += wrong
        score.usable += payment.is_usable
        score.covered += payment.is_usable and covered
        if payment.parts and not given:
            score.rest += 1
            score.suggested += bool(candidates)
            score.first += is_first
            score.listed += any(is_right(c, payment) for c in candidates)
    if not payment.parts:
        report.nothing += 1
        report.proposed_for_nothing += bool(candidates)
    kinds = {
        "wrong": wrong,
        "missed": payment.is_usable and not covered,
        "first": bool(candidates) and bool(payment.parts) and not is_first,
    }
    for kind in (kind for kind, has in kinds.items() if has):
        report.failures.append(_told(kind, payment, given, rule, [(c.rule, dict(c.parts)) for c in found[:2]]))


def _told(kind: str, p: Payment, given: Mapping[str, Decimal], rule: str, found: list[tuple[str, dict[str, Decimal]]]) -> str:
    """A failing case in words."""
    client = p.client.name if p.client else "several"
    shown = {n: str(a) for n, a in p.parts.items()}
    said = f"{p.said.label!r} [{p.said.counterparty or ''}|{p.said.iban or ''}]"
    made = f"{rule} { ({n: str(a) for n, a in given.items()}) }" if given else "nothing"
    proposed = "; ".join(f"{r} { ({n: str(a) for n, a in parts.items()}) }" for r, parts in found)
    return (
        f"{kind}: {p.situation} {p.day} {p.amount} {said} of {client} pays {shown}; made {made}; proposed {proposed or 'nothing'}"
    )


def report_of(styles: Styles, seeds: Iterable[int], payments: int, *, monthly: bool = False) -> Report:
    """Match the ledgers of these seeds and count."""
    report = Report()
    for seed in seeds:
        made = seeded(seed, payments, styles)
        if monthly:
            for month, matching in month_by_month(made, _matched, is_right):
                add(report, month, matching)
        else:
            add(report, made.payments, _matched(made))
    return report


def _matched(made: Seeded) -> Matching:
    ledger = ledger_of(made)
    return match(ledger, people_of(made, ledger))


def printed(title: str, report: Report, *, names_shown: bool) -> None:
    """Print a report; the styles set aside are numbered, not named."""
    print(f"\n{title}: {report.overall}")
    print(f"  proposed for {report.proposed_for_nothing} of {report.nothing} credits that pay no invoice")
    print(
        f"  found {report.returns_found} of {report.returns} returned payments and refunds, {report.returns_wrong} debits wrongly"
    )
    for kind, scores in report.by.items():
        print(f"  by {kind}")
        for n, (name, score) in enumerate(sorted(scores.items()), start=1):
            shown = name if names_shown or kind not in ("bank", "writing") else f"{kind} {n}"
            print(f"    {shown:26} {score}")


def main() -> None:
    """Print both reports."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--payments", type=int, default=400)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--monthly", action="store_true")
    parser.add_argument("--failures", action="store_true")
    chosen = parser.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    built = report_of(BUILT, seeds, chosen.payments, monthly=chosen.monthly)
    printed("Built styles", built, names_shown=True)
    aside = report_of(HELD_OUT, seeds, chosen.payments, monthly=chosen.monthly)
    printed("Styles set aside", aside, names_shown=False)
    if chosen.failures:
        print("\nFailures (built styles)", *sorted(built.failures), sep="\n")


if __name__ == "__main__":
    main()
