"""The departments that a clause names: after 责任单位 or before 牵头, 配合, in brackets or not, or in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_INSIDE: Final = r"(?:[^（）]|（[^（）]*）)"
_LABEL: Final = r"(?:责任|牵头|配合|实施|承办|主办|协办|主管)(?:单位|部门)"
_DOES: Final = r"(?:分别|共同)?(?:按职责分工)?(?:牵头|负责|配合|参与|落实|组织实施)(?:落实|实施)?"
LABELLED: Final = re.compile(rf"（(?P<names>{_LABEL}：{_INSIDE}+)）")
TRAILING: Final = re.compile(rf"(?<=[。；\n])(?P<names>{_LABEL}：[^。（）]{{1,200}})。?\n?$")
DOING: Final = re.compile(rf"（(?P<names>{_INSIDE}{{2,200}}?{_DOES})）")
NAME: Final = re.compile(r"(?:[^、，；（）]|（[^（）]*）)+")
OFFICE: Final = "局|委|办|部|院|厅|行|会|政府|中心|部门|单位|协会|办公室|集团|公司|街道"
_IS_OFFICE: Final = re.compile(rf"(?:{OFFICE})(?:（[^（）]*）)?$")
_ONE: Final = (
    r"(?:市|省|各)(?:[^，。；：、由的和与对（）]|（[^（）]*）){1,16}?"
    r"(?:局|委(?!员)|办(?!公)|部(?!门)|院|厅|中心|部门|委员会|管委会|办公室|分行)"
)
IN_SENTENCE: Final = re.compile(
    rf"(?:^|(?<=[，。；：由\n）]))(?P<names>{_ONE}(?:[、和]{_ONE})*)(?P<does>{_DOES}|组织|审核|受理|核定|会同|会商)"
    rf"(?P<with>(?<=会[同商]){_ONE}(?:[、和]{_ONE})*)?"
)
_HEAD: Final = re.compile(rf"{_LABEL}：")
_TAIL: Final = re.compile(rf"{_DOES}$")


@dataclass(frozen=True, slots=True)
class DepartmentMention:
    """One department named by a clause, at (start, end) of its text; `role` is responsible, lead or support."""

    name: str
    start: int
    end: int
    role: str = "responsible"


@dataclass(frozen=True, slots=True)
class Named:
    """The departments of a clause, and where the list at its end begins and ends; None when it has none."""

    mentions: tuple[DepartmentMention, ...]
    bracket: tuple[int, int] | None


def departments_of(text: str) -> Named:
    """The departments listed at the end of a clause or in its brackets; else those that its sentences call to act."""
    trailing = TRAILING.search(text)
    brackets = [trailing] if trailing else sorted(_brackets(text), key=lambda found: found.start())
    if brackets:
        last = brackets[-1]
        closes = not text[last.end() :].strip("。；\n")
        mentions = tuple(one for found in brackets for one in _in_bracket(found))
        return Named(mentions, (last.start(), last.end()) if closes else None)
    return Named(tuple(_in_sentences(text)), None)


def _brackets(text: str) -> Iterator[re.Match[str]]:
    labelled = list(LABELLED.finditer(text))
    yield from labelled
    for found in DOING.finditer(text):
        if not any(one.start() < found.end() and found.start() < one.end() for one in labelled) and _is_list(
            found
        ):
            yield found


def _is_list(found: re.Match[str]) -> bool:
    """Whether the names before 牵头, 负责, 配合 all end as offices do: 局, 委, 办 and so on."""
    names = [_TAIL.sub("", one[0]) for one in NAME.finditer(found["names"])]
    return all(_IS_OFFICE.search(name) for name in names if name)


def _in_bracket(found: re.Match[str]) -> Iterator[DepartmentMention]:
    """Each name of a bracket without its label or verb; a label or verb holds for its whole group."""
    role = "responsible"
    waiting: list[tuple[str, int]] = []
    for one in NAME.finditer(found["names"]):
        name, start = one[0], found.start("names") + one.start()
        head = _HEAD.match(name)
        if head:
            yield from (DepartmentMention(words, at, at + len(words), role) for words, at in waiting)
            waiting, role = [], _role(head[0])
            name, start = name[head.end() :], start + head.end()
        tail = _TAIL.search(name)
        if tail:
            name = name[: tail.start()]
        lead = len(name) - len(name.lstrip())
        waiting += [(name.strip(), start + lead)] if name.strip() else []
        if tail:
            yield from (
                DepartmentMention(words, at, at + len(words), _role(tail[0])) for words, at in waiting
            )
            waiting = []
    yield from (DepartmentMention(words, at, at + len(words), role) for words, at in waiting)


def _in_sentences(text: str) -> Iterator[DepartmentMention]:
    for found in IN_SENTENCE.finditer(text):
        role = "lead" if found["with"] else _role(found["does"])
        for group, its in (("names", role), ("with", "support")):
            for one in re.finditer(_ONE, found[group] or ""):
                at = found.start(group) + one.start()
                yield DepartmentMention(one[0], at, at + len(one[0]), its)


def _role(words: str) -> str:
    if "配合" in words or "参与" in words or "协办" in words:
        return "support"
    return "lead" if "牵头" in words else "responsible"
