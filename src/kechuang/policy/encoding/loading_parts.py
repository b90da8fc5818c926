"""Small readers shared by the parts of a pack: quotes, expressions and choices between readings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kechuang.policy.encoding.pack import Declared, Reading
from kechuang.policy.language.expression import Scope, read_expression
from kechuang.policy.language.parameter import Quote
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kechuang.policy.language.problems import Problems
    from kechuang.policy.language.sections import Section
    from kechuang.policy.language.tree import Node
    from kechuang.policy.text.document import Clause, Document


@dataclass(frozen=True, slots=True)
class Context:
    """What every part of a measure is read with."""

    problems: Problems
    document: Document
    readings: Mapping[str, Reading]
    valid: tuple[date, date]
    clause: Clause | None = None


def quote_in(section: Section | None, context: Context, key: str = "quote") -> Quote | None:
    """The quote at `key`: it must stand in the clause, exactly once (whitespace ignored)."""
    found = section.get(key) if section else None
    if found is None or context.clause is None:
        return None
    text = found.scalar()
    places = context.clause.find(text)
    if not places:
        found.fault(_not_found(text, context.clause, context.document))
        return None
    if len(places) > 1:
        found.fault(
            f"the words '{text}' stand {len(places)} times in {context.clause.key}; "
            "quote more of them so that they are found once"
        )
        return None
    return Quote(text, context.clause.key, places[0][0], places[0][1], found.place)


def _not_found(quote: str, clause: Clause, document: Document) -> str:
    """What to say of a quote that does not stand in its clause: what stands there instead, and on which raw line."""
    near = clause.nearest(quote)
    if near is None:
        return f"the words '{quote}' do not stand in measure {clause.key}; copy them from the clause"
    line = document.clause_line(clause.key, near[0])
    said = clause.text[slice(*near)]
    return f"the words '{quote}' do not stand in measure {clause.key}; line {line} of the text says '{said}'"


def expression(section: Section | None, scope: Scope, context: Context) -> Node | None:
    """An expression, or a mapping {reading: I-…, option: expression …} with one expression for each option."""
    if section is None:
        return None
    if not isinstance(section.value, dict):
        return read_expression(section.scalar(), section.place, scope, context.problems)
    reading = reading_of(section, context)
    if reading is None:
        return None
    nodes = [expression(section.get(option), scope, context) for option in reading.options]
    built = [node for node in nodes if node is not None]
    if len(built) != len(nodes):
        return None
    if len({node.type for node in built}) != 1:
        section.fault(f"the options of {reading.id} differ in type: {', '.join(node.type for node in built)}")
        return None
    levels = {node.level for node in built}
    level = next(
        (level for level in levels if level not in ("constant", "subject")),
        "subject" if "subject" in levels else "constant",
    )
    return scope.forest.node(
        "reading", built[0].type, level, tuple(built), (reading.id, tuple(reading.options))
    )


def reading_of(section: Section, context: Context) -> Reading | None:
    """The reading that a mapping chooses by; its options must all be there, and no others."""
    reading = context.readings.get(section.text("reading"))
    if reading is None:
        section.fault(
            f"expected 'reading:' with one of {', '.join(context.readings)}, found '{section.text('reading')}'"
        )
        return None
    section.only({"reading", *reading.options})
    missing = [option for option in reading.options if not section.has(option)]
    if missing:
        section.fault(f"reading {reading.id} has the option(s) {', '.join(missing)}, which are missing here")
        return None
    return reading


def date_at(section: Section | None, key: str, default: date) -> date:
    """The date at `key`, or `default`; anything else is noted."""
    found = section.get(key) if section else None
    if found is None:
        return default
    try:
        return date.fromisoformat(found.scalar())
    except ValueError:
        found.fault(f"expected a date such as 2023-07-13, found '{found.value}'")
        return default


def declared(section: Section, context: Context) -> Declared:
    """One entry of `programmatic:` or `gaps:`."""
    section.only({"quote", "why", "owner"})
    return Declared(
        quote_in(section, context),
        words(section, "why") or Words("", ""),
        section.text("owner") or None,
        section.place,
    )
