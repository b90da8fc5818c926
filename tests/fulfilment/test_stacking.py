"""The same thing is supported once: from two cases the higher, whichever comes first."""

from __future__ import annotations

import pytest

from fulfilment.city import (
    AT,
    WAN,
    carried_to,
    close_call,
    make_appropriation,
    make_call,
    make_case,
    make_grower,
)
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import calls, notices, stacking, workflow
from kechuang.fulfilment.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(city) -> tuple[Case, Case]:
    """Two accepted cases of one enterprise and year, each with a ceiling of 15 万元."""
    manager, money = make_grower(), make_appropriation(city)
    one, two = (
        carried_to(city, make_case(make_call(city, money, reserve_fen=100 * WAN), manager), "accepted")
        for _ in "ab"
    )
    return one, two


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
    determine(city, early, 10)

    with pytest.raises(Refused) as refused:
        determine(city, late, 15)
    done = determine(city, late, 5)

    assert refused.value.field == "amount"
    assert f"{early.number} 已支持 100,000.00 元" in refused.value.words.zh
    assert "本件最高 150,000.00 元，还可核定 50,000.00 元" in refused.value.words.zh
    assert done.determined_fen == 5 * WAN


def test_a_case_under_public_notice_holds_its_sum(city, pair):
    early, late = pair
    say(city, early, late, same=True)
    say(city, late, early, same=True)
    determine(city, early, 15)
    after = close_call(early.call)
    call = calls.settle(early.call, actor=city.decider, at=after)
    notices.publish(call, [early], actor=city.officer, at=after)

    with pytest.raises(Refused, match="nothing is left to determine"):
        determine(city, late, 15)


@pytest.mark.parametrize("first", [0, 1])
def test_nothing_is_left_where_the_other_case_gives_as_much(city, pair, first):
    early, late = pair[first], pair[1 - first]
    say(city, early, late, same=True)
    say(city, late, early, same=True)
    determine(city, early, 15)

    with pytest.raises(Refused) as refused:
        determine(city, late, 1)

    assert "请不予支持" in refused.value.words.zh
    assert "150,000.00 元" in refused.value.words.zh


def test_different_things_are_both_supported_in_full(city, pair):
    one, two = pair
    say(city, one, two, same=False)
    say(city, two, one, same=False)

    assert determine(city, one, 15).determined_fen == determine(city, two, 15).determined_fen == 15 * WAN


def test_a_case_that_is_not_supported_after_all_holds_nothing(city, pair):
    one, two = pair
    say(city, one, two, same=True)
    say(city, two, one, same=True)
    determine(city, one, 15)
    workflow.apply(Case.objects.get(pk=one.pk), "reject", actor=city.decider, at=AT, reason="放弃")

    assert determine(city, two, 15).determined_fen == 15 * WAN
