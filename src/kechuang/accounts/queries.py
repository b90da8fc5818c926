"""What is read about people: who belongs where, invitations, claims."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kechuang.accounts.acting import held_on
from kechuang.accounts.models import (
    ApiToken,
    Claim,
    Invitation,
    Membership,
    Organisation,
    Recusal,
    StaffSession,
    User,
)
from kechuang.accounts.roles import APPLICANTS, WIDE, Role
from kechuang.journal import clock
from kechuang.journal.models import Delivery, Event, Message
from kechuang.journal.queries import Filters, deliveries_given_up, events, hidden
from kechuang.journal.queries import messages_of as told_to
from kechuang.reference.uscc import normalise_uscc


def people_of(
    organisation: Organisation | int, roles: Collection[Role] = (), at: datetime | None = None
) -> QuerySet[Membership]:
    """Who acts for an organisation now (or at a moment), in these roles if any are named; with user, organisation."""
    number = organisation if isinstance(organisation, int) else organisation.pk
    found = held_on(timezone.localdate(at) if at else clock.today()).filter(organisation_id=number)
    if roles:
        found = found.filter(role__in=roles)
    return found.select_related("user", "organisation").order_by("role", "user__name", "id")


def organisation_by_code(text: str) -> Organisation | None:
    """The organisation of a credit code however it is typed (full width, hyphens, blanks); None where none has it."""
    code = normalise_uscc(text)
    return Organisation.objects.filter(uscc=code).first() if code else None


def recused_from(membership: Membership) -> QuerySet[Recusal, int]:
    """The numbers of the organisations that this person stays away from now, in whatever role."""
    found = Recusal.objects.filter(user_id=membership.user_id, ended_at__isnull=True)
    return found.values_list("organisation_id", flat=True)


def away_from(membership: Membership | None) -> QuerySet[Recusal, int]:
    """The organisations that whoever asks must find in no list, count or sum; none for applicants and strangers.

    In its own affairs an applicant is a party, not a judge; what strangers see is public.
    """
    if membership is None or membership.role in APPLICANTS or not may_be_recused(membership):
        return Recusal.objects.none().values_list("organisation_id", flat=True)
    return recused_from(membership)


def may_be_recused(membership: Membership) -> bool:
    """Whether the person may stay away from some organisation: False only where that was asked, see acting.knowing."""
    return bool(getattr(membership, "is_recused", True))


def stays_away(membership: Membership, organisations: Iterable[int]) -> bool:
    """Whether one of these organisations is kept from the membership."""
    return away_from(membership).filter(organisation__in=organisations).exists()


telling: list[Callable[[list[int]], Q]] = []
"""Hooks of rooms above: the events that tell of organisations, by their numbers, whosever affair they are."""


def events_seen_by(membership: Membership, chosen: Filters) -> QuerySet[Event]:
    """The events that fit, the newest first, but for those of organisations that the reader stays away from.

    Nor those that tell of them beside others: of a consortium, a panel, a batch that they are in.
    """
    found = events(chosen)
    for kept in _kept_from(membership):
        found = found.exclude(kept)
    return found


def _kept_from(membership: Membership) -> list[Q]:
    """The events that whoever stays away from organisations does not see, as conditions."""
    away = list(away_from(membership))
    return [Q(organisation_id__in=away), *(told_of(away) for told_of in telling)] if away else []


def deliveries_seen_by(membership: Membership) -> QuerySet[Delivery]:
    """What did not arrive, but for what tells of events that the reader does not see: sealed bids among them."""
    found = deliveries_given_up()
    for kept in [*(hide() for hide in hidden), *_kept_from(membership)]:
        closed = Event.objects.filter(kept).values("number")
        found = found.exclude(message__event__in=closed).exclude(event__in=closed)
    return found


def messages_of(membership: Membership) -> QuerySet[Message]:
    """What a person was told in one capacity, the newest first: what a token of it reads."""
    return told_to(membership.user_id).filter(membership_id=membership.pk)


def operators() -> QuerySet[Membership]:
    """Who runs the house."""
    return held_on(clock.today()).filter(role=Role.OPERATOR).select_related("user", "organisation")


def staff(words: str = "") -> QuerySet[Membership]:
    """All memberships in offices that are held now, by office; `words` within person, office or user name."""
    found = held_on(clock.today()).exclude(role__in=APPLICANTS).select_related("user", "organisation")
    if words:
        within = Q(user__name__icontains=words) | Q(organisation__name__icontains=words)
        found = found.filter(within | Q(user__username__icontains=words))
    return found.order_by("organisation__name", "role", "user__name", "id")


def offices() -> QuerySet[Organisation]:
    """Where staff may work: departments, districts, and whoever has staff already."""
    return Organisation.objects.filter(Q(kind="government") | _has_staff()).order_by("name", "id")


def subjects() -> QuerySet[Organisation]:
    """Whom the policy can give something: everybody but the offices of the government that work here.

    An office is of kind government and is a named department or has, or had, staff. A district or zone that nobody
    works for here is a subject: measures 13 and 21 name districts and zones among those that they give to.
    """
    # The few offices are found first: asked of each of 100,000, the database takes them for most of the city.
    working = Organisation.objects.filter(Q(kind="government") & (~Q(department="") | _has_staff()))
    return Organisation.objects.exclude(pk__in=working.values("pk"))


def _has_staff() -> Q:
    return Q(Exists(Membership.objects.filter(organisation=OuterRef("pk")).exclude(role__in=APPLICANTS)))


def invitation_by(code: str, *, lock: bool = False) -> Invitation | None:
    """The invitation that a code opens, whatever its state."""
    found = Invitation.objects.filter(code_hash=hashlib.sha256(code.encode()).hexdigest())
    found = found.select_related("organisation", "invited_by__user", "invited_by__organisation")
    return (found.select_for_update(of=("self",)) if lock else found).first()


def is_open(invitation: Invitation, at: datetime) -> bool:
    """Whether it may still be accepted."""
    return not invitation.accepted_by_id and not invitation.withdrawn_at and at < invitation.expires_at


def invitations_open(organisation: Organisation, at: datetime) -> QuerySet[Invitation]:
    """The invitations of an organisation that may still be accepted."""
    found = Invitation.objects.filter(organisation=organisation, accepted_by=None, withdrawn_at=None)
    return found.filter(expires_at__gt=at).select_related("invited_by__user")


def claims_open(organisation: Organisation | None = None) -> QuerySet[Claim]:
    """Claims that wait, of one organisation or of all, with how many managers could confirm them."""
    found = Claim.objects.filter(decided_at=None).select_related("user", "organisation").order_by("id")
    if organisation:
        return found.filter(organisation=organisation)
    managers = Q(organisation__memberships__role=Role.MANAGER, organisation__memberships__until=None)
    return found.annotate(managers=Count("organisation__memberships", filter=managers))


def claims_of(user: User) -> QuerySet[Claim]:
    """A person's own claims that wait."""
    return Claim.objects.filter(user=user, decided_at=None).select_related("organisation")


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """A person's own tokens, the newest first."""
    return ApiToken.objects.filter(membership__user=user).select_related(
        "membership__organisation", "membership__user"
    )


def staff_sessions() -> QuerySet[StaffSession]:
    """All staff sessions, the newest first."""
    found = StaffSession.objects.filter(membership__role__in=WIDE)
    return found.select_related("membership__user", "membership__organisation")
