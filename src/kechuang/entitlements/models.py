"""One assessment of one file, its subjects and what was refused. Facts and files lie beside, in the run's folder."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.db import models

UPLOAD = "upload"  # the file as it was given, in the run's folder
ID_BYTES = 16  # 128 bits: whoever has the address may read, nobody can guess it


def new_id() -> str:
    """An address that cannot be guessed."""
    return secrets.token_urlsafe(ID_BYTES)


class Run(models.Model):
    """One assessment of one file (测算): what was asked, how far it is, and the totals of what came out."""

    class State(models.TextChoices):
        """Where the work stands; the last three are final."""

        WAITING = "waiting"
        READING = "reading"
        ASSESSING = "assessing"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    file_name = models.CharField(max_length=255, blank=True)  # empty: the example city
    on = models.DateField()
    year = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=2)  # of the reports
    pack = models.CharField(max_length=64)
    pack_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    job = models.BigIntegerField(null=True)

    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    stop = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    problem = models.JSONField(default=dict)  # {zh, en} when failed

    rows_in = models.PositiveIntegerField(default=0)
    rows_used = models.PositiveIntegerField(default=0)
    subjects_used = models.PositiveIntegerField(default=0)
    subjects_refused = models.PositiveIntegerField(default=0)
    entitled_fen = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    ceiling_fen = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    benefits = models.JSONField(
        default=list
    )  # [{id, counts: [by outcome], fen}] in the order of the document
    missing = models.JSONField(default=list)  # [{fact, subjects, benefits: [id]}], the most wanted first
    stated = models.JSONField(default=list)  # [{zh, en}]: how unclear cells were read
    reports = models.JSONField(default=list)  # formats that are ready

    def __str__(self) -> str:
        return f"{self.file_name or 'example city'} on {self.on}"

    @property
    def folder(self) -> Path:
        """Where the upload, the facts and the reports lie."""
        return Path(settings.MEDIA_ROOT) / self.id

    @property
    def rows_refused(self) -> int:
        """Rows that were not assessed; rows_in = rows_used + rows_refused."""
        return self.rows_in - self.rows_used

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more, but for the reports."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}


class Subject(models.Model):
    """One subject of a run, by its position in the file. `outcomes` has one digit a benefit: its place in OUTCOMES."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="subjects")
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=500)
    name = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=64, blank=True)
    district = models.CharField(max_length=500, blank=True)
    entitled_fen = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    ceiling_fen = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    entitled = models.PositiveSmallIntegerField(default=0)
    may_apply = models.PositiveSmallIntegerField(default=0)
    undetermined = models.PositiveSmallIntegerField(default=0)
    not_eligible = models.PositiveSmallIntegerField(default=0)
    not_in_force = models.PositiveSmallIntegerField(default=0)
    outcomes = models.CharField(max_length=1000)

    class Meta:
        """Every list is of one run, by position unless sorted otherwise."""

        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="subject_once_a_run")]
        indexes = [
            models.Index(fields=["run", "-entitled_fen", "position"], name="subject_by_entitled"),
            models.Index(fields=["run", "-ceiling_fen", "position"], name="subject_by_ceiling"),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class RowFault(models.Model):
    """One thing wrong in the file: where, what was found, what was expected, what to do."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="faults")
    subject = models.CharField(max_length=500, blank=True)
    name = models.CharField(max_length=500, blank=True)
    sheet = models.CharField(max_length=500)
    row = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=500, blank=True)
    found = models.TextField(blank=True)
    expected = models.JSONField(default=dict)  # {zh, en}
    remedy = models.JSONField(default=dict)  # {zh, en}

    class Meta:
        """In the order in which they were found."""

        ordering = ["id"]
        indexes = [models.Index(fields=["run", "id"], name="fault_by_run")]

    def __str__(self) -> str:
        return f"{self.sheet} {self.row or ''} {self.column}"


from kechuang.entitlements.standing_models import (  # noqa: E402 - Django looks for all models of a room here
    EffectRun,
    PackVersion,
    Release,
    Standing,
    Sweep,
    SweepLine,
)

__all__ = [
    "EffectRun",
    "PackVersion",
    "Release",
    "RowFault",
    "Run",
    "Standing",
    "Subject",
    "Sweep",
    "SweepLine",
]
