"""Social credit codes of a whole population at once: which of them hold both check signs as they stand."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kechuang.reference.uscc import ALPHABET, BODY_WEIGHTS, LENGTH, WEIGHTS

Array = np.ndarray[Any, Any]

_CHUNK: Final = 131_072
_AREA: Final = slice(2, 8)
_BODY: Final = slice(8, 16)
_DIGITS: Final = 10
_NONE: Final = 127  # the value of a sign that is not used
_OUTER: Final = np.full(256, _NONE, dtype=np.int8)
_OUTER[np.frombuffer(ALPHABET.encode(), dtype=np.uint8)] = np.arange(len(ALPHABET))
_INNER: Final = np.array(
    [int(chr(sign), 36) if chr(sign).isalnum() else 0 for sign in range(128)] + [0] * 128
)
_INNER_SIGNS: Final = np.frombuffer(b"0123456789X", dtype=np.uint8)


def holding(codes: pa.Array) -> Array:
    """For each code whether it stands in plain capitals and holds both check signs; others need a closer look."""
    found = np.zeros(len(codes), dtype=bool)
    for start in range(0, len(codes), _CHUNK):
        part = codes.slice(start, _CHUNK)
        long_enough = pc.fill_null(pc.equal(pc.binary_length(part), LENGTH), fill_value=False)
        chosen = part.filter(long_enough).cast(pa.binary(LENGTH))
        signs = np.frombuffer(chosen.buffers()[1], dtype=np.uint8)[: len(chosen) * LENGTH].reshape(-1, LENGTH)
        places = np.flatnonzero(long_enough.to_numpy(zero_copy_only=False))
        found[start + places] = _hold(signs)
    return found


def _hold(signs: Array) -> Array:
    """signs: uint8 of shape (codes, 18)."""
    outer = _OUTER[signs].astype(np.int32)
    known = (outer != _NONE).all(axis=1) & (outer[:, _AREA] < _DIGITS).all(axis=1)
    checked = -(outer[:, :-1] @ np.array(WEIGHTS, dtype=np.int32)) % len(ALPHABET) == outer[:, -1]
    inner = _INNER[signs[:, _BODY]] @ np.array(BODY_WEIGHTS)
    held: Array = known & checked & (_INNER_SIGNS[-inner % len(_INNER_SIGNS)] == signs[:, _BODY.stop])
    return held
