"""What the document gives once is applied for, promised and granted once, whatever call, year and records."""

from __future__ import annotations

from datetime import date

import pytest

from factories import AT, make_membership, make_organisation
from fulfilment.city import WAN, make_appropriation, make_call, make_city
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying
from kechuang.fulfilment.assessing import assess_case

pytestmark = pytest.mark.django_db
LANDED = {
    "direct": True,
    "technology_based": True,
    "registered": True,
    "operating": True,
    "workload": 120 * WAN,
    "verified_on": date(2025, 3, 1),
}


@pytest.fixture
def city():
    return make_city()


def test_what_is_paid_once_for_all_records_is_one_case_with_one_ceiling(city):
    call = make_call(city, make_appropriation(city, 1000 * WAN, "15"), benefit="15.landing")
    manager = make_membership(Role.MANAGER, make_organisation())
    landings = [{"channel": one, **LANDED} for one in ("china_korea_contest", "other_exchange")]
    state_facts(manager, {"landings": landings})

    assert applying.keys_to_apply_for(call, manager.organisation, AT) == [""]
    with pytest.raises(Refused):
        applying.start(call, actor=manager, at=AT, key="other_exchange")
    case = applying.start(call, actor=manager, at=AT)
    assert assess_case(case, AT).amount_fen == 50 * WAN
