"""Exact vectors: the same numbers as fractions give, whatever their size, and a bound that always holds."""

from __future__ import annotations

import operator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kechuang.policy.columns import vector as vec
from kechuang.policy.columns.vector import LIMIT, Vector, bound_of
from kechuang.policy.language.functions import round_down, round_half_up, round_up

MANY = settings(max_examples=100, deadline=None)
INTS = st.one_of(
    st.integers(-5, 5),
    st.integers(-(10**15), 10**15),
    st.sampled_from([LIMIT, -LIMIT, LIMIT - 1, 2**62, -(2**62), 2**31, 3037000500]),
)
FACTORS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.fractions(-(10**6), 10**6, max_denominator=10**6),
    st.sampled_from([0, 1, -1, Fraction(1, 3), LIMIT, LIMIT + 1, Fraction(LIMIT, 7)]),
)


@st.composite
def vectors(draw, size=None):
    """A vector with some unknown elements, its bound tight or loose."""
    size = draw(st.integers(0, 5)) if size is None else size
    values = np.array(draw(st.lists(INTS, min_size=size, max_size=size)), dtype=np.int64)
    known = draw(st.one_of(st.none(), st.lists(st.booleans(), min_size=size, max_size=size).map(np.array)))
    den = draw(st.sampled_from([1, 1, 7, 10**6, 3 * 10**9]))
    bound = bound_of(values) + draw(st.sampled_from([0, 0, 1, 10**18, 2**64]))
    return Vector(values, den, None if known is None else known.astype(np.bool_), bound)


@st.composite
def pairs(draw):
    first = draw(vectors())
    return first, draw(vectors(len(first.values)))


def numbers(vector):
    """The elements as fractions, None where unknown; the bound must hold for them all."""
    assert all(abs(int(value)) <= vector.bound for value in vector.values)
    known = np.ones(len(vector.values), dtype=np.bool_) if vector.known is None else vector.known
    return [
        Fraction(int(value), vector.den) if sure else None
        for value, sure in zip(vector.values, known, strict=True)
    ]


def each(function, *columns):
    return [None if None in row else function(*row) for row in zip(*columns, strict=True)]


@MANY
@given(pairs())
def test_sums_differences_and_products_are_exact(pair):
    first, second = pair

    assert numbers(vec.add(first, second)) == each(operator.add, numbers(first), numbers(second))
    assert numbers(vec.subtract(first, second)) == each(operator.sub, numbers(first), numbers(second))
    assert numbers(vec.multiply(first, second)) == each(operator.mul, numbers(first), numbers(second))


@MANY
@given(vectors(), FACTORS)
def test_constants_are_exact(vector, constant):
    before = numbers(vector)

    assert numbers(vec.multiply_constant(vector, constant)) == each(lambda x: x * constant, before)
    assert numbers(vec.add_constant(vector, constant)) == each(lambda x: x + constant, before)
    assert numbers(vec.add_constant(vector, constant, negate=True)) == each(lambda x: constant - x, before)


@MANY
@given(vectors(), st.integers(0, 10))
def test_powers_are_exact(vector, exponent):
    assert numbers(vec.power(vector, exponent)) == each(lambda x: x**exponent, numbers(vector))


@MANY
@given(pairs(), st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]))
def test_comparisons_are_exact(pair, op):
    first, second = pair
    function = getattr(operator, op)

    found = vec.compare(op, first, second)

    assert truths(found) == each(function, numbers(first), numbers(second))
    assert not any(found.values & ~(np.True_ if found.known is None else found.known))


@MANY
@given(vectors(), FACTORS, st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]))
def test_comparisons_with_constants_are_exact(vector, constant, op):
    found = vec.compare_constant(op, vector, constant)

    assert truths(found) == each(lambda x: getattr(operator, op)(x, constant), numbers(vector))
    mirrored = vec.compare_constant(vec.MIRRORED[op], vector, constant)
    assert truths(mirrored) == each(lambda x: getattr(operator, op)(constant, x), numbers(vector))


@MANY
@given(vectors(), st.sampled_from([1, 100, 10**6, Fraction(1, 10), Fraction(1, 5), 7]))
def test_rounding_is_exact_on_both_sides_of_zero(vector, unit):
    for name, function in (
        ("round_down", round_down),
        ("round_up", round_up),
        ("round_half_up", round_half_up),
    ):
        found = vec.round_to(vector, unit, name)

        assert numbers(found) == each(lambda x, function=function: function(x, unit), numbers(vector))


def truths(vector):
    known = np.ones(len(vector.values), dtype=np.bool_) if vector.known is None else vector.known
    return [bool(value) if sure else None for value, sure in zip(vector.values, known, strict=True)]


@pytest.mark.parametrize(
    ("value", "unit", "down", "up", "half"),
    [
        (250, 100, 200, 300, 300),
        (249, 100, 200, 300, 200),
        (-250, 100, -300, -200, -200),
        (-251, 100, -300, -200, -300),
        (300, 100, 300, 300, 300),
        (Fraction(1, 2), 1, 0, 1, 1),
        (Fraction(-1, 2), 1, -1, 0, 0),
        (Fraction(1, 3), 1, 0, 1, 0),
    ],
)
def test_what_the_three_modes_mean(value, unit, down, up, half):
    assert (round_down(value, unit), round_up(value, unit), round_half_up(value, unit)) == (down, up, half)


def test_a_vector_of_nothing_known_stays_unknown_in_every_operation():
    nothing = Vector.unknown(3)
    number = Vector(np.array([1, 2, 3]), 1, None, 3)

    for found in (
        vec.add(nothing, number),
        vec.subtract(number, nothing),
        vec.multiply(nothing, number),
        vec.multiply_constant(nothing, -1),
        vec.add_constant(nothing, 5),
        vec.power(nothing, 0),
        vec.power(nothing, 3),
        vec.round_to(nothing, 100, "round_up"),
        vec.round_to(nothing, 100, "round_half_up"),
        vec.scaled(nothing, -1),
    ):
        assert numbers(found) == [None] * 3
    assert truths(vec.compare("lt", nothing, number)) == [None] * 3
    assert truths(vec.compare_constant("ge", nothing, 0)) == [None] * 3


def test_numbers_within_64_bits_stay_machine_integers():
    vector = Vector(np.array([10**15, -(10**15)]), 1, None, 10**15)

    assert vec.scaled(vector, 9_000).values.dtype == np.int64
    assert vec.scaled(vector, 10_000).values.dtype == object
    assert vec.round_to(vec.scaled(vector, 10_000), 10**7, "round_down").values.dtype == object
    assert (
        vec.round_to(
            vec.multiply_constant(vec.scaled(vector, 10_000), Fraction(1, 10_000)), 100, "round_up"
        ).values.dtype
        == np.int64
    )


def test_a_loose_bound_is_looked_up_before_machine_integers_are_left():
    loose = Vector(np.array([3, 4]), 1, None, 10**18)

    found = vec.multiply(loose, loose)

    assert found.values.dtype == np.int64
    assert found.bound == 16


def test_elements_are_taken_in_order():
    vector = Vector(np.array([5, 6, 7]), 2, np.array([True, False, True]), 7)

    assert numbers(vector.take(np.array([2, 1, 0, 0]))) == [
        Fraction(7, 2),
        None,
        Fraction(5, 2),
        Fraction(5, 2),
    ]
    assert bound_of(np.array([], dtype=np.int64)) == 0
    assert bound_of(np.array([-(2**63)], dtype=np.int64)) == 2**63
