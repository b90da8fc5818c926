"""Checking the chain: a gap, a changed byte, a cut-off end are found and named."""

from __future__ import annotations

import pgtrigger
import pytest

from factories import AT, make_membership
from kechuang.journal.actions import hash_of, record
from kechuang.journal.checking import check_chain
from kechuang.journal.models import ChainEnd, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def events():
    actor = make_membership()
    return [record("case.noted", f"case:{n}", actor=actor, at=AT, data={"sum": n}) for n in range(6)]


def change(event, **to):
    with pgtrigger.ignore("journal.Event:event_append_only"):
        Event.objects.filter(pk=event.pk).update(**to)


def test_a_whole_chain_has_no_problem(events):
    assert check_chain() == []
    assert check_chain(first=events[3].number) == []


def test_no_events_are_no_problem():
    assert check_chain() == []


@pytest.mark.parametrize(
    "to",
    [
        {"data": {"sum": 99}},
        {"actor": "别人"},
        {"kind": "case.paid"},
        {"subject": "case:9"},
        {"user_id": None},
    ],
)
def test_one_changed_field_is_found_with_number_found_and_expected(events, to):
    change(events[2], **to)

    (problem,) = check_chain()

    assert (problem.number, problem.what, problem.found) == (events[2].number, "hash", events[2].hash)
    assert problem.expected == hash_of(Event.objects.get(pk=events[2].pk))


def test_a_change_that_is_hashed_anew_is_found_at_the_next_event(events):
    change(events[2], data={"sum": 99})
    change(events[2], hash=hash_of(Event.objects.get(pk=events[2].pk)))

    (problem,) = check_chain()

    assert (problem.number, problem.what) == (events[3].number, "previous")


def test_a_missing_event_is_found(events):
    with pgtrigger.ignore("journal.Event:event_append_only"):
        Event.objects.filter(pk=events[2].pk).delete()

    problems = check_chain()

    assert (problems[0].what, problems[0].found, problems[0].expected) == (
        "number",
        str(events[3].number),
        str(events[2].number),
    )


def test_events_cut_off_at_the_end_are_missed(events):
    with pgtrigger.ignore("journal.Event:event_append_only"):
        Event.objects.filter(pk=events[-1].pk).delete()

    (problem,) = check_chain()

    assert (problem.what, problem.number) == ("end", events[-2].number)
    assert problem.expected.startswith(str(ChainEnd.objects.get().number))
