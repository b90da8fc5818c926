"""Messages and the journal by the API: what the pages tell, to programs with a token."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.programs import program, statuses
from factories import AT, make_membership
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.journal.actions import hash_of, record, tell
from kechuang.journal.models import Event, Message

pytestmark = pytest.mark.django_db
WORDS = {"title": {"zh": "已拨付", "en": "Paid"}, "body": {"zh": "请查收。", "en": "Look."}}


@pytest.fixture(autouse=True)
def _at_a_known_time(settings, monkeypatch):
    settings.API_RATE = 0
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def clerk():
    return make_membership(Role.CLERK)


def told(membership, count=1):
    event = record("batch.paid", "batch:1", actor=make_membership(), at=AT)
    return [
        tell([(membership.user_id, membership.pk)], event=event, link="/cases/", **WORDS)[0]
        for _ in range(count)
    ]


def test_a_program_reads_the_messages_of_its_own_capacity_alone(clerk):
    other = make_membership(Role.EXPERT, user=clerk.user)
    (mine,), _, _ = told(clerk), told(other), told(make_membership())
    draft = tell([(clerk.user_id, clerk.pk)], event=Event.objects.first(), draft_for="case:1", **WORDS)

    status, read = program(clerk)("messages")

    assert status == 200
    assert (read["count"], read["unread"]) == (1, 1)
    (one,) = read["messages"]
    assert (one["id"], one["title"], one["link"], one["read_at"]) == (
        mine.pk,
        WORDS["title"],
        "/cases/",
        None,
    )
    assert program(clerk)(f"messages/{draft[0].pk}")[0] == 404


def test_messages_are_marked_as_read_by_number_or_all_and_only_one_s_own(clerk):
    first, second, third = told(clerk, 3)
    (foreign,) = told(make_membership())
    ask = program(clerk)

    _, after_one = ask("messages/read", {"messages": [first.pk, foreign.pk]})
    _, unread = ask("messages?unread=true")
    _, after_all = ask("messages/read", {})

    assert (after_one["unread"], after_all["unread"]) == (2, 0)
    assert [one["id"] for one in unread["messages"]] == [third.pk, second.pk]
    foreign.refresh_from_db()
    assert foreign.read_at is None


def test_reading_a_message_marks_nothing_and_another_s_is_not_there(clerk):
    (mine,) = told(clerk)

    status, read = program(clerk)(f"messages/{mine.pk}")

    assert (status, read["body"]) == (200, WORDS["body"])
    assert Message.objects.get().read_at is None
    assert statuses(f"messages/{mine.pk}", make_membership(), None) == [404, 401]


def test_messages_come_in_pages_with_the_same_queries_however_many(clerk, django_assert_num_queries):
    ask = program(clerk)
    told(clerk)
    with CaptureQueriesContext(connection) as few:
        ask("messages")
    told(clerk, 101)
    with django_assert_num_queries(len(few)):
        _, first = ask("messages")
    _, second = ask("messages?page=2")

    assert (first["count"], len(first["messages"]), len(second["messages"])) == (102, 100, 2)


def happened():
    actor = make_membership()
    return [
        record(
            "case.submitted",
            "case:1",
            actor=actor,
            at=AT,
            organisation_id=actor.organisation_id,
            data={"sum": 5},
        ),
        record("batch.approved", "batch:7", actor=make_membership(), at=AT),
    ]


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ("kind=case", [0]),
        ("subject=batch:7", [1]),
        ("since=2026-03-02&until=2026-03-02&kind=batch", [1]),
        ("since=2026-03-03", []),
    ],
)
def test_an_auditor_s_program_reads_the_events_that_fit(asked, places):
    made, ask = happened(), program(make_membership(Role.AUDITOR))

    status, read = ask(f"journal/events?{asked}")

    assert status == 200
    assert [one["number"] for one in read["events"]] == [made[place].number for place in places]
    assert read["count"] == len(places)


def test_an_event_is_told_with_its_title_and_its_hash():
    made, ask = happened()[0], program(make_membership(Role.AUDITOR))

    _, read = ask("journal/events?subject=case:1")

    (one,) = read["events"]
    assert (one["hash"], one["data"], one["organisation"]) == (
        hash_of(made),
        {"sum": 5},
        made.organisation_id,
    )
    assert one["title"]["en"]


def test_a_wrong_day_is_a_fault_of_the_question():
    status, problem = program(make_membership(Role.AUDITOR))("journal/events?since=yesterday")

    assert (status, problem["type"]) == (422, "/api/problems/invalid-request")


def test_the_journal_is_for_auditors_and_operators_in_a_staff_session():
    happened()
    people = [make_membership(role) for role in (Role.AUDITOR, Role.OPERATOR, Role.OFFICER, Role.CLERK)]
    idle = make_membership(Role.AUDITOR, at_work=False)

    for path in ("journal/events", "journal/events.jsonl", "journal/events.xlsx"):
        assert statuses(path, *people, idle, None) == [200, 200, 404, 404, 401, 401]


def test_whom_an_auditor_stays_away_from_is_in_no_list_and_no_file():
    made, auditor = happened()[0], make_membership(Role.AUDITOR)
    Recusal.objects.create(
        user=auditor.user, organisation_id=made.organisation_id, ground="kin", source="tie:1", began_at=AT
    )
    ask = program(auditor)

    _, read = ask("journal/events?kind=case")
    _, lines = ask("journal/events.jsonl?kind=case")

    assert (read["count"], lines) == (0, b"")


def test_events_are_taken_away_as_files_and_that_is_an_event():
    made, auditor = happened(), make_membership(Role.AUDITOR)
    ask = program(auditor)

    _, lines = ask("journal/events.jsonl?kind=case")
    _, book = ask("journal/events.xlsx?kind=batch")

    assert json.loads(lines)["hash"] == hash_of(made[0])
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [made[1].number]
    taken = Event.objects.filter(kind="journal.exported").order_by("number")
    assert [one.data["form"] for one in taken] == ["jsonl", "xlsx"]
    assert {one.membership_id for one in taken} == {auditor.pk}


def test_events_take_the_same_queries_however_many(django_assert_num_queries):
    ask = program(make_membership(Role.AUDITOR))
    happened()
    with CaptureQueriesContext(connection) as few:
        ask("journal/events")
    for _ in range(5):
        happened()
    with django_assert_num_queries(len(few)):
        ask("journal/events")
