"""No recused eye at a panel: neither its minutes, nor a gap in its ranks, nor the journal tells of a hidden case."""

from __future__ import annotations

import pytest

from factories import AT, make_department, make_membership, make_organisation
from fulfilment.judged import (
    AFTER,
    conclude,
    make_agency_case,
    make_evaluation,
    make_panel,
    meet,
    opened,
    put_before,
    recuse,
    score_all,
)
from fulfilment.office import signed_in
from kechuang.accounts.queries import events_seen_by
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment.judging import allocations, meetings, panels, queries, tallies
from kechuang.fulfilment.judging.allocating import Terms
from kechuang.journal.queries import Filters

pytestmark = pytest.mark.django_db


@pytest.fixture
def met(city):
    """Three cases before a panel that has met; the last is the best."""
    call, cases = make_evaluation(city, 3)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    score_all(panel, lambda case, place: str(5 + cases.index(case) + place % 2))
    opened(panel)
    meet(panel, city.officer, text=f"{cases[2].organisation.name} 得分最高，密语。")
    return panel, cases


def away(role, office, *organisations):
    found = make_membership(role, office)
    for one in organisations:
        recuse(found, one)
    return found


def test_results_are_those_of_the_others_alone_and_the_minutes_stay_closed(city, met, clock_at):
    panel, cases = met
    offices = (
        (Role.OFFICER, city.officer.organisation),
        (Role.AUDITOR, make_department("市审计局")),
        (Role.LEADER, make_department("市政府")),
    )
    whole = {line.place.case_id: line.outcome for line in queries.lines(panel, city.officer, AFTER)}

    for role, office in offices:
        reader = away(role, office, cases[2].organisation)
        lines = {line.place.case_id: line.outcome for line in queries.lines(panel, reader, AFTER)}
        page = signed_in(reader).get(f"/panels/{panel.pk}/").content.decode()

        assert [lines[one.pk].rank for one in cases[:2]] == [2, 1]
        assert lines == tallies.outcomes(panel, [cases[2].pk])
        assert lines[cases[0].pk].raw == whole[cases[0].pk].raw
        assert "密语" not in page
    assert [whole[one.pk].rank for one in cases] == [3, 2, 1]
    assert "密语" in signed_in(city.officer).get(f"/panels/{panel.pk}/").content.decode()


def test_whoever_stays_away_from_a_case_neither_writes_nor_reads_the_minutes(city, met, clock_at):
    panel, cases = met
    officer = away(Role.OFFICER, city.officer.organisation, cases[2].organisation)

    form = signed_in(officer).get(f"/panels/{panel.pk}/meeting/").content.decode()
    with pytest.raises(Refused, match="a colleague does it"):
        meet(panel, officer, text="改写")

    assert "密语" not in form
    assert "保存等次" in form
    assert panel.meeting.minutes.endswith("密语。")


def test_a_dissent_about_a_case_that_is_not_before_one_is_not_taken_for_one_on_all(city, met, clock_at):
    panel, cases = met
    expert = panel.seats.get(place=2).membership
    recuse(expert, cases[2].organisation)

    answer = signed_in(expert).post(
        f"/panels/{panel.pk}/dissent/", {"case": "3", "dissent-words": "不同意。"}
    )

    assert answer.status_code == 404
    assert not panel.meeting.dissents.exists()


def test_acts_over_the_whole_panel_are_a_colleagues(city, clock_at):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    officer = away(Role.OFFICER, city.officer.organisation, cases[1].organisation)
    panels.Panel.objects.filter(pk=panel.pk).update(state="forming")

    page = signed_in(officer).get(f"/panels/{panel.pk}/assign/")
    with pytest.raises(Refused, match="a colleague does it"):
        panels.begin(panel, actor=officer, at=AT)

    assert page.status_code == 409
    assert "交由同事办理" in page.content.decode()


def test_a_decider_who_stays_away_from_an_applicant_settles_no_sums_of_the_call(city, met, clock_at):
    panel, cases = met
    conclude(panel)
    meetings.grade_all(panel, actor=city.officer, at=AFTER)
    decider = away(Role.DECIDER, city.decider.organisation, cases[2].organisation)
    terms = Terms(allocations.PARTS)
    row = allocations.table(panel.call, terms, actor=city.decider, at=AFTER).rows[0]

    with pytest.raises(Refused, match="a colleague does it"):
        allocations.choose(panel.call, "grade", terms, {row.case.number: 100}, "好", actor=decider, at=AFTER)

    page = signed_in(decider).get(f"/calls/{panel.call.number}/allocation/").content.decode()
    table = signed_in(decider).get(f"/calls/{panel.call.number}/evaluation/").content.decode()
    assert 'name="sum-' not in page
    assert cases[0].number in table
    assert 'data-label="名次">–</td>' in table
    assert 'data-label="名次">3</td>' not in table


def test_the_journal_tells_a_recused_auditor_nothing_of_panel_and_call(city, met):
    panel, cases = met
    conclude(panel)
    auditor = away(Role.AUDITOR, make_department("市审计局"), cases[2].organisation)
    colleague = make_membership(Role.AUDITOR, auditor.organisation)

    seen, whole = (list(events_seen_by(one, Filters())) for one in (auditor, colleague))

    hidden = {f"panel:{panel.pk}", f"case:{cases[2].pk}"}
    assert {one.subject for one in whole} & hidden == hidden
    assert not {one.subject for one in seen} & hidden
    assert f"case:{cases[0].pk}" in {one.subject for one in seen}
    assert not any(cases[2].number in str(one.data) for one in seen)


def test_the_journal_of_a_consortium_is_closed_to_whoever_stays_away_from_a_member(city):
    partner = make_membership(Role.MANAGER, make_organisation(kind="agency"))
    call, _ = make_evaluation(city, 0)
    case = make_agency_case(city, call, partner=partner)
    auditor = away(Role.AUDITOR, make_department("市审计局"), partner.organisation)

    seen = events_seen_by(auditor, Filters(subject=f"case:{case.pk}"))

    assert not seen.exists()
    assert events_seen_by(city.officer, Filters(subject=f"case:{case.pk}")).exists()
