"""Whoever declines the draw of a panel that stands: officers are told, and one act seats the substitute."""

from __future__ import annotations

import pytest

from factories import AT
from fulfilment.judged import make_evaluation, make_panel, put_before
from fulfilment.office import signed_in
from fulfilment.test_office_api import bearer
from fulfilment.test_seats import draw_for
from kechuang.accounts.refusals import Refused
from kechuang.experts import drawing
from kechuang.fulfilment.judging import assigning, panels, seats
from kechuang.journal.models import Message

pytestmark = pytest.mark.django_db
WHY = "当周在外地出差"


@pytest.fixture
def panel(city):
    """A panel of a draw with two substitutes, scoring one case; its expert 5 has declined the draw."""
    call, (case,) = make_evaluation(city, 1)
    draw = draw_for(city, call)
    people = sorted(
        draw.memberships(), key=lambda one: one.pk
    )  # seated in this order, the first in the chair
    made = make_panel(call, city.officer, people, draw=draw)
    put_before(made, [case], city.officer)
    there = made.seats.get(place=5).membership
    drawing.decline(draw.drawn.get(membership=there), reason=WHY, actor=there, at=AT)
    return made


def test_officers_of_the_call_are_told_that_somebody_on_the_panel_declined(city, panel):
    told = Message.objects.filter(recipient=city.officer.user_id, title__zh__startswith="专家谢绝抽取").get()

    assert "专家 5" in told.body["zh"]
    assert told.link == f"/panels/{panel.pk}/"


def test_one_act_lets_the_decliner_leave_while_scores_are_taken_and_seats_the_substitute(city, panel):
    seat, substitute = panel.seats.get(place=5), seats.substitute(panel)
    with pytest.raises(Refused, match="having declined the draw"):
        seats.leave(panel, panel.seats.get(place=4), "太忙", actor=city.officer, at=AT)

    seats.leave(panel, seat, WHY, actor=city.officer, at=AT, replaced=True)
    panels.assign(panel, assigning.propose(panel, 5), actor=city.officer, at=AT)

    seat.refresh_from_db()
    assert seat.left_at == AT
    assert panel.seats.get(place=6).membership == substitute
    live = panel.assignments.filter(ended_at__isnull=True).values_list("seat__place", flat=True)
    assert sorted(live) == [1, 2, 3, 4, 6]
    assert seats.declined(panel) == {}


@pytest.mark.usefixtures("clock_at")
def test_page_and_api_show_who_declined_and_the_page_replaces_with_one_button(city, panel, client):
    browser, substitute = signed_in(city.officer), seats.substitute(panel)
    page = browser.get(f"/panels/{panel.pk}/").content.decode()
    read = client.get(f"/api/panels/{panel.pk}/assignments", **bearer(city.officer)).json()
    sent = {"leave-seat": panel.seats.get(place=5).pk, "leave-reason": WHY, "leave-replaced": "on"}

    answer = browser.post(f"/panels/{panel.pk}/seats/leave/", sent)

    assert f"已谢绝抽取：{WHY}" in page
    assert f"退出，由候补 {substitute.user.name} 接替" in page
    assert [one["declined"] for one in read["seats"]] == [None] * 4 + [WHY]
    assert answer.status_code == 302
    assert panel.seats.get(place=6).membership == substitute


@pytest.mark.usefixtures("clock_at")
def test_a_program_replaces_who_declined(city, panel, client):
    substitute = seats.substitute(panel)
    headers = {**bearer(city.officer), "content_type": "application/json"}

    answer = client.post(
        f"/api/panels/{panel.pk}/leave", {"seat": 5, "reason": WHY, "replaced": True}, **headers
    )

    assert answer.status_code == 200
    assert panel.seats.get(place=6).membership == substitute
