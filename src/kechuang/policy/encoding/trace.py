"""Traceability: every figure, boundary word and department of the text against the one place that encodes it.

    figures         one parameter (same value), or `programmatic`
    boundary words  one condition (agreeing operator), amount or cap (a ceiling), or `programmatic`
    departments     one entry of `departments` with exactly the same words

What nothing claims is a gap. What is claimed twice, or differs, is an error that names text line and pack place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from kechuang.policy.encoding.claims import Claim, ClauseClaims, Fault, claims_of_clause, claims_of_closing
from kechuang.policy.encoding.pack import Pack

State = Literal["claimed", "programmatic", "gap", "error"]
STATES: Final[tuple[State, ...]] = ("claimed", "programmatic", "gap", "error")
KINDS: Final = ("figure", "boundary word", "department")


@dataclass(frozen=True, slots=True)
class Token:
    """One figure, boundary word or department: offsets in its clause's text, raw line, and what claims it.

    `state` is 'error' when it is claimed twice or its claim does not agree with the text.
    """

    kind: str
    clause: str
    text: str
    start: int
    end: int
    line: int
    state: State
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class TraceReport:
    """All tokens of a document in order, and every fault. `ok` means: no fault, and each gap has its reason."""

    pack: str
    hash: str
    titles: dict[str, str]
    tokens: tuple[Token, ...]
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether the encoding accounts for the whole text."""
        return not self.faults

    @property
    def gaps(self) -> tuple[Token, ...]:
        """Tokens that nothing encodes, with or without a stated reason."""
        return tuple(token for token in self.tokens if token.state == "gap")

    def counts(self, kind: str) -> dict[str, int]:
        """found, claimed, programmatic, gaps and errors of one kind of token; the last four add up to `found`."""
        states = Counter(token.state for token in self.tokens if token.kind == kind)
        return {
            "found": states.total(),
            "claimed": states["claimed"],
            "programmatic": states["programmatic"],
            "gaps": states["gap"],
            "errors": states["error"],
        }

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data. `figures`, `claimed`, `programmatic` count figures; `gaps` counts every kind."""
        of_figures = self.counts("figure")
        return {
            "pack": self.pack,
            "hash": self.hash,
            "ok": self.ok,
            "figures": of_figures["found"],
            "claimed": of_figures["claimed"],
            "programmatic": of_figures["programmatic"],
            "gaps": len(self.gaps),
            "kinds": {kind: self.counts(kind) for kind in KINDS},
            "errors": [str(fault) for fault in self.faults],
            "clauses": {key: [_token_dict(token) for token in self._of(key)] for key in self.titles},
        }

    def to_json(self) -> str:
        """The report as JSON, Chinese as it is."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def to_text(self) -> str:
        """The report as a table by measure, faults first."""
        return "\n".join(self._lines())

    def _of(self, key: str) -> Iterator[Token]:
        return (token for token in self.tokens if token.clause == key)

    def _lines(self) -> Iterator[str]:
        for kind in KINDS:
            counts = self.counts(kind)
            yield f"{kind + 's':<15}" + "  ".join(f"{name} {number}" for name, number in counts.items())
        for fault in self.faults:
            yield f"✗ {fault}"
        for key, title in self.titles.items():
            tokens = list(self._of(key))
            yield f"\n{key} {title}" + ("" if tokens else "  (no figures, boundary words or departments)")
            for token in tokens:
                claims = "; ".join(str(claim) for claim in token.claims) or "nothing encodes it"
                yield f"  {token.state:<13} {token.text}  line {token.line}  {claims}"


def trace(pack: Pack) -> TraceReport:
    """Hold a pack against its document; nothing is raised, the report says what is wrong and where."""
    tokens: list[Token] = []
    faults: list[Fault] = []
    titles: dict[str, str] = {}
    for key, clause in pack.document.clauses.items():
        found = claims_of_clause(pack, clause)
        titles[key] = clause.title
        tokens += _tokens(found)
        faults += found.faults
    closing = claims_of_closing(pack)
    if closing is not None:
        titles["closing"] = "validity"
        tokens += _tokens(closing)
        faults += closing.faults
    return TraceReport(pack.id, pack.hash, titles, tuple(tokens), tuple(faults))


def _tokens(found: ClauseClaims) -> Iterator[Token]:
    """Settle the state of each token of a clause, and note those that nothing or too much claims."""
    for mark, claims in sorted(found.claims.items(), key=lambda pair: pair[0].start):
        line = found.line(mark.start)
        state: State = "claimed"
        if len(claims) > 1:
            state = "error"
            places = " and ".join(str(claim) for claim in claims)
            found.fault(
                mark.start, f"'{mark.text}' is claimed {len(claims)} times, expected once: by {places}"
            )
        elif mark in found.disputed:
            state = "error"
        elif not claims:
            state = "gap"
            found.fault(mark.start, f"nothing encodes the {mark.kind} '{mark.text}'; {_advice(mark.kind)}")
        elif claims[0].what in ("programmatic", "gap"):
            state = "programmatic" if claims[0].what == "programmatic" else "gap"
        yield Token(mark.kind, found.key, mark.text, mark.start, mark.end, line, state, tuple(claims))


def _advice(kind: str) -> str:
    if kind == "department":
        return "add it to 'departments' with exactly these words"
    by = "a parameter" if kind == "figure" else "a condition, amount or cap"
    return f"quote it in {by}, or declare it under 'programmatic' (why) or 'gaps' (why, owner)"


def _token_dict(token: Token) -> dict[str, Any]:
    return {
        "kind": token.kind,
        "text": token.text,
        "start": token.start,
        "end": token.end,
        "line": token.line,
        "state": token.state,
        "claims": [
            {
                "by": claim.what,
                "says": claim.says,
                "file": claim.place.file,
                "line": claim.place.line,
                "path": claim.place.path,
            }
            for claim in token.claims
        ],
    }
