"""From a text as published to one line of characters that still know where they came from.

Published texts carry page numbers, words broken over lines and stray spaces. Here they go; nothing else changes.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Final

PAGE_NUMBER: Final = re.compile(r"^[^\S\n]*[—–―‒-]+[^\S\n]*\d{1,4}[^\S\n]*[—–―‒-]+[^\S\n]*$", re.MULTILINE)
INVISIBLE: Final = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad"  # zero-width characters and soft hyphens of converted PDFs
)
LAST_LATIN: Final = "\u024f"
COMPARABLE: Final = (
    10_000_000  # letters of a clause times letters of a quote: beyond that no likeness is sought
)
LONG_ENOUGH: Final = 8  # letters alike, half of which make two quotes worth comparing
# Full-width ASCII to ASCII, one character for one, so that offsets stay: （含） and (含) are the same words.
FOLD: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Where each normalised character stands in the raw text.

    `raw_offsets[i]` is the raw offset of normalised character i (strictly increasing); `line_starts` are the raw
    offsets at which raw lines begin.
    """

    raw_offsets: tuple[int, ...]
    line_starts: tuple[int, ...]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The raw (start, end) of the normalised span; an empty span stays empty."""
        if start >= end:
            at = self.raw_offsets[start] if start < len(self.raw_offsets) else self._end()
            return at, at
        return self.raw_offsets[start], self.raw_offsets[end - 1] + 1

    def normal_span(self, start: int, end: int) -> tuple[int, int]:
        """The normalised (start, end) of what is left of the raw span."""
        return bisect_left(self.raw_offsets, start), bisect_left(self.raw_offsets, end)

    def line(self, offset: int) -> int:
        """The 1-based raw line on which a normalised character stands."""
        raw = self.raw_offsets[offset] if offset < len(self.raw_offsets) else self._end()
        return bisect_right(self.line_starts, raw)

    def _end(self) -> int:
        return self.raw_offsets[-1] + 1 if self.raw_offsets else 0


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A text without page numbers and stray whitespace, and the indices where a raw line begins."""

    text: str
    raw_offsets: tuple[int, ...]
    breaks: tuple[int, ...]  # indices into `text`, the first is 0 unless the text is empty
    line_starts: tuple[int, ...]

    def cut(self, cuts: list[int]) -> tuple[str, SourceMap, list[int]]:
        """Put a line break before each index of `cuts` where the raw text has whitespace.

        Returns the text, its source map, and for every index 0..len of the old text its index in the new one.
        """
        wanted = {cut for cut in cuts if 0 < cut < len(self.text)}
        letters: list[str] = []
        offsets: list[int] = []
        moved: list[int] = []
        for index, letter in enumerate(self.text):
            raw = self.raw_offsets[index]
            if index in wanted and raw - offsets[-1] > 1:
                letters.append("\n")
                offsets.append(offsets[-1] + 1)
            moved.append(len(letters))
            letters.append(letter)
            offsets.append(raw)
        moved.append(len(letters))
        return "".join(letters), SourceMap(tuple(offsets), self.line_starts), moved

    def line_ends(self) -> dict[int, int]:
        """For each index where a raw line begins, the index where the next one begins."""
        return dict(pairwise((*self.breaks, len(self.text))))


def squeeze(raw: str) -> Squeezed:
    """Drop page numbers and whitespace; one space stays between Latin words, and between two digits.

    Joining '1' and '2023' over a gap would change a number, so two digits are never joined: the gap is kept.
    """
    text = PAGE_NUMBER.sub(lambda found: " " * len(found[0]), raw)
    letters: list[str] = []
    offsets: list[int] = []
    breaks: list[int] = []
    gap: int | None = None
    new_line = True
    for offset, letter in enumerate(text):
        if letter.isspace() or letter in INVISIBLE:
            gap = offset if gap is None else gap
            new_line = new_line or letter == "\n"
            continue
        if gap is not None and letters and _keeps_gap(letters[-1], letter):
            letters.append(" ")
            offsets.append(gap)
        if new_line:
            breaks.append(len(letters))
        letters.append(letter)
        offsets.append(offset)
        gap, new_line = None, False
    line_starts = (0, *(found.end() for found in re.finditer("\n", raw)))
    return Squeezed("".join(letters), tuple(offsets), tuple(breaks), line_starts)


@lru_cache(maxsize=512)  # a clause is searched for dozens of quotes
def bare(text: str) -> tuple[str, tuple[int, ...]]:
    """A text for comparing quotes: no whitespace, full-width ASCII as ASCII; with the index of each character kept."""
    kept = tuple(
        index for index, letter in enumerate(text) if not letter.isspace() and letter not in INVISIBLE
    )
    return "".join(text[index] for index in kept).translate(FOLD), kept


def find_quote(text: str, quote: str) -> list[tuple[int, int]]:
    """All (start, end) in `text` where the words of `quote` stand, whitespace and letter width ignored.

    Overlapping finds are all reported; an empty quote stands nowhere.
    """
    words, _ = bare(quote)
    if not words:
        return []
    line, kept = bare(text)
    spans: list[tuple[int, int]] = []
    at = line.find(words)
    while at >= 0:
        spans.append((kept[at], kept[at + len(words) - 1] + 1))
        at = line.find(words, at + 1)
    return spans


def nearest_words(text: str, quote: str) -> tuple[int, int] | None:
    """Where in `text` words most like `quote` stand, for a message about a quote that is not found; None if nowhere."""
    words, _ = bare(quote)
    line, kept = bare(text)
    if len(line) * len(words) > COMPARABLE:
        return None
    same = SequenceMatcher(None, line, words, autojunk=False).find_longest_match()
    if same.size * 2 < min(len(words), LONG_ENOUGH):
        return None
    start = max(same.a - same.b, 0)
    end = min(same.a - same.b + len(words), len(line))
    return kept[start], kept[end - 1] + 1


def _keeps_gap(before: str, after: str) -> bool:
    if before.isdigit() and after.isdigit():
        return True
    return _is_latin(before) and _is_latin(after)


def _is_latin(letter: str) -> bool:
    return letter.isalpha() and letter <= LAST_LATIN
