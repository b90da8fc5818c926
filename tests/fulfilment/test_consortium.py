"""Several that undertake a project together: exact shares, confirmed by each; recusal from one is recusal from all."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import AT, make_membership, make_organisation
from fulfilment.city import make_city
from fulfilment.projects import applicant_of, filled_in, make_office, make_project_call
from fulfilment.test_every_benefit import PACK
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.fulfilment import applying, rules, workflow
from kechuang.fulfilment.models import CaseMember
from kechuang.fulfilment.projects import consortium, filling
from kechuang.fulfilment.projects.consortium import Stake
from treasury.factories import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def case(office, pdf_upload):
    manager, example = applicant_of(PACK.benefit("18.consortium_project"))
    call = make_project_call(make_city(), office, "18.consortium_project", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    return filled_in(applying.start(call, actor=manager, at=AT, key=key), manager, pdf_upload)


def lead_of(case):
    return case.organisation.memberships.get()


def together(case, money=(6000, 4000), work=(5000, 5000)):
    """The applicant and a university; the member."""
    partner = make_organisation(name="哈尔滨工业大学（威海）", kind="university")
    stakes = [
        Stake(case.organisation, money[0], work[0], "总体设计和产线验证"),
        Stake(partner, money[1], work[1], "材料配方和检测"),
    ]
    filling.name_members(case, stakes, actor=lead_of(case), at=AT)
    return CaseMember.objects.get(case=case, organisation=partner)


def test_each_member_confirms_its_own_share_before_the_application_goes_out(case):
    member = together(case)
    case.refresh_from_db()
    with refused("还没有确认分工：哈尔滨工业大学"):
        workflow.apply(case, "submit", actor=lead_of(case), at=AT)
    with refused("该单位的管理员确认"):
        consortium.confirm(member, actor=lead_of(case), at=AT)
    manager = make_membership(Role.MANAGER, member.organisation)

    consortium.confirm(member, actor=manager, at=AT)

    case = workflow.apply(case, "submit", actor=lead_of(case), at=AT)
    assert case.sections["consortium"]


def test_shares_add_up_to_the_whole_exactly(case):
    with refused("合计 99.99%"):
        together(case, money=(6000, 3999))
    with refused("任务比例合计 100.01%"):
        together(case, work=(5000, 5001))


def test_what_changes_is_confirmed_anew(case):
    member = together(case)
    consortium.confirm(member, actor=make_membership(Role.MANAGER, member.organisation), at=AT)
    stakes = [
        Stake(case.organisation, 5000, 5000, "总体设计"),
        Stake(member.organisation, 5000, 5000, "材料配方和检测"),
    ]

    made = filling.name_members(case, stakes, actor=lead_of(case), at=AT)

    assert [one.confirmed_at is None for one in made] == [False, True]
    with refused("内容有了变化"):
        consortium.confirm(member, actor=member.organisation.memberships.get(), at=AT)


def test_the_consortium_is_settled_once_it_is_submitted(case):
    member = together(case)
    consortium.confirm(member, actor=make_membership(Role.MANAGER, member.organisation), at=AT)
    case.refresh_from_db()
    workflow.apply(case, "submit", actor=lead_of(case), at=AT)

    for act in (lambda: CaseMember.objects.filter(pk=member.pk).update(money=1), member.delete):
        with pytest.raises(IntegrityError, match="settled"), transaction.atomic():
            act()


def test_whoever_stays_away_from_a_member_sees_no_case_of_the_consortium(case, office):
    member = together(case)
    consortium.confirm(member, actor=make_membership(Role.MANAGER, member.organisation), at=AT)
    case.refresh_from_db()
    workflow.apply(case, "submit", actor=lead_of(case), at=AT)
    assert rules.may_see(office.officer, case)

    Recusal.objects.create(
        user=office.officer.user,
        organisation=member.organisation,
        ground="spouse",
        source="declared",
        began_at=AT,
    )

    assert rules.visible_cases(office.officer).count() == 0
    assert rules.may_see(office.decider, case)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=st.integers(1, 10**11), cuts=st.lists(st.integers(1, 9999), min_size=1, max_size=5, unique=True)
)
def test_a_sum_is_shared_among_members_to_the_fen(amount, cuts):
    edges = [0, *sorted(cuts), 10_000]
    members = [CaseMember(pk=n, money=b - a) for n, (a, b) in enumerate(pairwise(edges), 1)]

    found = consortium.sums_of(members, amount)

    assert sum(found.values()) == amount
    assert all(abs(found[one.pk] * 10_000 - one.money * amount) < 10_000 for one in members)
