"""What changed between two states of a draft: the words of the law by clause, the lines of its files. Plain data.

Runs in the helper process: two texts can be made so that comparing them takes for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final

from kechuang.drafting.files import SHARED, SOURCE
from kechuang.policy.text.comparison import Row, compare_texts, compare_words

AROUND: Final = 3  # unchanged lines shown before and after a change
MANY_LINES: Final = 4_000  # beyond that, lines that occur often are no anchors
LONG_LINE: Final = 600  # characters; within a longer line changed words are not sought
Plain = dict[str, Any]
Words = list[list[str]]


def of_versions(before: Mapping[str, str], after: Mapping[str, str]) -> Plain:
    """`law`: the clauses whose words changed; `files`: every file that changed, with its lines."""
    names = {name for name in (*before, *after) if before.get(name) != after.get(name)}
    ordered = [name for name in SHARED if name in names] + sorted(names - set(SHARED))
    law = compare_texts(before.get(SOURCE, ""), after.get(SOURCE, "")).changed if SOURCE in names else ()
    return {
        "law": [_clause(row) for row in law],
        "files": [
            {
                "name": name,
                "state": "added" if name not in before else "removed" if name not in after else "changed",
                "rows": of_lines(before.get(name, ""), after.get(name, "")),
            }
            for name in ordered
        ],
    }


def _clause(row: Row) -> Plain:
    """One clause or other part of the text; what is kept over long stretches is cut where it is shown."""
    return {
        "before": row.before,
        "after": row.after,
        "title": row.title,
        "changes": [[change.kind, change.text] for change in row.changes],
        "figures": [[one.before, one.after] for one in row.figures],
    }


def of_lines(before: str, after: str) -> list[Plain]:
    """Rows of two columns. `kind`: kept, changed, deleted, inserted, or skipped (unchanged lines left out).

    `left` and `right` are lists of [kind, words], None where a side has no line; `old` and `new` the line numbers.
    """
    left, right = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, left, right, autojunk=max(len(left), len(right)) > MANY_LINES)
    rows: list[Plain] = []
    groups = list(matcher.get_grouped_opcodes(AROUND))
    for number, group in enumerate(groups):
        if number or group[0][1] > 0:
            rows.append({"kind": "skipped", "old": None, "new": None, "left": None, "right": None})
        for tag, i1, i2, j1, j2 in group:
            rows += _rows(tag, (left[i1:i2], i1), (right[j1:j2], j1))
    return rows


def _rows(tag: str, left: tuple[list[str], int], right: tuple[list[str], int]) -> Iterator[Plain]:
    """The rows of one stretch; each side is its lines and the number of lines before them."""
    for at, (one, other) in enumerate(zip_longest(left[0], right[0]), start=1):
        old, new = None if one is None else left[1] + at, None if other is None else right[1] + at
        sides: tuple[Words | None, Words | None]
        if one is None or other is None:
            kind = "inserted" if one is None else "deleted"
            sides = None if one is None else [[kind, one]], None if other is None else [[kind, other]]
        elif tag == "equal":
            kind, sides = "kept", ([["kept", one]], [["kept", other]])
        else:
            kind, sides = "changed", _words(one, other)
        yield {"kind": kind, "old": old, "new": new, "left": sides[0], "right": sides[1]}


def _words(one: str, other: str) -> tuple[Words, Words]:
    if max(len(one), len(other)) > LONG_LINE:
        return [["deleted", one]], [["inserted", other]]
    changes = compare_words(one, other)
    left = [[change.kind, change.text] for change in changes if change.kind != "inserted"]
    right = [[change.kind, change.text] for change in changes if change.kind != "deleted"]
    return left, right
