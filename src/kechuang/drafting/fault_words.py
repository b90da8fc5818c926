"""What the engine says of a pack, in the language of the page: it speaks English, faults.yaml has the Chinese."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import yaml

LONGEST: Final = 600  # characters of a message; a quote may be as long as its author likes
TABLE: Final = Path(__file__).with_name("faults.yaml")
_NAME: Final = re.compile(r"\{([a-z]+)\}")
_IN: Final = re.compile(r"^(?P<said>.*) \[in: (?P<expression>.*)\]$", re.DOTALL)
_PLACE: Final = re.compile(r"(?P<file>[a-z0-9./-]+\.yaml):(?P<line>\d+):\d+(?: \([^()]*\))?")


def said_in(message: str, language: str) -> str:
    """A message of the engine in 'zh' or 'en'; one that the table does not know stays as it is."""
    message = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    if language == "en":
        return _PLACE.sub(r"\g<file> line \g<line>", message)
    about = _IN.match(message)
    if about:
        return f"{_in_chinese(about['said'])}（表达式：{about['expression']}）"
    return _in_chinese(message)


def _in_chinese(message: str) -> str:
    message = _PLACE.sub(r"\g<file> 第 \g<line> 行", message)
    words, sentences = _table()
    for pattern, chinese in sentences:
        found = pattern.fullmatch(message)
        if found:
            return _filled(
                chinese, {name: words.get(value, value) for name, value in found.groupdict().items()}
            )
    return message


def _filled(chinese: str, values: dict[str, str]) -> str:
    """The sentence with its {names} filled in; other braces stay."""
    return _NAME.sub(lambda name: values.get(name[1], name[0]), chinese)


@cache
def _table() -> tuple[dict[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return table["words"], tuple((_pattern(english), chinese) for english, chinese in table["sentences"])


def _pattern(english: str) -> re.Pattern[str]:
    """The sentence with its {names} as groups; a name given twice stands for the same text."""
    seen: set[str] = set()

    def part(piece: str) -> str:
        name = _NAME.fullmatch(piece)
        if name is None:
            return re.escape(piece)
        if name[1] in seen:
            return f"(?P={name[1]})"
        seen.add(name[1])
        return f"(?P<{name[1]}>.*?)"

    return re.compile("".join(part(piece) for piece in re.split(r"(\{[a-z]+\})", english)), re.DOTALL)
