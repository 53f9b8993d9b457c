"""The columns of the portfolio, one row per dossier."""

from collections.abc import Sequence

from pipelines.exports.column import Column

STATE_WORDS = {"ok": "Up to date", "stale": "Changed since", "missing": "No summary", "damaged": "Damaged", "newer": "Newer"}
COMPANY_LISTS: dict[str, Sequence[Column]] = {
    "portfolio": (
        Column("company", "Dossier"),
        Column("reasons", "What needs a look", in_table=False),
        Column("gross_outstanding", "Owed on invoices", in_table=False),
        Column("receivables", "Receivables (net)"),
        Column("overdue", "Overdue"),
        Column("overdue_share", "Overdue, %", is_share=True),
        Column("over_90", "Over 90 days", in_table=False),
        Column("dso", "DSO"),
        Column("lowest", "Low point of cash"),
        Column("lowest_date", "Low point on", in_table=False),
        Column("currency", "Currency"),
        Column("last_statement", "Last statement", in_table=False),
        Column("statement_age", "Bank: days since"),
        Column("last_import", "Last import", in_table=False),
        Column("import_age", "Import: days since", in_table=False),
        Column("last_invoice", "Last invoice", in_table=False),
        Column("drafts_ready", "Reminders ready", in_table=False),
        Column("drafts_held", "Reminders held", in_table=False),
        Column("closed_to", "Closed to", in_table=False),
        Column("as_of", "As of", in_table=False),
        Column("state", "Summary", STATE_WORDS, in_table=False),
    ),
}
