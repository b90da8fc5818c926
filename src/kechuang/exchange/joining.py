"""Joins the sheets of a workbook by the subject's code; a fault in any row of a subject refuses it whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from kechuang.exchange.expectations import CORRECT_CELL
from kechuang.exchange.intake import Case, Count, Fault, Intake, Notes, Refused, shown
from kechuang.exchange.plain import double_fault, key_faults
from kechuang.exchange.plausibility import odd_values
from kechuang.exchange.subjects import EXPECTED_CODE, UsccError, subject_code
from kechuang.policy.cases.facts import MAX_RECORDS
from kechuang.policy.language.values import Words, yuan
from kechuang.policy.language.vocabulary import SUBJECT_KEY, RecordKind, Vocabulary
from kechuang.reference.uscc import LENGTH, normalise_uscc

_NEAR: Final = 0.85
_MAX_COMPARED: Final = 5_000  # subjects among which the nearest code is looked for
_FILL_CODE: Final = Words("请填写代码", "fill in the code")
_SUBJECT_FIRST: Final = Words("请改正代码，或先在主体表登记", "correct the code, or enter the subject first")


@dataclass
class Row:
    """One row of a sheet as read: the subject's code as written, the facts, and the faults."""

    number: int
    code: str
    record: Case
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Records:
    """The rows of one sheet. `complete`: it could be read; `none`: it says that nobody has such records."""

    kind: RecordKind
    title: str
    rows: list[Row] = field(default_factory=list)
    code_heading: str = ""
    complete: bool = True
    none: bool = False


@dataclass
class _Subject:
    """One subject while its rows are gathered."""

    row: Row
    faults: list[Fault]
    related: dict[str, list[Row]] = field(default_factory=dict)


def join(
    vocabulary: Vocabulary,
    subjects: Records,
    related: Sequence[Records],
    notes: Notes,
    faults: Sequence[Fault],
    other_rows: Mapping[str, int],
) -> Intake:
    """The intake of sheets that were read row by row."""
    gathered = _subjects(subjects, notes)
    by_code: dict[str, _Subject] = {}
    for subject in gathered:
        by_code.setdefault(_key(subject.row.code), subject)
    orphans: list[Refused] = []
    for sheet in related:
        for row in sheet.rows:
            owner = by_code.get(_key(row.code)) if row.code else None
            if owner is None:
                orphans.append(_orphan(row, sheet, by_code))
            else:
                owner.related.setdefault(sheet.kind.name, []).append(row)
                owner.faults += row.faults
    complete = [sheet for sheet in related if sheet.complete and (sheet.rows or sheet.none)]
    for subject in gathered:
        for sheet in complete:
            _check_records(subject, subject.related.get(sheet.kind.name, []), sheet)
    cases = [_case(subject, complete) for subject in gathered if not subject.faults]
    _note_odd([subject for subject in gathered if not subject.faults], subjects, complete, notes)
    refused = [
        Refused(
            subject.row.code,
            str(subject.row.record.get("name") or ""),
            subject.row.number,
            tuple(subject.faults),
        )
        for subject in gathered
        if subject.faults
    ]
    counts = _counts(gathered, subjects, related)
    counts |= {title: Count(rows, 0) for title, rows in other_rows.items() if rows}
    stated = tuple(notes.stated.values())
    return Intake(vocabulary, cases, None, (*refused, *orphans), tuple(faults), stated, counts)


def _key(code: str) -> str:
    """What joins the sheets: a credit code however it is written; any other code exactly as it is written."""
    plain = normalise_uscc(code)
    return plain if len(plain) == LENGTH else code.strip()


def _subjects(sheet: Records, notes: Notes) -> list[_Subject]:
    """The subjects with their codes checked; codes that stand on several rows are refused on all of them."""
    gathered = [_Subject(row, list(row.faults)) for row in sheet.rows]
    places: dict[str, list[_Subject]] = {}
    for subject in gathered:
        row = subject.row
        written = str(row.record.get(SUBJECT_KEY) or "")
        if not written:
            if not any(fault.column == sheet.code_heading for fault in subject.faults):
                subject.faults.append(
                    Fault(sheet.title, row.number, sheet.code_heading, "空", EXPECTED_CODE, _FILL_CODE)
                )
            continue
        try:
            code, how = subject_code(written, row.record.get("kind"))
        except UsccError:
            fault = Fault(
                sheet.title, row.number, sheet.code_heading, shown(written), EXPECTED_CODE, CORRECT_CELL
            )
            subject.faults.append(fault)
            places.setdefault(_key(written), []).append(subject)
            continue
        row.code = row.record[SUBJECT_KEY] = code
        places.setdefault(_key(code), []).append(subject)
        if how is not None:
            notes.state(how, sheet.title, row.number, sheet.code_heading, shown(written), code)
    for code, doubles in places.items():
        rows = [subject.row.number for subject in doubles]
        for subject in doubles if len(doubles) > 1 else ():
            subject.faults.append(
                double_fault(code, subject.row.number, rows, sheet.title, sheet.code_heading)
            )
    return gathered


def _orphan(row: Row, sheet: Records, by_code: Mapping[str, _Subject]) -> Refused:
    """A row whose code is none of the subjects'."""
    words = Words("主体表中已有的代码", "a code that stands on the sheet of subjects")
    if row.code and len(by_code) <= _MAX_COMPARED:
        near = get_close_matches(_key(row.code), by_code, 1, _NEAR)
        words = Words(f"{words.zh}，如“{near[0]}”", f"{words.en}, such as '{near[0]}'") if near else words
    remedy = _SUBJECT_FIRST if row.code else _FILL_CODE
    found = shown(row.code) if row.code else "空"
    fault = Fault(sheet.title, row.number, sheet.code_heading, found, words, remedy)
    return Refused(row.code, "", row.number, (fault, *row.faults), is_subject=False)


def _check_records(subject: _Subject, rows: list[Row], sheet: Records) -> None:
    if len(rows) > MAX_RECORDS:
        words = Words(f"每个主体最多 {MAX_RECORDS:,} 行", f"at most {MAX_RECORDS:,} rows a subject")
        subject.faults.append(Fault(sheet.title, rows[0].number, None, f"{len(rows):,}", words, CORRECT_CELL))
        return
    records = [row.record for row in rows]
    subject.faults += key_faults(records, [row.number for row in rows], sheet.kind, sheet.title)


def _case(subject: _Subject, complete: Sequence[Records]) -> Case:
    case: Case = dict(subject.row.record)
    for sheet in complete:
        case[sheet.kind.name] = [row.record for row in subject.related.get(sheet.kind.name, ())]
    return case


def _note_odd(
    accepted: Sequence[_Subject], subjects: Records, related: Sequence[Records], notes: Notes
) -> None:
    titles = {sheet.kind.name: sheet.title for sheet in related}
    kinds = {sheet.kind.name: sheet.kind for sheet in related}
    for subject in accepted:
        _note_row(subject.row, subjects.kind, subjects.title, notes)
        for name, rows in subject.related.items():
            for row in rows:
                _note_row(row, kinds[name], titles[name], notes)


def _note_row(row: Row, kind: RecordKind, title: str, notes: Notes) -> None:
    for name, why in odd_values(row.record, kind):
        value: Any = row.record[name]
        notes.state(why, title, row.number, kind.fields[name].title.zh, f"{yuan(value)} 元")


def _counts(gathered: Sequence[_Subject], subjects: Records, related: Sequence[Records]) -> dict[str, Count]:
    """Rows read and used, by sheet."""
    counts = {subjects.title: Count(len(gathered), sum(1 for subject in gathered if not subject.faults))}
    for sheet in related:
        used = sum(
            len(subject.related.get(sheet.kind.name, ())) for subject in gathered if not subject.faults
        )
        if sheet.rows:
            counts[sheet.title] = Count(len(sheet.rows), used)
    return counts
