"""What a draft is made of: candidates with their words and reasons, what nothing encodes, and what a person must do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from kechuang.policy.language.values import Words
from kechuang.policy.text.document import Document

Kind = Literal[
    "parameter", "boundary", "amount", "instrument", "lifecycle", "subject", "per", "stacking", "evidence",
    "condition", "new_fact", "department", "name",
]  # fmt: skip
Sure = Literal["clear", "likely", "check"]
SURE: Final[Mapping[str, Words]] = {
    "clear": Words("明确", "clear"),
    "likely": Words("较可能", "likely"),
    "check": Words("待核", "to be checked"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that the program believes the text to say.

    `quote` stands at (start, end) of the clause's text, in the sentence `anchor` (9.2), on raw line `line`. `says` is
    the value, operator or code; `role` what it does (rate, cap, threshold, sum, count, duration, date …). `sure` is
    clear, likely or check, and `why` the reason; no probability is claimed. `benefit` is the id of the drafted one.
    """

    kind: Kind
    clause: str
    anchor: str
    start: int
    end: int
    line: int
    quote: str
    says: str
    role: str
    sure: Sure
    why: Words
    benefit: str | None = None
    type: str = ""
    title: Words | None = None

    def to_dict(self) -> dict[str, Any]:
        """The candidate as plain data, both languages."""
        return {
            "kind": self.kind,
            "clause": self.clause,
            "anchor": self.anchor,
            "start": self.start,
            "end": self.end,
            "line": self.line,
            "quote": self.quote,
            "says": self.says,
            "role": self.role,
            "type": self.type,
            "title": None if self.title is None else {"zh": self.title.zh, "en": self.title.en},
            "benefit": self.benefit,
            "sure": self.sure,
            "why": {"zh": self.why.zh, "en": self.why.en},
        }


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A figure or boundary word that the draft does not encode; it stands under `gaps` with the same reason."""

    kind: Literal["figure", "boundary word"]
    clause: str
    anchor: str
    start: int
    end: int
    line: int
    text: str
    why: Words

    def to_dict(self) -> dict[str, Any]:
        """The token as plain data."""
        return {
            "kind": self.kind,
            "clause": self.clause,
            "anchor": self.anchor,
            "start": self.start,
            "end": self.end,
            "line": self.line,
            "text": self.text,
            "why": {"zh": self.why.zh, "en": self.why.en},
        }


@dataclass(frozen=True, slots=True)
class DraftProblem:
    """Something the text does not give as expected: on which raw line, what was found and expected, what to do."""

    line: int
    found: Words
    expected: Words
    todo: Words

    def sentence(self, language: str = "zh") -> str:
        """The problem in one sentence."""
        found, expected, todo = (one.pick(language) for one in (self.found, self.expected, self.todo))
        if language == "en":
            return f"line {self.line}: found {found}; expected {expected}: {todo}"
        return f"第 {self.line} 行：{found}；应为{expected}。{todo}"

    def to_dict(self) -> dict[str, Any]:
        """The problem as plain data."""
        return {
            "line": self.line,
            **{
                name: {"zh": words.zh, "en": words.en}
                for name, words in (("found", self.found), ("expected", self.expected), ("todo", self.todo))
            },
        }


class DraftError(ValueError):
    """A text that is not drafted; `words` says why and what to do, in both languages."""

    def __init__(self, letters: int, most: int) -> None:
        self.words = Words(
            f"全文 {letters:,} 字，起草最多读 {most:,} 字；请只给政策正文",
            f"the text has {letters:,} letters, drafts are made of at most {most:,}: give the policy alone",
        )
        super().__init__(self.words.en)


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted pack: its files by relative path, the document, and all that the program found or could not settle."""

    pack_id: str
    document: Document
    files: Mapping[str, str] = field(repr=False)
    candidates: tuple[Candidate, ...] = field(repr=False)
    unclaimed: tuple[Unclaimed, ...] = field(repr=False)
    problems: tuple[DraftProblem, ...] = field(repr=False)

    def of(self, kind: Kind) -> tuple[Candidate, ...]:
        """The candidates of one kind, in the order of the text."""
        return tuple(one for one in self.candidates if one.kind == kind)
