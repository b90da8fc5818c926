"""A question as it stands in the address bar, read and checked: over whom, what is changed, what is asked besides.

The address holds only what differs from the law, in the words of the command line:
?n=10000&set=9.rd_growth.subsidy_rate=6%&reading=I-9=both&solve=…&appropriation=6000万元&sensitivity=1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.http import QueryDict
from django.utils.http import urlencode

from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.changes import Changeable, ChangeError, changeable, named, parse_change, read_value
from kechuang.policy.encoding.loading import shipped_packs
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import (
    BOOLEAN,
    FEN_PER,
    MONEY,
    RATE,
    Value,
    Words,
    decimal_text,
    read_literal,
)
from kechuang.policy.reforms.reform import Reform
from kechuang.policy.reforms.strands import NO_MONEY, strand_of
from kechuang.reader.packs import pack_in_force, pack_named

SIZES: Final = (10_000, 100_000, 1_000_000)
FIELD: Final = "p."  # before the name of a parameter in the form
READING: Final = "r."  # before the name of a reading in the form
MOST_CHANGES: Final = 120


@dataclass(frozen=True)
class Fault:
    """Something that was typed and cannot be read: in which field, and what is expected."""

    field: str
    words: Words


@dataclass(frozen=True)
class Question:
    """What is asked; `faults` name what could not be read (and was left out)."""

    size: int
    run: str
    pack: str
    parameters: Mapping[str, Value]
    readings: Mapping[str, str]
    solve: str
    appropriation: int | None
    sensitivity: bool
    typed: Mapping[str, str] = field(default_factory=dict)  # as typed, by field
    faults: tuple[Fault, ...] = ()

    @property
    def reform(self) -> Reform:
        """What is changed."""
        return Reform(self.parameters, self.readings, pack_named(self.pack) if self.pack else None)

    @property
    def query(self) -> str:
        """The question for the address bar; equal questions have equal queries."""
        own = changeable(self.reform.pack or pack_in_force())
        pairs: list[tuple[str, str]] = [("run", self.run)] if self.run else [("n", str(self.size))]
        pairs += [("pack", self.pack)] if self.pack else []
        pairs += [("set", f"{key}={literal(value, own[key].type)}") for key, value in sorted(self.parameters.items())]
        pairs += [("reading", f"{key}={option}") for key, option in sorted(self.readings.items())]
        if self.solve and self.appropriation is not None:
            pairs += [("solve", self.solve), ("appropriation", literal(self.appropriation, MONEY))]
        pairs += [("sensitivity", "1")] if self.sensitivity else []
        return urlencode(pairs)


def literal(value: Value, type_: str) -> str:
    """A value as a literal of the language, exactly: 100万元, 6%, 1:3, 2024-06-20."""
    if type_ == BOOLEAN:
        return "true" if value else "false"
    if type_ == MONEY and isinstance(value, int):
        unit = "万元" if value and value % 10_000 == 0 and value >= FEN_PER["万元"] else "元"
        return decimal_text(_over(value, FEN_PER[unit])).replace(",", "") + unit
    if type_ == RATE:
        text = decimal_text(_over(value, 1) * 100, 12).replace(",", "")
        exact = _over(value, 1)
        return f"{exact.numerator}:{exact.denominator}" if text.startswith("≈") else f"{text}%"
    return str(value)


def _over(value: Any, unit: int) -> Any:
    from fractions import Fraction

    return Fraction(value) / unit


def shown(value: Value, type_: str, language: str) -> tuple[str, str]:
    """A value as it stands in its field, and the unit beside it; sums in 万元 where they are that large (or yuan)."""
    text = literal(value, type_)
    if type_ == MONEY and language == "en":
        return decimal_text(_over(value, 100)).replace(",", ""), "yuan"
    for unit in ("万元", "元", "%"):
        if text.endswith(unit):
            return text.removesuffix(unit), unit
    return text, ""


def own_value(one: Changeable, law: Bound) -> Value:
    """What the law says, on the law's day."""
    return one.at(law.on, law.readings)


def read_question(given: QueryDict, law: Bound, language: str) -> Question:
    """The question of an address or a form. Whatever cannot be read is named in `faults` and left out."""
    faults: list[Fault] = []
    pack = _pack(given, law.pack, faults)
    parameters = _set(given, pack, faults)
    typed: dict[str, str] = {}
    for key, one in changeable(pack).items():
        text = given.get(FIELD + key)
        if text is not None:
            _typed(one, text.strip(), law, language, (parameters, typed, faults))
    solve, appropriation = _appropriation(given, pack, typed, faults)
    size = given.get("n", "")
    return Question(
        size=int(size) if size.isdecimal() and int(size) in SIZES else SIZES[0],
        run=given.get("run", "")[:32],
        pack="" if pack is law.pack else pack.id,
        parameters={
            key: value for key, value in parameters.items() if value != own_value(changeable(pack)[key], law)
        },
        readings=_readings(given, pack, faults),
        solve=solve,
        appropriation=appropriation,
        sensitivity=given.get("sensitivity") == "1",
        typed=typed,
        faults=tuple(faults),
    )


def _pack(given: QueryDict, law: Pack, faults: list[Fault]) -> Pack:
    asked = given.get("pack", "")
    if not asked or asked == law.id:
        return law
    if asked in shipped_packs():
        return pack_named(asked)
    faults.append(Fault("pack", Words(f"没有政策包“{asked}”。", f"There is no pack '{asked}'.")))
    return law


def _set(given: QueryDict, pack: Pack, faults: list[Fault]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for text in given.getlist("set")[:MOST_CHANGES]:
        try:
            key, value = parse_change(pack, text)
            found[key] = value
        except ChangeError as error:
            faults.append(Fault("set", error.words))
    return found


def _typed(
    one: Changeable,
    text: str,
    law: Bound,
    language: str,
    into: tuple[dict[str, Value], dict[str, str], list[Fault]],
) -> None:
    """One field of the form: a number in the unit beside it, or a whole literal; empty: as the law says."""
    parameters, typed, faults = into
    parameters.pop(one.key, None)
    own = own_value(one, law)
    if not text or own is None:
        return
    unit = shown(own, one.type, language)[1].replace("yuan", "元")
    plain = text.replace(",", "").replace("，", "").replace("％", "%")
    whole = plain if _is_literal(plain, one.type) else plain + unit
    try:
        parameters[one.key] = read_value(one, whole)
    except ChangeError as error:
        typed[FIELD + one.key] = text
        faults.append(Fault(FIELD + one.key, error.words))


def _is_literal(text: str, type_: str) -> bool:
    try:
        return read_literal(text).type == type_
    except ValueError:
        return False


def _readings(given: QueryDict, pack: Pack, faults: list[Fault]) -> dict[str, str]:
    asked = dict(text.partition("=")[::2] for text in given.getlist("reading"))
    asked |= {name.removeprefix(READING): given[name] for name in given if name.startswith(READING)}
    found: dict[str, str] = {}
    for key, option in asked.items():
        if key not in pack.readings or option not in pack.readings[key].options:
            faults.append(Fault("reading", Words(f"没有口径“{key}={option}”。", f"There is no reading '{key}={option}'.")))
        elif option != pack.readings[key].chosen:
            found[key] = option
    return found


def _appropriation(
    given: QueryDict, pack: Pack, typed: dict[str, str], faults: list[Fault]
) -> tuple[str, int | None]:
    """The parameter to solve for and the appropriation in fen; a bare number is in 万元."""
    solve, text = given.get("solve", "").strip(), given.get("appropriation", "").strip().replace(",", "")
    if not solve:
        return "", None
    try:
        solve = named(pack, solve).key
    except ChangeError as error:
        faults.append(Fault("solve", error.words))
        return "", None
    if not text:
        return solve, None
    for written in (text, text + "万元"):
        if _is_literal(written, MONEY):
            value = read_literal(written).value
            return solve, value if isinstance(value, int) else None
    typed["appropriation"] = text
    expected = Words(f"拨款应为金额，如 6000万元，现为“{text}”。", f"An appropriation is a sum such as 6000万元, found '{text}'.")
    faults.append(Fault("appropriation", expected))
    return solve, None


def solvable(pack: Pack, on: date, readings: Mapping[str, str]) -> list[Changeable]:
    """The parameters that can be solved for: of benefits in force that give money, with a value that can be moved."""
    return [
        one
        for one in changeable(pack).values()
        if strand_of(one.benefit) != NO_MONEY
        and one.benefit.valid[0] <= on <= one.benefit.valid[1]
        and one.type != BOOLEAN
        and one.at(on, readings) is not None
    ]
