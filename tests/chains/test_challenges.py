"""A need is screened by four aspects, listed, asked about in public, and bid for; what is confidential stays so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from chains.story import FOUND, WRITTEN, make_challenge, make_draft, make_need
from factories import AT, make_department, make_membership, make_organisation
from fulfilment.office import signed_in
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.chains import actions, rules
from kechuang.chains.models import Challenge, Question
from kechuang.fulfilment import applying
from kechuang.fulfilment.models import Call, Case, Contract
from kechuang.fulfilment.projects import bids, filling
from kechuang.fulfilment.projects.consortium import Stake
from kechuang.journal.queries import events_of
from treasury.factories import make_accountant, refused

pytestmark = pytest.mark.django_db
SECRET = "2.1 吨丙烯腈"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def officer():
    return make_membership(Role.OFFICER, make_department("市科技局"))


@pytest.fixture
def challenge(officer):
    return make_challenge(officer, make_accountant())


def make_bidder():
    return make_membership(Role.MANAGER, make_organisation(name="威海攻关科技有限公司"))


def test_a_need_names_targets_that_can_be_measured():
    manager = make_bidder()
    for targets in ([], [("拉伸强度", " ")]):
        with refused("每项都写明怎样衡量"):
            actions.write(actions.Written(**{**WRITTEN.__dict__, "targets": targets}), actor=manager, at=AT)


def test_a_need_is_screened_by_all_four_aspects_each_with_a_reason(officer):
    need = make_need()
    with refused("四个方面都要评分"):
        actions.screen(need, {"industry": (80, "好")}, fit=True, actor=officer, at=AT)
    with refused("分数和理由"):
        actions.screen(need, FOUND | {"finance": (70, " ")}, fit=True, actor=officer, at=AT)
    elsewhere = make_membership(Role.OFFICER, make_department("市农业农村局"))
    with refused("市科技局经办岗办理"):
        actions.screen(need, FOUND, fit=True, actor=elsewhere, at=AT)

    need = actions.screen(need, FOUND, fit=False, actor=officer, at=AT)

    assert need.state == "declined"
    assert need.screenings.count() == 4


def test_a_challenge_shows_everybody_scores_and_reasons_and_nothing_confidential(challenge):
    page = Client().get(f"/challenges/{challenge.need.number}/").content.decode()

    assert "带动三家下游企业" in page
    assert "不低于 4900 MPa" in page
    assert "成果归揭榜单位" in page
    assert SECRET not in page
    assert SECRET not in str(challenge.content)
    assert "大丝束碳纤维原丝" in Client().get("/challenges/").content.decode()


def test_what_is_published_of_a_challenge_is_not_changed(challenge):
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Challenge.objects.filter(pk=challenge.pk).update(budget_fen=1)


def test_a_need_is_listed_in_a_call_of_ones_own_that_is_not_published(challenge, officer):
    need = actions.screen(make_need(), FOUND, fit=True, actor=officer, at=AT)
    terms = {"form": "open_challenge", "rights": "共有", "budget_fen": 1}

    with refused("还没有发布"):
        actions.list_need(need, challenge.call, **terms, actor=officer, at=AT)
    with refused("先遴选"):
        actions.list_need(make_need(), make_draft(officer, make_accountant()), **terms, actor=officer, at=AT)


def test_confidential_details_open_to_bidders_alone_and_who_reads_them_is_kept(challenge):
    stranger, bidder = make_bidder(), make_membership(Role.MANAGER, make_organisation())
    applying.start(challenge.call, actor=bidder, at=AT, key=challenge.need.number)

    with refused("只对需求单位"):
        actions.open_details(challenge.need, actor=stranger, at=AT)
    page = signed_in(bidder).post(f"/needs/{challenge.need.number}/details/").content.decode()

    assert SECRET in page
    (event,) = events_of(f"need:{challenge.need.pk}").filter(kind="need.details_read")
    assert event.data["reader"] == bidder.organisation.uscc
    assert event.data["fields"] == ["current"]


def test_whoever_stays_away_from_an_organisation_sees_no_need_of_it(officer):
    need = make_need()
    assert rules.visible_needs(officer).filter(pk=need.pk).exists()

    Recusal.objects.create(
        user=officer.user, organisation=need.organisation, ground="spouse", source="declared", began_at=AT
    )

    assert not rules.visible_needs(officer).exists()
    assert not rules.sees_details(officer, need)


def test_questions_and_answers_are_public_without_the_name_of_who_asks(challenge, officer):
    bidder = make_bidder()
    signed_in(bidder).post(f"/challenges/{challenge.need.number}/ask/", {"text": "中试线能用几个月？"})
    question = Question.objects.get()
    signed_in(officer).post(
        f"/challenges/{challenge.need.number}/questions/{question.pk}/", {"text": "六个月。"}
    )

    page = Client().get(f"/challenges/{challenge.need.number}/").content.decode()

    assert "中试线能用几个月" in page
    assert "六个月。" in page
    assert bidder.organisation.name not in page


def test_questions_are_frozen_at_the_close_in_the_database_too(challenge, officer):
    question = actions.ask(challenge, "还能问吗？", actor=make_bidder(), at=AT)
    after = challenge.call.closes_at + timedelta(seconds=1)

    with refused("截止后问答冻结"):
        actions.answer(question, "晚了", actor=officer, at=after)
    with refused("截止后问答冻结"):
        actions.ask(challenge, "再问一个", actor=make_bidder(), at=after)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(answer="晚了", answered_at=after)


def test_an_answer_is_given_once(challenge, officer):
    question = actions.ask(challenge, "几个月？", actor=make_bidder(), at=AT)
    actions.answer(question, "六个月", actor=officer, at=AT)

    with refused("已经答复"):
        actions.answer(question, "七个月", actor=officer, at=AT)
    with pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(answer="七个月")


def test_the_button_of_a_challenge_begins_a_sealed_bid_about_its_need(challenge):
    bidder = make_bidder()

    answer = signed_in(bidder).post(f"/challenges/{challenge.need.number}/bid/")

    case = Case.objects.get(organisation=bidder.organisation)
    assert answer.url == f"/cases/{case.number}/"
    assert (case.key, case.call.sealed) == (challenge.need.number, True)
    for path in ("", "parts/proposal", "parts/consortium", "check"):
        assert signed_in(bidder).get(f"/cases/{case.number}/{path}").status_code == 200, path


def test_an_enterprise_writes_a_need_and_an_officer_screens_and_lists_it_on_pages(officer):
    manager = make_bidder()
    typed = {
        "kind": "chain",
        "title": "海洋装备轴承",
        "summary": "需要耐腐蚀轴承。",
        "targets": "寿命：不低于 5000 小时",
        "deadline": "2027-06-30",
        "budget": "80万元",
        "confidential": ["targets"],
    }
    client, office = signed_in(manager), signed_in(officer)
    wrong = client.post("/needs/new/", typed | {"targets": "寿命长"})
    made = client.post("/needs/new/", typed)
    client.post(f"{made.url}hand-in/")
    scores = {f"{key}-score": 80 for key in FOUND} | {f"{key}-reason": "有理由" for key in FOUND}
    office.post(f"{made.url}screen/", scores | {"fit": "yes"})
    draft = make_draft(officer, make_accountant())
    terms = {"call": draft.pk, "form": "chief_engineer", "budget": "60万元", "rights": "共有"}
    office.post(f"{made.url}list/", terms)

    assert wrong.status_code == 422
    assert "请写成" in wrong.content.decode()
    assert Call.objects.get(pk=draft.pk).needs[0]["budget_fen"] == 60_000_000
    for client_of in (client, office):
        assert client_of.get(made.url).status_code == 200
        assert client_of.get("/needs/").status_code == 200


def test_whoever_has_the_need_bids_for_it_neither_alone_nor_beside_a_bidder(challenge):
    owner = challenge.need.organisation.memberships.get()
    call = Call.objects.get(pk=challenge.call_id)

    with refused("需求单位不能揭自己的榜"):
        applying.start(call, actor=owner, at=AT, key=challenge.need.number)

    bidder = make_bidder()
    case = applying.start(call, actor=bidder, at=AT, key=challenge.need.number)
    stakes = [
        Stake(one.organisation, 5000, 5000, "研制") for one in (bidder, owner)
    ]  # the need's own organisation beside the bidder
    filling.name_members(case, stakes, actor=bidder, at=AT)
    with refused("也不能作为联合承担单位"):
        bids.check_proposal(case)


def test_nobody_learns_before_the_opening_who_reads_and_asks_about_a_challenge(challenge, officer):
    bidder, owner = make_bidder(), challenge.need.organisation.memberships.get()
    call, need = Call.objects.get(pk=challenge.call_id), challenge.need
    applying.start(call, actor=bidder, at=AT, key=need.number)
    actions.open_details(need, actor=bidder, at=AT)
    actions.open_details(need, actor=officer, at=AT)
    actions.ask(challenge, "允许分期交付吗？", actor=bidder, at=AT)
    auditor = make_membership(Role.AUDITOR)
    places = [
        (owner, f"/needs/{need.number}/"), (officer, f"/needs/{need.number}/"), (auditor, f"/needs/{need.number}/"),
        (auditor, "/journal/"), (auditor, "/journal/?kind=need.details_read"),
    ]  # fmt: skip

    def told():
        return [bidder.organisation.name in signed_in(who).get(path).content.decode() for who, path in places]

    assert told() == [False] * 5
    assert officer.organisation.name in signed_in(owner).get(f"/needs/{need.number}/").content.decode()
    of_bidder = events_of(f"need:{need.pk}").filter(kind__in=rules.TELLS_OF_BIDDERS, actor__contains="攻关")
    assert set(of_bidder.values_list("organisation_id", flat=True)) == {bidder.organisation_id}

    Call.objects.filter(pk=call.pk).update(opened_at=AT + timedelta(days=11))

    assert told() == [True, True, False, True, True]


def test_a_need_has_its_english_title_in_english_and_a_challenge_names_who_undertakes_it(challenge, officer):
    owner, call = challenge.need.organisation.memberships.get(), Call.objects.get(pk=challenge.call_id)
    bidder = make_bidder()
    case = applying.start(call, actor=bidder, at=AT, key=challenge.need.number)
    before = Client().get(f"/challenges/{challenge.need.number}/").content.decode()
    said = {"number": "HT-1", "amount_fen": 1, "own_fen": 0}
    draft = case.contract_drafts.create(**said, milestones=[], hash="", drafted_by=officer, drafted_at=AT)
    case.contract_drafts.update(state="confirmed", answered_by=bidder, answered_at=AT)
    Contract.objects.create(case=case, **said, draft=draft, signed_by=bidder, signed_at=AT)

    browser = signed_in(owner)
    browser.cookies["django_language"] = "en"
    english = browser.get(f"/needs/{challenge.need.number}/")
    after = Client().get(f"/challenges/{challenge.need.number}/").content.decode()

    assert "<h1>Large-tow carbon fibre precursor</h1>" in english.content.decode()
    assert bidder.organisation.name not in before
    assert bidder.organisation.name in after
