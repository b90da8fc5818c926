"""A policy document with stable anchors, read by the program out of the text as published.

    raw text -> squeezed line -> parts 一、 -> sections （一） -> measures 1. and safeguards S1 -> sentences 9.1
                              -> chapters 第一章 -> articles 第九条 -> sentences and items 9.1; attachments A1

Every anchor has (start, end) in `Document.text` and a content hash; `Document.line(offset)` leads back to the raw line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from kechuang.policy.text.dates import A_DAY, day_of, in_force
from kechuang.policy.text.departments import DepartmentMention, departments_of
from kechuang.policy.text.layout import Block, Layout, read_layout
from kechuang.policy.text.rawtext import SourceMap, find_quote, nearest_words, squeeze

ClauseKind = Literal["measure", "safeguard", "item", "attachment"]
DIGEST_LENGTH: Final = 16
PIECES: Final = ("title", "addressees", "preamble", "closing", "attachments", "issuer", "issued", "note")

SENTENCE: Final = re.compile(r"[^。！？\n]*[。！？]+[”’」』）]*|[^。！？\n]+")
ATTACHMENTS: Final = "A"  # the id of the part that holds the attachments
SAFEGUARDS: Final = re.compile("保障措施|组织保障|组织实施|保障机制")
ARTICLE_TITLE: Final = re.compile(r"[（【〔]([^）】〕]{2,20})[）】〕]")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A named stretch of the document: (start, end) in `Document.text`, its words and their hash."""

    id: str
    start: int
    end: int
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One measure or safeguard: title (words up to the first 。), whole text without its number, and its parts.

    `key` is '1' … '32' (also of articles), 'S1' …, 'P2.3' for a section that is itself a clause, 'A1' for an
    attachment. `start` and `end` are offsets in `Document.text`; offsets of `departments` and of `find` are relative to
    `text`.
    """

    key: str
    number: int
    kind: ClauseKind
    title: str
    text: str
    start: int
    end: int
    digest: str
    section: str
    sentences: tuple[Anchor, ...] = field(repr=False)
    departments: tuple[DepartmentMention, ...]

    def find(self, quote: str) -> list[tuple[int, int]]:
        """Where the words of `quote` stand in `text`, whitespace and letter width ignored."""
        return find_quote(self.text, quote)

    def nearest(self, quote: str) -> tuple[int, int] | None:
        """Where the words of `text` most like a quote that does not stand in it are; None when nothing is like it."""
        return nearest_words(self.text, quote)


@dataclass(frozen=True, slots=True)
class Section:
    """A part (一、, id 'P2') or a section of it (（一）, id 'P2.1') with the keys of the clauses under it, in order.

    The attachments together are the part 'A'.
    """

    id: str
    title: str
    start: int
    end: int
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read. What the text does not say (issuer, number, dates) is None.

    `sections` are the （一） headings that hold measures, `parts` the 一、 headings. `anchors` holds all by id: title,
    addressees, preamble, P1, P2.1, 9 (a clause), 9.0 (its title), 9.1 … (sentences), 9.departments, closing.
    `problems` says what in the layout could not be read as expected, each with the raw line.
    """

    id: str
    title: str
    issuer: str | None
    number: str | None
    issued: date | None
    valid_from: date | None
    valid_to: date | None
    addressees: tuple[str, ...]
    note: str | None
    text: str = field(repr=False)
    parts: tuple[Section, ...]
    sections: tuple[Section, ...]
    clauses: Mapping[str, Clause] = field(repr=False)
    anchors: Mapping[str, Anchor] = field(repr=False)
    digest: str
    source: SourceMap = field(repr=False)
    problems: tuple[str, ...]

    def line(self, offset: int) -> int:
        """The 1-based line of the raw text on which the character at `offset` of `text` stands."""
        return self.source.line(offset)

    def opening(self, heading: Section) -> str:
        """The heading as printed, and what stands under it before the next heading or clause."""
        starts = [one.start for one in (*self.parts, *self.sections)] + [
            one.start for one in self.clauses.values()
        ]
        end = min((start for start in starts if start > heading.start), default=0)
        if not heading.start < end <= heading.end:
            return self.text[heading.start : heading.end].strip()
        line = self.text.rfind("\n", heading.start, end)  # the number of a clause stands before its start
        return self.text[heading.start : line if line > 0 else end].strip()

    def clause_line(self, key: str, offset: int = 0) -> int:
        """The raw line of the character at `offset` of a clause's text."""
        return self.source.line(self.clauses[key].start + offset)


def digest_of(text: str) -> str:
    """A short content hash: the first 16 hexadecimal digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def normalise(raw: str) -> str:
    """The text as one line, without page numbers, broken lines and stray spaces (`Document.text` adds line breaks)."""
    return squeeze(raw).text


def read_document(raw: str, meta: Mapping[str, object] | None = None) -> Document:
    """Read a document as published; `meta['id']` names it, all else is found in the text."""
    squeezed = squeeze(raw)
    layout = read_layout(squeezed)
    text, source, moved = squeezed.cut(layout.cuts())
    anchors = _Anchors(text)
    for name in PIECES:
        if name in layout.pieces:
            anchors.add(name, *(moved[at] for at in layout.pieces[name]))
    parts, sections, clauses = _structure(layout, moved, anchors)
    closing = anchors.text_of("closing") or text
    issued = day_of(A_DAY.search(anchors.text_of("issued") or ""))
    valid_from, valid_to = in_force(closing, issued)
    return Document(
        id=str((meta or {}).get("id", "document")),
        title=anchors.text_of("title") or "",
        issuer=anchors.text_of("issuer"),
        number=layout.number,
        issued=issued,
        valid_from=valid_from,
        valid_to=valid_to,
        addressees=_addressees(anchors.text_of("addressees")),
        note=(anchors.text_of("note") or "").strip("（）") or None,
        text=text,
        parts=parts,
        sections=sections,
        clauses=clauses,
        anchors=anchors.found,
        digest=digest_of(text),
        source=source,
        problems=tuple(f"line {source.line(moved[at])}: {words}" for at, words in layout.problems),
    )


class _Anchors:
    """Collects anchors over one text; an id given twice is a fault of this program."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[str, Anchor] = {}

    def add(self, name: str, start: int, end: int) -> Anchor:
        while end > start and self.text[end - 1] == "\n":
            end -= 1
        words = self.text[start:end]
        self.found[name] = Anchor(name, start, end, words, digest_of(words))
        return self.found[name]

    def text_of(self, name: str) -> str | None:
        return self.found[name].text if name in self.found else None


def _structure(
    layout: Layout, moved: list[int], anchors: _Anchors
) -> tuple[tuple[Section, ...], tuple[Section, ...], dict[str, Clause]]:
    """Walk the blocks in order: a part closes the section before it, a section the clause before it."""
    clauses: dict[str, Clause] = {}
    spans: dict[str, list[int]] = {}
    titles: dict[str, str] = {}
    holders: dict[str, list[str]] = {}
    part = section = ""
    for block in layout.blocks:
        start, end = moved[block.start], moved[block.end]
        if block.kind == "part":
            part = section = f"P{block.number}"
        elif block.kind == "attachment":
            part = section = ATTACHMENTS
            spans.setdefault(part, [start, end])
            holders.setdefault(part, [])
            titles[part] = "附件"
        elif block.kind == "section":
            section = f"{part}.{block.number}" if part else f"P0.{block.number}"
        if block.kind in ("part", "section"):
            spans[section], holders[section] = [start, end], []
            titles[section] = anchors.text[moved[block.words] : moved[block.title_end]].strip("\n。")
        is_clause = block.kind in ("clause", "attachment") or block.is_clause
        if is_clause:
            clause = _clause(block, moved, anchors, section, titles.get(part, ""))
            clauses[clause.key] = clause
        for holder in {part, section} - {""}:
            spans[holder][1] = end
            if is_clause:
                holders[holder].append(clause.key)
    found = {
        name: Section(
            name, titles[name], anchors.add(name, *span).start, anchors.found[name].end, tuple(holders[name])
        )
        for name, span in spans.items()
    }
    parts = tuple(one for name, one in found.items() if "." not in name)
    itself = {clause.section for clause in clauses.values() if clause.kind != "measure"}
    sections = tuple(one for name, one in found.items() if "." in name and name not in itself)
    return parts, sections, clauses


def _clause(block: Block, moved: list[int], anchors: _Anchors, section: str, part_title: str) -> Clause:
    kind, key = _kind_and_key(block, section, part_title)
    whole = anchors.add(key if key != section else f"{key}.clause", moved[block.words], moved[block.end])
    title, title_end = _title_of(block, whole, moved)
    named = departments_of(whole.text)
    body_end = named.bracket[0] if named.bracket else len(whole.text)
    sentences = [anchors.add(f"{key}.0", whole.start, whole.start + title_end)]
    body = whole.text[title_end:body_end]
    for number, found in enumerate((one for one in SENTENCE.finditer(body) if one[0].strip()), start=1):
        at = whole.start + title_end
        sentences.append(anchors.add(f"{key}.{number}", at + found.start(), at + found.end()))
    if named.bracket:
        start, end = named.bracket
        anchors.add(f"{key}.departments", whole.start + start, whole.start + end)
    return Clause(
        key=key,
        number=block.number,
        kind=kind,
        title=title,
        text=whole.text,
        start=whole.start,
        end=whole.end,
        digest=whole.digest,
        section=section,
        sentences=tuple(sentences),
        departments=named.mentions,
    )


def _kind_and_key(block: Block, section: str, part_title: str) -> tuple[ClauseKind, str]:
    if block.kind == "attachment":
        return "attachment", f"A{block.number}"
    if block.kind != "section":
        return "measure", str(block.number)
    return ("safeguard", f"S{block.number}") if SAFEGUARDS.search(part_title) else ("item", section)


def _title_of(block: Block, whole: Anchor, moved: list[int]) -> tuple[str, int]:
    """The title of a clause and its end: up to the first 。, of an article its bracket or the words up to ： or 。."""
    end = whole.text.find("。") + 1 or len(whole.text)
    if block.kind != "clause":
        end = moved[block.title_end] - whole.start
    elif block.is_article:
        bracket = ARTICLE_TITLE.match(whole.text)
        if bracket:
            return bracket[1], bracket.end()
        stops = [at + 1 for mark in "。：\n" if (at := whole.text.find(mark)) >= 0]
        end = min(stops, default=end)
    return whole.text[:end].strip("\n。"), end


def _addressees(line: str | None) -> tuple[str, ...]:
    return tuple(line.rstrip("：").split("，")) if line else ()
