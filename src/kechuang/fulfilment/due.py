"""Whether the sum of a case is still what the clause gives, by the facts known now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.assessing import assess_case
from kechuang.fulfilment.models import Case
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.language.values import Words, yuan

open_questions: list[Callable[[Case], Words | None]] = []
"""Rooms above say here what a person must settle before the sum of a case is determined; None: nothing."""


def sum_of(case: Case) -> int:
    """What the case is given, in fen: its share where the call's money was shared out, else what was determined."""
    found = case.determined_fen if case.granted_fen is None else case.granted_fen
    return found or 0


def ceiling_of(case: Case, at: datetime) -> int | None:
    """What the clause gives at most by the facts known at a time, in fen; None where that is undetermined."""
    found = assess_case(case, at)
    return None if found.outcome is Outcome.UNDETERMINED else found.amount_fen or 0


def question_about(case: Case) -> Words | None:
    """The first thing that a person must settle; None where there is nothing."""
    return next((said for ask in open_questions if (said := ask(case)) is not None), None)


def still_due(case: Case, _actor: object, at: datetime, _given: object) -> None:
    """Facts stated since the determination have not taken the sum from under the case."""
    question = question_about(case)
    if question is not None:
        raise Refused(question.zh, question.en)
    ceiling, given = ceiling_of(case, at), sum_of(case)
    if ceiling is None:
        raise Refused(
            "核定之后有关事实有变化，现在不能确定条件是否成立：请重新核定。",
            "Facts have changed since the determination and leave it open whether the conditions hold: determine anew.",
        )
    if given > ceiling:
        raise Refused(
            f"核定之后有关事实有变化：按现在所知至多 {yuan(ceiling)} 元，核定的是 {yuan(given)} 元。请重新核定。",
            f"Facts have changed since the determination: at most {yuan(ceiling)} yuan by what is known now, "
            f"and {yuan(given)} were determined. Determine anew.",
        )
