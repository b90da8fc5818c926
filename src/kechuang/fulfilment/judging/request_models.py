"""What an applicant asks: that somebody be kept off its case (申请回避)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from kechuang.accounts.models import Membership
from kechuang.accounts.protection import recused_may_not_write
from kechuang.fulfilment.decision_models import OF_CASE
from kechuang.journal.protection import never_deleted

_ANSWERED_ONCE = """
    IF OLD.state <> 'open' OR NEW.state = 'open'
       OR (NEW.case_id, NEW.person, NEW.institution, NEW.kind, NEW.text, NEW.asked_by_id, NEW.asked_at)
          IS DISTINCT FROM
          (OLD.case_id, OLD.person, OLD.institution, OLD.kind, OLD.text, OLD.asked_by_id, OLD.asked_at) THEN
        RAISE EXCEPTION 'recusal request %: answered once, and never changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'request_answered_once';
    END IF;
    RETURN NEW;
"""


class RecusalRequest(models.Model):
    """An applicant asks that a person or everybody of an institution be kept off its case; an officer decides.

    person, institution: as typed, for an applicant does not know the pool; one may be ''. kind: of grounds.yaml.
    due_on: by when it is answered; None where no office saw the application when it was asked.
    ties: numbers of the experts.Tie that were entered when it was upheld, which keep the people away. answer: told to
    the applicant where it is refused, a note of the office where it is upheld.
    """

    class State(models.TextChoices):
        """Open until an officer has decided."""

        OPEN = "open"
        UPHELD = "upheld"
        REFUSED = "refused"

    case = models.ForeignKey("fulfilment.Case", on_delete=models.PROTECT, related_name="recusal_requests")
    person = models.CharField(max_length=64, blank=True)
    institution = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=32)
    text = models.TextField()
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    answer = models.TextField(blank=True)
    ties = models.JSONField(default=list)
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """The most due first."""

        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(person="", institution=""), name="request_names_somebody"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True)
                | ~Q(state="open") & Q(answered_at__isnull=False),
                name="request_answered_with_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(answer=""), name="request_refused_with_reason"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="request_answered_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=_ANSWERED_ONCE,
            ),
            recused_may_not_write("answered_by_id", OF_CASE),
            *never_deleted("recusal_request"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.person or self.institution}"
