"""The options and arguments of the terminal's commands, with their help."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

_DAY = ["%Y-%m-%d"]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=_DAY, help="The date D; today by default.")]
From = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First day of the period; a year by default.")]
On = Annotated[datetime | None, typer.Option("--on", formats=_DAY, help="The day from which it holds; today by default.")]
Format = Annotated[Literal["table", "csv", "xlsx", "json"], typer.Option("--format", help="How to write it.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="The file to write.")]
Kind = Annotated[Literal["auto", "invoices", "purchases", "bank", "clients"], typer.Option(help="What it is.")]
Account = Annotated[str | None, typer.Option(help="The bank account of a statement that names none.")]
Encoding = Annotated[Literal["iso8859-15"] | None, typer.Option(help="Of a text file, if it is not Windows-1252.")]
Profile = Annotated[str | None, typer.Option(help="The exporting program.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Report only; nothing is stored.")]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a file that has any problem.")]
Unmatched = Annotated[bool, typer.Option("--unmatched", help="Only receipts that wait for a match.")]
By = Annotated[Literal["client", "invoice", "sales_rep", "category"], typer.Option(help="One row per what.")]
Out = Annotated[Path, typer.Option("--out", help="The folder for the drafts.")]
Days = Annotated[int, typer.Option(min=1, max=366, help="How many days ahead.")]
PlainHistory = Annotated[
    Path | None, typer.Option("--history", help="A payment history in CSV: id, client, issue, due, paid, amount.")
]
Origin = Annotated[
    datetime | None, typer.Option("--origin", formats=_DAY, help="The first day of the forecast of --history, its day 1.")
]
OutFile = Annotated[Path | None, typer.Option("--out", help="The JSON file for the forecast of --history.")]
Backtest = Annotated[bool, typer.Option("--backtest", help="Past forecasts of receipts against what came.")]
CandidateNumber = Annotated[int | None, typer.Option("--candidate", help="Which candidate.")]
Settlement = Annotated[Literal["keep", "replace", "other"], typer.Argument()]
What = Annotated[
    Literal["disputed", "doubtful", "insolvency", "promise", "expected", "reminded", "sent", "written-off"], typer.Argument()
]
Done = Annotated[str | None, typer.Option("--step", help="Of a reminder: the step done, for instance R1.")]
Reason = Annotated[Literal["loss", "rounding", "bank_fee", "discount"], typer.Option(help="Of a write-off.")]
Off = Annotated[bool, typer.Option("--off", help="Take the mark back from that day on.")]
Value = Annotated[str | None, typer.Argument()]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]
Port = Annotated[int, typer.Option(help="The port on this machine.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Make the sample's database anew.")]
Db = Annotated[Path | None, typer.Option("--db", envvar="ENCOURS_DB", help="The company's database.")]
Currency = Annotated[str | None, typer.Option("--currency", help="The currency of the figures, for instance EUR.")]
RowId = Annotated[str, typer.Argument(metavar="ROW_ID")]
Cells = Annotated[list[str], typer.Argument(metavar="COLUMN=VALUE...")]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write the rows to this CSV file, with why they were rejected.")]
NewFile = Annotated[Path | None, typer.Option("--out", help="The new database; beside the old one by default.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR")]
Once = Annotated[bool, typer.Option("--once", help="Handle what is there, then end.")]
Replay = Annotated[bool, typer.Option("--replay", help="Measure each rule on what you settled; nothing is matched.")]
Allocations = Annotated[list[str], typer.Argument(metavar="ALLOCATION_ID...")]
Invoice = Annotated[str | None, typer.Argument(metavar="[INVOICE]")]
Amount = Annotated[str | None, typer.Argument(metavar="[AMOUNT]")]
WriteOff = Annotated[
    Literal["rounding", "bank_fee", "discount"] | None,
    typer.Option("--write-off", help="Write the rest of the invoice off, for that reason."),
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
Until = Annotated[datetime | None, typer.Option("--until", formats=_DAY, help="The last day of a repeating movement.")]
In = Annotated[bool, typer.Option("--in", help="Money comes in.")]
Item = Annotated[str, typer.Argument(metavar="ITEM")]
ForDate = Annotated[datetime | None, typer.Option("--on", formats=_DAY, help="Of which date; of all of them by default.")]
ForDateNeeded = Annotated[datetime, typer.Option("--on", formats=_DAY, help="Of which date.")]
To = Annotated[datetime, typer.Option("--to", formats=_DAY, help="The day on which it comes.")]
NewAmount = Annotated[str | None, typer.Option("--amount", help="Its amount.")]
PayablesBy = Annotated[Literal["invoice", "supplier", "plan", "debit"], typer.Option("--by", help="One row per what.")]
PayOn = Annotated[datetime | None, typer.Option("--pay-on", formats=_DAY, help="The day of payment.")]
PayOnNeeded = Annotated[datetime, typer.Option("--pay-on", formats=_DAY, help="The day of payment.")]
Discount = Annotated[str | None, typer.Option("--discount", help="What early payment saves, in %.")]
DiscountUntil = Annotated[datetime | None, typer.Option("--until", formats=_DAY, help="The last day of the discount.")]
No = Annotated[bool, typer.Option("--no", help="It did not: do not propose it again.")]
PayInvoices = Annotated[list[str], typer.Argument(metavar="INVOICE...")]
TransferFile = Annotated[Path, typer.Option("--out", help="The file to write.")]
