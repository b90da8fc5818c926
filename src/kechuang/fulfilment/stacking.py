"""Overlaps with other support (叠加): shown to a person and decided by a person, never settled silently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import must_not_stay_away
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import rules
from kechuang.fulfilment.assessing import benefit_of, entitlement_of, is_yearly
from kechuang.fulfilment.holding import ENDED, NOT_YET, taken_by
from kechuang.fulfilment.models import Case
from kechuang.journal import statements
from kechuang.journal.actions import record
from kechuang.journal.statements import Ask
from kechuang.policy.language.values import yuan

OPEN = ("accepted", "reviewing", "evaluating", "graded")
"""States in which an overlap is decided: after the formal check, before the determination."""


@dataclass(frozen=True)
class Overlap:
    """Another case of the same organisation that may give money for the same thing."""

    case: Case
    decided: bool
    counts: bool  # the person's answer: it is the same thing, so the higher one alone is given
    why: str
    once: bool = False  # the very same entitlement: nobody may say that it is something else


def overlaps(case: Case) -> list[Overlap]:
    """Other live cases of the organisation and year, unless the document says that the two stack.

    Where neither of two is given anew each year, the year does not keep them apart: 29 of 2025 and 29 of 2026.
    A sealed bid is not among them before its opening: it would be seen here by those who may not.
    """
    if benefit_of(case).stacking.rule == "stacks":
        return []
    yearly, wanted = is_yearly(benefit_of(case)), entitlement_of(case)
    answers = {one["case"]: one for one in case.stacking}
    return [
        Overlap(
            other,
            other.pk in answers,
            answers.get(other.pk, {}).get("same", False),
            answers.get(other.pk, {}).get("why", ""),
            once=entitlement_of(other) == wanted,
        )
        for other in beside(case).rows()
        if benefit_of(other).stacking.rule != "stacks"
        and (other.year == case.year or not (yearly or is_yearly(benefit_of(other))))
    ]


def beside(case: Case) -> Ask[Case]:
    """The other live cases of the organisation, which `overlaps` reads."""
    return statements.ask(
        "cases beside",
        lambda organisation, case: (
            Case.objects.filter(organisation=organisation)
            .exclude(pk=case)
            .exclude(rules.SEALED)
            .exclude(state__in=[*NOT_YET, *ENDED])
            .select_related("call")
            .order_by("id")
        ),
        organisation=case.organisation_id,
        case=case.pk or 0,  # one that is only considered is no row yet
    )


def held_elsewhere(case: Case) -> list[tuple[Case, int]]:
    """The cases found to support the same thing, whichever of the two it was said of, with the fen that each holds.

    One for the very same entitlement is among them, whatever was said.

    Whoever determines a sum by it has the organisation locked, so that of two such cases one comes after the other.
    """
    same = [
        one.case
        for one in overlaps(case)
        if one.once
        or one.counts
        or any(said["case"] == case.pk and said["same"] for said in one.case.stacking)
    ]
    if same:
        Organisation.objects.select_for_update(no_key=True).get(pk=case.organisation_id)
        same = list(
            Case.objects.filter(pk__in=[one.pk for one in same])
            .select_related("call", "award")
            .order_by("pk")
        )
    return [(one, held) for one in same if (held := taken_by(one))]


def must_be_left(case: Case, ceiling: int, amount: int) -> None:
    """Raises Refused for a sum that, with what other cases hold for the same thing, is above the ceiling.

    What another case holds of the very same entitlement leaves nothing: it is granted once.
    """
    others = held_elsewhere(case)
    held = sum(one for _, one in others)
    if not held:
        return
    once = any(entitlement_of(other) == entitlement_of(case) for other, _ in others)
    left = 0 if once else ceiling - held
    if amount <= left:
        return
    numbers = [other.number for other, _ in others]
    told = f"{'、'.join(numbers)} 已支持 {yuan(held)} 元"
    english = f"{', '.join(numbers)} already gives {yuan(held)} yuan for the same thing"
    if left <= 0:
        raise Refused(
            f"是同一事项，按就高不重复：{told}，本件最高 {yuan(ceiling)} 元，没有可以再核定的金额，请不予支持。",
            f"{english}; this case gives at most {yuan(ceiling)} yuan, "
            "so nothing is left to determine: do not support it.",
            field="amount",
        )
    raise Refused(
        f"是同一事项，按就高不重复：{told}，本件最高 {yuan(ceiling)} 元，"
        f"还可核定 {yuan(left)} 元，不能核定 {yuan(amount)} 元。",
        f"{english}; this case gives at most {yuan(ceiling)} yuan: "
        f"{yuan(left)} yuan are left to determine, not {yuan(amount)}.",
        field="amount",
    )


def decide(case: Case, other: Case, *, same: bool, why: str, actor: Membership, at: datetime) -> None:
    """Say whether another case supports the same thing. The same thing is supported once: from the two, the higher.

    Raises Refused when it is not this officer's to say, when no reason is given, or past the determination.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=("self",)).select_related("call").get(pk=case.pk)
        if not rules.may_manage(actor, locked.call) or locked.state not in OPEN:
            raise Refused("现在不能判断叠加。", "Overlaps cannot be decided now.")
        must_not_stay_away(actor, [locked.organisation_id])
        if not why.strip():
            raise Refused("请写明判断的理由。", "State why.", field="why")
        if not same and entitlement_of(locked) == entitlement_of(other):
            raise Refused(
                f"{other.number} 是同一单位的同一事项，只支持一次，不能同时享受：请判断为同一事项。",
                f"{other.number} is the very same benefit of the same organisation, which is supported once: "
                "say that it is the same thing.",
                field="same",
            )
        kept = [one for one in locked.stacking if one["case"] != other.pk]
        said = {"case": other.pk, "number": other.number, "same": same, "why": why.strip(), "by": actor.label}
        locked.stacking = [*kept, said]
        locked.revision += 1
        locked.save(update_fields=["stacking", "revision"])
        record(
            "case.overlap_decided",
            f"case:{locked.pk}",
            actor=actor,
            at=at,
            organisation_id=locked.organisation_id,
            data={**said, "number": locked.number, "other": other.number, "revision": locked.revision},
        )
