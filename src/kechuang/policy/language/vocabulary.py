"""The vocabulary: which facts there are, of which type, in both languages, and which register holds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kechuang.policy.language.problems import Place, Problems
from kechuang.policy.language.values import CODE_PREFIX, PLAIN_TYPES, Words, is_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kechuang.policy.language.sections import Section

SUBJECT: Final = "subject"
YEARS: Final = "years"
SUBJECT_KEY: Final = "uscc"
_RECORD_KEYS = {
    "record", "one", "title", "note", "key", "codes", "fields", "ask", "help", "offer", "by", "single", "obtain",
}  # fmt: skip
_FIELD_KEYS = {"type", "title", "note", "source", "ask", "help", "change", "done_on"}


@dataclass(frozen=True, slots=True)
class Field:
    """One fact: name, type, titles; `source` names the register that holds it, None when only the applicant knows.

    `ask` and `help` are the words of an interview, {year} standing for the year of an annual figure. `change` says how
    one comes to another value, {0}; a fact without it is not for the applicant to change. `done_on` names the date that
    is set by the act that makes this fact true.
    """

    name: str
    type: str
    title: Words
    note: Words | None
    source: Words | None
    ask: Words | None = None
    help: Words | None = None
    change: Words | None = None
    done_on: str | None = None


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One kind of record (a sheet): `subject` is the row itself, all others are lists within it.

    An interview asks `ask` for the whole list, `offer` when it offers several lists at once. `by` is the coded field
    that tells the records apart, `single` that there is one of each code at most; `obtain` says how one comes to have
    one, {0}.
    """

    name: str
    one: str
    title: Words
    note: Words | None
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    ask: Words | None = None
    help: Words | None = None
    offer: Words | None = None
    by: str | None = None
    single: bool = False
    obtain: Words | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All record kinds by name, and all code lists: name -> code -> words."""

    records: Mapping[str, RecordKind]
    codes: Mapping[str, Mapping[str, Words]]

    @property
    def subject(self) -> RecordKind:
        """The record kind of the row itself."""
        return self.records[SUBJECT]

    @property
    def related(self) -> tuple[RecordKind, ...]:
        """The kinds of related records, in order of their names."""
        return tuple(kind for name, kind in self.records.items() if name != SUBJECT)


def packs_folder() -> Path:
    """The folder of the packs shipped with the package."""
    return Path(__file__).resolve().parents[2] / "packs"


@cache
def load_vocabulary(extra: Path | None = None) -> Vocabulary:
    """The shared vocabulary, with the records of `extra` (a pack's own vocabulary.yaml) added; PackError if faulty."""
    problems = Problems()
    vocabulary = read_vocabulary(problems, extra)
    problems.stop_if_any()
    return vocabulary


def read_vocabulary(problems: Problems, extra: Path | None = None, shared: Path | None = None) -> Vocabulary:
    """Read the vocabulary, noting faults in `problems`; shared: its folder, the shipped one unless given."""
    # YAML is needed only here: a command that uses a pack kept in another form starts without it.
    from kechuang.policy.language.sections import read_section, walk_files

    folder = shared or packs_folder() / "vocabulary"
    sections = [read_section(file, folder.parent, problems) for file in walk_files(folder, "*.yaml")]
    if extra is not None:
        own = read_section(extra, extra.parent.parent, problems)
        records = own.get("records") if own else None
        sections += records.items() if records else [own]
    return _build([section for section in sections if section is not None], problems)


def words(section: Section | None, key: str, *, needed: bool = True) -> Words | None:
    """The Words at `key` ({zh: …, en: …}); a missing one is noted when `needed`."""
    found = section.get(key) if section else None
    if found is None:
        if needed and section is not None:
            section.fault(f"'{key}' is missing: give {{zh: …, en: …}}")
        return None
    return words_of(found)


def words_of(section: Section) -> Words:
    """This mapping {zh, en} as Words; missing languages are noted."""
    section.only({"zh", "en"}) if isinstance(section.value, dict) else None
    texts = {language: section.text(language) for language in ("zh", "en")}
    for language, text in texts.items():
        if not text:
            section.fault(f"the {language} text is missing: give {{zh: …, en: …}}")
    return Words(texts["zh"], texts["en"])


def _build(sections: list[Section], problems: Problems) -> Vocabulary:
    codes: dict[str, dict[str, Words]] = {}
    for section in sections:
        lists = section.get("codes")
        for name, members in (lists.mapping() if lists else {}).items():
            if name in codes:
                members.fault(f"code list '{name}' is already defined in another file")
            codes[name] = {code: words_of(entry) for code, entry in members.mapping().items()}
    records: dict[str, RecordKind] = {}
    for section in sections:
        kind = _record_kind(section, codes)
        if kind.name in records:
            section.fault(f"record kind '{kind.name}' is already defined in another file")
        records[kind.name] = kind
    if SUBJECT not in records:
        problems.add(Place("vocabulary"), f"no record kind '{SUBJECT}' is defined")
        records[SUBJECT] = RecordKind(SUBJECT, SUBJECT, Words("主体", "Subjects"), None, (), {})
    ordered = {SUBJECT: records.pop(SUBJECT), **dict(sorted(records.items()))}
    return Vocabulary(ordered, codes)


def _record_kind(section: Section, codes: Mapping[str, object]) -> RecordKind:
    section.only(_RECORD_KEYS)
    fields_section = section.need("fields")
    fields = {
        name: _field(name, entry, codes)
        for name, entry in (fields_section.mapping() if fields_section else {}).items()
    }
    key = section.texts("key")
    for name in key:
        if name not in fields:
            section.fault(f"key field '{name}' is not among the fields")
    _point_at_fields(section, fields)
    name = section.text("record")
    if not name.isidentifier():
        section.fault(f"'record: {name}' must be a plain name")
    return RecordKind(
        name=name,
        one=section.text("one", name),
        title=words(section, "title") or Words(name, name),
        note=words(section, "note", needed=False),
        key=key,
        fields=fields,
        ask=words(section, "ask", needed=False),
        help=words(section, "help", needed=False),
        offer=words(section, "offer", needed=False),
        by=section.text("by") or None,
        single=section.text("single") == "true",
        obtain=words(section, "obtain", needed=False),
    )


def _point_at_fields(section: Section, fields: Mapping[str, Field]) -> None:
    """Note a fault when `by` names no coded field, or `done_on` no date."""
    by = section.text("by")
    if by and (by not in fields or not is_code(fields[by].type)):
        section.fault(f"'by: {by}' must name a field of this record that is a code")
    for field in fields.values():
        if field.done_on is not None and (
            field.done_on not in fields or fields[field.done_on].type != "date" or field.type != "boolean"
        ):
            section.fault(
                f"'{field.name}.done_on: {field.done_on}' must lead from a yes-or-no field to a date"
            )


def _field(name: str, section: Section, codes: Mapping[str, object]) -> Field:
    section.only(_FIELD_KEYS)
    written = section.text("type")
    type_ = written if written in PLAIN_TYPES else CODE_PREFIX + written
    if is_code(type_) and written not in codes:
        expected: Iterable[str] = [*PLAIN_TYPES, *sorted(codes)]
        section.fault(f"type '{written}' is unknown; expected one of: {', '.join(expected)}")
        type_ = "text"
    return Field(
        name=name,
        type=type_,
        title=words(section, "title") or Words(name, name),
        note=words(section, "note", needed=False),
        source=words(section, "source", needed=False),
        ask=words(section, "ask", needed=False),
        help=words(section, "help", needed=False),
        change=words(section, "change", needed=False),
        done_on=section.text("done_on") or None,
    )
