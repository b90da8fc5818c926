"""Facts are stated, verified and withdrawn; what was known then stays known for then."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from factories import AT, make_department, make_membership, make_organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.models import Event
from kechuang.registry import actions, keys, queries
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


def officer():
    return make_membership(Role.OFFICER, make_department())


def spend(value, actor, at=AT, **more):
    return actions.state(
        actor.organisation, "years", "rd_spend", value, key="2025", actor=actor, at=at, **more
    )


def test_a_sum_is_kept_in_fen_however_it_is_written():
    clerk = make_membership()

    fact = spend("120万元", clerk)

    assert fact.value == 120_000_000
    assert (fact.source, fact.known_from, fact.known_to, fact.stated_by) == ("declared", AT, None, clerk)


def test_a_rate_a_date_and_a_code_come_back_as_they_were_stated():
    clerk = make_membership()

    loan = actions.state(clerk.organisation, "loans", "rate", "4.35%", key="D-1", actor=clerk, at=AT)
    size = actions.state(clerk.organisation, "subject", "size", "小型", actor=clerk, at=AT)
    day = actions.state(clerk.organisation, "subject", "registered_on", date(2019, 5, 6), actor=clerk, at=AT)

    assert Fraction(loan.value) == Fraction(435, 10_000)
    assert (size.value, day.value) == ("small", "2019-05-06")


def test_saying_the_same_again_changes_nothing_and_leaves_no_event():
    clerk = make_membership()
    first = spend("120万元", clerk)

    again = spend(120_000_000, clerk, LATER)

    assert again == first
    assert Fact.objects.count() == 1
    assert [event.kind for event in Event.objects.all()] == ["fact.stated"]


def test_correcting_is_superseding():
    clerk = make_membership()
    first = spend("120万元", clerk)

    second = spend("130万元", clerk, LATER)

    first.refresh_from_db()
    assert (first.value, first.known_to) == (120_000_000, LATER)
    assert (second.known_from, second.supersedes) == (LATER, first)
    event = Event.objects.last()
    assert (event.kind, event.subject) == ("fact.stated", f"fact:{second.pk}")
    assert (event.data["before"], event.data["value"]) == (120_000_000, 130_000_000)


def test_a_clock_that_lags_behind_never_turns_known_time_round():
    clerk = make_membership()
    first = spend("120万元", clerk, LATER)

    second = spend("130万元", clerk, AT)

    first.refresh_from_db()
    assert first.known_to == second.known_from == LATER


@pytest.mark.parametrize(
    ("record", "field", "value", "said"),
    [
        ("years", "rd_spend", "很多", "研发投入（统计口径）：现为“很多”；应为金额"),
        ("years", "rd_spend", "-1元", "应为金额"),
        ("years", "rd_spend", 1.5, "应为金额"),
        ("years", "no_such", 1, "没有“years.no_such”这一项"),
        ("subject", "size", "巨型", "应为下列之一：微型、小型、中型、大型"),
        ("subject", "name", "别的公司", "属于单位本身"),
        ("years", "year", 2024, "不能改为“2024”"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_to_do(record, field, value, said):
    clerk = make_membership()

    with pytest.raises(Refused) as refused:
        actions.state(
            clerk.organisation, record, field, value,
            key="" if record == "subject" else "2025", actor=clerk, at=AT,
        )  # fmt: skip

    assert said in refused.value.words.zh
    assert refused.value.field == field
    assert refused.value.words.en
    assert not Fact.objects.exists()


def test_an_applicant_speaks_only_for_its_own_organisation_and_only_as_itself():
    clerk, other = make_membership(), make_organisation()

    with pytest.raises(Refused, match="own organisation"):
        actions.state(other, "subject", "size", "small", actor=clerk, at=AT)
    with pytest.raises(Refused, match="own organisation"):
        actions.state(
            clerk.organisation, "subject", "size", "small", actor=clerk, at=AT, source=Fact.Source.LIST
        )


def test_an_officers_word_stands_beside_the_declared_one():
    clerk, checker = make_membership(), officer()
    declared = spend("120万元", clerk)

    verified = actions.verify(declared, "118万元", actor=checker, at=LATER)

    declared.refresh_from_db()
    assert declared.known_to is None
    assert (verified.source, verified.value) == ("verified", 118_000_000)
    assert (verified.verified_by, verified.verified_at) == (checker, LATER)
    assert Event.objects.last().kind == "fact.verified"


def test_what_is_withdrawn_is_known_no_longer_but_was():
    clerk = make_membership()
    fact = spend("120万元", clerk)

    actions.withdraw(fact, actor=clerk, at=LATER)

    assert not queries.facts_known(clerk.organisation_id, LATER)
    assert list(queries.facts_known(clerk.organisation_id, AT)) == [fact]
    assert Event.objects.last().kind == "fact.withdrawn"
    with pytest.raises(Refused, match="superseded"):
        actions.withdraw(fact, actor=clerk, at=LATER)


def test_none_gives_way_to_a_record_and_is_refused_beside_one():
    clerk = make_membership()
    none = actions.state_none(clerk.organisation, "statuses", actor=clerk, at=AT)
    key = keys.key_of("statuses", {"kind": "srdi", "granted_on": date(2025, 6, 1)})

    actions.state(clerk.organisation, "statuses", "kind", "srdi", key=key, actor=clerk, at=LATER)

    none.refresh_from_db()
    assert (none.field, none.value, none.known_to) == ("", False, LATER)
    with pytest.raises(Refused, match="withdraw them first"):
        actions.state_none(clerk.organisation, "statuses", actor=clerk, at=LATER)


def test_many_facts_are_one_act_with_one_event_or_none_at_all():
    clerk = make_membership()
    good = [
        actions.Statement("years", "rd_spend", "120万元", "2025"),
        actions.Statement("years", "sales", "3000万元", "2025"),
    ]

    kept = actions.state_many(clerk.organisation, good, actor=clerk, at=AT)
    with pytest.raises(Refused):
        actions.state_many(
            clerk.organisation,
            [
                actions.Statement("years", "sales", "1元", "2024"),
                actions.Statement("years", "sales", "x", "2023"),
            ],
            actor=clerk,
            at=LATER,
        )

    assert [fact.field for fact in kept] == ["rd_spend", "sales"]
    assert Fact.objects.count() == 2
    assert [len(event.data["facts"]) for event in Event.objects.all()] == [2]


def test_other_rooms_are_told_whose_facts_changed():
    clerk, told = make_membership(), []
    actions.on_change.append(told.append)
    try:
        fact = spend("120万元", clerk)
        spend("120万元", clerk, LATER)
        actions.withdraw(fact, actor=clerk, at=LATER)
    finally:
        actions.on_change.remove(told.append)

    assert told == [[clerk.organisation_id]] * 2


MOMENTS = st.lists(st.integers(0, 6), min_size=1, max_size=12).map(sorted)
ACTS = st.sampled_from(["100元", "200元", "300元", None])


class Bitemporal(TestCase):
    """For any sequence of statements, withdrawals and moments, the past stays what it was."""

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(moments=MOMENTS, data=st.data())
    def test_facts_known_at_a_past_moment_are_what_they_were_then(self, moments, data):
        clerk, checker = make_membership(), officer()
        expected, now, stated = {}, {}, 0
        for hours in moments:
            at = AT + timedelta(hours=hours)
            year, source = (
                data.draw(st.sampled_from(["2024", "2025"])),
                data.draw(st.sampled_from(["declared", "list"])),
            )
            value = data.draw(ACTS)
            before = Fact.objects.count()
            if value is None:
                known = Fact.objects.filter(
                    key=year, source=source, known_to=None, organisation=clerk.organisation
                )
                for fact in known:
                    actions.withdraw(fact, actor=clerk if source == "declared" else checker, at=at)
                now.pop((year, source), None)
            else:
                actions.state(
                    clerk.organisation, "years", "sales", value, key=year, source=source, at=at,
                    actor=clerk if source == "declared" else checker,
                )  # fmt: skip
                fen = int(value[:-1]) * 100
                stated += now.get((year, source)) != fen
                now[year, source] = fen
            expected[at] = dict(now)
            assert Fact.objects.count() >= before  # nothing is lost
        assert Fact.objects.filter(organisation=clerk.organisation).count() == stated
        for at, then in expected.items():
            known = list(queries.facts_known(clerk.organisation_id, at))
            assert {(fact.key, fact.source): fact.value for fact in known} == then
            assert len(known) == len(then)  # one value a source at a time


@pytest.mark.parametrize(
    "change",
    [{"value": 1}, {"known_from": LATER}, {"source": "list"}, {"stated_by": None}, {"known_to": None}],
)
def test_the_database_itself_keeps_facts_from_being_changed(change):
    clerk = make_membership()
    fact = spend("120万元", clerk)
    actions.withdraw(fact, actor=clerk, at=LATER)

    with pytest.raises(ProgrammingError, match="superseded, never changed"), transaction.atomic():
        Fact.objects.filter(pk=fact.pk).update(**change)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        Fact.objects.filter(pk=fact.pk).delete()


def test_an_open_fact_is_ended_and_changed_in_nothing_else():
    fact = spend("120万元", make_membership())

    with pytest.raises(ProgrammingError, match="superseded, never changed"), transaction.atomic():
        Fact.objects.filter(pk=fact.pk).update(value=1)
