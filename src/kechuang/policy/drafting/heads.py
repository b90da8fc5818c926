"""pack.yaml of a draft: title, city, number, dates, rounding, and what of it the text does not say."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from kechuang.policy.drafting.candidates import DraftProblem
from kechuang.policy.drafting.rules import first_rule, lexicon, words_at
from kechuang.policy.drafting.yaml_text import both
from kechuang.policy.language.values import LAST_DAY, Words
from kechuang.policy.text.document import Document

CITY: Final = re.compile(r"^[\u4e00-\u9fff]{2,8}?[市州盟县区](?:（虚构）)?")
_LINE: Final = re.compile(r"line (\d+): (.*)", re.DOTALL)
_HEADING: Final = re.compile(r"found heading '([^']*)', expected (\d+)")
_LAYOUT: Final = Words(
    "一、（一）1. 或 第一条 这样的标题，各在行首",
    "headings such as 一、 （一） 1. or 第一条, each at the beginning of a line",
)


def head_of(document: Document, pack_id: str) -> tuple[dict[str, Any], list[DraftProblem]]:
    """pack.yaml as a mapping, and what a person must add or check."""
    problems = [_of_layout(problem) for problem in document.problems]
    title = document.title or pack_id
    city = CITY.match(document.issuer or "") or CITY.match(title)
    if city is None:
        problems.append(_missing(document, Words("没有城市名称", "no name of a city"), Words("标题或落款以城市名称开头", "a title or signature that begins with it"),
                                 Words("在 pack.yaml 填写 city", "fill in 'city' in pack.yaml")))  # fmt: skip
    meta: dict[str, Any] = {"title": title}
    for name in ("number", "issuer", "issued"):
        value = getattr(document, name)
        if value is None:
            problems.append(_missing(document, *_ABSENT[name]))
        else:
            meta[name] = value
    start, end, more = _validity(document)
    problems += more
    meta |= {"valid_from": start, "valid_to": end, "source": "source.txt"}
    if not document.clauses:
        problems.append(_missing(document, Words("没有读到条款", "no clauses"), _LAYOUT,
                                 Words("检查原文分行，或先补上标题", "check the line breaks of the text, or add headings")))  # fmt: skip
    head: dict[str, Any] = {
        "id": pack_id,
        "title": both(title, f"{pack_id} (draft; the Chinese title holds)"),
        "city": both(city[0] if city else title, f"{pack_id} (name to be translated)"),
        "document": meta,
        "rounding": _rounding(document.text),
    }
    return head | _principles(document.text), problems


_ABSENT: Final = {
    "number": (Words("没有文号", "no document number"), Words("如 某政发〔2026〕1号", "such as 某政发〔2026〕1号"),
               Words("如有文号，补在标题下", "add it below the title if there is one")),
    "issuer": (Words("没有落款机关", "no issuer"), Words("文末的机关和日期", "the authority and date at the end"),
               Words("在 pack.yaml 填写 document.issuer", "fill in document.issuer in pack.yaml")),
    "issued": (Words("没有成文日期", "no date of issue"), Words("文末的机关和日期", "the authority and date at the end"),
               Words("在 pack.yaml 填写 document.issued", "fill in document.issued in pack.yaml")),
}  # fmt: skip


def _validity(document: Document) -> tuple[date, date, list[DraftProblem]]:
    """First and last day of force. Not said: never in force, or for ever, each with a problem that says so."""
    problems: list[DraftProblem] = []
    start, end = document.valid_from, document.valid_to
    if start is None:
        problems.append(_missing(document, Words("没有施行日期", "no date of force"), Words("自某年某月某日起施行", "自…起施行"),
                                 Words(f"在 pack.yaml 填写 valid_from；现暂记 {LAST_DAY}，即尚未施行",
                                       f"fill in valid_from in pack.yaml; {LAST_DAY} stands there, so that nothing is in force")))  # fmt: skip
    if end is None:
        problems.append(_missing(document, Words("没有失效日期", "no last day of force"), Words("有效期至某日，或有效期几年", "有效期至… or 有效期…年"),
                                 Words(f"核对是否长期有效；现暂记 {LAST_DAY}", f"check whether it has no end; {LAST_DAY} stands there")))  # fmt: skip
    return start or LAST_DAY, end or LAST_DAY, problems


def _missing(document: Document, found: Words, expected: Words, todo: Words) -> DraftProblem:
    at = document.anchors.get("closing") or document.anchors.get("title")
    return DraftProblem(document.line(at.start) if at else 1, found, expected, todo)


def _of_layout(problem: str) -> DraftProblem:
    """A problem of the layout, in both languages."""
    found = _LINE.fullmatch(problem)
    line, words = (int(found[1]), found[2]) if found else (1, problem)
    heading = _HEADING.match(words)
    if heading:
        return DraftProblem(line, Words(f"编号“{heading[1]}”", f"the number '{heading[1]}'"),
                            Words(f"{heading[2]}.", f"{heading[2]}."),
                            Words("已作正文读入；如为标题，请改正编号", "it was read as text; correct the number if it is a heading"))  # fmt: skip
    if words.startswith("no title"):
        return DraftProblem(line, Words("没有标题", "no title"), Words("以意见、办法、措施等结尾的标题", "a title that ends with 意见, 办法, 措施 …"),
                            Words("在原文首行写上标题", "write the title on the first line"))  # fmt: skip
    return DraftProblem(line, Words("没有读到标题编号", "no heading"), _LAYOUT,
                        Words("检查原文分行", "check the line breaks of the text"))  # fmt: skip


def _rounding(text: str) -> dict[str, Any]:
    if lexicon().cues["to_the_yuan"].search(text):
        return {
            "mode": "down",
            "to": "1元",
            "why": both(
                "文件规定计算到元，不足一元的舍去", "the document computes to the yuan and cuts below it"
            ),
        }
    return {"mode": "down", "to": "0.01元",
            "why": both("文件未规定尾数处理，计算到分，分以下舍去", "the text is silent; computed to the fen, cut below")}  # fmt: skip


def _principles(text: str) -> dict[str, Any]:
    """`precedence` and `stacking` of the whole document, where the text has words for them."""
    found: dict[str, Any] = {}
    earlier = lexicon().cues["precedence"].search(text)
    if earlier:
        found["precedence"] = {
            "quote": earlier[0],
            "says": both(
                "与本文件不一致的，以本文件为准", "where earlier policy differs, this document holds"
            ),
        }
    rule = first_rule("whole_stacking", text)
    match = rule.pattern.search(text) if rule else None
    if rule is not None and match is not None:
        says = words_at(rule.data["why"])
        found["stacking"] = {"rule": rule.code, "quote": match[0], "says": both(says.zh, says.en)}
    return found
