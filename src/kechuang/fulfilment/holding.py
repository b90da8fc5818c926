"""What an organisation has applied for or received already: the same sum is not promised to it a second time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from django.db.models import Q, QuerySet

from kechuang.accounts.models import Organisation
from kechuang.entitlements.standing_pages import Held
from kechuang.fulfilment import rules
from kechuang.fulfilment.assessing import benefit_of, entitlement_of, is_yearly
from kechuang.fulfilment.due import sum_of
from kechuang.fulfilment.models import Call, Case
from kechuang.policy.language.values import Words
from kechuang.policy.words.wording import sum_text

NOT_YET: Final = ("draft", "offered")
"""States of a case that its applicant has not submitted."""
ENDED: Final = ("withdrawn", "declined", "rejected")
"""States in which nothing comes of a case."""


PROMISED: Final = ("determined", "noticed", "cleared")
"""States in which a sum is determined and its decision not issued yet: nothing is bound for it."""


def taken_by(case: Case) -> int:
    """What a case takes of a ceiling or fund, in fen: the sum determined, and once it is bound, less what came back.

    The same whatever became of the case: what was given up or returned takes nothing.
    """
    if case.state in PROMISED:
        return sum_of(case)
    return 0 if case.award is None else case.award.committed_fen - case.award.recovered_fen


def live_for_the_same(case: Case) -> Case | None:
    """Another case, in whichever call, that may give or has given the very entitlement of this one.

    A draft and an offer count: whoever confirms both would be granted the same twice.
    """
    others = _live(case.call.benefit, [case.organisation_id]).filter(key=case.key).exclude(pk=case.pk)
    wanted = entitlement_of(case)
    return next((one for one in others if entitlement_of(one) == wanted), None)


def live_elsewhere(call: Call, organisations: Collection[int]) -> dict[int, list[str]]:
    """The numbers of cases in other calls for what this call gives, by organisation: an offer passes these over.

    A sealed bid is not among them before its opening: offices read this.
    """
    year = call.year if is_yearly(benefit_of(call)) else None
    found: dict[int, list[str]] = {}
    for one in _live(call.benefit, organisations).exclude(call=call).exclude(rules.SEALED):
        if year in {None, one.year}:
            found.setdefault(one.organisation_id, []).append(one.number)
    return found


def _live(benefit: str, organisations: Collection[int]) -> QuerySet[Case]:
    """Cases for a benefit that may still give it or have given it, the oldest first."""
    found = Case.objects.filter(organisation__in=organisations, call__benefit=benefit)
    stands = Q(award__isnull=False, award__cancelled_at__isnull=True)
    found = found.exclude(state__in=ENDED).exclude(Q(state="closed") & ~stands)
    return found.select_related("call").order_by("id")


def said_of(case: Case) -> Words | None:
    """“已享受 X” once money has come, “已申报” while it may; None before submission, and when nothing came of it."""
    if case.state in {*NOT_YET, *ENDED}:
        return None
    award = case.award
    if award is None or not award.paid_fen:
        return None if case.state == "closed" else Words("已申报", "applied for")
    kept = award.paid_fen - award.recovered_fen
    if not kept:
        return None
    return Words(f"已享受 {sum_text(kept, 'zh')}", f"received: {sum_text(kept, 'en')}")


def held_by(organisation: Organisation, year: int) -> Iterator[Held]:
    """The organisation's cases that hold what it could get in an assessed year, the oldest first.

    What is not given anew each year is held whatever the year.
    A sealed bid is not among them before its opening: offices read this too.
    """
    found = Case.objects.filter(organisation=organisation).exclude(state__in=[*NOT_YET, *ENDED])
    for case in found.exclude(rules.SEALED).select_related("call", "award").order_by("id"):
        said = said_of(case) if case.year == year or not is_yearly(benefit_of(case)) else None
        if said is not None:
            yield Held(case.call.benefit, case.key, case.number, said)
