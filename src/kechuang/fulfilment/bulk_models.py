"""Lists as people work on them: many acts asked for at once, with what came out of each, and views that they keep."""

from __future__ import annotations

from django.db import models

from kechuang.accounts.models import Membership


class BulkRun(models.Model):
    """One act on many cases (批量办理), each done or refused by itself."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="bulk_runs")
    command = models.CharField(max_length=32)  # of the table of transitions
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.command} {self.started_at:%Y-%m-%d %H:%M}"


class BulkLine(models.Model):
    """One case of a run: waiting, done, or refused with the sentence."""

    class State(models.TextChoices):
        """The last two are final."""

        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="lines")
    case = models.ForeignKey("fulfilment.Case", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    words = models.JSONField(default=dict)  # {zh, en}: why it was refused

    class Meta:
        """In the order of their numbers."""

        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "case"], name="bulk_line_once")]
        indexes = [models.Index(fields=["run", "state", "id"], name="bulk_line_by_state")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.case_id} {self.state}"


class SavedView(models.Model):
    """A table as a person likes it: the address of the list with its filters and columns."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=64)  # url name of the list
    title = models.CharField(max_length=100)
    query = models.CharField(max_length=2000)

    class Meta:
        """By title."""

        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(fields=["membership", "page", "title"], name="view_titled_once")
        ]

    def __str__(self) -> str:
        return self.title
