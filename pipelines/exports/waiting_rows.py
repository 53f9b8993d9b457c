"""The rows that wait for a correction as CSV, with why: to be corrected in a spreadsheet and imported again."""

import csv
import io
import json
import re

import polars as pl

from models.problems import sentence
from models.texts import Texts
from pipelines.exports.sheets import neutral

_NUMBER = re.compile(r"[+-]?[0-9][0-9 \xa0\u202f.,']*")


def waiting_csv(rows: pl.DataFrame, texts: Texts) -> bytes:
    """One line per row of WAITING: its cells under their headers, then its file, line and reasons; UTF-8 with BOM.

    `;` between cells in French, `,` in English. What a spreadsheet would run as a formula is text; numbers stay as
    they are, so that the file can be imported again.
    """
    cells = [json.loads(text) for text in rows["cells"]]
    headers = list(dict.fromkeys(header for row in cells for header in row))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if texts.language == "fr" else ",", lineterminator="\r\n")
    titles = [texts.t("File of origin"), texts.t("Line of origin"), texts.t("Why it was rejected")]
    writer.writerow([*map(_shown, headers), *titles])
    for row, (file, line, problems) in zip(cells, rows.select("file", "line", "problems").iter_rows(), strict=True):
        reasons = " ".join(
            sentence(texts, p["code"], line=line, column=p["column"], value=p["value"]) for p in json.loads(problems)
        )
        writer.writerow([*(_shown(row.get(header, "")) for header in headers), _shown(file), line, _shown(reasons)])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _shown(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else neutral(text)
