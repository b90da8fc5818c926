"""The candidates of one clause, in the order of the text, each with its words, its confidence and the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kechuang.policy.drafting.candidates import Candidate, Kind, Sure
from kechuang.policy.drafting.encode import (
    INSTRUMENT_WORDS,
    TITLES,
    TYPES,
    Drafted,
    Encoding,
    span_of,
    said,
)
from kechuang.policy.drafting.gaps import COMPUTES_NOTHING, anchor_at
from kechuang.policy.drafting.quoting import Span
from kechuang.policy.drafting.roles import ENCODED, Part, sentence_of
from kechuang.policy.drafting.rules import lexicon, words_at
from kechuang.policy.language.values import Words
from kechuang.policy.text.document import Document
from kechuang.policy.text.lexicon import BoundaryWord

AMOUNT_WORDS: Final = {
    "exact": Words("应得数：没有不超过一类的词", "exact: no word makes it a ceiling"),
    "up_to": Words("不超过、最高、上限：由人在其下核定", "up to: people decide under the ceiling"),
    "limit": Words("额度或贷款：不拨付", "a limit on a loan or balance, not paid"),
    "at_least": Words("保额不低于：下限，不拨付", "a cover of at least this, not paid"),
    "in_kind": Words("没有金额的支持", "support without a sum"),
}
_LIFE: Final = Words("依据词语", "by the words")


def candidates_of(document: Document, encoding: Encoding) -> list[Candidate]:
    """Everything the program believes of one clause."""
    clause = encoding.clause
    found: list[Candidate] = []

    def add(kind: Kind, span: Span, says: str, role: str, sure: Sure, why: Words, **more: object) -> None:
        found.append(
            Candidate(
                kind=kind, clause=clause.key, anchor=anchor_at(clause, span[0]), start=span[0], end=span[1],
                line=document.clause_line(clause.key, span[0]), quote=clause.text[slice(*span)], says=says,
                role=role, sure=sure, why=why, **more,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    owners = {id(part): drafted for drafted in encoding.drafted for part in _parts(drafted)}
    for part in encoding.reading.parts:
        drafted = owners.get(id(part))
        span = span_of(part.figure)
        if part.role in COMPUTES_NOTHING:
            add("name", span, part.figure.text, part.role, part.sure, part.why)
        elif part.role in ENCODED:
            add("parameter", span, said(part), part.role, part.sure, part.why,
                benefit=drafted.id if drafted else None, type=TYPES.get(part.figure.kind, "label"), title=TITLES[part.role])  # fmt: skip
    for word, operator, use, sure, why, benefit in _boundaries(encoding, owners):
        add("boundary", span_of(word), operator, use, sure, why, benefit=benefit)
    for drafted in encoding.drafted:
        for kind, span, says, role, sure, why in _of_benefit(encoding, drafted):
            add(kind, span, says, role, sure, why, benefit=drafted.id)
    for one in clause.departments:
        add(
            "department",
            (one.start, one.end),
            one.name,
            one.role,
            "clear",
            Words("责任单位的写法", "named as responsible"),
        )
    found.sort(key=lambda one: (one.start, one.end))
    return found


def _parts(drafted: Drafted) -> Iterator[Part]:
    yield from (*drafted.grant.main, *drafted.grant.caps, *drafted.grant.others)


def _boundaries(
    encoding: Encoding, owners: dict[int, Drafted]
) -> Iterator[tuple[BoundaryWord, str, str, Sure, Words, str | None]]:
    """Each boundary word with the one operator it implies here, and what it does: amount, cap, condition."""
    for part in encoding.reading.parts:
        for word in part.words if part.role not in COMPUTES_NOTHING else ():
            drafted = owners.get(id(part))
            use = {"cap": "cap"}.get(
                part.role, "amount" if part.is_ceiling and part.role in _AMOUNTS else "condition"
            )
            why = Words(
                f"“{word.word}”，{TITLES[part.role].zh if part.role in TITLES else '数字'}",
                f"'{word.word}' with its figure",
            )
            yield word, word.operators[0], use, part.sure, why, drafted.id if drafted else None
    loose = {id(word): drafted for drafted in encoding.drafted for word in drafted.grant.loose}
    for word in encoding.reading.loose:
        drafted = loose.get(id(word))
        a_level = "in" in word.operators and word.operators[0] == ">="
        why = (
            Words("没有数字：某级及以上", "without a figure: this level and above")
            if a_level
            else Words("没有数字：与另一数比较", "without a figure: compared with another sum")
        )
        use = "amount" if drafted and drafted.grant.in_kind and not a_level else "condition"
        yield (
            word,
            "in" if a_level else word.operators[0],
            use,
            "likely",
            why,
            drafted.id if drafted else None,
        )


_AMOUNTS: Final = ("sum", "unit_sum", "rate", "limit", "floor")


def _of_benefit(encoding: Encoding, drafted: Drafted) -> Iterator[tuple[Kind, Span, str, str, Sure, Words]]:
    """Amount kind, instrument, lifecycle, subject, scopes, stacking, evidence and conditions of one benefit."""
    grant = drafted.grant
    span = (grant.main[0].figure.start, grant.main[-1].figure.end) if grant.main else _in_kind_span(drafted)
    sure: Sure = grant.main[0].sure if grant.main else "likely"
    yield "amount", span, drafted.kind, "amount", sure, AMOUNT_WORDS[drafted.kind]
    instrument = drafted.instrument
    named = INSTRUMENT_WORDS.get(instrument.code, INSTRUMENT_WORDS["subsidy"])
    yield (
        "instrument",
        _at(encoding, drafted, instrument.words, span),
        instrument.code,
        "instrument",
        instrument.sure,
        Words(f"“{instrument.words}”：{named.zh}", f"'{instrument.words}'"),
    )
    life = drafted.lifecycle
    yield (
        "lifecycle",
        _at(encoding, drafted, life.words, span),
        life.code,
        "lifecycle",
        life.sure,
        Words(f"{_LIFE.zh}“{life.words}”", f"{_LIFE.en} '{life.words}'"),
    )
    yield (
        "subject",
        _at(encoding, drafted, drafted.subject_words, span),
        "、".join(drafted.subject.data["for"]),
        drafted.subject.data["payee"],
        drafted.subject.sure,
        Words(f"“{drafted.subject_words}”", f"'{drafted.subject_words}'"),
    )
    yield (
        "per",
        _at(encoding, drafted, (drafted.per_words or ("",))[0], span),
        "、".join(drafted.per),
        "per",
        "likely" if drafted.per_words else "check",
        Words(
            "、".join(drafted.per_words) or "条文没有写明",
            ", ".join(drafted.per_words) or "the clause does not say",
        ),
    )
    for rule in lexicon().rules["stacking"]:
        match = rule.pattern.search(grant.text)
        if match:
            yield (
                "stacking",
                (grant.start + match.start(), grant.start + match.end()),
                rule.code,
                "stacking",
                rule.sure,
                Words("在另一支持之上", "on top of another support"),
            )
    for rule in lexicon().rules["evidence"]:
        match = rule.pattern.search(grant.text)
        if match:
            words = words_at(rule.data)
            yield (
                "evidence",
                (grant.start + match.start(), grant.start + match.end()),
                words.zh,
                "evidence",
                "check",
                words,
            )
    for found in drafted.conditions.found:
        yield (
            "condition",
            found.span,
            found.holds,
            found.key,
            "likely",
            Words("词汇表中有这一事实", "the vocabulary has this fact"),
        )
    for name, left in drafted.new_facts:
        yield (
            "new_fact",
            left,
            name,
            "fact to be added",
            "check",
            Words("词汇表中没有，需增加事实", "the vocabulary has no such fact; add it"),
        )


def _in_kind_span(drafted: Drafted) -> Span:
    grant = drafted.grant
    match = grant.in_kind.pattern.search(grant.text) if grant.in_kind else None
    return (grant.start + match.start(), grant.start + match.end()) if match else (grant.start, grant.end)


def _at(encoding: Encoding, drafted: Drafted, words: str, default: Span) -> Span:
    """Where the words of a guess stand: in the benefit's own words, those shared, else the sentence."""
    for start, end in (
        (drafted.grant.start, drafted.grant.end),
        drafted.grant.shared,
        sentence_of(encoding.clause.text, *default),
    ):
        at = encoding.clause.text.find(words, start, end) if words else -1
        if at >= 0:
            return at, at + len(words)
    return default
