"""Reads an expression of the language into a typed tree.

A small subset of Python's expressions, never evaluated by Python.

Grammar and functions are listed in docs/language.md, which is generated from FUNCTIONS and OPERATORS here.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from kechuang.policy.language.functions import FUNCTIONS, FaultError, call_function
from kechuang.policy.language.tree import CONSTANT, SUBJECT_LEVEL, Forest, Node, join_levels
from kechuang.policy.language.typing_rules import arithmetic, comparison, fault, same_type
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    LITERAL,
    NUMBER,
    TEXT,
    code_list,
    is_code,
    literal_of,
)
from kechuang.policy.language.vocabulary import YEARS
from kechuang.policy.language.weights import MAX_BITS, MAX_DEPTH, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kechuang.policy.language.problems import Place, Problems
    from kechuang.policy.language.vocabulary import Field, RecordKind, Vocabulary

MAX_LENGTH: Final = 2000
MAX_NESTING: Final = 40
MAX_NODES: Final = 400
OPERATORS: Final = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow",
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip
AGGREGATE_NAMES: Final = ("sum", "count", "any", "all", "max", "min")
_TOKENS: Final = re.compile(rf"\"[^\"]*\"|'[^']*'|[^\W\d]\w*|(?P<literal>{LITERAL.pattern})|[0-9]+")
_FIRST_STAND_IN: Final = 0x3400  # a literal is replaced by one CJK letter, which no name of the language uses


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may name.

    Facts of the vocabulary, the record of `each`, and `names` (parameters, lets, definitions).
    """

    vocabulary: Vocabulary
    forest: Forest
    names: Mapping[str, Node]
    series: frozenset[str] = frozenset()
    each: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)  # variable of an aggregate -> record kind

    def with_names(self, **names: Node) -> Scope:
        """This scope with more names."""
        return replace(self, names={**self.names, **names})


def read_expression(text: str, place: Place, scope: Scope, problems: Problems) -> Node | None:
    """The typed tree of `text`, or None with the fault (line, column, what was expected) noted in `problems`."""
    try:
        return _Reader(text, scope).read()
    except FaultError as error:
        problems.add(place.shifted(error.column), f"{error.message} [in: {text.strip()}]")
        return None


class _Reader:
    """Turns one expression into nodes; holds the literals that stand-in letters replace."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text = self.plain = text.rstrip()
        self.scope = scope
        self.forest = scope.forest
        self.literals: dict[str, Node] = {}

    def read(self) -> Node:
        parsed = self._parse()
        if sum(1 for _ in ast.walk(parsed)) > MAX_NODES:
            fault(0, f"the expression has more than {MAX_NODES} parts; split it with 'let'")
        return self.node(parsed)

    def _parse(self) -> ast.expr:
        if len(self.text) > MAX_LENGTH:
            fault(0, f"the expression is longer than {MAX_LENGTH} characters; split it with 'let'")
        depth = deepest = 0
        for sign in self.text:
            depth += (sign in "([{") - (sign in ")]}")
            deepest = max(deepest, depth)
        if deepest > MAX_NESTING or len(re.findall(r"\bnot\b|[-+~]\s*(?=[-+~])", self.text)) > MAX_NESTING:
            fault(0, f"the expression is nested deeper than {MAX_NESTING} levels; split it with 'let'")
        self.plain = _TOKENS.sub(self._stand_in, self.text)
        try:
            return ast.parse(self.plain, mode="eval").body
        except SyntaxError as error:
            message = error.msg.split("(")[0].strip()
            fault(max((error.offset or 1) - 1, 0), f"cannot be read as an expression: {message}")
        except (RecursionError, MemoryError, ValueError):
            fault(0, "cannot be read as an expression: it is too deep or holds a sign that is not allowed")

    def _stand_in(self, found: re.Match[str]) -> str:
        if found["literal"] is None:
            if any(ord(sign) > 0x7F for sign in found[0]) and found[0][0] not in "\"'":  # noqa: PLR2004
                fault(found.start(), f"'{found[0]}' is no name; names are written in a-z, 0-9 and _")
            return found[0]
        try:
            literal = literal_of(found)
        except ValueError as error:
            fault(found.start(), str(error))
        letter = chr(_FIRST_STAND_IN + len(self.literals))
        self.literals[letter] = self.forest.node("const", literal.type, CONSTANT, (), literal.value)
        return letter.ljust(len(found[0]))

    def column(self, part: ast.expr) -> int:
        """0-based character column of a part; Python counts bytes."""
        return len(self.plain.encode()[: part.col_offset].decode(errors="ignore"))

    def said(self, part: ast.expr) -> str:
        """The words of a part as they were written."""
        end = len(self.plain.encode()[: part.end_col_offset].decode(errors="ignore"))
        if (
            self.plain[end - 1] in self.literals
        ):  # the literal is as long as its letter and the blanks after it
            end = len(self.plain) - len(self.plain[end:].lstrip())
        return self.text[self.column(part) : end].strip()

    def node(self, part: ast.expr) -> Node:
        method = getattr(self, f"_{type(part).__name__.lower()}", None)
        if method is None:
            fault(
                self.column(part),
                f"'{self.said(part)}' is not part of the language ({type(part).__name__})",
            )
        try:
            node: Node = method(part)
        except FaultError as error:
            if error.column < 0:
                raise FaultError(self.column(part), error.message) from None
            raise
        bits, depth = weigh(node, self.forest.weights)
        if bits > MAX_BITS or depth > MAX_DEPTH:
            fault(self.column(part), "numbers grow too large here, or too many names stand on one another")
        return node

    # -- names and facts -------------------------------------------------------------------------------------------

    def _constant(self, part: ast.Constant) -> Node:
        if isinstance(part.value, bool) or not isinstance(part.value, (int, str)):
            fault(
                -1,
                f"'{self.said(part)}' is no literal of the language; write true/false, 3, 10%, 100万元, 2024-06-20",
            )
        type_ = TEXT if isinstance(part.value, str) else NUMBER
        return self.forest.node("const", type_, CONSTANT, (), part.value)

    def _name(self, part: ast.Name) -> Node:
        name = part.id
        if name in self.literals:
            return self.literals[name]
        if name in ("true", "false"):
            return self.forest.node("const", BOOLEAN, CONSTANT, (), name == "true")
        if name in ("on", "year"):
            return self.forest.node(name, DATE if name == "on" else NUMBER, CONSTANT)
        if name in self.scope.names:
            return self.scope.names[name]
        fields = self.scope.vocabulary.subject.fields
        if name in fields:
            return self.forest.node("field", fields[name].type, SUBJECT_LEVEL, (), ("subject", name))
        if name in self.scope.vocabulary.records:
            fault(
                -1,
                f"'{name}' is a list of records; use any(… for x in {name}), sum(…), count(…) or 'each: {name}'",
            )
        known = sorted({*self.scope.names, *fields})
        return fault(-1, f"unknown name '{name}'{_nearest(name, known)}")

    def _attribute(self, part: ast.Attribute) -> Node:
        base = part.value
        if isinstance(base, ast.Name):
            if base.id in ("this_year", "last_year"):
                offset = self.forest.node("const", NUMBER, CONSTANT, (), 0 if base.id == "this_year" else 1)
                return self._annual(part.attr, offset)
            record = self._record_of(base.id)
            if record is not None:
                found = self._field(record, part.attr)
                return self.forest.node("field", found.type, record.name, (), (record.name, part.attr))
            fault(
                -1,
                f"unknown record '{base.id}'; expected this_year, last_year, years_ago(n) or {self._variables()}",
            )
        if isinstance(base, ast.Call) and isinstance(base.func, ast.Name) and base.func.id == "years_ago":
            if len(base.args) != 1 or base.keywords:
                fault(-1, "years_ago takes one number: years_ago(2).sales")
            offset = self.node(base.args[0])
            if offset.type != NUMBER or offset.level != CONSTANT:
                fault(-1, "years_ago takes a constant number")
            return self._annual(part.attr, offset)
        return fault(-1, "a dot follows only this_year, last_year, years_ago(n) or a record's name")

    def _annual(self, name: str, offset: Node) -> Node:
        if YEARS not in self.scope.vocabulary.records:
            fault(-1, f"the vocabulary has no record kind '{YEARS}' with annual figures")
        found = self._field(self.scope.vocabulary.records[YEARS], name)
        return self.forest.node("annual", found.type, SUBJECT_LEVEL, (offset,), name)

    def _record_of(self, variable: str) -> RecordKind | None:
        records = self.scope.vocabulary.records
        if variable in self.scope.variables:
            return records[self.scope.variables[variable]]
        if self.scope.each and not self.scope.variables and variable == records[self.scope.each].one:
            return records[self.scope.each]
        return None

    def _variables(self) -> str:
        each = self.scope.vocabulary.records[self.scope.each].one if self.scope.each else None
        return (
            ", ".join([*self.scope.variables, *([each] if each and not self.scope.variables else [])])
            or "a record's name"
        )

    def _field(self, record: RecordKind, name: str) -> Field:
        if name not in record.fields:
            fault(-1, f"'{record.name}' has no field '{name}'{_nearest(name, sorted(record.fields))}")
        return record.fields[name]

    # -- operations ------------------------------------------------------------------------------------------------

    def _binop(self, part: ast.BinOp) -> Node:
        if type(part.op) not in OPERATORS:
            fault(-1, f"the operator of '{self.said(part)}' is not part of the language; use + - * / **")
        left, right = self.node(part.left), self.node(part.right)
        op = OPERATORS[type(part.op)]
        return self._make(op, arithmetic(op, left, right), left, right)

    def _unaryop(self, part: ast.UnaryOp) -> Node:
        inner = self.node(part.operand)
        if isinstance(part.op, ast.Not):
            self._boolean(inner, part.operand)
            return self._make("not", BOOLEAN, inner)
        if isinstance(part.op, ast.USub) and inner.type in ("money", "rate", "number"):
            return self._make("neg", inner.type, inner)
        return fault(-1, f"'{self.said(part)}' is not part of the language")

    def _boolop(self, part: ast.BoolOp) -> Node:
        nodes = tuple(self._boolean(self.node(value), value) for value in part.values)
        return self._make("and" if isinstance(part.op, ast.And) else "or", BOOLEAN, *nodes)

    def _ifexp(self, part: ast.IfExp) -> Node:
        test = self._boolean(self.node(part.test), part.test)
        then, other = self._agree(part.body, part.orelse)
        return self._make("if", same_type("if … else …", then, other), test, then, other)

    def _compare(self, part: ast.Compare) -> Node:
        lefts = [part.left, *part.comparators[:-1]]
        nodes = [self._one(o, a, b) for o, a, b in zip(part.ops, lefts, part.comparators, strict=True)]
        return nodes[0] if len(nodes) == 1 else self._make("and", BOOLEAN, *nodes)

    def _one(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Node:
        if isinstance(op, (ast.In, ast.NotIn)):
            inside = self._membership(left, right)
            return self._make("not", BOOLEAN, inside) if isinstance(op, ast.NotIn) else inside
        if type(op) not in OPERATORS:
            fault(-1, "'is' is not part of the language; use == or !=")
        first, second = self._agree(left, right)
        name = OPERATORS[type(op)]
        return self._make(name, comparison(name, first, second), first, second)

    def _membership(self, left: ast.expr, right: ast.expr) -> Node:
        if not isinstance(right, (ast.Set, ast.Tuple, ast.List)) or not right.elts:
            fault(self.column(right), 'after \'in\' write a set of codes: {"a", "b"}')
        subject = self.node(left)
        return self._make("in", BOOLEAN, subject, value=tuple(self._member(e, subject) for e in right.elts))

    def _member(self, part: ast.expr, subject: Node) -> object:
        member = self._coded(self.node(part), subject, part)
        if member.op != "const" or member.type != subject.type:
            fault(self.column(part), f"a member of this set must be a literal of type {subject.type}")
        return member.value

    def _agree(self, left: ast.expr, right: ast.expr) -> tuple[Node, Node]:
        """Both sides; a quoted code takes the code list of the other side."""
        first, second = self.node(left), self.node(right)
        return self._coded(first, second, left), self._coded(second, first, right)

    def _coded(self, node: Node, other: Node, part: ast.expr) -> Node:
        if not (is_code(other.type) and node.op == "const" and node.type == TEXT):
            return node
        members = self.scope.vocabulary.codes[code_list(other.type)]
        if node.value not in members:
            fault(
                self.column(part),
                f"'{node.value}' is no code of '{code_list(other.type)}'; expected one of: {', '.join(members)}",
            )
        return self.forest.node("const", other.type, CONSTANT, (), node.value)

    def _subscript(self, part: ast.Subscript) -> Node:
        table = self.node(part.value)
        if not table.type.startswith("table:"):
            fault(-1, "only a table parameter takes [ ]: sums[platform.level]")
        parts = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
        _, result, *lists = table.type.split(":")
        if len(parts) != len(lists):
            fault(-1, f"the table has {len(lists)} key(s) ({', '.join(lists)}), found {len(parts)}")
        keys = []
        for name, key in zip(lists, parts, strict=True):
            node = self.node(key)
            if node.type != f"code:{name}":
                fault(self.column(key), f"this key must be a code of '{name}', found {node.type}")
            keys.append(node)
        return self._make("lookup", result, table, *keys)

    def _call(self, part: ast.Call) -> Node:
        if not isinstance(part.func, ast.Name) or part.keywords:
            fault(-1, "only the functions of the language can be called, without keywords")
        name = part.func.id
        if len(part.args) == 1 and isinstance(part.args[0], ast.GeneratorExp):
            if name not in AGGREGATE_NAMES:
                fault(-1, f"'{name}' does not aggregate; expected one of: {', '.join(AGGREGATE_NAMES)}")
            return self._aggregate(name, part.args[0])
        args = tuple(self.node(arg) for arg in part.args)
        if name in self.scope.series:
            if len(args) != 1 or args[0].type != DATE:
                fault(-1, f"the series {name} takes one date")
            return self._make("series", "rate", *args, value=name)
        if name not in FUNCTIONS:
            fault(
                -1,
                f"unknown function '{name}'{_nearest(name, [*FUNCTIONS, *self.scope.series, *AGGREGATE_NAMES])}",
            )
        return self._make(name, call_function(name, args), *args)

    def _aggregate(self, name: str, part: ast.GeneratorExp) -> Node:
        clause = part.generators[0]
        if (
            len(part.generators) > 1
            or clause.is_async
            or not isinstance(clause.target, ast.Name)
            or not isinstance(clause.iter, ast.Name)
        ):
            fault(-1, "write one plain loop: sum(c.paid for c in contracts if …)")
        if self.scope.variables:
            fault(-1, "aggregates do not nest; give the inner one a name with 'let'")
        record = clause.iter.id
        if record == "subject" or record not in self.scope.vocabulary.records:
            related = [kind.name for kind in self.scope.vocabulary.related]
            fault(self.column(clause.iter), f"'{record}' is no list of records{_nearest(record, related)}")
        inner = _Reader(self.text, replace(self.scope, variables={clause.target.id: record}))
        inner.literals, inner.plain = self.literals, self.plain
        true = self.forest.node("const", BOOLEAN, CONSTANT, (), value=True)
        tests = [inner._boolean(inner.node(test), test) for test in clause.ifs]
        where = true if not tests else tests[0] if len(tests) == 1 else inner._make("and", BOOLEAN, *tests)
        self._own_records(where, record)
        if name == "count":
            if not isinstance(part.elt, ast.Name) or part.elt.id != clause.target.id:
                fault(self.column(part.elt), f"count counts records: count({clause.target.id} for …)")
            return self.forest.node("count_of", NUMBER, SUBJECT_LEVEL, (where,), record)
        element = inner.node(part.elt)
        self._own_records(element, record)
        if name in ("any", "all"):
            inner._boolean(element, part.elt)
        elif element.type not in ("money", "number", "rate") and not (
            name in ("max", "min") and element.type == DATE
        ):
            fault(-1, f"{name}(…) takes sums, numbers or rates, found {element.type}")
        return self.forest.node(f"{name}_of", element.type, SUBJECT_LEVEL, (element, where), record)

    def _own_records(self, node: Node, record: str) -> None:
        if node.level not in (CONSTANT, SUBJECT_LEVEL, record):
            fault(-1, f"inside this loop over '{record}' the records of '{node.level}' cannot be used")

    # -- helpers ---------------------------------------------------------------------------------------------------

    def _boolean(self, node: Node, part: ast.expr) -> Node:
        if node.type != BOOLEAN:
            fault(self.column(part), f"expected a condition (true or false) here, found {node.type}")
        return node

    def _make(self, op: str, type_: str, *args: Node, value: object = None) -> Node:
        level = join_levels(*(arg.level for arg in args))
        if level is None:
            fault(-1, "one expression cannot mix records of two kinds; aggregate one of them")
        return self.forest.node(op, type_, level, args, value)


def _nearest(name: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else f"; expected one of: {', '.join(known[:40])}"
