"""What is at stake in a bound pack before any case is known. Made once for each bound pack.

How much each benefit can give, and how likely an answer rules it out; docs/interview.md states the rules in prose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Final, cast

from kechuang.policy.encoding.binding import Bound, BoundBenefit
from kechuang.policy.language.parameter import Table
from kechuang.policy.language.tree import ROUNDINGS, Node
from kechuang.policy.language.values import FEN_PER, code_list, is_code
from kechuang.policy.language.vocabulary import SUBJECT

WHOLE: Final = 64  # chances are counted in 64ths
EVEN: Final = 32  # yes-or-no, and whatever nothing better is known of
LEAST: Final = 4  # an answer that hardly ever settles anything
MENDABLE: Final = 8  # what can still be changed rules nothing out for good, so it is asked last
NO_RECORDS: Final = 48  # most subjects have no record of any one kind
WEIGHT: Final = 10 * FEN_PER["万元"]  # what a benefit counts beside its money, in fen

Fact = tuple[str, str | None]  # record kind and field; None: the whole list


@dataclass(frozen=True, slots=True)
class Stake:
    """One benefit: the most that it can give in fen (0 when it gives no money), and what it counts in the score.

    `chances`: the chance in 64ths that learning a fact rules the benefit out.
    """

    fen: int
    weight: int
    chances: Mapping[Fact, int]

    def chance(self, fact: Fact) -> int:
        """The chance that the fact rules the benefit out."""
        return self.chances.get(fact, NO_RECORDS if fact[1] is None else EVEN)


def stakes_of(bound: Bound) -> dict[str, Stake]:
    """The stake of every benefit by id."""
    found = bound.compiled.get("stakes")
    if found is None:
        ceilings = {one.benefit.id: ceiling(one) for one in bound.benefits}
        known = sorted(fen for fen in ceilings.values() if fen)
        usual = known[len(known) // 2] if known else 0
        found = {
            one.benefit.id: _stake(one, bound, ceilings[one.benefit.id], usual) for one in bound.benefits
        }
        bound.compiled["stakes"] = found
    return cast("dict[str, Stake]", found)


def _stake(one: BoundBenefit, bound: Bound, most: int | None, usual: int) -> Stake:
    fen = usual if most is None else most
    return Stake(fen, fen + WEIGHT, _chances(one, bound))


def ceiling(one: BoundBenefit) -> int | None:
    """The most that a benefit can give by its own figures, in fen; 0 when it gives no money; None without a bound."""
    if one.amount is None or not one.benefit.amount.is_paid:
        return 0
    bounds = [upper(node) for node in (one.amount, *(cap for _, cap in one.total_caps))]
    known = [int(bound) for bound in bounds if bound is not None]
    return min(known) if known else None


def upper(node: Node) -> int | Fraction | None:
    """A bound from above on a quantity that is never below zero; None when its figures alone give none."""
    if node.op == "const":
        return node.value if isinstance(node.value, (int, Fraction)) else None
    if node.op == "lookup":
        return _of_table(node.args[0])
    below = [upper(arg) for arg in (node.args[1:] if node.op == "if" else node.args)]
    known = [one for one in below if one is not None]
    if node.op in ("named", "sub", *ROUNDINGS):
        return below[0]
    if node.op == "min":
        return min(known, default=None)
    return _JOINED[node.op](known) if node.op in _JOINED and len(known) == len(below) else None


_JOINED: Final[dict[str, Callable[[list[int | Fraction]], int | Fraction]]] = {
    "mul": prod, "add": sum, "max": max, "if": max,
}  # fmt: skip


def _of_table(node: Node) -> int | Fraction | None:
    inner = node.args[0] if node.op == "named" else node
    if not isinstance(inner.value, Table):
        return None
    return max((row for row in inner.value.rows.values() if isinstance(row, (int, Fraction))), default=None)


def _chances(one: BoundBenefit, bound: Bound) -> dict[Fact, int]:
    """The chance by fact: for a code that the conditions test, the share of its codes that they do not name."""
    codes = bound.pack.vocabulary.codes
    named: dict[tuple[str, str], set[object]] = {}
    for _, root in one.conditions:
        for node in root.walk():
            field = node.args[0] if node.op in ("eq", "in") else None
            if field is not None and field.op == "field" and is_code(field.type):
                members = node.value if node.op == "in" else (node.args[1].value,)
                named.setdefault(cast("tuple[str, str]", field.value), set()).update(members)
    found: dict[Fact, int] = {}
    for (record, name), members in named.items():
        size = len(codes[code_list(bound.pack.vocabulary.records[record].fields[name].type)])
        found[record, name] = max(WHOLE - WHOLE * len(members) // size, LEAST)
    for kind in bound.pack.vocabulary.records.values():
        found |= {
            (kind.name, field.name): MENDABLE for field in kind.fields.values() if field.change is not None
        }
    size = len(codes[code_list(bound.pack.vocabulary.subject.fields["kind"].type)])
    found[SUBJECT, "kind"] = max(WHOLE - WHOLE * len(one.benefit.subjects) // size, LEAST)
    return found
