"""What kinds of events are called, from kinds.yaml; rooms above add those that stand in a table of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from kechuang.policy.language.values import Words

further: Final[list[Callable[[str], Words | None]]] = []
"""Hooks of rooms above: the title of a kind that their own tables name."""


@cache
def titles() -> dict[str, Words]:
    """The titles of kinds.yaml by kind."""
    read = yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text(encoding="utf-8"))
    return {kind: Words(**title) for kind, title in read.items()}


def title_of(kind: str) -> Words:
    """What an event of this kind is called; the kind itself when an older version recorded it and no table has it."""
    found = (ask(kind) for ask in further)
    return titles().get(kind) or next((title for title in found if title), Words(kind, kind))
