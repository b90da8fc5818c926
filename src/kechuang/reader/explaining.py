"""One subject's results as its page shows them: grouped by outcome, the weightiest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kechuang.policy.cases.outcome import Assessment, Outcome
from kechuang.policy.encoding.binding import FOR, NO_RECORD
from kechuang.policy.words.explanation import Explanation, explain_all


@dataclass(frozen=True)
class Group:
    """The benefits that came out alike."""

    outcome: Outcome
    explained: list[Explanation]

    @property
    def opened(self) -> bool:
        """Whether the group is shown at once: what does not fit the subject waits to be asked for."""
        return self.outcome in {Outcome.ENTITLED, Outcome.MAY_APPLY, Outcome.UNDETERMINED}


def explained(assessment: Assessment, language: str) -> dict[str, Any]:
    """`groups` by outcome (empty ones left out), the sums in fen, and the facts that would settle what is open."""
    told = explain_all(assessment, language)
    groups = [
        Group(each, sorted((one for one in told if one.outcome is each), key=_weight)) for each in Outcome
    ]
    missing = {
        fact.title: fact for one in told if one.outcome is Outcome.UNDETERMINED for fact in one.missing
    }
    return {
        "groups": [group for group in groups if group.explained],
        "entitled_fen": assessment.entitled_fen,
        "ceiling_fen": assessment.ceiling_fen,
        "missing": list(missing.values()),
    }


def _weight(one: Explanation) -> tuple[int, int]:
    """The largest sum first; of the refused, those that are short by something first and those for other kinds last."""
    reasons = (
        one.result.short is not None,
        one.result.because not in {NO_RECORD, FOR},
        one.result.because != FOR,
    )
    return -(one.result.amount or 0), -sum(reasons)
