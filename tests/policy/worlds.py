"""Random worlds: cases drawn from the vocabulary, many values just below, at and just above a pack's thresholds."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from kechuang.policy.pack import Table
from kechuang.policy.values import code_list, is_code

if TYPE_CHECKING:
    from kechuang.policy.pack import Pack
    from kechuang.policy.vocabulary import Field, RecordKind

MILLIONTH = Fraction(1, 10**6)


@cache
def thresholds(pack: Pack, type_: str) -> tuple[Any, ...]:
    """Every constant of this type in the pack, with its two nearest neighbours."""
    step = {"money": 1, "number": 1, "rate": MILLIONTH, "date": timedelta(days=1)}[type_]
    found = {pack.valid[0], pack.valid[1]} if type_ == "date" else set()
    for benefit in pack.benefits:
        for parameter in benefit.parameters.values():
            if parameter.type.removeprefix("table:").split(":")[0] == type_:
                for dated in parameter.values:
                    for value in dated.options.values():
                        found |= set(value.rows.values()) if isinstance(value, Table) else {value}
        roots = [condition.node for condition in benefit.conditions]
        found |= {
            node.value for root in roots for node in root.walk() if node.op == "const" and node.type == type_
        }
    return tuple(sorted({near for value in found for near in (value - step, value, value + step)}))


def values(pack: Pack, field: Field, on: date) -> st.SearchStrategy[Any]:
    """Values of one field; unknown now and then."""
    if is_code(field.type):
        known = st.sampled_from(list(pack.vocabulary.codes[code_list(field.type)]))
    elif field.type == "boolean":
        known = st.booleans()
    elif field.type == "text":
        known = st.sampled_from(["甲", "乙"])
    elif field.name.endswith("year") and field.type == "number":
        known = st.integers(on.year - 4, on.year)
    elif field.type == "date":
        near = st.integers(-1500, 400).map(lambda days: on + timedelta(days=days))
        known = st.one_of(near, st.sampled_from(thresholds(pack, "date")))
    else:
        wide = {
            "money": st.integers(0, 10**12),
            "number": st.integers(0, 2000),
            "rate": st.integers(0, 10**6).map(lambda n: n * MILLIONTH),
        }
        known = st.one_of(st.sampled_from(thresholds(pack, field.type) or (0,)), wide[field.type])
    return st.one_of(known, known, known, known, known, known, known, st.none())


def record(pack: Pack, kind: RecordKind, on: date) -> st.SearchStrategy[dict[str, Any]]:
    """One record, without its unknown fields."""
    fields = {name: values(pack, field, on) for name, field in kind.fields.items()}
    return st.fixed_dictionaries(fields).map(
        lambda row: {name: value for name, value in row.items() if value is not None}
    )


@st.composite
def cases(draw: st.DrawFn, pack: Pack, on: date) -> dict[str, Any]:
    """One case: subject fields, and lists of related records that may be unknown, empty or hold a few."""
    case = draw(record(pack, pack.vocabulary.subject, on))
    for kind in pack.vocabulary.related:
        size = draw(st.sampled_from([None, 0, 1, 1, 2, 3]))
        if size is None:
            continue
        rows = [draw(record(pack, kind, on)) for _ in range(size)]
        case[kind.name] = unique(rows, kind)
    return case


def unique(rows: list[dict[str, Any]], kind: RecordKind) -> list[dict[str, Any]]:
    """The rows without those whose key stands already; the first stays."""
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for row in rows:
        key = tuple(row.get(name) for name in kind.key)
        if kind.key and None not in key and key in seen:
            continue
        seen.add(key)
        kept.append(row)
    return kept
