"""An applicant asks that somebody be kept off its case; an officer decides; what is upheld keeps away like any tie."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from experts.factories import kept_from, make_expert, make_officer
from factories import AT, make_membership, make_organisation, make_user
from fulfilment.city import make_case, make_city, make_grower
from fulfilment.judged import make_evaluation, make_experts, make_panel, put_before
from fulfilment.office import signed_in
from fulfilment.projects import make_office, make_project_call
from fulfilment.test_bids import NEED
from fulfilment.test_projects_api import program
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.experts import actions as pool
from kechuang.experts import recusal
from kechuang.experts.models import Tie
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.judging import assigning, panels, requests
from kechuang.fulfilment.judging.requests import Plea
from kechuang.fulfilment.models import RecusalRequest
from kechuang.journal.models import Event, Message
from treasury.factories import refused

pytestmark = pytest.mark.django_db
RIVAL = Plea("王 某某", "", "rival", "在竞争企业任技术顾问。")


@pytest.fixture
def city(clock_at):
    clock_at(AT)
    return make_city()


@pytest.fixture
def case(city):
    """An accepted case of a call that experts judge."""
    return make_evaluation(city, 1)[1][0]


def applicant_of(case):
    return case.organisation.memberships.get()


def asked(case, plea=RIVAL, at=AT):
    return requests.ask(case, plea, actor=applicant_of(case), at=at)


def answered(city, one, upheld=True, text="", people=(), at=AT):
    return requests.answer(one, upheld=upheld, text=text, people=people, actor=city.officer, at=at)


def told(user):
    return [
        (one.title["zh"], one.body["zh"]) for one in Message.objects.filter(recipient=user).order_by("pk")
    ]


def text_of(answer):
    return answer.content.decode()


def panel_of(city, case, experts):
    """A panel that is being formed, the case before it and everybody assigned who may be."""
    panel = make_panel(case.call, city.officer, experts, reason="多请一位")
    workflow.apply(case, "evaluate", actor=city.officer, at=AT, panel=panel)
    proposed = assigning.propose(panel, panels.rubric_of(case.call).per_case)
    panels.assign(panel, proposed, actor=city.officer, at=AT)
    return panel


def test_what_is_upheld_is_a_tie_and_keeps_the_expert_away_whoever_keeps_the_entry(city, case):
    expert = make_expert(make_officer("市农业农村局"), name="王某某")
    one = asked(case)
    [meant] = requests.meant(one, AT)

    one = answered(city, one, people=[meant.key])

    tie = Tie.objects.get()
    assert (tie.expert, tie.organisation, tie.kind) == (expert, case.organisation, "objection")
    assert (one.state, one.ties) == ("upheld", [tie.pk])
    assert case.organisation_id in kept_from(expert.membership)
    assert Recusal.objects.get(user=expert.user).ground == "objection"


def test_whoever_is_kept_off_is_not_assigned_and_the_database_takes_no_word_of_theirs(city, case):
    expert = make_expert(name="王某某")
    experts = [expert.membership, *make_experts(5)]
    one = asked(case)
    answered(city, one, people=[f"expert:{expert.pk}"])

    panel = panel_of(city, case, experts)

    assert not panel.assignments.filter(seat__membership=expert.membership).exists()
    seat = panel.seats.get(membership=expert.membership)
    with refused("须回避"):
        panels.assign(panel, {case.pk: [seat.pk]}, actor=city.officer, at=AT)
    with pytest.raises(IntegrityError, match="stays away"), transaction.atomic():
        panel.assignments.create(case=case, seat=seat, assigned_by=city.officer, assigned_at=AT)


def test_a_panel_begins_when_every_request_is_answered_and_without_whom_it_keeps_off(city, case):
    expert = make_expert(name="王某某")
    experts = [expert.membership, *make_experts(4)]
    panel = panel_of(city, case, experts)
    one = asked(case)

    with refused("回避申请没有答复"):
        panels.begin(panel, actor=city.officer, at=AT)
    answered(city, one, people=[f"expert:{expert.pk}"])
    with refused("专家不足"):
        panels.begin(panel, actor=city.officer, at=AT)

    assert panel.assignments.get(seat__membership=expert.membership).case == case


def test_the_page_of_a_panel_shows_open_requests_in_place_of_the_button_that_begins(city, case):
    panel = panel_of(city, case, make_experts(5))
    one, officer = asked(case), signed_in(city.officer)

    hindered = text_of(officer.get(f"/panels/{panel.pk}/"))
    answered(city, one, upheld=False, text="没有这样的关联。")
    free = text_of(officer.get(f"/panels/{panel.pk}/"))

    assert "有 1 项回避申请没有答复" in hindered
    assert 'href="/recusal-requests/"' in hindered
    assert [f"/panels/{panel.pk}/begin/" in page for page in (hindered, free)] == [False, True]


def test_once_the_panel_has_begun_nothing_can_be_asked_any_more(city, case):
    panel = make_panel(case.call, city.officer)
    [case] = put_before(panel, [case], city.officer)

    with refused("评审开始前"):
        asked(case)

    assert not requests.may_ask(case, applicant_of(case))


def test_it_can_be_asked_while_the_application_is_being_written_and_no_office_hears_of_a_draft(city, case):
    manager = applicant_of(case)
    workflow.apply(case, "withdraw", actor=manager, at=AT, reason="重新申报")
    draft = applying.start(case.call, actor=manager, at=AT, key=case.key)

    before = Message.objects.filter(recipient=city.officer.user).count()

    assert (draft.state, asked(draft).state) == ("draft", "open")
    assert Message.objects.filter(recipient=city.officer.user).count() == before
    assert requests.waiting(city.officer).count == 0


def test_the_applicant_is_told_the_same_whether_or_not_there_is_such_a_person(city):
    _, (first, second) = make_evaluation(city, 2)
    expert = make_expert(name="王某某")
    answered(city, asked(first), people=[f"expert:{expert.pk}"], text="已核实。")
    answered(city, asked(second, Plea("查无此人", "", "rival", "竞争。")))

    bodies = {told(applicant_of(one).user)[-1][1] for one in (first, second)}
    pages = {
        text_of(signed_in(applicant_of(one)).get(f"/cases/{one.number}/recusals/")).count("所指人员不参加")
        for one in (first, second)
    }

    assert len(bodies) == 1
    assert pages == {2}  # above, for everybody, and beside the request
    shown = program(applicant_of(first))(f"cases/{first.number}/recusal-requests").json()["requests"]
    assert (shown[0]["state"], shown[0]["answer"]) == ("upheld", "")
    assert "kept_off" not in shown[0]


def test_what_is_refused_says_why_and_keeps_nobody_away(city, case):
    expert = make_expert(name="王某某")
    one = asked(case)

    with refused("请写明理由"):
        answered(city, one, upheld=False)
    with refused("从所列人员"):
        answered(city, one, upheld=False, text="不属实。", people=[f"expert:{expert.pk}"])
    answered(city, one, upheld=False, text="经核实，与竞争企业无关。")

    assert not Tie.objects.exists()
    assert told(applicant_of(case).user)[-1] == (
        f"回避申请未予准许 {case.number}",
        "理由：经核实，与竞争企业无关。",
    )
    assert "经核实，与竞争企业无关。" in text_of(
        signed_in(applicant_of(case)).get(f"/cases/{case.number}/recusals/")
    )


def test_an_institution_means_all_who_work_there_now(city, case):
    here = [make_expert(employer="威海某大学"), make_expert(works_at=make_organisation(name="威海某大学"))]
    make_expert(employer="别的大学")
    one = asked(case, Plea("", "威海某大学", "rival", "申报同一方向。"))

    meant = requests.meant(one, AT)
    answered(city, one, people=[each.key for each in meant])

    assert {each.key for each in meant} == {f"expert:{each.pk}" for each in here}
    assert all(case.organisation_id in kept_from(each.membership) for each in here)


def test_an_official_who_may_sit_on_panels_is_kept_off_as_well(city, case):
    user = make_user(name="王某某")
    reviewer = make_membership(Role.REVIEWER, scope="credit", user=user)
    one = asked(case)

    answered(city, one, people=[f"user:{user.pk}"])

    assert case.organisation_id in kept_from(reviewer)


def test_a_name_and_a_ground_and_a_reason_are_asked_for(case):
    for plea, words in (
        (Plea(" ", "", "rival", "竞争。"), "至少一项"),
        (Plea("王某某", "", "objection", "竞争。"), "回避事由"),
        (Plea("王某某", "", "rival", " "), "具体情况"),
    ):
        with refused(words):
            asked(case, plea)
    asked(case)
    with refused("正在办理"):
        asked(case)


def test_the_officer_who_is_meant_leaves_the_answer_to_a_colleague(city, case):
    one = asked(case, Plea(city.officer.user.name, "", "dispute", "有诉讼。"))

    page = text_of(signed_in(city.officer).get(f"/recusal-requests/{one.pk}/"))
    with refused("交由同事答复"):
        answered(city, one)
    done = requests.answer(one, upheld=False, text="没有诉讼。", actor=city.decider, at=AT)

    assert "<h2>答复</h2>" not in page
    assert (done.state, done.answered_by) == ("refused", city.decider)


def test_only_the_department_of_the_call_answers_and_once(city, case):
    one = asked(case)
    for other in (make_officer("市农业农村局"), applicant_of(case)):
        with refused("不由您答复"):
            requests.answer(one, upheld=True, text="", actor=other, at=AT)
    answered(city, one)

    with refused("不由您答复"):
        answered(city, one)
    for changed in ({"state": "refused", "answer": "x"}, {"text": "x"}, {"person": "x"}):
        with pytest.raises(IntegrityError, match="answered once"), transaction.atomic():
            RecusalRequest.objects.update(**changed)


def test_nobody_but_those_concerned_sees_it_in_a_list_or_a_count(city, case):
    one = asked(case)
    other = make_officer("市农业农村局")
    away = make_membership(Role.OFFICER, city.officer.organisation)
    Recusal.objects.create(
        user=away.user, organisation=case.organisation, ground="declared", source="test", began_at=AT
    )

    assert requests.waiting(city.officer).count == 1
    assert list(requests.visible(applicant_of(case))) == [one]
    for nobody in (other, away, make_grower(), make_membership(Role.EXPERT)):
        assert not requests.visible(nobody).exists()
        assert requests.waiting(nobody).count == 0
    assert "王某某" not in str([event.data for event in Event.objects.filter(kind="case.recusal_asked")])


def test_a_bidder_asks_while_its_bid_is_sealed_and_no_office_learns_of_it_before_the_opening(city):
    office = make_office()
    rubric = make_evaluation(city, 0)[0].rubric
    changes = {"needs": [NEED], "sealed": True, "recommended": False, "rubric": rubric}
    call = make_project_call(city, office, "7.city_project", AT.date(), 2025, **changes)
    bidder = make_membership(Role.MANAGER, make_organisation())
    case = applying.start(call, actor=bidder, at=AT, key=NEED["number"])

    requests.ask(case, RIVAL, actor=bidder, at=AT)

    assert requests.visible(bidder).count() == 1
    assert requests.waiting(office.officer).count == 0
    assert not Message.objects.filter(recipient=office.officer.user).exists()


class TestPages:
    def test_the_applicant_asks_and_the_officer_upholds_it(self, city, case):
        expert = make_expert(name="王某某", employer="威海某大学")
        own, officer = signed_in(applicant_of(case)), signed_in(city.officer)
        address = f"/cases/{case.number}/recusals/"
        typed = {"person": "王某某", "institution": "", "kind": "rival", "text": "在竞争企业任顾问。"}

        linked = text_of(own.get(f"/cases/{case.number}/"))
        empty = own.post(address, {**typed, "person": "", "kind": ""})
        sent = own.post(address, typed)
        tasks = text_of(officer.get("/tasks/"))
        listed = text_of(officer.get("/recusal-requests/"))
        one = RecusalRequest.objects.get()
        page = text_of(officer.get(f"/recusal-requests/{one.pk}/"))
        unsaid = officer.post(f"/recusal-requests/{one.pk}/", {"upheld": "no"})
        done = officer.post(
            f"/recusal-requests/{one.pk}/", {"upheld": "yes", "people": [f"expert:{expert.pk}"]}
        )

        assert address in linked
        assert (empty.status_code, sent.status_code) == (422, 302)
        assert "待答复回避申请 1 件" in tasks
        assert case.organisation.name in listed
        assert "威海某大学" in page
        assert (unsaid.status_code, done.status_code) == (422, 302)
        assert "登记回避 1 人" in text_of(officer.get(f"/recusal-requests/{one.pk}/"))
        assert case.organisation_id in kept_from(expert.membership)
        own_page = text_of(own.get(address))
        assert "威海某大学" not in own_page
        assert "准予" in own_page

    def test_a_call_without_experts_has_no_such_page(self, city):
        from fulfilment.city import make_call

        case = make_case(make_call(city), make_grower())

        assert signed_in(applicant_of(case)).get(f"/cases/{case.number}/recusals/").status_code == 404

    def test_the_pages_are_read_in_english(self, city, case):
        one = asked(case)
        pages = {
            applicant_of(case): (f"/cases/{case.number}/recusals/", f"/cases/{case.number}/"),
            city.officer: ("/recusal-requests/", f"/recusal-requests/{one.pk}/", "/tasks/"),
        }

        for person, addresses in pages.items():
            client = signed_in(person)
            client.cookies["django_language"] = "en"
            for address in addresses:
                assert 'lang="en"' in text_of(client.get(address))


def test_programs_ask_and_answer(city, case):
    expert = make_expert(name="王某某")
    own, office = program(applicant_of(case)), program(city.officer)
    said = {"person": "王某某", "kind": "kinship", "text": "系竞争企业负责人的近亲属。"}

    made = own(f"cases/{case.number}/recusal-requests", said)
    number = made.json()["id"]
    foreign = program(make_grower())(f"cases/{case.number}/recusal-requests", said)
    unseen = own(f"recusal-requests/{number}")
    read = office(f"recusal-requests/{number}").json()
    listed = office("recusal-requests?state=open").json()["requests"]
    body = {"upheld": True, "people": [read["meant"][0]["key"]]}
    done = office(f"recusal-requests/{number}/answer", body)
    again = office(f"recusal-requests/{number}/answer", body)

    assert (made.status_code, foreign.status_code, unseen.status_code) == (200, 404, 404)
    assert [one["id"] for one in listed] == [number]
    assert read["meant"] == [{"key": f"expert:{expert.pk}", "name": "王某某", "places": ""}]
    assert (done.json()["state"], done.json()["kept_off"], done.json()["meant"]) == ("upheld", 1, [])
    assert again.status_code == 409


def test_whoever_comes_to_an_institution_that_is_kept_off_stays_away_without_anybody_entering_it(city, case):
    spared = make_expert(employer="威海某大学")
    one = asked(case, Plea("", "威海某大学", "rival", "申报同一方向。"))
    answered(city, one, people=[])
    later = AT + timedelta(days=3)
    joiner = make_expert(employer="别的大学")

    pool.employ(joiner, None, "威海某大学", (later.date(), None), actor=joiner.membership, at=later)

    assert case.organisation_id in kept_from(joiner.membership)
    assert case.organisation_id not in kept_from(spared.membership)
    recusal.renew_all(AT + timedelta(days=400))
    assert case.organisation_id not in kept_from(joiner.membership)
