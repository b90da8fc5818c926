"""What a check-up finds: well, worth attention, or broken; and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from kechuang.policy.language.values import Words

State = Literal["ok", "notice", "fault"]
STATES: Final = {
    "ok": Words("正常", "ok"),
    "notice": Words("注意", "notice"),
    "fault": Words("故障", "fault"),
}


@dataclass(frozen=True)
class Finding:
    """One line of a check-up. `check`: what was looked at, in one word; `words`: what was found and what to do."""

    check: str
    state: State
    words: Words

    def line(self, language: str) -> str:
        """The line as a person reads it."""
        return f"{STATES[self.state].pick(language)}\t{self.words.pick(language)}"


def ok(check: str, zh: str, en: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", Words(zh, en))


def notice(check: str, zh: str, en: str) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(check, "notice", Words(zh, en))


def fault(check: str, zh: str, en: str) -> Finding:
    """It does not work."""
    return Finding(check, "fault", Words(zh, en))
