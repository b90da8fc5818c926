"""Draws: what was frozen before, what came out, who could not. Rows are added and never changed."""

from __future__ import annotations

from django.db import models

from kechuang.accounts.models import Membership, Organisation
from kechuang.experts.models import Expert
from kechuang.journal.protection import never_changed


class Draw(models.Model):
    """A draw as it was prepared: the pool frozen and hashed, the seed committed by its hash (随机抽取).

    pool: what replaying.py describes; pool_hash over its canonical JSON. commitment: SHA-256 of the seed. sealed: the
    seed, masked with a key that is not in the database; published by the outcome. subject: what it is for, "call:17".
    """

    number = models.CharField(max_length=32, unique=True)  # "C2026-007"
    purpose = models.CharField(max_length=200)
    subject = models.CharField(max_length=64, blank=True)
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="draws")
    seats = models.PositiveSmallIntegerField()
    substitutes = models.PositiveSmallIntegerField()
    first_day = models.DateField()  # of the review: absences count within these days
    last_day = models.DateField()
    parties = models.JSONField(default=list)  # numbers of the organisations that apply; not published
    pool = models.JSONField()
    pool_hash = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    sealed = models.CharField(max_length=64)
    prepared_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()

    class Meta:
        """The newest first."""

        ordering = ["-id"]
        triggers = [*never_changed("draw")]

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> str:
        """prepared, carried_out or cancelled; reads the outcome."""
        found = getattr(self, "outcome", None)
        if found is None:
            return "prepared"
        return "carried_out" if found.seed else "cancelled"

    def seated(self) -> list[Drawn]:
        """Who has a seat now: the first of those drawn who have not declined, as many as there are seats."""
        there = self.drawn.filter(decline__isnull=True).select_related("expert", "membership__user")
        return list(there.order_by("place")[: self.seats])

    def memberships(self) -> list[Membership]:
        """The memberships of those seated, in the order of the draw."""
        return [one.membership for one in self.seated()]


class Outcome(models.Model):
    """The seed published and the order that it gives; or, with seed '', why the draw was cancelled."""

    draw = models.OneToOneField(Draw, on_delete=models.PROTECT, related_name="outcome")
    seed = models.CharField(max_length=64, blank=True)  # hex
    witness = models.CharField(
        max_length=200, blank=True
    )  # words of a witness, named only after the seed was committed
    reason = models.CharField(max_length=500, blank=True)
    done_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        """Never changed."""

        triggers = [*never_changed("outcome")]

    def __str__(self) -> str:
        return f"{self.draw_id} {self.seed[:8]}"


class Drawn(models.Model):
    """One who was drawn: place 1 to seats has a seat, those after are substitutes in this order."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="drawn")
    place = models.PositiveSmallIntegerField()
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="drawn")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="drawn")

    class Meta:
        """In the order of the draw; never changed."""

        ordering = ["draw", "place"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "place"], name="drawn_place_once"),
            models.UniqueConstraint(fields=["draw", "expert"], name="drawn_expert_once"),
        ]
        triggers = [*never_changed("drawn")]

    def __str__(self) -> str:
        return f"{self.draw_id}/{self.place}"


class Decline(models.Model):
    """One who was drawn cannot or may not; the next substitute takes the seat."""

    drawn = models.OneToOneField(Drawn, on_delete=models.PROTECT, related_name="decline")
    reason = models.CharField(max_length=500)
    noted_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        """In the order noted; never changed."""

        ordering = ["id"]
        triggers = [*never_changed("decline")]

    def __str__(self) -> str:
        return str(self.drawn_id)
