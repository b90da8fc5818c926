"""The assessment of a case: its benefit, on its day, by its version of the pack, from the facts known at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kechuang.entitlements import results, versions
from kechuang.entitlements.standing import assess_organisation
from kechuang.fulfilment.judging.evaluated import (
    EVALUATION,
    Evaluated,
    Round,
    at_best,
    evaluated_by,
    of_round,
)
from kechuang.fulfilment.models import Call, Case
from kechuang.fulfilment.projects.supposing import OF_SELECTION, PROJECTS, RESULTS, supposed, unaccepted
from kechuang.policy.cases.assessment import assess
from kechuang.policy.cases.outcome import Assessment, Item, Missing, Outcome, Result
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.encoding.pack import Benefit, Pack
from kechuang.policy.language.values import Words
from kechuang.registry.assembly import case_of
from kechuang.registry.keys import key_of
from kechuang.treasury.models import Award


@dataclass(frozen=True, slots=True)
class Supposed:
    """What stands in for facts not known yet: (record, field), and the records in which they were put."""

    fields: frozenset[tuple[str, str]]
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class CaseAssessment:
    """What comes out for one case: its benefit's assessment, the result, and the part that the case is about."""

    assessment: Assessment
    result: Result
    item: Item | None  # the record that the case is about; None when it is about the organisation itself
    supposed: bool = False  # as if the grade, not yet known, were the best
    unaccepted: bool = False  # as if a project not yet accepted had the lowest grade that is paid
    supposing: Supposed | None = (
        None  # which facts of the assessment are supposed by either; None: all are known
    )

    @property
    def outcome(self) -> Outcome:
        """Of the record, or of the benefit."""
        return self.item.outcome if self.item and self.result.outcome.passes else self.result.outcome

    @property
    def amount_fen(self) -> int | None:
        """The sum, or the ceiling under which a person decides; None when nothing passes."""
        if not self.outcome.passes:
            return None
        of_record = None if self.item is None else self.item.amount
        amounts = [one for one in (of_record, self.result.amount) if one is not None]
        return min(amounts) if amounts else None

    @property
    def assumption(self) -> Words | None:
        """What is not known yet and stands in the conditions as supposed; None where all of it is known."""
        if self.supposed:
            return Words(
                "等次尚未评定：条件里的等次是按最好的假定，评定后重新测算。",
                "Not graded yet: the grade in the conditions is supposed to be the best, and is worked out anew then.",
            )
        if self.unaccepted:
            return Words(
                "按验收之前测算：条件里的实施成效评价等次“合格”和验收意见是假定，不是结论；资金按合同分阶段、验收后拨付。",
                "Worked out before the acceptance: the grade “pass” and the acceptance in the conditions "
                "are supposed, not found; money is paid stage by stage as milestones are accepted.",
            )
        return None

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON without floats: the same facts and pack always give the same bytes."""
        return {
            **results.as_plain(self.result),
            "case_outcome": str(self.outcome),
            "case_amount_fen": self.amount_fen,
            "record": None if self.item is None else self.item.index,
            **({"supposed": True} if self.supposed else {}),
        }


def pack_of(case: Case | Call) -> Pack:
    """The pack of the version that the case or call began with."""
    return versions.pack_of(case.version_id)


def benefit_of(case: Case | Call) -> Benefit:
    """The benefit, as that version encodes it."""
    call = case if isinstance(case, Call) else case.call
    return pack_of(case).benefit(call.benefit)


def is_yearly(benefit: Benefit) -> bool:
    """Whether the benefit is given anew each year; else once for what it is given for."""
    return "year" in benefit.per


def by_record(benefit: Benefit) -> bool:
    """Whether each record (a carrier, an award) is an entitlement of its own, and so a case of its own.

    What is evaluated year by year is evaluated one by one: a case for each platform, base or agency. What has one
    ceiling for all records and no year is given once, whatever the records: one case (measure 15, landings).
    """
    if benefit.each is None:
        return False
    if is_yearly(benefit):
        return benefit.lifecycle == EVALUATION
    return not benefit.amount.total_caps


def bound_of(case: Case, at: datetime) -> Bound:
    """The version of the case as it stands on the day of the case, with the series known at `at`."""
    return bind(versions.pack_as_known(case.version_id, at), case.on, case.year, case.call.readings)


def round_of(case: Case) -> Round:
    """The round of evaluation that a case belongs to."""
    return Round(case.year, case.on)


def award_of(case: Case) -> Award:
    """The award of a case that is past its notice. LookupError where there is none."""
    if case.award is None:
        message = f"case {case.number} in state {case.state} has no award"
        raise LookupError(message)
    return case.award


def entitlement_of(case: Case) -> str:
    """What the case asks for, in words that stay the same from call to call: granted once (treasury.Award)."""
    year = str(case.year) if is_yearly(benefit_of(case)) else ""
    return f"{case.call.benefit}|{year}|{case.organisation_id}|{case.key}"


def assess_case(case: Case, at: datetime) -> CaseAssessment:
    """Assess the case from the facts known at `at`.

    Until experts have graded it, as if the grade were the best; a bid for a challenge, as if it were selected.
    """
    what = evaluated_by(benefit_of(case)) if case.call.rubric and not case.grade else None
    open_project = False
    if what is None and not (case.call.needs and case.key):
        assessment = assess_organisation(
            case.organisation,
            case.version_id,
            on=case.on,
            year=case.year,
            readings=case.call.readings,
            known_at=at,
        )
    else:
        pack = pack_of(case)
        facts = case_of(case.organisation, at, case.on, pack.vocabulary)
        open_project = what is None and unaccepted(case, facts)
        facts = at_best(facts, what, round_of(case)) if what else supposed(case, facts)
        assessment = assess(pack, facts, case.on, case.year, case.call.readings)
    result = assessment.results[case.call.benefit]
    item = _item(case, assessment, result)
    return CaseAssessment(
        assessment,
        result,
        item,
        supposed=what is not None,
        unaccepted=open_project,
        supposing=_supposing(case, assessment, what, open_project=open_project),
    )


def _supposing(
    case: Case, assessment: Assessment, what: Evaluated | None, *, open_project: bool
) -> Supposed | None:
    """The fields of which records were supposed: the grade of this round, or the grade of the project bid for."""
    if what is not None:
        now = round_of(case)
        rows: list[Mapping[str, Any]] = list(assessment.facts.get(what.record) or ())  # type: ignore[call-overload]
        names = {name for name in (what.grade, what.selected, what.outstanding) if name}
        there = tuple(row for row in rows if of_round(row, what, now))
        return Supposed(frozenset((what.record, name) for name in names), there)
    if open_project:
        rows = list(assessment.facts.get(PROJECTS) or ())  # type: ignore[call-overload]
        there = tuple(row for row in rows if row.get("code") == case.key)
        return Supposed(frozenset({(PROJECTS, RESULTS)}), there)
    return None


def left_to_selection(case: Case, missing: Missing) -> bool:
    """Whether a bidder need not say this: the department itself states it when it selects."""
    return bool(case.call.needs) and (missing.record, missing.field) in OF_SELECTION


def _item(case: Case, assessment: Assessment, result: Result) -> Item | None:
    """The item of the record that the case is about."""
    each = result.bound.benefit.each
    if not case.key or each is None:
        return None
    rows: list[Mapping[str, Any]] = list(assessment.facts.get(each) or [])  # type: ignore[call-overload]
    return next(
        (
            item
            for item in result.items
            if item.index is not None and key_of(each, rows[item.index]) == case.key
        ),
        None,
    )
