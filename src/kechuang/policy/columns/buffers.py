"""The buffers of Arrow arrays as NumPy arrays.

Numbers are not copied, bits become booleans, lists their lengths and their records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

Array = np.ndarray[Any, Any]

_RARE: Final = 32  # fewer than one record in so many lists


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
    return _bits(array.buffers()[1], array.offset, len(array), at)


def validity(array: pa.Array, at: Array | None = None) -> Array | None:
    """Where an array is not null, of some positions only if named; None when none of them is null."""
    buffer = array.buffers()[0]
    if buffer is None:
        return None
    valid = _bits(buffer, array.offset, len(array), at)
    return None if valid.all() else valid


@dataclass(frozen=True, slots=True)
class Lists:
    """One contiguous list array: all its records, the rows whose list has any, how many, and which lists are known."""

    records: pa.StructArray
    rows: Array
    counts: Array
    size: int
    known: Array | None


def lists(array: pa.ListArray) -> Lists:
    """The parts of a list array."""
    offsets = np.asarray(array.offsets)
    first, last = int(offsets[0]), int(offsets[-1])
    if (last - first) * _RARE < len(array):
        # Few records: finding the list of each is quicker than looking at the length of every list.
        owners = np.searchsorted(offsets, np.arange(first, last, dtype=offsets.dtype), side="right") - 1
        rows, counts = np.unique(owners, return_counts=True)
    else:
        lengths = np.diff(offsets)
        rows = np.flatnonzero(lengths != 0)
        counts = lengths[rows]
    known = validity(array)
    if known is not None and not known[rows].all():
        # A null list may still cover records; `flatten` leaves them out.
        stated = known[rows]
        return Lists(array.flatten(), rows[stated], counts[stated], len(array), known)
    return Lists(array.values.slice(first, last - first), rows, counts, len(array), known)


def _bits(buffer: pa.Buffer, offset: int, size: int, at: Array | None) -> Array:
    """Bits as booleans: each by itself when few are asked for, else all unpacked."""
    if at is not None and len(at) * _RARE < size:
        places = at + offset
        found: Array = np.frombuffer(buffer, dtype=np.uint8)[places >> 3]
        return np.asarray((found >> (places & 7).astype(np.uint8)) & 1).view(np.bool_)
    if not size:
        return np.zeros(0, dtype=np.bool_)
    start = offset // 8
    packed = np.frombuffer(buffer, dtype=np.uint8)[start : (offset + size + 7) // 8]
    bits = np.unpackbits(packed, bitorder="little")[offset - 8 * start :][:size].view(np.bool_)
    return bits if at is None else bits[at]
