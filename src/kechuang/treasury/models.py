"""Appropriations, what is held and granted from them, and the accounts that money goes to.

Entries of the ledger are only ever added. A trigger adds each to the totals of what it touches, nothing else may move
a total, and the constraints on the totals refuse what must not be: more committed than appropriated, more paid than
committed, more recovered than paid, a cap passed, a payment before the public notice has ended or while an objection
is open. So no program, ours included, can do otherwise. Payments and the ledger stand in
paying_models.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.journal.protection import never_deleted
from kechuang.treasury.triggers import frozen, moved_by_entries


class Appropriation(models.Model):
    """Money set aside for a year and a measure (预算). All sums are moved by ledger entries."""

    year = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=8)  # "9"
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=200)  # the budget document that grants it
    function_code = models.CharField(max_length=16, blank=True)  # 功能分类科目 "2060404"
    economic_code = models.CharField(max_length=16, blank=True)  # 政府预算经济分类科目 "50701"
    amount_fen = models.BigIntegerField(default=0)
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
        triggers = [
            moved_by_entries("amount_fen", "reserved_fen", "committed_fen", "paid_fen", "recovered_fen"),
            *never_deleted("appropriation"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.title}"

    @property
    def free_fen(self) -> int:
        """What may still be reserved or committed."""
        return self.amount_fen - self.reserved_fen - self.committed_fen


class Reserve(models.Model):
    """What a call holds of an appropriation: set aside by reserve entries, used up by release entries."""

    appropriation = models.ForeignKey(Appropriation, on_delete=models.PROTECT, related_name="reserves")
    subject = models.CharField(max_length=64)  # "call:3"
    amount_fen = models.BigIntegerField(default=0)

    class Meta:
        """A call cannot release more than it holds."""

        constraints = [
            models.UniqueConstraint(fields=["appropriation", "subject"], name="reserve_counted_once"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="reserve_not_exceeded"),
        ]
        triggers = [moved_by_entries("amount_fen")]

    def __str__(self) -> str:
        return f"{self.appropriation_id} {self.subject}"


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
        triggers = [moved_by_entries("used_fen")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.cap} {self.year}"


class Award(models.Model):
    """A sum granted to one organisation for one entitlement (核定的资金).

    entitlement: what it is for, "9.rd_growth|2023|<organisation>|<key of the record>", granted once.
    cap, cap_fen: the ceiling a year that it counts against, in its `year`; '' for none.
    payable_from: since when it may be paid, its notice ended and its contract, if any, signed; None: not yet.
    holds: how many Holds are in place.
    account: where it is paid, fixed when it is committed; after a return another may be stated (correct_account).
    """

    entitlement = models.CharField(max_length=200)
    subject = models.CharField(max_length=64)  # "case:17"
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="awards")
    appropriation = models.ForeignKey(Appropriation, on_delete=models.PROTECT, related_name="awards")
    benefit = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    account = models.ForeignKey(
        "treasury.Account", on_delete=models.PROTECT, null=True, related_name="awards"
    )
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
        indexes = [
            models.Index(fields=["subject"], name="award_by_subject"),
            models.Index(
                fields=["payable_from", "id"],
                condition=Q(committed_fen__gt=F("paid_fen"), cancelled_at__isnull=True),
                name="award_not_paid",
            ),
            models.Index(
                fields=["-id"], condition=Q(paid_fen__gt=0, cancelled_at__isnull=True), name="award_paid"
            ),
        ]
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
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(committed_fen=0), name="award_cancelled_is_free"
            ),
            models.CheckConstraint(
                condition=Q(cap="") | Q(cap_fen__isnull=False), name="award_cap_has_limit"
            ),
        ]
        triggers = [
            moved_by_entries("committed_fen", "paid_fen", "recovered_fen"),
            frozen(
                *("entitlement", "subject", "organisation_id", "appropriation_id", "benefit", "year"),
                *("amount_fen", "cap", "cap_fen"),
            ),
            *never_deleted("award"),
        ]

    def __str__(self) -> str:
        return self.entitlement


class Hold(models.Model):
    """A stop on paying an award while something is open: an objection, a hearing (暂缓拨付)."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="stops")
    subject = models.CharField(max_length=64)  # "objection:5"
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        """One thing stops an award once at a time."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "subject"],
                condition=Q(lifted_at__isnull=True),
                name="held_once_for_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.subject}"


class Account(models.Model):
    """A bank account of an organisation (收款账户). Changed by adding another; awards and payments keep theirs."""

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


from kechuang.treasury.paying_models import (  # noqa: E402 - Django looks for all models of a room here
    Batch,
    Entry,
    Instalment,
    Part,
    Payment,
    Receivable,
)

__all__ = [
    "Account",
    "Appropriation",
    "Award",
    "Batch",
    "CapUse",
    "Entry",
    "Hold",
    "Instalment",
    "Part",
    "Payment",
    "Receivable",
    "Reserve",
]
