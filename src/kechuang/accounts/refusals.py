"""How an action says no: one sentence in both languages that a page, the API and a command show alike."""

from __future__ import annotations

from kechuang.policy.language.values import Words


class Refused(ValueError):  # noqa: N818 - reads as what it is: except Refused
    """An act that must not be done now; `words` say what was found and what to do, `field` where to say it."""

    def __init__(self, zh: str, en: str, field: str = "") -> None:
        super().__init__(en)
        self.words = Words(zh, en)
        self.field = field
