"""Search in the document and its encoding: every substring is found, whatever its letter width, case or spaces.

The document is small, so each search reads all of it: about nine thousand letters, well under a millisecond.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.text.document import Anchor
from kechuang.policy.words.explanation_parts import parts_of
from kechuang.reader import queries
from kechuang.reader.packs import address_of

LONGEST: Final = 100  # letters of a query; the rest is cut
AROUND: Final = 42  # letters shown before and after the hits of a long text
LANGUAGES: Final = ("zh", "en")
RANKS: Final = {
    "measure": 0, "benefit": 0, "heading": 0, "text": 1, "condition": 2, "figure": 2, "reading": 2, "department": 3,
}  # fmt: skip


@dataclass(frozen=True)
class Plain:
    """A text as it is compared: full-width as half-width, lower case, no space; with the place of each letter kept."""

    letters: str
    places: tuple[int, ...]

    def find(self, wanted: str) -> Iterator[tuple[int, int]]:
        """Where `wanted` stands in the text as written: (start, end), none overlapping another."""
        at = self.letters.find(wanted)
        while at >= 0:
            yield self.places[at], self.places[at + len(wanted) - 1] + 1
            at = self.letters.find(wanted, at + len(wanted))


@dataclass(frozen=True)
class Entry:
    """Something that can be found: a text in one language, of which kind, under which title, on which page."""

    kind: str
    language: str
    title: str
    text: str
    plain: Plain
    address: str


@dataclass(frozen=True)
class Hit:
    """One thing found, with the words marked, and how often they stand in it."""

    kind: str
    language: str
    title: str
    snippet: SafeString
    address: str
    count: int


@dataclass(frozen=True)
class Found:
    """The hits of a search, the best first. `words` are what was looked for apart when the whole stands nowhere."""

    query: str
    hits: Sequence[Hit]
    words: tuple[str, ...] = ()


def plain(text: str) -> Plain:
    """A text as it is compared."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for one in unicodedata.normalize("NFKC", letter).casefold():
            if not one.isspace():
                letters.append(one)
                places.append(place)
    return Plain("".join(letters), tuple(places))


def search(pack: Pack, query: str, language: str, on: date) -> Found:
    """Everything that holds the query as one phrase, then what holds all of its words.

    A Chinese query of one word that stands nowhere is cut into words of two letters.
    """
    query = query.strip()[:LONGEST]
    whole = plain(query).letters
    if not whole:
        return Found(query, ())
    exact = [*_in_text(pack, whole), *_in_entries(pack, [whole], language, on)]
    words = tuple(dict.fromkeys(word for part in query.split() if (word := plain(part).letters)))
    if len(words) == 1 and not exact and len(whole) > len("研发"):
        words = tuple(dict.fromkeys(whole[at : at + 2] for at in range(0, len(whole), 2)))
    if len(words) == 1:
        return Found(query, _ranked(exact))
    known = {(hit.address, hit.kind) for hit in exact}
    apart = [*_sentences_with(pack, words), *_in_entries(pack, words, language, on)]
    others = [hit for hit in apart if (hit.address, hit.kind) not in known]
    return Found(query, [*_ranked(exact), *_ranked(others)], words if not exact else ())


def _ranked(hits: Iterable[Hit]) -> list[Hit]:
    """Titles first, then what has more hits; the order of the document settles the rest."""
    return sorted(hits, key=lambda hit: (RANKS[hit.kind], -hit.count))


@lru_cache(maxsize=16)
def _text_of(pack: Pack) -> tuple[Plain, tuple[int, ...], tuple[Anchor, ...]]:
    """The whole document as it is compared; where its smallest named parts begin, and these."""
    anchors = sorted(pack.document.anchors.values(), key=lambda one: (one.start, -one.end))
    inner = {one.start: one for one in anchors}
    starts = tuple(sorted(inner))
    return plain(pack.document.text), starts, tuple(inner[start] for start in starts)


def _in_text(pack: Pack, wanted: str) -> Iterator[Hit]:
    """The sentences in which the words begin, hits of one sentence together."""
    whole, starts, anchors = _text_of(pack)
    found: dict[str, list[tuple[int, int]]] = {}
    by_id = {anchor.id: anchor for anchor in anchors}
    for span in whole.find(wanted):
        anchor = anchors[max(bisect_right(starts, span[0]) - 1, 0)]
        found.setdefault(anchor.id, []).append(span)
    for name, spans in found.items():
        yield _text_hit(pack, by_id[name], spans)


def _sentences_with(pack: Pack, words: Sequence[str]) -> Iterator[Hit]:
    whole, starts, anchors = _text_of(pack)
    for place, anchor in enumerate(anchors):
        end = starts[place + 1] if place + 1 < len(starts) else len(pack.document.text)
        first, last = (bisect_right(whole.places, at - 1) for at in (anchor.start, end))
        part = Plain(whole.letters[first:last], whole.places[first:last])
        spans = [list(part.find(word)) for word in words]
        if all(spans):
            yield _text_hit(pack, anchor, sorted(span for each in spans for span in each))


def _text_hit(pack: Pack, anchor: Anchor, spans: Sequence[tuple[int, int]]) -> Hit:
    document = pack.document
    start = min(anchor.start, spans[0][0])
    end = document.text.find("\n", spans[-1][1])
    end = max(min(anchor.end, end if end > 0 else anchor.end), spans[-1][1])
    key, _dot, part = anchor.id.rpartition(".")
    clause = document.clauses.get(key)
    kind = "text"
    if part == "departments":
        kind = "department"
    elif anchor.id.startswith("P") or anchor.id == "title" or (clause and part == "0"):
        kind = "heading"
    title = f"{clause.key} {clause.title}" if clause and kind != "heading" else ""
    address = f"{address_of(pack, 'policy')}#{anchor.id}"
    shifted = [(one - start, other - start) for one, other in spans]
    return Hit(kind, "zh", title, snippet(document.text[start:end], shifted), address, len(spans))


@lru_cache(maxsize=16)
def _entries(pack: Pack, on: date) -> tuple[Entry, ...]:
    """Titles, conditions, figures and readings in both languages; the Chinese titles of measures are in the text."""
    return tuple(entry for language in LANGUAGES for entry in _entries_in(pack, language, on))


def _entries_in(pack: Pack, language: str, on: date) -> Iterator[Entry]:
    parts = parts_of(bind(pack, on), language)

    def entry(kind: str, title: str, text: str, page: str, **named: str) -> Entry:
        return Entry(kind, language, title, text, plain(text), address_of(pack, page, **named))

    for measure in pack.measures.values():
        if language == "en":
            yield entry("measure", "", measure.title.en, "measure", key=measure.key)
        for benefit in measure.benefits:
            told = parts[benefit.id]
            page = {"page": "benefit", "key": measure.key, "benefit": benefit.key}
            yield entry("benefit", f"{measure.key} {told.measure}", told.title, **page)
            for condition in told.conditions:
                yield entry("condition", told.title, condition.sentence, **page)
            for one in benefit.parameters.values():
                shown = queries.parameter(pack, one, language)
                yield entry("figure", told.title, f"{shown.title} {' '.join(shown.values)}", **page)
    for reading in pack.readings.values():
        options = (
            words for option in reading.options.values() for words in (option.title, option.effect) if words
        )
        text = " · ".join(words.pick(language) for words in (reading.title, *options))
        yield entry("reading", reading.id, text, "measure", key=reading.measure)


def _in_entries(pack: Pack, words: Sequence[str], language: str, on: date) -> Iterator[Hit]:
    """What is found in the language of the page first."""
    entries = _entries(pack, on)
    for entry in sorted(entries, key=lambda one: one.language != language):
        spans = [list(entry.plain.find(word)) for word in words]
        if all(spans):
            ordered = sorted(span for each in spans for span in each)
            marked = snippet(entry.text, ordered)
            yield Hit(entry.kind, entry.language, entry.title, marked, entry.address, len(ordered))


def snippet(text: str, spans: Sequence[tuple[int, int]]) -> SafeString:
    """The text around its hits with each marked; what stands far away is cut."""
    first = max(spans[0][0] - AROUND, 0)
    last = min(max(spans[0][1], min(spans[-1][1], first + 4 * AROUND)) + AROUND, len(text))
    parts: list[SafeString | str] = ["…" if first else ""]
    at = first
    for start, end in spans:
        if end <= at or start >= last:
            continue
        parts += [text[at : max(start, at)], format_html("<mark>{}</mark>", text[max(start, at) : end])]
        at = end
    parts += [text[at:last], "…" if last < len(text) else ""]
    return format_html_join("", "{}", ((one,) for one in parts))
