"""Bids that experts judge: what the panel failed gets neither 立项 nor money, and a selection ends with its bid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN, at_noon, manager_of
from fulfilment.judged import graded, make_panel, points, put_before, rubric_with
from fulfilment.projects import filled_in, make_office, make_project_call
from fulfilment.test_bids import APPROACH, NEED
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, clockwork, workflow
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.projects import bids, filling
from kechuang.journal.models import Event
from treasury.factories import refused

pytestmark = pytest.mark.django_db
RUBRIC = rubric_with("7.city_project")


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def accepted(city, office, pdf_upload):
    """A function: a bid of a call with or without a rubric, opened and accepted; the case and the time then."""

    def reach(rubric=RUBRIC):
        changes = {"needs": [NEED], "sealed": True, "recommended": False, "rubric": rubric}
        call = make_project_call(city, office, "7.city_project", AT.date(), 2025, **changes)
        manager = make_membership(Role.MANAGER, make_organisation())
        case = applying.start(call, actor=manager, at=AT, key=NEED["number"])
        filling.propose(case, APPROACH, 100 * WAN, actor=manager, at=AT)
        case = workflow.apply(filled_in(case, manager, pdf_upload), "submit", actor=manager, at=AT)
        at = call.closes_at + timedelta(minutes=1)
        bids.open_all(call, actor=office.officer, at=at)
        return workflow.apply(case, "accept", actor=office.officer, at=at), at

    return reach


def judged(case, office, at, score):
    """The case graded by a panel of five, every one of whom gives this score; and the time then."""
    due = at + timedelta(days=7)
    panel = make_panel(case.call, office.officer, due=due, at=at)
    put_before(panel, [case], office.officer, at)
    after = due + timedelta(minutes=1)
    assert graded(panel, office.officer, points(*[score] * 5), after, scored_at=at) == {}
    return Case.objects.get(pk=case.pk), after


def test_what_the_panel_failed_is_neither_selected_nor_determined_and_can_be_rejected(accepted, office):
    case, at = accepted()
    case, at = judged(case, office, at, "3")

    with refused("不能立项，也不能核定"):
        bids.select(case, at.date(), actor=office.decider, at=at)
    with refused("不能立项，也不能核定"):
        workflow.apply(case, "determine", actor=office.decider, at=at, amount=100 * WAN)
    case = workflow.apply(case, "reject", actor=office.decider, at=at, reason="评审不合格")

    assert case.state == "rejected"
    assert not case.organisation.facts.filter(record="projects").exists()


def test_a_bid_that_experts_judge_is_not_selected_before_they_have(accepted, office):
    case, at = accepted()

    with refused("请先经专家评审"):
        bids.select(case, at.date(), actor=office.decider, at=at)


def test_a_bid_that_passed_is_selected_and_determined(accepted, office):
    case, at = accepted()
    case, at = judged(case, office, at, "8")

    case = bids.select(case, at.date(), actor=office.decider, at=at)
    case = workflow.apply(case, "determine", actor=office.decider, at=at, amount=100 * WAN)

    assert (case.grade, case.determined_fen) == ("good", 100 * WAN)


def known_of(case):
    """What is known now of the project that the bid is about."""
    found = case.organisation.facts.filter(record="projects", key=NEED["number"], known_to__isnull=True)
    return set(found.values_list("field", flat=True))


def rejected(case, office, at):
    return workflow.apply(case, "reject", actor=office.decider, at=at, reason="资金另有安排")


def withdrawn(case, _office, at):
    return workflow.apply(case, "withdraw", actor=manager_of(case), at=at, reason="团队变动")


def lapsed(case, office, at):
    given = {"sections": ["proposal"], "reason": "请补充"}
    case = workflow.apply(case, "send_back", actor=office.officer, at=at, **given)
    clockwork.strike(at_noon(case.due_on + timedelta(days=1)))
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("end", [rejected, withdrawn, lapsed])
def test_a_selected_bid_that_ends_without_a_contract_is_selected_no_longer(accepted, office, end):
    case, at = accepted(rubric={})
    case = bids.select(case, at.date(), actor=office.decider, at=at)
    before = known_of(case)

    case = end(case, office, at)

    assert {"selected", "selected_on"} <= before
    assert case.state in {"rejected", "withdrawn"}
    assert known_of(case) == set()
    told = Event.objects.filter(subject=f"case:{case.pk}").latest("number")
    assert told.data["unselected"] == NEED["number"]


def test_a_bid_that_is_determined_anew_stays_selected(accepted, office):
    case, at = accepted(rubric={})
    case = bids.select(case, at.date(), actor=office.decider, at=at)
    case = workflow.apply(case, "determine", actor=office.decider, at=at, amount=100 * WAN)

    case = workflow.apply(case, "reconsider", actor=office.decider, at=at, reason="金额有误")

    assert {"selected", "selected_on"} <= known_of(case)
