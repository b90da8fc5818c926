"""Exact vectors: numerators over one common denominator.

Each carries a mask of what is known and a bound that forbids overflow.

A vector of booleans is false where it is unknown. When a bound would leave int64, the true extremes are
looked up; when they too
would leave it, the numbers become Python integers: slower, never wrong.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, Any]

LIMIT: Final = 2**63 - 1
UNBOUNDED: Final = LIMIT + 1


@dataclass(frozen=True, slots=True)
class Vector:
    """values/den, unknown where `known` is false (None: known throughout). |values| never exceeds `bound`."""

    values: Array
    den: int
    known: Array | None
    bound: int

    @classmethod
    def unknown(cls, size: int) -> Vector:
        """A vector of which nothing is known."""
        return cls(np.zeros(size, dtype=np.bool_), 1, np.zeros(size, dtype=np.bool_), 1)

    def take(self, positions: Array) -> Vector:
        """The elements at some positions, in their order."""
        known = None if self.known is None else self.known[positions]
        return Vector(self.values[positions], self.den, known, self.bound)

    @property
    def false(self) -> Array:
        """Where a boolean vector is known to be false."""
        return ~self.values if self.known is None else self.known > self.values


def bound_of(values: Array) -> int:
    """The largest absolute value."""
    if len(values) == 0:
        return 0
    return max(abs(int(values.max())), abs(int(values.min())))


def both(first: Array | None, second: Array | None) -> Array | None:
    """Known where both are."""
    if first is None:
        return second
    return first if second is None else first & second


def scaled(vector: Vector, factor: int) -> Vector:
    """The numerators times an integer constant (the denominator is the caller's affair)."""
    if factor == 1:
        return vector
    needed = max(vector.bound, 1) * abs(factor)  # the factor itself must fit, even beside nothing but zeros
    vector = _fitting(vector, needed, lambda bound: max(bound, 1) * abs(factor))
    values = _wide(vector.values) * factor
    return Vector(values, vector.den, vector.known, vector.bound * abs(factor))


def _fitting(vector: Vector, needed: int, after: Callable[[int], int]) -> Vector:
    """The vector with a tight bound when `needed` leaves int64, and as Python integers when that is not enough."""
    if needed <= LIMIT or vector.values.dtype == object:
        return vector
    tight = Vector(vector.values, vector.den, vector.known, bound_of(vector.values))
    return tight if after(tight.bound) <= LIMIT else _as_python(tight)


def _as_python(vector: Vector) -> Vector:
    return Vector(vector.values.astype(object), vector.den, vector.known, vector.bound)


def _wide(values: Array) -> Array:
    """Integers of at least 64 bits: small codes, days and booleans widen before arithmetic."""
    return values if values.dtype in (np.int64, object) else values.astype(np.int64)


def common(first: Vector, second: Vector) -> tuple[Vector, Vector, int]:
    """Both over their least common denominator."""
    den = first.den * second.den // gcd(first.den, second.den)
    return scaled(first, den // first.den), scaled(second, den // second.den), den


def add(first: Vector, second: Vector) -> Vector:
    """The sum."""
    return _sum(first, second, operator.add)


def subtract(first: Vector, second: Vector) -> Vector:
    """The difference."""
    return _sum(first, second, operator.sub)


def _sum(first: Vector, second: Vector, function: Callable[[Any, Any], Any]) -> Vector:
    first, second, den = common(first, second)
    if first.bound + second.bound > LIMIT:
        first = _fitting(first, UNBOUNDED, lambda bound: bound + second.bound)
        second = _fitting(second, UNBOUNDED, lambda bound: bound + first.bound)
    values = function(_wide(first.values), _wide(second.values))
    return Vector(values, den, both(first.known, second.known), first.bound + second.bound)


def multiply(first: Vector, second: Vector) -> Vector:
    """The product."""
    if first.bound * second.bound > LIMIT:
        first = _fitting(first, UNBOUNDED, lambda _: 0)
        second = _fitting(second, UNBOUNDED, lambda bound: bound * first.bound)
    values = _wide(first.values) * _wide(second.values)
    return Vector(values, first.den * second.den, both(first.known, second.known), first.bound * second.bound)


def multiply_constant(vector: Vector, factor: Fraction | int) -> Vector:
    """The product with a constant; numerator and denominator are reduced first."""
    exact = Fraction(factor)
    shared = gcd(exact.numerator, vector.den) or 1
    product = scaled(vector, exact.numerator // shared)
    return Vector(product.values, vector.den // shared * exact.denominator, vector.known, product.bound)


def add_constant(vector: Vector, constant: Fraction | int, *, negate: bool = False) -> Vector:
    """Vector + constant, or constant - vector when `negate`."""
    exact = Fraction(constant)
    other = Vector(
        np.array([exact.numerator], dtype=object if abs(exact.numerator) > LIMIT else np.int64),
        exact.denominator,
        None,
        0,
    )
    other = Vector(other.values, other.den, None, abs(exact.numerator))
    result = subtract(other, vector) if negate else add(vector, other)
    return Vector(result.values, result.den, vector.known, result.bound)


def power(vector: Vector, exponent: int) -> Vector:
    """The vector multiplied by itself `exponent` times; 1 for none."""
    if exponent == 0:
        return Vector(np.ones(len(vector.values), dtype=np.int64), 1, vector.known, 1)
    result = vector
    for _ in range(exponent - 1):
        result = multiply(result, vector)
    return result


_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
}
MIRRORED: Final = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


def compare(op: str, first: Vector, second: Vector) -> Vector:
    """A boolean vector of `first op second`, exact."""
    if first.den != second.den:
        first, second, _ = common(first, second)
    return boolean(_COMPARE[op](first.values, second.values), both(first.known, second.known))


def compare_constant(op: str, vector: Vector, constant: Fraction | int) -> Vector:
    """`vector op constant`: the constant is brought to a whole numerator, so that nothing is multiplied row by row."""
    exact = Fraction(constant) * vector.den
    floor = exact.numerator // exact.denominator
    if exact.denominator == 1:
        values = _COMPARE[op](vector.values, floor)
    elif op in ("eq", "ne"):
        values = np.full(len(vector.values), op == "ne")
    else:
        values = vector.values > floor if op in ("gt", "ge") else vector.values <= floor
    return boolean(values, vector.known)


def boolean(values: Array, known: Array | None) -> Vector:
    """A boolean vector, false where unknown."""
    values = values.astype(np.bool_, copy=False)
    return Vector(values if known is None else values & known, 1, known, 1)


def round_to(vector: Vector, unit: Fraction | int, mode: str) -> Vector:
    """Multiples of `unit`: mode is round_down, round_up or round_half_up."""
    exact = Fraction(unit)
    if vector.den == 1 and exact == 1:
        return vector
    ratio = multiply_constant(vector, 1 / exact)
    if mode == "round_half_up":
        ratio = add_constant(ratio, Fraction(1, 2))
    numerators = _wide(ratio.values)
    values = -(-numerators // ratio.den) if mode == "round_up" else numerators // ratio.den
    whole = Vector(values, 1, vector.known, ratio.bound // ratio.den + 1)
    return _narrow(multiply_constant(whole, exact))


def _narrow(vector: Vector) -> Vector:
    """Python integers that fit again become int64."""
    if vector.values.dtype != object:
        return vector
    bound = bound_of(vector.values)
    return (
        vector if bound > LIMIT else Vector(vector.values.astype(np.int64), vector.den, vector.known, bound)
    )
