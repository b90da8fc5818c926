"""A list of a department is taken in, applied and undone by an officer; the work itself is done in the background."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.journal.actions import defer, record
from kechuang.policy.language.vocabulary import SUBJECT, YEARS, load_vocabulary
from kechuang.registry import files
from kechuang.registry.models import Fact, ListImport

READ: Final = "kechuang.registry.tasks.read_list"  # by name: the tasks stand above what they carry out
APPLY: Final = "kechuang.registry.tasks.apply_list"
UNDO: Final = "kechuang.registry.tasks.undo_list"
NEVER_COMPLETE: Final = frozenset({SUBJECT, YEARS})
"""Kinds of which every organisation has a record: a list that does not name one does not say that it has none."""
State = ListImport.State


def take_list(
    upload: UploadedFile[bytes],
    record_kind: str,
    *,
    title: str = "",
    complete: bool = False,
    register_unknown: bool = False,
    actor: Membership,
    at: datetime,
) -> ListImport:
    """Keep the file and queue its dry run, which changes nothing. Raises Refused for a kind that there is none of."""
    if record_kind not in load_vocabulary().records:
        raise Refused(
            "没有这类记录：请从列表中选择。",
            "There is no such kind of record: choose one of the list.",
            "record",
        )
    if complete and record_kind in NEVER_COMPLETE:
        raise Refused(
            "这类数据每家单位都有，名录不能作为“全部”：请取消“名录完整”。",
            "Every organisation has records of this kind, so no list of them is complete: do not tick 'complete'.",
            "complete",
        )
    file_hash, size = files.keep(upload.chunks())
    if not size:
        raise Refused(
            "文件是空的：请选择填好的名录。", "The file is empty: choose the list that you filled in.", "file"
        )
    with transaction.atomic():
        found = ListImport.objects.create(
            record=record_kind,
            title=title[:200],
            file_name=PurePosixPath((upload.name or "").replace("\\", "/")).name[-255:],
            file_hash=file_hash,
            complete=complete,
            register_unknown=register_unknown,
            imported_by=actor,
            created_at=at,
        )
        defer(READ, list_import_id=found.pk)
        told = {"record": record_kind, "file": found.file_name, "hash": file_hash, "complete": complete}
        record("list.taken", f"list:{found.pk}", actor=actor, at=at, data=told)
    return found


def apply_list(list_import: ListImport, *, actor: Membership, at: datetime) -> ListImport:
    """Let the list become facts, in the background. Raises Refused unless its differences are known and unapplied."""
    with transaction.atomic():
        found = _locked(list_import, State.CHECKED)
        if not any(found.counts.get(change) for change in ("added", "changed", "same", "ended")):
            raise Refused(
                "名录中没有可写入的行：请改正后重新上传。",
                "The list has no row that can be applied: correct it and upload it again.",
            )
        found.state, found.done, found.applied_by = State.APPLYING, 0, actor
        found.save(update_fields=["state", "done", "applied_by"])
        defer(APPLY, list_import_id=found.pk)
        record("list.approved", f"list:{found.pk}", actor=actor, at=at, data={"counts": found.counts})
    return found


def undo_list(list_import: ListImport, *, actor: Membership, at: datetime) -> ListImport:
    """Take back what the list said, in the background; what was said after it stays, and is counted."""
    with transaction.atomic():
        found = _locked(list_import, State.APPLIED)
        facts = Fact.objects.filter(list_import=found)
        found.counts["kept"] = facts.filter(known_to__isnull=False).count()
        found.total = facts.filter(known_to__isnull=True).count()
        found.state, found.done, found.undone_by, found.undone_at = State.UNDOING, 0, actor, at
        found.save(update_fields=["state", "done", "total", "counts", "undone_by", "undone_at"])
        defer(UNDO, list_import_id=found.pk)
    return found


def _locked(list_import: ListImport, state: str) -> ListImport:
    found = ListImport.objects.select_for_update().get(pk=list_import.pk)
    if found.state != state:
        raise Refused(
            "这份名录的状态已变化：请刷新页面再看。",
            "The state of this list has changed: reload the page and look again.",
        )
    return found
