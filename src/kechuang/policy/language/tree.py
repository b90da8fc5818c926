"""The expression tree that the three readers share: the two evaluators and the sentence writer.

Nodes are interned while a pack is read: the same expression is the same object, so whatever is computed
once for it serves every place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kechuang.policy.language.values import Words

CONSTANT: Final = "constant"
SUBJECT_LEVEL: Final = "subject"

COMPARISONS: Final = ("lt", "le", "gt", "ge", "eq", "ne")
AGGREGATES: Final = ("sum_of", "count_of", "any_of", "all_of", "max_of", "min_of")
COUNTING: Final = (
    "sum_of",
    "count_of",
)  # one record more or less changes their value, even one that is there twice
ROUNDINGS: Final = ("round_down", "round_up", "round_half_up")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One node. `level` says what it has one value for.

    The whole run (constant), a subject, or a record of the named kind.

    `value` is the payload of the operation: a constant's value, a field's (record, name), a code set, a
    name with its words.
    """

    op: str
    type: str
    level: str
    args: tuple[Node, ...] = ()
    value: Any = None

    def walk(self) -> Iterator[Node]:
        """This node and all below it, each once, parents first."""
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if id(node) not in seen:
                seen.add(id(node))
                yield node
                waiting.extend(reversed(node.args))


@dataclass(frozen=True, slots=True)
class Named:
    """Payload of a `named` node: what the name is (parameter, let, definition), its key and its words."""

    kind: str
    key: str
    title: Words


@dataclass(slots=True)
class Forest:
    """Interns nodes: equal operation, type, level, value and arguments give the same object."""

    nodes: dict[tuple[object, ...], Node] = field(default_factory=dict)
    weights: dict[Node, tuple[int, int]] = field(default_factory=dict)  # see weights.weigh
    below: Forest | None = None

    def over(self) -> Forest:
        """A forest that shares the nodes of this one and keeps new ones apart, so that they go when it goes."""
        return Forest(below=self)

    def node(
        self, op: str, type_: str, level: str, args: tuple[Node, ...] = (), value: object = None
    ) -> Node:
        """The one node with these parts."""
        key = (op, type_, level, tuple(map(id, args)), type(value), value)
        found = self.nodes.get(key)
        if found is None and self.below is not None:
            found = self.below.nodes.get(key)
        if found is None:
            found = self.nodes[key] = Node(op, type_, level, args, value)
        return found

    def rewrite(self, node: Node, change: Callable[[Node], Node | None], done: dict[int, Node]) -> Node:
        """The tree with `change` applied from the leaves up; `change` returns None to keep a node.

        `done` is the memo.
        """
        found = done.get(id(node))
        if found is not None:
            return found
        replaced = change(node)
        if replaced is not None:
            result = self.rewrite(replaced, change, done) if replaced is not node else node
        else:
            args = tuple(self.rewrite(arg, change, done) for arg in node.args)
            same = all(new is old for new, old in zip(args, node.args, strict=True))
            result = node if same else self.node(node.op, node.type, _level(node, args), args, node.value)
        done[id(node)] = result
        return result


def _level(node: Node, args: tuple[Node, ...]) -> str:
    """A rewritten node keeps its level unless all its arguments became constant."""
    if node.op in ("annual", *AGGREGATES):
        return node.level
    return join_levels(*(arg.level for arg in args)) or node.level


def join_levels(*levels: str) -> str | None:
    """The level of a node over arguments of these levels; None when two record kinds meet."""
    records = {level for level in levels if level not in (CONSTANT, SUBJECT_LEVEL)}
    if len(records) > 1:
        return None
    if records:
        return records.pop()
    return SUBJECT_LEVEL if SUBJECT_LEVEL in levels else CONSTANT
