"""What goes wrong while a site is run, as a sentence in both languages."""

from __future__ import annotations

from kechuang.policy.language.values import Words


class OperationError(OSError):
    """Something that an operator can mend: `words` say what is wrong and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en)
