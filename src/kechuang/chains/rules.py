"""Who may see a need, its confidential fields, and a challenge; who may act. Pages and API ask here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import recused_from
from kechuang.accounts.roles import APPLICANTS, DEPARTMENT, READERS, Role
from kechuang.chains.models import Challenge, Need
from kechuang.fulfilment.models import Call
from kechuang.policy.language.values import Words

SCREENERS: Final = "市科技局"
TELLS_OF_BIDDERS: Final = ("need.details_read", "challenge.asked")
SEES: Final = (*sorted(APPLICANTS), *sorted(DEPARTMENT), *sorted(READERS))


def visible_needs(who: Membership) -> QuerySet[Need]:
    """Own needs of an applicant; of others, for the department and readers, what has been handed in."""
    own = Q(organisation=who.organisation_id)
    if who.role in APPLICANTS:
        return Need.objects.filter(own)
    if who.role in DEPARTMENT or who.role in READERS:
        return Need.objects.exclude(state="draft").exclude(organisation__in=recused_from(who))
    return Need.objects.none()


def visible_challenges() -> QuerySet[Challenge]:
    """The challenges of published calls: for everybody."""
    return Challenge.objects.exclude(call__state__in=[Call.State.DRAFT, Call.State.WITHDRAWN])


def unopened() -> QuerySet[Challenge]:
    """The challenges whose bids are still sealed."""
    return Challenge.objects.filter(call__sealed=True, call__opened_at__isnull=True)


def of_bidders() -> Q:
    """The events of the journal by which bidders would be known before the opening: what they read and asked."""
    subjects = Concat(Value("need:"), Cast("need", CharField()))
    sealed = unopened().annotate(subject=subjects).values("subject")
    return Q(kind__in=TELLS_OF_BIDDERS, subject__in=sealed)


def of_organisations(organisations: list[int]) -> Q:
    """The events of the journal that tell of needs of these organisations, what bidders read and asked among them."""
    found = Need.objects.filter(organisation__in=organisations).values_list("pk", flat=True)
    return Q(subject__in=[f"need:{pk}" for pk in found])


def not_its_own(number: str, organisations: Collection[int]) -> Words | None:
    """Whoever has the need does not bid for it, nor undertake it with a bidder; None for everybody else."""
    if not Need.objects.filter(number=number, organisation__in=organisations).exists():
        return None
    return Words(
        "需求单位不能揭自己的榜，也不能作为联合承担单位。",
        "Whoever has the need does not bid for it, nor undertake it with a bidder.",
    )


def is_screener(who: Membership) -> bool:
    """Whether one screens needs and lists them: an officer of the science bureau."""
    return who.role == Role.OFFICER and who.organisation.department == SCREENERS


def may_edit(who: Membership, need: Need) -> bool:
    """Whether one may write the need now: its organisation, before it is handed in."""
    return (
        who.role in APPLICANTS
        and who.organisation_id == need.organisation_id
        and need.state == Need.State.DRAFT
    )


def sees_details(who: Membership | None, need: Need) -> bool:
    """Whether one may open the confidential fields: its own people, the screening department, bidders of its call."""
    if who is None:
        return False
    if who.organisation_id == need.organisation_id and who.role in APPLICANTS:
        return True
    if who.role in DEPARTMENT and who.organisation.department == SCREENERS:
        return need.organisation_id not in set(recused_from(who))
    challenge = Challenge.objects.filter(need=need).first()
    if challenge is None or who.role not in APPLICANTS:
        return False
    begun = challenge.call.cases.filter(organisation=who.organisation_id, key=need.number)
    return begun.exclude(state__in=["withdrawn", "declined"]).exists()
