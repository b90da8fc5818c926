"""How large the value of a node can become and how deep its tree is.

Both are bounded when a pack is read, names included, so that no pack can hang or exhaust an evaluator.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from kechuang.policy.language.parameter import Parameter, Table

if TYPE_CHECKING:
    from kechuang.policy.language.tree import Node

MAX_BITS: Final = 20_000
MAX_DEPTH: Final = 150
MAX_EXPONENT: Final = 10
_FACT_BITS: Final = 64  # facts are 64-bit numbers, rates over 10**6

Weights = dict["Node", tuple[int, int]]


def weigh(node: Node, known: Weights) -> tuple[int, int]:
    """The most bits that a value of this node may take (numerator and denominator), and the depth of its tree."""
    found = known.get(node)
    if found is None:
        below = [weigh(arg, known) for arg in node.args]
        bits = [part for part, _ in below]
        depth = 1 + max((part for _, part in below), default=0)
        found = known[node] = (_bits(node, bits), depth)
    return found


def _bits(node: Node, below: list[int]) -> int:
    if node.op in ("const", "parameter"):
        return _constant_bits(node.value)
    if node.op == "pow":
        return below[0] * MAX_EXPONENT
    if node.op in ("mul", "div", "add", "sub") or node.op.startswith("round_"):
        return sum(below) + 1
    return max(below, default=0) + _FACT_BITS if node.op.endswith("_of") else max(below, default=_FACT_BITS)


def _constant_bits(value: Any) -> int:
    if isinstance(value, Parameter):
        return max((_constant_bits(x) for dated in value.values for x in dated.options.values()), default=0)
    if isinstance(value, Table):
        return max(map(_constant_bits, value.rows.values()), default=0)
    if isinstance(value, (int, Fraction)):
        return value.numerator.bit_length() + value.denominator.bit_length()
    return _FACT_BITS
