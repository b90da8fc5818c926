"""What was entered by mistake is taken back, with the reason: it stays on file, and nothing follows from it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.experts import recusal, rules
from kechuang.experts.models import Employment, Expert, Work
from kechuang.journal import actions as journal


@transaction.atomic
def withdraw_employment(employment: Employment, *, reason: str, actor: Membership, at: datetime) -> None:
    """The expert never worked there; by the department that keeps the entry. Again it does nothing."""
    found = Employment.objects.select_for_update(of=("self",)).select_related("expert").get(pk=employment.pk)
    rules.must_keep(actor, found.expert)
    if found.withdrawn_at:
        return
    Employment.objects.filter(pk=found.pk).update(
        withdrawn_at=at, withdrawn_by=actor, withdrawn_why=_said(reason)
    )
    recusal.renew(found.expert, at, actor=actor)
    said = {"employment": found.pk, "reason": reason.strip()}
    journal.record("expert.employment_withdrawn", f"expert:{found.expert_id}", actor=actor, at=at, data=said)


@transaction.atomic
def withdraw_work(work: Work, *, reason: str, actor: Membership, at: datetime) -> None:
    """The paper, patent or project is not theirs; by the department that entered it. Again it does nothing."""
    found = Work.objects.select_for_update(of=("self",)).select_related("entered_by").get(pk=work.pk)
    if not rules.may_withdraw(actor, found):
        raise Refused("由录入部门的经办岗撤回。", "An officer of the department that entered it does this.")
    if found.withdrawn_at:
        return
    Work.objects.filter(pk=found.pk).update(withdrawn_at=at, withdrawn_by=actor, withdrawn_why=_said(reason))
    recusal.renew(Expert.objects.filter(shares__work=found).earliest("pk"), at, actor=actor)
    said = {"identifier": found.identifier, "reason": reason.strip()}
    journal.record("work.withdrawn", f"work:{found.pk}", actor=actor, at=at, data=said)


def _said(reason: str) -> str:
    if not reason.strip():
        raise Refused("请写明撤回的原因。", "Say why it is taken back.", "reason")
    return reason.strip()
