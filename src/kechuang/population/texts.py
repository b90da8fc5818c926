"""Texts made without a loop over rows: numbered names, and social credit codes with both of their check signs."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from kechuang.reference.uscc import ALPHABET, BODY_WEIGHTS, LENGTH, WEIGHTS

SERIAL_DIGITS: Final = 10
_SIGNS: Final = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_OUTER_VALUE: Final = np.array([max(ALPHABET.find(chr(i)), 0) for i in range(128)], dtype=np.int64)
_BODY_VALUE: Final = np.array(
    [int(chr(i), 36) if chr(i) in ALPHABET else 0 for i in range(128)], dtype=np.int64
)
_BODY_CHECK: Final = np.frombuffer(b"0123456789X", dtype=np.uint8)
_BODY_SIGNS: Final = len(BODY_WEIGHTS)
_NEW_BODY: Final = b"MA3"  # how body codes given out in Shandong since 2015 begin
_NEW_SIGNS: Final = _BODY_SIGNS - len(_NEW_BODY)
_SCRAMBLE: Final = 7_368_787  # prime to 10 and to 31: steps through all body codes without meeting one twice
_AREA: Final = slice(2, 8)
_BODY: Final = slice(8, 16)


def numbered(prefix: str, numbers: np.ndarray, digits: int = SERIAL_DIGITS) -> pa.StringArray:
    """The prefix and the number, padded with zeros, for each number."""
    head = np.frombuffer(prefix.encode(), dtype=np.uint8)
    text = np.empty((len(numbers), len(head) + digits), dtype=np.uint8)
    text[:, : len(head)] = head
    text[:, len(head) :] = _digits(numbers, digits)
    return strings(text)


def strings(text: np.ndarray) -> pa.StringArray:
    """Rows of UTF-8 bytes, all of one length, as Arrow strings."""
    rows, width = text.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text)))


def credit_codes(
    first_two: np.ndarray, area: np.ndarray, index: np.ndarray, new: np.ndarray, seed: int
) -> np.ndarray:
    """Social credit codes as rows of 18 bytes, no two alike for different `index` below 28 million.

    `first_two` (rows x 2) and `area` (rows x 6) are bytes; `new` says which bodies carry the letters given
    out since 2015.
    """
    code = np.empty((len(index), LENGTH), dtype=np.uint8)
    code[:, :2] = first_two
    code[:, _AREA] = area
    place = index.astype(np.int64) * _SCRAMBLE + seed % 10**9
    code[:, _BODY] = np.where(new[:, None], _letters(place), _digits(place % 10**_BODY_SIGNS, _BODY_SIGNS))
    body = _BODY_VALUE[code[:, _BODY]] @ np.array(BODY_WEIGHTS)
    code[:, 16] = _BODY_CHECK[-body % len(_BODY_CHECK)]
    outer = _OUTER_VALUE[code[:, : LENGTH - 1]] @ np.array(WEIGHTS)
    code[:, LENGTH - 1] = _SIGNS[-outer % len(_SIGNS)]
    return code


def _letters(place: np.ndarray) -> np.ndarray:
    """Body codes of the new kind: MA3 and five signs."""
    body = np.empty((len(place), _BODY_SIGNS), dtype=np.uint8)
    body[:, : len(_NEW_BODY)] = np.frombuffer(_NEW_BODY, dtype=np.uint8)
    powers = len(_SIGNS) ** np.arange(_NEW_SIGNS - 1, -1, -1)
    body[:, len(_NEW_BODY) :] = _SIGNS[place[:, None] // powers % len(_SIGNS)]
    return body


def _digits(numbers: np.ndarray, count: int) -> np.ndarray:
    powers = 10 ** np.arange(count - 1, -1, -1, dtype=np.int64)
    return (np.asarray(numbers, dtype=np.int64)[:, None] // powers % 10 + ord("0")).astype(np.uint8)
