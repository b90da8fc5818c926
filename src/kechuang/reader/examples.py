"""Worked examples as people read them: the facts in short, what comes out, and what another reading would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.facts import read_facts_section
from kechuang.policy.cases.outcome import Assessment, Outcome
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.pack import Benefit, Example, Pack, Reading
from kechuang.policy.language.values import BOOLEAN, Words, read_literal
from kechuang.policy.language.vocabulary import YEARS, RecordKind
from kechuang.policy.words.explanation_parts import parts_of
from kechuang.policy.words.wording import value_text
from kechuang.reader.phrases import COLON

NONE = Words("{0}：没有", "{0}: none")
YEAR = Words("{0} 年", "{0}")


@dataclass(frozen=True)
class ShownExample:
    """One worked example: number from 1, facts in short, readings that differ from those in force, what is expected."""

    number: int
    title: str
    on: str
    year: int
    facts: tuple[str, ...]
    readings: tuple[tuple[str, str], ...]
    outcome: str
    amount: int | None
    short: str
    because: str
    missing: tuple[str, ...]


def shown(pack: Pack, benefit: Benefit, language: str) -> list[ShownExample]:
    """All examples of a benefit."""
    return [shown_one(pack, benefit, number, language) for number in range(1, len(benefit.examples) + 1)]


def assessed(
    pack: Pack, benefit: Benefit, example: Example, switched: Mapping[str, str] | None = None
) -> Assessment:
    """The example carried out for its benefit, with some readings switched beside its own."""
    facts = read_facts_section(example.facts, pack.vocabulary)
    bound = bind(pack, example.on, example.year, {**example.readings, **(switched or {})})
    return assess_bound(bound, facts, frozenset({benefit.id}))


@lru_cache(maxsize=256)
def changed_by(pack: Pack, benefit_id: str, reading_id: str, option: str) -> tuple[int, ...]:
    """The numbers of the benefit's examples whose outcome or sum another option of a reading changes.

    Counted by carrying each example out under both; examples that choose the reading themselves are left out.
    """
    benefit = pack.benefit(benefit_id)
    found = []
    for number, example in enumerate(benefit.examples, start=1):
        if reading_id in example.readings:
            continue
        now, then = (
            assessed(pack, benefit, example, switched).results[benefit_id]
            for switched in (None, {reading_id: option})
        )
        if (now.outcome, now.amount) != (then.outcome, then.amount):
            found.append(number)
    return tuple(found)


def effects(pack: Pack, benefit: Benefit, reading: Reading) -> dict[str, tuple[int, ...]]:
    """For each option that is not in force, the examples that it changes."""
    return {
        option: changed_by(pack, benefit.id, reading.id, option)
        for option in reading.options
        if option != reading.chosen
    }


def shown_one(pack: Pack, benefit: Benefit, number: int, language: str) -> ShownExample:
    """The example with a number from 1."""
    example = benefit.examples[number - 1]
    expect = example.expect
    amount = read_literal(expect.text("amount")).value if expect.has("amount") else None
    facts = read_facts_section(example.facts, pack.vocabulary)
    readings = [
        (key, pack.readings[key].options[option].title.pick(language))
        for key, option in example.readings.items()
    ]
    return ShownExample(
        number=number,
        title=example.title.pick(language),
        on=example.on.isoformat(),
        year=example.year,
        facts=tuple(_facts(pack, facts, language)),
        readings=tuple(readings),
        outcome=Outcome(expect.text("outcome")).value,
        amount=amount if isinstance(amount, int) else None,
        short=_short(pack, expect.text("short"), language),
        because=_because(pack, benefit, expect.text("because"), language),
        missing=tuple(_path(pack, path, language) for path in expect.texts("missing")),
    )


def _facts(pack: Pack, facts: Mapping[str, Any], language: str) -> Iterator[str]:
    """One line for the subject, one for each related record."""
    vocabulary = pack.vocabulary
    plain = {key: value for key, value in facts.items() if not isinstance(value, list)}
    yield _join(_fields(pack, vocabulary.subject, plain, language), language)
    for name, rows in facts.items():
        if not isinstance(rows, list) or name not in vocabulary.records:
            continue
        kind = vocabulary.records[name]
        if not rows:
            yield NONE.pick(language).format(kind.title.pick(language))
        for row in rows:
            told = dict(row)
            head = kind.title.pick(language)
            if name == YEARS:
                head = YEAR.pick(language).format(told.pop("year"))
            yield f"{head}{COLON.pick(language)}{_join(_fields(pack, kind, told, language), language)}"


def _fields(pack: Pack, kind: RecordKind, row: Mapping[str, Any], language: str) -> Iterator[str]:
    for name, value in row.items():
        if value is None or name not in kind.fields:
            continue
        field = kind.fields[name]
        title, said = field.title.pick(language), value_text(value, field.type, pack.vocabulary, language)
        if field.type == BOOLEAN:
            title = title.removeprefix("是否")
            yield title if value else f"{title}{COLON.pick(language)}{said}"
        else:
            yield said if field.type.endswith("subject_kind") else f"{title} {said}"


def _short(pack: Pack, text: str, language: str) -> str:
    if not text:
        return ""
    found = read_literal(text)
    return value_text(found.value, found.type, pack.vocabulary, language)


def _because(pack: Pack, benefit: Benefit, key: str, language: str) -> str:
    """The condition that decides, as a sentence."""
    parts = parts_of(bind(pack, pack.valid[0]), language)[benefit.id]
    fixed = {"for": parts.wrong_kind, "no_record": parts.no_record}
    return fixed.get(key) or next((one.sentence for one in parts.conditions if one.key == key), "")


def _path(pack: Pack, path: str, language: str) -> str:
    """A fact by its titles: 'years.rd_spend' -> '年度数据 · 研发经费支出'."""
    record, _dot, name = path.partition(".")
    kinds = pack.vocabulary.records
    if record not in kinds:
        return (
            kinds["subject"].fields[record].title.pick(language)
            if record in kinds["subject"].fields
            else path
        )
    kind = kinds[record]
    field = kind.fields.get(name)
    return (
        f"{kind.title.pick(language)} · {field.title.pick(language)}" if field else kind.title.pick(language)
    )


def _join(parts: Iterator[str], language: str) -> str:
    return Words("，", ", ").pick(language).join(parts)
