"""Sums proposed for graded cases: by grade, by score, by rank, side by side. Pure arithmetic on whole fen.

不超过 is a ceiling: no proposal fills up to it or to the appropriation by itself. Each sum is at most the ceiling of
its case, all of one organisation together at most what its year leaves, all together at most what is available. Sums
are cut down to the unit, never rounded up. docs/judging.md states each method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kechuang.accounts.refusals import Refused
from kechuang.treasury.sharing import PRO_RATA, RANKING, Claim, share

BY_GRADE: Final = "grade"
BY_SCORE: Final = "score"
BY_RANK: Final = "rank"
UNITS: Final = (1, 100, 10_000, 100_000, 1_000_000)  # fen: 分, 元, 百元, 千元, 万元
FULL: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """What one case may have. score: hundredths of a point. organisation_fen: what its year leaves, None: no bound."""

    case: int
    ceiling_fen: int
    grade: str
    score: int | None
    organisation: int
    organisation_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """parts: {grade: percent of the ceiling}, by grade. unit_fen: sums are whole multiples of it."""

    parts: Mapping[str, int]
    unit_fen: int = 100


@dataclass(frozen=True, slots=True)
class Proposal:
    """One alternative: {case: fen} where it has a sum, and what it would have come to without the limits of money."""

    method: str
    sums: Mapping[int, int]
    wanted_fen: int

    @property
    def total_fen(self) -> int:
        """What it costs."""
        return sum(self.sums.values())

    @property
    def given(self) -> int:
        """How many cases get something."""
        return sum(fen > 0 for fen in self.sums.values())


def propose(lines: Iterable[Line], available_fen: int, terms: Terms) -> list[Proposal]:
    """The three alternatives. Raises Refused for terms that cannot be."""
    given = sorted(lines, key=lambda line: line.case)
    _check(available_fen, terms)
    return [_proposal(method, given, available_fen, terms) for method in METHODS]


def ranks(lines: Iterable[Line]) -> dict[int, int]:
    """Places by score, equal scores sharing one; a case without a score stands last."""
    there = list(lines)
    key = {line.case: -1 if line.score is None else line.score for line in there}
    return {line.case: 1 + sum(other > key[line.case] for other in key.values()) for line in there}


def faults(
    lines: Iterable[Line], sums: Mapping[int, int], available_fen: int
) -> dict[int | None, tuple[str, int]]:
    """What a person's own sums would break: {case: (bound, its fen)}; None as the case for the whole."""
    found: dict[int | None, tuple[str, int]] = {}
    there = list(lines)
    for line in there:
        if not 0 <= sums.get(line.case, 0) <= line.ceiling_fen:
            found[line.case] = ("ceiling", line.ceiling_fen)
    for own in _by_organisation(there):
        bound = own[0].organisation_fen
        if bound is not None and sum(sums.get(line.case, 0) for line in own) > bound:
            found.setdefault(own[0].case, ("organisation", bound))
    if sum(sums.get(line.case, 0) for line in there) > available_fen:
        found[None] = ("available", available_fen)
    return found


def _proposal(method: str, given: Sequence[Line], available_fen: int, terms: Terms) -> Proposal:
    """One alternative. By score and by rank a case without a score has no sum, not zero: a person states it."""
    lines = [line for line in given if method == BY_GRADE or line.score is not None]
    wanted = {line.case: _down(min(METHODS[method](line, terms), line.ceiling_fen), terms) for line in lines}
    for own in _by_organisation(lines):
        bound = own[0].organisation_fen
        if bound is not None:
            cut = share([Claim(line.case, wanted[line.case]) for line in own], max(bound, 0), PRO_RATA)
            wanted |= {case: _down(fen, terms) for case, fen in cut.items()}
    places = ranks(lines) if method == BY_RANK else {}
    claims = [Claim(line.case, wanted[line.case], rank=places.get(line.case)) for line in lines]
    sums = share(claims, available_fen, RANKING if method == BY_RANK else PRO_RATA)
    return Proposal(method, {case: _down(fen, terms) for case, fen in sums.items()}, sum(wanted.values()))


def _by_grade(line: Line, terms: Terms) -> int:
    return line.ceiling_fen * terms.parts.get(line.grade, 0) // FULL


def _by_score(line: Line, terms: Terms) -> int:
    """The ceiling times the score of 100; what the grade gets no part of, the score gets no part of."""
    if line.score is None or not terms.parts.get(line.grade, 0):
        return 0
    return int(Fraction(line.ceiling_fen * line.score, FULL * 100))


def _by_rank(line: Line, terms: Terms) -> int:
    return line.ceiling_fen if line.score is not None and terms.parts.get(line.grade, 0) else 0


METHODS: Final[Mapping[str, Callable[[Line, Terms], int]]] = {
    BY_GRADE: _by_grade,
    BY_SCORE: _by_score,
    BY_RANK: _by_rank,
}


def _down(fen: int, terms: Terms) -> int:
    return fen - fen % terms.unit_fen


def _by_organisation(lines: Sequence[Line]) -> list[list[Line]]:
    found: dict[int, list[Line]] = {}
    for line in lines:
        found.setdefault(line.organisation, []).append(line)
    return list(found.values())


def _check(available_fen: int, terms: Terms) -> None:
    if available_fen < 0:
        raise Refused("可用资金不能小于零。", "What is available cannot be below zero.")
    if terms.unit_fen not in UNITS:
        raise Refused(
            "取整单位应为分、元、百元、千元或万元。",
            "Sums are cut to fen, yuan, or 10^2 to 10^4 yuan.",
            field="unit",
        )
    for grade, part in terms.parts.items():
        if isinstance(part, bool) or not 0 <= part <= FULL:
            raise Refused(
                "各等次的比例应为 0 至 100 的整数。",
                "The part of a grade is a whole percentage.",
                field=f"part-{grade}",
            )
