"""Reads one parameter: a number of the document with its quote, dated, perhaps a table, perhaps by reading."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from kechuang.policy.encoding.loading_parts import Context, date_at, quote_in, reading_of
from kechuang.policy.language.parameter import Dated, Parameter, Table
from kechuang.policy.language.values import Literal, Value, Words, read_literal
from kechuang.policy.language.vocabulary import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kechuang.policy.language.expression import Scope
    from kechuang.policy.language.sections import Section

_MAX_KEYS = 2


def read_parameter(key: str, section: Section, scope: Scope, context: Context) -> Parameter | None:
    """One parameter; None (with the faults noted) when it has no usable value."""
    section.only({"value", "values", "by", "quote", "cites", "title", "note", "why"})
    by = section.texts("by")
    if len(by) > _MAX_KEYS or any(name not in scope.vocabulary.codes for name in by):
        section.fault(
            f"by: {list(by)} must be one or two code lists, out of: {', '.join(sorted(scope.vocabulary.codes))}"
        )
        return None
    dated = _dated(section, by, scope, context)
    literals = [literal for _, options, _ in dated for literal in options.values()]
    types = {literal.type for literal in literals}
    if not literals or len(types) != 1:
        section.fault(
            f"a parameter needs 'value' (or dated 'values'), all of one type; "
            f"found {', '.join(sorted(types)) or 'none'}"
        )
        return None
    readings = {reading for _, _, entry in dated for reading in [entry.text("reading")] if reading}
    if len({entry.text("reading") for _, _, entry in dated}) > 1:
        section.fault("all values of a parameter must follow the same reading, or none")
        return None
    cites = words(section, "cites", needed=False) or words(section, "why", needed=False)
    if not section.has("quote") and cites is None and not readings:
        section.fault(
            "a parameter needs 'quote' (the words that hold its number) or 'cites' (the document that does)"
        )
    return Parameter(
        key=key,
        title=words(section, "title") or Words(key, key),
        type=types.pop(),
        values=tuple(
            Dated(start, {name: x.value for name, x in options.items()}, entry.place)
            for start, options, entry in dated
        ),
        reading=next(iter(readings), None),
        quote=quote_in(section, context),
        cites=cites,
        place=section.place,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """A value read, with its type: 'money' … or 'table:money:level'."""

    type: str
    value: Value | Table


def _dated(
    section: Section, by: tuple[str, ...], scope: Scope, context: Context
) -> list[tuple[date, dict[str, _Read], Section]]:
    """Each (from, options, place): one entry, or one for each item of a dated list."""
    part = section.get("values") or section.get("value")
    if part is None:
        return []
    entries = [(part, context.valid[0])]
    if isinstance(part.value, list):
        items = part.items()
        entries = [
            (inner, date_at(item, "from", context.valid[0]))
            for item in items
            if (inner := item.need("value")) is not None
        ]
    dated = sorted(
        ((start, _options(entry, by, scope, context), entry) for entry, start in entries),
        key=lambda found: found[0],
    )
    for (earlier, _, _), (later, _, entry) in pairwise(dated):
        if earlier == later:
            entry.fault(f"two values are in force from {later}; keep one")
    return dated


def _options(section: Section, by: tuple[str, ...], scope: Scope, context: Context) -> dict[str, _Read]:
    """The value under '', or one value for each option of a reading."""
    if isinstance(section.value, dict) and section.has("reading"):
        reading = reading_of(section, context)
        found = (
            {option: _read(section.value[option], by, scope) for option in reading.options} if reading else {}
        )
    else:
        found = {"": _read(section, by, scope)}
    return {option: read for option, read in found.items() if read is not None}


def _read(section: Section, by: tuple[str, ...], scope: Scope) -> _Read | None:
    if by:
        rows = dict(_rows(section, by, scope, ()))
        types = {literal.type for literal in rows.values()}
        if len(types) != 1:
            section.fault(f"the rows of a table need one type, found {', '.join(sorted(types)) or 'none'}")
            return None
        table = Table(by, {keys: literal.value for keys, literal in rows.items()})
        return _Read(f"table:{types.pop()}:{':'.join(by)}", table)
    try:
        literal = read_literal(section.scalar())
    except ValueError as error:
        section.fault(str(error))
        return None
    return _Read(literal.type, literal.value)


def _rows(
    section: Section, by: tuple[str, ...], scope: Scope, before: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Literal]]:
    codes = scope.vocabulary.codes[by[0]]
    for code, entry in section.mapping().items():
        if code not in codes:
            entry.fault(f"'{code}' is no code of '{by[0]}'; expected one of: {', '.join(codes)}")
        elif len(by) > 1:
            yield from _rows(entry, by[1:], scope, (*before, code))
        else:
            try:
                yield (*before, code), read_literal(entry.scalar())
            except ValueError as error:
                entry.fault(str(error))
