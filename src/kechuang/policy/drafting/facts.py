"""Conditions in terms of the vocabulary: which words of a benefit name facts that are known, and what is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from kechuang.policy.drafting.grants import Grant
from kechuang.policy.drafting.roles import Part, table_of
from kechuang.policy.drafting.rules import cue, lexicon, reason
from kechuang.policy.language.problems import Problems
from kechuang.policy.language.values import BOOLEAN, MONEY, Words
from kechuang.policy.language.vocabulary import SUBJECT, RecordKind, Vocabulary, read_vocabulary

Span = tuple[int, int]
SHORTEST_TITLE: Final = 4  # letters of a code's title that name a thing beyond doubt
_BRACKET: Final = re.compile("（[^）]*）")
_SIGNS: Final = {">=", ">", "<=", "<"}
_UNSETTLED: Final = re.compile("连续|复合|平均|均比|近[0-9一二三四五六七八九十]|累计|两年|翻番")
# Words that a condition may leave over without meaning more.
_FILLERS: Final = re.compile(
    "对|按照?|根据|新|成功|获批|获得|认定|入选|创建|的|单位|企业|个人|机构|为|和|及|与|且|并|或|以及|等|中|给予|予以|一次性|分别"
    "|国家级?|全国|省级?|市级?|牵头|参与|每家|每年|年度|[、，。；：“”（）()]|以上|最高|不超过|鼓励|支持|再|资金|下表|我市|本市|属于|符合条件"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A condition in terms of the vocabulary: its name, its words in the clause, its expression.

    `part` is the threshold that the expression compares with ({threshold} stands for its parameter); `why` is set when
    the condition follows from the kind of record rather than from words.
    """

    key: str
    span: Span
    holds: str
    part: Part | None = None
    why: Words | None = None


@dataclass(slots=True)
class Conditions:
    """What a benefit asks for: conditions found, the record kind read one by one, and the words that remain."""

    found: list[Found] = field(default_factory=list)
    each: RecordKind | None = None
    left: list[Span] = field(default_factory=list)


@cache
def vocabulary() -> Vocabulary:
    """The shared vocabulary."""
    return read_vocabulary(Problems())


def conditions_of(grant: Grant) -> Conditions:
    """The conditions of a benefit, as far as the vocabulary has words for them."""
    result = Conditions()
    stretches = list(_stretches(grant))
    covered: list[Span] = []
    for found in _plain(grant, stretches):
        result.found.append(found)
        covered.append(found.span)
    result.each = _record(grant, stretches)
    if result.each is not None:
        for found in _of_record(grant, stretches, result.each):
            result.found.append(found)
            covered.append(found.span)
    for part in grant.others:
        threshold = _threshold(grant, part)
        if threshold is not None:
            result.found.append(threshold)
            covered.append(threshold.span)
    for stretch in _stating(grant, stretches):
        rest = "".join(
            letter for at, letter in enumerate(grant.whole[slice(*stretch)], stretch[0])
            if not any(start <= at < end for start, end in covered)
        )  # fmt: skip
        if _FILLERS.sub("", rest):
            result.left.append(stretch)
    return result


def _stretches(grant: Grant) -> Iterator[Span]:
    """The phrases that state conditions: those shared, and the own ones up to the sum."""
    text = grant.whole
    if grant.header:
        yield from _of_row(grant)
        return
    until = grant.main[0].figure.start if grant.main else grant.end
    for begin, end in (grant.shared, (grant.start, until)):
        at = begin
        while at < end:
            stop = min((here for mark in "，；：\n|" if (here := text.find(mark, at, end)) >= 0), default=end)
            words = text[at:stop]
            last_own = stop == until and grant.main
            tail = (
                re.search(
                    "(?:一次性|分别|择优|再)*(?:给予|予以|奖励|发放|安排|按照?|补助|不超过|最高).*$", words
                )
                if last_own
                else None
            )
            stretch = (at, at + tail.start()) if tail else (at, stop)
            if stretch[1] > stretch[0]:
                yield stretch
            at = stop + 1


def _of_row(grant: Grant) -> Iterator[Span]:
    """What a row of a table is about: the sentence before the table, its first cell, and the head of a lone cell."""
    text, start = grant.whole, grant.start
    if text.startswith(("对", "为"), grant.shared[0]):
        yield grant.shared[0], min(text.find("，", *grant.shared) % len(text), grant.shared[1])
    yield _cell(text, start)
    table = table_of(text, grant.main[0].figure.start)
    if table is not None and len(grant.main) == 1:
        at = table[0]
        for _ in range(text.count("|", start, grant.main[0].figure.start) - 1):
            at = text.find("|", at + 1)
        yield _cell(text, at)


def _cell(text: str, bar: int) -> Span:
    """What stands behind a bar, up to the next one; of a row that breaks off, up to the end of its line."""
    ends = [here for mark in "|\n" if (here := text.find(mark, bar + 1)) >= 0]
    return bar + 1, min(ends, default=len(text))


def _stating(grant: Grant, stretches: list[Span]) -> list[Span]:
    """The phrases that state conditions: what introduces a 对… (建立…机制，) states none."""
    first = next((at for at, span in enumerate(stretches) if grant.whole.startswith("对", span[0])), 0)
    return stretches[first:]


def _plain(grant: Grant, stretches: list[Span]) -> Iterator[Found]:
    """Facts of the subject and its years, and statuses: 规模以上企业, 高新技术企业."""
    text = grant.whole
    for start, end in stretches:
        for rule in lexicon().rules["facts"]:
            match = rule.pattern.search(text, start, end)
            if match:
                yield Found(rule.data["key"], match.span(), rule.data["holds"])
        named = [
            (match, rule.code)
            for rule in lexicon().rules["statuses"]
            if (match := rule.pattern.search(text, start, end))
        ]
        if named:
            codes = list(dict.fromkeys(code for _, code in named))
            is_ = (
                f's.kind == "{codes[0]}"'
                if len(codes) == 1
                else "s.kind in {" + ", ".join(f'"{code}"' for code in codes) + "}"
            )
            span = (min(match.start() for match, _ in named), max(match.end() for match, _ in named))
            yield Found(
                "status", span, f"any({is_} and s.granted_on <= on and on <= s.expires_on for s in statuses)"
            )


@cache
def _kinds(name: str) -> dict[str, str]:
    """The codes of a record's kind by their titles, brackets left off; short and empty ones do not name a thing."""
    record = vocabulary().records[name]
    kind = record.fields.get("kind")
    if kind is None or not kind.type.startswith("code:") or record.name in (SUBJECT, "statuses"):
        return {}
    codes = vocabulary().codes[kind.type.removeprefix("code:")]
    titles = {_BRACKET.sub("", words.zh): code for code, words in codes.items()}
    return {title: code for title, code in titles.items() if len(title) >= SHORTEST_TITLE and code != "other"}


def _named(text: str, span: Span, titles: dict[str, str]) -> list[tuple[Span, str]]:
    """Where titles of a code list stand in a stretch, the longest first where they overlap."""
    found: list[tuple[Span, str]] = []
    for title, code in sorted(titles.items(), key=lambda pair: -len(pair[0])):
        at = text.find(title, *span)
        if at >= 0 and not any(start < at + len(title) and at < end for (start, end), _ in found):
            found.append(((at, at + len(title)), code))
    return sorted(found)


def _record(grant: Grant, stretches: list[Span]) -> RecordKind | None:
    """The kind of record whose codes the conditions name with most letters."""
    letters = {
        record.name: sum(
            end - start
            for stretch in stretches
            for (start, end), _ in _named(grant.whole, stretch, _kinds(record.name))
        )
        for record in vocabulary().related
    }
    name = max(letters, key=lambda one: letters[one])
    return vocabulary().records[name] if letters[name] else None


def _of_record(grant: Grant, stretches: list[Span], record: RecordKind) -> Iterator[Found]:
    """Kind, level, role, grade, choice and approval of the record, where the words name them."""
    text, one = grant.whole, record.one
    named = [pair for stretch in stretches for pair in _named(text, stretch, _kinds(record.name))]
    codes = list(dict.fromkeys(code for _, code in named))
    span = (named[0][0][0], named[-1][0][1])
    is_kind = (
        f'{one}.kind == "{codes[0]}"'
        if len(codes) == 1
        else f"{one}.kind in {{" + ", ".join(f'"{code}"' for code in codes) + "}"
    )
    yield Found("kind", span, is_kind)
    home = next(stretch for stretch in stretches if stretch[0] <= span[0] < stretch[1])
    levels = [(match.start(), match, level) for level, pattern in lexicon().levels.items()
              for match in pattern.finditer(text, home[0], span[1])]  # fmt: skip
    if levels and "level" in record.fields:
        levels.sort()
        wanted = list(dict.fromkeys(level for _, _, level in levels))
        holds = (
            f'{one}.level == "{wanted[0]}"'
            if len(wanted) == 1
            else f"{one}.level in {{" + ", ".join(f'"{level}"' for level in wanted) + "}"
        )
        yield Found("level", (levels[0][1].start(), levels[-1][1].end()), holds)
    for words, name, holds in _RECORD_WORDS:
        if name in record.fields and _fits(record, name, holds):
            for start, end in stretches:
                match = re.compile(words).search(text, start, end)
                if match:
                    yield Found(name, match.span(), f"{one}.{name}{holds}")
                    break
    if "approved_on" in record.fields and cue("approved", text[slice(*home)]):
        yield Found("approved", home, f"in_force({one}.approved_on) and {one}.approved_on <= on",
                    why=reason("approved"))  # fmt: skip


_RECORD_WORDS: Final = (
    ("牵头", "role", ' == "lead"'),
    ("参与", "role", ' == "participant"'),
    ("评[价估](?:结果)?为?优秀", "grade", ' == "excellent"'),
    ("择优(?!立项)", "selected", ""),
    ("备案", "filed", ""),
)


def _fits(record: RecordKind, name: str, holds: str) -> bool:
    """Whether a field is a yes or no, or has the code that the expression names."""
    type_ = record.fields[name].type
    if not holds:
        return type_ == BOOLEAN
    code = holds.split('"')[1]
    return type_.startswith("code:") and code in vocabulary().codes[type_.removeprefix("code:")]


def yearly_field(text: str) -> str | None:
    """The yearly figure that a text names last: 研发投入 -> rd_spend."""
    found = [
        (match.end(), rule.data["field"])
        for rule in lexicon().rules["yearly"]
        for match in rule.pattern.finditer(text)
    ]
    return max(found)[1] if found else None


def _threshold(grant: Grant, part: Part) -> Found | None:
    """A threshold on a yearly figure, its growth or its share of another, as an expression; None for another fact."""
    signs = [sign for word in part.words for sign in word.operators[:1] if sign in _SIGNS]
    before = grant.whole[part.start : part.figure.start]
    for word in part.words:
        if word.start >= part.start and word.end <= part.figure.start:
            before = grant.whole[part.start : word.start]
    if part.role != "threshold" or not signs or _UNSETTLED.search(before):
        return None
    holds = _compared(grant, part, re.sub("^.*[的且]", "", before) or before, signs[0])
    if holds is None:
        return None
    start = part.start + len(before) - len(re.sub("^.*[且]", "", before))
    ends = [part.figure.end, *(word.end for word in part.words)]
    stop = max(ends)
    stop += grant.whole[stop : stop + 1] in ("）", ")")
    return Found("threshold", (start, stop), holds, part)


def _compared(grant: Grant, part: Part, before: str, sign: str) -> str | None:
    name, kind = yearly_field(before), part.figure.kind
    grown = cue("growth", before)
    share = cue("share_of", before)
    if share and kind == "rate":
        top, whole = yearly_field(before[: share.start()]), yearly_field(share["whole"])
        return (
            f"this_year.{top} {sign} {{threshold}} * this_year.{whole}"
            if top and whole and top != whole
            else None
        )
    if cue("increment", before) and kind == "money":
        name = name or yearly_field(
            grant.whole[grant.start : part.start] + grant.whole[part.start : part.figure.start]
        )
        return f"this_year.{name} - last_year.{name} {sign} {{threshold}}" if name else None
    if name is None:
        return None
    if grown and kind == "rate":
        return f"this_year.{name} - last_year.{name} {sign} {{threshold}} * last_year.{name}"
    type_ = vocabulary().records["years"].fields[name].type
    if kind == ("money" if type_ == MONEY else "count"):
        growth = f" - last_year.{name}" if grown else ""
        return f"this_year.{name}{growth} {sign} {{threshold}}"
    return None


def base_of(grant: Grant, part: Part, each: RecordKind | None) -> tuple[str, RecordKind | None] | None:
    """What a rate is taken of, as an expression, with the records it reads; None for a sum not in the vocabulary."""
    words = re.sub(
        "^.*(?:按照?|给予)|不超过|不高于|最高", "", grant.whole[part.start : part.figure.start]
    ).removesuffix("的")
    if not words:
        return None
    name = yearly_field(words)
    if cue("increment", words):
        name = name or yearly_field(grant.near)
        return (f"(this_year.{name} - last_year.{name})", each) if name else None
    if name is not None and vocabulary().records["years"].fields[name].type == MONEY:
        return f"this_year.{name}", each
    fits = [
        (record, item)
        for record in vocabulary().related
        for item in record.fields.values()
        if item.type == MONEY
        and len(words) >= SHORTEST_TITLE
        and (words in item.title.zh or item.title.zh in words)
    ]
    if len(fits) == 1 and each in (None, fits[0][0]):
        return f"{fits[0][0].one}.{fits[0][1].name}", fits[0][0]
    return None
