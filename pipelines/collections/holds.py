"""The gate "do not embarrass me": why a draft is held until a person has looked.

Every function gives FINDINGS, one row per client and reason. A reason holds the draft; none removes it from the list.
"""

from datetime import timedelta

import polars as pl

from models.dates import is_working_day, next_working_day
from models.money import MONEY, ZERO
from models.tables import Schema
from pipelines.collections.address import is_address_column
from pipelines.collections.facts import Situation
from pipelines.coverage import covered_days
from pipelines.reconcile.labels import labels_of
from pipelines.reconcile.numbers import number_hits
from pipelines.reconcile.spellings import BARE

#: Codes that hold a draft, in the order in which the first one is shown.
HOLDS = (
    "open_credit",
    "unmatched_receipt",
    "rejected",
    "dispute",
    "plan",
    "promise",
    "paused",
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
}

#: How far back an unmatched receipt can still be a payment of what is open today.
RECEIPT_DAYS = 90
#: A name shorter than this says nothing in a bank label.
_SHORTEST_NAME = 4
#: A number with fewer digits than this is none.
SHORTEST_PHONE = 6
#: Legal forms that bank labels often drop.
_LEGAL_FORMS = (
    r" (?:sarl|sasu?|eurl|sci|snc|selarl|scop|sa|ei|eirl|scp|ste|societe|ets|monsieur|madame|mme|mlle|mr?|ltd|gmbh|bv|inc|llc) "
)


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


def unmatched_receipts(at: Situation) -> pl.DataFrame:
    """Bank credits of the last 90 days that may be anybody's payment.

    Returns:
        line_id, booking_date, remaining, label; and `client_id` and `rule` where a rule alone says whose it is, and no
        invoice is paid by it: it may still pay another client's. A person's word leaves no doubt.
    """
    since = at.as_of - timedelta(days=RECEIPT_DAYS)
    paying = at.allocations.filter(pl.col("source") == "bank").select(line_id="source_id")
    guessed = at.attributions.filter(~pl.col("by_person")).join(paying, on="line_id", how="anti")
    known = (
        at.receipts.filter(pl.col("source") == "bank")
        .select(line_id="receipt_id", known="amount")
        .join(guessed, on="line_id", how="anti")
    )
    back = at.refunds.filter(pl.col("date") <= at.as_of).select(line_id="credit_id", known="amount")
    explained = pl.concat([known, back]).group_by("line_id").agg(known=pl.col("known").sum().cast(MONEY))
    return (
        at.lines.filter((pl.col("amount") > 0) & (pl.col("currency") == at.currency))
        .filter(pl.col("booking_date").is_between(since, at.as_of))
        .join(explained, on="line_id", how="left", validate="1:1")
        .join(guessed, on="line_id", how="left", validate="1:1")
        .with_columns(remaining=(pl.col("amount") - pl.col("known").fill_null(pl.lit(ZERO, MONEY))).cast(MONEY))
        .filter(pl.col("remaining") > 0)
        .select(
            "line_id",
            "booking_date",
            "remaining",
            "client_id",
            "rule",
            label=pl.concat_str(["label", "counterparty"], separator=" ", ignore_nulls=True),
        )
        .sort("booking_date", "line_id")
    )


def _payable_amounts(invoices: pl.DataFrame) -> pl.DataFrame:
    """What one transfer of a client could be: one of its open invoices, all of them, or all its late ones."""
    late = invoices.filter(pl.col("days_late") >= 1)
    sums = [frame.group_by("client_id").agg(amount=pl.col("outstanding").sum().cast(MONEY)) for frame in (invoices, late)]
    return pl.concat([invoices.select("client_id", amount="outstanding"), *sums]).unique()


def _names(clients: pl.DataFrame) -> pl.DataFrame:
    """Each client's name as it may stand in a label, without its legal form: client_id, key."""
    return (
        clients.select("client_id", key=folded("name"))
        # Twice: two forms in a row share the space between them.
        .with_columns(pl.col("key").str.replace_all(_LEGAL_FORMS, " ").str.replace_all(_LEGAL_FORMS, " "))
        .filter(pl.col("key").str.strip_chars(" ").str.len_chars() >= _SHORTEST_NAME)
    )


def receipt_findings(at: Situation, invoices: pl.DataFrame) -> pl.DataFrame:
    """Clients that may well have paid: an unmatched receipt of a fitting amount, or whose label names or numbers them.

    Of a receipt that its label gives to another client, the amount says nothing; where only a number gave it to him, it does.
    """
    free = unmatched_receipts(at).rename({"client_id": "guessed_id"})
    nameless = free.filter(pl.col("guessed_id").is_null() | (pl.col("rule") == "number"))
    by_amount = nameless.join(_payable_amounts(invoices), left_on="remaining", right_on="amount", how="inner", validate="m:m")
    names = _names(at.clients.join(invoices, on="client_id", how="semi"))
    found = pl.col("folded").str.extract_many(names["key"].unique().sort().to_list(), overlapping=True)
    by_name = (
        free.with_columns(folded=folded("label"))
        .with_columns(key=found if names.height else pl.lit(None, dtype=pl.List(pl.String)))
        .explode("key")
        .join(names, on="key", how="inner", validate="m:m")
    )
    columns = ["client_id", "guessed_id", "booking_date", "line_id", "remaining", "label"]
    by_number = free.join(_numbered(at, free, invoices), on="line_id", how="inner", validate="1:m")
    return (
        pl.concat([by_amount.select(columns), by_name.select(columns), by_number.select(columns)])
        .filter(pl.col("guessed_id").is_null() | (pl.col("guessed_id") != pl.col("client_id")))
        .sort("booking_date", "line_id")
        .unique("client_id", keep="last", maintain_order=True)
        .select("client_id", amount="remaining", date="booking_date", text="label")
        .pipe(findings, "unmatched_receipt")
    )


def _numbered(at: Situation, free: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """line_id, client_id: whose open invoices the labels of free receipts number; a short number such as 12 is no sign."""
    lines = at.lines.join(free, on="line_id", how="semi")
    documents = at.documents.join(invoices, on="document_id", how="semi")
    hits = number_hits(labels_of(lines), documents).filter(pl.col("strength") < BARE)
    owners = documents.select("document_id", "client_id")
    return hits.join(owners, on="document_id", how="inner", validate="m:1").select("line_id", "client_id").unique()


def credit_findings(at: Situation) -> pl.DataFrame:
    """Clients with a credit that is not used yet."""
    left = at.credits.group_by("client_id").agg(amount=pl.col("remaining").sum().cast(MONEY))
    return left.filter(pl.col("amount") > 0).pipe(findings, "open_credit")


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
