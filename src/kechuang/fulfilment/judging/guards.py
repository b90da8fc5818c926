"""What must hold before a case goes to a panel, before it is graded, and before money is determined after a grade."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kechuang.accounts.refusals import Refused
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.judging.evaluated import evaluated_by
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.judging.tallies import WORST
from kechuang.fulfilment.models import Case


def has_rubric(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Experts judge in this call."""
    if not case.call.rubric:
        raise Refused("本次申报不设专家评审。", "No experts judge in this call.")


def panel_takes(case: Case, _actor: object, _at: datetime, given: Mapping[str, Any]) -> None:
    """The panel that is named is of this call and still takes cases."""
    panel = given.get("panel")
    if panel is None:
        return
    if not isinstance(panel, Panel) or panel.call_id != case.call_id:
        raise Refused("请选择本次申报的评审组。", "Choose a panel of this call.", field="panel")
    if panel.state not in {Panel.State.FORMING, Panel.State.SCORING}:
        raise Refused(
            "这个评审组已截止打分，不能再加入申报。", "This panel has closed its scores.", field="panel"
        )


def meeting_concluded(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The panel has met, and its chair has concluded the meeting with a proposal for this case."""
    place = case.panel_cases.filter(left_at__isnull=True).select_related("panel").first()
    meeting = getattr(place.panel, "meeting", None) if place else None
    if meeting is None or meeting.concluded_at is None or not meeting.proposals.filter(case=case).exists():
        raise Refused("请等待评审会形成结论。", "Wait until the panel's meeting is concluded.")


def graded_where_asked(case: Case, _actor: object, _at: object, _given: object) -> None:
    """Where experts judge, the case has its grade."""
    if case.call.rubric and not case.grade:
        raise Refused("请先经专家评审、评定等次。", "The case is judged and graded first.")


def grade_supports(case: Case, _actor: object, _at: object, _given: object) -> None:
    """The experts did not fail the case, where no clause says what follows from their grade."""
    if case.call.rubric and case.grade == WORST and evaluated_by(benefit_of(case)) is None:
        raise Refused(
            "专家评审的等次为不合格，不能立项，也不能核定：请不予支持；"
            "评审后事实有变化的，由经办人更新事实，再重新评审。",
            "The experts failed this case: it is neither selected nor determined. Do not support it; where facts "
            "have changed since, an officer renews them and the case is judged anew.",
        )
