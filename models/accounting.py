"""What the accountant's program calls things: accounts, journals, VAT rates, codes of clients. Settings with French defaults."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.errors import Refused
from models.setting_values import choice, decimal, whole

#: How the formats that leave it open write amounts.
AMOUNT_STYLES = ("dot", "comma", "cents")
#: How often the books can be closed, and how many months that is.
CLOSINGS = {"year": 12, "half": 6, "quarter": 3, "month": 1}
_MAX_ACCOUNT = 8
_PAIR = re.compile(r"\s*(?P<name>[^=;]+?)\s*=\s*(?P<account>\S+)\s*")


@dataclass(frozen=True)
class Accounting:
    """Accounts of the general ledger, codes of journals and of clients.

    Attributes:
        account_unproven: where payments stand that the invoicing tool or a person says, and no bank line proves yet.
        account_waiting: what of a bank line is not known to be a client's.
        account_recovery: money received on what was written off, without VAT: 7583 since the chart of 2025, 7714 before.
        account_opening: the counterpart of what clients owed before the first entries.
        sales_by_rate, vat_by_rate: accounts by VAT rate, "20=706000; 10=706100"; a rate that is not there has the general one.
        bank_by_account: accounts by name of the own bank account, "Courant=512100".
        vat_rate: the rate of invoices whose file gives neither VAT nor an amount without it; None: they cannot be exported.
        auxiliary_prefix, auxiliary_length: how the codes of clients begin, and how long they may be.
        amount_style: how Sage PNM and Ciel write amounts.
        account_provision, account_provision_expense, account_provision_reversal: what is provided for doubtful clients, what a
            closing adds to it, and what it takes back.
        provision_rates: of what is owed without VAT, in %, beyond so many days late. No text sets one: the default is ours.
        provision_insolvency: the rate, in %, of a client in insolvency proceedings, at least.
        provision_every: how often the books are closed; year_end_month: the last month of the financial year.
    """

    account_clients: str = "411000"
    account_doubtful: str = "416000"
    account_deposits: str = "419100"
    account_sales: str = "706000"
    account_vat: str = "445710"
    account_bank: str = "512000"
    account_unproven: str = "511000"
    account_waiting: str = "471000"
    account_opening: str = "890000"
    account_loss: str = "654000"
    account_recovery: str = "758300"
    account_difference: str = "658000"
    account_discount: str = "665000"
    account_provision: str = "491000"
    account_provision_expense: str = "681740"
    account_provision_reversal: str = "781740"
    journal_sales: str = "VE"
    journal_bank: str = "BQ"
    journal_other: str = "OD"
    journal_opening: str = "AN"
    sales_by_rate: str = ""
    vat_by_rate: str = ""
    bank_by_account: str = ""
    vat_rate: Decimal | None = None
    auxiliary_prefix: str = "C"
    auxiliary_length: int = 8
    amount_style: str = "dot"
    provision_rates: str = "90=25; 180=50; 365=100"
    provision_insolvency: Decimal = Decimal(50)
    provision_every: str = "year"
    year_end_month: int = 12


def pairs(text: str) -> dict[str, str]:
    """The accounts of a list such as "20=706000; 10=706100", by name."""
    found = (_PAIR.fullmatch(part) for part in text.split(";") if part.strip())
    return {match["name"]: match["account"] for match in found if match}


def provision_scale(text: str) -> list[tuple[int, Decimal]]:
    """(days late, rate from 0 to 1) of a list such as "90=25; 180=50", by days: beyond so many days, that rate."""
    return sorted((int(days), Decimal(rate) / 100) for days, rate in pairs(text).items())


def _scale(value: str) -> str:
    said = pairs(value.replace(",", ".").replace("%", ""))
    is_list = len(said) == len([part for part in value.split(";") if part.strip()])
    if not is_list or not all(re.fullmatch(r"[0-9]{1,4}", days) for days in said):
        raise Refused("bad_value", "{value} is not a list of days and rates such as 90=25; 180=50.", value=value)
    return "; ".join(f"{int(days)}={rate_text(_percent(rate, value))}" for days, rate in said.items())


def _percent(text: str, said: str, template: str = "{value} is not a rate from 0 to 100.") -> Decimal:
    """A share in %, from 0 to 100, with two decimals at most; `said` is what a refusal shows."""
    try:
        rate = decimal(text)
    except Refused as error:
        raise Refused("bad_value", template, value=said) from error
    if not 0 <= rate <= 100 or rate != round(rate, 2):  # noqa: PLR2004 -- percent
        raise Refused("bad_value", template, value=said)
    return rate


def _account(value: str) -> str:
    code = value.strip().upper()
    if not re.fullmatch(rf"[1-9][0-9]{{2}}[0-9A-Z]{{0,{_MAX_ACCOUNT - 3}}}", code):
        raise Refused(
            "bad_value", "{value} is not an account such as 706000: three digits first, eight characters at most.", value=value
        )
    return code


def _journal(value: str) -> str:
    code = value.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{1,3}", code):
        raise Refused("bad_value", "{value} is not a journal code such as VE: one to three letters or digits.", value=value)
    return code


def _pairs(name_of: Callable[[str], str]) -> Callable[[str], str]:
    def parse(value: str) -> str:
        parts = [part for part in value.split(";") if part.strip()]
        said = pairs(value)
        if len(said) != len(parts):
            raise Refused("bad_value", "{value} is not a list such as 20=706000; 10=706100.", value=value)
        return "; ".join(f"{name_of(name)}={_account(account)}" for name, account in said.items())

    return parse


def _rate(value: str) -> Decimal:
    """A VAT rate in %, with two decimals at most."""
    return _percent(value, value, "{value} is not a VAT rate such as 20.")


def rate_text(rate: Decimal) -> str:
    """A rate as lists of accounts name it: 20, 5.5."""
    return f"{rate.normalize():f}"


def _prefix(value: str) -> str:
    code = value.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{0,4}", code):
        raise Refused("bad_value", "{value} is not the beginning of a code: four letters or digits at most.", value=value)
    return code


#: How each of these settings is read.
PARSERS: Mapping[str, Callable[[str], object]] = {
    **{name: _account for name in Accounting.__dataclass_fields__ if name.startswith("account_")},
    **{name: _journal for name in Accounting.__dataclass_fields__ if name.startswith("journal_")},
    "sales_by_rate": _pairs(lambda name: rate_text(_rate(name))),
    "vat_by_rate": _pairs(lambda name: rate_text(_rate(name))),
    "bank_by_account": _pairs(lambda name: " ".join(name.split())),
    "vat_rate": lambda value: _rate(value) if value.strip() else None,
    "auxiliary_prefix": _prefix,
    "auxiliary_length": whole(6, 17),
    "amount_style": choice(*AMOUNT_STYLES),
    "provision_rates": _scale,
    "provision_insolvency": lambda value: _percent(value, value),
    "provision_every": choice(*CLOSINGS),
    "year_end_month": whole(1, 12),
}
