"""The words of what differs between two archives of one year."""

#: The totals of an archive.
TOTAL_WORDS = {
    "receivables_opening": "Opening receivables",
    "sales": "Sales incl. VAT",
    "collected": "Collected",
    "gross_outstanding": "Gross outstanding",
    "open_credits": "Unused credits",
    "receivables": "Receivables (net)",
}
#: What became of a file, and of a row.
FILE_STATE_WORDS = {
    "changed": "Changed",
    "gone": "Not there any more",
    "new": "New",
    "damaged": "Not as its own archive says",
}
ROW_STATE_WORDS = {"gone": "Before", "added": "Now"}
