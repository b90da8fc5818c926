"""The text of the document as HTML: a marked word is a link to what the pack says of it, on paper it has a note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kechuang.policy.encoding.citations import CLOSING, Segment, segments_of
from kechuang.policy.encoding.pack import Measure, Pack
from kechuang.policy.text.document import Anchor
from kechuang.reader.packs import address_of
from kechuang.reader.phrases import Told, place_of, told

TOKEN_LOOKS: Final = {"figure": "t-figure", "boundary word": "t-word", "department": "t-department"}
SAID_BY_THE_TEXT: Final = ("department", "validity", "duty")  # on paper these need no note

Mark = Callable[[Segment, SafeString], SafeString]


@dataclass(frozen=True)
class ShownClause:
    """A measure, safeguard or the closing: its text as HTML, and each thing cited in it under a name or number.

    `following` is the anchor of the clause after it, to which a reader may skip.
    """

    key: str
    number: str
    html: SafeString
    described: Sequence[tuple[str, Told]]
    following: str
    measure: Measure | None


@dataclass(frozen=True)
class ShownHeading:
    """A part or section of the document, what stands under it before any clause, and its clauses."""

    id: str
    heading: str
    words: str
    level: int
    clauses: Sequence[ShownClause]


@dataclass(frozen=True)
class ShownDocument:
    """The whole document: headings with their clauses in order, and the closing."""

    headings: Sequence[ShownHeading]
    closing: ShownClause | None


def shown_document(pack: Pack, language: str, on: date) -> ShownDocument:
    """The whole document with links; the page's language is active."""
    return _document(pack, lambda key, following: shown_clause(pack, key, language, on, following))


def noted_document(pack: Pack, language: str, on: date) -> ShownDocument:
    """The whole document with numbered notes for paper."""
    return _document(pack, lambda key, _following: noted_clause(pack, key, language, on))


def shown_clause(pack: Pack, key: str, language: str, on: date, following: str = "") -> ShownClause:
    """One clause with links; `following` is the anchor to which a reader may skip."""
    described = [(f"c-{key}-{number}", one) for number, one in enumerate(told(pack, language, on)[key])]
    names = {id(one.citation): name for name, one in described}
    prefix = address_of(pack, "phrase", place="0-0").removesuffix("0-0/")

    def link(segment: Segment, words: SafeString) -> SafeString:
        looks = " ".join(f"k-{kind}" for kind in dict.fromkeys(one.kind for one in segment.citations))
        described_by = " ".join(names[id(one)] for one in segment.citations)
        place = place_of(segment)
        return format_html(
            '<a class="mark {}" id="m-{}" href="{}{}/" aria-describedby="{}">{}</a>',
            looks, place, prefix, place, described_by, words,
        )  # fmt: skip

    return _clause(pack, key, _Writer(link, permalinks=True), described, following)


def noted_clause(pack: Pack, key: str, language: str, on: date) -> ShownClause:
    """One clause for paper: marked words underlined, the numbers of their notes behind them."""
    noted = [one for one in told(pack, language, on)[key] if one.citation.kind not in SAID_BY_THE_TEXT]
    noted.sort(key=lambda one: (one.citation.end, -one.citation.start))
    described = [(str(number), one) for number, one in enumerate(noted, start=1)]

    def note(segment: Segment, words: SafeString) -> SafeString:
        ending = [number for number, one in described if one.citation.end == segment.end]
        if not any(one.kind not in SAID_BY_THE_TEXT for one in segment.citations):
            return words
        behind = format_html("<sup>{}</sup>", " ".join(ending)) if ending else ""
        return format_html('<span class="noted">{}</span>{}', words, behind)

    return _clause(pack, key, _Writer(note, permalinks=False), described, "")


def _document(pack: Pack, shown: Callable[[str, str], ShownClause]) -> ShownDocument:
    document = pack.document
    keys = [*document.clauses, *([CLOSING] if CLOSING in document.anchors else [])]
    clauses = {key: shown(key, after) for key, after in zip(keys, [*keys[1:], ""], strict=True)}
    in_sections = {key for section in document.sections for key in section.clauses}
    headings = []
    for one in sorted((*document.parts, *document.sections), key=lambda one: one.start):
        is_section = "." in one.id
        own = [clauses[key] for key in one.clauses if is_section or key not in in_sections]
        heading, _line, words = document.opening(one).partition("\n")
        headings.append(ShownHeading(one.id, heading, words, 3 if is_section else 2, own))
    return ShownDocument(headings, clauses.get(CLOSING))


def _clause(
    pack: Pack, key: str, writer: _Writer, described: Sequence[tuple[str, Told]], following: str
) -> ShownClause:
    segments, document = segments_of(pack)[key], pack.document
    if key == CLOSING:
        html = format_html_join("", "{}", ((one,) for one in writer.marks(segments)))
        return ShownClause(CLOSING, "", html, described, following, None)
    clause = document.clauses[key]
    named = document.anchors.get(f"{key}.departments")
    html = writer.clause(segments, clause.start, [*clause.sentences, *([named] if named else [])])
    number = document.text[document.text.rfind("\n", 0, clause.start) + 1 : clause.start]
    return ShownClause(key, number, html, described, following, pack.measures.get(key))


class _Writer:
    """Writes the segments of one clause; `mark` puts its mark to words that something is cited for."""

    def __init__(self, mark: Mark, *, permalinks: bool) -> None:
        self.mark = mark
        self.permalinks = permalinks

    def clause(self, segments: Sequence[Segment], base: int, anchors: Sequence[Anchor]) -> SafeString:
        """Title, sentences and departments as spans with their anchors; what stands between them as it is."""
        parts: list[SafeString] = []
        left = list(segments)
        for anchor in anchors:
            start, end = anchor.start - base, anchor.end - base
            parts += self.marks(one for one in left if one.start < start)
            inside = [one for one in left if start <= one.start < end]
            left = [one for one in left if one.start >= end]
            look = {"0": "run-in", "departments": "who"}.get(anchor.id.rpartition(".")[2], "sentence")
            words = format_html_join("", "{}", ((one,) for one in self.marks(inside)))
            link: SafeString | str = ""
            if self.permalinks and look == "sentence":
                link = format_html('<a class="anchor" href="#{}">{}</a>', anchor.id, anchor.id)
            parts.append(format_html('<span class="{}" id="{}">{}{}</span>', look, anchor.id, words, link))
        return format_html_join("", "{}", ((one,) for one in (*parts, *self.marks(left))))

    def marks(self, segments: Iterable[Segment]) -> Iterator[SafeString]:
        """Each segment with its mark, or as plain words."""
        for segment in segments:
            words = _words(segment)
            yield self.mark(segment, words) if segment.citations else words


def _words(segment: Segment) -> SafeString:
    """The words of a segment, its figures, boundary words and departments set off."""
    parts: list[SafeString | str] = []
    at = 0
    for token in segment.tokens:
        start, end = token.start - segment.start, token.end - segment.start
        parts.append(segment.text[at:start])
        parts.append(
            format_html('<span class="{}">{}</span>', TOKEN_LOOKS[token.kind], segment.text[start:end])
        )
        at = end
    parts.append(segment.text[at:])
    return format_html_join("", "{}", ((one,) for one in parts))
