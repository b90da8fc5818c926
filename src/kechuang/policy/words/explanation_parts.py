"""What an explanation says before any case is known: the sentences, quotes and terms of each benefit, written once.

Everything here depends on the bound pack and the language alone, so it is made once and shared by all cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.encoding.binding import Bound, BoundBenefit
from kechuang.policy.encoding.pack import Benefit, Cap, Condition
from kechuang.policy.language.parameter import Quote
from kechuang.policy.language.tree import AGGREGATES, Named, Node
from kechuang.policy.language.values import Words, code_list, is_code
from kechuang.policy.language.vocabulary import YEARS
from kechuang.policy.words.sentences import Writer, writer_of
from kechuang.policy.words.wording import (
    INSTRUMENT_WORDS,
    LIFECYCLE_WORDS,
    PARTY_WORDS,
    SCOPE_WORDS,
    is_named,
    joined,
)

Closure = Callable[[Environment], Any]
LIST_AND = Words("和", " and ")


@dataclass(frozen=True, slots=True)
class Told:
    """Something whose value is told: a fact, a named value or an aggregate; `meaning` is what a name stands for."""

    title: str
    node: Node
    meaning: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class ReadingInForce:
    """The reading that a condition or sum rests on: its question, the option in force, the others, who decided."""

    id: str
    title: str
    phrase: str
    option: str
    others: tuple[str, ...]
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Cited:
    """Words of the clause: the text as printed, the key of the clause, the anchor of its sentence ('9.3')."""

    text: str
    clause: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Unmet:
    """One part of a condition that can be the one that fails, and what is said then.

    `codes` holds the whole sentence for each code that `fact`, if there is one, may have.
    """

    run: Closure
    said: str
    fact: Closure | None
    codes: Mapping[str, str]

    def sentence(self, env: Environment) -> str:
        """What is said when this part fails for a case."""
        return self.said if self.fact is None else self.codes.get(self.fact(env), self.said)


@dataclass(frozen=True, slots=True)
class ConditionParts:
    """One condition in words: its sentence, the words of the clause or why it stands without them, what it reads."""

    key: str
    node: Node
    run: Closure
    sentence: str
    quote: Cited | None
    why: str | None
    readings: tuple[ReadingInForce, ...]
    facts: tuple[Told, ...]
    terms: tuple[Told, ...]
    unmet: tuple[Unmet, ...]


@dataclass(frozen=True, slots=True)
class CapParts:
    """One ceiling in words."""

    key: str
    node: Node
    sentence: str
    quote: Cited | None


@dataclass(frozen=True, slots=True)
class AmountParts:
    """The sum in words: formula, what it reads, ceilings, rounding, shares (title, rate)."""

    kind: str
    sentence: str
    quote: Cited | None
    readings: tuple[ReadingInForce, ...]
    facts: tuple[Told, ...]
    terms: tuple[Told, ...]
    caps: tuple[CapParts, ...]
    total_caps: tuple[CapParts, ...]
    rounding: str
    rounding_why: str


@dataclass(frozen=True, slots=True)
class BenefitParts:
    """Everything of a benefit that is the same for every case."""

    id: str
    title: str
    measure: str
    instrument: str
    lifecycle: str
    departments: tuple[str, ...]
    decides: str
    subjects: str
    payee: str
    payer: str
    scope: str
    scope_quote: Cited | None
    each: str | None
    wrong_kind: str
    wrong_kinds: Mapping[str, str]  # for each kind of subject
    no_record: str
    all_hold: str
    conditions: tuple[ConditionParts, ...]
    amount: AmountParts
    evidence: tuple[tuple[str, str, bool], ...]
    stacking: str
    stacking_quote: Cited | None
    rules: tuple[str, ...]
    valid_from: str
    valid_to: str


def parts_of(bound: Bound, language: str) -> dict[str, BenefitParts]:
    """The parts of every benefit by id, in `language` ('zh' or 'en'); written once for each bound pack."""
    found = bound.compiled.get(("parts", language))
    if found is None:
        maker = _Maker(bound, language)
        found = {benefit.benefit.id: maker.benefit(benefit) for benefit in bound.benefits}
        bound.compiled["parts", language] = found
    return cast("dict[str, BenefitParts]", found)


class _Maker:
    """Writes the parts of the benefits of one bound pack in one language."""

    def __init__(self, bound: Bound, language: str) -> None:
        self.bound = bound
        self.pack = bound.pack
        self.language = language
        self.writer: Writer = writer_of(bound, language)

    def benefit(self, bound: BoundBenefit) -> BenefitParts:
        benefit = bound.benefit
        measure = self.pack.measures[benefit.measure]
        departments = tuple(name for name, _ in measure.departments)
        each = self.pick(self.pack.vocabulary.records[benefit.each].title) if benefit.each else None
        kinds = self.pack.vocabulary.codes["subject_kind"]
        subjects = self.listed([self.pick(kinds[kind]) for kind in benefit.subjects])
        wrong = self.pick(Words("此项面向{0}", "This is for: {0}")).format(subjects)
        now = self.pick(Words("{0}，当前主体类型为{1}", "{0}; the kind of subject is {1}"))
        return BenefitParts(
            id=benefit.id,
            title=self.pick(benefit.title),
            measure=self.pick(measure.title),
            instrument=self.term(INSTRUMENT_WORDS, benefit.instrument),
            lifecycle=self.term(LIFECYCLE_WORDS, benefit.lifecycle),
            departments=departments,
            decides=self.decides(benefit, departments),
            subjects=subjects,
            payee=self.term(PARTY_WORDS, benefit.payee),
            payer=self.term(PARTY_WORDS, benefit.payer),
            scope=("·" if self.language == "zh" else ", ").join(
                self.term(SCOPE_WORDS, one) for one in benefit.per
            ),
            scope_quote=self.cited(benefit.per_quote),
            each=each,
            wrong_kind=wrong,
            wrong_kinds={kind: now.format(wrong, self.pick(words)) for kind, words in kinds.items()},
            no_record=self.pick(Words("没有“{0}”记录", "There is no record under “{0}”")).format(each),
            all_hold=self.pick(Words("{0} 项条件均已满足", "All {0} conditions are met")).format(
                len(bound.conditions) + 1
            ),
            conditions=tuple(self.condition(condition, node) for condition, node in bound.conditions),
            amount=self.amount(bound),
            evidence=tuple(self.evidence(benefit)),
            stacking=self.stacking(benefit),
            stacking_quote=self.cited(benefit.stacking.quote),
            rules=tuple(self.rules(benefit)),
            valid_from=benefit.valid[0].isoformat(),
            valid_to=benefit.valid[1].isoformat(),
        )

    def decides(self, benefit: Benefit, departments: tuple[str, ...]) -> str:
        """Who settles the sum: a ceiling is decided by people, an exact sum follows from the rule."""
        words = Words("按规则计算，由{0}审核", "follows from the rule; checked by {0}")
        if benefit.amount.kind == "at_least":
            words = Words(
                "下限不是应得数，数额由{0}核定", "a floor is no entitlement; the sum is decided by {0}"
            )
        elif benefit.amount.is_ceiling:
            words = Words(
                "最高数不是应得数，金额由{0}核定", "a ceiling is no entitlement; the sum is decided by {0}"
            )
        return self.pick(words).format(("、" if self.language == "zh" else ", ").join(departments))

    def condition(self, condition: Condition, node: Node) -> ConditionParts:
        return ConditionParts(
            key=condition.key,
            node=node,
            run=compile_node(node, self.bound),
            sentence=self.writer.sentence(node),
            quote=self.cited(condition.quote),
            why=self.pick(condition.why) if condition.why else None,
            readings=tuple(self.readings(condition.node)),
            facts=self.facts(node),
            terms=self.terms(node),
            unmet=tuple(self.unmet(node)),
        )

    def unmet(self, node: Node) -> Iterator[Unmet]:
        """The parts of a conjunction in order; the node itself when it is none."""
        if node.op == "and":
            for arg in node.args:
                yield from self.unmet(arg)
            return
        said = self.pick(Words("尚不满足：{0}", "Not met: {0}")).format(self.writer.sentence(node))
        tested = node.args if node.op in ("eq", "in") else ()
        fact = next((arg for arg in tested if arg.op in ("field", "annual") and is_code(arg.type)), None)
        codes = self.pack.vocabulary.codes[code_list(fact.type)] if fact else {}
        now = self.pick(Words("{0}（现为{1}）", "{0} (now: {1})"))
        yield Unmet(
            run=compile_node(node, self.bound),
            said=said,
            fact=compile_node(fact, self.bound) if fact else None,
            codes={code: now.format(said, self.pick(words)) for code, words in codes.items()},
        )

    def amount(self, bound: BoundBenefit) -> AmountParts:
        amount, rounding = bound.benefit.amount, self.pack.rounding
        formula = bound.formula
        roots = [cap.node for cap in (*amount.caps, *amount.total_caps)] + (
            [amount.node] if amount.node else []
        )
        modes = {
            "down": Words("计算到 {0}，不足部分舍去", "computed to {0}, the rest is cut"),
            "up": Words("计算到 {0}，不足部分进位", "computed to {0}, the rest is rounded up"),
            "half_up": Words("计算到 {0}，四舍五入", "computed to {0}, halves rounded up"),
        }
        unit = self.writer.value(rounding.unit, "money")
        in_kind = self.pick(amount.in_kind) if amount.in_kind else ""
        return AmountParts(
            kind=amount.kind,
            sentence=in_kind if formula is None else self.writer.sentence(formula),
            quote=self.cited(amount.quote),
            readings=tuple(dict.fromkeys(one for root in roots for one in self.readings(root))),
            facts=() if formula is None else self.facts(formula),
            terms=() if formula is None else self.terms(formula),
            caps=tuple(self.cap(cap, node) for cap, node in bound.caps),
            total_caps=tuple(self.cap(cap, node) for cap, node in bound.total_caps),
            rounding=self.pick(modes[rounding.mode]).format(unit),
            rounding_why=self.pick(rounding.why),
        )

    def cap(self, cap: Cap, node: Node) -> CapParts:
        return CapParts(cap.key, node, self.writer.sentence(node), self.cited(cap.quote))

    def evidence(self, benefit: Benefit) -> Iterator[tuple[str, str, bool]]:
        """Each document: its name, where the city fetches it or why it is asked for, whether the city fetches it."""
        for one in benefit.evidence:
            note = one.shared or one.asked
            yield self.pick(one.title), self.pick(note) if note else "", one.shared is not None

    def stacking(self, benefit: Benefit) -> str:
        beside = benefit.stacking.beside
        if benefit.stacking.rule == "stacks":
            words = Words("可与{0}叠加享受", "comes on top of {0}")
            other = Words("其他支持", "other support")
            return self.pick(words).format(self.pick(beside or other))
        return self.pick(
            Words(
                "与其他支持是否重复由人判断",
                "whether it may stand beside other support is judged by a person",
            )
        )

    def rules(self, benefit: Benefit) -> Iterator[str]:
        """The implementing rules that refine this benefit."""
        for rule in self.pack.rules:
            if benefit.id in rule.refines or benefit.refines == rule.number:
                words = Words("《{0}》（{1}）", "{0} ({1})")
                yield self.pick(words).format(self.pick(rule.title), rule.number)

    # -- small parts -----------------------------------------------------------------------------------------------

    def pick(self, words: Words) -> str:
        return words.pick(self.language)

    def term(self, table: dict[str, Words], key: str) -> str:
        return self.pick(table[key]) if key in table else key

    def listed(self, parts: list[str]) -> str:
        return joined(parts, self.language, last=LIST_AND)

    def cited(self, quote: Quote | None) -> Cited | None:
        """The quote with the anchor of the sentence that it begins in."""
        if quote is None:
            return None
        clause = self.pack.document.clauses[quote.clause]
        at = clause.start + quote.start
        anchor = next((one.id for one in clause.sentences if one.start <= at < one.end), clause.key)
        return Cited(quote.text, quote.clause, anchor)

    def readings(self, root: Node) -> Iterator[ReadingInForce]:
        """The readings that an unbound expression or its parameters turn on, each once."""
        found = [cast("tuple[str, object]", node.value)[0] for node in root.walk() if node.op == "reading"]
        found += [
            reading
            for node in root.walk()
            if node.op == "parameter" and (reading := getattr(node.value, "reading", None)) is not None
        ]
        for reading_id in dict.fromkeys(found):
            reading, chosen = self.pack.readings[reading_id], self.bound.readings[reading_id]
            yield ReadingInForce(
                id=reading_id,
                title=self.pick(reading.title),
                phrase=reading.phrase,
                option=self.pick(reading.options[chosen].title),
                others=tuple(self.pick(one.title) for key, one in reading.options.items() if key != chosen),
                decided_by=self.pick(reading.decided_by) if reading.decided_by else None,
            )

    def facts(self, root: Node) -> tuple[Told, ...]:
        """The facts that an expression reads outside aggregates, with the register that holds such facts."""
        return tuple(
            Told(self.writer.sentence(node), node, None, self.source(node))
            for node in _outside_aggregates(root)
            if node.op in ("field", "annual")
        )

    def source(self, node: Node) -> str | None:
        """The register that holds facts of this kind, whoever stated the one at hand."""
        record, name = (
            (YEARS, str(node.value)) if node.op == "annual" else cast("tuple[str, str]", node.value)
        )
        found = self.pack.vocabulary.records[record].fields[name].source
        return self.pick(found) if found else None

    def terms(self, root: Node) -> tuple[Told, ...]:
        """The lets and definitions of an expression with their meaning, and the aggregates that bear no name."""
        terms: list[Told] = []
        named_inner = set()
        for node in _outside_aggregates(root):
            if is_named(node, "let", "definition") and isinstance(node.value, Named):
                terms.append(Told(self.pick(node.value.title), node, self.writer.definition(node)))
                named_inner.add(id(node.args[0]))
            elif node.op in AGGREGATES and id(node) not in named_inner and node is not root:
                terms.append(Told(self.writer.sentence(node), node))
        return tuple(terms)


def _outside_aggregates(root: Node) -> Iterator[Node]:
    """The nodes of an expression, each once, parents first; what stands inside an aggregate is left out."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if node.op not in AGGREGATES:
            waiting.extend(reversed(node.args))
