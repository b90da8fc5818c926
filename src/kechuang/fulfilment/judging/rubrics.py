"""Rubrics (评审标准): what experts score, on which scales, with which weights, and how scores become grades.

A rubric is data of the call, checked here and frozen with the call. See docs/judging.md for its shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.judging.evaluated import GRADES, evaluated_by
from kechuang.policy.encoding.pack import Benefit
from kechuang.policy.language.values import Words

PARTS: Final = frozenset(
    {
        "criteria",
        "vetoes",
        "veto",
        "blind",
        "trim",
        "counts",
        "size",
        "per_case",
        "quorum",
        "outlier",
        "bands",
    }
)
VETO: Final = ("any", "majority")
COUNTS: Final = ("raw", "trimmed", "normalised")
PHASES: Final = ("scoring", "meeting")
MOST_CRITERIA: Final = 20
MOST_STEPS: Final = 1000
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is scored. A score is a whole number of steps; its value is steps x step."""

    key: str
    title: Words
    weight: int
    least: Fraction
    most: Fraction
    step: Fraction
    reason: bool

    def steps_of(self, text: str) -> int:
        """The whole steps that a score as typed comes to ("8.5"); Refused for what the scale does not have."""
        try:
            value = Fraction(Decimal(text.strip()))
        except (InvalidOperation, ValueError, OverflowError):
            value = None
        if value is None or not self.least <= value <= self.most or (value / self.step).denominator != 1:
            raise Refused(
                f"“{self.title.zh}”应为 {plain(self.least)} 至 {plain(self.most)}，每档 {plain(self.step)}，"
                f"现为“{text[:20]}”。",
                f"“{self.title.en}” is {plain(self.least)} to {plain(self.most)} in steps of {plain(self.step)}, "
                f"not “{text[:20]}”.",
                field=self.key,
            )
        return int(value / self.step)

    def choices(self) -> list[str]:
        """All scores of the scale, the lowest first."""
        return [
            plain(steps * self.step)
            for steps in range(int(self.least / self.step), int(self.most / self.step) + 1)
        ]


@dataclass(frozen=True, slots=True)
class Rubric:
    """A rubric, read. trim: how many of the highest and of the lowest are left out; counts: which result decides."""

    criteria: tuple[Criterion, ...]
    vetoes: Mapping[str, Words]
    veto: str
    blind: frozenset[str]
    trim: int
    counts: str
    size: int
    per_case: int
    quorum: int
    outlier: Fraction
    bands: tuple[tuple[str, Fraction], ...]

    def total(self, scores: Mapping[str, int]) -> Fraction | None:
        """The points of a sheet, of 100: each score as part of its most, weighted; None while any is missing."""
        if any(one.key not in scores for one in self.criteria):
            return None
        weights = sum(one.weight for one in self.criteria)
        points = sum(one.weight * scores[one.key] * one.step / one.most for one in self.criteria)
        return Fraction(points) * 100 / weights

    def grade_of(self, points: Fraction) -> str:
        """The band in which points fall; a bound belongs to the band above it."""
        return next(grade for grade, least in self.bands if points >= least)


def read(given: Mapping[str, Any]) -> Rubric:
    """The rubric as typed data. Raises Refused, naming the place, when it is not one."""
    place = "rubric"
    _mapping(given, place)
    odd = sorted(set(given) ^ PARTS)
    if odd:
        raise _refused(
            place, f"部分不全或不认识：{', '.join(odd)}", f"parts missing or unknown: {', '.join(odd)}"
        )
    criteria = tuple(
        _criterion(one, f"criteria[{at}]") for at, one in enumerate(_list(given["criteria"], "criteria"), 1)
    )
    if not 1 <= len(criteria) <= MOST_CRITERIA:
        raise _refused(
            "criteria", f"应有 1 至 {MOST_CRITERIA} 项指标", f"there must be 1 to {MOST_CRITERIA} criteria"
        )
    _once("criteria", [one.key for one in criteria])
    vetoes = _vetoes(given["vetoes"])
    size, per_case = _whole(given["size"], "size", 1, 99), _whole(given["per_case"], "per_case", 1, 99)
    trim = _whole(given["trim"], "trim", 0, 9)
    if per_case > size:
        raise _refused(
            "per_case", "每件的评审人数多于评审组人数", "more experts a case than there are on the panel"
        )
    if trim and per_case < 2 * trim + 1:
        raise _refused(
            "trim", f"去掉最高、最低各 {trim} 个，每件至少要 {2 * trim + 1} 人评审",
            f"leaving out {trim} above and below needs {2 * trim + 1} experts a case",
        )  # fmt: skip
    blind = given["blind"]
    _mapping(blind, "blind")
    if set(blind) != set(PHASES) or not all(isinstance(one, bool) for one in blind.values()):
        raise _refused(
            "blind", "应写明打分和评审会两个阶段是否盲评", "say for scoring and meeting whether it is blind"
        )
    return Rubric(
        criteria=criteria,
        vetoes=vetoes,
        veto=_one_of(given["veto"], "veto", VETO),
        blind=frozenset(phase for phase in PHASES if blind[phase]),
        trim=trim,
        counts=_one_of(given["counts"], "counts", COUNTS),
        size=size,
        per_case=per_case,
        quorum=_whole(given["quorum"], "quorum", 1, size),
        outlier=Fraction(_whole(given["outlier"], "outlier", 1, 100)),
        bands=_bands(given["bands"]),
    )


@cache
def _defaults() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "rubrics.yaml").read_text(encoding="utf-8")
    )
    return found


def default_for(benefit: Benefit) -> dict[str, Any]:
    """The rubric that a call for this benefit begins with; {} where no grade is read and nothing competes."""
    if evaluated_by(benefit) is None and benefit.lifecycle != "project":
        return {}
    known = _defaults()
    families = known["families"].items()
    family = next(
        (name for name, starts in families if any(benefit.id.startswith(one) for one in starts)), "default"
    )
    rows = known["rubrics"]["default" if benefit.lifecycle == "project" else family]
    return {
        "criteria": [
            {
                "key": key,
                "title": dict(title),
                "weight": weight,
                "scale": dict(known["scale"]),
                "reason": False,
            }
            for key, weight, title in rows
        ],
        "vetoes": [{"key": key, "title": dict(title)} for key, title in known["veto_titles"].items()],
        "veto": "majority",
        "blind": {"scoring": False, "meeting": False},
        "trim": 1,
        "counts": "trimmed",
        "size": 5,
        "per_case": 5,
        "quorum": 4,
        "outlier": 20,
        "bands": [dict(one) for one in known["bands"]],
    }


def plain(value: Fraction) -> str:
    """A value of a scale as people write it: 8, 8.5."""
    text = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _criterion(given: Any, place: str) -> Criterion:
    _mapping(given, place)
    if set(given) != {"key", "title", "weight", "scale", "reason"} or not isinstance(given["reason"], bool):
        raise _refused(
            place, "应写明名称、权重、量表、是否须说明理由", "state key, title, weight, scale and reason"
        )
    scale = given["scale"]
    _mapping(scale, f"{place}.scale")
    least, most, step = (
        _decimal(scale.get(name), f"{place}.scale.{name}") for name in ("least", "most", "step")
    )
    if step <= 0 or not 0 <= least < most or any((bound / step).denominator != 1 for bound in (least, most)):
        raise _refused(
            f"{place}.scale",
            "量表应从小到大，两端都是每档的整数倍",
            "a scale runs upward, both ends whole steps",
        )
    if (most - least) / step > MOST_STEPS:
        raise _refused(
            f"{place}.scale", f"量表最多 {MOST_STEPS} 档", f"a scale has at most {MOST_STEPS} steps"
        )
    weight = _whole(given["weight"], f"{place}.weight", 1, 1000)
    return Criterion(
        _key(given["key"], place), _words(given["title"], place), weight, least, most, step, given["reason"]
    )


def _vetoes(given: Any) -> dict[str, Words]:
    found = {}
    for at, one in enumerate(_list(given, "vetoes"), 1):
        _mapping(one, f"vetoes[{at}]")
        key = _key(one.get("key"), f"vetoes[{at}]")
        if key in found:
            raise _refused(f"vetoes[{at}]", "重复", "named twice")
        found[key] = _words(one.get("title"), f"vetoes[{at}]")
    return found


def _bands(given: Any) -> tuple[tuple[str, Fraction], ...]:
    """The bands, the best first: each grade once, bounds falling, the last from 0."""
    found = []
    for at, one in enumerate(_list(given, "bands"), 1):
        _mapping(one, f"bands[{at}]")
        grade = _one_of(one.get("grade"), f"bands[{at}].grade", tuple(GRADES))
        found.append((grade, Fraction(_whole(one.get("from"), f"bands[{at}].from", 0, 100))))
    order = [list(GRADES).index(grade) for grade, _ in found]
    bounds = [least for _, least in found]
    if (
        order != sorted(set(order))
        or bounds != sorted(set(bounds), reverse=True)
        or not bounds
        or bounds[-1] != 0
    ):
        raise _refused(
            "bands", "等次应由高到低各列一次，分数线依次降低，最后一档从 0 分起",
            "grades from the best down, each once, with falling bounds, the last from 0",
        )  # fmt: skip
    return tuple(found)


def _refused(place: str, zh: str, en: str) -> Refused:
    return Refused(f"评审标准 {place}：{zh}。", f"Rubric, {place}: {en}.", field="rubric")


def _mapping(given: Any, place: str) -> None:
    if not isinstance(given, Mapping):
        raise _refused(place, "应为若干项及其值", "must be named values")


def _list(given: Any, place: str) -> list[Any]:
    if not isinstance(given, list):
        raise _refused(place, "应为列表", "must be a list")
    return given


def _whole(given: Any, place: str, least: int, most: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise _refused(
            place, f"应为 {least} 至 {most} 的整数", f"must be a whole number from {least} to {most}"
        )
    return given


def _decimal(given: Any, place: str) -> Fraction:
    if not isinstance(given, str) or not re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,3})?", given):
        raise _refused(place, "应为数字，最多三位小数", "must be a number with at most three decimals")
    return Fraction(given)


def _one_of(given: Any, place: str, known: tuple[str, ...]) -> str:
    if given not in known:
        raise _refused(place, f"应为 {'、'.join(known)} 之一", f"must be one of {', '.join(known)}")
    return str(given)


def _key(given: Any, place: str) -> str:
    if not isinstance(given, str) or not _KEY.fullmatch(given):
        raise _refused(
            f"{place}.key", "应为小写字母、数字和下划线", "must be lower-case letters, digits, underscores"
        )
    return given


def _words(given: Any, place: str) -> Words:
    texts = given if isinstance(given, Mapping) else {}
    zh, en = texts.get("zh"), texts.get("en")
    if not (isinstance(zh, str) and isinstance(en, str) and zh.strip() and len(zh) + len(en) <= 400):  # noqa: PLR2004
        raise _refused(f"{place}.title", "请写明名称", "must be named")
    return Words(zh, en or zh)


def _once(place: str, keys: list[str]) -> None:
    if len(keys) != len(set(keys)):
        raise _refused(place, "有重复的指标", "a criterion is named twice")
