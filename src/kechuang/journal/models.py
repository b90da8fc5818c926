"""Events, chained by hash, and messages with their deliveries.

An event names people and organisations by number and by the words of that day: what is renamed or removed later does
not change what was done.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models

from kechuang.journal.protection import never_changed


class Event(models.Model):
    """One act (留痕): numbered without gap, hashed together with the one before. Never changed, never deleted."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True, db_index=True)  # None: the clock did it
    membership_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=200)  # name, organisation and role as they stood
    kind = models.CharField(max_length=64)  # "case.submitted"
    subject = models.CharField(max_length=64)  # "case:17"
    organisation_id = models.BigIntegerField(null=True)  # whose affair it is
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        """Append-only, whoever asks."""

        ordering = ["number"]
        indexes = [
            models.Index(fields=["subject", "number"], name="event_by_subject"),
            models.Index(fields=["organisation_id", "-number"], name="event_by_organisation"),
            models.Index(fields=["kind", "-number"], name="event_by_kind"),
        ]
        triggers = [*never_changed("event")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.subject}"


class ChainEnd(models.Model):
    """The last event: the one row that everybody who records an event waits for, so that numbers have no gap."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        """There is one."""

        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="chain_has_one_end")]

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


class Seal(models.Model):
    """What a row said when the site last wrote it, laid by the database itself, see sealing.py. The last one counts.

    digest: sha256 of its sealed columns as JSON, None when the row was deleted; marks: four bytes of each column's own,
    by name; form: which columns they are.
    """

    of = models.CharField(max_length=64)  # the table
    row = models.BigIntegerField()
    form = models.CharField(max_length=8)
    digest = models.BinaryField(null=True)
    marks = models.BinaryField()

    class Meta:
        """Append-only; the last of a row is found at once."""

        indexes = [models.Index(fields=["of", "row", "-id"], name="seal_by_row")]
        triggers = [*never_changed("seal")]

    def __str__(self) -> str:
        return f"{self.of} {self.row}"


class DemoClock(models.Model):
    """How far the clock of a demonstration is ahead; there is no row, and none is looked for, anywhere else."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    ahead = models.DurationField(default=timedelta)

    def __str__(self) -> str:
        return str(self.ahead)


class Message(models.Model):
    """What one person is told (消息). A draft waits until a person releases it."""

    class State(models.TextChoices):
        """A draft is seen by nobody but who may release it."""

        DRAFT = "draft"
        RELEASED = "released"
        DISCARDED = "discarded"

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    membership_id = models.BigIntegerField(null=True)  # in which capacity
    kind = models.CharField(max_length=64)  # that of the event
    event = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=64, blank=True)
    title = models.JSONField()  # {zh, en}
    body = models.JSONField()  # {zh, en}
    link = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.RELEASED)
    drafted_for = models.CharField(max_length=64, blank=True)  # the case whose officers release it
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        """A person's messages, the newest first."""

        ordering = ["-id"]
        indexes = [
            models.Index(fields=["recipient", "state", "-id"], name="message_by_recipient"),
            models.Index(fields=["drafted_for", "state"], name="message_by_case"),
        ]

    def __str__(self) -> str:
        return str(self.title.get("zh", ""))


class Webhook(models.Model):
    """An address that is told of events, signed with a secret of its own."""

    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64)
    kinds = models.JSONField(default=list)  # ["case.paid", …]; empty: all that it may see
    organisation_id = models.BigIntegerField(null=True)  # only its events; None: all
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message or event on its way out (待发): tried again after growing pauses until it arrives or is given up."""

    class Channel(models.TextChoices):
        """How it goes out."""

        EMAIL = "email"
        SMS = "sms"
        WEBHOOK = "webhook"

    class State(models.TextChoices):
        """Sent and given up are final."""

        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given_up"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, null=True, related_name="deliveries")
    event = models.BigIntegerField(null=True)
    to = models.EmailField(blank=True)  # of a letter to somebody who is not one of our people yet
    text = models.JSONField(
        default=dict
    )  # of such a letter: {title: {zh, en}, body: {zh, en}, link}; emptied at the end
    channel = models.CharField(max_length=16, choices=Channel.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        """What waits, the most due first."""

        ordering = ["next_try_at", "id"]
        indexes = [models.Index(fields=["state", "next_try_at"], name="delivery_due")]
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="message_once_a_channel"),
            models.UniqueConstraint(fields=["webhook", "event"], name="event_once_a_webhook"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
