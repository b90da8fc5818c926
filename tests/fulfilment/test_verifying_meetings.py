"""`kechuang verify` derives again what a meeting ranked when a case has left it; in a database without other panels."""

from __future__ import annotations

import pytest

from fulfilment.judged import (
    AFTER,
    conclude,
    make_evaluation,
    make_panel,
    meet,
    opened,
    put_before,
    score_all,
)
from fulfilment.test_verifying_panels import problems
from kechuang.fulfilment import workflow
from kechuang.fulfilment.judging import meetings
from kechuang.fulfilment.judging.models import Proposal

pytestmark = pytest.mark.django_db


def test_scores_and_ranks_follow_a_case_that_is_sent_back_before_the_conclusion(city):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    score_all(panel, lambda case, _place: "9" if case == cases[0] else "8")
    opened(panel)
    meet(panel, city.officer)
    first, second = cases
    assert [one.rank for one in Proposal.objects.order_by("case_id")] == [1, 2]

    first.refresh_from_db()
    workflow.apply(first, "send_back", actor=city.officer, at=AFTER, sections=["agencies"], reason="补正")
    conclude(panel)

    assert Proposal.objects.get(case=second).rank == 1
    assert meetings.grade_all(panel, actor=city.officer, at=AFTER) == {}
    assert problems() == []
