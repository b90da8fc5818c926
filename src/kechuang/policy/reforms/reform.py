"""A reform: what is changed, the law with the change in it, and which benefits the change touches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kechuang.policy.encoding.binding import Bound, BoundBenefit, bind
from kechuang.policy.language.parameter import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kechuang.policy.encoding.pack import Pack
    from kechuang.policy.language.tree import Node
    from kechuang.policy.language.values import Value

    Pairs = dict[tuple[int, int], bool]


@dataclass(frozen=True, slots=True)
class Reform:
    """Changed parameters and readings (by name, as `bind` takes them), perhaps in another pack."""

    parameters: Mapping[str, Value] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    pack: Pack | None = None

    def applied_to(self, base: Bound) -> Bound:
        """The law as it would be, on the same day and for the same year. Raises ValueError as `bind` does.

        Changes go on top of the base's own; with another pack they are changes of that pack.
        """
        if self.pack is None or self.pack is base.pack:
            readings = {**base.readings, **self.readings}
            return bind(base.pack, base.on, base.year, readings, {**base.parameters, **self.parameters})
        return bind(self.pack, base.on, base.year, self.readings, self.parameters)


def touched(before: Bound, after: Bound) -> tuple[str, ...]:
    """The benefits whose outcome or sum can differ: those whose bound expressions do, and new or lost ones.

    In the order of the document, those that only the later pack has at the end.
    """
    old = {one.benefit.id: one for one in before.benefits}
    new = {one.benefit.id: one for one in after.benefits}
    ids = [*old, *(key for key in new if key not in old)]
    alike = _same_ground(before, after)
    pairs: Pairs = {}
    return tuple(
        key
        for key in ids
        if not (alike and key in old and key in new and _same_benefit(old[key], new[key], pairs))
    )


def limited(bound: Bound, ids: Iterable[str]) -> Bound:
    """The bound pack with some of its benefits only; made once for the same ids."""
    chosen = frozenset(ids)
    key = ("limited", chosen)
    found = bound.compiled.get(key)
    if not isinstance(found, Bound):
        benefits = tuple(one for one in bound.benefits if one.benefit.id in chosen)
        found = bound.compiled[key] = replace(bound, benefits=benefits, compiled={})
    return found


def _same_ground(before: Bound, after: Bound) -> bool:
    """Whether equal expressions mean the same: one day and year, the same code lists and series."""
    old, new = before.pack, after.pack
    days = (before.on, before.year) == (after.on, after.year)
    if old is new or not days:
        return days
    codes = {name: tuple(codes) for name, codes in old.vocabulary.codes.items()}
    return (
        codes == {name: tuple(codes) for name, codes in new.vocabulary.codes.items()}
        and old.series == new.series
    )


def _same_benefit(old: BoundBenefit, new: BoundBenefit, pairs: Pairs) -> bool:
    shape = (old.in_force, old.benefit.each, old.benefit.amount.kind, old.reasons)
    if shape != (new.in_force, new.benefit.each, new.benefit.amount.kind, new.reasons):
        return False
    if not old.in_force:
        return True
    ours, theirs = _roots(old), _roots(new)
    return len(ours) == len(theirs) and all(
        _same(one, other, pairs) for one, other in zip(ours, theirs, strict=True)
    )


def _roots(benefit: BoundBenefit) -> list[Node]:
    amount = () if benefit.amount is None else (benefit.amount,)
    conditions = (node for _, node in benefit.conditions)
    return [benefit.kind_fits, *conditions, *amount, *(node for _, node in benefit.total_caps)]


def _same(old: Node, new: Node, pairs: Pairs) -> bool:
    """Whether two trees say the same. What names stand for counts, not the names."""
    while old.op == "named":
        old = old.args[0]
    while new.op == "named":
        new = new.args[0]
    if old is new:
        return True
    key = (id(old), id(new))
    if key not in pairs:
        head = (old.op, old.type, old.level, len(old.args)) == (new.op, new.type, new.level, len(new.args))
        pairs[key] = (
            head
            and _same_value(old.value, new.value)
            and all(_same(one, other, pairs) for one, other in zip(old.args, new.args, strict=True))
        )
    return pairs[key]


def _same_value(old: object, new: object) -> bool:
    if isinstance(old, Table) and isinstance(new, Table):
        return old.by == new.by and old.rows == new.rows
    return type(old) is type(new) and old == new
