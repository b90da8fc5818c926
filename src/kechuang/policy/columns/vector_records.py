"""Aggregates over related records.

One value a subject from the records whose filter holds, unknown as in the reference evaluator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kechuang.policy.columns import vector as vec
from kechuang.policy.columns.vector import Vector

if TYPE_CHECKING:
    from collections.abc import Callable

    from kechuang.policy.columns.columns import Records

    Array = np.ndarray[Any, Any]


def _any_true(mask: Array, records: Records, size: int) -> Array:
    """Which subjects have a record in the mask. Few do, so the work goes by those records."""
    found = np.zeros(size, dtype=np.bool_)
    found[records.parents[np.flatnonzero(mask)]] = True
    return found


def _reduce(function: np.ufunc, values: Array, chosen: Array | None, records: Records, size: int) -> Array:
    """`function` over the chosen records (None: all) of each subject; 0 where there is none."""
    result = np.zeros(size, dtype=values.dtype)
    if chosen is None:
        rows, starts = records.rows, records.starts
    else:
        at = np.flatnonzero(chosen)
        values, parents = values[at], records.parents[at]
        starts = np.flatnonzero(np.diff(parents, prepend=-1))
        rows = parents[starts]
    if len(rows):
        result[rows] = function.reduceat(values, starts)
    return result


def _with_list(values: Vector, records: Records) -> Vector:
    """A subject whose list is unknown has an unknown aggregate."""
    if records.known is None:
        return values
    known = vec.both(values.known, records.known)
    return Vector(
        values.values & records.known if values.values.dtype == np.bool_ else values.values,
        values.den,
        known,
        values.bound,
    )


def _fold_any(records: Records, size: int, chosen: Vector | None, element: Vector | None) -> Vector:
    assert element is not None  # noqa: S101 - any and all always have an element
    hit = element.values if chosen is None else element.values & chosen.values
    found = _any_true(hit, records, size)
    known = None
    if element.known is not None or (chosen is not None and chosen.known is not None):
        open_ = ~hit & ~element.false if chosen is None else ~hit & ~element.false & ~chosen.false
        known = found | ~_any_true(open_, records, size)
    return _with_list(Vector(found, 1, known, 1), records)


def _fold_all(records: Records, size: int, chosen: Vector | None, element: Vector | None) -> Vector:
    assert element is not None  # noqa: S101
    negated = Vector(element.false, 1, element.known, 1)
    found = _fold_any(records, size, chosen, negated)
    return Vector(found.false, 1, found.known, 1)


def _included(chosen: Vector | None, element: Vector) -> tuple[Array | None, Array | None]:
    """Which records count (None: all), and which of them leave the aggregate unknown (None: none)."""
    if chosen is None:
        return None, None if element.known is None else ~element.known
    open_ = None if chosen.known is None else ~chosen.known
    if element.known is not None:
        lacking = chosen.values & ~element.known
        open_ = lacking if open_ is None else open_ | lacking
    return chosen.values, open_


def _fold_sum(records: Records, size: int, chosen: Vector | None, element: Vector | None) -> Vector:
    assert element is not None  # noqa: S101
    include, open_ = _included(chosen, element)
    values = element.values if element.values.dtype == object else element.values.astype(np.int64, copy=False)
    most = int(np.max(np.diff(np.append(records.starts, records.count)), initial=0))
    if element.bound * most > vec.LIMIT and vec.bound_of(values) * most > vec.LIMIT:
        values = values.astype(object)
    counted = vec.both(include, element.known)
    total = _reduce(np.add, values, counted, records, size)
    known = None if open_ is None else ~_any_true(open_, records, size)
    return _with_list(Vector(total, element.den, known, element.bound * max(most, 1)), records)


def _fold_count(records: Records, size: int, chosen: Vector | None, _: Vector | None) -> Vector:
    assert chosen is not None  # noqa: S101 - a count always has a filter, if only 'true'
    total = np.bincount(records.parents[np.flatnonzero(chosen.values)], minlength=size)
    known = None if chosen.known is None else ~_any_true(~chosen.known, records, size)
    return _with_list(Vector(total, 1, known, records.count), records)


def _fold_extreme(function: np.ufunc) -> Callable[[Records, int, Vector | None, Vector | None], Vector]:
    def fold(records: Records, size: int, chosen: Vector | None, element: Vector | None) -> Vector:
        """The extreme of the chosen records; unknown when there is none."""
        assert element is not None  # noqa: S101
        include, open_ = _included(chosen, element)
        values = (
            element.values if element.values.dtype == object else element.values.astype(np.int64, copy=False)
        )
        result = _reduce(function, values, include, records, size)
        present = _any_true(
            np.ones(records.count, dtype=np.bool_) if include is None else include, records, size
        )
        known = present if open_ is None else present & ~_any_true(open_, records, size)
        return _with_list(Vector(np.where(known, result, 0), element.den, known, element.bound), records)

    return fold


FOLDS: Final[dict[str, Callable[[Records, int, Vector | None, Vector | None], Vector]]] = {
    "any_of": _fold_any,
    "all_of": _fold_all,
    "sum_of": _fold_sum,
    "count_of": _fold_count,
    "max_of": _fold_extreme(np.maximum),
    "min_of": _fold_extreme(np.minimum),
}
