"""Errors of the command line, in both languages."""

from __future__ import annotations

from kechuang.policy.language.values import Words


class UsageError(ValueError):
    """Something in the arguments that the user can mend, in both languages."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)
