"""A project ends with nothing left that waits for an answer nobody can give any more."""

from __future__ import annotations

import pytest

from fulfilment.city import make_city, manager_of
from fulfilment.projects import decided_project, make_office, reached, signed
from kechuang.fulfilment import workflow
from kechuang.fulfilment.models import Report
from treasury.factories import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def project(office, pdf_upload):
    """A project of measure 24 under contract that asks for a change, and the time."""
    case, at = decided_project(make_city(), office, pdf_upload)
    case = signed(office, case, at)
    text = "检测机构改为省计量院"
    return workflow.apply(case, "ask_change", actor=manager_of(case), at=at, text=text), at


def test_a_project_is_not_accepted_in_whole_while_a_change_waits(office, project):
    case, at = project
    for number in (1, 2):
        case = reached(office, case, number, at)
    given = {"grade": "good", "conclusion": "两项指标达到"}

    with refused("还有变更申请没有答复"):
        workflow.apply(case, "finish", actor=office.decider, at=at, **given)
    case = workflow.apply(case, "change", actor=office.officer, at=at, result="refused", conclusion="不需要")
    case = workflow.apply(case, "finish", actor=office.decider, at=at, **given)

    assert case.state == "completed"


def test_ending_a_project_refuses_the_change_and_the_report_that_wait_with_its_reason(office, project):
    case, at = project
    case = workflow.apply(
        case, "report_milestone", actor=manager_of(case), at=at, milestone=1, text="样机已装配"
    )

    case = workflow.apply(case, "fail", actor=office.decider, at=at, reason="团队解散，无法完成")

    change, report = case.contract.changes.get(), Report.objects.get(milestone__contract=case.contract)
    for one in (change, report):
        told = (one.result, one.conclusion, one.decided_by, one.decided_at)
        assert told == ("refused", "团队解散，无法完成", office.decider, at)
