"""Months of the LPR that an operator loads count from then on; what was decided before replays as it was."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from factories import AT, make_membership, make_organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.cli import series as cli
from kechuang.entitlements.releasing import version_in_force
from kechuang.entitlements.standing import assess_organisation, replay
from kechuang.finance import series
from kechuang.finance.models import Quote
from kechuang.journal.models import Event
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.words.reasons import reason_sentence
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
NOW = AT.replace(year=2027, month=3)
LATER, LATEST = NOW + timedelta(days=1), NOW + timedelta(days=2)
DAY = {"on": date(2027, 3, 2), "year": 2026}


def csv(*lines):
    return "\n".join(("date,one_year,five_year", *lines)).encode()


@pytest.fixture
def operator():
    return make_membership(Role.OPERATOR)


@pytest.fixture
def firm():
    """A small enterprise with a pledge loan signed in December 2026: November counts, which is not in the table."""
    manager = make_membership(Role.MANAGER, make_organisation())
    registry.state(manager.organisation, "subject", "size", "small", actor=manager, at=AT)
    told = {
        "kind": "pledge", "signed_on": date(2026, 12, 10), "principal": 1_000_000_000, "interest_days": 22,
    }  # fmt: skip
    bank = {"actor": make_membership(Role.OFFICER), "source": Fact.Source.LIST}  # for it a day may lie ahead
    for name, value in told.items():
        registry.state(manager.organisation, "interests", name, value, key="ZY-1|2026", at=AT, **bank)
    return manager.organisation


def interest(firm, known_at):
    found = assess_organisation(firm, version_in_force(), known_at=known_at, **DAY)
    return found, found.results["25.interest"]


def test_a_month_without_a_quote_is_refused_with_a_sentence(firm):
    found, result = interest(firm, NOW)

    assert result.outcome is Outcome.UNDETERMINED
    assert "LPR" in reason_sentence(found, result, "zh")


def test_a_loaded_month_counts_from_then_on_and_not_before(operator, firm):
    series.load(csv("2026-11-20,3.00,3.50"), "中国人民银行公告", actor=operator, at=LATER)

    assert interest(firm, NOW)[1].outcome is Outcome.UNDETERMINED
    assert interest(firm, LATER)[1].amount == 1_000_000_000 * 3 * 22 * 20 // (100 * 365 * 100)


def test_a_correction_supersedes_and_what_was_decided_replays_byte_for_byte(operator, firm):
    series.load(csv("2026-11-20,3.00,3.50"), "公告", actor=operator, at=NOW)
    before = replay(firm, version_in_force(), "25.interest", known_at=NOW, **DAY)

    series.load(csv("2026-11-20,2.90,3.50"), "更正公告", actor=operator, at=LATER)

    assert replay(firm, version_in_force(), "25.interest", known_at=NOW, **DAY) == before
    assert replay(firm, version_in_force(), "25.interest", known_at=LATEST, **DAY) != before
    newest, older = series.shown(LATER.date())[:2]
    assert (newest.source.zh, newest.superseded, older.source.en, older.superseded) == (
        "更正公告",
        False,
        "公告",
        True,
    )


def test_sources_are_told_in_both_languages_and_no_quote_before_its_day():
    told = series.shown(date(2026, 9, 21))

    assert not any(re.search(r"\bT\d|\w\.(com|cn|org)\b", one.source.zh + one.source.en) for one in told)
    assert all(re.search("[\u4e00-\u9fff]", one.source.zh) and one.source.en.isascii() for one in told)
    day = told[0].quoted_on
    assert series.shown(day)[0].quoted_on == day
    assert day not in [one.quoted_on for one in series.shown(day - timedelta(days=1))]


def test_what_is_known_already_is_not_loaded_again(operator):
    data = csv("2026-09-20,3.00,3.50", "2024-10-21,3.10,3.60")
    series.load(data, "公告", actor=operator, at=NOW)

    assert series.load(data, "公告", actor=operator, at=LATER) == 0
    assert Event.objects.filter(kind="series.loaded").count() <= 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (csv("2026-11-20,3.00"), "Line 2"),
        (csv("2026-11-20,three,3.5"), "Line 2"),
        (csv("2026-11-20,300,350"), "Line 2"),
        (csv("2026-11-20,0.0300,0.0350"), "Line 2"),
        (csv("2026-11-20,3.00001,3.5"), "Line 2"),
        (csv("2026-11-20,3,3.5", "2026-11-21,3,3.5"), "Line 3"),
        (csv("2028-01-20,3,3.5"), "after today"),
        (b"month,rate\n2026-11,3\n", "Line 1"),
        (b"\xff\xfe", "no CSV"),
        (csv(), "Line 1"),
    ],
)
def test_a_file_with_a_fault_changes_nothing_and_names_the_line(operator, data, words):
    with pytest.raises(Refused, match=words):
        series.load(data, "公告", actor=operator, at=NOW)
    assert not Quote.objects.exists()


def test_no_quote_without_a_source(operator):
    with pytest.raises(Refused, match="published"):
        series.load(csv("2026-11-20,3,3.5"), " ", actor=operator, at=NOW)


def test_the_database_keeps_every_quote(operator):
    series.load(csv("2026-11-20,3,3.5"), "公告", actor=operator, at=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        Quote.objects.update(source="另一处")
    with pytest.raises(DatabaseError), transaction.atomic():
        Quote.objects.all().delete()


def test_the_command_loads_what_the_page_loads_and_refuses_alike(capsys, clock_at):
    good, bad = csv("2026-02-20,2.95,3.45"), csv("2026-02-20,x,3.45")

    assert cli.load_bytes(good, "公告", "zh") == 0
    assert cli.load_bytes(bad, "公告", "en") == 1

    said = capsys.readouterr()
    assert "载入 1 个月份" in said.out
    assert "Line 2" in said.err
    assert Event.objects.get(kind="series.loaded").user_id is None


def test_a_quote_of_today_is_taken_from_the_city_s_midnight_on(operator):
    midnight = datetime(2026, 11, 19, 16, 5, tzinfo=UTC)  # five past twelve in Weihai, the 20th

    assert series.load(csv("2026-11-20,3.00,3.50"), "公告", actor=operator, at=midnight) == 1
