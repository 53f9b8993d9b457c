"""Clients by their name in a label or in the counterparty's field.

How much a name says is its level: SURE is the whole name, legal forms aside; LIKELY the name cut at its end, in another
order, with a typing error or a first name's initial; PART one word of it that no other client has.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pipelines.reconcile.labels import LEGAL_FORMS, name_words, split_name
from pipelines.reconcile.payers import AROUND

SURE, LIKELY, PART = 0, 1, 2
_SMALL = frozenset(("de", "du", "des", "d", "la", "le", "les", "l", "et", "a", "au", "aux", "en", "sur", "sous", "the", "of"))
_DIGIT = re.compile("[0-9]")
_MIN_NAME = 4  # letters that a name needs before it can speak for a client
_MIN_CUT, _CUT_FROM, _CUT_TO = 9, 15, 36  # letters of a name that is cut; length of the fields that banks cut names to
_MIN_TYPO, _MIN_PART, _MOST_ALIKE = 5, 5, 3
_MIN_GLUED, _MIN_ACRONYM = 8, 3


class Named(NamedTuple):
    """A client that a line names; `kind` says by what: name, alias, iban, or person where a person said so."""

    client_id: str
    found: str
    level: int
    kind: str


class _Entry(NamedTuple):
    client_id: str
    words: tuple[str, ...]
    forms: frozenset[str]
    kind: str


class NameBook:
    """Every client's names, findable by their words; built once, asked for each different label."""

    def __init__(self, clients: Iterable[tuple[str, str]], *, own: str = "", aliases: Mapping[str, str] | None = None) -> None:
        """Clients are (client_id, name); `own` is the company's name, `aliases` payers' words -> client_id."""
        self._own = tuple(word for word in name_words(own) if word not in LEGAL_FORMS)
        entries = dict.fromkeys(_Entry(client_id, *split, "name") for client_id, name in clients for split in _split(name))
        for words, client_id in (aliases or {}).items():
            entries |= dict.fromkeys(_Entry(client_id, *split, "alias") for split in _split(words))
        self._entries = list(entries)
        owners: dict[str, set[str]] = defaultdict(set)
        for entry in self._entries:
            for word in entry.words:
                owners[word].add(entry.client_id)
        self._owners = owners
        self._by_rarest: dict[str, list[_Entry]] = defaultdict(list)
        for entry in self._entries:
            self._by_rarest[min(entry.words, key=lambda word: (len(owners[word]), word in _SMALL, word))].append(entry)
        self._by_name: dict[tuple[str, ...], list[_Entry]] = defaultdict(list)
        self._lengths: dict[str, set[int]] = defaultdict(set)
        for entry in self._entries:
            name = tuple(word for word in entry.words if word != "et") or entry.words
            self._by_name[name].append(entry)
            self._lengths[name[0]].add(len(name))
        self._entries_of = _index((word, entry) for entry in self._entries for word in dict.fromkeys(entry.words))
        self._firsts = {entry.words[0] for entry in self._entries}
        self._sorted = sorted((" ".join(entry.words), n) for n, entry in enumerate(self._entries))
        self._glued = _index(
            ("".join(e.words), e) for e in self._entries if len("".join(e.words)) >= _MIN_GLUED and len(e.words) > 1
        )
        self._initials = _index((spelled, e) for e in self._entries for spelled in _with_initial(e.words))
        self._misspelt: dict[str, set[str]] = defaultdict(set)
        for word in owners:
            if len(word) >= _MIN_TYPO and not word.isdigit():
                for less in _deletions(word):
                    self._misspelt[less].add(word)
        self._memo: dict[tuple[str, ...], list[Named]] = {}
        self._of_texts: dict[str, list[Named]] = {}

    def find(self, text: str) -> list[Named]:
        """The clients that a folded text names at the best level that names any; none for words that say too little."""
        found = self._of_texts.get(text)
        if found is None:
            words = self._telling(split_name(text))
            if words not in self._memo:
                self._memo[words] = self._search(words)
            found = self._of_texts[text] = self._memo[words]
        return found

    def _telling(self, words: list[str]) -> tuple[str, ...]:
        """The words that may be part of a name, a bar in the place of others, so that many labels are alike."""
        told: list[str] = []
        for word in words:
            if word in self._owners or word in LEGAL_FORMS or not (word in AROUND or _has_digit(word)):
                told.append(word)
            elif told and told[-1] != "|":
                told.append("|")
        return tuple(told)

    def _search(self, every: tuple[str, ...]) -> list[Named]:
        words = self._without_own(tuple(word for word in every if word not in LEGAL_FORMS))
        whole = list(self._whole(words, frozenset(every) & LEGAL_FORMS))
        if any(hit.level == SURE for hit in whole):
            longer = [Named(e.client_id, run, LIKELY, e.kind) for e, run in self._cut(words) if _goes_on(run, whole)]
            return (
                _unique(hit._replace(level=LIKELY) for hit in [*whole, *longer])
                if longer
                else _unique([*whole, *self._maybe_cut(whole)])
            )
        likely = list(self._likely(words))
        most = max((len(run) for _, run in likely), default=0)
        if whole and most <= max(len(hit.found) for hit in whole):
            return _unique(whole)
        for level, found in ((LIKELY, likely), (PART, self._part(words))):
            hits = _unique(Named(entry.client_id, shown, level, entry.kind) for entry, shown in found)
            if 0 < len(hits) <= _MOST_ALIKE:
                return hits
        return []

    def _without_own(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words with the company's own name taken out, and a bar in its place."""
        size = len(self._own)
        for start in range(len(words) - size + 1 if size else 0):
            if words[start : start + size] == self._own:
                return (*words[:start], "|", *words[start + size :])
        return words

    def _whole(self, words: tuple[str, ...], forms: frozenset[str]) -> Iterator[Named]:
        """Clients whose whole name stands here, in no longer one; of those alike, the one whose legal form stands here too."""
        spans: dict[tuple[int, int], list[_Entry]] = defaultdict(list)
        glued = [(n, n + 1, entry) for n, word in enumerate(words) for entry in self._glued.get(word, ())]
        for start, end, entry in [*self._spans(words), *glued]:
            spans[start, end].append(entry)
        for (start, end), entries in sorted(spans.items()):
            if any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans):
                continue
            formed = [entry for entry in entries if entry.forms and entry.forms <= forms]
            level = SURE if end - start > 1 or self._is_bounded(words, start, end) else LIKELY
            alike = self._namesakes(formed or entries, forms if formed else frozenset())
            for entry in formed or entries:
                yield Named(entry.client_id, " ".join(words[start:end]), PART if alike else level, entry.kind)
            for entry in alike[:_MOST_ALIKE]:
                yield Named(entry.client_id, " ".join(words[start:end]), PART, entry.kind)

    def _namesakes(self, found: list[_Entry], forms: frozenset[str]) -> list[_Entry]:
        """Of a name of one word, the entries of other clients that hold it among others: who writes it may be any of them.

        Where a legal form stands beside it (`forms`), only those of that form may be meant.
        """
        if any(len(entry.words) > 1 or entry.kind != "name" for entry in found):
            return []
        ours, word = {entry.client_id for entry in found}, found[0].words[0]
        if self._owners[word] <= ours:
            return []
        others = [entry for entry in self._entries_of.get(word, ()) if entry.client_id not in ours]
        return [entry for entry in others if not forms or entry.forms & forms]

    def _is_bounded(self, words: tuple[str, ...], start: int, end: int) -> bool:
        """Whether no word around a name of one word could belong to a longer name ("weiss" in "weiss et hebrad")."""
        around = [*words[max(0, start - 1) : start], *words[end : end + 1]]
        return all(word == "|" or (word in _SMALL and word != "et") for word in around)

    def _spans(self, words: tuple[str, ...]) -> Iterator[tuple[int, int, _Entry]]:
        """Where entries stand, word by word; "et" may be left out of either."""
        plain = [(n, word) for n, word in enumerate(words) if word != "et"]
        for start, (_, first) in enumerate(plain):
            for length in self._lengths.get(first, ()):
                run = plain[start : start + length]
                for entry in self._by_name.get(tuple(word for _, word in run), ()) if len(run) == length else ():
                    yield run[0][0], run[-1][0] + 1, entry

    def _maybe_cut(self, whole: list[Named]) -> Iterator[Named]:
        """Names that go on from one found here that is as long as the fields to which banks cut names."""
        for hit in whole:
            if hit.kind == "name" and _CUT_FROM <= len(hit.found) <= _CUT_TO:
                for entry in self._starting(hit.found + " "):
                    yield Named(entry.client_id, hit.found, SURE, entry.kind)

    def _starting(self, start: str) -> Iterator[_Entry]:
        place = bisect_left(self._sorted, (start, -1))
        for name, n in self._sorted[place : place + _MOST_ALIKE + 2]:
            if name.startswith(start):
                yield self._entries[n]

    def _likely(self, words: tuple[str, ...]) -> Iterator[tuple[_Entry, str]]:
        yield from self._cut(words)
        yield from self._in_other_order(words)
        yield from self._with_typo(words)
        for start in range(len(words) - 1):
            pair = " ".join(words[start : start + 2])
            yield from ((entry, pair) for entry in self._initials.get(pair, ()))

    def _cut(self, words: tuple[str, ...]) -> Iterator[tuple[_Entry, str]]:
        """Names of which a run of words is the beginning, the longest run from each word."""
        for start, first in enumerate(words):
            if first not in self._firsts:
                continue
            runs = [first]
            for word in words[start + 1 :]:
                if word == "|" or len(runs[-1]) > _CUT_TO:
                    break
                runs.append(f"{runs[-1]} {word}")
            for run in reversed(runs):
                found = list(self._starting(run)) if _MIN_CUT <= len(run) <= _CUT_TO else []
                if found:
                    yield from ((entry, run) for entry in found)
                    break

    def _in_other_order(self, words: tuple[str, ...]) -> Iterator[tuple[_Entry, str]]:
        here = set(words)
        for word in here:
            for entry in self._by_rarest.get(word, ()):
                key = {w for w in entry.words if w not in _SMALL}
                if len(key) > 1 and key <= here:
                    yield entry, " ".join(w for w in words if w in key)

    def _with_typo(self, words: tuple[str, ...]) -> Iterator[tuple[_Entry, str]]:
        """Whole names, were one word written as another of one letter's difference."""
        for n, word in enumerate(words):
            if len(word) < _MIN_TYPO or _has_digit(word) or word in AROUND or word in self._owners:
                continue
            for other in self._near(word):
                mended = (*words[:n], other, *words[n + 1 :])
                for start, end, entry in self._spans(mended):
                    if start <= n < end:
                        yield entry, " ".join(words[start:end])

    def _near(self, word: str) -> set[str]:
        near = {other for less in (word, *_deletions(word)) for other in self._misspelt.get(less, ())}
        near |= {less for less in _deletions(word) if less in self._owners}
        return {other for other in near if other != word and _is_one_slip(word, other)}

    def _part(self, words: tuple[str, ...]) -> Iterator[tuple[_Entry, str]]:
        """Clients of whose name a word stands here that hardly any other client has."""
        for word in dict.fromkeys(words):
            owners = self._owners.get(word, ())
            if len(word) >= _MIN_PART and 0 < len(owners) <= _MOST_ALIKE and not _has_digit(word) and word not in AROUND:
                yield from ((entry, word) for entry in self._entries_of[word])


def _split(name: str) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """The words that must stand in the label, and the legal forms beside them; nothing if they say too little."""
    every = name_words(name)
    words = tuple(word for word in every if word not in LEGAL_FORMS) or tuple(every)
    if len("".join(words)) >= _MIN_NAME:
        yield words, frozenset(every) & LEGAL_FORMS


def _with_initial(words: tuple[str, ...]) -> Iterator[str]:
    """A first and a last name with one of them as an initial, in either order."""
    if len(words) == 2 and all(len(word) >= _MIN_ACRONYM and not _has_digit(word) for word in words):  # noqa: PLR2004 -- a pair
        for initial, name in (words, words[::-1]):
            yield f"{initial[0]} {name}"
            yield f"{name} {initial[0]}"


def _index(rows: Iterable[tuple[str, _Entry]]) -> dict[str, list[_Entry]]:
    found: dict[str, list[_Entry]] = defaultdict(list)
    for key, entry in rows:
        found[key].append(entry)
    return found


def _goes_on(run: str, whole: list[Named]) -> bool:
    """Whether a cut name goes on, word by word, from a whole one that stands here too."""
    return any(run.startswith(f"{hit.found} ") for hit in whole)


def _unique(hits: Iterable[Named]) -> list[Named]:
    """One hit per client, by client."""
    found: dict[str, Named] = {}
    for hit in hits:
        if hit.client_id not in found or hit.level < found[hit.client_id].level:
            found[hit.client_id] = hit
    return [found[client_id] for client_id in sorted(found)]


def _deletions(word: str) -> set[str]:
    return {word[:n] + word[n + 1 :] for n in range(len(word))}


def _is_one_slip(one: str, other: str) -> bool:
    """Whether one letter too many, too few, wrong, or two swapped make the difference."""
    if len(one) != len(other):
        return min(one, other, key=len) in _deletions(max(one, other, key=len))
    wrong = [n for n in range(len(one)) if one[n] != other[n]]
    is_swap = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and Counter(one) == Counter(other)  # noqa: PLR2004 -- two letters
    return len(wrong) == 1 or is_swap


def _has_digit(word: str) -> bool:
    return not word.isalpha() and _DIGIT.search(word) is not None
