"""Panels and who sits on them, who judges which case, the sheets, the meeting and what it concludes, allocations.

No row here can exist twice: a duplicate would change an average. Sheets are for their writer alone until the panel's
deadline, so their content is not copied into a history; the journal keeps the hash of each when it is sealed.
"""

from __future__ import annotations

from typing import Final

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from kechuang.accounts.models import Membership
from kechuang.accounts.protection import REFUSES, recused_may_not_write
from kechuang.fulfilment.decision_models import OF_CASE, parties_sql
from kechuang.journal.protection import never_changed, never_deleted
from kechuang.registry.models import Evidence

_STAYS_AWAY: Final = f"""
    IF EXISTS (SELECT 1 FROM fulfilment_seat s JOIN accounts_membership m ON m.id = s.membership_id
               JOIN accounts_recusal r ON r.user_id = m.user_id AND r.ended_at IS NULL
               WHERE s.id = ({{seat}}) AND r.organisation_id IN ({parties_sql("{case}")})) THEN
        RAISE EXCEPTION '% of %: this expert stays away from the applicant', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{REFUSES}';
    END IF;
"""  # noqa: S608 - a name of ours, nobody's input
_SEALED: Final = """
    IF NOT EXISTS (SELECT 1 FROM fulfilment_assignment a JOIN fulfilment_panel p ON p.id = a.panel_id
                   WHERE a.id = NEW.assignment_id AND p.state = 'scoring' AND a.ended_at IS NULL) THEN
        RAISE EXCEPTION 'sheet % is closed: its panel takes no scores', NEW.id;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.sealed_at IS NOT NULL THEN
        RAISE EXCEPTION 'sheet % is sealed', OLD.id;
    END IF;
"""
_OF_SHEET: Final = "SELECT {} FROM fulfilment_assignment WHERE id = NEW.assignment_id"


@pghistory.track()
class Panel(models.Model):
    """A panel of experts for cases of one call (评审组). blind: its experts see no applicant while they score.

    draw: the draw whose seats it takes; None when an officer named its people. reason: why people were named by hand.
    """

    class State(models.TextChoices):
        """Forming: people and cases; scoring: sealed; opened: the deadline has passed; concluded: the meeting ended."""

        FORMING = "forming"
        SCORING = "scoring"
        OPENED = "opened"
        CONCLUDED = "concluded"

    call = models.ForeignKey("fulfilment.Call", on_delete=models.PROTECT, related_name="panels")
    name = models.CharField(max_length=100)
    draw = models.ForeignKey("experts.Draw", on_delete=models.PROTECT, null=True, related_name="panels")
    reason = models.TextField(blank=True)
    blind = models.BooleanField()
    scores_due_at = models.DateTimeField()  # moved by an act only, and only to later
    state = models.CharField(max_length=16, choices=State.choices, default=State.FORMING)
    opened_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        """The newest first."""

        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "scores_due_at"], name="panel_by_state")]
        constraints = [models.UniqueConstraint(fields=["call", "name"], name="panel_named_once")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Seat(models.Model):
    """One person on a panel. place: how the others and the public call it, 专家 3.

    left_at: whoever has left judges nothing any more; reason: why the person came later by hand, or left.
    """

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="seats")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="seats")
    chair = models.BooleanField(default=False)
    place = models.PositiveSmallIntegerField()
    left_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        """In order of place; a panel has one chair."""

        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "membership"], name="seated_once"),
            models.UniqueConstraint(fields=["panel", "place"], name="seat_numbered_once"),
            models.UniqueConstraint(
                fields=["panel"], condition=Q(chair=True, left_at__isnull=True), name="one_chair_a_panel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.panel_id} {self.place}"


@pghistory.track()
class PanelCase(models.Model):
    """A case before a panel. place: what blind experts know it by, 第 3 件. fields: codes of experts/fields.yaml."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="cases")
    case = models.ForeignKey("fulfilment.Case", on_delete=models.PROTECT, related_name="panel_cases")
    place = models.PositiveIntegerField()
    fields = models.JSONField(default=list)  # as an officer states them; none: not stated
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        """In order of place; a case is before one panel at a time."""

        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "case"], name="panel_case_once"),
            models.UniqueConstraint(fields=["panel", "place"], name="panel_case_numbered_once"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(left_at__isnull=True), name="case_before_one_panel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.panel_id} {self.place}"


@pghistory.track()
class Assignment(models.Model):
    """Who judges which case. ended_at: given back with a conflict, or taken off by an officer; `reason` says why."""

    class Ending(models.TextChoices):
        """Conflict: the expert says so; recused: computed; moved: by an officer."""

        CONFLICT = "conflict"
        RECUSED = "recused"
        MOVED = "moved"

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="assignments")
    case = models.ForeignKey("fulfilment.Case", on_delete=models.PROTECT, related_name="assignments")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="assignments")
    assigned_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=16, choices=Ending.choices, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        """A person judges a case once, whatever happens between."""

        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "seat"], name="assigned_once")]
        indexes = [models.Index(fields=["panel", "ended_at"], name="assignment_by_panel")]
        triggers = [
            pgtrigger.Trigger(
                name=REFUSES,
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.ended_at IS NULL"),
                func=_STAYS_AWAY.format(seat="NEW.seat_id", case="NEW.case_id") + "RETURN NEW;",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.seat_id}"


class Sheet(models.Model):
    """What one expert says of one case (评分表). scores: {criterion: whole steps of its scale}; missing is missing.

    Written by its expert until sealed; sealed by the expert, or by the clock when complete at the deadline.
    """

    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="sheet")
    scores = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)  # {criterion: text}
    vetoes = models.JSONField(default=dict)  # {veto: why}
    comment = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True)
    by_clock = models.BooleanField(default=False)
    salt = models.CharField(
        max_length=32, blank=True
    )  # part of what is hashed, so that no hash tells a score
    hash = models.CharField(max_length=64, blank=True)  # of what is sealed, kept by the journal too

    class Meta:
        """Frozen once sealed, and once the panel has been opened."""

        ordering = ["id"]
        triggers = [
            pgtrigger.Trigger(
                name="sheet_closed",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_SEALED
                + _STAYS_AWAY.format(seat=_OF_SHEET.format("seat_id"), case=_OF_SHEET.format("case_id"))
                + "RETURN NEW;",
            ),
            *never_deleted("sheet"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}"


class Question(models.Model):
    """A sheet far from the others on its case: its writer is asked for a written reason (离群说明)."""

    sheet = models.OneToOneField(Sheet, on_delete=models.PROTECT, related_name="question")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """In order."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.sheet_id}"


@pghistory.track()
class Meeting(models.Model):
    """The panel meets: who is present, the minutes; the chair concludes it. basis: the results as they lay there."""

    panel = models.OneToOneField(Panel, on_delete=models.PROTECT, related_name="meeting")
    held_on = models.DateField()
    present = models.ManyToManyField(Seat, related_name="meetings")
    minutes = models.TextField()
    file = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    basis = models.JSONField(default=dict)
    written_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    concluded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    concluded_at = models.DateTimeField(null=True)
    hash = models.CharField(
        max_length=64, blank=True
    )  # of minutes, people, proposals and dissents when concluded

    class Meta:
        """The newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.panel_id} {self.held_on}"


@pghistory.track()
class Proposal(models.Model):
    """The grade that the meeting proposes for a case. reason: why it leaves its band. score: hundredths of a point."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="proposals")
    case = models.ForeignKey("fulfilment.Case", on_delete=models.PROTECT, related_name="proposals")
    grade = models.CharField(max_length=16)
    selected = models.BooleanField(null=True)  # 择优, where the clause asks for it
    score = models.IntegerField(null=True)
    rank = models.PositiveIntegerField(null=True)
    reason = models.TextField(blank=True)
    proposed_by = models.ForeignKey(  # None while it is the band of the score
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        """One a case."""

        ordering = ["rank", "id"]
        constraints = [models.UniqueConstraint(fields=["meeting", "case"], name="proposed_once")]
        triggers = [
            recused_may_not_write(
                "proposed_by_id", OF_CASE, when_changed=("proposed_by_id", "grade", "selected", "reason")
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.grade}"


class Dissent(models.Model):
    """What somebody present holds against a proposal, kept beside it (保留意见)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="dissents")
    case = models.ForeignKey("fulfilment.Case", on_delete=models.PROTECT, null=True, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="dissents")
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        """Never changed."""

        ordering = ["id"]
        triggers = [
            *never_changed("dissent"),
            pgtrigger.Trigger(
                name=REFUSES,
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=_STAYS_AWAY.format(seat="NEW.seat_id", case="NEW.case_id") + "RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.seat_id}"


class BlindCopy(models.Model):
    """A document of a case with the names taken out, for blind experts (隐名材料)."""

    document = models.OneToOneField(
        "fulfilment.Document", on_delete=models.PROTECT, related_name="blind_copy"
    )
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        """In order."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.document_id}"


class Allocation(models.Model):
    """The sums that a person chose among proposals, and why (择优金额). Applied as determinations, one by one.

    lines: [{case, grade, score, ceiling_fen, organisation_fen, proposed_fen, amount_fen}]; proposed: {method: total}.
    proposed_fen: None where the method has no sum for the case.
    """

    call = models.ForeignKey("fulfilment.Call", on_delete=models.PROTECT, related_name="allocations")
    method = models.CharField(max_length=16)  # the proposal begun from
    settings = models.JSONField(default=dict)  # shares of the grades, rounding
    available_fen = models.BigIntegerField()
    lines = models.JSONField()
    proposed = models.JSONField()
    reason = models.TextField()
    chosen_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        """Never changed; a later one follows it."""

        ordering = ["-id"]
        triggers = [*never_changed("allocation")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.method}"
