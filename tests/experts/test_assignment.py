"""Assignment: as good as can be, within load, never a forbidden pair, the same every time."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kechuang.experts import flow
from kechuang.experts.assignment import (
    Problem,
    assign,
    best,
    greedy,
    problem_of,
    reasons,
    short_of,
    solver,
    total_of,
)


@st.composite
def problems(draw):
    """At most 4 proposals x 4 experts, small enough to try everything."""
    proposals, experts = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    row = st.lists(st.integers(0, 9), min_size=experts, max_size=experts)
    fits = draw(st.lists(row, min_size=proposals, max_size=proposals))
    pairs = st.tuples(st.integers(0, proposals - 1), st.integers(0, experts - 1))
    return fits, draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.sets(pairs, max_size=8))


def everything(problem: Problem):
    """Every assignment that is allowed."""
    count, experts = problem.fits.shape
    choices = [
        [
            some
            for size in range(problem.per_proposal + 1)
            for some in combinations([one for one in range(experts) if problem.open[proposal, one]], size)
        ]
        for proposal in range(count)
    ]
    for found in product(*choices):
        loads = [sum(expert in one for one in found) for expert in range(experts)]
        if max(loads) <= problem.max_load:
            yield found


@pytest.mark.parametrize("solve", [best, flow.solve], ids=["own", "flow"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_no_other_assignment_fills_more_places_or_fills_the_same_with_a_better_total(solve, asked):
    fits, per_proposal, max_load, forbidden = asked
    problem = problem_of(fits, per_proposal, max_load, forbidden)

    found = assign(fits, per_proposal, max_load, forbidden, solve)

    every, places = list(everything(problem)), [len(one) for one in found]
    assert sum(places) == max(sum(map(len, one)) for one in every)
    same = [one for one in every if [len(some) for some in one] == places]
    assert total_of(problem, found) == max(total_of(problem, one) for one in same)
    assert not {(proposal, expert) for proposal, one in enumerate(found) for expert in one} & forbidden
    assert found == assign(fits, per_proposal, max_load, forbidden, solve)


@st.composite
def larger_problems(draw):
    """Up to 12 proposals x 15 experts, tight and roomy, some fits negative."""
    proposals, experts = draw(st.integers(1, 12)), draw(st.integers(1, 15))
    row = st.lists(st.integers(-20, 200), min_size=experts, max_size=experts)
    fits = draw(st.lists(row, min_size=proposals, max_size=proposals))
    pairs = st.tuples(st.integers(0, proposals - 1), st.integers(0, experts - 1))
    return fits, draw(st.integers(1, 4)), draw(st.integers(1, 8)), draw(st.sets(pairs, max_size=30))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(larger_problems())
def test_both_solvers_fill_as_many_places_and_reach_the_same_total_where_all_can_be_filled(asked):
    problem = problem_of(*asked)

    own, other = assign(*asked, solve=best), assign(*asked, solve=flow.solve)

    missing, missing_too = (sum(short_of(one, problem.per_proposal).values()) for one in (own, other))
    assert missing == missing_too
    if missing:  # which places stay empty is free: the flow looks at all such choices, ours keeps its own
        assert total_of(problem, own) <= total_of(problem, other)
    else:
        assert total_of(problem, own) == total_of(problem, other)


def test_the_installed_solver_is_taken_unless_another_is_named():
    assert solver() is flow.solve


def test_where_the_extra_is_missing_our_own_solver_serves():
    said = (
        "import sys; from importlib.machinery import PathFinder as F; old = F.find_spec\n"
        "F.find_spec = lambda name, *more: None if name == 'ortools' else old(name, *more)\n"
        "from kechuang.experts import assignment as a; assert a.solver() is a.best\n"
        "assert a.assign([[1, 2]], 1, 1) == [[1]]; assert 'ortools' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", said], check=True, timeout=60)


def test_where_greed_leaves_a_place_empty_a_chain_of_exchanges_fills_it():
    fits = [[9, 8], [7, 0]]
    forbidden = {(1, 1)}

    assert greedy(problem_of(fits, 1, 1, forbidden)) == [[1], [0]]
    assert assign([[9, 8, 1], [9, 1, 1], [1, 1, 0]], 1, 1, {(1, 1), (1, 2), (2, 1)}) == [[1], [0], [2]]


def test_equal_fits_are_spread_over_everybody():
    found = assign([[5, 5, 5]] * 3, 1, 3)

    assert sorted(one for (one,) in found) == [0, 1, 2]


def test_too_few_experts_are_told_and_not_made_up():
    found = assign([[1, 1], [1, 1]], 2, 1)

    assert sum(map(len, found)) == 2
    assert sum(short_of(found, 2).values()) == 2


def test_each_pair_has_its_reason():
    (one,) = reasons([[3, 9, 5]], [[2]], {(0, 1)})

    assert (one.proposal, one.expert, one.fit, one.rank, one.load) == (0, 2, 5, 1, 1)


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        (([[1]], 0, 1), "1 at least"),
        (([[1]], 1, 0), "1 at least"),
        (([1, 2], 1, 1), "table"),
        (([[10**7]], 1, 1), "within"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(given_, words):
    with pytest.raises(ValueError, match=words):
        assign(*given_)


@pytest.mark.parametrize("made", [[[0, 0]], [[1]], [[0], [0]]])
def test_another_solver_may_break_no_rule(made):
    fits = [[1, 1]] * len(made)

    with pytest.raises(ValueError, match=r"different experts|must not meet|at most"):
        assign(fits, 2, 1, {(0, 1)}, solve=lambda _problem: made)


def test_nothing_to_assign_is_nothing():
    assert assign([], 3, 3) == []
