"""The buffers of Arrow arrays as NumPy arrays.

Numbers are not copied, bits become booleans, lists their lengths and their records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

Array = np.ndarray[Any, Any]


def numbers(array: pa.Array, at: Array | None = None) -> Array:
    """The integers of an array (dates: days since 1970), of some positions only if named; any where it is null."""
    if pa.types.is_date32(array.type):
        array = array.view(pa.int32())
    kind = np.dtype(array.type.to_pandas_dtype())
    if not len(array):
        return np.zeros(0, dtype=kind)
    values = np.frombuffer(array.buffers()[1], dtype=kind)[array.offset : array.offset + len(array)]
    return values if at is None else values[at]


def booleans(array: pa.Array, at: Array | None = None) -> Array:
    """The truth values of an array, of some positions only if named; any where it is null."""
    values = _bits(array.buffers()[1], array.offset, len(array))
    return values if at is None else values[at]


def validity(array: pa.Array, at: Array | None = None) -> Array | None:
    """Where an array is not null, of some positions only if named; None when none of them is null."""
    buffer = array.buffers()[0]
    if buffer is None:
        return None
    valid = _bits(buffer, array.offset, len(array))
    valid = valid if at is None else valid[at]
    return None if valid.all() else valid


@dataclass(frozen=True, slots=True)
class Lists:
    """One contiguous list array: the length of each list (0: null), which lists are known, and all their records."""

    records: pa.StructArray
    lengths: Array
    known: Array | None


def lists(array: pa.ListArray) -> Lists:
    """The parts of a list array."""
    offsets = np.asarray(array.offsets)
    lengths = np.diff(offsets)
    known = validity(array)
    if known is not None and ((lengths != 0) > known).any():
        # A null list may still cover records; `flatten` leaves them out.
        return Lists(array.flatten(), lengths * known, known)
    return Lists(array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0])), lengths, known)


def _bits(buffer: pa.Buffer, offset: int, size: int) -> Array:
    if not size:
        return np.zeros(0, dtype=np.bool_)
    start = offset // 8
    packed = np.frombuffer(buffer, dtype=np.uint8)[start : (offset + size + 7) // 8]
    return np.unpackbits(packed, bitorder="little")[offset - 8 * start :][:size].view(np.bool_)
