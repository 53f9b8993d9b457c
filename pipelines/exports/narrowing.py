"""A frame as a reader asked for it: searched, filtered and put in order, and what was asked in words."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from models.ids import stable_id
from models.texts import Texts
from pipelines.exports.filters import Condition, Field, ListFilter

#: More different values than this are no choice for a person; they are searched by words.
MOST_CHOICES = 300


def code_of(value: str) -> str:
    """The code of a text that has none of its own: a mark that tells nothing of it."""
    return stable_id(value)


def narrowed(frame: pl.DataFrame, fields: Sequence[Field], asked: ListFilter) -> pl.DataFrame:
    """The rows that fit, in the order asked; without an order they stay as they were.

    Every word of the search must stand in some column of the row, without regard to case and accents; amounts are found
    as they are written, with a comma or a point. Rows without a value fit no condition, and come last in any order.
    """
    by_name = {field.name: field for field in fields}
    kept = frame
    for condition in asked.conditions:
        kept = kept.filter(_fits(kept, by_name[condition.column], condition))
    if asked.words:
        kept = kept.filter(_holds(kept, fields, asked.words))
    if asked.sort is None:
        return kept
    key = _sort_key(kept, asked.sort)
    return kept.sort(key, descending=asked.is_descending, nulls_last=True, maintain_order=True)


def _fits(frame: pl.DataFrame, field: Field, condition: Condition) -> pl.Expr:
    value = pl.col(field.name)
    if condition.words:
        return pl.all_horizontal(
            _folded(_text(frame, field.name)).str.contains(word, literal=True) for word in fold(condition.words)
        )
    if condition.codes and field.kind == "yes_no":
        return value.fill_null(value=False).is_in([code == "yes" for code in condition.codes])
    if condition.codes and field.code is not None:
        return pl.col(field.code).cast(pl.String).is_in(list(condition.codes))
    if condition.codes:
        wanted = [text for text in _texts_of(frame, field.name) if code_of(text) in condition.codes]
        return _text(frame, field.name).is_in(wanted)
    if isinstance(frame.schema[field.name], pl.Datetime):
        value = value.dt.date()
    if field.kind == "share":
        value = value * 100
    bounds = [value >= _bound(condition.low)] if condition.low is not None else []
    bounds += [value <= _bound(condition.high)] if condition.high is not None else []
    return pl.all_horizontal(bounds).fill_null(value=False)


def _bound(bound: Decimal | date) -> pl.Expr:
    """A bound with its own scale, so that no digit of it is lost beside the column's."""
    if isinstance(bound, Decimal):
        return pl.lit(bound, pl.Decimal(38, max(-int(bound.as_tuple().exponent), 2)))
    return pl.lit(bound)


def fold(words: str) -> list[str]:
    """The words to look for, without case and accents; in a number a comma is a point."""
    folded = pl.select(_folded(pl.lit(words))).item().split()
    return [word.replace(",", ".") if word.replace(",", "").replace(".", "").isdigit() else word for word in folded]


def _folded(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column as the text that a search looks through."""
    kind, value = frame.schema[name], pl.col(name)
    if isinstance(kind, pl.List):
        return value.cast(pl.List(pl.String)).list.join(", ")
    if kind in (pl.Date, pl.Datetime):
        return value.dt.strftime("%d/%m/%Y")
    return value.cast(pl.String)


def _holds(frame: pl.DataFrame, fields: Sequence[Field], words: str) -> pl.Expr:
    shown = [_text(frame, field.name) for field in fields if field.kind != "yes_no"]
    texts = [field.name for field in fields if field.kind == "text"]
    whole = pl.concat_str([_folded(_text(frame, name)) for name in texts] or [pl.lit("")], separator="\n", ignore_nulls=True)
    figures = [shown[n] for n, field in enumerate(f for f in fields if f.kind != "yes_no") if field.kind != "text"]
    everything = pl.concat_str([whole, *figures], separator="\n", ignore_nulls=True)
    return pl.all_horizontal(everything.str.contains(word, literal=True) for word in fold(words))


def _sort_key(frame: pl.DataFrame, name: str) -> pl.Expr:
    """What the rows are ordered by: numbers and dates as such, texts without case and accents."""
    kind = frame.schema[name]
    return _folded(_text(frame, name)) if kind == pl.String or isinstance(kind, pl.List) else pl.col(name)


def _texts_of(frame: pl.DataFrame, name: str) -> list[str]:
    found: list[str] = frame.select(_text(frame, name).alias(name)).to_series().drop_nulls().unique().to_list()
    return found


def choices_of(frame: pl.DataFrame, field: Field) -> dict[str, str]:
    """The values of a text column to choose from, by code, in their order; none if they are too many or all differ."""
    if field.code is not None:
        pairs = frame.select(code=pl.col(field.code).cast(pl.String), text=_text(frame, field.name)).drop_nulls().unique("code")
        found = {code: _word(field, code, text) for code, text in pairs.iter_rows()} if pairs.height <= MOST_CHOICES else {}
    else:
        texts = _texts_of(frame, field.name)
        found = {code_of(text): text for text in texts} if len(texts) <= min(MOST_CHOICES, max(frame.height // 2, 2)) else {}
    return dict(sorted(found.items(), key=lambda pair: (" ".join(fold(pair[1])), pair[0])))


def filter_words(
    frame: pl.DataFrame, fields: Sequence[Field], asked: ListFilter, texts: Texts, currency: str | None
) -> dict[str, str]:
    """What was asked, in words by column title, for the head of a list that leaves; `frame` is the whole table."""
    said = {texts.t("Words searched"): asked.words} if asked.words else {}
    by_name = {field.name: field for field in fields}
    for condition in asked.conditions:
        field = by_name[condition.column]
        said[field.title] = _said(frame, field, condition, texts, currency)
    if asked.sort is not None:
        way = texts.t("descending") if asked.is_descending else texts.t("ascending")
        said[texts.t("Sorted by")] = f"{by_name[asked.sort].title} ({way})"
    return said


def _said(frame: pl.DataFrame, field: Field, condition: Condition, texts: Texts, currency: str | None) -> str:
    if condition.words:
        return texts.t("contains “{words}”", words=condition.words)
    if condition.codes and field.kind == "yes_no":
        return ", ".join(texts.t(code) for code in condition.codes)
    if condition.codes:
        names = _names(frame, field, condition.codes)
        return ", ".join(names.get(code, texts.t("a value that is not there")) for code in condition.codes)
    low, high = (_shown(bound, field, texts, currency) for bound in (condition.low, condition.high))
    if low and high:
        return texts.t("from {low} to {high}", low=low, high=high)
    return texts.t("from {low}", low=low) if low else texts.t("up to {high}", high=high)


def _names(frame: pl.DataFrame, field: Field, codes: Sequence[str]) -> Mapping[str, str]:
    if field.code is None:
        return {code_of(text): text for text in _texts_of(frame, field.name) if code_of(text) in codes}
    wanted = frame.filter(pl.col(field.code).cast(pl.String).is_in(list(codes)))
    pairs = wanted.select(code=pl.col(field.code).cast(pl.String), text=_text(wanted, field.name)).drop_nulls()
    return {code: _word(field, code, text) for code, text in pairs.iter_rows()}


def _word(field: Field, code: str, text: str) -> str:
    return field.words.get(code, text) if field.words is not None else text


def _shown(bound: Decimal | date | None, field: Field, texts: Texts, currency: str | None) -> str:
    if bound is None:
        return ""
    if not isinstance(bound, Decimal):
        return texts.date(bound)
    if field.kind == "amount":
        return texts.money(bound, currency) if currency else texts.number(bound, 2)
    return texts.number(bound, 0 if bound == bound.to_integral() else 1)
