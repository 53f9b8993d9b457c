"""One entrance for every file: bytes to typed rows, problems and a description of what was understood."""

from dataclasses import dataclass, fields, replace
from hashlib import sha256
from importlib import import_module
from typing import Protocol, cast

import polars as pl

from models.problems import problem_rows
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.profiles import DEFAULTS, built_in, find_profile
from pipelines.ingest.recognise import format_of
from pipelines.ingest.refusals import refuse

#: Format, as `recognise` names it -> the module of this folder that reads it.
READERS = {
    "archive": "archive",
    "camt": "statements.camt",
    "cfonb": "statements.cfonb",
    "delimited": "tables.delimited",
    "einvoice": "einvoices.einvoice",
    "facturx": "einvoices.facturx",
    "fec": "ledgers.fec",
    "mt940": "statements.mt940",
    "ofx": "statements.ofx",
    "qif": "statements.qif",
    "rates": "rates",
    "workbook": "tables.workbook",
}
KINDS = ("auto", "invoices", "purchases", "bank", "clients", "rates")
#: What a person's word on the kind may stand for, by what a file turns out to be.
_FITS = {
    "invoices": ("auto", "invoices", "purchases"),
    "bank": ("auto", "bank"),
    "clients": ("auto", "clients"),
    "ledger": ("auto", "invoices", "purchases"),
    "rates": ("auto", "rates"),
}


@dataclass(frozen=True, kw_only=True)
class Reading(Parts):
    """What a file says, before anything is stored.

    Attributes:
        name: the file's name, for people.
        sha256: hexadecimal digest of its bytes.
    """

    name: str
    sha256: str


class Reader(Protocol):
    """A module of this folder named after a format."""

    def read(self, source: Source) -> Parts:
        """What the file says."""


def read_file(source: Source) -> Reading:
    """Read one file, whatever it is.

    Raises:
        UnreadableFile: nothing of the file can be used; the codes are those of pipelines.ingest.refusals.
    """
    if source.kind not in KINDS:
        raise refuse("unknown_file_kind", kind=source.kind, known=", ".join(KINDS))
    _refuse_unknown_profile(source)
    parts = read_parts(source)
    if source.kind not in _FITS[parts.kind]:
        raise refuse("wrong_kind", name=source.name, found=parts.kind, asked=source.kind)
    if not parts.rows:
        parts = replace(parts, warnings=pl.concat([parts.warnings, problem_rows([(None, None, None, "no_rows")])]))
    said = {field.name: getattr(parts, field.name) for field in fields(Parts)}
    return Reading(name=source.name, sha256=sha256(source.content).hexdigest(), **said)


def read_parts(source: Source) -> Parts:
    """What the reader of the file's format makes of it; readers are imported when first needed.

    Raises:
        UnreadableFile: as `read_file`.
    """
    code = format_of(source.content, source.name)
    reader = cast("Reader", import_module(f"pipelines.ingest.{READERS[code]}"))
    return reader.read(source)


def _refuse_unknown_profile(source: Source) -> None:
    code = source.profile
    if code is None or code in DEFAULTS.values() or find_profile(code, source.profiles) is not None:
        return
    known = sorted({*DEFAULTS.values(), *(profile.code for profile in (*source.profiles, *built_in()))})
    raise refuse("unknown_profile", profile=code, known=", ".join(known))
