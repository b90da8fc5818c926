"""How a case ends: the decision as it went out, and a breach that is found afterwards."""

from __future__ import annotations

from django.db import models

from kechuang.accounts.models import Membership
from kechuang.accounts.protection import recused_may_not_write
from kechuang.journal.protection import never_changed
from kechuang.treasury.models import Receivable

OF_CASE = "SELECT organisation_id FROM fulfilment_case WHERE id = NEW.case_id"
"""For accounts.protection: whom a row with a column `case` is about."""


class Decision(models.Model):
    """A decision issued (决定/下达): the letter as it went out, and all that is needed to derive it again."""

    number = models.CharField(max_length=40, unique=True)
    case = models.OneToOneField("fulfilment.Case", on_delete=models.PROTECT, related_name="decision")
    notice = models.ForeignKey("fulfilment.Notice", on_delete=models.PROTECT, null=True)
    amount_fen = models.BigIntegerField()
    letter = models.JSONField()  # {zh, en}: paragraphs
    basis = models.JSONField()  # pack hash, day, year, readings, known time, outcome, sum, conditions
    hash = models.CharField(max_length=64)  # over letter and basis
    issued_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        """Never changed."""

        ordering = ["-id"]
        triggers = [*never_changed("decision"), recused_may_not_write("issued_by_id", OF_CASE)]

    def __str__(self) -> str:
        return self.number


class Finding(models.Model):
    """A breach found after payment (查实): what was breached, the hearing, the money that must come back."""

    case = models.ForeignKey("fulfilment.Case", on_delete=models.PROTECT, related_name="findings")
    ground = models.TextField()
    found_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    hearing_on = models.DateField(null=True)
    heard = models.TextField(blank=True)  # what the organisation said
    receivable = models.OneToOneField(Receivable, on_delete=models.PROTECT, null=True)
    credit_record = models.TextField(blank=True)  # what goes to the integrity file
    credit_recorded_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)  # not confirmed at the hearing

    class Meta:
        """The newest first."""

        ordering = ["-id"]
        triggers = [recused_may_not_write("found_by_id", OF_CASE, when_changed=("found_by_id", "ground"))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.found_at:%Y-%m-%d}"
