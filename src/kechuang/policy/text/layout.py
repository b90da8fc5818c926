"""How an official document is laid out: header, 一、 parts, （一） sections, 1. measures, closing and signature.

Works on a squeezed text and the places where raw lines begin; knows no particular city. A heading counts only at the
beginning of a raw line, after the end of a sentence or another heading, and with the number that is due.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from kechuang.policy.text.numerals import chinese_number
from kechuang.policy.text.rawtext import Squeezed

Kind = Literal["part", "section", "clause"]

NUMERAL: Final = "[一二三四五六七八九十]{1,3}"
HEADINGS: Final[dict[Kind, re.Pattern[str]]] = {
    "part": re.compile(rf"({NUMERAL})、"),
    "section": re.compile(rf"（({NUMERAL})）"),
    "clause": re.compile(r"(\d{1,3})[.．、](?!\d)"),
}
ENDS: Final = "。；：！？）”"
NUMBER: Final = re.compile(r"[\u4e00-\u9fff]{1,8}[〔\[［（(]\d{4}[〕\]］）)]\d+号")
KINDS_OF_DOCUMENT: Final = ("意见", "办法", "措施", "通知", "规定", "细则", "方案", "政策", "条例", "计划")
CLOSING: Final = re.compile(
    r"自\s?\d{4}年\d{1,2}月\d{1,2}日起?(?:施行|实施|执行|生效)|有效期(?:限)?(?:至|到|为)"
)
SIGNATURE: Final = re.compile(
    r"(?P<issuer>[^。；：\d]{2,40})(?P<issued>\d{4}年\d{1,2}月\d{1,2}日)(?P<note>（[^（）]*）)?$"
)
FULL_LINE: Final = 0.8  # a heading line at least this full of the usual width goes on in the next line


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with what follows it up to the next heading; indices into the squeezed text.

    `words` is where the words after the number begin, `title_end` where a part's or section's title ends.
    `is_clause` is true for a section that carries its own text and no measures.
    """

    kind: Kind
    number: int
    start: int
    words: int
    title_end: int
    end: int
    is_clause: bool = False


@dataclass(slots=True)
class Layout:
    """The pieces around the body, by name as (start, end), the blocks of the body, and what could not be read."""

    pieces: dict[str, tuple[int, int]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    number: str | None = None

    def cuts(self) -> list[int]:
        """Where blocks and pieces begin and end: there a line break belongs."""
        cuts = {at for span in self.pieces.values() for at in span}
        for block in self.blocks:
            cuts |= {block.start, block.end}
            if block.kind != "clause" and not block.is_clause:
                cuts.add(block.title_end)
        return sorted(cuts)


def read_layout(squeezed: Squeezed) -> Layout:
    """Find header, blocks and closing of a squeezed text."""
    layout = Layout()
    heads = _headings(squeezed, layout)
    body_end = _closing(squeezed.text, heads, layout)
    _header(squeezed, heads[0][2] if heads else body_end, layout)
    if not heads:
        layout.problems.append(
            (0, "no heading found; expected 一、 or （一） or 1. at the beginning of a line")
        )
    layout.blocks = _blocks(squeezed, heads, body_end)
    return layout


Head = tuple[Kind, int, int, int]  # kind, its number in the document, start, start of its words


def _headings(squeezed: Squeezed, layout: Layout) -> list[Head]:
    text = squeezed.text
    heads: list[Head] = []
    last = {"part": 0, "section": 0, "clause": 0}
    first_stop = (
        0  # where the first sentence after the last heading ends; before that only headings may follow
    )
    for at in squeezed.breaks:
        if heads and text[at - 1] not in ENDS and 0 <= first_stop < at:
            continue
        for kind, pattern in HEADINGS.items():
            found = pattern.match(text, at)
            if found is None:
                continue
            number = int(found[1]) if kind == "clause" else chinese_number(found[1])
            if number == last[kind] + 1:
                last[kind] = number
                if kind == "part":
                    last["section"] = 0
                heads.append((kind, number, at, found.end()))
                first_stop = text.find("。", found.end())
            elif kind == "clause":
                expected = last[kind] + 1
                layout.problems.append(
                    (at, f"found heading '{found[0]}', expected {expected}.; read as text")
                )
    return heads


def _blocks(squeezed: Squeezed, heads: list[Head], body_end: int) -> list[Block]:
    ends = squeezed.line_ends()
    usual = sorted(end - start for start, end in ends.items())
    width = usual[len(usual) * 9 // 10] if usual else 0
    blocks: list[Block] = []
    for index, (kind, number, start, words) in enumerate(heads):
        following = heads[index + 1] if index + 1 < len(heads) else None
        end = following[2] if following else body_end
        title_end = end
        if kind != "clause":
            title_end = _title_end(squeezed.text, ends, (start, end), width)
        block = Block(kind, number, start, words, title_end, end)
        holds_measures = following is not None and following[0] == "clause"
        if kind == "section" and title_end < end and not holds_measures:
            block = replace(block, is_clause=True)
        blocks.append(block)
    return blocks


def _title_end(text: str, line_ends: dict[int, int], span: tuple[int, int], width: int) -> int:
    """The end of a heading's title: its first 。, else the end of its line; a full line goes on in the next."""
    start, end = span
    at = start
    while True:
        line_end = min(line_ends[at], end)
        stop = text.find("。", at, line_end)
        if stop >= 0:
            return stop + 1
        if line_end == end or line_end - at < FULL_LINE * width:
            return line_end
        at = line_end


def _header(squeezed: Squeezed, end: int, layout: Layout) -> None:
    """Title, number, addressees (up to the first ：), preamble; a title without number ends with a word like 意见."""
    text, ends = squeezed.text, squeezed.line_ends()
    title_end = after = 0
    for at in squeezed.breaks:
        found = NUMBER.fullmatch(text, at, min(ends[at], end))
        if found:
            title_end, after = at, found.end()
            layout.number = found[0]
            break
    else:
        for at in squeezed.breaks:
            if ends[at] <= end and text.endswith(KINDS_OF_DOCUMENT, 0, ends[at]):
                title_end = after = ends[at]
                break
    if title_end:
        layout.pieces["title"] = (0, title_end)
    else:
        layout.problems.append(
            (0, "no title found; expected …意见, …办法, or a number like 威政发〔2023〕5号 below")
        )
    colon = re.compile(r"[^。：]*：").match(text, after, end)
    if colon:
        layout.pieces["addressees"] = (after, colon.end())
        after = colon.end()
    if after < end:
        layout.pieces["preamble"] = (after, end)


def _closing(text: str, heads: list[Head], layout: Layout) -> int:
    """The end of the body: the sentence that says since when the document is in force, or the signature."""
    last = heads[-1][3] if heads else 0
    signed = SIGNATURE.search(text, last)
    end = signed.start() if signed else len(text)
    if signed:
        for name in ("issuer", "issued", "note"):
            if signed[name]:
                layout.pieces[name] = signed.span(name)
    found = CLOSING.search(text, last, end)
    if found is None:
        return end
    before = max(
        text.rfind("。", last, found.start()) + 1, _after_departments(text, last, found.start()), last
    )
    layout.pieces["closing"] = (before, end)
    return before


def _after_departments(text: str, start: int, end: int) -> int:
    named = text.rfind("（责任单位：", start, end)
    return text.find("）", named, end) + 1 if named >= 0 else 0
