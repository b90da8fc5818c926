"""What banks and insurers file, which of it stands, where it overlaps; who is a selected partner; letters and series.

A filing is a list of the registry (registry.ListImport) with a sender. Its lines stand here as the sender's own book;
what they say of an organisation becomes facts of that organisation. Risk pools stand in pool_models.
"""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import recused_may_not_write
from kechuang.entitlements.models import PackVersion
from kechuang.journal.protection import never_changed, never_deleted
from kechuang.registry.models import ListImport


@pghistory.track()
class Partner(models.Model):
    """A selected bank or insurer (合作机构) of measure 24, from a day on and perhaps until a day."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="partnerships")
    since = models.DateField()
    until = models.DateField(null=True)  # the last day; None: open
    source = models.CharField(max_length=200)  # the paper that names it
    named_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()

    class Meta:
        """By name."""

        ordering = ["organisation__name", "since", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "since"], name="partner_named_once"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="partner_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.since}"


class Filing(models.Model):
    """A batch that a bank or an insurer files (报送): kind names its columns, see filing.kinds."""

    class Channel(models.TextChoices):
        """How it came."""

        PAGE = "page"
        PROGRAM = "program"

    list_import = models.OneToOneField(ListImport, on_delete=models.PROTECT, related_name="filing")
    filer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="filings")
    kind = models.CharField(max_length=16)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    key = models.CharField(max_length=100, blank=True)  # of a program: the same key is the same filing

    class Meta:
        """The newest first; a program that asks twice files once."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["filer", "key"], condition=~Q(key=""), name="filing_key_once")
        ]
        triggers = [*never_deleted("filing")]

    def __str__(self) -> str:
        return f"{self.filer_id} {self.kind} {self.pk}"


class FiledLine(models.Model):
    """A line of a filer's book: what it says now, or said until it was superseded, undone or set aside.

    record: loans, interests, covers, balances, claims, losses. key: of the record in the registry, with the filer's
    code; bare_key: without. values: plain JSON by field, all that the filer has said of the record so far.
    """

    filer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="lines")
    row = models.PositiveIntegerField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="filed_lines", db_index=False
    )
    record = models.CharField(max_length=16)
    key = models.CharField(max_length=200)
    bare_key = models.CharField(max_length=200)
    values = models.JSONField()
    known_from = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        """A filer says one thing of a record at a time."""

        ordering = ["record", "organisation", "key", "id"]
        indexes = [models.Index(fields=["organisation", "record"], name="filed_line_by_organisation")]
        constraints = [
            models.UniqueConstraint(
                fields=["filer", "record", "organisation", "key"],
                condition=Q(ended_at__isnull=True),
                name="filed_line_stands_once",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="filed_line_only_ended",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.AnyChange(exclude=["ended_at"]),
                func="RAISE EXCEPTION 'filed line % is ended, never changed', OLD.id;",
            ),
            *never_deleted("filed_line"),
        ]

    def __str__(self) -> str:
        return f"{self.record} {self.key}"


class LineNote(models.Model):
    """What the law says of a filed line: the benefit whose conditions it does not meet, and why. The line is taken."""

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="notes")
    row = models.PositiveIntegerField()
    benefit = models.CharField(max_length=64)
    outcome = models.CharField(max_length=16)
    words = models.JSONField()  # {zh, en}: the engine's sentence

    class Meta:
        """In the order of the sheet."""

        ordering = ["row", "benefit"]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.row} {self.benefit}"

    @property
    def measure(self) -> str:
        """The measure of the benefit: "24" of "24.loan"."""
        return self.benefit.partition(".")[0]


class Overlap(models.Model):
    """Two standing lines that may be the same support twice (疑似重复); a person decides."""

    class Ground(models.TextChoices):
        """What is the same."""

        CONTRACT = "contract"  # the contract or policy number, periods overlapping
        PLEDGE = "pledge"  # the pledge registration, periods overlapping
        PRINCIPAL = "principal"  # the same principal from the same day on

    class Decision(models.TextChoices):
        """Both stand, or one of them is set aside."""

        BOTH = "both"
        FIRST = "first"  # the first stands, the second is set aside
        SECOND = "second"

    ground = models.CharField(max_length=16, choices=Ground.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="overlaps")
    first = models.ForeignKey(FiledLine, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(FiledLine, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        """Each pair is asked about once on one ground."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["ground", "first", "second"], name="overlap_asked_once"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True)
                | (~Q(decision="") & ~Q(reason="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="overlap_decided_with_reason",
            ),
        ]
        triggers = [
            *never_deleted("overlap"),
            recused_may_not_write(
                "decided_by_id",
                "SELECT NEW.organisation_id UNION SELECT filer_id FROM finance_filedline "
                "WHERE id IN (NEW.first_id, NEW.second_id)",
                when_changed=("decided_by_id", "decision", "reason"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ground} {self.first_id} {self.second_id}"


class Quote(models.Model):
    """One month of a dated series as an operator loaded it, beside the table that comes with the software.

    A later row of the same month supersedes it from its own `known_from` on.
    """

    series = models.CharField(max_length=32)  # "lpr"
    month = models.DateField()  # the first day of the month
    quoted_on = models.DateField()
    rates = models.JSONField()  # {"one_year": "31/1000", "five_year": "…"}
    source = models.CharField(max_length=300)
    known_from = models.DateTimeField()
    loaded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    batch = models.CharField(max_length=64)  # SHA-256 of the file

    class Meta:
        """Never changed: a decision replays with the quotes that were known."""

        ordering = ["series", "-month", "-known_from", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["series", "month", "known_from"], name="quote_known_once")
        ]
        triggers = [*never_changed("quote")]

    def __str__(self) -> str:
        return f"{self.series} {self.month:%Y-%m}"


@pghistory.track()
class Letter(models.Model):
    """What the city says without paying (函): a recommendation upward, or a confirmation of a limit or a cover.

    Prepared by one person from the engine's answer, issued by another; basis replays it. once: the law gives it to an
    organisation once, not each year. loan: the number of the one loan that it is for, where it is for one.
    """

    class State(models.TextChoices):
        """Prepared, issued, or thrown away unissued."""

        PREPARED = "prepared"
        ISSUED = "issued"
        DISCARDED = "discarded"

    number = models.CharField(max_length=32, unique=True)
    benefit = models.CharField(max_length=64)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="letters")
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    year = models.PositiveSmallIntegerField()
    known_at = models.DateTimeField()
    result = models.JSONField()  # results.as_plain: outcome, sum, reason, facts read
    words = models.JSONField()  # {zh: [sentence, …], en: […]}
    amount_fen = models.BigIntegerField(null=True)
    once = models.BooleanField(default=False)
    loan = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARED)
    prepared_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    issued_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first; issued by another person than prepared it."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["benefit", "organisation", "year"],
                condition=~Q(state="discarded"),
                name="letter_once_a_year",
            ),
            models.UniqueConstraint(
                fields=["benefit", "organisation"],
                condition=Q(once=True) & ~Q(state="discarded"),
                name="letter_once",
            ),
            models.CheckConstraint(
                condition=Q(issued_by__isnull=True) | ~Q(issued_by=F("prepared_by")),
                name="letter_issued_by_another",
            ),
        ]
        triggers = [
            *never_deleted("letter"),
            recused_may_not_write(
                "prepared_by_id", "SELECT NEW.organisation_id", name="recused_may_not_prepare"
            ),
            recused_may_not_write("issued_by_id", "SELECT NEW.organisation_id", name="recused_may_not_issue"),
        ]

    def __str__(self) -> str:
        return self.number


from kechuang.finance.pool_models import Pool, PoolEntry, Share  # noqa: E402 - models of one app, in two files

__all__ = [
    "FiledLine", "Filing", "Letter", "LineNote", "Overlap", "Partner", "Pool", "PoolEntry", "Quote", "Share",
]  # fmt: skip
