"""Sums already determined follow the facts known later: the office is told, and payment stops meanwhile.

Before the decision is issued the workflow itself refuses it (due.still_due). Afterwards nothing is taken back by
itself: the award is held, what is paid already is for a person to claim back. What is wholly paid is held too: the
bank may send it back, and it must not be paid again then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from kechuang.accounts.queries import people_of
from kechuang.accounts.roles import DEPARTMENT
from kechuang.fulfilment import due
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.noting import note
from kechuang.fulfilment.parties import kept_from
from kechuang.journal.actions import CLOCK, defer, tell
from kechuang.journal.models import Event
from kechuang.journal.queries import events_of
from kechuang.policy.language.values import yuan
from kechuang.treasury import actions as treasury
from kechuang.treasury.models import Award

SETTLED: Final = (
    "determined", "noticed", "cleared", "decided", "contracting", "running", "completed", "paid",
)  # fmt: skip
"""States in which a person has determined the sum, and nothing has ended or questioned the support."""
LOOK_AGAIN: Final = "kechuang.fulfilment.tasks.look_again"
OUTGROWN: Final = "case.outgrown"
FITS: Final = "case.fits_again"


def look_again_soon(organisations: Iterable[int]) -> None:
    """Have the settled cases of these organisations, if any, looked at in the background. For registry.on_change."""
    found = _settled(organisations).order_by("organisation_id").values_list("organisation_id", flat=True)
    concerned = list(found.distinct())
    if concerned:
        defer(LOOK_AGAIN, organisations=concerned)


def follow(organisations: Iterable[int], *, at: datetime) -> int:
    """Look again at the settled cases of these organisations; how many have a sum that is not due any more.

    Each case is a transaction of its own, and looking once more changes nothing: work that was cut short is repeated.
    """
    numbers = _settled(organisations).order_by("pk").values_list("pk", flat=True)
    return sum(_follow(number, at) for number in list(numbers))


def _settled(organisations: Iterable[int]) -> QuerySet[Case]:
    return Case.objects.filter(organisation_id__in=set(organisations), state__in=SETTLED)


def _follow(number: int, at: datetime) -> bool:
    with transaction.atomic():
        case = (
            Case.objects.select_for_update(of=("self",), no_key=True)
            .select_related("call", "organisation", "award")
            .get(pk=number)
        )
        if case.state not in SETTLED:
            return False
        question, ceiling, given = due.question_about(case), due.ceiling_of(case, at), due.sum_of(case)
        over = question is not None or ceiling is None or given > ceiling
        last = _last(case)
        said = {"due_fen": ceiling, "sum_fen": given, "why": question.zh if question else ""}
        if over and (last is None or {name: last.data.get(name) for name in said} != said):
            _stop(case, at)
            _tell(case, note(OUTGROWN, case, CLOCK, at, **said), ceiling, given)
        elif not over and last is not None:
            note(FITS, case, CLOCK, at, **said)
            if case.award is not None:
                treasury.unhold(case.award, subject=f"case:{case.pk}", actor=CLOCK, at=at)
    return over


def _last(case: Case) -> Event | None:
    """The event that says that the sum is not due, where nothing since says otherwise."""
    kinds = ["case.determine", OUTGROWN, FITS]
    last = events_of(f"case:{case.pk}").filter(kind__in=kinds).order_by("-number").first()
    return last if last is not None and last.kind == OUTGROWN else None


def _stop(case: Case, at: datetime) -> None:
    award = case.award
    if award is not None and award.cancelled_at is None:
        treasury.hold(award, subject=f"case:{case.pk}", actor=CLOCK, at=at)


def _todo(award: Award | None) -> tuple[str, str]:
    if award is None or not award.paid_fen:
        return "拨付已暂停：请重新核定。", "Payment is stopped: determine it anew."
    if award.paid_fen < award.committed_fen:
        return (
            "其余资金已暂停拨付：请认定已拨付的是否追回。",
            "The rest is not paid meanwhile: find out whether what is paid is to be claimed back.",
        )
    return "资金已拨付：请认定是否追回。", "The money is paid: find out whether it is to be claimed back."


def _tell(case: Case, event: Event, ceiling: int | None, given: int) -> None:
    people = people_of(case.call.department_id, DEPARTMENT, at=event.at).exclude(user__in=kept_from(case))
    now = ("待定", "undetermined") if ceiling is None else (f"{yuan(ceiling)} 元", f"{yuan(ceiling)} yuan")
    todo = _todo(case.award)
    tell(
        [(one.user_id, one.pk) for one in people],
        event=event,
        title={
            "zh": f"{case.number} 所依据的事实有变化",
            "en": f"The facts that {case.number} rests on have changed",
        },
        body={
            "zh": f"核定 {yuan(given)} 元，按现在所知至多 {now[0]}。{event.data['why']}{todo[0]}",
            "en": f"{yuan(given)} yuan were determined; by what is known now at most {now[1]}. {todo[1]}",
        },
        link=reverse("case", args=[case.number]),
    )
