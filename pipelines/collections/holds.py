"""The gate "do not embarrass me": why a draft is held until a person has looked.

Every function gives FINDINGS, one row per client and reason. A reason holds the draft; none removes it from the list.
"""

from datetime import timedelta

import polars as pl

from models.dates import is_working_day, next_working_day
from models.money import MONEY
from models.tables import Schema
from pipelines.collections.address import is_address_column
from pipelines.collections.facts import Situation
from pipelines.collections.steps import step_table
from pipelines.coverage import covered_days
from pipelines.provisions.limitation import is_barred

#: Codes that hold a draft, in the order in which the first one is shown.
HOLDS = (
    "open_credit",
    "unmatched_receipt",
    "rejected",
    "dispute",
    "plan",
    "promise",
    "paused",
    "barred",
    "stale_statement",
    "unknown_rate",
    "unknown_client_type",
    "no_email",
    "no_phone",
    "no_address",
    "closed_day",
)

#: One fact about a client: its code and the values that its sentence needs.
FINDINGS: Schema = {
    "client_id": pl.String,
    "code": pl.String,
    "amount": MONEY,
    "number": pl.Int64,
    "date": pl.Date,
    "text": pl.String,
    "numbers": pl.List(pl.Int64),  # where a sentence needs several
    "currency": pl.String,  # of the amount, where it is not that of the draft
}

#: How far back an unmatched receipt can still be a payment of what is open today.
RECEIPT_DAYS = 90
#: A number with fewer digits than this is none.
SHORTEST_PHONE = 6


def findings(frame: pl.DataFrame, code: str) -> pl.DataFrame:
    """FINDINGS of one code from a frame that has client_id and some of the values."""
    present = frame.with_columns(code=pl.lit(code))
    return present.select(
        (pl.col(name) if name in present.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in FINDINGS.items()
    )


def folded(text: str) -> pl.Expr:
    """A column as whole lower-case ASCII words between single spaces, so that " name " finds whole words only."""
    plain = pl.col(text).str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return pl.lit(" ") + plain.str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars(" ") + pl.lit(" ")


def folded_text(text: str) -> str:
    """One text as `folded` does it, without the outer spaces."""
    return str(pl.select(text=pl.lit(text)).select(folded("text")).item()).strip()


def credit_findings(at: Situation) -> pl.DataFrame:
    """Clients with a credit that is not used yet, in each currency: who is billed in one may have paid in another."""
    left = at.credits.group_by("client_id", "currency").agg(amount=pl.col("remaining").sum().cast(MONEY))
    return (
        left.filter(pl.col("amount") > 0)
        .sort("client_id", pl.col("currency") != at.currency, "currency")
        .with_columns(other_currency(at))
        .pipe(findings, "open_credit")
    )


def other_currency(at: Situation) -> pl.Expr:
    """`currency` where it is not that of the drafts, else null."""
    return pl.when(pl.col("currency") != at.currency).then("currency").alias("currency")


def statement_days(at: Situation) -> pl.DataFrame:
    """account_id, name, day: the last day that a statement covers, up to `as_of`, of each account that clients pay on.

    That is an account on which money of a client came within 90 days: one that brought none, or that was left, keeps no
    payment from being seen. Where there is none, it is the account that was read last. Without a statement there is no row.
    """
    covered = covered_days(at.coverage, at.lines, at.balances, as_of=at.as_of)
    since = at.as_of - timedelta(days=RECEIPT_DAYS)
    paying = (
        at.receipts.filter((pl.col("source") == "bank") & (pl.col("currency") == at.currency))
        .filter(pl.col("date").is_between(since, at.as_of))
        .join(at.lines.select("line_id", "account_id"), left_on="receipt_id", right_on="line_id", how="inner", validate="m:1")
    )
    in_use = covered.join(paying, on="account_id", how="semi")
    shown = in_use if in_use.height else covered.sort("day", "account_id").tail(1)
    names = at.accounts.select("account_id", "name")
    return (
        shown.join(names, on="account_id", how="left", validate="1:1")
        .select("account_id", "name", "day")
        .sort("day", "account_id")
    )


def statement_findings(at: Situation, client_ids: pl.DataFrame) -> pl.DataFrame:
    """Every client of `client_ids`, if the last statement of an account is older than the setting: a payment may not be seen.

    The oldest one is told, with the account's name where there are several.
    """
    accounts = statement_days(at)
    last, name = (accounts["day"][0], accounts["name"][0]) if accounts.height else (None, None)
    if last is not None and (at.as_of - last).days <= at.settings.statement_days:
        return pl.DataFrame(schema=FINDINGS)
    told = name if at.accounts.height > 1 else None
    return client_ids.select("client_id", date=pl.lit(last, pl.Date), text=pl.lit(told, pl.String)).pipe(
        findings, "stale_statement"
    )


def text_findings(listed: pl.DataFrame, segments: pl.DataFrame) -> pl.DataFrame:
    """What a text that states interest lacks: a rate, or whether the client is a professional.

    Args:
        listed: the invoices of steps that mention interest (client_id, document_id, client_type, siren).
        segments: their interest, SEGMENTS.
    """
    unknown = segments.filter(pl.col("rate").is_null()).join(
        listed.select("document_id", "client_id"), on="document_id", how="inner", validate="m:1"
    )
    rates = unknown.group_by("client_id").agg(text=pl.col("half_year").min()).pipe(findings, "unknown_rate")
    has_siren = pl.col("siren").fill_null("") != ""
    types = listed.filter(pl.col("client_type").is_null() & ~has_siren).select("client_id").unique()
    return pl.concat([rates, findings(types, "unknown_client_type")])


def barred_findings(at: Situation, invoices: pl.DataFrame) -> pl.DataFrame:
    """Clients whose formal notice would ask for what is time-barred: it threatens with a court that would refuse it."""
    notices = step_table(at.policy).filter("after_reminder").select("scenario", client_step="step")
    listed = invoices.filter(pl.col("is_listed") & is_barred(at.as_of))
    asked = listed.join(notices, on=["scenario", "client_step"], how="semi").group_by("client_id")
    return asked.agg(date=pl.col("barred_on").min(), amount=pl.col("outstanding").sum().cast(MONEY)).pipe(findings, "barred")


def address_findings(rows: pl.DataFrame) -> pl.DataFrame:
    """Clients that the step's channel cannot reach (`rows`: client_id, channel, email, phone, address).

    An e-mail needs one valid address, a text message a telephone number, a letter an address.
    """
    no_phone = pl.col("phone").fill_null("").str.count_matches(r"[0-9]") < SHORTEST_PHONE
    no_address = pl.col("address").fill_null("").str.strip_chars() == ""
    missing = (
        ("no_email", (pl.col("channel") == "email") & ~is_address_column("email")),
        ("no_phone", (pl.col("channel") == "sms") & no_phone),
        ("no_address", pl.col("channel").is_in(["letter", "registered_letter"]) & no_address),
    )
    return pl.concat(
        [rows.filter(is_missing).select("client_id", text="email").pipe(findings, code) for code, is_missing in missing]
    )


def day_findings(at: Situation, rows: pl.DataFrame) -> pl.DataFrame:
    """Every client of `rows` on a day that is not worked: nothing leaves before the next one that is."""
    if is_working_day(at.as_of, at.settings.region):
        return pl.DataFrame(schema=FINDINGS)
    next_one = next_working_day(at.as_of, at.settings.region)
    return rows.select("client_id", date=pl.lit(next_one)).pipe(findings, "closed_day")
