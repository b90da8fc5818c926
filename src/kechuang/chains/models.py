"""Needs of organisations, their screening, the list of challenges, questions and answers."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import recused_may_not_write
from kechuang.fulfilment.models import Call
from kechuang.journal.protection import never_deleted


class Need(models.Model):
    """A technical need (技术需求): a summary for everybody, details for those who are let in.

    targets: what must be reached, [{text, measure}], measurable. confidential: which of DETAILS are not for the public.
    """

    class Kind(models.TextChoices):
        """The four kinds of measure 7; codes of the vocabulary's need_kind."""

        BOTTLENECK = "bottleneck"
        CHAIN = "chain"
        SYSTEMIC = "systemic"
        DISRUPTIVE = "disruptive"

    class State(models.TextChoices):
        """Screened: scored by four aspects, for or against the list."""

        DRAFT = "draft"
        HANDED_IN = "handed_in"
        SCREENED = "screened"
        LISTED = "listed"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    number = models.CharField(max_length=32, unique=True)  # "XQ2026-0001"
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="needs")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=300, blank=True)
    summary = models.TextField()  # public
    background = models.TextField(blank=True)
    current = models.TextField(blank=True)  # what is there today
    conditions = models.TextField(blank=True)  # plant, samples, data that can be used
    targets = models.JSONField(default=list)
    confidential = models.JSONField(default=list)
    deadline = models.DateField()
    budget_fen = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        """The newest first."""

        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"], name="need_by_state")]
        constraints = [models.CheckConstraint(condition=Q(budget_fen__gt=0), name="need_has_a_budget")]

    def __str__(self) -> str:
        return self.number


class Screening(models.Model):
    """What one officer found of a need by one of the four aspects: a score of 0 to 100, and why."""

    class Aspect(models.TextChoices):
        """产业带动、研究基础、技术指标、财务指标."""

        INDUSTRY = "industry"
        RESEARCH = "research"
        TARGETS = "targets"
        FINANCE = "finance"

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="screenings")
    aspect = models.CharField(max_length=16, choices=Aspect.choices)
    score = models.PositiveSmallIntegerField()
    reason = models.TextField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """Each aspect once."""

        ordering = ["need", "id"]
        constraints = [
            models.UniqueConstraint(fields=["need", "aspect"], name="aspect_screened_once"),
            models.CheckConstraint(condition=Q(score__lte=100), name="score_of_a_hundred"),
        ]
        triggers = [
            *never_deleted("screening"),
            recused_may_not_write(
                "by_id",
                "SELECT organisation_id FROM chains_need WHERE id = NEW.need_id",
                when_changed=("by_id", "score", "reason"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.need_id} {self.aspect}"


class Challenge(models.Model):
    """A need on the list of a call (榜单): as published, it does not change; bids are cases of the call about it."""

    class Form(models.TextChoices):
        """How the project is organised; codes of the vocabulary's project_organisation."""

        OPEN = "open_challenge"
        CHIEF = "chief_engineer"

    need = models.OneToOneField(Need, on_delete=models.PROTECT, related_name="challenge")
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="challenges")
    form = models.CharField(max_length=16, choices=Form.choices)
    rights = models.TextField()  # 知识产权约定
    budget_fen = models.BigIntegerField()
    content = models.JSONField()  # all that is public of it, with scores and reasons
    hash = models.CharField(max_length=64)
    listed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    listed_at = models.DateTimeField()

    class Meta:
        """In the order listed; what is published is not changed."""

        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(budget_fen__gt=0), name="challenge_has_a_budget")]
        triggers = [
            pgtrigger.Trigger(
                name="challenge_frozen",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    RAISE EXCEPTION 'challenge % is frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
            *never_deleted("challenge"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.need_id}"


class Question(models.Model):
    """A question on a challenge, and its answer: public to all, without the asker's name; frozen at the close."""

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField()
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """In the order asked. Once the call has closed nothing is asked, answered or changed any more."""

        ordering = ["id"]
        triggers = [
            pgtrigger.Trigger(
                name="question_frozen_at_close",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF TG_OP = 'UPDATE' AND (OLD.answered_at IS NOT NULL OR NEW.text <> OLD.text) THEN
                        RAISE EXCEPTION 'question %: what was asked and answered is not changed', OLD.id
                            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'question_kept';
                    END IF;
                    PERFORM 1 FROM chains_challenge h JOIN fulfilment_call c ON c.id = h.call_id
                    WHERE h.id = NEW.challenge_id AND c.closes_at >= COALESCE(NEW.answered_at, NEW.asked_at);
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'questions on challenge % are frozen', NEW.challenge_id
                            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'questions_frozen';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *never_deleted("question"),
        ]

    def __str__(self) -> str:
        return f"{self.challenge_id} {self.pk}"
