"""The policy as a reader sees it: sections of measures, parameters with values, readings with alternatives."""

from __future__ import annotations

from dataclasses import dataclass

from kechuang.policy.encoding.pack import Benefit, Measure, Pack, Reading, Rule
from kechuang.policy.language.parameter import Dated, Parameter, Table
from kechuang.policy.language.values import Value
from kechuang.policy.words.explanation_parts import BenefitParts
from kechuang.policy.words.wording import value_text


@dataclass(frozen=True)
class ShownSection:
    """A heading of the document and the measures under it."""

    title: str
    measures: list[Measure]


def sections(pack: Pack) -> list[ShownSection]:
    """The headings that hold measures, in order; a safeguard that is no section's stands under its part."""
    found = [ShownSection(one.title, _measures(pack, one.clauses)) for one in pack.document.sections]
    listed = {measure.key for section in found for measure in section.measures}
    for part in pack.document.parts:
        rest = [measure for measure in _measures(pack, part.clauses) if measure.key not in listed]
        if rest:
            found.append(ShownSection(part.title, rest))
            listed |= {measure.key for measure in rest}
    return [section for section in found if section.measures]


def _measures(pack: Pack, keys: tuple[str, ...]) -> list[Measure]:
    return [pack.measures[key] for key in keys if key in pack.measures]


def section_of(pack: Pack, key: str) -> str:
    """The heading above a measure."""
    return next(
        (one.title for one in sections(pack) if any(measure.key == key for measure in one.measures)), ""
    )


def counts(pack: Pack) -> dict[str, int]:
    """How many measures, safeguards, benefits and duties there are."""
    measures = sum(1 for key in pack.measures if not key.startswith("S"))
    return {
        "measures": measures,
        "safeguards": len(pack.measures) - measures,
        "benefits": sum(1 for _ in pack.benefits),
        "duties": sum(len(measure.duties) for measure in pack.measures.values()),
    }


@dataclass(frozen=True)
class ShownParameter:
    """A parameter with every value that it has had, as texts."""

    title: str
    values: list[str]
    quote: str | None
    cites: str | None


def parameters(pack: Pack, benefit: Benefit, language: str) -> list[ShownParameter]:
    """The parameters of a benefit under the readings chosen."""
    return [parameter(pack, one, language) for one in benefit.parameters.values()]


def parameter(pack: Pack, one: Parameter, language: str) -> ShownParameter:
    """One parameter with every value that it has had, under the readings chosen."""
    values = [text for dated in one.values for text in _dated(pack, one, dated, language)]
    quote = one.quote.text if one.quote else None
    return ShownParameter(
        one.title.pick(language), values, quote, one.cites.pick(language) if one.cites else None
    )


def _dated(pack: Pack, one: Parameter, dated: Dated, language: str) -> list[str]:
    value = dated.options[pack.readings[one.reading].chosen if one.reading else ""]
    since = f"{dated.start.isoformat()}: " if len(one.values) > 1 else ""
    if not isinstance(value, Table):
        return [since + value_text(value, one.type, pack.vocabulary, language)]
    _, type_, *_ = one.type.split(":")
    return [
        f"{since}{_keys(pack, value, keys, language)} {value_text(row, type_, pack.vocabulary, language)}"
        for keys, row in value.rows.items()
    ]


def _keys(pack: Pack, table: Table, keys: tuple[str, ...], language: str) -> str:
    def name(lst: str, key: Value) -> str:
        return value_text(key, f"code:{lst}", pack.vocabulary, language)

    return "·".join(name(lst, key) for lst, key in zip(table.by, keys, strict=True))


def readings(pack: Pack, parts: BenefitParts, benefit: Benefit) -> list[Reading]:
    """The recorded interpretations that this benefit turns on, with every option."""
    ids = [one.id for condition in parts.conditions for one in condition.readings]
    ids += [one.id for one in parts.amount.readings]
    ids += [one.reading for one in benefit.parameters.values() if one.reading]
    return [pack.readings[key] for key in dict.fromkeys(ids)]


def rules(pack: Pack, benefit: Benefit) -> list[Rule]:
    """The implementing rules that refine a benefit."""
    return [rule for rule in pack.rules if benefit.id in rule.refines or benefit.refines == rule.number]
