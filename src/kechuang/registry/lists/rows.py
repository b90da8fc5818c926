"""One row of a list as a change: whose record it is, what it says, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from kechuang.accounts.refusals import Refused
from kechuang.exchange.expectations import CORRECT_CELL
from kechuang.exchange.headings import LISTED
from kechuang.exchange.intake import Fault, shown
from kechuang.exchange.joining import Row
from kechuang.exchange.subjects import EXPECTED_CODE, UsccError, subject_code
from kechuang.policy.language.values import Value, Words
from kechuang.policy.language.vocabulary import SUBJECT, RecordKind
from kechuang.reference.divisions import divisions
from kechuang.registry import keys
from kechuang.registry.actions.stating import IDENTITY_FIELDS
from kechuang.registry.lists.filling import filled_in
from kechuang.registry.values import plain_of

_CODE: Final = "主体代码"
_EMPTY: Final = "空"
_FILL_IN: Final = Words("请填写", "fill it in")


@dataclass(slots=True)
class Said:
    """What one row says. code: normalised; who: name, kind and district as given; after: plain values by field."""

    number: int
    code: str
    who: dict[str, str]
    key: str = ""
    after: dict[str, Any] = field(default_factory=dict)
    filled: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def said_by(
    row: Row, kind: RecordKind, title: str, key_of: Callable[[str, Mapping[str, Value]], str] = keys.key_of
) -> Said:
    """What a row says of a record of this kind; `title`: of the sheet, for faults; key_of: what names the record."""
    who, record = _parted(row.record, kind)
    written = str(row.record.get("uscc") or row.code) if kind.name == SUBJECT else row.code
    said = Said(row.number, written, who, faults=list(row.faults))
    _check_code(said, title)
    _check_district(said, title)
    if not record and not said.faults:
        names = "、".join(one.title.zh for one in list(kind.fields.values())[:3])
        words = Words(f"至少一项内容（如{names}）", "at least one fact")
        said.faults.append(Fault(title, row.number, None, _EMPTY, words, _FILL_IN))
    if said.faults:
        return said
    filled = filled_in(kind.name, record)
    record |= filled
    try:
        said.key = key_of(kind.name, record)
    except Refused as refused:
        about = kind.fields[refused.field].title.zh
        words = Words(refused.words.zh.rstrip("。"), refused.words.en.rstrip("."))
        said.faults.append(Fault(title, row.number, about, _EMPTY, words, _FILL_IN))
        return said
    said.after = {name: plain_of(value) for name, value in record.items()}
    said.filled = list(filled)
    return said


def plain_fault(fault: Fault) -> dict[str, Any]:
    """A fault as JSON."""
    return {
        "column": fault.column or "",
        "found": fault.found,
        "expected": {"zh": fault.expected.zh, "en": fault.expected.en},
        "remedy": {"zh": fault.remedy.zh, "en": fault.remedy.en},
    }


def twice(said: Said, other: int, title: str) -> Fault:
    """The fault of a row whose record stands on another row too."""
    words = Words(f"每条记录一行（第 {other} 行是同一条）", f"one row a record (row {other} is the same one)")
    return Fault(title, said.number, None, shown(said.code), words, Words("请只留一行", "keep one row"))


def unknown(said: Said, title: str, *, register: bool) -> Fault:
    """The fault of a code that no organisation has; `register`: it was wished to register such."""
    if register:
        words = Words(
            "已登记的单位，或写明名称、类型和区市", "a known organisation, or its name, kind and district"
        )
        remedy = Words("请补全单位名称、单位类型、区市或开发区", "give its name, kind and district")
    else:
        words = Words("已登记的单位", "an organisation that is registered")
        remedy = Words(
            "请核对代码；确是新单位的，上传时选择“登记尚未登记的单位”",
            "check the code; if it is new, choose to register unknown organisations when you upload",
        )
    return Fault(title, said.number, _CODE, shown(said.code), words, remedy)


def _parted(record: Mapping[str, Value], kind: RecordKind) -> tuple[dict[str, str], dict[str, Value]]:
    """Who the subject is, and what is said of it."""
    if kind.name == SUBJECT:
        who = {name: str(record[name]) for name in ("name", "kind", "district") if record.get(name)}
        return who, {name: value for name, value in record.items() if name not in IDENTITY_FIELDS}
    who = {name.removeprefix(LISTED): str(value) for name, value in record.items() if name.startswith(LISTED)}
    return who, {name: value for name, value in record.items() if not name.startswith(LISTED)}


def _check_code(said: Said, title: str) -> None:
    if not said.code:
        said.faults.append(Fault(title, said.number, _CODE, _EMPTY, EXPECTED_CODE, _FILL_IN))
        return
    try:
        said.code, _ = subject_code(said.code, said.who.get("kind"))
    except UsccError:
        said.faults.append(Fault(title, said.number, _CODE, shown(said.code), EXPECTED_CODE, CORRECT_CELL))


def _check_district(said: Said, title: str) -> None:
    """The district's code, if its name was given."""
    given = said.who.get("district")
    if not given:
        return
    code = district_code(given)
    if code is None:
        words = Words("区划代码或名称，如 371002、环翠区", "the code or name of a district, such as 371002")
        said.faults.append(Fault(title, said.number, "区市或开发区", shown(given), words, CORRECT_CELL))
        return
    said.who["district"] = code


@cache
def district_code(text: str) -> str | None:
    """The code of a district by its code or name; None when there is no such district."""
    known = divisions()
    if text in known:
        return text
    return next((code for code, one in known.items() if text in (one.zh, one.en, one.short)), None)
