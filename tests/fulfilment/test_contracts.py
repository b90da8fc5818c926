"""A contract holds when its undertaker has confirmed it: drafted, signed, sent back; what the database refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN, make_city, manager_of
from fulfilment.office import signed_in
from fulfilment.projects import (
    applicant_of,
    decided,
    decided_project,
    drafted,
    filled_in,
    make_office,
    make_project_call,
    sent_back,
    signed,
    two_halves,
)
from fulfilment.test_every_benefit import PACK
from fulfilment.test_projects_api import program
from kechuang.accounts.models import Recusal
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applicant_queries, applying, casework, office_queries, rules, workflow
from kechuang.fulfilment.models import Case, Contract, ContractDraft, Milestone
from kechuang.fulfilment.projects import consortium, filling
from kechuang.fulfilment.projects.consortium import Stake
from kechuang.journal.models import Event, Message
from kechuang.treasury import paying
from treasury.factories import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def project(city, office, pdf_upload, clock_at):
    """A decided project of measure 24 without contract, and the time."""
    case, at = decided_project(city, office, pdf_upload)
    clock_at(at)
    return case, at


def told(user):
    return [one.title["zh"] for one in Message.objects.filter(recipient=user).order_by("pk")]


def text_of(answer):
    return answer.content.decode()


def test_before_the_undertaker_has_confirmed_there_is_no_contract_and_nothing_to_pay(city, office, project):
    case, at = project

    case = drafted(office, case, at)

    assert case.state == "contracting"
    assert not Contract.objects.exists()
    assert not case.award.parts.exists()
    with refused("公示或合同未完"):
        paying.prepare_batch([case.award], actor=city.accountant, at=at)
    with refused("合同待确认"):
        workflow.apply(case, "report_milestone", actor=manager_of(case), at=at, milestone=1, text="完成")


def test_what_the_undertaker_confirms_is_what_is_signed(office, project):
    case, at = project
    case = drafted(office, case, at)
    draft = case.contract_drafts.get()

    case = workflow.apply(case, "sign", actor=manager_of(case), at=at + timedelta(days=1))

    contract = case.contract
    assert case.state == "running"
    assert (contract.number, contract.amount_fen, contract.own_fen) == (draft.number, 50 * WAN, 30 * WAN)
    assert (contract.draft, contract.signed_by) == (ContractDraft.objects.get(), manager_of(case))
    assert [
        [one.title, one.criteria, one.due_on.isoformat(), one.amount_fen] for one in contract.milestones.all()
    ] == draft.milestones
    assert case.due_on == contract.milestones.first().due_on
    assert Event.objects.get(kind="case.sign").data["hash"] == draft.hash


def test_what_is_sent_back_is_drafted_anew_and_both_texts_and_the_reason_are_kept(office, project):
    case, at = project
    case = sent_back(drafted(office, case, at), at)
    with refused("已下达"):
        workflow.apply(case, "sign", actor=manager_of(case), at=at)

    later = two_halves(case, at + timedelta(days=60))
    case = drafted(office, case, at, milestones=later)
    case = workflow.apply(case, "sign", actor=manager_of(case), at=at)

    second, first = ContractDraft.objects.all()
    assert (first.state, first.reason) == ("returned", "第二阶段的期限太短")
    assert second.state == "confirmed"
    assert case.contract.milestones.first().due_on == later[0].due_on


def test_both_sides_are_told_of_each_step(office, project):
    case, at = project
    manager, officer = manager_of(case), office.officer

    case = drafted(office, sent_back(drafted(office, case, at), at), at)
    workflow.apply(case, "sign", actor=manager, at=at)

    own = [f"请确认合同 {case.number}", f"合同退回修改 {case.number}", f"请确认合同 {case.number}"]
    assert told(manager.user)[-4:] == [*own, f"合同已签订 {case.number}"]
    assert told(officer.user)[-2:] == [f"合同退回修改 {case.number}", f"合同已签订 {case.number}"]


def test_the_office_takes_back_a_draft_that_it_finds_wrong(office, project):
    case, at = project

    case = workflow.apply(
        drafted(office, case, at), "return_contract", actor=office.officer, at=at, reason="漏了一项指标"
    )

    assert case.state == "decided"
    assert case.contract_drafts.get().answered_by == office.officer


def test_only_the_lead_confirms_neither_a_member_nor_the_office_nor_a_stranger(
    city, office, pdf_upload, clock_at
):
    clock_at(AT)
    manager, example = applicant_of(PACK.benefit("24.grant"))
    call = make_project_call(city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = applying.start(call, actor=manager, at=AT, key=key)
    partner = make_membership(Role.MANAGER, make_organisation())
    stakes = [
        Stake(case.organisation, 6000, 6000, "总体设计"),
        Stake(partner.organisation, 4000, 4000, "检测"),
    ]
    filling.name_members(case, stakes, actor=manager, at=AT)
    consortium.confirm(case.members.get(role="member"), actor=partner, at=AT)
    case = workflow.apply(filled_in(case, manager, pdf_upload), "submit", actor=manager, at=AT)
    case, at = decided(city, office, case)
    case = drafted(office, case, at)

    for other in (partner, office.officer, office.decider, make_membership(Role.MANAGER)):
        with refused("不由您办理"):
            workflow.apply(case, "sign", actor=other, at=at)

    assert signed_in(partner).post(f"/cases/{case.number}/contract/sign").status_code == 404
    assert workflow.apply(case, "sign", actor=manager, at=at).state == "running"


def test_a_contract_other_than_the_one_that_was_read_is_not_signed(office, project):
    case, at = project
    seen = drafted(office, case, at).revision
    case = drafted(office, sent_back(case, at), at, own_fen=0)

    with refused("有了变化"):
        workflow.apply(case, "sign", actor=manager_of(case), at=at, revision=seen)
    twice = [workflow.apply(case, "sign", actor=manager_of(case), at=at, revision=case.revision)] * 2

    assert {one.state for one in twice} == {"running"}


def test_a_milestone_whose_day_has_passed_meanwhile_is_not_signed_any_more(office, project):
    case, at = project
    case = drafted(office, case, at)

    with refused("在今天之后"):
        workflow.apply(case, "sign", actor=manager_of(case), at=at + timedelta(days=91))


def test_a_number_is_offered_to_one_project_only(office, project, city, pdf_upload):
    case, at = project
    drafted(office, case, at, contract_number="威科合〔2026〕7号")
    other, example = applicant_of(PACK.benefit("24.grant"))
    call = make_project_call(city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, other.organisation, AT)[0]
    second = filled_in(applying.start(call, actor=other, at=AT, key=key), other, pdf_upload)
    second, at = decided(city, office, workflow.apply(second, "submit", actor=other, at=AT))

    with refused("已经用过"):
        drafted(office, second, at, contract_number="威科合〔2026〕7号")


def test_a_sum_that_is_determined_anew_takes_the_draft_with_it(office, project):
    case, at = project
    case = drafted(office, case, at)

    case = workflow.apply(case, "reconsider", actor=office.decider, at=at, reason="金额算错")

    assert (case.state, case.contract_drafts.get().state) == ("accepted", "dropped")
    assert case.award is None


def test_own_money_is_stated_even_when_there_is_none(office, project):
    case, at = project

    with refused("没有的填 0"):
        drafted(office, case, at, own_fen=None)

    assert drafted(office, case, at, own_fen=0).contract_drafts.get().own_fen == 0


def test_a_delay_is_agreed_to_as_the_undertaker_asked_for_it_and_never_otherwise(office, project):
    case, at = project
    case = signed(office, case, at)
    first = case.contract.milestones.first()
    asked = first.due_on + timedelta(days=20)
    case = workflow.apply(
        case, "ask_change", actor=manager_of(case), at=at, milestone=1, due_on=asked, text="部件晚到"
    )

    other = {"result": "agreed", "conclusion": "同意", "due_on": asked - timedelta(days=10)}
    workflow.apply(case, "change", actor=office.officer, at=at, **other)

    first.refresh_from_db()
    assert first.due_on == asked


class TestDatabase:
    def test_no_contract_without_a_confirmed_draft(self, office, project):
        case, at = project
        case = drafted(office, case, at)
        given = {"case": case, "number": "X", "amount_fen": 50 * WAN, "own_fen": 0}

        for draft in (None, case.contract_drafts.get()):
            with pytest.raises(IntegrityError, match="as the undertaker confirmed"), transaction.atomic():
                Contract.objects.create(**given, draft=draft, signed_by=office.officer, signed_at=at)

    def test_a_draft_is_confirmed_by_its_undertaker_alone(self, office, project):
        case, at = project
        drafts = drafted(office, case, at).contract_drafts

        for other in (office.officer, make_membership(Role.MANAGER)):
            with pytest.raises(IntegrityError, match="undertaker alone"), transaction.atomic():
                drafts.update(state="confirmed", answered_by=other, answered_at=at)

    def test_a_draft_is_never_changed_and_answered_once(self, office, project):
        case, at = project
        case = sent_back(drafted(office, case, at), at)

        for changed in ({"own_fen": 1}, {"milestones": []}, {"state": "confirmed"}, {"state": ""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                case.contract_drafts.update(**changed)

    def test_no_milestone_but_those_confirmed(self, office, project, monkeypatch):
        case, at = project
        case = drafted(office, case, at)
        made = Milestone.objects.bulk_create

        def easier(rows):
            rows = list(rows)
            rows[0].criteria = "宽一些"
            return made(rows)

        monkeypatch.setattr(Milestone.objects, "bulk_create", easier)

        with pytest.raises(IntegrityError, match="as confirmed"), transaction.atomic():
            workflow.apply(case, "sign", actor=manager_of(case), at=at)


class TestPages:
    def test_the_undertaker_reads_the_whole_contract_and_signs_it(self, office, project):
        case, at = project
        case = drafted(office, case, at)
        manager = manager_of(case)
        client = signed_in(manager)
        [row] = applicant_queries.own_cases(manager, at.date())
        page = text_of(client.get(f"/cases/{case.number}/"))
        listed = text_of(client.get("/cases/"))

        stale = client.post(f"/cases/{case.number}/contract/sign", {"revision": case.revision - 1})
        answer = client.post(f"/cases/{case.number}/contract/sign", {"revision": case.revision})

        draft = case.contract_drafts.get()
        parts = [text for title, criteria, day, _ in draft.milestones for text in (title, criteria, day)]
        for words in (draft.number, "500,000.00", "300,000.00", "250,000.00", *parts, draft.hash):
            assert words in page, words
        assert page.count("btn-primary") == 1
        assert "现在由谁办理" not in page
        assert row.act == "sign"
        assert "请确认合同" in listed
        assert (stale.status_code, answer.status_code) == (422, 302)
        assert "有了变化" in text_of(stale)
        assert "合同待您确认" in text_of(stale)
        after = text_of(client.get(f"/cases/{case.number}/"))
        assert "合同待您确认" not in after
        assert "300,000.00" in after

    def test_the_contract_is_read_in_english(self, office, project):
        case, at = project
        client = signed_in(manager_of(drafted(office, case, at)))
        client.cookies["django_language"] = "en"

        page = text_of(client.get(f"/cases/{case.number}/"))

        assert "A contract for you to confirm" in page
        assert "Own money" in page
        assert "Confirm and sign the contract" in page

    def test_the_undertaker_sends_it_back_and_the_office_reads_why(self, office, project):
        case, at = project
        case = drafted(office, case, at)
        client, address = signed_in(manager_of(case)), f"/cases/{case.number}/contract/return"

        form = client.get(address)
        silent = client.post(address, {"revision": case.revision, "reason": " "})
        done = client.post(address, {"revision": case.revision, "reason": "第二阶段的期限太短"})

        assert (form.status_code, silent.status_code, done.status_code) == (200, 422, 302)
        assert "第二阶段的期限太短" in text_of(client.get(f"/cases/{case.number}/"))
        page = text_of(signed_in(office.officer).get(f"/cases/{case.number}/"))
        assert "第二阶段的期限太短" in page
        assert 'id="act-draft_contract"' in page
        assert case.organisation.name in text_of(signed_in(office.officer).get("/tasks/?act=draft_contract"))

    def test_while_the_undertaker_has_it_the_office_waits(self, office, project):
        case, at = project
        before = {one.command: one.count for one in office_queries.tabs(office.officer, at.date())}
        case = drafted(office, case, at)

        after = {one.command: one.count for one in office_queries.tabs(office.officer, at.date())}

        assert (before["draft_contract"], after["draft_contract"]) == (1, 0)
        assert "return_contract" not in after
        title, who = casework.next_step(case)
        assert (title.zh, who) == ("签订合同", ("manager", "clerk"))
        assert all(not one.primary for one in casework.open_acts(case, office.officer, at))
        assert rules.may_see(make_city().accountant, case)


def test_a_program_reads_the_draft_and_signs_it(office, project):
    case, at = project
    own = program(manager_of(case))
    none_yet = own(f"projects/{case.number}/draft")
    drafted(office, case, at)

    read = own(f"projects/{case.number}/draft").json()
    foreign = program(make_membership(Role.MANAGER))(f"projects/{case.number}/draft")
    done = own(f"cases/{case.number}/acts/sign", {"revision": read["revision"]})

    assert (none_yet.status_code, foreign.status_code) == (404, 404)
    assert (read["amount_fen"], read["own_fen"], read["state"]) == (50 * WAN, 30 * WAN, "waits")
    assert [one["title"] for one in read["milestones"]] == ["样机", "示范应用"]
    assert (done.status_code, done.json()["state"]) == (200, "running")
    assert own(f"projects/{case.number}").json()["own_fen"] == 30 * WAN
    assert Case.objects.get(pk=case.pk).contract.draft.hash == read["hash"]


def test_a_program_of_the_office_drafts(office, project):
    case, _ = project
    milestones = [
        {"title": "样机", "criteria": "通过检测", "due_on": "2027-06-30", "amount_fen": 50 * WAN},
    ]
    body = {"revision": case.revision, "contract_number": "威科合〔2026〕9号", "milestones": milestones}
    ask = program(office.officer)

    without = ask(f"cases/{case.number}/acts/draft_contract", body)
    done = ask(f"cases/{case.number}/acts/draft_contract", body | {"own_fen": 0})

    assert (without.status_code, done.status_code) == (409, 200)
    assert done.json()["state"] == "contracting"


def test_whoever_stays_away_from_the_undertaker_drafts_nothing(office, project):
    case, at = project
    Recusal.objects.create(
        user=office.officer.user,
        organisation=case.organisation,
        ground="declared",
        source="test",
        began_at=at,
    )

    with pytest.raises(Refused):
        drafted(office, case, at)
