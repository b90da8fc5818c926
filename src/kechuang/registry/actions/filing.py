"""Evidence is kept once by its content and scanned before anybody may have it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS
from kechuang.journal.actions import CLOCK, Actor, Clock, defer, record
from kechuang.registry import files
from kechuang.registry.actions.stating import lock_organisation
from kechuang.registry.models import Evidence

SCAN: Final = "kechuang.registry.tasks.scan_evidence"  # by name: the tasks stand above what they carry out


def keep_evidence(
    upload: UploadedFile[bytes], organisation: Organisation, *, actor: Actor | Clock, at: datetime
) -> Evidence:
    """Keep a file that proves something; the same content is kept once an organisation, under its first name.

    Raises Refused for what is empty, too large, no document or picture, or hides something.
    """
    if (
        isinstance(actor, Membership)
        and actor.role in APPLICANTS
        and actor.organisation_id != organisation.pk
    ):
        raise Refused(
            "您只能为本单位上传材料：请切换到该单位的身份。",
            "You may upload evidence for your own organisation only: switch to a membership of this one.",
            "file",
        )
    data = upload.read(files.MAX_BYTES + 1)
    media_type = files.media_type_of(data)
    name = files.checked_name(upload.name or "", media_type)
    file_hash, size = files.keep([data])
    with transaction.atomic():
        lock_organisation(organisation.pk)
        known = Evidence.objects.filter(organisation=organisation, hash=file_hash).first()
        if known:
            return known
        evidence = Evidence.objects.create(
            hash=file_hash,
            organisation=organisation,
            name=name,
            media_type=media_type,
            size=size,
            scan=Evidence.Scan.WAITING if settings.CLAMD else Evidence.Scan.NOT_SCANNED,
            uploaded_by_id=actor.id,
            uploaded_at=at,
        )
        if settings.CLAMD:
            defer(SCAN, evidence_id=evidence.pk)
        record(
            "evidence.kept",
            f"evidence:{evidence.pk}",
            actor=actor,
            at=at,
            organisation_id=organisation.pk,
            data={"hash": file_hash, "name": name, "type": media_type, "size": size},
        )
    return evidence


def note_scan(evidence: Evidence, finding: str, *, at: datetime) -> None:
    """Keep what the scanner said: '' is clean, anything else the name of what it found. Once said, it stays."""
    with transaction.atomic():
        waiting = (
            Evidence.objects.select_for_update().filter(pk=evidence.pk, scan=Evidence.Scan.WAITING).first()
        )
        if waiting is None:
            return
        waiting.scan = Evidence.Scan.INFECTED if finding else Evidence.Scan.CLEAN
        waiting.finding, waiting.scanned_at = finding[:255], at
        waiting.save(update_fields=["scan", "finding", "scanned_at"])
        record(
            "evidence.scanned",
            f"evidence:{waiting.pk}",
            actor=CLOCK,
            at=at,
            organisation_id=waiting.organisation_id,
            data={"result": waiting.scan, "finding": finding},
        )
