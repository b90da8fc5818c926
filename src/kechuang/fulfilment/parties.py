"""The organisations that a case is about: who leads it, and the other members of its consortium.

Whoever stays away from one of them stays away from the case. `decision_models.parties_sql` says the same to triggers.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from kechuang.accounts.models import Recusal
from kechuang.fulfilment.models import Case, CaseMember
from kechuang.journal import statements
from kechuang.journal.statements import Given


def parties_of(cases: Collection[int]) -> dict[int, set[int]]:
    """The organisations of each case, by its number."""
    of = tuple(sorted(cases))
    leads = statements.ask("leads", _leads, cases=of)
    members = statements.ask("members", _members, cases=of)
    with statements.together([leads, members]):
        found = {pk: {lead} for pk, lead in leads.rows()}
        for pk, member in members.rows():
            found[pk].add(member)
    return found


def _leads(cases: Given) -> QuerySet[Case, tuple[int, int]]:
    return Case.objects.filter(pk__any_of=cases).order_by().values_list("pk", "organisation")


def _members(cases: Given) -> QuerySet[CaseMember, tuple[int, int]]:
    return CaseMember.objects.filter(case__pk__any_of=cases).order_by().values_list("case", "organisation")


def kept_from(case: Case) -> QuerySet[Recusal, int]:
    """The people who stay away from an organisation of the case now, as their numbers."""
    in_force = Recusal.objects.filter(organisation__in=parties_of([case.pk])[case.pk], ended_at__isnull=True)
    return in_force.values_list("user", flat=True)


def with_party(organisations: Collection[int] | QuerySet) -> Q:  # type: ignore[type-arg]
    """The cases that one of these organisations leads or is a member of; a condition on Case."""
    joined = CaseMember.objects.filter(organisation__in=organisations).values("case")
    return Q(organisation__in=organisations) | Q(pk__in=joined)


def cases_with(organisations: Collection[int] | QuerySet) -> QuerySet[Case]:  # type: ignore[type-arg]
    """The same as rows, for conditions on what hangs on a case."""
    return Case.objects.filter(with_party(organisations))


def subjects_of(organisations: Collection[int]) -> set[str]:
    """What these organisations undertake beside a lead, as the treasury calls it ("case:17")."""
    found = CaseMember.objects.filter(organisation__in=organisations).values_list("case", flat=True)
    return {f"case:{number}" for number in found}
