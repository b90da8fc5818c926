"""The dry run of a filing: lines read from a workbook or as JSON lines, each checked cell by cell and against the book.

It is the registry's dry run of a list with another sender: the record's number carries the filer's code, what stands
now is the filer's own book, and nobody's lines but its own are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from kechuang.accounts.models import Organisation
from kechuang.exchange.expectations import LEAVE_EMPTY, expected
from kechuang.exchange.intake import Fault, Progress, UnusableFileError, shown
from kechuang.exchange.joining import Row
from kechuang.exchange.lists import ListSheet, read_list
from kechuang.finance.filing import judging
from kechuang.finance.filing.kinds import FilingKind, filing_kinds, with_code, without_code
from kechuang.finance.models import FiledLine, LineNote, Partner
from kechuang.policy.cases.facts import read_value
from kechuang.policy.language.values import Words, yuan
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
_CHECK: Final = Words("请核对后改正", "check and correct it")
_STARTS: Final = {"loans": ("signed_on", "due_on"), "covers": ("starts_on", "ends_on")}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who files which kind; spells: from when to when it was a selected partner."""

    filer: Organisation
    kind: FilingKind
    spells: tuple[tuple[date, date | None], ...]

    def selected_on(self, day: str | None) -> bool:
        """Whether it was a selected partner on a day in ISO 8601; never on an unknown day."""
        if day is None:
            return False
        on = date.fromisoformat(day)
        return any(since <= on and (until is None or on <= until) for since, until in self.spells)


def how_of(list_import: ListImport) -> How:
    """How this filing is read; the notes of an earlier attempt are forgotten."""
    filing = list_import.filing
    LineNote.objects.filter(filing=filing).delete()
    spells = tuple(Partner.objects.filter(organisation=filing.filer).values_list("since", "until"))
    sender = Sender(filing.filer, filing_kinds()[filing.kind], spells)
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
        return Row(number, "", {}, [Fault(title, number, None, shown(text.strip()), words, _CHECK)])
    row = Row(number, str(given.pop("uscc", "") or ""), {})
    for name, raw in given.items():
        field = kind.sheet.fields.get(name)
        if field is None:
            names = Words(
                "下列之一：" + "、".join(kind.sheet.fields), "one of: " + ", ".join(kind.sheet.fields)
            )
            row.faults.append(Fault(title, number, str(name)[:80], shown(name), names, _CHECK))
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
        day = said.after.get(_STARTS[sender.kind.record][0]) if fills else None
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
    book = _Book.of(sender, organisations)
    sheet = sender.kind.sheet
    for said in part:
        if said.faults or said.code not in organisations:
            continue
        number = organisations[said.code][0]
        said.faults += [
            Fault(sheet.title.zh, said.number, column, found, words, remedy)
            for column, found, words, remedy in _wrong(said, number, sender, book)
        ]
    judging.judge(part, organisations, sender.kind, list_import)


@dataclass(frozen=True, slots=True)
class _Book:
    """What stands in the filer's book of the organisations of a part: loans and covers by (organisation, number)."""

    loans: Mapping[tuple[int, str], Mapping[str, Any]]
    covers: frozenset[tuple[int, str]]

    @classmethod
    def of(cls, sender: Sender, organisations: Organisations) -> _Book:
        """The book as far as this kind of filing looks into it."""
        numbers = [number for number, _ in organisations.values()]
        lines = FiledLine.objects.filter(
            filer=sender.filer,
            organisation_id__in=numbers,
            record__in=["loans", "covers"],
            ended_at__isnull=True,
        )
        found = list(lines.values_list("record", "organisation_id", "values"))
        loans = {(one, values["number"]): values for record, one, values in found if record == "loans"}
        covers = frozenset((one, values["number"]) for record, one, values in found if record == "covers")
        return cls(loans, covers)


_Wrong = tuple[str, str, Words, Words]


def _wrong(said: Said, organisation: int, sender: Sender, book: _Book) -> Iterable[_Wrong]:
    """What is wrong with a line that is well written: column, found, expected, what to do."""
    kind, after = sender.kind, said.after
    fields = kind.sheet.fields
    place = (organisation, str(after.get("number")))
    if (kind.of == "loans" and place not in book.loans) or (kind.of == "covers" and place not in book.covers):
        words = Words("本单位已报送的贷款或保单", "a loan or policy that your organisation has filed")
        remedy = Words("请先报送这笔贷款或保单", "file the loan or policy first")
        yield fields["number"].title.zh, shown(without_code(after["number"])), words, remedy
    if kind.record == "balances":
        yield from _whose_balance(said, organisation, sender)
    first, last = _STARTS.get(kind.record, ("", ""))
    if after.get(first) and after.get(last) and after[last] < after[first]:
        words = Words(f"不早于{fields[first].title.zh}", f"no earlier than {fields[first].title.en}")
        yield fields[last].title.zh, after[last], words, _CHECK
    loan = book.loans.get(place, {}) if kind.record != "loans" or kind.of else {}
    yield from _against_loan(after, loan, fields, kind)
    balance, principal = after.get("balance"), after.get("principal", loan.get("principal"))
    if balance is not None and principal is not None and balance > principal:
        words = Words(f"不超过本金 {yuan(principal)} 元", f"at most the principal of {yuan(principal)} yuan")
        yield fields["balance"].title.zh, yuan(balance), words, _CHECK


def _against_loan(
    after: Mapping[str, Any], loan: Mapping[str, Any], fields: Mapping[str, Any], kind: FilingKind
) -> Iterable[_Wrong]:
    """What does not agree with one's own loan of that number, where one is filed."""
    if not loan:
        return
    signed, other = after.get("signed_on"), loan.get("signed_on")
    if signed and other and signed != other:
        words = Words(f"与贷款报送的一致：{other}", f"as filed for the loan: {other}")
        yield fields["signed_on"].title.zh, signed, words, _CHECK
    name = {"interests": "principal", "losses": "amount"}.get(kind.record, "")
    given, most = after.get(name), loan.get("principal")
    if given is not None and most is not None and given > most:
        words = Words(f"不超过借款本金 {yuan(most)} 元", f"at most the loan's principal of {yuan(most)} yuan")
        yield fields[name].title.zh, yuan(given), words, _CHECK


def _whose_balance(said: Said, organisation: int, sender: Sender) -> Iterable[_Wrong]:
    """Newly granted bottleneck loans are the bank's own figure; what is owed is the debtor's."""
    own = organisation == sender.filer.pk
    if (said.after["kind"] == "bottleneck_new") == own:
        return
    words = Words(
        "新增攻关贷余额填本行代码，企业贷款余额填企业代码",
        "your own code for newly granted bottleneck loans, the enterprise's code for what it owes",
    )
    yield "主体代码", shown(said.code), words, _CHECK
