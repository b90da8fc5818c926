"""How well an expert fits what is reviewed: the fields of expertise that both name, as a whole number.

Nothing is guessed: a field counts only where both name it, accounting and the like as any other. One shared field
makes somebody a judge of the matter; each further one tells apart those who are.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

FIRST: Final = 100
FURTHER: Final = 25


def fit(wanted: Collection[str], known: Collection[str]) -> int:
    """`FIRST` for the first field (codes of fields.yaml) that both name, `FURTHER` for each more; 0 for none."""
    shared = len(set(wanted) & set(known))
    return FIRST + FURTHER * (shared - 1) if shared else 0
