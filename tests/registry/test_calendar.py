"""The calendar of working days: a year that an operator enters counts at once, and nothing is guessed without it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from api.programs import program
from factories import make_membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.models import Event
from kechuang.reference.workdays import MissingCalendar, add_working_days, calendar_years, days_left
from kechuang.registry import calendar
from kechuang.registry.models import Holidays

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 26, 2, tzinfo=UTC)
# Invented: the State Council's notice for the year is not part of the software.
YEAR = {
    "year": 2027,
    "notice": "国办发明电〔2026〕0号",
    "issued_on": date(2026, 11, 5),
    "source": "https://www.gov.cn/",
    "closed": "2027-01-01..2027-01-03\n2027-02-05 至 2027-02-11、2027-10-01..2027-10-07",
    "open": "2027-01-30",
}


@pytest.fixture(autouse=True)
def read_anew():
    calendar.forget()
    yield
    calendar.forget()


@pytest.fixture
def operator():
    return make_membership(Role.OPERATOR)


def enter(operator, django_capture_on_commit_callbacks, **other):
    with django_capture_on_commit_callbacks(execute=True):
        return calendar.enter(calendar.Entry(**{**YEAR, **other}), actor=operator, at=AT)


def test_a_period_is_counted_in_a_year_that_was_entered(operator, django_capture_on_commit_callbacks):
    with pytest.raises(MissingCalendar, match="2027"):
        add_working_days(date(2026, 12, 30), 5)

    enter(operator, django_capture_on_commit_callbacks)

    assert add_working_days(date(2026, 12, 30), 5) == date(2027, 1, 7)
    assert days_left(date(2027, 1, 29), date(2027, 1, 30)) == 1  # a Saturday worked in exchange
    assert max(calendar_years()) == 2027
    assert Event.objects.get(kind="holidays.entered").subject == "holidays:2027"


def test_entering_a_year_anew_corrects_it_and_the_same_again_does_nothing(
    operator, django_capture_on_commit_callbacks
):
    first = enter(operator, django_capture_on_commit_callbacks)
    assert enter(operator, django_capture_on_commit_callbacks) == first

    enter(operator, django_capture_on_commit_callbacks, closed=YEAR["closed"] + "\n2027-01-04")

    assert add_working_days(date(2026, 12, 30), 5) == date(2027, 1, 8)
    assert Holidays.objects.filter(year=2027).count() == 2
    assert calendar.shown()[0].closed[0] == (date(2027, 1, 1), date(2027, 1, 4))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"year": 2026}, "year", "随软件"),
        ({"year": 2030}, "year", "2027"),
        ({"year": 2020}, "year", "2027"),
        ({"notice": " "}, "notice", "填写"),
        ({"issued_on": date(2027, 1, 1)}, "issued_on", "晚于今天"),
        ({"closed": "2027-01-01..2027-01-03"}, "closed", "只有 3 天"),
        ({"closed": "2026-12-31..2027-01-20"}, "closed", "2027 年内"),
        ({"closed": "2027-01-20..2027-01-01"}, "closed", "早于开始"),
        ({"closed": "元旦 2027-01-01..2027-01-20"}, "closed", "元旦"),
        ({"closed": "2027-02-30"}, "closed", "2027-02-30"),
        ({"open": "2027-01-29"}, "open", "不是周末"),
        ({"open": "2027-01-02"}, "open", "放假日"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    operator, django_capture_on_commit_callbacks, given, field, words
):
    with pytest.raises(Refused) as refused:
        enter(operator, django_capture_on_commit_callbacks, **given)

    assert refused.value.field == field
    assert words in refused.value.words.zh
    assert not Holidays.objects.exists()


def test_only_an_operator_enters_a_year(django_capture_on_commit_callbacks):
    with pytest.raises(Refused, match="operator"):
        enter(make_membership(Role.OFFICER), django_capture_on_commit_callbacks)


def test_the_page_keeps_what_was_typed_and_shows_the_year_once_it_is_right(operator):
    client = Client()
    client.force_login(operator.user)
    typed = {**YEAR, "issued_on": "2026-11-05"}

    wrong = client.post(reverse("calendar"), {**typed, "open": "2027-01-29"})
    right = client.post(reverse("calendar"), typed)

    assert wrong.status_code == 422
    assert "2027-01-29 不是周末" in wrong.content.decode()
    assert "2027-02-05 至 2027-02-11" in wrong.content.decode()
    assert right.status_code == 302
    assert "国办发明电〔2026〕0号" in client.get(reverse("calendar")).content.decode()


def test_a_program_reads_the_calendar_and_an_operator_s_enters_a_year(operator):
    typed = {**YEAR, "issued_on": "2026-11-05"}
    officer, own = program(make_membership(Role.OFFICER)), program(operator)

    status, entered = own("registry/calendar", typed)

    assert status == 200, entered
    assert [one["year"] for one in entered["years"]] == [2027, 2026, 2025, 2024, 2023]
    assert officer("registry/calendar", typed)[0] == 404
    assert officer("registry/calendar") == (200, entered)
