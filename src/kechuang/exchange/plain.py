"""Cases from JSON: one object, or a list of them. Every fault names case, record, field, found and expected."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from kechuang.exchange.expectations import CORRECT_CELL, LEAVE_EMPTY, expected
from kechuang.exchange.intake import (
    Case,
    Count,
    Fault,
    Intake,
    Notes,
    Refused,
    UnusableFileError,
    count_rows,
    shown,
)
from kechuang.exchange.subjects import EXPECTED_CODE, UsccError, subject_code
from kechuang.policy.cases.facts import MAX_RECORDS, read_value
from kechuang.policy.language.values import RATE_UNIT, Words
from kechuang.policy.language.vocabulary import SUBJECT, SUBJECT_KEY, RecordKind, Vocabulary

MAX_JSON_BYTES: Final = 256 * 2**20
_RECORD: Final = Words("由各项事实组成的对象", "an object with named facts")


class _TwiceError(ValueError):
    """A name that stands twice in one JSON object."""


def read_json(path: Path, vocabulary: Vocabulary) -> Intake:
    """The cases of a JSON file; UnusableFileError if it is no JSON, or too large."""
    size = path.stat().st_size
    if size > MAX_JSON_BYTES:
        limit = MAX_JSON_BYTES // 2**20
        raise UnusableFileError(
            f"文件有 {size / 2**20:,.0f} MB，JSON 最多读 {limit} MB；请分成几份，或用 Parquet",
            f"the file has {size / 2**20:,.0f} MB, JSON is read up to {limit} MB: split it, or use Parquet",
        )
    return read_json_text(path.read_bytes(), vocabulary)


def read_json_text(text: bytes | str, vocabulary: Vocabulary) -> Intake:
    """The cases of a JSON text."""
    try:
        data = json.loads(
            text.decode("utf-8-sig") if isinstance(text, bytes) else text, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise UnusableFileError(
            f"不是正确的 JSON：第 {error.lineno} 行第 {error.colno} 列有误",
            f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}",
        ) from None
    except _TwiceError as error:
        raise UnusableFileError(
            f"JSON 的同一对象中“{error}”出现两次，请只留一个",
            f"'{error}' stands twice in one JSON object; keep one",
        ) from None
    except UnicodeDecodeError as error:
        raise UnusableFileError(
            f"不是 UTF-8 编码的 JSON（第 {error.start} 字节）", f"is not UTF-8 JSON (byte {error.start})"
        ) from None
    except (RecursionError, ValueError):
        raise UnusableFileError(
            "JSON 嵌套过深或数字过长", "the JSON is nested too deep, or a number is too long"
        ) from None
    return intake_of(data if isinstance(data, list) else [data], vocabulary)


def intake_of(rows: Sequence[Any], vocabulary: Vocabulary) -> Intake:
    """The cases among plain data; one with a fault is refused whole, never assessed on part of its facts."""
    notes = Notes()
    read = [_case(row, position, vocabulary, notes) for position, row in enumerate(rows, start=1)]
    _refuse_doubles(read)
    cases = [case for case, _, faults in read if not faults]
    refused = tuple(
        Refused(str(case.get(SUBJECT_KEY) or ""), str(case.get("name") or ""), position, tuple(faults))
        for position, (case, _, faults) in enumerate(read, start=1)
        if faults
    )
    counts: dict[str, Count] = {}
    count_rows(cases, vocabulary, counts, used=True)
    for _, raw, faults in read:
        if faults:
            _count_raw(raw, vocabulary, counts)
    return Intake(vocabulary, cases, None, refused, (), tuple(notes.stated.values()), counts)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return found


def _case(raw: Any, position: int, vocabulary: Vocabulary, notes: Notes) -> tuple[Case, Any, list[Fault]]:
    faults: list[Fault] = []
    case = _record(raw, vocabulary.subject, position, vocabulary, faults)
    if isinstance(raw, Mapping):
        for kind in vocabulary.related:
            if raw.get(kind.name) is not None:
                case[kind.name] = _records(raw[kind.name], kind, vocabulary, faults)
    _check_code(case, position, faults, notes)
    return case, raw, faults


def _records(rows: Any, kind: RecordKind, vocabulary: Vocabulary, faults: list[Fault]) -> list[Case]:
    if not isinstance(rows, list) or len(rows) > MAX_RECORDS:
        words = Words(f"最多 {MAX_RECORDS:,} 条记录的列表", f"a list of at most {MAX_RECORDS:,} records")
        found = f"{len(rows):,}" if isinstance(rows, list) else shown(rows)
        faults.append(Fault(kind.name, None, None, found, words, CORRECT_CELL))
        return []
    read = [_record(row, kind, number, vocabulary, faults) for number, row in enumerate(rows, start=1)]
    faults += key_faults(read, list(range(1, len(read) + 1)), kind, kind.name)
    return read


def _record(raw: Any, kind: RecordKind, number: int, vocabulary: Vocabulary, faults: list[Fault]) -> Case:
    if not isinstance(raw, Mapping):
        faults.append(Fault(kind.name, number, None, shown(raw), _RECORD, CORRECT_CELL))
        return {}
    lists = vocabulary.records if kind.name == SUBJECT else ()
    found: Case = {}
    for name, value in raw.items():
        field = kind.fields.get(name)
        if field is None:
            if name not in lists or name == SUBJECT:
                faults.append(_unknown(name, kind, number, [*kind.fields, *lists]))
            continue
        try:
            read = read_value(value, field, vocabulary)
        except ValueError:
            faults.append(
                Fault(kind.name, number, name, shown(value), expected(field, vocabulary), LEAVE_EMPTY)
            )
            continue
        if read is not None:
            found[name] = read
    return found


def _unknown(name: str, kind: RecordKind, number: int, known: list[str]) -> Fault:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    words = (
        Words(f"“{near[0]}”", f"'{near[0]}'")
        if near
        else Words("、".join(known), "one of: " + ", ".join(known))
    )
    return Fault(kind.name, number, name, shown(name), words, Words("请改正名称", "correct the name"))


def _check_code(case: Case, position: int, faults: list[Fault], notes: Notes) -> None:
    written = case.get(SUBJECT_KEY)
    if written is None:
        return
    try:
        code, how = subject_code(written, case.get("kind"))
    except UsccError:
        faults.append(Fault(SUBJECT, position, SUBJECT_KEY, shown(written), EXPECTED_CODE, CORRECT_CELL))
        return
    case[SUBJECT_KEY] = code
    if how is not None:
        notes.state(how, SUBJECT, position, SUBJECT_KEY, written, code)


def plain_case(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case as JSON has it, such that reading it gives the case again: sums in fen, rates as '4.35%', days as text."""
    return {name: _plain(value) for name, value in case.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [plain_case(row) for row in value]
    if isinstance(value, Fraction):
        percent, rest = divmod(int(value * RATE_UNIT), RATE_UNIT // 100)
        return f"{percent}.{rest:04d}".rstrip("0").rstrip(".") + "%"
    return value.isoformat() if isinstance(value, date) else value


def key_faults(records: Sequence[Case], rows: Sequence[int], kind: RecordKind, sheet: str) -> list[Fault]:
    """A fault for each record whose key (such as the year) stands twice within one subject; `rows` are their places."""
    if not kind.key:
        return []
    seen: dict[tuple[Any, ...], int] = {}
    faults: list[Fault] = []
    for row, record in zip(rows, records, strict=True):
        key = tuple(record.get(name) for name in kind.key)
        if None in key:
            continue
        if key in seen:
            titles = "、".join(kind.fields[name].title.zh for name in kind.key)
            english = ", ".join(kind.fields[name].title.en for name in kind.key)
            words = Words(
                f"同一主体的{titles}不重复（第 {seen[key]} 行已有）",
                f"{english} once a subject (see row {seen[key]})",
            )
            faults.append(
                Fault(sheet, row, None, "、".join(map(str, key)), words, Words("请只留一行", "keep one row"))
            )
        seen.setdefault(key, row)
    return faults


def _refuse_doubles(read: list[tuple[Case, Any, list[Fault]]]) -> None:
    """Two cases with one code: which of them holds is not known, so both are refused."""
    places: dict[str, list[int]] = {}
    for position, (case, _, _) in enumerate(read, start=1):
        if case.get(SUBJECT_KEY):
            places.setdefault(case[SUBJECT_KEY], []).append(position)
    for code, positions in places.items():
        for position in positions if len(positions) > 1 else ():
            read[position - 1][2].append(double_fault(code, position, positions, SUBJECT, SUBJECT_KEY))


def double_fault(code: str, row: int, rows: Sequence[int], sheet: str, column: str) -> Fault:
    """The fault of a subject whose code stands on several rows."""
    others = "、".join(str(other) for other in rows if other != row)
    words = Words(f"不重复的代码（第 {others} 行也是它）", f"a code that stands once (see row {others})")
    return Fault(sheet, row, column, shown(code), words, Words("请只留一行", "keep one row"))


def _count_raw(raw: Any, vocabulary: Vocabulary, counts: dict[str, Count]) -> None:
    """Count the rows of a refused case as they stand in the file."""
    counts.setdefault(SUBJECT, Count()).rows += 1
    if isinstance(raw, Mapping):
        for kind in vocabulary.related:
            rows = raw.get(kind.name)
            if isinstance(rows, list):
                counts.setdefault(kind.name, Count()).rows += len(rows)
