"""An expert's sheet in a real browser: saved as it is typed, sealed once, on a phone too; the meeting and the sums."""

from __future__ import annotations

import pytest
from django.utils import timezone

from factories import AT
from fulfilment.city import make_city
from fulfilment.judged import (
    AFTER,
    assignment_of,
    conclude,
    make_evaluation,
    make_panel,
    meet,
    opened,
    put_before,
    score,
)
from kechuang.fulfilment.judging import meetings
from kechuang.fulfilment.judging.models import Sheet


@pytest.mark.django_db(transaction=True)
def test_an_expert_scores_on_a_phone_and_the_decider_sees_the_sums(enter, monkeypatch, violations, overflow):
    hour = [AT]
    monkeypatch.setattr(timezone, "now", lambda: hour[0])
    city = make_city()
    call, cases = make_evaluation(city, 2, reserve_wan=80)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    mine, found = assignment_of(panel, cases[0]), {}

    def look(page, name):
        found[name] = [*violations(page)]
        if overflow(page) > 0:
            found[name].append("wider than the screen")

    expert = enter(mine.seat.membership, width=390)
    expert.goto(f"/reviews/{mine.pk}/")
    look(expert, "sheet")
    for key in ("clients", "success", "team", "satisfaction"):
        with expert.expect_response(lambda answer: "/save/" in answer.url):
            expert.locator(f"#score-{key}").fill("9")
            expert.locator("#comment").focus()
    expert.locator("#saved .answer-saved").wait_for()
    kept = Sheet.objects.get().scores
    expert.get_by_role("button", name="核对并提交").click()
    look(expert, "check")
    expert.get_by_role("button", name="提交评分表").click()
    expert.get_by_text("评分表已提交。").wait_for()
    sealed = Sheet.objects.get().sealed_at
    expert.context.close()

    others = panel.assignments.exclude(pk=mine.pk).select_related("seat__membership", "case", "panel__call")
    for one in others:
        score(one, "8.5")
    hour[0] = AFTER
    opened(panel)
    meet(panel, city.officer)
    officer = enter(city.officer)
    officer.goto(f"/panels/{panel.pk}/")
    look(officer, "panel")
    officer.goto(f"/panels/{panel.pk}/meeting/")
    look(officer, "meeting")
    officer.context.close()
    conclude(panel)
    meetings.grade_all(panel, actor=city.officer, at=AFTER)
    decider = enter(city.decider, width=390)
    decider.goto(f"/calls/{call.number}/allocation/")
    look(decider, "sums")
    decider.context.close()

    assert {name: said for name, said in found.items() if said} == {}
    assert kept == dict.fromkeys(("clients", "success", "team", "satisfaction"), 18)
    assert sealed == AT
