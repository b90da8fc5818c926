<<<<<<< HEAD
"""Findings beside the workflow: what goes to the credit record once a breach is confirmed."""
=======
"""What follows a confirmed finding beside the money: the entry in the credit record (信用记录)."""
>>>>>>> officer

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
<<<<<<< HEAD
from kechuang.fulfilment import rules
from kechuang.fulfilment.models import Finding
from kechuang.fulfilment.workflow import lock
from kechuang.journal.actions import record


def record_credit(finding: Finding, text: str, *, actor: Membership, at: datetime) -> Finding:
    """Enter what the integrity file says of a confirmed finding (信用记录); entered once."""
    if not text.strip():
        raise Refused("请写明记入信用记录的内容。", "State what goes to the credit record.", field="text")
    with transaction.atomic():
        case = lock(finding.case_id)
        locked = Finding.objects.select_for_update().get(pk=finding.pk)
        if not rules.may_manage(actor, case.call) or locked.dropped_at or locked.receivable_id is None:
            raise Refused("只有已决定追回的问题才记入信用记录。", "Only a confirmed finding goes to the credit record.")
        if locked.credit_recorded_at:
            return locked
        locked.credit_record, locked.credit_recorded_at = text.strip(), at
        locked.save(update_fields=["credit_record", "credit_recorded_at"])
        case.revision += 1
        case.save(update_fields=["revision"])
=======
from kechuang.fulfilment import rules, workflow
from kechuang.fulfilment.models import Finding
from kechuang.journal.actions import record


def may_record(finding: Finding) -> bool:
    """Whether the finding is confirmed, that is, money is claimed back on it, and not yet in the credit record."""
    return (
        finding.dropped_at is None
        and finding.receivable_id is not None
        and finding.credit_recorded_at is None
    )


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
>>>>>>> officer
        record(
            "case.credit_recorded",
            f"case:{case.pk}",
            actor=actor,
            at=at,
            organisation_id=case.organisation_id,
<<<<<<< HEAD
            data={"number": case.number, "text": locked.credit_record, "revision": case.revision},
=======
            data={"number": case.number, "finding": locked.pk, "text": locked.credit_record},
>>>>>>> officer
        )
    return locked
