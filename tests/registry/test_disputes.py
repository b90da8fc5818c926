"""An organisation disputes a fact that a department stated; the department answers, and both sides are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from factories import AT, make_department, make_membership
from kechuang.accounts import actions as accounts
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.models import Event, Message
from kechuang.registry import actions, showing
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


@pytest.fixture
def officer():
    return make_membership(Role.OFFICER, make_department("市统计局"))


@pytest.fixture
def clerk():
    return make_membership(Role.MANAGER)


@pytest.fixture
def fact(officer, clerk):
    """A figure that a list of the statistics bureau gave."""
    return actions.state(
        clerk.organisation, "years", "rd_spend", "80万元", key="2025", actor=officer, at=AT, source="list"
    )


def dispute(fact, clerk, proposed="120万元", ground="报表填错一位", **more):
    return actions.raise_correction(fact, proposed, ground, actor=clerk, at=AT, **more)


def test_a_dispute_is_due_in_ten_working_days_and_the_department_is_told(fact, clerk, officer):
    correction = dispute(fact, clerk)

    assert correction.due_on == date(2026, 3, 16)
    assert (correction.proposed, correction.state) == (120_000_000, "open")
    message = Message.objects.get()
    assert (message.recipient, message.membership_id) == (officer.user, officer.pk)
    assert message.link == f"/corrections/{correction.pk}/"
    assert Event.objects.last().kind == "correction.raised"
    (shown,) = [one for one in showing.facts_shown(clerk.organisation_id, AT) if one.fact == fact]
    assert shown.disputed


def test_an_officer_who_left_that_day_is_not_told(fact, clerk, officer):
    leaver = make_membership(Role.OFFICER, officer.organisation)
    accounts.end(leaver, actor=make_membership(Role.OPERATOR), at=AT)

    dispute(fact, clerk)

    assert Message.objects.get().recipient == officer.user


def test_upholding_supersedes_the_fact_in_the_place_of_its_source(fact, clerk, officer):
    correction = dispute(fact, clerk)

    answered = actions.answer_correction(
        correction, uphold=True, answer="已与报表核对", actor=officer, at=LATER
    )

    fact.refresh_from_db()
    now = Fact.objects.get(known_to__isnull=True)
    assert fact.known_to == LATER
    assert (now.source, now.value, now.verified_by, now.supersedes) == ("list", 120_000_000, officer, fact)
    assert (answered.state, answered.answered_by) == ("upheld", officer)
    assert [event.kind for event in Event.objects.all()][-2:] == ["fact.verified", "correction.upheld"]
    assert Message.objects.filter(recipient=clerk.user).get().title["zh"] == "事实更正申请已采纳"


def test_an_officer_may_find_a_third_value_right(fact, clerk, officer):
    correction = dispute(fact, clerk)

    actions.answer_correction(
        correction, uphold=True, value="110万元", answer="以报表为准", actor=officer, at=LATER
    )

    assert Fact.objects.get(known_to__isnull=True).value == 110_000_000


def test_rejecting_leaves_the_fact_and_gives_the_reason(fact, clerk, officer):
    correction = dispute(fact, clerk)

    answered = actions.answer_correction(
        correction, uphold=False, answer="与报表一致", actor=officer, at=LATER
    )

    fact.refresh_from_db()
    assert fact.known_to is None
    assert (answered.state, answered.answer) == ("rejected", "与报表一致")
    assert "与报表一致" in Message.objects.filter(recipient=clerk.user).get().body["zh"]


def test_a_dispute_taken_back_is_answered_by_nobody(fact, clerk, officer):
    correction = actions.withdraw_correction(dispute(fact, clerk), actor=clerk, at=LATER)

    assert correction.state == "withdrawn"
    with pytest.raises(Refused, match="reload"):
        actions.answer_correction(correction, uphold=True, answer="x", actor=officer, at=LATER)
    with pytest.raises(Refused, match="reload"):
        actions.withdraw_correction(correction, actor=clerk, at=LATER)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"proposed": "80万元"}, "the one on file"),
        ({"proposed": "很多"}, "expected a sum"),
        ({"ground": " "}, "Say why"),
    ],
)
def test_a_dispute_that_says_nothing_is_refused(fact, clerk, more, said):
    with pytest.raises(Refused, match=said):
        dispute(fact, clerk, **more)


def test_a_fact_is_disputed_once_at_a_time(fact, clerk):
    dispute(fact, clerk)

    with pytest.raises(Refused, match="disputed already"):
        dispute(fact, clerk)


def test_only_ones_own_facts_of_a_department_are_disputed(fact, clerk):
    own = actions.state(clerk.organisation, "subject", "size", "small", actor=clerk, at=AT)

    for actor, disputed in ((make_membership(), fact), (clerk, own)):
        with pytest.raises(Refused, match="own organisation"):
            dispute(disputed, actor, "large")


def test_only_the_department_that_stated_the_fact_answers(fact, clerk, officer):
    correction = dispute(fact, clerk)
    others = [
        make_membership(Role.OFFICER, make_department("市科技局")),
        make_membership(Role.DECIDER, officer.organisation),
        clerk,
    ]

    for other in others:
        with pytest.raises(Refused, match="not for your department"):
            actions.answer_correction(correction, uphold=True, answer="x", actor=other, at=LATER)


def test_an_answer_without_reason_is_refused(fact, clerk, officer):
    with pytest.raises(Refused, match="reason"):
        actions.answer_correction(dispute(fact, clerk), uphold=False, answer=" ", actor=officer, at=LATER)


def test_a_year_without_calendar_is_refused_rather_than_guessed(fact, clerk):
    with pytest.raises(Refused) as refused:
        actions.raise_correction(fact, "1元", "错", actor=clerk, at=datetime(2099, 3, 1, tzinfo=UTC))

    assert "工作日历" in refused.value.words.zh
