"""Which types may meet in which operation: units are checked when a pack is read, not when money is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from kechuang.policy.language.values import BOOLEAN, DATE, MONEY, NUMBER, RATE, is_code
from kechuang.policy.language.weights import MAX_EXPONENT

if TYPE_CHECKING:
    from kechuang.policy.language.tree import Node


class FaultError(ValueError):
    """A fault at a 0-based column of an expression; column -1 means the part being read."""

    def __init__(self, column: int, message: str) -> None:
        self.column = column
        self.message = message
        super().__init__(message)


def fault(column: int, message: str) -> NoReturn:
    """Raise FaultError."""
    raise FaultError(column, message)


def arithmetic(op: str, left: Node, right: Node) -> str:
    """The type of `left op right`; a fault when the units do not fit."""
    if op == "div":
        return _division(left, right)
    if op == "pow":
        return _power(left, right)
    found = _product(left, right) if op == "mul" else _sum(left, right)
    if found is None:
        sign = {"add": "+", "sub": "-", "mul": "*"}[op]
        fault(-1, f"{left.type} {sign} {right.type} has no meaning; check the units")
    return found


def _sum(left: Node, right: Node) -> str | None:
    if left.type == right.type and left.type in (MONEY, RATE, NUMBER):
        return left.type
    return RATE if {left.type, right.type} == {RATE, NUMBER} else None  # 1 + growth


def _product(left: Node, right: Node) -> str | None:
    types = [left.type, right.type]
    if not set(types) <= {MONEY, RATE, NUMBER} or types == [MONEY, MONEY]:
        return None
    return MONEY if MONEY in types else RATE if RATE in types else NUMBER


def _division(left: Node, right: Node) -> str:
    if right.level != "constant":
        fault(
            -1,
            "the divisor must be a constant; compare products instead: a >= rate * b rather than a / b >= rate",
        )
    if right.op == "const" and not right.value:
        fault(-1, "division by zero")
    if right.type in (NUMBER, RATE) and left.type in (MONEY, RATE):
        return left.type
    if (left.type, right.type) in ((NUMBER, NUMBER), (MONEY, MONEY), (NUMBER, RATE)):
        return RATE
    return fault(-1, f"{left.type} / {right.type} has no meaning; check the units")


def _power(left: Node, right: Node) -> str:
    if right.level != "constant" or right.type != NUMBER or right.op == "pow":
        fault(-1, "the exponent must be a constant whole number")
    if right.op == "neg" or (right.op == "const" and not 0 <= int(str(right.value)) <= MAX_EXPONENT):
        fault(-1, f"the exponent must lie between 0 and {MAX_EXPONENT}")
    if left.type not in (RATE, NUMBER):
        fault(-1, f"{left.type} ** number has no meaning")
    return left.type


def comparison(op: str, left: Node, right: Node) -> str:
    """BOOLEAN when the two sides can be compared; a fault otherwise."""
    if left.type != right.type:
        fault(-1, f"cannot compare {left.type} with {right.type}; write the same unit on both sides")
    if op not in ("eq", "ne") and left.type not in (MONEY, RATE, NUMBER, DATE):
        fault(-1, f"{left.type} has no order; use ==, != or 'in'")
    return BOOLEAN


def same_type(what: str, *nodes: Node) -> str:
    """The common type of the nodes; a fault otherwise."""
    types = {node.type for node in nodes}
    if len(types) != 1:
        fault(-1, f"{what} needs the same type throughout, found {', '.join(sorted(types))}")
    found = types.pop()
    if is_code(found) and what != "if … else …":
        fault(-1, f"{what} does not take codes")
    return found
