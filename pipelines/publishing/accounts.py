"""Whose movements a statement tells: an account is known by IBAN, or by bank and account number (contract 4).

A file that names none goes to the account that the user says, or to the only one there is. That rule holds either way
round, so that the order of imports changes nothing: the only account, while nothing names it, is the one that a later
file names. Movements in another currency than an account's are another account's: no balance adds currencies.
"""

import polars as pl

from models.errors import UnreadableFile
from models.ids import fold, stable_id
from models.tables import ACCOUNTS

_Account = dict[str, object]
_NAMES = ("iban", "bank", "number")
_EURO = "EUR"


def resolve_accounts(named: pl.DataFrame, stored: pl.DataFrame, *, account: str | None) -> tuple[list[str], pl.DataFrame]:
    """The id of each account of a file (ACCOUNT_ROWS), and the account rows (ACCOUNTS) to add or complete.

    Raises:
        UnreadableFile: the file names no account and there are several to choose from.
    """
    known = stored.to_dicts()
    changed: dict[str, _Account] = {}
    ids: list[str] = []
    for row in named.iter_rows(named=True):
        asked = _asked(row, named, known, account)
        found = _find_account(row, known, asked, is_alone=named.height == 1)
        if found is None:
            found = _new_account(row, asked, {str(one["account_id"]) for one in known})
            known.append(found)
            changed[str(found["account_id"])] = found
        else:
            completed = found | {c: row[c] for c in _NAMES if row[c] and not found[c]}
            if completed != found:
                found |= completed
                changed[str(found["account_id"])] = found
        ids.append(str(found["account_id"]))
    return ids, pl.DataFrame(list(changed.values()), schema=ACCOUNTS)


def _asked(row: _Account, named: pl.DataFrame, known: list[_Account], account: str | None) -> str | None:
    """The name asked for; with the currency behind it for movements in another than the account of that name has."""
    if account is None:
        return None
    same = (one["currency"] for one in known if fold(str(one["name"])) == fold(account))
    plain = (one["currency"] for one in named.iter_rows(named=True) if not _ends_in_currency(one))
    main = next(same, None) or next(plain, None) or row["currency"]
    return account if row["currency"] in (None, main) else f"{account} {row['currency']}"


def _ends_in_currency(row: _Account) -> bool:
    """Whether the reader told a file's account apart by its currency."""
    return bool(row["currency"]) and str(row["name"] or "").endswith(str(row["currency"]))


def _find_account(row: _Account, known: list[_Account], account: str | None, *, is_alone: bool) -> _Account | None:
    wanted = account or row["name"]
    by_name = next((a for a in known if wanted and fold(str(a["name"])) == fold(str(wanted))), None)
    if row["iban"] or row["number"]:
        same = next((a for a in known if _is_same_account(row, a)), None)
        # A name that the bank gives beside the number is its own: it does not keep the only account from being this one.
        alone = known[0] if len(known) == 1 and is_alone and not account else None
        unnamed = by_name or alone
        return same or (unnamed if unnamed and not unnamed["iban"] and not unnamed["number"] else None)
    if wanted:
        return by_name
    if len(known) > 1:
        raise UnreadableFile(
            "account_needed",
            "This file names no bank account and there are several: say which one ({accounts}).",
            accounts=", ".join(sorted(str(a["name"]) for a in known)),
        )
    return known[0] if known and row["currency"] in (None, known[0]["currency"]) else None


def _is_same_account(row: _Account, other: _Account) -> bool:
    """The same IBAN; or the same number at the same bank; or the number and bank inside a French IBAN."""
    if row["iban"] and other["iban"]:
        return row["iban"] == other["iban"]
    is_same_bank = not row["bank"] or not other["bank"] or row["bank"] == other["bank"]
    if row["number"] and row["number"] == other["number"] and is_same_bank:
        return True
    iban, plain = (row["iban"], other) if row["iban"] else (other["iban"], row)
    return _is_in_iban(str(iban or ""), str(plain["number"] or ""), str(plain["bank"] or ""))


def _is_in_iban(iban: str, number: str, bank: str) -> bool:
    """Whether a French IBAN (bank 5, branch 5, account 11, key 2) is that of an account number as banks print it."""
    if not (number and iban.startswith("FR") and len(iban) == len("FR7630004000031234567890143")):
        return False
    rib, branch = iban[4:], iban[9:14]
    digits = "".join(number.split())
    printed = {rib[10:21].lstrip("0"), rib[10:].lstrip("0"), branch + rib[10:21], branch + rib[10:], rib[:21], rib}
    return (digits in printed or digits.lstrip("0") in printed) and (not bank or bank[:5] == rib[:5])


def _new_account(row: _Account, account: str | None, taken: set[str]) -> _Account:
    """An account with an id made from what names it; of one that was completed since, a further one."""
    currency = str(row["currency"] or _EURO)
    plain = "Compte courant" if currency == _EURO else f"Compte courant {currency}"
    name = account or row["name"] or row["iban"] or row["number"] or plain
    key = row["iban"] or (row["number"] and f"{row['bank'] or ''}|{row['number']}") or fold(str(account or row["name"] or ""))
    account_id = stable_id("account", key)
    while account_id in taken:
        account_id = stable_id("account", key, account_id)
    said = {"name": name, "bank": row["bank"], "number": row["number"], "iban": row["iban"]}
    return {"account_id": account_id, **said, "currency": currency}
