"""Packs by version, their release to the live site, what every organisation stands to get, and sweeps of the city."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.journal.protection import never_changed


class PackVersion(models.Model):
    """The files of a pack, kept by the hash of their content, so that a case replays on the version it began with."""

    hash = models.CharField(primary_key=True, max_length=64)  # Pack.hash
    pack = models.CharField(max_length=64)  # Pack.id
    files = models.JSONField()  # {path within the folder: text}
    kept_at = models.DateTimeField()

    class Meta:
        """Kept for good."""

        ordering = ["-kept_at"]
        triggers = [*never_changed("pack_version")]

    def __str__(self) -> str:
        return f"{self.pack} {self.hash[:12]}"


@pghistory.track()
class Release(models.Model):
    """A version offered for the live site by one person, approved by another who has seen its effect."""

    class State(models.TextChoices):
        """One release is in force at a time."""

        PROPOSED = "proposed"
        IN_FORCE = "in_force"
        REJECTED = "rejected"
        REPLACED = "replaced"

    version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="releases")
    state = models.CharField(max_length=16, choices=State.choices, default=State.PROPOSED)
    note = models.TextField(blank=True)  # why
    effect = models.JSONField(default=dict)  # before and after over the register, see entitlements.effects
    proposed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_user = models.BigIntegerField(null=True)  # None: shipped with the software
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_user = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        """Two people, but for the one shipped with the software."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="in_force"), name="one_release_in_force"
            ),
            models.CheckConstraint(
                condition=Q(decided_user__isnull=True)
                | Q(proposed_user__isnull=True)
                | ~Q(decided_user=F("proposed_user")),
                name="release_takes_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id[:12]} {self.state}"


class EffectRun(models.Model):
    """How far the effect of a release has been worked out; what came of it stands with the release."""

    release = models.OneToOneField(Release, on_delete=models.CASCADE, related_name="run")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    problem = models.JSONField(default=dict)  # {zh, en} when failed
    job = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.release_id} {self.done}/{self.total}"


class Standing(models.Model):
    """What one organisation stands to get, by the pack in force and the facts known: kept, and renewed when stale.

    Benefits in the order of the pack's document. outcomes: one digit each, its place in policy.cases.outcome.Outcome.
    reasons: two hex digits each, the place of the reason in BoundBenefit.reasons, ff for none. sums: {benefit id: fen}
    of those that pass with a known sum.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="standings")
    year = models.PositiveSmallIntegerField()  # assessed year
    version = models.ForeignKey(PackVersion, on_delete=models.PROTECT)
    on = models.DateField()
    known_at = models.DateTimeField()  # the facts as the house knew them then
    outcomes = models.CharField(max_length=1000)
    sums = models.JSONField(default=dict)
    reasons = models.CharField(max_length=2000)
    entitled_fen = models.BigIntegerField(default=0)
    ceiling_fen = models.BigIntegerField(default=0)
    stale = models.BooleanField(default=False)

    class Meta:
        """One a year and organisation."""

        constraints = [models.UniqueConstraint(fields=["organisation", "year"], name="standing_once")]
        indexes = [
            models.Index(fields=["organisation"], condition=Q(stale=True), name="standing_stale"),
            models.Index(fields=["year", "-entitled_fen"], name="standing_by_entitled"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"


class Sweep(models.Model):
    """One benefit assessed for the whole city (全市筛查), the ground of 免申即享."""

    class State(models.TextChoices):
        """The last three are final; a stopped one may be resumed."""

        WAITING = "waiting"
        RUNNING = "running"
        STOPPED = "stopped"
        DONE = "done"
        FAILED = "failed"

    benefit = models.CharField(max_length=64)
    version = models.ForeignKey(PackVersion, on_delete=models.PROTECT)
    readings = models.JSONField(default=dict)
    on = models.DateField()
    year = models.PositiveSmallIntegerField()
    known_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    stop = models.BooleanField(default=False)
    after = models.BigIntegerField(default=0)  # the last organisation assessed: where to resume
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    counts = models.JSONField(default=dict)  # {outcome: organisations}
    amount_fen = models.BigIntegerField(default=0)
    problem = models.JSONField(default=dict)  # {zh, en} when failed
    job = models.BigIntegerField(null=True)
    started_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="sweeps")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.benefit} {self.year}"


class SweepLine(models.Model):
    """One organisation in a sweep: in or out, and why."""

    sweep = models.ForeignKey(Sweep, on_delete=models.CASCADE, related_name="lines")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    outcome = models.CharField(max_length=16)
    because = models.CharField(max_length=64, blank=True)  # key of the condition
    missing = models.JSONField(default=list)  # [path of the fact]
    amount_fen = models.BigIntegerField(null=True)

    class Meta:
        """By the size of the sum."""

        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["sweep", "organisation"], name="swept_once")]
        indexes = [
            models.Index(fields=["sweep", "outcome", "id"], name="sweep_line_by_outcome"),
            models.Index(
                "sweep", models.F("amount_fen").desc(nulls_last=True), "id", name="sweep_line_by_sum"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.outcome}"
