"""Reads one benefit of a measure file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kechuang.policy.encoding.loading_parameter import read_parameter
from kechuang.policy.encoding.loading_parts import Context, date_at, expression, quote_in
from kechuang.policy.encoding.pack import (
    AMOUNT_KINDS,
    INSTRUMENTS,
    LIFECYCLES,
    MAX_CONDITIONS,
    PAYERS,
    SCOPES,
    Amount,
    Benefit,
    Cap,
    Condition,
    Evidence,
    Example,
    Let,
    Share,
    Stacking,
)
from kechuang.policy.language.parameter import Parameter
from kechuang.policy.language.tree import CONSTANT, SUBJECT_LEVEL, Named, Node
from kechuang.policy.language.values import BOOLEAN, MONEY, Words
from kechuang.policy.language.vocabulary import SUBJECT, words, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kechuang.policy.language.expression import Scope
    from kechuang.policy.language.sections import Section

_KEYS: Final = {
    "title", "instrument", "lifecycle", "for", "payee", "payer", "per", "per_quote", "per_why", "each",
    "parameters", "let",
    "where", "amount", "split", "evidence", "stacking", "examples", "refined_by", "valid", "note",
}  # fmt: skip


def read_benefit(measure: str, key: str, section: Section, scope: Scope, context: Context) -> Benefit | None:
    """One benefit; None (with the faults noted) when its skeleton is unusable."""
    section.only(_KEYS)
    if not key.isidentifier():
        section.fault(f"'{key}' must be a plain name")
    each = section.text("each") or None
    if each is not None and (each == SUBJECT or each not in scope.vocabulary.records):
        section.fault(
            f"each: '{each}' is no list of records; expected one of: "
            f"{', '.join(kind.name for kind in scope.vocabulary.related)}"
        )
        return None
    scope = (
        scope
        if each is None
        else type(scope)(scope.vocabulary, scope.forest, scope.names, scope.series, each)
    )
    parameters, scope = _parameters(section, scope, context)
    lets, scope = _lets(section, scope, context)
    conditions = _conditions(section, scope, context)
    amount = _amount(section, scope, context)
    if amount is None:
        return None
    start, end = context.valid
    valid = section.get("valid")
    return Benefit(
        id=f"{measure}.{key}",
        measure=measure,
        key=key,
        title=title_of(section, key),
        instrument=_one_of(section, "instrument", INSTRUMENTS),
        lifecycle=_one_of(section, "lifecycle", LIFECYCLES),
        subjects=_subjects(section, scope),
        payee=section.text("payee") or "none",
        payer=_one_of(section, "payer", PAYERS, "none" if amount.kind == "in_kind" else ""),
        per=_scopes(section),
        per_quote=quote_in(section, context, "per_quote"),
        each=each,
        parameters=parameters,
        lets=lets,
        conditions=conditions,
        amount=amount,
        split=_split(section, parameters),
        evidence=_evidence(section),
        stacking=_stacking(section, context),
        examples=_examples(section, context),
        refines=section.text("refined_by") or None,
        valid=(max(start, date_at(valid, "from", start)), min(end, date_at(valid, "to", end))),
        place=section.place,
    )


def title_of(section: Section, key: str) -> Words:
    """The title of a thing; a missing one is noted and its key stands in."""
    return words(section, "title") or Words(key, key)


def _one_of(section: Section, key: str, allowed: tuple[str, ...], default: str = "") -> str:
    found = section.text(key, default)
    if found not in allowed:
        (section.get(key) or section).fault(
            f"'{key}: {found}' is unknown; expected one of: {', '.join(allowed)}"
        )
    return found


def _subjects(section: Section, scope: Scope) -> tuple[str, ...]:
    found, known = section.texts("for"), scope.vocabulary.codes.get("subject_kind", {})
    if not found:
        section.fault("'for' is missing: list the kinds of subject who can have it")
    for kind in found:
        if kind not in known:
            section.fault(f"for: '{kind}' is no kind of subject; expected one of: {', '.join(known)}")
    return found


def _scopes(section: Section) -> tuple[str, ...]:
    found = section.texts("per")
    if not found:
        section.fault(
            "'per' is missing: say what the sum is given per, such as [enterprise, year] or [project, once]"
        )
    for scope in found:
        if scope not in SCOPES:
            section.fault(f"per: '{scope}' is unknown; expected words out of: {', '.join(SCOPES)}")
    quote = section.text("per_quote")
    if (
        "once" in found
        and "一次性" not in quote
        and not section.has("per_why")
        and not section.has("per_quote")
    ):
        section.fault("per: [once] needs 'per_quote' with the words 一次性, or 'per_why'")
    return found


def _parameters(section: Section, scope: Scope, context: Context) -> tuple[Mapping[str, Parameter], Scope]:
    found: dict[str, Parameter] = {}
    names: dict[str, Node] = {}
    part = section.get("parameters")
    for key, entry in (part.mapping() if part else {}).items():
        parameter = read_parameter(key, entry, scope, context)
        if parameter is not None:
            found[key] = parameter
            inner = scope.forest.node("parameter", parameter.type, CONSTANT, (), parameter)
            names[key] = scope.forest.node(
                "named", parameter.type, CONSTANT, (inner,), Named("parameter", key, parameter.title)
            )
    return found, scope.with_names(**names)


def _lets(section: Section, scope: Scope, context: Context) -> tuple[tuple[Let, ...], Scope]:
    lets: list[Let] = []
    part = section.get("let")
    for key, entry in (part.mapping() if part else {}).items():
        entry.only({"is", "title", "quote", "note"})
        inner = expression(entry.need("is"), scope, context)
        if inner is None:
            continue
        title = title_of(entry, key)
        node = scope.forest.node("named", inner.type, inner.level, (inner,), Named("let", key, title))
        lets.append(Let(key, title, node, quote_in(entry, context), entry.place))
        scope = scope.with_names(**{key: node})
    return tuple(lets), scope


def _conditions(section: Section, scope: Scope, context: Context) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    part = section.get("where")
    if part is not None and len(part.mapping()) > MAX_CONDITIONS:
        part.fault(
            f"{len(part.mapping())} conditions, expected at most {MAX_CONDITIONS}; join some with 'and'"
        )
        return ()
    for key, entry in (part.mapping() if part else {}).items():
        entry.only({"quote", "holds", "why", "cites", "note"})
        holds = entry.need("holds")
        node = expression(holds, scope, context)
        quote = quote_in(entry, context)
        why = words(entry, "why", needed=False) or words(entry, "cites", needed=False)
        if not entry.has("quote") and why is None:
            entry.fault(
                "a condition needs 'quote' (its words), 'cites' (another document) or 'why' (no words in the text)"
            )
        if node is None or holds is None:
            continue
        if node.type != BOOLEAN:
            holds.fault(f"a condition must be true or false, this is {node.type}")
            continue
        _level_fits(node, scope, holds)
        source = holds.value if isinstance(holds.value, str) else ""
        conditions.append(Condition(key, node, quote, why, holds.place, source))
    return tuple(conditions)


def _level_fits(node: Node, scope: Scope, section: Section) -> None:
    if node.level not in (CONSTANT, SUBJECT_LEVEL, scope.each):
        section.fault(f"this reads records of '{node.level}'; write 'each: {node.level}' or aggregate them")


def _amount(section: Section, scope: Scope, context: Context) -> Amount | None:
    part = section.need("amount")
    if part is None:
        return None
    part.only({*AMOUNT_KINDS, "quote", "caps", "total_caps", "note", "why"})
    kinds = [kind for kind in AMOUNT_KINDS if part.has(kind)]
    if len(kinds) != 1:
        part.fault(
            f"an amount is exactly one of {', '.join(AMOUNT_KINDS)}; found {', '.join(kinds) or 'none'}"
        )
        return None
    kind, entry = kinds[0], part.get(kinds[0])
    node = None if kind == "in_kind" else expression(entry, scope, context)
    if kind != "in_kind" and node is None:
        return None
    if node is not None and entry is not None:
        if node.type != MONEY:
            entry.fault(f"an amount is a sum of money, this is {node.type}")
        _level_fits(node, scope, entry)
    if part.has("total_caps") and scope.each is None:
        part.fault("total_caps hold over several records; without 'each' write caps")
    return Amount(
        kind=kind,
        node=node,
        in_kind=words_of(entry) if kind == "in_kind" and entry is not None else None,
        quote=quote_in(part, context),
        caps=_caps(part.get("caps"), scope, context),
        total_caps=_caps(part.get("total_caps"), scope, context),
        place=part.place,
        source=entry.value if entry is not None and isinstance(entry.value, str) else "",
    )


def _caps(section: Section | None, scope: Scope, context: Context) -> tuple[Cap, ...]:
    caps: list[Cap] = []
    for key, entry in (section.mapping() if section else {}).items():
        entry.only({"at_most", "quote", "why", "note", "cites"})
        at_most = entry.need("at_most")
        node = expression(at_most, scope, context)
        if node is None or at_most is None:
            continue
        if node.type != MONEY:
            at_most.fault(f"a cap is a sum of money, this is {node.type}")
        _level_fits(node, scope, at_most)
        caps.append(Cap(key, node, quote_in(entry, context), entry.place))
    return tuple(caps)


def _split(section: Section, parameters: Mapping[str, Parameter]) -> tuple[Share, ...]:
    shares: list[Share] = []
    part = section.get("split")
    for key, entry in (part.mapping() if part else {}).items():
        entry.only({"share", "title"})
        if entry.text("share") not in parameters or parameters[entry.text("share")].type != "rate":
            entry.fault(f"share: '{entry.text('share')}' must name a rate among the parameters")
        shares.append(Share(key, title_of(entry, key), entry.text("share")))
    return tuple(shares)


def _evidence(section: Section) -> tuple[Evidence, ...]:
    evidence: list[Evidence] = []
    part = section.get("evidence")
    for entry in part.items() if part else ():
        entry.only({"zh", "en", "shared", "asked"})
        if entry.has("shared") == entry.has("asked"):
            entry.fault(
                "evidence is either 'shared' (where the city fetches it) or 'asked' (why it must be asked for)"
            )
        title = Words(entry.text("zh"), entry.text("en"))
        if not title.zh or not title.en:
            entry.fault("evidence needs its name in zh and en")
        evidence.append(
            Evidence(title, words(entry, "shared", needed=False), words(entry, "asked", needed=False))
        )
    if not evidence:
        section.fault("'evidence' is missing: list what is shown, and whether the city can fetch it")
    return tuple(evidence)


def _stacking(section: Section, context: Context) -> Stacking:
    part = section.get("stacking")
    if part is None:
        return Stacking("ask", None, None)
    part.only({"rule", "quote", "with", "why", "note"})
    rule = _one_of(part, "rule", ("ask", "stacks"))
    beside = part.get("with")
    return Stacking(
        rule, quote_in(part, context), words_of(beside) if beside and isinstance(beside.value, dict) else None
    )


def _examples(section: Section, context: Context) -> tuple[Example, ...]:
    examples: list[Example] = []
    part = section.get("examples")
    for entry in part.items() if part else ():
        entry.only({"title", "on", "year", "facts", "readings", "expect"})
        facts, expect = entry.need("facts"), entry.need("expect")
        if facts is None or expect is None:
            continue
        expect.only({"outcome", "amount", "because", "short", "missing"})
        on = date_at(entry, "on", context.valid[0])
        switched = entry.get("readings")
        examples.append(
            Example(
                title=title_of(entry, "example"),
                on=on,
                year=_year(entry, on.year - 1),
                facts=facts,
                readings={
                    key: value.scalar() for key, value in (switched.mapping() if switched else {}).items()
                },
                expect=expect,
                place=entry.place,
            )
        )
    return tuple(examples)


def _year(section: Section, default: int) -> int:
    found = section.get("year")
    if found is None:
        return default
    if not re.fullmatch("[0-9]{4}", found.scalar()):
        found.fault(f"expected a year such as 2023, found '{found.value}'")
        return default
    return int(found.scalar())
