"""Sealed bids for an open challenge: seen by nobody but the bidder until all are opened together; then selected."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN
from fulfilment.office import signed_in
from fulfilment.projects import filled_in, issued, make_office, make_project_call, reached, signed
from fulfilment.test_office_api import bearer
from kechuang.accounts.models import Recusal
from kechuang.accounts.queries import deliveries_seen_by
from kechuang.accounts.roles import Role
from kechuang.experts import drawing
from kechuang.experts.models import Draw
from kechuang.fulfilment import applying, calls, dossier_page, rules, stacking, workflow
from kechuang.fulfilment.assessing import assess_case
from kechuang.fulfilment.guards import fingerprint
from kechuang.fulfilment.judging import allocations
from kechuang.fulfilment.judging.allocating import Terms
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.projects import bids, filling
from kechuang.fulfilment.verifying import checks
from kechuang.journal import queries as journal
from kechuang.journal.models import Delivery, Event, Message
from kechuang.registry.rules import may_see_evidence
from treasury.factories import refused

pytestmark = pytest.mark.django_db
NEED = {
    "number": "XQ2026-001",
    "kind": "bottleneck",
    "form": "open_challenge",
    "title": {"zh": "大丝束碳纤维原丝", "en": "Large-tow carbon fibre precursor"},
    "budget_fen": 150 * WAN,
}
SUPPOSED = "这一条用到假定的值"
APPROACH = "以干喷湿纺为基础，先在百吨线上验证凝固浴控制，再放大到千吨线，十八个月内达到指标。"


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def call(city, office):
    changes = {"needs": [NEED], "sealed": True, "recommended": False}
    return make_project_call(city, office, "7.city_project", AT.date(), 2025, **changes)


@pytest.fixture
def bid(call, pdf_upload):
    """A function: a bid handed in by a new enterprise; the case."""

    def hand_in(asked_fen=100 * WAN):
        manager = make_membership(Role.MANAGER, make_organisation())
        case = applying.start(call, actor=manager, at=AT, key=NEED["number"])
        filling.propose(case, APPROACH, asked_fen, actor=manager, at=AT)
        case = filled_in(case, manager, pdf_upload)
        return workflow.apply(case, "submit", actor=manager, at=AT)

    return hand_in


def manager_of(case):
    return case.organisation.memberships.get()


OTHERS = [
    Role.OFFICER, Role.DECIDER, Role.DISTRICT, Role.AUDITOR, Role.LEADER, Role.ACCOUNTANT, Role.MANAGER,
]  # fmt: skip


def test_nobody_but_the_bidder_sees_a_sealed_bid_nor_how_many_there_are(bid, office, call):
    case = bid()
    everybody = [make_membership(role) for role in OTHERS] + [office.officer, office.decider]

    for one in everybody:
        assert rules.visible_cases(one).count() == 0
        assert not rules.may_see(one, case)
    assert rules.visible_cases(manager_of(case)).get() == case
    evidence = case.documents.first().evidence
    assert not may_see_evidence(office.officer, evidence)
    assert not journal.events(journal.Filters(subject="case")).exists()
    told = Message.objects.values_list("recipient", flat=True)
    assert set(told) <= {manager_of(case).user_id}
    page = signed_in(office.officer).get(f"/calls/{call.number}/").content.decode()
    assert case.number not in page


def test_what_did_not_reach_a_bidder_tells_the_operator_of_no_sealed_bid(bid, office, call):
    case = bid()
    operator = make_membership(Role.OPERATOR)
    event = Event.objects.filter(subject=f"case:{case.pk}").first()
    given_up = {"state": "given_up", "next_try_at": AT}
    letter = Delivery.objects.create(channel="webhook", event=event.number, **given_up)

    before = deliveries_seen_by(operator)
    assert not before.filter(pk=letter.pk).exists()
    bids.open_all(call, actor=office.officer, at=call.closes_at + timedelta(minutes=1))
    assert deliveries_seen_by(operator).filter(pk=letter.pk).exists()
    recused = make_membership(Role.OPERATOR)
    Recusal.objects.create(
        user=recused.user, organisation=case.organisation, ground="employer", source="t:1", began_at=AT
    )
    assert not deliveries_seen_by(recused).filter(pk=letter.pk).exists()


def test_no_draw_is_prepared_for_a_call_before_its_bids_are_opened(bid, office, call):
    case = bid()
    Recusal.objects.create(
        user=office.officer.user, organisation=case.organisation, ground="spouse", source="x", began_at=AT
    )
    told = {"purpose": "揭榜评审", "subject": call.number, "seats": 1, "substitutes": 0}
    days = {"first_day": "2026-04-01", "last_day": "2026-04-03"}

    with refused("开标后再抽取"):
        drawing.find_parties(call.number, office.officer)
    page = signed_in(office.officer).post("/draws/new/", {**told, **days})

    assert "开标后再抽取" in page.content.decode()
    assert not Draw.objects.exists()
    colleague = make_membership(Role.OFFICER, office.officer.organisation)
    bids.open_all(call, actor=colleague, at=call.closes_at + timedelta(minutes=1))
    assert drawing.find_parties(call.number, colleague) == (f"call:{call.pk}", [case.organisation_id])


def test_a_sealed_bid_is_no_overlap_of_another_case_before_its_opening(bid, call, office):
    case = bid()
    other = Case(
        call=call, organisation=case.organisation, key="-", year=case.year, version_id=case.version_id
    )

    before = stacking.overlaps(other)
    bids.open_all(call, actor=office.officer, at=call.closes_at + timedelta(minutes=1))

    assert before == []
    assert [one.case for one in stacking.overlaps(other)] == [case]


def test_numbers_of_sealed_bids_do_not_count_them(bid):
    numbers = sorted(int(bid().number.rpartition("-")[2]) for _ in range(3))

    assert numbers[0] >= 10_000
    assert numbers != list(range(numbers[0], numbers[0] + 3))


def test_a_bid_is_taken_back_and_sealed_anew_and_both_hashes_are_kept(bid):
    case = bid()
    first, manager = bids.seal_of(case.sections), manager_of(case)

    case = workflow.apply(case, "take_back", actor=manager, at=AT)
    filling.propose(case, APPROACH, 90 * WAN, actor=manager, at=AT)
    case = workflow.apply(case, "submit", actor=manager, at=AT + timedelta(hours=1))

    assert bids.seal_of(case.sections) != first
    kept = Event.objects.filter(subject=f"case:{case.pk}", kind="case.submit").order_by("number")
    assert [fingerprint(one.data["sections"]) for one in kept] == [first, bids.seal_of(case.sections)]


def test_all_bids_are_opened_together_after_the_close_by_an_officer(bid, call, office):
    cases = sorted([bid(), bid(80 * WAN)], key=lambda one: one.number)
    seals = [bids.seal_of(one.sections) for one in cases]
    after = call.closes_at + timedelta(minutes=1)
    with refused("截止后才能开标"):
        bids.open_all(call, actor=office.officer, at=AT)
    with refused("不由您办理"):
        bids.open_all(call, actor=office.decider, at=after)

    made = bids.open_all(call, actor=office.officer, at=after)

    assert [one["hash"] for one in made.bids] == seals
    assert rules.visible_cases(office.officer).count() == 2
    assert bids.open_all(call, actor=office.officer, at=after) == made
    event = Event.objects.get(kind="call.bids_opened")
    assert [one["hash"] for one in event.data["bids"]] == seals
    assert journal.events(journal.Filters(subject="case")).exists()
    with refused("截止"):
        workflow.apply(cases[0], "take_back", actor=manager_of(cases[0]), at=after)


def test_a_sealed_call_is_not_withdrawn_and_not_settled_before_its_opening(bid, call, office):
    with refused("发布后不能撤回"):
        calls.withdraw(call, "不办了", actor=office.officer, at=AT)
    bid()
    after = call.closes_at + timedelta(minutes=1)
    calls.close(call, at=after)
    with refused("请先开标"):
        calls.settle(call, actor=office.officer, at=after)


def test_a_bid_asks_for_no_more_than_the_challenge_has(call):
    manager = make_membership(Role.MANAGER, make_organisation())
    case = applying.start(call, actor=manager, at=AT, key=NEED["number"])

    with refused("不超过榜单金额"):
        filling.propose(case, APPROACH, 150 * WAN + 1, actor=manager, at=AT)
    with refused("还缺：揭榜方案"):
        workflow.apply(case, "submit", actor=manager, at=AT)


@pytest.mark.parametrize(
    ("asked", "most", "what"),
    [(80, 80, "揭榜单位申请的金额 800,000.00 元"), (150, 150, "金额 1,500,000.00 元")],
)
def test_no_more_is_determined_than_was_asked_for_and_than_the_challenge_has(
    bid, call, office, asked, most, what
):
    case = bid(asked * WAN)
    opened = call.closes_at + timedelta(minutes=1)
    bids.open_all(call, actor=office.officer, at=opened)
    case = workflow.apply(Case.objects.get(pk=case.pk), "accept", actor=office.officer, at=opened)
    case = bids.select(case, opened.date(), actor=office.decider, at=opened)

    shared = allocations.table(call, Terms(allocations.PARTS), actor=office.decider, at=opened)
    with refused(what):
        workflow.apply(case, "determine", actor=office.decider, at=opened, amount=200 * WAN)
    with refused(what):
        allocations.choose(
            call, "score", Terms(allocations.PARTS), {case.number: most * WAN + 1}, "择优",
            actor=office.decider, at=opened,
        )  # fmt: skip
    case = workflow.apply(case, "determine", actor=office.decider, at=opened, amount=most * WAN)

    assert [one.ceiling_fen for one in shared.lines] == [most * WAN]
    assert case.determined_fen == most * WAN


def test_a_bid_is_about_a_need_of_the_list(call):
    manager = make_membership(Role.MANAGER, make_organisation())

    with refused("从列表中选择"):
        applying.start(call, actor=manager, at=AT, key="XQ2026-999")


def test_several_bidders_are_selected_for_one_need_and_go_on_to_contracts(bid, call, office):
    runners = [bid(), bid()]
    opened = call.closes_at + timedelta(minutes=1)
    bids.open_all(call, actor=office.officer, at=opened)
    determined: list[Case] = []
    for runner in runners:
        case = workflow.apply(Case.objects.get(pk=runner.pk), "accept", actor=office.officer, at=opened)
        with refused("条件不成立"):
            workflow.apply(case, "determine", actor=office.decider, at=opened, amount=WAN)
        case = bids.select(case, opened.date(), actor=office.decider, at=opened)
        determined.append(
            workflow.apply(case, "determine", actor=office.decider, at=opened, amount=100 * WAN)
        )

    assert [one.determined_fen for one in determined] == [100 * WAN] * 2
    for one in determined:
        project = one.organisation.facts.get(record="projects", field="selected")
        assert (project.key, project.source, project.value) == (NEED["number"], "decision", True)


def page_of(office, case):
    return signed_in(office.officer).get(f"/cases/{case.number}/").content.decode()


def step_of(page):
    return page.split("下一步", 1)[1].split("</p>")[0]


def test_the_record_of_the_opening_shows_names_and_the_hours_of_the_city(bid, call, office, client, clock_at):
    clock_at(call.closes_at + timedelta(minutes=1))
    case = bid()
    bids.open_all(call, actor=office.officer, at=call.closes_at + timedelta(minutes=1))
    colleague = make_membership(Role.OFFICER, office.officer.organisation)
    Recusal.objects.create(
        user=colleague.user, organisation=case.organisation, ground="employer", source="t:1", began_at=AT
    )

    page = signed_in(office.officer).get(f"/calls/{call.number}/open-bids/").content.decode()
    kept = signed_in(colleague).get(f"/calls/{call.number}/open-bids/").content.decode()

    assert case.organisation.name in page
    assert f"{timezone.localtime(AT):%Y-%m-%d %H:%M}</td>" in page
    for reader, expected in ((office.officer, [case.number]), (colleague, [])):
        told = client.get(f"/api/projects/calls/{call.number}/opening", **bearer(reader)).json()
        assert [one["number"] for one in told["bids"]] == expected
    assert "下一步：逐件受理" in page
    assert case.number not in kept


def test_the_project_of_a_bid_runs_to_its_acceptance_and_its_grade_becomes_a_fact(city, bid, call, office):
    case = bid()
    opened = call.closes_at + timedelta(minutes=1)
    bids.open_all(call, actor=office.officer, at=opened)
    case = workflow.apply(Case.objects.get(pk=case.pk), "accept", actor=office.officer, at=opened)
    case = bids.select(case, opened.date(), actor=office.decider, at=opened)
    case = workflow.apply(case, "determine", actor=office.decider, at=opened, amount=100 * WAN)
    calls.close(call, at=opened)
    case, at = issued(office, case, opened)
    before = page_of(office, case)
    assert "按验收之前测算" in before
    assert before.count(SUPPOSED) == 1  # at the condition that reads the results, and at no other
    assert SUPPOSED in dossier_page.page_of(case, at, "zh")
    case = signed(office, case, at)
    assert "提交阶段报告" in step_of(page_of(office, case))
    for number in (1, 2):
        case = reached(office, case, number, at)
    given = {"grade": "good", "conclusion": "两项指标达到"}
    case = workflow.apply(case, "finish", actor=office.decider, at=at, **given)

    graded = case.organisation.facts.get(record="projects", field="results", known_to__isnull=True)
    assert (graded.value, graded.source) == ("good", "decision")
    assert assess_case(case, at).supposing is None
    page = dossier_page.page_of(case, at, "zh")
    assert page.count(f"决定时：{SUPPOSED}") == 1
    assert "通过验收，等次：良好。" in page
    found = [
        one for check in checks() if check.title.en in {"decisions", "cases"} for one in check.run() if one
    ]
    assert found == []
