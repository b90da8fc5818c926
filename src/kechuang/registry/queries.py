"""What reads the registry. Every list is narrowed to what the membership may see, see rules.py."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar

from django.db.models import Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.queries import away_from, may_be_recused
from kechuang.accounts.roles import APPLICANTS
from kechuang.journal.statements import Given, Pages, ask_count
from kechuang.registry import rules
from kechuang.registry.models import Correction, Evidence, Fact, ListImport, ListRow

Row = TypeVar("Row", bound=Model)
Source = Fact.Source
HANDED_OUT: Final = (Evidence.Scan.CLEAN, Evidence.Scan.NOT_SCANNED)
"""What the scanner must have said of a file before anybody may have it; without a scanner nothing is said."""


def known_at(at: datetime | Given) -> Q:
    """Facts that the house knew at a moment: from `known_from` on, up to and without `known_to`."""
    return Q(known_from__lte=at) & (Q(known_to__isnull=True) | Q(known_to__gt=at))


def facts_known(organisation_id: int | Given, at: datetime | Given) -> QuerySet[Fact]:
    """What the house knew of an organisation at a moment, from all sources."""
    return Fact.objects.filter(known_at(at), organisation_id=organisation_id)


def with_people(facts: Iterable[Fact]) -> list[Fact]:
    """The facts with who stated and who verified them, in one query: joined, people would be read once a fact."""
    found = list(facts)
    numbers = {number for one in found for number in (one.stated_by_id, one.verified_by_id) if number}
    people = Membership.objects.select_related("user", "organisation").in_bulk(numbers)
    for one in found:
        one.stated_by = people.get(one.stated_by_id or 0)
        one.verified_by = people.get(one.verified_by_id or 0)
    return found


def kept_when_undone(list_import: ListImport, membership: Membership) -> QuerySet[Fact]:
    """What a list said that had given way to something else before the list was undone, and so was left alone."""
    said = Fact.objects.filter(list_import=list_import, known_to__lt=list_import.undone_at)
    said = said.exclude(organisation__in=away_from(membership))
    return said.select_related("organisation").order_by("organisation__name", "record", "key", "field")


@dataclass(frozen=True, slots=True)
class OrganisationFilters:
    """What narrows the list of organisations; '' does not."""

    q: str = ""
    kind: str = ""
    district: str = ""
    status: str = ""


def organisations(membership: Membership, chosen: OrganisationFilters) -> QuerySet[Organisation]:
    """The organisations that a membership may see, by name; each with the `statuses` that it has."""
    found = rules.organisations_visible_to(membership)
    if chosen.q:
        found = found.filter(Q(name__icontains=chosen.q) | Q(uscc__startswith=chosen.q.upper()))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    if chosen.district:
        found = found.filter(district=chosen.district)
    if chosen.status:
        found = found.filter(Exists(_status_facts().filter(organisation=OuterRef("pk"), value=chosen.status)))
    return found.order_by("name", "id")


def organisations_in_pages(membership: Membership, chosen: OrganisationFilters) -> tuple[int, Pages]:
    """How many organisations fit, and one page of them at a time, each with its statuses.

    No statement is kept of what somebody looks for, nor for whoever may stay away from somebody.
    """
    found = organisations(membership, chosen)
    place = (membership.role, membership.scope, membership.organisation_id)
    key = None if chosen.q or may_be_recused(membership) else ("organisations", place, chosen)
    count = ask_count(key, lambda: found).first() or 0
    return count, Pages(key, lambda: with_statuses(found))


def with_statuses(found: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """The organisations with what is known of their statuses, in one more query: see `held_by`."""
    known = Fact.objects.filter(record="statuses", field__in=["kind", "expires_on"], known_to__isnull=True)
    return found.prefetch_related(Prefetch("facts", queryset=known, to_attr="status_facts"))


def held_by(organisation: Organisation, today: date) -> list[tuple[str, bool]]:
    """The statuses of an organisation read by `with_statuses`, each once: its code, and whether it holds today."""
    ends = {fact.key: fact.value for fact in _status_facts_of(organisation) if fact.field == "expires_on"}
    held: dict[str, bool] = {}
    for fact in _status_facts_of(organisation):
        if fact.field == "kind":
            holds = ends.get(fact.key, "9999") >= today.isoformat()
            held[fact.value] = held.get(fact.value, False) or holds
    return sorted(held.items(), key=lambda one: (not one[1], one[0]))


def _status_facts_of(organisation: Organisation) -> list[Fact]:
    return organisation.status_facts  # type: ignore[attr-defined,no-any-return]  # by with_statuses


def organisation_at(number: int, membership: Membership) -> Organisation:
    """One organisation whose profile a membership may open; 404 where there is none."""
    return _found(rules.organisations_visible_to(membership).filter(pk=number))


def fact_at(number: int, membership: Membership) -> Fact:
    """One fact of an organisation whose profile a membership may open; 404 where there is none."""
    facts = Fact.objects.filter(pk=number, organisation__in=rules.organisations_visible_to(membership))
    found = _found(
        facts.select_related(
            "organisation", "stated_by", "verified_by", "list_import__imported_by", "evidence"
        )
    )
    if not rules.may_see_fact(membership, found):
        raise Http404
    return found


def evidence_at(number: int, membership: Membership) -> Evidence:
    """One file that a membership may have; 404 where there is none, it may not, or the scanner has not cleared it."""
    found = _found(Evidence.objects.select_related("organisation").filter(pk=number))
    if not rules.may_see_evidence(membership, found) or found.scan not in HANDED_OUT:
        raise Http404
    return found


def evidence_of(organisation_id: int, membership: Membership) -> QuerySet[Evidence]:
    """The files of an organisation that are open to whoever asks, the newest first."""
    return rules.evidence_open_to(membership, Evidence.objects.filter(organisation_id=organisation_id))


def corrections(membership: Membership, *, state: str = "", mine: bool = False) -> QuerySet[Correction]:
    """Disputes that a membership may see; `mine`: those that one's own department answers."""
    found = rules.corrections_visible_to(membership).select_related(
        "organisation", "fact__list_import__imported_by", "fact__stated_by", "fact__verified_by"
    )
    if state:
        found = found.filter(state=state)
    if mine:
        listed = Q(fact__list_import__imported_by__organisation=membership.organisation_id)
        said = Q(fact__list_import__isnull=True, fact__verified_by__organisation=membership.organisation_id)
        other = Q(
            fact__list_import__isnull=True,
            fact__verified_by__isnull=True,
            fact__stated_by__organisation=membership.organisation_id,
        )
        found = found.filter(listed | said | other)
    return found


def corrections_in_pages(membership: Membership, *, state: str, mine: bool) -> tuple[int, Pages]:
    """How many disputes `corrections` has, and a page of them at a time with organisation and fact.

    No statement is kept for whoever may stay away from somebody, nor for enterprises: each would keep one of its own.
    """
    kept = membership.role not in APPLICANTS and not may_be_recused(membership)
    key = (
        ("disputes", membership.role, membership.scope, membership.organisation_id, state, mine)
        if kept
        else None
    )

    def listed() -> QuerySet[Correction]:
        found = corrections(membership, state=state, mine=mine)
        return found.select_related(None).select_related("organisation", "fact")

    return ask_count(key, listed).first() or 0, Pages(key, listed)


def correction_at(number: int, membership: Membership) -> Correction:
    """One dispute; 404 where there is none that the membership may see."""
    seen = rules.corrections_visible_to(membership).select_related(
        "organisation",
        "evidence",
        "fact__list_import__imported_by__organisation",
        "fact__stated_by__organisation",
        "fact__verified_by__organisation",
        "raised_by__user",
        "raised_by__organisation",
        "answered_by__user",
        "answered_by__organisation",
    )
    return _found(seen.filter(pk=number))


def list_imports() -> QuerySet[ListImport]:
    """All lists of departments, the newest first; what banks and insurers file stands elsewhere."""
    found = ListImport.objects.exclude(imported_by__role__in=APPLICANTS)
    return found.select_related("imported_by__user", "imported_by__organisation")


def list_import_at(number: int) -> ListImport:
    """One list; 404 where there is none."""
    seen = list_imports().select_related(
        "applied_by__user", "applied_by__organisation", "undone_by__user", "undone_by__organisation"
    )
    return _found(seen.filter(pk=number))


def list_rows(list_import: ListImport, change: str, membership: Membership) -> QuerySet[ListRow]:
    """The rows of a list that change something in one way, without those of whom the reader stays away from."""
    found = ListRow.objects.filter(list_import=list_import, change=change).select_related("organisation")
    return found.exclude(organisation__in=away_from(membership))


def lists_seen_by(membership: Membership, lists: Iterable[ListImport]) -> list[ListImport]:
    """Lists with the counts that the reader may know, for showing only: what one stays away from is not in them."""
    shown = [copy(one) for one in lists]
    away = list(away_from(membership))
    if not away:
        return shown
    hidden = ListRow.objects.filter(list_import__in=[one.pk for one in shown], organisation__in=away)
    by_list: dict[int, dict[str, int]] = {}
    for number, change, rows in (
        hidden.order_by().values_list("list_import", "change").annotate(n=Count("pk"))
    ):
        by_list.setdefault(number, {})[change] = rows
    for one in shown:
        if less := by_list.get(one.pk):
            names = [name for name in ListRow.Change.values if name in one.counts]
            counts = {name: one.counts[name] - less.get(name, 0) for name in names}
            one.counts = {**counts, "rows": sum(counts.values())}
    return shown


def _status_facts() -> QuerySet[Fact]:
    return Fact.objects.filter(record="statuses", field="kind", known_to__isnull=True)


def _found(rows: QuerySet[Row]) -> Row:
    found = rows.first()
    if found is None:
        raise Http404
    return found


def declared(organisation_id: int, record: str, key: str, field: str) -> QuerySet[Fact]:
    """What an organisation says now of one field."""
    return Fact.objects.filter(
        organisation_id=organisation_id,
        record=record,
        key=key,
        field=field,
        source=Source.DECLARED,
        known_to__isnull=True,
    )
