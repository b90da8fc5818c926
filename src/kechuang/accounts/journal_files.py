"""Events as files: a workbook whose cells are texts and numbers only, and lines of JSON."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import IO, Any, Final

import xlsxwriter
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import events_seen_by
from kechuang.journal.actions import hashed, record
from kechuang.journal.models import Event
from kechuang.journal.queries import Filters

MOST_EXPORTED: Final = 100_000  # events in one file
HEADINGS: Final = (
    "编号 number", "时间 time", "谁 who", "种类 kind", "对象 subject", "单位 organisation", "内容 data", "hash",
    "前一 hash previous",
)  # fmt: skip


def as_workbook(events: QuerySet[Event]) -> IO[bytes]:
    """A workbook; a text that begins with = + - @ stays a text, so that nothing written in a name ever runs."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("journal")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 8, 18)
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading)
        for row, event in enumerate(events.iterator(chunk_size=2000), start=1):
            _write(sheet, row, event)
    file.seek(0)
    return file


def _write(sheet: Any, row: int, event: Event) -> None:
    at = timezone.localtime(event.at).isoformat(sep=" ", timespec="seconds")
    data = json.dumps(event.data, ensure_ascii=False)[:32_000]  # as much as a cell holds
    sheet.write_number(row, 0, event.number)
    organisation = "" if event.organisation_id is None else str(event.organisation_id)
    told = (at, event.actor, event.kind, event.subject, organisation, data, event.hash, event.previous)
    for column, text in enumerate(told, start=1):
        sheet.write_string(row, column, text)


def as_lines(events: QuerySet[Event]) -> IO[bytes]:
    """One event a line, with everything that its hash covers."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    for event in events.iterator(chunk_size=2000):
        said = {**hashed(event), "hash": event.hash}
        file.write(json.dumps(said, ensure_ascii=False).encode() + b"\n")
    file.seek(0)
    return file


WRITERS: Final[Mapping[str, Callable[[QuerySet[Event]], IO[bytes]]]] = {
    "xlsx": as_workbook,
    "jsonl": as_lines,
}


@transaction.atomic
def taken_by(membership: Membership, chosen: Filters, form: str, at: datetime) -> IO[bytes]:
    """The events that fit as a file, 100,000 at most; who took it is an event itself."""
    file = WRITERS[form](events_seen_by(membership, chosen)[:MOST_EXPORTED])
    said = {key: str(value) for key, value in vars(chosen).items() if value}
    record("journal.exported", "journal", actor=membership, at=at, data={"form": form, "filters": said})
    return file
