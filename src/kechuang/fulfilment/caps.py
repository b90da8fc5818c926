"""The yearly ceiling of a benefit per organisation, across all calls, and what is left of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import Q

from kechuang.accounts.models import Organisation
from kechuang.fulfilment.assessing import assess_case, benefit_of, bound_of, is_yearly
from kechuang.fulfilment.holding import PROMISED, taken_by
from kechuang.fulfilment.models import Case
from kechuang.journal import statements
from kechuang.journal.statements import Ask
from kechuang.policy.cases.evaluator import Environment, compile_node
from kechuang.policy.columns.projecting import read_by
from kechuang.treasury import locks
from kechuang.treasury.models import CapUse

POOL: Final = "pool"


def cap_of(case: Case, at: datetime) -> tuple[str, int] | None:
    """The ceiling that the case counts against: its name and its height in fen; None when the benefit has none.

    Of a benefit given anew each year: the ceiling on the organisation's sum, the lowest if there are several.
    """
    if not is_yearly(benefit_of(case)):
        return None
    bound = bound_of(case, at)
    one = next(each for each in bound.benefits if each.benefit.id == case.call.benefit)
    ceilings = [node for _, node in (one.total_caps if one.benefit.each else one.caps)]
    # Most are figures of the document: to assess the case for them would take longer than all else on its page.
    facts = assess_case(case, at).assessment.facts if read_by(ceilings) else {}
    env = Environment(facts)
    heights = [compile_node(node, bound)(env) for node in ceilings]
    known = [int(height) for height in heights if height is not None]
    return (_name_of(case), min(known)) if known else None


def left(case: Case, at: datetime) -> int | None:
    """What the ceiling of the organisation's year still leaves, in fen; None when there is no ceiling.

    It is used by what is bound, and by other cases whose sum is determined and not bound yet.
    """
    cap = cap_of(case, at)
    if cap is None:
        return None
    used = sum(one.used_fen for one in _used(case).rows())
    return cap[1] - used - sum(taken_by(one) for one in _promised(case).rows())


def asks(case: Case) -> list[Ask[Any]]:
    """What `left` reads of the database."""
    return [_used(case), _promised(case)]


def _used(case: Case) -> Ask[CapUse]:
    """What is bound of the organisation's year."""
    return statements.ask(
        "ceiling used",
        lambda organisation, cap, year: CapUse.objects.filter(organisation=organisation, cap=cap, year=year),
        organisation=case.organisation_id,
        cap=_name_of(case),
        year=case.year,
    )


def _promised(case: Case) -> Ask[Case]:
    """The other cases whose sum is determined and not bound yet."""
    return statements.ask(
        "cases promised",
        lambda organisation, year, benefit, case: Case.objects.filter(
            organisation=organisation, year=year, call__benefit=benefit, state__in=PROMISED
        ).exclude(pk=case),
        organisation=case.organisation_id,
        year=case.year,
        benefit=case.call.benefit,
        case=case.pk or 0,  # one that is only considered is no row yet
    )


def _name_of(case: Case) -> str:
    return f"{case.call.benefit}/year"


def pool_left(case: Case, at: datetime) -> int | None:
    """What is left of a fund that all applicants share, whatever the call and year; None where there is no such fund.

    The ceiling of the clause is that of the whole fund (measure 14); what has been determined fills it.
    """
    if POOL not in benefit_of(case).per:
        return None
    height = assess_case(case, at).amount_fen
    if height is None:
        return None
    others = Case.objects.filter(
        Q(state__in=PROMISED) | Q(award__isnull=False), call__benefit=case.call.benefit
    )
    return height - sum(taken_by(one) for one in others.exclude(pk=case.pk).select_related("award"))


def lock(case: Case) -> None:
    """Let nobody else fill the organisation's year or the pool until the act is done; the organisation comes first."""
    if is_yearly(benefit_of(case)):
        Organisation.objects.select_for_update(no_key=True).get(pk=case.organisation_id)
    if POOL in benefit_of(case).per:
        locks.alone(f"pool:{case.call.benefit}")
