"""What an accounting export says of itself: what it holds, what it leaves out, and how the accounts agree with the screen."""

from decimal import Decimal

from models.texts import Texts
from pipelines.accounting.exporting import Exported, Plan
from pipelines.accounting.reconciliation import AccountsCheck
from pipelines.exports.accounting_files import format_title

#: Said wherever a FEC is made.
PARTIAL = (
    "This is a partial journal in the layout of a FEC: sales, receipts and write-offs. "
    "It is not your company’s FEC, which your accountant makes."
)
_SHOWN = 5


def export_lines(done: Exported, file: str, texts: Texts) -> list[str]:
    """The export in a sentence, then the totals of its accounts and the reconciliation."""
    plan, lines = done.plan, done.plan.selection.lines
    head = texts.t(
        "Export no. {number}, {format}: {entries} entries, {rows} lines in {file}.",
        number=done.number,
        format=format_title(texts, plan.request.asked.format),
        entries=texts.number(lines["entry_id"].n_unique()),
        rows=texts.number(lines.height),
        file=file,
    )
    money = lines["currency"][0]
    totals = [
        texts.t(
            "{account} {name}: debit {debit}, credit {credit}",
            account=account, name=name, debit=texts.money(debit, money), credit=texts.money(credit, money),
        )
        for account, name, debit, credit in plan.accounts.iter_rows()
    ]  # fmt: skip
    proof = [f"{title}{texts.t(': ')}{texts.money(amount, money)}" for title, amount in check_rows(plan.check, texts)]
    return [head, *totals, *proof]


def check_rows(check: AccountsCheck, texts: Texts) -> list[tuple[str, Decimal]]:
    """The reconciliation of client accounts with receivables: what, how much."""
    rows: list[tuple[str, Decimal]] = [
        (texts.t("Clients (411 + 416), balance on the eve"), check.opening),
        (texts.t("Debits of the period"), check.debit),
        (texts.t("Credits of the period"), -check.credit),
        (texts.t("Clients (411 + 416), closing balance"), check.closing),
    ]
    if check.doubtful:
        rows.append((texts.t("of which doubtful clients (416)"), check.doubtful))
    if check.unproven:
        rows.append((texts.t("Payments without a bank line, left out"), -check.unproven))
    rows += [
        (texts.t("Net receivables on screen"), check.receivables),
        (texts.t("Difference"), check.gap),
        (texts.t("Deposits not yet taken off (4191), apart"), -check.deposits),
    ]
    return rows


def export_notes(plan: Plan, texts: Texts) -> list[str]:
    """What a person should know of the export: a FEC that is none, what left before, what changed since, what is left out."""
    notes = [texts.t(PARTIAL)] if plan.request.asked.format == "fec" else []
    before, changed = plan.selection.left_before, plan.selection.changed
    if before and not plan.request.only_new and not plan.request.corrects:
        notes.append(
            texts.plural(
                "{count} entry of this period left before in this format; it is in this file again.",
                "{count} entries of this period left before in this format; they are in this file again.",
                before,
            )
        )
    if changed.height:
        notes.append(_changed_note(plan, texts))
    if plan.left_out:
        notes.append(
            texts.plural(
                "{count} document in another currency is left out.",
                "{count} documents in other currencies are left out.",
                plan.left_out,
            )
        )
    if plan.unprovided:
        notes.append(
            texts.plural(
                "{count} doubtful invoice gives neither VAT nor an amount without it: no provision is booked ({numbers}).",
                "{count} doubtful invoices give neither VAT nor an amount without it: no provision is booked ({numbers}).",
                len(plan.unprovided),
                numbers=", ".join(plan.unprovided[:_SHOWN]) + (", …" if len(plan.unprovided) > _SHOWN else ""),
            )
        )
    if not plan.request.with_unproven and plan.check.unproven:
        amount = texts.money(plan.check.unproven, plan.entries.lines["currency"][0] if plan.entries.lines.height else "EUR")
        notes.append(texts.t("Payments that no bank line proves are left out: {amount}.", amount=amount))
    return notes


def _changed_note(plan: Plan, texts: Texts) -> str:
    changed = plan.selection.changed
    pieces = changed["piece"].drop_nulls().unique(maintain_order=True)
    named = f" ({', '.join(pieces.head(_SHOWN))}{', …' if pieces.len() > _SHOWN else ''})" if pieces.len() else ""
    said = texts.plural(
        "{count} entry has changed or gone since it left{pieces}.",
        "{count} entries have changed or gone since they left{pieces}.",
        changed.height,
        pieces=named,
    )
    if plan.request.corrects:
        return f"{said} {texts.t('The file takes them back as they were and has them as they are.')}"
    if plan.request.only_new:
        return f"{said} {texts.t('They are not in this file: ask for corrections to take them back and send them again.')}"
    return said
