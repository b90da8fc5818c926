"""The same thing is supported once: from two cases the higher, whichever comes first."""

from __future__ import annotations

from datetime import date

import pytest

from factories import make_membership, make_organisation
from fulfilment.city import (
    AT,
    WAN,
    carried_to,
    close_call,
    make_appropriation,
    make_call,
    make_case,
)
from fulfilment.office import signed_in
from fulfilment.test_every_benefit import state_facts
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, calls, notices, stacking, workflow
from kechuang.fulfilment.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(city) -> tuple[Case, Case]:
    """Two accepted cases of one organisation and year, for two carriers, each with a ceiling of 100 万元."""
    manager, money = (
        make_membership(Role.MANAGER, make_organisation(kind="carrier")),
        make_appropriation(city, 1000 * WAN, "29"),
    )
    kinds = {"甲孵化器": "incubator", "甲大学科技园": "science_park"}
    carriers = [
        {"name": name, "kind": kind, "level": "national", "approved_on": date(2025, 1, 10)}
        for name, kind in kinds.items()
    ]
    state_facts(manager, {"carriers": carriers})
    one, two = (
        carried_to(
            city,
            make_case(
                make_call(city, money, reserve_fen=200 * WAN, benefit="29.national_carrier"),
                manager,
                key=key,
            ),
            "accepted",
        )
        for key in keys_of(city, money, manager)
    )
    return one, two


def keys_of(city, money, manager) -> list[str]:
    """The records that the manager may apply for."""
    call = make_call(city, money, reserve_fen=WAN, benefit="29.national_carrier")
    keys = applying.keys_to_apply_for(call, manager.organisation, AT)
    calls.withdraw(call, "另行发布", actor=city.officer, at=AT)
    return keys


def say(city, case: Case, other: Case, *, same: bool) -> None:
    stacking.decide(case, other, same=same, why="同一研发项目", actor=city.officer, at=AT)


def determine(city, case: Case, wan: int) -> Case:
    return workflow.apply(
        Case.objects.get(pk=case.pk), "determine", actor=city.decider, at=AT, amount=wan * WAN
    )


@pytest.mark.parametrize("said_of_first", [True, False])
@pytest.mark.parametrize("first", [0, 1])
def test_the_second_of_two_cases_for_the_same_thing_gets_what_the_first_leaves(
    city, pair, first, said_of_first
):
    early, late = pair[first], pair[1 - first]
    say(city, early, late, same=said_of_first)
    say(city, late, early, same=not said_of_first)
    determine(city, early, 85)

    with pytest.raises(Refused) as refused:
        determine(city, late, 100)
    done = determine(city, late, 15)

    assert refused.value.field == "amount"
    assert f"{early.number} 已支持 850,000.00 元" in refused.value.words.zh
    assert "本件最高 1,000,000.00 元，还可核定 150,000.00 元" in refused.value.words.zh
    assert done.determined_fen == 15 * WAN


def test_a_case_under_public_notice_holds_its_sum(city, pair):
    early, late = pair
    say(city, early, late, same=True)
    say(city, late, early, same=True)
    determine(city, early, 100)
    after = close_call(early.call)
    call = calls.settle(early.call, actor=city.decider, at=after)
    notices.publish(call, [early], actor=city.officer, at=after)

    with pytest.raises(Refused, match="nothing is left to determine"):
        determine(city, late, 100)


@pytest.mark.parametrize("first", [0, 1])
def test_nothing_is_left_where_the_other_case_gives_as_much(city, pair, first):
    early, late = pair[first], pair[1 - first]
    say(city, early, late, same=True)
    say(city, late, early, same=True)
    determine(city, early, 100)

    with pytest.raises(Refused) as refused:
        determine(city, late, 1)

    assert "请不予支持" in refused.value.words.zh
    assert "1,000,000.00 元" in refused.value.words.zh


def test_different_things_are_both_supported_in_full(city, pair):
    one, two = pair
    say(city, one, two, same=False)
    say(city, two, one, same=False)

    assert determine(city, one, 100).determined_fen == determine(city, two, 100).determined_fen == 100 * WAN


def test_a_case_that_is_not_supported_after_all_holds_nothing(city, pair):
    one, two = pair
    say(city, one, two, same=True)
    say(city, two, one, same=True)
    determine(city, one, 100)
    workflow.apply(Case.objects.get(pk=one.pk), "reject", actor=city.decider, at=AT, reason="放弃")

    assert determine(city, two, 100).determined_fen == 100 * WAN


@pytest.fixture
def twins(pair) -> tuple[Case, Case]:
    """The pair as two cases for the very same carrier: begun before a second one was refused."""
    one, two = pair
    Case.objects.filter(pk=two.pk).update(key=one.key)
    return one, Case.objects.get(pk=two.pk)


def test_nobody_says_of_the_very_same_entitlement_that_it_is_something_else(city, twins):
    one, two = twins

    with pytest.raises(Refused) as refused:
        say(city, two, one, same=False)
    page = signed_in(city.officer).get(f"/cases/{two.number}/").content.decode()

    assert refused.value.field == "same"
    assert one.number in refused.value.words.zh
    assert one.number in refused.value.words.en
    assert 'name="overlap-same" value="yes"' in page
    assert 'name="overlap-same" value="no"' not in page


def test_the_very_same_entitlement_is_determined_once_whatever_was_said_and_whatever_is_left(city, twins):
    one, two = twins
    said = {"number": "", "same": False, "why": "不是同一事项", "by": ""}
    for case, other in (twins, twins[::-1]):
        Case.objects.filter(pk=case.pk).update(stacking=[{**said, "case": other.pk}])
    determine(city, one, 60)

    with pytest.raises(Refused, match="nothing is left to determine"):
        determine(city, two, 40)
