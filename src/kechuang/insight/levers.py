"""What can be changed, as the page shows it: parameters as sentences by measure, readings as choices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kechuang.exchange.simulation import parameter_title
from kechuang.insight.questions import FIELD, READING, Question, own_value, shown
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.changes import Changeable, changeable
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import BOOLEAN, DATE
from kechuang.policy.reforms.strands import NO_MONEY, strand_of
from kechuang.policy.words.wording import value_text


@dataclass(frozen=True)
class Lever:
    """One parameter: its field, what stands in it now, what the law says, the words of the text."""

    key: str
    field: str
    title: str
    kind: str  # number, date or boolean
    value: str
    own: str
    own_text: str
    unit: str
    quote: str
    fault: str
    solvable: bool

    @property
    def changed(self) -> bool:
        """Whether the field differs from the law."""
        return self.value != self.own


@dataclass(frozen=True)
class Choice:
    """One reading: its field, its options (option, title, chosen, whether it is the pack's own), its phrase."""

    field: str
    id: str
    title: str
    phrase: str
    options: list[tuple[str, str, bool, bool]]


@dataclass(frozen=True)
class Panel:
    """One measure: its benefits with their levers, its readings, and whether anything in it is changed."""

    key: str
    title: str
    benefits: list[tuple[str, list[Lever]]]
    choices: list[Choice]
    changes: int
    faulty: bool


def panels(question: Question, law: Bound, language: str) -> list[Panel]:
    """Every measure that has something to change, in the order of the document."""
    pack = question.reform.pack or law.pack
    by_benefit: dict[str, list[Lever]] = {}
    for one in changeable(pack).values():
        if own_value(one, law) is not None:
            by_benefit.setdefault(one.benefit.id, []).append(_lever(one, question, law, language))
    return list(_panels(pack, by_benefit, question, language))


def _panels(pack: Pack, levers: dict[str, list[Lever]], question: Question, language: str) -> Iterator[Panel]:
    for measure in pack.measures.values():
        benefits = [(one.title.pick(language), levers[one.id]) for one in measure.benefits if one.id in levers]
        choices = [
            _choice(pack, key, question, language)
            for key, reading in pack.readings.items()
            if reading.measure == measure.key
        ]
        if not benefits and not choices:
            continue
        changes = sum(one.changed for _, found in benefits for one in found)
        changes += sum(key.removeprefix(READING) in question.readings for key in (one.field for one in choices))
        faulty = any(one.fault for _, found in benefits for one in found)
        yield Panel(measure.key, measure.title.pick(language), benefits, choices, changes, faulty)


def _lever(one: Changeable, question: Question, law: Bound, language: str) -> Lever:
    own, field = own_value(one, law), FIELD + one.key
    own_shown, unit = shown(own, one.type, language)
    now, now_unit = shown(question.parameters.get(one.key, own), one.type, language)
    value = question.typed.get(field, now if now_unit == unit else now + now_unit)
    fault = next((found.words.pick(language) for found in question.faults if found.field == field), "")
    return Lever(
        key=one.key,
        field=field,
        title=parameter_title(law.pack if question.reform.pack is None else question.reform.pack, one.key, language),
        kind={DATE: "date", BOOLEAN: "boolean"}.get(one.type, "number"),
        value=value,
        own=own_shown,
        own_text=value_text(own, one.type, law.pack.vocabulary, language),
        unit=unit,
        quote=one.parameter.quote.text if one.parameter.quote else "",
        fault=fault.partition("：")[2] if language == "zh" else fault.partition(": ")[2],
        solvable=one.type != BOOLEAN and strand_of(one.benefit) != NO_MONEY,
    )


def _choice(pack: Pack, key: str, question: Question, language: str) -> Choice:
    reading = pack.readings[key]
    chosen = question.readings.get(key, reading.chosen)
    options = [
        (option, one.title.pick(language), option == chosen, option == reading.chosen)
        for option, one in reading.options.items()
    ]
    return Choice(READING + key, key, reading.title.pick(language), reading.phrase, options)
