"""What the document gives once is applied for, promised and granted once, whatever call, year and records."""

from __future__ import annotations

from datetime import date

import pytest

from factories import AT, TODAY, make_membership, make_organisation
from fulfilment.city import WAN, carried_to, make_appropriation, make_call, make_case
from fulfilment.office import noticed, paid_of
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.entitlements.models import Sweep
from kechuang.fulfilment import applying, holding, stacking
from kechuang.fulfilment.assessing import assess_case
from kechuang.fulfilment.models import Case

pytestmark = pytest.mark.django_db
LANDED = {
    "direct": True,
    "technology_based": True,
    "registered": True,
    "operating": True,
    "workload": 120 * WAN,
    "verified_on": date(2025, 3, 1),
}


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


REWARD = "29.national_carrier"


def make_carrier():
    manager = make_membership(Role.MANAGER, make_organisation(kind="carrier"))
    carrier = {"name": "甲孵化器", "kind": "incubator", "level": "national", "approved_on": date(2025, 1, 10)}
    state_facts(manager, {"carriers": [carrier]})
    return manager


@pytest.fixture
def rewarded(city):
    """The manager of a carrier whose reward of 2025 is paid, and its case."""
    manager, money = make_carrier(), make_appropriation(city, 1000 * WAN, "29")
    notice, _ = noticed(city, manager, appropriation=money, benefit=REWARD, reserve_fen=500 * WAN)
    [case] = paid_of(city, notice)
    return manager, case


def test_a_reward_that_was_granted_is_not_offered_by_the_call_of_the_next_year(city, rewarded):
    manager, _ = rewarded
    newcomer = make_carrier()
    sweep = Sweep.objects.create(
        benefit=REWARD, version=releasing.version_in_force(), on=TODAY, year=2026, known_at=AT,
        state=Sweep.State.DONE, started_by=city.officer, started_at=AT,
    )  # fmt: skip
    for one in (manager, newcomer):
        sweep.lines.create(organisation=one.organisation, outcome="may_apply", amount_fen=100 * WAN)
    money = make_appropriation(city, 1000 * WAN, "29")
    call = make_call(city, money, reserve_fen=100 * WAN, benefit=REWARD, year=2026, sweep=sweep)

    new = applying.offer(call, sweep.lines.all(), actor=city.officer, at=AT)

    assert new == 1
    assert Case.objects.get(call=call).organisation == newcomer.organisation


def test_a_reward_that_was_granted_is_not_applied_for_again_and_stands_as_received(city, rewarded):
    manager, case = rewarded
    call = make_call(
        city, make_appropriation(city, 1000 * WAN, "29"), reserve_fen=100 * WAN, benefit=REWARD, year=2026
    )

    with pytest.raises(Refused, match="granted already") as refused:
        applying.start(call, actor=manager, at=AT, key=case.key)

    assert case.number in refused.value.words.zh
    [held] = holding.held_by(manager.organisation, 2026)
    assert (held.benefit, held.key, held.number) == (REWARD, case.key, case.number)


def test_what_is_given_anew_each_year_does_not_hold_the_next_year(city):
    [case] = paid_of(city, noticed(city)[0])

    assert [one.number for one in holding.held_by(case.organisation, 2025)] == [case.number]
    assert list(holding.held_by(case.organisation, 2026)) == []


def test_two_cases_for_what_is_given_once_overlap_whatever_their_years(city):
    manager = make_carrier()
    early, late = (
        make_call(
            city, make_appropriation(city, 1000 * WAN, "29"), reserve_fen=100 * WAN, benefit=REWARD, year=year
        )
        for year in (2025, 2026)
    )
    [key] = applying.keys_to_apply_for(early, manager.organisation, AT)
    first, second = (
        carried_to(city, make_case(call, manager, key=key), "submitted") for call in (early, late)
    )

    assert [one.case for one in stacking.overlaps(second)] == [first]
