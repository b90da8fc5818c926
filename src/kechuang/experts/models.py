"""Experts, what ties people to organisations, and draws. Who stays away stands in accounts.Recusal.

The ID number itself is never kept: `id_hash` tells two people apart and shows that two entries are one person.
"""

from __future__ import annotations

import secrets

import pghistory
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Invitation, Membership, Organisation, User
from kechuang.journal.protection import never_deleted
from kechuang.registry.models import Evidence


def new_key() -> str:
    """What an expert is called in a draw: says nothing about the person."""
    return secrets.token_hex(8)


@pghistory.track()
class Expert(models.Model):
    """A person in the pool, kept by a department. title and fields: codes of entry.yaml and fields.yaml.

    user, membership: None until the person has accepted the invitation. merged_into: another entry of the same person,
    whose ties count for both. exception: why somebody beyond the age is kept, in writing.
    """

    class State(models.TextChoices):
        """Only a confirmed expert is drawn. Lapsed: the yearly check is overdue or the term is over."""

        PROPOSED = "proposed"
        CONFIRMED = "confirmed"
        LAPSED = "lapsed"
        REMOVED = "removed"

    keeper = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="experts_kept")
    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="experts")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="experts")
    invitation = models.OneToOneField(Invitation, on_delete=models.PROTECT, null=True, related_name="expert")
    id_hash = models.CharField(max_length=64)  # keyed, see identity.hash_of
    orcid = models.CharField(max_length=19, blank=True)
    name = models.CharField(max_length=64)
    born = models.DateField()
    email = models.EmailField()
    title = models.CharField(max_length=32)
    fields = models.JSONField(default=list)
    exception = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PROPOSED)
    reason = models.TextField(blank=True)  # of the state
    proposed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)  # the expert: the profile is right, interests are complete
    checked_on = models.DateField(null=True)  # last check by the department
    expires_on = models.DateField(null=True)  # the last day
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        """By name; a person stands in the pool once."""

        ordering = ["name", "id"]
        indexes = [models.Index(fields=["keeper", "state", "name"], name="expert_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["id_hash"], name="expert_once"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(merged_into__isnull=True), name="expert_once_a_user"
            ),
        ]
        triggers = [*never_deleted("expert")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Employment(models.Model):
    """Where an expert works or worked: an organisation of the house, or one by name only; first and last day."""

    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="employments")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    employer = models.CharField(max_length=200, blank=True)
    post = models.CharField(max_length=100, blank=True)
    began_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    stated_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # entered by mistake
    withdrawn_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_why = models.CharField(max_length=500, blank=True)

    class Meta:
        """The newest first."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | ~Q(employer=""), name="employment_names_somebody"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True)
                | Q(began_on__isnull=True)
                | Q(ended_on__gte=F("began_on")),
                name="employment_ends_after",
            ),
        ]
        triggers = [*never_deleted("employment")]

    def __str__(self) -> str:
        return self.employer or str(self.organisation_id)


class ExpertFile(models.Model):
    """A file that proves what stands in the pool; shown to the department that keeps it and to the expert only."""

    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="files")
    evidence = models.OneToOneField(Evidence, on_delete=models.PROTECT, related_name="expert_file")
    added_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        """The newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.expert_id} {self.evidence_id}"


class Absence(models.Model):
    """Days on which an expert cannot come; both included."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="absences")
    since = models.DateField()
    until = models.DateField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        """The next first."""

        ordering = ["since", "id"]
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("since")), name="absence_ends_after")]

    def __str__(self) -> str:
        return f"{self.expert_id} {self.since}"


@pghistory.track()
class Tie(models.Model):
    """What ties a person to an organisation, or to another person and through them to theirs. kind: of grounds.yaml.

    Exactly one of expert and user says whose tie it is; at least one of organisation, other and other_user what with.
    Days: when it began and ended; None is not known (began) or still so (ended). What happened on one day has it twice.
    """

    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, null=True, related_name="ties")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="ties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="ties")
    other = models.ForeignKey(Expert, on_delete=models.PROTECT, null=True, related_name="ties_to")
    other_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="ties_to")
    kind = models.CharField(max_length=32)
    began_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=200)  # what it rests on: "本人申报", a register, a letter
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=500, blank=True)

    class Meta:
        """The newest first."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expert__isnull=True, user__isnull=False)
                | Q(expert__isnull=False, user__isnull=True),
                name="tie_of_one_person",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False)
                | Q(other__isnull=False)
                | Q(other_user__isnull=False),
                name="tie_to_something",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True)
                | Q(began_on__isnull=True)
                | Q(ended_on__gte=F("began_on")),
                name="tie_ends_after",
            ),
        ]
        triggers = [*never_deleted("tie")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Work(models.Model):
    """A paper, patent or project that several people or organisations did together; ties are computed from it."""

    class Kind(models.TextChoices):
        """Each makes a tie of a kind of grounds.yaml."""

        PAPER = "paper"
        PATENT = "patent"
        PROJECT = "project"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    title = models.CharField(max_length=300)
    identifier = models.CharField(max_length=100)  # DOI, patent number, project number
    on = models.DateField()  # published, filed, ended
    source = models.CharField(max_length=200)
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # entered by mistake: it may be entered anew
    withdrawn_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_why = models.CharField(max_length=500, blank=True)

    class Meta:
        """The newest first; each once."""

        ordering = ["-on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["identifier"], condition=Q(withdrawn_at__isnull=True), name="work_entered_once"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Share(models.Model):
    """An expert or an organisation that had a share in a work."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="shares")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, null=True, related_name="shares")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """Each once; an expert or an organisation, not both."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["work", "expert"], name="share_of_an_expert_once"),
            models.UniqueConstraint(fields=["work", "organisation"], name="share_of_an_organisation_once"),
            models.CheckConstraint(
                condition=Q(expert__isnull=True, organisation__isnull=False)
                | Q(expert__isnull=False, organisation__isnull=True),
                name="share_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_id} {self.expert_id or self.organisation_id}"


from kechuang.experts.draw_models import Decline, Draw, Drawn, Outcome  # noqa: E402 - Django looks for models here

__all__ = [
    "Absence", "Decline", "Draw", "Drawn", "Employment", "Expert", "ExpertFile", "Outcome", "Share", "Tie", "Work",
]  # fmt: skip
