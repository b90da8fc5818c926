"""The edge between the world and the library: today's date, the pack named, the readings chosen."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from time import monotonic
from typing import Any

from kechuang.cli.words import UsageError
from kechuang.policy.language.values import Words

_PATIENCE = 0.5  # seconds
TYPED_DATE = Words("日期应写作 2024-06-20，现为“{}”", "a date is written 2024-06-20, found '{}'")


def day_of(args: argparse.Namespace) -> date:
    """The day given, else today: the only place where the clock is read."""
    if args.on is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(args.on)
    except ValueError:
        raise UsageError(Words(TYPED_DATE.zh.format(args.on), TYPED_DATE.en.format(args.on))) from None


def readings_of(args: argparse.Namespace) -> dict[str, str]:
    """The readings switched with --reading I-17=three-intervals."""
    found: dict[str, str] = {}
    for written in args.reading:
        name, separator, option = written.partition("=")
        if not separator:
            raise UsageError(
                Words(
                    f"口径应写作 I-17=three-intervals，现为“{written}”",
                    f"a reading is written I-17=three-intervals, found '{written}'",
                )
            )
        found[name.strip()] = option.strip()
    return found


def bound_of(args: argparse.Namespace) -> Any:
    """The pack on the day, for the year, with the readings of the arguments."""
    from kechuang.cli.packs import quick_pack
    from kechuang.policy.encoding.binding import bind

    pack, readings = quick_pack(args.pack), readings_of(args)
    check_readings(pack, readings)
    return bind(pack, day_of(args), args.year, readings)


def check_readings(pack: Any, readings: dict[str, str]) -> None:
    """Raise UsageError for a reading or option that the pack does not have."""
    for name, option in readings.items():
        known = pack.readings[name].options if name in pack.readings else pack.readings
        if (option if name in pack.readings else name) not in known:
            listed = ", ".join(known)
            raise UsageError(
                Words(
                    f"没有口径“{name}={option}”；可选：{listed}",
                    f"no reading '{name}={option}'; there are: {listed}",
                )
            )


def progress_bar(label: str, unit: str) -> Any:
    """A progress callback (done, total) that draws on stderr when a person watches; call `.close()` at the end."""
    return _Bar(label, unit)


class _Bar:
    """Draws only what takes longer than half a second, and only for a person: until then nothing is even imported."""

    def __init__(self, label: str, unit: str) -> None:
        self._label, self._unit = label, unit
        self._since = monotonic()
        self._watched = sys.stderr.isatty()
        self._bar: Any = None

    def __call__(self, done: int, total: int | None) -> None:
        if not self._watched or (self._bar is None and monotonic() - self._since < _PATIENCE):
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(desc=self._label, unit=self._unit, total=total, file=sys.stderr, leave=False)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
