"""The short words of a result: headline, one courteous sentence of reason, shortfall, facts still needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from kechuang.policy.cases.doubles import possible_doubles
from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.cases.outcome import Assessment, Item, Missing, Outcome, Result, Shortfall
from kechuang.policy.encoding.binding import AMOUNT, FOR, NO_RECORD, Bound
from kechuang.policy.language.tree import CONSTANT, Node
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    RATE,
    TEXT,
    Value,
    Words,
    decimal_text,
    is_code,
    money_text,
)
from kechuang.policy.language.vocabulary import SUBJECT, YEARS, RecordKind
from kechuang.policy.words.explanation_parts import BenefitParts, parts_of
from kechuang.policy.words.sentence_words import MIRRORED
from kechuang.policy.words.sentences import writer_of
from kechuang.policy.words.wording import spaced, sum_text

LABELS_FIRST: Final = ("number", "name", "title")  # fields that name a record best
MOST_NAMED: Final = 3  # missing facts named in one sentence
_SAID: Final = {
    "needs": Words("{0}：还需 {1} 项信息", "{0}: {1} more facts needed"),
    "needs_one": Words("{0}：还需 1 项信息", "{0}: one more fact needed"),
    "in_kind": Words("{0}：{1}", "{0}: {1}"),
    "limit": Words("可申报，额度最高", "May apply for a limit of up to"),
    "at_least": Words("可申报，不低于", "May apply for at least"),
    "not_in_force": Words(
        "有效期为 {0} 至 {1}，测算日 {2} 不在其内", "In force from {0} to {1}; {2} lies outside"
    ),
    "needs_kind": Words("还需补充：主体类型", "Still needed: kind of subject"),
    "needs_records": Words("还需补充：“{0}”记录", "Still needed: the records under “{0}”"),
    "unmet": Words("尚不满足：{0}", "Not met: {0}"),
    "cannot_tell": Words("信息不足，尚无法判断：{0}", "Not enough is known to tell: {0}"),
    "quote": Words("{0}在该月的报价", "the quote of the {0} for that month"),
    "table": Words("文件对该类别的标准", "a sum that the document names for that kind"),
    "records": Words("“{0}”记录", "the records under “{0}”"),
    "whether": Words("是否{0}", "whether: {0}"),
    "of_year": Words("{1} 年{0}", "{0} in {1}"),
    "of_record": Words("“{1}”的{0}", "{0} of “{1}”"),
    "told_apart": Words(
        "{0}（以便与其他记录区分，同一项不重复计算）",
        "{0} (to tell it from the others: nothing counts twice)",
    ),
    "place": Words("{0}第 {1} 条", "{0}, record {1}"),
    "held_by": Words("（{0}可查）", " (held by: {0})"),
    "and_more": Words("等 {0} 项", " and {1} more"),
    "still_needed": Words("还需补充：{0}{1}", "Still needed: {0}{1}"),
    "some_pass": Words(
        "{0} 条“{1}”记录中 {2} 条符合全部条件", "{2} of {0} records under “{1}” meet all conditions"
    ),
    "all_pass": Words("{0} 条“{1}”记录符合全部条件", "All {0} records under “{1}” meet all conditions"),
    "one_passes": Words("“{1}”记录符合全部条件", "The record under “{1}” meets all conditions"),
    "open": Words("，另有 {0} 条待补充信息", "; for {0} more facts are needed"),
    "held_at": Words("，止于上限 {0}", "; held at the ceiling of {0}"),
    "above_zero": Words("{0}须大于零，现为{1}", "{0} must be above zero, now {1}"),
    "exactly": Words("{0}正好{1}，{2}", "{0} is exactly {1}; it {2}"),
    "too_early": Words("{0}早了{1}（{2}）", "{0} is {1} too early ({2})"),
    "too_late": Words("{0}晚了{1}（{2}）", "{0} is {1} too late ({2})"),
    "short": Words("{0}还差{1}（{2}）", "{0} is short by {1} ({2})"),
    "over": Words("{0}超出{1}（{2}）", "{0} is over by {1} ({2})"),
    "points": Words("{0} 个百分点", "{0} percentage points"),
    "that_is": Words("{0}，即{1}", "{0}, that is {1}"),
}
_NUMBER_UNITS: Final = {
    "days_between": Words("{0} 天", "{0} days"),
    "months_between": Words("{0} 个月", "{0} months"),
    "years_between": Words("{0} 年", "{0} years"),
    "count_of": Words("{0} 条", "{0}"),
}
_MUST: Final = {
    "gt": Words("须超过{0}", "must be more than {0}"),
    "ge": Words("须不低于{0}", "must be at least {0}"),
    "lt": Words("须低于{0}", "must be less than {0}"),
    "le": Words("须不超过{0}", "must be at most {0}"),
}
_OUTCOMES: Final = {
    "zh": {one: one.words.zh for one in Outcome},
    "en": {one: one.words.en[:1].upper() + one.words.en[1:] for one in Outcome},
}
_MUST_DAY: Final = {
    "gt": Words("须晚于{0}", "must be after {0}"),
    "ge": Words("须不早于{0}", "must not be before {0}"),
    "lt": Words("须早于{0}", "must be before {0}"),
    "le": Words("须不晚于{0}", "must not be after {0}"),
}


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A fact still needed: path ('years.rd_spend'), words, and the register that holds it (None: the applicant)."""

    path: str
    title: str
    source: str | None


def headline(result: Result, language: str = "zh") -> str:
    """The outcome with its sum: '可享 5.00 万元（50,000.00 元）', '可申报，最高 …'; a ceiling always says so."""
    outcome, amount = result.outcome, result.bound.benefit.amount
    words = _OUTCOMES[language][outcome]
    if outcome is Outcome.NOT_ELIGIBLE or outcome is Outcome.NOT_IN_FORCE:
        return words
    if outcome is Outcome.UNDETERMINED:
        count = len(result.missing)
        return _say(language, "needs_one" if count == 1 else "needs", words, str(count)) if count else words
    if amount.in_kind is not None:
        return _say(language, "in_kind", words, amount.in_kind.pick(language))
    if amount.kind in ("limit", "at_least"):
        words = _say(language, amount.kind)
    return words if result.amount is None else f"{words} {sum_text(result.amount, language)}"


def reason_sentence(assessment: Assessment, result: Result, language: str = "zh") -> str:
    """One short sentence that says why, with the shortfall or the facts still needed; for lists and workbooks."""
    env, each, item = subject_environment(assessment), result.bound.benefit.each, speaking_item(result)
    if each is not None and item is not None and item.index is not None:
        env = record_environment(env, item, each)
    parts = parts_of(assessment.bound, language)[result.benefit_id]
    return reason_in(assessment, result, parts, language, env)


def reason_in(
    assessment: Assessment, result: Result, parts: BenefitParts, language: str, env: Environment
) -> str:
    """The reason, with the values of the environment of the record that speaks for the result."""
    if result.outcome is Outcome.NOT_ELIGIBLE:
        return _refused(assessment, result, parts, language, env)
    if result.outcome is Outcome.UNDETERMINED:
        return _needed(assessment, result, language)
    if result.outcome is Outcome.NOT_IN_FORCE:
        return plain_reason(assessment.bound, result.benefit_id, result.outcome, None, language)
    return _who_passed(result, parts, language) + _held_at(assessment, result, language, env)


def plain_reason(
    bound: Bound, benefit_id: str, outcome: Outcome, because: str | None, language: str = "zh"
) -> str:
    """The reason as far as it is known without the facts: for columns, where only the key of the reason is kept."""
    parts = parts_of(bound, language)[benefit_id]
    if outcome is Outcome.NOT_IN_FORCE:
        return _say(language, "not_in_force", parts.valid_from, parts.valid_to, bound.on.isoformat())
    if outcome.passes:
        return parts.all_hold
    unknown = outcome is Outcome.UNDETERMINED
    if because == FOR:
        return _say(language, "needs_kind") if unknown else parts.wrong_kind
    if because == NO_RECORD:
        return _say(language, "needs_records", str(parts.each)) if unknown else parts.no_record
    return _say(language, "cannot_tell" if unknown else "unmet", _sentence_of(parts, because))


def missing_fact(missing: Missing, assessment: Assessment, language: str = "zh") -> MissingFact:
    """A missing fact in words: '2022 年研发投入（统计口径）', held by '统计部门'."""
    known = assessment.bound.compiled
    key = ("missing", language, missing)
    found = known.get(key)
    if not isinstance(found, MissingFact):
        title, source = _missing_words(missing, assessment, language)
        found = MissingFact(missing.path, spaced(title) if language == "zh" else title, source)
        if missing.index is None:  # else its words depend on the case
            known[key] = found
    return found


def _missing_words(missing: Missing, assessment: Assessment, language: str) -> tuple[str, str | None]:
    pack, name = assessment.bound.pack, str(missing.field)
    if missing.record == "series":
        return _say(language, "quote", pack.series_titles[name].pick(language)), None
    if missing.record == "lookup":
        return _say(language, "table"), None
    kind = pack.vocabulary.records[missing.record]
    if missing.field is None:
        return _say(language, "records", kind.title.pick(language)), None
    found = kind.fields[missing.field]
    title = found.title.pick(language)
    if found.type == BOOLEAN:
        title = _say(language, "whether", title.removeprefix("是否"))
    if missing.record == YEARS and missing.year is not None:
        title = _say(language, "of_year", title, str(missing.year))
    elif missing.record != SUBJECT and missing.index is not None:
        label = record_label(assessment, missing.record, missing.index, language)
        title = _say(language, "of_record", title, label)
        if name in kind.key and missing.index in possible_doubles(_rows(assessment, kind), kind.key):
            title = _say(language, "told_apart", title)
    return title, found.source.pick(language) if found.source else None


def record_label(assessment: Assessment, record: str, index: int, language: str = "zh") -> str:
    """What a record is called: its number or name and its codes, else its place in the list."""
    kind = assessment.bound.pack.vocabulary.records[record]
    writer, row = writer_of(assessment.bound, language), _rows(assessment, kind)[index]
    fields = _label_fields(assessment.bound, kind)
    named = [writer.value(row[name], type_) for name, type_ in fields if row.get(name) is not None]
    place = _say(language, "place", kind.title.pick(language), str(index + 1))
    return ("·" if language == "zh" else ", ").join(named) or place


def _rows(assessment: Assessment, kind: RecordKind) -> list[Mapping[str, Any]]:
    return cast("list[Mapping[str, Any]]", assessment.facts[kind.name])


def _label_fields(bound: Bound, kind: RecordKind) -> tuple[tuple[str, str], ...]:
    """The fields (name, type) that name a record of a kind: its number and name, and its codes or else its dates."""
    key = ("label", kind.name)
    if key not in bound.compiled:
        texts = [name for name, one in kind.fields.items() if one.type == TEXT]
        best = [name for name in LABELS_FIRST if name in texts]
        codes = [name for name, one in kind.fields.items() if is_code(one.type)]
        dates = [name for name, one in kind.fields.items() if one.type == DATE]
        names = (*(best or texts[:1]), *(codes or dates)[:2])
        bound.compiled[key] = tuple((name, kind.fields[name].type) for name in names)
    return cast("tuple[tuple[str, str], ...]", bound.compiled[key])


def subject_environment(assessment: Assessment) -> Environment:
    """Where the values of the subject can be asked for: those of the assessment, others computed on demand."""
    base = Environment(assessment.facts)
    for result in assessment.results.values():
        base.memo = cast("dict[Node, Value]", result.values)
        break
    return base


def record_environment(base: Environment, item: Item, each: str) -> Environment:
    """Where the values of one record can be asked for."""
    env = Environment(base.facts, base, base.facts[each][item.index])
    env.memo = cast("dict[Node, Value]", item.values)
    return env


def speaking_item(result: Result) -> Item | None:
    """The record whose result stands for the whole: the first with the same outcome and reason."""
    return next(
        (item for item in result.items if item.outcome is result.outcome and item.because == result.because),
        None,
    )


def _refused(
    assessment: Assessment, result: Result, parts: BenefitParts, language: str, env: Environment
) -> str:
    because = result.because
    if result.short is not None:
        return shortfall_sentence(result.short, assessment.bound, env, language)
    if because == NO_RECORD:
        return parts.no_record
    if because == FOR:
        return parts.wrong_kinds[str(assessment.facts["kind"])]
    for condition in parts.conditions:
        if condition.key == because:
            return next(one for one in condition.unmet if one.run(env) is False).sentence(env)
    return parts.wrong_kind


def _needed(assessment: Assessment, result: Result, language: str) -> str:
    if not result.missing:
        return plain_reason(assessment.bound, result.benefit_id, result.outcome, result.because, language)
    told = []
    for one in result.missing[:MOST_NAMED]:
        fact = missing_fact(one, assessment, language)
        told.append(fact.title + _say(language, "held_by", fact.source) if fact.source else fact.title)
    count = len(result.missing)
    more = _say(language, "and_more", str(count), str(count - MOST_NAMED)) if count > MOST_NAMED else ""
    return _say(language, "still_needed", ("、" if language == "zh" else "; ").join(told), more)


def _who_passed(result: Result, parts: BenefitParts, language: str) -> str:
    if result.bound.benefit.each is None:
        return parts.all_hold
    passing, all_ = sum(1 for item in result.items if item.outcome.passes), len(result.items)
    key = "some_pass" if passing < all_ else "one_passes" if all_ == 1 else "all_pass"
    said = _say(language, key, str(all_), str(parts.each), str(passing))
    return said + _say(language, "open", str(result.open_items)) if result.open_items else said


def _held_at(assessment: Assessment, result: Result, language: str, env: Environment) -> str:
    """The ceiling that the sum is held at; empty when the sum stays below every ceiling."""
    bound = result.bound
    if result.amount is None or bound.formula is None or not (bound.caps or bound.total_caps):
        return ""
    if bound.benefit.each is not None:
        held = result.amount < sum(item.amount or 0 for item in result.items)
    else:
        held = result.amount < int(compile_node(bound.formula, assessment.bound)(env))
    return _say(language, "held_at", money_text(result.amount, language)) if held else ""


def shortfall_sentence(short: Shortfall, bound: Bound, env: Environment, language: str = "zh") -> str:
    """How far a comparison is from holding: '研发投入增量还差 12 万元（须超过 100 万元）'; exact, strictness said."""
    writer = writer_of(bound, language)
    (left, right), op = short.comparison.args, short.comparison.op
    if left.level == CONSTANT != right.level:
        left, right, op = right, left, MIRRORED[op]
    quantity = writer.sentence(left)
    must = (
        (_MUST_DAY if left.type == DATE else _MUST)[op]
        .pick(language)
        .format(_limit(right, bound, env, language))
    )
    value = writer.value(compile_node(left, bound)(env), left.type)
    if op == "gt" and right.op == "const" and right.value == 0:
        said = _say(language, "above_zero", quantity, value)
    elif short.gap == 0:
        said = _say(language, "exactly", quantity, value, must)
    else:
        too_low = op in ("gt", "ge")
        key = (
            ("too_early" if too_low else "too_late")
            if left.type == DATE
            else ("short" if too_low else "over")
        )
        said = _say(language, key, quantity, _gap(short, left, bound, language), must)
    return spaced(said) if language == "zh" else said


def _gap(short: Shortfall, quantity: Node, bound: Bound, language: str) -> str:
    """The distance with its unit: days for dates, percentage points for rates."""
    unit = _NUMBER_UNITS["days_between"] if short.type == DATE else _NUMBER_UNITS.get(quantity.op)
    if unit is not None:
        said = unit.pick(language).format(decimal_text(short.gap))
        return said.removesuffix("s") if short.gap == 1 else said
    if short.type == RATE:
        return _say(language, "points", decimal_text(short.gap * 100))
    return writer_of(bound, language).value(short.gap, short.type)


def _limit(node: Node, bound: Bound, env: Environment, language: str) -> str:
    """The words of the limit, with its value when the words do not show it."""
    writer = writer_of(bound, language)
    words = writer.phrase(node).text
    value = writer.value(compile_node(node, bound)(env), node.type)
    return words if words == value else _say(language, "that_is", words, value)


def _sentence_of(parts: BenefitParts, because: str | None) -> str:
    if because == AMOUNT:
        return parts.amount.sentence
    return next((one.sentence for one in parts.conditions if one.key == because), "")


def _say(language: str, key: str, *parts: str) -> str:
    return _SAID[key].pick(language).format(*parts)
