"""A stage of a project that the bank sends back: the undertaker corrects the account, and it is paid there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from fulfilment.city import manager_of
from fulfilment.office import signed_in
from fulfilment.projects import (
    decided_project,
    make_office,
    paid_stage,
    reached,
    signed,
)
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import applicant_queries, workflow
from kechuang.fulfilment.models import Case, Contract
from kechuang.fulfilment.projects import showing
from kechuang.journal import clock
from kechuang.treasury import lists, paying, returned, settling
from kechuang.treasury.checking import check_ledger
from kechuang.treasury.models import Part

pytestmark = pytest.mark.django_db
OTHER = {"bank": "威海银行经区支行", "number": "9999222233334444"}


@pytest.fixture
def project(city, pdf_upload):
    """A running project of measure 24 with its first milestone accepted, its office, and the time."""
    office = make_office()
    case, at = decided_project(city, office, pdf_upload)
    return reached(office, signed(office, case, at), 1, at), office, at


def sent(city, case, number, at):
    """The payment of a stage, on its way to the bank."""
    part = Part.objects.get(award=case.award, number=number)
    batch = paying.prepare_batch([], parts=[part], actor=city.accountant, at=at)
    batch = paying.approve_batch(batch, actor=city.treasurer, at=at)
    return paying.mark_sent(batch, actor=city.accountant, at=at).payments.get()


def sent_back(city, case, number, at):
    payment = sent(city, case, number, at)
    result = settling.Result(payment.number, paid=False, on=at.date(), reason="账户已销户")
    settling.settle(payment.batch, [result], actor=city.accountant, at=at)
    return Case.objects.get(pk=case.pk)


def account_of(case):
    return {"holder": case.organisation.name, **OTHER}


def corrected(case, at):
    return workflow.apply(case, "correct_account", actor=manager_of(case), at=at, account=account_of(case))


def test_the_undertaker_corrects_the_account_on_its_page_and_the_stage_is_paid_there(
    city, project, monkeypatch
):
    case, _, at = project
    case = sent_back(city, case, 1, at)
    manager, due = manager_of(case), case.due_on
    monkeypatch.setattr(clock, "now", lambda: at)
    [before] = applicant_queries.own_cases(manager, at.date())
    client, address = signed_in(manager), reverse("case-account", args=[case.number])
    page = client.get(reverse("case", args=[case.number])).content.decode()

    answer = client.post(address, {**account_of(case), "revision": case.revision})

    assert before.act == "correct"
    assert "账户已销户" in page
    assert address in page
    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.state, case.due_on) == ("running", due)
    [award] = lists.to_pay_in_pages(city.accountant, at)[-1][0:9]
    back = returned.returns([award])[award["pk"]]
    assert (back.reason, back.corrected) == ("账户已销户", True)
    assert sent(city, case, 1, at).account == OTHER["number"]
    assert check_ledger() == []


def test_once_the_stage_is_paid_nothing_waits_for_an_account_any_more(city, project):
    case, _, at = project
    case = sent_back(city, case, 1, at)
    paid_stage(city, case, 1, at)  # to the same account, which the bank has opened again

    [row] = applicant_queries.own_cases(manager_of(case), at.date())

    assert row.act == "report"
    with pytest.raises(Refused, match="once the bank has sent"):
        corrected(Case.objects.get(pk=case.pk), at)


def test_the_account_stays_while_another_stage_is_on_its_way(city, project):
    case, office, at = project
    case = sent_back(city, case, 1, at)
    case = reached(office, case, 2, at)
    sent(city, case, 2, at)

    with pytest.raises(Refused, match="being paid"):
        corrected(case, at)


def test_an_accepted_stage_that_a_claim_gave_up_is_shown_as_not_paid_any_more(city, project):
    case, office, at = project
    paid_stage(city, case, 1, at)
    case = reached(office, case, 2, at)
    case = workflow.apply(case, "fail", actor=office.decider, at=at, reason="技术路线被替代")
    shown = [one.state for one in showing.stages(Contract.objects.get(case=case), at.date())]
    hearing = at + timedelta(days=9)
    given = {"reason": "材料不实", "hearing_on": hearing.date()}
    case = workflow.apply(case, "find_breach", actor=office.officer, at=at, **given)
    case = workflow.apply(case, "hear", actor=office.officer, at=hearing, reason="承认")
    claim = {"reason": "追回", "amount": 1, "plan": [(hearing.date(), 1)]}
    case = workflow.apply(case, "claim", actor=office.decider, at=hearing, **claim)

    after = [one.state for one in showing.stages(Contract.objects.get(case=case), hearing.date())]

    assert (shown[:2], after[:2]) == (["paid", "payable"], ["paid", "dropped"])


def test_a_stage_that_came_back_is_still_known_when_a_later_one_is_paid(city, project):
    case, office, at = project
    case = sent_back(city, case, 1, at)
    case = reached(office, case, 2, at)
    paid_stage(city, case, 2, at)

    [award] = lists.to_pay_in_pages(city.accountant, at)[-1][0:9]

    assert returned.returns([award])[award["pk"]].reason == "账户已销户"


@pytest.mark.parametrize("ended", ["completed", "failed"])
def test_a_project_that_has_ended_corrects_its_account_too_and_stays_ended(city, project, ended):
    case, office, at = project
    if ended == "failed":
        case = workflow.apply(case, "fail", actor=office.decider, at=at, reason="技术路线被替代")
    else:
        case = reached(office, case, 2, at)
        given = {"grade": "good", "conclusion": "达到"}
        case = workflow.apply(case, "finish", actor=office.decider, at=at, **given)
    case = sent_back(city, case, 1, at)
    since = case.state_since

    case = corrected(case, at)

    assert (case.state, case.state_since) == (ended, since)
    assert case.award.account.number == OTHER["number"]
