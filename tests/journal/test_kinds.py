"""Every kind of event that the house records has a title in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kechuang.finance.pool_models import PoolEntry
from kechuang.fulfilment.table import transitions
from kechuang.journal.kinds import title_of, titles
from kechuang.treasury.models import Payment

SOURCES = Path(__file__).parents[2] / "src" / "kechuang"
KIND = re.compile(r"[a-z_]+\.[a-z_]+")
RECORD = re.compile(r"_?(record|note|say)\w*")
"""Functions that write an event, by name: each room has its own for what it always says."""
MADE_UP = {
    "case.{rule.command}": [f"case.{command}" for command in transitions()],
    "pool.{entry.act}": [f"pool.{act.value}" for act in PoolEntry.Act],
    "payment.{payment.state}": [
        f"payment.{state.value}" for state in (Payment.State.PAID, Payment.State.RETURNED)
    ],
    "expert.{what}": [],  # its words stand in the calls, see below
}
"""Kinds put together from a part that varies, and what comes of them."""


def _texts(node: ast.AST) -> Iterator[str]:
    """The texts within an expression; of one that is put together, its pattern."""
    if isinstance(node, ast.JoinedStr):
        yield ast.unparse(node)[2:-1]
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for inner in ast.iter_child_nodes(node):
        yield from _texts(inner)


def recorded() -> set[str]:
    """The kinds that stand in calls of the functions that record, and in what is assigned to a `kind` or `KIND`."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        of_experts = path.match("experts/actions.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said: list[ast.AST] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                said = [*node.args, *(one.value for one in node.keywords)] if RECORD.fullmatch(name) else []
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "kind":
                said = [node.value]
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "KIND" and node.value:
                said = [node.value]
            texts = [text for one in said for text in _texts(one)]
            found |= {text for text in texts if KIND.fullmatch(text) or text in MADE_UP}
            if of_experts and said and "'expert." not in ast.unparse(node):
                found |= {f"expert.{text}" for text in texts[:1] if re.fullmatch("[a-z]+", text)}
    return found - {"facts.xlsx"}


def test_every_kind_that_is_recorded_has_a_title_in_both_languages():
    kinds = recorded()
    kinds = (kinds - MADE_UP.keys()) | {kind for made in kinds & MADE_UP.keys() for kind in MADE_UP[made]}

    assert len(kinds) > 150
    assert {kind for kind in kinds if title_of(kind).zh == kind} == set()
    assert all(re.search("[\u4e00-\u9fff]", title_of(kind).zh) for kind in kinds)


def test_the_table_names_no_kind_that_nobody_records():
    words = {
        text
        for path in SOURCES.rglob("*.py")
        for text in re.findall(r'"([a-z_]+\.[a-z_]+)"', path.read_text())
    }
    made = {kind for kinds in MADE_UP.values() for kind in kinds} | {
        f"expert.{word}" for word in _words_of_experts()
    }

    assert titles().keys() - words - made == set()


def _words_of_experts() -> set[str]:
    source = (SOURCES / "experts" / "actions.py").read_text(encoding="utf-8")
    return set(re.findall(r'_record\(\s*"([a-z]+)"', source))
