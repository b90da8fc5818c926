"""What the user can mend, in both languages."""

from __future__ import annotations

from kechuang.policy.language.values import Words


class ClusterError(ValueError):
    """The cluster cannot do what was asked; `words` says why and what to do."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)
