"""What happens by itself when its time has come: each is one act on one thing, and may be done again without harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import calls, guards, notices, recovery, scheduling, tally, telling, workflow
from kechuang.fulfilment.judging import panels
from kechuang.fulfilment.judging.models import Panel
from kechuang.fulfilment.models import Approval, Call, Case, Notice
from kechuang.fulfilment.noting import note
from kechuang.fulfilment.table import transitions
from kechuang.fulfilment.telling import tell_applicant
from kechuang.journal.actions import CLOCK
from kechuang.journal.models import Event
from kechuang.treasury.models import Award, Payment

Thing = TypeVar("Thing")
WARNED_BEFORE: Final = 3  # days before a case lapses its applicant is told once more
log = structlog.get_logger("kechuang.fulfilment")


def strike(at: datetime) -> dict[str, int]:
    """Do all that is due at `at`; how many of each were done. What fails is logged and tried at the next strike."""
    today = timezone.localdate(at)
    late = Q(state__in=["draft", "offered"], call__closes_at__lt=at) | Q(state="returned", due_on__lt=today)
    silent = Approval.objects.filter(
        result=Approval.Result.PENDING, voided_at__isnull=True, due_on__lt=today, case__state="reviewing"
    )
    return {
        "joined": tally.join(),
        "published": _each(
            Call.objects.filter(state=Call.State.DRAFT, publish_at__lte=at, reserved_fen__gt=0),
            lambda call: _publish(call, at),
        ),
        "warned": _each(_ending_soon(at), lambda case: _warn(case, at)),
        "lapsed": _each(Case.objects.filter(late), lambda case: _act(case, "lapse", at)),
        "closed": _each(
            Call.objects.filter(state=Call.State.PUBLISHED, closes_at__lt=at),
            lambda call: calls.close(call, at=at),
        ),
        "opened": _each(
            Panel.objects.filter(state=Panel.State.SCORING, scores_due_at__lte=at),
            lambda panel: panels.open_scores(panel, at=at),
        ),
        "silent": _each(
            Case.objects.filter(pk__in=silent.values("case")),
            lambda case: _act(case, "pass_gate_in_silence", at),
        ),
        "ended": _each(
            Notice.objects.filter(state=Notice.State.PUBLISHED, last_day__lt=today),
            lambda notice: notices.end(notice, at=at),
        ),
        "cleared": _each(
            Case.objects.filter(state="noticed", notice_lines__notice__state=Notice.State.ENDED).distinct(),
            lambda case: _act(case, "clear", at),
        ),
        "exhausted": _each(
            Case.objects.filter(state="determined", granted_fen=0).exclude(pk__in=_with_hopes().values("pk")),
            lambda case: _act(case, "exhaust", at),
        ),
    }


def _publish(call: Call, at: datetime) -> bool:
    """Publish what was scheduled, or say once, to those who wrote it, why it cannot be and what to do."""
    try:
        calls.publish(call, reserve_fen=call.reserved_fen, actor=CLOCK, at=at)
    except Refused as refused:
        scheduling.note_unpublished(call, refused.words, at=at)
        raise
    return True


def _ending_soon(at: datetime) -> QuerySet[Case]:
    """Cases that wait for their applicant and lapse within days, of which nobody has been told yet."""
    last = at + timedelta(days=WARNED_BEFORE)
    today = timezone.localdate(at)
    subject = Concat(Value("case:"), Cast(OuterRef("pk"), TextField()))
    told = Event.objects.filter(subject=subject, kind="case.lapse_warned", at__gte=OuterRef("state_since"))
    # What is extended ends a second time, and is told of anew.
    told_of_end = told.filter(at__gte=OuterRef("call__closes_at") - timedelta(days=WARNED_BEFORE))
    until_the_close = Q(state__in=["draft", "offered"], call__state=Call.State.PUBLISHED)
    until_their_day = Q(state="returned", due_on__range=(today, timezone.localdate(last)))
    return Case.objects.filter(
        until_the_close & Q(call__closes_at__range=(at, last)) & ~Exists(told_of_end)
        | until_their_day & ~Exists(told)
    )


def _warn(case: Case, at: datetime) -> bool:
    """Tell the applicant that the time is nearly over; whether it still had to be told."""
    with transaction.atomic():
        locked = workflow.lock(case.pk)
        if not _ending_soon(at).filter(pk=locked.pk).exists():
            return False
        until = locked.due_on if locked.state == "returned" else timezone.localdate(locked.call.closes_at)
        event = note("case.lapse_warned", locked, CLOCK, at, until=str(until))
        tell_applicant("lapse_warned", locked, event)
    return True


def _with_hopes() -> QuerySet[Case]:
    """Cases to which nothing fell so far, while the share of another of their call may still become free."""
    others = Case.objects.filter(call=OuterRef("call")).exclude(state__in=guards.FINAL)
    return Case.objects.filter(
        Exists(others.exclude(state="determined", granted_fen=0)), state="determined", granted_fen=0
    )


def lock_cases(awards: list[int]) -> None:
    """Lock the cases of these awards before the treasury locks the awards: a case comes first, always."""
    list(
        Case.objects.select_for_update(no_key=True).filter(award__in=awards).order_by("pk").values_list("pk")
    )


def note_paid(award: Award, at: datetime, _actor: object) -> None:
    """The bank has paid the award: its case is paid (called by the treasury, in its transaction)."""
    _of_award(award, "decided", "note_payment", at)


def note_returned(award: Award, at: datetime, _actor: object) -> None:
    """The bank has sent the money back: the case waits for payment again; whatever its state, people are told why."""
    case = Case.objects.filter(award=award).first()
    if case is None:
        return
    back = award.payments.filter(state=Payment.State.RETURNED).order_by("-settled_on", "-pk").first()
    why = (back.reason if back else "") or "银行没有说明原因"
    if case.state in transitions()["note_return"].sources:
        workflow.apply(case, "note_return", actor=CLOCK, at=at, reason=why)
        return
    locked = workflow.lock(case.pk)
    locked.reason = why
    event = note("case.payment_returned", locked, CLOCK, at, reason=why)
    telling.tell_of(transitions()["note_return"], locked, event)


def note_recovered(award: Award, at: datetime, _actor: object) -> None:
    """Money has come back; when it is all, the case goes on, else the next instalment is due."""
    case = Case.objects.filter(award=award, state="recovering").first()
    if case is None:
        return
    receivable = case.findings.select_related("receivable").latest("id").receivable
    if receivable is None:
        return
    if receivable.recovered_fen == receivable.amount_fen:
        _act(case, "note_recovery", at)
    else:
        Case.objects.filter(pk=case.pk).update(due_on=recovery.due_next(receivable))


def _of_award(award: Award, state: str, command: str, at: datetime) -> None:
    case = Case.objects.filter(award=award, state=state).first()
    if case is not None:
        _act(case, command, at)


def _act(case: Case, command: str, at: datetime) -> Case:
    return workflow.apply(case, command, actor=CLOCK, at=at)


def _each(things: Iterable[Thing], do: Callable[[Thing], object]) -> int:
    done = 0
    for one in list(things):
        try:
            done += bool(do(one))
        except Refused as refused:
            log.warning("not_done", thing=str(one), why=refused.words.en)
    return done
