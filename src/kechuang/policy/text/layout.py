"""How an official document is laid out: header, headings, closing, signature, attachments.

Headings are 一、 parts, （一） sections and 1. measures, or 第一章, 第一节 and 第一条. Works on a squeezed text and the
places where raw lines begin; knows no particular city. A heading counts only at the beginning of a raw line, after the
end of a sentence or another heading, and with the number that is due.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Literal

from kechuang.policy.text.dates import RELATIVE, SPAN
from kechuang.policy.text.numerals import chinese_number
from kechuang.policy.text.rawtext import Squeezed

Kind = Literal["part", "section", "clause", "attachment"]

NUMERAL: Final = "[一二三四五六七八九十]{1,3}"
HEADINGS: Final[dict[Kind, re.Pattern[str]]] = {
    "part": re.compile(rf"({NUMERAL})、"),
    "section": re.compile(rf"（({NUMERAL})）"),
    "clause": re.compile(r"(\d{1,3})[.．、](?!\d)"),
}
ARTICLE_NUMERAL: Final = r"([一二三四五六七八九十百零〇]{1,5}|\d{1,3})"
ARTICLES: Final[dict[Kind, re.Pattern[str]]] = {
    "part": re.compile(rf"第{ARTICLE_NUMERAL}章"),
    "section": re.compile(rf"第{ARTICLE_NUMERAL}节"),
    "clause": re.compile(rf"第{ARTICLE_NUMERAL}条"),
}
ITEM: Final = re.compile(rf"（{NUMERAL}）|\d{{1,2}}[.．、](?!\d)")
ATTACHMENT: Final = re.compile(r"附件\s?(?:\d{1,2}|[一二三四五六七八九十]{1,3})?[:：]?")
ATTACHMENT_LIST: Final = re.compile(r"附件[:：]")
ROW: Final = "|"
ENDS: Final = "。；：！？）”|"
NUMBER: Final = re.compile(r"[\u4e00-\u9fff]{1,8}[〔\[［（(]\d{4}[〕\]］）)]\d+号")
KINDS_OF_DOCUMENT: Final = ("意见", "办法", "措施", "通知", "规定", "细则", "方案", "政策", "条例", "计划")
CLOSING: Final = re.compile(
    r"自\s?\d{4}年\d{1,2}月\d{1,2}日起?(?:施行|实施|执行|生效)|有效期(?:限)?(?:至|到|为)"
    rf"|{RELATIVE}|{SPAN}"
)
SIGNATURE: Final = re.compile(
    r"(?P<issuer>[^。；：\d]{2,40})(?P<issued>\d{4}年\d{1,2}月\d{1,2}日)(?P<note>（[^（）]*）)?$"
)
_CLOSING_SENTENCES: Final = 3
FULL_LINE: Final = 0.8  # a heading line at least this full of the usual width goes on in the next line


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with what follows it up to the next heading; indices into the squeezed text.

    `words` is where the words after the number begin, `title_end` where the title of a part, section or attachment
    ends. `is_clause` is true for a section that carries its own text and no measures, and for the parts of a document
    that has neither sections nor measures.
    """

    kind: Kind
    number: int
    start: int
    words: int
    title_end: int
    end: int
    is_clause: bool = False
    is_article: bool = False


@dataclass(slots=True)
class Layout:
    """The pieces around the body, by name as (start, end), the blocks of the body, and what could not be read.

    `lines` are further places where a line begins: rows of tables, and items of articles and attachments.
    """

    pieces: dict[str, tuple[int, int]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    number: str | None = None
    lines: list[int] = field(default_factory=list)
    has_articles: bool = False

    def cuts(self) -> list[int]:
        """Where blocks and pieces begin and end: there a line break belongs."""
        cuts = {at for span in self.pieces.values() for at in span} | set(self.lines)
        for block in self.blocks:
            cuts |= {block.start, block.end}
            if block.kind == "attachment":
                cuts.add(block.words)
            if block.kind != "clause" and not block.is_clause:
                cuts.add(block.title_end)
        return sorted(cuts)


def read_layout(squeezed: Squeezed) -> Layout:
    """Find header, blocks, closing and attachments of a squeezed text."""
    layout = Layout()
    text, ends = squeezed.text, squeezed.line_ends()
    attached = [at for at in squeezed.breaks if at and ATTACHMENT.fullmatch(text, at, ends[at])]
    main_end = attached[0] if attached else len(text)
    heads = _headings(squeezed, layout, main_end)
    if attached and not heads:
        attached, main_end = [], len(text)
        heads = _headings(squeezed, layout, main_end)
    body_end = _closing(squeezed, heads, layout, main_end)
    _header(squeezed, heads[0][2] if heads else body_end, layout)
    if not heads:
        layout.problems.append(
            (0, "no heading found; expected 一、 or （一） or 1. at the beginning of a line")
        )
    layout.blocks = [
        replace(block, is_article=layout.has_articles) for block in _blocks(squeezed, heads, body_end)
    ]
    layout.blocks += _attachments(squeezed, attached)
    layout.lines = _lines(squeezed, layout, main_end)
    return layout


Head = tuple[Kind, int, int, int]  # kind, its number in the document, start, start of its words


def _patterns(squeezed: Squeezed, end: int) -> dict[Kind, re.Pattern[str]]:
    """第X条 where the text has a first article; else 一、（一）1., without the 1. that begin anew in each section."""
    text = squeezed.text
    lines = [at for at in squeezed.breaks if at < end]
    first = (ARTICLES["clause"].match(text, at) for at in lines)
    if any(found and _value(found[1]) == 1 for found in first):
        return ARTICLES
    points = [int(found[1]) for at in lines if (found := HEADINGS["clause"].match(text, at, end))]
    sections = sum(1 for at in lines if HEADINGS["section"].match(text, at, end))
    if points.count(1) > 1 and sections > 1:
        return {kind: pattern for kind, pattern in HEADINGS.items() if kind != "clause"}
    return HEADINGS


def _value(numeral: str) -> int:
    return int(numeral) if numeral.isdigit() else chinese_number(numeral)


def _headings(squeezed: Squeezed, layout: Layout, end: int) -> list[Head]:
    text = squeezed.text
    patterns = _patterns(squeezed, end)
    layout.has_articles = patterns is ARTICLES
    layout.problems.clear()
    heads: list[Head] = []
    last = {"part": 0, "section": 0, "clause": 0}
    carried = 0  # the last section of the part before: some documents count their sections through
    first_stop = (
        0  # where the first sentence after the last heading ends; before that only headings may follow
    )
    for at in squeezed.breaks:
        if at >= end or (heads and text[at - 1] not in ENDS and 0 <= first_stop < at):
            continue
        for kind, pattern in patterns.items():
            found = pattern.match(text, at)
            if found is None:
                continue
            number = _value(found[1])
            through = kind == "section" and last["section"] == 0 and number == carried + 1
            if number == last[kind] + 1 or through:
                last[kind] = number
                if kind == "part":
                    carried, last["section"] = last["section"] or carried, 0
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
    width = _width(ends)
    blocks: list[Block] = []
    only_parts = all(kind == "part" for kind, *_ in heads)
    for index, (kind, number, start, words) in enumerate(heads):
        following = heads[index + 1] if index + 1 < len(heads) else None
        end = following[2] if following else body_end
        title_end = end
        if kind != "clause":
            title_end = _title_end(squeezed.text, ends, (start, end), width)
        block = Block(kind, number, start, words, title_end, end)
        holds_measures = following is not None and following[0] == "clause"
        if title_end < end and (only_parts or (kind == "section" and not holds_measures)):
            block = replace(block, is_clause=True)
        blocks.append(block)
    return blocks


def _width(ends: dict[int, int]) -> int:
    """How long a full line of the text usually is."""
    usual = sorted(end - start for start, end in ends.items())
    return usual[len(usual) * 9 // 10] if usual else 0


def _attachments(squeezed: Squeezed, starts: list[int]) -> list[Block]:
    """附件1 on a line of its own, the title in the next line, and the text up to the next attachment."""
    ends = squeezed.line_ends()
    blocks: list[Block] = []
    for number, (start, end) in enumerate(pairwise((*starts, len(squeezed.text))), start=1):
        words = ends[start]
        title_end = _title_end(squeezed.text, ends, (words, end), _width(ends)) if words < end else end
        blocks.append(Block("attachment", number, start, words, title_end, end))
    return blocks


def _lines(squeezed: Squeezed, layout: Layout, main_end: int) -> list[int]:
    """Where rows of tables begin and end, and where items of articles and attachments begin."""
    text, found = squeezed.text, []
    items_from = 0 if layout.has_articles else main_end
    for start, end in squeezed.line_ends().items():
        if text[start] == ROW and text[end - 1] == ROW and end - start > len("||"):
            found += [start, end]
        elif start >= items_from and start and text[start - 1] in ENDS and ITEM.match(text, start):
            found.append(start)
    return found


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


def _closing(squeezed: Squeezed, heads: list[Head], layout: Layout, main_end: int) -> int:
    """The end of the body: the sentence that says since when the document is in force, or the signature.

    An article or item that says nothing else is the closing itself, and no heading.
    """
    text = squeezed.text
    last = heads[-1][3] if heads else 0
    end = _signature(squeezed, last, main_end, layout)
    found = CLOSING.search(text, last, end)
    if found is None:
        return end
    before = max(
        text.rfind("。", last, found.start()) + 1, _after_departments(text, last, found.start()), last
    )
    if before == last and heads and _is_one_sentence(text, before, end):
        before = heads.pop()[2]
    layout.pieces["closing"] = (before, end)
    return before


def _is_one_sentence(text: str, start: int, end: int) -> bool:
    """Whether a stretch holds the closing alone, perhaps with what it says of earlier policy."""
    return len(re.findall("[。；]", text[start:end])) <= _CLOSING_SENTENCES


def _signature(squeezed: Squeezed, last: int, main_end: int, layout: Layout) -> int:
    """Note issuer, date and note at the end of the main text, and the list of attachments; where they begin."""
    text = squeezed.text
    signed = SIGNATURE.search(text, last, main_end)
    if signed is None:
        return main_end
    start = signed.start("issuer")
    listed = [at for at in squeezed.breaks if last < at < signed.end() and ATTACHMENT_LIST.match(text, at)]
    if listed:
        start = max((at for at in squeezed.breaks if at < signed.start("issued")), default=start)
        layout.pieces["attachments"] = (listed[-1], start)
    layout.pieces["issuer"] = (start, signed.end("issuer"))
    for name in ("issued", "note"):
        if signed[name]:
            layout.pieces[name] = signed.span(name)
    return listed[-1] if listed else start


def _after_departments(text: str, start: int, end: int) -> int:
    named = text.rfind("（责任单位：", start, end)
    return text.find("）", named, end) + 1 if named >= 0 else 0
