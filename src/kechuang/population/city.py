"""The subjects of a synthetic city, one chunk at a time: kinds, names, codes, areas, industries."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kechuang.policy.language.values import code_list
from kechuang.policy.language.vocabulary import Field, Vocabulary
from kechuang.population.finances import Finances, draw_finances
from kechuang.population.recipe import recipe
from kechuang.population.texts import credit_codes, numbered, strings

CHUNK: Final = 16_384
"""Subjects made together. A chunk depends on seed and place only, so a larger city begins with a smaller one."""

UNKNOWN_SHARE: Final = 0.01
"""Share of facts that nobody has given, where a fact may be unknown at all."""

_SERIALS: Final = 1_000_000  # numbers set aside for each chunk's records

_NEW_CODES_SINCE: Final = np.datetime64("2015-10-01", "D")
_AREA_SIGNS: Final = 6


@dataclass(frozen=True)
class Column:
    """Values of one field, one a record, and which of them are unknown (None: all known)."""

    values: Any
    unknown: np.ndarray | None = None


@dataclass
class Records:
    """Records of one kind within a chunk, in order of their owners.

    `owner` is the row of each record's subject, `ordinal` counts the records of one subject from 0, `link`
    points into the records of another kind that these follow (loans for interests), `made` holds the columns
    drawn so far.
    """

    name: str
    city: City
    vocabulary: Vocabulary
    rng: np.random.Generator
    owner: np.ndarray
    link: np.ndarray | None = None
    made: dict[str, Column] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of records."""
        return len(self.owner)

    @property
    def ordinal(self) -> np.ndarray:
        """The place of each record among those of its subject, from 0."""
        first = np.searchsorted(self.owner, self.owner, side="left")
        return np.arange(self.size) - first

    def is_(self, name: str, *codes: str) -> np.ndarray:
        """Which records hold one of these codes in the code field `name`."""
        members = self.codes(self.vocabulary.records[self.name].fields[name])
        return np.isin(self.made[name].values, [members.index(code) for code in codes])

    def codes(self, of: Field) -> list[str]:
        """The codes that a field may hold, in order."""
        return list(self.vocabulary.codes[code_list(of.type)])


@dataclass
class City:
    """One chunk of subjects. `columns` holds the subject's own fields, `records` the related records drawn so far."""

    seed: int
    index: int
    on: np.datetime64
    year: int
    vocabulary: Vocabulary
    kinds: np.ndarray
    registered: np.ndarray
    finances: Finances
    columns: dict[str, Column] = field(default_factory=dict)
    records: dict[str, Records] = field(default_factory=dict)
    serials_used: int = 0

    def group(self, name: str) -> np.ndarray:
        """Which subjects are of a kind, do R&D (`tech`), or hold records of a kind drawn before (its name)."""
        if name == "tech":
            return self.finances.does_rd
        if name in self.records:
            holders = np.zeros(CHUNK, dtype=bool)
            holders[self.records[name].owner] = True
            return holders
        of_kind: np.ndarray = self.kinds == list(recipe()["kinds"]).index(name)
        return of_kind

    def rng(self, name: str) -> np.random.Generator:
        """A stream of random numbers of its own for each record kind, so that a new kind moves no other."""
        return stream(self.seed, self.index, name)

    def serials(self, count: int) -> np.ndarray:
        """The next numbers that no other record of the population bears."""
        start = self.index * _SERIALS + self.serials_used
        self.serials_used += count
        return np.arange(start, start + count)


def stream(seed: int, index: int, name: str) -> np.random.Generator:
    """The random numbers for one purpose within one chunk."""
    return np.random.default_rng(np.random.SeedSequence([seed, index, zlib.crc32(name.encode())]))


def draw_city(seed: int, index: int, year: int, on: np.datetime64, vocabulary: Vocabulary) -> City:
    """Draw the subjects of chunk `index`: CHUNK of them."""
    rng = stream(seed, index, "subject")
    shares = np.cumsum([kind["share"] for kind in recipe()["kinds"].values()])
    kinds = np.searchsorted(shares, rng.random(CHUNK) * shares[-1], side="right")
    age = np.minimum(rng.gamma(2.0, 4.5, CHUNK), 40.0)
    registered = on - np.rint(age * 365).astype("m8[D]")
    finances = draw_finances(rng, kinds == 0, registered.astype("M8[Y]").astype(int) + 1970, year)
    city = City(seed, index, on, year, vocabulary, kinds, registered, finances)
    city.columns = _subject_columns(city, rng)
    return city


def _subject_columns(city: City, rng: np.random.Generator) -> dict[str, Column]:
    """The subject's own fields; a field of the vocabulary without a rule here stays unknown."""
    number = city.index * CHUNK + np.arange(CHUNK)
    kind_codes = list(city.vocabulary.codes["subject_kind"])
    size_codes = list(city.vocabulary.codes["size"])
    districts = recipe()["districts"]
    weights = np.cumsum([area["weight"] for area in districts.values()])
    district = np.searchsorted(weights, rng.random(CHUNK) * weights[-1], side="right")
    enterprise = city.group("enterprise")
    finances = city.finances
    size_places = np.array(
        [size_codes.index(size) for size in ("micro", "small", "medium", "large")], dtype=np.int32
    )
    return {
        "uscc": Column(_codes_of(city, number, district, rng)),
        "name": Column(_names_of(city, number)),
        "kind": Column(
            np.array([kind_codes.index(kind) for kind in recipe()["kinds"]], dtype=np.int32)[city.kinds]
        ),
        "district": Column(
            pa.array(list(districts)).take(pa.array(district)), rng.random(CHUNK) < UNKNOWN_SHARE
        ),
        "industry": Column(pa.array(finances.industries).take(pa.array(finances.industry)), ~enterprise),
        "size": Column(size_places[finances.size], ~finances.sized | (rng.random(CHUNK) < UNKNOWN_SHARE)),
        "registered_on": Column(city.registered, city.group("person") | city.group("team")),
    }


def _codes_of(
    city: City, number: np.ndarray, district: np.ndarray, rng: np.random.Generator
) -> pa.StringArray:
    """Social credit codes of units, register numbers of persons and teams."""
    areas = np.array([area.get("code_area", code) for code, area in recipe()["districts"].items()])[district]
    was = recipe()["withdrawn"]
    old = (areas == was["current"]) & (city.registered < np.datetime64(was["until"], "D"))
    old &= rng.random(CHUNK) < was["share"]
    areas = np.where(old, was["then"], areas).astype("S6").view(np.uint8).reshape(CHUNK, _AREA_SIGNS)
    signs = np.array([(kind["signs"] or "00").encode() for kind in recipe()["kinds"].values()], dtype="S2")
    new = city.group("enterprise") & (city.registered >= _NEW_CODES_SINCE)
    codes = credit_codes(signs[city.kinds].view(np.uint8).reshape(CHUNK, 2), areas, number, new, city.seed)
    register = numbered("DJ", number)
    unregistered = city.group("person") | city.group("team")
    return pc.if_else(pa.array(unregistered), register, strings(codes))


@cache
def _name_heads() -> pa.StringArray:
    return pa.array([kind["name"] for kind in recipe()["kinds"].values()])


def _names_of(city: City, number: np.ndarray) -> pa.StringArray:
    """Names that nobody can take for a real unit: 样例 (sample), the kind and a number."""
    heads = _name_heads().take(pa.array(city.kinds))
    return pc.binary_join_element_wise(heads, numbered("", number), "")
