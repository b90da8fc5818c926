"""Appropriations, awards, payments, receivables, and the ledger whose entries alone move their totals.

Entries are only ever added. A trigger adds each to the totals of what it touches, and the constraints on those totals
refuse what must not be: more committed than appropriated, more paid than committed, more recovered than paid, a cap
passed, a payment before the public notice has ended or while an objection is open. So no program, ours included, can
do otherwise.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.journal.protection import never_changed, never_deleted
from kechuang.treasury.triggers import ENTRY_ADDS_UP, PAYMENT_IS_DUE


class Appropriation(models.Model):
    """Money set aside for a year and a measure (预算). All but `amount_fen` is moved by ledger entries."""

    year = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=8)  # "9"
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=200)  # the budget document that grants it
    amount_fen = models.BigIntegerField()
    reserved_fen = models.BigIntegerField(default=0)
    committed_fen = models.BigIntegerField(default=0)  # what is paid is still committed
    paid_fen = models.BigIntegerField(default=0)
    recovered_fen = models.BigIntegerField(default=0)
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        """reserved + committed <= amount, paid <= committed, recovered <= paid."""

        ordering = ["-year", "measure", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    amount_fen__gte=0,
                    reserved_fen__gte=0,
                    committed_fen__gte=0,
                    paid_fen__gte=0,
                    recovered_fen__gte=0,
                ),
                name="appropriation_never_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=F("reserved_fen") + F("committed_fen")),
                name="appropriation_not_exceeded",
            ),
            models.CheckConstraint(
                condition=Q(committed_fen__gte=F("paid_fen")), name="appropriation_pays_what_is_committed"
            ),
            models.CheckConstraint(
                condition=Q(paid_fen__gte=F("recovered_fen")), name="appropriation_recovers_what_is_paid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.title}"

    @property
    def free_fen(self) -> int:
        """What may still be reserved or committed."""
        return self.amount_fen - self.reserved_fen - self.committed_fen


class CapUse(models.Model):
    """How much of a ceiling per organisation and year is used up, across all calls."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    cap = models.CharField(max_length=100)  # "9.rd_growth/yearly"
    year = models.PositiveSmallIntegerField()
    limit_fen = models.BigIntegerField()
    used_fen = models.BigIntegerField(default=0)

    class Meta:
        """used <= limit."""

        constraints = [
            models.UniqueConstraint(fields=["organisation", "cap", "year"], name="cap_counted_once"),
            models.CheckConstraint(
                condition=Q(used_fen__gte=0, limit_fen__gte=F("used_fen")), name="cap_not_exceeded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.cap} {self.year}"


class Award(models.Model):
    """A sum granted to one organisation for one entitlement (核定的资金).

    entitlement: what it is for, "9.rd_growth|2023|<organisation>|<key of the record>", granted once.
    cap, cap_year, cap_fen: the ceiling it counts against, '' for none.
    payable_from: the end of its public notice; None: not yet. holds: open objections and other stops.
    """

    entitlement = models.CharField(max_length=200)
    subject = models.CharField(max_length=64)  # "case:17"
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="awards")
    appropriation = models.ForeignKey(Appropriation, on_delete=models.PROTECT, related_name="awards")
    benefit = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    amount_fen = models.BigIntegerField()
    cap = models.CharField(max_length=100, blank=True)
    cap_fen = models.BigIntegerField(null=True)
    payable_from = models.DateTimeField(null=True)
    holds = models.PositiveIntegerField(default=0)
    cancelled_at = models.DateTimeField(null=True)
    committed_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    recovered_fen = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        """One entitlement is granted once, and never paid beyond what is committed."""

        ordering = ["-id"]
        indexes = [models.Index(fields=["subject"], name="award_by_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"],
                condition=Q(cancelled_at__isnull=True),
                name="entitlement_granted_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, committed_fen__gte=0, amount_fen__gte=F("committed_fen")),
                name="award_not_exceeded",
            ),
            models.CheckConstraint(
                condition=Q(paid_fen__gte=0, committed_fen__gte=F("paid_fen")),
                name="award_pays_what_is_committed",
            ),
            models.CheckConstraint(
                condition=Q(recovered_fen__gte=0, paid_fen__gte=F("recovered_fen")),
                name="award_recovers_what_is_paid",
            ),
        ]

    def __str__(self) -> str:
        return self.entitlement


class Account(models.Model):
    """A bank account of an organisation (收款账户). Changed by adding another; payments keep what they were sent to."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bank_accounts")
    holder = models.CharField(max_length=200)
    bank = models.CharField(max_length=200)  # with branch
    number = models.CharField(max_length=34)
    stated_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        """One account is in use at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(replaced_at__isnull=True), name="one_account_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.number[-4:]}"


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

    class Meta:
        """Two people, always."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_user__isnull=True) | ~Q(approved_user=F("prepared_user")),
                name="batch_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "withdrawn"]) | Q(approved_user__isnull=False),
                name="batch_approved_before_sent",
            ),
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
    part = models.PositiveSmallIntegerField(default=1)  # of an award that is paid in parts
    amount_fen = models.BigIntegerField()
    holder = models.CharField(max_length=200)
    bank = models.CharField(max_length=200)
    account = models.CharField(max_length=34)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARED)
    reference = models.CharField(max_length=64, blank=True)  # the bank's voucher
    settled_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # why it came back

    class Meta:
        """A part of an award is on its way or paid once."""

        ordering = ["id"]
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
            )
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

    def __str__(self) -> str:
        return f"{self.receivable_id}/{self.number}"


class Entry(models.Model):
    """One line of the ledger (台账). Added, never changed: a mistake is answered by an entry the other way."""

    class Act(models.TextChoices):
        """reserve/release hold money for a call; commit/revoke bind it to an award; pay/return move it; recover."""

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
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    voucher = models.CharField(max_length=64, blank=True)

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
                condition=Q(act__in=["reserve", "release"], award__isnull=True)
                | (Q(award__isnull=False) & ~Q(act__in=["reserve", "release"])),
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
        ]
        triggers = [
            pgtrigger.Trigger(
                name="entry_adds_up", operation=pgtrigger.Insert, when=pgtrigger.Before, func=ENTRY_ADDS_UP
            ),
            *never_changed("entry"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.amount_fen} {self.subject}"
