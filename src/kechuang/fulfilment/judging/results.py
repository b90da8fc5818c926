"""Results of sealed sheets: raw, trimmed and normalised, side by side, with the stability of each rank. Pure, exact.

The same sheets in any order, and under any names of the reviewers, give the same results. docs/judging.md states every
calculation; square roots are cut to twelve decimals (`root`), everything else is exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Final

PRECISION: Final = 10**12
FEWEST_FOR_OUTLIERS: Final = 3  # sheets on a case, below which none can be said to be far from the others


@dataclass(frozen=True, slots=True)
class Mark:
    """A sealed, complete sheet: who, which case, how many points of 100, and the vetoes it names."""

    reviewer: Hashable
    case: int
    points: Fraction
    vetoes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rubric says of results. asked: how many sheets a case should have."""

    trim: int
    counts: str  # raw, trimmed or normalised
    veto: str  # any or majority
    outlier: Fraction


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes out for one case. None: too few sheets. rank: by what counts; vetoed cases have none."""

    case: int
    sheets: int
    raw: Fraction | None
    trimmed: Fraction | None
    normalised: Fraction | None
    vetoes: Mapping[str, int]
    vetoed: bool
    ranks: Mapping[str, int | None]  # by raw, trimmed, normalised
    counts: Fraction | None
    rank: int | None
    best: int | None  # rank when the sheets of one reviewer are left out, whoever it is
    worst: int | None
    outliers: tuple[Hashable, ...]


def results(cases: Iterable[int], marks: Iterable[Mark], terms: Terms) -> dict[int, Outcome]:
    """The outcome of each case, by its number. A case without sheets has none of the figures: missing is never zero."""
    wanted, given = sorted(set(cases)), list(marks)
    of_case: dict[int, list[Mark]] = {case: [] for case in wanted}
    for mark in given:
        of_case.setdefault(mark.case, []).append(mark)
    figures, out = _figures(wanted, given, terms), _vetoed(of_case, terms)
    ranks = {name: ranking({case: one[name] for case, one in figures.items()}, out)
             for name in ("raw", "trimmed", "normalised")}  # fmt: skip
    spans = _spans(wanted, given, terms, out)
    found = {}
    for case in wanted:
        own = of_case[case]
        named = {veto for mark in own for veto in mark.vetoes}
        found[case] = Outcome(
            case=case,
            sheets=len(own),
            raw=figures[case]["raw"],
            trimmed=figures[case]["trimmed"],
            normalised=figures[case]["normalised"],
            vetoes={veto: sum(veto in mark.vetoes for mark in own) for veto in sorted(named)},
            vetoed=is_vetoed(own, terms.veto),
            ranks={name: places[case] for name, places in ranks.items()},
            counts=figures[case][terms.counts],
            rank=ranks[terms.counts][case],
            best=min(spans[case], default=None),
            worst=max(spans[case], default=None),
            outliers=tuple(mark.reviewer for mark in own if is_outlier(mark, own, terms.outlier)),
        )
    return found


def mean(values: Sequence[Fraction]) -> Fraction | None:
    """The mean; None of nothing."""
    return sum(values, Fraction(0)) / len(values) if values else None


def trimmed_mean(values: Sequence[Fraction], trim: int) -> Fraction | None:
    """The mean without the `trim` highest and lowest; None when nothing would be left."""
    kept = sorted(values)[trim : len(values) - trim]
    return mean(kept)


def median(values: Sequence[Fraction]) -> Fraction:
    """The middle value, or the mean of the two in the middle."""
    order, half = sorted(values), len(values) // 2
    return order[half] if len(order) % 2 else (order[half - 1] + order[half]) / 2


def deviation(values: Sequence[Fraction]) -> Fraction:
    """The standard deviation over all of them (divided by their number), cut to twelve decimals."""
    middle = mean(values) or Fraction(0)
    return root(sum(((one - middle) ** 2 for one in values), Fraction(0)) / max(len(values), 1))


def root(value: Fraction) -> Fraction:
    """The square root, cut to twelve decimals: the largest multiple of 10^-12 whose square is not above the value."""
    return Fraction(isqrt(value.numerator * PRECISION**2 // value.denominator), PRECISION)


def normalised(marks: Sequence[Mark]) -> list[Fraction]:
    """The points of each mark as if all reviewers were equally strict and equally spread.

    m + s x (x - m_r) / s_r, with m, s over all marks and m_r, s_r over those of the same reviewer; m where s_r is zero.
    """
    by: dict[Hashable, list[Fraction]] = {}
    for mark in marks:
        by.setdefault(mark.reviewer, []).append(mark.points)
    everything = [mark.points for mark in marks]
    middle, spread = mean(everything) or Fraction(0), deviation(everything)
    own = {reviewer: (mean(values) or Fraction(0), deviation(values)) for reviewer, values in by.items()}
    found = []
    for mark in marks:
        m, s = own[mark.reviewer]
        found.append(middle + spread * (mark.points - m) / s if s else middle)
    return found


def ranking(figures: Mapping[int, Fraction | None], out: frozenset[int]) -> dict[int, int | None]:
    """Each case's place: one more than the number of cases that are strictly better. Vetoed and missing: no place."""
    there = {case: one for case, one in figures.items() if one is not None and case not in out}
    order = sorted(there.values())
    return {
        case: 1 + len(order) - bisect_right(order, there[case]) if case in there else None for case in figures
    }


def is_vetoed(marks: Sequence[Mark], rule: str) -> bool:
    """Whether one veto is named by anybody, or by more than half of the sheets, as the rubric says."""
    named = {veto for mark in marks for veto in mark.vetoes}
    least = 1 if rule == "any" else len(marks) // 2 + 1
    return any(sum(veto in mark.vetoes for mark in marks) >= least for veto in named)


def is_outlier(mark: Mark, marks: Sequence[Mark], bound: Fraction) -> bool:
    """Whether a sheet lies further than `bound` from the median of the others on the case."""
    others = list(marks)
    others.remove(mark)
    if len(marks) < FEWEST_FOR_OUTLIERS:
        return False
    return abs(mark.points - median([one.points for one in others])) > bound


def _figures(
    cases: Sequence[int], marks: Sequence[Mark], terms: Terms
) -> dict[int, dict[str, Fraction | None]]:
    level = normalised(marks)
    own: dict[int, list[tuple[Fraction, Fraction]]] = {case: [] for case in cases}
    for mark, points in zip(marks, level, strict=True):
        if mark.case in own:
            own[mark.case].append((mark.points, points))
    return {
        case: {
            "raw": mean([raw for raw, _ in both]),
            "trimmed": trimmed_mean([raw for raw, _ in both], terms.trim),
            "normalised": mean([points for _, points in both]),
        }
        for case, both in own.items()
    }


def _vetoed(of_case: Mapping[int, Sequence[Mark]], terms: Terms) -> frozenset[int]:
    return frozenset(case for case, own in of_case.items() if is_vetoed(own, terms.veto))


def _spans(
    cases: Sequence[int], marks: Sequence[Mark], terms: Terms, out: frozenset[int]
) -> dict[int, list[int]]:
    """The ranks of each case with all reviewers, and with each left out in turn; none where its figure falls away."""
    spans: dict[int, list[int]] = {case: [] for case in cases}
    everybody = {mark.reviewer for mark in marks}
    for kept in (list(marks), *([mark for mark in marks if mark.reviewer != one] for one in everybody)):
        figures = {case: one[terms.counts] for case, one in _figures(cases, kept, terms).items()}
        for case, place in ranking(figures, out).items():
            if place is not None:
                spans[case].append(place)
    return spans
