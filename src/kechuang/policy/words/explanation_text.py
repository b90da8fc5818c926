"""An explanation as printable text, and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from kechuang.policy.language.values import Words, money_text
from kechuang.policy.words.explanation import (
    AmountTold,
    CapTold,
    Check,
    Explanation,
    RecordExplanation,
    Shown,
    Verdict,
)
from kechuang.policy.words.explanation_parts import Cited, ReadingInForce
from kechuang.policy.words.wording import sum_text

_HEADS: Final = {
    "reason": Words("理由", "Reason"),
    "conditions": Words("条件", "Conditions"),
    "for": Words("面向{0}", "For: {0}"),
    "record": Words("记录：{0}", "Record: {0}"),
    "quote": Words("原文 {0}：“{1}”", "clause {0}: “{1}”"),
    "why": Words("说明：{0}", "note: {0}"),
    "reading": Words("口径 {0}：{1}（另有：{2}）", "reading {0}: {1} (the other: {2})"),
    "value": Words("{0}：{1}", "{0}: {1}"),
    "source": Words("（{0}可查）", " (held by: {0})"),
    "meaning": Words(" ＝ {0}", " = {0}"),
    "amount": Words("金额", "Sum"),
    "formula": Words("算式：{0}", "formula: {0}"),
    "limit": Words("额度：{0}", "limit: {0}"),
    "at_least": Words("不低于：{0}", "at least: {0}"),
    "ceiling": Words("最高：{0}", "up to: {0}"),
    "result": Words("＝ {0}", "= {0}"),
    "cap": Words("上限：{0}", "ceiling: {0}"),
    "total_cap": Words("合计上限：{0}", "ceiling on the total: {0}"),
    "binds": Words("{0}（按此上限计）", "{0} (this ceiling binds)"),
    "total": Words("合计：{0}", "total: {0}"),
    "share": Words("其中{0}：{1}", "of which {0}: {1}"),
    "rounding": Words("尾数：{0}。{1}", "rounding: {0}. {1}"),
    "missing": Words("还需补充", "Still needed"),
    "held": Words("{0}（{1}可查）", "{0} (held by: {1})"),
    "yours": Words("{0}（由您填报）", "{0} (from you)"),
    "evidence": Words("证明材料", "Evidence"),
    "shared": Words("{0}：无需提交（{1}）", "{0}: nothing to hand in ({1})"),
    "asked": Words("{0}：需提交（{1}）", "{0}: to be handed in ({1})"),
    "facts": Words("事项", "About"),
    "departments": Words("责任单位：{0}", "responsible: {0}"),
    "decides": Words("核定：{0}", "decision: {0}"),
    "payee": Words("兑付对象：{0}；出资：{1}", "payee: {0}; payer: {1}"),
    "lifecycle": Words("方式：{0}（{1}）", "kind: {0} ({1})"),
    "scope": Words("计算单位：{0}", "counted per: {0}"),
    "rules": Words("实施细则：{0}", "implementing rules: {0}"),
    "stacking": Words("叠加：{0}", "stacking: {0}"),
    "valid": Words("有效期：{0} 至 {1}", "in force: {0} to {1}"),
}


def text_of(explanation: Explanation) -> str:
    """The explanation as lines of text, two blanks to a level."""
    return "\n".join(_Lines(explanation).all()) + "\n"


class _Lines:
    """Writes the lines of one explanation."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation
        self.parts = explanation.parts
        self.language = explanation.language

    def say(self, key: str, *parts: str) -> str:
        return _HEADS[key].pick(self.language).format(*parts)

    def all(self) -> Iterator[str]:
        found = self.explanation
        yield f"{self.parts.id}  {self.parts.title}"
        yield found.headline
        yield found.reason
        yield ""
        yield from self.conditions()
        yield from self.sums()
        if found.missing:
            yield self.say("missing")
            for one in found.missing:
                yield "  - " + (
                    self.say("held", one.title, one.source) if one.source else self.say("yours", one.title)
                )
        yield from self.about()

    def conditions(self) -> Iterator[str]:
        found = self.explanation
        yield self.say("conditions")
        yield f"  {found.kind.sign} {self.say('for', self.parts.subjects)}"
        for record in found.records:
            if record.label is not None:
                yield f"  {self.say('record', record.label)}  {_outcome(record, self.language)}"
            for check in record.checks:
                yield from self.check(check)
        if not found.records:
            for check in found.checks:
                yield from self.check(check)

    def check(self, check: Check) -> Iterator[str]:
        parts = check.parts
        yield f"  {check.verdict.sign} {parts.sentence}"
        if parts.quote is not None:
            yield "      " + self.say("quote", parts.quote.anchor, parts.quote.text)
        if parts.why is not None:
            yield "      " + self.say("why", parts.why)
        if check.verdict is not Verdict.NOT_EXAMINED:
            yield from self.shown((*check.terms, *check.facts))
        yield from self.readings(parts.readings)

    def shown(self, values: tuple[Shown, ...]) -> Iterator[str]:
        for one in values:
            meaning = self.say("meaning", one.meaning) if one.meaning else ""
            source = self.say("source", one.source) if one.source else ""
            yield "      " + self.say("value", one.title, one.value) + meaning + source

    def readings(self, readings: tuple[ReadingInForce, ...]) -> Iterator[str]:
        between = "；" if self.language == "zh" else "; "
        for one in readings:
            yield "      " + self.say("reading", one.id, one.option, between.join(one.others))

    def sums(self) -> Iterator[str]:
        found, amount = self.explanation, self.parts.amount
        head = {"up_to": "ceiling", "limit": "limit", "at_least": "at_least"}.get(amount.kind, "formula")
        yield self.say("amount")
        yield "  " + self.say(head, amount.sentence)
        if amount.quote is not None:
            yield "      " + self.say("quote", amount.quote.anchor, amount.quote.text)
        yield from self.readings(amount.readings)
        for record in found.records:
            if record.amount is not None:
                if record.label is not None:
                    yield "  " + self.say("record", record.label)
                yield from self.record_sum(record.amount)
        if found.total is not None and (len(found.records) > 1 or found.total_caps):
            yield "  " + self.say("total", sum_text(found.total, self.language))
        if not found.outcome.passes:
            yield from self.caps(tuple(CapTold(cap, None, binds=False) for cap in amount.caps), "cap")
        yield from self.caps(found.total_caps, "total_cap")
        if found.result.amount is not None:
            yield "  " + found.headline
        for title, fen in found.shares:
            yield "    " + self.say("share", title, sum_text(fen, self.language))

    def record_sum(self, amount: AmountTold) -> Iterator[str]:
        yield from self.shown((*amount.terms, *amount.facts))
        if amount.formula is not None:
            yield "      " + self.say("result", money_text(amount.formula, self.language))
        yield from self.caps(amount.caps, "cap")
        if amount.rounded:
            yield "      " + self.say("rounding", amount.parts.rounding, amount.parts.rounding_why)

    def caps(self, caps: tuple[CapTold, ...], key: str) -> Iterator[str]:
        for cap in caps:
            words = cap.parts.sentence
            value = None if cap.fen is None else money_text(cap.fen, self.language)
            if value is not None and value != words:
                words = self.say("value", words, value)
            said = self.say(key, words)
            yield "      " + (self.say("binds", said) if cap.binds else said)
            if cap.parts.quote is not None:
                yield "        " + self.say("quote", cap.parts.quote.anchor, cap.parts.quote.text)

    def about(self) -> Iterator[str]:
        parts = self.parts
        between = "、" if self.language == "zh" else ", "
        yield self.say("evidence")
        for title, note, shared in parts.evidence:
            yield "  - " + self.say("shared" if shared else "asked", title, note)
        yield self.say("facts")
        yield "  " + self.say("departments", between.join(parts.departments))
        yield "  " + self.say("decides", parts.decides)
        yield "  " + self.say("payee", parts.payee, parts.payer)
        yield "  " + self.say("lifecycle", parts.instrument, parts.lifecycle)
        yield "  " + self.say("scope", parts.scope)
        for rule in parts.rules:
            yield "  " + self.say("rules", rule)
        yield "  " + self.say("stacking", parts.stacking)
        yield "  " + self.say("valid", parts.valid_from, parts.valid_to)


def _outcome(record: RecordExplanation, language: str) -> str:
    """What came of a record, with its sum."""
    words = record.outcome.words.pick(language)
    return words if record.item.amount is None else f"{words} {sum_text(record.item.amount, language)}"


def data_of(explanation: Explanation) -> dict[str, Any]:
    """The explanation as dicts, lists, texts, ints and booleans; every key that ends in _fen is a sum in fen."""
    parts, result = explanation.parts, explanation.result
    return {
        "benefit": parts.id,
        "title": parts.title,
        "language": explanation.language,
        "outcome": str(explanation.outcome),
        "headline": explanation.headline,
        "reason": explanation.reason,
        "because": result.because,
        "amount_fen": result.amount,
        "is_ceiling": result.is_ceiling,
        "kind": {"subjects": parts.subjects, "verdict": str(explanation.kind)},
        "conditions": [_check(one) for one in explanation.checks],
        "records": [_record(one) for one in explanation.records if one.label is not None],
        "amount": _amount(explanation),
        "missing": [
            {"path": one.path, "title": one.title, "source": one.source} for one in explanation.missing
        ],
        "evidence": [
            {"title": title, "note": note, "shared": shared} for title, note, shared in parts.evidence
        ],
        "departments": list(parts.departments),
        "decides": parts.decides,
        "payee": parts.payee,
        "payer": parts.payer,
        "instrument": parts.instrument,
        "lifecycle": parts.lifecycle,
        "scope": parts.scope,
        "rules": list(parts.rules),
        "stacking": parts.stacking,
        "valid_from": parts.valid_from,
        "valid_to": parts.valid_to,
    }


def _check(check: Check) -> dict[str, Any]:
    parts = check.parts
    examined = check.verdict is not Verdict.NOT_EXAMINED
    return {
        "key": parts.key,
        "verdict": str(check.verdict),
        "decisive": check.decisive,
        "sentence": parts.sentence,
        "quote": _quote(parts.quote),
        "why": parts.why,
        "terms": _shown(check.terms) if examined else [],
        "facts": _shown(check.facts) if examined else [],
        "readings": [_reading(one) for one in parts.readings],
    }


def _record(record: RecordExplanation) -> dict[str, Any]:
    return {
        "label": record.label,
        "outcome": str(record.outcome),
        "because": record.item.because,
        "shortfall": record.shortfall,
        "amount_fen": record.item.amount,
        "conditions": [_check(one) for one in record.checks],
        "amount": _sum(record.amount),
    }


def _amount(explanation: Explanation) -> dict[str, Any]:
    parts = explanation.parts.amount
    single = explanation.records[0].amount if explanation.parts.each is None and explanation.records else None
    return {
        "kind": parts.kind,
        "sentence": parts.sentence,
        "quote": _quote(parts.quote),
        "readings": [_reading(one) for one in parts.readings],
        "caps": [
            {"key": one.key, "sentence": one.sentence, "quote": _quote(one.quote)} for one in parts.caps
        ],
        "rounding": parts.rounding,
        "rounding_why": parts.rounding_why,
        "steps": _sum(single),
        "total_fen": explanation.total,
        "total_caps": [_cap(one) for one in explanation.total_caps],
        "shares": [{"title": title, "fen": fen} for title, fen in explanation.shares],
    }


def _sum(amount: AmountTold | None) -> dict[str, Any] | None:
    if amount is None:
        return None
    return {
        "terms": _shown(amount.terms),
        "facts": _shown(amount.facts),
        "formula_fen": _fen(amount.formula),
        "caps": [_cap(one) for one in amount.caps],
        "rounded": amount.rounded,
        "amount_fen": amount.amount,
    }


def _cap(cap: CapTold) -> dict[str, Any]:
    parts = cap.parts
    return {
        "key": parts.key,
        "sentence": parts.sentence,
        "fen": _fen(cap.fen),
        "binds": cap.binds,
        "quote": _quote(parts.quote),
    }


def _fen(value: int | Fraction | None) -> int | str | None:
    """A sum in fen; one that is no whole number of fen exactly, as 'numerator/denominator'."""
    if value is None or isinstance(value, int):
        return value
    return int(value) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def _shown(values: tuple[Shown, ...]) -> list[dict[str, Any]]:
    return [
        {"title": one.title, "value": one.value, "meaning": one.meaning, "source": one.source}
        for one in values
    ]


def _quote(quote: Cited | None) -> dict[str, str] | None:
    return None if quote is None else {"text": quote.text, "clause": quote.clause, "anchor": quote.anchor}


def _reading(one: ReadingInForce) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "phrase": one.phrase,
        "option": one.option,
        "others": list(one.others),
        "decided_by": one.decided_by,
    }
