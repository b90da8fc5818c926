"""Organisations, people, and the memberships that let people act for organisations.

What is known of an organisation beyond its identity stands in the registry, as facts.
"""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from kechuang.accounts.roles import Role

KINDS = (
    "enterprise", "institution", "university", "hospital", "park_authority", "carrier", "agency", "bank", "insurer",
    "association", "school", "media", "government", "team", "person",
)  # fmt: skip
"""Codes of `subject_kind` in packs/vocabulary/subject.yaml."""


@pghistory.track()
class Organisation(models.Model):
    """A party of the house: who applies, decides, pays or is paid (单位).

    uscc: the unified social credit code (checked by reference.uscc); a person or team has a register number instead.
    department: the name after 责任单位 by which measures name it ("市科技局"), '' for all but departments.
    district: the area that manages it (reference.divisions), '' when unknown; not derivable from the code.
    """

    uscc = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32, choices=[(kind, kind) for kind in KINDS])
    district = models.CharField(max_length=12, blank=True)
    department = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """By name."""

        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["district", "name"], name="organisation_by_district"),
            models.Index(fields=["kind", "id"], name="organisation_by_kind"),
            models.Index(fields=["name", "id"], name="organisation_by_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["department"], condition=~Q(department=""), name="department_named_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class OfficeContact(models.Model):
    """Whom to call in an office: its calls and notices tell it; '' where it is not told."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="contact")
    person = models.CharField(max_length=64, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    address = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.phone}"


class UserManager(BaseUserManager["User"]):
    """Makes people with a hashed password; None leaves them without one (OpenID Connect only)."""

    def create_user(self, username: str, password: str | None = None, **more: object) -> User:
        """A person who may sign in by `username` (kept in lower case)."""
        user = self.model(username=username.lower(), **more)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person. What one may do depends on memberships alone; there is no superuser."""

    username = models.CharField(
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9._-]{2,63}\Z")],
    )
    name = models.CharField(max_length=64)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        """By name."""

        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Django's admin is not part of the house."""
        return False


@pghistory.track()
class Membership(models.Model):
    """A person acting for an organisation in a role (身份), from a day on and perhaps until a day.

    scope narrows a role: the area code of a district officer, the gate of a reviewer (roles.GATES); else ''.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=32, choices=Role.choices)
    scope = models.CharField(max_length=32, blank=True)
    since = models.DateField()
    until = models.DateField(null=True)  # the last day; None: open
    ended_at = models.DateTimeField(null=True)  # ended by a person, from this moment on
    granted_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True)

    class Meta:
        """A person holds a role for an organisation once at a time."""

        ordering = ["organisation__name", "role", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role", "scope"],
                condition=Q(until__isnull=True),
                name="membership_held_once",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")),
                name="membership_ends_after",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Name, organisation and role: "张三（威海市科学技术局 部门经办岗）"; needs user and organisation."""
        return f"{self.user.name}（{self.organisation.name} {Role(self.role).zh}）"


class Invitation(models.Model):
    """An offer of a membership, sent by mail; whoever opens its address signed in may accept it once."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    role = models.CharField(max_length=32, choices=Role.choices)
    scope = models.CharField(max_length=32, blank=True)
    email = models.EmailField()
    code_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the code in the address
    invited_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="invitations")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.email} → {self.organisation_id}"


class Claim(models.Model):
    """A person says to manage an organisation that the city knew already; somebody must confirm it (认领)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="claims")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="claims")
    name = models.CharField(max_length=200)  # of the organisation, as the person wrote it
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    granted = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )  # None: refused

    class Meta:
        """The oldest first; a person claims an organisation once at a time."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"], condition=Q(decided_at__isnull=True), name="claim_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.organisation_id}"


@pghistory.track()
class Recusal(models.Model):
    """A person stays away from everything that concerns an organisation (回避), while `ended_at` is None.

    ground: why, a code of experts/grounds.yaml. source: what it rests on ("tie:5"); one source recuses once.
    Written by the room of experts, which computes it or takes a declaration; read wherever cases are listed.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recusals")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="recusals")
    ground = models.CharField(max_length=32)
    source = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "source"],
                condition=Q(ended_at__isnull=True),
                name="recused_once_by_a_source",
            )
        ]
        indexes = [
            models.Index(
                fields=["user", "organisation"], condition=Q(ended_at__isnull=True), name="recusal_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} ≠ {self.organisation_id}"


class Tries(models.Model):
    """How often something was tried since when: counted in the database, so that all processes count together."""

    key = models.CharField(max_length=64, primary_key=True)  # a keyed hash of what is counted
    count = models.PositiveIntegerField()
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} since {self.since}"


class StaffSession(models.Model):
    """A stretch of time in which an operator or auditor uses the wide powers of the role, with a written reason."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="staff_sessions")
    reason = models.CharField(max_length=500)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.membership_id} {self.began_at:%Y-%m-%d %H:%M}"


class ApiToken(models.Model):
    """Lets a program act as a membership. The token itself is shown once; its SHA-256 is kept."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="tokens")
    title = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title
