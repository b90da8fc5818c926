"""Who undertakes a project together, what was proposed, the contract, its milestones, reports and changes."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import recused_may_not_write
from kechuang.fulfilment.decision_models import OF_CASE, parties_sql
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.projects.triggers import (
    CONTRACT_AS_CONFIRMED,
    DRAFT_ANSWERED_ONCE,
    MEMBERS_SETTLED,
    MILESTONE_FITS,
    MILESTONE_MOVES,
    MILESTONE_RELEASES,
)
from kechuang.journal.protection import never_changed, never_deleted
from kechuang.registry.models import Evidence
from kechuang.treasury.models import Part

_OF_CONTRACT = parties_sql("SELECT case_id FROM fulfilment_contract WHERE id = NEW.contract_id")
_OF_MILESTONE = parties_sql(
    "SELECT fk.case_id FROM fulfilment_contract fk JOIN fulfilment_milestone fm ON fm.contract_id = fk.id "
    "WHERE fm.id = NEW.milestone_id"
)
"""For accounts.protection: whom a change, and a report, is about."""
WHOLE = 10_000  # shares are counted in hundredths of a per cent, so that they add up exactly


class CaseMember(models.Model):
    """One organisation of those that undertake a project together (承担单位), with its shares and its duty."""

    class Part(models.TextChoices):
        """The lead is the organisation of the case."""

        LEAD = "lead"
        MEMBER = "member"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="members")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="member_of")
    role = models.CharField(max_length=8, choices=Part.choices)
    money = models.PositiveIntegerField()  # share of the money, of WHOLE
    work = models.PositiveIntegerField()  # share of the work, of WHOLE
    duty = models.TextField()
    confirmed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        """Each organisation once, the lead first; settled when the case is submitted."""

        ordering = ["case", "role", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "organisation"], name="member_named_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(role="lead"), name="one_lead"),
            models.CheckConstraint(condition=Q(money__lte=WHOLE, work__lte=WHOLE), name="share_of_a_whole"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="members_settled",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=MEMBERS_SETTLED,
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.organisation_id}"


class Bid(models.Model):
    """How a bidder would meet a need, and the money it asks for (揭榜方案)."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="bid")
    approach = models.TextField()
    asked_fen = models.BigIntegerField()

    class Meta:
        """A sum above zero."""

        constraints = [models.CheckConstraint(condition=Q(asked_fen__gt=0), name="bid_asks_something")]

    def __str__(self) -> str:
        return f"{self.case_id}"


class ContractDraft(models.Model):
    """A contract as the department drafts it (合同文本): the undertaker confirms it or sends it back with the reason.

    own_fen: what the undertaker brings itself (自筹). milestones: [[title, criteria, day, fen], …]. hash: over all of
    it.
    """

    class State(models.TextChoices):
        """'' while it waits. Returned by either side, dropped when the sum is determined anew."""

        WAITS = ""
        CONFIRMED = "confirmed"
        RETURNED = "returned"
        DROPPED = "dropped"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contract_drafts")
    number = models.CharField(max_length=64)  # 合同登记编号
    amount_fen = models.BigIntegerField()
    own_fen = models.BigIntegerField()
    milestones = models.JSONField()
    hash = models.CharField(max_length=64)
    drafted_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITS, blank=True)
    reason = models.TextField(blank=True)  # why it was sent back
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first; one waits at a time, and all are kept as they were written."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state=""), name="one_draft_waits"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0, own_fen__gte=0), name="draft_sums"),
            models.CheckConstraint(
                condition=Q(state="", answered_at__isnull=True) | ~Q(state="") & Q(answered_at__isnull=False),
                name="draft_answered_with_its_time",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="draft_answered_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=DRAFT_ANSWERED_ONCE,
            ),
            recused_may_not_write("drafted_by_id", OF_CASE),
            *never_deleted("contract_draft"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.number}"


class Contract(models.Model):
    """The contract of a project (任务书、合同): signed once, as the undertaker confirmed it.

    draft: what was confirmed; None, like own_fen, of contracts from before undertakers confirmed them.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="contract")
    number = models.CharField(max_length=64, unique=True)  # 合同登记编号
    amount_fen = models.BigIntegerField()
    own_fen = models.BigIntegerField(null=True)
    draft = models.OneToOneField(ContractDraft, on_delete=models.PROTECT, null=True, related_name="contract")
    signed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    grade = models.CharField(max_length=16, blank=True)  # of the acceptance: excellent, good, pass
    failed_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first. Finished or failed, not both."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(failed_at__isnull=True), name="contract_ends_once"
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="contract_as_confirmed",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=CONTRACT_AS_CONFIRMED,
            ),
            *never_deleted("contract"),
        ]

    def __str__(self) -> str:
        return self.number


class Milestone(models.Model):
    """A milestone (里程碑): what must be there by a day, how that is measured, the stage that is paid when it is.

    agreed_on: the day as signed; due_on: as it stands after agreed changes. part: the stage of the award.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="milestones")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    criteria = models.TextField()  # measurable, fixed up front
    agreed_on = models.DateField()
    due_on = models.DateField()
    amount_fen = models.BigIntegerField()
    part = models.OneToOneField(Part, on_delete=models.PROTECT, related_name="milestone")
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        """In order. Accepting releases the stage, in the database itself."""

        ordering = ["contract", "number"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(accepted_at__isnull=True), name="milestone_due")
        ]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="milestone_numbered_once"),
            models.CheckConstraint(condition=Q(due_on__gte=F("agreed_on")), name="milestone_not_hastened"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="milestone_fits",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=MILESTONE_FITS,
            ),
            pgtrigger.Trigger(
                name="milestone_moves",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=MILESTONE_MOVES,
            ),
            pgtrigger.Trigger(
                name="milestone_releases",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                func=MILESTONE_RELEASES,
            ),
            *never_deleted("milestone"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}/{self.number}"


class Report(models.Model):
    """What an undertaker reports of a milestone (阶段报告), and what the department found."""

    class Result(models.TextChoices):
        """'' while it waits."""

        WAITS = ""
        ACCEPTED = "accepted"
        REFUSED = "refused"

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="reports")
    text = models.TextField()
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="reports")
    reported_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    result = models.CharField(max_length=16, choices=Result.choices, default=Result.WAITS, blank=True)
    conclusion = models.TextField(blank=True)
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        """One waits at a time; all are kept."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["milestone"], condition=Q(result=""), name="one_report_waits")
        ]
        triggers = [
            *never_deleted("report"),
            recused_may_not_write(
                "decided_by_id", _OF_MILESTONE, when_changed=("decided_by_id", "result", "conclusion")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone_id} {self.reported_at:%Y-%m-%d}"


class Change(models.Model):
    """A change that an undertaker asks for (变更、延期): later days, or something else; decided, and never erased."""

    class Result(models.TextChoices):
        """'' while it waits."""

        WAITS = ""
        AGREED = "agreed"
        REFUSED = "refused"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="changes")
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, null=True, related_name="changes")
    text = models.TextField()  # what is asked for, and why
    from_day = models.DateField(null=True)  # of a milestone, as it stood
    to_day = models.DateField(null=True)
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    result = models.CharField(max_length=16, choices=Result.choices, default=Result.WAITS, blank=True)
    conclusion = models.TextField(blank=True)
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        """One waits at a time; all are kept."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["contract"], condition=Q(result=""), name="one_change_waits"),
            models.CheckConstraint(
                condition=Q(milestone__isnull=True, to_day__isnull=True)
                | Q(milestone__isnull=False, to_day__gt=F("from_day")),
                name="delay_is_later",
            ),
        ]
        triggers = [
            *never_deleted("change"),
            recused_may_not_write(
                "decided_by_id", _OF_CONTRACT, when_changed=("decided_by_id", "result", "conclusion")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.asked_at:%Y-%m-%d}"


class Opening(models.Model):
    """All sealed bids of a call opened together (开标): which there were, each with the hash of its sections."""

    call = models.OneToOneField("fulfilment.Call", on_delete=models.PROTECT, related_name="opening")
    bids = models.JSONField()  # [{number, key, organisation, submitted_at, hash}]
    hash = models.CharField(max_length=64)
    opened_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        """Never changed."""

        ordering = ["-id"]
        triggers = [*never_changed("opening")]

    def __str__(self) -> str:
        return f"{self.call_id}"
