"""Personal data as public pages show them: enough to recognise one's own, too little to learn another's."""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["name", "phone", "id", "email"]

_TWO: Final = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 夏侯 端木 南宫".split()  # noqa: SIM905 - one reads it so
)
_SHOWN: Final = {"phone": (3, 4), "id": (3, 2)}


def masked(text: str, kind: Kind) -> str:
    """李某某, 138****1234, 371***********12, l***@example.com; '' stays ''."""
    text = text.strip()
    if not text:
        return ""
    if kind == "name":
        return _name(text)
    if kind == "email":
        before, _at, after = text.partition("@")
        return f"{before[:1]}***@{after}" if after else "***"
    first, last = _SHOWN[kind]
    signs = re.sub(r"[\s-]", "", text)
    if len(signs) < first + last + 2:
        return "*" * len(signs)
    return signs[:first] + "*" * (len(signs) - first - last) + signs[-last:]


def _name(name: str) -> str:
    """The surname with 某 for every other sign; a name in Latin letters keeps the first of each word."""
    if re.fullmatch(r"[一-鿿·]+", name):
        surname = 2 if name[:2] in _TWO and len(name) > 2 else 1  # noqa: PLR2004 - a compound surname and a given name
        return name[:surname] + "某" * max(len(name) - surname, 1)
    return " ".join(word[0] + "*" * max(len(word) - 1, 1) for word in name.split())
