"""Quotes that a pack accepts: they stand once in the clause and hold no token that something else must claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kechuang.policy.drafting.roles import STOPS, phrase_of
from kechuang.policy.drafting.tokens import Span
from kechuang.policy.text.document import Clause

_LONGEST: Final = 60  # letters of a phrase that is quoted whole
_WIDER: Final = 24  # letters that a quote is widened by on each side


def unique_quote(clause: Clause, span: Span, avoid: Sequence[Span] = ()) -> str | None:
    """The shortest natural words around `span` that stand once, none of `avoid` wholly within; else None."""
    for start, end in _windows(clause.text, span):
        words = clause.text[start:end]
        if any(start <= one[0] and one[1] <= end for one in avoid):
            continue
        if clause.text.count(words) == 1 and len(clause.find(words)) == 1:
            return words.replace("\n", "")
    return None


def _windows(text: str, span: Span) -> Iterator[Span]:
    """The phrase, then ever wider stretches around the words themselves."""
    start, end = span
    left, right = phrase_of(text, start, end)
    while left < start and text[left] in STOPS:
        left += 1
    before, _ = phrase_of(text, max(left - 1, 0), max(left - 1, 0))
    for window in ((left, right), (left, end), (before, right), (before, end)):
        if window[1] - window[0] <= _LONGEST:
            yield window
    for wider in range(_WIDER * 2):
        for before in range(wider, -1, -1):
            if before <= _WIDER and wider - before <= _WIDER:
                yield max(start - before, 0), min(end + wider - before, len(text))
    yield 0, len(text)
