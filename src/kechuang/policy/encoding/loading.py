"""Reads a pack folder into a Pack. All faults are collected and shown at once, each with file, line and column."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kechuang.policy.encoding.loading_benefit import read_benefit, title_of
from kechuang.policy.encoding.loading_parts import Context, date_at, declared, expression, quote_in
from kechuang.policy.encoding.pack import (
    Declared,
    Definition,
    Duty,
    Measure,
    Option,
    Pack,
    Reading,
    Rounding,
    Rule,
)
from kechuang.policy.encoding.series import read_series
from kechuang.policy.language.expression import Scope
from kechuang.policy.language.problems import Place, Problem, Problems
from kechuang.policy.language.sections import Section, read_section, walk_files
from kechuang.policy.language.tree import Forest, Named
from kechuang.policy.language.values import MONEY, Value, Words, read_literal
from kechuang.policy.language.vocabulary import packs_folder, read_vocabulary, words, words_of
from kechuang.policy.text.document import normalise, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kechuang.policy.text.document import Document

DEFAULT_PACK: Final = "weihai-2023-5"
MAX_SOURCE_BYTES: Final = 5_000_000


def load_pack(name: str | Path = DEFAULT_PACK, vocabulary: Path | None = None) -> Pack:
    """The pack with this id among the shipped ones, or in this folder. Read once for each content of its files.

    vocabulary: the folder of the shared one, if not the shipped. Raises PackError with every fault of the pack;
    FileNotFoundError when there is no such pack.
    """
    folder = pack_folder(name)
    return _load(folder, vocabulary, content_hash(folder, vocabulary))


def read_pack(folder: Path) -> tuple[Pack | None, tuple[Problem, ...]]:
    """The pack in `folder` as far as it can be read, and every fault, in the order of the files; nothing is raised.

    For whoever is still writing: parts with faults are left out of the pack, so it may be used for its text and its
    claims but never to assess while there are faults. None: not even pack.yaml and the text could be read.
    """
    problems = Problems()
    pack = _read(folder, None, content_hash(folder), problems)
    return pack, problems.in_order()


def shipped_packs() -> tuple[str, ...]:
    """The ids of the packs that come with the package."""
    return tuple(sorted(path.parent.name for path in packs_folder().glob("*/pack.yaml")))


def pack_folder(name: str | Path) -> Path:
    """The folder of a pack given by id or by path."""
    for folder in (packs_folder() / name if isinstance(name, str) else None, Path(name)):
        if folder is not None and (folder / "pack.yaml").is_file():
            return folder
    message = f"no pack '{name}': expected one of {', '.join(shipped_packs())}, or a folder with a pack.yaml"
    raise FileNotFoundError(message)


def content_hash(folder: Path, vocabulary: Path | None = None) -> str:
    """SHA-256 over names and bytes of `content_files`."""
    digest = hashlib.sha256()
    for file in content_files(folder, vocabulary):
        data = file.read_bytes()
        digest.update(f"{file.parent.name}/{file.name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def content_files(folder: Path, vocabulary: Path | None = None) -> Iterator[Path]:
    """The files that the hash of a pack is over: its own, those of its measures, those of the shared vocabulary."""
    for root in (folder, folder / "measures", vocabulary or packs_folder() / "vocabulary"):
        yield from (file for file in walk_files(root, "*") if file.is_file())


@lru_cache(maxsize=16)
def _load(folder: Path, shared: Path | None, hash_: str) -> Pack:
    problems = Problems()
    pack = _read(folder, shared, hash_, problems)
    problems.stop_if_any()
    if pack is None:
        raise ValueError(f"{folder} could not be read")
    return pack


def _read(folder: Path, shared: Path | None, hash_: str, problems: Problems) -> Pack | None:
    head = read_section(folder / "pack.yaml", folder.parent, problems)
    if head is None:
        return None
    head.only(
        {
            "id",
            "title",
            "city",
            "document",
            "rounding",
            "series",
            "implementing_rules",
            "precedence",
            "stacking",
            "note",
        }
    )
    own = folder / "vocabulary.yaml"
    vocabulary = read_vocabulary(problems, own if own.exists() else None, shared)
    valid = _valid(head)
    document = _document(folder, head, problems)
    if document is None:
        return None
    context = Context(problems, document, {}, valid)
    readings = _readings(folder, context)
    context = replace(context, readings=readings)
    series, titles = _series(folder, head)
    scope = Scope(vocabulary, Forest(), {}, frozenset(series))
    definitions, scope = _definitions(folder, scope, context)
    return Pack(
        id=folder.name,
        title=title_of(head, folder.name),
        city=words(head, "city") or Words("", ""),
        folder=folder,
        document=document,
        source_note=words(head.get("document"), "note", needed=False),
        valid=valid,
        rounding=_rounding(head),
        vocabulary=vocabulary,
        definitions=definitions,
        readings=readings,
        measures=_measures(folder, scope, context),
        rules=_rules(head),
        precedence=_principle(head, "precedence", document),
        stacking=_principle(head, "stacking", document),
        series=series,
        series_titles=titles,
        forest=scope.forest,
        hash=hash_,
    )


def _valid(head: Section) -> tuple[date, date]:
    found = head.need("document")
    dates: list[date] = []
    for key in ("valid_from", "valid_to"):
        try:
            dates.append(date.fromisoformat(found.text(key) if found else ""))
        except ValueError:
            (found or head).fault(f"document.{key} must be a date such as 2023-07-13")
            dates.append(date.min)
    return dates[0], dates[1]


def _document(folder: Path, head: Section, problems: Problems) -> Document | None:
    """The source text with its structure; number, issuer and dates of pack.yaml must be those found in the text."""
    meta = head.get("document") or head
    source = folder / (meta.text("source") or "source.txt")
    if source.parent != folder or not source.is_file() or source.stat().st_size > MAX_SOURCE_BYTES:
        meta.fault(
            f"document.source '{meta.text('source')}' is no text file "
            f"of at most {MAX_SOURCE_BYTES} bytes in the pack's folder"
        )
        return None
    try:
        text = source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problems.add(Place(f"{folder.name}/{source.name}"), f"is not UTF-8 at byte {error.start}")
        return None
    document = read_document(text, {"id": folder.name})
    found = {
        "number": document.number,
        "issuer": document.issuer,
        "issued": document.issued and document.issued.isoformat(),
        "valid_from": document.valid_from and document.valid_from.isoformat(),
        "valid_to": document.valid_to and document.valid_to.isoformat(),
    }
    for key, value in found.items():
        entry = meta.get(key)
        if entry is not None and value is not None and entry.scalar() != value:
            entry.fault(f"document.{key} is '{entry.scalar()}' here, but the text says '{value}'")
    if not document.clauses:
        problems.add(Place(f"{folder.name}/{source.name}"), "no measures were found in the text")
    return document


def _readings(folder: Path, context: Context) -> dict[str, Reading]:
    section = (
        read_section(folder / "readings.yaml", folder.parent, context.problems)
        if (folder / "readings.yaml").exists()
        else None
    )
    readings: dict[str, Reading] = {}
    for reading_id, entry in (section.mapping() if section else {}).items():
        entry.only({"phrase", "measure", "title", "chosen", "decided_by", "options", "note"})
        part = entry.need("options")
        options = {
            key: Option(words_in(value), words(value, "effect", needed=False))
            for key, value in (part.mapping() if part else {}).items()
        }
        if entry.text("chosen") not in options:
            entry.fault(f"chosen: '{entry.text('chosen')}' is none of the options {', '.join(options)}")
            continue
        clause = context.document.clauses.get(entry.text("measure"))
        if clause is None:
            entry.fault(f"measure: '{entry.text('measure')}' is none of the document's")
        elif not clause.find(entry.text("phrase")):
            entry.fault(f"phrase: '{entry.text('phrase')}' does not stand in measure {clause.key}")
        readings[reading_id] = Reading(
            id=reading_id,
            phrase=entry.text("phrase"),
            measure=entry.text("measure"),
            title=title_of(entry, reading_id),
            chosen=entry.text("chosen"),
            options=options,
            decided_by=words(entry, "decided_by", needed=False),
            place=entry.place,
        )
    return readings


def words_in(section: Section) -> Words:
    """The zh and en texts of a mapping that also holds other keys."""
    section.only({"zh", "en", "effect", "note"})
    found = Words(section.text("zh"), section.text("en"))
    if not found.zh or not found.en:
        section.fault("give the text in zh and en")
    return found


def _definitions(folder: Path, scope: Scope, context: Context) -> tuple[dict[str, Definition], Scope]:
    file = folder / "definitions.yaml"
    section = read_section(file, folder.parent, context.problems) if file.exists() else None
    found: dict[str, Definition] = {}
    for key, entry in (section.mapping() if section else {}).items():
        entry.only({"title", "is", "note"})
        inner = expression(entry.need("is"), scope, context)
        if inner is None:
            continue
        title = title_of(entry, key)
        node = scope.forest.node("named", inner.type, inner.level, (inner,), Named("definition", key, title))
        found[key] = Definition(key, title, node, entry.place)
        scope = scope.with_names(**{key: node})
    return found, scope


def _series(
    folder: Path, head: Section
) -> tuple[dict[str, Mapping[tuple[int, int], Value]], dict[str, Words]]:
    part = head.get("series")
    found: dict[str, Mapping[tuple[int, int], Value]] = {}
    titles: dict[str, Words] = {}
    for name, entry in (part.mapping() if part else {}).items():
        entry.only({"reference", "column", "title", "note"})
        titles[name] = words(entry, "title", needed=False) or Words(name, name)
        try:
            found[name] = read_series(folder, entry.text("reference"), entry.text("column"))
        except ValueError as error:
            entry.fault(str(error))
            found[name] = {}
    return found, titles


def _rounding(head: Section) -> Rounding:
    part = head.get("rounding")
    if part is None:
        head.fault("'rounding' is missing: say mode (down, up, half_up), unit (0.01元) and why")
        return Rounding("down", 1, Words("", ""))
    part.only({"mode", "to", "why"})
    mode = part.text("mode")
    if mode not in ("down", "up", "half_up"):
        part.fault(f"mode: '{mode}' is unknown; expected down, up or half_up")
    try:
        unit = read_literal(part.text("to"))
    except ValueError as error:
        part.fault(str(error))
        return Rounding("down", 1, Words("", ""))
    if unit.type != MONEY or not isinstance(unit.value, int) or unit.value <= 0:
        part.fault("to: must be a sum such as 0.01元 or 1元")
        return Rounding("down", 1, Words("", ""))
    return Rounding(mode, unit.value, words(part, "why") or Words("", ""))


def _rules(head: Section) -> tuple[Rule, ...]:
    part = head.get("implementing_rules")
    rules: list[Rule] = []
    for entry in part.items() if part else ():
        entry.only(
            {"id", "number", "title", "issuer", "refines", "valid_from", "valid_to", "steps", "not_known"}
        )
        steps = entry.get("steps")
        rules.append(
            Rule(
                number=entry.text("number"),
                title=title_of(entry, entry.text("number")),
                refines=entry.texts("refines"),
                valid_from=_optional_date(entry, "valid_from"),
                valid_to=_optional_date(entry, "valid_to"),
                steps=tuple(words_of(step) for step in (steps.items() if steps else ())),
                not_known=words(entry, "not_known", needed=False),
            )
        )
    return tuple(rules)


def _optional_date(section: Section, key: str) -> date | None:
    """The date at `key`; None when it is not given, which means not known."""
    found = date_at(section, key, date.min)
    return None if found == date.min else found


def _principle(head: Section, key: str, document: Document) -> Words | None:
    """`precedence` or `stacking` of the whole document: what it says, with words that stand in the text."""
    part = head.get(key)
    if part is None:
        return None
    part.only({"quote", "says", "rule", "why"})
    quote = part.get("quote")
    if quote is not None and normalise(quote.scalar()) not in document.text:
        quote.fault(f"the words '{quote.scalar()}' do not stand in the document")
    return words(part, "says", needed=False) or words(part, "why")


def _measures(folder: Path, scope: Scope, context: Context) -> dict[str, Measure]:
    found: dict[str, Measure] = {}
    for file in walk_files(folder / "measures", "*.yaml"):
        section = read_section(file, folder.parent, context.problems)
        if section is None:
            continue
        key = section.text("measure")
        clause = context.document.clauses.get(key)
        if clause is None:
            section.fault(f"measure '{key}' is none of the document's: {', '.join(context.document.clauses)}")
            continue
        if key in found:
            section.fault(f"measure {key} is already encoded in another file")
        found[key] = _measure(key, section, scope, replace(context, clause=clause))
    absent = [key for key in context.document.clauses if key not in found]
    if absent:
        context.problems.add(
            Place(f"{folder.name}/measures"), f"no file encodes measure {', '.join(absent)} of the document"
        )
    return {key: found[key] for key in context.document.clauses if key in found}


def _measure(key: str, section: Section, scope: Scope, context: Context) -> Measure:
    section.only({"measure", "title", "departments", "benefits", "duties", "programmatic", "gaps", "note"})
    part, duties, departments = section.get("benefits"), section.get("duties"), section.get("departments")
    names = tuple((entry.scalar(), entry.place) for entry in departments.items()) if departments else ()
    benefits = [
        read_benefit(key, name, entry, scope, context)
        for name, entry in (part.mapping() if part else {}).items()
    ]
    default = tuple(name for name, _ in names)
    return Measure(
        key=key,
        title=title_of(section, key),
        departments=names,
        benefits=tuple(benefit for benefit in benefits if benefit is not None),
        duties=tuple(
            _duty(key, name, entry, default, context)
            for name, entry in (duties.mapping() if duties else {}).items()
        ),
        programmatic=_declared(section, "programmatic", context),
        gaps=_declared(section, "gaps", context),
        place=section.place,
    )


def _declared(section: Section, key: str, context: Context) -> tuple[Declared, ...]:
    part = section.get(key)
    return tuple(declared(entry, context) for entry in (part.items() if part else ()))


def _duty(measure: str, key: str, section: Section, departments: tuple[str, ...], context: Context) -> Duty:
    section.only({"title", "quote", "who", "evidence", "indicators", "note"})
    evidence, indicators = section.get("evidence"), section.get("indicators")
    return Duty(
        id=f"{measure}.{key}",
        title=title_of(section, key),
        quote=quote_in(section, context),
        who=section.texts("who") or departments,
        evidence=tuple(words_of(entry) for entry in (evidence.items() if evidence else ())),
        indicators={
            name: words_in(entry) for name, entry in (indicators.mapping() if indicators else {}).items()
        },
    )
