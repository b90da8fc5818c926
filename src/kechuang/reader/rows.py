"""What the rows of long lists are made of where a tag writes them in one go (docs/decisions/0037)."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils.html import escape


def labelled(text: str) -> str:
    """What a cell is called where the table stands as cards."""
    return f'data-label="{escape(text)}"'


def chinese(text: str) -> str:
    """Names and reasons as they are kept: in Chinese on every page."""
    return f'<span lang="zh-CN">{escape(text)}</span>'


def addresses(route: str) -> Callable[[object], str]:
    """The address of each thing of a kind by its number: Django is asked once, for it takes longer than a row."""
    before, after = reverse(route, args=["0"]).rsplit("/0/", 1)
    return lambda number: f"{before}/{number}/{after}"
