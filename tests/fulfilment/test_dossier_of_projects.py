"""What the letter and the dossier of a project tell: stages, drafts with their answers, contract, reports."""

from __future__ import annotations

import json

import pytest

from factories import AT
from fulfilment.city import WAN, make_city, manager_of
from fulfilment.projects import (
    applicant_of,
    decided,
    drafted,
    filled_in,
    make_office,
    make_project_call,
    reached,
    signed,
)
from fulfilment.test_every_benefit import PACK
from kechuang.fulfilment import applying, dossier, dossier_page, workflow
from kechuang.fulfilment.models import ContractDraft

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def project(city, office, pdf_upload, clock_at):
    """A decided project of measure 24 without contract, and the time."""
    manager, example = applicant_of(PACK.benefit("24.grant"))
    call = make_project_call(city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = filled_in(applying.start(call, actor=manager, at=AT, key=key), manager, pdf_upload)
    case, at = decided(city, office, workflow.apply(case, "submit", actor=manager, at=AT))
    clock_at(at)
    return case, at


def sent_back(case, at, reason="第二阶段的期限太短"):
    return workflow.apply(case, "return_contract", actor=manager_of(case), at=at, reason=reason)


def test_the_letter_says_stage_by_stage_and_the_dossier_tells_drafts_contract_and_reports(office, project):
    case, at = project
    case = signed(office, sent_back(drafted(office, case, at), at), at)
    case = reached(office, case, 1, at)

    letter = case.decisions.get().letter
    told = json.loads(dict(dossier._data(case, at, None))["case.json"])
    page = dossier_page.page_of(case, at, "zh")

    assert letter["zh"]["paragraphs"][2].startswith("二、资金按合同约定分阶段拨付，每个里程碑验收通过后")
    assert "stage by stage by the contract" in letter["en"]["paragraphs"][2]
    drafts, contract = told["contract_drafts"], told["contract"]
    assert [one["state"] for one in drafts] == ["returned", "confirmed"]
    assert [one["hash"] for one in drafts] == [one.hash for one in ContractDraft.objects.order_by("pk")]
    assert (contract["amount_fen"], contract["own_fen"]) == (50 * WAN, 30 * WAN)
    assert contract["milestones"][0]["reports"][0]["conclusion"] == "达到约定指标"
    shown = (
        "第二阶段的期限太短",
        "样机通过第三方检测",
        "达到约定指标",
        case.contract.number,
        drafts[1]["hash"],
    )
    assert [one for one in shown if one not in page] == []
