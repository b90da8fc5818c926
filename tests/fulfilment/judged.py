"""Panels for stories: experts, a panel that has scored, met and concluded."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from experts.factories import make_expert
from factories import AT, TODAY, make_membership, make_organisation
from fulfilment.city import WAN, carried_to, make_appropriation, make_call
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.experts import drawing
from kechuang.fulfilment import applying, clockwork, workflow
from kechuang.fulfilment.judging import assigning, meetings, panels, rubrics, sheets
from kechuang.fulfilment.judging.models import Assignment, Panel
from kechuang.fulfilment.projects import consortium, filling
from kechuang.fulfilment.projects.consortium import Stake
from kechuang.policy import load_pack
from kechuang.registry import actions as registry
from kechuang.registry.models import Evidence

DUE = AT + timedelta(days=7)
AFTER = DUE + timedelta(minutes=1)


def make_experts(count: int = 5, department=None):
    """Experts of one pool."""
    pool = department or make_organisation(name="威海市科技专家库", kind="government")
    return [make_membership(Role.EXPERT, pool) for _ in range(count)]


def make_panel(call, officer, experts=None, **more) -> Panel:
    """A panel, its first expert in the chair."""
    people = experts or make_experts()
    plan = panels.Plan(
        more.pop("name", "第一评审组"),
        people,
        people[0],
        more.pop("due", DUE),
        draw=more.pop("draw", None),
        reason=more.pop("reason", ""),
    )
    return panels.form(call, plan, actor=officer, at=more.pop("at", AT))


def put_before(panel, cases, officer, at=AT):
    """Cases that are accepted go to the panel, everybody judges them, and scoring begins."""
    done = [workflow.apply(case, "evaluate", actor=officer, at=at, panel=panel) for case in cases]
    per_case = panels.rubric_of(panel.call).per_case
    panels.assign(panel, assigning.propose(panel, per_case), actor=officer, at=at)
    panels.begin(panel, actor=officer, at=at)
    panel.refresh_from_db()
    return done


def assignment_of(panel, case, place=1) -> Assignment:
    return Assignment.objects.get(panel=panel, case=case, seat__place=place)


def score(assignment, points: str, at=AT, *, seal=True, **more):
    """The same score on every criterion, and sealed unless said otherwise."""
    rubric = panels.rubric_of(assignment.panel.call)
    actor = assignment.seat.membership
    written = sheets.Written(scores={one.key: points for one in rubric.criteria}, **more)
    revision = getattr(getattr(assignment, "sheet", None), "revision", 0)
    sheet = sheets.save(assignment, written, revision=revision, actor=actor, at=at)
    return sheets.seal(assignment, revision=sheet.revision, actor=actor, at=at) if seal else sheet


def score_all(panel, points_of, at=AT):
    """Every assignment scored: points_of(case, place) gives the points of each."""
    live = panel.assignments.filter(ended_at__isnull=True).select_related(
        "seat__membership", "case", "panel__call"
    )
    for one in live:
        score(one, points_of(one.case, one.seat.place), at)


def opened(panel, at=AFTER) -> Panel:
    """The panel after its deadline."""
    clockwork.strike(at)
    panel.refresh_from_db()
    return panel


def meet(panel, officer, at=AFTER, **more):
    """Everybody present, the bands as proposed."""
    present = list(panel.seats.values_list("pk", flat=True))
    minutes = meetings.Minutes(
        timezone.localdate(at),
        more.pop("present", present),
        more.pop("text", "经讨论，同意各件得分。"),
        more.pop("file", None),
    )
    return meetings.write(panel, minutes, actor=officer, at=at, **more)


def conclude(panel, at=AFTER, **more):
    return meetings.conclude(panel, actor=panel.seats.get(chair=True).membership, at=at, **more)


def graded(panel, officer, points_of, at=AFTER, scored_at=AT):
    """Scored, opened, met, concluded and taken over into the cases."""
    score_all(panel, points_of, scored_at)
    opened(panel, at)
    meet(panel, officer, at)
    conclude(panel, at)
    return meetings.grade_all(panel, actor=officer, at=at)


def make_evaluation(
    city, count=3, *, reserve_wan=1000, rubric=None, benefit="17.cultivation_agency", **facts
):
    """A published call for agencies that cultivate high-tech enterprises, and accepted cases of as many agencies."""
    measure = benefit.partition(".")[0]
    money = make_appropriation(city, reserve_wan * WAN, measure)
    changes = {"rubric": rubric} if rubric else {}
    call = make_call(city, money, benefit=benefit, **changes)
    return call, [make_agency_case(city, call, place, **facts) for place in range(1, count + 1)]


def make_agency_case(city, call, place=1, *, partner=None, **facts):
    """An accepted case of an agency that served ten times as many enterprises as its place.

    partner: the manager of a second organisation that undertakes it with the agency.
    """
    manager = make_membership(Role.MANAGER, make_organisation(kind="agency"))
    given = {
        "clients": 10 * place,
        "certified": 5 * place,
        "level": "municipal",
        "filed_on": date(2021, 5, 1),
        **facts,
    }
    kind = "technology_transfer" if call.benefit.startswith("14.") else "high_tech_cultivation"
    key = f"{kind}|2025"
    told = {"kind": kind, "year": 2025, **given}
    said = [registry.Statement("agencies", name, value, key) for name, value in told.items()]
    registry.state_many(manager.organisation, said, actor=manager, at=AT - timedelta(days=2))
    case = applying.start(call, actor=manager, at=AT, key=key)
    if partner is not None:
        halves = [Stake(one, 5000, 5000, "各承担一半") for one in (case.organisation, partner.organisation)]
        filling.name_members(case, halves, actor=manager, at=AT)
        consortium.confirm(case.members.get(role="member"), actor=partner, at=AT)
    applying.state_account(
        case, manager.organisation.name, "威海银行", "6228480402564890018", actor=manager, at=AT
    )
    for document in call.documents:
        applying.hand_in(case, document["key"], make_evidence(manager), actor=manager, at=AT)
    applying.agree(case, agreed=True, actor=manager, at=AT)
    case.refresh_from_db()
    return carried_to(city, case, "accepted")


def make_evidence(manager):
    """A file of the organisation, clean."""
    return Evidence.objects.create(
        hash=f"{manager.pk:064d}", organisation=manager.organisation, name=f"{manager.organisation.name}.pdf",
        media_type="application/pdf", size=1, scan="clean", uploaded_by=manager, uploaded_at=AT,
    )  # fmt: skip


def rubric_with(benefit="17.cultivation_agency", **changes):
    """The default rubric with some of it changed."""
    return {**rubrics.default_for(load_pack("weihai-2023-5").benefit(benefit)), **changes}


def make_draw(city, seats=5, fields=()):
    """A draw carried out from a pool that has one expert more."""
    for number in range(seats + 1):
        make_expert(city.officer, employer=f"第 {number} 研究院")
    plan = drawing.Plan("年度评价", seats, 0, (TODAY, TODAY + timedelta(days=30)), fields)
    return drawing.carry_out(drawing.prepare(plan, actor=city.officer, at=AT), actor=city.officer, at=AT)


def scoring(city):
    """A case before a panel that is scoring."""
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    return panel, case


def recuse(membership, organisation):
    Recusal.objects.create(
        user=membership.user, organisation=organisation, ground="employer", source="test:1", began_at=AT
    )


def points(*by_place):
    """Points by the place of the expert, the same for every case."""
    return lambda _case, place: by_place[place - 1]
