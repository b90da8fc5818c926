"""How a population is divided for a simulation: by district, by section of industry, by size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import Vocabulary
from kechuang.policy.reforms.comparing import Grouping
from kechuang.reference.divisions import divisions
from kechuang.reference.industries import industry, sections

KEYS: Final = ("district", "industry", "size")
TITLES: Final = {
    "district": Words("区市", "district"),
    "industry": Words("行业门类", "section of industry"),
    "size": Words("企业规模", "enterprise size"),
}


def groupings_of(table: pa.Table, vocabulary: Vocabulary, keys: Iterable[str] = KEYS) -> tuple[Grouping, ...]:
    """The groupings of a population; labels are codes, what a subject's row does not say is unknown.

    Raises ValueError for a grouping that does not exist.
    """
    return tuple(_grouping(table, vocabulary, key) for key in keys)


def _grouping(table: pa.Table, vocabulary: Vocabulary, key: str) -> Grouping:
    if key not in KEYS:
        raise ValueError(f"no grouping '{key}'; there are: {', '.join(KEYS)}")
    known = {
        "district": tuple(divisions()),
        "industry": tuple(sections()),
        "size": tuple(vocabulary.codes["size"]),
    }
    labels = known[key]
    places = {label: place for place, label in enumerate(labels)}
    label_of: Callable[[str], str | None] = _section if key == "industry" else str
    if key not in table.column_names:
        return Grouping(key, labels, np.full(table.num_rows, -1, dtype=np.int16))
    parts = [_codes(part, places, label_of) for part in table.column(key).chunks]
    return Grouping(key, labels, np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16))


def _codes(part: pa.Array, places: dict[str, int], label_of: Callable[[str], str | None]) -> Any:
    coded = part if pa.types.is_dictionary(part.type) else pc.dictionary_encode(part)
    table = np.array(
        [places.get(label_of(text) or "", -1) for text in coded.dictionary.to_pylist()] + [-1], np.int16
    )
    return table[np.asarray(pc.fill_null(coded.indices, len(table) - 1))]


def _section(code: str) -> str | None:
    try:
        return industry(code).section
    except LookupError:
        return None


def group_name(key: str, label: str | None, vocabulary: Vocabulary, language: str) -> str:
    """A group by its name; a code that has none stays a code."""
    if label is None:
        return Words("未填写", "not stated").pick(language)
    if key == "size":
        return vocabulary.codes["size"][label].pick(language)
    found = divisions()[label] if key == "district" else sections()[label]
    return found.en if language == "en" else found.zh
