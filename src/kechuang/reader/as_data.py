"""Packs as the API says them: from the frozen dataclasses of the engine to the shapes of its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from kechuang.policy.encoding import pack as engine
from kechuang.policy.encoding.trace import Token, trace
from kechuang.policy.language import parameter as numbers
from kechuang.policy.language.values import Words
from kechuang.policy.text import document as texts
from kechuang.policy.words.wording import INSTRUMENT_WORDS
from kechuang.reader import api_benefit_shapes as benefit_shapes
from kechuang.reader import api_shapes as shapes
from kechuang.reader import queries
from kechuang.reader.packs import pack_in_force


def said(words: Words) -> shapes.Said:
    """A text in both languages."""
    return shapes.Said(zh=words.zh, en=words.en)


def maybe(words: Words | None) -> shapes.Said | None:
    """The same, of a text that there may be."""
    return None if words is None else said(words)


def term(key: str, table: Mapping[str, Words]) -> shapes.Term:
    """A key with its words; a key without words says itself."""
    words = table.get(key, Words(key, key))
    return shapes.Term(key=key, zh=words.zh, en=words.en)


def pack_brief(found: engine.Pack) -> shapes.PackBrief:
    """A pack as it stands in the list."""
    return shapes.PackBrief(
        id=found.id,
        title=said(found.title),
        city=said(found.city),
        document=found.document.number,
        valid_from=found.valid[0],
        valid_to=found.valid[1],
        hash=found.hash,
        in_force=found.id == pack_in_force().id,
        counts=shapes.Counts(**queries.counts(found)),
    )


def pack(found: engine.Pack) -> shapes.Pack:
    """A pack with its readings and rules."""
    brief = pack_brief(found)
    return shapes.Pack(
        **brief.model_dump(exclude={"document"}),
        document=shapes.Document(**_document(found.document)),
        note=maybe(found.source_note),
        rounding=shapes.Rounding(
            mode=found.rounding.mode, unit_fen=found.rounding.unit, why=said(found.rounding.why)
        ),
        readings=[reading(one) for one in found.readings.values()],
        rules=[_rule(one) for one in found.rules],
        precedence=maybe(found.precedence),
        stacking=maybe(found.stacking),
    )


def _document(found: texts.Document) -> dict[str, Any]:
    return {
        "title": found.title,
        "number": found.number,
        "issuer": found.issuer,
        "issued": found.issued,
        "valid_from": found.valid_from,
        "valid_to": found.valid_to,
        "addressees": list(found.addressees),
        "digest": found.digest,
        "characters": len(found.text),
    }


def reading(one: engine.Reading) -> shapes.Reading:
    """A phrase with its options."""
    options = [
        shapes.Option(key=key, title=said(option.title), effect=maybe(option.effect))
        for key, option in one.options.items()
    ]
    return shapes.Reading(
        id=one.id,
        measure=one.measure,
        phrase=one.phrase,
        title=said(one.title),
        chosen=one.chosen,
        options=options,
        decided_by=maybe(one.decided_by),
    )


def _rule(one: engine.Rule) -> shapes.Rule:
    return shapes.Rule(
        number=one.number,
        title=said(one.title),
        refines=list(one.refines),
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        steps=[said(step) for step in one.steps],
        not_known=maybe(one.not_known),
    )


def full_text(found: engine.Pack) -> shapes.FullText:
    """The document with its whole text and structure."""
    return shapes.FullText(
        **_document(found.document),
        text=found.document.text,
        parts=[_section(one) for one in found.document.parts],
        sections=[_section(one) for one in found.document.sections],
    )


def _section(one: texts.Section) -> shapes.Section:
    return shapes.Section(
        id=one.id, title=one.title, start=one.start, end=one.end, measures=list(one.clauses)
    )


def measures(found: engine.Pack) -> shapes.Measures:
    """All measures, in the order of the document."""
    listed = [shapes.MeasureBrief(**_measure(found, one)) for one in found.measures.values()]
    return shapes.Measures(pack=found.id, hash=found.hash, measures=listed)


def _measure(found: engine.Pack, one: engine.Measure) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": said(one.title),
        "section": queries.section_of(found, one.key),
        "departments": [name for name, _ in one.departments],
        "benefits": [shapes.BenefitBrief(**benefit_brief(each)) for each in one.benefits],
        "duty_count": len(one.duties),
    }


def measure(found: engine.Pack, key: str) -> benefit_shapes.Measure:
    """One measure in full."""
    one, clause = found.measures[key], found.document.clauses[key]
    own = [anchor.id for anchor in found.document.anchors.values() if anchor.id.split(".")[0] == key]
    return benefit_shapes.Measure(
        **_measure(found, one),
        pack=found.id,
        hash=found.hash,
        text=clause.text,
        start=clause.start,
        end=clause.end,
        digest=clause.digest,
        anchors=own,
        duties=[_duty(found, duty) for duty in one.duties],
        programmatic=[_declared(found, each) for each in one.programmatic],
        gaps=[_declared(found, each) for each in one.gaps],
    )


def _duty(found: engine.Pack, one: engine.Duty) -> benefit_shapes.Duty:
    return benefit_shapes.Duty(
        id=one.id,
        title=said(one.title),
        quote=quoted(found, one.quote),
        who=list(one.who),
        evidence=[said(each) for each in one.evidence],
        indicators=[term(key, one.indicators) for key in one.indicators],
    )


def _declared(found: engine.Pack, one: engine.Declared) -> benefit_shapes.Declared:
    return benefit_shapes.Declared(quote=quoted(found, one.quote), why=said(one.why), owner=one.owner)


def quoted(found: engine.Pack, quote: numbers.Quote | None) -> shapes.Quote | None:
    """A quote with the anchor of the sentence that it begins in, and its offsets in the document."""
    if quote is None:
        return None
    clause = found.document.clauses[quote.clause]
    start, end = clause.start + quote.start, clause.start + quote.end
    anchor = next((one.id for one in clause.sentences if one.start <= start < one.end), clause.key)
    return shapes.Quote(text=quote.text, anchor=anchor, start=start, end=end)


def benefit_brief(one: engine.Benefit) -> dict[str, Any]:
    """A benefit as it stands in lists."""
    return {
        "id": one.id,
        "measure": one.measure,
        "title": said(one.title),
        "instrument": term(one.instrument, INSTRUMENT_WORDS),
        "amount": one.amount.kind,
        "valid_from": one.valid[0],
        "valid_to": one.valid[1],
    }


def anchors(found: engine.Pack) -> shapes.Anchors:
    """All anchors, in the order of the document."""
    listed = sorted(found.document.anchors.values(), key=lambda one: (one.start, -one.end))
    return shapes.Anchors(
        pack=found.id, hash=found.hash, anchors=[shapes.AnchorBrief(**_anchor(one)) for one in listed]
    )


def _anchor(one: texts.Anchor) -> dict[str, Any]:
    return {"id": one.id, "start": one.start, "end": one.end, "digest": one.digest}


def anchor(found: engine.Pack, anchor_id: str) -> shapes.Anchor:
    """One anchor with what the pack claims of its words."""
    one = found.document.anchors[anchor_id]
    span = (one.start, one.end)
    tokens = [
        (token, base) for token, base in _tokens(found) if _within(token.start + base, token.end + base, span)
    ]
    return shapes.Anchor(
        **_anchor(one),
        pack=found.id,
        hash=found.hash,
        text=one.text,
        line=found.document.line(one.start),
        claims=[_claim(token, base) for token, base in tokens],
        quoted_by=[each for each in _quotes(found) if _within(each.quote.start, each.quote.end, span)],
    )


def _within(start: int, end: int, span: tuple[int, int]) -> bool:
    return span[0] <= start and end <= span[1]


def _claim(token: Token, base: int) -> shapes.TokenClaim:
    return shapes.TokenClaim(
        kind=token.kind,
        text=token.text,
        start=token.start + base,
        end=token.end + base,
        state=token.state,
        by=[claim.what for claim in token.claims],
        says=[claim.says for claim in token.claims],
    )


@lru_cache(maxsize=16)
def _tokens(found: engine.Pack) -> list[tuple[Token, int]]:
    """Every figure, boundary word and department, with the offset of its clause in the document."""
    document = found.document
    starts = {key: clause.start for key, clause in document.clauses.items()}
    if "closing" in document.anchors:
        starts["closing"] = document.anchors["closing"].start
    return [(token, starts[token.clause]) for token in trace(found).tokens]


@lru_cache(maxsize=16)
def _quotes(found: engine.Pack) -> list[shapes.QuotedBy]:
    """Every place of the pack that quotes the document, in the order of the document."""
    listed = []
    for benefit in found.benefits:
        for what, key, quote in _quotes_of(benefit):
            shown = quoted(found, quote)
            if shown is not None:
                listed.append(shapes.QuotedBy(benefit=benefit.id, what=what, key=key, quote=shown))
    return sorted(listed, key=lambda one: one.quote.start)


def _quotes_of(benefit: engine.Benefit) -> Iterator[tuple[str, str, numbers.Quote | None]]:
    yield from (("parameter", one.key, one.quote) for one in benefit.parameters.values())
    yield from (("condition", one.key, one.quote) for one in benefit.conditions)
    yield "amount", "amount", benefit.amount.quote
    yield from (("cap", one.key, one.quote) for one in (*benefit.amount.caps, *benefit.amount.total_caps))


def vocabulary(found: engine.Pack) -> shapes.Vocabulary:
    """Every fact and code list that the pack knows."""
    records = [
        shapes.RecordKind(
            name=kind.name,
            title=said(kind.title),
            note=maybe(kind.note),
            key=list(kind.key),
            fields=[
                shapes.FactField(
                    name=one.name,
                    type=one.type,
                    title=said(one.title),
                    note=maybe(one.note),
                    source=maybe(one.source),
                    ask=maybe(one.ask),
                )
                for one in kind.fields.values()
            ],
        )
        for kind in found.vocabulary.records.values()
    ]
    codes = [
        shapes.CodeList(name=name, codes=[term(code, members) for code in members])
        for name, members in found.vocabulary.codes.items()
    ]
    return shapes.Vocabulary(pack=found.id, hash=found.hash, records=records, codes=codes)
