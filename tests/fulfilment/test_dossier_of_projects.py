"""What the letter and the dossier of a project tell: stages, drafts with their answers, contract, reports."""

from __future__ import annotations

import json

import pytest

from fulfilment.city import WAN
from fulfilment.projects import (
    decided_project,
    drafted,
    make_office,
    reached,
    sent_back,
    signed,
)
from kechuang.fulfilment import dossier, dossier_page
from kechuang.fulfilment.models import ContractDraft

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
