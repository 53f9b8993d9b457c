"""Wrong data in a file: expected, gathered, located, shown; never raised.

A problem is a row of `models.rows.PROBLEMS`. Its code is stable for programs; its sentence is the template below,
translated at a door and completed with the problem's line, column and value.
"""

import polars as pl

from models.rows import PROBLEMS
from models.texts import Texts

#: Code of a rejected row or a warning -> English sentence. Readers add theirs here.
SENTENCES: dict[str, str] = {
    "ragged_row": "This row does not have as many cells as the header: {value}. Check the separators and the quotation marks.",
    "stray_quote": "A quotation mark is out of place in this row: {value}. Double it or remove it.",
    "nul_character": "This row contains a NUL character: {value}. Export the file again.",
    "control_character": "This row contains a control character: {value}. Remove it.",
    "missing_number": "The invoice number is missing.",
    "missing_client": "The client is missing: give its name or its code.",
    "missing_date": "The date is missing in the column {column}.",
    "missing_amount": "The amount is missing in the column {column}.",
    "bad_amount": "“{value}” in the column {column} is not an amount.",
    "ambiguous_amount": "“{value}” in the column {column} may be read in two ways: write it with two decimals.",
    "too_many_decimals": "“{value}” in the column {column} has more than two decimals.",
    "amount_too_large": "“{value}” in the column {column} has more than 12 digits.",
    "amount_currency": "“{value}” in the column {column} is not in the currency of its row.",
    "bad_date": "“{value}” in the column {column} is not a date: write it as 31/12/2026 or 2026-12-31.",
    "impossible_date": "“{value}” in the column {column} is a day that does not exist.",
    "date_out_of_range": "“{value}” in the column {column} is outside the years 1990 to 2060.",
    "short_year": "“{value}” in the column {column} has a two-digit year above 69: write the year with four digits.",
    "date_order": "“{value}” does not have day and month in the order of the other dates of the column {column}.",
    "due_date_too_far": "The due date {value} is more than five years after the issue date.",
    "unknown_kind": "“{value}” in the column {column} is not a kind of invoice: Invoice, Credit note or Deposit is expected.",
    "unknown_currency": "“{value}” in the column {column} is not a currency code such as EUR.",
    "deposit_above_amount": "The deposit {value} is more than the amount of its invoice.",
    "debit_and_credit": "This row has both a debit and a credit.",
    "negative_credit": "The credit {value} is negative: write it as a debit.",
    "unknown_direction": "“{value}” in the column {column} says neither debit nor credit.",
    "no_rows": "The file has no row below its header.",
    "zero_amount": "The amount is zero in the column {column}.",
    "amounts_differ": "Amount excluding tax and VAT do not add up to the amount including tax {value}.",
    "amount_assumed_incl_tax": "The column {column} is read as the amount including tax.",
    "date_orders_differ": "Dates are read month first in the column {value} and day first elsewhere: check them in the preview.",
    "due_before_issue": "The due date {value} is before the issue date.",
    "invalid_email": "“{value}” is not one valid e-mail address: it was left out.",
    "invalid_siren": "“{value}” is not a valid SIREN: it was left out.",
    "unknown_language": "“{value}” is not a language of the reminders (fr, en): it was left out.",
    "unknown_client_type": "“{value}” is not a type of client (company, public, consumer): it was left out.",
    "unknown_dispute": "“{value}” in the column {column} is neither yes nor no: it was left out.",
    "mixed_scripts": "The name “{value}” mixes alphabets: some letters only look alike.",
    "line_break": "A line end or a tab inside a cell of the column {column} was replaced by a space.",
    "total_differs": "The total {value} in the column {column} is not the sum of the rows read.",
    "count_differs": "The file announces {value} movements, but another number of them was found in it.",
    "row_set_aside": "This row has neither date nor amount and was set aside: {value}",
    "mixed_debit_signs": "The column {column} has both positive and negative amounts: all were read as debits.",
    "balance_gap": "The running balance does not follow: {value} unaccounted for.",
    "balance_not_running": "The column {column} does not follow the movements and was not used as a running balance.",
    "balance_currency": "The balance {value} is not in the currency of its account and was left out.",
    "statement_not_balanced": (
        "The opening balance, the movements and the closing balance of the statement do not add up: {value} unaccounted for."
    ),
    "statement_incomplete": "The statement of the account {value} lacks its beginning or its end: movements may be missing.",
    "bad_record": "This record does not follow its format: {value}. Export the file again.",
    "record_set_aside": "This record is of no known kind, or belongs to no movement, and was set aside: {value}",
    "unknown_section": "This record stands under “{value}”, which is no kind of account that is read here.",
    "two_amounts": "This movement states two different amounts: {value}.",
    "investments_left_out": (
        "Operations of a securities account were left out, as they are no movements of a bank account: {value}."
    ),
    "label_cut": "The label has more than 10,000 characters: the rest was left out.",
    "bad_balance": "The balance “{value}” could not be read and was left out.",
    "statement_gap": "The movements between two statements do not give the difference of their balances: {value}.",
    "ambiguous_client": "Several clients have this name ({value}): give a code or a SIREN.",
    "client_renamed": "A known client code comes with another name: {value}. The stored name was kept.",
    "paid_and_due": "What is paid and what is still due do not add up to the amount of the invoice {value}.",
    "paid_above_amount": (
        "“{value}” in the column {column}: more is paid than the amount of the invoice, and the rest stays unallocated."
    ),
    "paid_before_issue": "The payment date {value} is before the issue date of the invoice.",
    "paid_less": "Less is paid than the last time, the difference was taken back: {value}.",
    "sheets_not_read": "Several sheets hold a table: “{column}” was read, these were not: {value}.",
    "member_refused": "The file {column} of the archive could not be read. Import it by itself to see why.",
    "direction_unknown": (
        "Neither the seller nor the buyer of this e-invoice is known to be the company: it was read as issued to {value}. "
        "Fill in the company's SIREN in the settings, or say that these are purchases."
    ),
    "lines_differ": "The lines of this invoice say different things in the column {column}: {value}.",
    "line_unread": "A line that may be of this invoice could not be read: nothing of the invoice was taken.",
    "end_of_month": "The terms “{value}” were kept as days: the end of the month is not applied.",
    "unknown_terms": "“{value}” is no number of days for payment: it was left out.",
    "client_siren_differs": "A known client comes with another SIREN: {value}. The stored one was kept.",
    "missing_account": "The account number is missing in the column {column}.",
    "date_set_aside": "“{value}” in the column {column} is not a date: it was left out.",
    "unbalanced_entry": "The debits and credits of the entry {value} are not equal.",
    "deposits_invoiced": "Account 419 still holds deposits that were invoiced, and that no final invoice takes off yet: {value}.",
    "ledger_gap": "What was rebuilt of this client is not the balance of its accounts: {value}.",
    "write_off_as_credit_note": "{value} was written off without saying of which invoice: it is kept as a credit note.",
    "opening_differs": "The opening balance of a client is not what the ledger before said that it owes: {value} of difference.",
    "directions_unknown": (
        "In {value} e-invoices of the archive, neither the seller nor the buyer is known to be the company: they were read as "
        "issued by it. Fill in the company's SIREN in the settings, or say that these are purchases."
    ),
    "bad_rate": "“{value}” in the column {column} is not an exchange rate: a number above zero is expected.",
    "rate_twice": "The file gives two rates of {column} for the same day, the second one being {value}: the first was kept.",
    "rate_in_future": "The day {value} has not come yet: no exchange rate can be known of it.",
    "rate_jump": "The rate of {column} moves by more than half from one day to the next, to {value}: check the file.",
    "encoding_guessed": "The file does not say its encoding, or says another one: it was read as {value}.",
}


def problem_rows(rows: list[tuple[int | None, str | None, str | None, str]]) -> pl.DataFrame:
    """A frame of problems from (line, column, value, code) tuples."""
    return pl.DataFrame(rows, schema=PROBLEMS, orient="row")


def sentence(texts: Texts, code: str, *, line: int | None, column: str | None, value: str | None) -> str:
    """What the problem is and what to do, in the user's language."""
    return texts.t(SENTENCES[code], line=line, column=column or "", value=value or "")
