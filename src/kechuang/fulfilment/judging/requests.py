"""Requests of applicants that somebody be kept off their case: asked before a panel judges it, decided by an officer.

What is upheld becomes a tie of the room of experts, which keeps the person away like every other; there is no second
way. The applicant is told the same whether or not anybody of that name is in the pool.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kechuang.accounts.acting import held_on
from kechuang.accounts.models import Membership, User
from kechuang.accounts.protection import plainly
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, DEPARTMENT, READERS, Role
from kechuang.experts import declaring
from kechuang.experts import queries as pool
from kechuang.experts.catalogue import Ground, ground_words, grounds, years_after
from kechuang.experts.models import Expert
from kechuang.experts.recusal import Kept
from kechuang.fulfilment import office_queries, rules
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.judging.panels import SEATED
from kechuang.fulfilment.judging.request_models import RecusalRequest
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.noting import note
from kechuang.fulfilment.office_queries import Waiting
from kechuang.fulfilment.table import states
from kechuang.fulfilment.telling import tell_applicant, tell_offices
from kechuang.fulfilment.workflow import lock
from kechuang.journal.statements import Ask
from kechuang.registry.calendar import working_day_if_known

MOST: Final = 20  # requests of one case
DAYS: Final = 5  # working days until it is answered
OPEN: Final = RecusalRequest.State.OPEN
ASKED_IN: Final = frozenset(
    {"draft", "returned", "submitted", "recommended", "accepted", "reviewing", "evaluating"}
)
"""States of a case in which no panel has begun, or none of its own has."""


@dataclass(frozen=True)
class Plea:
    """Who is to be kept off, as the applicant knows them, and why. kind: a ground that a party may name."""

    person: str
    institution: str
    kind: str
    text: str


@dataclass(frozen=True)
class Meant:
    """Somebody whom a request may mean: of the pool, or of the staff that may sit on panels. key: "expert:5"."""

    key: str
    who: Expert | User
    name: str
    places: str  # where they work now, as far as is known


def grounds_of_parties() -> dict[str, Ground]:
    """The grounds that an applicant may name."""
    return {key: one for key, one in grounds().items() if "party" in one.who}


def may_ask(case: Case, actor: Membership) -> bool:
    """Whether its own people may ask now: experts judge the call, and no panel of the case has begun."""
    own = actor.role in APPLICANTS and actor.organisation_id == case.organisation_id
    return own and bool(case.call.rubric) and case.state in ASKED_IN and not _begun(case)


def _begun(case: Case) -> bool:
    there = Panel.objects.filter(cases__case=case, cases__left_at__isnull=True)
    return there.exclude(state=Panel.State.FORMING).exists()


def ask(case: Case, plea: Plea, *, actor: Membership, at: datetime) -> RecusalRequest:
    """Ask that a person, or everybody of an institution, be kept off the case. Raises Refused, with the field.

    Of an application that no office sees yet, a draft or a sealed bid, the offices learn when they see it.
    """
    person, institution, text = "".join(plea.person.split()), plea.institution.strip(), plea.text.strip()
    if not person and not institution:
        raise Refused(
            "请填写姓名或单位，至少一项。", "Name the person or the institution, at least one.", "person"
        )
    if plea.kind not in grounds_of_parties():
        raise Refused("请选择回避事由。", "Choose the ground.", "kind")
    if not text:
        raise Refused("请说明具体情况。", "Say what it rests on.", "text")
    with transaction.atomic():
        locked = lock(case.pk)
        if not may_ask(locked, actor):
            raise Refused(
                "评审开始前，由申报单位提出回避申请；现在不能提出。",
                "An applicant asks before its panel begins; it cannot be asked now.",
            )
        there = locked.recusal_requests.all()
        if there.count() >= MOST:
            raise Refused(f"一件申报至多提出 {MOST} 项。", f"There are {MOST} requests of a case at most.")
        if there.filter(person=person, institution=institution, kind=plea.kind, state=OPEN).exists():
            raise Refused("同样的申请正在办理。", "The same request is being looked into.")
        seen = locked.state not in rules.UNSENT and (not locked.call.sealed or locked.call.opened_at)
        made = RecusalRequest.objects.create(
            case=locked, person=person, institution=institution, kind=plea.kind, text=text,
            asked_by=actor, asked_at=at, due_on=working_day_if_known(timezone.localdate(at), DAYS) if seen else None,
        )  # fmt: skip
        event = note("case.recusal_asked", locked, actor, at, request=made.pk)
        if seen:
            tell_offices("recusal_asked", locked, event, due=str(made.due_on or ""))
    return made


def answer(
    request: RecusalRequest,
    *,
    upheld: bool,
    text: str,
    people: Collection[str] = (),
    actor: Membership,
    at: datetime,
) -> RecusalRequest:
    """Uphold a request, which keeps `people` (keys of `meant`) away, or refuse it with the reason; told either way."""
    with transaction.atomic():
        case = lock(request.case_id)
        asked = RecusalRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if _is_about(asked, actor):
            raise Refused("涉及您本人，请交由同事答复。", "This is about you: a colleague answers it.")
        if not may_answer(asked, case, actor):
            raise Refused("这项申请不由您答复。", "This request is not yours to answer.")
        if not upheld and not text.strip():
            raise Refused("不予准许的，请写明理由。", "State why it is refused.", "text")
        known = {one.key: one for one in meant(asked, at)}
        if set(people) - known.keys() or (people and not upheld):
            raise Refused("请从所列人员中选择。", "Choose among those listed.", "people")
        asked.state = RecusalRequest.State.UPHELD if upheld else RecusalRequest.State.REFUSED
        asked.answer, asked.answered_by, asked.answered_at = text.strip(), actor, at
        source = f"{case.number} 回避申请 {asked.pk}"
        said = ground_words(asked.kind).zh
        with plainly():
            asked.ties = [
                declaring.keep_off(known[key].who, case.organisation, source, said, actor=actor, at=at).pk
                for key in sorted(set(people))
            ]
            asked.save()
        event = note("case.recusal_answered", case, actor, at, request=asked.pk, upheld=upheld)
        tell_applicant("recusal_upheld" if upheld else "recusal_refused", case, event, answer=asked.answer)
    return asked


def may_answer(request: RecusalRequest, case: Case, actor: Membership) -> bool:
    """Whether this person's department runs the call, the person sees the case and is not who is meant; not answered.

    The decider may too: an office can have one officer, and the request be about that officer.
    """
    mine = rules.may_manage(actor, case.call) and rules.may_see(actor, case)
    return mine and not _is_about(request, actor) and request.state == OPEN


def _is_about(request: RecusalRequest, actor: Membership) -> bool:
    return bool(request.person) and request.person == "".join(actor.user.name.split())


def meant(request: RecusalRequest, at: datetime) -> list[Meant]:
    """Whom the request may mean, for the officer who decides: of the whole pool, and of the staff by name."""
    today = timezone.localdate(at)
    experts = pool.meant(request.person, request.institution, today).prefetch_related(
        "employments__organisation"
    )
    found = [Meant(f"expert:{one.pk}", one, one.name, _places(one)) for one in experts]
    if request.person:
        staff = held_on(today).filter(role__in=SEATED - {Role.EXPERT}, user__name=request.person)
        people = {one.user_id: one for one in staff.select_related("user", "organisation").order_by("-pk")}
        found += [
            Meant(f"user:{pk}", one.user, one.user.name, one.organisation.name) for pk, one in people.items()
        ]
    return found


def _places(expert: Expert) -> str:
    now = [one for one in expert.employments.all() if one.withdrawn_at is None and one.ended_on is None]
    return "、".join(one.organisation.name if one.organisation else one.employer for one in now)


def kept_institutions(today: date) -> Iterator[Kept]:
    """The institutions of requests that were upheld against all who work there, for the years of the ground.

    The officer looked at those of then; whoever comes later is kept off like them.
    """
    years = grounds()["objection"].years or 0
    found = RecusalRequest.objects.filter(state=RecusalRequest.State.UPHELD, person="").exclude(
        institution=""
    )
    rows = found.values_list("case__organisation", "institution", "pk", "answered_at")
    for organisation, institution, pk, answered_at in rows:
        if answered_at and years_after(timezone.localdate(answered_at), years) >= today:
            yield Kept(organisation, institution, f"request:{pk}", answered_at)


def visible(actor: Membership) -> QuerySet[RecusalRequest]:
    """The requests that one may see: an applicant its own, a department those of its calls, readers all.

    Of cases that one does not see (sealed bids, organisations that one stays away from) none, in no count either.
    """
    found = RecusalRequest.objects.filter(case__in=rules.visible_cases(actor))
    found = found.select_related("case__organisation", "case__call__department", "answered_by__organisation")
    if actor.role in APPLICANTS:
        return found.filter(case__organisation=actor.organisation_id)
    if actor.role in DEPARTMENT:
        return found.filter(case__call__department=actor.organisation_id)
    return found if actor.role in READERS else found.none()


def waiting(actor: Membership) -> Waiting:
    """How many requests wait for this department's answer, and by when the first. One query."""
    return office_queries.waiting(asks(actor))


def asks(actor: Membership) -> list[Ask[Any]]:
    """What `waiting` reads."""
    if actor.role not in DEPARTMENT:
        return []
    key = ("recusal requests", rules.statement_key(actor))
    return [
        office_queries.waiting_ask(key, lambda: visible(actor).filter(state=OPEN, case__state__in=_alive()))
    ]


def _alive() -> list[str]:
    return [key for key, one in states().items() if not one.ends]
