"""How much hangs on each parameter: its effect on the sums for a standard step down and up.

Steps: sums and rates 10 % of their value (sums to the nearest fen), or 1万元 and one percentage point where it is zero;
whole numbers 1; dates 30 days; yes or no is turned round. Nothing goes below zero or out of the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from kechuang.policy.encoding.binding import variants
from kechuang.policy.encoding.changes import ChangeError, changeable, checked_changes
from kechuang.policy.language.parameter import Table
from kechuang.policy.language.values import BOOLEAN, DATE, FEN_PER, MONEY, RATE, Value
from kechuang.policy.reforms.strands import NO_MONEY, Tally, strand_of
from kechuang.policy.reforms.trying import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from kechuang.policy.encoding.binding import Bound
    from kechuang.policy.encoding.changes import Changeable

TENTH: Final = Fraction(1, 10)
DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Effect:
    """One parameter: its value, the values a step down and up (None: no such step), the benefit's tallies there."""

    key: str
    type: str
    strand: str
    value: Value
    down: Value
    up: Value
    at_value: Tally
    at_down: Tally | None
    at_up: Tally | None

    @property
    def swing(self) -> int:
        """The larger of the two changes of the sum, in fen, without its sign."""
        changes = [
            abs(tally.fen - self.at_value.fen) for tally in (self.at_down, self.at_up) if tally is not None
        ]
        return max(changes, default=0)

    @property
    def reach(self) -> int:
        """The larger of the two changes in the number of those who pass, without its sign."""
        changes = [
            abs(tally.passing - self.at_value.passing)
            for tally in (self.at_down, self.at_up)
            if tally is not None
        ]
        return max(changes, default=0)


def value_in(bound: Bound, one: Changeable) -> Value:
    """The value of something changeable as a bound pack has it; None when it has none."""
    value = bound.value_of(one.parameter)
    return value.rows.get(one.codes or ()) if isinstance(value, Table) else value


def steps(type_: str, value: Value) -> tuple[Value, Value]:
    """The values one standard step down and up; None where there is none."""
    if type_ == BOOLEAN:
        return (None, True) if value is False else (False, None)
    if type_ == DATE and isinstance(value, date):
        return value - timedelta(days=DAYS), value + timedelta(days=DAYS)
    exact = Fraction(value)  # type: ignore[arg-type]
    if type_ == RATE:
        step = exact * TENTH or Fraction(1, 100)
        return (exact - step if exact else None), exact + step
    if type_ == MONEY:
        step = Fraction(round(exact * TENTH)) or Fraction(FEN_PER["万元"])
        return (int(exact - step) if exact >= step else None), int(exact + step)
    return (int(exact) - 1 if exact else None), int(exact) + 1


def sensitivity(
    bound: Bound,
    table: pa.Table,
    keys: Iterable[str] | None = None,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Effect, ...]:
    """The effect of each parameter in force (or of those named), the largest swing first.

    Of benefits whose sums are no money given (in kind, bounds on loans) the number of those who pass counts.
    `progress` is called with (parameters done, of how many).
    """
    known = changeable(bound.pack)
    asked = list(known) if keys is None else list(keys)
    effects: list[Effect] = []
    done = 0
    for benefit in bound.benefits:
        of_it = [known[key] for key in asked if known[key].benefit.id == benefit.benefit.id]
        if benefit.in_force and of_it:
            effects += _effects(bound, of_it, table, threads)
        done += len(of_it)
        if progress is not None:
            progress(done, len(asked))
    return tuple(sorted(effects, key=_order))


def _effects(bound: Bound, of_it: Sequence[Changeable], table: pa.Table, threads: int) -> Iterator[Effect]:
    """The effects of some parameters of one benefit, all tried in one pass."""
    asked: list[tuple[Changeable, Value, Value, Value]] = []
    changes: list[Mapping[str, Value]] = [{}]
    for one in of_it:
        value = value_in(bound, one)
        if value is not None:
            down, up = (_allowed(bound, one, step) for step in steps(one.type, value))
            asked.append((one, value, down, up))
            changes += [{one.key: step} for step in (down, up) if step is not None]
    tried = variants(bound, of_it[0].benefit.id, changes)
    found = iter(Trial(bound, tried, table, threads).tallies(tried))
    now = next(found)
    for one, value, down, up in asked:
        at_down = None if down is None else next(found)
        at_up = None if up is None else next(found)
        yield Effect(one.key, one.type, strand_of(one.benefit), value, down, up, now, at_down, at_up)


def _allowed(bound: Bound, one: Changeable, value: Value) -> Value:
    """The value, or None when a pack may not have it."""
    if value is None:
        return None
    try:
        checked_changes(bound.pack, {one.key: value})
    except ChangeError:
        return None
    return value


def _order(effect: Effect) -> tuple[int, int, int, str]:
    money = 0 if effect.strand == NO_MONEY else effect.swing
    return (-money, -effect.reach, -effect.swing, effect.key)
