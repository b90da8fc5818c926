"""What is read of needs and challenges: each list starts from what the reader may see."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from kechuang.accounts.models import Membership, Organisation
from kechuang.chains import rules
from kechuang.chains.models import Challenge, Need
from kechuang.journal.models import Event
from kechuang.journal.queries import events_of


def needs(who: Membership, state: str = "", kind: str = "", q: str = "") -> QuerySet[Need]:
    """The needs that one may see, filtered, each with its organisation."""
    found = rules.visible_needs(who).select_related("organisation")
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if q:
        found = found.filter(
            Q(title__icontains=q) | Q(number__startswith=q) | Q(organisation__name__icontains=q)
        )
    return found.order_by("-id")


def challenges(kind: str = "", q: str = "", *, open_only: bool = False) -> QuerySet[Challenge]:
    """The public list of challenges, the newest first, with how many questions each has."""
    found = rules.visible_challenges().select_related("need__organisation", "call")
    if kind:
        found = found.filter(need__kind=kind)
    if q:
        found = found.filter(Q(need__title__icontains=q) | Q(need__number__startswith=q))
    if open_only:
        found = found.filter(call__state="published")
    return found.annotate(asked=Count("questions")).order_by("-id")


def winners(challenge: Challenge) -> list[str]:
    """Who undertakes the challenge under a contract, by name: known to all since the public notice."""
    signed = challenge.call.cases.filter(key=challenge.need.number, contract__isnull=False)
    return list(signed.order_by("pk").values_list("organisation__name", flat=True))


def readings(need: Need) -> QuerySet[Event]:
    """Who has read the confidential fields, the latest first; bidders only once their bids are opened."""
    found = events_of(f"need:{need.pk}").filter(kind="need.details_read").order_by("-number")
    if not rules.unopened().filter(need=need).exists():
        return found
    office = Organisation.objects.filter(department=rules.SCREENERS).values_list("uscc", flat=True)
    return found.filter(data__reader__in=[need.organisation.uscc, *office])


def funnel() -> dict[str, int]:
    """Four numbers for everybody: needs handed in, on the list, under contract, accepted in whole."""
    handed_in = Need.objects.exclude(state__in=["draft", "withdrawn"]).count()
    listed = rules.visible_challenges()
    of_needs = Q(call__cases__contract__isnull=False)
    done = Q(call__cases__contract__finished_at__isnull=False)
    counted = listed.aggregate(
        listed=Count("pk", distinct=True),
        running=Count("call__cases__contract", filter=of_needs, distinct=True),
        done=Count("call__cases__contract", filter=done, distinct=True),
    )
    return {"handed_in": handed_in, **counted}
