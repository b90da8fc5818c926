"""The chain of events: numbered without gap, hashed, never changed."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from factories import AT, make_membership
from kechuang.journal.actions import BEGINNING, hash_of, record
from kechuang.journal.models import Event

pytestmark = pytest.mark.django_db


def test_events_are_numbered_without_gap_and_name_the_hash_before():
    actor = make_membership()

    first = record("case.submitted", "case:1", actor=actor, at=AT, data={"sum": 500})
    second = record("case.accepted", "case:1", actor=actor, at=AT)

    assert second.number == first.number + 1
    assert second.previous == first.hash
    assert first.previous == BEGINNING
    assert first.actor == actor.label


def test_an_event_read_back_has_the_hash_it_was_written_with():
    written = record(
        "case.submitted", "case:1", actor=make_membership(), at=AT, data={"名": "值", "sum": 500}
    )

    read = Event.objects.get(pk=written.pk)

    assert hash_of(read) == written.hash


@pytest.mark.parametrize("change", [lambda q: q.update(kind="x"), lambda q: q.delete()])
def test_an_event_is_neither_changed_nor_deleted(change):
    event = record("case.submitted", "case:1", actor=make_membership(), at=AT)

    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        change(Event.objects.filter(pk=event.pk))

    assert Event.objects.get(pk=event.pk).kind == "case.submitted"


def test_an_event_with_a_float_is_refused():
    with pytest.raises(TypeError, match="float"):
        record("case.submitted", "case:1", actor=make_membership(), at=AT, data={"sum": 0.1})
