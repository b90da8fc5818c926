"""pack.yaml of a draft: title, city, number, dates, rounding, and what of it the text does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from kechuang.policy.drafting.candidates import DraftProblem
from kechuang.policy.drafting.rules import first_rule, lexicon, problem, title, words_at
from kechuang.policy.drafting.yaml_text import both
from kechuang.policy.language.values import LAST_DAY
from kechuang.policy.text.dates import is_relative
from kechuang.policy.text.document import PIECES, Document
from kechuang.policy.text.lexicon import figures

CITY: Final = re.compile(r"^[\u4e00-\u9fff]{2,8}?[市州盟县区](?:（虚构）)?")
_LINE: Final = re.compile(r"line (\d+): (.*)", re.DOTALL)
_HEADING: Final = re.compile(r"found heading '([^']*)', expected (\d+)")
_OUTSIDE: Final = ("money", "rate", "ratio")  # kinds of figure that a clause should hold


def head_of(document: Document, pack_id: str) -> tuple[dict[str, Any], list[DraftProblem]]:
    """pack.yaml as a mapping, and what a person must add or check."""
    problems = [_of_layout(one) for one in document.problems]
    name = document.title or pack_id
    city = CITY.match(document.issuer or "") or CITY.match(name)
    if city is None:
        problems.append(_missing(document, "city"))
    meta: dict[str, Any] = {"title": name}
    for key in ("number", "issuer", "issued"):
        value = getattr(document, key)
        if value is None:
            problems.append(_missing(document, key))
        else:
            meta[key] = value
    start, end, more = _validity(document)
    meta |= {"valid_from": start, "valid_to": end, "source": "source.txt"}
    if not document.clauses:
        problems.append(_missing(document, "clauses"))
    head: dict[str, Any] = {
        "id": pack_id,
        "title": both(name, f"{pack_id} (draft; the Chinese title holds)"),
        "city": both(city[0] if city else name, f"{pack_id} (name to be translated)"),
        "document": meta,
        "rounding": _rounding(document.text),
    }
    return head | _principles(document.text), [*problems, *more, *_outside(document)]


def _validity(document: Document) -> tuple[date, date, list[DraftProblem]]:
    """First and last day of force. Not said: never in force, or for ever, each with a problem that says so."""
    problems: list[DraftProblem] = []
    start, end = document.valid_from, document.valid_to
    if start is None:
        problems.append(_missing(document, "start", words=LAST_DAY.isoformat()))
    if end is None:
        problems.append(_missing(document, "end", words=LAST_DAY.isoformat()))
    closing = document.anchors.get("closing")
    if closing is not None and is_relative(closing.text) and start is not None:
        days = "、".join(day.isoformat() for day in (start, end) if day is not None)
        problems.append(_missing(document, "relative", words=days))
    return start or LAST_DAY, end or LAST_DAY, problems


def _missing(document: Document, name: str, **fill: str) -> DraftProblem:
    at = document.anchors.get("closing") or document.anchors.get("title")
    return DraftProblem(document.line(at.start) if at else 1, *problem(name, **fill))


def _of_layout(said: str) -> DraftProblem:
    """A problem of the layout, in both languages."""
    found = _LINE.fullmatch(said)
    line, words = (int(found[1]), found[2]) if found else (1, said)
    heading = _HEADING.match(words)
    if heading:
        return DraftProblem(line, *problem("heading", found=heading[1], due=f"{heading[2]}."))
    return DraftProblem(line, *problem("title" if words.startswith("no title") else "clauses"))


def _outside(document: Document) -> Iterator[DraftProblem]:
    """Sums and rates that stand in no clause, so that no measure file can account for them."""
    inside = [(one.start, one.end) for one in document.clauses.values()]
    inside += [
        (document.anchors[name].start, document.anchors[name].end)
        for name in PIECES
        if name in document.anchors
    ]
    for figure in figures(document.text):
        held = any(start <= figure.start and figure.end <= end for start, end in inside)
        if figure.kind in _OUTSIDE and not held:
            yield DraftProblem(document.line(figure.start), *problem("outside", words=figure.text))


def _rounding(text: str) -> dict[str, Any]:
    to_the_yuan = lexicon().cues["to_the_yuan"].search(text)
    why = title("rounding_yuan" if to_the_yuan else "rounding")
    return {"mode": "down", "to": "1元" if to_the_yuan else "0.01元", "why": both(why.zh, why.en)}


def _principles(text: str) -> dict[str, Any]:
    """`precedence` and `stacking` of the whole document, where the text has words for them."""
    found: dict[str, Any] = {}
    earlier = lexicon().cues["precedence"].search(text)
    if earlier:
        says = title("precedence")
        found["precedence"] = {"quote": earlier[0], "says": both(says.zh, says.en)}
    rule = first_rule("whole_stacking", text)
    match = rule.pattern.search(text) if rule else None
    if rule is not None and match is not None:
        says = words_at(rule.data["why"])
        found["stacking"] = {"rule": rule.code, "quote": match[0], "says": both(says.zh, says.en)}
    return found
