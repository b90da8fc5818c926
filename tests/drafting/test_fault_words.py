"""Whatever the engine says of a pack is said in Chinese too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import kechuang
from kechuang.drafting.fault_words import _NAME, _table, said_in

PARTS = {
    "but": "the amount of 1 quotes it at 1",
    "name": "condition 1",
    "message": "makes a ceiling, but the amount of 1 is 1 at 1",
    "said": "names '1'",
    "says": "these words stand 1 times here",
    "wrong": "the condition compares with 1, expected 1",
}
POLICY = Path(kechuang.__file__).parent / "policy"
SPOKEN = ("fault", "_refuse", "_dispute", "add")
CHINESE = re.compile("[\u4e00-\u9fff]")
NOT_OF_A_PACK = (
    "no pack '",
    "could not be read",
    "is no Chinese numeral",
    "no benefit '",
    "at least",
    "unrecognised",
)


def spoken() -> set[str]:
    """Every sentence of the loader and its neighbours, with 1 for whatever is filled in."""
    found = set()
    for room in ("encoding", "language"):
        for path in (POLICY / room).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "attr", getattr(node.func, "id", "")) in SPOKEN
                ):
                    who = "'1' " if "_dispute" in ast.dump(node.func) else ""
                    found |= {who + said for argument in node.args if (said := sentence(argument))}
    return {said for said in found if " " in said and not any(words in said for words in NOT_OF_A_PACK)}


def sentence(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        said = "".join(
            part.value if isinstance(part, ast.Constant) else filled(part.value) for part in node.values
        )
        return said.replace("makes a ceiling, but the amount of 1 quotes it at 1", PARTS["message"])
    return ""


def filled(value: ast.expr) -> str:
    """What may stand in a sentence for an expression of the program."""
    if isinstance(value, ast.IfExp) and isinstance(value.body, ast.Constant):
        return value.body.value
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "_nearest":
        return "; did you mean 1?"
    return PARTS.get(value.id, "1") if isinstance(value, ast.Name) else "1"


@pytest.mark.parametrize("said", sorted(spoken()))
def test_a_sentence_of_the_engine_has_its_chinese(said):
    assert CHINESE.search(said_in(said, "zh")), said


def test_the_table_fills_every_name_that_it_uses():
    _, sentences = _table()
    for pattern, chinese in sentences:
        assert set(_NAME.findall(chinese)) - set(pattern.groupindex) <= {"zh", "en"}, chinese


def test_places_are_lines_and_an_expression_stands_behind():
    message = (
        "the text says 5%, but parameter 9.a.b is 6% "
        "at measures/09.yaml:17:29 (x.y); quoted at measures/09.yaml:17:40"
    )

    assert said_in(message, "zh") == "原文是 5%，标准 9.a.b 写的是 6%（measures/09.yaml 第 17 行）"
    assert said_in(message, "en").endswith("quoted at measures/09.yaml line 17")
    assert (
        said_in("unknown name 'a'; did you mean b? [in: a > 1]", "zh")
        == "没有“a”这个名称；是否想写 b？（表达式：a > 1）"
    )


def test_what_the_table_does_not_know_stays_and_what_is_endless_is_cut():
    assert said_in("something new", "zh") == "something new"
    assert len(said_in("'" * 100_000, "zh")) < 700
