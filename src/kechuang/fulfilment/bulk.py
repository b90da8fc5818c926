"""Many acts at once, each carried out by itself through the one workflow: done, or refused with the sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, Q

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import acts, rules
from kechuang.fulfilment.models import BulkLine, BulkRun, Case
from kechuang.journal.actions import defer

CARRY_ON: Final = "kechuang.fulfilment.tasks.carry_on_bulk"
MOST: Final = 5_000  # cases in one run
COMMANDS: Final = {
    Role.DISTRICT: ("recommend",),
    Role.OFFICER: ("accept", "ask_review", "publish"),
    Role.DECIDER: ("determine", "publish", "decide"),
}
"""The acts that a role may do on many cases at once: none that needs a reason of its own."""


def commands_of(membership: Membership) -> tuple[str, ...]:
    """The acts that may be done on many cases at once."""
    return COMMANDS.get(Role(membership.role), ())


def start(cases: Iterable[int], command: str, *, actor: Membership, at: datetime) -> BulkRun:
    """Begin a run over these cases, those of them that the person may see."""
    if command not in commands_of(actor):
        raise Refused("这一步不能批量办理。", "This act cannot be done on many cases at once.")
    found = list(
        rules.visible_cases(actor).filter(pk__in=cases).order_by("number").values_list("pk", flat=True)
    )
    if not found:
        raise Refused("请先选择要办理的申报。", "Choose the cases first.", field="case")
    if len(found) > MOST:
        raise Refused(f"一次最多办理 {MOST} 件，请分批。", f"At most {MOST} cases at once.", field="case")
    with transaction.atomic():
        run = BulkRun.objects.create(membership=actor, command=command, started_at=at)
        BulkLine.objects.bulk_create(BulkLine(run=run, case_id=case) for case in found)
    return run


def carry_on(run: BulkRun, *, at: datetime, go_on: Callable[[], bool]) -> bool:
    """Do what waits, one after the other, as long as `go_on` says so; whether the run has ended.

    May be called again at any time: what has been done stays done, what is under way elsewhere is left to it.
    """
    waiting = run.lines.filter(state=BulkLine.State.WAITING).select_related("case")
    for unit in _units(run, list(waiting)):
        if not go_on():
            return False
        _do(run, unit, at)
    if not run.lines.filter(state=BulkLine.State.WAITING).exists():
        BulkRun.objects.filter(pk=run.pk, ended_at=None).update(ended_at=at)
        return True
    return False


def later(run: BulkRun) -> None:
    """Leave what waits to the background."""
    defer(CARRY_ON, run=run.pk)


def counts(run: BulkRun) -> dict[str, int]:
    """How many lines there are, done, refused and waiting."""
    return run.lines.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Q(state=BulkLine.State.DONE)),
        refused=Count("pk", filter=Q(state=BulkLine.State.REFUSED)),
        waiting=Count("pk", filter=Q(state=BulkLine.State.WAITING)),
    )


def _units(run: BulkRun, lines: list[BulkLine]) -> list[list[BulkLine]]:
    """What is done together: the cases of a call in one notice, everything else one by one."""
    if run.command != acts.PUBLISH:
        return [[line] for line in lines]
    by_call: dict[int, list[BulkLine]] = {}
    for line in lines:
        by_call.setdefault(line.case.call_id, []).append(line)
    return list(by_call.values())


def _do(run: BulkRun, unit: list[BulkLine], at: datetime) -> None:
    """One unit, with what came of it, in one transaction."""
    with transaction.atomic():
        taken = list(
            BulkLine.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk__in=[line.pk for line in unit], state=BulkLine.State.WAITING)
            .order_by("pk")
        )
        if not taken:
            return
        cases = list(
            Case.objects.filter(pk__in=[one.case_id for one in taken]).select_related("call").order_by("pk")
        )
        state, words = BulkLine.State.DONE, {}
        try:
            with transaction.atomic():
                _act(run, cases, at)
        except Refused as refused:
            state, words = BulkLine.State.REFUSED, {"zh": refused.words.zh, "en": refused.words.en}
        BulkLine.objects.filter(pk__in=[one.pk for one in taken]).update(state=state, words=words)


def _act(run: BulkRun, cases: list[Case], at: datetime) -> None:
    if run.command == acts.PUBLISH:
        acts.publish(cases[0].call_id, cases, actor=run.membership, at=at)
        return
    (case,) = cases
    given = {}
    if run.command in {"recommend", "determine"}:
        given["amount"] = acts.proposed_for_many(case, run.command)
    acts.do(case, run.command, actor=run.membership, at=at, **given)
