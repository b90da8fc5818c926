"""What the background work of this room does outside of any request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from kechuang.exchange.intake import UnusableFileError
from kechuang.registry import actions, files
from kechuang.registry.lists import applying, reading, undoing
from kechuang.registry.models import Evidence, ListImport
from kechuang.registry.scanning import ScannerError, scan

State = ListImport.State
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


def read_list(list_import_id: int, how_of: Callable[[ListImport], reading.How] | None = None) -> None:
    """The dry run of one list; what goes wrong is kept on it as a sentence. An earlier attempt is begun anew.

    how_of: how another sender's list is read; a department's unless given.
    """
    found = ListImport.objects.filter(pk=list_import_id, state__in=reading.BEGUN).first()
    if found is None:
        return
    try:
        reading.compare(found, how_of(found) if how_of else None)
    except UnusableFileError as error:
        _fail(found, error.words.zh, error.words.en)
    except (InterfaceError, OperationalError):
        raise  # the database is gone: the job begins again
    except Exception:
        log.exception("list not read", list=list_import_id)
        _fail(
            found,
            "系统在处理这份文件时出错，错误已记录",
            "the system failed on this file; the error is recorded",
        )


def apply_list(list_import_id: int, now: Callable[[], datetime]) -> None:
    """Carry a list out, or on from where an earlier attempt stopped."""
    applying.carry_on(list_import_id, now)


def undo_list(list_import_id: int, now: Callable[[], datetime]) -> None:
    """Take a list back, or carry on taking it back."""
    undoing.carry_on(list_import_id, now)


def _fail(found: ListImport, zh: str, en: str) -> None:
    ListImport.objects.filter(pk=found.pk).update(state=State.FAILED, problem={"zh": zh, "en": en})
