"""Populations that are kept ready for simulations, and simulations that take too long for one request."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models


class State(models.TextChoices):
    """Where the work stands; the last two are final."""

    WAITING = "waiting"
    MAKING = "making"
    ASSESSING = "assessing"
    READY = "ready"
    FAILED = "failed"


class Population(models.Model):
    """Subjects over which is simulated: a synthetic city of some size, or the facts of an uploaded run (`run`)."""

    id = models.CharField(primary_key=True, max_length=64, editable=False)
    size = models.PositiveIntegerField()
    run = models.CharField(max_length=32, blank=True)
    on = models.DateField()
    year = models.PositiveSmallIntegerField()
    pack = models.CharField(max_length=64)
    pack_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(db_index=True)
    job = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return self.id

    @property
    def folder(self) -> Path:
        """Where facts and verdicts lie; those of a run lie in the run's own folder and go with it."""
        if self.run:
            return Path(settings.MEDIA_ROOT) / self.run / "simulation"
        return Path(settings.DATA) / "simulations" / self.id


class Simulation(models.Model):
    """A question over a population that is answered in the background; `told` holds the answer as {zh, en}."""

    id = models.CharField(primary_key=True, max_length=64, editable=False)
    population = models.ForeignKey(Population, on_delete=models.CASCADE, related_name="simulations")
    query = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    job = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    told = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.query
