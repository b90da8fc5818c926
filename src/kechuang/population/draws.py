"""Draws: how one field of many records is filled, all records of a chunk at once.

A draw takes the records and the field, and returns a column: NumPy values (places in the code list for codes,
fen for money, millionths for rates, datetime64[D] for dates) or an Arrow string array, beside a mask of what
is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kechuang.policy.language.values import BOOLEAN, DATE, MONEY, NUMBER, RATE, TEXT, is_code
from kechuang.policy.language.vocabulary import Field
from kechuang.population.city import Column, Records
from kechuang.population.texts import numbered

FEN_PER_WAN: Final = 1_000_000
_EXACT_SHARE: Final = 0.1
_DAYS: Final = 365


Draw = Callable[[Records, Field], Column]


def pick(**weights: float) -> Draw:
    """Draw a code by weight."""

    def draw(records: Records, of: Field) -> Column:
        members = records.codes(of)
        places = np.array([members.index(code) for code in weights], dtype=np.int32)
        edges = np.cumsum(list(weights.values()))
        drawn = np.searchsorted(edges, records.rng.random(records.size) * edges[-1], side="right")
        return Column(places[drawn])

    return draw


def given(name: str, table: Mapping[str, Draw], otherwise: Draw) -> Draw:
    """Draw as `table` says for the code in the field `name`, drawn before."""

    def draw(records: Records, of: Field) -> Column:
        column = otherwise(records, of)
        for code, other in table.items():
            column = _where(records.is_(name, code), other(records, of), column)
        return column

    return draw


def only(name: str, codes: tuple[str, ...], inner: Draw) -> Draw:
    """Draw where the field `name` holds one of the codes; unknown elsewhere."""

    def draw(records: Records, of: Field) -> Column:
        column = inner(records, of)
        return Column(column.values, _either(column.unknown, ~records.is_(name, *codes)))

    return draw


def where(name: str, inner: Draw) -> Draw:
    """Draw where the boolean field `name` is true; unknown elsewhere."""

    def draw(records: Records, of: Field) -> Column:
        column = inner(records, of)
        return Column(column.values, _either(column.unknown, ~records.made[name].values))

    return draw


def owner_kind(table: Mapping[str, Draw], otherwise: Draw) -> Draw:
    """Draw as `table` says for the kind of the subject that owns the record."""

    def draw(records: Records, of: Field) -> Column:
        column = otherwise(records, of)
        for kind, other in table.items():
            column = _where(records.city.group(kind)[records.owner], other(records, of), column)
        return column

    return draw


def chance(share: float) -> Draw:
    """Draw true for this share of the records."""
    return lambda records, _: Column(records.rng.random(records.size) < share)


def money(median: float, spread: float = 0.8, *, exact: tuple[float, ...] = ()) -> Draw:
    """Draw a log-normal sum with this median in 万元, to the fen; a few are exactly one of `exact`."""

    def draw(records: Records, _: Field) -> Column:
        rng = records.rng
        fen = np.rint(median * FEN_PER_WAN * np.exp(rng.normal(0, spread, records.size))).astype(np.int64)
        if exact:
            round_sums = np.array([round(sum_ * FEN_PER_WAN) for sum_ in exact], dtype=np.int64)
            fen = np.where(rng.random(records.size) < _EXACT_SHARE, rng.choice(round_sums, records.size), fen)
        return Column(fen)

    return draw


def part_of(name: str, low: float, high: float) -> Draw:
    """Draw a part of the money field `name`; the upper bound itself comes up too."""

    def draw(records: Records, _: Field) -> Column:
        whole = records.made[name]
        share = np.minimum(records.rng.uniform(low, high + (high - low) * 0.1, records.size), high)
        return Column(np.rint(whole.values * share).astype(np.int64), whole.unknown)

    return draw


def rate(low: float, high: float) -> Draw:
    """Draw a rate in steps of a basis point, as millionths; bounds in per cent."""
    return lambda records, _: Column(
        records.rng.integers(round(low * 100), round(high * 100) + 1, records.size) * 100
    )


def number(low: int, high: int) -> Draw:
    """Draw a whole number, both bounds included."""
    return lambda records, _: Column(records.rng.integers(low, high + 1, records.size))


def ago(most: float, least: float = 0.0) -> Draw:
    """Draw a day between `most` and `least` years before the day of the city."""

    def draw(records: Records, _: Field) -> Column:
        back = records.rng.integers(round(least * _DAYS), round(most * _DAYS) + 1, records.size)
        return Column(records.city.on - back.astype("m8[D]"))

    return draw


def after(name: str, least: int, most: int) -> Draw:
    """Draw a day so many days after the date field `name`; unknown where that lies after the day of the city."""

    def draw(records: Records, _: Field) -> Column:
        earlier = records.made[name]
        days = earlier.values + records.rng.integers(least, most + 1, records.size).astype("m8[D]")
        return Column(days, _either(earlier.unknown, days > records.city.on))

    return draw


def years_after(name: str, years: int) -> Draw:
    """The same day so many years after the date field `name` (the last day of February for the 29th)."""

    def draw(records: Records, _: Field) -> Column:
        earlier = records.made[name]
        return Column(add_years(earlier.values, years), earlier.unknown)

    return draw


def day_in(name: str) -> Draw:
    """Draw a day in the calendar year that the number field `name` holds, but not after the day of the city."""

    def draw(records: Records, _: Field) -> Column:
        year = records.made[name]
        january = (year.values - 1970).astype("M8[Y]").astype("M8[D]")
        days = january + records.rng.integers(0, 365, records.size).astype("m8[D]")
        return Column(np.minimum(days, records.city.on), year.unknown)

    return draw


def on_day(day: str) -> Draw:
    """Give every record this day."""
    return lambda records, _: Column(np.full(records.size, np.datetime64(day, "D")))


def past_years(records: Records, _: Field) -> Column:
    """The assessed year for the first record of a subject, the year before for the second, and so on."""
    return Column(records.city.year - records.ordinal)


def serial(prefix: str) -> Draw:
    """Number the records through the whole population: the prefix and ten digits."""

    def draw(records: Records, _: Field) -> Column:
        return Column(numbered(prefix, records.city.serials(records.size)))

    return draw


def one_of(prefix: str, count: int) -> Draw:
    """Draw one of so many names: the prefix and a number."""

    def draw(records: Records, _: Field) -> Column:
        names = pa.array([f"{prefix}{i:02d}" for i in range(1, count + 1)])
        return Column(names.take(pa.array(records.rng.integers(0, count, records.size))))

    return draw


def linked(of_kind: str, name: str) -> Draw:
    """Take the field `name` of the record that this one follows."""

    def draw(records: Records, _: Field) -> Column:
        column = records.city.records[of_kind].made[name]
        unknown = None if column.unknown is None else column.unknown[records.link]
        if isinstance(column.values, pa.Array):
            return Column(column.values.take(pa.array(records.link)), unknown)
        return Column(column.values[records.link], unknown)

    return draw


def unknown(records: Records, of: Field) -> Column:
    """Leave the field unknown everywhere."""
    column = by_type(records, of)
    return Column(column.values, np.ones(records.size, dtype=bool))


def by_type(records: Records, of: Field) -> Column:
    """Draw by the field's type alone: for a field that no plan describes."""
    if is_code(of.type):
        return Column(records.rng.integers(0, len(records.codes(of)), records.size, dtype=np.int32))
    if of.type == NUMBER and of.name.endswith("year"):
        return past_years(records, of)
    plain: dict[str, Draw] = {
        MONEY: money(50),
        RATE: rate(3, 5),
        NUMBER: number(1, 60),
        DATE: ago(3),
        BOOLEAN: chance(0.7),
        TEXT: serial(f"{records.name}-"),
    }
    return plain[of.type](records, of)


def add_years(days: np.ndarray, years: int) -> np.ndarray:
    """The same days so many years later; 29 February becomes 28 February."""
    months = days.astype("M8[M]")
    day = days - months.astype("M8[D]")
    later = months + 12 * years
    last = (later + 1).astype("M8[D]") - later.astype("M8[D]") - np.timedelta64(1, "D")
    moved: np.ndarray = later.astype("M8[D]") + np.minimum(day, last)
    return moved


def _where(chosen: np.ndarray, this: Column, other: Column) -> Column:
    if isinstance(other.values, pa.Array):
        values = pc.if_else(pa.array(chosen), this.values, other.values)
    else:
        values = np.where(chosen, this.values, other.values)
    if this.unknown is None and other.unknown is None:
        return Column(values)
    nothing = np.zeros(len(chosen), dtype=bool)
    masks = [nothing if column.unknown is None else column.unknown for column in (this, other)]
    return Column(values, np.where(chosen, *masks))


def _either(one: np.ndarray | None, other: np.ndarray) -> np.ndarray:
    return other if one is None else one | other
