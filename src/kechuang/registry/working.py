"""What the background work of this room does outside of any request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings

from kechuang.registry import actions, files
from kechuang.registry.models import Evidence
from kechuang.registry.scanning import ScannerError, scan

log = structlog.get_logger("kechuang.registry")


def scan_evidence(evidence_id: int, now: Callable[[], datetime]) -> None:
    """Have one file scanned; when the scanner does not answer it goes on waiting, and says why."""
    evidence = Evidence.objects.filter(pk=evidence_id, scan=Evidence.Scan.WAITING).first()
    if evidence is None or not settings.CLAMD:
        return
    try:
        finding = scan(files.path_of(evidence.hash), settings.CLAMD)
    except ScannerError as error:
        log.warning("not scanned", evidence=evidence_id, why=str(error))
        Evidence.objects.filter(pk=evidence_id).update(finding=str(error)[:255])
        return
    actions.note_scan(evidence, finding, at=now())


def scan_waiting(now: Callable[[], datetime], most: int = 200) -> int:
    """Try again those that wait, the oldest first; how many were tried."""
    waiting = Evidence.objects.filter(scan=Evidence.Scan.WAITING).order_by("id").values_list("pk", flat=True)
    tried = list(waiting[:most]) if settings.CLAMD else []
    for evidence_id in tried:
        scan_evidence(evidence_id, now)
    return len(tried)
