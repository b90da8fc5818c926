"""The third reader of the tree: a node becomes a plain sentence in 中文 or English.

Names, facts and codes stand with their titles. A bound tree reads with its figures ('研发投入增量超过 100 万元'), an
unbound one
with the titles of its parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.parameter import Parameter, Table
from kechuang.policy.language.tree import COMPARISONS, CONSTANT, Named, Node
from kechuang.policy.language.values import BOOLEAN, DATE, NUMBER, RATE, TEXT, Words
from kechuang.policy.language.vocabulary import YEARS
from kechuang.policy.words.sentence_words import (
    AND,
    CALL_WORDS,
    COMMA_AND,
    COMMA_OR,
    COMPARISON_WORDS,
    DATE_WORDS,
    FOLD_WORDS,
    MIRRORED,
    OPPOSITE,
    OR,
    SMALLEST,
    SOONEST,
    YEAR_WORDS,
)
from kechuang.policy.words.wording import joined, known_value, spaced, value_text

JOINED: Final = 0  # and, or, if, and whatever ends in a list: bracketed inside anything else
TEST: Final = 1
SUM: Final = 2
PRODUCT: Final = 3
ATOM: Final = 4


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words and how tightly they bind."""

    text: str
    rank: int


class Writer:
    """Writes the nodes of one pack in one language; every node once.

    With `bound`, dates, years and parameters stand as values; without it as words, and readings as the pack chooses.
    With `inner`, each let and definition is followed by its meaning in the words of that other writer, one level deep.
    """

    def __init__(
        self, pack: Pack, language: str, bound: Bound | None = None, inner: Writer | None = None
    ) -> None:
        self.pack = pack
        self.bound = bound
        self.language = language
        self._inner = inner
        self._done: dict[Node, Phrase] = {}
        self._sentences: dict[Node, str] = {}
        self._writers: dict[str, Callable[[Node], Phrase]] = {
            "const": self._const,
            "named": self._named,
            "parameter": self._parameter,
            "field": self._field,
            "annual": self._annual,
            "on": self._on,
            "year": self._year,
            "reading": self._reading,
            "in": self._in,
            "in_force": self._in_force,
            "not": self._not,
            "and": self._and,
            "or": self._or,
            "add": self._sum,
            "sub": self._sum,
            "mul": self._product,
            "div": self._product,
            "min": self._least,
            "max": self._least,
            "if": self._if,
            "lookup": self._lookup,
            "series": self._series,
            "any_of": self._any_of,
            "all_of": self._all_of,
            "count_of": self._count_of,
            **dict.fromkeys(FOLD_WORDS, self._fold),
            **dict.fromkeys(COMPARISONS, self._comparison),
        }

    def sentence(self, node: Node) -> str:
        """The sentence of a node."""
        found = self._sentences.get(node)
        if found is None:
            found = self._sentences[node] = self._finish(self.phrase(node).text)
        return found

    def definition(self, node: Node) -> str:
        """What a named node means, its own name left out."""
        return self._finish(self.phrase(node.args[0]).text)

    def phrase(self, node: Node) -> Phrase:
        """The words of a node as they stand inside a sentence."""
        found = self._done.get(node)
        if found is None:
            found = self._done[node] = self._write(node)
        return found

    def value(self, value: object, type_: str) -> str:
        """A value in words."""
        return value_text(value, type_, self.pack.vocabulary, self.language)

    def _finish(self, text: str) -> str:
        return spaced(text) if self.language == "zh" else text[:1].upper() + text[1:]

    def _write(self, node: Node) -> Phrase:
        if (
            node.level == CONSTANT
            and node.type in (NUMBER, DATE)
            and node.op not in ("const", "named")
            and self.bound
        ):
            return Phrase(self.value(compile_node(node, self.bound)(Environment({})), node.type), ATOM)
        writer = self._writers.get(node.op)
        if writer is not None:
            return writer(node)
        args = [self._inside(arg, ATOM) for arg in node.args]
        return Phrase(self._say(CALL_WORDS[node.op], *args), TEST if node.op == "known" else ATOM)

    # -- helpers ---------------------------------------------------------------------------------------------------

    def _say(self, words: Words, *parts: str) -> str:
        return words.pick(self.language).format(*parts)

    def _inside(self, node: Node, rank: int) -> str:
        """The words of a part, in brackets when they bind less tightly than `rank`."""
        phrase = self.phrase(node)
        return phrase.text if phrase.rank >= rank else self._bracketed(phrase.text)

    def _bracketed(self, text: str) -> str:
        return f"（{text}）" if self.language == "zh" else f"({text})"

    # -- names and facts -------------------------------------------------------------------------------------------

    def _const(self, node: Node) -> Phrase:
        if isinstance(node.value, Table):
            return Phrase(self._rows(node.value, node.type, ()), ATOM)
        if node.type == TEXT:
            return Phrase(self._say(Words("“{0}”", "“{0}”"), str(node.value)), ATOM)
        return Phrase(self.value(node.value, node.type), ATOM)

    def _rows(self, table: Table, type_: str, known: tuple[str | None, ...]) -> str:
        """The rows of a table in words, only those that fit the keys already known."""
        _, result, *lists = type_.split(":")
        rows = []
        for keys, value in table.rows.items():
            if all(want is None or want == key for want, key in zip(known, keys, strict=False)):
                name = "·".join(self.value(key, f"code:{lst}") for key, lst in zip(keys, lists, strict=True))
                rows.append(f"{name} {self.value(value, result)}")
        return ("，" if self.language == "zh" else "; ").join(rows)

    def _named(self, node: Node) -> Phrase:
        named = node.value
        if not isinstance(named, Named):
            return self.phrase(node.args[0])
        if named.kind == "parameter":
            value = known_value(node)
            return Phrase(
                named.title.pick(self.language) if value is None else self.value(value, node.type), ATOM
            )
        title = named.title.pick(self.language)
        if self._inner is None:
            return Phrase(title, ATOM)
        meaning = self._bracketed(self._inner.phrase(node.args[0]).text)
        return Phrase(title + ("" if self.language == "zh" else " ") + meaning, ATOM)

    def _parameter(self, node: Node) -> Phrase:
        title = node.value.title.pick(self.language) if isinstance(node.value, Parameter) else ""
        return Phrase(title, ATOM)

    def _field(self, node: Node) -> Phrase:
        record, name = cast("tuple[str, str]", node.value)
        title = self.pack.vocabulary.records[record].fields[name].title.pick(self.language)
        return Phrase(title.removeprefix("是否") if node.type == BOOLEAN else title, ATOM)

    def _annual(self, node: Node) -> Phrase:
        title = self.pack.vocabulary.records[YEARS].fields[str(node.value)].title.pick(self.language)
        back = self._offset(node.args[0])
        if self.bound is not None and back is not None:
            return Phrase(
                self._say(Words("{1}年{0}", "{0} in {1}"), title, str(self.bound.year - back)), ATOM
            )
        if back is not None and back < len(YEAR_WORDS):
            return Phrase(self._say(YEAR_WORDS[back], title), ATOM)
        many = self._inside(node.args[0], ATOM)
        return Phrase(self._say(Words("前{1}年{0}", "{0} {1} years before"), title, many), ATOM)

    def _offset(self, node: Node) -> int | None:
        if self.bound is not None:
            found = compile_node(node, self.bound)(Environment({}))
            return found if isinstance(found, int) else None
        return node.value if node.op == "const" and isinstance(node.value, int) else None

    def _on(self, _: Node) -> Phrase:
        return Phrase(self._say(Words("测算日", "the day of assessment")), ATOM)

    def _year(self, _: Node) -> Phrase:
        return Phrase(self._say(Words("测算年度", "the assessed year")), ATOM)

    def _reading(self, node: Node) -> Phrase:
        reading_id, options = cast("tuple[str, tuple[str, ...]]", node.value)
        return self.phrase(node.args[options.index(self.pack.readings[reading_id].chosen)])

    # -- tests -----------------------------------------------------------------------------------------------------

    def _comparison(self, node: Node, *, denied: bool = False) -> Phrase:
        (left, right), op = node.args, OPPOSITE[node.op] if denied else node.op
        if left.level == CONSTANT != right.level:
            left, right, op = right, left, MIRRORED[op]
        if left.type == BOOLEAN and right.op == "const":
            return self.phrase(left) if (op == "eq") is bool(right.value) else self._denied(left)
        if op == "gt" and right.op == "const" and right.value == 0 and right.type != DATE:
            return Phrase(self._say(Words("{0}大于零", "{0} is above zero"), self._inside(left, SUM)), TEST)
        words = (DATE_WORDS if left.type == DATE else COMPARISON_WORDS)[op]
        return Phrase(self._say(words, self._inside(left, SUM), self._inside(right, SUM)), TEST)

    def _in(self, node: Node, *, denied: bool = False) -> Phrase:
        (subject,) = node.args
        codes = [self.value(code, subject.type) for code in cast("tuple[str, ...]", node.value)]
        words = COMPARISON_WORDS["ne" if denied else "eq"]
        return Phrase(
            self._say(words, self._inside(subject, SUM), joined(codes, self.language, last=OR)), TEST
        )

    def _in_force(self, node: Node) -> Phrase:
        start, end = (day.isoformat() for day in self.pack.valid)
        words = Words(
            "{0}在文件有效期内（{1} 至 {2}）", "{0} lies within the document's validity ({1} to {2})"
        )
        return Phrase(self._say(words, self._inside(node.args[0], SUM), start, end), TEST)

    def _not(self, node: Node) -> Phrase:
        return self._denied(node.args[0])

    def _denied(self, node: Node) -> Phrase:
        if node.op == "not":
            return self.phrase(node.args[0])
        if node.op in COMPARISONS:
            return self._comparison(node, denied=True)
        if node.op == "in":
            return self._in(node, denied=True)
        words = Words("并非“{0}”", "not “{0}”")
        return Phrase(self._say(words, self.phrase(node).text), TEST)

    def _and(self, node: Node) -> Phrase:
        return Phrase(self._conjunction(node.args), JOINED)

    def _conjunction(self, nodes: tuple[Node, ...]) -> str:
        """The parts joined by 'and'; conjunctions within are taken apart, a part that is always true left out."""
        flat: list[Node] = []
        waiting = list(reversed(nodes))
        while waiting:
            node = waiting.pop()
            if node.op == "and":
                waiting.extend(reversed(node.args))
            elif not (node.op == "const" and node.value is True):
                flat.append(node)
        parts = [self._inside(node, TEST if len(flat) > 1 else JOINED) for node in flat]
        if len(parts) < 2:  # noqa: PLR2004
            return "".join(parts)
        return ("，" if self.language == "zh" else ", ").join(parts[:-1]) + self._say(COMMA_AND) + parts[-1]

    def _or(self, node: Node) -> Phrase:
        parts = [self._inside(arg, TEST) for arg in node.args]
        if all(self.phrase(arg).rank == ATOM for arg in node.args):
            return Phrase(joined(parts, self.language, last=OR), JOINED)
        return Phrase(self._say(COMMA_OR).join(parts), JOINED)

    # -- sums ------------------------------------------------------------------------------------------------------

    def _sum(self, node: Node) -> Phrase:
        left, right = node.args
        sign = " + " if node.op == "add" else " − "
        second = self._inside(right, SUM if node.op == "add" else PRODUCT)
        return Phrase(self._inside(left, SUM) + sign + second, SUM)

    def _product(self, node: Node) -> Phrase:
        left, right = node.args
        share, whole = (right, left) if right.type == RATE else (left, right)
        if node.op == "mul" and share.type == RATE and whole.type != RATE and known_value(share) is not None:
            words = Words("{1}的{0}", "{0} of {1}")
            whole_text = self._inside(whole, PRODUCT)
            return Phrase(self._say(words, self.phrase(share).text, whole_text), PRODUCT)
        sign = " × " if node.op == "mul" else " ÷ "
        second = self._inside(right, PRODUCT if node.op == "mul" else ATOM)
        return Phrase(self._inside(left, PRODUCT) + sign + second, PRODUCT)

    def _least(self, node: Node) -> Phrase:
        two, many = (SOONEST if node.type == DATE else SMALLEST)[node.op]
        words = (two if len(node.args) == 2 else many).pick(self.language)  # noqa: PLR2004
        parts = joined([self._inside(arg, SUM) for arg in node.args], self.language, last=AND)
        return Phrase(f"{parts}中的{words}" if self.language == "zh" else f"{words} {parts}", SUM)

    def _if(self, node: Node) -> Phrase:
        test, then = (self._inside(arg, TEST) for arg in node.args[:2])
        chained = node.args[2].op == "if"  # otherwise if … reads well without brackets
        other = self.phrase(node.args[2]).text if chained else self._inside(node.args[2], TEST)
        words = Words("若{0}则为{1}，否则为{2}", "{1} if {0}, otherwise {2}")
        if node.type == BOOLEAN:
            words = Words("若{0}则{1}，否则{2}", "{1} if {0}, otherwise {2}")
        elif chained:
            words = Words("若{0}则为{1}，否则{2}", "{1} if {0}, otherwise {2}")
        return Phrase(self._say(words, test, then, other), JOINED)

    def _lookup(self, node: Node) -> Phrase:
        table, *keys = node.args
        title = self._title(table)
        by = "、".join(self._inside(key, SUM) for key in keys if key.level != CONSTANT)
        inner = table.args[0] if table.op == "named" else table
        if not isinstance(inner.value, Table):
            return Phrase(self._say(Words("{0}（按{1}）", "{0} (by {1})"), title, by), ATOM)
        known = tuple(str(key.value) if key.op == "const" else None for key in keys)
        rows = self._rows(inner.value, inner.type, known)
        words = Words("{0}（按{1}：{2}）", "{0} (by {1}: {2})") if by else Words("{0}（{2}）", "{0} ({2})")
        return Phrase(self._say(words, title, by, rows), ATOM)

    def _title(self, node: Node) -> str:
        if isinstance(node.value, (Named, Parameter)):
            return node.value.title.pick(self.language)
        return self._say(Words("标准", "the amount"))

    def _series(self, node: Node) -> Phrase:
        (day,) = node.args
        title = self.pack.series_titles[str(node.value)].pick(self.language)
        if day.op == "month_before":
            words, day = Words("{0}上月的{1}", "the {1} of the month before {0}"), day.args[0]
        else:
            words = Words("{0}当月的{1}", "the {1} of the month of {0}")
        return Phrase(self._say(words, self._inside(day, SUM), title), ATOM)

    def _any_of(self, node: Node) -> Phrase:
        words = Words("至少一条“{0}”记录符合：{1}", "at least one record under “{0}” where {1}")
        return Phrase(
            self._say(words, self._record(node), self._conjunction((node.args[1], node.args[0]))), JOINED
        )

    def _all_of(self, node: Node) -> Phrase:
        words = Words("每条“{0}”记录{1}都符合：{2}", "for every record under “{0}”{1}: {2}")
        return Phrase(
            self._say(words, self._record(node), self._chosen(node), self.phrase(node.args[0]).text), JOINED
        )

    def _count_of(self, node: Node) -> Phrase:
        words = Words("“{0}”记录{1}的条数", "the number of records under “{0}”{1}")
        return Phrase(self._say(words, self._record(node), self._chosen(node)), ATOM)

    def _fold(self, node: Node) -> Phrase:
        """A sum, largest or smallest value over records."""
        element = self._say(FOLD_WORDS[node.op][node.type == DATE], self._inside(node.args[0], PRODUCT))
        words = Words("“{0}”{1}{2}", "{2} under “{0}”{1}")
        return Phrase(self._say(words, self._record(node), self._chosen(node), element), ATOM)

    def _record(self, node: Node) -> str:
        return self.pack.vocabulary.records[str(node.value)].title.pick(self.language)

    def _chosen(self, node: Node) -> str:
        """Which records an aggregate takes, in brackets; nothing when it takes all."""
        chosen = self._conjunction((node.args[-1],))
        return chosen and ("" if self.language == "zh" else " ") + self._bracketed(chosen)


def writer_of(bound: Bound, language: str, *, opened: bool = False) -> Writer:
    """The writer of a bound pack in a language, made once; `opened` follows each let or definition with its meaning."""
    key = ("writer", language, opened)
    found = bound.compiled.get(key)
    if not isinstance(found, Writer):
        inner = writer_of(bound, language) if opened else None
        found = bound.compiled[key] = Writer(bound.pack, language, bound, inner)
    return found
