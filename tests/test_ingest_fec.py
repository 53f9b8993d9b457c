"""Files of accounting entries: what is rebuilt of clients, what is settled by what, and that nothing is lost to the cent."""

import csv
import io
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from fec_maker import HEADER, books, entry, fec, read, received, sale
from hypothesis import HealthCheck, given, settings

from models.errors import UnreadableFile
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.reading import read_file

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "fec"
ZERO = Decimal("0.00")


def documents(parts: Parts) -> list[tuple[str, str, str, Decimal]]:
    return [(n, k, c, a) for n, k, c, a in parts.documents.select("number", "kind", "client_code", "amount_incl_tax").iter_rows()]


def receipts(parts: Parts) -> list[tuple[str, str, Decimal, str]]:
    return parts.receipts.with_columns(pl.col("receipt_date").cast(pl.String)).select(
        "client_code", "receipt_date", "amount", "method"
    ).rows()  # fmt: skip


def lettering(parts: Parts) -> list[tuple[str, str, Decimal]]:
    return parts.lettering.select(pl.coalesce("credit_note", "reference"), "number", "amount").rows()


def money(text: str) -> Decimal:
    return Decimal(text)


def rebuilt(parts: Parts) -> dict[str, Decimal]:
    """By client code, what the documents and receipts say that it owes."""
    owed: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for _, kind, client, amount in documents(parts):
        owed[client] += -amount if kind == "credit_note" else amount
    for client, amount in parts.receipts.select("client_code", "amount").iter_rows():
        owed[client] -= amount
    return dict(owed)


# -- the layouts that the order and the programs allow -------------------------------------------------------------------


def rewritten(content: bytes, change: str) -> bytes:
    """The same entries in another layout."""
    rows = [line.split("|") for line in content.decode().splitlines()]
    if change == "columns in another order":
        rows = [row[4:] + row[:4] for row in rows]
    if change == "without optional columns":
        keep = [
            i for i, name in enumerate(rows[0]) if name not in ("JournalLib", "DateLet", "Montantdevise", "Idevise", "ValidDate")
        ]
        rows = [[row[i] for i in keep] for row in rows]
    if change in ("amount and side", "amount and sign"):
        sides = ("D", "C") if change == "amount and side" else ("+1", "-1")
        rows[0][11:13] = ["Montant", "Sens"]
        for row in rows[1:]:
            row[11:13] = [row[11], sides[0]] if row[12] == "0,00" else [row[12], sides[1]]
    if change == "points and dashes":
        rows = [rows[0]] + [
            [re.sub(r"^(20..)(..)(..)$", r"\1-\2-\3", cell).replace(",", ".") for cell in row] for row in rows[1:]
        ]
    if change == "zeros and spaces":
        for row in rows[1:]:
            row[11:13] = [f"{cell:0>13}" for cell in row[11:13]]
            row[7] = f"{row[7]:<30}"
    end = {"carriage returns": "\r", "two line ends": "\r\n"}.get(change, "\n")
    mark = "\t" if change == "tabs" else "|"
    extra = mark if change == "a separator at the end" else ""
    text = end.join(mark.join(row) + extra for row in rows) + end
    encoding = {"bom": "utf-8-sig", "latin": "iso8859-15"}.get(change, "utf-8")
    return text.encode(encoding)


@pytest.mark.parametrize(
    "change",
    [
        "nothing", "columns in another order", "without optional columns", "amount and side", "amount and sign",
        "points and dashes", "zeros and spaces", "carriage returns", "two line ends", "tabs", "a separator at the end", "bom",
        "latin",
    ],
)  # fmt: skip
def test_every_layout_says_the_same(change: str) -> None:
    whole = [sale("VE 1", "20250106", "F-1", "ACME", 100, "AA"), received("BQ 2", "20250204", "ACME", "120.00", "AA")]
    content = fec(*whole).replace(b"Libelle", "Libellé 5 €".encode())
    parts = read_file(Source(rewritten(content, change), "123456789FEC20251231.txt"))
    assert documents(parts) == [("F-1", "invoice", "ACME", money("120.00"))]
    assert receipts(parts) == [("ACME", "2025-02-04", money("120.00"), "ledger")]
    assert lettering(parts) == [("BQ 2 #6", "F-1", money("120.00"))]
    assert parts.receipts["label"].to_list() == ["Libellé 5 €"]
    assert (parts.rows, parts.rejected_rows, parts.ignored) == (2, 0, 0)
    assert parts.encoding == ("iso8859-15" if change == "latin" else "utf-8")
    assert (parts.kind, parts.format, parts.profile, parts.decimal) == (
        "ledger", "fec", "fec", "." if change == "points and dashes" else ","
    )  # fmt: skip


def test_quotation_marks_are_plain_characters() -> None:
    content = fec(sale("VE 1", "20250106", 'F-"1', "ACME", 100)).replace(b"Societe ACME", b'Societe "ACME')
    parts = read_file(Source(content, "x.txt"))
    assert parts.documents.select("number", "client_name").rows() == [('F-"1', 'Societe "ACME')]


def test_a_line_that_cannot_be_read_is_kept_aside_with_its_cells() -> None:
    content = fec(sale("VE 1", "20250106", "F-1", "ACME", 100)) + b"VE|Ventes|2|20250107|411000\n"
    content += fec(entry("VE 3", "20250231", "F-3", "411000 ACME +12.00")).split(b"\n")[1] + b"\n"
    parts = read_file(Source(content, "x.txt"))
    assert parts.rejected.select("line", "code").rows() == [(5, "ragged_row"), (6, "impossible_date")]
    assert (parts.rejected_rows, parts.rows) == (2, 3)
    assert parts.quarantine["line"].to_list() == [5, 6]
    assert '"EcritureDate": "20250231"' in parts.quarantine["cells"][1]


@pytest.mark.parametrize("missing", ["EcritureDate", "CompteNum", "Credit"])
def test_a_header_without_what_is_needed_is_refused(missing: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(HEADER.replace(missing, "Autre").encode() + b"\n", "123456789FEC20251231.txt"))
    assert refusal.value.code == ("missing_column" if missing == "Credit" else refusal.value.code)
    assert refusal.value.code in ("missing_column", "unknown_columns")


# -- what a line is, by its counterparts ---------------------------------------------------------------------------------


def test_an_invoice_has_the_excluding_tax_and_vat_of_its_entry() -> None:
    parts = read(sale("OD 1", "20250106", "F-1", "ACME", 100))
    assert parts.documents.select("amount_incl_tax", "amount_excl_tax", "vat_amount", "issue_date", "due_date").rows() == [
        (money("120.00"), money("100.00"), money("20.00"), parts.documents["issue_date"][0], None)
    ]
    assert str(parts.documents["issue_date"][0]) == "2025-01-06"


def test_credits_are_a_credit_note_a_receipt_or_a_loss_by_their_counterpart() -> None:
    parts = read(
        sale("VE 1", "20250106", "F-1", "ACME", 100, "AA"),
        entry("VE 2", "20250110", "A-2", "411000 ACME -12.00", "706000 +10.00", "445710 +2.00"),
        entry("CA 3", "20250111", "X3", "530000 +30.00", "411000 ACME -30.00"),
        entry("BQ 4", "20250112", "X4", "511200 +20.00", "411000 ACME -20.00"),
        entry("OD 5", "20250113", "X5", "467000 +5.00", "411000 ACME -5.00"),
        entry("OD 6", "20250114", "X6", "654000 +100.00", "445710 +20.00", "411000 ACME -120.00 AA"),
    )
    assert documents(parts) == [("F-1", "invoice", "ACME", money("120.00")), ("A-2", "credit_note", "ACME", money("12.00"))]
    assert receipts(parts) == [
        ("ACME", "2025-01-11", money("30.00"), "cash"),
        ("ACME", "2025-01-12", money("20.00"), "cheque"),
        ("ACME", "2025-01-13", money("5.00"), "ledger"),
        ("ACME", "2025-01-14", money("120.00"), "loss"),
    ]
    assert lettering(parts) == [("OD 6 #16-", "F-1", money("120.00"))]


def test_what_goes_back_is_a_negative_receipt_and_takes_its_own_receipt_first() -> None:
    parts = read(
        sale("VE 1", "20250106", "F-1", "ACME", 100, "AA"),
        received("BQ 2", "20250204", "ACME", "120.00", "AA"),
        entry("BQ 3", "20250210", "REJET", "411000 ACME +120.00 AA", "512000 -120.00"),
        received("BQ 4", "20250301", "ACME", "120.00", "AA"),
    )
    assert [amount for _, _, amount, _ in receipts(parts)] == [money("120.00"), money("-120.00"), money("120.00")]
    assert lettering(parts) == [("BQ 4 #10", "F-1", money("120.00"))]


def test_a_receipt_a_cent_short_is_a_receipt_and_a_rounding() -> None:
    parts = read(
        sale("VE 1", "20250106", "F-1", "ACME", 100, "AA"),
        entry("BQ 2", "20250204", "VIR", "512000 +119.99", "658000 +0.01", "411000 ACME -120.00 AA"),
    )
    assert receipts(parts) == [
        ("ACME", "2025-02-04", money("119.99"), "ledger"),
        ("ACME", "2025-02-04", money("0.01"), "rounding"),
    ]
    assert sorted(lettering(parts)) == [("BQ 2 #7", "F-1", money("119.99")), ("BQ 2 #7-", "F-1", money("0.01"))]


def test_a_transfer_to_doubtful_clients_is_nothing_and_its_letters_join_both_accounts() -> None:
    parts = read(
        sale("VE 1", "20250106", "F-1", "ACME", 100, "AA"),
        entry("OD 2", "20250301", "DOUT", "416000 ACME +120.00 B", "411000 ACME -120.00 AA"),
        entry("BQ 3", "20250401", "VIR", "512000 +70.00", "416000 ACME -70.00 B"),
    )
    assert rebuilt(parts) == {"ACME": money("50.00")}
    assert parts.ignored == 2
    assert lettering(parts) == [("BQ 3 #8", "F-1", money("70.00"))]


def test_a_deposit_paid_before_its_invoice_is_a_receipt_and_the_invoice_is_whole() -> None:
    parts = read(
        entry("BQ 1", "20250106", "VIR", "512000 +100.00", "419100 ACME -100.00"),
        entry("VE 2", "20250201", "F-2", "411000 ACME +140.00", "419100 ACME +100.00", "706000 -200.00", "445710 -40.00"),
    )
    assert documents(parts) == [("F-2", "invoice", "ACME", money("240.00"))]
    assert rebuilt(parts) == {"ACME": money("140.00")}


def test_a_deposit_invoice_stands_for_its_419_line_until_the_final_invoice() -> None:
    parts = read(
        entry("VE 1", "20250106", "A-1", "411000 ACME +120.00", "419100 ACME -100.00", "445710 -20.00"),
        entry("VE 2", "20250201", "F-2", "411000 ACME +120.00", "419100 ACME +100.00", "706000 -200.00", "445710 -20.00"),
    )
    assert documents(parts) == [("A-1", "deposit", "ACME", money("120.00")), ("F-2", "invoice", "ACME", money("120.00"))]
    assert (parts.ignored, parts.warnings.height) == (2, 0)


def test_openings_are_documents_and_credits_of_the_past_marked_so() -> None:
    parts = read(
        entry("AN 1", "20250101", "RAN", "411000 ACME +50.00", "411000 BELL -10.00", "101000 -40.00"),
        sale("VE 2", "20250106", "F-1", "ACME", 100),
    )
    assert parts.documents.select("number", "amount_incl_tax", "category").rows() == [
        ("RAN 2025-01-01 ACME", money("50.00"), "À nouveaux"),
        ("F-1", money("120.00"), None),
    ]
    assert receipts(parts) == [("BELL", "2025-01-01", money("10.00"), "opening")]


def test_lettered_receipts_of_lost_invoices_go_to_the_opening_amount_of_their_client() -> None:
    parts = read(
        entry("AN 1", "20250101", "RAN", "411000 ACME +50.00", "101000 -50.00"),
        received("BQ 2", "20250204", "ACME", "30.00", "AA"),
    )
    assert lettering(parts) == [("BQ 2 #5", "RAN 2025-01-01 ACME", money("30.00"))]


def test_without_auxiliary_accounts_the_sub_account_is_the_client() -> None:
    rows = entry("VE 1", "20250106", "F-1", "411DUVAL +120.00", "706000 -100.00", "445710 -20.00")
    rows += entry("OD 2", "20250206", "D", "416DUVAL +120.00", "411DUVAL -120.00")
    parts = read([row.replace("|Compte|", "|Duval SA|") for row in rows])
    assert parts.documents.select("client_code", "client_name").rows() == [("411DUVAL", "Duval SA")]
    assert parts.ignored == 2


def test_pieces_that_do_not_tell_documents_apart_get_what_does() -> None:
    parts = read(
        sale("VE 1", "20250106", "VE 0125", "ACME", 100),
        sale("VE 2", "20250107", "VE 0125", "BELL", 200),
        entry("OD 0", "20250131", "CAISSE", "411000 CB +12.00", "411000 ESP +6.00", "706000 -15.00", "445710 -3.00"),
    )
    assert [number for number, *_ in documents(parts)] == [
        "VE 0125 1", "VE 0125 2", "CAISSE 2025-01-31 CB", "CAISSE 2025-01-31 ESP"
    ]  # fmt: skip


def test_entries_without_a_number_end_where_they_balance() -> None:
    parts = read(
        entry("BQ 0", "20250106", "VIR", "411000 ACME -10.00", "512000 +10.00"),
        entry("BQ 0", "20250106", "FOUR", "401000 +7.00", "512000 -7.00"),
        entry("VE 0", "20250131", "F-1", "411000 ACME +12.00", "706000 -10.00", "445710 -2.00"),
        entry("VE 0", "20250131", "A-1", "411000 ACME -6.00", "706000 +5.00", "445710 +1.00"),
    )
    assert documents(parts) == [("F-1", "invoice", "ACME", money("12.00")), ("A-1", "credit_note", "ACME", money("6.00"))]


def test_an_extract_of_the_client_accounts_alone_is_invoices_and_receipts() -> None:
    parts = read(entry("VE 1", "20250106", "F-1", "411000 ACME +12.00"), entry("BQ 2", "20250107", "V", "411000 ACME -5.00"))
    assert documents(parts) == [("F-1", "invoice", "ACME", money("12.00"))]
    assert receipts(parts) == [("ACME", "2025-01-07", money("5.00"), "ledger")]
    assert parts.warnings["code"].to_list() == ["unbalanced_entry", "unbalanced_entry"]


def test_a_letter_used_again_later_is_another_group() -> None:
    first = [sale("VE 1", "20250106", "F-1", "ACME", 100, "AA"), received("BQ 2", "20250110", "ACME", "60.00", "AA")]
    second = [sale("VE 3", "20250306", "F-3", "ACME", 200, "AA"), received("BQ 4", "20250310", "ACME", "240.00", "AA")]
    rows = [[re.sub(r"\|AA\|\d+", "|AA|20250110", row) for row in rows] for rows in first]
    rows += [[re.sub(r"\|AA\|\d+", "|AA|20250310", row) for row in rows] for rows in second]
    assert lettering(read(*rows)) == [("BQ 2 #6", "F-1", money("60.00")), ("BQ 4 #11", "F-3", money("240.00"))]


def test_several_receipts_and_invoices_are_given_by_date() -> None:
    parts = read(
        sale("VE 1", "20250106", "F-1", "ACME", 100, "AA"),
        sale("VE 2", "20250107", "F-2", "ACME", 50, "AA"),
        received("BQ 3", "20250204", "ACME", "150.00", "AA"),
        received("BQ 4", "20250205", "ACME", "10.00", "AA"),
    )
    assert lettering(parts) == [
        ("BQ 3 #9", "F-1", money("120.00")), ("BQ 3 #9", "F-2", money("30.00")), ("BQ 4 #11", "F-2", money("10.00"))
    ]  # fmt: skip


# -- the proof -----------------------------------------------------------------------------------------------------------

_FAST = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@_FAST
@given(books())
def test_what_is_rebuilt_is_the_balance_of_the_client_accounts_to_the_cent(entries: list[list[str]]) -> None:
    parts = read(*entries)
    balances: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in csv.DictReader(io.StringIO(fec(*entries).decode()), delimiter="|"):
        if row["CompteNum"].startswith("41"):
            balances[row["CompAuxNum"]] += money(row["Debit"].replace(",", ".")) - money(row["Credit"].replace(",", "."))
    for line in parts.warnings.filter(pl.col("code") == "deposits_invoiced")["value"]:
        client, amount = re.fullmatch(r"Societe (\w+): (.*)", line).groups()  # type: ignore[union-attr]
        balances[client] += money(amount)
    assert {c: a for c, a in rebuilt(parts).items() if a} == {c: a for c, a in balances.items() if a}
    assert "ledger_gap" not in parts.warnings["code"].to_list()
    assert parts.documents["number"].str.to_lowercase().is_unique().all()
    assert parts.receipts["reference"].is_unique().all()


@_FAST
@given(books())
def test_lettering_never_gives_more_than_either_side_has(entries: list[list[str]]) -> None:
    parts = read(*entries)
    owed = {number: amount for number, _, _, amount in documents(parts)}
    has = dict(parts.receipts.select("reference", "amount").iter_rows()) | owed
    clients = dict(parts.receipts.select("reference", "client_code").iter_rows()) | {n: c for n, _, c, _ in documents(parts)}
    taken: Counter[str] = Counter()
    gave: Counter[str] = Counter()
    for source, number, amount in lettering(parts):
        assert amount > 0
        assert clients[source] == clients[number]
        taken[number] += amount  # type: ignore[assignment]
        gave[source] += amount  # type: ignore[assignment]
    assert all(amount <= owed[number] for number, amount in taken.items())
    assert all(amount <= has[source] for source, amount in gave.items())
    losses = parts.receipts.filter(pl.col("method").is_in(["loss", "rounding", "discount"]))
    assert all(gave[reference] == has[reference] for reference in losses["reference"])


# -- real files, counted by hand -----------------------------------------------------------------------------------------


def plain_lines(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    text = content.decode("utf-8-sig") if content.isascii() or b"\xc3" in content else content.decode("iso8859-15")
    mark = "\t" if "\t" in text.split("\n", 1)[0] else "|"
    header, *rows = [[cell.strip() for cell in line.split(mark)] for line in text.splitlines() if line.strip()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def signed(row: dict[str, str]) -> Decimal:
    return money(row["Debit"].replace(",", ".")) - money(row["Credit"].replace(",", "."))


def plain_entries(rows: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """Entries by journal and number, or in a journal without numbers, each time the balance is back at 0."""
    journals: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        journals[row["JournalCode"], row["EcritureNum"]].append(row)
    for (_, number), lines in journals.items():
        if number.strip("0"):
            yield lines
            continue
        sums = list(itertools.accumulate(signed(line) for line in lines))
        ends = [0, *(i + 1 for i, balance in enumerate(sums) if balance == 0)]
        yield from (lines[a:b] for a, b in itertools.pairwise(ends))


@pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared/corpus")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("0000000001FEC20220831.txt", (398, 9, 131)),
        ("_000000000FEC20231231.txt", (20, 0, 133)),
        ("111111111FEC20221231.TXT", (100, 4, 47)),
    ],
)
def test_real_files_are_counted_and_proven_by_an_independent_count(name: str, expected: tuple[int, int, int]) -> None:
    [path] = CORPUS.glob(f"*{name}")
    rows = plain_lines(path)
    parts = read_file(Source(path.read_bytes(), path.name))
    kinds: Counter[str] = Counter()
    for lines in plain_entries(rows):
        accounts = [line["CompteNum"] for line in lines]
        is_opening = "nouveau" in lines[0]["JournalLib"].lower() or lines[0]["JournalCode"] == "AN"
        is_sale = any(account.startswith(("7", "4457", "678")) for account in accounts)
        for line in lines:
            if line["CompteNum"].startswith("411"):
                owes = signed(line) > 0
                is_document = is_opening if owes and not is_sale else is_sale and not (is_opening and not owes)
                kinds[("invoice" if owes else "credit_note") if is_document else "receipt"] += 1
    assert (kinds["invoice"], kinds["credit_note"], kinds["receipt"]) == expected
    found = Counter(parts.documents["kind"])
    assert (found["invoice"], found["credit_note"], parts.receipts.height) == expected
    balances: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        if row["CompteNum"].startswith("411"):
            balances[row["CompAuxNum"]] += signed(row)
    assert rebuilt(parts) == balances
    assert parts.rows == sum(row["CompteNum"].startswith("411") for row in rows)
    clients = {*parts.documents["client_code"], *parts.receipts["client_code"]}
    assert clients == {row["CompAuxNum"] for row in rows if row["CompteNum"].startswith("411")}
