"""The yearly ceiling of a benefit per organisation, across all calls, and what is left of it."""

from __future__ import annotations

from datetime import datetime

from kechuang.fulfilment.assessing import assess_case, is_yearly
from kechuang.fulfilment.models import Case
from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.treasury.models import CapUse


def cap_of(case: Case, at: datetime) -> tuple[str, int] | None:
    """The ceiling that the case counts against: its name and its height in fen; None when the benefit has none.

    Of a benefit given anew each year: the ceiling on the organisation's sum, the lowest if there are several.
    """
    found = assess_case(case, at)
    bound = found.result.bound
    if not is_yearly(bound.benefit):
        return None
    ceilings = bound.total_caps if bound.benefit.each else bound.caps
    env = Environment(found.assessment.facts)
    heights = [compile_node(node, found.assessment.bound)(env) for _, node in ceilings]
    known = [int(height) for height in heights if height is not None]
    return (f"{case.call.benefit}/year", min(known)) if known else None


def left(case: Case, at: datetime) -> int | None:
    """What the ceiling still leaves, in fen; None when there is no ceiling."""
    cap = cap_of(case, at)
    if cap is None:
        return None
    used = CapUse.objects.filter(organisation=case.organisation_id, cap=cap[0], year=case.year).first()
    return cap[1] - (used.used_fen if used else 0)
