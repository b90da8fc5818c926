"""Money that follows another body's: the county's sum is the county's to state, and unknown is never zero."""

from __future__ import annotations

import pytest

from factories import AT
from fulfilment.city import WAN
from fulfilment.projects import applicant_of, filled_in, make_office, make_project_call
from fulfilment.test_every_benefit import PACK
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.projects import matching
from kechuang.registry import actions as registry
from treasury.factories import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def matched_case(city, office, pdf_upload):
    """A project of the provincial programme, before it is submitted; its county sum is declared by itself."""
    manager, example = applicant_of(PACK.benefit("16.capability_programme"))
    call = make_project_call(city, office, "16.capability_programme", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    return filled_in(applying.start(call, actor=manager, at=AT, key=key), manager, pdf_upload)


def accepted(city, office, case):
    manager = case.organisation.memberships.get()
    case = workflow.apply(case, "submit", actor=manager, at=AT)
    case = workflow.apply(case, "recommend", actor=city.district, at=AT, amount=case.declared_fen)
    return workflow.apply(case, "accept", actor=office.officer, at=AT)


def test_what_the_applicant_says_of_the_county_does_not_count(city, office, matched_case):
    case = accepted(city, office, matched_case)
    (found,) = matching.matched(case)
    assert (found.value, found.stated, found.source.zh) == (30 * WAN, False, "申报单位自报")

    with refused("须由区市或部门确认"):
        workflow.apply(case, "determine", actor=office.decider, at=AT, amount=30 * WAN)


def test_the_city_gives_at_most_what_the_county_says_it_gives(city, office, matched_case):
    case = workflow.apply(matched_case, "submit", actor=matched_case.organisation.memberships.get(), at=AT)
    matching.say(case, 20 * WAN, actor=city.district, at=AT)
    case = workflow.apply(case, "recommend", actor=city.district, at=AT, amount=20 * WAN)
    case = workflow.apply(case, "renew", actor=office.officer, at=AT)
    case = workflow.apply(case, "recommend", actor=city.district, at=AT, amount=20 * WAN)
    case = workflow.apply(case, "accept", actor=office.officer, at=AT)

    with refused("不超过 200,000.00"):
        workflow.apply(case, "determine", actor=office.decider, at=AT, amount=20 * WAN + 1)
    case = workflow.apply(case, "determine", actor=office.decider, at=AT, amount=20 * WAN)
    (found,) = matching.matched(case)
    assert (found.value, found.stated, found.by) == (20 * WAN, True, city.district.organisation.name)


def test_nothing_is_given_where_the_county_gives_nothing(city, office, matched_case):
    case = accepted(city, office, matched_case)
    matching.say(case, 0, actor=city.district, at=AT)

    case = workflow.apply(case, "renew", actor=office.officer, at=AT)
    with refused("没有可核定的金额"):
        workflow.apply(case, "recommend", actor=city.district, at=AT, amount=1)


def test_an_unknown_county_sum_is_undetermined_and_never_zero(matched_case):
    manager = matched_case.organisation.memberships.get()
    fact = matched_case.organisation.facts.get(record="projects", field="county_sum", known_to__isnull=True)
    registry.withdraw(fact, actor=manager, at=AT)

    (found,) = matching.matched(matched_case)
    assert found.value is None
    with refused("县级财政支持额"):
        workflow.apply(matched_case, "submit", actor=manager, at=AT)


def test_only_the_district_or_an_officer_states_the_other_bodys_sum(city, office, matched_case):
    case = accepted(city, office, matched_case)
    for actor in (case.organisation.memberships.get(), office.decider, city.accountant):
        with refused("不由您办理"):
            matching.say(case, WAN, actor=actor, at=AT)
