"""From the lines of a ledger to what happened to clients: which entry each line is of, and what it makes of the client's debt.

Client accounts are 411, 413 and 416, and 419 (deposits and credits of clients). What is rebuilt of a client always sums to
debit less credit of its lines on them, but for the 419 lines that stand for deposit invoices, which are invoices already.
"""

import polars as pl

from models.money import MONEY, ZERO
from pipelines.ingest.findings import Findings

_MONEY_ACCOUNTS = r"^5[01348]"
_CLIENTS = r"^41(?:[136]|9)"
_NOT_DEPOSITS = r"^419[68]"  # packaging to be returned, credit notes to be made
_LOSSES = r"^(?:654|658|665|668|6714|678)"
_SALES = r"^(?:7|4457)"
_RECOVERED = r"^(?:7583|7714)"  # money for what was written off
#: What the label of a loss says, or of what comes of one: that of a deposit moves 419 alone, as a credit note does.
_GIVEN_UP = r"(?i)^(?:annulation (?:de )?)?pertes?\b|cr[ée]ances? (?:irr[ée]couvrables?|amorties?)\b"
_OPENING = r"(?i)(?:^|\W)[aà][\s-]*nouveau|ouverture"
_OPENING_CODES = ("AN", "ANO", "RAN", "ANX", "OUV")
_CAPITAL = r"^(?:10[1-7]|1[12])"
_ZERO = pl.lit(ZERO, MONEY)


def rebuilt_items(lines: pl.DataFrame, findings: Findings) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """The items of a ledger, the lines that make none because they cancel out, and how many make none.

    Args:
        lines: the good lines, in file order, with `signed`, debit less credit.
        findings: takes the warnings.

    Returns:
        One row per client line that takes part in an item: `item`, `kind` (invoice, credit_note, deposit, receipt,
        write_off), `amount` (of the whole item, signed as the client's debt), and the line's columns; the same of lines
        that cancel out, without a kind; and the number of client lines that make no item: those, and amounts of 0.00.
    """
    lines = lines.with_columns(entry=_entries(lines)).pipe(_with_natures)
    is_client = pl.col("account").str.contains(_CLIENTS) & ~pl.col("account").str.contains(_NOT_DEPOSITS)
    _warn_of_unbalanced(lines, findings)
    own = lines.filter(is_client).pipe(_with_clients)
    counted = own.filter((pl.col("signed") != 0) & ~_stands_for_deposit_invoice())
    _warn_of_deposits(own, findings)
    items = _items(counted)
    kept = items.filter(pl.col("amount") != 0)
    _warn_of_gaps(counted, kept, findings)
    transfers = items.filter(pl.col("amount") == 0).with_columns(kind=pl.lit(None, pl.String))
    return kept, transfers, own.height - counted.height + transfers.height


def _entries(lines: pl.DataFrame) -> pl.Series:
    """A number per entry: journal and entry number; where these do not tell, lines in a row until they balance."""
    key = pl.struct("journal", "entry_number").rank("dense")
    vague = (
        pl.col("entry_number").is_null()
        | pl.col("entry_number").str.contains("^0*$")
        | (pl.col("entry_date").n_unique().over("journal", "entry_number") > 1)
    )
    balance = pl.col("signed").cum_sum().over("journal", "entry_number")
    ended = (balance == 0).cast(pl.Int64)
    runs = (ended.cum_sum() - ended).over("journal", "entry_number")
    run = pl.when(vague).then(runs).otherwise(0)
    return lines.select(entry=pl.struct(key.alias("key"), run.alias("run")).rank("dense").cast(pl.Int64)).to_series()


def _with_natures(lines: pl.DataFrame) -> pl.DataFrame:
    """Add what the entry's accounts say of it: `is_opening`, `has_money`, `has_sale`, `loss`…; `is_bare`: of clients alone.

    `ends_loss`: a client owes again what was written off, because it is paid after all, or the loss is taken back.
    `loses_deposit`: a deposit invoice is written off, which costs nothing.
    """
    account = pl.col("account")
    code, title = pl.col("journal").str.to_uppercase(), pl.col("journal_name")
    has_capital = account.str.contains(_CAPITAL).any().over("entry")
    has_result = account.str.contains("^[67]").any().over("entry")
    is_recovered, is_lost = account.str.contains(_RECOVERED), account.str.contains(_LOSSES) & (pl.col("signed") < 0)
    is_given_up = account.str.contains("^419") & pl.col("label").str.contains(_GIVEN_UP) & ~has_result
    has_sold = (account.str.starts_with("7") & ~is_recovered).any().over("entry")
    is_journal = (code.is_in(_OPENING_CODES) | title.str.contains(_OPENING)).fill_null(value=False)
    return lines.with_columns(
        is_opening=is_journal | (has_capital & ~has_result),
        has_money=account.str.contains(_MONEY_ACCOUNTS).any().over("entry"),
        has_cash=account.str.contains("^53").any().over("entry"),
        has_cheque=account.str.contains("^511").any().over("entry"),
        is_bare=account.str.contains(_CLIENTS).all().over("entry") & (pl.col("signed").sum().over("entry") != 0),
        has_sale=account.str.contains(_SALES).any().over("entry"),
        ends_loss=(is_recovered | is_lost | (is_given_up & (pl.col("signed") < 0))).any().over("entry") & ~has_sold,
        loses_deposit=(is_given_up & (pl.col("signed") > 0)).any().over("entry"),
        has_income=account.str.contains("^7").any().over("entry"),
        has_deposit=(account.str.contains("^419") & (pl.col("signed") < 0)).any().over("entry"),
        loss=pl.col("signed").filter(account.str.contains(_LOSSES)).sum().over("entry").cast(MONEY),
        loss_account=account.filter(account.str.contains(_LOSSES)).first().over("entry"),
        income=(-pl.col("signed")).filter(account.str.contains("^7")).sum().over("entry").cast(MONEY),
        vat=(-pl.col("signed")).filter(account.str.contains("^445[78]")).sum().over("entry").cast(MONEY),
    )


def _with_clients(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `client`, what the client is known by in the file, and fill its code and name.

    The auxiliary account tells; without one, the entry's only other client, else the sub-account itself.
    """
    said = pl.coalesce("client_code", "client_name")
    only = said.drop_nulls().unique()
    alone = pl.when(only.len() == 1).then(only.first()).over("entry")
    is_general = pl.col("account").str.contains("^41[136]0*$|^419[10]?0*$")
    borrowed = pl.when(is_general).then(alone)
    suffix = pl.col("account").str.replace("^41[36]|^419[01]?", "411")
    own_code = pl.when(suffix.is_in(pl.col("account").implode())).then(suffix).otherwise("account")
    named = lines.with_columns(client=pl.coalesce(said, borrowed, own_code))
    names = pl.coalesce(
        pl.col("client_name").drop_nulls().first().over("client"),
        pl.col("account_name").filter(pl.col("client_code").is_null()).drop_nulls().first().over("client"),
    )
    codes = pl.col("client_code").drop_nulls().first().over("client")
    is_code = pl.col("client_name").is_null().all().over("client") | (pl.col("client") != names)
    return named.with_columns(
        client_code=pl.coalesce(codes, pl.when(is_code).then("client")),
        client_name=pl.coalesce(names, "client"),
    )


def _stands_for_deposit_invoice() -> pl.Expr:
    """A 419 line, without money, of a client whose deposits are invoiced: 411 has them, and its final invoices without them."""
    is_deposit = pl.col("account").str.starts_with("419")
    sees_both = (is_deposit & (pl.col("signed") < 0)).any() & (~is_deposit & (pl.col("signed") > 0)).any()
    is_bare = ~pl.col("has_money") & ~pl.col("is_opening")
    invoiced = (sees_both.over("entry", "client") & is_bare).any().over("client")
    return is_deposit & is_bare & invoiced


def _items(lines: pl.DataFrame) -> pl.DataFrame:
    """Give each line its item: alone, or with the lines of its entry and client that mean one thing."""
    both_signs = (pl.col("signed") > 0).any().over("entry", "client") & (pl.col("signed") < 0).any().over("entry", "client")
    is_single = pl.col("is_opening") | pl.col("has_money")
    line = pl.lit("line ") + pl.col("line").cast(pl.String)
    piece = pl.lit("piece ") + pl.col("piece").fill_null("")
    whole = lines.with_columns(
        group=pl.when(is_single).then(line).when("has_sale").then(piece).when(both_signs).then(pl.lit("net")).otherwise(line),
        lines_of_entry=pl.len().over("entry"),
    ).with_columns(
        amount=pl.col("signed").sum().over("entry", "client", "group").cast(MONEY),
        item=pl.struct("entry", "client", "group").rank("dense").cast(pl.Int64),
    )
    return _with_losses(whole.with_columns(kind=_kind()))


def _kind() -> pl.Expr:
    """What an item is, by the counterparts of its entry and its sign; an entry without any is an invoice or a receipt."""
    owes = pl.col("amount") > 0
    is_imputation = pl.col("account").str.starts_with("419").any().over("entry", "client") & ~pl.col("has_income")
    is_deposit = pl.col("has_deposit") & ~pl.col("has_income")
    return (
        pl.when("is_opening")
        .then(pl.when(owes).then(pl.lit("invoice")).otherwise(pl.lit("receipt")))
        .when(owes & (pl.col("has_sale") | pl.col("is_bare")))
        .then(pl.when(is_deposit).then(pl.lit("deposit")).otherwise(pl.lit("invoice")))
        .when(pl.col("has_money"))
        .then(pl.lit("receipt"))
        .when((pl.col("loss") > 0) | pl.col("loses_deposit"), ~owes, ~pl.col("has_income"))
        .then(pl.lit("write_off"))
        .when(pl.col("has_sale") & ~is_imputation)
        .then(pl.lit("credit_note"))
        .otherwise(pl.lit("receipt"))
    )


def _with_losses(items: pl.DataFrame) -> pl.DataFrame:
    """Cut a receipt whose entry gives the rest up (512 D 99.99 and 658 D 0.01, 411 C 100.00) into what came and what was lost."""
    is_cut = (
        (pl.col("kind") == "receipt")
        & pl.col("has_money")
        & (pl.col("lines_of_entry") == 1)
        & ~pl.col("has_income")
        & (pl.col("loss") > 0)
        & (pl.col("loss") < -pl.col("amount"))
    )
    top = items["item"].max() or 0
    lost = items.filter(is_cut).with_columns(
        kind=pl.lit("write_off"),
        amount=(-pl.col("loss")).cast(MONEY),
        signed=(-pl.col("loss")).cast(MONEY),
        item=pl.col("item") + top,
    )
    came = (pl.col("amount") + pl.col("loss")).cast(MONEY)
    rest = items.with_columns(
        amount=pl.when(is_cut).then(came).otherwise("amount"), signed=pl.when(is_cut).then(came).otherwise("signed")
    )
    return pl.concat([rest, lost]).sort("line", "item")


def _warn_of_unbalanced(lines: pl.DataFrame, findings: Findings) -> None:
    sums = lines.group_by("entry", maintain_order=True).agg(
        pl.col("signed").sum(), pl.col("line").first(), pl.col("journal", "entry_number").first()
    )
    for line, journal, number in (
        sums.filter(pl.col("signed") != 0).select("line", "journal", "entry_number").head(20).iter_rows()
    ):
        findings.warn("unbalanced_entry", line=line, value=f"{journal or ''} {number or ''}".strip())


def _warn_of_deposits(lines: pl.DataFrame, findings: Findings) -> None:
    """Say how much of account 419 stands for deposit invoices that no final invoice has taken off yet, by client."""
    left = (
        lines.filter(_stands_for_deposit_invoice())
        .group_by("client_name", maintain_order=True)
        .agg(pl.col("signed").sum().cast(MONEY))
        .filter(pl.col("signed") != 0)
    )
    for client, amount in left.iter_rows():
        findings.warn("deposits_invoiced", value=f"{client}: {-amount}")


def _warn_of_gaps(lines: pl.DataFrame, items: pl.DataFrame, findings: Findings) -> None:
    """The proof: by client, what was rebuilt is the balance of its lines, to the cent; a gap would be ours."""
    stood = lines.group_by("client", "client_name", maintain_order=True).agg(balance=pl.col("signed").sum())
    made = items.unique("item").group_by("client").agg(made=pl.col("amount").sum())
    gaps = (
        stood.join(made, on="client", how="left", validate="1:1")
        .with_columns(gap=(pl.col("made").fill_null(_ZERO) - pl.col("balance")).cast(MONEY))
        .filter(pl.col("gap") != 0)
    )
    for client, gap in gaps.select("client_name", "gap").iter_rows():
        findings.warn("ledger_gap", value=f"{client}: {gap}")
