"""The candidates of one clause, in the order of the text, each with its words, its confidence and the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kechuang.policy.drafting.candidates import Candidate, Kind, Sure
from kechuang.policy.drafting.encoding import Drafted, Encoding
from kechuang.policy.drafting.gaps import COMPUTES_NOTHING, anchor_at
from kechuang.policy.drafting.grants import Guess
from kechuang.policy.drafting.roles import ENCODED, MAIN, Part
from kechuang.policy.drafting.rules import lexicon, reason, title, words_at
from kechuang.policy.drafting.tokens import TYPES, Span, said, span_of
from kechuang.policy.language.values import MONEY, Words
from kechuang.policy.text.document import Document

_AMOUNT_REASONS: Final = {"limit": "limit_amount", "at_least": "at_least_amount"}


class _Say(NamedTuple):
    """A candidate without its place: what a benefit or token says, and why."""

    kind: Kind
    span: Span
    says: str
    role: str
    sure: Sure
    why: Words
    benefit: str | None = None
    type: str = ""
    title: Words | None = None


def candidates_of(document: Document, encoding: Encoding) -> list[Candidate]:
    """Everything the program believes of one clause."""
    clause = encoding.clause
    owners = {id(part): drafted for drafted in encoding.drafted for part in _parts(drafted)}
    said_ = [*_figures(encoding, owners), *_boundaries(encoding, owners), *_departments(encoding)]
    said_ += [one for drafted in encoding.drafted for one in _of_benefit(drafted)]
    said_.sort(key=lambda one: one.span)
    return [
        Candidate(
            one.kind, clause.key, anchor_at(clause, one.span[0]), *one.span,
            document.clause_line(clause.key, one.span[0]), clause.text[slice(*one.span)],
            one.says, one.role, one.sure, one.why, one.benefit, one.type, one.title,
        )
        for one in said_
    ]  # fmt: skip


def _parts(drafted: Drafted) -> Iterator[Part]:
    yield from (*drafted.grant.main, *drafted.grant.caps, *drafted.grant.others)


def _figures(encoding: Encoding, owners: dict[int, Drafted]) -> Iterator[_Say]:
    """Each figure that a parameter may stand for, and each that computes nothing."""
    for part in encoding.reading.parts:
        drafted, span = owners.get(id(part)), span_of(part.figure)
        benefit = drafted.id if drafted else None
        if part.role in COMPUTES_NOTHING:
            yield _Say("name", span, part.figure.text, part.role, part.sure, part.why)
        elif part.role in ENCODED:
            type_ = MONEY if part.scale else TYPES[part.figure.kind]
            yield _Say(
                "parameter",
                span,
                said(part),
                part.role,
                part.sure,
                part.why,
                benefit,
                type_,
                title(part.role),
            )


def _boundaries(encoding: Encoding, owners: dict[int, Drafted]) -> Iterator[_Say]:
    """Each boundary word with the one operator it implies here, and what it does: amount, cap or condition."""
    for part in encoding.reading.parts:
        drafted = owners.get(id(part))
        use = "amount" if part.is_ceiling and part.role in MAIN else "condition"
        use = "cap" if part.role == "cap" else use
        for word in part.words if part.role not in COMPUTES_NOTHING else ():
            why = reason("with_figure", words=word.word)
            benefit = drafted.id if drafted else None
            yield _Say("boundary", span_of(word), word.operators[0], use, part.sure, why, benefit)
    loose = {id(word): drafted for drafted in encoding.drafted for word in drafted.grant.loose}
    for word in encoding.reading.loose:
        drafted = loose.get(id(word))
        of_level = "in" in word.operators and word.operators[0] == ">="
        use = "amount" if drafted and drafted.grant.in_kind and not of_level else "condition"
        operator = "in" if of_level else word.operators[0]
        why = reason("level" if of_level else "compared")
        yield _Say("boundary", span_of(word), operator, use, "likely", why, drafted.id if drafted else None)


def _departments(encoding: Encoding) -> Iterator[_Say]:
    for one in encoding.clause.departments:
        yield _Say("department", (one.start, one.end), one.name, one.role, "clear", reason("department"))


def _of_benefit(drafted: Drafted) -> Iterator[_Say]:
    """Amount kind, guesses, stacking, evidence and conditions of one benefit."""
    grant, name = drafted.grant, drafted.id
    span = (grant.main[0].figure.start, grant.main[-1].figure.end) if grant.main else _promise(drafted)
    sure: Sure = grant.main[0].sure if grant.main else "likely"
    why = reason(_AMOUNT_REASONS.get(grant.kind, grant.kind))
    yield _Say("amount", span, grant.kind, "amount", sure, why, name)
    for kind, found in (("instrument", drafted.instrument), ("lifecycle", drafted.lifecycle)):
        at, why = _at(drafted, found.words, span), _by(found)
        yield _Say(
            "instrument" if kind == "instrument" else "lifecycle", at, found.code, kind, found.sure, why, name
        )
    rule, words = drafted.subject, drafted.subject_words
    who = Guess("、".join(rule.data["for"]), rule.sure, words)
    yield _Say("subject", _at(drafted, words, span), who.code, rule.data["payee"], rule.sure, _by(who), name)
    scope = Guess(
        "、".join(drafted.per), "likely" if drafted.per_words else "check", "、".join(drafted.per_words)
    )
    at = _at(drafted, (drafted.per_words or ("",))[0], span)
    yield _Say("per", at, scope.code, "per", scope.sure, _by(scope), name)
    for rule in lexicon().rules["stacking"]:
        for match in rule.pattern.finditer(grant.text):
            at = (grant.start + match.start(), grant.start + match.end())
            yield _Say("stacking", at, rule.code, "stacking", rule.sure, reason("beside"), name)
    for rule in lexicon().rules["evidence"]:
        first = rule.pattern.search(grant.text)
        if first:
            at, shown = (grant.start + first.start(), grant.start + first.end()), words_at(rule.data)
            yield _Say("evidence", at, shown.zh, "evidence", "check", shown, name)
    for condition in drafted.conditions.found:
        yield _Say(
            "condition", condition.span, condition.holds, condition.key, "likely", reason("known_fact"), name
        )
    for fact, left in drafted.new_facts:
        yield _Say("new_fact", left, fact, "fact to be added", "check", reason("new_fact"), name)


def _by(found: Guess) -> Words:
    return reason("by_words", words=found.words) if found.words else reason("no_words")


def _promise(drafted: Drafted) -> Span:
    """The words that promise support without a sum."""
    grant = drafted.grant
    match = grant.in_kind.pattern.search(grant.text) if grant.in_kind else None
    return (grant.start + match.start(), grant.start + match.end()) if match else (grant.start, grant.end)


def _at(drafted: Drafted, words: str, default: Span) -> Span:
    """Where the words of a guess stand: in the benefit's own words, in those shared, else at the sum."""
    grant = drafted.grant
    for start, end in ((grant.start, grant.end), grant.shared):
        at = grant.whole.find(words, start, end) if words else -1
        if at >= 0:
            return at, at + len(words)
    return default
