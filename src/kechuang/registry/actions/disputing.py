"""An organisation says that a fact is wrong (事实更正); an officer of the department that stated it answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kechuang.accounts.acting import held_on
from kechuang.accounts.models import Membership
from kechuang.accounts.protection import must_not_stay_away
from kechuang.accounts.queries import stays_away
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.journal.actions import record, tell
from kechuang.journal.models import Event
from kechuang.registry import calendar, keys, rules, values
from kechuang.registry.actions.following import standing_in_place_of
from kechuang.registry.actions.stating import lock_organisation, supersede
from kechuang.registry.models import Correction, Evidence, Fact

DAYS_TO_ANSWER: Final = 10  # working days
State = Correction.State


def raise_correction(
    fact: Fact,
    proposed: Any,
    ground: str,
    *,
    evidence: Evidence | None = None,
    actor: Membership,
    at: datetime,
) -> Correction:
    """Say that a fact is wrong, what would be right and why; the department answers within ten working days.

    Raises Refused for a fact that is not one's own or not known any more, an impossible value, a missing ground, or a
    dispute that is open already.
    """
    if not rules.may_dispute(actor, fact):
        raise Refused(
            "只能对本单位现行的、由部门提供的事实申请更正；自己填报的请直接修改。",
            "Only facts of your own organisation that a department stated, and that hold now, can be disputed; "
            "change what you declared yourself directly.",
        )
    if not ground.strip():
        raise Refused("请写明更正的理由。", "Say why the fact is wrong.", "ground")
    field = values.field_of(fact.record, fact.field)
    value = values.read(field, proposed)
    keys.check(fact.record, fact.key, fact.field, value)
    plain = values.plain_of(value)
    if plain == fact.value:
        raise Refused(
            "填写的值与现有的值相同：请填写您认为正确的值。",
            "The value given is the one on file: give the one that would be right.",
            "proposed",
        )
    with transaction.atomic():
        lock_organisation(fact.organisation_id)
        if Correction.objects.filter(fact=fact, state=State.OPEN).exists():
            raise Refused(
                "这项事实已有更正申请在办理：请等待答复。",
                "This fact is disputed already: wait for the answer.",
            )
        correction = Correction.objects.create(
            fact=fact,
            organisation=fact.organisation,
            proposed=plain,
            ground=ground.strip(),
            evidence=evidence,
            raised_by=actor,
            raised_at=at,
            due_on=calendar.working_day_after(timezone.localdate(at), DAYS_TO_ANSWER),
        )
        event = _record("correction.raised", correction, actor, at)
        _tell(
            event,
            correction,
            officers_answering(fact, timezone.localdate(at)),
            ("收到事实更正申请", "A fact is disputed"),
            (
                f"{fact.organisation.name}认为“{field.title.zh}”有误，请于 {correction.due_on} 前答复。",
                f"{fact.organisation.name} says that '{field.title.en}' is wrong. Answer by {correction.due_on}.",
            ),
        )
    return correction


def answer_correction(
    correction: Correction,
    *,
    uphold: bool,
    answer: str,
    value: Any = None,
    actor: Membership,
    at: datetime,
) -> Correction:
    """Uphold a dispute, and the fact becomes what was proposed (or `value`); or reject it with a reason."""
    if not answer.strip():
        raise Refused("请写明答复的理由。", "Give the reason of your answer.", "answer")
    with transaction.atomic():
        lock_organisation(correction.organisation_id)
        found = Correction.objects.select_for_update().get(pk=correction.pk)
        if not rules.may_answer(actor, found):
            raise Refused(
                "这项更正申请已答复，或不由您的部门答复：请刷新页面。",
                "This dispute has been answered, or is not for your department to answer: reload the page.",
            )
        must_not_stay_away(actor, [found.organisation_id])
        found.state = State.UPHELD if uphold else State.REJECTED
        found.answer, found.answered_by, found.answered_at = answer.strip(), actor, at
        found.save(update_fields=["state", "answer", "answered_by", "answered_at"])
        if uphold:
            supersede(
                _standing(found), found.proposed if value is None else value,
                actor=actor, at=at, evidence=found.evidence,
            )  # fmt: skip
        event = _record("correction.upheld" if uphold else "correction.rejected", found, actor, at)
        title = values.field_of(found.fact.record, found.fact.field).title
        _tell(
            event,
            found,
            [found.raised_by],
            ("事实更正申请已采纳", "Your dispute of a fact is upheld")
            if uphold
            else ("事实更正申请未采纳", "Your dispute of a fact is rejected"),
            (f"“{title.zh}”：{found.answer}", f"{title.en}: {found.answer}"),
        )
    return found


def withdraw_correction(correction: Correction, *, actor: Membership, at: datetime) -> Correction:
    """The organisation takes its dispute back."""
    with transaction.atomic():
        found = Correction.objects.select_for_update().get(pk=correction.pk)
        if found.state != State.OPEN or not rules.may_state(actor, found.organisation):
            raise Refused(
                "这项更正申请已答复或已撤回：请刷新页面。",
                "This dispute has been answered or withdrawn: reload the page.",
            )
        found.state, found.answered_at = State.WITHDRAWN, at
        found.save(update_fields=["state", "answered_at"])
        _record("correction.withdrawn", found, actor, at)
    return found


def officers_answering(fact: Fact, on: date) -> list[Membership]:
    """The officers of the department that stated a fact."""
    department = rules.answerable_for(fact)
    return list(held_on(on).filter(role=Role.OFFICER, organisation_id=department)) if department else []


def _standing(correction: Correction) -> Fact:
    """What the source says today in the place of the disputed fact; Refused where it says nothing any more."""
    found = standing_in_place_of(correction.fact)
    if found is None:
        raise Refused(
            "这项事实已由来源撤回，档案中不再有这一说法，没有可更正的：请选“不采纳”，并说明已撤回。",
            "The source took this fact back and says it no longer, so there is nothing to correct: reject the "
            "dispute and say so.",
        )
    return found


def _record(kind: str, correction: Correction, actor: Membership, at: datetime) -> Event:
    return record(
        kind,
        f"correction:{correction.pk}",
        actor=actor,
        at=at,
        organisation_id=correction.organisation_id,
        data={"fact": correction.fact_id, "proposed": correction.proposed, "answer": correction.answer},
    )


def _tell(
    event: Event,
    correction: Correction,
    people: Iterable[Membership],
    title: tuple[str, str],
    body: tuple[str, str],
) -> None:
    tell(
        [(one.user_id, one.pk) for one in people if not stays_away(one, [correction.organisation_id])],
        event=event,
        title=dict(zip(("zh", "en"), title, strict=True)),
        body=dict(zip(("zh", "en"), body, strict=True)),
        link=reverse("correction", args=[correction.pk]),
    )
