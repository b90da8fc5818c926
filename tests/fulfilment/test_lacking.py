"""What a panel's result rests on when its meeting is concluded: enough sheets, and none of whoever stays away."""

from __future__ import annotations

import pytest

from fulfilment.judged import (
    AFTER,
    AT,
    assignment_of,
    conclude,
    make_evaluation,
    make_panel,
    meet,
    opened,
    points,
    put_before,
    recuse,
    score,
    score_all,
)
from fulfilment.office import signed_in
from fulfilment.test_office_api import bearer
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import workflow
from kechuang.fulfilment.judging import meetings, panels, verifying
from kechuang.fulfilment.judging.models import Assignment, Proposal, Question
from kechuang.journal.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged(city):
    """A call of two cases and its panel of five, which scores the first."""
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases[:1], city.officer)
    return panel, *cases


def lacking_of(client, panel, officer):
    told = client.get(f"/api/panels/{panel.pk}", **bearer(officer)).json()
    return [one["lacking"] for one in sorted(told["cases"], key=lambda one: one["place"])]


@pytest.mark.usefixtures("clock_at")
def test_a_case_that_experts_gave_back_is_not_concluded_on_one_sheet_without_the_reason(city, judged, client):
    panel, case, _ = judged
    for place in (2, 3, 4, 5):
        there = assignment_of(panel, case, place)
        panels.give_back(there, "曾任其顾问", actor=there.seat.membership, at=AT)
    score(assignment_of(panel, case), "9")
    before = lacking_of(client, panel, city.officer)
    scoring = signed_in(city.officer).get(f"/panels/{panel.pk}/").content.decode()
    opened(panel)
    meet(panel, city.officer)
    page = signed_in(city.officer).get(f"/panels/{panel.pk}/").content.decode()

    given = {case.pk: meetings.Proposed("pass", "仅有一份评分，会上讨论评定")}
    meetings.propose(panel, given, actor=city.officer, at=AFTER)

    with pytest.raises(Refused, match=r"4 sheets are missing \(cases 1\)"):
        conclude(panel)

    assert (before, lacking_of(client, panel, city.officer)) == ([4], [4])
    assert "还缺 4 位专家" in scoring
    assert "缺 4 份评分表" in page
    assert conclude(panel, without_sheets="四位专家均须回避").basis["without_sheets"] == "四位专家均须回避"


def test_a_case_added_while_others_are_scored_and_never_assigned_wants_the_reason(city, judged):
    panel, _, late = judged
    workflow.apply(late, "evaluate", actor=city.officer, at=AT, panel=panel)
    score_all(panel, points(*["8"] * 5))
    opened(panel)
    meet(panel, city.officer)
    given = {late.pk: meetings.Proposed("pass", "会上讨论评定")}
    meetings.propose(panel, given, actor=city.officer, at=AFTER)

    with pytest.raises(Refused, match=r"5 sheets are missing \(cases 2\)"):
        conclude(panel)


def test_a_recusal_after_the_scores_are_open_takes_the_sheet_out_of_the_result(city, judged):
    panel, case, _ = judged
    score_all(panel, points("9", "9", "6", "6", "8"))
    opened(panel)
    meet(panel, city.officer)
    before = Proposal.objects.get(case=case)
    recuse(panel.seats.get(place=2).membership, case.organisation)

    with pytest.raises(Refused, match="1 sheets are missing"):
        conclude(panel, without_answers="不再等待")
    with pytest.raises(Refused, match="has changed and its grade leaves the band"):
        conclude(panel, without_sheets="一位专家须回避", without_answers="不再等待")
    given = {case.pk: meetings.Proposed("pass")}
    meetings.propose(panel, given, actor=city.officer, at=AFTER)
    meeting = conclude(panel, without_sheets="一位专家须回避", without_answers="不再等待")

    after = Proposal.objects.get(case=case)
    assert [(one.grade, one.score) for one in (before, after)] == [("good", 7667), ("pass", 7000)]
    assert Assignment.objects.get(panel=panel, seat__place=2).ending == "recused"
    assert meeting.basis[str(case.pk)]["sheets"] == 4
    assert [one for one in verifying.concluded() if one] == []


def test_a_sheet_that_lies_far_only_once_another_is_gone_is_asked_about(city, judged):
    panel, case, _ = judged
    score_all(panel, points("8.5", "8", "7", "6", "6"))
    opened(panel)
    asked = Question.objects.filter(sheet__assignment__panel=panel)
    assert not asked.exists()
    recuse(panel.seats.get(place=2).membership, case.organisation)

    meet(panel, city.officer)

    assert asked.get().sheet.assignment.seat.place == 1
    assert Event.objects.get(kind="panel.asked").data["asked"] == [asked.get().sheet_id]
    with pytest.raises(Refused, match="outlying sheets are unexplained"):
        conclude(panel)
    meet(panel, city.officer)
    assert asked.count() == 1
