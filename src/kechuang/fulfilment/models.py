"""Calls, cases, approvals, public notices with objections, decisions, findings.

The state of a case moves by the one table of transitions (workflow.py) and by nothing else.
"""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import recused_may_not_write
from kechuang.entitlements.models import PackVersion, Sweep
from kechuang.fulfilment.decision_models import OF_CASE, Decision, Defence, Finding, parties_sql
from kechuang.fulfilment.tally_models import Tally, kept_in_tally
from kechuang.journal.protection import never_deleted
from kechuang.registry.models import Evidence
from kechuang.treasury.models import Account, Appropriation, Award


@pghistory.track()
class Call(models.Model):
    """A call for applications (申报通知), or for confirmations when it rests on a sweep (免申即享).

    department: the responsible department that decides. gates: joint review, [{gate, days, silence: agree|escalate}].
    quorum: how many gates must answer. rule: how an over-subscribed appropriation is shared. documents: what applicants
    hand in, [{key, title: {zh, en}, why: {zh, en}}], each with the reason why it cannot be had by data sharing.
    """

    class State(models.TextChoices):
        """Published: visible; it takes applications while its window is open."""

        DRAFT = "draft"
        PUBLISHED = "published"
        CLOSED = "closed"
        SETTLED = "settled"  # the sums are shared out; notices may follow
        WITHDRAWN = "withdrawn"

    class Rule(models.TextChoices):
        """None depends on the order in which the cases are looked at."""

        PRO_RATA = "pro_rata"
        RANKING = "ranking"
        QUEUE = "queue"

    number = models.CharField(max_length=32, unique=True)  # "2026-9-01"
    title = models.JSONField()  # {zh, en}
    benefit = models.CharField(max_length=64)
    version = models.ForeignKey(PackVersion, on_delete=models.PROTECT)
    readings = models.JSONField(default=dict)
    year = models.PositiveSmallIntegerField()  # assessed year
    on = models.DateField()  # the day that conditions are judged by
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="calls")
    appropriation = models.ForeignKey(Appropriation, on_delete=models.PROTECT, related_name="calls")
    reserved_fen = models.BigIntegerField(default=0)
    rule = models.CharField(max_length=16, choices=Rule.choices, default=Rule.PRO_RATA)
    recommended = models.BooleanField(default=True)  # a district officer checks first
    gates = models.JSONField(default=list)
    quorum = models.PositiveSmallIntegerField(default=0)
    documents = models.JSONField(default=list)
    guide = models.JSONField(default=dict)  # {zh, en}: generated from the pack, edited by the officer
    notice_days = models.PositiveSmallIntegerField(default=5)  # working days
    rubric = models.JSONField(default=dict)  # how experts judge, see judging/rubrics.py; {} when none do
    sealed = models.BooleanField(
        default=False
    )  # nobody but the bidder sees a bid before all are opened together
    opened_at = models.DateTimeField(null=True)  # of a sealed call: its bids
    needs = models.JSONField(default=list)  # of an open challenge, see fulfilment.projects.bids
    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, null=True, related_name="calls")
    publish_at = models.DateTimeField(null=True)  # published by the clock then
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()  # extended by an act only, see Extension in the journal
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    published_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)  # counts changes: two tabs cannot overwrite each other

    class Meta:
        """The newest first."""

        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "closes_at"], name="call_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="call_closes_after_it_opens"
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="call_rubric_frozen",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__rubric__df=pgtrigger.F("new__rubric"))
                & ~pgtrigger.Q(old__state="draft"),
                func="RAISE EXCEPTION 'the rubric of call % is frozen', OLD.number;",
            )
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track()
class Case(models.Model):
    """One application for one benefit (申报/件), from first answer to last yuan.

    state: a key of workflow.STATES. key: the record it is about where a benefit is given for each record, else ''.
    result: the assessment that stands (policy outcome, sum, reasons) as plain JSON, with the known time of its facts.
    sections: {section: hash of what it says} at the last submission: what approvals rest on.
    """

    number = models.CharField(max_length=32, unique=True)  # "2026-9-01-0017"
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="cases")
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")  # the call's
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    key = models.CharField(max_length=200, blank=True)
    district = models.CharField(max_length=12, blank=True)  # that manages the organisation when it applied
    state = models.CharField(max_length=16, default="draft")
    state_since = models.DateTimeField()
    due_on = models.DateField(null=True)  # of the next act
    version = models.ForeignKey(PackVersion, on_delete=models.PROTECT)
    on = models.DateField()
    year = models.PositiveSmallIntegerField()
    known_at = models.DateTimeField(null=True)  # facts as known then; None while a draft: now
    result = models.JSONField(default=dict)
    sections = models.JSONField(default=dict)
    asked = ArrayField(
        models.TextField(), default=list
    )  # gates that were ever asked, whose offices see the case
    pending = ArrayField(models.TextField(), default=list)  # gates whose answer is waited for
    answered = models.PositiveSmallIntegerField(default=0)  # how many have answered, silence included
    asked_back = models.JSONField(default=list)  # sections named by a return for supplement
    statement = models.JSONField(default=dict)  # {agreed: bool, by, at}: the applicant's declaration
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True)
    submitted_at = models.DateTimeField(null=True)  # server time of the first receipt
    declared_fen = models.BigIntegerField(null=True)
    recommended_fen = models.BigIntegerField(null=True)
    determined_fen = models.BigIntegerField(null=True)
    granted_fen = models.BigIntegerField(null=True)  # after sharing out
    rank = models.PositiveIntegerField(null=True)  # where the call shares out by ranking
    grade = models.CharField(max_length=16, blank=True)  # of the panel that judged it: "excellent"
    score = models.IntegerField(null=True)  # hundredths of a point, of 100
    reason = models.TextField(blank=True)  # of the last decision that needs one
    stacking = models.JSONField(default=list)  # overlaps shown and what the person decided
    award = models.OneToOneField(Award, on_delete=models.PROTECT, null=True, related_name="case")
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        """One case an organisation, call and record, unless withdrawn."""

        ordering = ["-id"]
        indexes = [
            # What is due first, for everybody, for a department, for a district; within a state and over all of them.
            models.Index(fields=["due_on", "id"], name="case_by_day"),
            models.Index(fields=["department", "due_on", "id"], name="case_by_department"),
            models.Index(fields=["district", "due_on", "id"], name="case_by_district"),
            models.Index(fields=["state", "due_on", "id"], name="case_by_state"),
            models.Index(fields=["organisation", "-id"], name="case_by_organisation"),
            models.Index(fields=["call", "state", "id"], name="case_by_call"),
            GinIndex(fields=["asked"], name="case_by_gate"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "organisation", "key"],
                condition=~Q(state__in=["withdrawn", "declined"]),
                name="one_case_a_call",
            )
        ]
        triggers = [kept_in_tally()]

    def __str__(self) -> str:
        return self.number


class Document(models.Model):
    """A file handed in with a case for one of the call's documents."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    key = models.CharField(max_length=64)  # Call.documents[].key
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="documents")
    added_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """In the order added."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.key}"


class Approval(models.Model):
    """What one office says of a case: the district's recommendation, the formal check, a gate of the joint review.

    rests_on: {section: hash} that the office looked at. A later change of one of these voids it, and no other.
    """

    class Result(models.TextChoices):
        """Silent: the due day passed and the call says what that means."""

        PENDING = "pending"
        AGREED = "agreed"
        OPPOSED = "opposed"
        SILENT = "silent"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="approvals")
    kind = models.CharField(max_length=32)  # "recommendation", "acceptance", or a gate
    result = models.CharField(max_length=16, choices=Result.choices, default=Result.PENDING)
    rests_on = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    given_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="approvals")
    given_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.JSONField(default=list)  # the sections that changed

    class Meta:
        """One that counts for each kind."""

        ordering = ["id"]
        indexes = [
            models.Index(fields=["kind", "result", "due_on"], name="approval_by_kind"),
            # The to-do list of a reviewer: what is due first of the answers that its gate still owes.
            models.Index(
                fields=["kind", "due_on", "case"],
                condition=Q(result="pending", voided_at__isnull=True),
                name="approval_awaited",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(voided_at__isnull=True), name="one_approval_a_kind"
            )
        ]
        triggers = [
            recused_may_not_write(
                "given_by_id", OF_CASE, when_changed=("given_by_id", "result", "note", "given_at")
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.result}"


class Notice(models.Model):
    """A public notice (公示): a list frozen and hashed when published, up for a number of working days."""

    class State(models.TextChoices):
        """Ended: the clock ran out and no objection is open. Withdrawn: a new one follows."""

        PUBLISHED = "published"
        ENDED = "ended"
        WITHDRAWN = "withdrawn"

    number = models.CharField(max_length=32, unique=True)  # "2026-9-01-N1"
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="notices")
    content = models.JSONField()  # all that is published, see fulfilment.notices
    hash = models.CharField(max_length=64)
    published_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    first_day = models.DateField()
    last_day = models.DateField()  # both included
    state = models.CharField(max_length=16, choices=State.choices, default=State.PUBLISHED)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # of a withdrawal

    class Meta:
        """What is published is not changed."""

        ordering = ["-id"]
        triggers = [
            pgtrigger.Trigger(
                name="notice_frozen",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.number, NEW.content, NEW.hash, NEW.first_day, NEW.last_day, NEW.published_at)
                       IS DISTINCT FROM
                       (OLD.number, OLD.content, OLD.hash, OLD.first_day, OLD.last_day, OLD.published_at) THEN
                        RAISE EXCEPTION 'notice % is frozen', OLD.number;
                    END IF;
                    RETURN NEW;
                """,
            ),
            *never_deleted("notice"),
        ]

    def __str__(self) -> str:
        return self.number


class NoticeLine(models.Model):
    """One case in a notice; what is shown of it stands in the notice's content."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="lines")
    line = models.PositiveIntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notice_lines")

    class Meta:
        """In the order shown."""

        ordering = ["notice", "line"]
        constraints = [models.UniqueConstraint(fields=["notice", "line"], name="notice_line_numbered_once")]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.line}"


class Objection(models.Model):
    """An objection to a line of a notice (异议): who, why, with what proof, what should be done; answered by a day."""

    class State(models.TextChoices):
        """While open nothing is paid on the line."""

        OPEN = "open"
        UPHELD = "upheld"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    number = models.CharField(max_length=40, unique=True)
    line = models.ForeignKey(NoticeLine, on_delete=models.PROTECT, related_name="objections")
    name = models.CharField(max_length=100)  # who objects: shown to the officers only
    contact = models.CharField(max_length=200)
    raised_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    ground = models.TextField()
    remedy = models.TextField()
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True)
    raised_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """The most due first."""

        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["state", "due_on"], name="objection_by_state")]
        triggers = [
            recused_may_not_write(
                "answered_by_id",
                parties_sql("SELECT case_id FROM fulfilment_noticeline WHERE id = NEW.line_id"),
                when_changed=("answered_by_id", "answer", "state"),
            )
        ]

    def __str__(self) -> str:
        return self.number


# Django looks for all models of a room here.
from kechuang.fulfilment.bulk_models import BulkLine, BulkRun, SavedView  # noqa: E402
from kechuang.fulfilment.judging import models as judging  # noqa: E402
from kechuang.fulfilment.judging.request_models import RecusalRequest  # noqa: E402
from kechuang.fulfilment.projects.models import (  # noqa: E402
    Bid,
    CaseMember,
    Change,
    Contract,
    ContractDraft,
    Milestone,
    Opening,
    Report,
)

__all__ = [
    "Approval",
    "Bid",
    "BulkLine",
    "BulkRun",
    "Call",
    "Case",
    "CaseMember",
    "Change",
    "Contract",
    "ContractDraft",
    "Decision",
    "Defence",
    "Document",
    "Finding",
    "Milestone",
    "Notice",
    "NoticeLine",
    "Objection",
    "Opening",
    "RecusalRequest",
    "Report",
    "SavedView",
    "Tally",
    "judging",
]
