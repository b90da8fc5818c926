"""The dry run of a filing: lines read from a workbook or as JSON lines, each checked cell by cell and against the book.

It is the registry's dry run of a list with another sender: the record's number carries the filer's code, what stands
now is the filer's own book, and nobody's lines but its own are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from django.utils import timezone

from kechuang.exchange.expectations import LEAVE_EMPTY, expected
from kechuang.exchange.intake import Fault, Progress, UnusableFileError, shown
from kechuang.exchange.joining import Row
from kechuang.exchange.lists import ListSheet, read_list
from kechuang.finance.filing import judging, resting
from kechuang.finance.filing.checking import CHECK, STARTS, Book, Sender, wrong
from kechuang.finance.filing.kinds import WRITTEN, FilingKind, filing_kinds, with_code, without_code
from kechuang.finance.models import FiledLine, LineNote, Partner
from kechuang.policy.cases.facts import read_value
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import RecordKind, load_vocabulary
from kechuang.registry.lists.reading import How, Known, Organisations
from kechuang.registry.lists.rows import Said, said_by
from kechuang.registry.models import ListImport

LINES: Final = ".jsonl"
TOLD: Final = ("name",)
"""What a line may say of the organisation: its name, to check the code by."""
MOST_LINES: Final = 200_000
_STEP: Final = 1_000
_EMPTY: Final = "空"
_FILL_IN: Final = Words("请填写", "fill it in")


def how_of(list_import: ListImport) -> How:
    """How this filing is read; the notes of an earlier attempt are forgotten."""
    filing = list_import.filing
    LineNote.objects.filter(filing=filing).delete()
    spells = tuple(Partner.objects.filter(organisation=filing.filer).values_list("since", "until"))
    today = timezone.localdate(list_import.created_at)
    sender = Sender(filing.filer, filing_kinds()[filing.kind], spells, today)
    return How(
        kind=sender.kind.sheet,
        read=_reader(sender.kind, list_import.file_name),
        said=lambda row, kind, title: _said(row, kind, title, sender),
        known=lambda _record, organisations: known_of(sender, organisations),
        look=lambda part, organisations: _look(part, organisations, sender, list_import),
    )


def known_of(sender: Sender, organisations: Sequence[int]) -> Known:
    """What the filer's book says now of these organisations' records."""
    lines = FiledLine.objects.filter(
        filer=sender.filer,
        record=sender.kind.record,
        organisation_id__in=organisations,
        ended_at__isnull=True,
    )
    return {
        (organisation, key): values
        for organisation, key, values in lines.values_list("organisation_id", "key", "values")
    }


def _reader(kind: FilingKind, name: str) -> Callable[[Path, Progress], ListSheet]:
    if name.casefold().endswith(LINES):
        return lambda path, progress: read_lines(path, kind, progress)
    return lambda path, progress: read_list(path, kind.sheet, load_vocabulary(), progress, TOLD)


def read_lines(path: Path, kind: FilingKind, progress: Progress | None = None) -> ListSheet:
    """The lines of a file of JSON lines, one object a line, {"uscc": …, field: value}; UnusableFileError if none."""
    rows = []
    with path.open(encoding="utf-8-sig", errors="strict") as file:
        try:
            for number, text in enumerate(file, start=1):
                if text.strip():
                    rows.append(_line(text, number, kind))
                if len(rows) > MOST_LINES:
                    raise UnusableFileError(
                        f"超过 {MOST_LINES:,} 行：请分批报送",
                        f"more than {MOST_LINES:,} lines: file them in parts",
                    )
                if progress is not None and number % _STEP == 0:
                    progress(number, None)
        except UnicodeDecodeError:
            raise UnusableFileError(
                "文件不是 UTF-8：请用 UTF-8 保存后重新报送",
                "the file is not UTF-8: save it so and file it again",
            ) from None
    if not rows:
        raise UnusableFileError("文件里没有一行数据", "the file holds no line")
    return ListSheet(rows)


def _line(text: str, number: int, kind: FilingKind) -> Row:
    title = kind.title.zh
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        words = Words('一个 JSON 对象，如 {"uscc": …}', 'one JSON object, such as {"uscc": …}')
        return Row(number, "", {}, [Fault(title, number, None, shown(text.strip()), words, CHECK)])
    row = Row(number, str(given.pop("uscc", "") or ""), {})
    for name, raw in given.items():
        field = kind.sheet.fields.get(name)
        if field is None:
            names = Words(
                "下列之一：" + "、".join(kind.sheet.fields), "one of: " + ", ".join(kind.sheet.fields)
            )
            row.faults.append(Fault(title, number, str(name)[:80], shown(name), names, CHECK))
            continue
        try:
            row.record[name] = read_value(raw, field, load_vocabulary())
        except (ValueError, OverflowError, TypeError):
            looks = expected(field, load_vocabulary())
            row.faults.append(Fault(title, number, field.title.zh, shown(raw), looks, LEAVE_EMPTY))
    return row


def _said(row: Row, sheet: RecordKind, title: str, sender: Sender) -> Said:
    """One line: what must be there is there, and the number carries the filer's code."""
    record = {name: value for name, value in row.record.items() if value is not None}
    lacking = [] if row.faults else [name for name in sender.kind.needs if name not in record]
    faults = [*row.faults, *(_lacks(row, sheet, title, name) for name in lacking)]
    number = record.get("number")
    if isinstance(number, str):
        record["number"] = with_code(sender.filer.uscc, number)
    said = said_by(replace(row, record=record, faults=faults), sheet, title, sender.kind.key_of)
    if not said.faults:
        _fill(said, sender)
        if isinstance(number, str) and number != without_code(said.after["number"]):
            said.after[WRITTEN] = number
    return said


def _lacks(row: Row, sheet: RecordKind, title: str, name: str) -> Fault:
    words = expected(sheet.fields[name], load_vocabulary())
    return Fault(title, row.number, sheet.fields[name].title.zh, _EMPTY, words, _FILL_IN)


def _fill(said: Said, sender: Sender) -> None:
    """What the house knows better than the filer: its name, and whether it is a selected partner."""
    fills = sender.kind.fills
    day: str | None
    if said.after.get("kind") == "bottleneck_new":
        fills, day = ("cooperating",), f"{said.after['year']}-12-31"
    else:
        day = said.after.get(STARTS[sender.kind.record][0]) if fills else None
    known = {
        "bank": sender.filer.name,
        "insurer": sender.filer.name,
        "cooperating": sender.selected_on(day),
    }
    for name in fills:
        said.after[name] = known[name]
        said.filled.append(name)


def _look(
    part: Sequence[Said], organisations: Organisations, sender: Sender, list_import: ListImport
) -> None:
    """Check the lines of a part against the filer's own book, then let the engine judge them."""
    book = Book.of(sender, organisations, part)
    sheet = sender.kind.sheet
    for said in part:
        if said.faults or said.code not in organisations:
            continue
        number = organisations[said.code][0]
        said.faults += [
            Fault(sheet.title.zh, said.number, column, found, words, remedy)
            for column, found, words, remedy in wrong(said, number, sender, book)
        ]
    judging.judge(part, organisations, sender.kind, list_import)
    resting.note_interest(part, organisations, sender, list_import)
