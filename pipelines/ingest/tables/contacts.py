"""How a client is reached and identified: e-mail addresses and SIREN as files write them, what is wrong left out."""

import polars as pl
from stdnum.fr import siren as siren_number

from pipelines.ingest.tables.columns import Columns

_MAX_EMAIL = 254
_MAX_LOCAL_PART = 64
#: One ASCII addr-spec with a dotted domain, and nothing else (RFC 5321 without quoted local parts and without %).
_ATOM = r"[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+"
_DOMAIN_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_DOMAIN_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])$"
_SIREN_IN = r"^(?:FR[0-9A-Z]{2})?([0-9]{9})(?:[0-9]{5})?$"


def emails(columns: Columns) -> pl.Series:
    """Addresses that can be written to; others are kept out, with a warning."""
    address = columns.text("client_email")
    if address.null_count() == address.len():
        return address
    is_good = (
        address.str.contains(EMAIL)
        & (address.str.len_bytes() <= _MAX_EMAIL)
        & (address.str.extract(r"^([^@]*)").str.len_bytes() <= _MAX_LOCAL_PART)
    ).fill_null(value=False)
    columns.findings.warn_where(address.is_not_null() & ~is_good, "invalid_email", "client_email", address)
    return address.set(~is_good, None)


def sirens(columns: Columns) -> pl.Series:
    """Nine digits with a right check digit, also out of a SIRET or a French VAT number; others are kept out."""
    written = columns.text("client_siren")
    if written.null_count() == written.len():
        return written
    digits = siren_digits(written)
    is_good = digits.is_not_null()
    columns.findings.warn_where(written.is_not_null() & ~is_good, "invalid_siren", "client_siren", written)
    return digits


def siren_digits(written: pl.Series) -> pl.Series:
    """The valid SIREN that each text is or holds, else null."""
    digits = written.str.replace_all(r"[\s.]", "").str.extract(_SIREN_IN)
    valid = [text for text in digits.unique().drop_nulls().to_list() if siren_number.is_valid(text)]
    return digits.set(~digits.is_in(valid).fill_null(value=False), None)
