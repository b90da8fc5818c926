"""How a case ends: the decision as it went out, and a breach that is found afterwards."""

from __future__ import annotations

from typing import Final

import pgtrigger
from django.db import models
from django.db.models import Q

from kechuang.accounts.models import Membership
from kechuang.accounts.protection import recused_may_not_write
from kechuang.journal.protection import never_changed, never_deleted
from kechuang.registry.models import Evidence
from kechuang.treasury.models import Receivable


def parties_sql(cases: str) -> str:
    """SQL that gives the organisations of cases: who leads each, and the other members of its consortium.

    cases: SQL that gives the numbers of cases. See parties.py, which says the same to queries.
    """
    return (
        f"SELECT organisation_id FROM fulfilment_case WHERE id IN ({cases}) "  # noqa: S608 - written in a model
        f"UNION ALL SELECT organisation_id FROM fulfilment_casemember WHERE case_id IN ({cases})"
    )


OF_CASE: Final = parties_sql("NEW.case_id")
"""For accounts.protection: whom a row with a column `case` is about."""


_ISSUED: Final = "number, case_id, notice_id, amount_fen, letter, basis, hash, issued_by_id, issued_at"


def _revoked_once() -> pgtrigger.Trigger:
    """What was issued is kept; a decision in force may be revoked, once, with its reason."""
    new, old = (", ".join(f"{row}.{one}" for one in _ISSUED.split(", ")) for row in ("NEW", "OLD"))
    return pgtrigger.Trigger(
        name="decision_revoked_once",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func=f"""
            IF ({new}) IS DISTINCT FROM ({old}) OR OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL THEN
                RAISE EXCEPTION 'decision %: what was issued is not changed; it is revoked once', OLD.number
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'decision_revoked_once';
            END IF;
            RETURN NEW;
        """,
    )


class Decision(models.Model):
    """A decision issued (决定/下达): the letter as it went out, and all that is needed to derive it again.

    A case that is determined anew has several; the former ones are revoked and kept.
    """

    number = models.CharField(max_length=40, unique=True)
    case = models.ForeignKey("fulfilment.Case", on_delete=models.PROTECT, related_name="decisions")
    notice = models.ForeignKey("fulfilment.Notice", on_delete=models.PROTECT, null=True)
    amount_fen = models.BigIntegerField()
    letter = models.JSONField()  # {zh, en}: paragraphs
    basis = models.JSONField()  # pack hash, day, year, readings, known time, outcome, sum, conditions
    hash = models.CharField(max_length=64)  # over letter and basis
    issued_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)  # 已撤销: the case was determined anew
    revoked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_why = models.TextField(blank=True)

    class Meta:
        """The newest first; one of a case is in force. What was issued never changes."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(revoked_at__isnull=True), name="one_decision_in_force"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True, revoked_why="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_why=""),
                name="decision_revoked_with_reason",
            ),
        ]
        triggers = [
            _revoked_once(),
            *never_deleted("decision"),
            recused_may_not_write("issued_by_id", OF_CASE),
        ]

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


class Defence(models.Model):
    """What an organisation says to a finding before the hearing (陈述申辩), with a file if it likes."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="defences")
    text = models.TextField()
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    stated_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()

    class Meta:
        """In the order in which it was said; never changed."""

        ordering = ["id"]
        triggers = [*never_changed("defence")]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.stated_at:%Y-%m-%d %H:%M}"
