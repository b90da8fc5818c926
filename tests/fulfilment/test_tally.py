"""Counts and sums of cases are kept by the database, and agree with the cases at any moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Q

from factories import AT, make_membership, make_organisation
from fulfilment.city import carried_to, make_call, make_case
from fulfilment.office import signed_in
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.fulfilment import office_queries, queries, rules, tally, workflow
from kechuang.fulfilment.models import Case, Tally
from kechuang.journal import statements

pytestmark = pytest.mark.django_db


GATES = [{"gate": gate, "days": 5, "silence": "agree"} for gate in ("credit", "green")]


def in_state(city, call, state):
    """A case of the call in a state up to determined."""
    case = make_case(call)
    if state == "draft":
        return case
    if state == "reviewing":
        return workflow.apply(carried_to(city, case, "accepted"), "ask_review", actor=city.officer, at=AT)
    return carried_to(city, case, state)


def tally_by_group():
    """{(call, state): how many} of what the tally says, without what adds up to none."""
    found = {}
    for one in Tally.objects.all():
        key = (one.call_id, one.state, one.due_on, tuple(one.pending), one.answered)
        found[key] = found.get(key, 0) + one.cases
    return {key: count for key, count in found.items() if count}


def cases_by_group():
    """The same of the cases themselves."""
    found = {}
    for case in Case.objects.all():
        key = (case.call_id, case.state, case.due_on, tuple(case.pending), case.answered)
        found[key] = found.get(key, 0) + 1
    return found


def test_every_change_of_a_case_moves_it_in_the_tally(city):
    call, plain = make_call(city, gates=GATES), make_call(city)

    for state in ("draft", "submitted", "recommended", "accepted", "reviewing"):
        in_state(city, call, state)
    in_state(city, plain, "determined")

    assert tally_by_group() == cases_by_group()


def test_joining_the_rows_changes_no_number(city):
    call = make_call(city, gates=GATES)
    for state in ("submitted", "recommended", "reviewing"):
        in_state(city, call, state)
    before = tally_by_group()

    gone = tally.join()

    assert gone > 0
    assert tally_by_group() == before
    assert Tally.objects.count() == len(before)
    assert tally.join() == 0


@pytest.mark.parametrize("role", ["officer", "decider", "district", "auditor"])
def test_totals_are_those_of_the_cases_that_the_office_sees(city, role):
    call = make_call(city)
    for state in ("draft", "submitted", "recommended", "accepted", "determined"):
        in_state(city, call, state)
    membership = getattr(city, role, None) or make_membership(Role.AUDITOR)

    found = tally.totals(membership, Q(call=call))

    assert found == tally.of_cases(rules.visible_cases(membership))
    assert found["count"] > 0


@pytest.mark.parametrize(
    "words", ["2026", "2026-9", "2026-9-0", "2026-9-01", "2026-9-01-", "2026-9-01-00001", "2025"]
)
def test_what_is_looked_for_by_the_beginning_of_its_number_is_counted_as_listed(city, words):
    for call in (make_call(city), make_call(city)):
        for state in ("submitted", "accepted"):
            in_state(city, call, state)
    filters = queries.Filters(q=words, state="submitted")

    found = queries.sums(city.officer, filters, AT.date())

    assert found == tally.of_cases(queries.cases(city.officer, filters, AT.date()))
    assert found["count"] == Case.objects.filter(number__startswith=words, state="submitted").count()


def test_one_statement_counts_whatever_the_beginning(city):
    carried_to(city, make_case(make_call(city)), "submitted")
    queries.sums(city.officer, queries.Filters(q="2026-9"), AT.date())
    kept = len(statements._STATEMENTS)

    found = queries.sums(city.officer, queries.Filters(q="2026-9-01"), AT.date())

    assert found["count"] == 1
    assert len(statements._STATEMENTS) == kept


def test_who_stays_away_from_an_organisation_does_not_count_it(city):
    call = make_call(city)
    first, second = (carried_to(city, make_case(call), "recommended") for _ in range(2))
    Recusal.objects.create(
        user=city.officer.user, organisation=first.organisation, ground="declared", source="test", began_at=AT
    )

    counted = {tab.command: tab.count for tab in office_queries.tabs(city.officer, AT.date())}

    assert counted["accept"] == 1
    assert tally.totals(city.officer, Q())["count"] == 1
    assert list(rules.visible_cases(city.officer)) == [second]


def test_a_case_says_who_is_waited_for_and_how_many_answered(city):
    case = in_state(city, make_call(city, gates=GATES), "reviewing")
    gate = case.pending[0]
    assert case.asked == ["credit", "green"]

    after = workflow.apply(
        case, "answer_gate", actor=city.reviewers[gate], at=AT + timedelta(hours=1), result="agreed"
    )

    assert after.asked == case.asked
    assert after.pending == [one for one in case.pending if one != gate]
    assert after.answered == case.answered + 1


def test_an_organisation_counts_its_own_cases(city):
    case = carried_to(city, make_case(make_call(city)), "submitted")
    stranger = make_membership(Role.MANAGER, make_organisation())

    assert tally.totals(make_membership(Role.MANAGER, case.organisation), Q())["count"] == 1
    assert tally.totals(stranger, Q())["count"] == 0


def test_every_list_of_what_is_to_do_opens_for_whoever_stays_away_from_an_organisation(city, clock_at):
    call = make_call(city)
    case, other = in_state(city, call, "determined"), in_state(city, call, "determined")
    Case.objects.filter(pk__in=[case.pk, other.pk]).update(granted_fen=100)
    for actor in (city.officer, city.decider):
        Recusal.objects.create(
            user=actor.user, organisation=case.organisation, ground="kinship", source="tie:1", began_at=AT
        )
        client = signed_in(actor)
        for rule in office_queries.acts_to_do(actor.role):
            answer = client.get(f"/tasks/?act={rule.command}")
            assert answer.status_code == 200, rule.command
            assert case.number not in answer.content.decode()
