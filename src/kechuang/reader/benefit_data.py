"""One benefit as the API says it: on a day, in both languages, each part with the words of the document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from kechuang.policy.encoding import pack as engine
from kechuang.policy.encoding.binding import Bound, BoundBenefit
from kechuang.policy.language import parameter as numbers
from kechuang.policy.language.sections import Section
from kechuang.policy.language.tree import Node
from kechuang.policy.language.values import Value, Words
from kechuang.policy.language.vocabulary import SUBJECT, YEARS
from kechuang.policy.words.explanation_parts import BenefitParts, CapParts, parts_of
from kechuang.policy.words.wording import LIFECYCLE_WORDS, PARTY_WORDS, SCOPE_WORDS, value_text
from kechuang.reader import api_benefit_shapes as benefit_shapes
from kechuang.reader import api_shapes as shapes
from kechuang.reader.as_data import benefit_brief, maybe, quoted, reading, said, term

Pair = tuple[BenefitParts, BenefitParts]


def benefit(bound: Bound, benefit_id: str) -> benefit_shapes.Benefit:
    """One benefit as it stands on the day of `bound`."""
    pack = bound.pack
    one = next(each for each in bound.benefits if each.benefit.id == benefit_id)
    own = one.benefit
    pair = (parts_of(bound, "zh")[benefit_id], parts_of(bound, "en")[benefit_id])
    zh, en = pair
    conditions = [_condition(pack, one, pair, place) for place in range(len(one.conditions))]
    given = _given(pack, one, pair)
    parameters = [_parameter(pack, each) for each in own.parameters.values()]
    turned = [each for condition in conditions for each in condition.readings] + given.readings
    turned += [each.reading for each in parameters if each.reading]
    return benefit_shapes.Benefit(
        **benefit_brief(own),
        pack=pack.id,
        hash=pack.hash,
        on=bound.on,
        in_force=one.in_force,
        lifecycle=term(own.lifecycle, LIFECYCLE_WORDS),
        subjects=[term(kind, pack.vocabulary.codes["subject_kind"]) for kind in own.subjects],
        payee=term(own.payee, PARTY_WORDS),
        payer=term(own.payer, PARTY_WORDS),
        per=[term(each, SCOPE_WORDS) for each in own.per],
        each=own.each,
        departments=[name for name, _ in pack.measures[own.measure].departments],
        decides=_both(zh.decides, en.decides),
        conditions=conditions,
        parameters=parameters,
        given=given,
        split=[
            benefit_shapes.Share(key=each.key, title=said(each.title), parameter=each.parameter)
            for each in own.split
        ],
        evidence=[
            benefit_shapes.Evidence(
                title=said(each.title), shared=maybe(each.shared), asked=maybe(each.asked)
            )
            for each in own.evidence
        ],
        stacking=_both(zh.stacking, en.stacking),
        rules=[rule.number for rule in pack.rules if own.id in rule.refines or own.refines == rule.number],
        readings=[reading(pack.readings[each]) for each in dict.fromkeys(turned)],
        examples=[_example(each) for each in own.examples],
    )


def _both(zh: str, en: str) -> shapes.Said:
    return shapes.Said(zh=zh, en=en)


def _condition(pack: engine.Pack, one: BoundBenefit, pair: Pair, place: int) -> benefit_shapes.Condition:
    condition, node = one.conditions[place]
    zh, en = (parts.conditions[place] for parts in pair)
    return benefit_shapes.Condition(
        key=condition.key,
        sentence=_both(zh.sentence, en.sentence),
        expression=condition.source,
        quote=quoted(pack, condition.quote),
        why=maybe(condition.why),
        readings=[each.id for each in zh.readings],
        facts=_facts(node),
    )


def _given(pack: engine.Pack, one: BoundBenefit, pair: Pair) -> benefit_shapes.GivenBy:
    amount = one.benefit.amount
    zh, en = (parts.amount for parts in pair)
    return benefit_shapes.GivenBy(
        kind=amount.kind,
        sentence=_both(zh.sentence, en.sentence),
        expression=amount.source or None,
        quote=quoted(pack, amount.quote),
        readings=[each.id for each in zh.readings],
        facts=[] if one.formula is None else _facts(one.formula),
        caps=_caps(pack, amount.caps, zh.caps, en.caps),
        total_caps=_caps(pack, amount.total_caps, zh.total_caps, en.total_caps),
    )


def _caps(
    pack: engine.Pack, caps: tuple[engine.Cap, ...], zh: tuple[CapParts, ...], en: tuple[CapParts, ...]
) -> list[benefit_shapes.Cap]:
    return [
        benefit_shapes.Cap(
            key=cap.key, sentence=_both(first.sentence, second.sentence), quote=quoted(pack, cap.quote)
        )
        for cap, first, second in zip(caps, zh, en, strict=True)
    ]


def _facts(root: Node) -> list[str]:
    """The facts that an expression reads: 'district', 'years.rd_spend'; those of aggregates too."""
    return sorted({path for node in root.walk() for path in _fact(node)})


def _fact(node: Node) -> Iterator[str]:
    if node.op == "annual":
        yield f"{YEARS}.{node.value}"
    elif node.op == "field":
        record, name = node.value
        yield name if record == SUBJECT else f"{record}.{name}"


def _parameter(pack: engine.Pack, one: numbers.Parameter) -> benefit_shapes.Parameter:
    tables = [
        value for dated in one.values for value in dated.options.values() if isinstance(value, numbers.Table)
    ]
    type_ = one.type.split(":")[1] if tables else one.type
    return benefit_shapes.Parameter(
        key=one.key,
        title=said(one.title),
        type=type_,
        by=list(tables[0].by) if tables else [],
        reading=one.reading,
        quote=quoted(pack, one.quote),
        cites=maybe(one.cites),
        values=[
            _dated(pack, dated.start, option, value, type_)
            for dated in one.values
            for option, value in dated.options.items()
        ],
    )


def _dated(
    pack: engine.Pack, since: date, option: str, value: Value | numbers.Table, type_: str
) -> benefit_shapes.DatedValue:
    if isinstance(value, numbers.Table):
        rows = [
            benefit_shapes.Row(keys=list(keys), value=plain(one), text=_text(pack, one, type_))
            for keys, one in value.rows.items()
        ]
        return benefit_shapes.DatedValue(since=since, option=option, value=None, text=None, rows=rows)
    return benefit_shapes.DatedValue(
        since=since, option=option, value=plain(value), text=_text(pack, value, type_), rows=[]
    )


def _text(pack: engine.Pack, value: Value, type_: str) -> shapes.Said:
    zh, en = (value_text(value, type_, pack.vocabulary, language) for language in ("zh", "en"))
    return said(Words(zh, en))


def plain(value: Value) -> int | str | bool | None:
    """A value as JSON has it: a sum in fen, a rate as a fraction such as '1/20', a day as 2024-06-20."""
    if isinstance(value, Fraction):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _example(one: engine.Example) -> benefit_shapes.Example:
    return benefit_shapes.Example(
        title=said(one.title),
        on=one.on,
        year=one.year,
        readings=dict(one.readings),
        facts=_plain(one.facts),
        expect=_plain(one.expect),
    )


def _plain(section: Section) -> Any:
    if isinstance(section.value, dict):
        return {key: _plain(value) for key, value in section.value.items()}
    if isinstance(section.value, list):
        return [_plain(value) for value in section.value]
    return section.value
