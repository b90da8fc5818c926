"""`kechuang verify` derives everything again, and names the one byte that was changed."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pgtrigger
import pytest
from django.db import connection, transaction

from entitlements.registering import enterprise_with_growth
from factories import AT, make_organisation
from fulfilment.city import at_noon, carried_to, close_call, make_call, make_case, make_city
from kechuang.cli import verify
from kechuang.entitlements import releasing, renewing
from kechuang.entitlements.models import Standing
from kechuang.fulfilment import calls, clockwork, notices, workflow
from kechuang.fulfilment.models import Case, Decision, Notice, Tally
from kechuang.fulfilment.verifying import checks
from kechuang.journal.actions import CLOCK, record
from kechuang.journal.checking import check_chain
from kechuang.journal.models import Event
from kechuang.registry.models import Fact
from kechuang.treasury.models import Award

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided() -> Case:
    """A case of measure 9, decided."""
    city = make_city()
    call = make_call(city)
    case = carried_to(city, make_case(call), "determined")
    after = close_call(call)
    call = calls.settle(call, actor=city.decider, at=after)
    notice = notices.publish(call, [case], actor=city.officer, at=after)
    ended = at_noon(notice.last_day + timedelta(days=1))
    clockwork.strike(ended)
    return workflow.apply(case, "decide", actor=city.decider, at=ended)


def problems() -> list[tuple[str, str]]:
    return [(one.place, one.what) for check in checks() for one in check.run() if one is not None]


def test_nothing_is_wrong_with_what_was_only_done_by_acts(decided):
    assert problems() == []


def test_a_changed_standing_is_named_by_organisation_and_column_unless_it_waits_to_be_renewed():
    one, other = (enterprise_with_growth() for _ in range(2))
    crowd = [make_organisation().pk for _ in range(renewing.FEW)]
    version, on = releasing.version_in_force(), AT.date()
    renewing.renew([one.pk], version, on, lambda: AT)
    renewing.renew([other.pk, *crowd], version, on, lambda: AT + timedelta(hours=1))
    assert problems() == []

    for changed in (one, other):
        Standing.objects.filter(organisation=changed).update(ceiling_fen=1, sums={"9.rd_growth": 1})
    named = problems()
    Standing.objects.update(stale=True)

    places = [f"standing:{changed.uscc} 2025" for changed in (one, other)]
    assert sorted(named) == sorted((place, what) for place in places for what in ("sums", "ceiling_fen"))
    assert problems() == []


def test_a_changed_event_is_named(decided):
    event = Event.objects.get(kind="case.determine")
    with pgtrigger.ignore("journal.Event:event_append_only"):
        Event.objects.filter(pk=event.pk).update(data={**event.data, "determined_fen": 1})

    assert (f"event:{event.number}", "hash") in problems()


def test_a_changed_sum_in_a_decision_is_named(decided):
    decision = Decision.objects.get()
    with pgtrigger.ignore("fulfilment.Decision:decision_revoked_once"):
        Decision.objects.update(amount_fen=decision.amount_fen + 1)

    assert (f"decision:{decision.number}", "amount_fen") in problems()
    assert (f"decision:{decision.number}", "award") in problems()


def test_a_changed_fact_under_a_decision_is_named_with_the_result_it_changes(decided):
    fact = Fact.objects.get(record="years", key="2025", field="rd_spend")
    with pgtrigger.ignore("registry.Fact:fact_only_superseded"):
        Fact.objects.filter(pk=fact.pk).update(value=fact.value + 100)

    assert any(
        place == f"decision:{Decision.objects.get().number}" and "replay" in what
        for place, what in problems()
    )


def test_a_changed_notice_is_named(decided):
    notice = Notice.objects.get()
    content = {**notice.content, "department": "另一部门"}
    with pgtrigger.ignore("fulfilment.Notice:notice_frozen"):
        Notice.objects.update(content=content)

    assert (f"notice:{notice.number}", "hash") in problems()


def test_a_changed_state_is_named(decided):
    Case.objects.filter(pk=decided.pk).update(state="paid")

    assert (f"case:{decided.number}", "state") in problems()


def test_a_changed_total_is_named(decided):
    with pgtrigger.ignore():
        Award.objects.filter(pk=decided.award_id).update(committed_fen=0)

    assert (f"award:{decided.award_id}", "committed_fen") in problems()


def test_a_changed_count_is_named(decided):
    Tally.objects.filter(state="decided").update(cases=2)

    assert (f"call:{decided.call.number}", "tally of decided") in problems()


def test_the_command_says_place_found_expected_and_what_to_do(decided, capsys):
    with pgtrigger.ignore("fulfilment.Decision:decision_revoked_once"):
        Decision.objects.update(amount_fen=1)
    place, award = f"decision:{Decision.objects.get().number}", decided.award.amount_fen

    assert verify.report(as_json=False, language="zh") == 1
    told = capsys.readouterr().out
    assert verify.report(as_json=True, language="zh") == 1
    rows = json.loads(capsys.readouterr().out)

    assert f"{place} 的 award：现为 {award}，应为 1" in told
    assert "办法：先暂缓这一笔的支付" in told
    one = next(row for row in rows if row["what"] == "award")
    assert (one["place"], one["found"], one["expected"]) == (place, str(award), "1")
    assert one["check"]["en"] == "decisions"
    assert one["remedy"]["en"].startswith("hold its payment first")


def test_the_command_is_content_where_nothing_was_changed(decided, capsys):
    assert verify.report(as_json=False, language="en") == 0

    assert "everything is as it was done" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_what_the_site_does_meanwhile_is_not_taken_for_tampering():
    def act():
        try:
            with transaction.atomic():
                record("sweep.stopped", "sweep:1", actor=CLOCK, at=AT, data={})
        finally:
            connection.close()

    with verify.one_moment():
        before = Event.objects.count()
        meanwhile = threading.Thread(target=act)
        meanwhile.start()
        meanwhile.join()
        seen, problems = Event.objects.count(), check_chain()

    assert (seen, problems, Event.objects.count()) == (before, [], before + 1)
