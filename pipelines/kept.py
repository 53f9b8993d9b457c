"""Answers kept with the ledger that they come from, as long as it lives."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from pipelines.ledger import Ledger

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")
_Function = Callable[Concatenate[Ledger, _Asked], _Answer]


def kept_with_ledger(most: int) -> Callable[[_Function[_Asked, _Answer]], _Function[_Asked, _Answer]]:
    """Keep the last `most` answers of a function for each ledger: figures, lists and screens start from the same ones.

    A ledger never changes, so neither does an answer. What is kept is shared: it is never changed in place. What is asked as
    None is as what is not asked.
    """

    def keeping(function: _Function[_Asked, _Answer]) -> _Function[_Asked, _Answer]:
        by_ledger: WeakKeyDictionary[Ledger, dict[object, _Answer]] = WeakKeyDictionary()

        @wraps(function)
        def kept(ledger: Ledger, /, *args: _Asked.args, **asked: _Asked.kwargs) -> _Answer:
            answers = by_ledger.setdefault(ledger, {})
            key = (args, *sorted((name, value) for name, value in asked.items() if value is not None))
            known = answers.get(key)
            if known is None:
                known = function(ledger, *args, **asked)
                for oldest in list(answers)[: max(len(answers) - most + 1, 0)]:
                    answers.pop(oldest, None)
                answers[key] = known
            return known

        return kept

    return keeping
