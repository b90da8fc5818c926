"""A filing is taken in, applied and undone by the bank or insurer itself; the work is done in the background."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from django.db import transaction

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.finance import rules
from kechuang.finance.filing.kinds import filing_kinds
from kechuang.finance.filing.reading import LINES
from kechuang.finance.filing.resting import resting_on
from kechuang.finance.models import FiledLine, Filing, PoolEntry
from kechuang.journal.actions import defer, record
from kechuang.registry import files
from kechuang.registry.models import Fact, ListImport

READ: Final = "kechuang.finance.tasks.read_filing"
APPLY: Final = "kechuang.finance.tasks.apply_filing"
UNDO: Final = "kechuang.finance.tasks.undo_filing"
State = ListImport.State
LONGEST_KEY: Final = 100
MOST_NAMED: Final = 5


def take(
    chunks: Iterable[bytes],
    name: str,
    kind: str,
    *,
    actor: Membership,
    at: datetime,
    key: str = "",
    channel: str = Filing.Channel.PAGE,
) -> Filing:
    """Keep the file and queue its dry run, which changes nothing.

    key: a program's own; the same key with the same file gives the filing there is. Raises Refused for a kind that
    this organisation does not file, an empty file, and a key used for another file.
    """
    found_kind = filing_kinds().get(kind)
    if found_kind is None or not rules.may_file(actor, found_kind):
        raise Refused(
            "没有这类报送：请从列表中选择。", "There is no such filing: choose one of the list.", "kind"
        )
    name = PurePosixPath(name.replace("\\", "/")).name[-255:]
    if not name.casefold().endswith((".xlsx", LINES)):
        raise Refused(
            "请上传 .xlsx 工作簿，或每行一个 JSON 的 .jsonl 文件。",
            "Upload an .xlsx workbook, or a .jsonl file of JSON lines.",
            "file",
        )
    if len(key) > LONGEST_KEY:
        raise Refused(
            f"幂等键至多 {LONGEST_KEY} 字。",
            f"An idempotency key has at most {LONGEST_KEY} characters.",
            "key",
        )
    file_hash, size = files.keep(chunks)
    if not size:
        raise Refused(
            "文件是空的：请选择填好的文件。", "The file is empty: choose the one that you filled in.", "file"
        )
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=actor.organisation_id)
        earlier = Filing.objects.filter(filer=actor.organisation_id, key=key).first() if key else None
        if earlier is not None:
            return _again(earlier, file_hash, kind)
        list_import = ListImport.objects.create(
            record=found_kind.list_record,
            title=found_kind.title.zh,
            file_name=name,
            file_hash=file_hash,
            imported_by=actor,
            created_at=at,
        )
        filing = Filing.objects.create(
            list_import=list_import, filer_id=actor.organisation_id, kind=kind, channel=channel, key=key
        )
        defer(READ, list_import_id=list_import.pk)
        told = {"kind": kind, "file": name, "hash": file_hash, "channel": channel}
        _note("filing.taken", filing, actor, at, told)
    return filing


def _again(earlier: Filing, file_hash: str, kind: str) -> Filing:
    if earlier.list_import.file_hash != file_hash or earlier.kind != kind:
        raise Refused(
            "这个幂等键已用于另一份文件：请换一个。",
            "This idempotency key was used for another file: choose another.",
            "key",
        )
    return earlier


def apply(filing: Filing, *, actor: Membership, at: datetime) -> Filing:
    """Let the lines become facts, in the background. Raises Refused unless the dry run is done and there is a line."""
    with transaction.atomic():
        found = _locked(filing, State.CHECKED)
        if not any(found.counts.get(change) for change in ("added", "changed", "same")):
            raise Refused(
                "没有可写入的行：请改正后重新报送。",
                "No line can be applied: correct the file and send it again.",
            )
        found.state, found.done, found.applied_by = State.APPLYING, 0, actor
        found.save(update_fields=["state", "done", "applied_by"])
        defer(APPLY, list_import_id=found.pk)
        _note("filing.approved", filing, actor, at, {"counts": found.counts})
    return filing


def undo(filing: Filing, *, actor: Membership, at: datetime) -> Filing:
    """Take back what the filing said, in the background; what was said after it stays.

    Raises Refused once a pool has shared a loss of it, and while lines of other filings rest on its loans or policies.
    """
    with transaction.atomic():
        found = _locked(filing, State.APPLIED)
        shared = PoolEntry.objects.filter(line__filing=filing, act=PoolEntry.Act.LOSE).count()
        if shared:
            raise Refused(
                f"其中 {shared} 笔损失已由资金池分担，不能撤销：请联系主管部门。",
                f"A pool has shared losses of it ({shared}), so it cannot be undone: ask the department.",
            )
        _nothing_rests_on(filing)
        facts = Fact.objects.filter(list_import=found)
        found.counts["kept"] = facts.filter(known_to__isnull=False).count()
        found.total = facts.filter(known_to__isnull=True).count()
        found.counts["lines"] = FiledLine.objects.filter(filing=filing, ended_at__isnull=True).count()
        found.state, found.done, found.undone_by, found.undone_at = State.UNDOING, 0, actor, at
        found.save(update_fields=["state", "done", "total", "counts", "undone_by", "undone_at"])
        defer(UNDO, list_import_id=found.pk)
        _note("filing.recalled", filing, actor, at, {})
    return filing


def _nothing_rests_on(filing: Filing) -> None:
    """Raises Refused where loans or policies would leave of which repayments, interest, losses or claims stand."""
    resting = resting_on(filing)
    if not resting:
        return
    files = list(dict.fromkeys(one.list_import.file_name for one in resting))
    named, more = files[:MOST_NAMED], len(files) > MOST_NAMED
    raise Refused(
        f"之后报送的还款、计息、损失或理赔以这一批为据：请先撤销“{'”、“'.join(named)}”{'等' if more else ''}。",
        f"Repayments, interest, losses or claims filed since rest on it: undo {', '.join(named)}"
        f"{' and others' if more else ''} first.",
    )


def _locked(filing: Filing, state: str) -> ListImport:
    found = ListImport.objects.select_for_update().get(pk=filing.list_import_id)
    if found.state != state:
        raise Refused(
            "这份报送的状态已变化：请刷新页面再看。",
            "The state of this filing has changed: reload the page and look again.",
        )
    return found


def _note(kind: str, filing: Filing, actor: Membership, at: datetime, data: Mapping[str, object]) -> None:
    record(kind, f"filing:{filing.pk}", actor=actor, at=at, organisation_id=filing.filer_id, data=data)
