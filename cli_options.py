"""The options and arguments of the terminal's commands, with their help."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

_DAY = ["%Y-%m-%d"]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=_DAY, metavar="YYYY-MM-DD", help="The date D; today by default.")
]
KnownOn = Annotated[
    datetime | None,
    typer.Option("--known-on", formats=_DAY, metavar="YYYY-MM-DD", help="As known at the end of that day; now by default."),
]
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=_DAY, metavar="YYYY-MM-DD", help="First day of the period; a year by default."),
]
On = Annotated[
    datetime | None,
    typer.Option("--on", formats=_DAY, metavar="YYYY-MM-DD", help="The day from which it holds; today by default."),
]
Format = Annotated[Literal["table", "csv", "xlsx", "json"], typer.Option("--format", help="How to write it.")]
PrintedFormat = Annotated[Literal["table", "csv", "xlsx", "pdf", "json"], typer.Option("--format", help="How to write it.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="The file to write.")]
Kind = Annotated[Literal["auto", "invoices", "purchases", "bank", "clients", "rates"], typer.Option(help="What it is.")]
Account = Annotated[str | None, typer.Option(help="The bank account of a statement that names none.")]
Encoding = Annotated[Literal["iso8859-15"] | None, typer.Option(help="Of a text file, if it is not Windows-1252.")]
Profile = Annotated[str | None, typer.Option(help="The exporting program.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Report only; nothing is stored.")]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a file that has any problem.")]
Unmatched = Annotated[
    bool, typer.Option("--unmatched", help="Only receipts that wait for a match, and returned payments to explain.")
]
AgedBy = Annotated[
    Literal["client", "invoice", "sales_rep", "category", "currency"], typer.Option("--by", help="One row per what.")
]
Buckets = Annotated[str, typer.Option("--buckets", help="The last day of each bucket, for instance 15,30,60.")]
Basis = Annotated[Literal["due", "issue"], typer.Option("--basis", help="Days since the due date, or since the invoice.")]
ByInstalment = Annotated[bool, typer.Option("--instalments", help="Instalments of agreed plans on their own dates.")]
MovesFrom = Annotated[
    datetime | None,
    typer.Option("--from", formats=_DAY, metavar="YYYY-MM-DD", help="First day; 1 January of the last day’s year by default."),
]
MovesTo = Annotated[datetime | None, typer.Option("--to", formats=_DAY, metavar="YYYY-MM-DD", help="Last day; today by default.")]
MovesBy = Annotated[Literal["total", "client", "sales_rep", "category"], typer.Option("--by", help="One row per what.")]
ClosedDay = Annotated[str, typer.Argument(metavar="DAY", help="The last closed day, for instance 2026-03-31.")]
ClosedUntil = Annotated[
    datetime | None, typer.Option("--as-of", formats=_DAY, metavar="YYYY-MM-DD", help="A closed day; the last one by default.")
]
InClosedPeriod = Annotated[bool, typer.Option("--in-closed-period", help="A date in a closed period is meant.")]
Minutes = Annotated[int | None, typer.Option(min=1, max=1440, help="How long you have: what fits, down the list.")]
Out = Annotated[Path, typer.Option("--out", help="The folder for the drafts.")]
Days = Annotated[int, typer.Option(min=1, max=366, help="How many days ahead.")]
PlainHistory = Annotated[
    Path | None, typer.Option("--history", help="A payment history in CSV: id, client, issue, due, paid, amount.")
]
Origin = Annotated[
    datetime | None,
    typer.Option("--origin", formats=_DAY, metavar="YYYY-MM-DD", help="The first day of the forecast of --history, its day 1."),
]
ReportFile = Annotated[Path | None, typer.Option("--out", help="The PDF file; by default named after its date.")]
OutFile = Annotated[Path | None, typer.Option("--out", help="The JSON file for the forecast of --history.")]
Backtest = Annotated[bool, typer.Option("--backtest", help="Past forecasts of receipts against what came.")]
CandidateNumber = Annotated[int | None, typer.Option("--candidate", help="Which candidate.")]
Settlement = Annotated[Literal["keep", "replace", "other"], typer.Argument()]
What = Annotated[
    Literal[
        "disputed", "doubtful", "expected", "insolvency", "interrupted", "paused", "promise", "rejected", "reminded", "segment",
        "sent", "suspended", "written-off",
    ],
    typer.Argument(),
]  # fmt: skip
Done = Annotated[str | None, typer.Option("--step", help="Of a reminder: the step done, for instance R1.")]
Reason = Annotated[Literal["loss", "rounding", "bank_fee", "discount"], typer.Option(help="Of a write-off.")]
MarkValue = Annotated[str | None, typer.Option("--value", help="Of a segment, or of what interrupted: which.")]
Until = Annotated[
    datetime | None, typer.Option("--until", formats=_DAY, metavar="YYYY-MM-DD", help="Of a pause or a suspension: its last day.")
]
Category = Annotated[str | None, typer.Option("--category", help="Of a dispute: what it is about, for instance price.")]
Owner = Annotated[str | None, typer.Option("--owner", help="Of a dispute: who deals with it.")]
Promised = Annotated[str | None, typer.Option("--amount", help="Of a promise: how much; all that falls due by then by default.")]
Note = Annotated[str | None, typer.Option("--note", help="What was said, or why.")]
PolicyFile = Annotated[Path, typer.Argument(metavar="FILE")]
OtherPolicy = Annotated[Path | None, typer.Option("--file", help="Another policy (TOML): what it would change.")]
CalendarDays = Annotated[int, typer.Option(min=1, max=92, help="How many days ahead.")]
Off = Annotated[bool, typer.Option("--off", help="Take the mark back from that day on; a write-off, as if it had never been.")]
Value = Annotated[str | None, typer.Argument()]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]
Port = Annotated[int, typer.Option(help="The port on this machine.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Make the sample's database anew.")]
Db = Annotated[Path | None, typer.Option("--db", envvar="ENCOURS_DB", help="The company's database.")]
Currency = Annotated[str | None, typer.Option("--currency", help="The currency of the figures, for instance EUR.")]
Dossiers = Annotated[
    Path | None,
    typer.Option("--folder", envvar="ENCOURS_FOLDER", help="The folder of the dossiers; by default your data folder."),
]
CompanyName = Annotated[str, typer.Argument(metavar="NAME")]
Refresh = Annotated[bool, typer.Option("--refresh", help="First write the summaries that are missing or old, where files allow.")]
RowId = Annotated[str, typer.Argument(metavar="ROW_ID")]
Cells = Annotated[list[str], typer.Argument(metavar="COLUMN=VALUE")]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write the rows to this CSV file, with why they were rejected.")]
BackupFile = Annotated[Path, typer.Argument(metavar="FILE")]
Overwrite = Annotated[bool, typer.Option("--force", help="Replace whatever file is there.")]
OtherCompany = Annotated[bool, typer.Option("--force", help="Also in the place of another company’s database.")]
NewFile = Annotated[Path | None, typer.Option("--out", help="The new database; beside the old one by default.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR")]
Once = Annotated[bool, typer.Option("--once", help="Handle what is there, then end.")]
Replay = Annotated[bool, typer.Option("--replay", help="Measure each rule on what you settled; nothing is matched.")]
Allocations = Annotated[list[str], typer.Argument(metavar="ALLOCATION_ID")]
Invoice = Annotated[str | None, typer.Argument(metavar="INVOICE")]
Amount = Annotated[str | None, typer.Argument(metavar="AMOUNT")]
WriteOff = Annotated[
    Literal["rounding", "bank_fee", "discount"] | None,
    typer.Option("--write-off", help="Write the rest of the invoice off, for that reason."),
]
OfInvoice = Annotated[
    str | None, typer.Option("--invoice", help="Of a receipt for several invoices: the one whose payment came back.")
]
Oldest = Annotated[str | None, typer.Option("--oldest", help="A client: its invoices due first get what is left.")]
Words = Annotated[str | None, typer.Option("--words", help="All labels with these words are of that category too.")]
Always = Annotated[bool, typer.Option("--always", help="The same with the words that such labels share.")]
Replaces = Annotated[str | None, typer.Option("--replaces", help="The rule that this one takes the place of.")]
LearnedId = Annotated[str, typer.Argument(metavar="ALIAS_ID|RULE_ID")]
Unproven = Annotated[bool, typer.Option("--unproven", help="Only those of a while ago: a setting, 30 days by default.")]
UnprovenDays = Annotated[int | None, typer.Option("--days", min=0, max=3650, help="How many days are a while.")]
Of = Annotated[str | None, typer.Option("--of", help="An invoice number or a bank line's id.")]
Day = Annotated[datetime, typer.Argument(formats=_DAY, metavar="DATE")]
Every = Annotated[
    Literal["once", "weekly", "monthly", "bimonthly", "quarterly", "yearly"], typer.Option("--every", help="How often it comes.")
]
LastDay = Annotated[
    datetime | None, typer.Option("--until", formats=_DAY, metavar="YYYY-MM-DD", help="The last day of a repeating movement.")
]
In = Annotated[bool, typer.Option("--in", help="Money comes in.")]
Item = Annotated[str, typer.Argument(metavar="ITEM")]
ForDate = Annotated[
    datetime | None, typer.Option("--on", formats=_DAY, metavar="YYYY-MM-DD", help="Of which date; of all of them by default.")
]
ForDateNeeded = Annotated[datetime, typer.Option("--on", formats=_DAY, metavar="YYYY-MM-DD", help="Of which date.")]
To = Annotated[datetime, typer.Option("--to", formats=_DAY, metavar="YYYY-MM-DD", help="The day on which it comes.")]
NewAmount = Annotated[str | None, typer.Option("--amount", help="Its amount.")]
PayablesBy = Annotated[Literal["invoice", "supplier", "plan", "debit"], typer.Option("--by", help="One row per what.")]
PayOn = Annotated[datetime | None, typer.Option("--pay-on", formats=_DAY, metavar="YYYY-MM-DD", help="The day of payment.")]
PayOnNeeded = Annotated[datetime, typer.Option("--pay-on", formats=_DAY, metavar="YYYY-MM-DD", help="The day of payment.")]
Discount = Annotated[str | None, typer.Option("--discount", help="What early payment saves, in %.")]
DiscountUntil = Annotated[
    datetime | None, typer.Option("--until", formats=_DAY, metavar="YYYY-MM-DD", help="The last day of the discount.")
]
No = Annotated[bool, typer.Option("--no", help="It did not: do not propose it again.")]
PayInvoices = Annotated[list[str], typer.Argument(metavar="INVOICE")]
TransferFile = Annotated[Path, typer.Option("--out", help="The file to write.")]
ExportFormat = Annotated[
    Literal["fec", "sage-pnm", "sage100", "quadra", "tra", "ebp", "ciel", "csv", "xlsx"], typer.Argument(metavar="FORMAT")
]
ExportFrom = Annotated[
    datetime | None,
    typer.Option("--from", formats=_DAY, metavar="YYYY-MM-DD", help="First day; 365 days up to the last one by default."),
]
ExportTo = Annotated[
    datetime | None, typer.Option("--to", formats=_DAY, metavar="YYYY-MM-DD", help="Last day; today by default.")
]
OnlyNew = Annotated[bool, typer.Option("--only-new", help="Leave out the entries that left before in this format.")]
Corrections = Annotated[
    bool, typer.Option("--corrections", help="Only new entries; take back and send again those that changed since they left.")
]
ProvenOnly = Annotated[bool, typer.Option("--proven-only", help="Leave out payments that no bank line proves.")]
NoDoubtful = Annotated[bool, typer.Option("--no-doubtful", help="Leave out the entries of doubtful receivables.")]
Columns = Annotated[str, typer.Option("--columns", help="Of CSV and workbook: names between commas, all by default.")]
Client = Annotated[str, typer.Argument(metavar="CLIENT")]
NoteText = Annotated[str, typer.Argument(metavar="TEXT")]
Call = Annotated[bool, typer.Option("--call", help="It was a call.")]
Email = Annotated[str | None, typer.Option("--email", help="The client's e-mail address.")]
Phone = Annotated[str | None, typer.Option("--phone", help="The client's telephone number.")]
Address = Annotated[str | None, typer.Option("--address", help="The client's postal address.")]
ClientLanguage = Annotated[Literal["fr", "en"] | None, typer.Option("--language", help="The language of its letters.")]
ClientType = Annotated[Literal["company", "public", "consumer"] | None, typer.Option("--type", help="What the client is.")]
CallResult = Annotated[
    Literal["reached", "message_left", "no_answer", "wrong_number"], typer.Option("--result", help="What came of the call.")
]
OnInvoice = Annotated[str | None, typer.Option("--invoice", help="One of the client's invoices.")]
Instalments = Annotated[list[str] | None, typer.Argument(metavar="DATE=AMOUNT")]
PlanInvoices = Annotated[list[str] | None, typer.Option("--invoice", help="An invoice of the plan; all late ones by default.")]
Count = Annotated[int | None, typer.Option("--count", min=1, max=60, help="How many equal monthly instalments.")]
First = Annotated[datetime | None, typer.Option("--first", formats=_DAY, metavar="YYYY-MM-DD", help="When the first one is due.")]
PlanId = Annotated[str, typer.Argument(metavar="PLAN_ID")]
Zip = Annotated[Path, typer.Option("-o", "--output", help="The ZIP file to write.")]
FigureName = Annotated[str, typer.Argument(metavar="FIGURE", help="A figure, by its key in kpis --json; or cash, low_point.")]
Since = Annotated[
    datetime | None,
    typer.Option("--since", formats=_DAY, metavar="YYYY-MM-DD", help="Also what moved it since that day, cause by cause."),
]
OfClient = Annotated[str | None, typer.Option("--client", help="Only what is of this client: its name, code or id.")]
SplitBy = Annotated[
    Literal["month", "client", "sales_rep", "category", "segment"], typer.Option("--by", help="One row per what.")
]
ProvisionRate = Annotated[str, typer.Argument(metavar="RATE|auto")]
LettersFolder = Annotated[Path | None, typer.Option("--letters", help="The folder for the letters.")]
AnyClient = Annotated[str | None, typer.Argument(metavar="CLIENT")]
AllClients = Annotated[bool, typer.Option("--all", help="Every client with something open, or that moved: a ZIP.")]
StatementFrom = Annotated[
    datetime | None,
    typer.Option("--from", formats=_DAY, metavar="YYYY-MM-DD", help="Every movement from that day on; what is open by default."),
]
StatementFormat = Annotated[
    Literal["pdf", "xlsx"] | None, typer.Option("--format", help="How to write it; as the file's name says by default, else PDF.")
]
OneFile = Annotated[bool, typer.Option("--one-file", help="Of --all, as PDF: one document in place of a ZIP.")]
PaperFile = Annotated[Path | None, typer.Option("--out", help="The file to write.")]
Threshold = Annotated[str | None, typer.Option("--threshold", help="Ask every client that owes at least so much.")]
Top = Annotated[int, typer.Option("--top", min=0, max=100_000, help="Ask the so many largest.")]
SampleSize = Annotated[int, typer.Option("--sample", min=0, max=100_000, help="Ask so many of the others, drawn at random.")]
Seed = Annotated[int, typer.Option("--seed", help="Of the draw: the same seed draws the same clients.")]
LettersFile = Annotated[Path | None, typer.Option("--letters", help="The PDF file for the letters.")]
ReturnTo = Annotated[str, typer.Option("--return-to", help="Who gets the reply, for instance the auditor; you by default.")]
ReturnAddress = Annotated[
    str, typer.Option("--return-address", help="The address of the one who gets the reply; \\n for a new line.")
]
ConfirmationAnswer = Annotated[Literal["sent", "agreed", "differs"], typer.Argument()]
BalanceOn = Annotated[datetime, typer.Option("--balance-on", formats=_DAY, metavar="YYYY-MM-DD", help="The date of the balance.")]
TheirBalance = Annotated[str | None, typer.Option("--amount", help="Of a difference: the balance in the client's books.")]
ByPayment = Annotated[bool, typer.Option("--payments", help="One row per payment.")]
FinancialYear = Annotated[int, typer.Argument(metavar="YEAR", min=1990, max=2060, help="The year in which it ends.")]
ArchiveFile = Annotated[Path, typer.Option("--out", help="The ZIP file to write.")]
EarlierArchive = Annotated[
    Path | None, typer.Option("--compare", help="An earlier archive of the same year, to say what differs.")
]
