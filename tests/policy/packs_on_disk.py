"""Packs on disk to try things on: the example city copied and changed in one place, and a small pack of all types."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from kechuang.policy.encoding.binding import _changer, bind
from kechuang.policy.encoding.loading import load_pack, pack_folder
from kechuang.policy.language.expression import Scope, read_expression
from kechuang.policy.language.problems import PackError, Place, Problems
from kechuang.policy.language.tree import CONSTANT, Named
from kechuang.policy.language.values import DATE

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from kechuang.policy.encoding.binding import Bound
    from kechuang.policy.encoding.pack import Pack
    from kechuang.policy.language.problems import Problem
    from kechuang.policy.language.tree import Node

EXAMPLE = "example-city"


def copied(into: Path) -> Path:
    """A copy of the example city that may be changed."""
    folder = into / EXAMPLE
    shutil.copytree(pack_folder(EXAMPLE), folder)
    return folder


def change(folder: Path, file: str, old: str, new: str) -> tuple[int, int]:
    """Replace one passage of one file; the 1-based line and column where it stood."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} holds {text.count(old)} times {old!r}"
    before = text[: text.index(old)]
    path.write_text(text.replace(old, new), encoding="utf-8")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def faults(folder: Path) -> tuple[Problem, ...]:
    """The faults of a pack; none when it loads."""
    try:
        load_pack(folder)
    except PackError as error:
        return error.problems
    return ()


TRIALS = """
  - record: trials
    one: trial
    title: {zh: 试验, en: trials}
    key: [number]
    codes:
      colour: {red: {zh: 红, en: red}, green: {zh: 绿, en: green}, blue: {zh: 蓝, en: blue}}
    fields:
      number: {type: number, title: {zh: 编号, en: number}}
      cost: {type: money, title: {zh: 费用, en: cost}}
      share: {type: rate, title: {zh: 比例, en: share}}
      heads: {type: number, title: {zh: 人数, en: heads}}
      held_on: {type: date, title: {zh: 日期, en: held on}}
      passed: {type: boolean, title: {zh: 通过, en: passed}}
      label: {type: text, title: {zh: 标签, en: label}}
      level: {type: level, title: {zh: 级别, en: level}}
      colour: {type: colour, title: {zh: 颜色, en: colour}}
"""
SERIES = "date,rate\n# a note\n2026-01-20,3.10\n2026-02-20,3.05\n2026-04-20,3\n"
PARAMETERS = """    parameters:
      zero: {value: 0, cites: {zh: 例, en: an example}, title: {zh: 零, en: zero}}
      twelve: {value: 12, cites: {zh: 例, en: an example}, title: {zh: 十二, en: twelve}}
      span: {value: 3, cites: {zh: 例, en: an example}, title: {zh: 年限, en: span}}
      rise: {value: 10%, cites: {zh: 例, en: an example}, title: {zh: 增幅, en: rise}}
      later: {values: [{from: 2027-01-01, value: 5元}], cites: {zh: 例, en: an example}, title: {zh: 以后, en: later}}
      dated:
        values: [{from: 2026-06-02, value: 9元}, {from: 2026-03-01, value: 7元}, {from: 2026-06-01, value: 8元}]
        cites: {zh: 例, en: an example}
        title: {zh: 分期, en: dated}
      by_reading:
        value: {reading: E-5, without-licences: 1元, with-licences: 2元}
        title: {zh: 分读法, en: by reading}
      by_level:
        by: [level]
        values: {national: 500元, provincial: 300.01元}
        cites: {zh: 例, en: an example}
        title: {zh: 分级, en: by level}
      rates:
        by: [level, colour]
        values: {national: {red: 10%, blue: 1:3}, municipal: {green: 0%}}
        cites: {zh: 例, en: an example}
        title: {zh: 分级分色, en: by level and colour}
      open_to:
        by: [level]
        values: {national: true, provincial: false}
        cites: {zh: 例, en: an example}
        title: {zh: 开放, en: open to}
      until:
        by: [level]
        values: {national: 2026-02-28, municipal: 2026-01-01}
        cites: {zh: 例, en: an example}
        title: {zh: 截止, en: until}
      huge:
        by: [level]
        values: {national: 1:3000000019, provincial: 1:3000000021, municipal: 1:3000000023}
        cites: {zh: 例, en: an example}
        title: {zh: 细分, en: fine shares}
      rows_later:
        by: [level]
        values: [{from: 2027-01-01, value: {national: 5元}}]
        cites: {zh: 例, en: an example}
        title: {zh: 以后分级, en: by level later}
"""


def language_pack(into: Path) -> Pack:
    """The example city with records of every type (`trials`), a series (`bank_rate`) and parameters of every kind."""
    folder = copied(into)
    (folder / "vocabulary.yaml").write_text(
        (folder / "vocabulary.yaml").read_text(encoding="utf-8") + TRIALS, encoding="utf-8"
    )
    (folder / "bank.csv").write_text(SERIES, encoding="utf-8")
    change(
        folder,
        "pack.yaml",
        "rounding:\n",
        "series:\n  bank_rate: {reference: bank, column: rate}\n\nrounding:\n",
    )
    path = folder / "measures/06.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    parameters:\n", PARAMETERS, 1), encoding="utf-8")
    return load_pack(folder)


def scope_of(pack: Pack, each: str | None = None) -> Scope:
    """What an expression of the language pack may name."""
    forest = pack.forest
    names = {key: definition.node for key, definition in pack.definitions.items()}
    for key, parameter in pack.benefit("6.desks").parameters.items():
        inner = forest.node("parameter", parameter.type, CONSTANT, (), parameter)
        named = Named("parameter", key, parameter.title)
        names[key] = forest.node("named", parameter.type, CONSTANT, (inner,), named)
    return Scope(pack.vocabulary, forest, names, frozenset(pack.series), each)


def read(text: str, scope: Scope) -> Node | Problem:
    """The tree of an expression, or its one fault; the text stands at file:1:1."""
    problems = Problems()
    node = read_expression(text, Place("file", 1, 1), scope, problems)
    assert (node is None) == (len(problems.found) == 1)
    return problems.found[0] if node is None else node


def bound_node(node: Node, bound: Bound) -> Node:
    """A tree under a bound pack, as `bind` makes it for benefits."""
    forest = bound.pack.forest
    day = forest.node("const", DATE, CONSTANT, (), bound.on)
    changer = _changer(bound.pack, bound.year, bound.readings, forest, {}, bound.on, day)
    return forest.rewrite(node, changer, {})


def bound_on(pack: Pack, on: date, **readings: str) -> Bound:
    """The pack on a day, assessed for the year before."""
    return bind(pack, on, readings={key.replace("_", "-"): option for key, option in readings.items()})
