"""A draft, its versions, the texts they are made of, and what a version would cost. The address is the key."""

from __future__ import annotations

import secrets

from django.db import models

ID_BYTES = 16  # 128 bits: whoever has the address may edit, nobody can guess it


def new_id() -> str:
    """An address that cannot be guessed."""
    return secrets.token_urlsafe(ID_BYTES)


class Draft(models.Model):
    """A policy pack in the making. `current` is the number of its newest version."""

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    title = models.CharField(max_length=200)
    pack_id = models.CharField(max_length=40)
    based_on = models.CharField(
        max_length=64, blank=True
    )  # id of the shipped pack it began as; empty: a text
    based_on_hash = models.CharField(max_length=64, blank=True)
    made_from = models.CharField(max_length=255, blank=True)  # name of the file with the text
    found = models.JSONField(
        default=dict
    )  # what drafting found in the text: candidates, unclaimed figures, problems
    current = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.title


class Text(models.Model):
    """The content of a file, kept once for all versions that hold it."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="texts")
    digest = models.CharField(max_length=64)
    content = models.TextField()

    class Meta:
        """Each content once a draft."""

        constraints = [models.UniqueConstraint(fields=["draft", "digest"], name="text_once_a_draft")]

    def __str__(self) -> str:
        return self.digest[:16]


class Version(models.Model):
    """A state of all files, never changed. `check` is what `checking.check` said; empty when it took too long."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    files = models.JSONField()  # {file name: digest}
    changed = models.JSONField(default=list)  # names of the files that differ from the version before
    note = models.CharField(max_length=200, blank=True)
    hash = models.CharField(max_length=64)
    check_result = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """The newest last."""

        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="version_once_a_draft")]

    def __str__(self) -> str:
        return f"{self.draft_id} version {self.number}"


class Effect(models.Model):
    """What a version would cost beside another encoding, over an invented city; worked out in the background."""

    class State(models.TextChoices):
        """Where the work stands; the last two are final."""

        WAITING = "waiting"
        WORKING = "working"
        DONE = "done"
        FAILED = "failed"

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="effects")
    version = models.PositiveIntegerField()
    against = models.CharField(max_length=64)  # id of a shipped pack, or the number of an earlier version
    subjects = models.PositiveIntegerField()
    on = models.DateField()
    year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    problem = models.JSONField(default=dict)  # {zh, en} when failed
    job = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """The newest last."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.draft_id} version {self.version} against {self.against}"
