"""Seats of a panel: substitutes in the order drawn, people named with a reason, conflicts, one chair throughout."""

from __future__ import annotations

from datetime import timedelta

import pytest

from experts.factories import make_expert
from factories import AT, TODAY
from fulfilment.judged import (
    AFTER,
    assignment_of,
    conclude,
    make_evaluation,
    make_experts,
    make_panel,
    meet,
    opened,
    put_before,
    recuse,
    score,
    score_all,
)
from fulfilment.office import signed_in
from fulfilment.test_office_api import bearer
from kechuang.accounts.refusals import Refused
from kechuang.experts import actions as pool
from kechuang.experts import drawing
from kechuang.experts.models import Expert
from kechuang.fulfilment import workflow
from kechuang.fulfilment.judging import assigning, panels, queries, seats
from kechuang.fulfilment.judging.models import Panel, Seat
from kechuang.journal.models import Event

pytestmark = pytest.mark.django_db


def draw_for(city, call, substitutes=2):
    """A draw of five and some substitutes for a call, of experts of as many institutes."""
    for number in range(5 + substitutes):
        make_expert(city.officer, employer=f"第{number}研究院")
    days = (TODAY, TODAY + timedelta(days=30))
    plan = drawing.Plan("年度评价", 5, substitutes, days, subject=f"call:{call.pk}")
    return drawing.carry_out(drawing.prepare(plan, actor=city.officer, at=AT), actor=city.officer, at=AT)


def test_a_recused_expert_is_no_dead_end_the_substitutes_follow_in_the_order_drawn(city):
    call, (case,) = make_evaluation(city, 1)
    draw = draw_for(city, call)
    panel = make_panel(call, city.officer, draw.memberships(), draw=draw)
    workflow.apply(case, "evaluate", actor=city.officer, at=AT, panel=panel)
    recuse(panel.seats.get(place=5).membership, case.organisation)
    with pytest.raises(Refused, match="add some"):
        assigning.propose(panel, 5)
    later = [one.membership for one in draw.drawn.order_by("place")[5:]]

    seat = seats.add(panel, actor=city.officer, at=AT)
    panels.assign(panel, assigning.propose(panel, 5), actor=city.officer, at=AT)
    panels.begin(panel, actor=city.officer, at=AT)

    assert (seat.place, seat.membership) == (6, later[0])
    assert seats.substitute(panel) == later[1]
    assert Event.objects.get(kind="panel.seat_added").data["drawn"] is True
    with pytest.raises(Refused, match="every case has its experts"):
        seats.add(Panel.objects.get(pk=panel.pk), actor=city.officer, at=AT)


def test_whoever_is_named_by_hand_is_named_with_a_reason_and_once(city):
    call, _ = make_evaluation(city, 0)
    panel, (other,) = make_panel(call, city.officer), make_experts(1)

    with pytest.raises(Refused, match="No substitute is left"):
        seats.add(panel, actor=city.officer, at=AT)
    with pytest.raises(Refused, match="Say why this person"):
        seats.add(panel, other, actor=city.officer, at=AT)
    with pytest.raises(Refused, match="another department"):
        seats.add(panel, other, "缺一位", actor=city.district, at=AT)
    seats.add(panel, other, "缺一位材料方向的专家", actor=city.officer, at=AT)
    with pytest.raises(Refused, match="is or was on the panel"):
        seats.add(panel, other, "缺一位", actor=city.officer, at=AT)


def test_during_scoring_a_conflict_ends_what_is_not_sealed_and_somebody_else_takes_it(city):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    score(assignment_of(panel, cases[0], 5), "8")
    seat = panel.seats.get(place=5)
    with pytest.raises(Refused, match="only a conflict"):
        seats.leave(panel, seat, "太忙", actor=city.officer, at=AT)
    panels.give_back(assignment_of(panel, cases[1], 5), "曾任其顾问", actor=seat.membership, at=AT)

    seats.leave(panel, seat, "声明回避", actor=city.officer, at=AT)
    added = seats.add(panel, make_experts(1)[0], "接替退出的专家", actor=city.officer, at=AT)
    wanted = {
        cases[0].pk: [one.pk for one in panel.seats.filter(place__lte=5)][:4],
        cases[1].pk: [one.pk for one in panel.seats.filter(place__lt=5)] + [added.pk],
    }

    live = panel.assignments.filter(ended_at__isnull=True)
    assert live.filter(seat=seat).values_list("case", flat=True).get() == cases[0].pk
    assert live.filter(case=cases[1]).count() == 4
    with pytest.raises(Refused, match="sealed sheet"):
        panels.assign(panel, wanted, actor=city.officer, at=AT)
    assert not queries.panels_seen(seat.membership).filter(pk=panel.pk).exists()


def test_a_panel_has_one_chair_throughout(city):
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer)
    first, second, third = panel.seats.order_by("place")[:3]

    with pytest.raises(Refused, match="Name the new chair"):
        seats.leave(panel, first, "退休", actor=city.officer, at=AT)
    seats.leave(panel, first, "退休", actor=city.officer, at=AT, chair=second)
    assert panel.seats.get(chair=True) == second
    with pytest.raises(Refused, match="Say why the chair"):
        seats.appoint(panel, third, " ", actor=city.officer, at=AT)
    seats.add(panel, make_experts(1)[0], "补足五位", actor=city.officer, at=AT)
    put_before(panel, [case], city.officer)
    score_all(panel, lambda _case, _place: "8")
    opened(panel)
    seats.appoint(panel, third, "原组长出差", actor=city.officer, at=AFTER)
    meet(panel, city.officer, present=list(panel.seats.filter(left_at=None).values_list("pk", flat=True)))

    assert conclude(panel).concluded_by == third.membership
    with pytest.raises(Refused, match="cannot be done"):
        seats.appoint(panel, second, "再换", actor=city.officer, at=AFTER)


@pytest.mark.usefixtures("clock_at")
def test_an_officer_changes_seats_on_the_page_and_by_the_api(city, client):
    call, _ = make_evaluation(city, 0)
    panel, (other, another) = make_panel(call, city.officer), make_experts(2)
    browser, page = signed_in(city.officer), f"/panels/{panel.pk}/"
    first, second = panel.seats.order_by("place")[:2]

    faulty = browser.post(f"{page}seats/", {"add-person": other.pk})
    added = browser.post(f"{page}seats/", {"add-person": other.pk, "add-reason": "补充一位"})
    left = browser.post(
        f"{page}seats/leave/", {"leave-seat": first.pk, "leave-reason": "退休", "leave-chair": second.pk}
    )
    chair = browser.post(
        f"{page}chair/", {"chair-seat": Seat.objects.get(membership=other).pk, "chair-reason": "换"}
    )
    text = browser.get(page).content.decode()

    assert faulty.status_code == 422
    assert "由经办人指定的，请写明理由" in faulty.content.decode()
    assert [one.status_code for one in (added, left, chair)] == [302] * 3
    assert "已退出" in text
    assert panel.seats.get(chair=True).membership == other

    headers = {**bearer(city.officer), "content_type": "application/json"}
    api = f"/api/panels/{panel.pk}"
    by_api = [
        client.post(f"{api}/seats", {"person": another.pk, "reason": "再补一位"}, **headers),
        client.post(f"{api}/leave", {"seat": 2, "reason": "退休"}, **headers),
        client.post(f"{api}/chair", {"seat": 3, "reason": "换"}, **headers),
    ]
    assert [one.status_code for one in by_api] == [200] * 3
    assert panel.seats.get(chair=True).place == 3


def test_a_panel_takes_no_draw_of_another_call_and_nobody_whose_entry_has_lapsed(city):
    call, _ = make_evaluation(city, 0)
    other, _ = make_evaluation(city, 0)
    draw = draw_for(city, other, 0)
    named = [make_expert(city.officer, employer=f"第{number}学院") for number in range(5)]
    Expert.objects.filter(pk=named[0].pk).update(state="lapsed")

    assert list(queries.draws_for(city.officer, call)) == []
    with pytest.raises(Refused, match="made for another call"):
        make_panel(call, city.officer, draw.memberships(), draw=draw)
    with pytest.raises(Refused, match="has lapsed"):
        make_panel(call, city.officer, [one.membership for one in named])


def test_a_panel_of_another_size_or_of_one_institute_says_why(city):
    call, _ = make_evaluation(city, 0)
    same = [make_expert(city.officer, employer="同一研究院").membership for _ in range(5)]

    with pytest.raises(Refused, match="panel of 5, there are 6"):
        make_panel(call, city.officer, make_experts(6))
    with pytest.raises(Refused, match="one institution"):
        make_panel(call, city.officer, same)
    panel = make_panel(call, city.officer, same, reason="全市只有这一家研究院有此领域的专家。")

    assert panel.reason in signed_in(city.officer).get(f"/panels/{panel.pk}/").content.decode()


def test_a_meeting_with_sheets_missing_is_concluded_with_the_reason_which_stands_in_its_minutes(city):
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    for place in (1, 2, 3):
        score(assignment_of(panel, case, place), "9")
    opened(panel)
    meet(panel, city.officer)

    with pytest.raises(Refused, match="2 sheets are missing"):
        conclude(panel)
    meeting = conclude(panel, without_sheets="两位专家临时出差，三份评分已足以判断。")

    assert meeting.basis["without_sheets"] == "两位专家临时出差，三份评分已足以判断。"
    assert "两位专家临时出差" in signed_in(city.officer).get(f"/panels/{panel.pk}/").content.decode()


def test_two_accounts_of_one_person_take_one_seat(city):
    one, two = make_expert(city.officer), make_expert(city.officer)
    pool.merge(two, one, reason="护照与身份证为同一人", actor=city.officer, at=AT)
    call, _ = make_evaluation(city, 0)
    others = make_experts(4)

    with pytest.raises(Refused, match="One person takes one seat"):
        make_panel(call, city.officer, [one.membership, two.membership, *others], reason="多请一位")
    panel = make_panel(call, city.officer, [one.membership, *others])
    with pytest.raises(Refused, match="is or was on the panel"):
        seats.add(panel, two.membership, "缺一位", actor=city.officer, at=AT)


def test_no_panel_begins_with_whoever_is_out_of_the_pool_by_now(city):
    experts = [make_expert(city.officer) for _ in range(5)]
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer, [one.membership for one in experts])
    workflow.apply(case, "evaluate", actor=city.officer, at=AT, panel=panel)
    panels.assign(panel, assigning.propose(panel, 5), actor=city.officer, at=AT)
    pool.check(experts[1], no_record=False, note="", actor=city.officer, at=AT)

    with pytest.raises(Refused, match=f"{experts[1].name} may not judge"):
        panels.begin(panel, actor=city.officer, at=AT)
    pool.check(experts[1], no_record=True, note="", actor=city.officer, at=AT)

    assert panels.begin(panel, actor=city.officer, at=AT).state == Panel.State.SCORING


def test_whoever_is_taken_out_of_the_pool_while_scoring_leaves_and_is_at_no_meeting_afterwards(city):
    experts = [make_expert(city.officer) for _ in range(5)]
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer, [one.membership for one in experts])
    put_before(panel, [case], city.officer)
    pool.remove(experts[2], reason="泄露评审情况", actor=city.officer, at=AT)
    pool.remove(experts[3], reason="泄露评审情况", actor=city.officer, at=AT)

    seats.leave(panel, panel.seats.get(membership=experts[2].membership), "已出库", actor=city.officer, at=AT)
    added = seats.add(panel, make_experts(1)[0], "接替出库的专家", actor=city.officer, at=AT)
    opened(panel)

    assert added.place == 6
    there = panel.seats.filter(left_at__isnull=True)
    with pytest.raises(Refused, match="no expert any more on the day"):
        meet(panel, city.officer, present=[one.pk for one in there])
    meet(
        panel,
        city.officer,
        present=[one.pk for one in there.exclude(membership=experts[3].membership)],
    )


@pytest.mark.parametrize("act", ["", "leave/"])
@pytest.mark.usefixtures("clock_at")
def test_a_page_left_open_until_seats_are_settled_is_told_so(city, act):
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    score_all(panel, lambda _case, _place: "8")
    opened(panel)
    before = panel.seats.count()

    answer = signed_in(city.officer).post(f"/panels/{panel.pk}/seats/{act}", {"leave-seat": "1"})

    assert answer.status_code == 409
    assert "评审组已不能再增减专家" in answer.content.decode()
    assert panel.seats.filter(left_at__isnull=True).count() == before
