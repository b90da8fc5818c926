"""Industries: sections and divisions of GB/T 4754-2017, and the lists that are bound to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from kechuang.reference.tables import table

VERSION = "GB/T 4754-2017"
_CODE = re.compile(r"([A-T])?(\d{2,4})?")
_DIVISION_DIGITS = 2


@dataclass(frozen=True)
class Industry:
    """A section (one letter) or division (two digits)."""

    code: str
    section: str
    zh: str
    en: str


@cache
def sections() -> dict[str, Industry]:
    """Return the 20 sections by letter."""
    return {
        code: Industry(code, code, row["zh"], row["en"])
        for code, row in table("industries")["sections"].items()
    }


@cache
def divisions() -> dict[str, Industry]:
    """Return the 97 divisions by their two digits."""
    return {
        code: Industry(code, row["section"], row["zh"], row["en"])
        for code, row in table("industries")["divisions"].items()
    }


def industry(code: str) -> Industry:
    """Return the division (or section, for a bare letter) that a code belongs to: C, 34, C34, 341, 3412, C3412.

    Groups and classes are not listed; their first two digits are. Raises LookupError that says what is wrong.
    """
    match = _CODE.fullmatch(code)
    if not code or match is None:
        raise LookupError(
            f"industry code {code!r}: expected a section letter A to T, two to four digits, or both, as in C3412"
        )
    letter, digits = match.groups()
    if digits is None:
        return sections()[letter]
    found = divisions().get(digits[:_DIVISION_DIGITS])
    if found is None:
        raise LookupError(f"industry code {code!r}: {VERSION} has no division {digits[:_DIVISION_DIGITS]}")
    if letter and letter != found.section:
        raise LookupError(
            f"industry code {code!r}: division {found.code} {found.zh} is in section {found.section}, not {letter}"
        )
    return found


def scoped(code: str, scope: dict[str, Any]) -> Any | None:
    """Return what a scope (keys: section letters or code prefixes) holds for a code; the longest prefix wins."""
    found = industry(code)
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRST")
    for length in range(len(digits), 1, -1):
        if digits[:length] in scope:
            return scope[digits[:length]]
    return scope.get(found.section)
