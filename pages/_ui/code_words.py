"""English words of the codes that screens show, to be translated where they are shown."""

FILE_KINDS = {"invoices": "Sales invoices", "purchases": "Supplier invoices", "bank": "Bank statement"}
FILE_FORMATS = {"csv": "CSV", "ofx": "OFX"}
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "windows-1252": "Windows-1252", "iso8859-15": "ISO 8859-15"}
SEPARATORS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
DATE_ORDERS = {"ymd": "year, month, day", "dmy": "day, month, year", "mdy": "month, day, year"}
DECIMAL_SIGNS = {",": "comma", ".": "point"}
#: Canonical columns, as problems and conflicts name them.
FIELD_WORDS = {
    "number": "Invoice number",
    "invoice_number": "Invoice number",
    "kind": "Type",
    "client": "Client",
    "client_id": "Client",
    "client_name": "Client",
    "issue_date": "Issue date",
    "due_date": "Due date",
    "amount": "Amount incl. VAT",
    "amount_incl_tax": "Amount incl. VAT",
    "currency": "Currency",
    "status": "Status",
    "date": "Date",
    "label": "Label",
}
STATUS_WORDS = {"draft": "Draft", "cancelled": "Cancelled"}
MARK_WORDS = {
    "disputed": "Dispute",
    "doubtful": "Doubtful",
    "insolvency": "Insolvency proceedings",
    "promise": "Promise to pay",
    "reminded": "Reminder sent",
    "sent": "Invoice sent",
    "written-off": "Write-off",
    "paused": "Reminders paused",
}
ACTION_WORDS = {
    "import": "Imported file",
    "reconcile": "Automatic matching",
    "accept": "Match accepted",
    "refuse": "Match refused",
    "allocate": "Match by hand",
    "attribute": "Receipt attributed",
    "refund": "Refund",
    "mark": "Follow-up",
    "set": "Settings",
    "settle": "Conflict settled",
    "undo": "Undoing",
}
ANSWER_WORDS = {
    "keep": "Keep what is stored",
    "replace": "Replace it by the file’s row",
    "other": "It is another document",
}
CONFIDENCE_WORDS = ((0.8, "High confidence", "green"), (0.5, "Medium confidence", "orange"), (0.0, "Low confidence", "gray"))


def confidence_words(confidence: float) -> tuple[str, str]:
    """How sure a rule is, in words, and the colour of its badge."""
    return next((words, colour) for least, words, colour in CONFIDENCE_WORDS if confidence >= least)
