"""A reminder as an HTML mail: plain tables and inline styles that every mail program shows, every text escaped."""

import re
from collections.abc import Sequence
from html import escape

from pipelines.collections.parts import Part

_INK, _SOFT, _LINE = "#1b2733", "#5b6b7a", "#c9d3dc"
_FONT = "font-family:Georgia,'Times New Roman',serif"
_ALIGNED = {"left": "text-align:left;white-space:nowrap", "right": "text-align:right;white-space:nowrap"}
#: The first column is that of names: a long one takes several lines, a short one is not cut on a telephone.
_NAME = "text-align:left;min-width:9em"
_CELL = f"padding:5px 8px;border-bottom:1px solid {_LINE}"
#: An article of law ("L2192-13") is not cut at its hyphen at the end of a line.
_ARTICLE = re.compile(r"\b([A-Z]?[0-9]{2,5}-[0-9]{1,3})\b")


def html_page(parts: Sequence[Part], *, language: str, title: str, code: str | None) -> str:
    """The page; `code` is the content id of the payment code's picture, which stands in the payment box."""
    body = "\n".join(filter(None, (_part(part, code) for part in parts)))
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title></head>\n'
        f'<body style="margin:0;padding:16px;background:#ffffff"><div style="max-width:680px;{_FONT};font-size:15px;'
        f'line-height:1.45;color:{_INK}">\n{body}\n</div></body></html>\n'
    )


def _lines(text: str) -> str:
    whole = _ARTICLE.sub(r'<span style="white-space:nowrap">\1</span>', escape(text))
    return "<br>\n".join(whole.split("\n"))


def _part(part: Part, code: str | None) -> str:
    kind = part["kind"]
    if kind in {"subject", "heading"}:
        return f'<p style="font-weight:bold">{_lines(part["text"])}</p>'
    if kind == "text":
        return f"<p>{_lines(part['text'])}</p>"
    if kind == "bullets":
        return "<ul>" + "".join(f"<li>{escape(row)}</li>" for row in part["rows"]) + "</ul>"
    if kind == "table":
        return _table(part)
    if kind == "pairs":
        return _pairs(part)
    return _payment(part, code) if kind == "payment" else "<hr>"


def _table(part: Part) -> str:
    def row(cells: Sequence[str], tag: str, style: str) -> str:
        inner = "".join(
            f'<{tag} style="{_CELL};{style};{_ALIGNED[align] if place else _NAME}">{escape(cell)}</{tag}>'
            for place, (cell, align) in enumerate(zip(cells, part["align"], strict=True))
        )
        return f"<tr>{inner}</tr>"

    rows = [row(part["head"], "th", f"border-bottom:2px solid {_INK}"), *(row(cells, "td", "") for cells in part["rows"])]
    if part["total"]:
        rows.append(row(part["total"], "td", "font-weight:bold"))
    note = f'<p style="font-size:12px;color:{_SOFT}">{escape(part["note"])}</p>' if part.get("note") else ""
    style = "border-collapse:collapse;width:100%;font-size:13px;margin:12px 0"
    # On a telephone a wide table is moved sideways; the text keeps the width of the screen.
    return f'<div style="overflow-x:auto"><table style="{style}">{"".join(rows)}</table></div>{note}'


def _pairs(part: Part) -> str:
    last = len(part["rows"]) - 1
    rows = "".join(
        f'<tr style="font-weight:{"bold" if place == last else "normal"}"><td style="padding:2px 8px 2px 0">{escape(label)}</td>'
        f'<td style="padding:2px 0;text-align:right;white-space:nowrap">{escape(value)}</td></tr>'
        for place, (label, value) in enumerate(part["rows"])
    )
    return f'<table style="border-collapse:collapse;width:100%;margin:12px 0">{rows}</table>'


def _payment(part: Part, code: str | None) -> str:
    lines = "".join(
        f'<div style="margin:0 0 6px"><span style="font-size:12px;color:{_SOFT}">{escape(label)}</span><br>{_value(value)}</div>'
        if value
        else f'<div style="margin:0 0 6px">{escape(label)}</div>'
        for label, value in part["rows"]
    )
    picture = ""
    if part["qr"] and code:
        note = escape(part["note"])
        picture = (
            f'<td style="padding:10px;text-align:center;width:140px"><img src="cid:{escape(code)}" width="130" height="130" '
            f'alt="{note}"><br><span style="font-size:12px;color:{_SOFT}">{note}</span></td>'
        )
    return (
        f'<table style="border-collapse:collapse;width:100%;border:1px solid {_LINE};margin:14px 0"><tr>'
        f'<td style="padding:10px;vertical-align:middle">{lines}</td>{picture}</tr></table>'
    )


def _value(value: str) -> str:
    """A web address, checked when it was set, is a link; all else is text."""
    shown = escape(value)
    return f'<a href="{shown}">{shown}</a>' if value.startswith("https://") else shown
