"""What pages and the API read of the pool, of ties and of draws; each list starts from what the reader may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from kechuang.accounts.models import Membership, Recusal
from kechuang.accounts.queries import away_from
from kechuang.accounts.roles import Role
from kechuang.experts import rules
from kechuang.experts.models import Decline, Draw, Drawn, Employment, Expert, Tie, Work


@dataclass(frozen=True)
class Filters:
    """What narrows the pool, as the address bar has it; '' for all."""

    q: str = ""
    state: str = ""
    field: str = ""
    due: str = ""  # "1": whose yearly check is due within 60 days


DUE_WITHIN = 60


def experts(who: Membership, chosen: Filters, today: date) -> QuerySet[Expert]:
    """The pool by name, merged entries left out."""
    found = rules.experts_visible_to(who).filter(merged_into__isnull=True).select_related("keeper")
    if chosen.q:
        found = found.filter(Q(name__contains=chosen.q) | Q(email__icontains=chosen.q) | Q(orcid=chosen.q))
    if chosen.state:
        found = found.filter(state=chosen.state)
    if chosen.field:
        found = found.filter(fields__contains=[chosen.field])
    if chosen.due:
        soon = [
            one.pk
            for one in found.filter(state="confirmed")
            if (rules.check_due_on(one) - today).days <= DUE_WITHIN
        ]
        found = found.filter(pk__in=soon)
    return found


def state_counts(who: Membership) -> dict[str, int]:
    """How many entries there are in each state."""
    found = rules.experts_visible_to(who).filter(merged_into__isnull=True).order_by()
    return dict(found.values_list("state").annotate(n=Count("pk")))


def expert_at(number: int, who: Membership) -> Expert:
    """One entry that the reader may see; 404 where there is none."""
    found = rules.experts_visible_to(who).select_related(
        "keeper", "user", "membership", "invitation", "merged_into", "proposed_by__user", "confirmed_by__user"
    )
    one = found.filter(pk=number).first()
    if one is None:
        raise Http404
    return one


def own_entry(who: Membership) -> Expert | None:
    """The entry of the expert who asks; that into which it was merged, if it was."""
    found = Expert.objects.filter(user_id=who.user_id).select_related("keeper", "merged_into__keeper").first()
    while found and found.merged_into:
        found = found.merged_into
    return found


def meant(person: str, institution: str, today: date) -> QuerySet[Expert]:
    """Entries of the whole pool that somebody may mean who knows no more than a name or where people work now.

    With a name: all of that name, wherever they work; else all who work at the institution. For officers alone.
    """
    found = Expert.objects.filter(merged_into__isnull=True).exclude(state=Expert.State.REMOVED)
    if person:
        return found.filter(name=person)
    here = Employment.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=today), withdrawn_at__isnull=True
    )
    here = here.filter(Q(employer=institution) | Q(organisation__name=institution))
    return found.filter(pk__in=here.values("expert")) if institution else found.none()


def fields_of(users: Collection[int]) -> dict[int, frozenset[str]]:
    """The fields of expertise of the people behind accounts, of merged entries together; none for who has no entry."""
    found: dict[int, frozenset[str]] = dict.fromkeys(users, frozenset())
    entries = Expert.objects.filter(user__in=users).values_list(
        "user", "fields", "merged_into__fields", "merged__fields"
    )
    for user, *several in entries:
        found[user] = found[user].union(*(one for one in several if one))
    return found


def ties_of(expert: Expert, who: Membership) -> QuerySet[Tie]:
    """The ties of an expert and of the entries merged into theirs, those in force first.

    None to an organisation that the reader stays away from: it may rest on what that has asked for.
    """
    found = Tie.objects.filter(Q(expert=expert) | Q(expert__merged_into=expert) | Q(other=expert))
    if expert.user_id == who.user_id:
        return shown(found)
    return shown(found.filter(~Q(organisation__in=away_from(who)) | Q(organisation__isnull=True)))


def ties(who: Membership) -> QuerySet[Tie]:
    """The ties that a person may see."""
    return shown(rules.ties_visible_to(who))


def shown(found: QuerySet[Tie]) -> QuerySet[Tie]:
    """Ties with what a line shows of them."""
    return found.select_related(
        "expert",
        "user",
        "organisation",
        "other",
        "other_user",
        "entered_by__user",
        "entered_by__organisation",
    ).order_by("withdrawn_at", "-id")


def tie_at(number: int, who: Membership) -> Tie:
    """One tie; 404 where there is none that the reader may see."""
    one = ties(who).filter(pk=number).first()
    if one is None:
        raise Http404
    return one


def recusals(who: Membership) -> QuerySet[Recusal]:
    """Recusals in force: all for auditors, of one's own department for its officers, else one's own."""
    found = Recusal.objects.filter(ended_at__isnull=True).select_related("user", "organisation")
    own, theirs = Q(user_id=who.user_id), ~Q(organisation__in=away_from(who))
    if who.role == Role.AUDITOR:
        return found.filter(own | theirs)
    if who.role in {Role.OFFICER, Role.DECIDER}:
        kept = Expert.objects.filter(keeper_id=who.organisation_id, user__isnull=False).values("user")
        own |= theirs & Q(user__in=kept)
    return found.filter(own)


def work_at(number: int, actor: Membership) -> Work:
    """A work that the actor's office has entered, or 404."""
    found = Work.objects.filter(pk=number, entered_by__organisation=actor.organisation_id).first()
    if found is None:
        raise Http404
    return found


def works_of(expert: Expert) -> QuerySet[Work]:
    """What an expert had a share in, with all shares; nothing that was taken back."""
    found = Work.objects.filter(Q(shares__expert=expert) | Q(shares__expert__merged_into=expert))
    found = found.filter(withdrawn_at__isnull=True).select_related("entered_by").distinct()
    return found.prefetch_related("shares__expert", "shares__organisation")


def employments_of(expert: Expert) -> QuerySet[Employment]:
    """Where an expert works or worked, as far as it was not taken back."""
    return expert.employments.filter(withdrawn_at__isnull=True).select_related("organisation")


def draws() -> QuerySet[Draw]:
    """All draws, the newest first: public."""
    return Draw.objects.select_related("department", "outcome", "prepared_by__user")


def draw_at(number: str) -> Draw:
    """One draw by its number; 404 where there is none."""
    one = draws().filter(number=number).first()
    if one is None:
        raise Http404
    return one


def drawn_of(draw: Draw) -> list[Drawn]:
    """Those drawn in their places, with who declined."""
    return list(draw.drawn.select_related("expert", "membership__user", "decline").order_by("place"))


def invitations_to(expert: Expert) -> QuerySet[Drawn]:
    """The draws that an expert was drawn in, the newest first."""
    found = Drawn.objects.filter(expert=expert).select_related("draw__department", "decline")
    return found.order_by("-draw_id")


def declined(found: Iterable[Drawn]) -> set[int]:
    """Which of those drawn have declined."""
    return set(Decline.objects.filter(drawn__in=list(found)).values_list("drawn", flat=True))
