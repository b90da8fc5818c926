"""Batches and payments, money that must come back, and the ledger itself."""

from __future__ import annotations

from typing import Final

import pgtrigger
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership
from kechuang.accounts.protection import recused_may_not_write
from kechuang.journal.protection import never_changed, never_deleted
from kechuang.treasury.models import Appropriation, Award
from kechuang.treasury.triggers import (
    BATCH_MOVES_ON,
    ENTRY_ADDS_UP,
    PART_FITS,
    PARTS_ADD_UP,
    PAYMENT_IS_DUE,
    PAYMENT_OF_A_PART,
    PAYMENT_TO_ITS_ACCOUNT,
    frozen,
    moved_by_entries,
)

OF_APPROPRIATION = ["appropriate", "reduce", "reserve", "release"]  # acts without an award

VOUCHER_LENGTH: Final = 64
"""How long the number of a voucher may be, and of the document that stands in its place."""


class Part(models.Model):
    """A named part of an award: a stage that is paid when its work is accepted, or the share of one payee (分期、分拨).

    An award has no parts and is paid as a whole, or parts that add up to it. holder, bank, account: where this part
    goes; all '' for the account that the organisation uses. released_at: payable from then; None while it waits for
    something, whose own trigger releases it.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    amount_fen = models.BigIntegerField()
    holder = models.CharField(max_length=200, blank=True)
    bank = models.CharField(max_length=200, blank=True)
    account = models.CharField(max_length=34, blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        """Made before anything is paid, adding up to the award, and never changed but for its release."""

        ordering = ["award", "number"]
        constraints = [
            models.UniqueConstraint(fields=["award", "number"], name="part_numbered_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="part_above_zero"),
            models.CheckConstraint(
                condition=Q(holder="", bank="", account="") | ~(Q(holder="") | Q(bank="") | Q(account="")),
                name="part_names_a_whole_account",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="part_fits",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=PART_FITS,
            ),
            pgtrigger.Trigger(
                name="parts_add_up",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=PARTS_ADD_UP,
            ),
            *never_deleted("part"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id}/{self.number}"


class Batch(models.Model):
    """Payments that go to the bank together (拨付批次): one person prepares, another approves."""

    class State(models.TextChoices):
        """Settled: the bank has answered for every payment."""

        PREPARED = "prepared"
        APPROVED = "approved"
        SENT = "sent"
        SETTLED = "settled"
        WITHDRAWN = "withdrawn"

    number = models.CharField(max_length=32, unique=True)  # "2026-0001"
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARED)
    prepared_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    prepared_user = models.BigIntegerField()
    prepared_at = models.DateTimeField()
    approved_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    approved_user = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    file_hash = models.CharField(max_length=64, blank=True)  # of the export for the budget system
    subjects = models.JSONField(default=dict)  # that it says, by appropriation: {"3": ["2060404", "50701"]}
    key = models.CharField(max_length=100, blank=True)  # a program's own name for its preparing, '' for none

    class Meta:
        """Two people, always."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["prepared_user", "key"], condition=~Q(key=""), name="batch_prepared_once"
            ),
            models.CheckConstraint(
                condition=Q(approved_user__isnull=True) | ~Q(approved_user=F("prepared_user")),
                name="batch_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "withdrawn"]) | Q(approved_user__isnull=False),
                name="batch_approved_before_sent",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="batch_moves_on",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=BATCH_MOVES_ON,
            ),
            recused_may_not_write(
                "approved_by_id",
                "SELECT a.organisation_id FROM treasury_payment p JOIN treasury_award a ON a.id = p.award_id "
                "WHERE p.batch_id = NEW.id AND p.state <> 'withdrawn' UNION ALL "
                "SELECT treasury_concerning(a.subject) FROM treasury_payment p JOIN treasury_award a "
                "ON a.id = p.award_id WHERE p.batch_id = NEW.id AND p.state <> 'withdrawn'",
            ),
            *never_deleted("batch"),
        ]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """Money for one award on its way (拨付)."""

    class State(models.TextChoices):
        """Returned: the bank sent it back; the award may be paid again."""

        PREPARED = "prepared"
        SENT = "sent"
        PAID = "paid"
        RETURNED = "returned"
        WITHDRAWN = "withdrawn"

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="payments")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="payments")
    number = models.CharField(max_length=40, unique=True)  # "2026-0001-003": what the bank answers with
    part = models.PositiveSmallIntegerField(default=1)  # of an award that is paid in parts
    amount_fen = models.BigIntegerField()
    holder = models.CharField(max_length=200)
    bank = models.CharField(max_length=200)
    account = models.CharField(max_length=34)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARED)
    reference = models.CharField(max_length=VOUCHER_LENGTH, blank=True)  # the bank's voucher
    settled_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # why it came back

    class Meta:
        """A part of an award is on its way or paid once."""

        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["award"], condition=Q(state__in=["prepared", "sent"]), name="payment_under_way"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "part"],
                condition=Q(state__in=["prepared", "sent", "paid"]),
                name="award_paid_once",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_above_zero"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="payment_is_due",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=PAYMENT_IS_DUE,
            ),
            pgtrigger.Trigger(
                name="payment_of_a_part",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=PAYMENT_OF_A_PART,
            ),
            pgtrigger.Trigger(
                name="payment_to_its_account",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=PAYMENT_TO_ITS_ACCOUNT,
            ),
            *never_deleted("payment"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.state}"


class Receivable(models.Model):
    """Money that must come back (应收追回款): decided after a hearing, paid in instalments."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="receivables")
    amount_fen = models.BigIntegerField()
    recovered_fen = models.BigIntegerField(default=0)
    ground = models.TextField()
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Nothing comes back beyond what is due."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, recovered_fen__gte=0, amount_fen__gte=F("recovered_fen")),
                name="receivable_not_exceeded",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(recovered_fen=F("amount_fen")),
                name="receivable_closed_when_back",
            ),
        ]
        triggers = [
            moved_by_entries("recovered_fen"),
            frozen("award_id", "amount_fen", "ground", "decided_at"),
            *never_deleted("receivable"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.amount_fen}"


class Instalment(models.Model):
    """One part of a receivable and the day it is due (分期)."""

    receivable = models.ForeignKey(Receivable, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount_fen = models.BigIntegerField()

    class Meta:
        """In order."""

        ordering = ["receivable", "number"]
        constraints = [
            models.UniqueConstraint(fields=["receivable", "number"], name="instalment_numbered_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="instalment_above_zero"),
        ]
        triggers = [*never_changed("instalment")]

    def __str__(self) -> str:
        return f"{self.receivable_id}/{self.number}"


class Entry(models.Model):
    """One line of the ledger (台账). Added, never changed: a mistake is answered by an entry the other way."""

    class Act(models.TextChoices):
        """Each moves money, or moves it back: set aside, held for a call, bound to an award, paid; recovered."""

        APPROPRIATE = "appropriate"
        REDUCE = "reduce"
        RESERVE = "reserve"
        RELEASE = "release"
        COMMIT = "commit"
        REVOKE = "revoke"
        PAY = "pay"
        RETURN = "return"
        RECOVER = "recover"

    act = models.CharField(max_length=16, choices=Act.choices)
    appropriation = models.ForeignKey(Appropriation, on_delete=models.PROTECT, related_name="entries")
    award = models.ForeignKey(Award, on_delete=models.PROTECT, null=True, related_name="entries")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="entries")
    receivable = models.ForeignKey(Receivable, on_delete=models.PROTECT, null=True, related_name="entries")
    subject = models.CharField(max_length=64)  # "call:3", "case:17"
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()
    on = models.DateField(null=True)  # the day of the bank's voucher
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    voucher = models.CharField(max_length=VOUCHER_LENGTH, blank=True)

    class Meta:
        """The oldest first."""

        ordering = ["id"]
        indexes = [
            models.Index(fields=["appropriation", "id"], name="entry_by_appropriation"),
            models.Index(fields=["subject", "id"], name="entry_by_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="entry_above_zero"),
            models.CheckConstraint(
                condition=Q(act__in=OF_APPROPRIATION, award__isnull=True)
                | (Q(award__isnull=False) & ~Q(act__in=OF_APPROPRIATION)),
                name="entry_names_its_award",
            ),
            models.CheckConstraint(
                condition=~Q(act__in=["pay", "return"]) | Q(payment__isnull=False),
                name="entry_names_its_payment",
            ),
            models.CheckConstraint(
                condition=~Q(act="recover") | Q(receivable__isnull=False), name="entry_names_its_receivable"
            ),
            models.UniqueConstraint(fields=["payment"], condition=Q(act="pay"), name="payment_entered_once"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(act="return"), name="return_entered_once"
            ),
            models.UniqueConstraint(
                fields=["receivable", "voucher"], condition=Q(act="recover"), name="receipt_entered_once"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="entry_adds_up", operation=pgtrigger.Insert, when=pgtrigger.Before, func=ENTRY_ADDS_UP
            ),
            *never_changed("entry"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.amount_fen} {self.subject}"
