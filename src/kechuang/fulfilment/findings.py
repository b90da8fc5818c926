"""What follows a confirmed finding beside the money: the entry in the credit record (信用记录)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import rules, workflow
from kechuang.fulfilment.models import Finding
from kechuang.journal.actions import record


def may_record(finding: Finding) -> bool:
    """Whether the finding is confirmed and not yet in the credit record.

    Confirmed: money is claimed back on it, or the support was ended on it because nothing was paid.
    """
    if finding.dropped_at is not None or finding.credit_recorded_at is not None:
        return False
    return finding.receivable_id is not None or finding.case.state == "failed"


def record_credit(finding: Finding, text: str, *, actor: Membership, at: datetime) -> Finding:
    """Enter what goes to the integrity file, once; a case with a confirmed finding closes only afterwards."""
    if not text.strip():
        raise Refused("请写明记入信用记录的内容。", "State what goes into the credit record.", field="text")
    with transaction.atomic():
        case = workflow.lock(finding.case_id)
        locked = Finding.objects.select_for_update().get(pk=finding.pk)
        if not rules.may_manage(actor, case.call) or not may_record(locked):
            raise Refused(
                "这项查实现在不能登记信用记录。", "This finding cannot go to the credit record now."
            )
        locked.credit_record, locked.credit_recorded_at = text.strip(), at
        locked.save(update_fields=["credit_record", "credit_recorded_at"])
        record(
            "case.credit_recorded",
            f"case:{case.pk}",
            actor=actor,
            at=at,
            organisation_id=case.organisation_id,
            data={"number": case.number, "finding": locked.pk, "text": locked.credit_record},
        )
    return locked
