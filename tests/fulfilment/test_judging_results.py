"""Results and proposals of sums are pure: exact, the same in any order, and never above any bound."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kechuang.fulfilment.judging.allocating import UNITS, Line, Terms, faults, propose, ranks
from kechuang.fulfilment.judging.results import (
    Mark,
    deviation,
    median,
    normalised,
    ranking,
    results,
    root,
    trimmed_mean,
)
from kechuang.fulfilment.judging.results import Terms as Rule

RULE = Rule(trim=1, counts="trimmed", veto="majority", outlier=Fraction(20))
POINTS = st.integers(0, 200).map(lambda half: Fraction(half, 2))


@st.composite
def panels(draw):
    """Marks of a panel: some experts judge some cases."""
    marks = []
    for case in range(draw(st.integers(1, 5))):
        for reviewer in range(draw(st.integers(0, 6))):
            veto = frozenset({"false_material"} if draw(st.integers(0, 9)) == 0 else ())
            marks.append(Mark(f"r{reviewer}", case, draw(POINTS), veto))
    return marks


def mark(reviewer, case, points, *vetoes):
    return Mark(reviewer, case, Fraction(points), frozenset(vetoes))


def test_raw_trimmed_and_normalised_stand_side_by_side():
    marks = [
        mark("a", 1, 90),
        mark("b", 1, 80),
        mark("c", 1, 40),
        mark("a", 2, 80),
        mark("b", 2, 70),
        mark("c", 2, 30),
    ]

    found = results([1, 2], marks, RULE)

    assert (found[1].raw, found[1].trimmed, found[2].trimmed) == (70, 80, 70)
    assert found[1].normalised > found[1].raw - 1  # c, who is strict, weighs no more than the others
    assert (found[1].rank, found[2].rank, found[1].best, found[1].worst) == (1, 2, 1, 1)


def test_a_strict_and_a_lenient_reviewer_say_the_same_once_normalised():
    marks = [mark("lenient", case, points) for case, points in ((1, 90), (2, 80))]
    marks += [mark("strict", case, points) for case, points in ((1, 50), (2, 40))]

    level = normalised(marks)

    assert level[0] == level[2]
    assert level[1] == level[3]


def test_a_reviewer_who_gives_everybody_the_same_says_nothing_of_their_order():
    level = normalised([mark("flat", 1, 70), mark("flat", 2, 70), mark("other", 1, 60), mark("other", 2, 80)])

    assert level[0] == level[1] == Fraction(70)


def test_a_missing_sheet_is_never_zero():
    found = results([1, 2, 3], [mark("a", 1, 60), mark("b", 1, 60), mark("c", 1, 60), mark("a", 2, 50)], RULE)

    assert (found[1].raw, found[2].raw, found[3].raw) == (60, 50, None)
    assert (found[2].trimmed, found[2].rank, found[3].rank) == (None, None, None)


def test_a_far_sheet_is_told_by_the_median_of_the_others():
    marks = [mark("a", 1, 90), mark("b", 1, 85), mark("c", 1, 80), mark("d", 1, 60)]

    assert results([1], marks, RULE)[1].outliers == ("d",)
    assert results([1], marks[:2], RULE)[1].outliers == ()


def test_how_far_a_rank_moves_without_any_one_reviewer():
    marks = [
        mark("a", 1, 100),
        mark("b", 1, 60),
        mark("c", 1, 60),
        mark("a", 2, 60),
        mark("b", 2, 65),
        mark("c", 2, 65),
    ]
    raw = Rule(trim=0, counts="raw", veto="any", outlier=Fraction(50))

    found = results([1, 2], marks, raw)

    assert (found[1].rank, found[1].best, found[1].worst) == (1, 1, 2)


def test_vetoes_by_one_or_by_most():
    marks = [mark("a", 1, 90, "x"), mark("b", 1, 90), mark("c", 1, 90)]

    assert not results([1], marks, RULE)[1].vetoed
    assert results([1], marks, Rule(1, "trimmed", "any", Fraction(20)))[1].rank is None


def test_equal_cases_share_a_place_and_the_next_is_counted_on():
    assert ranking({1: Fraction(9), 2: Fraction(9), 3: Fraction(8), 4: None}, frozenset()) == {
        1: 1,
        2: 1,
        3: 3,
        4: None,
    }


@given(st.fractions(0, 10**6))
def test_roots_are_cut_to_twelve_decimals(value):
    found = root(value)

    assert found**2 <= value < (found + Fraction(1, 10**12)) ** 2
    assert (found * 10**12).denominator == 1


@given(st.lists(POINTS, min_size=1))
def test_deviation_and_median_lie_within_the_values(values):
    assert 0 <= deviation(values) <= max(values) - min(values)
    assert min(values) <= median(values) <= max(values)
    assert trimmed_mean(values, len(values)) is None


@given(panels(), st.randoms(use_true_random=False))
def test_the_order_and_the_names_of_reviewers_do_not_matter(marks, chance):
    mixed = list(marks)
    chance.shuffle(mixed)
    names = sorted({one.reviewer for one in marks})
    chance.shuffle(names)
    other = dict(zip(sorted(names), names, strict=True))
    renamed = [Mark(other[one.reviewer], one.case, one.points, one.vetoes) for one in mixed]
    cases = {one.case for one in marks}

    def plain(found):
        return {
            case: (
                one.raw,
                one.trimmed,
                one.normalised,
                one.ranks,
                one.best,
                one.worst,
                one.vetoed,
                len(one.outliers),
            )
            for case, one in found.items()
        }

    assert plain(results(cases, marks, RULE)) == plain(results(cases, renamed, RULE))


@given(panels())
def test_a_rank_lies_within_its_span(marks):
    for one in results({mark.case for mark in marks}, marks, RULE).values():
        if one.rank is not None:
            assert one.best <= one.rank <= one.worst


# -- sums

LINES = st.lists(
    st.builds(
        Line,
        case=st.integers(1, 10**6),
        ceiling_fen=st.integers(0, 10**9),
        grade=st.sampled_from(["excellent", "good", "pass", "fail"]),
        score=st.one_of(st.none(), st.integers(0, 10_000)),
        organisation=st.integers(1, 3),
    ),
    unique_by=lambda line: line.case,
    max_size=12,
)
TERMS = st.builds(
    Terms,
    parts=st.fixed_dictionaries(
        {grade: st.integers(0, 100) for grade in ("excellent", "good", "pass", "fail")}
    ),
    unit_fen=st.sampled_from(UNITS),
)


@given(LINES, st.integers(0, 10**10), TERMS, st.dictionaries(st.integers(1, 3), st.integers(0, 10**9)))
def test_no_proposal_exceeds_any_bound_and_all_are_cut_to_the_unit(lines, available, terms, years):
    bounded = [
        Line(one.case, one.ceiling_fen, one.grade, one.score, one.organisation, years.get(one.organisation))
        for one in lines
    ]

    for one in propose(bounded, available, terms):
        assert faults(bounded, one.sums, available) == {}
        assert all(fen % terms.unit_fen == 0 for fen in one.sums.values())
        assert one.total_fen <= one.wanted_fen


@given(LINES, st.integers(0, 10**10), TERMS, st.randoms(use_true_random=False))
def test_proposals_do_not_depend_on_the_order_of_cases(lines, available, terms, chance):
    mixed = list(lines)
    chance.shuffle(mixed)

    assert propose(lines, available, terms) == propose(mixed, available, terms)


@given(LINES, TERMS)
def test_plenty_of_money_fills_nothing_up(lines, terms):
    for one in propose(lines, 10**12, terms):
        for line in lines:
            most = (
                line.ceiling_fen * terms.parts[line.grade] // 100
                if one.method == "grade"
                else line.ceiling_fen
            )
            assert (line.case in one.sums) == (one.method == "grade" or line.score is not None)
            assert one.sums.get(line.case, 0) <= most


def test_a_missing_score_is_no_sum_and_never_zero():
    lines = [Line(1, 100, "good", None, 1), Line(2, 100, "good", 7000, 2)]

    sums = {one.method: one.sums for one in propose(lines, 1000, Terms({"good": 70}, unit_fen=1))}

    assert sums == {"grade": {1: 70, 2: 70}, "score": {2: 70}, "rank": {2: 100}}


def test_by_rank_whole_ceilings_go_down_the_list_and_equals_share_the_rest():
    lines = [Line(1, 50, "excellent", 9000, 1), Line(2, 50, "good", 8000, 2), Line(3, 50, "good", 8000, 3)]
    terms = Terms({"excellent": 100, "good": 70}, unit_fen=1)

    (by_rank,) = [one for one in propose(lines, 110, terms) if one.method == "rank"]

    assert by_rank.sums == {1: 50, 2: 30, 3: 30}
    assert ranks(lines) == {1: 1, 2: 2, 3: 2}


@pytest.mark.parametrize(("unit", "parts"), [(7, {}), (100, {"good": 101}), (100, {"good": -1})])
def test_terms_that_cannot_be_are_refused(unit, parts):
    from kechuang.accounts.refusals import Refused

    with pytest.raises(Refused):
        propose([], 0, Terms(parts, unit))
