"""Facts with two times (valid, known), the evidence behind them, the lists they came from, and disputes about them."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.protection import recused_may_not_write
from kechuang.journal.protection import never_changed, never_deleted


class Evidence(models.Model):
    """A file that proves something (证明材料), kept once by the SHA-256 of its content."""

    class Scan(models.TextChoices):
        """What the scanner said; a file that is not clean is shown to nobody."""

        WAITING = "waiting"
        CLEAN = "clean"
        INFECTED = "infected"
        NOT_SCANNED = "not_scanned"  # no scanner is set up

    hash = models.CharField(max_length=64)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=255)  # as uploaded, without folders
    media_type = models.CharField(max_length=100)  # by content, not by name
    size = models.PositiveBigIntegerField()  # bytes
    scan = models.CharField(max_length=16, choices=Scan.choices, default=Scan.WAITING)
    finding = models.CharField(
        max_length=255, blank=True
    )  # what the scanner named, or why it has not answered
    scanned_at = models.DateTimeField(null=True)
    uploaded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True)
    uploaded_at = models.DateTimeField()

    class Meta:
        """A file belongs to an organisation once, however often it is uploaded."""

        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "hash"], name="evidence_once")]

    def __str__(self) -> str:
        return self.name


class ListImport(models.Model):
    """One list of a department (部门名录), read, compared, applied, perhaps undone.

    complete: whoever is not on the list has no such record, see `Coverage`.
    register_unknown: organisations that the house does not know are registered when the list is applied.
    """

    class State(models.TextChoices):
        """Checked = dry run done, nothing changed yet. Those in -ing are carried on after a crash."""

        WAITING = "waiting"
        READING = "reading"
        COMPARING = "comparing"
        CHECKED = "checked"
        APPLYING = "applying"
        APPLIED = "applied"
        UNDOING = "undoing"
        UNDONE = "undone"
        FAILED = "failed"

    record = models.CharField(max_length=32)  # of the vocabulary: "statuses"
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64)
    title = models.CharField(max_length=200, blank=True)  # "2025 年第二批高新技术企业"
    complete = models.BooleanField(default=False)
    register_unknown = models.BooleanField(default=False)
    imported_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="list_imports")
    created_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    counts = models.JSONField(
        default=dict
    )  # see lists.counting; after undoing also {restored, repeated, kept}
    stated = models.JSONField(default=list)  # [{zh, en}]: how unclear cells were read
    problem = models.JSONField(default=dict)  # {zh, en} when failed
    applied_at = models.DateTimeField(null=True)
    applied_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """The newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class Holidays(models.Model):
    """The days off and make-up working days of one year (放假安排), as an operator entered them from the notice.

    A later row of the same year supersedes it; periods that were counted before keep their day.
    """

    year = models.PositiveSmallIntegerField()
    notice = models.CharField(max_length=100)  # 国办发明电〔2026〕6号
    issued_on = models.DateField()
    source = models.CharField(max_length=300)  # where the notice was read
    closed = models.JSONField()  # ["2027-01-01", …]
    open = models.JSONField()  # make-up Saturdays and Sundays
    known_from = models.DateTimeField()
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Never changed: the latest row of a year counts."""

        ordering = ["-year", "-id"]
        triggers = [*never_changed("holidays")]

    def __str__(self) -> str:
        return f"{self.year} {self.notice}"


class ListRow(models.Model):
    """One row of a list: what it would change, or why it is refused."""

    class Change(models.TextChoices):
        """The difference to what is known."""

        ADDED = "added"
        CHANGED = "changed"
        SAME = "same"
        REFUSED = "refused"
        ENDED = "ended"

    list_import = models.ForeignKey(ListImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    row = models.PositiveIntegerField()  # in the sheet
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, db_index=False)
    code = models.CharField(max_length=500)  # as written
    name = models.CharField(max_length=500, blank=True)
    key = models.CharField(max_length=200, blank=True)
    subject = models.JSONField(default=dict)  # {uscc, name, kind, district} of one to be registered
    change = models.CharField(max_length=16, choices=Change.choices)
    before = models.JSONField(default=dict)  # {field: plain value} of the fields that change
    after = models.JSONField(default=dict)  # {field: plain value} of all fields that the list gives
    filled = models.JSONField(default=list)  # fields that the list left empty and a rule filled in
    closed = models.JSONField(
        default=list, db_default=[]
    )  # facts that ended with the record, see lists.ending
    corrected = models.JSONField(
        default=dict, db_default={}
    )  # {field: plain value} of what a department has corrected and the row says otherwise, see lists.corrected
    faults = models.JSONField(default=list)  # [{column, found, expected: {zh, en}, remedy: {zh, en}}]

    class Meta:
        """In the order of the sheet."""

        ordering = ["row", "id"]
        indexes = [models.Index(fields=["list_import", "change", "row"], name="list_row_by_change")]

    def __str__(self) -> str:
        return f"{self.row} {self.code}"


def _superseded(name: str, when: pgtrigger.Q | pgtrigger.Condition) -> pgtrigger.Trigger:
    """A trigger that keeps a fact from being changed; told apart by condition, so that superseding costs nothing."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        condition=when,
        func="RAISE EXCEPTION 'fact % is superseded, never changed', OLD.id;",
    )


class Fact(models.Model):
    """One field of one record of one organisation (事实), as one source says, for as long as we know it so.

    record, field: of the vocabulary. key: which record of the kind, see `keys`; '' for the subject itself. field ''
    with value false says that the organisation has no record of the kind.
    value: plain JSON: fen as integer, dates in ISO 8601, rates as "5/100", codes and texts as text.
    known_from, known_to: since when and until when the house knew it so; known_to None is what it knows now.
    Correcting is superseding: a row is never changed but for known_to, set once.
    """

    class Source(models.TextChoices):
        """Who says so; the first of these that speaks for a field prevails."""

        DECISION = "decision"  # an award or a finding of the house itself
        LIST = "list"  # a department's list
        VERIFIED = "verified"  # declared, and verified by an officer
        DECLARED = "declared"  # by the organisation

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="facts", db_index=False
    )
    record = models.CharField(max_length=32)
    key = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=32, blank=True)
    value = models.JSONField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # the last day
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    source = models.CharField(max_length=16, choices=Source.choices)
    # Indexes are few and cover known columns only: a list states half a million facts at once.
    stated_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    list_import = models.ForeignKey(
        ListImport, on_delete=models.PROTECT, null=True, related_name="facts", db_index=False
    )
    evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, null=True, related_name="facts", db_index=False
    )
    verified_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    verified_at = models.DateTimeField(null=True)
    supersedes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        """One value of a field is known at a time from each source."""

        ordering = ["record", "key", "field", "id"]
        indexes = [
            models.Index(fields=["organisation", "known_from"], name="fact_by_organisation"),
            models.Index(
                fields=["list_import", "id"], name="fact_by_list", condition=Q(list_import__isnull=False)
            ),
            models.Index(fields=["evidence"], name="fact_by_evidence", condition=Q(evidence__isnull=False)),
            models.Index(
                fields=["value", "organisation"],
                name="fact_by_status",
                condition=Q(record="statuses", field="kind", known_to__isnull=True),
            ),
            models.Index(
                fields=["key", "organisation"],
                name="fact_by_talent",
                condition=Q(record="talents", field="relation"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "record", "key", "field", "source"],
                condition=Q(known_to__isnull=True),
                name="fact_known_once",
            ),
            models.CheckConstraint(
                condition=Q(known_to__isnull=True) | Q(known_to__gte=F("known_from")),
                name="fact_known_forwards",
            ),
        ]
        triggers = [
            _superseded("fact_only_superseded", pgtrigger.AnyChange(exclude=["known_to"])),
            _superseded("fact_superseded_once", pgtrigger.Q(old__known_to__isnull=False)),
            *never_deleted("fact"),
            recused_may_not_write("verified_by_id", "SELECT NEW.organisation_id"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.record}[{self.key}].{self.field}"


class Coverage(models.Model):
    """The city holds the complete list of a kind of record: whoever has none on file has none, rather than unknown."""

    record = models.CharField(max_length=32)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    list_import = models.ForeignKey(ListImport, on_delete=models.PROTECT, related_name="coverage")

    class Meta:
        """One statement at a time for each kind of record."""

        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(known_to__isnull=True), name="coverage_known_once"
            )
        ]

    def __str__(self) -> str:
        return self.record


class Correction(models.Model):
    """A dispute about a fact (事实更正): the organisation says what is wrong, an officer answers."""

    class State(models.TextChoices):
        """Upheld means that a new fact has superseded the disputed one; the last two are nobody's answer."""

        OPEN = "open"
        UPHELD = "upheld"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"
        SETTLED = "settled"  # the source itself now says what was proposed
        LAPSED = "lapsed"  # the source says nothing of it any more

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="corrections")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="corrections")
    proposed = models.JSONField()  # the value that would be right, as Fact.value
    ground = models.TextField()
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True)
    raised_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="corrections")
    raised_at = models.DateTimeField()
    due_on = models.DateField()  # the answer
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """The most due first."""

        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["fact"], condition=Q(state="open"), name="one_open_correction_a_fact"
            )
        ]
        triggers = [
            recused_may_not_write(
                "answered_by_id",
                "SELECT NEW.organisation_id",
                when_changed=("answered_by_id", "answer", "state"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.fact_id} {self.state}"
