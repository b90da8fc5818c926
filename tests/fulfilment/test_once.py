"""What the document gives once is applied for, promised and granted once, whatever call, year and records."""

from __future__ import annotations

from datetime import date

import pytest

from api.programs import program
from factories import AT, TODAY, make_membership, make_organisation
from fulfilment.city import WAN, carried_to, make_appropriation, make_call, make_case, make_grower
from fulfilment.office import noticed, paid_of, signed_in
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing
from kechuang.entitlements.models import Sweep
from kechuang.fulfilment import applying, holding, stacking, workflow
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


def make_carrier(*names):
    manager = make_membership(Role.MANAGER, make_organisation(kind="carrier"))
    said = {"kind": "incubator", "level": "national", "approved_on": date(2025, 1, 10)}
    state_facts(manager, {"carriers": [{"name": name, **said} for name in names or ["甲孵化器"]]})
    return manager


def reward_call(city, **changes):
    money = make_appropriation(city, 1000 * WAN, "29")
    return make_call(city, money, **{"reserve_fen": 100 * WAN, "benefit": REWARD, "year": 2026, **changes})


def swept(city, *found):
    sweep = Sweep.objects.create(
        benefit=REWARD, version=releasing.version_in_force(), on=TODAY, year=2026, known_at=AT,
        state=Sweep.State.DONE, started_by=city.officer, started_at=AT,
    )  # fmt: skip
    for one in found:
        sweep.lines.create(organisation=one.organisation, outcome="may_apply", amount_fen=100 * WAN)
    return sweep


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
    sweep = swept(city, manager, newcomer)
    call = reward_call(city, sweep=sweep)

    new = applying.offer(call, sweep.lines.all(), actor=city.officer, at=AT)

    assert new == 1
    assert Case.objects.get(call=call).organisation == newcomer.organisation


def test_a_reward_that_was_granted_is_not_applied_for_again_and_stands_as_received(city, rewarded):
    manager, case = rewarded
    call = reward_call(city)

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
    manager = make_carrier("甲孵化器", "乙孵化器")
    early, late = (reward_call(city, year=year) for year in (2025, 2026))
    keys = applying.keys_to_apply_for(early, manager.organisation, AT)
    first, second = (
        carried_to(city, make_case(call, manager, key=key), "submitted")
        for call, key in zip((early, late), keys, strict=True)
    )

    assert [one.case for one in stacking.overlaps(second)] == [first]


def test_what_one_call_offers_no_other_offers_until_it_is_declined(city):
    manager, newcomer = make_carrier(), make_carrier()
    first, second = (reward_call(city, sweep=swept(city, manager, newcomer)) for _ in "ab")
    applying.offer(
        first, first.sweep.lines.filter(organisation=manager.organisation), actor=city.officer, at=AT
    )
    offered = first.cases.get()

    page = signed_in(city.officer).get(f"/calls/{second.number}/offers/").content.decode()
    _, told = program(city.officer)(f"offices/calls/{second.number}/swept")
    new = applying.offer(second, second.sweep.lines.all(), actor=city.officer, at=AT)
    workflow.apply(offered, "decline", actor=manager, at=AT, reason="不需要")
    after = applying.offer(second, second.sweep.lines.all(), actor=city.officer, at=AT)

    assert offered.number in page
    assert "同一事项不再发出" in page
    assert {one["organisation"]: one["elsewhere"] for one in told["lines"]} == {
        manager.organisation_id: [offered.number],
        newcomer.organisation_id: [],
    }
    assert (new, after) == (1, 1)
    assert {one.organisation for one in second.cases.all()} == {manager.organisation, newcomer.organisation}


def test_a_second_application_for_the_same_is_refused_with_the_number_of_the_first(city):
    manager = make_carrier("甲孵化器", "乙孵化器")
    early, late = (reward_call(city, year=year) for year in (2025, 2026))
    key, another = applying.keys_to_apply_for(early, manager.organisation, AT)
    first = applying.start(early, actor=manager, at=AT, key=key)

    with pytest.raises(Refused) as refused:
        applying.start(late, actor=manager, at=AT, key=key)
    other = applying.start(late, actor=manager, at=AT, key=another)
    workflow.apply(first, "withdraw", actor=manager, at=AT, reason="改在另一次申报")
    again = applying.start(late, actor=manager, at=AT, key=key)

    assert first.number in refused.value.words.zh
    assert first.number in refused.value.words.en
    assert (other.state, again.state, again.key) == ("draft", "draft", key)


def test_what_is_given_each_year_is_applied_for_in_another_year_too(city):
    manager = make_grower()
    applying.start(make_call(city), actor=manager, at=AT)

    case = applying.start(make_call(city, year=2026), actor=manager, at=AT)
    with pytest.raises(Refused, match="supported once"):
        applying.start(make_call(city), actor=manager, at=AT)

    assert (case.year, case.state) == (2026, "draft")
