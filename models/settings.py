"""The company's settings: typed, with defaults; stored as one text per key, the last one wins."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

from models import setting_values as read
from models.accounting import PARSERS as _ACCOUNTING
from models.accounting import Accounting
from models.dates import REGIONS
from models.errors import Refused
from models.payment_days import read_payment_days
from models.texts import LANGUAGES

_RATE_KEY = re.compile(r"^rate\.(\d{4}-S[12])$")


@dataclass(frozen=True)
class Settings(Accounting):
    """What the company says of itself and of its rules.

    Attributes:
        tolerance, fee_tolerance: the largest amount that one click writes off as a rounding, or as a bank fee.
        discount_tolerance: the largest early-payment discount that one click writes off, in % of the invoice.
        unproven_days: days after which a declared payment that no bank line proves is listed.
        payment_link: where a client can pay on the web; printed as it is.
        smtp_host, smtp_port, smtp_user: the mail server that sends for the company; its password is never stored.
        penalty_rate: the contractual late-payment rate in % a year; None is the legal default, ECB + 10 points.
        pay_suppliers: when a supplier invoice is expected to be paid: on its due date, or as the company usually does.
        payment_day: the days on which suppliers are paid: any, or weekdays and days of the month ("tuesday,10,25"; 31: the last).
        vat_basis: the invoices that VAT is due on: those issued (debits) or those paid (receipts); vat_day: of the month after.
        default_as_of: the day that counts as today, in the sample company: its last day; None is the real day.
        history_from: the first day of complete data, after taking over with open items only; None: all of it is complete.
        sample: the fingerprint of the sample that the database was made from; empty for a real company.
        new_below: a client of whom fewer invoices fell due is new.
        bad_late_count, bad_average_delay: so many late invoices in 12 months, or more days late on average: a bad payer.
        vip_share, vip_delay: an important client brought that share of the money received, in %, and is no later on average.
        reminder_minimum: a client that owes less than that past its due date is not reminded.
        weight_31, weight_61, weight_91, weight_promise, weight_limitation, weight_bad_payer, weight_vip: what the expected
            money is multiplied by when it is so many days late, when a promise was broken, when the limitation is near, and
            for the relationship.
        minutes_email, minutes_sms, minutes_call, minutes_letter, minutes_other: how long each takes a person.
        ecb_rates: refinancing rate in % by half-year ("2026-S2"), for those that the program does not know yet.
    """

    company_name: str = ""
    company_address: str = ""
    company_siren: str = ""
    company_email: str = ""
    company_phone: str = ""
    signatory: str = ""
    mediator: str = ""
    iban: str = ""
    bic: str = ""
    payment_link: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    currency: str = "EUR"
    language: str = "fr"
    terms_days: int = 30
    region: str = "france"
    doubtful_days: int = 90
    statement_days: int = 5
    notice_days: int = 8
    cash_floor: Decimal = Decimal("0.00")
    pay_suppliers: str = "due"
    payment_day: str = "any"
    vat_regime: str = "monthly"
    vat_basis: str = "debits"
    vat_day: int = 19
    urssaf_day: str = "15"
    tolerance: Decimal = Decimal("1.00")
    fee_tolerance: Decimal = Decimal("30.00")
    discount_tolerance: Decimal = Decimal("3.00")
    unproven_days: int = 30
    penalty_rate: Decimal | None = None
    ecb_rates: Mapping[str, Decimal] = field(default_factory=dict)
    new_below: int = 3
    bad_late_count: int = 3
    bad_average_delay: int = 30
    vip_share: Decimal = Decimal(20)
    vip_delay: int = 5
    reminder_minimum: Decimal = Decimal("0.00")
    weight_31: Decimal = Decimal("1.5")
    weight_61: Decimal = Decimal(2)
    weight_91: Decimal = Decimal(3)
    weight_promise: Decimal = Decimal("1.5")
    weight_limitation: Decimal = Decimal(2)
    weight_bad_payer: Decimal = Decimal("1.2")
    weight_vip: Decimal = Decimal("0.8")
    minutes_email: int = 2
    minutes_sms: int = 1
    minutes_call: int = 10
    minutes_letter: int = 8
    minutes_other: int = 3
    default_as_of: date | None = None
    history_from: date | None = None
    sample: str = ""


_PARSERS: dict[str, Callable[[str], object]] = {
    "company_name": read.text,
    "company_address": read.lines,
    "company_siren": read.siren,
    "company_email": read.text,
    "company_phone": read.text,
    "signatory": read.text,
    "mediator": read.text,
    "iban": read.iban,
    "bic": read.text,
    "payment_link": read.link,
    "smtp_host": read.host,
    "smtp_port": read.whole(1, 65535),
    "smtp_user": read.text,
    "currency": read.currency,
    "language": read.choice(*LANGUAGES),
    "terms_days": read.whole(0, 365),
    "region": read.choice(*REGIONS),
    "doubtful_days": read.whole(1, 3650),
    "statement_days": read.whole(0, 365),
    "notice_days": read.whole(1, 90),
    "cash_floor": read.decimal,
    "pay_suppliers": read.choice("due", "habit"),
    "payment_day": read_payment_days,
    "vat_regime": read.choice("monthly", "quarterly", "none"),
    "vat_basis": read.choice("debits", "receipts"),
    "vat_day": read.whole(15, 24),
    "urssaf_day": read.choice("5", "15", "none"),
    "tolerance": read.between("0", "100"),
    "fee_tolerance": read.between("0", "1000"),
    "discount_tolerance": read.between("0", "20"),
    "unproven_days": read.whole(0, 3650),
    "penalty_rate": read.rate("0", "50"),
    "new_below": read.whole(1, 100),
    "bad_late_count": read.whole(1, 100),
    "bad_average_delay": read.whole(1, 365),
    "vip_share": read.between("1", "100"),
    "vip_delay": read.whole(0, 365),
    "reminder_minimum": read.between("0", "1000000"),
    "weight_31": read.between("1", "10"),
    "weight_61": read.between("1", "10"),
    "weight_91": read.between("1", "10"),
    "weight_promise": read.between("1", "10"),
    "weight_limitation": read.between("1", "10"),
    "weight_bad_payer": read.between("1", "10"),
    "weight_vip": read.between("0.1", "1"),
    "minutes_email": read.whole(0, 240),
    "minutes_sms": read.whole(0, 240),
    "minutes_call": read.whole(0, 240),
    "minutes_letter": read.whole(0, 240),
    "minutes_other": read.whole(0, 240),
    "default_as_of": read.day,
    "history_from": read.day,
    "sample": read.text,
    **_ACCOUNTING,
}
KEYS = tuple(_PARSERS)
#: The rate of a half-year; it was below zero for none and above five for none since 1999.
_ECB_RATE = read.rate("-1", "25")
#: Settings of earlier versions: stored texts that say nothing any more.
_RETIRED = frozenset({"scenario"})


def parse_setting(key: str, value: str) -> object:
    """The typed value of a setting; `rate.2026-S2` gives the ECB rate of a half-year.

    Raises:
        Refused: the key is not one of KEYS, or the value does not fit it.
    """
    if _RATE_KEY.match(key):
        return _ECB_RATE(value)
    if key not in _PARSERS:
        raise Refused(
            "unknown_setting", "There is no setting {key}. Known ones: {keys}, rate.2026-S2.", key=key, keys=", ".join(KEYS)
        )
    return _PARSERS[key](value)


def read_settings(texts: Mapping[str, str]) -> Settings:
    """Settings from the stored texts; a key without text keeps its default."""
    values: dict[str, object] = {}
    rates: dict[str, Decimal] = {}
    for key, text in texts.items():
        if key in _RETIRED:
            continue
        try:
            value = parse_setting(key, text)
        except Refused:
            if key != "penalty_rate" and not _RATE_KEY.match(key):
                raise
            continue  # kept before rates had bounds: as if it had not been set
        if match := _RATE_KEY.match(key):
            if isinstance(value, Decimal):
                rates[match[1]] = value
        else:
            values[key] = value
    known = {f.name for f in fields(Settings)}
    return Settings(**{k: v for k, v in values.items() if k in known}, ecb_rates=rates)  # type: ignore[arg-type]
