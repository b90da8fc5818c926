"""What a rule fills in where a list leaves a cell empty; the difference says which cells were filled so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from kechuang.policy.language.values import Value

HIGH_TECH_YEARS: Final = 3
"""A certificate of a high-tech enterprise holds for three years (国科发火〔2016〕32号, article 9)."""


def filled_in(record: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Fields that follow from the others and were left empty.

    The last day of a high-tech certificate is three years after it was granted, less a day; a technology-SME number
    holds to the end of the year in which it was given.
    """
    granted: Any = values.get("granted_on")
    if record != "statuses" or granted is None or values.get("expires_on") is not None:
        return {}
    if values.get("kind") == "high_tech_enterprise":
        return {"expires_on": _years_later(granted, HIGH_TECH_YEARS) - timedelta(days=1)}
    if values.get("kind") == "tech_sme":
        return {"expires_on": date(granted.year, 12, 31)}
    return {}


def _years_later(day: date, years: int) -> date:
    """The same day some years later; of 29 February, 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
