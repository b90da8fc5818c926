"""Areas: Weihai with its districts, zones and local codes, and the prefectures of Shandong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from kechuang.reference.tables import table

_CITY_PREFIX = "3710"


@dataclass(frozen=True)
class Division:
    """One area. `standard` is gbt2260, statistics (statistical code only) or local (code of this project's own).

    `valid_from` and `valid_to` are inclusive; None is open.
    """

    code: str
    zh: str
    en: str
    kind: str
    standard: str
    short: str
    valid_from: date | None
    valid_to: date | None
    note: str

    def valid_on(self, day: date) -> bool:
        """Say whether the code was in use on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@cache
def divisions() -> dict[str, Division]:
    """Return every area by code, withdrawn ones included."""
    return {
        code: Division(
            code=code,
            zh=row["zh"],
            en=row["en"],
            kind=row["kind"],
            standard=row["standard"],
            short=row.get("short", row["zh"]),
            valid_from=row.get("from"),
            valid_to=row.get("to"),
            note=row.get("note", ""),
        )
        for code, row in table("divisions")["divisions"].items()
    }


def division(code: str) -> Division:
    """Return the area with that code. Raises LookupError that names the code."""
    try:
        return divisions()[code]
    except KeyError:
        raise LookupError(f"no area with code {code!r} in reference/divisions.yaml") from None


def weihai_districts(on: date) -> tuple[Division, ...]:
    """Return the districts, county-level cities and zones of Weihai in use on that day, by code."""
    return tuple(
        d
        for code, d in sorted(divisions().items())
        if code.startswith(_CITY_PREFIX) and d.kind != "prefecture" and d.valid_on(on)
    )
