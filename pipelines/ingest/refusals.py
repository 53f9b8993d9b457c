"""Why a file cannot be read at all: one English sentence per code, each saying what to do."""

from models.errors import UnreadableFile

REFUSALS: dict[str, str] = {
    "empty_file": "The file {name} is empty. Export it again, then import the new file.",
    "is_old_workbook": "{name} is a workbook in the old Excel format (.xls). Save it as .xlsx or CSV, then import that file.",
    "is_web_page": "{name} is a web page, often shown when the session with the bank has ended. Download the export again.",
    "is_binary": "{name} is no file of a kind that is read here. Import a CSV, Excel, OFX or e-invoice file.",
    "unknown_format": (
        "{name} is an XML file of a kind that is not read here. Those that are: bank statements (camt) and e-invoices "
        "(Factur-X, UBL, CII)."
    ),
    "bad_encoding": "{name} announces {encoding}, but its bytes do not follow it. Export it again.",
    "mixed_encoding": (
        "{name} mixes two encodings: line {line} is not UTF-8 while line {other} is. Save the whole file in one "
        "encoding, then import it."
    ),
    "unknown_columns": (
        "The columns of {name} are not known. Seen: {seen}. An invoice file needs a number, a client, a date and "
        "an amount including tax; a bank file needs a date, a label and an amount, or a debit and a credit."
    ),
    "no_header": (
        "{name} does not name its columns: its first row is {seen}. Write a row with their names above it, for instance "
        "Date, Label, Amount, then import the file again."
    ),
    "missing_column": (
        "{name} lacks what is needed: {missing}. Columns seen: {seen}. Rename or add the column, then import the file again."
    ),
    "duplicate_column": (
        "{name} has several columns for {column}: {headers}. Keep only one of them under that name, then import the file again."
    ),
    "rows_are_lines": (
        "{name} has one row per line of an invoice (column {column}), and no known layout says which of its amounts are the "
        "invoice's. Say so once on the import screen: the layout is kept for the next file."
    ),
    "no_table": "{name} is no table of rows and columns: only a CSV or Excel file can be given a layout.",
    "unclosed_quote": (
        "In {name}, the quotation mark opened at line {line} is never closed. Close it, then import the file again."
    ),
    "too_many_columns": "{name} has {count} columns; {limit} is the most that is read.",
    "field_too_long": (
        "In {name}, a cell of line {line} has more than {limit} characters. Shorten it, then import the file again."
    ),
    "unknown_file_kind": "{kind} is not a kind of file that is read here. Known ones: {known}.",
    "unknown_profile": "There is no profile {profile}. Known ones: {known}.",
    "profile_does_not_fit": (
        "{name} is not laid out as {profile} exports: it lacks some of these columns: {needed}. Import it without a profile."
    ),
    "wrong_kind": "{name} is not of the kind that was announced. Import it without saying what it is.",
    "doctype_refused": (
        "{name} declares a DOCTYPE or entities, which no bank statement or e-invoice needs. Ask for the file again where it "
        "came from."
    ),
    "not_ofx": "{name} contains no OFX statement. Download the export again from the bank.",
    "truncated_ofx": "{name} is cut short: it holds {opened} <{tag}> but {closed} </{tag}>. Download it again from the bank.",
    "ofx_count": (
        "{name} holds {expected} movements, but only {found} could be read. Nothing was imported: send the file to support."
    ),
    "broken_xml": "{name} is damaged: its XML cannot be read beyond line {line}. Download or export the file again.",
    "no_statement": "{name} holds no bank statement: neither a movement nor a balance. Download the export again from the bank.",
    "no_balances": "{name} needs two columns: the client (name or code) and the balance. Add them, then import the file again.",
    "reader_failed": (
        "{name} could not be read: its reader stopped on what it holds ({why}). Export it again, or save it as CSV."
    ),
    "reader_too_slow": "{name} takes too long to read, or too much memory. Save it as CSV, then import that file.",
    "is_encrypted": "{name} is encrypted or protected by a password. Save it without that protection, then import that file.",
    "is_other_workbook": (
        "{name} is a workbook in another format than Excel's .xlsx. Save it as .xlsx or CSV, then import that file."
    ),
    "is_lifecycle_message": (
        "{name} is a message on the life of an e-invoice (CDAR), which is not read here. Note what it says on the invoice itself."
    ),
    "too_many_rows": "{name} has a sheet of more than {limit} rows. Save it as CSV, then import that file.",
    "archive_broken": (
        "{name} is a ZIP archive or an Excel workbook, but it is cut short or damaged. Make or download it again, then import "
        "the new file."
    ),
    "archive_too_many": "{name} holds more than {limit} files. Unpack it, then import the files in smaller lots.",
    "archive_too_large": "{name} would take more than {limit} MB once unpacked. Unpack it, then import the files that you need.",
    "archive_trap": (
        "In {name}, {member} is packed or named in a way that no ordinary file is. Do not open it: ask for a new file where it "
        "came from."
    ),
    "archive_nested": "{name} holds another archive, {member}. Unpack it, then import the files inside.",
    "archive_mixed_kinds": (
        "{name} mixes files of several kinds, such as invoices and bank statements. Unpack it, then import each file by itself."
    ),
    "archive_ledgers": "{name} holds several ledgers (FEC). Unpack it, then import them one by one, the oldest first.",
    "archive_is_backup": "{name} is a backup of Encours. To put it back, close the dashboard, then: encours restore {name}",
    "archive_nothing_read": (
        "{name} is a ZIP archive in which no file could be read: {seen}. Unpack it, then import each file by itself to see why."
    ),
    "pdf_without_invoice": (
        "{name} is a PDF without the invoice as data inside: only Factur-X (ZUGFeRD) PDFs hold it. Import the export of the "
        "invoicing tool, or type the invoice in."
    ),
    "pdf_broken": (
        "{name} is a PDF that cannot be opened: it is cut short or damaged. Ask for it again, then import the new file."
    ),
    "file_too_large": "{name} weighs more than {limit} MB. Export a shorter period.",
    "ledger_out_of_order": (
        "{name} comes before a ledger of the same clients that was imported already. Undo that import, import {name}, then "
        "import the other ledger again."
    ),
}


def refuse(code: str, **fields: object) -> UnreadableFile:
    """The error of `code`, completed with `fields`, to be raised."""
    return UnreadableFile(code, REFUSALS[code], **fields)
