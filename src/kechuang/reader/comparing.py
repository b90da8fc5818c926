"""Two packs side by side: what changed in the words, and in the parameters that stand for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kechuang.policy.encoding.pack import Benefit, Measure, Pack
from kechuang.policy.text.comparison import Change, FigureChange, Row, compare_documents
from kechuang.reader import queries

ALIKE: Final = 0.6  # benefits of one measure whose titles are at least so alike are one benefit


@dataclass(frozen=True)
class ShownRow:
    """One part of both documents: the words before with what went marked, the words after with what came marked."""

    row: Row
    before: SafeString
    after: SafeString
    figures: Sequence[FigureChange]


@dataclass(frozen=True)
class ParameterChange:
    """A parameter of a benefit before and after; '' on the side that does not have it."""

    measure: Measure
    benefit: Benefit
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownComparison:
    """Two packs side by side."""

    rows: Sequence[ShownRow]
    changed: int
    parameters: Sequence[ParameterChange]


@lru_cache(maxsize=16)
def compared(before: Pack, after: Pack, language: str) -> ShownComparison:
    """The documents part by part, and the parameters that differ."""
    comparison = compare_documents(before.document, after.document)
    rows = [
        ShownRow(row, marked(row.changes, "deleted"), marked(row.changes, "inserted"), row.figures)
        for row in comparison.rows
    ]
    found = _parameters(before, after, comparison.rows, language)
    parameters = sorted(
        found, key=lambda one: not (one.before and one.after)
    )  # changed ones before gone and new ones
    return ShownComparison(rows, len(comparison.changed), parameters)


def marked(changes: Sequence[Change], side: str) -> SafeString:
    """The words of one side, with those that the other side does not have in <del> or <ins>."""
    tag = {"deleted": "<del>{}</del>", "inserted": "<ins>{}</ins>"}[side]
    parts = [
        format_html("{}", one.text) if one.kind == "kept" else format_html(tag, one.text)
        for one in changes
        if one.kind in ("kept", side)
    ]
    return format_html_join("", "{}", ((one,) for one in parts))


def _parameters(before: Pack, after: Pack, rows: Sequence[Row], language: str) -> Iterator[ParameterChange]:
    """Parameters that differ, went or came, measure by measure as the words match them."""
    for row in rows:
        old = before.measures.get(row.before or "")
        new = after.measures.get(row.after or "")
        for was, now in _benefits(old, new):
            yield from _of_benefit(before, after, (old, was), (new, now), language)


def _benefits(old: Measure | None, new: Measure | None) -> Iterator[tuple[Benefit | None, Benefit | None]]:
    """The benefits of a measure on both sides: by key, else by title."""
    left = list(old.benefits) if old else []
    for now in new.benefits if new else ():
        was = next((one for one in left if one.key == now.key), None)
        was = was or next((one for one in left if _alike(one, now)), None)
        if was is not None:
            left.remove(was)
        yield was, now
    yield from ((was, None) for was in left)


def _alike(one: Benefit, other: Benefit) -> bool:
    return SequenceMatcher(None, one.title.zh, other.title.zh, autojunk=False).ratio() >= ALIKE


def _of_benefit(
    before: Pack,
    after: Pack,
    old: tuple[Measure | None, Benefit | None],
    new: tuple[Measure | None, Benefit | None],
    language: str,
) -> Iterator[ParameterChange]:
    was, now = _values(before, old[1], language), _values(after, new[1], language)
    measure, benefit = new[0] or old[0], new[1] or old[1]
    if measure is None or benefit is None:
        return
    for key in dict.fromkeys((*was, *now)):
        (title, first), (its_title, then) = was.get(key, ("", "")), now.get(key, ("", ""))
        if first != then:
            yield ParameterChange(measure, benefit, its_title or title, first, then)


def _values(pack: Pack, benefit: Benefit | None, language: str) -> dict[str, tuple[str, str]]:
    if benefit is None:
        return {}
    shown = zip(benefit.parameters, queries.parameters(pack, benefit, language), strict=True)
    return {key: (one.title, ("; " if language == "en" else "；").join(one.values)) for key, one in shown}
