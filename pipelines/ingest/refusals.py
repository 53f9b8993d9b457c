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
        "{name} has none of the expected columns. Seen: {seen}. An invoice file needs a number, a client, a date and "
        "an amount including tax; a bank file needs a date, a label and an amount, or a debit and a credit."
    ),
    "missing_column": (
        "{name} lacks what is needed: {missing}. Columns seen: {seen}. Rename or add the column, then import the file again."
    ),
    "duplicate_column": (
        "{name} has several columns for {column}: {headers}. Keep only one of them under that name, then import the file again."
    ),
    "unclosed_quote": (
        "In {name}, the quotation mark opened at line {line} is never closed. Close it, then import the file again."
    ),
    "too_many_columns": "{name} has {count} columns; {limit} is the most that is read.",
    "field_too_long": (
        "In {name}, a cell of line {line} has more than {limit} characters. Shorten it, then import the file again."
    ),
    "unknown_file_kind": "{kind} is not a kind of file that is read here. Known ones: {known}.",
    "unknown_profile": "There is no profile {profile}. Known ones: {known}.",
    "wrong_kind": "{name} was announced as {asked}, but it holds {found}. Import it without saying what it is.",
    "doctype_refused": (
        "{name} declares a DOCTYPE or entities, which a bank statement never needs. Download it again from the bank."
    ),
    "not_ofx": "{name} contains no OFX statement. Download the export again from the bank.",
    "truncated_ofx": "{name} is cut short: it holds {opened} <{tag}> but {closed} </{tag}>. Download it again from the bank.",
    "ofx_count": (
        "{name} holds {expected} movements, but only {found} could be read. Nothing was imported: send the file to support."
    ),
    "no_balances": "{name} needs two columns: the client (name or code) and the balance. Add them, then import the file again.",
    "bad_balances": "In {name}, line {line} has no balance that can be read. Correct it, then import the file again.",
    "reader_failed": (
        "{name} could not be read: its reader stopped on what it holds ({why}). Export it again, or save it as CSV."
    ),
    "reader_too_slow": "{name} takes too long to read, or too much memory. Save it as CSV, then import that file.",
    "file_too_large": "{name} weighs more than {limit} MB. Export a shorter period.",
}


def refuse(code: str, **fields: object) -> UnreadableFile:
    """The error of `code`, completed with `fields`, to be raised."""
    return UnreadableFile(code, REFUSALS[code], **fields)
